//! Real source files to measure on: the corpus of `cargo xtask corpus`, downloaded when it is missing.

use anyhow::{Context, Result, ensure};
use ringfence_syntax::Language;
use std::path::{Path, PathBuf};

/// Largest file that is marked; larger ones are left out.
const LARGEST: u64 = 2 << 20;

/// One real source file.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Subject and path in it.
    pub path: String,
    /// By its extension.
    pub language: Language,
    /// Its bytes.
    pub text: Vec<u8>,
}

/// Where subjects are.
pub fn folder() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::path::absolute(&root)
        .and_then(std::fs::canonicalize)
        .unwrap_or(root)
        .join("corpus")
}

/// Downloads subjects that are not there yet; what fails is said by whoever then misses it.
pub fn fetch(names: &[&str]) {
    download(&folder(), names);
}

/// Loads every source file of a known language, by path.
pub fn load() -> Result<Vec<SourceFile>> {
    let root = folder();
    if !has_subjects(&root) {
        eprintln!("bench: the corpus is missing; running cargo xtask corpus");
        download(&root, &[]);
    }
    let root = if has_subjects(&root) {
        root
    } else {
        let registry = registry()?;
        eprintln!(
            "bench: THE CORPUS COULD NOT BE DOWNLOADED. Measuring on Rust only, on {}; figures are not comparable",
            registry.display()
        );
        registry
    };
    let mut files = walk(&root)?;
    files.sort_by(|left, right| left.path.cmp(&right.path));
    ensure!(!files.is_empty(), "no source file in {}", root.display());
    Ok(files)
}

/// Takes `count` of the files, evenly over the list.
pub fn sample(files: &[SourceFile], count: usize) -> Vec<SourceFile> {
    let all = files.len().max(1);
    let before = |position: usize| position.saturating_mul(count) / all;
    files
        .iter()
        .enumerate()
        .filter(|(position, _)| before(position.saturating_add(1)) > before(*position))
        .map(|(_, file)| file.clone())
        .collect()
}

fn has_subjects(root: &Path) -> bool {
    let pinned = std::fs::read_dir(root.join(".pinned")).map(|entries| entries.flatten().count());
    pinned.is_ok_and(|count| count > 0)
}

fn download(root: &Path, names: &[&str]) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    #[expect(
        clippy::disallowed_methods,
        reason = "the bench asks the repository's own task for its subjects"
    )]
    let mut command = std::process::Command::new(cargo);
    // JSON lines are the only thing on our standard output.
    command
        .args(["xtask", "corpus"])
        .args(names)
        .current_dir(root.parent().unwrap_or(root))
        .stdout(std::io::stderr());
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(status) => eprintln!("bench: cargo xtask corpus ended with {status}"),
        Err(error) => eprintln!("bench: cargo xtask corpus could not be started: {error}"),
    }
}

fn registry() -> Result<PathBuf> {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let sources = home
        .context("neither CARGO_HOME nor a home folder")?
        .join("registry/src");
    std::fs::read_dir(&sources)
        .with_context(|| format!("cannot read {}", sources.display()))?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.is_dir())
        .with_context(|| format!("no sources in {}", sources.display()))
}

fn walk(root: &Path) -> Result<Vec<SourceFile>> {
    let mut folders = vec![root.to_path_buf()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in
            std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?
        {
            let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
            let (path, kind) = (
                entry.path(),
                entry
                    .file_type()
                    .with_context(|| format!("cannot read {}", folder.display()))?,
            );
            let Ok(relative) = path.strip_prefix(root) else {
                continue;
            };
            let Some(name) = relative.to_str() else { continue };
            if kind.is_dir() {
                if !name.starts_with('.') {
                    folders.push(path);
                }
                continue;
            }
            let Some(language) = Language::from_path(name.as_bytes()).filter(|_| kind.is_file()) else {
                continue;
            };
            let text = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            if !text.is_empty() && u64::try_from(text.len()).is_ok_and(|length| length <= LARGEST) {
                files.push(SourceFile {
                    path: name.to_owned(),
                    language,
                    text,
                });
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_even_and_of_the_asked_size() {
        let file = |number: usize| SourceFile {
            path: number.to_string(),
            language: Language::C,
            text: Vec::new(),
        };
        let files: Vec<SourceFile> = (0..1000).map(file).collect();
        for count in [1, 7, 100, 999, 1000] {
            let sampled = sample(&files, count);
            assert_eq!(sampled.len(), count);
            let (first, second) = sampled.split_at(count / 2);
            let inside = first
                .iter()
                .filter(|file| file.path.parse::<usize>().unwrap() < 500)
                .count();
            assert!(inside.abs_diff(first.len()) <= 1 && second.len().abs_diff(first.len()) <= 1);
        }
        assert_eq!(sample(&files, 5000).len(), 1000);
        assert!(sample(&[], 5).is_empty());
    }

    #[test]
    fn only_files_of_known_languages_are_taken() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("a/b")).unwrap();
        std::fs::create_dir_all(root.path().join(".pinned")).unwrap();
        for (path, text) in [
            ("a/b/x.rs", "fn x() {}"),
            ("a/y.py", ""),
            ("a/z.txt", "text"),
            (".pinned/q.rs", "fn q() {}"),
        ] {
            std::fs::write(root.path().join(path), text).unwrap();
        }
        let files = walk(root.path()).unwrap();
        assert_eq!(
            files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(),
            ["a/b/x.rs"]
        );
        assert!(has_subjects(root.path()));
        assert!(!has_subjects(&root.path().join("a")));
    }
}
