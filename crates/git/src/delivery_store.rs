//! Delivery stores: one closed bare repository for each view and recipient. The object store is the boundary.
//!
//! INVARIANT: a `DeliveryStore` has no way to reach the owner's objects: no alternates, no shared folder, a pinned configuration.
//! What is in it was put there by a projection, by an accepted quarantine, or as a receipt; any object in it may be fetched by id.
//! Refs move last and together: a crash before that leaves objects that nothing names, which the same projection names again.
//!
//! Refuses names that could leave the folder, stores that lend objects from elsewhere, and moves of refs that someone else moved.

use std::path::{Path, PathBuf};

use gix_hash::{ObjectId, oid};
use gix_object::Kind;
use ringfence_view::object::{
    EntryKind, Identity, NewCommit, Object, ObjectError, ObjectSource, TreeEntry, encode_commit, encode_tree,
    parse_tree, read_as, read_commit,
};

use crate::command::{GitCommandError, Limits, run};
use crate::loose;
use crate::objects::Objects;
use crate::pack::{PackError, PackWriter, Written};

mod layout;
pub use layout::{NameError, check_branch, check_name};

/// The ref that holds the receipts.
pub const RECEIPTS: &str = "refs/ringfence/receipts";

/// After so many receipts their objects are gathered into a pack.
const GATHERED: u64 = 64;

/// Why a delivery store could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A name that is no plain name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// There is no such store.
    #[error("no delivery store at {path}", path = path.display())]
    Missing {
        /// Where it would be.
        path: PathBuf,
    },
    /// There is one already.
    #[error("a delivery store is already at {path}", path = path.display())]
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// It lends objects from elsewhere or is configured otherwise than made.
    #[error("the delivery store at {path} was tampered with: {problem}; nothing is served from it", path = path.display())]
    Tampered {
        /// Where.
        path: PathBuf,
        /// What is wrong.
        problem: &'static str,
    },
    /// The file system failed.
    #[error("{action} {path} failed: {source}", path = path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// git failed.
    #[error(transparent)]
    Git(#[from] GitCommandError),
    /// Refs could not be read.
    #[error(transparent)]
    Refs(#[from] crate::serve::ServeError),
    /// A pack could not be written.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// An object could not be had.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// Another writer moved the ref, or moves it now.
    #[error("{name} is not what it was: another writer moved it; nothing was written to it")]
    Moved {
        /// The name.
        name: String,
    },
    /// A ref name that git refuses or that would break out of a command.
    #[error("{name:?} is no ref name")]
    Ref {
        /// The name.
        name: String,
    },
}

/// What a ref must be before it moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// Anything.
    Any,
    /// Not there.
    Absent,
    /// Exactly this.
    Is(ObjectId),
}

/// One move of a ref.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefUpdate {
    /// Full name.
    pub name: String,
    /// What it must be now.
    pub before: Before,
    /// What it becomes; none deletes it.
    pub after: Option<ObjectId>,
}

/// How much a store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Commits that the tracked branch reaches.
    pub commits: u64,
    /// Objects in packs and loose.
    pub objects: u64,
    /// Bytes on disk of packs and loose objects, in units of 1,024 rounded down.
    pub bytes: u64,
}

/// The closed repository of one view and recipient.
#[derive(Debug)]
pub struct DeliveryStore {
    path: PathBuf,
    generation: u32,
    branch: String,
    objects: Objects,
}

impl DeliveryStore {
    /// The folder of a store below the folder of all stores.
    ///
    /// # Errors
    /// When a name is refused.
    pub fn path_of(stores: &Path, view: &str, recipient: &str) -> Result<PathBuf, StoreError> {
        check_name(view)?;
        check_name(recipient)?;
        Ok(stores.join(view).join(format!("{recipient}.git")))
    }

