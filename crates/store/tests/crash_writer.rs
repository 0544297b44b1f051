//! Appends entries until it is killed, and prints a line for each one that was acknowledged.
//!
//! `store-crash-writer URL HOME FIRST CLIENTS COUNT`: CLIENTS threads append statements numbered FIRST, FIRST + 1, ... to one
//! log, COUNT of them in all, and print `ack <number> <index>` in one write after each acknowledgement. The crash test kills
//! it at random points; the durability test runs it under strace.

use ringfence_ledger::Statement;
use ringfence_store::{Database, DatabaseConfig, LogName, StoreError};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, home, first, clients, count] = arguments.as_slice() else {
        return Err("usage: store-crash-writer URL HOME FIRST CLIENTS COUNT".into());
    };
    let first: u64 = first.parse()?;
    let clients: u64 = clients.parse()?;
    let last = first.saturating_add(count.parse()?);
    let database = Database::open(&DatabaseConfig { url: url.clone() }, &PathBuf::from(home))?;
    let log = LogName::new("acme.example/crash")?;
    let next = AtomicU64::new(first);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients)
            .map(|_| scope.spawn(|| append(&database, &log, &next, last)))
            .collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or_else(|_| Err("a client panicked".into())))
    })
}

fn append(database: &Database, log: &LogName, next: &AtomicU64, last: u64) -> Result<(), Failure> {
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= last {
            return Ok(());
        }
        let statement = Statement::builder("delivery-begun", "2026-01-05T09:00:00Z", "0198f3a1-7c1e")
            .subject("delivery", format!("d-{number}"))
            .build()?;
        let log = log.clone();
        let entry = database
            .write(move |transaction| -> Result<_, StoreError> { transaction.append(&log, &statement) })?;
        let line = format!("ack {number} {}\n", entry.index);
        std::io::stdout().lock().write_all(line.as_bytes())?;
    }
}
