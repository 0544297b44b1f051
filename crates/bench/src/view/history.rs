//! Full history of one subtree, side by side with `git filter-repo --path` on the same subtree.

use super::Subjects;
use super::repository::{FilterRepo, Repository, bytes_below, run_filter_repo};
use super::script::{IN_SUBTREE, SUBTREE};
use crate::measure::{Spent, spent};
use crate::row::{Goal, Peer, Row};
use anyhow::{Context as _, Result, ensure};
use ringfence_domain::view::{PathRule, Visibility};
use ringfence_git::delivery_store::{Before, DeliveryStore, RefUpdate};
use ringfence_git::mirror::Mirror;
use ringfence_view::object::{MemoryObjects, ObjectId, ObjectSink, ObjectSource};
use ringfence_view::project::history::{CommitStyle, Depth, HistoryInput, KnownCommits, Projected};
use ringfence_view::project::{Deliver, Flow, Limits, Place, ProjectError, Projector, Unmarked, ViewRules};
use std::collections::HashSet;

const COLD: &str = "full history of a subtree, cold, without the store";
const COLD_STORE: &str = "full history of a subtree, cold, with the closed store";
const WARM: &str = "full history of a subtree, nothing new";
const MORE: &str = "full history of a subtree, 50 further commits";
const DISK: &str = "full history of a subtree, the closed store on disk";

const COMMITS: u64 = 20_000;
const FURTHER: u64 = 50;

pub fn names() -> Vec<String> {
    let both = |name: &str| [format!("{name}, user CPU"), format!("{name}, wall")];
    [COLD, COLD_STORE, WARM, MORE]
        .iter()
        .flat_map(|name| both(name))
        .chain([DISK.to_owned()])
        .collect()
}

pub fn measure(subjects: &Subjects, give: &mut dyn FnMut(Row)) -> Result<()> {
    let folder = subjects.folder()?;
    eprintln!("bench: making a repository of {COMMITS} commits");
    let mut repository = Repository::make(folder, COMMITS)?;
    let source = repository.path.display().to_string();
    let script = &repository.script;
    eprintln!(
        "bench: {} commits ({} merges), {} files, {IN_SUBTREE} of them in {SUBTREE}, touched by {} commits; {:.1} MB packed",
        script.commits(),
        script.merges,
        script.files(),
        script.touching,
        crate::measure::megabytes(usize::try_from(bytes_below(&repository.path.join("objects"))?)?),
    );
    let mirror = Mirror::open_or_create(&folder.join("mirrors"), "made")?;
    mirror.sync(&source, "main")?;
    drop(mirror);

    let peer = match FilterRepo::find() {
        Ok(tool) => Some(run_filter_repo(&tool, &repository.path, folder, SUBTREE)?),
        Err(error) => {
            eprintln!("bench: NO PEER, git filter-repo could not be had: {error:#}");
            None
        }
    };
    let mut both = |name: &str, ours: Spent, goal: Option<f64>| {
        let of = |what: fn(&Spent) -> f64| {
            peer.as_ref().map(|(spent, _)| Peer {
                name: "git filter-repo 2.47.0, whole".to_owned(),
                value: what(spent),
            })
        };
        let user = |spent: &Spent| spent.user.as_secs_f64();
        let wall = |spent: &Spent| spent.wall.as_secs_f64();
        give(Row {
            name: format!("{name}, user CPU"),
            value: user(&ours),
            unit: "s",
            peer: of(user),
            goal: goal.map(Goal::RatioAtMost),
        });
        give(Row {
            name: format!("{name}, wall"),
            value: wall(&ours),
            unit: "s",
            peer: of(wall),
            goal: None,
        });
    };

    let (bare, cold) = spent(|| {
        let mirror = Mirror::open_or_create(&folder.join("mirrors"), "made")?;
        project(
            &mirror,
            &mut Named,
            &mut MemoryObjects::default(),
            &MemoryObjects::default(),
            None,
        )
    })?;
    both(COLD, cold, Some(0.25));

    let stores = folder.join("stores");
    let store = DeliveryStore::create(&stores, "ledger", "nordwind", "main")?;
    let run = |before: Option<&Done>| {
        spent(|| {
            let mirror = Mirror::open_or_create(&folder.join("mirrors"), "made")?;
            mirror.sync(&source, "main")?;
            let store = DeliveryStore::open(&stores, "ledger", "nordwind")?;
            let mut writer = store.pack_writer()?;
            let done = project(&mirror, &mut Unmarked, &mut writer, &store, before)?;
            let update = RefUpdate {
                name: "refs/heads/main".to_owned(),
                before: Before::Any,
                after: Some(done.last.view),
            };
            store.publish(writer, &[update])?;
            Ok(done)
        })
    };
    let (done, cold) = run(None)?;
    both(COLD_STORE, cold, Some(0.5));
    ensure!(
        bare.last == done.last && bare.made == done.made,
        "the projection with and without a store gave different commits"
    );
    let bytes = bytes_below(&store.path().join("objects"))?;
    let megabytes = |bytes: u64| usize::try_from(bytes).map_or(f64::NAN, crate::measure::megabytes);
    eprintln!("bench: {} commits in the view", done.made);
    let (_, warm) = run(Some(&done))?;
    both(WARM, warm, Some(0.05));
    repository.grow(FURTHER)?;
    let (more, further) = run(Some(&done))?;
    ensure!(
        more.last.view != done.last.view,
        "50 further commits changed nothing in the subtree"
    );
    both(MORE, further, Some(0.05));
    let peer = peer.as_ref().map(|(_, bytes)| Peer {
        name: "git filter-repo's repository".to_owned(),
        value: megabytes(*bytes),
    });
    give(Row {
        name: DISK.to_owned(),
        value: megabytes(bytes),
        unit: "MB",
        peer,
        goal: None,
    });
    Ok(())
}

