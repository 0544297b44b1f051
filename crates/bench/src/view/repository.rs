//! Makes the repository of the history rows and runs the peer on it: `git filter-repo`, pinned, in a fresh clone.

use super::script::Script;
use crate::measure::{Spent, spent};
use anyhow::{Context as _, Result, ensure};
use ringfence_git::command::{Limits, git, run};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// A repository on disk that grows by the script.
pub struct Repository {
    /// Bare.
    pub path: PathBuf,
    marks: PathBuf,
    /// What has been written to it.
    pub script: Script,
}

impl Repository {
    /// Makes it with so many commits, packed as a host keeps it.
    pub fn make(folder: &Path, commits: u64) -> Result<Self> {
        let path = folder.join("made.git");
        let at = path.display().to_string();
        run(None, &["init", "--quiet", "--bare", &at], b"", Limits::default())
            .context("making a repository")?;
        let mut made = Self {
            path,
            marks: folder.join("marks"),
            script: Script::new(),
        };
        made.grow(commits)?;
        // As a forge keeps it: one pack with deltas.
        run(
            Some(&made.path),
            &["repack", "--quiet", "-a", "-d", "-F", "--window=10", "--depth=50"],
            b"",
            Limits::default(),
        )
        .context("packing the repository")?;
        Ok(made)
    }

    /// Adds so many commits.
    pub fn grow(&mut self, commits: u64) -> Result<()> {
        let mut command = git(Some(&self.path));
        command.args([
            "-c",
            "core.compression=1",
            "-c",
            "fastimport.unpackLimit=0",
            "fast-import",
            "--quiet",
        ]);
        if self.marks.exists() {
            command.arg(format!("--import-marks={}", self.marks.display()));
        }
        command.arg(format!("--export-marks={}", self.marks.display()));
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .context("starting git fast-import")?;
        let stdin = child.stdin.take().context("no pipe to git fast-import")?;
        let mut stream = BufWriter::with_capacity(1 << 20, stdin);
        self.script.write(commits, &mut stream)?;
        stream.flush().context("writing to git fast-import")?;
        drop(stream);
        let status = child.wait().context("waiting for git fast-import")?;
        ensure!(status.success(), "git fast-import ended with {status}");
        Ok(())
    }
}

/// The pinned `git filter-repo` and the interpreter itself, without whatever chooses one on PATH.
pub struct FilterRepo {
    python: String,
    program: PathBuf,
}

impl FilterRepo {
    /// Finds it, or has it installed.
    pub fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let program = root.join("corpus/.tools/git-filter-repo/git-filter-repo");
        if !program.is_file() {
            eprintln!("bench: git-filter-repo is missing; running cargo xtask corpus git-filter-repo");
            let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            #[expect(
                clippy::disallowed_methods,
                reason = "the bench asks the repository's own task for its peer"
            )]
            let mut command = std::process::Command::new(cargo);
            command
                .args(["xtask", "corpus", "git-filter-repo"])
                .current_dir(&root)
                .stdout(std::io::stderr());
            let status = command
                .status()
                .context("cargo xtask corpus could not be started")?;
            ensure!(status.success(), "cargo xtask corpus ended with {status}");
        }
        let program = program
            .canonicalize()
            .with_context(|| format!("{} is not there", program.display()))?;
        #[expect(clippy::disallowed_methods, reason = "the peer is a program of its own")]
        let mut command = std::process::Command::new("python3");
        let printed = command
            .args(["-c", "import sys; print(sys.executable)"])
            .output()
            .context("git filter-repo needs python3 on PATH")?;
        let python = String::from_utf8_lossy(&printed.stdout).trim().to_owned();
        ensure!(!python.is_empty(), "python3 does not say where it is");
        Ok(Self { python, program })
    }
}

/// Runs the peer on a fresh clone; the clone is not counted. Gives what it spent and the bytes of its result.
pub fn run_filter_repo(
    tool: &FilterRepo,
    repository: &Path,
    folder: &Path,
    subtree: &str,
) -> Result<(Spent, u64)> {
    let clone = folder.join("filtered.git");
    let arguments = ["clone", "--quiet", "--bare", "--no-local"];
    let mut command = git(None);
    command.args(arguments).arg(repository).arg(&clone);
    ringfence_git::command::run_command(command, b"", Limits::default())
        .context("cloning for git filter-repo")?;
    #[expect(clippy::disallowed_methods, reason = "the peer is a program of its own")]
    let mut command = std::process::Command::new(&tool.python);
    command
        .arg(&tool.program)
        .args(["--quiet", "--force", "--path", &format!("{subtree}/")])
        .current_dir(&clone)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env_remove("GIT_DIR")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let (status, spent) = spent(|| command.status().context("git filter-repo needs python3 on PATH"))?;
    ensure!(status.success(), "git filter-repo ended with {status}");
    let bytes = bytes_below(&clone.join("objects"))?;
    std::fs::remove_dir_all(&clone).with_context(|| format!("cannot remove {}", clone.display()))?;
    Ok((spent, bytes))
}

/// Bytes of all files below a folder.
pub fn bytes_below(folder: &Path) -> Result<u64> {
    let mut folders = vec![folder.to_path_buf()];
    let mut bytes = 0_u64;
    while let Some(folder) = folders.pop() {
        for entry in
            std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?
        {
            let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
            let about = entry
                .metadata()
                .with_context(|| format!("cannot read {}", folder.display()))?;
            if about.is_dir() {
                folders.push(entry.path());
            } else {
                bytes = bytes.saturating_add(about.len());
            }
        }
    }
    Ok(bytes)
}
