//! What is marked: real pinned packages of each language, their own sources without tests.
//!
//! A language is one entry of `LANGUAGES`. Where the prototype measured a language, its own repositories come first (click and
//! requests; eslint's rules and express; zlib and cJSON without headers; gin; ripgrep), so that the two tables can be compared.

use super::tools::Workshop;
use anyhow::{Context as _, Result, ensure};
use ringfence_mark::codeword::AnchorKey;
use ringfence_mark::model::{Profile, SiteId};
use ringfence_mark::read::CanonicalFile;
use ringfence_mark::site_table;
use ringfence_syntax::Language;
use std::collections::BTreeMap;
use std::path::Path;

/// The owner's key of site ids.
const ANCHOR: AnchorKey = AnchorKey([11; 32]);
/// Files outside of these bounds are left out, as the prototype did.
const BYTES: std::ops::Range<usize> = 300..150_000;
/// Non-blank lines of one language that are marked.
const MOST_LINES: usize = 24_000;

/// Part of a pinned package.
struct Part {
    package: &'static str,
    /// Folder in it; empty for all of it.
    folder: &'static str,
    /// Every so many files.
    every: usize,
}

const fn part(package: &'static str, folder: &'static str, every: usize) -> Part {
    Part {
        package,
        folder,
        every,
    }
}

/// What is measured of one language.
pub struct Subject {
    /// Name in the tables.
    pub name: &'static str,
    languages: &'static [Language],
    /// Ends of names that are left out.
    without: &'static [&'static str],
    parts: &'static [Part],
}

/// The languages in the order of the tables.
pub const LANGUAGES: &[Subject] = &[
    Subject {
        name: "python",
        languages: &[Language::Python],
        without: &[],
        parts: &[part("click", "src", 1), part("requests", "src", 1)],
    },
    Subject {
        name: "javascript",
        languages: &[Language::JavaScript],
        without: &[],
        parts: &[
            part("eslint", "lib/rules", 4),
            part("express", "lib", 1),
            part("koa", "lib", 1),
            part("commander", "lib", 1),
            part("node-semver", "", 1),
        ],
    },
    Subject {
        name: "typescript",
        languages: &[Language::TypeScript, Language::Tsx],
        without: &[],
        parts: &[
            part("rxjs-7.8.1", "src/internal", 2),
            part("immer", "src", 1),
            part("redux", "src", 1),
            part("tanstack-query-core", "src", 1),
            part("zod", "src/v3", 1),
        ],
    },
    Subject {
        name: "java",
        languages: &[Language::Java],
        without: &[],
        parts: &[
            part("commons-csv", "src/main", 1),
            part("commons-io", "src/main", 2),
            part("commons-lang", "src/main", 3),
        ],
    },
    Subject {
        name: "go",
        languages: &[Language::Go],
        without: &[],
        parts: &[
            part(".marks-gin", "", 1),
            part("gorilla-mux", "", 1),
            part("cobra", "", 1),
        ],
    },
    Subject {
        name: "c",
        languages: &[Language::C],
        without: &[".h"],
        parts: &[part("zlib", "", 1), part("cjson", "", 1)],
    },
    Subject {
        name: "cpp",
        languages: &[Language::Cpp],
        without: &[],
        parts: &[part("leveldb", "", 1), part("re2", "", 1)],
    },
    Subject {
        name: "csharp",
        languages: &[Language::CSharp],
        without: &[],
        parts: &[part("newtonsoft-json", "Src/Newtonsoft.Json", 1)],
    },
    Subject {
        name: "rust",
        languages: &[Language::Rust],
        without: &[],
        parts: &[
            part("ripgrep", "crates", 1),
            part(".marks-grep-cli", "src", 1),
            part(".marks-globset", "src", 1),
            part(".marks-ignore", "src", 1),
            part(".marks-grep-printer", "src", 1),
            part(".marks-grep-regex", "src", 1),
            part(".marks-grep-searcher", "src", 1),
        ],
    },
];

