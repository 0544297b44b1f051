//! What can go wrong in the store, each with the values a person needs.

use std::path::PathBuf;

/// Says why the store could not read or write.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address in the configuration is not one the store can use.
    #[error("the database address `{url}` cannot be used: {reason}")]
    Address {
        /// The address with its password removed.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The database exists but cannot be opened or reached.
    #[error("cannot open the database `{url}`: {reason}")]
    Open {
        /// The address with its password removed.
        url: String,
        /// The database's own words.
        reason: String,
    },
    /// The server acknowledges commits before they are on disk.
    #[error(
        "the database `{url}` runs with {setting} = {value}: acknowledged entries could be lost; turn it on"
    )]
    NotDurable {
        /// The address with its password removed.
        url: String,
        /// The setting's name.
        setting: &'static str,
        /// The value found.
        value: String,
    },
    /// A newer program has changed the tables.
    #[error(
        "the database has schema version {found}, this program knows versions up to {known}: use the newer program"
    )]
    NewerSchema {
        /// The version in the database.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// A migration differs from the one that was applied.
    #[error("migration {number} ({name}) in this program is not the one that was applied to the database")]
    ChangedMigration {
        /// The migration's number.
        number: i64,
        /// The migration's name.
        name: String,
    },
    /// No room is left for a write; nothing of it was kept.
    #[error("no room is left to write to the database, nothing was written: {detail}")]
    Full {
        /// The database's own words.
        detail: String,
    },
    /// The disk failed; nothing of the transaction was kept.
    #[error("the database could not read or write its files, nothing was written: {detail}")]
    Disk {
        /// The database's own words.
        detail: String,
    },
    /// Another process holds the database for too long.
    #[error("the database is held by another process: {detail}")]
    Busy {
        /// The database's own words.
        detail: String,
    },
    /// The row breaks a rule of the tables: usually it exists already.
    #[error("the row conflicts with what is stored: {detail}")]
    Conflict {
        /// The database's own words, with the columns.
        detail: String,
    },
    /// A statement failed for another reason.
    #[error("the database refused `{sql}`: {detail}")]
    Statement {
        /// The beginning of the statement, without values.
        sql: String,
        /// The database's own words.
        detail: String,
    },
    /// The connection to the database is gone.
    #[error("the connection to the database was lost: {detail}")]
    Disconnected {
        /// The database's own words.
        detail: String,
    },
    /// A statement was sent after an earlier one of the same transaction had failed.
    #[error("an earlier statement of this transaction failed: {cause}")]
    Aborted {
        /// The failure that came first.
        cause: String,
    },
    /// A stored value is not of the kind that the program expects.
    #[error("column {column} holds {found}, expected {expected}")]
    Column {
        /// The column's position, from zero.
        column: usize,
        /// What the column should hold.
        expected: &'static str,
        /// What it holds.
        found: String,
    },
    /// A query that must give one row gave another number.
    #[error("`{sql}` gave {found} rows, expected one")]
    RowCount {
        /// The beginning of the statement.
        sql: String,
        /// How many rows came.
        found: usize,
    },
    /// Another write of the same batch ended the database transaction, so this one is undone too.
    #[error("the write was undone because the batch it belonged to failed: {cause}")]
    BatchLost {
        /// The failure that ended the batch.
        cause: String,
    },
    /// The commit did not succeed; over a network the outcome may be unknown.
    #[error("the commit failed, so the write is not acknowledged: {cause}")]
    Commit {
        /// The failure of the commit.
        cause: String,
    },
    /// The closure given to `write` panicked; its work is undone.
    #[error("the write ended in a fault of the program and was undone: {detail}")]
    Panicked {
        /// The panic's message.
        detail: String,
    },
    /// A write was started inside another write of the same database.
    #[error("a write cannot be started inside another write")]
    NestedWrite,
    /// The writer thread has ended.
    #[error("the database is closed")]
    Closed,
    /// The ledger refused an entry or its stored state is damaged.
    #[error("ledger {log}: {detail}")]
    Ledger {
        /// The log's origin.
        log: String,
        /// What is wrong.
        detail: String,
    },
    /// The database is older than what was signed: a restored backup must not fork the log.
    #[error(
        "log {log} was signed at size {signed}, but the database holds only {stored} entries: refuse to fork the log; restore the newer database"
    )]
    Forked {
        /// The log's origin.
        log: String,
        /// The largest size that was signed.
        signed: u64,
        /// The size in the database.
        stored: u64,
    },
    /// Another process has this home open as a server.
    #[error("another server runs on {}: {holder}", home.display())]
    HomeInUse {
        /// The home folder.
        home: PathBuf,
        /// What the lock file says about the holder.
        holder: String,
    },
    /// A file of the home cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A file of the home holds something else than it must.
    #[error("{}: {detail}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// A blob is not in the store.
    #[error("no blob {hash} is stored")]
    NoBlob {
        /// The blob's SHA-256 in hexadecimal.
        hash: String,
    },
}

impl StoreError {
    /// Makes the error of a file operation.
    pub(crate) fn file(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::File {
            path: path.into(),
            source,
        }
    }
}
