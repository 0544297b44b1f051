//! No acknowledged entry is lost by `kill -9`, and no acknowledgement precedes the synchronisation that covers it.

use crate::statement;
use ringfence_store::{LogName, StoreError, log};
use ringfence_testkit::{TestDatabase, on_postgres, on_sqlite};
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

#[expect(
    clippy::disallowed_methods,
    reason = "the test kills and traces a process of its own"
)]
fn command(program: &str) -> Command {
    Command::new(program)
}

fn arguments(test: &TestDatabase, first: u64, clients: u64, count: u64) -> Vec<String> {
    vec![
        test.config.url.clone(),
        test.home.path().to_str().unwrap().to_owned(),
        first.to_string(),
        clients.to_string(),
        count.to_string(),
    ]
}

/// Gives the next of a fixed sequence of pseudo-random numbers (Knuth's MMIX constants).
fn random(state: &mut u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

fn crash(test: &TestDatabase, rounds: u64) {
    let name = LogName::new("acme.example/crash").unwrap();
    let mut state = 2026;
    let mut acknowledged: Vec<(u64, u64)> = Vec::new();
    let mut silent = 0;
    for round in 0..rounds {
        let clients = 1 + random(&mut state) % 4;
        let mut child = command(env!("CARGO_BIN_EXE_store-crash-writer"))
            .args(arguments(test, round * 1_000_000, clients, 1_000_000))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let before = acknowledged.len();
        // Most rounds are killed after the first acknowledgement, some while the database is being opened.
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        if !random(&mut state).is_multiple_of(8) {
            output.read_line(&mut first).unwrap();
        }
        std::thread::sleep(Duration::from_micros(random(&mut state) % 9_000));
        kill(&mut child);
        let mut rest = String::new();
        output.read_to_string(&mut rest).unwrap();
        for line in first
            .lines()
            .chain(rest.split_inclusive('\n').filter(|line| line.ends_with('\n')))
        {
            let mut words = line.split_whitespace();
            assert_eq!(words.next(), Some("ack"), "{line}");
            let mut number = || words.next().unwrap().parse().unwrap();
            acknowledged.push((number(), number()));
        }
        silent += u64::from(acknowledged.len() == before);

        // A fresh handle recovers what the killed process left.
        let database = test.open();
        database
            .read(|tx| -> Result<(), StoreError> {
                for (number, index) in &acknowledged[before..] {
                    let entry = log::entry(tx, &name, *index)?
                        .unwrap_or_else(|| panic!("round {round}: acknowledged entry {index} is lost"));
                    let expected = format!("\"d-{number}\"");
                    assert!(
                        String::from_utf8(entry.statement).unwrap().contains(&expected),
                        "round {round}"
                    );
                }
                if !acknowledged.is_empty() && (round % 20 == 19 || round + 1 == rounds) {
                    log::audit(tx, &name)?;
                }
                Ok(())
            })
            .unwrap();
    }
    // At the end everything that was ever acknowledged is there, in a log that audits.
    let database = test.open();
    let stored = database
        .read(|tx| -> Result<HashMap<u64, Vec<u8>>, StoreError> {
            let size = log::audit(tx, &name)?.size;
            let mut all = HashMap::new();
            while let Some(start) = u64::try_from(all.len()).ok().filter(|start| *start < size) {
                all.extend(
                    log::entries(tx, &name, start..size)?
                        .into_iter()
                        .map(|one| (one.index, one.statement)),
                );
            }
            Ok(all)
        })
        .unwrap();
    for (number, index) in &acknowledged {
        assert!(String::from_utf8_lossy(&stored[index]).contains(&format!("\"d-{number}\"")));
    }
    let acks = u64::try_from(acknowledged.len()).unwrap();
    eprintln!(
        "{rounds} kills, {silent} before any acknowledgement, {acks} acknowledged, {} stored",
        stored.len()
    );
    assert!(
        acks > rounds,
        "only {acks} acknowledgements in {rounds} rounds show nothing"
    );
}

fn kill(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn kill_9_at_200_points_loses_no_acknowledged_entry() {
    on_sqlite(|test| crash(test, 200));
}

#[test]
fn a_disk_that_fills_up_ends_in_a_clear_error_and_keeps_what_was_acknowledged() {
    on_sqlite(|test| {
        drop(test.open());
        // The shell limits the size of files (in blocks of 512 bytes) and turns the signal into an error of the write.
        let output = command("sh")
            .args(["-c", "trap '' XFSZ; ulimit -f 600; exec \"$0\" \"$@\""])
            .arg(env!("CARGO_BIN_EXE_store-crash-writer"))
            .args(arguments(test, 0, 3, 1_000_000))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success());
        assert!(said.contains("Full") || said.contains("Disk"), "{said}");
        let name = LogName::new("acme.example/crash").unwrap();
        let acknowledged = String::from_utf8_lossy(&output.stdout).lines().count();
        assert!(acknowledged > 20, "{acknowledged} before the disk was full");
        test.open()
            .read(|tx| -> Result<(), StoreError> {
                for line in String::from_utf8_lossy(&output.stdout).lines() {
                    let numbers: Vec<u64> = line
                        .split(' ')
                        .skip(1)
                        .map(|word| word.parse().unwrap())
                        .collect();
                    let entry = log::entry(tx, &name, numbers[1])?.unwrap();
                    let expected = format!("\"d-{}\"", numbers[0]);
                    assert!(String::from_utf8(entry.statement).unwrap().contains(&expected));
                }
                log::audit(tx, &name).map(|_| ())
            })
            .unwrap();
    });
}

#[test]
fn kill_9_loses_no_acknowledged_entry_on_postgres() {
    on_postgres(|test| crash(test, 25));
}

/// Holds one system call: the lines of the trace where it began and ended.
struct Call<'t> {
    text: &'t str,
    began: usize,
    ended: usize,
}