/// Folders that hold no source of the package's own, and parts of names that say so.
const LEFT_OUT: &[&str] = &[
    "test",
    "tests",
    "testing",
    "testdata",
    "examples",
    "example",
    "contrib",
    "dist",
    "benches",
    "fuzzing",
    "fuzz",
    "locales",
    "vendor",
    "node_modules",
];

/// The marked files of one language.
pub struct Project {
    /// Its name.
    pub name: &'static str,
    /// The files with their sites.
    pub files: Vec<CanonicalFile>,
    /// Non-blank lines of each file, and of all files before it.
    pub lines: Vec<(usize, usize)>,
}

impl Project {
    /// Non-blank lines of all files.
    pub fn total(&self) -> usize {
        self.lines
            .last()
            .map_or(0, |(lines, before)| lines.saturating_add(*before))
    }

    /// Distinct sites.
    pub fn sites(&self) -> usize {
        let ids: std::collections::BTreeSet<SiteId> = self
            .files
            .iter()
            .flat_map(|file| file.table.sites.iter().map(|site| site.id))
            .collect();
        ids.len()
    }

    /// Distinct sites by family, for people.
    pub fn families(&self) -> BTreeMap<String, usize> {
        let mut families = BTreeMap::new();
        for site in self.files.iter().flat_map(|file| &file.table.sites) {
            let count: &mut usize = families.entry(format!("{:?}", site.family)).or_default();
            *count = count.saturating_add(1);
        }
        families
    }

    /// The language by which tools are chosen.
    pub fn language(&self) -> Option<Language> {
        self.files.first().map(|file| file.language)
    }
}

impl Subject {
    /// Reads the packages and marks them.
    pub fn load(&self, workshop: &Workshop) -> Result<Project> {
        let mut files = Vec::new();
        let mut lines = Vec::new();
        let mut before = 0_usize;
        for part in self.parts {
            let folder = workshop.pinned(part.package)?.join(part.folder);
            let mut paths = walk(&folder)?;
            paths.retain(|path| {
                Language::from_path(path.as_bytes()).is_some()
                    && !is_left_out(path)
                    && !self.without.iter().any(|end| path.ends_with(end))
            });
            paths.sort();
            let mut texts = Vec::new();
            for path in paths {
                let text =
                    std::fs::read(folder.join(&path)).with_context(|| format!("cannot read {path}"))?;
                let language = Language::of_file(path.as_bytes(), &text);
                if let Some(language) = language.filter(|language| self.languages.contains(language)) {
                    texts.push((path, language, text));
                }
            }
            for (path, language, text) in texts.into_iter().step_by(part.every) {
                let count = non_blank(&text);
                if !BYTES.contains(&text.len()) || before.saturating_add(count) > MOST_LINES {
                    continue;
                }
                let table =
                    site_table(language, Profile::Robust, &text, &ANCHOR).with_context(|| path.clone())?;
                if table.sites.is_empty() {
                    continue;
                }
                files.push(CanonicalFile {
                    name: format!("{}/{}/{path}", part.package, part.folder),
                    language,
                    text,
                    table,
                });
                lines.push((count, before));
                before = before.saturating_add(count);
            }
        }
        ensure!(files.len() > 5, "{}: only {} files", self.name, files.len());
        Ok(Project {
            name: self.name,
            files,
            lines,
        })
    }
}

/// Counts the lines that hold something.
pub fn non_blank(text: &[u8]) -> usize {
    text.split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .count()
}

fn is_left_out(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.split('/').any(|part| LEFT_OUT.contains(&part))
        || name.contains(".test.")
        || name.contains(".d.ts")
        || name.contains("_test.")
        || name.contains("-test.")
}

fn walk(root: &Path) -> Result<Vec<String>> {
    let (mut folders, mut found) = (vec![root.to_path_buf()], Vec::new());
    while let Some(folder) = folders.pop() {
        let entries =
            std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
            let (path, kind) = (
                entry.path(),
                entry.file_type().context("a file type cannot be read")?,
            );
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file()
                && let Some(relative) = path.strip_prefix(root).ok().and_then(Path::to_str)
            {
                found.push(relative.to_owned());
            }
        }
    }
    Ok(found)
}
