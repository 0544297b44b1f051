use super::*;
use proptest::prelude::*;

/// What git's own `patch_delta` does, written from the format's description.
fn apply(base: &[u8], delta: &[u8]) -> Vec<u8> {
    let mut at = 0;
    let mut next = || {
        at += 1;
        delta.get(at - 1).copied()
    };
    let mut size = || {
        let (mut size, mut shift) = (0_usize, 0);
        loop {
            let byte = next().unwrap();
            size |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                return size;
            }
        }
    };
    assert_eq!(size(), base.len());
    let expected = size();
    let mut out = Vec::new();
    while let Some(command) = next() {
        assert_ne!(command, 0, "reserved");
        if command & 0x80 == 0 {
            out.extend((0..command).map(|_| next().unwrap()));
            continue;
        }
        let (mut from, mut length) = (0_usize, 0_usize);
        for bit in 0..4 {
            if command & (1 << bit) != 0 {
                from |= usize::from(next().unwrap()) << (8 * bit);
            }
        }
        for bit in 0..3 {
            if command & (0x10 << bit) != 0 {
                length |= usize::from(next().unwrap()) << (8 * bit);
            }
        }
        let length = if length == 0 { 0x1_0000 } else { length };
        out.extend_from_slice(&base[from..from + length]);
    }
    assert_eq!(out.len(), expected);
    out
}

fn round_trip(base: &[u8], target: &[u8]) -> usize {
    let mut delta = Vec::new();
    assert!(encode(base, target, usize::MAX, &mut delta));
    assert!(apply(base, &delta) == target, "the delta gives another text");
    let whole = delta.len();
    assert!(encode(base, target, whole, &mut delta));
    assert!(whole == 0 || !encode(base, target, whole - 1, &mut delta));
    whole
}

/// Source files of this crate: real text with real repetition.
fn sources() -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .collect();
    files.sort();
    files.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

#[test]
fn borders_of_every_instruction() {
    let long: Vec<u8> = (0..200_000_u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0])
        .collect();
    for (base, target) in [
        (&b""[..], &b""[..]),
        (b"", b"new"),
        (b"old", b""),
        (b"same", b"same"),
        (&long[..0xffff], &long[..0xffff]),
        (&long[..0x1_0000], &long[..0x1_0000]),
        (&long[..0x1_0001], &long[..0x1_0001]),
        (&long, &long[70_000..]),
        (&long[70_000..], &long),
        (&long[..128], &long[1_000..1_127]),
        (&long[..128], &long[1_000..1_128]),
    ] {
        round_trip(base, target);
    }
    // A moved half, and an edit in the middle of a large file.
    let moved = [&long[100_000..], &long[..100_000]].concat();
    assert!(round_trip(&long, &moved) < 100);
    let mut edited = long.clone();
    edited.splice(100_000..100_010, *b"something else");
    edited.splice(20_000..20_000, *b"more");
    assert!(round_trip(&long, &edited) < 200);
}

#[test]
fn one_repeated_byte_takes_linear_time() {
    let base = vec![b'x'; 4 << 20];
    let mut target = vec![b'x'; 4 << 20];
    target[0] = b'a';
    target[4_000_000] = b'b';
    let started = std::time::Instant::now();
    round_trip(&base, &target);
    // Periodic texts whose blocks never stand at the same place.
    let comb = |period: usize| -> Vec<u8> { (0..1 << 20).map(|at| u8::from(at % period == 0)).collect() };
    round_trip(&comb(17), &comb(19));
    assert!(started.elapsed() < std::time::Duration::from_secs(60));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn real_texts_with_random_edits(
        file in 0_usize..64,
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0_usize..200, 0_usize..64, any::<prop::sample::Index>()), 0..8),
    ) {
        let files = sources();
        let base = &files[file % files.len()];
        let other = &files[(file + 1) % files.len()];
        let mut target = base.clone();
        for (place, gone, lines, from) in &edits {
            let start = place.index(target.len() + 1);
            let end = (start + gone).min(target.len());
            let from = from.index(other.len());
            let new = other[from..(from + lines * 8).min(other.len())].to_vec();
            target.splice(start..end, new);
        }
        round_trip(base, &target);
        round_trip(&target, base);
        round_trip(base, other);
    }

    #[test]
    fn random_bytes_of_few_values(base in proptest::collection::vec(0_u8..3, 0..600), target in proptest::collection::vec(0_u8..3, 0..600)) {
        round_trip(&base, &target);
    }
}
