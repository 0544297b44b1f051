//! From a suspect to the owned asset, the delivered copy and the verdict.
//!
//! // INVARIANT: the extractor is blind. Matching and reading see canonical text and the suspect, never a marked copy, a codeword or a
//! // recipient. Recipients come in only at [`verdict`], after every read is fixed.

pub mod foreign;
pub mod matching;
pub mod reading;
pub mod suspect;
pub mod verdict;
