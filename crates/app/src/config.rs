//! `ringfence.toml`, the configuration of one home.

use crate::error::{AppError, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Configuration of one home.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Format version; 1.
    pub version: u32,
    /// Where state is kept.
    #[serde(default)]
    pub database: DatabaseSection,
    /// The server.
    #[serde(default)]
    pub server: ServerSection,
    /// Bounds.
    #[serde(default)]
    pub limits: LimitsSection,
}

/// Where state is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseSection {
    /// `sqlite:FILE` (relative to the home) or `postgres://...`.
    pub url: String,
}

impl Default for DatabaseSection {
    fn default() -> Self {
        Self {
            url: "sqlite:ringfence.db".to_owned(),
        }
    }
}

/// The server.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerSection {
    /// Address to listen on.
    pub listen: String,
    /// PEM certificate chain for TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// PEM key for TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl Default for ServerSection {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8418".to_owned(),
            certificate: None,
            key: None,
        }
    }
}

/// Bounds on what one token may use.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsSection {
    /// Transfers at once per token.
    pub transfers_per_token: u32,
    /// CPU seconds of one transfer.
    pub transfer_cpu_seconds: u64,
    /// Bytes of one push on the wire.
    pub push_bytes: u64,
    /// Bytes that one push may inflate to.
    pub push_inflated_bytes: u64,
    /// Bytes of a suspect that a trace reads.
    pub suspect_bytes: u64,
}

impl Default for LimitsSection {
    fn default() -> Self {
        Self {
            transfers_per_token: 4,
            transfer_cpu_seconds: 300,
            push_bytes: 256 << 20,
            push_inflated_bytes: 1 << 30,
            suspect_bytes: 512 << 20,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            version: 1,
            database: DatabaseSection::default(),
            server: ServerSection::default(),
            limits: LimitsSection::default(),
        }
    }
}

impl Config {
    /// Reads the file; unknown keys are refused.
    ///
    /// # Errors
    /// When it cannot be read or understood.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|source| AppError::file(path, source))?;
        let config: Self = toml::from_str(&text).map_err(|error| {
            AppError::Input(format!("{}: {}", path.display(), error.to_string().trim_end()))
        })?;
        if config.version != 1 {
            return Err(AppError::Input(format!(
                "{}: version {} is not known to this program; it knows version 1",
                path.display(),
                config.version
            )));
        }
        Ok(config)
    }

    /// The text that `init` writes.
    ///
    /// # Errors
    /// Never in practice; the serializer's own.
    pub fn to_text(&self) -> Result<String> {
        toml::to_string(self).map_err(|error| AppError::fault("writing the configuration", error))
    }
}
