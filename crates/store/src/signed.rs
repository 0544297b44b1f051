//! The file `signed-sizes`: for each log the largest size that was ever signed, kept outside the database.
//!
//! A database restored from a backup is shorter than what was signed; going on would sign two different trees of one size.
//! So the size is noted here, durably, **before** a checkpoint of that size leaves, and compared at the start.
//!
//! // INVARIANT: a size never goes down; writers of several processes take turns by a lock.
//! The format: the line `ringfence signed-sizes 1`, then `<size> <origin>` for each log, sorted by origin.

use crate::log::{self, LogName};
use crate::{Database, StoreError};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

const FIRST_LINE: &str = "ringfence signed-sizes 1";

/// Remembers signed sizes in a home.
#[derive(Debug, Clone)]
pub struct SignedSizes {
    home: PathBuf,
}

impl SignedSizes {
    /// Names the file of a home; nothing is read yet.
    pub fn new(home: &Path) -> Self {
        Self {
            home: home.to_owned(),
        }
    }

    fn path(&self) -> PathBuf {
        self.home.join("signed-sizes")
    }

    /// Reads all sizes; empty when nothing was signed yet.
    pub fn all(&self) -> Result<BTreeMap<LogName, u64>, StoreError> {
        let path = self.path();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(source) => return Err(StoreError::file(path, source)),
        };
        let damaged = |detail: String| StoreError::Damaged {
            path: path.clone(),
            detail,
        };
        let mut lines = text.lines();
        if lines.next() != Some(FIRST_LINE) {
            return Err(damaged(format!("the first line is not `{FIRST_LINE}`")));
        }
        lines
            .map(|line| {
                let (size, origin) = line
                    .split_once(' ')
                    .ok_or_else(|| damaged(format!("`{line}` is not a size and an origin")))?;
                let size = size
                    .parse()
                    .map_err(|_| damaged(format!("`{size}` is not a size")))?;
                Ok((LogName::new(origin)?, size))
            })
            .collect()
    }

    /// Notes that `log` is about to be signed at `size`; when this returns, the note survives a crash.
    pub fn note(&self, log: &LogName, size: u64) -> Result<(), StoreError> {
        self.note_all(&BTreeMap::from([(log.clone(), size)]))
    }

    /// Notes several logs with one write of the file.
    pub fn note_all(&self, signed: &BTreeMap<LogName, u64>) -> Result<(), StoreError> {
        let lock_path = self.home.join("signed-sizes.lock");
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .and_then(|lock| lock.lock().map(|()| lock))
            .map_err(|source| StoreError::file(&lock_path, source))?;
        let mut sizes = self.all()?;
        let mut changed = false;
        for (log, size) in signed {
            let known = sizes.entry(log.clone()).or_default();
            if *size > *known {
                *known = *size;
                changed = true;
            }
        }
        if changed {
            let mut text = format!("{FIRST_LINE}\n");
            for (log, size) in &sizes {
                text.push_str(&format!("{size} {log}\n"));
            }
            write_durably(&self.path(), text.as_bytes())?;
        }
        drop(lock);
        Ok(())
    }

    /// Compares with the database: refuses when a log was signed at a larger size than is stored, or was signed and is gone.
    pub fn check_not_forked(&self, database: &Database) -> Result<(), StoreError> {
        let sizes = self.all()?;
        database.read(|transaction| {
            for (log, signed) in &sizes {
                let stored = log::head(transaction, log)?.map_or(0, |head| head.size);
                if stored < *signed {
                    return Err(StoreError::Forked {
                        log: log.to_string(),
                        signed: *signed,
                        stored,
                    });
                }
            }
            Ok(())
        })
    }
}

/// Replaces a file so that, at every moment and after a crash, either the old or the new content is there.
pub(crate) fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let failed = |source| StoreError::file(path, source);
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    sync_folder(folder)
}

/// Makes names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|source| StoreError::file(folder, source))
}
