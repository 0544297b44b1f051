//! SSH signatures (OpenSSH's PROTOCOL.sshsig) in namespace `git`: made with the gateway key, and verified for the keys that people
//! registered. Pure: keys and bytes come in, texts and verdicts go out.
//!
//! Refuses: other namespaces, SHA-1 signatures, RSA below 2,048 bits, signatures of a hardware key without presence, P-521, DSA.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use ed25519_dalek::{Signer as _, SigningKey};
use ring::signature as verifying;
use sha2::{Digest as _, Sha256, Sha512};

const MAGIC: &[u8] = b"SSHSIG";
const NAMESPACE: &[u8] = b"git";
const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";
/// The longest armour or key that is read: an RSA key of 16,384 bits stays far below.
const LONGEST: usize = 32 << 10;

/// Why a key or a signature does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SshError {
    /// The text is no public key.
    #[error(
        "this is not an SSH public key (expected \"ssh-ed25519 AAAA... comment\", as in a file ending in .pub)"
    )]
    NotAKey,
    /// A kind of key that is not supported.
    #[error(
        "keys of kind {0} are not supported; use ssh-ed25519, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, ssh-rsa of 2,048 bits or more, or sk-ssh-ed25519@openssh.com"
    )]
    Kind(String),
    /// Not an SSH signature at all.
    #[error("it carries no SSH signature but another kind (OpenPGP or X.509)")]
    OtherKind,
    /// An SSH signature that cannot be read.
    #[error("its signature cannot be read: {0}")]
    Malformed(&'static str),
    /// A signature for something else.
    #[error("its signature was made for namespace {0:?}, not for \"git\"")]
    Namespace(String),
    /// The bytes were not signed by that key.
    #[error("its signature does not fit its content")]
    Wrong,
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    blob: Vec<u8>,
}

impl PublicKey {
    /// Reads the one line of a `.pub` file; the comment is left out.
    ///
    /// # Errors
    /// When it is no public key or of a kind that is not supported.
    pub fn read(text: &str) -> Result<Self, SshError> {
        if text.len() > LONGEST {
            return Err(SshError::NotAKey);
        }
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let (Some(line), None) = (lines.next(), lines.next()) else {
            return Err(SshError::NotAKey);
        };
        let mut parts = line.split_ascii_whitespace();
        let (Some(kind), Some(body)) = (parts.next(), parts.next()) else {
            return Err(SshError::NotAKey);
        };
        let blob = STANDARD.decode(body).map_err(|_| SshError::NotAKey)?;
        if Reader(&blob).string() != Some(kind.as_bytes()) {
            return Err(SshError::NotAKey);
        }
        let key = Self { blob };
        key.check()?;
        Ok(key)
    }

    fn check(&self) -> Result<(), SshError> {
        let mut reader = Reader(&self.blob);
        let kind = reader.string().ok_or(SshError::NotAKey)?;
        let whole = match kind {
            b"ssh-ed25519" => reader.string().is_some_and(|key| key.len() == 32),
            b"sk-ssh-ed25519@openssh.com" => {
                reader.string().is_some_and(|key| key.len() == 32) && reader.string().is_some()
            }
            b"ssh-rsa" => reader.string().is_some() && reader.string().is_some_and(|n| n.len() > 255),
            b"ecdsa-sha2-nistp256" | b"ecdsa-sha2-nistp384" => {
                reader.string().is_some() && reader.string().is_some()
            }
            other => return Err(SshError::Kind(other.escape_ascii().to_string())),
        };
        if whole && reader.0.is_empty() {
            Ok(())
        } else {
            Err(SshError::NotAKey)
        }
    }

    /// The kind, such as `ssh-ed25519`.
    #[must_use]
    pub fn kind(&self) -> String {
        let kind = Reader(&self.blob).string().unwrap_or_default();
        kind.escape_ascii().to_string()
    }

    /// The line of a `.pub` file without comment.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} {}", self.kind(), STANDARD.encode(&self.blob))
    }

    /// `SHA256:...`, as `ssh-keygen -l` prints it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&self.blob)))
    }
}

