//! A private PostgreSQL server on a socket of its own, for one run of the tests.

use crate::process::{output, program, status};
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};

/// The folder that holds `initdb` and `pg_ctl` of Debian's newest PostgreSQL.
pub fn binaries() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|folder| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file())
        .collect();
    found.sort();
    found.pop()
}

/// A running server; stopped when dropped.
pub struct Server {
    binaries: PathBuf,
    folder: tempfile::TempDir,
    as_other_user: bool,
}

impl Server {
    /// Makes a cluster in a temporary folder and starts it on a socket there, without TCP.
    pub fn start() -> Result<Self> {
        let binaries = binaries().context("no PostgreSQL under /usr/lib/postgresql")?;
        let folder = tempfile::Builder::new()
            .prefix("rf-pg-")
            .tempdir_in("/tmp")
            .context("no temporary folder")?;
        // PostgreSQL refuses to run as root: there the account of Debian's package is used.
        let as_other_user = output(program("id").arg("-u"))?.trim() == "0";
        let server = Self {
            binaries,
            folder,
            as_other_user,
        };
        if as_other_user {
            ensure!(
                status(
                    program("chown")
                        .arg("postgres:postgres")
                        .arg(server.folder.path())
                )?,
                "cannot give {} to the account postgres",
                server.folder.path().display()
            );
        }
        let data = server.data();
        let log = server.folder.path().join("log");
        server
            .run(
                "initdb",
                &[
                    "--no-sync",
                    "--auth=trust",
                    "--username=postgres",
                    "--encoding=UTF8",
                    "--locale=C",
                    "-D",
                ],
                &data,
            )
            .context("initdb")?;
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' -c max_connections=200 -c shared_buffers=64MB",
            server.folder.path().display()
        );
        let mut start = server.command("pg_ctl");
        start
            .args(["start", "--wait", "--silent", "--timeout=60", "-o"])
            .arg(options)
            .arg("-l")
            .arg(&log)
            .arg("-D")
            .arg(&data);
        ensure!(
            status(&mut start)?,
            "PostgreSQL did not start: {}",
            std::fs::read_to_string(&log).unwrap_or_default()
        );
        Ok(server)
    }

    /// Address of the server for the environment of the tests.
    pub fn url(&self) -> String {
        let socket = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgresql://postgres@{socket}/postgres")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, name: &str) -> std::process::Command {
        let binary = self.binaries.join(name);
        let mut command = if self.as_other_user {
            let mut command = program("setpriv");
            command
                .args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"])
                .arg(binary);
            command
        } else {
            program(binary)
        };
        command.current_dir("/").stdin(std::process::Stdio::null());
        command
    }

    fn run(&self, name: &str, arguments: &[&str], data: &Path) -> Result<()> {
        output(self.command(name).args(arguments).arg(data)).map(drop)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.data();
        let stopped = self.run("pg_ctl", &["stop", "--silent", "--mode=immediate", "-D"], &data);
        if let Err(error) = stopped {
            eprintln!("xtask: PostgreSQL could not be stopped: {error:#}");
        }
    }
}
