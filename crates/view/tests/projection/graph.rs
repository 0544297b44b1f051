//! Policies `since` and `full` against a reference model; merges, hidden commits, vendors' commits, style and terms.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use proptest::prelude::*;
use ringfence_domain::choice::{Authors, Messages};
use ringfence_domain::view::{PathRule, Visibility};
use ringfence_view::object::{
    CommitText, Identity, Kind, MemoryObjects, NewCommit, ObjectError, ObjectId, ObjectSink, encode_commit,
    read_as, read_commit, split_signature,
};
use ringfence_view::project::history::{
    CommitStyle, Depth, History, HistoryInput, KnownCommits, Projected, TERMS_FILE,
};
use ringfence_view::project::{Flow, Limits, ProjectError, Projector, Unmarked, ViewRules};

use crate::reference::{self, Files};
use crate::trees::{build_plain, flatten, rule};

/// A commit of the model: its parents by number, and its files.
type Owners = Vec<(Vec<usize>, Files)>;
/// What a recipient sees: by number of the owner's commit that a view commit was made for: parents and files.
type Seen = BTreeMap<usize, (Vec<usize>, Files)>;

/// The reference: what the policy says, with nothing but sets.
fn model(rules: &[PathRule], commits: &Owners, since: Option<usize>) -> Seen {
    let mut views: Seen = BTreeMap::new();
    let mut became: Vec<Option<usize>> = Vec::new();
    fn contains(views: &Seen, descendant: usize, ancestor: usize) -> bool {
        descendant == ancestor
            || views[&descendant]
                .0
                .iter()
                .any(|next| contains(views, *next, ancestor))
    }
    for (number, (parents, files)) in commits.iter().enumerate() {
        let shown = reference::delivered(rules, files);
        let start = since == Some(number);
        let mut all: Vec<usize> = Vec::new();
        for view in parents.iter().filter_map(|parent| became[*parent]) {
            if !start && !all.contains(&view) {
                all.push(view);
            }
        }
        let kept: Vec<usize> = all
            .iter()
            .enumerate()
            .filter(|(place, side)| {
                *place == 0
                    || !all
                        .iter()
                        .any(|other| other != *side && contains(&views, *other, **side))
            })
            .map(|(_, view)| *view)
            .collect();
        let nothing = if since.is_some() { !start } else { shown.is_empty() };
        became.push(match kept.as_slice() {
            [] if nothing => None,
            [only] if views[only].1 == shown => Some(*only),
            _ => {
                views.insert(number, (kept, shown));
                Some(number)
            }
        });
    }
    let mut reached = BTreeSet::new();
    let mut stack: Vec<usize> = became.last().copied().flatten().into_iter().collect();
    while let Some(at) = stack.pop() {
        if reached.insert(at) {
            stack.extend(&views[&at].0);
        }
    }
    views.retain(|number, _| reached.contains(number));
    views
}

const START: i64 = 1_700_000_000;

struct Bench {
    owner: MemoryObjects,
    store: MemoryObjects,
    known: KnownCommits,
    before: Option<Projected>,
    depth: Depth,
    view: ViewRules,
}

impl Bench {
    fn new(rules: &[PathRule], depth: Depth) -> Self {
        Self {
            owner: MemoryObjects::default(),
            store: MemoryObjects::default(),
            known: KnownCommits::default(),
            before: None,
            depth,
            view: ViewRules::new(rules, Vec::new()).unwrap(),
        }
    }

    /// Writes the owner's commits; each one's time is its number.
    fn commits(&mut self, commits: &Owners) -> Vec<ObjectId> {
        let mut ids: Vec<ObjectId> = Vec::new();
        for (number, (parents, files)) in commits.iter().enumerate() {
            let parents: Vec<ObjectId> = parents.iter().map(|parent| ids[*parent]).collect();
            ids.push(self.commit(files, &parents, i64::try_from(number).unwrap(), "Hidden words\n"));
        }
        ids
    }

    fn commit(&mut self, files: &Files, parents: &[ObjectId], number: i64, message: &str) -> ObjectId {
        let commit = NewCommit {
            tree: build_plain(&mut self.owner, files),
            parents: parents.to_vec(),
            identity: Identity {
                name: "Petra Secret".to_owned(),
                email: "petra@owner.example".to_owned(),
            },
            seconds: START + number,
            message: message.to_owned(),
        };
        self.owner.write(Kind::Commit, &encode_commit(&commit)).unwrap()
    }

