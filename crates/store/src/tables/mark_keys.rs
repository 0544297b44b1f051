//! Epochs of recipients' mark keys that are over.

use super::{insert, select, table_row};
use crate::sql::Transaction;
use crate::{StoreError, WriteTransaction, values};
use jiff::Timestamp;

table_row! {
    /// Holds one epoch that was retired; the recipient's own epoch is the one after the last.
    #[derive(Debug)]
    "retired_mark_key" RetiredMarkKey {
        /// Whose.
        recipient: String,
        /// Which, from 1.
        epoch: u64,
        /// When.
        retired_at: Timestamp,
        /// Why.
        reason: String,
        /// The log of its entry.
        entry_log: String,
        /// The number of its entry.
        entry_index: u64,
    }
}

/// Retires an epoch; one that is over already, or is not the recipient's own, is a conflict.
pub fn retire(transaction: &mut WriteTransaction<'_>, key: &RetiredMarkKey) -> Result<(), StoreError> {
    let known = retired_of_recipient(transaction, &key.recipient)?;
    if known.last().map_or(0, |last| last.epoch).saturating_add(1) != key.epoch {
        return Err(StoreError::Conflict {
            detail: format!("epoch {} of {} is not the one in use", key.epoch, key.recipient),
        });
    }
    insert(transaction, key, "").map(|_| ())
}

/// Lists the retired epochs of a recipient, the first one first.
pub fn retired_of_recipient(
    transaction: &mut Transaction<'_>,
    recipient: &str,
) -> Result<Vec<RetiredMarkKey>, StoreError> {
    select(
        transaction,
        "WHERE recipient = $1 ORDER BY epoch",
        values![recipient],
    )
}
