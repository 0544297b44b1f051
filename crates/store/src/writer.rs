//! The writer: one thread per process that puts many waiting writes into one database transaction.
//!
//! Job: take the closures that wait, run each behind a savepoint, store the new heads of the logs, commit once, and only then
//! answer all of them. So many clients share one synchronisation of the disk (group commit), and one client's refusal undoes
//! its own work only, the numbers of its ledger entries included.
//!
//! // INVARIANT: no answer, not even a refusal, leaves before the commit of its batch has returned.
//! // INVARIANT: the writer lock is held from before the first head is read to the commit, so entries are numbered at once and
//! in commit order, and two processes can never extend one head differently. SQLite: `BEGIN IMMEDIATE`. PostgreSQL: the row
//! `writer_lease` is locked. Heads are read again in each batch, never remembered across transactions.
//!
//! evidence.md describes a separate sequencer that numbers committed entries afterwards. Since every write of a home goes
//! through this lock anyway (SQLite has one writer; on PostgreSQL the row orders them), numbering inside the transaction gives
//! the same guarantees (one transaction, dense numbers, one head for each size) with one step less that could fail between.
//!
//! Refuses: a write inside a write, and everything else in a batch whose database transaction the database itself ended.

use crate::log::{self, EntryRef, LogName, OpenLogs};
use crate::sql::{Access, Connection, Connector, Transaction, Value};
use crate::{StoreError, values};
use ringfence_ledger::Statement;
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{JoinHandle, ThreadId};
use std::time::{Duration, Instant};

/// Writes that may wait before `write` itself waits to hand one over.
const WAITING: usize = 1024;
/// Writes of one batch at most.
const BATCH: usize = 512;
/// Time after which a batch takes no further write.
const BATCH_TIME: Duration = Duration::from_millis(25);
/// How long a batch waits for as many writes as the one before had. With 64 clients this is what makes them share a commit;
/// one client alone never waits.
const GATHER: Duration = Duration::from_micros(700);

/// Runs the statements of one write, and numbers its ledger entries.
pub struct WriteTransaction<'c> {
    transaction: Transaction<'c>,
    logs: OpenLogs,
}

impl<'c> Deref for WriteTransaction<'c> {
    type Target = Transaction<'c>;
    fn deref(&self) -> &Self::Target {
        &self.transaction
    }
}

impl DerefMut for WriteTransaction<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.transaction
    }
}

impl WriteTransaction<'_> {
    /// Runs a statement that changes rows and gives their number.
    pub fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        self.transaction.execute(sql, values)
    }

    /// Appends an entry to a log, which begins with its first entry; the number is final once the write is answered.
    pub fn append(&mut self, log: &LogName, statement: &Statement) -> Result<EntryRef, StoreError> {
        self.logs.append(&mut self.transaction, log, statement)
    }

    /// Gives the head of a log with the entries of this transaction, or `None` when it has no entry.
    pub fn head(&mut self, log: &LogName) -> Result<Option<log::Head>, StoreError> {
        self.logs.head(&mut self.transaction, log)
    }

    /// Tells pollers that something was revoked.
    pub fn bump_revision(&mut self) -> Result<(), StoreError> {
        self.execute(
            "UPDATE revision SET value = value + 1 WHERE id = $1",
            values![1_i64],
        )
        .map(|_| ())
    }
}

