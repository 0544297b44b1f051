//! RFC 6962 Merkle log in the C2SP formats: append, checkpoint, prove, verify.
//!
//! Formats exactly as published at c2sp.org (signed-note, tlog-checkpoint, tlog-proof), so that other programs verify
//! what this one signs. Statements, the entries of the log, are canonical JSON (RFC 8785).
//!
//! INVARIANT: no clock, no randomness, no file, no network, no SQL. Times, salts, keys and stored nodes are passed in.
//! Refuses: unknown versions, encodings that are not the canonical one, anything above its stated bound.

pub mod canonical;
pub mod checkpoint;
pub mod hash;
pub mod note;
pub mod proof;
pub mod statement;
pub mod tlog_proof;
pub mod tree;

pub use canonical::{CanonicalError, Value};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use hash::{Hash, HashError, commit, empty_root, leaf_hash, node_hash, sha256};
pub use note::{NoteError, NoteSignature, NoteSigner, SignedNote, VerifierKey};
pub use proof::{
    ProofError, VerifyError, consistency_proof, inclusion_proof, verify_consistency, verify_inclusion,
};
pub use statement::{MAX_ENTRY_BYTES, STATEMENT_VERSION, Statement, StatementBuilder, StatementError};
pub use tlog_proof::{TlogProof, TlogProofError};
pub use tree::{Frontier, FrontierError, MissingNode, Node, NodeSource, root_of};
