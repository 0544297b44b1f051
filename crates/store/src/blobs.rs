//! Content-addressed blobs in a folder: documents, manifests, packs.
//!
//! A blob lies at `<2 hex>/<62 hex>` of its SHA-256 and never changes. Writing is atomic and durable, and free when the blob is
//! there already; reading recomputes the hash, so a damaged file is an error and never an answer.

use crate::StoreError;
use crate::signed::{sync_folder, write_durably};
use ringfence_ledger::{Hash, sha256};
use std::path::{Path, PathBuf};

/// Stores blobs under one folder.
#[derive(Debug, Clone)]
pub struct Blobs {
    folder: PathBuf,
}

impl Blobs {
    /// Uses `folder`, which is created with the first blob.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    fn path(&self, hash: &Hash) -> PathBuf {
        let name = hash.to_string();
        let (first, rest) = name.split_at_checked(2).unwrap_or((&name, ""));
        self.folder.join(first).join(rest)
    }

    /// Stores bytes and gives their SHA-256; when this returns they survive a crash.
    pub fn put(&self, bytes: &[u8]) -> Result<Hash, StoreError> {
        let hash = sha256(bytes);
        let path = self.path(&hash);
        // A damaged file under the right name is repaired by writing it again.
        let folder = path.parent().unwrap_or(&self.folder);
        if self.get(&hash).is_ok() {
            // Whoever wrote it may not have come to this yet.
            sync_folder(folder)?;
            return Ok(hash);
        }
        if !folder.exists() {
            std::fs::create_dir_all(folder).map_err(|source| StoreError::file(folder, source))?;
            sync_folder(&self.folder)?;
            self.folder.parent().map_or(Ok(()), sync_folder)?;
        }
        write_durably(&path, bytes)?;
        Ok(hash)
    }

    /// Reads a blob and checks it.
    pub fn get(&self, hash: &Hash) -> Result<Vec<u8>, StoreError> {
        let path = self.path(hash);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(StoreError::NoBlob {
                    hash: hash.to_string(),
                });
            }
            Err(source) => return Err(StoreError::file(path, source)),
        };
        let found = sha256(&bytes);
        if found != *hash {
            return Err(StoreError::Damaged {
                path,
                detail: format!("its content has the SHA-256 {found}"),
            });
        }
        Ok(bytes)
    }

    /// Tells whether a blob is stored, without reading it.
    pub fn contains(&self, hash: &Hash) -> bool {
        self.path(hash).is_file()
    }

    /// Removes a blob that must be forgotten; `false` when it was not there.
    pub fn erase(&self, hash: &Hash) -> Result<bool, StoreError> {
        let path = self.path(hash);
        match std::fs::remove_file(&path) {
            Ok(()) => {
                sync_folder(path.parent().unwrap_or(&self.folder))?;
                Ok(true)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(StoreError::file(path, source)),
        }
    }
}
