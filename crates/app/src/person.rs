//! The SSH keys with which people sign their commits.

use crate::error::{AppError, Result};
use crate::home::{App, OPERATOR};
use crate::ssh::PublicKey;
use jiff::Timestamp;
use ringfence_store::tables::{self, keys::PersonKey};
use serde::Serialize;
use std::path::Path;

/// The largest file that is read as a key.
const LARGEST: u64 = 32 << 10;

/// A key as it is shown.
#[derive(Clone, Debug, Serialize)]
pub struct KeyReport {
    /// Whose.
    pub person: String,
    /// `SHA256:...`, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// The line of a `.pub` file.
    pub public_key: String,
    /// When it was registered.
    pub added_at: Timestamp,
    /// When it was taken away.
    pub removed_at: Option<Timestamp>,
    /// True: registered by the operator for somebody.
    pub vouched: bool,
}

impl App {
    fn known_person(&self, person: &str) -> Result<()> {
        let current = self.current()?;
        let known = current
            .estate
            .persons
            .iter()
            .any(|known| known.email.reveal() == person);
        if known {
            Ok(())
        } else {
            Err(AppError::not_found(
                "person",
                person,
                "Persons are declared in the estate",
            ))
        }
    }

    /// Registers a public key for a person.
    ///
    /// # Errors
    /// When there is no such person, the file is no public key, or the key is another person's.
    pub fn add_person_key(&self, person: &str, file: &Path) -> Result<KeyReport> {
        self.known_person(person)?;
        let about = std::fs::metadata(file).map_err(|source| AppError::file(file, source))?;
        let read = |error: &dyn std::fmt::Display| AppError::Input(format!("{}: {error}", file.display()));
        if about.len() > LARGEST {
            return Err(read(&"it is too large for a public key"));
        }
        let bytes = std::fs::read(file).map_err(|source| AppError::file(file, source))?;
        let text = String::from_utf8_lossy(&bytes);
        if text.contains("PRIVATE KEY") {
            return Err(read(
                &"this is the private half; it stays with the person. Name the file ending in .pub",
            ));
        }
        let key = PublicKey::read(&text).map_err(|error| read(&error))?;
        let fingerprint = key.fingerprint();
        let actor = self.actor_of("person", person)?;
        let rows = self
            .database
            .read(|tx| tables::keys::by_fingerprint(tx, &fingerprint))?;
        if rows.iter().any(|row| row.person != actor) {
            return Err(AppError::refused(
                format!("registering a key for {person}"),
                format!("{fingerprint} is the key of another person"),
                "Each person signs with a key of their own",
            ));
        }
        let row = PersonKey {
            person: actor.clone(),
            fingerprint: fingerprint.clone(),
            public_key: key.line(),
            added_at: self.now(),
            vouched_by: Some(OPERATOR.to_owned()),
            removed_at: None,
        };
        let report = self.key_report(row.clone())?;
        let statement = Self::built(
            self.entry("key-registered", OPERATOR)
                .subject("person", actor.as_str())
                .field("fingerprint", fingerprint)
                .field("vouched", true),
        )?;
        let log = self.owner_log()?;
        self.database.write(move |tx| -> Result<()> {
            tx.append(&log, &statement)?;
            tables::keys::put_key(tx, &row)?;
            Ok(())
        })?;
        Ok(report)
    }

    /// The keys of a person or of all, those that were taken away too.
    ///
    /// # Errors
    /// When there is no such person or the database fails.
    pub fn person_keys(&self, person: Option<&str>) -> Result<Vec<KeyReport>> {
        if let Some(person) = person {
            self.known_person(person)?;
        }
        let rows = self.database.read(tables::keys::list)?;
        let mut reports = rows
            .into_iter()
            .map(|row| self.key_report(row))
            .collect::<Result<Vec<_>>>()?;
        reports.retain(|report| person.is_none_or(|person| report.person == person));
        Ok(reports)
    }

    /// Takes a key away: from now on it signs nothing; what it signed stays proven.
    ///
    /// # Errors
    /// When the person has no such key.
    pub fn remove_person_key(&self, person: &str, fingerprint: &str) -> Result<KeyReport> {
        self.known_person(person)?;
        let actor = self.actor_of("person", person)?;
        let rows = self
            .database
            .read(|tx| tables::keys::by_fingerprint(tx, fingerprint))?;
        let row = rows
            .into_iter()
            .find(|row| row.person == actor && row.removed_at.is_none())
            .ok_or_else(|| AppError::not_found("key", fingerprint, "Run: ringfence person key list"))?;
        let row = PersonKey {
            removed_at: Some(self.now()),
            ..row
        };
        let report = self.key_report(row.clone())?;
        let statement = Self::built(
            self.entry("key-removed", OPERATOR)
                .subject("person", actor.as_str())
                .field("fingerprint", fingerprint),
        )?;
        let log = self.owner_log()?;
        self.database.write(move |tx| -> Result<()> {
            tx.append(&log, &statement)?;
            tables::keys::put_key(tx, &row)?;
            Ok(())
        })?;
        Ok(report)
    }

    fn key_report(&self, row: PersonKey) -> Result<KeyReport> {
        Ok(KeyReport {
            person: self.name_of(&row.person)?,
            fingerprint: row.fingerprint,
            public_key: row.public_key,
            added_at: row.added_at,
            removed_at: row.removed_at,
            vouched: row.vouched_by.is_some(),
        })
    }
}
