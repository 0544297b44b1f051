//! Projected histories: one commit for each visible change, deterministic, incremental, with the vendor's own commits in it.

use std::collections::HashSet;

use proptest::prelude::*;
use ringfence_domain::view::Visibility;
use ringfence_view::object::{
    Identity, Kind, MemoryObjects, NewCommit, ObjectId, ObjectSink, encode_commit, read_as, read_commit,
};
use ringfence_view::project::history::{CommitStyle, Depth, History, HistoryInput, KnownCommits, Projected};
use ringfence_view::project::{Flow, Limits, ProjectError, Projector, Unmarked, ViewRules};

use crate::reference::{self, Files};
use crate::trees::{build_plain, flatten, rule};

/// The owner's side, the recipient's store, and what the app remembers.
struct Bench {
    owner: MemoryObjects,
    store: MemoryObjects,
    view: ViewRules,
    known: KnownCommits,
    before: Option<Projected>,
    clock: i64,
}

impl Bench {
    fn new(view: ViewRules) -> Self {
        Self {
            owner: MemoryObjects::default(),
            store: MemoryObjects::default(),
            view,
            known: KnownCommits::default(),
            before: None,
            clock: 1_700_000_000,
        }
    }

    fn commit(&mut self, files: &Files, parents: &[ObjectId]) -> ObjectId {
        let tree = build_plain(&mut self.owner, files);
        self.clock += 60;
        let commit = NewCommit {
            tree,
            parents: parents.to_vec(),
            identity: Identity {
                name: "Petra Secret".to_owned(),
                email: "petra@owner.example".to_owned(),
            },
            seconds: self.clock,
            message: "touch hidden/formula\n".to_owned(),
        };
        self.owner.write(Kind::Commit, &encode_commit(&commit)).unwrap()
    }

    /// A commit that the vendor made and pushed: it lies in its own store.
    fn vendor_commit(&mut self, files: &Files, parent: ObjectId) -> ObjectId {
        let tree = build_plain(&mut self.store, files);
        let commit = NewCommit {
            tree,
            parents: vec![parent],
            identity: Identity {
                name: "Vera".to_owned(),
                email: "vera@vendor.example".to_owned(),
            },
            seconds: 1_800_000_000,
            message: "Faster rates\n".to_owned(),
        };
        self.store.write(Kind::Commit, &encode_commit(&commit)).unwrap()
    }

    fn run(&mut self, tip: ObjectId) -> Result<History, ProjectError> {
        let known = self.store.clone();
        let input = HistoryInput {
            tip,
            before: self.before,
            known: &self.known,
            view: &known,
            depth: Depth::Snapshot,
            cut: &HashSet::new(),
            style: &CommitStyle::neutral(),
        };
        let mut unmarked = Unmarked;
        let mut flow = Flow {
            source: &self.owner,
            deliver: &mut unmarked,
            sink: &mut self.store,
        };
        let history = Projector::new(&self.view, Limits::default()).project_history(&input, &mut flow)?;
        for pair in &history.pairs {
            self.known.add(pair.upstream, pair.view, false);
        }
        self.before = Some(Projected {
            upstream: tip,
            view: history.tip,
        });
        Ok(history)
    }
}

fn view() -> ViewRules {
    ViewRules::new(&[rule(Visibility::Write, &["/open/"])], Vec::new()).unwrap()
}

