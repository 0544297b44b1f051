//! Starts the checkers, finds subjects and tools, and copies packages.

use super::answers::Answers;
use anyhow::{Context as _, Result, bail};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Longest time a checker may take.
const SECONDS: u32 = 900;

/// What the packages of one run share.
pub struct Work {
    root: PathBuf,
    scratch: tempfile::TempDir,
    answers: Answers,
}

/// What a program said.
#[derive(Clone, Debug)]
pub struct Said {
    /// Whether it ended with 0.
    pub success: bool,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Work {
    /// A scratch folder for this run; with `reuse`, what earlier runs were told is not asked again.
    pub fn new(reuse: bool) -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = root
            .canonicalize()
            .with_context(|| format!("cannot find {}", root.display()))?;
        let scratch = tempfile::Builder::new()
            .prefix("ringfence-interface-")
            .tempdir()
            .context("no temporary folder")?;
        let answers = Answers::new(root.join("corpus/.answers"), reuse)?;
        Ok(Self {
            root,
            scratch,
            answers,
        })
    }

    /// What earlier runs were told.
    pub fn answers(&self) -> &Answers {
        &self.answers
    }

    /// What was pinned for a tool or package of the corpus; nothing when it is not there.
    pub fn pin(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.root.join("corpus/.pinned").join(name)).ok()
    }

    /// A folder for one copy: a fresh one for every name.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.scratch.path().join(name);
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }

    /// A pinned subject or tool of `cargo xtask corpus`, downloaded when it is missing.
    pub fn subject(&self, name: &str) -> Result<PathBuf> {
        self.pinned(name, self.root.join("corpus").join(name))
    }

    /// A pinned program that checks or formats, downloaded when it is missing.
    pub fn tool(&self, name: &str) -> Result<PathBuf> {
        self.pinned(name, self.root.join("corpus/.tools").join(name))
    }

    fn pinned(&self, name: &str, place: PathBuf) -> Result<PathBuf> {
        let pinned = self.root.join("corpus/.pinned").join(name);
        if place.is_dir() && pinned.is_file() {
            return Ok(place);
        }
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let said = self.run(Call::new(cargo, &self.root).arguments(["xtask", "corpus", name]))?;
        if place.is_dir() && pinned.is_file() {
            return Ok(place);
        }
        bail!(
            "cargo xtask corpus {name} did not bring it: {}",
            first_line(&format!("{}\n{}", said.out.trim(), said.err.trim()))
        );
    }

    /// Runs a program to its end. An error means that it could not be started or took too long, not that it was discontented.
    pub fn run(&self, call: Call) -> Result<Said> {
        let shown = call.shown();
        #[expect(
            clippy::disallowed_methods,
            reason = "the bench runs compilers and checkers on copies of public packages"
        )]
        let mut command = Command::new("timeout");
        command
            .arg(SECONDS.to_string())
            .arg(&call.program)
            .args(&call.arguments)
            .envs(call.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&call.folder)
            .stdin(Stdio::null());
        for name in &call.without {
            command.env_remove(name);
        }
        let done = command
            .output()
            .with_context(|| format!("cannot start {shown}"))?;
        let said = Said {
            success: done.status.success(),
            out: String::from_utf8_lossy(&done.stdout).into_owned(),
            err: String::from_utf8_lossy(&done.stderr).into_owned(),
        };
        match done.status.code() {
            Some(124) => bail!("{shown} took more than {SECONDS} seconds"),
            Some(126 | 127) => bail!("{shown} could not be started: {}", first_line(&said.err)),
            Some(_) => Ok(said),
            None => bail!("{shown} was killed: {}", first_line(&said.err)),
        }
    }
}

/// A program to run.
#[derive(Clone, Debug)]
pub struct Call {
    program: std::ffi::OsString,
    folder: PathBuf,
    arguments: Vec<std::ffi::OsString>,
    environment: Vec<(String, std::ffi::OsString)>,
    without: Vec<String>,
}

impl Call {
    /// A program by name or path, run in a folder.
    pub fn new(program: impl AsRef<OsStr>, folder: &Path) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            folder: folder.to_path_buf(),
            arguments: Vec::new(),
            environment: Vec::new(),
            without: Vec::new(),
        }
    }

    /// Adds arguments.
    #[must_use]
    pub fn arguments<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments
            .extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Sets an environment variable.
    #[must_use]
    #[allow(
        dead_code,
        reason = "for the languages whose tools are told by the environment"
    )]
    pub fn environment(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment
            .push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Removes an environment variable (such as the ones cargo sets for this very process).
    #[must_use]
    #[allow(
        dead_code,
        reason = "for the languages whose tools are told by the environment"
    )]
    pub fn without(mut self, name: &str) -> Self {
        self.without.push(name.to_owned());
        self
    }

    fn shown(&self) -> String {
        let mut words = vec![self.program.to_string_lossy().into_owned()];
        words.extend(
            self.arguments
                .iter()
                .take(4)
                .map(|argument| argument.to_string_lossy().into_owned()),
        );
        words.join(" ")
    }
}

/// The first line that says something.
pub fn first_line(text: &str) -> String {
    text.lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or("it said nothing")
        .to_owned()
}

/// Copies a folder with its files and links, without `.git` and `target`.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    let mut folders = vec![(from.to_path_buf(), to.to_path_buf())];
    while let Some((from, to)) = folders.pop() {
        std::fs::create_dir_all(&to).with_context(|| format!("cannot make {}", to.display()))?;
        for entry in std::fs::read_dir(&from).with_context(|| format!("cannot read {}", from.display()))? {
            let entry = entry.with_context(|| format!("cannot read {}", from.display()))?;
            let (source, target) = (entry.path(), to.join(entry.file_name()));
            let kind = entry
                .file_type()
                .with_context(|| format!("cannot read {}", source.display()))?;
            if kind.is_dir() {
                if entry.file_name() != ".git" && entry.file_name() != "target" {
                    folders.push((source, target));
                }
            } else if kind.is_symlink() {
                let link = std::fs::read_link(&source)
                    .with_context(|| format!("cannot read {}", source.display()))?;
                std::os::unix::fs::symlink(link, &target)
                    .with_context(|| format!("cannot make {}", target.display()))?;
            } else {
                std::fs::copy(&source, &target)
                    .with_context(|| format!("cannot copy {}", source.display()))?;
            }
        }
    }
    Ok(())
}

/// The files below a folder by their path from it, with `/`, in order; hidden folders and `node_modules` are left out.
pub fn files(folder: &Path) -> Result<Vec<String>> {
    let (mut folders, mut found) = (vec![folder.to_path_buf()], Vec::new());
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(&at).with_context(|| format!("cannot read {}", at.display()))? {
            let entry = entry.with_context(|| format!("cannot read {}", at.display()))?;
            let (path, name) = (entry.path(), entry.file_name());
            let kind = entry
                .file_type()
                .with_context(|| format!("cannot read {}", path.display()))?;
            if kind.is_dir() {
                if name != "node_modules" && !name.as_encoded_bytes().starts_with(b".") {
                    folders.push(path);
                }
            } else if let Some(relative) = path.strip_prefix(folder).ok().and_then(Path::to_str) {
                found.push(relative.to_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}
