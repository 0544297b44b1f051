//! Real files: crates of the registry that the workspace itself is built from, and Python's own library.

use std::fmt;
use std::path::{Path, PathBuf};

use ringfence_mark::codeword::AnchorKey;
use ringfence_mark::find::site_table;
use ringfence_mark::model::Profile;
use ringfence_mark::read::CanonicalFile;
use ringfence_syntax::Language;

/// Owned files with their tables.
pub struct Corpus {
    pub language: Language,
    pub profile: Profile,
    pub files: Vec<CanonicalFile>,
}

impl Corpus {
    pub fn lines(&self) -> usize {
        let lines = |file: &CanonicalFile| {
            file.text
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.trim_ascii().is_empty())
                .count()
        };
        self.files.iter().map(lines).sum()
    }

    pub fn sites(&self) -> usize {
        self.files.iter().map(|file| file.table.sites.len()).sum()
    }
}

impl fmt::Display for Corpus {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut families = std::collections::BTreeMap::new();
        for site in self.files.iter().flat_map(|file| &file.table.sites) {
            *families.entry(site.family).or_insert(0) += 1;
        }
        let thousand = self.sites() * 1000 / self.lines().max(1);
        write!(
            out,
            "{} {:?}: {} files, {} lines, {} sites, {thousand} per 1,000 lines; {families:?}",
            self.language.name(),
            self.profile,
            self.files.len(),
            self.lines(),
            self.sites()
        )
    }
}

/// Finds the newest checked-out version of a crate that the workspace depends on.
fn registry(name: &str) -> PathBuf {
    let home = std::env::var_os("CARGO_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").expect("HOME is set")).join(".cargo"),
        PathBuf::from,
    );
    let mut found: Vec<PathBuf> = Vec::new();
    for index in std::fs::read_dir(home.join("registry/src")).expect("the registry has sources") {
        for entry in std::fs::read_dir(index.unwrap().path()).unwrap() {
            let path = entry.unwrap().path();
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            if file
                .strip_prefix(name)
                .and_then(|rest| rest.strip_prefix('-'))
                .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found.pop().unwrap_or_else(|| panic!("{name} is in the registry"))
}

#[expect(clippy::disallowed_methods, reason = "asks Python where its library is")]
fn python_library() -> PathBuf {
    let output = std::process::Command::new("python3")
        .args([
            "-c",
            "import json, os; print(os.path.dirname(os.path.dirname(json.__file__)))",
        ])
        .output()
        .expect("python3 is installed");
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
}

fn collect(folder: &Path, extension: &str, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, extension, files);
        } else if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
}

fn corpus(language: Language, profile: Profile, paths: Vec<PathBuf>) -> Corpus {
    let key = AnchorKey([11; 32]);
    let mut files = Vec::new();
    for path in paths {
        let text = std::fs::read(&path).unwrap();
        if !(300..150_000).contains(&text.len()) {
            continue;
        }
        let table = site_table(language, profile, &text, &key).unwrap();
        if !table.sites.is_empty() {
            files.push(CanonicalFile {
                name: path.display().to_string(),
                language,
                text,
                table,
            });
        }
    }
    assert!(files.len() > 5, "{} files", files.len());
    Corpus {
        language,
        profile,
        files,
    }
}

pub fn rust(profile: Profile) -> Corpus {
    let mut paths = Vec::new();
    collect(&registry("regex-syntax").join("src"), "rs", &mut paths);
    collect(&registry("aho-corasick").join("src"), "rs", &mut paths);
    collect(&registry("clap_builder").join("src"), "rs", &mut paths);
    paths.retain(|path| !path.to_string_lossy().contains("unicode_tables"));
    corpus(Language::Rust, profile, paths)
}

pub fn other_rust() -> Corpus {
    let mut paths = Vec::new();
    collect(&registry("proptest").join("src"), "rs", &mut paths);
    corpus(Language::Rust, Profile::Robust, paths)
}

pub fn python(profile: Profile) -> Corpus {
    let library = python_library();
    let mut paths = Vec::new();
    for folder in ["email", "http", "json", "logging", "urllib", "importlib"] {
        collect(&library.join(folder), "py", &mut paths);
    }
    corpus(Language::Python, profile, paths)
}

/// Everything that Python's own library has but its tests.
pub fn whole_python() -> Corpus {
    let mut paths = Vec::new();
    collect(&python_library(), "py", &mut paths);
    let left_out = [
        "/test/",
        "/tests/",
        "/site-packages/",
        "/dist-packages/",
        "/idlelib/",
        "/lib2to3/",
    ];
    paths.retain(|path| !left_out.iter().any(|part| path.to_string_lossy().contains(part)));
    corpus(Language::Python, Profile::Robust, paths)
}
