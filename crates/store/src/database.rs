//! The handle that everything above uses: a pool of reading connections and one writer.
//!
//! Cheap to clone, usable from every thread. Readers see one committed state for the whole of a `read`. The calls block: from
//! asynchronous code use a blocking thread (the PostgreSQL client runs its own event loop and refuses to nest).

use crate::sql::{Access, Connection, Connector, DatabaseConfig, Transaction, WAIT};
use crate::writer::{WriteTransaction, Writer};
use crate::{StoreError, migration, values};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Reading connections of one process; a reader beyond that waits.
const READERS: usize = 8;

/// Reads from and writes to the database of one home.
#[derive(Clone)]
pub struct Database {
    shared: Arc<Shared>,
}

struct Shared {
    connector: Connector,
    pool: Mutex<Pool>,
    returned: Condvar,
    writer: Writer,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Connection>,
    lent: usize,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Database").finish_non_exhaustive()
    }
}

impl Database {
    /// Opens the database, creates or migrates its tables, and starts the writer. A relative `sqlite:` path is under `home`.
    pub fn open(config: &DatabaseConfig, home: &Path) -> Result<Self, StoreError> {
        let connector = Connector::new(config, home)?;
        let mut connection = connector.connect(Access::Write)?;
        migration::run(&mut connection)?;
        let writer = Writer::start(connector.clone(), connection)?;
        Ok(Self {
            shared: Arc::new(Shared {
                connector,
                pool: Mutex::default(),
                returned: Condvar::new(),
                writer,
            }),
        })
    }

    /// Runs queries on one committed state of the database. `E` is the caller's error; `StoreError` itself will do.
    ///
    /// A `read` inside a `read` holds a second one of the 8 connections; when all stay in use, the call ends as busy.
    pub fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        E: From<StoreError>,
        F: FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    {
        let mut lent = self.lend()?;
        let mut transaction = lent.connection()?.begin_read()?;
        work(&mut transaction)
    }

    /// Runs one write with its ledger entries in a transaction shared with other waiting writes; returns when it is durable.
    ///
    /// An `Err` of the closure undoes this write alone. The closure runs on the writer's thread: keep slow work (hashing,
    /// rendering, git) outside of it, and start no other write in it.
    pub fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut WriteTransaction<'_>) -> Result<T, E> + Send + 'static,
    {
        self.shared.writer.write(work)
    }

    /// Gives the number of revoking writes so far; pollers compare it with the one they saw last.
    pub fn revision(&self) -> Result<u64, StoreError> {
        self.read(|transaction| {
            transaction
                .query_one("SELECT value FROM revision WHERE id = $1", values![1_i64])?
                .get(0)
        })
    }

    fn lend(&self) -> Result<Lent<'_>, StoreError> {
        let (mut pool, waited) = self
            .shared
            .returned
            .wait_timeout_while(self.shared.pool(), WAIT, |pool| {
                pool.idle.is_empty() && pool.lent >= READERS
            })
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(StoreError::Busy {
                detail: format!(
                    "all {READERS} reading connections were in use for {} seconds",
                    WAIT.as_secs()
                ),
            });
        }
        pool.lent += 1;
        let idle = pool.idle.pop();
        drop(pool);
        // From here on `Lent` gives the place back, also when connecting fails.
        let mut lent = Lent {
            shared: &self.shared,
            connection: idle,
        };
        if lent.connection.is_none() {
            lent.connection = Some(self.shared.connector.connect(Access::Read)?);
        }
        Ok(lent)
    }
}

impl Shared {
    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let idle = std::mem::take(&mut self.pool().idle);
        // The PostgreSQL client must not be dropped inside an event loop, and the caller may be in one.
        if std::thread::spawn(move || drop(idle)).join().is_err() {
            tracing::warn!("a database connection could not be closed cleanly");
        }
    }
}

struct Lent<'d> {
    shared: &'d Shared,
    connection: Option<Connection>,
}

impl Lent<'_> {
    fn connection(&mut self) -> Result<&mut Connection, StoreError> {
        self.connection.as_mut().ok_or(StoreError::Closed)
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut pool = self.shared.pool();
        pool.lent = pool.lent.saturating_sub(1);
        pool.idle
            .extend(self.connection.take().filter(Connection::is_usable));
        self.shared.returned.notify_one();
    }
}
