//! Rules and projection against the reference model, and the laws of projected histories, all in memory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "projection/differential.rs"]
mod differential;
#[path = "projection/graph.rs"]
mod graph;
#[path = "projection/headers.rs"]
mod headers;
#[path = "projection/history.rs"]
mod history;
#[path = "projection/model.rs"]
mod model;
#[path = "projection/reference.rs"]
mod reference;
#[path = "projection/rules.rs"]
mod rules;
#[path = "projection/shaping.rs"]
mod shaping;
#[path = "projection/trees.rs"]
mod trees;
