//! A repository of its own for one push: its objects are looked at there before anything of them reaches a store.
//!
//! INVARIANT: the only other objects that it can reach are those of the recipient's delivery store, through one alternates file that is
//! written here; it is never served, and it is removed when the [`Received`] is dropped.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use tempfile::TempDir;

use crate::command::{self, GitCommandError, Limits};
use crate::receive::pack::{self, PackSummary};
use crate::receive::tree::{CheckError, TreeChecker};
use crate::receive::{PushCommand, ReceiveError, ReceiveLimits};
use crate::serve;

mod objects;

use objects::Objects;

/// How the folders of quarantines begin.
const PREFIX: &str = "push-";

/// A commit of a push that the store did not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCommit {
    /// Its id.
    pub id: String,
    /// Its tree.
    pub tree: String,
    /// Its parents, in order.
    pub parents: Vec<String>,
}

/// A push whose objects are complete and pass the tree rules.
#[derive(Debug)]
pub struct Received {
    quarantine: Quarantine,
    commits: Vec<NewCommit>,
    tips: Vec<(String, String)>,
    summary: PackSummary,
}

/// What was moved into the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The pack, unless the store had everything.
    pub pack: Option<PathBuf>,
    /// Its objects.
    pub objects: u64,
}

/// An empty quarantine.
#[derive(Debug)]
pub struct Quarantine {
    folder: TempDir,
    store: PathBuf,
    limits: ReceiveLimits,
}

impl Quarantine {
    /// Makes one in `within` (a folder of the home, not in a mirror or store) for a push to `store`.
    ///
    /// # Errors
    /// When the store is not closed or files cannot be written.
    pub fn create(within: &Path, store: &Path, limits: ReceiveLimits) -> Result<Self, ReceiveError> {
        serve::check_closed(store)?;
        let fault = |what: &str, source| ReceiveError::Quarantine {
            what: format!("{what} in {}", within.display()),
            source,
        };
        fs::create_dir_all(within).map_err(|source| fault("making a folder", source))?;
        let store = store
            .canonicalize()
            .map_err(|source| fault("finding the store", source))?;
        let folder = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir_in(within)
            .map_err(|source| fault("making a folder", source))?;
        let quarantine = Self {
            folder,
            store,
            limits,
        };
        quarantine
            .write_repository()
            .map_err(|source| fault("writing the repository", source))?;
        Ok(quarantine)
    }

    fn write_repository(&self) -> std::io::Result<()> {
        let repository = self.repository();
        for folder in ["objects/info", "objects/pack", "refs/heads", "out"] {
            fs::create_dir_all(repository.join(folder))?;
        }
        fs::write(repository.join("HEAD"), "ref: refs/heads/none\n")?;
        fs::write(
            repository.join("config"),
            "[core]\n\trepositoryformatversion = 0\n\tbare = true\n",
        )?;
        let mut line = self.store.join("objects").into_os_string().into_encoded_bytes();
        // Git reads one path per line and a leading quote as C quoting.
        if line.contains(&b'\n') || line.starts_with(b"\"") || line.starts_with(b"#") {
            return Err(std::io::Error::other(
                "the store's path cannot be written in an alternates file",
            ));
        }
        line.push(b'\n');
        fs::write(repository.join("objects/info/alternates"), line)
    }

    fn repository(&self) -> PathBuf {
        self.folder.path().join("push.git")
    }

