//! A project's markable files with their sites, and a working copy of the project whose sites can be turned.

use crate::ProbeError;
use ringfence_domain::glob::PathPattern;
use ringfence_mark::codeword::AnchorKey;
use ringfence_mark::model::{Family, Profile, Site, SiteTable, Variant};
use ringfence_mark::never::LARGEST_MARKED;
use ringfence_syntax::Language;
use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Most files and folders of a copy.
const MOST_FILES: u64 = 300_000;
/// Most bytes of a copy.
const MOST_BYTES: u64 = 8 << 30;
/// Folders that are no part of the sources: histories, and what builds leave behind.
const LEFT_OUT: &[&str] = &[
    ".git",
    ".hg",
    ".svn",
    "target",
    ".tox",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
];
/// Folders of installed packages: a copy uses the project's own.
const LINKED: &[&str] = &["node_modules", ".venv", "venv"];

/// A file with sites.
#[derive(Debug)]
pub struct Source {
    /// Path below the project's folder.
    pub path: PathBuf,
    /// Its bytes.
    pub text: Vec<u8>,
    /// Lines that are not blank.
    pub lines: u64,
    /// Its sites.
    pub table: SiteTable,
}

/// A project as the marks see it.
#[derive(Debug)]
pub struct Tree {
    root: PathBuf,
    /// Files that may be marked, by path.
    pub sources: Vec<Source>,
    /// All other files, links included.
    others: Vec<PathBuf>,
    /// Folders of installed packages.
    linked: Vec<PathBuf>,
}

/// What a walk may still meet.
struct Budget {
    files: u64,
    bytes: u64,
}

impl Budget {
    fn spend(&mut self, root: &Path, bytes: u64) -> Result<(), ProbeError> {
        let too_large = |what, bound| ProbeError::TooLarge {
            path: root.to_path_buf(),
            what,
            bound,
        };
        self.files = self
            .files
            .checked_sub(1)
            .ok_or_else(|| too_large("files", MOST_FILES))?;
        self.bytes = self
            .bytes
            .checked_sub(bytes)
            .ok_or_else(|| too_large("bytes", MOST_BYTES))?;
        Ok(())
    }
}

impl Tree {
    /// Reads a project. `except` are further gitignore patterns of paths that stay unmarked.
    ///
    /// # Errors
    /// When a file cannot be read, a pattern is none, or the folder is too large.
    pub fn read(
        root: &Path,
        profile: Profile,
        except: &[String],
        anchor: &AnchorKey,
    ) -> Result<Self, ProbeError> {
        let never: Vec<PathPattern> = ringfence_mark::never::PATHS
            .iter()
            .copied()
            .chain(except.iter().map(String::as_str))
            .map(PathPattern::parse)
            .collect::<Result<_, _>>()?;
        let mut tree = Self {
            root: root.to_path_buf(),
            sources: Vec::new(),
            others: Vec::new(),
            linked: Vec::new(),
        };
        let mut budget = Budget {
            files: MOST_FILES,
            bytes: MOST_BYTES,
        };
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            let here = root.join(&folder);
            for entry in std::fs::read_dir(&here).map_err(ProbeError::file(&here))? {
                let entry = entry.map_err(ProbeError::file(&here))?;
                let path = folder.join(entry.file_name());
                let meta = entry.metadata().map_err(ProbeError::file(root.join(&path)))?;
                budget.spend(root, if meta.is_file() { meta.len() } else { 0 })?;
                let name = entry.file_name();
                let is = |list: &[&str]| list.iter().any(|known| name.as_os_str() == *known);
                if meta.is_dir() && is(LEFT_OUT) {
                    continue;
                }
                if is(LINKED) {
                    tree.linked.push(path);
                } else if meta.is_dir() {
                    folders.push(path);
                } else if meta.is_file() && meta.len() <= LARGEST_MARKED {
                    tree.take(path, profile, &never, anchor)?;
                } else {
                    tree.others.push(path);
                }
            }
        }
        tree.sources.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(tree)
    }

    fn take(
        &mut self,
        path: PathBuf,
        profile: Profile,
        never: &[PathPattern],
        anchor: &AnchorKey,
    ) -> Result<(), ProbeError> {
        let bytes = path.as_os_str().as_bytes();
        let language = Language::from_path(bytes);
        let Some(language) = language.filter(|_| !never.iter().any(|pattern| pattern.matches_file(bytes)))
        else {
            self.others.push(path);
            return Ok(());
        };
        let file = self.root.join(&path);
        let text = std::fs::read(&file).map_err(ProbeError::file(&file))?;
        // A text that cannot be parsed within bounds has no sites: it is delivered as it is.
        let Ok(table) = ringfence_mark::site_table(language, profile, &text, anchor) else {
            self.others.push(path);
            return Ok(());
        };
        let lines = text
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.trim_ascii().is_empty())
            .count();
        self.sources.push(Source {
            path,
            lines: u64::try_from(lines).unwrap_or(u64::MAX),
            text,
            table,
        });
        Ok(())
    }

    /// The project's folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Non-blank lines of the files that may be marked.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.sources.iter().map(|source| source.lines).sum()
    }

    /// All sites.
    pub fn sites(&self) -> impl Iterator<Item = &Site> {
        self.sources.iter().flat_map(|source| &source.table.sites)
    }

    /// Sites by family.
    #[must_use]
    pub fn families(&self) -> BTreeMap<Family, u64> {
        let mut families = BTreeMap::new();
        for site in self.sites() {
            let count: &mut u64 = families.entry(site.family).or_default();
            *count = count.saturating_add(1);
        }
        families
    }
}

