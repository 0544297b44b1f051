//! One SQL facade over SQLite and PostgreSQL, migrations, the ledger writer, blobs.
//!
//! Start at [`Database::open`]; read with [`Database::read`], write with [`Database::write`]. A write and its ledger
//! entries are one database transaction, and its answer leaves only after the commit is durable.

pub mod blobs;
pub mod database;
pub mod error;
pub mod lock;
pub mod log;
mod migration;
pub mod signed;
pub mod sql;
pub mod tables;
pub mod writer;

pub use blobs::Blobs;
pub use database::Database;
pub use error::StoreError;
pub use lock::ServerLock;
pub use log::{Entry, EntryRef, Head, LogName};
pub use signed::SignedSizes;
pub use sql::{DatabaseConfig, FromValue, Row, Transaction, Value};
pub use writer::WriteTransaction;
