//! Projection of an unmarked tree, and of a marked one for one more recipient.

use super::Subjects;
use super::estate::{Estate, fast_import_stream};
use crate::corpus::{SourceFile, sample};
use crate::measure::{cpu, in_turns, median, megabytes, wall};
use crate::row::{Peer, Row};
use anyhow::{Context, Result, ensure};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use ringfence_domain::view::{PathRule, Visibility};
use ringfence_git::command::{Limits as GitLimits, git, run, run_command};
use ringfence_git::delivery_store::DeliveryStore;
use ringfence_git::mirror::Mirror;
use ringfence_view::object::read_commit;
use ringfence_view::project::{Flow, Limits, Projector, Unmarked, ViewRules};
use std::cell::Cell;
use std::hint::black_box;
use std::io::Write as _;
use std::time::Duration;

const UNMARKED: &str = "projection of an unmarked tree";
const BOUND: &str = "projection of an unmarked tree, without index-pack";

const MARKED: &str = "projection of the marked view for one more recipient";

const ROUNDS: u32 = 5;
/// zlib level of the packs that a delivery store writes.
const LEVEL: u32 = 3;

pub fn names() -> Vec<String> {
    [UNMARKED, BOUND, MARKED].map(str::to_owned).to_vec()
}

pub fn measure(subjects: &Subjects, give: &mut dyn FnMut(Row)) -> Result<()> {
    let estate = subjects.estate()?;
    let files = sample(subjects.files()?, super::estate::FILES);
    let size = megabytes(files.iter().map(|file| file.text.len()).sum());
    let project = Project::new(estate)?;
    let stream = fast_import_stream(&files);
    let work = tempfile::tempdir_in(estate.folder()).context("no temporary folder")?;
    let made = Cell::new(0_u32);
    let import = || {
        made.set(made.get().saturating_add(1));
        let repository = work.path().join(format!("{}.git", made.get()));
        run(
            None,
            &["init", "--quiet", "--bare", &repository.display().to_string()],
            b"",
            GitLimits::default(),
        )?;
        let mut command = git(Some(&repository));
        // No deltas and our compression: the same work.
        command.args([
            "-c",
            &format!("core.compression={LEVEL}"),
            "-c",
            "fastimport.unpackLimit=0",
            "fast-import",
            "--quiet",
            "--depth=0",
        ]);
        let ((), time) = wall(|| {
            run_command(command, &stream, GitLimits::default())
                .map(drop)
                .context("git fast-import")
        })?;
        Ok(time)
    };
    let row = |name: &str, ours: f64, peer_name: String, peer: f64, unit: &'static str| Row {
        name: name.to_owned(),
        value: size / ours,
        unit,
        peer: Some(Peer {
            name: peer_name,
            value: size / peer,
        }),
        goal: None,
    };
    if subjects.wants(UNMARKED) {
        let (ours, peer) = in_turns(
            ROUNDS,
            || project.whole().map(|(reading, indexing)| reading + indexing),
            import,
        )?;
        give(row(
            UNMARKED,
            median(&ours),
            format!("git fast-import, level {LEVEL}, no deltas"),
            median(&peer),
            "MB/s",
        ));
    }
    if subjects.wants(BOUND) {
        let (ours, peer) = in_turns(ROUNDS, || project.reading(), || deflate(&files))?;
        give(row(
            BOUND,
            median(&ours),
            format!("zlib deflate, level {LEVEL}, of the same bytes"),
            median(&peer),
            "MB/s CPU",
        ));
    }
    if subjects.wants(MARKED) {
        let mut further = super::estate::FURTHER.iter();
        // One recipient is for the warm-up. The peer does the same without marks, database and synchronisation.
        let rounds = u32::try_from(super::estate::FURTHER.len())?.saturating_sub(1);
        let ours = || -> Result<Duration> {
            let recipient = further.next().context("no recipient is left")?;
            Ok(wall(|| Ok(estate.app().refresh(super::estate::VIEW, recipient)?))?.1)
        };
        let (ours, peer) = in_turns(rounds, ours, || {
            project.whole().map(|(reading, indexing)| reading + indexing)
        })?;
        give(row(
            MARKED,
            median(&ours),
            UNMARKED.to_owned(),
            median(&peer),
            "MB/s",
        ));
    }
    Ok(())
}

/// A mirror and a view of everything, to be projected into a new store each time.
struct Project {
    mirror: Mirror,
    rules: ViewRules,
    tree: ringfence_view::object::ObjectId,
    work: tempfile::TempDir,
    stores: Cell<u32>,
}

impl Project {
    fn new(estate: &Estate) -> Result<Self> {
        let work = tempfile::tempdir_in(estate.folder()).context("no temporary folder")?;
        let mirror = Mirror::open_or_create(&work.path().join("mirrors"), "corpus")?;
        let tip = mirror.sync(&estate.repository().display().to_string(), "main")?;
        let tree = read_commit(&mirror, &tip)?.tree;
        let rules = ViewRules::new(
            &[PathRule {
                visibility: Visibility::Read,
                paths: vec!["*".to_owned()],
            }],
            Vec::new(),
        )?;
        Ok(Self {
            mirror,
            rules,
            tree,
            work,
            stores: Cell::new(0),
        })
    }

    /// Wall time of reading, packing and of indexing with all of git's checks.
    fn whole(&self) -> Result<(Duration, Duration)> {
        self.stores.set(self.stores.get().saturating_add(1));
        let store = DeliveryStore::create(
            self.work.path(),
            "all",
            &format!("r{}", self.stores.get()),
            "main",
        )?;
        let (writer, reading) = wall(|| self.pack(&store))?;
        let (written, indexing) = wall(|| Ok(store.publish(writer, &[])?))?;
        ensure!(written.objects > 0, "a projection wrote nothing");
        Ok((reading, indexing))
    }

    /// CPU time of reading and packing.
    fn reading(&self) -> Result<Duration> {
        self.stores.set(self.stores.get().saturating_add(1));
        let store = DeliveryStore::create(
            self.work.path(),
            "all",
            &format!("r{}", self.stores.get()),
            "main",
        )?;
        Ok(cpu(|| self.pack(&store))?.1)
    }

    fn pack(&self, store: &DeliveryStore) -> Result<ringfence_git::pack::PackWriter> {
        let mut writer = store.pack_writer()?;
        let mut unmarked = Unmarked;
        let mut flow = Flow {
            source: &self.mirror,
            deliver: &mut unmarked,
            sink: &mut writer,
        };
        let projected = Projector::new(&self.rules, Limits::default()).project_tree(self.tree, &mut flow)?;
        ensure!(
            projected.tree == self.tree,
            "a view of everything is another tree"
        );
        Ok(writer)
    }
}

fn deflate(files: &[SourceFile]) -> Result<Duration> {
    let ((), time) = cpu(|| {
        for file in files {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(LEVEL));
            encoder.write_all(&file.text)?;
            black_box(encoder.finish()?);
        }
        Ok(())
    })?;
    Ok(time)
}
