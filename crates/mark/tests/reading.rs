//! Marks of real files, attacked and read: whether the right recipient is named, and never another.
//!
//! `cargo test -p ringfence-mark --test reading -- --nocapture` prints the figures: sites read and wrong, and the lines that name
//! one of 1,000 at 1e-9.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::cast_precision_loss,
    reason = "a test fails by panicking"
)]

#[path = "reading/attack.rs"]
mod attack;
#[path = "reading/corpus.rs"]
mod corpus;
#[path = "reading/measure.rs"]
mod measure;

use std::time::Instant;

use corpus::{Corpus, python, rust};
use measure::{Outcome, measure};
use ringfence_mark::model::Profile;
use ringfence_mark::read::{CanonicalFile, Cut, MAX_FILE_BYTES, ReadError, Reader, SuspectFile};
use ringfence_syntax::Language;

/// Measures an attack, prints its figures and checks what always holds.
fn run(corpus: &Corpus, attack: &str) -> Outcome {
    let outcome = measure(corpus, attack);
    println!("{outcome}");
    assert_eq!(outcome.wrong_names, 0, "{attack} names an innocent");
    outcome
}

#[test]
fn rust_is_read_through_every_attack() {
    let corpus = rust(Profile::Robust);
    println!("{corpus}");
    let none = run(&corpus, "none");
    assert!(none.read_share() > 0.93 && none.wrong_share() < 0.01, "{none}");
    let dropped = run(&corpus, "drop");
    assert!(dropped.wrong_share() < 0.01 && dropped.named, "{dropped}");
    for attack in [
        "format",
        "strip",
        "rename",
        "strip+rename",
        "strip+rename+format",
        "one line",
    ] {
        let outcome = run(&corpus, attack);
        assert!(outcome.named, "{outcome}");
        assert!(outcome.wrong_where_alive < 0.04, "{outcome}");
    }
}

#[test]
fn python_is_read_through_every_attack() {
    let corpus = python(Profile::Robust);
    println!("{corpus}");
    let none = run(&corpus, "none");
    assert!(none.read_share() > 0.93 && none.wrong_share() < 0.01, "{none}");
    let dropped = run(&corpus, "drop");
    assert!(dropped.wrong_share() < 0.01 && dropped.named, "{dropped}");
    for attack in ["strip", "rename", "strip+rename", "reprint"] {
        let outcome = run(&corpus, attack);
        assert!(outcome.named, "{outcome}");
        assert!(outcome.wrong_where_alive < 0.04, "{outcome}");
    }
}

#[test]
fn steady_tables_are_read_too() {
    for corpus in [rust(Profile::Steady), python(Profile::Steady)] {
        println!("{corpus}");
        let none = run(&corpus, "none");
        assert!(none.read_share() > 0.9 && none.wrong_share() < 0.01, "{none}");
        assert!(none.named, "{none}");
    }
}

#[test]
fn a_fragment_is_read_and_unrelated_code_is_not() {
    let corpus = rust(Profile::Robust);
    let fragment = run(&corpus, "fragment");
    assert!(fragment.wrong_share() < 0.02, "{fragment}");
    let unrelated = measure::unrelated(&corpus, &python(Profile::Robust), Language::Rust);
    println!("{unrelated}");
    assert_eq!(unrelated.wrong_names, 0, "{unrelated}");
    assert!(unrelated.read_share() < 0.02, "{unrelated}");
    let other = measure::unrelated(&corpus, &corpus::other_rust(), Language::Rust);
    println!("{other}");
    assert_eq!(other.wrong_names, 0, "{other}");
    assert!(other.read_share() < 0.03, "{other}");
}

#[test]
fn two_who_mix_their_copies_are_found_and_no_one_else() {
    let outcome = run(&rust(Profile::Robust), "mix");
    assert!(outcome.named, "{outcome}");
}

#[test]
fn a_whole_library_is_read_at_once() {
    // Runs of tokens that occur once are rarer in a large text.
    let corpus = corpus::whole_python();
    println!("{corpus}");
    let outcome = measure::read_only(&corpus);
    println!("{outcome}");
    assert!(
        outcome.read_share() > 0.95 && outcome.wrong_share() < 0.005,
        "{outcome}"
    );
}

#[test]
fn limits_are_said_and_hostile_suspects_end() {
    let corpus = python(Profile::Robust);
    let some: Vec<CanonicalFile> = corpus.files.into_iter().take(6).collect();
    let text = some[0].text.clone();
    let reader = Reader::new(some).unwrap();
    let suspect = |text: Vec<u8>| SuspectFile {
        name: "suspect".to_owned(),
        language: None,
        text,
    };

    assert!(reader.read(&[]).reads.iter().all(|read| read.value.is_none()));
    assert!(
        reader
            .read(&[suspect(Vec::new())])
            .coverage
            .iter()
            .all(|file| file.aligned == 0)
    );
    let own = reader.read(&[suspect(b"x = 1\n".to_vec()), suspect(text.clone())]);
    assert_eq!(own.coverage[0].aligned, own.coverage[0].tokens);
    assert_eq!(own.coverage[0].suspect, Some(1));

    let long: Vec<u8> = text.iter().copied().cycle().take(MAX_FILE_BYTES + 5).collect();
    let lexed = Instant::now();
    let cut = reader.read(&[suspect(long)]);
    assert_eq!(
        cut.cuts,
        [Cut {
            suspect: 0,
            read: MAX_FILE_BYTES,
            length: MAX_FILE_BYTES + 5
        }]
    );
    println!("a file of 16 MiB that repeats itself: {:?}", lexed.elapsed());
    for pattern in [
        "a=a;",
        "self.x(",
        "a.b(c)\n\n",
        "'''\"\"\"",
        "def f(x): return x\n",
    ] {
        let text: Vec<u8> = pattern.bytes().cycle().take(2 << 20).collect();
        let start = Instant::now();
        let report = reader.read(&[suspect(text)]);
        println!("2 MiB of {pattern:?}: {:?}", start.elapsed());
        assert!(start.elapsed().as_secs() < 60, "{pattern}");
        assert!(
            report.reads.iter().filter(|read| read.value.is_some()).count() < 20,
            "{pattern}"
        );
    }
}

#[test]
fn tables_of_another_text_are_refused() {
    let mut file = python(Profile::Steady).files.swap_remove(0);
    file.text.push(b'\n');
    assert!(matches!(
        Reader::new(vec![file.clone()]),
        Err(ReadError::TableMismatch { .. })
    ));
    file.text.pop();
    file.table.sites[0].end = u32::MAX;
    assert!(matches!(
        Reader::new(vec![file]),
        Err(ReadError::SiteOutside { site: 0, .. })
    ));
}
