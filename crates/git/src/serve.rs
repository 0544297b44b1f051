//! Serves the reading side of a delivery store: one `git upload-pack` child per request.
//!
//! INVARIANT: the child sees one store and nothing else: the environment is scrubbed, a store with alternates is refused, and every
//! setting that would widen what a client may ask for is forced off on the command line, whatever the store's own configuration says.
//! It refuses to speak any protocol but 0, 1 and 2. The object store itself is the boundary: whatever lies in it may be fetched.

use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::command::{self, GitCommandError};

/// What keeps a store from being served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The folder is no bare repository.
    #[error("{} is not a bare repository that can be served", store.display())]
    NotAStore {
        /// The folder.
        store: PathBuf,
    },
    /// The store borrows objects from elsewhere.
    #[error("{} borrows objects from another repository ({file}); such a store is never served", store.display())]
    Borrows {
        /// The folder.
        store: PathBuf,
        /// The file that says so.
        file: &'static str,
    },
    /// A reference file could not be read.
    #[error("reading {} failed: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The limits of the child could not be set.
    #[error("the limit on {what} of git upload-pack could not be set: {source}")]
    Limit {
        /// Which limit.
        what: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// The program failed.
    #[error(transparent)]
    Git(#[from] GitCommandError),
}

/// The version of the git protocol that a client asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// The first protocol, without a version line.
    #[default]
    V0,
    /// As 0 with a version line.
    V1,
    /// Capabilities and commands.
    V2,
}

impl Protocol {
    /// Reads the `Git-Protocol` header of a client; what it does not know is version 0, as git does.
    #[must_use]
    pub fn from_header(value: &str) -> Self {
        let mut best = Self::V0;
        for part in value.split(':').take(16) {
            match part {
                "version=2" => best = Self::V2,
                "version=1" if best == Self::V0 => best = Self::V1,
                _ => {}
            }
        }
        best
    }

    /// The value that the child gets as `GIT_PROTOCOL`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V0 => "version=0",
            Self::V1 => "version=1",
            Self::V2 => "version=2",
        }
    }
}

/// Bounds of one served request.
#[derive(Clone, Copy, Debug)]
pub struct ServeLimits {
    /// CPU seconds for each process of the transfer (`upload-pack` and its `pack-objects`).
    pub cpu_seconds: u64,
    /// Address space of each process in bytes.
    pub memory: u64,
}

impl Default for ServeLimits {
    fn default() -> Self {
        Self {
            cpu_seconds: 300,
            memory: 8 << 30,
        }
    }
}

/// What the client wants from the child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// The list of references or, in version 2, of capabilities.
    Advertise,
    /// One request of the stateless protocol.
    Request,
}

/// Settings forced on the serving child; a list, so that the attack tests can name each.
pub const FORCED_SETTINGS: [&str; 15] = [
    // An empty hook would be run as a program without a name; `env` runs what it is given.
    "uploadpack.packObjectsHook=env",
    "uploadpack.allowFilter=false",
    "uploadpack.allowTipSHA1InWant=false",
    "uploadpack.allowReachableSHA1InWant=false",
    "uploadpack.allowAnySHA1InWant=false",
    "uploadpack.allowRefInWant=false",
    "uploadpack.allowSidebandAll=false",
    "uploadpack.advertiseBundleURIs=false",
    "uploadpack.keepAlive=5",
    "transfer.advertiseSID=false",
    "transfer.advertiseObjectInfo=false",
    "lsrefs.unborn=advertise",
    "core.alternateRefsCommand=",
    "pack.windowMemory=256m",
    "pack.writeReverseIndex=false",
];

/// A running `git upload-pack`; ended with its whole process group when dropped.
#[derive(Debug)]
pub struct Serving {
    group: Arc<Group>,
    stdout: ChildStdout,
    stderr: Option<JoinHandle<String>>,
    writer: Option<JoinHandle<()>>,
}

/// Ends the child from another thread.
#[derive(Clone, Debug)]
pub struct Stopper(Arc<Group>);

#[derive(Debug)]
struct Group {
    child: Mutex<Child>,
}