    /// Takes a pack in and judges what `commands` would make of it.
    ///
    /// # Errors
    /// At the first bound or rule that it breaks.
    pub fn take(self, source: impl Read, commands: &[PushCommand]) -> Result<Received, ReceiveError> {
        let kept = self.folder.path().join("incoming.pack");
        let fault = |what: &str, source| ReceiveError::Quarantine {
            what: what.to_owned(),
            source,
        };
        let mut file = BufWriter::with_capacity(
            256 << 10,
            File::create(&kept).map_err(|source| fault("keeping the pack", source))?,
        );
        let (mut summary, links) = pack::check(source, &mut file, &self.limits)?;
        file.flush().map_err(|source| fault("keeping the pack", source))?;
        drop(file);
        if summary.entries > 0 {
            self.index(&kept)?;
        }
        if links.has_named_bases() {
            summary.depth = links.depth(&self.offsets()?, &self.limits)?;
        }
        fs::remove_file(&kept).map_err(|source| fault("removing the pack", source))?;
        let tips: Vec<(String, String)> = commands
            .iter()
            .filter_map(|command| command.new.clone().map(|new| (command.reference.clone(), new)))
            .collect();
        let objects = Objects::open(&self.repository())?;
        for (_, tip) in &tips {
            objects.commit(tip)?;
        }
        let range = self.range(&tips)?;
        self.check_connected(&range)?;
        let commits = self.new_commits(&range, &objects)?;
        self.check_trees(&commits, &objects)?;
        Ok(Received {
            quarantine: self,
            commits,
            tips,
            summary,
        })
    }

    fn index(&self, kept: &Path) -> Result<(), ReceiveError> {
        let fault = |source| ReceiveError::Quarantine {
            what: "reading the kept pack".to_owned(),
            source,
        };
        let file = File::open(kept).map_err(fault)?;
        let mut command = command::git(Some(&self.repository()));
        command
            .args(["-c", "core.fsync=none", "index-pack", "--stdin", "--fix-thin", "--threads=1"])
            // The names are judged by the tree rules, which can say the path.
            .arg("--strict=hasDot=ignore,hasDotdot=ignore,hasDotgit=ignore,emptyName=ignore,fullPathname=ignore")
            .arg(format!("--max-input-size={}", self.limits.pack_bytes))
            .stdin(file);
        match run_bounded(command, &self.limits) {
            Ok(()) => Ok(()),
            Err(GitCommandError::Failed { code: -1, .. } | GitCommandError::Time { .. }) => {
                Err(ReceiveError::Broken {
                    message: "it took more time or memory than one push may; push in smaller parts"
                        .to_owned(),
                })
            }
            Err(GitCommandError::Failed { message, .. }) => Err(missing_or_broken(&message)),
            Err(error) => Err(error.into()),
        }
    }

    /// Where each object lies in the pack that was just indexed.
    fn offsets(&self) -> Result<HashMap<[u8; 20], u64>, ReceiveError> {
        let fault = |source| ReceiveError::Quarantine {
            what: "reading the index of the pack".to_owned(),
            source,
        };
        let mut offsets = HashMap::new();
        for entry in fs::read_dir(self.repository().join("objects/pack")).map_err(fault)? {
            let path = entry.map_err(fault)?.path();
            if path.extension().is_none_or(|extension| extension != "idx") {
                continue;
            }
            let index = fs::read(&path).map_err(fault)?;
            let limits = self.limits(256 << 20);
            let listed = command::run(Some(&self.repository()), &["show-index"], &index, limits)?;
            for line in String::from_utf8_lossy(&listed).lines() {
                let mut words = line.split(' ');
                let offset = words.next().and_then(|offset| offset.parse().ok());
                let id = words
                    .next()
                    .and_then(|id| gix_hash::ObjectId::from_hex(id.as_bytes()).ok());
                let id = id.and_then(|id| <[u8; 20]>::try_from(id.as_slice()).ok());
                let (Some(offset), Some(id)) = (offset, id) else {
                    return Err(ReceiveError::Read {
                        what: "the index of the pack".to_owned(),
                        message: line.to_owned(),
                    });
                };
                offsets.insert(id, offset);
            }
        }
        Ok(offsets)
    }

