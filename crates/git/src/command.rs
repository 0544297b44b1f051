//! Starts `git` with a scrubbed environment, no system or user configuration, and limits on time and output.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The oldest `git` that the gate works with.
pub const OLDEST_GIT: (u32, u32) = (2, 39);

/// What went wrong when `git` was run.
#[derive(Debug, thiserror::Error)]
pub enum GitCommandError {
    /// The program could not be started.
    #[error("git could not be started ({source}); install git {}.{} or newer and put it on PATH", OLDEST_GIT.0, OLDEST_GIT.1)]
    Start {
        /// Why.
        source: std::io::Error,
    },
    /// The program is too old or prints no version.
    #[error("git {found:?} is too old; {}.{} or newer is needed", OLDEST_GIT.0, OLDEST_GIT.1)]
    TooOld {
        /// What `git version` printed.
        found: String,
    },
    /// Talking to the program failed.
    #[error("git {action} broke off: {source}")]
    Pipe {
        /// The subcommand.
        action: String,
        /// Why.
        source: std::io::Error,
    },
    /// It ran longer than allowed and was ended.
    #[error("git {action} ran longer than {limit:?} and was ended")]
    Time {
        /// The subcommand.
        action: String,
        /// The limit.
        limit: Duration,
    },
    /// It wrote more than allowed and was ended.
    #[error("git {action} wrote more than {limit} bytes and was ended")]
    Output {
        /// The subcommand.
        action: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// It ended with an error.
    #[error("git {action} failed with code {code}: {message}")]
    Failed {
        /// The subcommand.
        action: String,
        /// Exit code, -1 when ended by a signal.
        code: i32,
        /// The end of its standard error, at most 2,000 characters.
        message: String,
    },
}

/// Bounds of one run.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Wall time.
    pub time: Duration,
    /// Bytes on standard output.
    pub output: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(600),
            output: 1 << 30,
        }
    }
}

/// Where `git` is on PATH, looked up once. A name without a folder beside a changed environment makes std copy the whole address space
/// of this process (`fork`) for each child instead of sharing it until the child's own program runs.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join("git"))
            .find(|program| program.is_file())
            .unwrap_or_else(|| PathBuf::from("git"))
    })
}

/// Builds a `git` command in `repository` (a git directory) with nothing inherited but PATH, the ssh agent and a temporary folder.
#[must_use]
pub fn git(repository: Option<&Path>) -> Command {
    #[expect(clippy::disallowed_methods, reason = "the one place that starts git")]
    let mut command = Command::new(program());
    command.env_clear();
    for kept in ["PATH", "TMPDIR", "SSH_AUTH_SOCK"] {
        if let Some(value) = std::env::var_os(kept) {
            command.env(kept, value);
        }
    }
    command
        .env("HOME", "/nonexistent")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_ATTR_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("LC_ALL", "C");
    for setting in [
        "safe.directory=*",
        "core.hooksPath=/dev/null",
        "core.fsync=committed",
        "protocol.ext.allow=never",
        "gc.auto=0",
        "maintenance.auto=false",
        "init.defaultBranch=main",
    ] {
        command.arg("-c").arg(setting);
    }
    if let Some(repository) = repository {
        command.env("GIT_DIR", repository);
    }
    command
}

/// Runs `git` with `arguments`, feeds `input`, and returns its standard output.
///
/// # Errors
/// When it cannot be started, breaks a limit, or ends with an error.
pub fn run<S: AsRef<OsStr>>(
    repository: Option<&Path>,
    arguments: &[S],
    input: &[u8],
    limits: Limits,
) -> Result<Vec<u8>, GitCommandError> {
    let mut command = git(repository);
    command.args(arguments);
    run_command(command, input, limits)
}

/// Runs a command made by [`git`], feeds `input`, and returns its standard output.
///
/// # Errors
/// When it cannot be started, breaks a limit, or ends with an error.
pub fn run_command(mut command: Command, input: &[u8], limits: Limits) -> Result<Vec<u8>, GitCommandError> {
    let action = action_of(&command);
    let pipe = |source| GitCommandError::Pipe {
        action: action.clone(),
        source,
    };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| GitCommandError::Start { source })?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let deadline = Instant::now() + limits.time;
    let (out, err, status) = std::thread::scope(|scope| {
        let writer = scope.spawn(move || {
            if let Some(mut stdin) = stdin {
                // A program that stops reading early says why on its standard error.
                let _ = stdin.write_all(input);
            }
        });
        let out = scope.spawn(move || read_capped(stdout, limits.output));
        let err = scope.spawn(move || read_tail(stderr));
        let status = wait_until(&mut child, deadline);
        let out = out.join();
        let err = err.join();
        let _ = writer.join();
        (out, err, status)
    });
    let broken = || std::io::Error::other("a reader thread ended early");
    let (bytes, over) = out.map_err(|_| pipe(broken()))?.map_err(pipe)?;
    let message = err.map_err(|_| pipe(broken()))?;
    if over {
        return Err(GitCommandError::Output {
            action,
            limit: limits.output,
        });
    }
    match status.map_err(pipe)? {
        None => Err(GitCommandError::Time {
            action,
            limit: limits.time,
        }),
        Some(status) if status.success() => Ok(bytes),
        Some(status) => Err(GitCommandError::Failed {
            action,
            code: status.code().unwrap_or(-1),
            message,
        }),
    }
}

/// Checks that a `git` of at least [`OLDEST_GIT`] is on PATH and returns what it calls itself.
///
/// # Errors
/// When there is none or it is too old.
pub fn check_version() -> Result<String, GitCommandError> {
    let printed = run(
        None,
        &["version"],
        b"",
        Limits {
            time: Duration::from_secs(20),
            output: 4096,
        },
    )?;
    let found = String::from_utf8_lossy(&printed).trim().to_owned();
    let mut numbers = found
        .split_whitespace()
        .nth(2)
        .unwrap_or("")
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0));
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if version < OLDEST_GIT {
        return Err(GitCommandError::TooOld { found });
    }
    Ok(found)
}

fn action_of(command: &Command) -> String {
    let mut arguments = command.get_args();
    while let Some(argument) = arguments.next() {
        if argument == "-c" {
            arguments.next();
        } else {
            return argument.to_string_lossy().into_owned();
        }
    }
    String::new()
}

type Captured = std::io::Result<(Vec<u8>, bool)>;

fn read_capped(stdout: Option<impl Read>, limit: u64) -> Captured {
    let mut bytes = Vec::new();
    if let Some(stdout) = stdout {
        stdout.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    }
    let over = u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit;
    Ok((bytes, over))
}

fn read_tail(stderr: Option<impl Read>) -> String {
    const KEPT: usize = 2_000;
    let mut kept: Vec<u8> = Vec::new();
    let mut buffer = [0_u8; 4096];
    if let Some(mut stderr) = stderr {
        while let Ok(count) = stderr.read(&mut buffer) {
            if count == 0 {
                break;
            }
            kept.extend(buffer.iter().take(count));
            let surplus = kept.len().saturating_sub(KEPT);
            kept.drain(..surplus);
        }
    }
    String::from_utf8_lossy(&kept).trim().to_owned()
}

// A reader that stops at its cap closes the pipe, so a program that goes on writing ends by itself.
fn wait_until(child: &mut Child, deadline: Instant) -> std::io::Result<Option<std::process::ExitStatus>> {
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}
