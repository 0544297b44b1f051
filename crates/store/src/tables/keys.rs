//! SSH keys with which people sign their commits.

use super::{put, select, table_row};
use crate::sql::Transaction;
use crate::{StoreError, WriteTransaction, values};
use jiff::Timestamp;

table_row! {
    /// Holds one key of a person.
    #[derive(Debug)]
    "person_key" PersonKey {
        /// The person, a random id.
        person: String,
        /// `SHA256:...`.
        fingerprint: String,
        /// The line of a `.pub` file without comment.
        public_key: String,
        /// When it was registered.
        added_at: Timestamp,
        /// Who registered it for the person, a random id.
        vouched_by: Option<String>,
        /// When it was taken away.
        removed_at: Option<Timestamp>,
    }
}

/// Registers a key, or changes its row.
pub fn put_key(transaction: &mut WriteTransaction<'_>, key: &PersonKey) -> Result<(), StoreError> {
    put(transaction, key, &["person", "fingerprint"])
}

/// Lists the rows of one key, whoever it belongs or belonged to.
pub fn by_fingerprint(
    transaction: &mut Transaction<'_>,
    fingerprint: &str,
) -> Result<Vec<PersonKey>, StoreError> {
    select(
        transaction,
        "WHERE fingerprint = $1 ORDER BY added_at, person",
        values![fingerprint],
    )
}

/// Lists all keys, those that were taken away too.
pub fn list(transaction: &mut Transaction<'_>) -> Result<Vec<PersonKey>, StoreError> {
    select(transaction, "ORDER BY added_at, fingerprint, person", &[])
}
