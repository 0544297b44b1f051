//! Projected trees: names and bytes of the reference, nothing else written, bounds held.

use std::collections::{BTreeMap, HashSet};

use proptest::prelude::*;
use ringfence_domain::view::{PathRule, Visibility};
use ringfence_view::object::{
    EntryKind, Kind, MemoryObjects, ObjectId, ObjectSink, ObjectSource, TreeEntry, encode_tree, parse_tree,
    read_as,
};
use ringfence_view::project::{
    Deliver, Flow, Limits, Place, ProjectError, ProjectedTree, Projector, Replacement, SymlinkProblem,
    Unmarked, ViewRules, Warning, exposure,
};

use crate::reference::{self, Files};

/// Path, kind and content.
type File = (Vec<u8>, EntryKind, Vec<u8>);

/// Builds a tree from paths with kinds and contents.
pub fn build(store: &mut MemoryObjects, files: &[File]) -> ObjectId {
    let mut here: Vec<TreeEntry> = Vec::new();
    let mut below: BTreeMap<Vec<u8>, Vec<File>> = BTreeMap::new();
    for (path, kind, data) in files {
        match path.iter().position(|byte| *byte == b'/') {
            Some(at) => below.entry(path[..at].to_vec()).or_default().push((
                path[at + 1..].to_vec(),
                *kind,
                data.clone(),
            )),
            None => {
                let id = match kind {
                    EntryKind::Commit => ObjectId::from_hex(data).unwrap(),
                    _ => store.write(Kind::Blob, data).unwrap(),
                };
                here.push(TreeEntry {
                    name: path.clone(),
                    kind: *kind,
                    id,
                });
            }
        }
    }
    for (name, files) in below {
        let id = build(store, &files);
        here.push(TreeEntry {
            name,
            kind: EntryKind::Tree,
            id,
        });
    }
    store.write(Kind::Tree, &encode_tree(&mut here)).unwrap()
}

pub fn build_plain(store: &mut MemoryObjects, files: &Files) -> ObjectId {
    let files: Vec<_> = files
        .iter()
        .map(|(path, data)| (path.clone().into_bytes(), EntryKind::Blob, data.clone()))
        .collect();
    build(store, &files)
}

/// Reads a tree back as paths with kinds and contents.
pub fn flatten(store: &MemoryObjects, tree: ObjectId) -> BTreeMap<Vec<u8>, (EntryKind, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut stack = vec![(Vec::new(), tree)];
    while let Some((prefix, id)) = stack.pop() {
        for entry in parse_tree(&id, &read_as(store, &id, Kind::Tree).unwrap()).unwrap() {
            let path = [prefix.as_slice(), &entry.name].concat();
            if entry.kind == EntryKind::Tree {
                stack.push(([path.as_slice(), b"/"].concat(), entry.id));
            } else {
                found.insert(path, (entry.kind, read_as(store, &entry.id, Kind::Blob).unwrap()));
            }
        }
    }
    found
}

pub fn rule(visibility: Visibility, paths: &[&str]) -> PathRule {
    PathRule {
        visibility,
        paths: paths.iter().map(|path| (*path).to_owned()).collect(),
    }
}

