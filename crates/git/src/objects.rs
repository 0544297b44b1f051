//! Reads objects of one repository on disk by `gix`; shared by every kind of store, bounded in size, usable from several threads.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use gix::odb::Header as _;
use gix_hash::{ObjectId, oid};
use gix_object::{Exists as _, Find as _, Kind};
use recent::Recent;
use ringfence_view::object::{Object, ObjectError};

mod recent;

/// The largest object that is read whole into memory.
pub const LARGEST_OBJECT: u64 = 1 << 30;

/// What unpacking one object may take: twice the largest, as a delta and its base are held together, and the deltas.
const MOST_MEMORY: u64 = 3 * LARGEST_OBJECT;

/// The objects of one repository.
pub(crate) struct Objects {
    path: PathBuf,
    handle: Mutex<gix::odb::Handle>,
}

impl std::fmt::Debug for Objects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Objects")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Objects {
    /// Opens the objects of a bare repository.
    pub(crate) fn open(repository: &Path) -> Result<Self, ObjectError> {
        let path = repository.join("objects");
        let options = gix::odb::store::init::Options {
            alloc_limit_bytes: usize::try_from(MOST_MEMORY).ok(),
            ..Default::default()
        };
        let none = std::iter::empty();
        let mut handle = gix::odb::at_opts(&path, gix_hash::Kind::Sha1, none, options).map_err(|error| {
            ObjectError::Store {
                action: "opening an object store",
                message: format!("{}: {error}", path.display()),
            }
        })?;
        handle.set_pack_cache(|| Box::new(Recent::default()));
        Ok(Self {
            path,
            handle: Mutex::new(handle),
        })
    }

    /// Opens a second handle that never looks at the disk again for an object it does not know.
    pub(crate) fn frozen(repository: &Path) -> Result<Self, ObjectError> {
        let objects = Self::open(repository)?;
        objects.lock().refresh_never();
        Ok(objects)
    }

    fn lock(&self) -> MutexGuard<'_, gix::odb::Handle> {
        // A reader that panicked leaves the handle usable: it holds no half-made state of ours.
        self.handle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn header(&self, id: &oid) -> Result<Option<(Kind, u64)>, ObjectError> {
        let found = self
            .lock()
            .try_header(id)
            .map_err(|error| self.failed(id, &error.to_string()))?;
        Ok(found.map(|header| (header.kind(), header.size())))
    }

    pub(crate) fn read(&self, id: &oid) -> Result<Option<Object>, ObjectError> {
        let mut data = Vec::new();
        let found = self
            .lock()
            .try_find(id, &mut data)
            .map(|found| found.map(|found| found.kind))
            .map_err(|error| error.to_string());
        // To ask for the size before means to walk the chain of deltas twice; so the memory is bounded, and the size is asked for after.
        let size = u64::try_from(data.len()).unwrap_or(u64::MAX);
        match found {
            Ok(kind) if size <= LARGEST_OBJECT => Ok(kind.map(|kind| Object { kind, data })),
            refused => match self.header(id)? {
                Some((_, size)) if size > LARGEST_OBJECT => Err(ObjectError::TooLarge {
                    id: id.to_owned(),
                    size,
                    limit: LARGEST_OBJECT,
                }),
                _ => Err(self.failed(id, &refused.err().unwrap_or_default())),
            },
        }
    }

    pub(crate) fn exists(&self, id: &oid) -> bool {
        self.lock().exists(id)
    }

    fn failed(&self, id: &oid, error: &str) -> ObjectError {
        ObjectError::Store {
            action: "reading an object",
            message: format!("{} in {}: {error}", ObjectId::from(id), self.path.display()),
        }
    }
}
