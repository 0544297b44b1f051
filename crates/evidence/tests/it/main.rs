//! Laws of the pack: what is whole verifies, what is changed does not, and Rust and Python agree.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod changed;
mod forged;
mod further;
mod sample;
mod texts;
mod verifiers;
mod whole;