impl Group {
    fn kill(&self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        // A child that was waited for may have handed its number to another process.
        if matches!(child.try_wait(), Ok(None)) {
            if let Some(process) = i32::try_from(child.id())
                .ok()
                .and_then(rustix::process::Pid::from_raw)
            {
                let _ = rustix::process::kill_process_group(process, rustix::process::Signal::KILL);
            }
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Stopper {
    /// Ends the child and everything that it started.
    pub fn stop(&self) {
        self.0.kill();
    }
}

/// How the child ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Whether its exit code was 0.
    pub success: bool,
    /// The end of its standard error.
    pub message: String,
}

impl Serving {
    /// Starts the child on `store`; `request` is the whole body of the client's request.
    ///
    /// # Errors
    /// When the folder is no store of its own or the child cannot be started and bounded.
    pub fn start(
        store: &Path,
        service: Service,
        protocol: Protocol,
        limits: ServeLimits,
        request: Vec<u8>,
    ) -> Result<Self, ServeError> {
        check_closed(store)?;
        let mut child = upload_pack(store, service, protocol)
            .spawn()
            .map_err(|source| GitCommandError::Start { source })?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let group = Arc::new(Group {
            child: Mutex::new(child),
        });
        // The child waits for its input, so the limits are in place before it starts `pack-objects`.
        limit_child(&group, limits)?;
        let pipe = || GitCommandError::Start {
            source: std::io::Error::other("no pipe to git upload-pack"),
        };
        let (stdin, stdout, stderr) = (
            stdin.ok_or_else(pipe)?,
            stdout.ok_or_else(pipe)?,
            stderr.ok_or_else(pipe)?,
        );
        let writer = std::thread::spawn(move || {
            let mut stdin = stdin;
            // A child that stops reading early says why on its standard output or error.
            let _ = stdin.write_all(&request);
        });
        let stderr = std::thread::spawn(move || tail(stderr));
        Ok(Self {
            group,
            stdout,
            stderr: Some(stderr),
            writer: Some(writer),
        })
    }

    /// A handle that ends the child from elsewhere.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::clone(&self.group))
    }

    /// Waits for the end, after everything was read.
    #[must_use]
    pub fn finish(mut self) -> Ended {
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
        let message = self
            .stderr
            .take()
            .and_then(|thread| thread.join().ok())
            .unwrap_or_default();
        let status = self
            .group
            .child
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .wait();
        Ended {
            success: status.is_ok_and(|status| status.success()),
            message,
        }
    }
}

impl Read for Serving {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.stdout.read(buffer)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.group.kill();
    }
}

fn upload_pack(store: &Path, service: Service, protocol: Protocol) -> Command {
    let mut command = command::git(None);
    for setting in FORCED_SETTINGS {
        command.arg("-c").arg(setting);
    }
    command.arg("upload-pack").arg("--strict").arg("--stateless-rpc");
    if service == Service::Advertise {
        command.arg("--http-backend-info-refs");
    }
    command
        .arg(store)
        .env("GIT_PROTOCOL", protocol.as_str())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    command
}

fn limit_child(group: &Group, limits: ServeLimits) -> Result<(), ServeError> {
    let child = group.child.lock().unwrap_or_else(PoisonError::into_inner).id();
    limit_process(child, limits.cpu_seconds, limits.memory)
}

/// Bounds the CPU time and the address space of a process that was just started.
pub(crate) fn limit_process(process: u32, cpu_seconds: u64, memory: u64) -> Result<(), ServeError> {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let process = i32::try_from(process).ok().and_then(Pid::from_raw);
    for (what, resource, value) in [
        ("CPU time", Resource::Cpu, cpu_seconds),
        ("memory", Resource::As, memory),
        ("core files", Resource::Core, 0),
    ] {
        match prlimit(
            process,
            resource,
            Rlimit {
                current: Some(value),
                maximum: Some(value),
            },
        ) {
            // A process that has ended already needs no limit.
            Ok(_) | Err(rustix::io::Errno::SRCH) => {}
            Err(source) => {
                return Err(ServeError::Limit {
                    what,
                    source: source.into(),
                });
            }
        }
    }
    Ok(())
}

/// Checks that `store` is a bare repository that holds its objects itself.
///
/// # Errors
/// When it is none, or borrows objects.
pub fn check_closed(store: &Path) -> Result<(), ServeError> {
    if !store.join("HEAD").is_file() || !store.join("objects").is_dir() {
        return Err(ServeError::NotAStore {
            store: store.to_owned(),
        });
    }
    for file in [
        "objects/info/alternates",
        "objects/info/http-alternates",
        "commondir",
    ] {
        if store.join(file).symlink_metadata().is_ok() {
            return Err(ServeError::Borrows {
                store: store.to_owned(),
                file,
            });
        }
    }
    if store
        .join("objects")
        .symlink_metadata()
        .is_ok_and(|found| found.file_type().is_symlink())
    {
        return Err(ServeError::Borrows {
            store: store.to_owned(),
            file: "objects",
        });
    }
    Ok(())
}

