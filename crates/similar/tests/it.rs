//! The index over real files: reformatted, renamed and cut copies find their document.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::path::{Path, PathBuf};
use std::time::Instant;

use proptest::prelude::*;
use ringfence_similar::{
    Candidate, DocumentId, Fingerprints, Index, Segment, SegmentBuilder, SegmentError, merge,
};
use ringfence_syntax::Language;
use ringfence_syntax::lex::{TokenKind, lex};

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// This workspace's own sources that are long enough to say something.
fn sources() -> Vec<Vec<u8>> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut paths = Vec::new();
    for name in ["syntax", "similar", "mark", "domain"] {
        collect(&crates.join(name).join("src"), &mut paths);
    }
    let texts: Vec<Vec<u8>> = paths
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .filter(|text| text.len() > 2500)
        .collect();
    assert!(texts.len() > 10);
    texts
}

fn bytes_of(texts: &[(u128, &Vec<u8>)]) -> Vec<u8> {
    let mut builder = SegmentBuilder::default();
    for (number, text) in texts {
        assert!(builder.insert(DocumentId(*number), &Fingerprints::of(Language::Rust, text)));
    }
    let mut bytes = Vec::new();
    builder.finish(&mut bytes).unwrap();
    bytes
}

fn numbered(texts: &[Vec<u8>]) -> Vec<(u128, &Vec<u8>)> {
    texts
        .iter()
        .enumerate()
        .map(|(number, text)| (number as u128, text))
        .collect()
}

fn index(texts: &[Vec<u8>]) -> Index<Vec<u8>> {
    Index::new(vec![Segment::open(bytes_of(&numbered(texts))).unwrap()])
}

fn candidates(index: &Index<Vec<u8>>, text: &[u8]) -> Vec<Candidate> {
    let fingerprints = Fingerprints::of(Language::Rust, text);
    let mut found = index.resemblances(&[&fingerprints], &|_| false, 100).unwrap();
    found.remove(0).candidates
}

/// Renames every identifier and puts every token on a line of its own.
fn disguise(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for token in lex(Language::Rust, text) {
        match token.kind {
            TokenKind::CommentWord | TokenKind::BlankLine => continue,
            TokenKind::Identifier => out.extend(
                format!(
                    "x{}",
                    token.bytes(text).iter().map(|byte| u32::from(*byte)).sum::<u32>()
                )
                .bytes(),
            ),
            _ => out.extend(token.bytes(text)),
        }
        out.push(b'\n');
    }
    out
}

#[test]
fn copies_find_their_document() {
    let texts = sources();
    let index = index(&texts);
    for (number, text) in texts.iter().enumerate() {
        let document = DocumentId(number as u128);
        let whole = candidates(&index, text);
        assert_eq!(whole[0].document, document);
        assert!(whole[0].share > 0.99);
        let disguised = candidates(&index, &disguise(text));
        assert_eq!(disguised[0].document, document, "{number}");
        assert!(disguised[0].share > 0.9, "{:?}", disguised[0]);
    }
}

#[test]
fn fragments_and_bundles_find_their_documents() {
    let texts = sources();
    let index = index(&texts);
    let mut found = 0;
    for (number, text) in texts.iter().enumerate() {
        let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
        let middle = lines.len() / 2;
        let fragment = lines[middle..(middle + 25).min(lines.len())].join(&b'\n');
        found += usize::from(
            candidates(&index, &fragment)
                .first()
                .is_some_and(|first| first.document.0 == number as u128),
        );
    }
    assert!(found * 10 >= texts.len() * 9, "{found} of {}", texts.len());

    let bundle = texts
        .iter()
        .step_by(2)
        .map(|text| disguise(text))
        .collect::<Vec<_>>()
        .concat();
    let candidates = candidates(&index, &bundle);
    for number in (0..texts.len()).step_by(2) {
        let candidate = candidates
            .iter()
            .find(|candidate| candidate.document.0 == number as u128)
            .unwrap();
        assert!(candidate.of_document > 0.8, "{candidate:?}");
    }
}

#[test]
fn what_a_third_party_document_has_speaks_for_no_owned_one() {
    let texts = sources();
    // The owner copied a third party's file into one of his own.
    let mut mixed = texts[0].clone();
    mixed.extend_from_slice(&texts[1]);
    let all = [texts[0].clone(), mixed, texts[1].clone()];
    let index = index(&all);
    let fingerprints = Fingerprints::of(Language::Rust, &texts[0]);
    let third_party = |id: DocumentId| id.0 == 0;
    let found = index.resemblances(&[&fingerprints], &third_party, 10).unwrap();
    assert!(found[0].third_party > 0.99);
    assert_eq!(found[0].candidates[0].document, DocumentId(0));
    assert!(found[0].candidates[0].third_party);
    assert!(
        found[0].candidates[1..]
            .iter()
            .all(|candidate| candidate.share < 0.05),
        "{found:?}"
    );
    // What is the owner's own in the mixed file is still found.
    let own = Fingerprints::of(Language::Rust, &texts[1]);
    let found = index.resemblances(&[&own], &third_party, 10).unwrap();
    assert!(!found[0].candidates[0].third_party && found[0].candidates[0].share > 0.9);
}

