//! Signed notes (c2sp.org/signed-note) with Ed25519 lines.
//!
//! A note is text and signature lines. Lines of unknown keys are carried and ignored, as the format demands; a line of a
//! known key that does not verify refuses the whole note. Refuses: control characters, more than 64 lines of signatures,
//! notes above 1 MiB, base64 that is not canonical.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// Largest accepted note in bytes.
pub const MAX_NOTE_BYTES: usize = 1 << 20;
/// Most signature lines accepted; the format asks for at least 16.
pub const MAX_SIGNATURES: usize = 64;
/// Signature type of Ed25519 as assigned by signed-note.
const ED25519: u8 = 0x01;

/// Refusals of notes and their keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// A key name that the format does not allow.
    #[error("key name {0:?} is empty or holds a space, a plus or a control character")]
    KeyName(String),
    /// A verifier key that is not `name+hexid+base64(type || key)`.
    #[error("verifier key is malformed: {0}")]
    VerifierKey(&'static str),
    /// A text that cannot be the text of a note.
    #[error("note text must end in a newline and hold no control character")]
    Text,
    /// A note that is not one.
    #[error("signed note is malformed: {0}")]
    Malformed(&'static str),
    /// A note above a bound.
    #[error("signed note is too large: {0}")]
    TooLarge(&'static str),
    /// A known key whose signature does not verify.
    #[error("the signature of {name} does not verify")]
    BadSignature {
        /// Name of the key.
        name: String,
    },
    /// No line is by a known key.
    #[error("no signature is by a known key (signed by: {signers})")]
    NoKnownKey {
        /// Names on the note.
        signers: String,
    },
}

/// An Ed25519 key that signs notes under a name. Redacts itself.
pub struct NoteSigner {
    name: String,
    key: SigningKey,
}

impl NoteSigner {
    /// Makes a signer from a name and a 32-byte Ed25519 seed.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<NoteSigner, NoteError> {
        check_name(name)?;
        Ok(NoteSigner {
            name: name.to_owned(),
            key: SigningKey::from_bytes(seed),
        })
    }

    /// Returns the key that verifies what this one signs.
    pub fn verifier_key(&self) -> VerifierKey {
        VerifierKey {
            name: self.name.clone(),
            key: self.key.verifying_key(),
        }
    }

    /// Signs a text (which ends in a newline).
    pub fn sign(&self, text: &str) -> Result<SignedNote, NoteError> {
        check_text(text)?;
        let mut note = SignedNote {
            text: text.to_owned(),
            signatures: Vec::new(),
        };
        self.add_signature(&mut note);
        Ok(note)
    }

    /// Adds this key's line to a note, as a second signer does.
    pub fn add_signature(&self, note: &mut SignedNote) {
        let signature = self.key.sign(note.text.as_bytes());
        let key = self.verifier_key();
        note.signatures.push(NoteSignature {
            name: self.name.clone(),
            key_id: key.key_id(),
            signature: signature.to_bytes().to_vec(),
        });
    }
}

impl std::fmt::Debug for NoteSigner {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "NoteSigner({}, key redacted)", self.name)
    }
}

/// The public half: name and Ed25519 key, written `name+hexid+base64(0x01 || key)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    key: VerifyingKey,
}

impl VerifierKey {
    /// Makes a verifier key from its parts; refuses weak keys.
    pub fn new(name: &str, public_key: &[u8; 32]) -> Result<VerifierKey, NoteError> {
        check_name(name)?;
        let key = VerifyingKey::from_bytes(public_key)
            .map_err(|_| NoteError::VerifierKey("not a point of Ed25519"))?;
        if key.is_weak() {
            return Err(NoteError::VerifierKey("a weak point of Ed25519"));
        }
        Ok(VerifierKey {
            name: name.to_owned(),
            key,
        })
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the 32 bytes of the public key.
    pub fn public_key(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    /// Returns the same key under another name, as when one key signs several logs, each under its origin.
    pub fn named(&self, name: &str) -> Result<VerifierKey, NoteError> {
        check_name(name)?;
        Ok(VerifierKey {
            name: name.to_owned(),
            key: self.key,
        })
    }

    /// Returns SHA-256(name || 0x0A || 0x01 || key), of which the first four bytes are the key id; what a person compares.
    pub fn fingerprint(&self) -> crate::Hash {
        let mut hasher = Sha256::new();
        hasher.update(self.name.as_bytes());
        hasher.update([b'\n', ED25519]);
        hasher.update(self.key.as_bytes());
        crate::Hash(hasher.finalize().into())
    }

    /// Returns the key id.
    pub fn key_id(&self) -> [u8; 4] {
        let [first, second, third, fourth, ..] = self.fingerprint().0;
        [first, second, third, fourth]
    }

    fn verify(&self, text: &str, signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(text.as_bytes(), &signature).is_ok())
    }
}

impl std::fmt::Display for VerifierKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut key = vec![ED25519];
        key.extend_from_slice(self.key.as_bytes());
        write!(
            out,
            "{}+{}+{}",
            self.name,
            hex::encode(self.key_id()),
            STANDARD.encode(key)
        )
    }
}

