//! Interface texts: what rendering gave for a group of files, the texts by blob id, and import profiles of views.

use super::{insert, insert_once, put, select_first, table_row};
use crate::sql::Transaction;
use crate::{StoreError, WriteTransaction, values};
use jiff::Timestamp;

table_row! {
    /// Holds what rendering gave for one group of files.
    #[derive(Debug)]
    "interface_group" InterfaceGroup {
        /// The SHA-256 over everything that went in.
        input: [u8; 32],
        /// The version of the rendering program.
        engine: u64,
        /// The outcomes, as JSON.
        body: Vec<u8>,
    }
}

table_row! {
    /// Holds one rendered text.
    #[derive(Debug)]
    "interface_text" InterfaceText {
        /// Its git blob id.
        blob: String,
        /// The text.
        body: Vec<u8>,
    }
}

table_row! {
    /// Holds which functions ran while the owner imported a view's Python packages.
    #[derive(Debug)]
    "import_profile" StoredProfile {
        /// The view.
        view: String = "view_name",
        /// The profile as the profiler printed it.
        body: Vec<u8>,
        /// When it was recorded.
        recorded_at: Timestamp,
    }
}

/// Stores the outcomes of a group; the first outcome under an input stays, whatever engine comes later.
pub fn add_group(transaction: &mut WriteTransaction<'_>, group: &InterfaceGroup) -> Result<(), StoreError> {
    insert(transaction, group, "ON CONFLICT DO NOTHING").map(|_| ())
}

/// Gives the outcomes of a group.
pub fn group(
    transaction: &mut Transaction<'_>,
    input: &[u8; 32],
) -> Result<Option<InterfaceGroup>, StoreError> {
    select_first(transaction, "WHERE input = $1", values![*input])
}

/// Stores a text; another body under the same id is a conflict.
pub fn add_text(transaction: &mut WriteTransaction<'_>, text: &InterfaceText) -> Result<(), StoreError> {
    insert_once(transaction, text, "WHERE blob = $1", values![text.blob.as_str()])
}

/// Gives a text by its blob id.
pub fn text(transaction: &mut Transaction<'_>, blob: &str) -> Result<Option<InterfaceText>, StoreError> {
    select_first(transaction, "WHERE blob = $1", values![blob])
}

/// Replaces a view's import profile.
pub fn put_profile(
    transaction: &mut WriteTransaction<'_>,
    profile: &StoredProfile,
) -> Result<(), StoreError> {
    put(transaction, profile, &["view_name"])
}

/// Gives a view's import profile.
pub fn profile(transaction: &mut Transaction<'_>, view: &str) -> Result<Option<StoredProfile>, StoreError> {
    select_first(transaction, "WHERE view_name = $1", values![view])
}