    /// Makes the first generation of a store, whose HEAD is `branch`.
    ///
    /// # Errors
    /// When a name is refused, it exists already, or the disk fails.
    pub fn create(stores: &Path, view: &str, recipient: &str, branch: &str) -> Result<Self, StoreError> {
        let path = Self::path_of(stores, view, recipient)?;
        if path.exists() {
            return Err(StoreError::Exists { path });
        }
        let building = Self::building_path(stores, view, recipient, 1)?;
        layout::make(&building, branch, 1)?;
        rename(&building, &path)?;
        Self::open(stores, view, recipient)
    }

    /// Opens a store and checks that it is closed.
    ///
    /// # Errors
    /// When a name is refused, there is none, or it is not as it was made.
    pub fn open(stores: &Path, view: &str, recipient: &str) -> Result<Self, StoreError> {
        Self::open_at(Self::path_of(stores, view, recipient)?)
    }

    /// Makes the next generation beside the present one; it is not served before [`Self::publish_generation`].
    ///
    /// # Errors
    /// When there is no present store or the disk fails.
    pub fn create_next(stores: &Path, view: &str, recipient: &str, branch: &str) -> Result<Self, StoreError> {
        let present = Self::open(stores, view, recipient)?;
        let generation = present.generation.saturating_add(1);
        let building = Self::building_path(stores, view, recipient, generation)?;
        if building.exists() {
            // What a crash left behind was never served.
            remove(&building)?;
        }
        layout::make(&building, branch, generation)?;
        Self::open_at(building)
    }

    /// Opens the next generation as an earlier [`Self::create_next`] left it, to finish what a crash broke off.
    ///
    /// # Errors
    /// When a name is refused, there is none, or it is not as it was made.
    pub fn open_next(stores: &Path, view: &str, recipient: &str) -> Result<Self, StoreError> {
        let present = Self::open(stores, view, recipient)?;
        let generation = present.generation.saturating_add(1);
        Self::open_at(Self::building_path(stores, view, recipient, generation)?)
    }

    /// Puts this generation in the place of the present one, in one step, and deletes the old one.
    ///
    /// # Errors
    /// When this is the present one already or the disk fails.
    pub fn publish_generation(self, stores: &Path, view: &str, recipient: &str) -> Result<Self, StoreError> {
        let present = Self::path_of(stores, view, recipient)?;
        if self.path == present {
            return Err(StoreError::Exists { path: present });
        }
        rustix::fs::renameat_with(
            rustix::fs::CWD,
            &self.path,
            rustix::fs::CWD,
            &present,
            rustix::fs::RenameFlags::EXCHANGE,
        )
        .map_err(|error| StoreError::Io {
            action: "publishing",
            path: present.clone(),
            source: error.into(),
        })?;
        // Now the old one lies where this one was built.
        remove(&self.path)?;
        Self::open_at(present)
    }

    /// The bare repository, for serving.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number of this generation, from 1.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// The tracked branch, without `refs/heads/`.
    #[must_use]
    pub fn branch(&self) -> &str {
        &self.branch
    }

