//! 1,000 random rule sets on random trees: the projected tree has the names, kinds and bytes of the model, and no other object is written.

use std::collections::{BTreeMap, HashSet};

use ringfence_domain::view::{PathRule, Visibility};
use ringfence_view::object::{EntryKind, Kind, MemoryObjects, ObjectId, parse_tree, read_as};
use ringfence_view::project::{Replacement, ViewRules};

use crate::model::{self, Tree};
use crate::trees::{build, flatten, project};

/// How many pairs of rules and tree are compared.
const CASES: u64 = 1_000;

/// SplitMix64: the same cases on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % most as u64).unwrap()
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

const NAMES: [&str; 12] = [
    "src",
    "lib.rs",
    "pricing",
    "web",
    "a",
    "b",
    "ab",
    "a.rs",
    "README",
    "caf\u{e9}",
    "cafe\u{301}",
    "x y",
];

fn path(random: &mut Random) -> String {
    let depth = 1 + random.below(4);
    (0..depth)
        .map(|_| random.one(&NAMES))
        .collect::<Vec<_>>()
        .join("/")
}

fn pattern(random: &mut Random) -> String {
    let parts: [&str; 20] = [
        "src",
        "lib.rs",
        "pricing",
        "web",
        "a",
        "b",
        "ab",
        "*",
        "*",
        "**",
        "*.rs",
        "a*",
        "?",
        "[a-c]",
        "*a*b*",
        "caf*",
        "cafe\u{301}",
        "x y",
        "README",
        "*e*",
    ];
    let mut text = (0..1 + random.below(4))
        .map(|_| random.one(&parts))
        .collect::<Vec<_>>()
        .join("/");
    if random.below(2) == 0 {
        text.insert(0, '/');
    }
    if random.below(4) == 0 {
        text.push('/');
    }
    text
}

fn rules(random: &mut Random) -> Vec<PathRule> {
    let levels = [
        Visibility::Hidden,
        Visibility::Hidden,
        Visibility::Read,
        Visibility::Read,
        Visibility::Write,
        Visibility::Interface,
    ];
    (0..random.below(9))
        .map(|_| PathRule {
            visibility: levels[random.below(levels.len())],
            paths: (0..1 + random.below(3)).map(|_| pattern(random)).collect(),
        })
        .collect()
}

fn tree(random: &mut Random) -> Tree {
    let mut tree = Tree::new();
    for _ in 0..random.below(40) {
        let path = path(random);
        let in_the_way = tree
            .keys()
            .any(|known| known.starts_with(&format!("{path}/")) || path.starts_with(&format!("{known}/")));
        if in_the_way {
            continue;
        }
        let file = match random.below(10) {
            0 => (
                EntryKind::Commit,
                b"1234567812345678123456781234567812345678".to_vec(),
            ),
            1 | 2 => {
                let up = "../".repeat(random.below(4));
                (
                    EntryKind::Link,
                    format!("{up}{}", self::path(random)).into_bytes(),
                )
            }
            3 => (
                EntryKind::Link,
                random
                    .one(&["/etc/passwd", "..", ".", "a/../b", "src/", "./a.rs"])
                    .as_bytes()
                    .to_vec(),
            ),
            4 => (EntryKind::BlobExecutable, b"#!/bin/sh\n".to_vec()),
            _ => (
                EntryKind::Blob,
                format!("content {}\n", random.below(6)).into_bytes(),
            ),
        };
        tree.insert(path, file);
    }
    tree
}

