//! Durable ledger entries per second with 1 and 64 clients, against plain `fdatasync` appends of the same bytes.

use super::Subjects;
use crate::measure::in_turns;
use crate::row::{Peer, Row};
use anyhow::{Context, Result, anyhow};
use ringfence_ledger::Statement;
use ringfence_store::{Database, DatabaseConfig, LogName, StoreError};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long each run lasts.
const TIME: Duration = Duration::from_millis(700);
const ROUNDS: u32 = 3;
const CLIENTS: [u32; 2] = [1, 64];

pub fn names() -> Vec<String> {
    CLIENTS.map(name).to_vec()
}

fn name(clients: u32) -> String {
    format!("ledger, {clients} client{}", if clients == 1 { "" } else { "s" })
}

/// Measures in the temporary folder: TMPDIR should lie on the disk that matters.
pub fn measure(subjects: &Subjects, give: &mut dyn FnMut(Row)) -> Result<()> {
    let home = tempfile::Builder::new()
        .prefix("ringfence-bench-")
        .tempdir()
        .context("no temporary folder")?;
    let database = Database::open(&DatabaseConfig::default(), home.path())?;
    let plain = Plain::create(home.path())?;
    for clients in CLIENTS
        .into_iter()
        .filter(|clients| subjects.wants(&name(*clients)))
    {
        let ours = || rate(clients, |number| append(&database, number));
        let peer = || rate(clients, |number| plain.append(number));
        let (ours, peer) = in_turns(ROUNDS, ours, peer)?;
        give(Row {
            name: name(clients),
            value: middle(ours),
            unit: "durable entries/s",
            peer: Some(Peer {
                name: "write and fdatasync for each entry".to_owned(),
                value: middle(peer),
            }),
            goal: None,
        });
    }
    Ok(())
}

/// The middle of an odd number of rates.
fn middle(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or(f64::NAN)
}

fn statement(number: u64) -> Result<Statement> {
    Ok(Statement::builder(
        "delivery-begun",
        "2026-01-05T09:00:00Z",
        "0198f3a1-7c1e-7b55-9d5e-1f2a3b4c5d6e",
    )
    .subject("delivery", format!("d-{number}"))
    .subject("view", "pricing")
    .field("tips", "refs/heads/main 4b825dc642cb6eb9a060e54bf8d69288fbee4904")
    .build()?)
}

fn append(database: &Database, number: u64) -> Result<()> {
    let statement = statement(number)?;
    let log = LogName::new("acme.example/bench")?;
    database.write(move |transaction| -> Result<_, StoreError> { transaction.append(&log, &statement) })?;
    Ok(())
}

/// The peer: one file, each entry written and synchronised by itself.
struct Plain {
    file: Mutex<File>,
}

impl Plain {
    fn create(folder: &Path) -> Result<Self> {
        let path = folder.join("plain");
        let file = File::create(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self {
            file: Mutex::new(file),
        })
    }

    fn append(&self, number: u64) -> Result<()> {
        let statement = statement(number)?;
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(statement.as_bytes()).context("appending")?;
        file.sync_data().context("synchronising")
    }
}

/// Calls per second of so many threads.
fn rate(clients: u32, work: impl Fn(u64) -> Result<()> + Sync) -> Result<f64> {
    let done = AtomicU64::new(0);
    let start = Instant::now();
    std::thread::scope(|scope| {
        let client = || -> Result<()> {
            while start.elapsed() < TIME {
                work(done.fetch_add(1, Ordering::Relaxed))?;
            }
            Ok(())
        };
        let threads: Vec<_> = (0..clients).map(|_| scope.spawn(client)).collect();
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .unwrap_or_else(|_| Err(anyhow!("a client panicked")))
        })
    })?;
    let seconds = start.elapsed().as_secs_f64();
    Ok(f64::from(u32::try_from(done.load(Ordering::Relaxed))?) / seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counted_call_was_made_and_an_error_ends_the_run() {
        let calls = AtomicU64::new(0);
        let rate_of_calls = rate(4, |_| {
            calls.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(20));
            Ok(())
        })
        .unwrap();
        let made = f64::from(u32::try_from(calls.load(Ordering::Relaxed)).unwrap());
        assert!(
            rate_of_calls > 0.0 && rate_of_calls <= made / TIME.as_secs_f64(),
            "{rate_of_calls} {made}"
        );
        assert!(rate(2, |number| if number > 3 { Err(anyhow!("full")) } else { Ok(()) }).is_err());
    }

    #[test]
    fn entries_reach_the_ledger() {
        let home = tempfile::tempdir().unwrap();
        let database = Database::open(&DatabaseConfig::default(), home.path()).unwrap();
        append(&database, 1).unwrap();
        let plain = Plain::create(home.path()).unwrap();
        plain.append(1).unwrap();
        assert_eq!(
            std::fs::read(home.path().join("plain")).unwrap(),
            statement(1).unwrap().as_bytes()
        );
    }
}