    /// Starts collecting objects.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn pack_writer(&self) -> Result<PackWriter, StoreError> {
        Ok(PackWriter::new(&self.path)?)
    }

    /// Publishes the collected objects, then moves the refs, all or none.
    ///
    /// # Errors
    /// When git refuses an object or a ref is not what it must be; then no ref has moved.
    pub fn publish(&self, writer: PackWriter, updates: &[RefUpdate]) -> Result<Written, StoreError> {
        let written = writer.finish()?;
        self.update_refs(updates)?;
        Ok(written)
    }

    /// Moves refs, all or none.
    ///
    /// # Errors
    /// When a name is refused or a ref is not what it must be.
    pub fn update_refs(&self, updates: &[RefUpdate]) -> Result<(), StoreError> {
        update_refs(&self.path, updates)
    }

    /// All refs with their targets, sorted by name.
    ///
    /// # Errors
    /// When git fails.
    pub fn refs(&self) -> Result<Vec<(String, ObjectId)>, StoreError> {
        refs(&self.path)
    }

    /// The commit that a full ref name stands on.
    ///
    /// # Errors
    /// When git fails.
    pub fn find_ref(&self, name: &str) -> Result<Option<ObjectId>, StoreError> {
        target(&self.path, name)
    }

    /// Whether any of these ids, in hexadecimal, is an object of the store.
    #[must_use]
    pub fn holds_any(&self, ids: &[String]) -> bool {
        ids.iter()
            .filter_map(|id| ObjectId::from_hex(id.as_bytes()).ok())
            .any(|id| matches!(self.objects.header(&id), Ok(Some(_))))
    }

    /// The tip of the tracked branch, none before the first projection.
    ///
    /// # Errors
    /// When git fails.
    pub fn tip(&self) -> Result<Option<ObjectId>, StoreError> {
        self.find_ref(&format!("refs/heads/{}", self.branch))
    }

    /// Counts commits, objects and bytes.
    ///
    /// # Errors
    /// When git fails.
    pub fn statistics(&self) -> Result<Statistics, StoreError> {
        let limits = Limits {
            output: 1 << 16,
            ..Limits::default()
        };
        let counted = run(Some(&self.path), &["count-objects", "-v"], b"", limits)?;
        let counted = String::from_utf8_lossy(&counted).into_owned();
        let value = |key: &str| -> u64 {
            counted
                .lines()
                .filter_map(|line| line.split_once(": "))
                .find(|(name, _)| *name == key)
                .and_then(|(_, value)| value.trim().parse().ok())
                .unwrap_or(0)
        };
        let commits = match self.tip()? {
            Some(tip) => {
                let printed = run(
                    Some(&self.path),
                    &["rev-list", "--count", &tip.to_string()],
                    b"",
                    limits,
                )?;
                String::from_utf8_lossy(&printed).trim().parse().unwrap_or(0)
            }
            None => 0,
        };
        Ok(Statistics {
            commits,
            objects: value("count").saturating_add(value("in-pack")),
            bytes: value("size")
                .saturating_add(value("size-pack"))
                .saturating_mul(1_024),
        })
    }

    /// Appends a receipt as `receipts/<n>.json` (from 1) to [`RECEIPTS`] and returns its number and commit. Starts no program but once
    /// in [`GATHERED`] times.
    ///
    /// # Errors
    /// When an object cannot be had or written, or another writer moved the ref.
    pub fn append_receipt(&self, json: &[u8], seconds: i64) -> Result<(u64, ObjectId), StoreError> {
        let before = self.find_ref(RECEIPTS)?;
        let mut entries = match before {
            Some(tip) => self.receipt_entries(&tip)?,
            None => Vec::new(),
        };
        let number = u64::try_from(entries.len()).unwrap_or(u64::MAX).saturating_add(1);
        let id = loose::write(&self.path, Kind::Blob, json)?;
        let name = format!("{number}.json").into_bytes();
        entries.push(TreeEntry {
            name,
            kind: EntryKind::Blob,
            id,
        });
        let folder = loose::write(&self.path, Kind::Tree, &encode_tree(&mut entries))?;
        let mut root = [TreeEntry {
            name: b"receipts".to_vec(),
            kind: EntryKind::Tree,
            id: folder,
        }];
        let tree = loose::write(&self.path, Kind::Tree, &encode_tree(&mut root))?;
        let commit = NewCommit {
            tree,
            parents: before.into_iter().collect(),
            identity: Identity {
                name: "Ringfence".to_owned(),
                email: "gate@ringfence.invalid".to_owned(),
            },
            seconds,
            message: format!("Receipt {number}\n"),
        };
        let commit = loose::write(&self.path, Kind::Commit, &encode_commit(&commit))?;
        loose::move_ref(
            &self.path,
            RECEIPTS,
            before.map_or(Before::Absent, Before::Is),
            commit,
        )?;
        if number.is_multiple_of(GATHERED) {
            loose::gather(&self.path)?;
        }
        Ok((number, commit))
    }

    /// The bytes of one receipt, none when there is no such number.
    ///
    /// # Errors
    /// When an object cannot be had.
    pub fn receipt(&self, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(tip) = self.find_ref(RECEIPTS)? else {
            return Ok(None);
        };
        let name = format!("{number}.json").into_bytes();
        match self
            .receipt_entries(&tip)?
            .into_iter()
            .find(|entry| entry.name == name)
        {
            Some(entry) => Ok(Some(read_as(self, &entry.id, Kind::Blob)?)),
            None => Ok(None),
        }
    }

    fn receipt_entries(&self, tip: &ObjectId) -> Result<Vec<TreeEntry>, StoreError> {
        let tree = read_commit(self, tip)?.tree;
        let root = parse_tree(&tree, &read_as(self, &tree, Kind::Tree)?)?;
        match root.into_iter().find(|entry| entry.name == b"receipts") {
            Some(folder) => Ok(parse_tree(&folder.id, &read_as(self, &folder.id, Kind::Tree)?)?),
            None => Ok(Vec::new()),
        }
    }

    fn building_path(
        stores: &Path,
        view: &str,
        recipient: &str,
        generation: u32,
    ) -> Result<PathBuf, StoreError> {
        check_name(view)?;
        check_name(recipient)?;
        Ok(stores
            .join(view)
            .join(format!(".{recipient}.{generation}.building")))
    }

    fn open_at(path: PathBuf) -> Result<Self, StoreError> {
        let (generation, branch) = layout::check(&path)?;
        let objects = Objects::open(&path)?;
        Ok(Self {
            path,
            generation,
            branch,
            objects,
        })
    }
}

