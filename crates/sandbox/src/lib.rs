//! Runs a command of the owner's in a closed room (bubblewrap): a vendor's change is compiled and run there.
//!
//! Job: one command over one folder; its end and its output.
//!
//! INVARIANT: the room has no network, no environment of ours, no other process, a user of its own without capabilities, and of the
//! machine's files only `/usr`, what a program loader needs, and what the owner named; only the work folder can be written.
//! INVARIANT: time, memory, processes, size of files and output are bounded; whatever was started in the room ends with it.
//!
//! Refuses: to run without bubblewrap and prlimit. Nothing is ever run outside the room.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// What the room looks like from inside: where the work folder stands.
pub const WORK: &str = "/work";

/// Bounds of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Wall time.
    pub time: Duration,
    /// Address space of each process, in bytes.
    pub memory: u64,
    /// Processes and threads.
    pub processes: u32,
    /// The largest file, in bytes.
    pub file: u64,
    /// Bytes of output that are kept; a command that writes more is ended.
    pub output: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(600),
            memory: 4 << 30,
            processes: 512,
            file: 2 << 30,
            output: 4 << 20,
        }
    }
}

/// What a command finds in the room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// The folder that stands at [`WORK`], writable.
    pub work: PathBuf,
    /// Files and folders that stand at their own paths, readable.
    pub readable: Vec<PathBuf>,
    /// The whole environment besides PATH and HOME.
    pub environment: Vec<(String, String)>,
    /// Bounds.
    pub limits: Limits,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By itself, with this code.
    Exit(i32),
    /// By a signal that was not ours, such as memory that ran out.
    Signal,
    /// It ran longer than allowed.
    Time,
    /// It wrote more than allowed.
    Output,
}

/// The end and the output of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// Standard output and standard error as they came, cut at the bound.
    pub output: Vec<u8>,
    /// How long it took.
    pub took: Duration,
}

/// Why a command was not run.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A program that closes the room is missing.
    #[error(
        "{program} is not installed, so nothing can be run safely; install it (Debian: apt-get install {package})"
    )]
    Missing {
        /// The program.
        program: &'static str,
        /// The Debian package.
        package: &'static str,
    },
    /// A path cannot stand in the room.
    #[error("{path:?} cannot be shown in the room: {problem}")]
    Path {
        /// The path.
        path: PathBuf,
        /// Why not.
        problem: &'static str,
    },
    /// The command is empty.
    #[error("the command is empty")]
    Empty,
    /// The room could not be made, or talking to it failed.
    #[error("the closed room could not be made: {source}")]
    Io {
        /// Why.
        #[from]
        source: std::io::Error,
    },
    /// The room was refused by the machine.
    #[error("the machine does not allow the closed room ({message}); user namespaces must be enabled")]
    Refused {
        /// What bubblewrap said.
        message: String,
    },
}

/// Where programs are found inside the room.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// What programs and their loaders need besides `/usr`.
const NEEDED: &[&str] = &[
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/ssl/certs",
    "/etc/java-17-openjdk",
];
/// Folders that are links into `/usr` on merged systems and folders of their own on others.
const BINARIES: &[&str] = &["/bin", "/sbin", "/lib", "/lib32", "/lib64"];

fn find(program: &str) -> Option<PathBuf> {
    PATH.split(':')
        .map(|folder| Path::new(folder).join(program))
        .find(|path| path.is_file())
}

