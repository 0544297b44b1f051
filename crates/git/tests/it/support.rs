//! Repositories made by the real git, and the way from an owner's repository to a delivery store.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use ringfence_git::command::{Limits, git, run, run_command};
use ringfence_git::delivery_store::{Before, DeliveryStore, RefUpdate};
use ringfence_git::mirror::Mirror;
use ringfence_view::object::ObjectId;
use ringfence_view::project::history::{CommitStyle, Depth, History, HistoryInput, KnownCommits, Projected};
use ringfence_view::project::{Flow, Limits as ViewLimits, Projector, Unmarked, ViewRules};

/// A file of a commit: mode of git, path, bytes.
pub struct File<'a> {
    pub mode: &'a str,
    pub path: Vec<u8>,
    pub data: Vec<u8>,
}

pub fn file<'a>(path: &str, data: &str) -> File<'a> {
    File {
        mode: "100644",
        path: path.as_bytes().to_vec(),
        data: data.as_bytes().to_vec(),
    }
}

/// An owner's bare repository that grows by whole commits.
pub struct Owner {
    pub path: PathBuf,
    clock: u64,
}

impl Owner {
    pub fn new(path: &Path) -> Self {
        std::fs::create_dir_all(path).unwrap();
        run(Some(path), &["init", "--quiet", "--bare"], b"", Limits::default()).unwrap();
        Self {
            path: path.to_owned(),
            clock: 1_700_000_000,
        }
    }

    pub fn source(&self) -> &str {
        self.path.to_str().unwrap()
    }

    /// Commits exactly these files on a branch, with further parents.
    pub fn commit(&mut self, branch: &str, files: &[File<'_>], merge: &[ObjectId]) -> ObjectId {
        self.clock += 60;
        let mut input = format!(
            "commit refs/heads/{branch}\ncommitter Petra Secret <petra@owner.example> {} +0200\ndata 21\nchange secret/formula\n",
            self.clock
        )
        .into_bytes();
        if let Some(tip) = self.tip(branch) {
            input.extend_from_slice(format!("from {tip}\n").as_bytes());
        }
        for parent in merge {
            input.extend_from_slice(format!("merge {parent}\n").as_bytes());
        }
        input.extend_from_slice(b"deleteall\n");
        for file in files {
            if file.mode == "160000" {
                input.extend_from_slice(b"M 160000 1234567812345678123456781234567812345678 ");
                input.extend_from_slice(&file.path);
                input.push(b'\n');
                continue;
            }
            input.extend_from_slice(format!("M {} inline ", file.mode).as_bytes());
            input.extend_from_slice(&file.path);
            input.extend_from_slice(format!("\ndata {}\n", file.data.len()).as_bytes());
            input.extend_from_slice(&file.data);
            input.push(b'\n');
        }
        run(
            Some(&self.path),
            &["fast-import", "--quiet", "--date-format=raw"],
            &input,
            Limits::default(),
        )
        .unwrap();
        self.tip(branch).unwrap()
    }

    /// Sets the time before the next commit, in seconds since 1970.
    pub fn set_clock(&mut self, seconds: u64) {
        self.clock = seconds;
    }

    /// Sets a branch on a commit.
    pub fn set(&self, branch: &str, commit: ObjectId) {
        let name = format!("refs/heads/{branch}");
        let id = commit.to_string();
        run(
            Some(&self.path),
            &["update-ref", &name, &id],
            b"",
            Limits::default(),
        )
        .unwrap();
    }

    pub fn tip(&self, branch: &str) -> Option<ObjectId> {
        let name = format!("refs/heads/{branch}");
        let printed = run(
            Some(&self.path),
            &["rev-parse", "--verify", "--quiet", &name],
            b"",
            Limits::default(),
        )
        .ok()?;
        ObjectId::from_hex(printed.trim_ascii()).ok()
    }
}

/// One home with a mirror and a delivery store.
pub struct Home {
    pub folder: tempfile::TempDir,
    pub mapped: BTreeMap<ObjectId, ObjectId>,
    pub before: Option<Projected>,
}

impl Home {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            mapped: BTreeMap::new(),
            before: None,
        }
    }

    pub fn mirrors(&self) -> PathBuf {
        self.folder.path().join("mirrors")
    }

    pub fn stores(&self) -> PathBuf {
        self.folder.path().join("stores")
    }

    pub fn owner(&self) -> Owner {
        Owner::new(&self.folder.path().join("owner.git"))
    }

    pub fn store(&self) -> DeliveryStore {
        let stores = self.stores();
        if DeliveryStore::path_of(&stores, "pricing", "nordwind")
            .unwrap()
            .exists()
        {
            DeliveryStore::open(&stores, "pricing", "nordwind").unwrap()
        } else {
            DeliveryStore::create(&stores, "pricing", "nordwind", "main").unwrap()
        }
    }

    /// Fetches, projects and publishes.
    pub fn deliver(&mut self, owner: &Owner, view: &ViewRules) -> History {
        let mirror = Mirror::open_or_create(&self.mirrors(), "code").unwrap();
        let tip = mirror.sync(owner.source(), "main").unwrap();
        let store = self.store();
        let mut known = KnownCommits::default();
        for (upstream, view) in &self.mapped {
            known.add(*upstream, *view, false);
        }
        let input = HistoryInput {
            tip,
            before: self.before,
            known: &known,
            view: &store,
            depth: Depth::Snapshot,
            cut: &HashSet::new(),
            style: &CommitStyle::neutral(),
        };
        let mut writer = store.pack_writer().unwrap();
        let mut unmarked = Unmarked;
        let mut flow = Flow {
            source: &mirror,
            deliver: &mut unmarked,
            sink: &mut writer,
        };
        let history = Projector::new(view, ViewLimits::default())
            .project_history(&input, &mut flow)
            .unwrap();
        let before = self
            .before
            .map_or(Before::Absent, |before| Before::Is(before.view));
        let update = RefUpdate {
            name: "refs/heads/main".to_owned(),
            before,
            after: Some(history.tip),
        };
        store.publish(writer, &[update]).unwrap();
        self.mapped
            .extend(history.pairs.iter().map(|pair| (pair.upstream, pair.view)));
        self.before = Some(Projected {
            upstream: tip,
            view: history.tip,
        });
        history
    }
}