#[test]
fn a_thousand_views_hold_what_the_model_says() {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for case in 0..CASES {
        let mut random = Random(case.wrapping_mul(0x5851_f42d_4c95_7f2d));
        let (rules, owner) = (rules(&mut random), tree(&mut random));
        let mut replaced: Vec<(String, Vec<u8>)> = Vec::new();
        if random.below(3) == 0 {
            replaced.push((path(&mut random), format!("given {case}\n").into_bytes()));
        }
        let mut store = MemoryObjects::default();
        let files: Vec<_> = owner
            .iter()
            .map(|(path, (kind, data))| (path.clone().into_bytes(), *kind, data.clone()))
            .collect();
        let mut objects = MemoryObjects::default();
        let root = build(&mut objects, &files);
        let given = replaced.iter().map(|(path, bytes)| Replacement {
            path: path.clone().into_bytes(),
            bytes: bytes.clone(),
            kind: EntryKind::Blob,
        });
        let view = ViewRules::new(&rules, given.collect()).unwrap();
        let projected = project(&view, &objects, &mut store, root).unwrap();
        let expected = model::delivered(&rules, &replaced, &owner);
        let found: Tree = flatten(&store, projected.tree)
            .into_iter()
            .map(|(path, file)| (String::from_utf8(path).unwrap(), file))
            .collect();
        assert_eq!(
            found, expected,
            "case {case}: {rules:?} {replaced:?} on {owner:#?}"
        );
        assert_closed(&store, projected.tree, &expected, &rules, &owner);
        // The decisions asked one by one are those of the walk.
        for path in owner.keys() {
            let decided = view.rules().decide(path.as_bytes()).visibility >= Visibility::Read;
            let hidden = replaced
                .iter()
                .any(|(given, _)| path == given || path.starts_with(&format!("{given}/")));
            assert_eq!(
                decided,
                model::visible(&rules, path) && !hidden,
                "case {case}: {path} by {rules:?}"
            );
        }
        assert_unused(&view, &rules, &owner);
        let mut count = |what| *seen.entry(what).or_default() += 1;
        count(if found.is_empty() { "empty" } else { "some" });
        if found.len() < owner.len() && !found.is_empty() {
            count("part");
        }
        if found.values().any(|(kind, _)| *kind == EntryKind::Link) {
            count("links kept");
        }
        if !replaced.is_empty() {
            count("replaced");
        }
    }
    // The cases are worth something only when each sort of view is among them.
    for (what, least) in [
        ("part", 300),
        ("links kept", 30),
        ("replaced", 200),
        ("empty", 20),
    ] {
        assert!(seen.get(what).copied().unwrap_or(0) >= least, "{what}: {seen:?}");
    }
}

/// A pattern is unused when no path is decided by it, and matches nothing when it covers no path: by trying each on each.
fn assert_unused(view: &ViewRules, rules: &[PathRule], owner: &Tree) {
    let given: Vec<&str> = view
        .replacements()
        .iter()
        .map(|given| std::str::from_utf8(&given.path).unwrap())
        .collect();
    let patterns: Vec<(usize, &str)> = rules
        .iter()
        .enumerate()
        .flat_map(|(rule, of)| of.paths.iter().map(move |pattern| (rule, pattern.as_str())))
        .collect();
    let last = |path: &str| {
        let overruled = given
            .iter()
            .any(|given| path == *given || path.starts_with(&format!("{given}/")));
        patterns
            .iter()
            .rposition(|(_, pattern)| model::covers(pattern, path))
            .filter(|_| !overruled)
    };
    let expected: Vec<(usize, String, bool)> = patterns
        .iter()
        .enumerate()
        .filter(|(index, _)| !owner.keys().any(|path| last(path) == Some(*index)))
        .map(|(_, (rule, pattern))| {
            let matches = owner.keys().any(|path| model::covers(pattern, path));
            (*rule, (*pattern).to_owned(), matches)
        })
        .collect();
    let found: Vec<(usize, String, bool)> = view
        .rules()
        .unused(owner.keys().map(String::as_bytes))
        .into_iter()
        .map(|unused| (unused.rule, unused.pattern, unused.overruled_by.is_some()))
        .collect();
    assert_eq!(found, expected, "{rules:?}");
}

/// Every object of the store is reached from the root, or is a blob that the rules show and a replacement overruled.
fn assert_closed(store: &MemoryObjects, root: ObjectId, expected: &Tree, rules: &[PathRule], owner: &Tree) {
    let mut allowed: HashSet<Vec<u8>> = expected.values().map(|(_, data)| data.clone()).collect();
    for (path, (_, data)) in owner {
        if model::visible(rules, path) {
            allowed.insert(data.clone());
        }
    }
    let mut reached = HashSet::new();
    let mut stack = vec![root];
    while let Some(id) = stack.pop() {
        if reached.insert(id) {
            for entry in parse_tree(&id, &read_as(store, &id, Kind::Tree).unwrap()).unwrap() {
                if entry.kind == EntryKind::Tree {
                    stack.push(entry.id);
                }
            }
        }
    }
    for id in store.ids() {
        let written = ringfence_view::object::ObjectSource::read(store, &id)
            .unwrap()
            .unwrap();
        match written.kind {
            Kind::Tree => assert!(reached.contains(&id), "tree {id} is written and not reached"),
            Kind::Blob => assert!(
                allowed.contains(&written.data),
                "blob {id} is written and not shown"
            ),
            other => panic!("{other} {id} is written"),
        }
    }
}