/// Runs `command` (program and arguments, without a shell) in the room.
///
/// # Errors
/// When the room cannot be closed; then nothing has run.
pub fn run(room: &Room, command: &[String]) -> Result<Outcome, SandboxError> {
    if command.first().is_none_or(String::is_empty) {
        return Err(SandboxError::Empty);
    }
    let bwrap = find("bwrap").ok_or(SandboxError::Missing {
        program: "bwrap",
        package: "bubblewrap",
    })?;
    let prlimit = find("prlimit").ok_or(SandboxError::Missing {
        program: "prlimit",
        package: "util-linux",
    })?;
    let mut started = prepare(&bwrap, room)?;
    started
        .arg("--")
        .arg(prlimit)
        .arg(format!("--as={}", room.limits.memory))
        .arg(format!("--nproc={}", room.limits.processes))
        .arg(format!("--fsize={}", room.limits.file))
        .arg(format!(
            "--cpu={}",
            room.limits.time.as_secs().saturating_mul(16).max(1)
        ))
        .arg("--core=0")
        .arg("--")
        // One pipe for both outputs, so that lines stand in the order in which they were written.
        .args(["/bin/sh", "-c", "exec \"$@\" 2>&1", "sh"])
        .args(command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let began = Instant::now();
    let mut child = started.spawn()?;
    let (output, ending) = watch(&mut child, room.limits, began)?;
    let outcome = Outcome {
        ending,
        output,
        took: began.elapsed(),
    };
    refuse_room_errors(&mut child, outcome)
}

/// The program that closes the room, with everything but the command.
fn prepare(bwrap: &Path, room: &Room) -> Result<Command, SandboxError> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that starts the owner's commands, in a closed room"
    )]
    let mut command = Command::new(bwrap);
    command.env_clear();
    command.args([
        "--unshare-all",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
        "--uid",
        "65534",
        "--gid",
        "65534",
        "--hostname",
        "room",
        "--clearenv",
        "--setenv",
        "PATH",
        PATH,
        "--setenv",
        "HOME",
        "/tmp",
        "--setenv",
        "LC_ALL",
        "C.UTF-8",
    ]);
    for (name, value) in &room.environment {
        command.args(["--setenv", name, value]);
    }
    command.args(["--ro-bind", "/usr", "/usr"]);
    for folder in BINARIES {
        if let Ok(target) = std::fs::read_link(folder) {
            command.arg("--symlink").arg(target).arg(folder);
        } else if Path::new(folder).is_dir() {
            command.args(["--ro-bind", folder, folder]);
        }
    }
    for needed in NEEDED {
        command.args(["--ro-bind-try", needed, needed]);
    }
    command.args(["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]);
    for path in &room.readable {
        let refuse = |problem| {
            Err(SandboxError::Path {
                path: path.clone(),
                problem,
            })
        };
        if !path.is_absolute()
            || path
                .components()
                .any(|part| matches!(part, std::path::Component::ParentDir))
        {
            return refuse("it must be an absolute path");
        }
        if path.parent().is_none() {
            return refuse("it would show the whole machine");
        }
        if !path.exists() {
            return refuse("it does not exist");
        }
        command.arg("--ro-bind").arg(path).arg(path);
    }
    command
        .arg("--bind")
        .arg(&room.work)
        .arg(WORK)
        .args(["--chdir", WORK]);
    Ok(command)
}

/// Reads until the end, the bound or the deadline, and ends what still runs.
fn watch(child: &mut Child, limits: Limits, began: Instant) -> Result<(Vec<u8>, Ending), SandboxError> {
    let (send, receive) = mpsc::sync_channel::<Vec<u8>>(16);
    let Some(mut pipe) = child.stdout.take() else {
        return Err(std::io::Error::other("no pipe").into());
    };
    let reader = std::thread::spawn(move || {
        let mut buffer = vec![0_u8; 64 << 10];
        while let Ok(count) = pipe.read(&mut buffer) {
            let Some(chunk) = buffer.get(..count).filter(|chunk| !chunk.is_empty()) else {
                break;
            };
            if send.send(chunk.to_vec()).is_err() {
                break;
            }
        }
    });
    let bound = usize::try_from(limits.output).unwrap_or(usize::MAX);
    let mut output = Vec::new();
    let stopped = loop {
        let left = limits.time.saturating_sub(began.elapsed());
        match receive.recv_timeout(left) {
            Ok(chunk) => {
                output.extend_from_slice(&chunk);
                if output.len() > bound {
                    output.truncate(bound);
                    break Some(Ending::Output);
                }
            }
            Err(mpsc::RecvTimeoutError::Timeout) => break Some(Ending::Time),
            Err(mpsc::RecvTimeoutError::Disconnected) => break None,
        }
    };
    drop(receive);
    if stopped.is_none() {
        // The output is closed: the command ends, or hides; wait for it as long as it may take.
        while child.try_wait()?.is_none() && began.elapsed() < limits.time {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    let ended = child.try_wait()?;
    if ended.is_none() {
        // The first process of the room dies with bubblewrap, and all others with it.
        child.kill()?;
    }
    let status = match ended {
        Some(status) => status,
        None => child.wait()?,
    };
    let _ = reader.join();
    let ending = match (stopped, ended) {
        (Some(stopped), _) => stopped,
        (None, None) => Ending::Time,
        // bubblewrap says 128 + signal for what a signal ended.
        (None, Some(_)) => match status.code() {
            Some(code) if code > 128 => Ending::Signal,
            Some(code) => Ending::Exit(code),
            None => Ending::Signal,
        },
    };
    Ok((output, ending))
}

/// What bubblewrap itself says goes to its own standard error, which the command cannot reach.
fn refuse_room_errors(child: &mut Child, outcome: Outcome) -> Result<Outcome, SandboxError> {
    let mut message = String::new();
    if let Some(pipe) = child.stderr.take() {
        let _ = pipe.take(4_096).read_to_string(&mut message);
    }
    if outcome.ending != Ending::Exit(0) && outcome.output.is_empty() && message.starts_with("bwrap:") {
        return Err(SandboxError::Refused {
            message: message.trim().to_owned(),
        });
    }
    Ok(outcome)
}
