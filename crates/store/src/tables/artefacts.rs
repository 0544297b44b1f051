//! Owner-built files that views carry.

use super::{put, select, table_row};
use crate::sql::Transaction;
use crate::{StoreError, WriteTransaction, values};
use jiff::Timestamp;

table_row! {
    /// Holds one owner-built file of a view.
    #[derive(Debug)]
    "artefact" Artefact {
        /// The view.
        view: String = "view_name",
        /// Its path from the root.
        path: Vec<u8>,
        /// The SHA-256 of its bytes, which are a blob of the home.
        content: [u8; 32],
        /// How many bytes.
        size: u64,
        /// Whether it is executable.
        executable: bool,
        /// When it was added.
        added_at: Timestamp,
    }
}

/// Adds an artefact, or replaces the one at its path.
pub fn add(transaction: &mut WriteTransaction<'_>, artefact: &Artefact) -> Result<(), StoreError> {
    put(transaction, artefact, &["view_name", "path"])
}

/// Removes an artefact; `false` when there is none at this path.
pub fn remove(transaction: &mut WriteTransaction<'_>, view: &str, path: &[u8]) -> Result<bool, StoreError> {
    let removed = transaction.execute(
        "DELETE FROM artefact WHERE view_name = $1 AND path = $2",
        values![view, path],
    )?;
    Ok(removed == 1)
}

/// Lists the artefacts of a view, by path.
pub fn list(transaction: &mut Transaction<'_>, view: &str) -> Result<Vec<Artefact>, StoreError> {
    select(transaction, "WHERE view_name = $1 ORDER BY path", values![view])
}
