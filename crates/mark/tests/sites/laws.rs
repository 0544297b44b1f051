//! Any choice of variants gives a text that parses as well as the owner's; the canonical choice gives the owner's bytes.

use super::*;

#[test]
fn canonical_choice_gives_the_canonical_bytes_and_tiles() {
    for (fixture, robust, steady) in tables() {
        for table in [robust, steady] {
            let rendering = render_with_map(table, &fixture.text, &|site| site.canonical).unwrap();
            assert_eq!(rendering.bytes, fixture.text, "{}", fixture.name);
        }
    }
}

#[test]
fn every_language_offers_at_least_four_families() {
    let mut found: BTreeMap<Language, BTreeSet<Family>> = BTreeMap::new();
    for (fixture, robust, _) in tables() {
        found
            .entry(fixture.language)
            .or_default()
            .extend(families(robust));
    }
    for language in Language::ALL {
        let families = found.get(&language).cloned().unwrap_or_default();
        assert!(families.len() >= 4, "{} has only {families:?}", language.name());
        assert!(
            families
                .iter()
                .any(|family| !matches!(family, Family::BlankLine | Family::CommentPeriod))
        );
    }
}

#[test]
fn each_variant_alone_parses_without_a_new_error() {
    for (fixture, robust, _) in tables() {
        let errors = ringfence_syntax::parse(fixture.language, &fixture.text)
            .unwrap()
            .error_count();
        // Every site of small files, evenly spread ones of large files.
        let step = (robust.sites.len() * fixture.text.len() / 1_500_000).max(1);
        for chosen in (0..robust.sites.len()).step_by(step) {
            let only = &robust.sites[chosen];
            let copy = render(robust, &fixture.text, &|site| {
                if std::ptr::eq(site, only) {
                    other(site.canonical)
                } else {
                    site.canonical
                }
            })
            .unwrap();
            let altered = ringfence_syntax::parse(fixture.language, &copy).unwrap();
            assert!(
                altered.error_count() <= errors,
                "{}: {:?} at {}",
                fixture.name,
                only.family,
                only.start
            );
        }
    }
}

#[test]
fn variants_are_named_by_the_family_and_not_by_the_owner() {
    // Writing the other spelling of one leaf site leaves its id on other ground, but never its naming: the smaller bytes are Zero.
    for (fixture, robust, _) in tables() {
        for site in &robust.sites {
            let is_order = matches!(
                site.family,
                Family::FunctionOrder
                    | Family::CaseOrder
                    | Family::ListOrder
                    | Family::InitialiserOrder
                    | Family::StatementOrder
            );
            if is_order {
                continue;
            }
            let own = &fixture.text[site.start as usize..site.end as usize];
            let alternative: Vec<u8> = site
                .alternative
                .iter()
                .flat_map(|piece| match piece {
                    Piece::Source { start, end } => fixture.text[*start as usize..*end as usize].to_vec(),
                    Piece::Text(text) => text.clone(),
                })
                .collect();
            let smaller = if own < alternative.as_slice() {
                Variant::Zero
            } else {
                Variant::One
            };
            assert_eq!(
                site.canonical, smaller,
                "{}: {:?} at {}",
                fixture.name, site.family, site.start
            );
        }
    }
}

#[test]
fn steady_tables_hold_steady_families_only() {
    for (fixture, _, steady) in tables() {
        for family in families(steady) {
            let moves = matches!(
                family,
                Family::BlankLine
                    | Family::IfSwap
                    | Family::FunctionOrder
                    | Family::CaseOrder
                    | Family::ListOrder
                    | Family::InitialiserOrder
                    | Family::EarlyReturn
                    | Family::StatementOrder
            );
            assert!(!moves, "{} has {family:?}", fixture.name);
        }
    }
}

#[test]
fn tables_are_a_function_of_text_and_key() {
    for (fixture, robust, _) in tables() {
        assert_eq!(&table(fixture, Profile::Robust), robust);
        let elsewhere = site_table(
            fixture.language,
            Profile::Robust,
            &fixture.text,
            &AnchorKey([8; 32]),
        )
        .unwrap();
        assert!(
            ids(&elsewhere).is_disjoint(&ids(robust)),
            "{} keeps ids under another key",
            fixture.name
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_choice_parses_and_its_map_is_true(seed in any::<u64>(), which in any::<prop::sample::Index>(), steady in any::<bool>()) {
        let (fixture, robust, steady_table) = which.get(tables());
        let table = if steady { steady_table } else { robust };
        let errors = ringfence_syntax::parse(fixture.language, &fixture.text).unwrap().error_count();
        let rendering = render_with_map(table, &fixture.text, &by_seed(seed)).unwrap();
        prop_assert_eq!(&render(table, &fixture.text, &by_seed(seed)).unwrap(), &rendering.bytes);
        let altered = ringfence_syntax::parse(fixture.language, &rendering.bytes).unwrap();
        prop_assert!(altered.error_count() <= errors, "{} has {} errors", &fixture.name, altered.error_count());
        let mut at = 0;
        for segment in &rendering.segments {
            prop_assert_eq!(segment.out.start, at);
            prop_assert!(segment.out.end > at);
            at = segment.out.end;
            let out = &rendering.bytes[segment.out.start as usize..segment.out.end as usize];
            if let Some(source) = &segment.source {
                prop_assert_eq!(out, &fixture.text[source.start as usize..source.end as usize]);
            } else {
                prop_assert!(segment.site.is_some());
            }
        }
        prop_assert_eq!(at as usize, rendering.bytes.len());
        if steady {
            prop_assert_eq!(lines(&rendering.bytes), lines(&fixture.text));
            for segment in &rendering.segments {
                if let Some(source) = &segment.source {
                    let line = lines(&rendering.bytes[..segment.out.start as usize]);
                    prop_assert_eq!(line, lines(&fixture.text[..source.start as usize]));
                }
            }
        }
    }
}