/// Names each blob as it is, and never reads one: what remains is the filtering alone.
struct Named;

impl Deliver for Named {
    fn depends_on_path(&self) -> bool {
        false
    }

    fn deliver(
        &mut self,
        place: Place<'_>,
        _: &dyn ObjectSource,
        _: &mut dyn ObjectSink,
    ) -> Result<ObjectId, ProjectError> {
        Ok(place.blob)
    }
}

fn rules() -> Result<ViewRules> {
    Ok(ViewRules::new(
        &[PathRule {
            visibility: Visibility::Read,
            paths: vec![format!("/{SUBTREE}/")],
        }],
        Vec::new(),
    )?)
}

/// A projected history, to go on from.
struct Done {
    last: Projected,
    known: KnownCommits,
    made: usize,
}

/// Projects every commit that `main` reaches, merges included.
fn project(
    mirror: &Mirror,
    deliver: &mut dyn Deliver,
    sink: &mut dyn ObjectSink,
    view: &dyn ObjectSource,
    before: Option<&Done>,
) -> Result<Done> {
    let rules = rules()?;
    let tip = mirror.tip("main")?.context("the mirror has no main")?;
    let mut known = before.map(|done| done.known.clone()).unwrap_or_default();
    let input = HistoryInput {
        tip,
        before: before.map(|done| done.last),
        known: &known,
        view,
        depth: Depth::Full,
        cut: &HashSet::new(),
        style: &CommitStyle::neutral(),
    };
    let mut flow = Flow {
        source: mirror,
        deliver,
        sink,
    };
    let history = Projector::new(&rules, Limits::default()).project_history(&input, &mut flow)?;
    for pair in &history.pairs {
        known.add(pair.upstream, pair.view, false);
    }
    Ok(Done {
        last: Projected {
            upstream: tip,
            view: history.tip,
        },
        known,
        made: history.made,
    })
}
