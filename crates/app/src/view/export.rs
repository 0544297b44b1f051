//! A copy without git, under the same conditions as a clone and recorded like one.

use crate::delivery::{Ending, every_file};
use crate::error::{AppError, Result};
use crate::home::App;
use ringfence_store::tables::deliveries::DeliveryKind;
use ringfence_view::object::{EntryKind, ObjectSource, read_commit};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// An exported copy.
#[derive(Clone, Debug, Serialize)]
pub struct ExportReport {
    /// The delivery.
    pub delivery: String,
    /// Where.
    pub directory: PathBuf,
    /// Files written.
    pub files: u64,
    /// Bytes written.
    pub bytes: u64,
}

impl App {
    /// Delivers a copy without git to a person, under the same conditions as a clone; recorded like any delivery.
    ///
    /// # Errors
    /// When a condition of access is not met, the folder is not empty, or anything fails on the way.
    pub fn export(
        &self,
        name: &str,
        recipient: &str,
        person: Option<&str>,
        directory: &Path,
    ) -> Result<ExportReport> {
        let current = self.current()?;
        self.declared_view(&current, name)?;
        self.granted_recipient(&current, name, recipient)?;
        let what = format!("exporting view {name} to {recipient}");
        let members = current
            .estate
            .recipient(recipient)
            .map(|recipient| recipient.members.as_slice())
            .unwrap_or_default();
        let person = match (person, members) {
            (Some(person), _) => person.to_owned(),
            (None, [only]) => only.reveal().to_owned(),
            (None, _) => {
                return Err(AppError::Input(format!(
                    "recipient {recipient} has {} members; say which person gets the copy with --to",
                    members.len()
                )));
            }
        };
        // First synchronise, so that the decision sees the assets that would leave.
        let prepared = self.refresh(name, recipient)?;
        let access = self.access(&person, name, crate::access::Action::Read)?;
        if !access.decision.allowed || access.recipient.as_deref() != Some(recipient) {
            let why: Vec<String> = access.unmet().map(|condition| condition.reason.clone()).collect();
            let cure: Vec<String> = access
                .unmet()
                .filter_map(|condition| condition.cure.clone())
                .collect();
            let why = if why.is_empty() {
                format!("{person} takes part through another recipient")
            } else {
                why.join("; ")
            };
            return Err(AppError::refused(what, why, cure.join(" ")));
        }
        let empty = match std::fs::read_dir(directory) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
            Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
                return Err(AppError::Input(format!(
                    "{} is no folder; name a new one",
                    directory.display()
                )));
            }
            Err(source) => return Err(AppError::file(directory, source)),
        };
        if !empty {
            return Err(AppError::Input(format!(
                "{} is not empty; name a new folder",
                directory.display()
            )));
        }
        let actor = self.actor_of("person", &person)?;
        let begun = self.begin_delivery(recipient, name, &actor, None, DeliveryKind::Export, prepared.tip)?;
        let written = write_tree(&prepared.store, prepared.tip, directory);
        let (files, bytes) = match written {
            Ok(written) => written,
            Err(error) => {
                // Begun counts as delivered: part of the copy may be out.
                self.end_delivery(&begun, &prepared.store, 0, 0, Ending::Cut)?;
                return Err(error);
            }
        };
        self.end_delivery(&begun, &prepared.store, files, bytes, Ending::Complete)?;
        Ok(ExportReport {
            delivery: begun.id,
            directory: directory.to_path_buf(),
            files,
            bytes,
        })
    }
}

fn write_tree(
    store: &ringfence_git::delivery_store::DeliveryStore,
    tip: ringfence_view::object::ObjectId,
    directory: &Path,
) -> Result<(u64, u64)> {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::PermissionsExt as _;
    let tree = read_commit(store, &tip)?.tree;
    let (mut files, mut bytes) = (0_u64, 0_u64);
    std::fs::create_dir_all(directory).map_err(|source| AppError::file(directory, source))?;
    for file in every_file(store, tree)? {
        // Names come from a store whose trees were checked; a second look costs nothing.
        let relative = Path::new(std::ffi::OsStr::from_bytes(&file.path));
        if relative
            .components()
            .any(|part| !matches!(part, std::path::Component::Normal(_)))
        {
            return Err(AppError::fault(
                "writing an export",
                format!("unsafe path {}", file.path.escape_ascii()),
            ));
        }
        let Some(object) = store.read(&file.blob)? else {
            return Err(AppError::fault(
                "writing an export",
                format!("object {} is missing", file.blob),
            ));
        };
        let path = directory.join(relative);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|source| AppError::file(folder, source))?;
        }
        if file.kind == EntryKind::Link {
            let target = std::ffi::OsStr::from_bytes(&object.data);
            std::os::unix::fs::symlink(target, &path).map_err(|source| AppError::file(&path, source))?;
        } else {
            std::fs::write(&path, &object.data).map_err(|source| AppError::file(&path, source))?;
            if file.kind == EntryKind::BlobExecutable {
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))
                    .map_err(|source| AppError::file(&path, source))?;
            }
        }
        files = files.saturating_add(1);
        bytes = bytes.saturating_add(u64::try_from(object.data.len()).unwrap_or(u64::MAX));
    }
    Ok((files, bytes))
}