fn files(list: &[(&str, &str)]) -> Files {
    list.iter()
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn step_by_step_gives_the_same_ids_as_all_at_once(
        rules in reference::rules(),
        versions in prop::collection::vec(reference::files(), 2..7),
    ) {
        let view = ViewRules::new(&rules, Vec::new()).unwrap();
        let mut stepwise = Bench::new(view.clone());
        let mut at_once = Bench::new(view);
        let mut tips: Vec<ObjectId> = Vec::new();
        for version in &versions {
            let parents: Vec<ObjectId> = tips.last().copied().into_iter().collect();
            let id = stepwise.commit(version, &parents);
            prop_assert_eq!(at_once.commit(version, &parents), id);
            tips.push(id);
        }
        for tip in &tips {
            stepwise.run(*tip).unwrap();
        }
        at_once.run(tips[0]).unwrap();
        let whole = at_once.run(*tips.last().unwrap()).unwrap();
        prop_assert_eq!(stepwise.before.unwrap().view, whole.tip);
        prop_assert_eq!(stepwise.store.ids(), at_once.store.ids());

        // One commit for each version that differs visibly from the one before.
        let shown: Vec<Files> = versions.iter().map(|version| reference::delivered(&rules, version)).collect();
        let expected = 1 + shown.windows(2).filter(|pair| pair[0] != pair[1]).count();
        let mut found = 1;
        let mut at = read_commit(&stepwise.store, &whole.tip).unwrap();
        while let Some(parent) = at.parents.first() {
            prop_assert_eq!(at.parents.len(), 1);
            found += 1;
            at = read_commit(&stepwise.store, parent).unwrap();
        }
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn a_view_commit_tells_nothing_of_the_owners_commit_but_its_time() {
    let mut bench = Bench::new(view());
    let tip = bench.commit(&files(&[("open/a.rs", "a\n"), ("hidden/formula", "x\n")]), &[]);
    let history = bench.run(tip).unwrap();
    let text = String::from_utf8(read_as(&bench.store, &history.tip, Kind::Commit).unwrap()).unwrap();
    let tree = read_commit(&bench.store, &history.tip).unwrap().tree;
    assert_eq!(
        text,
        format!(
            "tree {tree}\nauthor Owner <owner@ringfence.invalid> 1700000060 +0000\n\
             committer Owner <owner@ringfence.invalid> 1700000060 +0000\n\nUpdate\n"
        )
    );
    // A hidden change leaves no trace.
    let hidden = bench.commit(&files(&[("open/a.rs", "a\n"), ("hidden/formula", "y\n")]), &[tip]);
    let before = bench.store.ids();
    let history = bench.run(hidden).unwrap();
    assert_eq!((history.made, bench.store.ids()), (0, before));
    assert_eq!(
        history.pairs,
        [Projected {
            upstream: hidden,
            view: history.tip
        }]
    );
}

#[test]
fn upstream_that_moves_onto_a_submission_gives_the_vendors_own_commit() {
    let mut bench = Bench::new(view());
    let base = bench.commit(&files(&[("open/a.rs", "a\n"), ("hidden/f", "x\n")]), &[]);
    let root = bench.run(base).unwrap().tip;
    let pushed = bench.vendor_commit(&files(&[("open/a.rs", "b\n")]), root);
    let accepted = bench.commit(&files(&[("open/a.rs", "b\n"), ("hidden/f", "x\n")]), &[base]);
    bench.known.add(accepted, pushed, true);
    let history = bench.run(accepted).unwrap();
    assert_eq!((history.tip, history.made), (pushed, 0));

    // The owner changed what was accepted: then it is a commit of its own.
    let again = bench.vendor_commit(&files(&[("open/a.rs", "c\n")]), pushed);
    let changed = bench.commit(
        &files(&[("open/a.rs", "c, reviewed\n"), ("hidden/f", "x\n")]),
        &[accepted],
    );
    bench.known.add(changed, again, true);
    let history = bench.run(changed).unwrap();
    assert_eq!(history.made, 1);
    assert_eq!(read_commit(&bench.store, &history.tip).unwrap().parents, [pushed]);
    let shown = flatten(
        &bench.store,
        read_commit(&bench.store, &history.tip).unwrap().tree,
    );
    assert_eq!(shown[b"open/a.rs".as_slice()].1, b"c, reviewed\n");
}

#[test]
fn a_merge_of_a_submission_contains_the_vendors_commits() {
    let mut bench = Bench::new(view());
    let base = bench.commit(&files(&[("open/a.rs", "a\n"), ("open/b.rs", "b\n")]), &[]);
    let root = bench.run(base).unwrap().tip;
    let first = bench.vendor_commit(&files(&[("open/a.rs", "a1\n"), ("open/b.rs", "b\n")]), root);
    let second = bench.vendor_commit(&files(&[("open/a.rs", "a2\n"), ("open/b.rs", "b\n")]), first);
    let first_there = bench.commit(&files(&[("open/a.rs", "a1\n"), ("open/b.rs", "b\n")]), &[base]);
    let second_there = bench.commit(
        &files(&[("open/a.rs", "a2\n"), ("open/b.rs", "b\n")]),
        &[first_there],
    );
    bench.known.add(first_there, first, true);
    bench.known.add(second_there, second, true);
    // Meanwhile the owner moved on, then added a fix on top of the branch and merged that.
    let moved = bench.commit(&files(&[("open/a.rs", "a\n"), ("open/b.rs", "b1\n")]), &[base]);
    let fixed = bench.commit(
        &files(&[("open/a.rs", "a3\n"), ("open/b.rs", "b\n")]),
        &[second_there],
    );
    let merge = bench.commit(
        &files(&[("open/a.rs", "a3\n"), ("open/b.rs", "b1\n")]),
        &[moved, fixed],
    );
    let history = bench.run(merge).unwrap();
    let tip = read_commit(&bench.store, &history.tip).unwrap();
    assert_eq!(history.made, 2);
    assert_eq!(tip.parents.len(), 2);
    assert_eq!(
        tip.parents[1], second,
        "the newest of the vendor's commits, which contains the others"
    );
    assert_eq!(
        read_commit(&bench.store, &tip.parents[0]).unwrap().parents,
        [root]
    );
}

#[test]
fn a_merge_that_changes_nothing_visible_still_contains_the_vendors_commits_once() {
    let mut bench = Bench::new(view());
    let base = bench.commit(&files(&[("open/a.rs", "a\n")]), &[]);
    let root = bench.run(base).unwrap().tip;
    let pushed = bench.vendor_commit(&files(&[("open/a.rs", "b\n")]), root);
    let translated = bench.commit(&files(&[("open/a.rs", "b\n")]), &[base]);
    bench.known.add(translated, pushed, true);
    let squashed = bench.commit(&files(&[("open/a.rs", "b\n")]), &[base]);
    let merged = bench.commit(&files(&[("open/a.rs", "b\n")]), &[squashed, translated]);
    let history = bench.run(merged).unwrap();
    assert_eq!(history.made, 2);
    assert_eq!(
        read_commit(&bench.store, &history.tip).unwrap().parents[1],
        pushed
    );
    // A second merge of the same branch brings nothing new.
    let again = bench.commit(&files(&[("open/a.rs", "b\n")]), &[merged, translated]);
    assert_eq!(bench.run(again).unwrap().made, 0);
    // A merge of an old state of the owner's own branch brings nothing either.
    let own = bench.commit(&files(&[("open/a.rs", "b\n")]), &[again, base]);
    assert_eq!(bench.run(own).unwrap().made, 0);
}

#[test]
fn a_rewritten_upstream_stops_with_its_name() {
    let mut bench = Bench::new(view());
    let base = bench.commit(&files(&[("open/a.rs", "a\n")]), &[]);
    let next = bench.commit(&files(&[("open/a.rs", "b\n")]), &[base]);
    bench.run(next).unwrap();
    let before = bench.store.ids();
    let other = bench.commit(&files(&[("open/a.rs", "c\n"), ("open/new.rs", "n\n")]), &[base]);
    let error = bench.run(other).unwrap_err();
    assert!(
        matches!(error, ProjectError::Rewritten { old, tip } if old == next && tip == other),
        "{error}"
    );
    assert_eq!(bench.store.ids(), before, "nothing was delivered");
}

#[test]
fn a_missing_tip_is_an_error() {
    let mut bench = Bench::new(view());
    assert!(bench.run(ObjectId::null(gix_hash::Kind::Sha1)).is_err());
}
