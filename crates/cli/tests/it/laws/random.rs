//! Laws 1 to 5 over random edits of real files, one server for all cases.

use super::team::*;
use crate::attack::stage::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

#[derive(Clone, Debug)]
struct Edit {
    kind: u8,
    place: prop::sample::Index,
}

#[derive(Clone, Debug)]
struct Case {
    edits: Vec<Edit>,
    way: Way,
    owners: prop::sample::Index,
    concurrent: bool,
}

fn case() -> impl Strategy<Value = Case> {
    let edit = (0..4_u8, any::<prop::sample::Index>()).prop_map(|(kind, place)| Edit { kind, place });
    (
        prop::collection::vec(edit, 1..4),
        prop::sample::select(WAYS.to_vec()),
        any::<prop::sample::Index>(),
        any::<bool>(),
    )
        .prop_map(|(edits, way, owners, concurrent)| Case {
            edits,
            way,
            owners,
            concurrent,
        })
}

/// Applies one edit to the vendor's text and to the owner's.
fn apply(path: &str, number: usize, edit: &Edit, theirs: &str, owners: &str) -> (String, String) {
    let words = comment(path, &format!("edit {number}"));
    if edit.kind == 3 {
        let new = if path.ends_with(".py") {
            format!("\n\ndef added_{number}(a, b):\n    {words}\n    return a if a < b else b\n")
        } else {
            format!(
                "\nfn added_{number}(a: u8, b: u8) -> u8 {{\n    {words}\n    if a < b {{ a }} else {{ b }}\n}}\n"
            )
        };
        return (format!("{theirs}{new}"), format!("{owners}{new}"));
    }
    let places = common_places(theirs, owners);
    let (at, there) = places[edit.place.index(places.len())];
    let line = theirs.lines().nth(at).unwrap();
    if edit.kind == 1 && !line.contains(['"', '\'', '#', '/']) {
        let more = format!("  {words}");
        return (with_end(theirs, at, &more), with_end(owners, there, &more));
    }
    let line = format!("{}{words}", indent(theirs.lines().nth(at + 1).unwrap()));
    (with_line(theirs, at, &line), with_line(owners, there, &line))
}

/// Lines of `new` that a diff shows, as ranges.
fn hunks(team: &Team, old: &str, new: &str, path: &str) -> Vec<std::ops::Range<usize>> {
    let shown = team.clone.git(&["diff", "-U0", old, new, "--", path]);
    shown
        .lines()
        .filter_map(|line| line.strip_prefix("@@ "))
        .map(|line| {
            let plus = line.split('+').nth(1).unwrap().split(' ').next().unwrap();
            let (start, count) = plus.split_once(',').unwrap_or((plus, "1"));
            let start: usize = start.parse().unwrap();
            start..start + count.parse::<usize>().unwrap().max(1)
        })
        .collect()
}

fn laws(path: &'static str, seed: u64) {
    let team = Team::new(Stage::usual());
    assert_ne!(
        team.text(path),
        team.owner_text(path),
        "no marks, so the test would show nothing"
    );
    let (number, exact) = (std::cell::Cell::new(0_usize), std::cell::Cell::new(0_usize));
    let config = Config {
        cases: 6,
        failure_persistence: None,
        max_shrink_iters: 4,
        rng_seed: proptest::test_runner::RngSeed::Fixed(seed),
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&case(), |case| {
            number.set(number.get() + 1);
            team.start(&format!("case-{}", number.get()));
            let (mut theirs, mut expected) = (team.text(path), team.owner_text(path));
            let base = team.head();
            for (at, edit) in case.edits.iter().enumerate() {
                (theirs, expected) = apply(path, number.get() * 10 + at, edit, &theirs, &expected);
            }
            team.clone.commit(&[(path, &theirs)], "edit");
            let pushed = team.head();
            team.push();
            let plain = team.flags().is_empty();
            // Meanwhile the owner goes on elsewhere, unless that would stop a fast-forward.
            let concurrent = case.concurrent && case.way != Way::FastForward;
            if concurrent {
                team.stage.owner_commits(&[(
                    "api/rules.rs",
                    format!("{RUST_TWO}\n// meanwhile {}\n", number.get()).as_bytes(),
                )]);
            }
            team.take(case.way);
            if plain {
                exact.set(exact.get() + 1);
                prop_assert_eq!(team.owner_text(path), expected, "law 2");
            }
            if concurrent {
                let pulled = team.pulled();
                let changed = team.clone.git(&["diff", "--name-only", &pushed, &pulled]);
                prop_assert_eq!(changed.as_str(), "api/rules.rs", "law 3");
                prop_assert_eq!(team.contains(&pulled, &pushed), case.way == Way::Merge, "law 5");
            } else {
                team.comes_back(&pushed, case.way);
            }
            prop_assert!(
                team.contains("origin/main", &base),
                "earlier commits never change"
            );
            // Law 4: the owner edits the same file elsewhere; nothing but that shows.
            let before = team.pulled();
            let owned = team.owner_text(path);
            let delivered = team.clone.git(&["show", &format!("{before}:{path}")]);
            let places = common_places(&delivered, &owned);
            let (at, there) = places[case.owners.index(places.len())];
            let line = format!(
                "{}{}",
                indent(owned.lines().nth(there + 1).unwrap()),
                comment(path, &format!("owner {}", number.get()))
            );
            team.stage
                .owner_commits(&[(path, with_line(&owned, there, &line).as_bytes())]);
            let after = team.pulled();
            for hunk in hunks(&team, &before, &after, path) {
                prop_assert!(
                    hunk.start + 3 >= at + 2 && hunk.end <= at + 2 + 1 + 3,
                    "law 4: lines {:?} moved by an edit at {}",
                    hunk,
                    at + 2
                );
            }
            prop_assert_eq!(team.clone.git(&["diff", "--name-only", &before, &after]), path);
            Ok(())
        })
        .unwrap();
    assert!(
        exact.get() * 10 >= number.get() * 8,
        "{} of {} unflagged",
        exact.get(),
        number.get()
    );
}

// Six cases a test, so that each ends soon on a loaded machine.

#[test]
fn the_laws_hold_for_random_edits_in_python() {
    laws("web/tool.py", 7_319);
}

#[test]
fn the_laws_hold_for_more_random_edits_in_python() {
    laws("web/tool.py", 1_789);
}

#[test]
fn the_laws_hold_for_random_edits_in_rust() {
    laws("web/router.rs", 7_319);
}

#[test]
fn the_laws_hold_for_more_random_edits_in_rust() {
    laws("web/router.rs", 1_789);
}
