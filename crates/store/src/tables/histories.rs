//! Which projected commit stands for which commit of the owner, and the state of each delivery store.

use super::{insert, put, select, select_first, table_row, words};
use crate::sql::Transaction;
use crate::{StoreError, WriteTransaction, values};

words! {
    /// Says where a projected commit came from.
    CommitOrigin {
        /// The projector made it.
        Projection = "projection",
        /// The recipient pushed it and the owner merged it.
        Submission = "submission",
    }
}

table_row! {
    /// Holds one pair of commits.
    #[derive(Debug)]
    "commit_map" CommitMap {
        /// The view.
        view: String = "view_name",
        /// The recipient.
        recipient: String,
        /// Counts the times the store was made anew.
        generation: u64,
        /// Orders the pairs of a generation.
        sequence: u64,
        /// The owner's commit.
        upstream: String,
        /// The commit in the delivery store.
        projected: String,
        /// Where it came from.
        origin: CommitOrigin,
    }
}

table_row! {
    /// Holds the state of one delivery store.
    #[derive(Debug)]
    "store_state" StoreState {
        /// The view.
        view: String = "view_name",
        /// The recipient.
        recipient: String,
        /// Counts the times the store was made anew.
        generation: u64,
        /// The owner's commit projected last.
        tip_upstream: Option<String>,
        /// The tip in the delivery store.
        tip_projected: Option<String>,
        /// The hash of the rules it was made by.
        rules_hash: String,
        /// Those rules as JSON.
        rules: String,
    }
}

/// Adds pairs; a sequence number that exists is a conflict.
pub fn add(transaction: &mut WriteTransaction<'_>, pairs: &[CommitMap]) -> Result<(), StoreError> {
    for pair in pairs {
        insert(transaction, pair, "")?;
    }
    Ok(())
}

/// Gives the latest pair of an owner's commit.
pub fn by_upstream(
    transaction: &mut Transaction<'_>,
    view: &str,
    recipient: &str,
    generation: u64,
    upstream: &str,
) -> Result<Option<CommitMap>, StoreError> {
    select_first(
        transaction,
        "WHERE view_name = $1 AND recipient = $2 AND generation = $3 AND upstream = $4 ORDER BY sequence DESC",
        values![view, recipient, generation, upstream],
    )
}

/// Gives the latest pair of a commit in the delivery store.
pub fn by_projected(
    transaction: &mut Transaction<'_>,
    view: &str,
    recipient: &str,
    generation: u64,
    projected: &str,
) -> Result<Option<CommitMap>, StoreError> {
    select_first(
        transaction,
        "WHERE view_name = $1 AND recipient = $2 AND generation = $3 AND projected = $4 ORDER BY sequence DESC",
        values![view, recipient, generation, projected],
    )
}

/// Gives the pair with the highest sequence number.
pub fn latest(
    transaction: &mut Transaction<'_>,
    view: &str,
    recipient: &str,
    generation: u64,
) -> Result<Option<CommitMap>, StoreError> {
    select_first(
        transaction,
        "WHERE view_name = $1 AND recipient = $2 AND generation = $3 ORDER BY sequence DESC",
        values![view, recipient, generation],
    )
}

/// Lists the pairs of a generation in order.
pub fn list(
    transaction: &mut Transaction<'_>,
    view: &str,
    recipient: &str,
    generation: u64,
) -> Result<Vec<CommitMap>, StoreError> {
    select(
        transaction,
        "WHERE view_name = $1 AND recipient = $2 AND generation = $3 ORDER BY sequence",
        values![view, recipient, generation],
    )
}

/// Stores the state of a delivery store.
pub fn put_state(transaction: &mut WriteTransaction<'_>, state: &StoreState) -> Result<(), StoreError> {
    put(transaction, state, &["view_name", "recipient"])
}

/// Gives the state of a delivery store.
pub fn state(
    transaction: &mut Transaction<'_>,
    view: &str,
    recipient: &str,
) -> Result<Option<StoreState>, StoreError> {
    select_first(
        transaction,
        "WHERE view_name = $1 AND recipient = $2",
        values![view, recipient],
    )
}

/// Lists the states of all delivery stores.
pub fn states(transaction: &mut Transaction<'_>) -> Result<Vec<StoreState>, StoreError> {
    select(transaction, "ORDER BY view_name, recipient", &[])
}
