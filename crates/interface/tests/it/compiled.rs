//! What the tests of the compiled languages Go and Java share: real packages, rendering, literals that only bodies hold, compilers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ringfence_interface::{Options, Outcome, Rendered, Shown, SourceFile, render};
use ringfence_syntax::{Language, parse};

/// Files by path.
pub type Files = Vec<(String, Vec<u8>)>;

/// A pinned subject of the corpus.
pub fn subject(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../corpus")
        .join(name);
    assert!(folder.is_dir(), "run `cargo xtask corpus {name}`");
    folder
}

/// The files of a folder with one extension, by path from it.
pub fn files(root: &Path, end: &str) -> Files {
    let (mut folders, mut found) = (vec![root.to_path_buf()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_str().unwrap().ends_with(end) {
                let relative = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.push((relative, std::fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{}", root.display());
    found
}

/// Files written by hand for one trap.
pub fn by_hand(files: &[(&str, &str)]) -> Files {
    files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
        .collect()
}

/// Renders; `whole` says which places are delivered unchanged.
pub fn outcomes(
    language: Language,
    files: &Files,
    whole: impl Fn(usize) -> bool,
    options: &Options<'_>,
) -> Vec<Outcome> {
    let sources: Vec<SourceFile<'_>> = files
        .iter()
        .enumerate()
        .map(|(place, (path, text))| SourceFile {
            path: path.as_bytes(),
            text,
            visibility: if whole(place) {
                Shown::Whole
            } else {
                Shown::Interface
            },
        })
        .collect();
    render(language, &sources, options).unwrap()
}

/// The delivered files; a refusal fails the test.
pub fn delivered(files: &Files, outcomes: &[Outcome]) -> Files {
    files
        .iter()
        .zip(outcomes)
        .filter_map(|((path, text), outcome)| match outcome {
            Outcome::Whole => Some((path.clone(), text.clone())),
            Outcome::Interface(rendered) => Some((path.clone(), rendered.text.clone())),
            Outcome::Hidden { .. } => None,
            Outcome::Refused { line, reason } => panic!("{path}:{line}: {reason}"),
        })
        .collect()
}

/// The interface of one file alone.
pub fn interface(language: Language, path: &str, text: &str) -> Rendered {
    let files = by_hand(&[(path, text)]);
    match outcomes(language, &files, |_| false, &Options::default()).remove(0) {
        Outcome::Interface(rendered) => rendered,
        other => panic!("{other:?}"),
    }
}

/// String literals of at least eight bytes that stand in bodies of functions and nowhere else in the file.
pub fn secrets(language: Language, text: &[u8]) -> BTreeSet<Vec<u8>> {
    let tree = parse(language, text).unwrap();
    let (mut inside, mut outside) = (BTreeSet::new(), BTreeSet::new());
    for node in tree.nodes().filter(|node| {
        matches!(
            node.kind(),
            "interpreted_string_literal" | "raw_string_literal" | "string_literal"
        )
    }) {
        let in_body = node
            .ancestors()
            .any(|around| matches!(around.kind(), "block" | "constructor_body") && around.parent().is_some());
        let found = if in_body { &mut inside } else { &mut outside };
        if node.text(text).len() >= 8 {
            found.insert(node.text(text).to_vec());
        }
    }
    inside.difference(&outside).cloned().collect()
}

/// The secrets that stand in a text as literals; documentation may mention them.
pub fn shown_secrets(language: Language, secrets: &BTreeSet<Vec<u8>>, text: &[u8]) -> Vec<String> {
    let tree = parse(language, text).unwrap();
    tree.nodes()
        .filter(|node| !node.is_comment() && secrets.contains(node.text(text)))
        .map(|node| String::from_utf8_lossy(node.text(text)).into_owned())
        .collect()
}

/// Tells whether a text holds another one.
pub fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Asserts that a text parses without a syntax error.
pub fn assert_parses(language: Language, path: &str, text: &[u8]) {
    let tree = parse(language, text).unwrap();
    assert_eq!(
        tree.error_count(),
        0,
        "{path}:\n{}",
        String::from_utf8_lossy(text)
    );
}

/// A fresh folder below the target folder.
pub fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("interface-{name}"));
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Writes files below a folder.
pub fn write(folder: &Path, files: &Files) {
    for (path, text) in files {
        let place = folder.join(path);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(place, text).unwrap();
    }
}

/// Runs a compiler; a missing one fails the test.
#[expect(clippy::disallowed_methods, reason = "tests run the languages' own tools")]
pub fn run(program: &str, folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(program)
        .args(arguments)
        .envs(environment.iter().copied())
        .current_dir(folder)
        .output()
        .unwrap_or_else(|error| panic!("{program} is not installed here ({error}); run: cargo xtask test"))
}

/// Everything a program said.
pub fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