/// Clones without a work tree and reads every file of the tip by git: mode and bytes by path.
pub fn cloned(store: &Path, into: &Path) -> BTreeMap<Vec<u8>, (String, Vec<u8>)> {
    let mut command = git(None);
    command
        .args(["clone", "--quiet", "--bare", "--no-local", "--no-hardlinks"])
        .arg(store)
        .arg(into);
    run_command(command, b"", Limits::default()).unwrap();
    let listed = run(
        Some(into),
        &["ls-tree", "-r", "-z", "HEAD"],
        b"",
        Limits::default(),
    )
    .unwrap();
    let entries: Vec<(Vec<u8>, String, String)> = listed
        .split(|byte| *byte == 0)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let tab = line.iter().position(|byte| *byte == b'\t').unwrap();
            let meta = String::from_utf8(line[..tab].to_vec()).unwrap();
            let words: Vec<&str> = meta.split(' ').collect();
            (line[tab + 1..].to_vec(), words[0].to_owned(), words[2].to_owned())
        })
        .collect();
    let ids: String = entries.iter().map(|(_, _, id)| format!("{id}\n")).collect();
    let printed = run(
        Some(into),
        &["cat-file", "--batch=%(objectsize)"],
        ids.as_bytes(),
        Limits::default(),
    )
    .unwrap();
    let mut rest = printed.as_slice();
    let mut found = BTreeMap::new();
    for (path, mode, _) in entries {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap();
        let size: usize = std::str::from_utf8(&rest[..end]).unwrap().parse().unwrap();
        found.insert(path, (mode, rest[end + 1..end + 1 + size].to_vec()));
        rest = &rest[end + size + 2..];
    }
    found
}

/// The ids of all objects in a repository, reachable or not.
pub fn all_objects(repository: &Path) -> Vec<String> {
    let arguments = ["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"];
    let printed = run(Some(repository), &arguments, b"", Limits::default()).unwrap();
    String::from_utf8(printed)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

/// The whole text of all objects in a repository, for searching.
pub fn all_contents(repository: &Path) -> Vec<u8> {
    run(
        Some(repository),
        &["cat-file", "--batch-all-objects", "--batch"],
        b"",
        Limits::default(),
    )
    .unwrap()
}
