//! The evidence pack: written and verified offline.
//!
//! A pack is a zip of what a case found, each file with its hash in a signed manifest, each statement with its proof of
//! inclusion in a signed log. It shows that it is whole and that its sums are right; that its key is the owner's comes
//! from outside, as `--trust KEY`.
//!
//! INVARIANT: no clock, no randomness, no file, no network: the same input gives the same bytes, and `verifier/verify.py`,
//! which goes into each pack, gives the same verdict as [`verify_pack`].
//! Refuses: other versions, members outside the manifest, anything above its stated bound.

pub mod container;
pub mod format;
pub mod input;
mod tally;
mod text;
pub mod verify;
pub mod write;

pub use container::ContainerError;
pub use input::{
    AgreementPaper, Alternative, CustodyStep, Exhibit, ExhibitRole, Finding, FurtherName, Match, OpenedBlob,
    OpenedRead, OtherScore, PackInput, PackedStatement, SignatureRecord, Verdict,
};
pub use text::HONEST_LIMITS;
pub use verify::{Claim, Entry, FurtherClaim, Report, Trust, verify_pack};
pub use write::{Pack, PackError, write_pack};

/// The verifier that goes into each pack: Python, standard library only.
pub const VERIFIER: &str = include_str!("../verifier/verify.py");
