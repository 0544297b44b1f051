//! The two servers of the clone rows, each a process of its own so that its CPU time is its own.

pub mod gateway;
pub mod plain;

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

/// What `/proc` counts CPU time in; USER_HZ is 100 on every architecture Rust runs on.
const TICKS_PER_SECOND: u32 = 100;

/// A running server; killed when dropped.
pub struct ServerProcess {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl ServerProcess {
    /// Starts this program again as a server and waits for its address.
    pub fn start(kind: &str, folder: &Path) -> Result<Self> {
        let program = std::env::current_exe().context("this program has no path")?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the bench starts itself again as a server"
        )]
        let mut command = std::process::Command::new(program);
        let mut child = command
            .args([OsStr::new(kind), folder.as_os_str()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {kind}"))?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out)
                .read_line(&mut line)
                .with_context(|| format!("reading the address of {kind}"))?;
        }
        match line.trim().parse() {
            Ok(address) => Ok(Self { child, address }),
            Err(_) => {
                let _ = child.kill();
                bail!("{kind} gave no address but {line:?}")
            }
        }
    }

    /// CPU time of the server and of the children it has waited for, in steps of 10 ms.
    pub fn cpu(&self) -> Result<Duration> {
        // What a transfer leaves to do (its entry, its children) belongs to it.
        std::thread::sleep(Duration::from_millis(60));
        let path = format!("/proc/{}/stat", self.child.id());
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
        cpu_of(&text).with_context(|| format!("{path} reads {text:?}"))
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // It is gone already: then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// utime + stime + cutime + cstime of proc(5).
fn cpu_of(stat: &str) -> Option<Duration> {
    ticks_of(stat)?
        .into_iter()
        .try_fold(Duration::ZERO, Duration::checked_add)
}

/// utime, stime, cutime and cstime of proc(5); the name in parentheses may hold anything.
pub fn ticks_of(stat: &str) -> Option<[Duration; 4]> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let times: Vec<Duration> = fields
        .split_whitespace()
        .skip(11)
        .take(4)
        .map(|ticks| {
            let ticks: u32 = ticks.parse().ok()?;
            Duration::from_secs(1)
                .checked_mul(ticks)?
                .checked_div(TICKS_PER_SECOND)
        })
        .collect::<Option<_>>()?;
    times.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_the_servers_and_its_childrens() {
        let stat = "123 (a) b (c)) S 1 123 123 0 -1 4194560 500 600 0 0 17 8 120 55 20 0 3 0 999 1 1";
        assert_eq!(cpu_of(stat), Some(Duration::from_millis(2000)));
        assert_eq!(cpu_of("123 (a) S 1"), None);
        assert_eq!(cpu_of(""), None);
    }
}