/// Reads one reference of `store` without starting a program: the loose file, else the packed list.
///
/// # Errors
/// When a file is there and cannot be read.
pub fn reference(store: &Path, name: &str) -> Result<Option<String>, ServeError> {
    let loose = store.join(name);
    if let Some(text) = read_small(&loose, 4096)? {
        let id = text.trim();
        return Ok(is_object_id(id).then(|| id.to_owned()));
    }
    let Some(packed) = read_small(&store.join("packed-refs"), 64 << 20)? else {
        return Ok(None);
    };
    Ok(packed
        .lines()
        .filter_map(|line| line.split_once(' '))
        .find(|(id, found)| *found == name && is_object_id(id))
        .map(|(id, _)| id.to_owned()))
}

/// The reference that holds a recipient's receipts.
pub const RECEIPTS: &str = "refs/ringfence/receipts";

/// Tells whether all of `wants` are receipts of the recipient: the tip of [`RECEIPTS`] or, for one want, a commit before it.
///
/// # Errors
/// When the store cannot be read.
pub fn only_receipts(store: &Path, wants: &[String]) -> Result<bool, ServeError> {
    let Some(tip) = reference(store, RECEIPTS)? else {
        return Ok(false);
    };
    let [first, rest @ ..] = wants else {
        return Ok(false);
    };
    if !is_object_id(first) || rest.iter().any(|want| want != first) {
        return Ok(false);
    }
    if *first == tip {
        return Ok(true);
    }
    // The usual case, known without starting a program: the tip of a branch is no receipt.
    if crate::refs::list(store)?
        .iter()
        .any(|(name, id)| name.starts_with("refs/heads/") && id == first)
    {
        return Ok(false);
    }
    let limits = command::Limits {
        time: Duration::from_secs(20),
        output: 1024,
    };
    match command::run(
        Some(store),
        &["merge-base", "--is-ancestor", first, &tip],
        b"",
        limits,
    ) {
        Ok(_) => Ok(true),
        // 1: no ancestor; 128: no such commit, which upload-pack will say itself.
        Err(GitCommandError::Failed { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Tells whether `text` is a full SHA-1 object id in lowercase hexadecimal.
#[must_use]
pub fn is_object_id(text: &str) -> bool {
    text.len() == 40
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn read_small(path: &Path, most: u64) -> Result<Option<String>, ServeError> {
    let failed = |source| ServeError::Read {
        path: path.to_owned(),
        source,
    };
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(failed(source)),
    };
    if file.metadata().map_err(failed)?.is_dir() {
        return Ok(None);
    }
    let mut text = String::new();
    file.take(most).read_to_string(&mut text).map_err(failed)?;
    Ok(Some(text))
}

pub(crate) fn tail(mut stderr: impl Read) -> String {
    const KEPT: usize = 2_000;
    let mut kept: Vec<u8> = Vec::new();
    let mut buffer = [0_u8; 4096];
    while let Ok(count) = stderr.read(&mut buffer) {
        if count == 0 {
            break;
        }
        kept.extend(buffer.iter().take(count));
        let surplus = kept.len().saturating_sub(KEPT);
        kept.drain(..surplus);
    }
    String::from_utf8_lossy(&kept).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_protocol_header_is_read_strictly() {
        assert_eq!(Protocol::from_header("version=2"), Protocol::V2);
        assert_eq!(Protocol::from_header("version=1"), Protocol::V1);
        assert_eq!(Protocol::from_header("version=1:version=2"), Protocol::V2);
        for other in ["", "version=3", "version=2 ", "version=2\nGIT_DIR=/", "x:y:z"] {
            assert_eq!(Protocol::from_header(other), Protocol::V0, "{other:?}");
        }
    }

    #[test]
    fn a_store_that_borrows_objects_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(
            check_closed(folder.path()),
            Err(ServeError::NotAStore { .. })
        ));
        std::fs::create_dir_all(folder.path().join("objects/info")).unwrap();
        std::fs::write(folder.path().join("HEAD"), "ref: refs/heads/main\n").unwrap();
        assert!(check_closed(folder.path()).is_ok());
        std::fs::write(folder.path().join("objects/info/alternates"), "/elsewhere\n").unwrap();
        assert!(matches!(
            check_closed(folder.path()),
            Err(ServeError::Borrows { .. })
        ));
    }

    #[test]
    fn the_limits_of_a_child_are_those_of_the_kernel() {
        let mut child = command::git(None)
            .args(["hash-object", "--stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        limit_process(child.id(), 7, 1 << 30).unwrap();
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
        drop(child.stdin.take());
        child.wait().unwrap();
        let line = |name: &str| {
            limits
                .lines()
                .find(|line| line.starts_with(name))
                .unwrap()
                .to_owned()
        };
        assert!(line("Max cpu time").contains(" 7 "), "{limits}");
        assert!(line("Max address space").contains(" 1073741824 "), "{limits}");
    }
}
