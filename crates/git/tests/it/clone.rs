//! What `git clone` of a delivery store gives: names and bytes of the reference model, and nothing else in the store.

use std::collections::BTreeSet;

use proptest::prelude::*;
use ringfence_domain::view::{PathRule, Visibility};
use ringfence_git::command::{Limits, run};
use ringfence_view::project::ViewRules;

use crate::reference::{self, Files};
use crate::support::{File, Home, all_contents, all_objects, cloned, file};

fn as_commit(files: &Files) -> Vec<File<'static>> {
    files
        .iter()
        .map(|(path, data)| File {
            mode: "100644",
            path: path.clone().into_bytes(),
            data: data.clone(),
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn a_clone_is_the_reference_model(
        rules in reference::rules(),
        first in reference::files(),
        second in reference::files(),
    ) {
        let view = ViewRules::new(&rules, Vec::new()).unwrap();
        let mut home = Home::new();
        let mut owner = home.owner();
        // A further file keeps the owner's repository from being empty; wide rules may show it.
        for version in [&first, &second] {
            let mut commit = as_commit(version);
            commit.push(file("zz/hidden formula", "the secret formula\n"));
            owner.commit("main", &commit, &[]);
            home.deliver(&owner, &view);
        }
        let store = home.store();
        let found: Files = cloned(store.path(), &home.folder.path().join("clone.git"))
            .into_iter()
            .map(|(path, (_, data))| (String::from_utf8(path).unwrap(), data))
            .filter(|(path, _)| path != "zz/hidden formula")
            .collect();
        prop_assert_eq!(found, reference::delivered(&rules, &second));

        // Closed: every object of the owner that lies in the store is a delivered one.
        let shown: BTreeSet<&Vec<u8>> = [&first, &second]
            .into_iter()
            .flat_map(|files| files.iter().filter(|(path, _)| reference::visibility(&rules, path) >= Visibility::Read))
            .map(|(_, data)| data)
            .collect();
        let present = all_objects(store.path());
        for files in [&first, &second] {
            for data in files.values().filter(|data| !shown.contains(data)) {
                let id = ringfence_view::object::id_of(ringfence_view::object::Kind::Blob, data).unwrap();
                prop_assert!(!present.contains(&id.to_string()));
            }
        }
        run(Some(store.path()), &["fsck", "--full", "--strict", "--no-dangling"], b"", Limits::default()).unwrap();
        let reachable = run(Some(store.path()), &["rev-list", "--objects", "--all", "--no-object-names"], b"", Limits::default()).unwrap();
        let reachable: BTreeSet<&str> = std::str::from_utf8(&reachable).unwrap().lines().collect();
        for id in present {
            prop_assert!(reachable.contains(id.as_str()), "{} is in the store and not reachable", id);
        }
    }
}

#[test]
fn hidden_names_bytes_and_messages_are_nowhere_in_the_store() {
    let view = ViewRules::new(
        &[
            PathRule {
                visibility: Visibility::Write,
                paths: vec!["/open/".to_owned()],
            },
            PathRule {
                visibility: Visibility::Hidden,
                paths: vec!["*.key".to_owned()],
            },
        ],
        Vec::new(),
    )
    .unwrap();
    let mut home = Home::new();
    let mut owner = home.owner();
    let odd = |text: &str| {
        vec![
            file("open/lib.rs", text),
            File {
                mode: "100755",
                path: b"open/run.sh".to_vec(),
                data: b"#!/bin/sh\n".to_vec(),
            },
            File {
                mode: "100644",
                path: b"open/caf\xe9 \xff.txt".to_vec(),
                data: b"latin\n".to_vec(),
            },
            File {
                mode: "120000",
                path: b"open/link".to_vec(),
                data: b"lib.rs".to_vec(),
            },
            File {
                mode: "120000",
                path: b"open/leak".to_vec(),
                data: b"../confidential/formula.rs".to_vec(),
            },
            File {
                mode: "160000",
                path: b"open/module".to_vec(),
                data: Vec::new(),
            },
            file("open/private.key", "confidential key material\n"),
            file("confidential/formula.rs", "confidential formula\n"),
        ]
    };
    for text in ["one\n", "two\n", "two\n", "three\n"] {
        owner.commit("main", &odd(text), &[]);
        home.deliver(&owner, &view);
    }
    let store = home.store();
    let found = cloned(store.path(), &home.folder.path().join("clone.git"));
    let names: Vec<String> = found.keys().map(|name| name.escape_ascii().to_string()).collect();
    assert_eq!(
        names,
        [
            "open/caf\\xe9 \\xff.txt",
            "open/lib.rs",
            "open/link",
            "open/run.sh"
        ]
    );
    assert_eq!(found[b"open/run.sh".as_slice()].0, "100755");
    assert_eq!(
        found[b"open/link".as_slice()],
        ("120000".to_owned(), b"lib.rs".to_vec())
    );
    let contents = String::from_utf8_lossy(&all_contents(store.path())).into_owned();
    for secret in [
        "confidential",
        "formula",
        "key material",
        "private",
        "Petra",
        "petra",
        "leak",
        "module",
        "12345678",
        "+0200",
    ] {
        assert!(!contents.contains(secret), "{secret:?} is in the store");
    }
    let statistics = store.statistics().unwrap();
    assert_eq!(
        statistics.commits, 3,
        "the commit that changed nothing has no counterpart"
    );
    assert_eq!(statistics.objects as usize, all_objects(store.path()).len());
}

#[test]
fn two_stores_projected_apart_hold_the_same_ids() {
    let view = ViewRules::new(
        &[PathRule {
            visibility: Visibility::Read,
            paths: vec!["*.rs".to_owned()],
        }],
        Vec::new(),
    )
    .unwrap();
    let (mut step, mut whole) = (Home::new(), Home::new());
    let mut owner = step.owner();
    let version = |n: usize| {
        vec![
            file("src/a.rs", &format!("{n}\n")),
            file("src/b.md", &format!("{n}\n")),
            file("src/c.rs", &format!("{}\n", n / 3)),
        ]
    };
    owner.commit("main", &version(0), &[]);
    step.deliver(&owner, &view);
    whole.deliver(&owner, &view);
    for n in 1..6 {
        owner.commit("main", &version(n), &[]);
        step.deliver(&owner, &view);
    }
    let last = whole.deliver(&owner, &view);
    assert_eq!(step.before.unwrap().view, last.tip);
    assert_eq!(
        all_objects(step.store().path()),
        all_objects(whole.store().path())
    );
    // Again changes nothing.
    assert_eq!(whole.deliver(&owner, &view).made, 0);
}
