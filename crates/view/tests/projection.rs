//! Rules and projection against the reference model, and the laws of projected histories, all in memory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "projection/history.rs"]
mod history;
#[path = "projection/reference.rs"]
mod reference;
#[path = "projection/rules.rs"]
mod rules;
#[path = "projection/trees.rs"]
mod trees;
