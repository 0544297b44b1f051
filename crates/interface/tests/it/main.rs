//! Laws of interface visibility over real files, and the traps of each language.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod c;
mod compiled;
mod engine;
mod go;
mod java;
mod javascript;
mod python;
mod rust;
mod typescript;
