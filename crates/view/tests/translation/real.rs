//! Real files, and pairs of versions of the same file.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ringfence_syntax::Language;

pub type File = (String, Language, Vec<u8>);

/// Folders of unpacked crates.
pub fn registries() -> Vec<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map_or_else(
        || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cargo"),
        PathBuf::from,
    );
    let registry = std::fs::read_dir(home.join("registry/src"))
        .into_iter()
        .flatten()
        .flatten();
    registry.map(|entry| entry.path()).collect()
}

/// Files of one folder tree with their languages, in the order of their names.
pub fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                open.push(path);
            } else if Language::from_path(path.as_os_str().as_encoded_bytes()).is_some() {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Python files of the corpus (`cargo xtask corpus` downloads it by pinned version).
const PYTHON: &[&str] = &[
    "parser.py",
    "termui.py",
    "formatting.py",
    "utils.py",
    "decorators.py",
];

/// The folder of the corpus.
pub fn corpus() -> PathBuf {
    std::env::var_os("RINGFENCE_CORPUS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus"),
        PathBuf::from,
    )
}

/// Files of crates that this workspace depends on, so that they are there wherever it is built.
const CRATES: &[(&str, &str)] = &[
    ("itertools-0.14.0", "src/adaptors"),
    ("indexmap-2.14.2", "src"),
    ("bitflags-2.13.2", "src"),
    ("tree-sitter-rust-", "src/scanner.c"),
    ("tree-sitter-python-", "src/scanner.c"),
    ("tree-sitter-javascript-", "src/scanner.c"),
    ("tree-sitter-go-", "grammar.js"),
    ("tree-sitter-java-", "grammar.js"),
];

/// Most files taken from one folder.
const FILES: usize = 6;

/// About two dozen real files of moderate size; `RINGFENCE_SOURCES=FOLDER[:FOLDER]` adds some of other folders.
pub fn files() -> &'static [File] {
    static LIST: OnceLock<Vec<File>> = OnceLock::new();
    LIST.get_or_init(|| {
        let mut files = Vec::new();
        for name in PYTHON {
            load(&corpus().join("click/src/click").join(name), &mut files);
        }
        assert_eq!(
            files.len(),
            PYTHON.len(),
            "the corpus is missing; run: cargo xtask corpus"
        );
        for folder in registries() {
            let mut packages: Vec<PathBuf> = std::fs::read_dir(folder)
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path())
                .collect();
            packages.sort();
            for (package, inside) in CRATES {
                let named = |path: &&PathBuf| {
                    path.file_name()
                        .is_some_and(|name| name.as_encoded_bytes().starts_with(package.as_bytes()))
                };
                let found = packages.iter().find(named).map(|path| path.join(inside));
                for path in found.iter().flat_map(|path| taken(path)) {
                    load(&path, &mut files);
                }
            }
        }
        let more = std::env::var_os("RINGFENCE_SOURCES").unwrap_or_default();
        for folder in std::env::split_paths(&more) {
            for path in sources(&folder).into_iter().step_by(7).take(4 * FILES) {
                load(&path, &mut files);
            }
        }
        assert!(files.len() >= 5, "no real sources on this machine");
        files
    })
}

fn taken(path: &Path) -> Vec<PathBuf> {
    if path.is_dir() {
        sources(path).into_iter().take(FILES).collect()
    } else {
        vec![path.to_path_buf()]
    }
}

fn load(path: &Path, files: &mut Vec<File>) {
    let Some(language) = Language::from_path(path.as_os_str().as_encoded_bytes()) else {
        return;
    };
    if let Ok(text) = std::fs::read(path)
        && (500..120_000).contains(&text.len())
    {
        files.push((path.display().to_string(), language, text));
    }
}
