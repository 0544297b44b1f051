//! Suspects with several copies in them, with text of others, and with no copy at all.

use crate::attacks::{renamed, stripped};
use crate::estate::{Estate, File};
use crate::sources;
use ringfence_syntax::Language;
use ringfence_trace::matching::Foreign;
use ringfence_trace::verdict::{Judgement, Verdict};
use std::collections::{BTreeMap, BTreeSet};

fn owned() -> Vec<File> {
    sources::own_rust(&["mark", "view", "interface", "git", "evidence"])
}

/// Every file from one of the leakers, in turn.
fn mixed(estate: &Estate, leakers: &[u8]) -> Vec<File> {
    let copies: Vec<Vec<File>> = leakers.iter().map(|leaker| estate.copy_of(*leaker)).collect();
    (0..copies[0].len())
        .map(|number| copies[number % copies.len()][number].clone())
        .collect()
}

fn names(judgement: &Judgement) -> BTreeSet<String> {
    let first = judgement
        .scored
        .first()
        .filter(|_| matches!(judgement.verdict, Verdict::Strong | Verdict::Exact));
    let further = judgement.further.iter().map(|further| further.recipient.clone());
    first
        .map(|first| first.recipient.clone())
        .into_iter()
        .chain(further)
        .collect()
}

fn set(leakers: &[u8]) -> BTreeSet<String> {
    leakers.iter().map(ToString::to_string).collect()
}

#[test]
fn three_copies_in_one_suspect_are_all_named_and_never_a_fourth() {
    let estate = Estate::of(Language::Rust, &owned());
    for leakers in [&[4_u8][..], &[2, 9], &[1, 7, 13]] {
        let judgement = estate.trace(&mixed(&estate, leakers));
        assert_eq!(
            names(&judgement),
            set(leakers),
            "{:?} {:?} {:?}",
            judgement.scored.first(),
            judgement.further,
            judgement.alternatives
        );
        for further in &judgement.further {
            assert!(
                further.score >= further.threshold && further.bound <= 1e-9,
                "{further:?}"
            );
        }
    }
    // From little text none or some are named, never one who gave nothing.
    let few: Vec<File> = mixed(&estate, &[1, 7, 13]).into_iter().step_by(7).collect();
    assert!(names(&estate.trace(&few)).is_subset(&set(&[1, 7, 13])));
}

#[test]
fn the_owners_own_text_and_a_copy_marked_at_random_name_nobody() {
    let files = owned();
    let estate = Estate::of(Language::Rust, &files);
    let own = estate.trace(&files);
    assert_eq!((own.verdict, own.further.len()), (Verdict::Inconclusive, 0));
    // With this tool and a key that no recipient has: the copy of a twenty-first.
    let judgement = estate.trace(&estate.copy_of(200));
    assert_eq!(
        (judgement.verdict, judgement.further.len()),
        (Verdict::Inconclusive, 0)
    );
    assert!(
        judgement
            .scored
            .iter()
            .all(|scored| scored.score < judgement.threshold)
    );
}

#[test]
fn what_is_known_as_third_party_is_found_and_accuses_nobody() {
    let files = sources::own_rust(&["syntax", "view"]);
    let estate = Estate::of(Language::Rust, &files)
        .with_third_party(Foreign::Vendored, |path| path.starts_with("syntax/"));
    let copy = estate.copy_of(5);
    let (theirs, ours): (Vec<File>, Vec<File>) = copy
        .into_iter()
        .partition(|(path, _)| path.starts_with("syntax/"));
    let (_, matches) = estate.matches(&theirs);
    assert!(matches.matches.is_empty(), "{:?}", matches.matches);
    assert!(!matches.third_party.is_empty());
    assert!(
        matches
            .third_party
            .iter()
            .all(|one| one.kind == Foreign::Vendored)
    );
    assert_eq!(estate.trace(&theirs).verdict, Verdict::None);
    // Beside it, the owner's own text still counts.
    let both: Vec<File> = theirs.into_iter().chain(ours).collect();
    assert_eq!(names(&estate.trace(&both)), set(&[5]));
}

#[test]
fn a_function_inside_a_large_strange_file_is_found_with_its_lines() {
    let files = sources::own_rust(&["mark"]);
    let estate = Estate::of(Language::Rust, &files);
    let (_, text) = files.iter().find(|(path, _)| path.ends_with("align.rs")).unwrap();
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    let piece = lines[140..200].join(&b'\n');
    let strange: Vec<u8> = sources::own_rust(&["ledger"])
        .into_iter()
        .chain(sources::own_rust(&["gateway"]))
        .flat_map(|(_, text)| text)
        .collect();
    let before = strange.iter().filter(|byte| **byte == b'\n').count() as u32;
    for piece in [
        piece.clone(),
        renamed(Language::Rust, &piece, &mut BTreeMap::new()),
    ] {
        let suspect = [
            strange.clone(),
            b"\n".to_vec(),
            piece,
            b"\n".to_vec(),
            strange.clone(),
        ]
        .concat();
        let (_, matches) = estate.matches(&[("big.rs".to_owned(), suspect)]);
        let found = matches
            .coverage
            .iter()
            .flat_map(|file| &file.passages)
            .filter(|passage| passage.owned.path.ends_with("align.rs"))
            .max_by_key(|passage| passage.tokens)
            .unwrap_or_else(|| panic!("{:?}", matches.coverage));
        // A token or two around it may be equal by chance.
        let near = |line: u32, other: u32| line.abs_diff(other) <= 6;
        assert!(
            near(found.suspect_lines.0, before + 2) && near(found.suspect_lines.1, before + 61),
            "{before} {found:?}"
        );
        assert!(
            near(found.owned_lines.0, 141) && near(found.owned_lines.1, 200),
            "{found:?}"
        );
    }
    // The strange text alone resembles nothing.
    let (_, matches) = estate.matches(&[("big.rs".to_owned(), strange)]);
    assert!(matches.matches.is_empty(), "{:?}", matches.matches);
}

#[test]
fn a_hundred_megabytes_in_one_line_are_read_in_pieces() {
    let files = sources::generated(Language::JavaScript, 3, 12);
    let estate = Estate::of(Language::JavaScript, &files);
    let filler: Vec<u8> = (0..20_000_u32)
        .flat_map(|number| format!("q({number});").into_bytes())
        .collect();
    let mut line = filler.repeat((100 << 20) / filler.len() + 1);
    let copy: Vec<u8> = estate
        .copy_of(6)
        .into_iter()
        .flat_map(|(_, text)| stripped(Language::JavaScript, &text))
        .map(|byte| if byte == b'\n' { b' ' } else { byte })
        .collect();
    line.extend(copy);
    let limits = ringfence_trace::suspect::SuspectLimits::default();
    let suspect =
        ringfence_trace::suspect::Suspect::read_stream("bundle.min.js", line.as_slice(), &limits).unwrap();
    assert!(suspect.left_out.is_empty(), "{:?}", suspect.left_out);
    assert!(suspect.files.len() > 5 && suspect.files.iter().all(|file| file.bytes.len() <= 16 << 20));
    let pieces: Vec<File> = suspect
        .files
        .into_iter()
        .map(|file| (file.name, file.bytes))
        .collect();
    let (_, matches) = estate.matches(&pieces);
    assert!(!matches.matches.is_empty());
    assert!(matches.files.len() <= 2, "{:?}", matches.files);
}