    fn run(&mut self, tip: ObjectId, style: &CommitStyle<'_>) -> Result<History, ProjectError> {
        let view = self.store.clone();
        let cut = HashSet::new();
        let input = HistoryInput {
            tip,
            before: self.before,
            known: &self.known,
            view: &view,
            depth: self.depth,
            cut: &cut,
            style,
        };
        let mut flow = Flow {
            source: &self.owner,
            deliver: &mut Unmarked,
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

    /// What the recipient sees below a commit, in the words of the model.
    fn seen(&self, tip: ObjectId) -> Seen {
        let number = |id: &ObjectId| {
            usize::try_from(read_commit(&self.store, id).unwrap().committed_at - START).unwrap()
        };
        let mut seen = Seen::new();
        let mut stack = vec![tip];
        while let Some(at) = stack.pop() {
            let facts = read_commit(&self.store, &at).unwrap();
            let files = flatten(&self.store, facts.tree)
                .into_iter()
                .map(|(path, (_, bytes))| (String::from_utf8(path).unwrap(), bytes))
                .collect();
            if seen
                .insert(number(&at), (facts.parents.iter().map(number).collect(), files))
                .is_none()
            {
                stack.extend(facts.parents);
            }
        }
        seen
    }
}

fn open() -> Vec<PathRule> {
    vec![rule(Visibility::Write, &["/open/"])]
}

fn files(list: &[(&str, &str)]) -> Files {
    list.iter()
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
        .collect()
}

/// Random histories: forks, merges of up to three sides, hidden and visible changes, several roots; the last commit joins all heads.
fn histories() -> impl Strategy<Value = Owners> {
    let change = (any::<bool>(), 0_u8..3, 0_u8..4);
    let commit = (
        prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        prop::collection::vec(change, 0..3),
    );
    prop::collection::vec(commit, 1..24).prop_map(|list| {
        let mut commits: Owners = Vec::new();
        let last = list.len() - 1;
        for (number, (picks, changes)) in list.into_iter().enumerate() {
            let mut parents: Vec<usize> = Vec::new();
            if number > 0 {
                // Mostly near the end, as real histories are.
                let near: Vec<usize> = picks
                    .iter()
                    .map(|pick| number - 1 - pick.index(number.min(5)))
                    .collect();
                for parent in near {
                    if !parents.contains(&parent) {
                        parents.push(parent);
                    }
                }
            }
            if number == last {
                let used: BTreeSet<usize> = commits.iter().flat_map(|commit| commit.0.clone()).collect();
                parents.extend(
                    (0..last)
                        .filter(|head| !used.contains(head) && !parents.contains(head))
                        .collect::<Vec<_>>(),
                );
            }
            let mut now = parents
                .first()
                .map_or_else(Files::new, |parent| commits[*parent].1.clone());
            for (visible, name, content) in changes {
                let folder = if visible { "open" } else { "hidden" };
                if content == 0 {
                    now.remove(&format!("{folder}/{name}"));
                } else {
                    now.insert(format!("{folder}/{name}"), vec![b'0' + content]);
                }
            }
            commits.push((parents, now));
        }
        commits
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn full_history_equals_the_reference(commits in histories(), stops in prop::collection::vec(any::<prop::sample::Index>(), 0..4)) {
        let expected = model(&open(), &commits, None);
        prop_assume!(!expected.is_empty());
        let mut at_once = Bench::new(&open(), Depth::Full);
        let ids = at_once.commits(&commits);
        let tip = at_once.run(*ids.last().unwrap(), &CommitStyle::neutral()).unwrap().tip;
        prop_assert_eq!(at_once.seen(tip), expected);

        // In steps: the same ids. Each stop contains the one before, and shows something.
        let mut stepwise = Bench::new(&open(), Depth::Full);
        stepwise.commits(&commits);
        let below = |number: usize| -> BTreeSet<usize> {
            let mut found = BTreeSet::new();
            let mut stack = vec![number];
            while let Some(at) = stack.pop() {
                if found.insert(at) { stack.extend(&commits[at].0); }
            }
            found
        };
        let mut stops: Vec<usize> = stops.iter().map(|stop| stop.index(ids.len())).collect();
        stops.sort_unstable();
        let mut last: Option<usize> = None;
        for stop in stops.into_iter().chain([ids.len() - 1]) {
            let grows = last.is_none_or(|last| below(stop).contains(&last));
            if grows && !model(&open(), &commits[..=stop].to_vec(), None).is_empty() {
                stepwise.run(ids[stop], &CommitStyle::neutral()).unwrap();
                last = Some(stop);
            }
        }
        prop_assert_eq!(stepwise.before.unwrap().view, tip);
    }

    #[test]
    fn history_since_a_commit_equals_the_reference(commits in histories(), start in any::<prop::sample::Index>()) {
        let start = start.index(commits.len());
        let mut bench = Bench::new(&open(), Depth::Full);
        let ids = bench.commits(&commits);
        bench.depth = Depth::Since(ids[start]);
        let expected = model(&open(), &commits, Some(start));
        let tip = bench.run(*ids.last().unwrap(), &CommitStyle::neutral());
        if expected.is_empty() {
            prop_assert!(matches!(tip, Err(ProjectError::NoSuchStart { .. })), "the start is no ancestor");
        } else {
            prop_assert_eq!(bench.seen(tip.unwrap().tip), expected);
        }
    }
}

#[test]
fn what_was_before_the_start_is_in_no_object() {
    let mut bench = Bench::new(&open(), Depth::Full);
    let old = bench.commit(&files(&[("open/a", "before\n")]), &[], 0, "a\n");
    let start = bench.commit(&files(&[("open/a", "start\n")]), &[old], 1, "b\n");
    // A side that left the trunk before the start and comes back after it.
    let side = bench.commit(
        &files(&[("open/a", "before\n"), ("open/s", "side\n")]),
        &[old],
        2,
        "c\n",
    );
    let merge = bench.commit(
        &files(&[("open/a", "start\n"), ("open/s", "side\n")]),
        &[start, side],
        3,
        "d\n",
    );
    bench.depth = Depth::Since(start);
    let tip = bench.run(merge, &CommitStyle::neutral()).unwrap().tip;
    for id in bench.store.ids() {
        if let Ok(blob) = read_as(&bench.store, &id, Kind::Blob) {
            assert!(
                blob != b"before\n",
                "the text from before the start was delivered"
            );
        }
    }
    let seen = bench.seen(tip);
    assert_eq!(seen.keys().copied().collect::<Vec<_>>(), [1, 3]);
    assert_eq!(seen[&3].0, [1]);
}

#[test]
fn a_view_that_shows_nothing_yet_goes_on_from_an_empty_commit() {
    let mut bench = Bench::new(&open(), Depth::Full);
    let hidden = bench.commit(&files(&[("hidden/f", "x\n")]), &[], 0, "a\n");
    let empty = bench.run(hidden, &CommitStyle::neutral()).unwrap().tip;
    assert_eq!(
        read_commit(&bench.store, &empty).unwrap().committed_at,
        0,
        "not even the time passes"
    );
    let shown = bench.commit(
        &files(&[("hidden/f", "x\n"), ("open/a", "a\n")]),
        &[hidden],
        1,
        "b\n",
    );
    let tip = bench.run(shown, &CommitStyle::neutral()).unwrap().tip;
    assert_eq!(read_commit(&bench.store, &tip).unwrap().parents, [empty]);
}

#[test]
fn a_merge_of_a_submission_is_a_merge_with_the_vendors_commit() {
    let mut bench = Bench::new(&open(), Depth::Full);
    let base = bench.commit(&files(&[("open/a", "a\n"), ("hidden/f", "x\n")]), &[], 0, "a\n");
    let root = bench.run(base, &CommitStyle::neutral()).unwrap().tip;
    let vendor = NewCommit {
        tree: build_plain(&mut bench.store, &files(&[("open/a", "b\n")])),
        parents: vec![root],
        identity: Identity {
            name: "Vera".to_owned(),
            email: "vera@vendor.example".to_owned(),
        },
        seconds: START + 50,
        message: "Faster\n".to_owned(),
    };
    let pushed = bench.store.write(Kind::Commit, &encode_commit(&vendor)).unwrap();
    let there = bench.commit(
        &files(&[("open/a", "b\n"), ("hidden/f", "x\n")]),
        &[base],
        1,
        "b\n",
    );
    bench.known.add(there, pushed, true);
    let moved = bench.commit(&files(&[("open/a", "a\n"), ("open/b", "b\n")]), &[base], 2, "c\n");
    let merge = bench.commit(
        &files(&[("open/a", "b\n"), ("open/b", "b\n")]),
        &[moved, there],
        3,
        "d\n",
    );
    let history = bench.run(merge, &CommitStyle::neutral()).unwrap();
    let tip = read_commit(&bench.store, &history.tip).unwrap();
    assert_eq!((history.made, tip.parents[1]), (2, pushed));
    // What the owner changed on the way is a commit of its own.
    let mut other = Bench::new(&open(), Depth::Full);
    let base = other.commit(&files(&[("open/a", "a\n")]), &[], 0, "a\n");
    let root = other.run(base, &CommitStyle::neutral()).unwrap().tip;
    let pushed = other
        .store
        .write(
            Kind::Commit,
            &encode_commit(&NewCommit {
                parents: vec![root],
                ..vendor
            }),
        )
        .unwrap();
    let reviewed = other.commit(&files(&[("open/a", "reviewed\n")]), &[base], 1, "b\n");
    other.known.add(reviewed, pushed, true);
    let history = other.run(reviewed, &CommitStyle::neutral()).unwrap();
    assert_eq!((history.made, history.tip == pushed), (1, false));
}

#[test]
fn a_rewritten_upstream_stops_and_writes_nothing() {
    let mut bench = Bench::new(&open(), Depth::Full);
    let ids = bench.commits(&vec![
        (vec![], files(&[("open/a", "a\n")])),
        (vec![0], files(&[("open/a", "b\n")])),
        (vec![0], files(&[("open/a", "c\n")])),
    ]);
    bench.run(ids[1], &CommitStyle::neutral()).unwrap();
    let before = bench.store.ids();
    for tip in [ids[2], ids[0]] {
        let error = bench.run(tip, &CommitStyle::neutral()).unwrap_err();
        assert!(
            matches!(error, ProjectError::Rewritten { old, .. } if old == ids[1]),
            "{error}"
        );
    }
    assert_eq!(bench.store.ids(), before);
}

#[test]
fn kept_messages_and_authors_pass_without_ids_and_signatures() {
    let mut bench = Bench::new(&open(), Depth::Full);
    let tree = build_plain(&mut bench.owner, &files(&[("open/a", "a\n")]));
    let source = format!(
        "tree {tree}\nauthor Petra <petra@owner.example> 1700000000 +0200\n\
         committer Forge <forge@owner.example> 1700000100 -0130\nencoding latin1\n\
         gpgsig -----BEGIN PGP SIGNATURE-----\n \n source-signature\n -----END PGP SIGNATURE-----\n\
         \nFix as in 0a1b2c3d\n\n(cherry picked from commit 00112233445566778899aabbccddeeff00112233)\n"
    );
    let tip = bench.owner.write(Kind::Commit, source.as_bytes()).unwrap();
    let style = CommitStyle {
        messages: Messages::Keep,
        authors: Authors::Keep,
        ..CommitStyle::neutral()
    };
    let view = bench.run(tip, &style).unwrap().tip;
    let text = String::from_utf8(read_as(&bench.store, &view, Kind::Commit).unwrap()).unwrap();
    assert_eq!(
        text,
        format!(
            "tree {tree}\nauthor Petra <petra@owner.example> 1700000000 +0200\n\
             committer Forge <forge@owner.example> 1700000100 -0130\nencoding latin1\n\nFix as in [id]\n"
        )
    );
}

#[test]
fn terms_and_signature_are_put_to_each_commit_and_new_terms_alone_make_none() {
    let sign = |bytes: &[u8]| -> Result<String, ObjectError> {
        Ok(format!(
            "-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n",
            bytes.len()
        ))
    };
    for depth in [Depth::Full, Depth::Snapshot] {
        let mut bench = Bench::new(&open(), depth);
        let ids = bench.commits(&vec![
            (
                vec![],
                files(&[("open/a", "a\n"), ("LICENCE-TERMS.md", "the owner's own\n")]),
            ),
            (vec![0], files(&[("open/a", "a\n"), ("hidden/f", "x\n")])),
            (vec![1], files(&[("open/a", "b\n"), ("hidden/f", "x\n")])),
        ]);
        let first = CommitStyle {
            sign: Some(&sign),
            terms: Some(b"old terms\n"),
            ..CommitStyle::neutral()
        };
        let second = CommitStyle {
            terms: Some(b"new terms\n"),
            ..first
        };
        let root = bench.run(ids[0], &first).unwrap().tip;
        let objects = bench.store.ids();
        assert_eq!(bench.run(ids[1], &second).unwrap().tip, root);
        assert_eq!(
            bench.store.ids(),
            objects,
            "new terms come with the next visible change"
        );
        let tip = bench.run(ids[2], &second).unwrap().tip;
        for (commit, terms) in [(root, "old terms\n"), (tip, "new terms\n")] {
            let data = read_as(&bench.store, &commit, Kind::Commit).unwrap();
            let (armour, payload) = split_signature(&data).unwrap();
            assert_eq!(armour, sign(&payload).unwrap());
            let tree = CommitText::read(&commit, &data).unwrap().tree;
            assert_eq!(flatten(&bench.store, tree)[TERMS_FILE].1, terms.as_bytes());
        }
    }
}

/// Files of the owner that come and go; all but the first two are hidden.
const FILES: [&str; 6] = [
    "open/shared.rs",
    "open/umbrella_view.rs",
    "hidden/umbrella.rs",
    "hidden/shared.rs",
    "hidden/deep/secret-margin.py",
    ".vault/key_store.c",
];
/// Words of messages, with the names that each one is.
const SAID: [(&str, &[&str]); 10] = [
    ("faster rates", &[]),
    ("Umbrella", &["umbrella"]),
    ("umbrella_view", &["umbrella_view"]),
    ("shared", &["shared"]),
    ("see hidden/deep.", &["hidden/deep", "hidden", "deep"]),
    ("`deep::secret_margin`", &["deep", "secret_margin"]),
    ("secret-margin.py,", &["secret_margin.py", "secret_margin"]),
    ("(key_store)", &["key_store"]),
    (".vault", &[".vault"]),
    (
        "hidden/shared.rs",
        &["hidden/shared.rs", "hidden", "shared.rs", "shared"],
    ),
];

/// The reference: whether a file is meant by a name.
fn means(path: &str, name: &str) -> bool {
    let path = path.to_lowercase().replace('-', "_");
    let parts: Vec<&str> = path.split('/').collect();
    let stem = parts.last().unwrap().split('.').next().unwrap();
    parts.contains(&name) || stem == name || path == name || path.starts_with(&format!("{name}/"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn a_kept_message_names_nothing_hidden(
        steps in prop::collection::vec((0_u8..64, prop::collection::vec(0..SAID.len(), 1..3)), 1..8),
    ) {
        let style = CommitStyle { messages: Messages::Keep, ..CommitStyle::neutral() };
        let (mut once, mut stepwise) = (Bench::new(&open(), Depth::Full), Bench::new(&open(), Depth::Full));
        let mut ids: Vec<ObjectId> = Vec::new();
        let mut there: Vec<Vec<&str>> = Vec::new();
        for (number, (mask, said)) in steps.iter().enumerate() {
            let present: Vec<&str> = (0..FILES.len()).filter(|bit| mask >> bit & 1 == 1).map(|bit| FILES[bit]).collect();
            let every = format!("{number}\n");
            let mut list: Vec<(&str, &str)> = present.iter().map(|path| (*path, "x\n")).collect();
            list.push(("open/a.rs", &every));
            let message = said.iter().map(|word| SAID[*word].0).collect::<Vec<_>>().join(" and ");
            let parents: Vec<ObjectId> = ids.last().copied().into_iter().collect();
            let id = once.commit(&files(&list), &parents, i64::try_from(number).unwrap(), &message);
            prop_assert_eq!(stepwise.commit(&files(&list), &parents, i64::try_from(number).unwrap(), &message), id);
            ids.push(id);
            there.push(present);
        }
        let history = once.run(*ids.last().unwrap(), &style).unwrap();
        let mut tip = None;
        for id in &ids {
            tip = Some(stepwise.run(*id, &style).unwrap().tip);
        }
        // At once or commit by commit: the same ids.
        prop_assert_eq!(tip, Some(history.tip));
        for pair in &history.pairs {
            let number = ids.iter().position(|id| *id == pair.upstream).unwrap();
            let data = read_as(&once.store, &pair.view, Kind::Commit).unwrap();
            let passed = String::from_utf8(CommitText::read(&pair.view, &data).unwrap().message).unwrap();
            // The commit's own files, and those that it removes.
            let trees = [Some(number), number.checked_sub(1)];
            let hides = |name: &str| trees.into_iter().flatten().any(|at| {
                let named = |path: &&&str| means(path, name);
                let of = |open: bool| there[at].iter().filter(move |path| path.starts_with("open/") == open);
                of(false).any(|path| named(&path)) && !of(true).any(|path| named(&path))
            });
            let mut names = steps[number].1.iter().flat_map(|word| SAID[*word].1.iter().copied());
            let neutral = names.any(hides);
            prop_assert_eq!(passed == "Update\n", neutral, "{}: {}", number, passed);
        }
    }
}
