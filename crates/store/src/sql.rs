//! The SQL facade: one statement text and one set of values for SQLite and PostgreSQL.
//!
//! Job: open connections, run statements with `$1, $2, ...`, begin, commit, roll back, keep savepoints. **Every difference
//! between the two databases is in this file and `sql/run.rs`**; nothing above may ask which one is in use.
//!
//! // INVARIANT: after a statement fails, the transaction refuses every further statement until the savepoint is rolled
//! back (PostgreSQL's rule, imposed on SQLite too), so a swallowed error can never be committed on one database only.
//!
//! Refuses: a PostgreSQL server over the network without a tunnel (no TLS here: a unix socket or loopback only), one that
//! acknowledges before it has synchronised, text with a zero byte, a statement whose places and values differ in number.
//!
//! The calls block. From asynchronous code use a blocking thread.

use crate::{StoreError, values};
use rusqlite::OpenFlags;
use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

mod run;
pub mod value;

use run::{beginning, check, describe, postgres_error, run_postgres, run_sqlite, sqlite_error};
pub use value::{FromValue, Row, Value};

/// How long a connection waits for another process that holds the database.
pub(crate) const WAIT: Duration = Duration::from_secs(20);
/// Prepared statements kept for each connection.
const STATEMENTS: usize = 256;

/// Says which database to use: `sqlite:<path>` (relative to the home folder) or `postgres://...`.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseConfig {
    /// The address.
    pub url: String,
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self {
            url: "sqlite:ringfence.db".to_owned(),
        }
    }
}

impl std::fmt::Debug for DatabaseConfig {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("DatabaseConfig")
            .field("url", &redact(&self.url))
            .finish()
    }
}

/// Removes the password and the options from an address, so that it can be shown.
fn redact(url: &str) -> String {
    let shown = url.split('?').next().unwrap_or_default();
    match (shown.split_once("://"), shown.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://...@{host}"),
        _ => shown.to_owned(),
    }
}

/// Opens connections to one database.
#[derive(Clone)]
pub(crate) struct Connector {
    shown: String,
    target: Target,
}

#[derive(Clone)]
enum Target {
    Sqlite(PathBuf),
    Postgres(Box<postgres::Config>),
}

/// Says what a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Only queries; the database itself refuses changes.
    Read,
    /// Everything.
    Write,
}

impl Connector {
    /// Understands the address without opening anything.
    pub(crate) fn new(config: &DatabaseConfig, home: &Path) -> Result<Self, StoreError> {
        let shown = redact(&config.url);
        let refuse = |reason: String| StoreError::Address {
            url: shown.clone(),
            reason,
        };
        if let Some(path) = config.url.strip_prefix("sqlite:") {
            if path.is_empty() {
                return Err(refuse("it names no file".to_owned()));
            }
            return Ok(Self {
                target: Target::Sqlite(home.join(path)),
                shown,
            });
        }
        if !config.url.starts_with("postgres://") && !config.url.starts_with("postgresql://") {
            return Err(refuse("it must begin with `sqlite:` or `postgres://`".to_owned()));
        }
        let mut options: postgres::Config = config
            .url
            .parse()
            .map_err(|error: postgres::Error| refuse(describe(&error)))?;
        for host in options.get_hosts() {
            if let postgres::config::Host::Tcp(name) = host
                && !matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1" | "[::1]")
            {
                return Err(refuse(format!(
                    "`{name}` would be reached without encryption; use a unix socket, or a tunnel on 127.0.0.1"
                )));
            }
        }
        if options
            .get_hostaddrs()
            .iter()
            .any(|address| !address.is_loopback())
        {
            return Err(refuse("`hostaddr` must be a loopback address".to_owned()));
        }
        options.connect_timeout(WAIT).application_name("ringfence");
        Ok(Self {
            target: Target::Postgres(Box::new(options)),
            shown,
        })
    }

    /// Opens one connection.
    pub(crate) fn connect(&self, access: Access) -> Result<Connection, StoreError> {
        match &self.target {
            Target::Sqlite(path) => self.connect_sqlite(path, access),
            Target::Postgres(options) => self.connect_postgres(options, access),
        }
    }

    fn open_error(&self, reason: String) -> StoreError {
        StoreError::Open {
            url: self.shown.clone(),
            reason,
        }
    }

