//! What the owner has declared, and every text of the estate that was applied.

use super::{insert, put, select, select_first, table_row};
use crate::sql::Transaction;
use crate::{StoreError, WriteTransaction, values};
use jiff::Timestamp;

table_row! {
    /// Holds one declared thing: a party, a repository, a view.
    #[derive(Debug)]
    "declared" Declared {
        /// What it is: `party`, `view`, ...
        kind: String,
        /// Its name, unique within its kind.
        name: String,
        /// The rest as JSON.
        body: String,
    }
}

table_row! {
    /// Holds one applied text of the estate.
    #[derive(Debug)]
    "estate_history" EstateVersion {
        /// Counts from 1.
        number: u64,
        /// When it was applied.
        applied_at: Timestamp,
        /// The random id of who applied it.
        actor: String,
        /// The SHA-256 of the text.
        text_hash: [u8; 32],
        /// The text as it was given.
        text: String,
    }
}

/// Gives one declared thing.
pub fn get(
    transaction: &mut Transaction<'_>,
    kind: &str,
    name: &str,
) -> Result<Option<Declared>, StoreError> {
    select_first(transaction, "WHERE kind = $1 AND name = $2", values![kind, name])
}

/// Lists the declared things of a kind, by name.
pub fn list(transaction: &mut Transaction<'_>, kind: &str) -> Result<Vec<Declared>, StoreError> {
    select(transaction, "WHERE kind = $1 ORDER BY name", values![kind])
}

/// Lists everything declared, by kind and name.
pub fn list_all(transaction: &mut Transaction<'_>) -> Result<Vec<Declared>, StoreError> {
    select(transaction, "ORDER BY kind, name", &[])
}

/// Replaces the whole estate.
pub fn replace_all(transaction: &mut WriteTransaction<'_>, declared: &[Declared]) -> Result<(), StoreError> {
    transaction.execute("DELETE FROM declared", &[])?;
    for one in declared {
        insert(transaction, one, "")?;
    }
    Ok(())
}

/// Replaces or adds one declared thing.
pub fn put_one(transaction: &mut WriteTransaction<'_>, declared: &Declared) -> Result<(), StoreError> {
    put(transaction, declared, &["kind", "name"])
}

/// Notes an applied text under the next number, which it gives.
pub fn add_version(
    transaction: &mut WriteTransaction<'_>,
    applied_at: Timestamp,
    actor: &str,
    text_hash: [u8; 32],
    text: &str,
) -> Result<u64, StoreError> {
    let number = latest_version(transaction)?.map_or(1, |version| version.number.saturating_add(1));
    let version = EstateVersion {
        number,
        applied_at,
        actor: actor.to_owned(),
        text_hash,
        text: text.to_owned(),
    };
    insert(transaction, &version, "")?;
    Ok(number)
}

/// Gives the text applied last.
pub fn latest_version(transaction: &mut Transaction<'_>) -> Result<Option<EstateVersion>, StoreError> {
    select_first(transaction, "ORDER BY number DESC", &[])
}

/// Gives the number of the text applied last, without the text.
pub fn latest_number(transaction: &mut Transaction<'_>) -> Result<Option<u64>, StoreError> {
    let row = transaction.query_optional(
        "SELECT number FROM estate_history ORDER BY number DESC LIMIT 1",
        &[],
    )?;
    row.map(|row| row.get(0)).transpose()
}

/// Lists the applied texts, the first one first.
pub fn versions(transaction: &mut Transaction<'_>) -> Result<Vec<EstateVersion>, StoreError> {
    select(transaction, "ORDER BY number", &[])
}
