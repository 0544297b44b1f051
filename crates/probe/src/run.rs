//! Runs one command of the owner's in a folder, bounded in time and output.

use crate::ProbeError;
use std::io::Read;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Most bytes of output that are kept; the command goes on, what it writes later is not looked at.
const MOST_OUTPUT: usize = 32 << 20;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By itself.
    Code(i32),
    /// By a signal.
    Signal,
    /// It ran longer than allowed and was ended, with all that it had started.
    Time,
}

/// The end and the output of a command.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// Both outputs as they came.
    pub output: Vec<u8>,
    /// How long it took.
    pub took: Duration,
}

impl Outcome {
    /// Tells whether it ended with 0.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.ending == Ending::Code(0)
    }
}

/// Runs a program with arguments in a folder.
///
/// # Errors
/// When it cannot be started.
pub fn run(
    command: &[String],
    folder: &Path,
    environment: &[(String, String)],
    time: Duration,
) -> Result<Outcome, ProbeError> {
    let (program, arguments) = command
        .split_first()
        .map_or(("", &[][..]), |(program, rest)| (program, rest));
    let start = |source| ProbeError::Start {
        program: program.to_owned(),
        source,
    };
    let (pipe, sink) = std::io::pipe().map_err(start)?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the owner's own formatter, linter, build and tests, on a copy of the owner's own project"
    )]
    let mut started = Command::new(program);
    started
        .args(arguments)
        .current_dir(folder)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(sink.try_clone().map_err(start)?)
        .stderr(sink)
        .process_group(0);
    let began = Instant::now();
    let mut child = started.spawn().map_err(start)?;
    // The command holds the writing ends now; ours would keep the pipe open for ever.
    drop(started);
    let (output, in_time) = read(pipe, began, time);
    let ending = end(&mut child, in_time, began, time).map_err(start)?;
    Ok(Outcome {
        ending,
        output,
        took: began.elapsed(),
    })
}

fn read(mut pipe: std::io::PipeReader, began: Instant, time: Duration) -> (Vec<u8>, bool) {
    let (send, receive) = mpsc::sync_channel::<Vec<u8>>(16);
    // Not joined: a grandchild that left the group may hold the pipe for ever; the thread ends with it.
    std::thread::spawn(move || {
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
    let mut output = Vec::new();
    loop {
        match receive.recv_timeout(time.saturating_sub(began.elapsed())) {
            Ok(chunk) if output.len() < MOST_OUTPUT => output.extend_from_slice(&chunk),
            Ok(_) => {}
            Err(mpsc::RecvTimeoutError::Timeout) => return (output, false),
            Err(mpsc::RecvTimeoutError::Disconnected) => return (output, true),
        }
    }
}

/// Waits for the end, and ends the whole group when it is overdue.
fn end(child: &mut Child, in_time: bool, began: Instant, time: Duration) -> std::io::Result<Ending> {
    while in_time && began.elapsed() < time {
        if let Some(status) = child.try_wait()? {
            return Ok(status.code().map_or(Ending::Signal, Ending::Code));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let group = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    child.wait()?;
    Ok(Ending::Time)
}
