//! Deliveries and the files in them.

use super::{insert, insert_once, select, select_first, table_row, words};
use crate::sql::Transaction;
use crate::{StoreError, WriteTransaction, values};
use jiff::Timestamp;

words! {
    /// Says how something was delivered.
    DeliveryKind {
        /// A first transfer by git.
        Clone = "clone",
        /// A later transfer by git.
        Fetch = "fetch",
        /// A folder without git.
        Export = "export",
        /// The receipts alone.
        Receipts = "receipts",
    }
}

table_row! {
    /// Holds one delivery; begun without an end counts as delivered.
    #[derive(Debug)]
    "delivery" Delivery {
        /// Its id.
        id: String,
        /// To whom.
        recipient: String,
        /// Of which view.
        view: String = "view_name",
        /// The person who took it.
        person: String,
        /// The token that was used.
        token: Option<String>,
        /// How.
        kind: DeliveryKind,
        /// When it began.
        began_at: Timestamp,
        /// The log of the entry written before the first byte.
        began_log: String,
        /// The number of that entry.
        began_index: u64,
        /// When it ended.
        ended_at: Option<Timestamp>,
        /// Objects sent.
        objects: Option<u64>,
        /// Bytes sent.
        bytes: Option<u64>,
        /// The SHA-256 of the manifest.
        manifest_hash: Option<[u8; 32]>,
        /// The tips that were offered, as JSON.
        tips: String,
        /// How it ended.
        outcome: Option<String>,
    }
}

table_row! {
    /// Holds which bytes a recipient has for a canonical file at a path.
    #[derive(Debug)]
    "delivered_file" DeliveredFile {
        /// To whom.
        recipient: String,
        /// The path in the view.
        path: Vec<u8>,
        /// The id of the owner's blob.
        canonical: String,
        /// The mark profile.
        profile: String,
        /// The id of the blob as delivered.
        delivered: String,
        /// The version of the marking program.
        engine: String,
    }
}

/// Says how a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryEnd {
    /// When.
    pub ended_at: Timestamp,
    /// Objects sent.
    pub objects: u64,
    /// Bytes sent.
    pub bytes: u64,
    /// The SHA-256 of the manifest.
    pub manifest_hash: Option<[u8; 32]>,
    /// In a word: `complete`, `cut`, ...
    pub outcome: String,
}

/// Notes that a delivery begins.
pub fn begin(transaction: &mut WriteTransaction<'_>, delivery: &Delivery) -> Result<(), StoreError> {
    insert(transaction, delivery, "").map(|_| ())
}

/// Notes how a delivery ended; `false` when there is none or it had ended before.
pub fn finish(
    transaction: &mut WriteTransaction<'_>,
    id: &str,
    end: &DeliveryEnd,
) -> Result<bool, StoreError> {
    let changed = transaction.execute(
        "UPDATE delivery SET ended_at = $2, objects = $3, bytes = $4, manifest_hash = $5, outcome = $6 \
         WHERE id = $1 AND ended_at IS NULL",
        values![
            id,
            end.ended_at,
            end.objects,
            end.bytes,
            end.manifest_hash,
            end.outcome.as_str()
        ],
    )?;
    Ok(changed == 1)
}

/// Gives one delivery.
pub fn get(transaction: &mut Transaction<'_>, id: &str) -> Result<Option<Delivery>, StoreError> {
    select_first(transaction, "WHERE id = $1", values![id])
}

/// Lists the deliveries to a recipient, the first one first.
pub fn list_of_recipient(
    transaction: &mut Transaction<'_>,
    recipient: &str,
) -> Result<Vec<Delivery>, StoreError> {
    select(
        transaction,
        "WHERE recipient = $1 ORDER BY began_at, id",
        values![recipient],
    )
}

/// Lists the deliveries of a view, the first one first.
pub fn list_of_view(transaction: &mut Transaction<'_>, view: &str) -> Result<Vec<Delivery>, StoreError> {
    select(
        transaction,
        "WHERE view_name = $1 ORDER BY began_at, id",
        values![view],
    )
}

/// Lists all deliveries, the first one first.
pub fn list(transaction: &mut Transaction<'_>) -> Result<Vec<Delivery>, StoreError> {
    select(transaction, "ORDER BY began_at, id", &[])
}

/// Gives the delivery of a view to a recipient that began last.
pub fn latest(
    transaction: &mut Transaction<'_>,
    recipient: &str,
    view: &str,
) -> Result<Option<Delivery>, StoreError> {
    select_first(
        transaction,
        "WHERE recipient = $1 AND view_name = $2 ORDER BY began_at DESC, id DESC",
        values![recipient, view],
    )
}

/// Notes delivered files. The same again is nothing; other bytes for the same recipient, path and canonical blob are a conflict,
/// because what was delivered once must stay what is delivered.
pub fn add_files(transaction: &mut WriteTransaction<'_>, files: &[DeliveredFile]) -> Result<(), StoreError> {
    for file in files {
        insert_once(
            transaction,
            file,
            "WHERE recipient = $1 AND path = $2 AND canonical = $3",
            values![
                file.recipient.as_str(),
                file.path.as_slice(),
                file.canonical.as_str()
            ],
        )?;
    }
    Ok(())
}

/// Gives the delivered file of a recipient, path and canonical blob.
pub fn file(
    transaction: &mut Transaction<'_>,
    recipient: &str,
    path: &[u8],
    canonical: &str,
) -> Result<Option<DeliveredFile>, StoreError> {
    select_first(
        transaction,
        "WHERE recipient = $1 AND path = $2 AND canonical = $3",
        values![recipient, path, canonical],
    )
}

/// Lists who has a canonical blob, by recipient and path.
pub fn files_of_canonical(
    transaction: &mut Transaction<'_>,
    canonical: &str,
) -> Result<Vec<DeliveredFile>, StoreError> {
    select(
        transaction,
        "WHERE canonical = $1 ORDER BY recipient, path",
        values![canonical],
    )
}

/// Lists what a recipient has, by path.
pub fn files_of_recipient(
    transaction: &mut Transaction<'_>,
    recipient: &str,
) -> Result<Vec<DeliveredFile>, StoreError> {
    select(
        transaction,
        "WHERE recipient = $1 ORDER BY path, canonical",
        values![recipient],
    )
}

/// Lists where exactly these delivered bytes went, by recipient and path.
pub fn files_of_delivered(
    transaction: &mut Transaction<'_>,
    delivered: &str,
) -> Result<Vec<DeliveredFile>, StoreError> {
    select(
        transaction,
        "WHERE delivered = $1 ORDER BY recipient, path, canonical",
        values![delivered],
    )
}
