//! Writes objects into a repository as one pack: collected, put in order, indexed and checked by `git index-pack --strict`, then moved
//! into place.
//!
//! INVARIANT: nothing is visible in the repository before [`PackWriter::finish`]; a crash leaves only a file in `incoming/`.
//! The bytes of a pack follow from the set of its objects alone. An object may be a delta to the version before it at the same path,
//! which stands in the same pack: so a pack never refers to a base outside itself, and its sizes tell of nothing but its objects.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use entry::{Entries, Entry};
use gix_hash::{ObjectId, oid};
use gix_object::Kind;
use order::{Placed, order};
use ringfence_view::object::{ObjectError, ObjectSink, id_of};
use spool::{Reader, Spool};
use tempfile::NamedTempFile;

use crate::command::{GitCommandError, Limits, run};
use crate::objects::Objects;

mod delta;
mod entry;
mod order;
mod spool;

/// The longest chain of deltas: what a reader has to unpack for one object.
const DEEPEST: u8 = 20;
/// Smaller objects are whole: a delta would hardly be smaller.
const SMALLEST: usize = 64;
/// Larger objects are whole: two versions and a table of one are held in memory.
const LARGEST: usize = 16 << 20;

/// Why a pack could not be written.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The file system failed.
    #[error("writing a pack to {path} failed: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// git refused the pack.
    #[error("git refused the pack that was made: {0}")]
    Index(#[from] GitCommandError),
    /// An object could not be looked up or hashed.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// More objects than a pack can count.
    #[error("a pack cannot hold more than {} objects", u32::MAX)]
    TooMany,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Objects that were not there before.
    pub objects: u32,
    /// Bytes of the pack.
    pub bytes: u64,
}

/// Collects objects and writes those that the repository lacks as one pack.
#[derive(Debug)]
pub struct PackWriter {
    repository: PathBuf,
    known: Objects,
    spool: Option<Spool>,
}

impl PackWriter {
    /// Starts a pack for a bare repository; nothing is created before the first new object.
    pub(crate) fn new(repository: &Path) -> Result<Self, PackError> {
        Ok(Self {
            repository: repository.to_owned(),
            known: Objects::frozen(repository)?,
            spool: None,
        })
    }

    /// Indexes, checks and publishes the pack. Without new objects nothing happens.
    ///
    /// # Errors
    /// When git refuses an object (malformed, or one that refers to what is not there) or the disk fails.
    pub fn finish(mut self) -> Result<Written, PackError> {
        let Some(mut spool) = self.spool.take() else {
            return Ok(Written::default());
        };
        let incoming = self.repository.join("incoming");
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| PackError::Io { path, source }
        };
        let objects = u32::try_from(spool.list().len()).map_err(|_| PackError::TooMany)?;
        let mut file = tempfile::Builder::new()
            .prefix("new-")
            .suffix(".pack")
            .tempfile_in(&incoming)
            .map_err(io(&incoming))?;
        write_all(&mut spool, objects, &mut file).map_err(io(&incoming))?;
        // Gives its room back before git makes the index.
        drop(spool);
        let (checksum, bytes) = complete(file.as_file_mut()).map_err(io(&incoming))?;
        let pack = file.path().to_owned();
        let index = pack.with_extension("idx");
        let reverse = pack.with_extension("rev");
        let limits = Limits {
            time: Duration::from_secs(3_600),
            output: 1 << 16,
        };
        let arguments = [
            "index-pack".as_ref(),
            "--strict".as_ref(),
            "-o".as_ref(),
            index.as_os_str(),
            pack.as_os_str(),
        ];
        if let Err(error) = run(Some(&self.repository), &arguments, b"", limits) {
            // The pack itself goes with the temporary file.
            let _ = std::fs::remove_file(&index);
            let _ = std::fs::remove_file(&reverse);
            return Err(error.into());
        }
        let folder = self.repository.join("objects").join("pack");
        let target = folder.join(format!("pack-{checksum}.pack"));
        let (_, pack) = file.keep().map_err(|error| PackError::Io {
            path: incoming.clone(),
            source: error.error,
        })?;
        read_only(&pack).map_err(io(&pack))?;
        std::fs::rename(&pack, &target).map_err(io(&pack))?;
        if reverse.exists() {
            std::fs::rename(&reverse, target.with_extension("rev")).map_err(io(&reverse))?;
        }
        // git finds a pack by its index: that comes last.
        std::fs::rename(&index, target.with_extension("idx")).map_err(io(&index))?;
        File::open(&folder)
            .and_then(|folder| folder.sync_all())
            .map_err(io(&folder))?;
        Ok(Written { objects, bytes })
    }
}

