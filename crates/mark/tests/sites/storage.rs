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
