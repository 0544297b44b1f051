//! Packs that are too much: trees that double, declared counts, bombs, chains of deltas, broken bytes.

use super::*;

#[test]
fn a_tree_that_doubles_at_every_level_costs_little() {
    // 2^40 paths out of 40 trees: refused by the budget of changed entries, not by time.
    let place = Place::new();
    let vendor = place.at("vendor");
    let blob = object(&vendor, "blob", b"x\n");
    let mut inner = object(&vendor, "tree", &entry("100644", "f", &blob));
    let mut objects = vec![whole(&vendor, &blob), whole(&vendor, &inner)];
    for _ in 0..40 {
        inner = object(
            &vendor,
            "tree",
            &[entry("40000", "a", &inner), entry("40000", "b", &inner)].concat(),
        );
        objects.push(whole(&vendor, &inner));
    }
    let tip = commit(&vendor, &inner, Some(&place.head));
    objects.push(whole(&vendor, &tip));
    let started = std::time::Instant::now();
    let limits = ReceiveLimits {
        changed_entries: 20_000,
        ..ReceiveLimits::default()
    };
    let error = place.take_with(&tip, &pack_of(&objects), limits).unwrap_err();
    assert!(matches!(error, ReceiveError::TooMany { .. }), "{error}");
    assert!(started.elapsed() < std::time::Duration::from_secs(60));
}

#[test]
fn a_pack_that_declares_too_many_entries_is_refused_at_once() {
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend_from_slice(&100_001_u32.to_be_bytes());
    assert!(matches!(
        check(&pack),
        Err(PackError::Entries {
            entries: 100_001,
            most: 100_000
        })
    ));
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend_from_slice(&u32::MAX.to_be_bytes());
    assert!(matches!(check(&pack), Err(PackError::Entries { .. })));
}

#[test]
fn bombs_are_stopped_before_they_go_off() {
    let blob = |declared: u64, bytes: &[u8]| [header(3, declared), deflate(bytes)].concat();
    // Says little, holds much.
    let pack = pack_of(&[blob(10, &vec![0; 1 << 20])]);
    assert!(matches!(
        check(&pack),
        Err(PackError::Format {
            what: "an entry larger than it says",
            ..
        })
    ));
    let pack = pack_of(&[blob(100, &[0; 10])]);
    assert!(matches!(
        check(&pack),
        Err(PackError::Format {
            what: "an entry smaller than it says",
            ..
        })
    ));
    // 60 MiB of zeros, each below the limit of one object.
    let pack = pack_of(&[blob(60 << 20, &vec![0; 60 << 20])]);
    assert!(pack.len() < 70 << 10, "{}", pack.len());
    assert!(matches!(check(&pack), Err(PackError::Ratio { .. })));
    let pack = pack_of(&[blob(300 << 20, b"x")]);
    assert!(matches!(
        check(&pack),
        Err(PackError::ObjectTooLarge { number: 1, .. })
    ));
    // Deltas that copy one base over and over: declared sizes are added up.
    let base = blob(1 << 20, &noise(1 << 20));
    let result = 60_u64 << 20;
    let copies = [0xf0_u8, 0, 0, 0x10].repeat(60);
    let delta = [varint(1 << 20), varint(result), copies].concat();
    let mut entries = vec![base];
    let mut offset = 12 + entries[0].len() as u64;
    for _ in 0..20 {
        let entry = [
            header(6, delta.len() as u64),
            distance(offset - 12),
            deflate(&delta),
        ]
        .concat();
        offset += entry.len() as u64;
        entries.push(entry);
    }
    assert!(matches!(
        check(&pack_of(&entries)),
        Err(PackError::InflatedTooLarge { .. } | PackError::Ratio { .. })
    ));
}

#[test]
fn chains_of_deltas_are_bounded() {
    let chain = |links: usize| {
        let bytes = b"some bytes to stand on";
        let mut entries = vec![[header(3, bytes.len() as u64), deflate(bytes)].concat()];
        for number in 0..links {
            let before = entries.last().unwrap().len() as u64;
            let inserted = format!("{number:06}");
            let size = (bytes.len() + 6 * (number + 1)) as u64;
            let delta = [
                varint(size - 6),
                varint(size),
                vec![0xb0, ((size - 6) & 0xff) as u8, ((size - 6) >> 8) as u8, 6],
                inserted.into_bytes(),
            ]
            .concat();
            entries.push([header(6, delta.len() as u64), distance(before), deflate(&delta)].concat());
        }
        pack_of(&entries)
    };
    let pack = chain(250);
    assert_eq!(check(&pack).unwrap().depth, 250);
    let alone = tempfile::tempdir().unwrap();
    text(alone.path(), &["init", "-q", "--bare", "x.git"]);
    let (ok, _, error) = git(&alone.path().join("x.git"), &["index-pack", "--stdin"], &pack);
    assert!(ok, "the hand-made chain is a real one: {error}");
    assert!(matches!(
        check(&chain(251)),
        Err(PackError::Depth {
            number: 252,
            most: 250
        })
    ));
}