/// Says what became of a batch.
type Fate = Result<(), StoreError>;
/// Sends the answer of one write, once its fate is known.
type Reply = Box<dyn FnOnce(Fate) + Send>;
/// Runs one write, or refuses it when no transaction could be begun; `true` means that its work is to be kept.
type Job = Box<dyn FnOnce(Result<&mut WriteTransaction<'_>, StoreError>) -> (bool, Reply) + Send>;

/// Owns the writer thread.
pub(crate) struct Writer {
    sender: Mutex<Option<SyncSender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    id: ThreadId,
}

impl Writer {
    /// Starts the thread over an open connection.
    pub(crate) fn start(connector: Connector, connection: Connection) -> Result<Self, StoreError> {
        let (sender, receiver) = sync_channel(WAITING);
        let thread = std::thread::Builder::new()
            .name("ringfence-writer".to_owned())
            .spawn(move || work(&connector, connection, &receiver))
            .map_err(|source| StoreError::file("the writer thread", source))?;
        Ok(Self {
            sender: Mutex::new(Some(sender)),
            id: thread.thread().id(),
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Hands a write over and waits for its answer.
    pub(crate) fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut WriteTransaction<'_>) -> Result<T, E> + Send + 'static,
    {
        if std::thread::current().id() == self.id {
            return Err(StoreError::NestedWrite.into());
        }
        let (answer, answered) = sync_channel(1);
        let job: Job = Box::new(move |begun| {
            let result = begun.map_err(E::from).and_then(|transaction| {
                catch_unwind(AssertUnwindSafe(|| work(transaction))).unwrap_or_else(|panic| {
                    Err(StoreError::Panicked {
                        detail: panic_message(panic.as_ref()),
                    }
                    .into())
                })
            });
            let keep = result.is_ok();
            let reply: Reply = Box::new(move |fate| {
                let told = match (result, fate) {
                    (Ok(value), Ok(())) => Ok(value),
                    (Ok(_), Err(error)) => Err(error.into()),
                    (Err(error), _) => Err(error),
                };
                // Nobody waits any more when the caller's thread is gone; the write stands all the same.
                let _gone = answer.send(told);
            });
            (keep, reply)
        });
        let sender = self
            .sender
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .ok_or(StoreError::Closed)?;
        sender.send(job).map_err(|_| StoreError::Closed)?;
        drop(sender);
        answered.recv().unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.sender
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let thread = self
            .thread
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        // A write may itself have held the last handle; a thread cannot wait for its own end.
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != std::thread::current().id())
            && thread.join().is_err()
        {
            tracing::error!("the database writer ended in a fault");
        }
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

fn work(connector: &Connector, connection: Connection, jobs: &Receiver<Job>) {
    let mut connection = Some(connection);
    let mut expected = 1;
    while let Ok(first) = jobs.recv() {
        let mut open = match connection.take().filter(Connection::is_usable) {
            Some(open) => open,
            None => match connector.connect(Access::Write) {
                Ok(open) => open,
                Err(error) => {
                    refuse(first, error);
                    continue;
                }
            },
        };
        expected = batch(&mut open, first, jobs, expected);
        connection = Some(open);
    }
}

/// Answers a write for which no transaction could be begun.
fn refuse(job: Job, error: StoreError) {
    tracing::error!(%error, "a write is refused");
    let (_, reply) = job(Err(error));
    reply(Ok(()));
}

/// Runs one batch, commits it, answers; gives the number of writes in it.
fn batch(connection: &mut Connection, first: Job, jobs: &Receiver<Job>, expected: usize) -> usize {
    let begun = connection.begin_write().and_then(|mut transaction| {
        transaction.lock_writer()?;
        Ok(transaction)
    });
    let transaction = match begun {
        Ok(transaction) => transaction,
        Err(error) => {
            refuse(first, error);
            return 1;
        }
    };
    let mut batch = WriteTransaction {
        transaction,
        logs: OpenLogs::default(),
    };
    let mut replies: Vec<(Reply, Fate)> = Vec::new();
    let start = Instant::now();
    let mut next = Some(first);
    let mut lost = None;
    while let Some(job) = next.take() {
        match step(&mut batch, job) {
            Step::Answer(reply, fate) => replies.push((reply, fate)),
            Step::Lost(reply, cause) => {
                replies.push((reply, Ok(())));
                lost = Some(cause);
                break;
            }
        }
        if replies.len() < BATCH && start.elapsed() < BATCH_TIME {
            next = gather(jobs, replies.len() < expected, start);
        }
    }
    let fate = match lost {
        Some(cause) => Err(StoreError::BatchLost { cause }),
        None => commit(batch),
    };
    let count = replies.len();
    for (reply, own) in replies {
        reply(match (&fate, own) {
            (_, Err(error)) => Err(error),
            (Ok(()), Ok(())) => Ok(()),
            (Err(error), Ok(())) => Err(copy(error)),
        });
    }
    count
}

fn gather(jobs: &Receiver<Job>, wait: bool, start: Instant) -> Option<Job> {
    match jobs.try_recv() {
        Ok(job) => return Some(job),
        Err(TryRecvError::Disconnected) => return None,
        Err(TryRecvError::Empty) => {}
    }
    let left = GATHER.checked_sub(start.elapsed()).filter(|_| wait)?;
    jobs.recv_timeout(left).ok()
}

enum Step {
    /// The write is done or undone; its own fate, so far.
    Answer(Reply, Fate),
    /// The database transaction is gone, and every write of the batch with it.
    Lost(Reply, String),
}

fn step(batch: &mut WriteTransaction<'_>, job: Job) -> Step {
    if let Err(error) = batch.transaction.mark() {
        let cause = error.to_string();
        let (_, reply) = job(Err(error));
        return Step::Lost(reply, cause);
    }
    batch.logs.mark();
    let (keep, reply) = job(Ok(&mut *batch));
    let mut fate = Ok(());
    if keep {
        match batch.transaction.keep() {
            Ok(()) => return Step::Answer(reply, fate),
            Err(error) => fate = Err(error),
        }
    }
    batch.logs.undo();
    match batch.transaction.undo() {
        Ok(()) => Step::Answer(reply, fate),
        Err(error) => Step::Lost(reply, error.to_string()),
    }
}

fn commit(mut batch: WriteTransaction<'_>) -> Fate {
    batch.logs.store(&mut batch.transaction)?;
    batch.transaction.commit().map_err(|error| match error {
        StoreError::Full { .. } | StoreError::Disk { .. } => error,
        other => StoreError::Commit {
            cause: other.to_string(),
        },
    })
}

/// Tells one failure to each write of a batch.
fn copy(error: &StoreError) -> StoreError {
    match error {
        StoreError::Full { detail } => StoreError::Full {
            detail: detail.clone(),
        },
        StoreError::Disk { detail } => StoreError::Disk {
            detail: detail.clone(),
        },
        StoreError::BatchLost { cause } => StoreError::BatchLost { cause: cause.clone() },
        other => StoreError::Commit {
            cause: other.to_string(),
        },
    }
}
