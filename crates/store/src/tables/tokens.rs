//! Tokens: only their hash is stored.

use super::{insert, select, select_first, table_row};
use crate::sql::Transaction;
use crate::{StoreError, WriteTransaction, values};
use jiff::Timestamp;

table_row! {
    /// Holds one token without its secret.
    #[derive(Debug)]
    "token" Token {
        /// Its public id.
        id: String,
        /// The SHA-256 of the secret.
        hash: [u8; 32],
        /// The person who may use it.
        person: String,
        /// The only view it opens.
        view: String = "view_name",
        /// The recipient in whose name.
        recipient: String,
        /// When it was issued.
        issued_at: Timestamp,
        /// When it ends.
        expires_at: Timestamp,
        /// When it was revoked.
        revoked_at: Option<Timestamp>,
        /// Why it was revoked.
        reason: Option<String>,
        /// The operator's random id when it was issued for somebody.
        vouched_by: Option<String>,
        /// When it was used last.
        last_used_at: Option<Timestamp>,
    }
}

/// Adds a token.
pub fn add(transaction: &mut WriteTransaction<'_>, token: &Token) -> Result<(), StoreError> {
    insert(transaction, token, "").map(|_| ())
}

/// Gives the token whose secret has that hash, revoked and expired ones too.
pub fn find_by_hash(transaction: &mut Transaction<'_>, hash: [u8; 32]) -> Result<Option<Token>, StoreError> {
    select_first(transaction, "WHERE hash = $1", values![hash])
}

/// Gives the token with that id.
pub fn get(transaction: &mut Transaction<'_>, id: &str) -> Result<Option<Token>, StoreError> {
    select_first(transaction, "WHERE id = $1", values![id])
}

/// Revokes a token; `false` when there is none or it was revoked before (the first reason stays).
pub fn revoke(
    transaction: &mut WriteTransaction<'_>,
    id: &str,
    at: Timestamp,
    reason: &str,
) -> Result<bool, StoreError> {
    let changed = transaction.execute(
        "UPDATE token SET revoked_at = $2, reason = $3 WHERE id = $1 AND revoked_at IS NULL",
        values![id, at, reason],
    )?;
    Ok(changed == 1)
}

/// Revokes the tokens of several persons and gives their number.
pub fn revoke_of_persons(
    transaction: &mut WriteTransaction<'_>,
    persons: &[String],
    at: Timestamp,
    reason: &str,
) -> Result<u64, StoreError> {
    let mut revoked = 0_u64;
    for person in persons {
        let changed = transaction.execute(
            "UPDATE token SET revoked_at = $2, reason = $3 WHERE person = $1 AND revoked_at IS NULL",
            values![person.as_str(), at, reason],
        )?;
        revoked = revoked.saturating_add(changed);
    }
    Ok(revoked)
}

/// Revokes the tokens that open a view for a recipient and gives their number.
pub fn revoke_of_grant(
    transaction: &mut WriteTransaction<'_>,
    recipient: &str,
    view: &str,
    at: Timestamp,
    reason: &str,
) -> Result<u64, StoreError> {
    transaction.execute(
        "UPDATE token SET revoked_at = $3, reason = $4 WHERE recipient = $1 AND view_name = $2 AND revoked_at IS NULL",
        values![recipient, view, at, reason],
    )
}

/// Notes the last use of a token.
pub fn note_use(transaction: &mut WriteTransaction<'_>, id: &str, at: Timestamp) -> Result<(), StoreError> {
    transaction
        .execute(
            "UPDATE token SET last_used_at = $2 WHERE id = $1",
            values![id, at],
        )
        .map(|_| ())
}

/// Lists all tokens, by time of issue.
pub fn list(transaction: &mut Transaction<'_>) -> Result<Vec<Token>, StoreError> {
    select(transaction, "ORDER BY issued_at, id", &[])
}

/// Lists the tokens of a person, by time of issue.
pub fn list_of_person(transaction: &mut Transaction<'_>, person: &str) -> Result<Vec<Token>, StoreError> {
    select(
        transaction,
        "WHERE person = $1 ORDER BY issued_at, id",
        values![person],
    )
}
