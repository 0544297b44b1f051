//! The real binary over temporary homes and real repositories: what each command says, refuses and leaves behind.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod alternatives;
mod anew;
mod attack;
mod builds;
mod databases;
mod deliveries;
mod estates;
mod full_disk;
mod headers;
mod interfaces;
mod laws;
mod ledger;
mod locate;
mod packages;
mod packs;
mod reference;
mod repositories;
mod sign_in;
mod submissions;
mod support;
mod suspects;
mod traces;
mod trees;
mod why;
