//! Git objects as values: where they come from, where they go, how trees and commits read and are written.
//!
//! INVARIANT: nothing here does I/O; sources and sinks are traits. Trees are always encoded in canonical form (sorted, plain modes).

use gix_hash::oid;
use gix_object::TreeRefIter;

pub use gix_hash::ObjectId;
pub use gix_object::{Kind, tree::EntryKind};

mod commit;
mod memory;
pub use commit::{CommitText, Stamp, split_signature};
pub use memory::MemoryObjects;

/// The identity that stands for the owner's engineers in every view commit.
pub const ROLE_NAME: &str = "Owner";
/// The address that stands for the owner's engineers in every view commit.
pub const ROLE_EMAIL: &str = "owner@ringfence.invalid";
/// The message of every view commit under the message policy `neutral`.
pub const NEUTRAL_MESSAGE: &str = "Update\n";

/// Why an object could not be had or written.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// It is not there.
    #[error("object {id} is missing")]
    Missing {
        /// The object.
        id: ObjectId,
    },
    /// It is of another kind.
    #[error("object {id} is a {found}, not a {expected}")]
    Kind {
        /// The object.
        id: ObjectId,
        /// What was asked for.
        expected: Kind,
        /// What it is.
        found: Kind,
    },
    /// It does not read as what it is.
    #[error("object {id} is malformed: {problem}")]
    Malformed {
        /// The object.
        id: ObjectId,
        /// What is wrong.
        problem: String,
    },
    /// It is past the bound for one object.
    #[error("object {id} has {size} bytes; the most is {limit}")]
    TooLarge {
        /// The object.
        id: ObjectId,
        /// Its size in bytes.
        size: u64,
        /// The bound in bytes.
        limit: u64,
    },
    /// The store failed.
    #[error("{action} failed: {message}")]
    Store {
        /// What was tried.
        action: &'static str,
        /// Why.
        message: String,
    },
}

/// One object, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// Its bytes without header.
    pub data: Vec<u8>,
}

/// Where objects are read from.
pub trait ObjectSource {
    /// Reads an object, none when it is not there.
    ///
    /// # Errors
    /// When the store fails or the object is past its bound.
    fn read(&self, id: &oid) -> Result<Option<Object>, ObjectError>;

    /// Tells kind and size of an object without reading it, none when it is not there.
    ///
    /// # Errors
    /// When the store fails.
    fn header(&self, id: &oid) -> Result<Option<(Kind, u64)>, ObjectError>;
}

/// Where objects are written to.
pub trait ObjectSink {
    /// Says whether the object, and everything it reaches, is there already.
    ///
    /// # Errors
    /// When the store fails.
    fn contains(&self, id: &oid) -> Result<bool, ObjectError>;

    /// Writes an object (nothing happens when it is there) and returns its id.
    ///
    /// # Errors
    /// When the store fails.
    fn write(&mut self, kind: Kind, data: &[u8]) -> Result<ObjectId, ObjectError>;
}

/// Reads an object that must be there and of this kind.
///
/// # Errors
/// When it is missing, of another kind, or the store fails.
pub fn read_as<S: ObjectSource + ?Sized>(
    source: &S,
    id: &oid,
    expected: Kind,
) -> Result<Vec<u8>, ObjectError> {
    let object = source
        .read(id)?
        .ok_or_else(|| ObjectError::Missing { id: id.to_owned() })?;
    if object.kind == expected {
        Ok(object.data)
    } else {
        Err(ObjectError::Kind {
            id: id.to_owned(),
            expected,
            found: object.kind,
        })
    }
}

/// Computes the id that an object has.
///
/// # Errors
/// When the bytes are a known SHA-1 collision attack.
pub fn id_of(kind: Kind, data: &[u8]) -> Result<ObjectId, ObjectError> {
    gix_object::compute_hash(gix_hash::Kind::Sha1, kind, data).map_err(|error| ObjectError::Store {
        action: "hashing an object",
        message: error.to_string(),
    })
}

/// One entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeEntry {
    /// Its name, any bytes but zero and slash.
    pub name: Vec<u8>,
    /// File, executable, symlink, folder or submodule.
    pub kind: EntryKind,
    /// What it points at.
    pub id: ObjectId,
}

/// Parses the bytes of a tree.
///
/// # Errors
/// When they are malformed; names the tree.
pub fn parse_tree(id: &oid, data: &[u8]) -> Result<Vec<TreeEntry>, ObjectError> {
    TreeRefIter::from_bytes(data, gix_hash::Kind::Sha1)
        .map(|entry| {
            let entry = entry.map_err(|error| ObjectError::Malformed {
                id: id.to_owned(),
                problem: error.to_string(),
            })?;
            Ok(TreeEntry {
                name: entry.filename.to_vec(),
                kind: entry.mode.kind(),
                id: entry.oid.to_owned(),
            })
        })
        .collect()
}

/// Encodes a tree in canonical form, sorting the entries.
#[must_use]
pub fn encode_tree(entries: &mut [TreeEntry]) -> Vec<u8> {
    entries.sort_by(|a, b| {
        gix_object::tree::name_order(
            &a.name,
            a.kind == EntryKind::Tree,
            &b.name,
            b.kind == EntryKind::Tree,
        )
    });
    let mut data = Vec::with_capacity(
        entries
            .iter()
            .map(|entry| entry.name.len().saturating_add(28))
            .sum(),
    );
    for entry in entries {
        data.extend_from_slice(entry.kind.as_octal_str());
        data.push(b' ');
        data.extend_from_slice(&entry.name);
        data.push(0);
        data.extend_from_slice(entry.id.as_slice());
    }
    data
}

/// What the projection needs of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitFacts {
    /// Its tree.
    pub tree: ObjectId,
    /// Its parents in order.
    pub parents: Vec<ObjectId>,
    /// When it was committed, in seconds since 1970.
    pub committed_at: i64,
    /// Its message.
    pub message: Vec<u8>,
}

/// Reads tree, parents, time and message of a commit.
///
/// # Errors
/// When it is missing, no commit, or malformed.
pub fn read_commit<S: ObjectSource + ?Sized>(source: &S, id: &oid) -> Result<CommitFacts, ObjectError> {
    let commit = CommitText::read(id, &read_as(source, id, Kind::Commit)?)?;
    Ok(CommitFacts {
        tree: commit.tree,
        parents: commit.parents,
        committed_at: commit.committer.seconds,
        message: commit.message,
    })
}

/// Who made a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
}

impl Identity {
    /// The role that stands for the owner's engineers.
    #[must_use]
    pub fn owner_role() -> Self {
        Self {
            name: ROLE_NAME.to_owned(),
            email: ROLE_EMAIL.to_owned(),
        }
    }
}

/// A commit to be written; author and committer are the same, in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCommit {
    /// Its tree.
    pub tree: ObjectId,
    /// Its parents in order.
    pub parents: Vec<ObjectId>,
    /// Author and committer.
    pub identity: Identity,
    /// The time in seconds since 1970; what git cannot hold becomes the nearest it can.
    pub seconds: i64,
    /// The message, ending in a line break.
    pub message: String,
}

/// Encodes a commit; the same input always gives the same bytes.
#[must_use]
pub fn encode_commit(commit: &NewCommit) -> Vec<u8> {
    CommitText::from(commit).encode()
}