impl ObjectSource for DeliveryStore {
    fn read(&self, id: &oid) -> Result<Option<Object>, ObjectError> {
        self.objects.read(id)
    }

    fn header(&self, id: &oid) -> Result<Option<(Kind, u64)>, ObjectError> {
        self.objects.header(id)
    }
}

/// Moves refs of a repository, all or none.
pub(crate) fn update_refs(repository: &Path, updates: &[RefUpdate]) -> Result<(), StoreError> {
    if updates.is_empty() {
        return Ok(());
    }
    let mut commands = String::from("start\n");
    for update in updates {
        let plain =
            update.name.starts_with("refs/") && check_branch(update.name.trim_start_matches("refs/")).is_ok();
        if !plain {
            return Err(StoreError::Ref {
                name: update.name.clone(),
            });
        }
        let name = &update.name;
        let line = match (update.after, update.before) {
            (Some(after), Before::Any) => format!("update {name} {after}\n"),
            (Some(after), Before::Absent) => format!("create {name} {after}\n"),
            (Some(after), Before::Is(before)) => format!("update {name} {after} {before}\n"),
            (None, Before::Is(before)) => format!("delete {name} {before}\n"),
            (None, Before::Any) => format!("delete {name}\n"),
            (None, Before::Absent) => continue,
        };
        commands.push_str(&line);
    }
    commands.push_str("prepare\ncommit\n");
    run(
        Some(repository),
        &["update-ref", "--stdin"],
        commands.as_bytes(),
        Limits::default(),
    )?;
    Ok(())
}

/// Lists the refs of a repository, sorted by name.
pub(crate) fn refs(repository: &Path) -> Result<Vec<(String, ObjectId)>, StoreError> {
    Ok(crate::refs::list(repository)?
        .into_iter()
        .filter_map(|(name, id)| Some((name, ObjectId::from_hex(id.as_bytes()).ok()?)))
        .collect())
}

/// The target of one ref.
pub(crate) fn target(repository: &Path, name: &str) -> Result<Option<ObjectId>, StoreError> {
    let found = crate::serve::reference(repository, name)?;
    Ok(found.and_then(|id| ObjectId::from_hex(id.as_bytes()).ok()))
}

fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    std::fs::rename(from, to).map_err(|source| StoreError::Io {
        action: "putting in place",
        path: to.to_owned(),
        source,
    })
}

fn remove(path: &Path) -> Result<(), StoreError> {
    std::fs::remove_dir_all(path).map_err(|source| StoreError::Io {
        action: "deleting",
        path: path.to_owned(),
        source,
    })
}
