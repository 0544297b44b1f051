//! Forensic marks: sites, codewords, rendering, reading, scoring.
//!
//! INVARIANT: no clock, no randomness, no file, no network. Evidence must be reproducible.

pub mod model;
