//! The keys of one home: the ledger key that signs checkpoints and packs, the mark key that all codewords derive from, and the
//! gateway key that signs view commits.
//!
//! Files are 0600 under `keys/`. No key is ever printed, logged or put in an error.

use crate::error::{AppError, Result};
use crate::ssh::GatewayKey;
use hmac::{Hmac, KeyInit, Mac};
use ringfence_mark::codeword::{AnchorKey, CodeKey, RecipientKey};
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The file of the gateway key.
const GATEWAY: &str = "gateway.key";
const HEADER: &str = "ringfence-key-1";

/// Thirty-two secret bytes that redact themselves.
pub struct Seed(SecretBox<[u8; 32]>);

impl Seed {
    fn new(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }

    /// The bytes, for the one place that needs them.
    #[must_use]
    pub fn reveal(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }

    fn derive(&self, label: &str, parts: &[&[u8]]) -> Result<[u8; 32]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.reveal())
            .map_err(|error| AppError::fault("deriving a key", error))?;
        mac.update(label.as_bytes());
        for part in parts {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        Ok(mac.finalize().into_bytes().into())
    }
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Seed(redacted)")
    }
}

/// The keys of one home.
#[derive(Debug)]
pub struct Keys {
    /// Signs checkpoints and packs (Ed25519).
    pub ledger: Seed,
    mark: Seed,
    gateway: Seed,
}

impl Keys {
    /// Makes new keys in `folder`; refuses to replace any.
    ///
    /// # Errors
    /// When a file exists or cannot be written.
    pub fn create(folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder).map_err(|source| AppError::file(folder, source))?;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
            .map_err(|source| AppError::file(folder, source))?;
        for name in ["ledger.key", "mark.key", GATEWAY] {
            let path = folder.join(name);
            if !create_seed(&path)? {
                return Err(AppError::file(
                    &path,
                    std::io::Error::from(std::io::ErrorKind::AlreadyExists),
                ));
            }
        }
        Ok(())
    }

    /// Reads the keys in `folder`; refuses files that others may read. A home that was made before the gateway signed gets its
    /// gateway key now.
    ///
    /// # Errors
    /// When a file is missing, open to others, or not a key.
    pub fn read(folder: &Path) -> Result<Self> {
        let gateway = folder.join(GATEWAY);
        if !gateway.exists() {
            create_seed(&gateway)?;
        }
        Ok(Self {
            gateway: read_seed(&gateway)?,
            ledger: read_seed(&folder.join("ledger.key"))?,
            mark: read_seed(&folder.join("mark.key"))?,
        })
    }

    /// The key that signs view commits.
    #[must_use]
    pub fn gateway(&self) -> GatewayKey {
        GatewayKey::new(self.gateway.reveal())
    }

    /// Key of site ids.
    ///
    /// # Errors
    /// Never in practice; the key derivation's own.
    pub fn anchor(&self) -> Result<AnchorKey> {
        Ok(AnchorKey(self.mark.derive("ringfence/anchor/1", &[])?))
    }

    /// Key of biases.
    ///
    /// # Errors
    /// Never in practice; the key derivation's own.
    pub fn code(&self) -> Result<CodeKey> {
        Ok(CodeKey(self.mark.derive("ringfence/code/1", &[])?))
    }

    /// Key of one recipient's codeword; a new epoch after theft is a new, independent key.
    ///
    /// # Errors
    /// Never in practice; the key derivation's own.
    pub fn recipient(&self, recipient: &str, epoch: u32) -> Result<RecipientKey> {
        Ok(RecipientKey(self.mark.derive(
            "ringfence/recipient/1",
            &[recipient.as_bytes(), &epoch.to_be_bytes()],
        )?))
    }

    /// A salt that is secret, and the same whenever the same thing is committed to again.
    ///
    /// # Errors
    /// Never in practice; the key derivation's own.
    pub fn salt(&self, purpose: &str, parts: &[&[u8]]) -> Result<[u8; 32]> {
        let mut all: Vec<&[u8]> = vec![purpose.as_bytes()];
        all.extend_from_slice(parts);
        self.mark.derive("ringfence/salt/1", &all)
    }
}

/// Writes a new random seed, whole or not at all; `false` when there is a file already.
fn create_seed(path: &Path) -> Result<bool> {
    let failed = |source| AppError::file(path, source);
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| AppError::fault("asking for randomness", error))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".new-")
        .permissions(std::fs::Permissions::from_mode(0o600))
        .tempfile_in(folder)
        .map_err(failed)?;
    file.write_all(format!("{HEADER} {}\n", hex::encode(bytes)).as_bytes())
        .and_then(|()| file.as_file().sync_all())
        .map_err(failed)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(failed(error.error)),
    }
}

fn read_seed(path: &Path) -> Result<Seed> {
    let status = std::fs::metadata(path).map_err(|source| AppError::file(path, source))?;
    if status.permissions().mode() & 0o077 != 0 {
        return Err(AppError::refused(
            format!("reading {}", path.display()),
            "other accounts of this machine may read the key",
            format!("Run: chmod 600 {}", path.display()),
        ));
    }
    let text = std::fs::read_to_string(path).map_err(|source| AppError::file(path, source))?;
    let mut bytes = [0_u8; 32];
    let read = text
        .trim_end()
        .strip_prefix(HEADER)
        .map(str::trim)
        .map(|hex| hex::decode_to_slice(hex, &mut bytes));
    match read {
        Some(Ok(())) => Ok(Seed::new(bytes)),
        _ => Err(AppError::Input(format!(
            "{} is not a key of this program (expected \"{HEADER} <64 hex digits>\")",
            path.display()
        ))),
    }
}
