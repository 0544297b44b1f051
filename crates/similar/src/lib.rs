//! Fingerprints of owned text and the index over them: which owned documents a suspect resembles.
//!
//! Tokens come from the lexer, so fragments, minified bundles and reformatted text work; names are blanked, so renamed text
//! works. A second channel keeps names: it speaks for short pieces, where blanked tokens say too little.
//!
//! INVARIANT: no clock, no randomness, no file, no network. The same documents give the same bytes, in any order of insertion.
//! INVARIANT: what is found here only selects what the reader aligns; it is never evidence.

pub mod fingerprint;
pub mod index;

pub use fingerprint::{Fingerprints, MAX_BYTES};
pub use index::{Candidate, DocumentId, Index, IndexError};
