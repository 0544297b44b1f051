//! Tests of the store; each body runs on SQLite and on PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod crash;
mod facade;
mod files;
mod ledger;
mod shaped;
mod tables;
mod work;

use ringfence_ledger::Statement;
use ringfence_store::LogName;

/// Makes a statement of realistic size that names `number`.
pub fn statement(number: u64) -> Statement {
    Statement::builder(
        "delivery-begun",
        "2026-01-05T09:00:00Z",
        "0198f3a1-7c1e-7b55-9d5e-1f2a3b4c5d6e",
    )
    .subject("delivery", format!("d-{number}"))
    .subject("view", "pricing")
    .field("tips", "refs/heads/main 4b825dc642cb6eb9a060e54bf8d69288fbee4904")
    .build()
    .unwrap()
}

/// Names the log of a recipient.
pub fn log_of(recipient: &str) -> LogName {
    LogName::new(&format!("acme.example/{recipient}")).unwrap()
}
