//! Laws and traps of Java, with the real compiler.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use ringfence_interface::{Options, Outcome};
use ringfence_syntax::Language;

use crate::compiled::{self, Files, delivered, files, run, said, scratch, subject, write};

mod laws;
mod traps;

/// Subjects of the corpus, by path from the folder of their sources.
fn packages() -> Vec<(&'static str, Files)> {
    ["commons-csv", "commons-codec", "commons-lang"]
        .into_iter()
        .map(|name| (name, files(&subject(name).join("src/main/java"), ".java")))
        .collect()
}

fn outcomes(files: &Files, whole: impl Fn(usize) -> bool) -> Vec<Outcome> {
    compiled::outcomes(Language::Java, files, whole, &Options::default())
}

/// What `javac` says about these files together.
fn javac(name: &str, files: &Files) -> String {
    let folder = scratch(&format!("java-{name}"));
    write(&folder, files);
    let mut arguments = vec![
        "-nowarn",
        "-encoding",
        "UTF-8",
        "-proc:none",
        "--release",
        "17",
        "-d",
        ".classes",
    ];
    arguments.extend(files.iter().map(|(path, _)| path.as_str()));
    let output = run("javac", &folder, &arguments, &[]);
    if output.status.success() {
        String::new()
    } else {
        said(&output)
    }
}

/// Renders files with some of them whole, compiles them, and gives the interface of the first one.
fn accepted(name: &str, texts: &[(&str, &str)], whole: &[&str]) -> String {
    let files = compiled::by_hand(texts);
    assert_eq!(
        javac(&format!("{name}-original"), &files),
        "",
        "the original of {name}"
    );
    let outcomes = outcomes(&files, |place| whole.contains(&files[place].0.as_str()));
    let shown = delivered(&files, &outcomes);
    let first = String::from_utf8(shown[0].1.clone()).unwrap();
    assert_eq!(javac(name, &shown), "", "{first}");
    first
}
