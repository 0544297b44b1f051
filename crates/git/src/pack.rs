//! Writes objects into a repository as one pack: collected, indexed and checked by `git index-pack --strict`, then moved into place.
//!
//! INVARIANT: nothing is visible in the repository before [`PackWriter::finish`]; a crash leaves only a file in `incoming/`.
//! Every entry is whole (no deltas), so a pack never refers to a base outside itself.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::{Compress, Compression, FlushCompress, Status};
use gix_hash::{ObjectId, oid};
use gix_object::Kind;
use ringfence_view::object::{ObjectError, ObjectSink, id_of};
use tempfile::NamedTempFile;

use crate::command::{GitCommandError, Limits, run};
use crate::objects::Objects;

/// zlib level: objects are compressed once and sent many times, but a first projection is waited for.
const COMPRESSION: u32 = 3;

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
    written: HashSet<ObjectId>,
    open: Option<BufWriter<NamedTempFile>>,
    deflate: Deflate,
}

/// One compressor for all entries: setting one up costs more than deflating a small object.
struct Deflate {
    state: Compress,
    out: Vec<u8>,
}

impl std::fmt::Debug for Deflate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deflate").finish_non_exhaustive()
    }
}

impl Deflate {
    fn new() -> Self {
        Self {
            state: Compress::new(Compression::new(COMPRESSION), true),
            out: Vec::new(),
        }
    }

    /// The whole zlib stream of `data`.
    fn all(&mut self, data: &[u8]) -> std::io::Result<&[u8]> {
        self.state.reset();
        self.out.clear();
        loop {
            let done = usize::try_from(self.state.total_in()).unwrap_or(usize::MAX);
            // What is left hardly grows; an eighth and a little more holds nearly every object at once.
            self.out
                .reserve((data.len().saturating_sub(done) / 8).max(1 << 12));
            let rest = data.get(done..).unwrap_or_default();
            match self
                .state
                .compress_vec(rest, &mut self.out, FlushCompress::Finish)
            {
                Ok(Status::StreamEnd) => return Ok(&self.out),
                Ok(Status::Ok | Status::BufError) => {}
                Err(error) => return Err(std::io::Error::other(error)),
            }
        }
    }
}

impl PackWriter {
    /// Starts a pack for a bare repository; nothing is created before the first new object.
    pub(crate) fn new(repository: &Path) -> Result<Self, PackError> {
        Ok(Self {
            repository: repository.to_owned(),
            known: Objects::frozen(repository)?,
            written: HashSet::new(),
            open: None,
            deflate: Deflate::new(),
        })
    }

    /// Indexes, checks and publishes the pack. Without new objects nothing happens.
    ///
    /// # Errors
    /// When git refuses an object (malformed, or one that refers to what is not there) or the disk fails.
    pub fn finish(mut self) -> Result<Written, PackError> {
        let Some(open) = self.open.take() else {
            return Ok(Written::default());
        };
        let incoming = self.repository.join("incoming");
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| PackError::Io { path, source }
        };
        let objects = u32::try_from(self.written.len()).map_err(|_| PackError::TooMany)?;
        let mut file = open.into_inner().map_err(|error| PackError::Io {
            path: incoming.clone(),
            source: error.into_error(),
        })?;
        let (checksum, bytes) = complete(file.as_file_mut(), objects).map_err(io(&incoming))?;
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

    fn open(&mut self) -> std::io::Result<()> {
        if self.open.is_none() {
            let incoming = self.repository.join("incoming");
            std::fs::create_dir_all(&incoming)?;
            let file = tempfile::Builder::new()
                .prefix("new-")
                .suffix(".pack")
                .tempfile_in(&incoming)?;
            let mut file = BufWriter::with_capacity(1 << 16, file);
            // The count is put in when it is known.
            file.write_all(b"PACK\0\0\0\x02\0\0\0\0")?;
            self.open = Some(file);
        }
        Ok(())
    }
}

impl ObjectSink for PackWriter {
    fn contains(&self, id: &oid) -> Result<bool, ObjectError> {
        Ok(self.written.contains(id) || self.known.exists(id))
    }

    fn write(&mut self, kind: Kind, data: &[u8]) -> Result<ObjectId, ObjectError> {
        let id = id_of(kind, data)?;
        if self.contains(&id)? {
            return Ok(id);
        }
        let failed = |error: std::io::Error| ObjectError::Store {
            action: "writing an object to a pack",
            message: error.to_string(),
        };
        self.open().map_err(failed)?;
        if let Some(file) = &mut self.open {
            write_header(file, kind, data.len()).map_err(failed)?;
            let stream = self.deflate.all(data).map_err(failed)?;
            file.write_all(stream).map_err(failed)?;
        }
        self.written.insert(id);
        Ok(id)
    }
}

fn write_header(file: &mut impl Write, kind: Kind, size: usize) -> std::io::Result<()> {
    let type_bits: u8 = match kind {
        Kind::Commit => 1,
        Kind::Tree => 2,
        Kind::Blob => 3,
        Kind::Tag => 4,
    };
    // First byte: more-follows, three bits of type, four of size; then seven bits of size each.
    let mut size = size;
    let low = |bits: usize, mask: usize| u8::try_from(bits & mask).unwrap_or(0);
    let mut byte = (type_bits << 4) | low(size, 0x0f);
    size >>= 4;
    while size > 0 {
        file.write_all(&[byte | 0x80])?;
        byte = low(size, 0x7f);
        size >>= 7;
    }
    file.write_all(&[byte])
}

/// Puts in the count and the trailing checksum; returns the checksum and the size.
fn complete(file: &mut File, objects: u32) -> std::io::Result<(ObjectId, u64)> {
    file.seek(SeekFrom::Start(8))?;
    file.write_all(&objects.to_be_bytes())?;
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
