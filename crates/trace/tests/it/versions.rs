//! Several versions of one path: each recipient is held against the one it was delivered.

use crate::estate::{Estate, File};
use crate::sources;
use ringfence_syntax::Language;
use ringfence_trace::verdict::Verdict;

/// The same files with one line more at the end of each: the owner went on after the first delivery.
fn later(files: &[File]) -> Vec<File> {
    files
        .iter()
        .map(|(name, text)| {
            let mut text = text.clone();
            text.extend_from_slice(b"\n/// Added later.\npub fn added_later() -> u32 {\n    41 + 1\n}\n");
            (name.clone(), text)
        })
        .collect()
}

#[test]
fn a_leak_that_fits_two_versions_names_the_recipient_of_either() {
    let first = sources::own_rust(&["domain"]);
    let mut both = first.clone();
    both.extend(later(&first));
    let estate = Estate::of(Language::Rust, &both);
    let old = Estate::of(Language::Rust, &first);
    let older: std::collections::BTreeSet<Vec<u8>> = first.iter().map(|(_, text)| text.clone()).collect();
    assert_eq!(older.len(), first.len());
    let old_blobs = old.blobs();
    // Recipients 0-9 were delivered the first version, 10-19 the second. Recipient 3 leaks its copy with the beginning of each
    // file cut off, and a leak of recipient 13 has the end cut off: both fit both versions.
    let delivered = |recipient: u8, owned: &ringfence_trace::matching::OwnedText| {
        old_blobs.contains(&owned.blob) == (recipient < 10)
    };
    let halves = |files: Vec<File>, keep_front: bool| -> Vec<File> {
        files
            .into_iter()
            .map(|(name, text)| {
                let middle = text.len() * 6 / 10;
                let part = if keep_front {
                    text[..middle].to_vec()
                } else {
                    text[text.len() - middle..].to_vec()
                };
                (name, part)
            })
            .collect()
    };
    for (leaker, keep_front) in [(3_u8, false), (3, true), (13, true)] {
        let copy = if leaker < 10 {
            old.copy_of(leaker)
        } else {
            Estate::of(Language::Rust, &later(&first)).copy_of(leaker)
        };
        let judgement = estate.trace_delivered(&halves(copy, keep_front), &delivered);
        assert_eq!(
            judgement.verdict,
            Verdict::Strong,
            "recipient {leaker}, front {keep_front}"
        );
        assert_eq!(judgement.scored[0].recipient, leaker.to_string());
        assert_eq!(judgement.scored.len(), 20);
    }
    // The owner's own texts of either version name nobody.
    for own in [first.clone(), later(&first)] {
        let judgement = estate.trace_delivered(&own, &delivered);
        assert_eq!(judgement.verdict, Verdict::Inconclusive);
    }
}