pub fn project(
    view: &ViewRules,
    owner: &MemoryObjects,
    store: &mut MemoryObjects,
    tree: ObjectId,
) -> Result<ProjectedTree, ProjectError> {
    let mut unmarked = Unmarked;
    let mut flow = Flow {
        source: owner,
        deliver: &mut unmarked,
        sink: store,
    };
    Projector::new(view, Limits::default()).project_tree(tree, &mut flow)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_projected_tree_is_the_reference_and_nothing_more_is_written(
        rules in reference::rules(),
        files in reference::files(),
        replaced in prop::option::of("[a-c](/[a-c]){0,2}"),
    ) {
        let replacements: Vec<Replacement> = replaced
            .iter()
            .map(|path| Replacement { path: path.clone().into_bytes(), bytes: b"given\n".to_vec(), kind: EntryKind::Blob })
            .collect();
        let view = ViewRules::new(&rules, replacements).unwrap();
        let mut owner = MemoryObjects::default();
        let tree = build_plain(&mut owner, &files);
        let mut store = MemoryObjects::default();
        let projected = project(&view, &owner, &mut store, tree).unwrap();

        let mut expected = reference::delivered(&rules, &files);
        if let Some(path) = replaced {
            expected.retain(|known, _| {
                known != &path && !known.starts_with(&format!("{path}/")) && !path.starts_with(&format!("{known}/"))
            });
            expected.insert(path, b"given\n".to_vec());
        }
        let found: Files = flatten(&store, projected.tree)
            .into_iter()
            .map(|(path, (_, data))| (String::from_utf8(path).unwrap(), data))
            .collect();
        prop_assert_eq!(&found, &expected);

        // Closed: every object written is reached, save blobs of files that a replacement overruled.
        let mut reached: HashSet<ObjectId> = HashSet::new();
        let mut stack = vec![(projected.tree, Kind::Tree)];
        while let Some((id, kind)) = stack.pop() {
            reached.insert(id);
            if kind == Kind::Tree {
                for entry in parse_tree(&id, &read_as(&store, &id, Kind::Tree).unwrap()).unwrap() {
                    stack.push((entry.id, if entry.kind == EntryKind::Tree { Kind::Tree } else { Kind::Blob }));
                }
            }
        }
        let visible: HashSet<Vec<u8>> = reference::delivered(&rules, &files).into_values().collect();
        for id in store.ids() {
            let object = store.read(&id).unwrap().unwrap();
            let allowed = reached.contains(&id) || (object.kind == Kind::Blob && visible.contains(&object.data));
            prop_assert!(allowed, "{} {:?} was written and is not reached", id, object.kind);
        }
    }

    #[test]
    fn remembering_changes_nothing(
        rules in reference::rules(),
        trees in prop::collection::vec(reference::files(), 1..5),
    ) {
        let view = ViewRules::new(&rules, Vec::new()).unwrap();
        let mut owner = MemoryObjects::default();
        let ids: Vec<ObjectId> = trees.iter().map(|files| build_plain(&mut owner, files)).collect();
        let mut store = MemoryObjects::default();
        let mut unmarked = Unmarked;
        let mut projector = Projector::new(&view, Limits::default());
        for id in ids {
            let mut flow = Flow { source: &owner, deliver: &mut unmarked, sink: &mut store };
            let with_memory = projector.project_tree(id, &mut flow).unwrap();
            let alone = project(&view, &owner, &mut MemoryObjects::default(), id).unwrap();
            prop_assert_eq!(with_memory, alone);
        }
    }

    #[test]
    fn narrowing_is_found_exactly(old in reference::rules(), new in reference::rules(), files in reference::files()) {
        let mut owner = MemoryObjects::default();
        let tree = build_plain(&mut owner, &files);
        let (before, after) = (ViewRules::new(&old, Vec::new()).unwrap(), ViewRules::new(&new, Vec::new()).unwrap());
        let found = exposure::first_narrowed(before.rules(), after.rules(), tree, &owner, Limits::default()).unwrap();
        // Whole files tell more than interfaces, and those more than nothing; who may write tells nothing.
        let told = |rules: &[PathRule], path: &str| reference::visibility(rules, path).min(Visibility::Read);
        let lost = |path: &str| told(&new, path) < told(&old, path);
        match found {
            Some(path) => {
                let path = String::from_utf8(path).unwrap();
                prop_assert!(files.contains_key(&path) && lost(&path), "{}", path);
            }
            None => prop_assert!(!files.keys().any(|path| lost(path))),
        }
    }

    #[test]
    fn exposure_adds_up(rules in reference::rules(), files in reference::files()) {
        let view = ViewRules::new(&rules, Vec::new()).unwrap();
        let mut owner = MemoryObjects::default();
        let tree = build_plain(&mut owner, &files);
        let listed = exposure::list_files(&view, tree, &owner, Limits::default()).unwrap();
        prop_assert_eq!(listed.len(), files.len());
        let sum = exposure::exposure(&view, &listed, &owner, &mut exposure::LineCounts::default()).unwrap();
        for (visibility, tally) in [
            (Visibility::Hidden, sum.hidden),
            (Visibility::Interface, sum.interface),
            (Visibility::Read, sum.read),
            (Visibility::Write, sum.write),
        ] {
            let count = files.keys().filter(|path| reference::visibility(&rules, path) == visibility).count() as u64;
            prop_assert_eq!((tally.files, tally.lines), (count, count));
        }
    }
}

