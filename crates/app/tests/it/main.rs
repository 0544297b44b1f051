//! Use cases as the binary and the gateway call them, on both databases, with real repositories.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod estates;
mod generations;
mod histories;
mod marks;
mod pushes;
mod signing;
mod stage;
mod upstreams;
