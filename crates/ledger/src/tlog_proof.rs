//! Offline proofs (c2sp.org/tlog-proof, version 1): index, inclusion path and the signed checkpoint in one text.
//!
//! The optional `extra` line is not written and not accepted: it is not authenticated, and nothing here needs it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::checkpoint::{Checkpoint, CheckpointError, parse_base64_hash, parse_decimal};
use crate::hash::Hash;
use crate::note::{SignedNote, VerifierKey};
use crate::proof::{MAX_PROOF_HASHES, VerifyError, verify_inclusion};

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// A proof that an entry is in a log whose checkpoint it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogProof {
    /// Position of the entry in the log, from 0.
    pub index: u64,
    /// Inclusion path, the leaf's sibling first.
    pub path: Vec<Hash>,
    /// The signed checkpoint, verbatim.
    pub checkpoint: SignedNote,
}

/// Refusals of proofs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    /// Not the text of a proof.
    #[error("tlog proof is malformed: {0}")]
    Malformed(&'static str),
    /// The checkpoint or its signatures.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The path.
    #[error(transparent)]
    Path(#[from] VerifyError),
}

impl TlogProof {
    /// Reads a proof; only the exact form that `Display` writes is accepted.
    pub fn parse(bytes: &[u8]) -> Result<TlogProof, TlogProofError> {
        let text = std::str::from_utf8(bytes).map_err(|_| TlogProofError::Malformed("not UTF-8"))?;
        let (head, checkpoint) = text
            .split_once("\n\n")
            .ok_or(TlogProofError::Malformed("no blank line"))?;
        let mut lines = head.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(TlogProofError::Malformed(
                "the first line is not c2sp.org/tlog-proof@v1",
            ));
        }
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .and_then(parse_decimal)
            .ok_or(TlogProofError::Malformed("no index line"))?;
        let mut path = Vec::new();
        for line in lines {
            if path.len() == MAX_PROOF_HASHES {
                return Err(TlogProofError::Malformed("too many hashes"));
            }
            path.push(
                parse_base64_hash(line)
                    .ok_or(TlogProofError::Malformed("a hash that is not base64 of 32 bytes"))?,
            );
        }
        let checkpoint = SignedNote::parse(checkpoint.as_bytes()).map_err(CheckpointError::from)?;
        Ok(TlogProof {
            index,
            path,
            checkpoint,
        })
    }

    /// Checks that `entry` (its bytes, not its hash) is in the log and that one of `keys` signed the checkpoint, which is
    /// returned. The caller still compares the origin with the log that it expects.
    pub fn verify(&self, entry: &[u8], keys: &[VerifierKey]) -> Result<Checkpoint, TlogProofError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, keys)?;
        let leaf = crate::hash::leaf_hash(entry);
        verify_inclusion(&leaf, self.index, checkpoint.size, &self.path, &checkpoint.root)?;
        Ok(checkpoint)
    }
}

impl std::fmt::Display for TlogProof {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(out, "{HEADER}")?;
        writeln!(out, "index {}", self.index)?;
        for hash in &self.path {
            writeln!(out, "{}", STANDARD.encode(hash.0))?;
        }
        write!(out, "\n{}", self.checkpoint)
    }
}