#[test]
fn symlinks_submodules_modes_and_odd_names() {
    let mut owner = MemoryObjects::default();
    let file = |path: &str, data: &str| {
        (
            path.as_bytes().to_vec(),
            EntryKind::Blob,
            data.as_bytes().to_vec(),
        )
    };
    let link = |path: &str, data: &str| {
        (
            path.as_bytes().to_vec(),
            EntryKind::Link,
            data.as_bytes().to_vec(),
        )
    };
    let tree = build(
        &mut owner,
        &[
            file("src/lib.rs", "pub fn one() {}\n"),
            (
                b"src/run.sh".to_vec(),
                EntryKind::BlobExecutable,
                b"#!/bin/sh\n".to_vec(),
            ),
            (
                b"src/caf\xe9.rs".to_vec(),
                EntryKind::Blob,
                b"// latin\n".to_vec(),
            ),
            file("secret/formula.rs", "fn secret() {}\n"),
            link("src/good", "lib.rs"),
            link("src/bad", "../secret/formula.rs"),
            link("src/worse", "../secret/../src/lib.rs"),
            link("src/out", "../../etc/passwd"),
            link("src/root", "/etc/passwd"),
            link("links/only/folder", "../../src"),
            link("src/via", "../links/only/folder/lib.rs"),
            (
                b"src/vendor".to_vec(),
                EntryKind::Commit,
                b"1234567812345678123456781234567812345678".to_vec(),
            ),
            file("src/.GIT/config", "[core]\n"),
            file("src/.git . ", "x"),
        ],
    );
    let view = ViewRules::new(&[rule(Visibility::Read, &["/src/", "/links/"])], Vec::new()).unwrap();
    let mut store = MemoryObjects::default();
    let projected = project(&view, &owner, &mut store, tree).unwrap();
    let found = flatten(&store, projected.tree);
    let names: Vec<String> = found.keys().map(|name| name.escape_ascii().to_string()).collect();
    assert_eq!(
        names,
        [
            "links/only/folder",
            "src/caf\\xe9.rs",
            "src/good",
            "src/lib.rs",
            "src/run.sh",
            "src/via"
        ]
    );
    assert_eq!(found[b"src/run.sh".as_slice()].0, EntryKind::BlobExecutable);
    assert_eq!(
        found[b"src/good".as_slice()],
        (EntryKind::Link, b"lib.rs".to_vec())
    );
    let symlink = |path: &str, problem| Warning::Symlink {
        path: path.as_bytes().to_vec(),
        problem,
    };
    assert_eq!(
        projected.warnings,
        [
            Warning::Submodule {
                path: b"src/vendor".to_vec()
            },
            symlink("src/bad", SymlinkProblem::TargetNotVisible),
            symlink("src/out", SymlinkProblem::LeavesTheTree),
            symlink("src/root", SymlinkProblem::Absolute),
            symlink("src/worse", SymlinkProblem::TargetNotVisible),
            Warning::UnsafeName {
                path: b"src/.GIT".to_vec()
            },
            Warning::UnsafeName {
                path: b"src/.git . ".to_vec()
            },
        ]
    );
    for id in store.ids() {
        let object = store.read(&id).unwrap().unwrap();
        let text = String::from_utf8_lossy(&object.data).into_owned();
        assert!(!text.contains("secret") && !text.contains("formula"), "{text}");
    }
}