/// A signature as it was found, not yet verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The key that claims to have made it.
    pub key: PublicKey,
    hash: Vec<u8>,
    kind: Vec<u8>,
    bytes: Vec<u8>,
    /// What a hardware key puts to it: flags and counter.
    extra: Vec<u8>,
}

impl Signature {
    /// Reads an armoured signature.
    ///
    /// # Errors
    /// When it is none, is cut short or too long, or is for another namespace.
    pub fn read(armour: &str) -> Result<Self, SshError> {
        let inside = armour
            .trim()
            .strip_prefix(BEGIN)
            .and_then(|rest| rest.strip_suffix(END))
            .ok_or(SshError::OtherKind)?;
        if inside.len() > LONGEST {
            return Err(SshError::Malformed("it is too long"));
        }
        let body: String = inside
            .chars()
            .filter(|letter| !letter.is_ascii_whitespace())
            .collect();
        let blob = STANDARD
            .decode(body)
            .map_err(|_| SshError::Malformed("it is not in base64"))?;
        let short = || SshError::Malformed("it is cut short");
        let rest = blob
            .strip_prefix(MAGIC)
            .and_then(|rest| rest.strip_prefix(&1_u32.to_be_bytes()))
            .ok_or(SshError::Malformed("it is of another version"))?;
        let mut reader = Reader(rest);
        let key = PublicKey {
            blob: reader.string().ok_or_else(short)?.to_vec(),
        };
        key.check()?;
        let namespace = reader.string().ok_or_else(short)?;
        if namespace != NAMESPACE {
            return Err(SshError::Namespace(namespace.escape_ascii().to_string()));
        }
        reader.string().ok_or_else(short)?;
        let hash = reader.string().ok_or_else(short)?.to_vec();
        let mut inner = Reader(reader.string().ok_or_else(short)?);
        let kind = inner.string().ok_or_else(short)?.to_vec();
        let bytes = inner.string().ok_or_else(short)?.to_vec();
        Ok(Self {
            key,
            hash,
            kind,
            bytes,
            extra: inner.0.to_vec(),
        })
    }

    /// Verifies it over the bytes that it claims to sign.
    ///
    /// # Errors
    /// When it does not fit, or uses an algorithm that does not count.
    pub fn verify(&self, payload: &[u8]) -> Result<(), SshError> {
        let digest = match self.hash.as_slice() {
            b"sha256" => Sha256::digest(payload).to_vec(),
            b"sha512" => Sha512::digest(payload).to_vec(),
            _ => return Err(SshError::Malformed("it hashes with neither sha256 nor sha512")),
        };
        let signed = to_be_signed(&self.hash, &digest);
        let mut reader = Reader(&self.key.blob);
        let kind = reader.string().unwrap_or_default();
        let mut field = || reader.string().ok_or(SshError::Malformed("its key is cut short"));
        let fits = match (kind, self.kind.as_slice()) {
            (b"ssh-ed25519", b"ssh-ed25519") if self.extra.is_empty() => {
                check(&verifying::ED25519, field()?, &signed, &self.bytes)
            }
            (b"sk-ssh-ed25519@openssh.com", b"sk-ssh-ed25519@openssh.com") => {
                let (key, application) = (field()?, field()?);
                let present = self.extra.len() == 5 && self.extra.first().is_some_and(|flags| flags & 1 == 1);
                let mut message = Sha256::digest(application).to_vec();
                message.extend_from_slice(&self.extra);
                message.extend_from_slice(&Sha256::digest(&signed));
                present && check(&verifying::ED25519, key, &message, &self.bytes)
            }
            (b"ssh-rsa", algorithm) if self.extra.is_empty() => {
                let (exponent, modulus) = (positive(field()?), positive(field()?));
                let parameters = match algorithm {
                    b"rsa-sha2-256" => &verifying::RSA_PKCS1_2048_8192_SHA256,
                    b"rsa-sha2-512" => &verifying::RSA_PKCS1_2048_8192_SHA512,
                    _ => return Err(SshError::Malformed("it is an RSA signature over SHA-1")),
                };
                let key = verifying::RsaPublicKeyComponents {
                    n: modulus,
                    e: exponent,
                };
                key.verify(parameters, &signed, &self.bytes).is_ok()
            }
            (b"ecdsa-sha2-nistp256", b"ecdsa-sha2-nistp256") if self.extra.is_empty() => {
                field()?;
                let fixed = self.fixed(32)?;
                check(&verifying::ECDSA_P256_SHA256_FIXED, field()?, &signed, &fixed)
            }
            (b"ecdsa-sha2-nistp384", b"ecdsa-sha2-nistp384") if self.extra.is_empty() => {
                field()?;
                let fixed = self.fixed(48)?;
                check(&verifying::ECDSA_P384_SHA384_FIXED, field()?, &signed, &fixed)
            }
            _ => {
                return Err(SshError::Malformed(
                    "its key and its algorithm do not belong together",
                ));
            }
        };
        if fits { Ok(()) } else { Err(SshError::Wrong) }
    }