#[test]
fn segments_in_any_order_and_number_are_one_index_and_merge_to_the_same_bytes() {
    let texts = sources();
    let all = numbered(&texts);
    let whole = bytes_of(&all);
    let mut backward = all.clone();
    backward.reverse();
    assert_eq!(bytes_of(&backward), whole);
    let (one, rest) = all.split_at(all.len() / 3);
    let (two, three) = rest.split_at(rest.len() / 2);
    let open = |bytes: Vec<u8>| Segment::open(bytes).unwrap();
    let parts = || vec![open(bytes_of(three)), open(bytes_of(one)), open(bytes_of(two))];
    let mut merged = Vec::new();
    merge(&parts(), &mut merged).unwrap();
    assert_eq!(merged, whole);
    // A document that two of them hold counts once.
    let mut again = Vec::new();
    merge(&[open(whole.clone()), open(bytes_of(two))], &mut again).unwrap();
    assert_eq!(again, whole);
    let (single, several) = (Index::new(vec![open(whole)]), Index::new(parts()));
    for text in &texts {
        assert_eq!(candidates(&single, text), candidates(&several, text));
        assert_eq!(
            candidates(&single, &disguise(text)),
            candidates(&several, &disguise(text))
        );
    }
    assert_eq!(several.len(), texts.len());
    assert!(several.contains(DocumentId(0)) && !several.contains(DocumentId(9_999)));
}

#[test]
fn a_fingerprint_in_very_many_documents_goes_over_several_blocks() {
    let text = b"fn odd(a: u8) -> u8 { a * 77 + other(a, 1234567) - third::most_unusual(a ^ 99, 4242) / 3 + a * 5 - 8 + b }";
    let fingerprints = Fingerprints::of(Language::Rust, text);
    assert!(!fingerprints.is_empty());
    let mut builder = SegmentBuilder::default();
    for number in 0..20_000_u128 {
        builder.insert(DocumentId(number * 3), &fingerprints);
    }
    assert!(!builder.insert(DocumentId(3), &fingerprints));
    let mut bytes = Vec::new();
    builder.finish(&mut bytes).unwrap();
    let segment = Segment::open(bytes.clone()).unwrap();
    let mut lookup = segment.lookup();
    for key in fingerprints.keys() {
        let found = lookup.find(*key).unwrap();
        assert!(found.iter().copied().eq(0..20_000));
        assert!(lookup.find(key + 1).unwrap().is_empty());
    }
    let mut merged = Vec::new();
    merge(&[segment], &mut merged).unwrap();
    assert_eq!(merged, bytes);
}

#[test]
fn damaged_bytes_are_refused() {
    let texts = sources();
    let bytes = bytes_of(&numbered(&texts[..3]));
    assert!(matches!(
        Segment::open(Vec::new()),
        Err(SegmentError::NotASegment)
    ));
    for cut in [1, 8, 40, 100, bytes.len() / 2, bytes.len() - 10] {
        assert!(
            Segment::open(bytes[..bytes.len() - cut].to_vec()).is_err(),
            "{cut}"
        );
    }
    let mut newer = bytes.clone();
    newer[4] = 9;
    assert!(matches!(
        Segment::open(newer),
        Err(SegmentError::Version { version: 9 })
    ));
    let mut longer = bytes;
    longer.push(0);
    assert!(Segment::open(longer).is_err());
}

#[test]
fn a_large_bundle_is_quick() {
    let text = sources()
        .iter()
        .map(|text| disguise(text))
        .collect::<Vec<_>>()
        .concat();
    let bundle: Vec<u8> = text
        .iter()
        .map(|byte| if *byte == b'\n' { b' ' } else { *byte })
        .cycle()
        .take(8 << 20)
        .collect();
    let start = Instant::now();
    let fingerprints = Fingerprints::of(Language::Rust, &bundle);
    println!(
        "8 MiB in one line: {:?}, {} fingerprints",
        start.elapsed(),
        fingerprints.keys().len()
    );
    assert!(start.elapsed().as_secs() < 20);
    assert!(fingerprints.keys().len() > 1000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// A flipped byte anywhere is an error when it is met, or changes nothing that is found.
    #[test]
    fn damage_is_an_error_and_never_a_wrong_answer(flip in any::<prop::sample::Index>(), with in 1_u8..) {
        let texts = [
            b"int f(int a, int b) { return a * b + (a - b) * 3 - f(b, a) / 2 + g(a) - h(b) + 7; }".to_vec(),
            b"int a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = 9;".to_vec(),
        ];
        let bytes = bytes_of(&numbered(&texts));
        let whole = Segment::open(bytes.clone()).unwrap();
        let mut damaged = bytes;
        let at = flip.index(damaged.len());
        damaged[at] ^= with;
        if let Ok(segment) = Segment::open(damaged) {
            let (mut lookup, mut right) = (segment.lookup(), whole.lookup());
            for text in &texts {
                for key in Fingerprints::of(Language::Rust, text).keys() {
                    if let Ok(found) = lookup.find(*key) {
                        prop_assert_eq!(found, right.find(*key).unwrap());
                    }
                }
            }
        }
    }

    #[test]
    fn any_bytes_open_or_are_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..300), dressed in any::<bool>()) {
        if dressed && bytes.len() >= 16 {
            let magic = *b"RFSG\x02\0\0\0";
            bytes[..8].copy_from_slice(&magic);
            let end = bytes.len();
            bytes[end - 8..].copy_from_slice(&magic);
        }
        if let Ok(segment) = Segment::open(bytes) {
            let _ = segment.lookup().find(7);
        }
    }
}