    fn connect_sqlite(&self, path: &Path, access: Access) -> Result<Connection, StoreError> {
        if access == Access::Write {
            // Names of people are in it: for its owner only. SQLite gives its other files the same mode.
            let made = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path);
            if let Err(error) = made
                && error.kind() != ErrorKind::AlreadyExists
            {
                return Err(self.open_error(format!("{}: {error}", path.display())));
            }
        }
        let open = |path: &Path| -> rusqlite::Result<rusqlite::Connection> {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = rusqlite::Connection::open_with_flags(path, flags)?;
            connection.busy_timeout(WAIT)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "foreign_keys", true)?;
            connection.pragma_update(None, "cell_size_check", true)?;
            connection.pragma_update(None, "query_only", access == Access::Read)?;
            connection.set_prepared_statement_cache_capacity(STATEMENTS);
            Ok(connection)
        };
        let connection =
            open(path).map_err(|error| self.open_error(format!("{}: {error}", path.display())))?;
        Ok(Connection::new(Backend::Sqlite(connection)))
    }

    fn connect_postgres(&self, options: &postgres::Config, access: Access) -> Result<Connection, StoreError> {
        let failed = |error: postgres::Error| self.open_error(describe(&error));
        let mut client = options.connect(postgres::NoTls).map_err(failed)?;
        client
            .batch_execute(&format!(
                "SET synchronous_commit = on; SET lock_timeout = {wait}; \
                 SET idle_in_transaction_session_timeout = {idle}; SET default_transaction_isolation = 'read committed'",
                wait = WAIT.as_millis(),
                idle = WAIT.as_millis() * 30,
            ))
            .map_err(failed)?;
        if access == Access::Write {
            for setting in ["fsync", "full_page_writes"] {
                let row = client
                    .query_one(&format!("SHOW {setting}"), &[])
                    .map_err(failed)?;
                let value: String = row.try_get(0).map_err(failed)?;
                if value != "on" {
                    return Err(StoreError::NotDurable {
                        url: self.shown.clone(),
                        setting,
                        value,
                    });
                }
            }
        }
        Ok(Connection::new(Backend::Postgres {
            client: Box::new(client),
            statements: HashMap::new(),
        }))
    }
}

enum Backend {
    Sqlite(rusqlite::Connection),
    Postgres {
        client: Box<postgres::Client>,
        statements: HashMap<String, postgres::Statement>,
    },
}

/// Holds one connection and the state of its transaction.
pub(crate) struct Connection {
    backend: Backend,
    failure: Option<String>,
}

impl Connection {
    fn new(backend: Backend) -> Self {
        Self {
            backend,
            failure: None,
        }
    }

    /// Begins a transaction that sees one state of the database and changes nothing.
    pub(crate) fn begin_read(&mut self) -> Result<Transaction<'_>, StoreError> {
        self.begin(match self.backend {
            Backend::Sqlite(_) => "BEGIN",
            Backend::Postgres { .. } => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        })
    }

    /// Begins a transaction that may write. SQLite takes the write lock here; on PostgreSQL the writer takes its lease row.
    pub(crate) fn begin_write(&mut self) -> Result<Transaction<'_>, StoreError> {
        self.begin(match self.backend {
            Backend::Sqlite(_) => "BEGIN IMMEDIATE",
            Backend::Postgres { .. } => "BEGIN",
        })
    }

    fn begin(&mut self, sql: &str) -> Result<Transaction<'_>, StoreError> {
        self.failure = None;
        self.batch(sql)?;
        Ok(Transaction {
            connection: self,
            open: true,
        })
    }

    /// Tells whether the connection can still be used.
    pub(crate) fn is_usable(&self) -> bool {
        match &self.backend {
            Backend::Sqlite(connection) => connection.is_autocommit(),
            Backend::Postgres { client, .. } => !client.is_closed(),
        }
    }

    fn in_transaction(&self) -> bool {
        match &self.backend {
            Backend::Sqlite(connection) => !connection.is_autocommit(),
            Backend::Postgres { client, .. } => !client.is_closed(),
        }
    }

    fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        let result = match &mut self.backend {
            Backend::Sqlite(connection) => connection
                .execute_batch(sql)
                .map_err(|error| sqlite_error(sql, &error)),
            Backend::Postgres { client, .. } => client
                .batch_execute(sql)
                .map_err(|error| postgres_error(sql, &error)),
        };
        if let Err(error) = &result {
            self.failure = Some(error.to_string());
        }
        result
    }

    fn run(&mut self, sql: &str, values: &[Value]) -> Result<(u64, Vec<Row>), StoreError> {
        if let Some(cause) = &self.failure {
            return Err(StoreError::Aborted { cause: cause.clone() });
        }
        let result = check(sql, values).and_then(|()| match &mut self.backend {
            Backend::Sqlite(connection) => run_sqlite(connection, sql, values),
            Backend::Postgres { client, statements } => run_postgres(client, statements, sql, values),
        });
        if let Err(error) = &result {
            self.failure = Some(error.to_string());
        }
        result
    }
}

/// Runs the queries of one transaction, which sees one state of the database; undone when dropped.
pub struct Transaction<'c> {
    connection: &'c mut Connection,
    open: bool,
}