    /// The two numbers of an ECDSA signature, each with `size` bytes.
    fn fixed(&self, size: usize) -> Result<Vec<u8>, SshError> {
        let mut reader = Reader(&self.bytes);
        let mut out = Vec::with_capacity(size.saturating_mul(2));
        for _ in 0..2 {
            let number = positive(reader.string().ok_or(SshError::Malformed("it is cut short"))?);
            let zeros = size
                .checked_sub(number.len())
                .ok_or(SshError::Malformed("a number of it is too large"))?;
            out.resize(out.len().saturating_add(zeros), 0);
            out.extend_from_slice(number);
        }
        Ok(out)
    }
}

/// The gateway's key: signs what the gateway makes.
pub struct GatewayKey {
    key: SigningKey,
}

impl GatewayKey {
    /// The key of a secret seed.
    #[must_use]
    pub fn new(seed: &[u8; 32]) -> Self {
        Self {
            key: SigningKey::from_bytes(seed),
        }
    }

    /// Its public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let mut blob = Vec::with_capacity(51);
        put(&mut blob, b"ssh-ed25519");
        put(&mut blob, self.key.verifying_key().as_bytes());
        PublicKey { blob }
    }

    /// Signs bytes; the same bytes give the same armour.
    #[must_use]
    pub fn sign(&self, payload: &[u8]) -> String {
        let signed = to_be_signed(b"sha512", &Sha512::digest(payload));
        let mut inner = Vec::with_capacity(83);
        put(&mut inner, b"ssh-ed25519");
        put(&mut inner, &self.key.sign(&signed).to_bytes());
        let mut blob = MAGIC.to_vec();
        blob.extend_from_slice(&1_u32.to_be_bytes());
        for part in [&self.public().blob, NAMESPACE, b"", b"sha512", &inner] {
            put(&mut blob, part);
        }
        let body = STANDARD.encode(blob);
        let mut armour = format!("{BEGIN}\n");
        let mut rest = body.as_str();
        while !rest.is_empty() {
            let (line, next) = rest.split_at_checked(70).unwrap_or((rest, ""));
            armour.push_str(line);
            armour.push('\n');
            rest = next;
        }
        armour.push_str(END);
        armour.push('\n');
        armour
    }
}

fn to_be_signed(hash: &[u8], digest: &[u8]) -> Vec<u8> {
    let mut signed = MAGIC.to_vec();
    for part in [NAMESPACE, b"", hash, digest] {
        put(&mut signed, part);
    }
    signed
}

fn check(
    algorithm: &'static dyn verifying::VerificationAlgorithm,
    key: &[u8],
    message: &[u8],
    bytes: &[u8],
) -> bool {
    verifying::UnparsedPublicKey::new(algorithm, key)
        .verify(message, bytes)
        .is_ok()
}

/// A number without its leading zeros.
fn positive(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn put(out: &mut Vec<u8>, part: &[u8]) {
    // Everything written here is short.
    out.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(part);
}

/// Reads length-prefixed strings one after the other.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn string(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (part, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(part)
    }
}

#[cfg(test)]
#[path = "ssh/tests.rs"]
mod tests;