#[test]
fn replacements_stand_at_their_path_and_hide_the_original() {
    let mut owner = MemoryObjects::default();
    let files: Files = [
        ("Cargo.toml", "[workspace]\nmembers = [\"open\", \"secret\"]\n"),
        ("open/src/lib.rs", "pub fn open() {}\n"),
        ("config", "a file that gives way\n"),
    ]
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
    .collect();
    let tree = build_plain(&mut owner, &files);
    let given = |path: &str, text: &str| Replacement {
        path: path.as_bytes().to_vec(),
        bytes: text.as_bytes().to_vec(),
        kind: EntryKind::Blob,
    };
    let view = ViewRules::new(
        &[rule(Visibility::Write, &["*"])],
        vec![
            given("Cargo.toml", "[workspace]\nmembers = [\"open\"]\n"),
            given("config/local.toml", "given = true\n"),
        ],
    )
    .unwrap();
    let mut store = MemoryObjects::default();
    let projected = project(&view, &owner, &mut store, tree).unwrap();
    let found = flatten(&store, projected.tree);
    assert_eq!(
        found[b"Cargo.toml".as_slice()].1,
        b"[workspace]\nmembers = [\"open\"]\n"
    );
    assert_eq!(found[b"config/local.toml".as_slice()].1, b"given = true\n");
    assert_eq!(found.len(), 3);
    assert_eq!(
        projected.warnings,
        [Warning::ReplacementOverrules {
            path: b"config".to_vec()
        }]
    );
    assert!(view.rules().decide(b"Cargo.toml").visibility == Visibility::Hidden);
    for bad in ["", "/a", "a/../b", "a/", ".git/config"] {
        assert!(ViewRules::new(&[], vec![given(bad, "")]).is_err(), "{bad:?}");
    }
    assert!(ViewRules::new(&[], vec![given("a", ""), given("a/b", "")]).is_err());
}

#[test]
fn interface_is_hidden_and_reported_and_an_empty_view_says_so() {
    let mut owner = MemoryObjects::default();
    let files: Files = [("src/lib.rs".to_owned(), b"pub fn one() {}\n".to_vec())].into();
    let tree = build_plain(&mut owner, &files);
    let view = ViewRules::new(&[rule(Visibility::Interface, &["/src/**"])], Vec::new()).unwrap();
    let projected = project(&view, &owner, &mut MemoryObjects::default(), tree).unwrap();
    assert_eq!(projected.tree, ObjectId::empty_tree(gix_hash::Kind::Sha1));
    assert_eq!(
        projected.warnings,
        [
            Warning::InterfaceIsHidden {
                pattern: "/src/**".to_owned()
            },
            Warning::NothingVisible
        ]
    );
}

#[test]
fn four_thousand_folders_deep_is_refused_when_visible_and_ignored_when_hidden() {
    let mut owner = MemoryObjects::default();
    let blob = owner.write(Kind::Blob, b"deep\n").unwrap();
    let mut tree = owner
        .write(
            Kind::Tree,
            &encode_tree(&mut [TreeEntry {
                name: b"f".to_vec(),
                kind: EntryKind::Blob,
                id: blob,
            }]),
        )
        .unwrap();
    for _ in 0..4_000 {
        let mut entries = [TreeEntry {
            name: b"d".to_vec(),
            kind: EntryKind::Tree,
            id: tree,
        }];
        tree = owner.write(Kind::Tree, &encode_tree(&mut entries)).unwrap();
    }
    let all = ViewRules::new(&[rule(Visibility::Read, &["*"])], Vec::new()).unwrap();
    let error = project(&all, &owner, &mut MemoryObjects::default(), tree).unwrap_err();
    assert!(
        matches!(error, ProjectError::TooDeep { limit: 2_000, .. }),
        "{error}"
    );
    let other = ViewRules::new(&[rule(Visibility::Read, &["/src/"])], Vec::new()).unwrap();
    assert!(project(&other, &owner, &mut MemoryObjects::default(), tree).is_ok());
    let listed = exposure::list_files(&all, tree, &owner, Limits::default()).unwrap();
    assert_eq!(listed.len(), 1);
}

#[test]
fn a_million_entries_are_projected_and_counted() {
    // One folder of 1,000 files, named by 1,000 folders: shared by id, so remembered when nothing depends on the path.
    let mut owner = MemoryObjects::default();
    let blob = owner.write(Kind::Blob, b"same\n").unwrap();
    let mut files: Vec<TreeEntry> = (0..1_000)
        .map(|n| TreeEntry {
            name: format!("f{n}").into_bytes(),
            kind: EntryKind::Blob,
            id: blob,
        })
        .collect();
    let folder = owner.write(Kind::Tree, &encode_tree(&mut files)).unwrap();
    let mut folders: Vec<TreeEntry> = (0..1_000)
        .map(|n| TreeEntry {
            name: format!("d{n}").into_bytes(),
            kind: EntryKind::Tree,
            id: folder,
        })
        .collect();
    let tree = owner.write(Kind::Tree, &encode_tree(&mut folders)).unwrap();
    let view = ViewRules::new(&[rule(Visibility::Read, &["*"])], Vec::new()).unwrap();
    let mut store = MemoryObjects::default();
    assert_eq!(project(&view, &owner, &mut store, tree).unwrap().tree, tree);
    assert_eq!(store.ids().len(), 3);
    let small = Limits {
        entries: 999_999,
        ..Limits::default()
    };
    assert!(matches!(
        exposure::list_files(&view, tree, &owner, small),
        Err(ProjectError::TooMany { limit: 999_999 })
    ));
    assert_eq!(
        exposure::list_files(&view, tree, &owner, Limits::default())
            .unwrap()
            .len(),
        1_000_000
    );
}