impl ObjectSink for PackWriter {
    fn contains(&self, id: &oid) -> Result<bool, ObjectError> {
        let waits = self.spool.as_ref().is_some_and(|spool| spool.find(id).is_some());
        Ok(waits || self.known.exists(id))
    }

    fn write(&mut self, kind: Kind, data: &[u8]) -> Result<ObjectId, ObjectError> {
        let id = id_of(kind, data)?;
        if self.contains(&id)? {
            return Ok(id);
        }
        let put = match &mut self.spool {
            Some(spool) => spool.put(id, kind, data),
            none => Spool::open(&self.repository.join("incoming"))
                .and_then(|spool| none.insert(spool).put(id, kind, data)),
        };
        put.map_err(|error| ObjectError::Store {
            action: "writing an object to a pack",
            message: error.to_string(),
        })?;
        Ok(id)
    }
}

/// What is known of an object that stands in the pack.
#[derive(Clone, Copy, Default)]
struct Standing {
    start: u64,
    /// Deltas to be applied until it is whole.
    depth: u8,
}

/// Writes all entries in their order.
fn write_all(spool: &mut Spool, objects: u32, file: &mut NamedTempFile) -> std::io::Result<()> {
    let mut reader = spool.reader()?;
    let order = order(&mut reader)?;
    let mut file = BufWriter::with_capacity(1 << 18, file);
    file.write_all(b"PACK\0\0\0\x02")?;
    file.write_all(&objects.to_be_bytes())?;
    let mut at = 12_u64;
    let mut standing = vec![Standing::default(); order.len()];
    let mut entries = Entries::new();
    let mut delta = Vec::new();
    for placed in order {
        let kind = reader.waiting(placed.object)?.kind;
        let data = reader.read(placed.object)?;
        let base = delta_of(&placed, &data, &standing, &mut reader, &mut delta)?;
        let (entry, depth) = match base {
            Some(base) => {
                let back = at.saturating_sub(base.start);
                (Entry::Delta { back, delta: &delta }, base.depth.saturating_add(1))
            }
            None => (Entry::Whole(kind, &data), 0),
        };
        let length = entries.write(entry, &mut file)?;
        if let Some(place) = standing.get_mut(placed.object) {
            *place = Standing { start: at, depth };
        }
        at = at.saturating_add(length);
    }
    file.flush()
}

/// Makes the delta of an object, if it may have one and it is worth it; gives the base.
fn delta_of(
    placed: &Placed,
    data: &[u8],
    standing: &[Standing],
    reader: &mut Reader<'_>,
    delta: &mut Vec<u8>,
) -> std::io::Result<Option<Standing>> {
    let Some(predecessor) = placed.predecessor else {
        return Ok(None);
    };
    let base = standing.get(predecessor).copied().unwrap_or_default();
    let length = reader.waiting(predecessor)?.length;
    let may = base.start > 0
        && base.depth < DEEPEST
        && data.len() >= SMALLEST
        && data.len() <= LARGEST
        && length <= LARGEST;
    if !may {
        return Ok(None);
    }
    let before = reader.read(predecessor)?;
    Ok(delta::encode(&before, data, data.len() / 2, delta).then_some(base))
}

/// Puts in the trailing checksum; returns it and the size.
fn complete(file: &mut File) -> std::io::Result<(ObjectId, u64)> {
    file.seek(SeekFrom::Start(0))?;
    let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
    let mut buffer = vec![0_u8; 1 << 16];
    let mut bytes = 0_u64;
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        hasher.update(buffer.get(..count).unwrap_or_default());
        bytes = bytes.saturating_add(u64::try_from(count).unwrap_or(0));
    }
    let checksum = hasher
        .try_finalize()
        .map_err(|error| std::io::Error::other(error.to_string()))?;
    file.write_all(checksum.as_slice())?;
    file.sync_all()?;
    Ok((checksum, bytes.saturating_add(20)))
}

pub(crate) fn read_only(path: &Path) -> std::io::Result<()> {
    let mut permissions = std::fs::metadata(path)?.permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(path, permissions)
}