impl std::str::FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<VerifierKey, NoteError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::VerifierKey("not of the form name+id+key"));
        };
        let key = STANDARD
            .decode(key)
            .map_err(|_| NoteError::VerifierKey("the key is not base64"))?;
        let Some((&ED25519, key)) = key.split_first() else {
            return Err(NoteError::VerifierKey("not an Ed25519 key of type 1"));
        };
        let key =
            <[u8; 32]>::try_from(key).map_err(|_| NoteError::VerifierKey("an Ed25519 key has 32 bytes"))?;
        let key = VerifierKey::new(name, &key)?;
        if hex::encode(key.key_id()) != id {
            return Err(NoteError::VerifierKey("the key id does not fit name and key"));
        }
        Ok(key)
    }
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    /// Name of the key.
    pub name: String,
    /// First four bytes of its fingerprint.
    pub key_id: [u8; 4],
    /// Signature bytes; 64 for Ed25519.
    pub signature: Vec<u8>,
}

/// A text and its signature lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl SignedNote {
    /// Returns the signed text, final newline included. Not to be believed before `verify`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the signature lines, unverified.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Reads a note; only the exact form that `Display` writes is accepted.
    pub fn parse(bytes: &[u8]) -> Result<SignedNote, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLarge("more than 1 MiB"));
        }
        let note = std::str::from_utf8(bytes).map_err(|_| NoteError::Malformed("not UTF-8"))?;
        if note.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return Err(NoteError::Malformed("a control character"));
        }
        let (text, lines) = note
            .rsplit_once("\n\n")
            .ok_or(NoteError::Malformed("no blank line before the signatures"))?;
        let lines = lines
            .strip_suffix('\n')
            .ok_or(NoteError::Malformed("no newline at the end"))?;
        let text = format!("{text}\n");
        check_text(&text)?;
        let mut signatures = Vec::new();
        for line in lines.split('\n') {
            if signatures.len() == MAX_SIGNATURES {
                return Err(NoteError::TooLarge("more than 64 signatures"));
            }
            signatures.push(parse_signature(line)?);
        }
        Ok(SignedNote { text, signatures })
    }

    /// Returns those of `keys` that signed. Refuses when none did, or when the line of one of them does not verify.
    pub fn verify<'k>(&self, keys: &'k [VerifierKey]) -> Result<Vec<&'k VerifierKey>, NoteError> {
        let mut signers: Vec<&VerifierKey> = Vec::new();
        for line in &self.signatures {
            let known = keys
                .iter()
                .filter(|key| key.name == line.name && key.key_id() == line.key_id);
            for key in known {
                if !key.verify(&self.text, &line.signature) {
                    return Err(NoteError::BadSignature {
                        name: line.name.clone(),
                    });
                }
                if !signers.contains(&key) {
                    signers.push(key);
                }
            }
        }
        if signers.is_empty() {
            let names: Vec<&str> = self.signatures.iter().map(|line| line.name.as_str()).collect();
            return Err(NoteError::NoKnownKey {
                signers: names.join(", "),
            });
        }
        Ok(signers)
    }
}

impl std::fmt::Display for SignedNote {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(out, "{}", self.text)?;
        for line in &self.signatures {
            let mut bytes = line.key_id.to_vec();
            bytes.extend_from_slice(&line.signature);
            writeln!(out, "\u{2014} {} {}", line.name, STANDARD.encode(bytes))?;
        }
        Ok(())
    }
}

fn parse_signature(line: &str) -> Result<NoteSignature, NoteError> {
    let malformed = NoteError::Malformed("a signature line that is not `\u{2014} name base64`");
    let rest = line.strip_prefix("\u{2014} ").ok_or_else(|| malformed.clone())?;
    let (name, base64) = rest.split_once(' ').ok_or_else(|| malformed.clone())?;
    check_name(name)?;
    let bytes = STANDARD
        .decode(base64)
        .map_err(|_| NoteError::Malformed("a signature that is not base64"))?;
    let (key_id, signature) = bytes.split_first_chunk::<4>().ok_or(malformed)?;
    if signature.is_empty() {
        return Err(NoteError::Malformed("an empty signature"));
    }
    Ok(NoteSignature {
        name: name.to_owned(),
        key_id: *key_id,
        signature: signature.to_vec(),
    })
}

fn check_name(name: &str) -> Result<(), NoteError> {
    let forbidden = |symbol: char| symbol.is_whitespace() || symbol == '+' || symbol < '\u{20}';
    if name.is_empty() || name.chars().any(forbidden) {
        return Err(NoteError::KeyName(name.to_owned()));
    }
    Ok(())
}

fn check_text(text: &str) -> Result<(), NoteError> {
    let control = text.bytes().any(|byte| byte < 0x20 && byte != b'\n');
    if control || !text.ends_with('\n') {
        return Err(NoteError::Text);
    }
    Ok(())
}
