//! Forensic marks: sites, codewords, rendering, reading, scoring.
//!
//! INVARIANT: no clock, no randomness, no file, no network. Evidence must be reproducible.

mod align;
pub mod codeword;
pub mod commitment;
pub mod error;
pub mod find;
mod gate;
pub mod marking;
pub mod model;
pub mod never;
pub mod read;
pub mod render;
pub mod score;
pub mod table;

pub use error::MarkError;
pub use find::{site_table, site_table_as};
pub use marking::{Families, Marking};
pub use render::{Rendering, Segment, render, render_with_map};
