//! Pieces that were cut anywhere: their first line may lie inside a docstring or a comment.

use crate::estate::{Estate, File};
use crate::sources;
use ringfence_syntax::Language;

/// Fifty lines from the first line after `from` that holds none of the quotes that would end what is open there.
fn piece(text: &[u8], is_inside: impl Fn(&[&[u8]], usize) -> bool) -> Option<Vec<u8>> {
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    (40..lines.len().saturating_sub(60))
        .find(|at| is_inside(&lines, *at))
        .map(|at| lines[at..at + 50].join(&b'\n'))
}

fn holds(line: &[u8], word: &[u8]) -> bool {
    line.windows(word.len()).any(|part| part == word)
}

#[track_caller]
fn found(estate: &Estate, name: &str, suspect: &str, piece: Vec<u8>) {
    let shown = String::from_utf8_lossy(&piece).into_owned();
    let (_, matches) = estate.matches(&[(suspect.to_owned(), piece)]);
    assert!(
        matches.owned.iter().any(|owned| owned.path == name),
        "{name} is not found by\n{shown}\n{:?}",
        matches.owned
    );
    let best = matches
        .coverage
        .iter()
        .flat_map(|file| &file.passages)
        .max_by_key(|passage| passage.tokens);
    assert_eq!(best.unwrap().owned.path, name);
}

#[test]
fn a_snippet_that_begins_inside_a_docstring_is_found() {
    let files: Vec<File> =
        sources::python(&["argparse", "tarfile", "logging/__init__", "pathlib", "subprocess"]);
    let estate = Estate::of(Language::Python, &files);
    let mut cut = 0;
    for (name, text) in &files {
        // The line before opens a docstring that goes on.
        let inside = |lines: &[&[u8]], at: usize| {
            let opens = lines[at - 1].trim_ascii_start().starts_with(b"\"\"\"")
                && lines[at - 1].windows(3).filter(|part| part == b"\"\"\"").count() == 1;
            let ends = lines[at..at + 12].iter().position(|line| holds(line, b"\"\"\""));
            let code = |line: &&&[u8]| holds(line, b"(") && !line.trim_ascii_start().starts_with(b"#");
            opens
                && ends.is_some_and(|end| end >= 2)
                && lines[at + 12..at + 50].iter().filter(code).count() >= 16
        };
        if let Some(piece) = piece(text, inside) {
            cut += 1;
            found(&estate, name, "snippet.py", piece.clone());
            // Without a name it is tried as every language.
            found(&estate, name, "snippet", piece);
        }
    }
    assert!(cut >= 3, "{cut}");
}

#[test]
fn a_snippet_that_begins_inside_a_comment_is_found() {
    let own: Vec<File> = sources::generated(Language::JavaScript, 11, 4)
        .into_iter()
        .map(|(name, text)| {
            let text = String::from_utf8(text).unwrap();
            // One comment over three lines before each function, with what reads as code in it.
            let text = text.replace(
                "function ",
                "/* Called once, don't call it twice:\n * x = f(y) { return `z` } is no code\n * and ends here */\nfunction ",
            );
            (name, text.into_bytes())
        })
        .collect();
    let scripts = Estate::of(Language::JavaScript, &own);
    for (name, text) in &own {
        let inside = |lines: &[&[u8]], at: usize| holds(lines[at], b"is no code");
        let piece = piece(text, inside).expect("a comment");
        found(&scripts, name, "snippet.js", piece);
    }
}