    /// The new tips and, as boundary, what the store has.
    fn range(&self, tips: &[(String, String)]) -> Result<Vec<u8>, ReceiveError> {
        let mut range = Vec::new();
        for (_, tip) in tips {
            range.extend_from_slice(tip.as_bytes());
            range.push(b'\n');
        }
        for (_, id) in references(&self.store, "refs/")? {
            range.extend_from_slice(format!("^{id}\n").as_bytes());
        }
        Ok(range)
    }

    fn limits(&self, output: u64) -> Limits {
        Limits {
            time: self.limits.time,
            output,
        }
    }

    fn check_connected(&self, range: &[u8]) -> Result<(), ReceiveError> {
        let repository = self.repository();
        match command::run(
            Some(&repository),
            &["rev-list", "--objects", "--quiet", "--stdin"],
            range,
            self.limits(1 << 20),
        ) {
            Ok(_) => Ok(()),
            Err(GitCommandError::Failed { message, .. }) => Err(missing_or_broken(&message)),
            Err(error) => Err(error.into()),
        }
    }

    fn new_commits(&self, range: &[u8], objects: &Objects) -> Result<Vec<NewCommit>, ReceiveError> {
        let repository = self.repository();
        let most = format!("--max-count={}", self.limits.commits.saturating_add(1));
        let arguments = ["rev-list", "--topo-order", "--reverse", &most, "--stdin"];
        let listed = command::run(Some(&repository), &arguments, range, self.limits(64 << 20))?;
        let listed = String::from_utf8_lossy(&listed);
        let ids: Vec<&str> = listed.lines().collect();
        if ids.len() > self.limits.commits {
            let most = u64::try_from(self.limits.commits).unwrap_or(u64::MAX);
            return Err(ReceiveError::TooMany {
                what: "new commits",
                most,
            });
        }
        ids.into_iter().map(|id| objects.commit(id)).collect()
    }

    fn check_trees(&self, commits: &[NewCommit], objects: &Objects) -> Result<(), ReceiveError> {
        let mut checker = TreeChecker::new(objects, &self.limits);
        let mut trees = HashMap::new();
        for commit in commits {
            let mut parents = Vec::new();
            for parent in &commit.parents {
                let tree = match trees.get(parent) {
                    Some(tree) => String::clone(tree),
                    None => objects.commit(parent)?.tree,
                };
                parents.push(tree);
            }
            trees.insert(commit.id.clone(), commit.tree.clone());
            checker
                .check(&commit.id, &commit.tree, &parents)
                .map_err(|error| match error {
                    CheckError::Tree(error) => ReceiveError::Tree(error),
                    CheckError::TooMany { most } => ReceiveError::TooMany {
                        what: "changed files and folders",
                        most: u64::try_from(most).unwrap_or(u64::MAX),
                    },
                    CheckError::Read(error) => error,
                })?;
        }
        Ok(())
    }
}

impl Received {
    /// The quarantine as a bare repository, for reading: it finds the pushed objects and those of the store.
    #[must_use]
    pub fn repository(&self) -> PathBuf {
        self.quarantine.repository()
    }

    /// The store that the push was for.
    #[must_use]
    pub fn store(&self) -> &Path {
        &self.quarantine.store
    }

    /// The commits that no reference of the store reaches, parents before children.
    #[must_use]
    pub fn commits(&self) -> &[NewCommit] {
        &self.commits
    }

    /// Full reference names with the ids wanted.
    #[must_use]
    pub fn tips(&self) -> &[(String, String)] {
        &self.tips
    }

    /// What the pack held.
    #[must_use]
    pub fn summary(&self) -> PackSummary {
        self.summary
    }

