//! Signatures, and what was decided about parties and grants.

use super::{insert, put, select, select_first, table_row};
use crate::sql::Transaction;
use crate::{StoreError, WriteTransaction, values};
use jiff::Timestamp;

table_row! {
    /// Holds one signature under an agreement's terms.
    #[derive(Debug)]
    "signature" Signature {
        /// The agreement.
        agreement: String,
        /// Who signed.
        signatory: String,
        /// The SHA-256 of the terms that were signed; other terms need another signature.
        terms_hash: [u8; 32],
        /// The SHA-256 of the signed document, a blob.
        document_hash: Option<[u8; 32]>,
        /// When it was signed.
        signed_at: Timestamp,
        /// The operator's random id when it was recorded for somebody.
        vouched_by: Option<String>,
        /// The log of its entry.
        entry_log: String,
        /// The number of its entry.
        entry_index: u64,
    }
}

table_row! {
    /// Holds what was decided about a party.
    #[derive(Debug)]
    "party_state" PartyState {
        /// The party.
        party: String,
        /// When it was offboarded.
        offboarded_at: Option<Timestamp>,
        /// Why.
        reason: Option<String>,
    }
}

table_row! {
    /// Holds what was decided about a grant.
    #[derive(Debug)]
    "grant_state" GrantState {
        /// The recipient of the grant.
        recipient: String,
        /// The view of the grant.
        view: String = "view_name",
        /// The names of its agreements, joined as the caller does for a key.
        agreements: String,
        /// When it was revoked.
        revoked_at: Option<Timestamp>,
        /// Why.
        reason: Option<String>,
    }
}

/// Adds a signature; a second one under the same terms is a conflict.
pub fn add_signature(
    transaction: &mut WriteTransaction<'_>,
    signature: &Signature,
) -> Result<(), StoreError> {
    insert(transaction, signature, "").map(|_| ())
}

/// Lists the signatures of an agreement, by time.
pub fn signatures(transaction: &mut Transaction<'_>, agreement: &str) -> Result<Vec<Signature>, StoreError> {
    select(
        transaction,
        "WHERE agreement = $1 ORDER BY signed_at, signatory, terms_hash",
        values![agreement],
    )
}

/// Lists every signature, by agreement and time.
pub fn all_signatures(transaction: &mut Transaction<'_>) -> Result<Vec<Signature>, StoreError> {
    select(
        transaction,
        "ORDER BY agreement, signed_at, signatory, terms_hash",
        &[],
    )
}

/// Stores what was decided about a party.
pub fn put_party_state(transaction: &mut WriteTransaction<'_>, state: &PartyState) -> Result<(), StoreError> {
    put(transaction, state, &["party"])
}

/// Gives what was decided about a party.
pub fn party_state(transaction: &mut Transaction<'_>, party: &str) -> Result<Option<PartyState>, StoreError> {
    select_first(transaction, "WHERE party = $1", values![party])
}

/// Lists what was decided about parties.
pub fn party_states(transaction: &mut Transaction<'_>) -> Result<Vec<PartyState>, StoreError> {
    select(transaction, "ORDER BY party", &[])
}

/// Stores what was decided about a grant.
pub fn put_grant_state(transaction: &mut WriteTransaction<'_>, state: &GrantState) -> Result<(), StoreError> {
    put(transaction, state, &["recipient", "view_name", "agreements"])
}

/// Gives what was decided about a grant.
pub fn grant_state(
    transaction: &mut Transaction<'_>,
    recipient: &str,
    view: &str,
    agreements: &str,
) -> Result<Option<GrantState>, StoreError> {
    select_first(
        transaction,
        "WHERE recipient = $1 AND view_name = $2 AND agreements = $3",
        values![recipient, view, agreements],
    )
}

/// Lists what was decided about grants.
pub fn grant_states(transaction: &mut Transaction<'_>) -> Result<Vec<GrantState>, StoreError> {
    select(transaction, "ORDER BY recipient, view_name, agreements", &[])
}
