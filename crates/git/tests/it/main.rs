//! Mirrors, delivery stores and submissions with the real git, against the reference model of `ringfence-view`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod clone;
mod deltas;
mod ignore;
mod mirror;
#[path = "../../../view/tests/projection/reference.rs"]
mod reference;
mod store;
mod submission;
mod support;
mod throughput;
