//! Real git clients and raw sockets against the gateway, with a gate that records what it is asked.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod attack;
mod bombs;
mod cut;
mod fixture;
mod listening;
mod push;
mod sign_in;
mod transfer;
