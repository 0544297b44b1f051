//! A copy without git, under the same conditions as a clone and recorded like one.

use crate::checkout::{CheckedOut, check_out};
use crate::delivery::Ending;
use crate::error::{AppError, Result};
use crate::home::App;
use ringfence_store::tables::deliveries::DeliveryKind;
use ringfence_view::object::read_commit;
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
        let written = read_commit(&prepared.store, &prepared.tip)
            .map_err(AppError::from)
            .and_then(|commit| check_out(&prepared.store, commit.tree, directory));
        let CheckedOut { files, bytes } = match written {
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