    /// Moves what the `accepted` commands reach into the store as one self-contained pack, then moves their references together.
    ///
    /// The references move only when each still is what the command says it was; objects that no accepted tip reaches stay behind.
    ///
    /// # Errors
    /// When a program or file fails, or a reference has moved; the store then has no reference to the new objects.
    pub fn migrate_to_store(&self, accepted: &[PushCommand]) -> Result<Migrated, ReceiveError> {
        let tips: Vec<(String, String)> = self
            .tips
            .iter()
            .filter(|(name, _)| accepted.iter().any(|command| command.reference == *name))
            .cloned()
            .collect();
        let migrated = if tips.is_empty() {
            Migrated {
                pack: None,
                objects: 0,
            }
        } else {
            self.move_pack(&tips)?
        };
        update_references(&self.quarantine.store, accepted)?;
        Ok(migrated)
    }

    fn move_pack(&self, tips: &[(String, String)]) -> Result<Migrated, ReceiveError> {
        let quarantine = &self.quarantine;
        let repository = quarantine.repository();
        let base = repository.join("out/pack");
        let mut command = command::git(Some(&repository));
        // Not --thin: no delta may stand on an object outside the pack.
        command
            .args([
                "pack-objects",
                "--revs",
                "--delta-base-offset",
                "--no-thin",
                "--quiet",
            ])
            .arg(&base);
        let printed = command::run_command(command, &quarantine.range(tips)?, quarantine.limits(1 << 16))?;
        let hash = String::from_utf8_lossy(&printed).trim().to_owned();
        if !serve::is_object_id(&hash) {
            return Err(ReceiveError::Read {
                what: "the name of the new pack".to_owned(),
                message: hash,
            });
        }
        let fault = |what: &'static str| {
            move |source| ReceiveError::Quarantine {
                what: what.to_owned(),
                source,
            }
        };
        let pack = repository.join(format!("out/pack-{hash}.pack"));
        let mut header = [0_u8; 12];
        File::open(&pack)
            .and_then(|mut file| file.read_exact(&mut header))
            .map_err(fault("reading the new pack"))?;
        let [.., b0, b1, b2, b3] = header;
        let objects = u64::from(u32::from_be_bytes([b0, b1, b2, b3]));
        if objects == 0 {
            return Ok(Migrated { pack: None, objects });
        }
        let folder = quarantine.store.join("objects/pack");
        fs::create_dir_all(&folder).map_err(fault("making the store's folder of packs"))?;
        // A pack counts only with its index, so the index comes last.
        for kind in ["pack", "rev", "idx"] {
            let from = repository.join(format!("out/pack-{hash}.{kind}"));
            if from.exists() {
                move_file(&from, &folder, &format!("pack-{hash}.{kind}"))
                    .map_err(fault("moving the pack into the store"))?;
            }
        }
        File::open(&folder)
            .and_then(|folder| folder.sync_all())
            .map_err(fault("syncing the store's folder of packs"))?;
        Ok(Migrated {
            pack: Some(folder.join(format!("pack-{hash}.pack"))),
            objects,
        })
    }
}

/// Moves the references of a store by `commands`, all or none, each only when it still is what the command says.
///
/// # Errors
/// When one has moved or a file cannot be written.
pub fn update_references(store: &Path, commands: &[PushCommand]) -> Result<(), ReceiveError> {
    const NONE: &str = "0000000000000000000000000000000000000000";
    if commands.is_empty() {
        return Ok(());
    }
    let mut input = String::from("start\n");
    for command in commands {
        let old = command.old.as_deref().unwrap_or(NONE);
        match &command.new {
            Some(new) => input.push_str(&format!("update {} {new} {old}\n", command.reference)),
            None => input.push_str(&format!("delete {} {old}\n", command.reference)),
        }
    }
    input.push_str("prepare\ncommit\n");
    let mut update = command::git(Some(store));
    update.args([
        "-c",
        "core.fsync=committed,reference",
        "update-ref",
        "--no-deref",
        "--stdin",
    ]);
    command::run_command(
        update,
        input.as_bytes(),
        Limits {
            time: std::time::Duration::from_secs(60),
            output: 1 << 20,
        },
    )?;
    Ok(())
}