impl Transaction<'_> {
    /// Runs a query and gives all its rows.
    pub fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.connection.run(sql, values).map(|(_, rows)| rows)
    }

    /// Runs a query that gives exactly one row.
    pub fn query_one(&mut self, sql: &str, values: &[Value]) -> Result<Row, StoreError> {
        self.query_optional(sql, values)?
            .ok_or_else(|| StoreError::RowCount {
                sql: beginning(sql),
                found: 0,
            })
    }

    /// Runs a query that gives one row or none.
    pub fn query_optional(&mut self, sql: &str, values: &[Value]) -> Result<Option<Row>, StoreError> {
        let mut rows = self.query(sql, values)?;
        if rows.len() > 1 {
            return Err(StoreError::RowCount {
                sql: beginning(sql),
                found: rows.len(),
            });
        }
        Ok(rows.pop())
    }

    /// Runs a statement and gives the number of rows it changed. Only a write transaction offers this to callers.
    pub(crate) fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        self.connection.run(sql, values).map(|(changed, _)| changed)
    }

    /// Runs statements of a migration, with the words for types put in for this database.
    pub(crate) fn migrate(&mut self, text: &str) -> Result<(), StoreError> {
        let words = match self.connection.backend {
            Backend::Sqlite(_) => [
                ("{integer}", "INTEGER"),
                ("{bytes}", "BLOB"),
                ("{boolean}", "INTEGER"),
                ("{table}", "STRICT, WITHOUT ROWID"),
                ("{wide}", "STRICT"),
            ],
            Backend::Postgres { .. } => [
                ("{integer}", "BIGINT"),
                ("{bytes}", "BYTEA"),
                ("{boolean}", "BOOLEAN"),
                ("{table}", ""),
                ("{wide}", ""),
            ],
        };
        let sql = words
            .iter()
            .fold(text.to_owned(), |sql, (word, means)| sql.replace(word, means));
        self.connection.batch(&sql)
    }

    /// Tells whether a table exists.
    pub(crate) fn has_table(&mut self, name: &str) -> Result<bool, StoreError> {
        let sql = match self.connection.backend {
            Backend::Sqlite(_) => "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = $1",
            Backend::Postgres { .. } => {
                "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1"
            }
        };
        Ok(self.query_optional(sql, values![name])?.is_some())
    }

    /// Waits until no other process migrates or writes; held to the end of the transaction. SQLite holds its lock already.
    pub(crate) fn lock_schema(&mut self) -> Result<(), StoreError> {
        match self.connection.backend {
            Backend::Sqlite(_) => Ok(()),
            // The number is arbitrary: "ring" in ASCII. Casting drops the void result, which is no kind of value.
            Backend::Postgres { .. } => self
                .query("SELECT pg_advisory_xact_lock(1919512167)::text", &[])
                .map(|_| ()),
        }
    }

    /// Takes the writer's lease row, so that writers of several processes follow one another.
    pub(crate) fn lock_writer(&mut self) -> Result<(), StoreError> {
        match self.connection.backend {
            Backend::Sqlite(_) => Ok(()),
            Backend::Postgres { .. } => self
                .query_one("SELECT id FROM writer_lease WHERE id = 1 FOR UPDATE", &[])
                .map(|_| ()),
        }
    }

    /// Marks the point that `undo` returns to.
    pub(crate) fn mark(&mut self) -> Result<(), StoreError> {
        self.connection.batch("SAVEPOINT step")
    }

    /// Keeps what was done since `mark`; refuses when a statement failed in between.
    pub(crate) fn keep(&mut self) -> Result<(), StoreError> {
        match self.connection.failure.clone() {
            Some(cause) => Err(StoreError::Aborted { cause }),
            None => self.connection.batch("RELEASE SAVEPOINT step"),
        }
    }

    /// Undoes what was done since `mark`. An error means that the whole transaction is gone.
    pub(crate) fn undo(&mut self) -> Result<(), StoreError> {
        if !self.connection.in_transaction() {
            return Err(StoreError::Disconnected {
                detail: self
                    .connection
                    .failure
                    .clone()
                    .unwrap_or_else(|| "the database ended the transaction".to_owned()),
            });
        }
        self.connection
            .batch("ROLLBACK TO SAVEPOINT step; RELEASE SAVEPOINT step")?;
        self.connection.failure = None;
        Ok(())
    }

    /// Makes the changes durable; when this returns `Ok` they survive a crash.
    pub(crate) fn commit(mut self) -> Result<(), StoreError> {
        if let Some(cause) = self.connection.failure.clone() {
            return Err(StoreError::Aborted { cause });
        }
        self.connection.batch("COMMIT")?;
        self.open = false;
        Ok(())
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // A failure here leaves the connection unusable, and `is_usable` tells; there is nobody to answer to.
        if self.open && self.connection.in_transaction() && self.connection.batch("ROLLBACK").is_err() {
            tracing::warn!("a transaction could not be rolled back; its connection is dropped");
        }
    }
}
