//! The home folder, and the handle through which every use case reaches configuration, keys, database and clock.

use crate::clock::Clock;
use crate::config::Config;
use crate::error::{AppError, Result};
use crate::keys::Keys;
use jiff::Timestamp;
use ringfence_ledger::{Statement, StatementBuilder};
use ringfence_policy::Policy;
use ringfence_store::{Blobs, Database, DatabaseConfig, LogName, SignedSizes, StoreError, tables};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Actor of everything the person at the command line does.
pub const OPERATOR: &str = "operator";
/// Actor of everything the running server does by itself.
pub const GATE: &str = "gate";

/// Reaches configuration, keys, database and clock of one home.
pub struct App {
    pub(crate) home: PathBuf,
    pub(crate) config: Config,
    pub(crate) database: Database,
    pub(crate) blobs: Blobs,
    pub(crate) signed: SignedSizes,
    pub(crate) keys: Keys,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) policy: Policy,
    pub(crate) current: Mutex<Option<Arc<crate::estate::Current>>>,
    pub(crate) assets: Mutex<std::collections::BTreeMap<String, AssetsOfView>>,
    pub(crate) manifests: Mutex<std::collections::BTreeMap<(String, String), ManifestOfTip>>,
}

/// By view and recipient, the last manifest: the tip and the manifest's hash.
type ManifestOfTip = (ringfence_view::object::ObjectId, ringfence_ledger::Hash);

/// By view, the last listed assets: (estate number, tip) and their names.
type AssetsOfView = (
    (u64, ringfence_view::object::ObjectId),
    std::collections::BTreeSet<String>,
);

impl std::fmt::Debug for App {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "App({})", self.home.display())
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::HomeInUse { .. } => Self::refused(
                "serving this home",
                error.to_string(),
                "Stop the other server, or use another home with --home",
            ),
            StoreError::Address { .. } => Self::Input(error.to_string()),
            other => Self::fault("the database", other),
        }
    }
}

impl App {
    /// Makes a new home: configuration, keys, folders, database.
    ///
    /// # Errors
    /// When there is one already, or the folder cannot be written.
    pub fn init(home: &Path, database: Option<&str>) -> Result<()> {
        let path = home.join("ringfence.toml");
        if path.exists() {
            return Err(AppError::refused(
                format!("making a home in {}", home.display()),
                "there is one already",
                "Use it as it is, or name another folder with --home",
            ));
        }
        ringfence_git::command::check_version().map_err(|error| AppError::fault("looking for git", error))?;
        let mut config = Config::default();
        if let Some(url) = database {
            config.database.url = url.to_owned();
        }
        std::fs::create_dir_all(home).map_err(|source| AppError::file(home, source))?;
        restrict(home)?;
        for folder in ["mirrors", "stores", "blobs"] {
            let folder = home.join(folder);
            std::fs::create_dir_all(&folder).map_err(|source| AppError::file(&folder, source))?;
        }
        // The database first, then the keys, then the configuration: an address that is wrong leaves nothing in the way of the
        // next attempt, and a home is one only when all three are there.
        let database = Database::open(
            &DatabaseConfig {
                url: config.database.url.clone(),
            },
            home,
        )?;
        if !database.read(ringfence_store::log::logs)?.is_empty() {
            return Err(AppError::refused(
                format!("making a home in {}", home.display()),
                "the database holds the ledger of another home, and new keys could not continue it",
                "Name an empty database with --database",
            ));
        }
        Keys::create(&home.join("keys"))?;
        std::fs::write(&path, config.to_text()?).map_err(|source| AppError::file(&path, source))?;
        Ok(())
    }

    /// Opens a home.
    ///
    /// # Errors
    /// When it is none, or its parts cannot be read, or its ledger is shorter than what was once signed.
    pub fn open(home: &Path, clock: Arc<dyn Clock>) -> Result<Self> {
        let path = home.join("ringfence.toml");
        if !path.exists() {
            return Err(AppError::Input(format!(
                "{} is not a home of ringfence (no ringfence.toml). Run: ringfence init --home {}",
                home.display(),
                home.display()
            )));
        }
        let home = home
            .canonicalize()
            .map_err(|source| AppError::file(home, source))?;
        let config = Config::read(&path)?;
        let keys = Keys::read(&home.join("keys"))?;
        ringfence_git::command::check_version().map_err(|error| AppError::fault("looking for git", error))?;
        let database = Database::open(
            &DatabaseConfig {
                url: config.database.url.clone(),
            },
            &home,
        )?;
        let signed = SignedSizes::new(&home);
        signed.check_not_forked(&database)?;
        let policy = Policy::new().map_err(|error| AppError::fault("reading the access policy", error))?;
        Ok(Self {
            blobs: Blobs::new(&home.join("blobs")),
            home,
            config,
            database,
            signed,
            keys,
            clock,
            policy,
            current: Mutex::new(None),
            assets: Mutex::default(),
            manifests: Mutex::default(),
        })
    }

    /// Its folder.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Its configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Starts an entry of `kind` by `actor`, now.
    pub(crate) fn entry(&self, kind: &str, actor: &str) -> StatementBuilder {
        Statement::builder(kind, &self.now().to_string(), actor)
    }

    /// The log of everything that is about no recipient.
    pub(crate) fn owner_log(&self) -> Result<LogName> {
        self.log("owner")
    }

    /// A log by its short name: `owner` or a recipient.
    pub(crate) fn log(&self, name: &str) -> Result<LogName> {
        let owner = crate::estate::slug(&self.current()?.estate.owner.name);
        log_of(&owner, name)
    }

    /// The random id under which a person stands in the ledger; made at first use.
    pub(crate) fn actor_of(&self, kind: &str, name: &str) -> Result<String> {
        if let Some(found) = self.database.read(|tx| tables::people::by_name(tx, kind, name))? {
            return Ok(found.id);
        }
        let id = random_id("a")?;
        let (kind, name) = (kind.to_owned(), name.to_owned());
        let row = self
            .database
            .write(move |tx| -> std::result::Result<_, StoreError> {
                tables::people::get_or_create(tx, &kind, &name, &id)
            })?;
        Ok(row.id)
    }

    /// The person behind a random id, as far as the table still says.
    pub(crate) fn name_of(&self, id: &str) -> Result<String> {
        let found = self.database.read(|tx| tables::people::by_id(tx, id))?;
        Ok(found.and_then(|row| row.name).unwrap_or_else(|| id.to_owned()))
    }

    /// Ends an entry that was started with [`App::entry`].
    pub(crate) fn built(builder: StatementBuilder) -> Result<Statement> {
        builder
            .build()
            .map_err(|error| AppError::fault("writing an entry", error))
    }
}

pub(crate) fn log_of(owner: &str, name: &str) -> Result<LogName> {
    Ok(LogName::new(&format!("{owner}/{name}"))?)
}

/// A random id with a readable prefix; 80 random bits.
pub(crate) fn random_id(prefix: &str) -> Result<String> {
    let mut bytes = [0_u8; 10];
    getrandom::fill(&mut bytes).map_err(|error| AppError::fault("asking for randomness", error))?;
    Ok(format!("{prefix}-{}", hex::encode(bytes)))
}

/// Thirty-two random bytes for a commitment's salt.
pub(crate) fn random_salt() -> Result<[u8; 32]> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| AppError::fault("asking for randomness", error))?;
    Ok(bytes)
}

fn restrict(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
        .map_err(|source| AppError::file(folder, source))
}
