//! Epochs of recipients' mark keys: who learned a key can make that recipient's copies, so a key that may be known is retired.
//!
//! INVARIANT: the key of an epoch is derived from the mark key and the epoch's number; the keys of two epochs are independent, so
//! neither copies nor the key of one epoch say anything about the codeword of another.
//! INVARIANT: what was delivered stays as it was delivered, under the epoch that it was delivered under. What is delivered for the
//! first time after the entry is marked under the next epoch.
//!
//! Refuses to help when the owner's mark key itself was stolen: every recipient's keys follow from it, whatever their epoch.

use super::copy_mark::FIRST_EPOCH;
use super::{CopyMark, MarkKeys};
use crate::delivery::count;
use crate::error::{AppError, Result};
use crate::home::{App, OPERATOR};
use jiff::Timestamp;
use ringfence_store::tables;
use ringfence_store::tables::mark_keys::RetiredMarkKey;
use serde::Serialize;
use std::collections::BTreeMap;

/// The keys of one recipient, of every epoch it had.
pub(crate) struct KeyRing {
    recipient: String,
    current: u32,
    by_epoch: BTreeMap<u32, MarkKeys>,
}

impl KeyRing {
    /// The epoch under which texts are delivered that never were.
    pub fn current(&self) -> u32 {
        self.current
    }

    /// The keys of an epoch that the recipient had.
    pub fn at(&self, epoch: u32) -> Result<&MarkKeys> {
        self.by_epoch.get(&epoch).ok_or_else(|| {
            AppError::fault(
                "looking for a mark key",
                format!("{} never had an epoch {epoch}", self.recipient),
            )
        })
    }

    /// The keys of a copy, or of copies to come.
    pub fn of(&self, mark: Option<CopyMark>) -> Result<&MarkKeys> {
        self.at(mark.map_or(self.current, |mark| mark.epoch))
    }
}

/// A mark key epoch that ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RotateReport {
    /// Whose key it is.
    pub recipient: String,
    /// The epoch that is over.
    pub retired: u32,
    /// The epoch from now on.
    pub epoch: u32,
    /// Since when.
    pub at: Timestamp,
    /// The entry.
    pub entry: String,
    /// Files that stay as they were delivered, under the epochs that are over.
    pub delivered_files: usize,
}

impl App {
    /// The keys of a recipient.
    pub(crate) fn key_ring(&self, recipient: &str) -> Result<KeyRing> {
        let retired = self.retired_keys(recipient)?;
        let current = retired
            .keys()
            .last()
            .map_or(FIRST_EPOCH, |last| last.saturating_add(1));
        let by_epoch = (FIRST_EPOCH..=current)
            .map(|epoch| Ok((epoch, self.mark_keys_at(recipient, epoch)?)))
            .collect::<Result<_>>()?;
        Ok(KeyRing {
            recipient: recipient.to_owned(),
            current,
            by_epoch,
        })
    }

    /// The retired epochs of a recipient, by number.
    pub(crate) fn retired_keys(&self, recipient: &str) -> Result<BTreeMap<u32, RetiredMarkKey>> {
        let rows = self
            .database
            .read(|tx| tables::mark_keys::retired_of_recipient(tx, recipient))?;
        rows.into_iter()
            .map(|row| {
                let epoch = u32::try_from(row.epoch)
                    .map_err(|error| AppError::fault("reading a key epoch", error))?;
                Ok((epoch, row))
            })
            .collect()
    }

    /// Retires the epoch of a recipient's mark key: copies that it never got are marked under the next one.
    ///
    /// # Errors
    /// When nobody of that name is declared or ever got anything, no reason is given, or the ledger fails.
    pub fn rotate_mark_key(&self, recipient: &str, reason: &str) -> Result<RotateReport> {
        if reason.trim().is_empty() {
            return Err(AppError::refused(
                format!("retiring the mark key of {recipient}"),
                "no reason is given",
                "Say what happened: --reason TEXT",
            ));
        }
        let declared = self.current()?.estate.recipient(recipient).is_some();
        let files = self
            .database
            .read(|tx| tables::deliveries::files_of_recipient(tx, recipient))?;
        if !declared && files.is_empty() {
            return Err(AppError::not_found(
                "recipient",
                recipient,
                "Recipients are declared in the estate",
            ));
        }
        // Not while a projection or a push of this recipient is marked under the epoch that ends.
        let _turn = self.projection_lock(recipient)?;
        let retired = self.key_ring(recipient)?.current();
        let epoch = retired.saturating_add(1);
        let salt = crate::home::random_salt()?;
        let statement = Self::built(
            self.entry("key-rotated", OPERATOR)
                .subject("recipient", recipient)
                .field("key", "mark")
                .field("retired", count(retired))
                .field("epoch", count(epoch))
                .commitment("reason", ringfence_ledger::commit(&salt, reason.as_bytes())),
        )?;
        let log = self.log(recipient)?;
        let now = self.now();
        let mut row = RetiredMarkKey {
            recipient: recipient.to_owned(),
            epoch: u64::from(retired),
            retired_at: now,
            reason: reason.to_owned(),
            entry_log: log.as_str().to_owned(),
            entry_index: 0,
        };
        let entry = self.database.write(move |tx| -> Result<_> {
            let entry = tx.append(&log, &statement)?;
            row.entry_index = entry.index;
            tables::mark_keys::retire(tx, &row)?;
            Ok(entry)
        })?;
        let delivered_files = files
            .iter()
            .filter(|row| CopyMark::from_text(&row.profile).is_some())
            .count();
        Ok(RotateReport {
            recipient: recipient.to_owned(),
            retired,
            epoch,
            at: now,
            entry: format!("{}#{}", entry.log.as_str(), entry.index),
            delivered_files,
        })
    }
}
