//! The domain from outside: estate files as people write them, plans as people read them, patterns against git itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod assets;
mod bad_estates;
mod estates;
mod marks;
mod patterns;
mod plans;

use ringfence_domain::Estate;

/// The example of the design, unchanged.
pub const EXAMPLE: &str = include_str!("../fixtures/estate.toml");

/// Reads the example after replacing each `(text, by)`; every text must occur.
pub fn edited(edits: &[(&str, &str)]) -> String {
    edits.iter().fold(EXAMPLE.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "the example has no {old:?}");
        text.replace(old, new)
    })
}

/// Reads a text that must be an estate.
pub fn estate(text: &str) -> Estate {
    Estate::parse(text, "estate.toml").unwrap_or_else(|errors| panic!("{errors}"))
}
