//! The forms in which a rendered text was delivered: with which header line around it, or as its recipient pushed it.

use super::{insert, insert_once, select, table_row};
use crate::sql::Transaction;
use crate::{StoreError, WriteTransaction, values};

table_row! {
    /// Holds one form of a text at a path of a recipient.
    #[derive(Debug)]
    "delivered_form" DeliveredForm {
        /// To whom.
        recipient: String,
        /// The path in the view.
        path: Vec<u8>,
        /// The id of the text without its header line, as `delivered_file` has it.
        rendered: String,
        /// The words of the header line that was in force; empty: none was.
        header: String,
        /// Counts the forms of one text under one line from 0; the first one is what is delivered.
        ordinal: u64,
        /// The id of the blob as delivered.
        delivered: String,
        /// What of the delivered bytes is header line: `start-end` of each part, with commas.
        spans: String,
    }
}

/// Notes the forms in which texts are delivered. The same again is nothing; other bytes for the same text under the same line are a
/// conflict, because what was delivered once must stay what is delivered.
pub fn add(transaction: &mut WriteTransaction<'_>, forms: &[DeliveredForm]) -> Result<(), StoreError> {
    for form in forms {
        insert_once(
            transaction,
            form,
            "WHERE recipient = $1 AND path = $2 AND rendered = $3 AND header = $4 AND ordinal = $5",
            values![
                form.recipient.as_str(),
                form.path.as_slice(),
                form.rendered.as_str(),
                form.header.as_str(),
                form.ordinal
            ],
        )?;
    }
    Ok(())
}

/// Notes a form that a recipient pushed, behind those that are there, whatever its ordinal says.
pub fn add_pushed(transaction: &mut WriteTransaction<'_>, form: &DeliveredForm) -> Result<(), StoreError> {
    let mut known = of_text(transaction, &form.recipient, &form.path, &form.rendered)?;
    known.retain(|row| row.header == form.header);
    if known.iter().any(|row| row.delivered == form.delivered) {
        return Ok(());
    }
    let form = DeliveredForm {
        ordinal: u64::try_from(known.len()).unwrap_or(u64::MAX),
        ..form.clone()
    };
    insert(transaction, &form, "").map(|_| ())
}

/// Lists all forms of a recipient, by path.
pub fn of_recipient(
    transaction: &mut Transaction<'_>,
    recipient: &str,
) -> Result<Vec<DeliveredForm>, StoreError> {
    select(
        transaction,
        "WHERE recipient = $1 ORDER BY path, rendered, header, ordinal",
        values![recipient],
    )
}

/// Lists the forms of one text at a path of a recipient.
pub fn of_text(
    transaction: &mut Transaction<'_>,
    recipient: &str,
    path: &[u8],
    rendered: &str,
) -> Result<Vec<DeliveredForm>, StoreError> {
    select(
        transaction,
        "WHERE recipient = $1 AND path = $2 AND rendered = $3 ORDER BY header, ordinal",
        values![recipient, path, rendered],
    )
}

/// Lists where exactly these bytes went, by recipient and path.
pub fn of_delivered(
    transaction: &mut Transaction<'_>,
    delivered: &str,
) -> Result<Vec<DeliveredForm>, StoreError> {
    select(
        transaction,
        "WHERE delivered = $1 ORDER BY recipient, path, rendered, header, ordinal",
        values![delivered],
    )
}
