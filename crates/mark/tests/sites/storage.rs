//! Stored tables come back equal; damaged ones are refused and never make rendering fail badly.

use super::*;

#[test]
fn stored_tables_come_back_equal() {
    for (fixture, robust, steady) in tables() {
        for table in [robust, steady] {
            let bytes = table.encode().unwrap();
            assert_eq!(&SiteTable::decode(&bytes).unwrap(), table, "{}", fixture.name);
        }
    }
}

#[test]
fn the_first_format_still_loads() {
    // Magic, format, engine, language, profile, length, number of sites.
    let table = SiteTable {
        engine: 1,
        language: Language::C,
        profile: Profile::Steady,
        text_length: 40,
        sites: Vec::new(),
    };
    assert_eq!(hex::encode(table.encode().unwrap()), "5246535401000107012800");
}

/// A table as the first engine stored it, and the copies it gave.
#[test]
fn a_table_of_the_first_engine_renders_as_it_did() {
    let text = b"def f(a, b):\n    # Says which of the two it is\n    if not a:\n        return 0xAB\n    else:\n        return b\n";
    let stored = hex::decode(include_str!("engine1.hex").trim()).unwrap();
    let table = SiteTable::decode(&stored).unwrap();
    assert_eq!(table.engine, 1);
    assert_eq!(table.encode().unwrap(), stored);
    assert_eq!(
        families(&table),
        BTreeSet::from([Family::IfSwap, Family::HexCase, Family::CommentPeriod])
    );
    assert_eq!(render(&table, text, &|site| site.canonical).unwrap(), text);
    let copy = render(&table, text, &|site| other(site.canonical)).unwrap();
    assert_eq!(
        String::from_utf8(copy).unwrap(),
        "def f(a, b):\n    # Says which of the two it is.\n    if a:\n        return b\n    else:\n        return 0xab\n"
    );
}

#[test]
fn tables_of_another_text_are_refused() {
    let (fixture, robust, _) = &tables()[0];
    assert!(render(robust, &fixture.text[1..], &|site| site.canonical).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn damaged_tables_are_refused_or_harmless(at in any::<prop::sample::Index>(), bit in 0_u8..8, cut in any::<bool>()) {
        let (fixture, robust, _) = tables().iter().min_by_key(|(fixture, _, _)| fixture.text.len()).unwrap();
        let mut bytes = robust.encode().unwrap();
        let at = at.index(bytes.len());
        if cut {
            bytes.truncate(at);
        } else {
            bytes[at] ^= 1 << bit;
        }
        if let Ok(table) = SiteTable::decode(&bytes)
            && let Ok(copy) = render(&table, &fixture.text, &|site| other(site.canonical))
        {
            prop_assert!(copy.len() <= fixture.text.len() + bytes.len());
        }
    }

    #[test]
    fn random_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut stored = b"RFST\x01\x00".to_vec();
        stored.extend_from_slice(&bytes);
        if let Ok(table) = SiteTable::decode(&stored) {
            prop_assert!(table.check().is_ok());
        }
        prop_assert!(SiteTable::decode(&bytes).is_err());
    }
}
