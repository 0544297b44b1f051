//! Starts programs as the demo's people do: the owner's `ringfence`, the vendor's own `git`, compilers, `python3`.

use anyhow::{Context, Result};
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What a program printed and how it ended.
#[derive(Debug)]
pub struct Done {
    /// Exit code; -1 when ended by a signal.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Done {
    /// True when it ended well.
    pub fn well(&self) -> bool {
        self.code == 0
    }

    /// Itself when it ended well, else an error that shows what it said.
    ///
    /// # Errors
    /// When it did not end well.
    pub fn expect_well(self, what: &str) -> Result<Self> {
        anyhow::ensure!(
            self.well(),
            "{what} ended with code {}: {}{}",
            self.code,
            self.err.trim_end(),
            if self.err.trim().is_empty() {
                self.out.trim_end()
            } else {
                ""
            }
        );
        Ok(self)
    }
}

/// A command by name or path.
pub fn program(name: impl AsRef<OsStr>) -> Command {
    #[expect(
        clippy::disallowed_methods,
        reason = "the demo plays the people outside: their git, their compilers"
    )]
    Command::new(name)
}

/// Runs to the end.
///
/// # Errors
/// When it cannot be started.
pub fn run(command: &mut Command) -> Result<Done> {
    run_with(command, b"")
}

/// Runs to the end with `input` on standard input.
///
/// # Errors
/// When it cannot be started.
pub fn run_with(command: &mut Command, input: &[u8]) -> Result<Done> {
    let shown = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {shown}"))?;
    let stdin = child.stdin.take();
    let done = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A program that does not read its input closes the pipe; what it says then counts.
            if let Some(mut stdin) = stdin {
                let _ = stdin.write_all(input);
            }
        });
        child.wait_with_output()
    })
    .with_context(|| format!("{shown} broke off"))?;
    Ok(Done {
        code: done.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&done.stdout).into_owned(),
        err: String::from_utf8_lossy(&done.stderr).into_owned(),
    })
}

/// True when a program of that name is on PATH.
pub fn on_path(name: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(name).is_file()))
}

/// A plain `git` client in `folder`, as a person would have it, but without this machine's own configuration.
pub fn git(folder: &Path) -> Command {
    let mut command = program("git");
    command
        .current_dir(folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .args([
            "-c",
            "init.defaultBranch=main",
            "-c",
            "advice.detachedHead=false",
            "-c",
            "safe.directory=*",
        ]);
    command
}

/// The `ringfence` binary that is running, as the owner's operator starts it.
#[derive(Clone, Debug)]
pub struct Ringfence {
    binary: PathBuf,
    home: PathBuf,
}

impl Ringfence {
    /// The running binary over `home`.
    ///
    /// # Errors
    /// When the running binary cannot be found.
    pub fn new(home: &Path) -> Result<Self> {
        let binary = std::env::current_exe().context("cannot find the running ringfence binary")?;
        Ok(Self {
            binary,
            home: home.to_path_buf(),
        })
    }

    /// A command with `arguments`.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = program(&self.binary);
        command.args(arguments).arg("--home").arg(&self.home);
        command
    }

    /// Runs `arguments` to the end.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<Done> {
        run(&mut self.command(arguments))
    }

    /// Runs `arguments` with `--json` and reads the one object it prints.
    ///
    /// # Errors
    /// When it cannot be started or prints no JSON.
    pub fn json<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<(Done, serde_json::Value)> {
        let done = run(self.command(arguments).arg("--json"))?;
        let value = serde_json::from_str(done.out.trim())
            .with_context(|| format!("ringfence printed no JSON: {}{}", done.out, done.err))?;
        Ok((done, value))
    }
}

/// A running server; ended when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Address it answers at, as `http://127.0.0.1:PORT`.
    pub address: String,
}

impl Server {
    /// Starts `ringfence serve` on a free loopback port and waits for the address it prints.
    ///
    /// # Errors
    /// When it does not come up within 30 seconds.
    pub fn start(ringfence: &Ringfence, log: &Path) -> Result<Self> {
        let log_file =
            std::fs::File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut child = ringfence
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log_file)
            .spawn()
            .context("cannot start ringfence serve")?;
        let stdout = child.stdout.take().context("no output of the server")?;
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut lines = std::io::BufRead::lines(std::io::BufReader::new(stdout));
            while let Some(Ok(line)) = lines.next() {
                if let Some(start) = line.find("http") {
                    let address: String = line.chars().skip(line.chars().take(start).count()).collect();
                    let _ = sender.send(address.split_whitespace().next().unwrap_or_default().to_owned());
                }
            }
        });
        match receiver.recv_timeout(std::time::Duration::from_secs(30)) {
            Ok(address) => Ok(Self {
                child,
                address: address.trim_end_matches('/').to_owned(),
            }),
            Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                anyhow::bail!(
                    "the server did not come up: {}",
                    std::fs::read_to_string(log).unwrap_or_default().trim()
                )
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
