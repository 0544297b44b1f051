//! Packs with deltas: read by the real git, bounded in depth, and a function of what the recipient may see alone.

use std::collections::HashMap;
use std::path::Path;

use ringfence_domain::view::{PathRule, Visibility};
use ringfence_git::command::{Limits, run};
use ringfence_git::delivery_store::{Before, DeliveryStore, RefUpdate};
use ringfence_git::mirror::Mirror;
use ringfence_view::object::{
    EntryKind, Identity, Kind, NewCommit, ObjectId, ObjectSink, ObjectSource, TreeEntry, encode_commit,
    encode_tree, id_of,
};
use ringfence_view::project::history::{CommitStyle, Depth, HistoryInput, KnownCommits};
use ringfence_view::project::{Flow, Limits as ViewLimits, Projector, Unmarked, ViewRules};

use super::support::{Home, Owner, file};

/// The longest chain that is written.
const DEEPEST: usize = 20;

/// Numbers that are the same on every run.
fn next(state: &mut u64) -> usize {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 33).unwrap()
}

/// Real text, edited line by line.
fn edited(text: &str, state: &mut u64) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..=next(state) % 3 {
        let at = next(state) % lines.len();
        match next(state) % 4 {
            0 => lines.insert(at, format!("    let value_{} = {};", next(state), next(state))),
            1 if lines.len() > 20 => drop(lines.remove(at)),
            2 => {
                let block: Vec<String> = lines.drain(at..(at + 5).min(lines.len())).collect();
                lines.extend(block);
            }
            _ => lines[at] = format!("    changed_{}();", next(state)),
        }
    }
    lines.join("\n") + "\n"
}

/// Commits, trees and blobs of a history with a merge, in the order in which they were made.
fn history() -> Vec<(Kind, Vec<u8>)> {
    let mut state = 7;
    let mut objects = Vec::new();
    let mut texts = [
        include_str!("../../src/pack.rs").to_owned(),
        include_str!("../../src/delivery_store.rs").to_owned(),
        include_str!("../../src/serve.rs").to_owned(),
    ];
    let mut put = |kind: Kind, data: Vec<u8>| {
        let id = id_of(kind, &data).unwrap();
        objects.push((kind, data));
        id
    };
    let mut tips: Vec<ObjectId> = Vec::new();
    for number in 0..90_i64 {
        let changed = next(&mut state) % texts.len();
        texts[changed] = edited(&texts[changed], &mut state);
        let mut inner: Vec<TreeEntry> = texts
            .iter()
            .enumerate()
            .map(|(at, text)| TreeEntry {
                name: format!("part{at}.rs").into_bytes(),
                kind: if at == 1 {
                    EntryKind::BlobExecutable
                } else {
                    EntryKind::Blob
                },
                id: put(Kind::Blob, text.clone().into_bytes()),
            })
            .collect();
        let folder = put(Kind::Tree, encode_tree(&mut inner));
        let entry = |name: &str, id: ObjectId| TreeEntry {
            name: name.as_bytes().to_vec(),
            kind: EntryKind::Tree,
            id,
        };
        let mut root = [entry("web", folder), entry("web.old", folder)];
        let tree = put(Kind::Tree, encode_tree(&mut root));
        // Every tenth commit starts from two before, every tenth merges the two lines again.
        let parents = match number % 10 {
            4 if tips.len() > 1 => vec![tips[tips.len() - 2]],
            6 if tips.len() > 2 => vec![tips[tips.len() - 1], tips[tips.len() - 3]],
            _ => tips.last().copied().into_iter().collect(),
        };
        let commit = encode_commit(&NewCommit {
            tree,
            parents,
            identity: Identity::owner_role(),
            seconds: 1_700_000_000 + number,
            message: "Update\n".to_owned(),
        });
        tips.push(put(Kind::Commit, commit));
    }
    objects
}

fn write(home: &Home, objects: &[(Kind, Vec<u8>)]) -> DeliveryStore {
    let store = home.store();
    let mut writer = store.pack_writer().unwrap();
    for (kind, data) in objects {
        writer.write(*kind, data).unwrap();
    }
    store.publish(writer, &[]).unwrap();
    home.store()
}

