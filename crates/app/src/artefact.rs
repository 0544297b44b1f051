//! Artefacts: owner-built files that a view carries, so that a vendor can run what it cannot read.
//!
//! An artefact is delivered at its path like a replaced file, unmarked and never writable, and recorded like any file.

use crate::error::{AppError, Result};
use crate::home::{App, OPERATOR};
use ringfence_ledger::Hash;
use ringfence_store::tables::artefacts::{self, Artefact};
use ringfence_view::object::EntryKind;
use ringfence_view::project::{Replacement, ViewRules};
use serde::Serialize;
use std::path::Path;

/// The largest artefact; git itself holds a blob in memory.
const LARGEST_ARTEFACT: u64 = 512 << 20;

/// An artefact of a view.
#[derive(Clone, Debug, Serialize)]
pub struct ArtefactReport {
    /// Its path in the view.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Whether it is executable.
    pub executable: bool,
    /// When it was added.
    pub added_at: String,
}

impl App {
    /// Places a file at a path of a view; it is part of the next commit of every recipient's copy.
    ///
    /// # Errors
    /// When there is no such view, the path cannot be delivered or is replaced by the estate already, or the file is too large.
    pub fn add_artefact(&self, view: &str, path: &str, file: &Path) -> Result<ArtefactReport> {
        let current = self.current()?;
        let declared = self.declared_view(&current, view)?;
        if declared.replace.iter().any(|replaced| replaced.path == path) {
            return Err(AppError::refused(
                format!("adding {path} to view {view}"),
                "the estate replaces this path",
                "Take another path, or remove the [[view.replace]]",
            ));
        }
        let visibility = ringfence_view::rules::Rules::compile(&declared.rules)
            .map_err(|error| AppError::Input(error.to_string()))?
            .decide(path.as_bytes())
            .visibility;
        if visibility == ringfence_domain::view::Visibility::Write {
            return Err(AppError::refused(
                format!("adding {path} to view {view}"),
                "the recipient may write there, and a change of an artefact could not be carried back",
                format!("Add a later rule that makes {path:?} \"read\", or take another path"),
            ));
        }
        let metadata = std::fs::metadata(file).map_err(|source| AppError::file(file, source))?;
        if !metadata.is_file() || metadata.len() > LARGEST_ARTEFACT {
            return Err(AppError::Input(format!(
                "{} is no file of at most {} MiB",
                file.display(),
                LARGEST_ARTEFACT >> 20
            )));
        }
        let executable = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0;
        let bytes = std::fs::read(file).map_err(|source| AppError::file(file, source))?;
        let mut others = self.artefacts(view)?;
        others.retain(|other| other.path != path.as_bytes());
        let mut all: Vec<Replacement> = others.iter().map(|other| placed(other, Vec::new())).collect();
        let row = Artefact {
            view: view.to_owned(),
            path: path.as_bytes().to_vec(),
            content: ringfence_ledger::sha256(&bytes).0,
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            executable,
            added_at: self.now(),
        };
        all.push(placed(&row, Vec::new()));
        // The same checks as for a replaced file: a plain path that collides with no other.
        ViewRules::new(&declared.rules, all)?;
        self.blobs.put(&bytes)?;
        let statement = Self::built(
            self.entry("artefact-added", OPERATOR)
                .subject("view", view)
                .field("path", path)
                .field("content", Hash(row.content).to_string()),
        )?;
        let log = self.owner_log()?;
        let report = report(&row);
        self.database.write(move |tx| -> Result<()> {
            tx.append(&log, &statement)?;
            artefacts::add(tx, &row)?;
            Ok(())
        })?;
        Ok(report)
    }

    /// Takes an artefact out of a view from the next commit on; copies that were delivered keep it.
    ///
    /// # Errors
    /// When there is no such view or artefact.
    pub fn remove_artefact(&self, view: &str, path: &str) -> Result<()> {
        let current = self.current()?;
        self.declared_view(&current, view)?;
        if !self
            .artefacts(view)?
            .iter()
            .any(|artefact| artefact.path == path.as_bytes())
        {
            return Err(AppError::not_found(
                "artefact",
                path,
                format!("Run: ringfence artefact list {view}"),
            ));
        }
        let statement = Self::built(
            self.entry("artefact-removed", OPERATOR)
                .subject("view", view)
                .field("path", path),
        )?;
        let log = self.owner_log()?;
        let (view, path) = (view.to_owned(), path.as_bytes().to_vec());
        self.database.write(move |tx| -> Result<()> {
            tx.append(&log, &statement)?;
            artefacts::remove(tx, &view, &path)?;
            Ok(())
        })
    }

    /// The artefacts of a view.
    ///
    /// # Errors
    /// When there is no such view.
    pub fn list_artefacts(&self, view: &str) -> Result<Vec<ArtefactReport>> {
        let current = self.current()?;
        self.declared_view(&current, view)?;
        Ok(self.artefacts(view)?.iter().map(report).collect())
    }

    pub(crate) fn artefacts(&self, view: &str) -> Result<Vec<Artefact>> {
        Ok(self.database.read(|tx| artefacts::list(tx, view))?)
    }

    /// Where the artefacts of a view stand, without their bytes.
    pub(crate) fn artefact_places(&self, view: &str) -> Result<Vec<Replacement>> {
        let artefacts = self.artefacts(view)?;
        Ok(artefacts
            .iter()
            .map(|artefact| placed(artefact, Vec::new()))
            .collect())
    }

    /// The artefacts of a view with their bytes, as files to be placed.
    pub(crate) fn placed_artefacts(&self, view: &str) -> Result<Vec<Replacement>> {
        self.artefacts(view)?
            .iter()
            .map(|artefact| Ok(placed(artefact, self.blobs.get(&Hash(artefact.content))?)))
            .collect()
    }
}

fn placed(artefact: &Artefact, bytes: Vec<u8>) -> Replacement {
    Replacement {
        path: artefact.path.clone(),
        bytes,
        kind: if artefact.executable {
            EntryKind::BlobExecutable
        } else {
            EntryKind::Blob
        },
    }
}

fn report(artefact: &Artefact) -> ArtefactReport {
    ArtefactReport {
        path: artefact.path.escape_ascii().to_string(),
        size: artefact.size,
        sha256: Hash(artefact.content).to_string(),
        executable: artefact.executable,
        added_at: artefact.added_at.to_string(),
    }
}
