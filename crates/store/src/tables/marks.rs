//! Site tables, codeword commitments, pinned and touched sites.

use super::{insert, insert_once, select, select_first, table_row};
use crate::sql::Transaction;
use crate::{StoreError, WriteTransaction, values};

table_row! {
    /// Holds the variant at which a site of a recipient's file is held fast.
    #[derive(Debug)]
    "pin" Pin {
        /// The recipient.
        recipient: String,
        /// The path in the view.
        path: Vec<u8>,
        /// The site's id.
        site: [u8; 16],
        /// 0 or 1.
        variant: u8,
    }
}

table_row! {
    /// Holds a site that a recipient has itself written over.
    #[derive(Debug)]
    "touched" Touched {
        /// The recipient.
        recipient: String,
        /// The path in the view.
        path: Vec<u8>,
        /// The site's id.
        site: [u8; 16],
        /// The owner's blob from which on.
        since_canonical: String,
    }
}

table_row! {
    /// Holds the sites of one canonical blob.
    #[derive(Debug)]
    "site_table" StoredSiteTable {
        /// The id of the owner's blob.
        canonical: String,
        /// The language it was read as.
        language: String,
        /// The mark profile.
        profile: String,
        /// The version of the marking program.
        engine: String,
        /// The generation of the anchor key.
        anchor_generation: u64,
        /// The encoded table.
        body: Vec<u8>,
    }
}

table_row! {
    /// Holds a codeword commitment and its entry.
    #[derive(Debug)]
    "commitment" Commitment {
        /// The recipient.
        recipient: String,
        /// The id of the owner's blob.
        canonical: String,
        /// The mark profile.
        profile: String,
        /// The root of the commitment's tree.
        root: [u8; 32],
        /// The log of its entry.
        entry_log: String,
        /// The number of its entry.
        entry_index: u64,
    }
}

/// Replaces the pins of a recipient's file; each must name that recipient and path.
pub fn replace_pins(
    transaction: &mut WriteTransaction<'_>,
    recipient: &str,
    path: &[u8],
    pins: &[Pin],
) -> Result<(), StoreError> {
    transaction.execute(
        "DELETE FROM pin WHERE recipient = $1 AND path = $2",
        values![recipient, path],
    )?;
    for pin in pins {
        if pin.recipient != recipient || pin.path != path || pin.variant > 1 {
            return Err(StoreError::Conflict {
                detail: "a pin of another recipient or path, or a variant above 1".to_owned(),
            });
        }
        insert(transaction, pin, "")?;
    }
    Ok(())
}

/// Lists the pins of a recipient's file, by site.
pub fn pins(transaction: &mut Transaction<'_>, recipient: &str, path: &[u8]) -> Result<Vec<Pin>, StoreError> {
    select(
        transaction,
        "WHERE recipient = $1 AND path = $2 ORDER BY site",
        values![recipient, path],
    )
}

/// Lists all pins of a recipient, by path and site.
pub fn pins_of_recipient(transaction: &mut Transaction<'_>, recipient: &str) -> Result<Vec<Pin>, StoreError> {
    select(
        transaction,
        "WHERE recipient = $1 ORDER BY path, site",
        values![recipient],
    )
}

/// Notes touched sites; the first blob from which a site was touched stays.
pub fn add_touched(transaction: &mut WriteTransaction<'_>, touched: &[Touched]) -> Result<(), StoreError> {
    for one in touched {
        insert(transaction, one, "ON CONFLICT DO NOTHING")?;
    }
    Ok(())
}

/// Lists the touched sites of a recipient's file, by site.
pub fn touched(
    transaction: &mut Transaction<'_>,
    recipient: &str,
    path: &[u8],
) -> Result<Vec<Touched>, StoreError> {
    select(
        transaction,
        "WHERE recipient = $1 AND path = $2 ORDER BY site",
        values![recipient, path],
    )
}

/// Lists all touched sites of a recipient, by path and site.
pub fn touched_of_recipient(
    transaction: &mut Transaction<'_>,
    recipient: &str,
) -> Result<Vec<Touched>, StoreError> {
    select(
        transaction,
        "WHERE recipient = $1 ORDER BY path, site",
        values![recipient],
    )
}

/// Stores a site table. Finding sites is deterministic, so another body under the same key is a conflict.
pub fn add_site_table(
    transaction: &mut WriteTransaction<'_>,
    table: &StoredSiteTable,
) -> Result<(), StoreError> {
    insert_once(
        transaction,
        table,
        "WHERE canonical = $1 AND language = $2 AND profile = $3 AND engine = $4 AND anchor_generation = $5",
        values![
            table.canonical.as_str(),
            table.language.as_str(),
            table.profile.as_str(),
            table.engine.as_str(),
            table.anchor_generation
        ],
    )
}

/// Gives the site table of a blob.
pub fn site_table(
    transaction: &mut Transaction<'_>,
    canonical: &str,
    language: &str,
    profile: &str,
    engine: &str,
    anchor_generation: u64,
) -> Result<Option<StoredSiteTable>, StoreError> {
    select_first(
        transaction,
        "WHERE canonical = $1 AND language = $2 AND profile = $3 AND engine = $4 AND anchor_generation = $5",
        values![canonical, language, profile, engine, anchor_generation],
    )
}

/// Stores a commitment; another root under the same key is a conflict, for a codeword is committed once.
pub fn add_commitment(
    transaction: &mut WriteTransaction<'_>,
    commitment: &Commitment,
) -> Result<(), StoreError> {
    insert_once(
        transaction,
        commitment,
        "WHERE recipient = $1 AND canonical = $2 AND profile = $3",
        values![
            commitment.recipient.as_str(),
            commitment.canonical.as_str(),
            commitment.profile.as_str()
        ],
    )
}

/// Gives the commitment for a recipient and blob.
pub fn commitment(
    transaction: &mut Transaction<'_>,
    recipient: &str,
    canonical: &str,
    profile: &str,
) -> Result<Option<Commitment>, StoreError> {
    select_first(
        transaction,
        "WHERE recipient = $1 AND canonical = $2 AND profile = $3",
        values![recipient, canonical, profile],
    )
}

/// Lists the commitments for a recipient, by blob.
pub fn commitments_of_recipient(
    transaction: &mut Transaction<'_>,
    recipient: &str,
) -> Result<Vec<Commitment>, StoreError> {
    select(
        transaction,
        "WHERE recipient = $1 ORDER BY canonical, profile",
        values![recipient],
    )
}
