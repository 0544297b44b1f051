//! Checkpoints (c2sp.org/tlog-checkpoint): origin, size and root of a log, as the text of a signed note.
//!
//! Extension lines are not written and not accepted: nobody could audit them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::hash::Hash;
use crate::note::{NoteError, NoteSigner, SignedNote, VerifierKey};

/// A log's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Identity of the log, `<owner>/<recipient>` or `<owner>`.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// RFC 6962 root of them.
    pub root: Hash,
}

/// Refusals of checkpoints.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not the three lines of a checkpoint.
    #[error("checkpoint is malformed: {0}")]
    Malformed(&'static str),
    /// The note around it.
    #[error(transparent)]
    Note(#[from] NoteError),
}

impl Checkpoint {
    /// Writes the text that is signed.
    pub fn to_text(&self) -> Result<String, CheckpointError> {
        check_origin(&self.origin)?;
        Ok(format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            STANDARD.encode(self.root.0)
        ))
    }

    /// Reads the text of a checkpoint; only the exact form that `to_text` writes is accepted.
    pub fn from_text(text: &str) -> Result<Checkpoint, CheckpointError> {
        let body = text
            .strip_suffix('\n')
            .ok_or(CheckpointError::Malformed("no newline at the end"))?;
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::Malformed("not exactly three lines"));
        };
        check_origin(origin)?;
        let size =
            parse_decimal(size).ok_or(CheckpointError::Malformed("the size is not a plain decimal"))?;
        let root = parse_base64_hash(root)
            .ok_or(CheckpointError::Malformed("the root is not base64 of 32 bytes"))?;
        Ok(Checkpoint {
            origin: origin.to_owned(),
            size,
            root,
        })
    }

    /// Signs it.
    pub fn sign(&self, signer: &NoteSigner) -> Result<SignedNote, CheckpointError> {
        Ok(signer.sign(&self.to_text()?)?)
    }

    /// Reads a signed checkpoint after verifying that one of `keys` signed it.
    pub fn open(note: &SignedNote, keys: &[VerifierKey]) -> Result<Checkpoint, CheckpointError> {
        note.verify(keys)?;
        Checkpoint::from_text(note.text())
    }
}

fn check_origin(origin: &str) -> Result<(), CheckpointError> {
    if origin.is_empty() || origin.chars().any(|symbol| symbol < '\u{20}') {
        return Err(CheckpointError::Malformed(
            "the origin is empty or holds a control character",
        ));
    }
    Ok(())
}

/// Reads an ASCII decimal without leading zeroes or sign.
pub(crate) fn parse_decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

/// Reads canonical base64 of exactly 32 bytes.
pub(crate) fn parse_base64_hash(text: &str) -> Option<Hash> {
    Hash::from_slice(&STANDARD.decode(text).ok()?).ok()
}
