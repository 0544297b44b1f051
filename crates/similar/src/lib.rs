//! Fingerprints of owned text, the index over them, and ordered alignment: which owned documents a suspect resembles, and where.
//!
//! Tokens come from the lexer, so fragments, minified bundles and reformatted text work; names are blanked, so renamed text
//! works. A second channel keeps names: it speaks for short pieces, where blanked tokens say too little.
//!
//! The index is log-structured: immutable sorted segments, read by position, merged when there are many. This crate writes to and reads from what it
//! is given; files are the caller's.
//!
//! INVARIANT: no clock, no randomness, no file, no network. The same documents give the same bytes, in any order of insertion.
//! INVARIANT: what is found here only selects what the reader aligns; it is never evidence.

pub mod background;
pub mod fingerprint;
pub mod index;
mod number;
pub mod segment;
pub mod tiles;
pub mod tokens;

pub use background::Background;
pub use fingerprint::{Channel, Fingerprints};
pub use index::{Candidate, Index, Resemblance};
pub use segment::{DocumentId, Segment, SegmentBuilder, SegmentError, Source, merge};
pub use tiles::{Tile, tiles};
pub use tokens::{MAX_BYTES, Tokens};
