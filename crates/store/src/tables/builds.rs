//! Builds of submissions against the full source.

use super::{insert, select, table_row};
use crate::sql::Transaction;
use crate::{StoreError, WriteTransaction, values};
use jiff::Timestamp;

table_row! {
    /// Holds one build of a submission.
    #[derive(Debug)]
    "build" Build {
        /// The submission.
        submission: String,
        /// Counts from 1.
        number: u64,
        /// When it ended.
        built_at: Timestamp,
        /// Whether the command ended with 0.
        passed: bool,
        /// How it ended, in words.
        ending: String,
        /// The SHA-256 of the output, which is a blob of the home and the owner's alone.
        output: [u8; 32],
        /// What the recipient sees, as JSON.
        places: String,
    }
}

/// Adds a build.
pub fn add(transaction: &mut WriteTransaction<'_>, build: &Build) -> Result<(), StoreError> {
    insert(transaction, build, "").map(|_| ())
}

/// Lists the builds of a submission, oldest first.
pub fn list(transaction: &mut Transaction<'_>, submission: &str) -> Result<Vec<Build>, StoreError> {
    select(
        transaction,
        "WHERE submission = $1 ORDER BY number",
        values![submission],
    )
}
