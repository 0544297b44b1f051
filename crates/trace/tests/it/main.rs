//! From marked text to a verdict, over real sources: matching, reading and judging as a trace does them, without a database.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod attacks;
mod estate;
mod languages;
mod pieces;
mod several;
mod sources;
mod versions;
