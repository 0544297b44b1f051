//! What can go wrong while sites are found and copies are rendered.

use ringfence_syntax::SyntaxError;
use thiserror::Error;

/// Why a table could not be made, read or used.
#[derive(Debug, Error)]
pub enum MarkError {
    /// The text could not be parsed at all.
    #[error("canonical text cannot be parsed: {0}")]
    Syntax(#[from] SyntaxError),
    /// The table belongs to another text.
    #[error("site table is for a text of {expected} bytes, given one of {actual} bytes")]
    WrongText {
        /// Length in the table.
        expected: usize,
        /// Length of the text.
        actual: usize,
    },
    /// The stored table is damaged or hostile.
    #[error("site table is not usable: {reason}")]
    BadTable {
        /// Which rule it breaks.
        reason: String,
    },
    /// The stored table was written by a later version.
    #[error("site table has format {found}, this program reads up to {known}")]
    UnknownFormat {
        /// Version in the bytes.
        found: u16,
        /// Highest version known.
        known: u16,
    },
    /// The table could not be written.
    #[error("site table cannot be encoded: {reason}")]
    Encoding {
        /// What the encoder said.
        reason: String,
    },
}

impl MarkError {
    pub(crate) fn bad_table(reason: impl Into<String>) -> MarkError {
        MarkError::BadTable {
            reason: reason.into(),
        }
    }
}
