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
use ringfence_similar::{DocumentId, Fingerprints, Index, IndexError};
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

fn index(texts: &[Vec<u8>]) -> Index {
    let mut index = Index::default();
    for (number, text) in texts.iter().enumerate() {
        index.insert(DocumentId(number as u64), Language::Rust, text);
    }
    index
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
        let document = DocumentId(number as u64);
        let whole = index.candidates(Language::Rust, text);
        assert_eq!(whole[0].document, document);
        assert!(whole[0].share > 0.99);
        let disguised = index.candidates(Language::Rust, &disguise(text));
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
            index
                .candidates(Language::Rust, &fragment)
                .first()
                .is_some_and(|first| first.document.0 == number as u64),
        );
    }
    assert!(found * 10 >= texts.len() * 9, "{found} of {}", texts.len());

    let bundle = texts
        .iter()
        .step_by(2)
        .map(|text| disguise(text))
        .collect::<Vec<_>>()
        .concat();
    let candidates = index.candidates(Language::Rust, &bundle);
    for number in (0..texts.len()).step_by(2) {
        let candidate = candidates
            .iter()
            .find(|candidate| candidate.document.0 == number as u64)
            .unwrap();
        assert!(candidate.of_document > 0.8, "{candidate:?}");
    }
}

#[test]
fn background_selects_nothing() {
    let texts = sources();
    let mut index = index(&texts);
    index.insert_background(Language::Rust, &texts[0]);
    assert!(
        index
            .candidates(Language::Rust, &texts[0])
            .iter()
            .all(|candidate| candidate.document != DocumentId(0))
    );
    assert_eq!(
        index.candidates(Language::Rust, &texts[1])[0].document,
        DocumentId(1)
    );
    let again = Index::decode(&index.encode()).unwrap();
    assert_eq!(
        again.candidates(Language::Rust, &texts[0]),
        index.candidates(Language::Rust, &texts[0])
    );
}

#[test]
fn order_of_insertion_replacement_and_removal_leave_no_trace() {
    let texts = sources();
    let forward = index(&texts);
    let mut backward = Index::default();
    for (number, text) in texts.iter().enumerate().rev() {
        backward.insert(DocumentId(number as u64), Language::Rust, &disguise(text));
        backward.insert(DocumentId(number as u64), Language::Rust, text);
    }
    backward.insert(DocumentId(9999), Language::Rust, &texts[3]);
    assert!(backward.remove(DocumentId(9999)));
    assert!(!backward.remove(DocumentId(9999)));
    assert_eq!(forward.encode(), backward.encode());
    let decoded = Index::decode(&forward.encode()).unwrap();
    assert_eq!(decoded.len(), texts.len());
    assert_eq!(decoded.encode(), forward.encode());
    assert_eq!(
        decoded.candidates(Language::Rust, &texts[5]),
        forward.candidates(Language::Rust, &texts[5])
    );
}

#[test]
fn damaged_bytes_are_refused() {
    let bytes = index(&sources()[..3]).encode();
    assert_eq!(Index::decode(b"").unwrap_err(), IndexError::NotAnIndex);
    assert_eq!(
        Index::decode(&bytes[..bytes.len() - 1]).unwrap_err(),
        IndexError::Truncated { at: bytes.len() - 1 }
    );
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(
        Index::decode(&longer).unwrap_err(),
        IndexError::Trailing { count: 1 }
    );
    let mut newer = bytes.clone();
    newer[4] = 9;
    assert_eq!(
        Index::decode(&newer).unwrap_err(),
        IndexError::Version { version: 9 }
    );
    let mut huge = bytes;
    huge[22..26].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(matches!(
        Index::decode(&huge).unwrap_err(),
        IndexError::Truncated { .. }
    ));
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
        fingerprints.blanked.len()
    );
    assert!(start.elapsed().as_secs() < 20);
    assert!(fingerprints.blanked.len() > 1000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_decode_or_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), flip in any::<prop::sample::Index>(), with in 1_u8..) {
        let mut index = Index::default();
        index.insert(DocumentId(1), Language::C, b"int f(int a, int b) { return a * b + (a - b) * 3 - f(b, a) / 2 + g(a) - h(b) + 7; }");
        index.insert(DocumentId(2), Language::C, b"int a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = 9;");
        let mut damaged = index.encode();
        let at = flip.index(damaged.len());
        damaged[at] ^= with;
        for bytes in [damaged, bytes] {
            if let Ok(index) = Index::decode(&bytes) {
                prop_assert_eq!(index.encode(), bytes);
            }
        }
    }
}