/// Names and bytes of everything in the folder of packs.
fn packs(store: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(store.join("objects").join("pack"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn git(store: &Path, arguments: &[&str]) -> String {
    let limits = Limits {
        output: 64 << 20,
        ..Limits::default()
    };
    String::from_utf8_lossy(&run(Some(store), arguments, b"", limits).unwrap()).into_owned()
}

/// How many deltas stand on each other for each object, as git counts them; zero for a whole one.
fn depths(store: &Path) -> HashMap<String, usize> {
    let pack = packs(store)
        .into_iter()
        .find(|(name, _)| name.ends_with(".idx"))
        .unwrap()
        .0;
    let index = store.join("objects").join("pack").join(pack);
    git(store, &["verify-pack", "-v", index.to_str().unwrap()])
        .lines()
        .filter_map(|line| {
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            let id = words.first().filter(|id| id.len() == 40)?;
            let depth = words.get(5).map_or(0, |depth| depth.parse().unwrap());
            Some(((*id).to_owned(), depth))
        })
        .collect()
}

#[test]
fn git_reads_every_object_of_a_pack_with_deltas() {
    let home = Home::new();
    let objects = history();
    let store = write(&home, &objects);
    let path = store.path();
    git(path, &["fsck", "--full", "--strict"]);
    let listed = git(path, &["cat-file", "--batch-all-objects", "--batch-check"]);
    let mut whole = 0;
    for (kind, data) in &objects {
        let id = id_of(*kind, data).unwrap();
        assert!(listed.contains(&format!("{id} {kind} {}\n", data.len())));
        assert_eq!(&store.read(&id).unwrap().unwrap().data, data);
        assert_eq!(store.header(&id).unwrap(), Some((*kind, data.len() as u64)));
        whole += data.len();
    }
    // git unpacks and names each one anew.
    git(
        path,
        &["cat-file", "--batch-all-objects", "--batch", "--unordered"],
    );
    let depths = depths(path);
    let deepest = depths.values().copied().max().unwrap();
    assert_eq!(deepest, DEEPEST, "chains are used, and end");
    let deltas = depths.values().filter(|depth| **depth > 0).count();
    // Of each commit a blob and a folder; the root is too small.
    assert!(deltas > 150, "{deltas} of {}", depths.len());
    let pack = packs(path)
        .into_iter()
        .find(|(name, _)| name.ends_with(".pack"))
        .unwrap();
    assert!(pack.1.len() * 20 < whole, "{} of {whole}", pack.1.len());
}

#[test]
fn a_pack_follows_from_the_set_of_its_objects_alone() {
    let objects = history();
    let (first, second, third) = (Home::new(), Home::new(), Home::new());
    let forwards = packs(write(&first, &objects).path());
    let mut other: Vec<_> = objects.iter().rev().cloned().collect();
    assert_eq!(forwards, packs(write(&second, &other).path()));
    let mut state = 99;
    for at in (1..other.len()).rev() {
        other.swap(at, next(&mut state) % (at + 1));
    }
    assert_eq!(forwards, packs(write(&third, &other).path()));
}

#[test]
fn a_further_pack_stands_on_its_own() {
    let home = Home::new();
    let objects = history();
    let (early, late) = objects.split_at(objects.len() / 2);
    write(&home, early);
    let store = write(&home, late);
    for (name, bytes) in packs(store.path()) {
        if !name.ends_with(".pack") {
            continue;
        }
        // Alone in an empty repository, where a base elsewhere would be missing.
        let alone = tempfile::tempdir().unwrap();
        run(
            Some(alone.path()),
            &["init", "--quiet", "--bare"],
            b"",
            Limits::default(),
        )
        .unwrap();
        let pack = alone.path().join("alone.pack");
        std::fs::write(&pack, bytes).unwrap();
        run(
            Some(alone.path()),
            &["index-pack", pack.to_str().unwrap()],
            b"",
            Limits::default(),
        )
        .unwrap();
    }
    git(store.path(), &["fsck", "--full", "--strict"]);
}

/// One owner's repository: what is visible is the same whatever `hidden` is, the rest is not.
fn owner_with(home: &Home, hidden: u64) -> Owner {
    let mut owner = home.owner();
    let mut state = 3;
    let mut secret = hidden + 11;
    let mut text = include_str!("../../src/mirror.rs").to_owned();
    let mut formula = format!("{hidden}\n{}", include_str!("../../src/refs.rs"));
    let all = |visible: &str, formula: &str| {
        vec![
            file("web/a.rs", visible),
            file("web/b.rs", "const B: u8 = 1;\n"),
            file("secret/formula", formula),
        ]
    };
    let mut clock = 1_700_000_000;
    // Earlier commits of main, with what they show.
    let mut earlier: Vec<(ObjectId, String)> = Vec::new();
    for number in 0..42 {
        clock += 600;
        for _ in 0..hidden {
            let Some((_, shown)) = earlier.last().cloned() else {
                break;
            };
            formula = edited(&formula, &mut secret);
            owner.commit("main", &all(&shown, &formula), &[]);
            // Now and then a hidden line that forks early and comes back.
            if number % 5 == 3 {
                let (from, shown_then) = earlier[next(&mut secret) % earlier.len()].clone();
                owner.set("aside", from);
                let aside = owner.commit("aside", &all(&shown_then, &formula), &[]);
                owner.commit("main", &all(&shown, &formula), &[aside]);
            }
        }
        text = edited(&text, &mut state);
        let merged = match number % 14 {
            13 => owner.tip("topic").into_iter().collect(),
            _ => Vec::new(),
        };
        owner.set_clock(clock);
        let tip = owner.commit("main", &all(&text, &formula), &merged);
        earlier.push((tip, text.clone()));
        if number % 14 == 6 {
            // A visible line beside.
            owner.set("topic", tip);
            owner.set_clock(clock + 60);
            let theirs = edited(&text, &mut state);
            owner.commit("topic", &all(&theirs, &formula), &[]);
        }
    }
    owner
}

fn delivered(home: &Home, owner: &Owner) -> DeliveryStore {
    let mirror = Mirror::open_or_create(&home.mirrors(), "code").unwrap();
    let tip = mirror.sync(owner.source(), "main").unwrap();
    let rules = ViewRules::new(
        &[PathRule {
            visibility: Visibility::Read,
            paths: vec!["/web/".to_owned()],
        }],
        Vec::new(),
    )
    .unwrap();
    let store = home.store();
    let mut writer = store.pack_writer().unwrap();
    let input = HistoryInput {
        tip,
        before: None,
        known: &KnownCommits::default(),
        view: &store,
        depth: Depth::Full,
        cut: &std::collections::HashSet::new(),
        style: &CommitStyle::neutral(),
    };
    let mut flow = Flow {
        source: &mirror,
        deliver: &mut Unmarked,
        sink: &mut writer,
    };
    let history = Projector::new(&rules, ViewLimits::default())
        .project_history(&input, &mut flow)
        .unwrap();
    let update = RefUpdate {
        name: "refs/heads/main".to_owned(),
        before: Before::Absent,
        after: Some(history.tip),
    };
    store.publish(writer, &[update]).unwrap();
    home.store()
}

#[test]
fn deltas_tell_nothing_of_what_is_hidden() {
    let (plain, busy, other) = (Home::new(), Home::new(), Home::new());
    let expected = delivered(&plain, &owner_with(&plain, 0));
    let depths = depths(expected.path());
    assert!(depths.values().any(|depth| *depth == DEEPEST), "{depths:?}");
    git(expected.path(), &["fsck", "--full", "--strict"]);
    let expected = packs(expected.path());
    assert_eq!(expected, packs(delivered(&busy, &owner_with(&busy, 1)).path()));
    assert_eq!(expected, packs(delivered(&other, &owner_with(&other, 2)).path()));
}
