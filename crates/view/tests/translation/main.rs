//! Laws of translation, on real files of every marked language with their real sites.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod cases;
mod edits;
mod finder;
mod history;
mod laws;
mod real;
mod robust;
mod subject;