/// Pairs the `<unfinished ...>` and `resumed` lines of `strace -f`.
fn calls(trace: &str) -> Vec<Call<'_>> {
    let mut open: HashMap<&str, Call<'_>> = HashMap::new();
    let mut done = Vec::new();
    for (number, line) in trace.lines().enumerate() {
        let Some((process, text)) = line.split_once(' ') else {
            continue;
        };
        let text = text.trim_start();
        let call = Call {
            text,
            began: number,
            ended: number,
        };
        if text.ends_with("<unfinished ...>") {
            open.insert(process, call);
        } else if text.starts_with("<... ") {
            let mut call = open.remove(process).unwrap();
            call.ended = number;
            // Only a call that succeeded counts.
            if !text.contains("= -1") {
                done.push(call);
            }
        } else if text.contains(" = ") && !text.contains(" = -1") {
            done.push(call);
        }
    }
    done.sort_by_key(|call| call.began);
    done
}

#[test]
fn no_acknowledgement_precedes_the_completed_synchronisation_that_covers_it() {
    on_sqlite(|test| {
        for (clients, count) in [(1, 40), (8, 120)] {
            let first = clients * 1_000_000;
            let trace = test.home.path().join("trace");
            let output = command("strace")
                .args([
                    "-f",
                    "-y",
                    "-s",
                    "20000",
                    "-e",
                    "trace=fdatasync,fsync,write,pwrite64",
                    "-o",
                ])
                .arg(&trace)
                .arg(env!("CARGO_BIN_EXE_store-crash-writer"))
                .args(arguments(test, first, clients, count))
                .output()
                .expect("the program `strace`, which shows durability (apt-get install strace)");
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            let trace = std::fs::read_to_string(&trace).unwrap();
            let calls = calls(&trace);
            let is_log = |call: &&Call<'_>| call.text.contains("ringfence.db-wal>");
            let mut syncs = 0;
            for number in first..first + count {
                let mark = format!("d-{number}\\\"");
                let written = calls
                    .iter()
                    .filter(is_log)
                    .find(|call| call.text.starts_with("pwrite64(") && call.text.contains(&mark))
                    .unwrap_or_else(|| panic!("no write of {number} to the write-ahead log"));
                let told = calls
                    .iter()
                    .find(|call| {
                        call.text.starts_with("write(1<") && call.text.contains(&format!("\"ack {number} "))
                    })
                    .unwrap_or_else(|| panic!("no acknowledgement of {number}"));
                let covered = calls.iter().filter(is_log).any(|call| {
                    (call.text.starts_with("fdatasync(") || call.text.starts_with("fsync("))
                        && call.began > written.ended
                        && call.ended < told.began
                });
                assert!(covered, "{number} was acknowledged before it was synchronised");
                syncs += 1;
            }
            assert_eq!(syncs, count);
            let total = calls
                .iter()
                .filter(is_log)
                .filter(|call| call.text.contains("sync("))
                .count();
            eprintln!(
                "{clients} clients: {count} acknowledgements, {total} synchronisations of the write-ahead log"
            );
            assert!(
                statement(1).as_bytes().len() < 1000,
                "an entry fits one page, so its mark is found in one write"
            );
        }
    });
}