/// Removes the quarantines that a crash left in `within` and tells how many; to be called when no push can be running.
///
/// # Errors
/// When the folder cannot be read or a quarantine not removed.
pub fn sweep(within: &Path) -> Result<usize, ReceiveError> {
    let fault = |source| ReceiveError::Quarantine {
        what: format!("sweeping {}", within.display()),
        source,
    };
    let listed = match fs::read_dir(within) {
        Ok(listed) => listed,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(fault(error)),
    };
    let mut removed = 0;
    for entry in listed {
        let entry = entry.map_err(fault)?;
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if ours && entry.file_type().map_err(fault)?.is_dir() {
            fs::remove_dir_all(entry.path()).map_err(fault)?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// The references of a repository below `prefix`, sorted by name.
///
/// # Errors
/// When they cannot be listed.
pub fn references(repository: &Path, prefix: &str) -> Result<Vec<(String, String)>, ReceiveError> {
    let limits = Limits {
        time: std::time::Duration::from_secs(60),
        output: 256 << 20,
    };
    let listed = command::run(
        Some(repository),
        &["for-each-ref", "--format=%(objectname) %(refname)", prefix],
        b"",
        limits,
    )?;
    Ok(String::from_utf8_lossy(&listed)
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(id, name)| (name.to_owned(), id.to_owned()))
        .collect())
}

fn move_file(from: &Path, folder: &Path, name: &str) -> std::io::Result<()> {
    let to = folder.join(name);
    if fs::rename(from, &to).is_ok() {
        return Ok(());
    }
    // On another file system: copy under a name that git does not read, then rename.
    let part = folder.join(format!("tmp_{name}"));
    fs::copy(from, &part)?;
    File::open(&part)?.sync_all()?;
    fs::rename(&part, &to)
}

/// Tells a missing object from other faults by what git says.
fn missing_or_broken(message: &str) -> ReceiveError {
    let missing = [
        "did not receive expected object",
        "missing blob object",
        "missing tree object",
        "missing commit object",
        "bad tree object",
        "bad object",
        "unresolved delta",
        "Could not read",
        "unable to read",
        "Failed to traverse parents",
        "revision walk setup failed",
        "bad parent",
    ];
    let message: String = crate::receive::tree::show(message.replace('\n', "; ").as_bytes());
    if missing.iter().any(|known| message.contains(known)) {
        let id = message
            .split(|c: char| !c.is_ascii_hexdigit())
            .find(|word| serve::is_object_id(word));
        return ReceiveError::Missing {
            object: id.unwrap_or("(not told)").to_owned(),
        };
    }
    ReceiveError::Broken { message }
}

/// Runs a command whose input is set, with limits on CPU, memory and time.
fn run_bounded(mut command: std::process::Command, limits: &ReceiveLimits) -> Result<(), GitCommandError> {
    let action = "index-pack".to_owned();
    let pipe = |source| GitCommandError::Pipe {
        action: "index-pack".to_owned(),
        source,
    };
    command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0);
    let mut child = command
        .spawn()
        .map_err(|source| GitCommandError::Start { source })?;
    if let Err(error) = serve::limit_process(child.id(), limits.cpu_seconds, limits.memory) {
        let _ = child.kill();
        let _ = child.wait();
        return Err(pipe(std::io::Error::other(error.to_string())));
    }
    let stderr = child.stderr.take();
    let reader = std::thread::spawn(move || stderr.map(serve::tail).unwrap_or_default());
    let deadline = Instant::now() + limits.time;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(pipe)? {
            break status;
        }
        if Instant::now() >= deadline {
            child.kill().map_err(pipe)?;
            child.wait().map_err(pipe)?;
            return Err(GitCommandError::Time {
                action,
                limit: limits.time,
            });
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    };
    let message = reader.join().unwrap_or_default();
    if status.success() {
        return Ok(());
    }
    Err(GitCommandError::Failed {
        action,
        code: status.code().unwrap_or(-1),
        message,
    })
}
