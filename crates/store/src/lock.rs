//! The lock that one server holds on one home.
//!
//! An advisory lock of the operating system on `server.lock`: it ends with the process, also by `kill -9`, so it is never
//! stale. The file's text names the holder for the message that a second server prints.

use crate::StoreError;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

/// Holds a home for one server until dropped.
#[derive(Debug)]
pub struct ServerLock {
    _file: File,
}

impl ServerLock {
    /// Takes the lock of `home` and notes `holder` (for instance process id and address); refuses when another process has it.
    pub fn take(home: &Path, holder: &str) -> Result<Self, StoreError> {
        let path = home.join("server.lock");
        let failed = |source| StoreError::file(&path, source);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                let mut said = String::new();
                (&mut file).take(500).read_to_string(&mut said).map_err(failed)?;
                return Err(StoreError::HomeInUse {
                    home: home.to_owned(),
                    holder: said.trim().to_owned(),
                });
            }
            Err(std::fs::TryLockError::Error(source)) => return Err(failed(source)),
        }
        file.set_len(0).map_err(failed)?;
        file.rewind().map_err(failed)?;
        file.write_all(holder.as_bytes()).map_err(failed)?;
        Ok(Self { _file: file })
    }
}
