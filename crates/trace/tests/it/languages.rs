//! Every marked language: the right copy is named, never a wrong one; the owner's text and others' code name nobody.

use crate::attacks::{disguised, three_tenths};
use crate::estate::{Estate, File};
use crate::sources;
use ringfence_syntax::Language;
use ringfence_trace::verdict::{Judgement, Verdict};

/// Who leaked.
const LEAKER: u8 = 7;

fn named(judgement: &Judgement) -> Option<&str> {
    matches!(judgement.verdict, Verdict::Strong | Verdict::Exact)
        .then(|| judgement.scored[0].recipient.as_str())
}

fn say(what: &str, judgement: &Judgement) {
    let best = &judgement.scored[0];
    eprintln!(
        "{what}: {:?}, best {} with {:.1} nats of {:.1}, {} read, {} erased",
        judgement.verdict,
        best.recipient,
        best.score,
        judgement.threshold,
        best.sites_read,
        best.sites_erased
    );
}

fn story(language: Language, files: &[File], unrelated: &[File]) {
    let estate = Estate::of(language, files);
    eprintln!("{language:?}: {} files, {} sites", files.len(), estate.sites());
    let leaker = LEAKER.to_string();

    let whole = estate.trace(&estate.copy_of(LEAKER));
    say("whole copy", &whole);
    assert_eq!(named(&whole), Some(leaker.as_str()));

    let few = estate.trace(&three_tenths(estate.copy_of(LEAKER)));
    say("three files of ten", &few);
    assert_eq!(named(&few), Some(leaker.as_str()));

    let disguise = estate.trace(&disguised(language, estate.copy_of(LEAKER)));
    say("stripped and renamed", &disguise);
    assert_eq!(named(&disguise), Some(leaker.as_str()));

    let all = estate.trace(&three_tenths(disguised(language, estate.copy_of(LEAKER))));
    say("three files of ten, stripped and renamed", &all);
    assert_eq!(named(&all), Some(leaker.as_str()));

    let own = estate.trace(files);
    say("the owner's own text", &own);
    assert_eq!(own.verdict, Verdict::Inconclusive);
    let own = estate.trace(&disguised(language, files.to_vec()));
    say("the owner's own text, stripped and renamed", &own);
    assert_eq!(named(&own), None);

    let (_, matches) = estate.matches(unrelated);
    assert!(matches.matches.is_empty(), "{:?}", matches.matches);
    assert_eq!(estate.trace(unrelated).verdict, Verdict::None);
}

#[test]
fn rust_copies_are_told_apart() {
    let files = sources::own_rust(&["domain", "ledger", "policy"]);
    story(Language::Rust, &files, &sources::own_rust(&["gateway"]));
}

#[test]
fn python_copies_are_told_apart() {
    let files = sources::python(&[
        "argparse",
        "ast",
        "configparser",
        "difflib",
        "dis",
        "doctest",
        "ftplib",
        "gettext",
        "gzip",
        "imaplib",
        "inspect",
        "mailbox",
        "optparse",
        "pickle",
        "pdb",
        "plistlib",
        "pydoc",
        "shutil",
        "smtplib",
        "tarfile",
        "textwrap",
        "zipfile",
    ]);
    story(
        Language::Python,
        &files,
        &sources::python(&["heapq", "statistics", "colorsys", "chunk"]),
    );
}

#[test]
fn javascript_copies_are_told_apart() {
    // The grammars are real, and hold few sites: they serve as others' code.
    let mut grammars = Vec::new();
    for name in ["c", "go", "java", "javascript", "python", "rust"] {
        grammars.extend(sources::registry(
            &format!("tree-sitter-{name}-"),
            &["grammar.js"],
            "js",
        ));
    }
    let files = sources::generated(Language::JavaScript, 1, 24);
    story(Language::JavaScript, &files, &grammars);
}

#[test]
fn c_copies_are_told_apart() {
    let files = sources::registry(
        "tree-sitter-0.",
        &[
            "src/get_changed_ranges.c",
            "src/language.c",
            "src/lexer.c",
            "src/node.c",
            "src/parser.c",
            "src/query.c",
            "src/stack.c",
            "src/subtree.c",
            "src/tree.c",
            "src/tree_cursor.c",
        ],
        "c",
    );
    story(Language::C, &files, &sources::generated(Language::C, 99, 6));
}

#[test]
fn java_copies_are_told_apart() {
    let files = sources::generated(Language::Java, 1, 24);
    story(Language::Java, &files, &sources::own_rust(&["gateway"]));
}

#[test]
fn go_copies_are_told_apart() {
    let files = sources::generated(Language::Go, 1, 24);
    story(Language::Go, &files, &sources::own_rust(&["gateway"]));
}