/// Remembers what it was told of, and delivers every blob as it is.
#[derive(Default)]
struct Told {
    before: HashSet<(Vec<u8>, ObjectId)>,
    most: usize,
    asked: usize,
    asked_untold: usize,
}

impl Deliver for Told {
    fn depends_on_path(&self) -> bool {
        true
    }

    fn prepares(&self) -> bool {
        true
    }

    fn prepare(&mut self, places: &[Place<'_>], _: &dyn ObjectSource) -> Result<(), ProjectError> {
        self.most = self.most.max(places.len());
        for place in places {
            assert!(
                self.before.insert((place.path.to_vec(), place.blob)),
                "told twice: {}",
                place.path.escape_ascii()
            );
        }
        Ok(())
    }

    fn deliver(
        &mut self,
        place: Place<'_>,
        source: &dyn ObjectSource,
        sink: &mut dyn ObjectSink,
    ) -> Result<ObjectId, ProjectError> {
        self.asked += 1;
        if !self.before.remove(&(place.path.to_vec(), place.blob)) {
            self.asked_untold += 1;
        }
        Unmarked.deliver(place, source, sink)
    }
}

fn project_told(view: &ViewRules, owner: &MemoryObjects, tree: ObjectId) -> Told {
    let mut told = Told::default();
    let mut store = MemoryObjects::default();
    let mut flow = Flow {
        source: owner,
        deliver: &mut told,
        sink: &mut store,
    };
    Projector::new(view, Limits::default())
        .project_tree(tree, &mut flow)
        .unwrap();
    told
}

#[test]
fn what_is_told_before_is_exactly_what_is_asked_for() {
    let file = |path: &str, kind| (path.as_bytes().to_vec(), kind, path.as_bytes().to_vec());
    let files = [
        file("a.rs", EntryKind::Blob),
        file("b/one.rs", EntryKind::Blob),
        file("b/deep/two.rs", EntryKind::BlobExecutable),
        file("b/secret/three.rs", EntryKind::Blob),
        file("c.rs", EntryKind::Blob),
        file("link", EntryKind::Link),
        file(".git", EntryKind::Blob),
        file("z/.GIT/x.rs", EntryKind::Blob),
        file("z/last.rs", EntryKind::Blob),
    ];
    let mut owner = MemoryObjects::default();
    let tree = build(&mut owner, &files);
    let rules = [
        rule(Visibility::Read, &["*"]),
        rule(Visibility::Hidden, &["/b/secret/"]),
    ];
    let told = project_told(&ViewRules::new(&rules, Vec::new()).unwrap(), &owner, tree);
    assert_eq!((told.asked, told.asked_untold), (5, 0));
    assert!(
        told.before.is_empty(),
        "told of and never asked for: {:?}",
        told.before
    );
}

#[test]
fn a_flat_folder_of_a_million_files_is_told_of_in_part() {
    let mut owner = MemoryObjects::default();
    let blob = owner.write(Kind::Blob, b"same\n").unwrap();
    let mut files: Vec<TreeEntry> = (0..1_000_000)
        .map(|n| TreeEntry {
            name: format!("f{n:07}").into_bytes(),
            kind: EntryKind::Blob,
            id: blob,
        })
        .collect();
    let tree = owner.write(Kind::Tree, &encode_tree(&mut files)).unwrap();
    let view = ViewRules::new(&[rule(Visibility::Read, &["*"])], Vec::new()).unwrap();
    let told = project_told(&view, &owner, tree);
    assert_eq!(told.asked, 1_000_000);
    assert_eq!(told.most, 20_000, "memory of what is prepared is bounded");
    assert!(told.before.is_empty());
}