/// A copy of a project in which sites can be turned again and again.
#[derive(Debug)]
pub struct WorkingCopy<'t> {
    tree: &'t Tree,
    folder: tempfile::TempDir,
    /// What stands in the copy now, by position of the source.
    now: Vec<Vec<u8>>,
}

impl<'t> WorkingCopy<'t> {
    /// Copies a project into a new temporary folder, as the owner wrote it.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn of(tree: &'t Tree) -> Result<Self, ProbeError> {
        let base = std::env::temp_dir();
        let folder = tempfile::Builder::new()
            .prefix("ringfence-probe-")
            .tempdir_in(&base)
            .map_err(ProbeError::file(base))?;
        let copy = Self {
            tree,
            now: tree.sources.iter().map(|source| source.text.clone()).collect(),
            folder,
        };
        for path in &tree.others {
            copy.copy_file(path)?;
        }
        for path in tree.sources.iter().map(|source| &source.path) {
            copy.copy_file(path)?;
        }
        for path in &tree.linked {
            let to = copy.place(path)?;
            let target = std::path::absolute(tree.root.join(path)).map_err(ProbeError::file(path))?;
            std::os::unix::fs::symlink(target, &to).map_err(ProbeError::file(&to))?;
        }
        Ok(copy)
    }

    /// Where it stands.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn place(&self, path: &Path) -> Result<PathBuf, ProbeError> {
        let to = self.path().join(path);
        if let Some(folder) = to.parent() {
            std::fs::create_dir_all(folder).map_err(ProbeError::file(folder))?;
        }
        Ok(to)
    }

    fn copy_file(&self, path: &Path) -> Result<(), ProbeError> {
        let (from, to) = (self.tree.root.join(path), self.place(path)?);
        let kind = std::fs::symlink_metadata(&from)
            .map_err(ProbeError::file(&from))?
            .file_type();
        if kind.is_symlink() {
            let target = std::fs::read_link(&from).map_err(ProbeError::file(&from))?;
            std::os::unix::fs::symlink(target, &to).map_err(ProbeError::file(&to))
        } else if kind.is_file() {
            std::fs::copy(&from, &to)
                .map(drop)
                .map_err(ProbeError::file(&from))
        } else {
            // Sockets and pipes are no sources.
            Ok(())
        }
    }

    /// Sets every site, and writes the files that change. Gives how many did.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn set(&mut self, choose: &dyn Fn(&Site) -> Variant) -> Result<usize, ProbeError> {
        let mut changed = 0_usize;
        for (source, now) in self.tree.sources.iter().zip(&mut self.now) {
            let copy = ringfence_mark::render(&source.table, &source.text, choose).map_err(|error| {
                ProbeError::Mark {
                    path: source.path.clone(),
                    source: error,
                }
            })?;
            if copy != *now {
                let to = self.folder.path().join(&source.path);
                std::fs::write(&to, &copy).map_err(ProbeError::file(&to))?;
                *now = copy;
                changed = changed.saturating_add(1);
            }
        }
        Ok(changed)
    }
}

/// The variant that the owner's text does not have.
#[must_use]
pub fn turned(site: &Site) -> Variant {
    match site.canonical {
        Variant::Zero => Variant::One,
        Variant::One => Variant::Zero,
    }
}