/// A pack whose one file stands on a chain of deltas that name their bases by id, and the commit with it.
fn named_chain(place: &Place, links: usize) -> (String, Vec<u8>) {
    let vendor = place.at("vendor");
    let mut bytes = b"some bytes to stand on".to_vec();
    let mut entries = vec![[header(3, bytes.len() as u64), deflate(&bytes)].concat()];
    for number in 0..links {
        let id = ringfence_view::object::id_of(ringfence_view::object::Kind::Blob, &bytes).unwrap();
        let (size, inserted) = (bytes.len() as u64, format!("{number:06}"));
        let copy = vec![0xb0, (size & 0xff) as u8, (size >> 8) as u8, 6];
        let delta = [
            varint(size),
            varint(size + 6),
            copy,
            inserted.clone().into_bytes(),
        ]
        .concat();
        // Bases after what stands on them are as good as before: the last comes first.
        entries.insert(
            0,
            [
                header(7, delta.len() as u64),
                id.as_slice().to_vec(),
                deflate(&delta),
            ]
            .concat(),
        );
        bytes.extend_from_slice(inserted.as_bytes());
    }
    let file = object(&vendor, "blob", &bytes);
    let tree = object(&vendor, "tree", &entry("100644", "long", &file));
    let tip = commit(&vendor, &tree, Some(&place.head));
    entries.push(whole(&vendor, &tree));
    entries.push(whole(&vendor, &tip));
    (tip, pack_of(&entries))
}

#[test]
fn chains_of_deltas_by_id_are_bounded_too() {
    let place = Place::new();
    let (tip, pack) = named_chain(&place, 250);
    assert_eq!(
        check(&pack).unwrap().depth,
        1,
        "not to be told before the ids are known"
    );
    assert_eq!(place.take(&tip, &pack).unwrap().summary().depth, 250);
    let (tip, pack) = named_chain(&place, 251);
    let error = place.take(&tip, &pack).unwrap_err();
    assert!(
        matches!(error, ReceiveError::Pack(PackError::Depth { most: 250, .. })),
        "{error}"
    );
    let started = std::time::Instant::now();
    let (tip, pack) = named_chain(&place, 2_000);
    let error = place.take(&tip, &pack).unwrap_err();
    assert!(
        matches!(error, ReceiveError::Pack(PackError::Depth { .. })),
        "{error}"
    );
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn names_that_some_systems_take_for_one_are_refused() {
    let place = Place::new();
    let vendor = place.at("vendor");
    let file = object(&vendor, "blob", b"x\n");
    for (one, other) in [
        ("caf\u{e9}.rs", "cafe\u{301}.rs"),
        ("NEW.rs", "new.rs"),
        ("stra\u{df}e", "strasse"),
        ("a\u{200d}b", "ab"),
    ] {
        let mut entries = [one, other].map(|name| (name.as_bytes(), entry("100644", name, &file)));
        entries.sort();
        let tree = object(&vendor, "tree", &entries.map(|(_, entry)| entry).concat());
        let tip = commit(&vendor, &tree, Some(&place.head));
        let pack = pack_of(&[whole(&vendor, &file), whole(&vendor, &tree), whole(&vendor, &tip)]);
        let error = place.take(&tip, &pack).unwrap_err();
        assert!(
            error.to_string().contains("only in case or Unicode form"),
            "{one} {other}: {error}"
        );
    }
    // Bytes that are no text differ as bytes do.
    let names: [&[u8]; 2] = [b"caf\xe8", b"caf\xe9"];
    let raw_entry = |name: &[u8]| [b"100644 ", name, b"\0", raw(&file).as_slice()].concat();
    let tree = object(&vendor, "tree", &names.map(raw_entry).concat());
    let tip = commit(&vendor, &tree, Some(&place.head));
    let pack = pack_of(&[whole(&vendor, &file), whole(&vendor, &tree), whole(&vendor, &tip)]);
    place.take(&tip, &pack).unwrap();
}

#[test]
fn broken_packs_are_refused() {
    let place = Place::new();
    std::fs::write(place.at("vendor").join("a.rs"), "fn other() {}\n").unwrap();
    text(&place.at("vendor"), &["commit", "-q", "-am", "change"]);
    let tip = text(&place.at("vendor"), &["rev-parse", "HEAD"]);
    let pack = place.packed(&format!("HEAD ^{}", place.head));
    place.take(&tip, &pack).unwrap();
    for length in [0, 4, 11, 12, 13, pack.len() / 2, pack.len() - 21, pack.len() - 1] {
        let error = place.take(&tip, &pack[..length]).unwrap_err();
        assert!(
            matches!(error, ReceiveError::Pack(PackError::Truncated { .. })),
            "{length}: {error}"
        );
    }
    let longer = [pack.clone(), b"x".to_vec()].concat();
    assert!(matches!(
        check(&longer),
        Err(PackError::Format {
            what: "bytes after its end",
            ..
        })
    ));
    let mut flipped = pack.clone();
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    assert!(
        matches!(place.take(&tip, &flipped), Err(ReceiveError::Broken { .. })),
        "git checks the trailer"
    );
    assert!(check(b"HTTP/1.1 200 OK").is_err());
    let limits = ReceiveLimits {
        pack_bytes: 64,
        ..ReceiveLimits::default()
    };
    assert!(matches!(
        place.take_with(&tip, &pack, limits),
        Err(ReceiveError::Pack(PackError::TooLarge { most: 64 }))
    ));
}
