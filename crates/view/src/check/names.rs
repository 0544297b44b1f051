//! Every path of the owner's tree with whether the view shows it, and the names of packages that hidden manifests declare.

use std::collections::{HashMap, HashSet};

use super::packages::{self, Package};

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// A file of the view, or a folder with one below it.
    Shown,
    /// A hidden file, or a folder without any file of the view.
    Hidden,
}

/// The most entries with the same last two names that one lookup goes through.
const MOST_ALIKE: usize = 2_000;

/// The names that a check looks for.
#[derive(Debug, Default)]
pub struct Names {
    paths: HashMap<Vec<u8>, Known>,
    /// Paths by their last two names.
    endings: HashMap<Vec<u8>, Vec<Vec<u8>>>,
    /// Hidden files by their name; none when a shown file has it too.
    alone: HashMap<Vec<u8>, Option<Vec<u8>>>,
    packages: HashMap<Vec<u8>, Vec<u8>>,
    shown_packages: HashSet<Vec<u8>>,
    go_modules: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Names {
    /// Notes the files of the owner's tree, each with whether the view delivers something at its path.
    #[must_use]
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a [u8], bool)>) -> Self {
        let mut names = Self::default();
        for (path, shown) in files {
            let known = if shown { Known::Shown } else { Known::Hidden };
            names.note(path, known);
            let name = last_name(path).to_vec();
            match names.alone.get_mut(&name) {
                None => {
                    names.alone.insert(name, (!shown).then(|| path.to_vec()));
                }
                Some(slot) if shown => *slot = None,
                Some(_) => {}
            }
            let mut folder = path;
            while let Some(above) = folder_of(folder) {
                folder = above;
                if names.paths.get(folder) == Some(&Known::Shown)
                    || (!shown && names.paths.contains_key(folder))
                {
                    break;
                }
                names.note(folder, known);
            }
        }
        names
    }

    fn note(&mut self, path: &[u8], known: Known) {
        if self.paths.insert(path.to_vec(), known).is_none()
            && let Some(ending) = ending_of(path)
        {
            self.endings
                .entry(ending.to_vec())
                .or_default()
                .push(path.to_vec());
        }
    }

    /// Says whether a manifest at this path declares a package whose name [`Names::declare`] wants to know.
    #[must_use]
    pub fn is_manifest(path: &[u8]) -> bool {
        packages::is_manifest(path)
    }

    /// Notes the package that a manifest declares; `shown` when the view delivers the manifest itself.
    pub fn declare(&mut self, path: &[u8], data: &[u8], shown: bool) {
        let folder = folder_of(path).unwrap_or_default().to_vec();
        for package in packages::declared(path, data) {
            match package {
                Package::Named(name) if shown => {
                    self.packages.remove(&name);
                    self.shown_packages.insert(name);
                }
                Package::Named(name) => {
                    if name.len() >= 3 && !self.shown_packages.contains(&name) {
                        let at = if folder.is_empty() {
                            path.to_vec()
                        } else {
                            folder.clone()
                        };
                        self.packages.entry(name).or_insert(at);
                    }
                }
                Package::GoModule(module) => self.go_modules.push((module, folder.clone())),
            }
        }
        // The longest module first: it owns the path.
        self.go_modules
            .sort_by_key(|(module, _)| std::cmp::Reverse(module.len()));
    }

    /// How many paths the view does not show.
    #[must_use]
    pub fn hidden_paths(&self) -> usize {
        self.paths
            .values()
            .filter(|known| **known == Known::Hidden)
            .count()
    }

    pub(super) fn at(&self, path: &[u8]) -> Option<Known> {
        self.paths.get(path).copied()
    }

    /// The folder of a hidden package.
    pub(super) fn package(&self, name: &[u8]) -> Option<&[u8]> {
        self.packages.get(name).map(Vec::as_slice)
    }

    /// The folder that a Go import path means, when it lies in a module of this repository.
    pub(super) fn go_folder(&self, import: &[u8]) -> Option<Vec<u8>> {
        self.go_modules.iter().find_map(|(module, folder)| {
            let rest = import.strip_prefix(module.as_slice())?;
            if rest.is_empty() {
                return Some(folder.clone());
            }
            let rest = rest.strip_prefix(b"/")?;
            Some(if folder.is_empty() {
                rest.to_vec()
            } else {
                [folder.as_slice(), b"/", rest].concat()
            })
        })
    }

    /// The hidden path that ends in these at least two names, unless one that is shown does too.
    pub(super) fn hidden_ending(&self, ending: &[u8]) -> Option<&[u8]> {
        let alike = self.endings.get(ending_of(ending)?)?;
        let mut found = None;
        for path in alike.iter().take(MOST_ALIKE) {
            let ends = path
                .strip_suffix(ending)
                .is_some_and(|before| before.is_empty() || before.ends_with(b"/"));
            if !ends {
                continue;
            }
            match self.at(path) {
                Some(Known::Shown) => return None,
                _ => found = found.or(Some(path.as_slice())),
            }
        }
        found
    }

    /// Says whether a shown path ends in these at least two names.
    pub(super) fn shown_ending(&self, ending: &[u8]) -> bool {
        ending_of(ending)
            .and_then(|key| self.endings.get(key))
            .is_some_and(|alike| {
                alike.iter().take(MOST_ALIKE).any(|path| {
                    self.at(path) == Some(Known::Shown)
                        && path
                            .strip_suffix(ending)
                            .is_some_and(|before| before.is_empty() || before.ends_with(b"/"))
                })
            })
    }

    /// The only hidden file with this name, when no shown file has it.
    pub(super) fn hidden_alone(&self, name: &[u8]) -> Option<&[u8]> {
        self.alone.get(name)?.as_deref()
    }
}

pub(super) fn folder_of(path: &[u8]) -> Option<&[u8]> {
    let at = path.iter().rposition(|byte| *byte == b'/')?;
    path.get(..at)
}

pub(super) fn last_name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}

/// The last two names of a path, joined; none when it has one.
fn ending_of(path: &[u8]) -> Option<&[u8]> {
    let last = path.iter().rposition(|byte| *byte == b'/')?;
    let before = path.get(..last)?.iter().rposition(|byte| *byte == b'/');
    path.get(before.map_or(0, |at| at.saturating_add(1))..)
}

/// Joins a relative path to a folder, following `.` and `..`; none when it leaves the tree or names nothing.
pub(super) fn join(folder: &[u8], relative: &[u8]) -> Option<Vec<u8>> {
    let mut parts: Vec<&[u8]> = folder
        .split(|byte| *byte == b'/')
        .filter(|part| !part.is_empty())
        .collect();
    for part in relative.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    (!parts.is_empty()).then(|| parts.join(&b'/'))
}
