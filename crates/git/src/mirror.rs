//! Mirrors: the owner's code, one bare repository for each declared one. Only the projector and the translator open them.
//!
//! INVARIANT: a `Mirror` is never served and never lends objects to a `DeliveryStore`; it only reads from the owner's repository.
//! Nothing of it is ever deleted, so an upstream branch that was rewritten can still be compared with what was delivered.
//!
//! Refuses: sources that run programs (`ext::`), SHA-256 repositories, branches that do not exist.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use gix_hash::{ObjectId, oid};
use gix_object::Kind;
use ringfence_view::object::{Object, ObjectError, ObjectSource};

use crate::command::{GitCommandError, Limits, git, run, run_command};
use crate::delivery_store::{NameError, StoreError, check_branch, check_name, target};
use crate::objects::Objects;

/// Why a mirror could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    /// A repository or branch name that is no plain name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The source names no place that is supported.
    #[error("{source_name:?} is no repository address: give a path, or an https, ssh or file address")]
    Address {
        /// The source as given, without credentials.
        source_name: String,
    },
    /// The path does not exist.
    #[error("repository {source_name} is missing: there is no such file or folder")]
    MissingSource {
        /// The source.
        source_name: String,
    },
    /// git cannot read it.
    #[error("{source_name} cannot be read as a git repository: {message}")]
    NotARepository {
        /// The source, without credentials.
        source_name: String,
        /// What git said.
        message: String,
    },
    /// It names objects by SHA-256.
    #[error(
        "repository {source_name} uses SHA-256 object names, which are not supported yet; convert it or share a SHA-1 copy"
    )]
    Sha256 {
        /// The source.
        source_name: String,
    },
    /// It has no branch at all.
    #[error("repository {source_name} has no commits yet: commit something on branch {branch} first")]
    NoCommits {
        /// The source.
        source_name: String,
        /// The branch asked for.
        branch: String,
    },
    /// The branch is not there.
    #[error("repository {source_name} has no branch {branch}; it has: {existing}")]
    NoBranch {
        /// The source.
        source_name: String,
        /// The branch asked for.
        branch: String,
        /// Up to 20 branches that there are.
        existing: String,
    },
    /// The branch exists and would not move forward.
    #[error("branch {branch} of {source_name} holds commits that this push would drop; nothing was written")]
    NotForward {
        /// The source.
        source_name: String,
        /// The branch in the owner's repository.
        branch: String,
    },
    /// The file system failed.
    #[error("{action} {path} failed: {source}", path = path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// git failed.
    #[error(transparent)]
    Git(#[from] GitCommandError),
    /// An object could not be had.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// Refs could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The branches of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Branches {
    /// What HEAD names, none when it names nothing that exists.
    pub default: Option<String>,
    /// Branches and their tips, sorted by name.
    pub tips: Vec<(String, ObjectId)>,
}

/// Time for one fetch or push.
const TRANSFER: Limits = Limits {
    time: Duration::from_secs(3_600),
    output: 64 << 20,
};

/// The owner's repository, copied.
#[derive(Debug)]
pub struct Mirror {
    path: PathBuf,
    objects: Objects,
}

impl Mirror {
    /// Opens the mirror of a repository below the folder of all mirrors, making it when there is none.
    ///
    /// # Errors
    /// When the name is refused or the disk fails.
    pub fn open_or_create(mirrors: &Path, repository: &str) -> Result<Self, MirrorError> {
        check_name(repository)?;
        let path = mirrors.join(format!("{repository}.git"));
        make_bare(&path)?;
        let objects = Objects::open(&path)?;
        Ok(Self { path, objects })
    }

    /// The bare repository.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lists the branches of a source, by path or address.
    ///
    /// # Errors
    /// When the source is missing, no repository, or of SHA-256.
    pub fn branches(&self, source: &str) -> Result<Branches, MirrorError> {
        let source_name = shown(source);
        check_source(source)?;
        let mut command = self.outward()?;
        command.args(["ls-remote", "--symref", "--", source, "HEAD", "refs/heads/*"]);
        let printed = run_command(command, b"", TRANSFER).map_err(|error| match error {
            GitCommandError::Failed { message, .. } if is_local(source) && !local_path(source).exists() => {
                let _ = message;
                MirrorError::MissingSource {
                    source_name: source_name.clone(),
                }
            }
            GitCommandError::Failed { message, .. } => MirrorError::NotARepository {
                source_name: source_name.clone(),
                message: message.lines().next().unwrap_or_default().to_owned(),
            },
            error => error.into(),
        })?;
        let mut branches = Branches::default();
        for line in String::from_utf8_lossy(&printed).lines() {
            let Some((left, name)) = line.split_once('\t') else {
                continue;
            };
            if let Some(target) = left.strip_prefix("ref: refs/heads/") {
                branches.default = Some(target.to_owned());
            } else if left.len() == 64 {
                return Err(MirrorError::Sha256 { source_name });
            } else if let (Some(name), Ok(id)) = (
                name.strip_prefix("refs/heads/"),
                ObjectId::from_hex(left.as_bytes()),
            ) {
                branches.tips.push((name.to_owned(), id));
            }
        }
        branches.tips.sort();
        branches.default = branches
            .default
            .filter(|name| branches.tips.iter().any(|(known, _)| known == name));
        Ok(branches)
    }

    /// Lists the tags of a source with the commits behind them; none of them is fetched.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn tags(&self, source: &str) -> Result<HashMap<String, ObjectId>, MirrorError> {
        check_source(source)?;
        let mut command = self.outward()?;
        command.args(["ls-remote", "--", source, "refs/tags/*"]);
        let printed = run_command(command, b"", TRANSFER)?;
        let mut tags = HashMap::new();
        for line in String::from_utf8_lossy(&printed).lines() {
            let Some((id, name)) = line.split_once("\trefs/tags/") else {
                continue;
            };
            let Ok(id) = ObjectId::from_hex(id.as_bytes()) else {
                continue;
            };
            // The line of what an annotated tag stands on follows its own.
            tags.insert(name.strip_suffix("^{}").unwrap_or(name).to_owned(), id);
        }
        Ok(tags)
    }

    /// Fetches exactly one branch of the source, without tags, and returns its tip.
    ///
    /// # Errors
    /// When the source is missing or no repository, the branch is not there, or the transfer fails.
    pub fn sync(&self, source: &str, branch: &str) -> Result<ObjectId, MirrorError> {
        check_branch(branch)?;
        let known = self.tip(branch)?;
        // Nothing new in a repository on this machine is seen without starting a program.
        if let Some(known) = known
            && is_local(source)
            && tip_at(local_path(source), branch) == Some(known)
        {
            return Ok(known);
        }
        let found = self.branches(source)?;
        let source_name = shown(source);
        if found.tips.is_empty() {
            return Err(MirrorError::NoCommits {
                source_name,
                branch: branch.to_owned(),
            });
        }
        if !found.tips.iter().any(|(name, _)| name == branch) {
            let existing: Vec<&str> = found
                .tips
                .iter()
                .take(20)
                .map(|(name, _)| name.as_str())
                .collect();
            return Err(MirrorError::NoBranch {
                source_name,
                branch: branch.to_owned(),
                existing: existing.join(", "),
            });
        }
        let theirs = found
            .tips
            .iter()
            .find(|(name, _)| name == branch)
            .map(|(_, id)| *id);
        if let Some(known) = known.filter(|known| theirs == Some(*known)) {
            return Ok(known);
        }
        let name = format!("refs/heads/{branch}");
        let mut command = self.outward()?;
        command
            .args([
                "fetch",
                "--quiet",
                "--no-tags",
                "--no-write-fetch-head",
                "--no-recurse-submodules",
            ])
            .args(["--no-auto-maintenance", "--update-shallow", "--"])
            .arg(source)
            .arg(format!("+{name}:{name}"));
        run_command(command, b"", TRANSFER)?;
        self.tip(branch)?.ok_or(MirrorError::NoBranch {
            source_name,
            branch: branch.to_owned(),
            existing: "it again".to_owned(),
        })
    }

    /// The tip of a branch as last fetched.
    ///
    /// # Errors
    /// When git fails.
    pub fn tip(&self, branch: &str) -> Result<Option<ObjectId>, MirrorError> {
        Ok(target(&self.path, &format!("refs/heads/{branch}"))?)
    }

    /// The commits at which the history ends because the owner's own repository is shallow.
    ///
    /// # Errors
    /// When the list is there and cannot be read.
    pub fn cut(&self) -> Result<HashSet<ObjectId>, MirrorError> {
        let path = self.path.join("shallow");
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(text
                .lines()
                .filter_map(|line| ObjectId::from_hex(line.trim().as_bytes()).ok())
                .collect()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(HashSet::new()),
            Err(source) => Err(MirrorError::Io {
                action: "reading",
                path,
                source,
            }),
        }
    }

    /// The commit that a full or shortened id names; none when there is none, or several.
    ///
    /// # Errors
    /// When git cannot be run.
    pub fn find_commit(&self, hex: &str) -> Result<Option<ObjectId>, MirrorError> {
        if !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let name = format!("{hex}^{{commit}}");
        match run(
            Some(&self.path),
            &["rev-parse", "--verify", "--quiet", &name],
            b"",
            Limits::default(),
        ) {
            Ok(printed) => Ok(ObjectId::from_hex(printed.trim_ascii()).ok()),
            Err(GitCommandError::Failed { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A git command that talks to the owner's repository.
    fn outward(&self) -> Result<std::process::Command, MirrorError> {
        outward(&self.path)
    }
}

/// The tip of a branch in a repository on this machine, none when its files do not say.
fn tip_at(source: &Path, branch: &str) -> Option<ObjectId> {
    let inner = source.join(".git");
    let repository = if inner.is_dir() {
        inner
    } else {
        source.to_path_buf()
    };
    // Another ref backend keeps a stub at this place.
    if repository.join("reftable").exists() || !repository.join("HEAD").is_file() {
        return None;
    }
    target(&repository, &format!("refs/heads/{branch}"))
        .ok()
        .flatten()
}

impl ObjectSource for Mirror {
    fn read(&self, id: &oid) -> Result<Option<Object>, ObjectError> {
        self.objects.read(id)
    }

    fn header(&self, id: &oid) -> Result<Option<(Kind, u64)>, ObjectError> {
        self.objects.header(id)
    }
}

/// A git command in `repository` that may talk to the owner's repository.
///
/// A local repository of another user is read through a second git process that does not inherit `-c`: it gets the same
/// trust by a file. Hooks of the owner's repository run as for any push: that is the owner's choice.
pub(crate) fn outward(repository: &Path) -> Result<std::process::Command, MirrorError> {
    let settings = repository.join("outward.config");
    if !settings.exists() {
        std::fs::write(&settings, "[safe]\n\tdirectory = *\n").map_err(|source| MirrorError::Io {
            action: "writing",
            path: settings.clone(),
            source,
        })?;
    }
    let settings = std::path::absolute(&settings).map_err(|source| MirrorError::Io {
        action: "finding",
        path: settings.clone(),
        source,
    })?;
    let mut command = git(Some(repository));
    command.env("GIT_CONFIG_GLOBAL", settings);
    Ok(command)
}

/// Pushes one commit to a branch of the owner's repository.
pub(crate) fn push(
    repository: &Path,
    source: &str,
    commit: ObjectId,
    branch: &str,
    overwrite: Overwrite,
) -> Result<(), MirrorError> {
    check_source(source)?;
    check_branch(branch)?;
    let mut command = outward(repository)?;
    let force = if overwrite == Overwrite::Allowed { "+" } else { "" };
    command
        .args([
            "push",
            "--quiet",
            "--porcelain",
            "--no-signed",
            "--no-follow-tags",
            "--recurse-submodules=no",
            "--",
        ])
        .arg(source)
        .arg(format!("{force}{commit}:refs/heads/{branch}"));
    match run_command(command, b"", TRANSFER) {
        Ok(_) => Ok(()),
        Err(GitCommandError::Failed { message, .. })
            if [
                "non-fast-forward",
                "fetch first",
                "Updates were rejected",
                "failed to push some refs",
            ]
            .iter()
            .any(|sign| message.contains(sign))
                && !message.contains("remote rejected")
                && !message.contains("hook declined") =>
        {
            Err(MirrorError::NotForward {
                source_name: shown(source),
                branch: branch.to_owned(),
            })
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether a push may drop commits of the branch that it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// Only moves forward.
    Refused,
    /// Replaces whatever is there.
    Allowed,
}

/// Makes a bare repository when there is none. It is made beside and moved into place whole, so that of several processes that find
/// none at once each gets the same one, and none a half-made one.
pub(crate) fn make_bare(path: &Path) -> Result<(), MirrorError> {
    if path.join("HEAD").exists() {
        return Ok(());
    }
    let failed = |source| MirrorError::Io {
        action: "creating",
        path: path.to_owned(),
        source,
    };
    let parent = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(failed)?;
    let making = tempfile::Builder::new()
        .prefix(".making-")
        .tempdir_in(parent)
        .map_err(failed)?;
    let arguments = ["init", "--quiet", "--bare", "--template=", "--object-format=sha1"];
    run(Some(making.path()), &arguments, b"", Limits::default())?;
    match std::fs::rename(making.path(), path) {
        Ok(()) => {
            // Nothing is left of it to be removed.
            let _ = making.keep();
            Ok(())
        }
        Err(_) if path.join("HEAD").exists() => Ok(()),
        Err(source) => Err(failed(source)),
    }
}

fn check_source(source: &str) -> Result<(), MirrorError> {
    let runs_a_helper = source.split_once("::").is_some_and(|(helper, _)| {
        !helper.is_empty()
            && helper
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    });
    let refused = source.is_empty()
        || source.starts_with('-')
        || runs_a_helper
        || source.contains(|c: char| c.is_control());
    if refused {
        Err(MirrorError::Address {
            source_name: shown(source),
        })
    } else {
        Ok(())
    }
}

/// As git decides: an address has a scheme, or a colon before the first slash.
fn is_local(source: &str) -> bool {
    source.starts_with("file://")
        || !(source.contains("://") || source.split('/').next().is_some_and(|first| first.contains(':')))
}

fn local_path(source: &str) -> &Path {
    Path::new(source.strip_prefix("file://").unwrap_or(source))
}

/// A source without credentials, fit for messages.
fn shown(source: &str) -> String {
    match source.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = match rest.find('/') {
                Some(at) => rest.split_at(at),
                None => (rest, ""),
            };
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        None => source.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_paths_and_shown_without_credentials() {
        assert!(is_local("/srv/code.git"));
        assert!(is_local("file:///srv/code.git"));
        assert!(is_local("./a:b"));
        assert!(!is_local("git@forge:team/code.git"));
        assert!(!is_local("https://forge/team/code.git"));
        assert_eq!(
            shown("https://me:secret@forge/team/code.git"),
            "https://forge/team/code.git"
        );
        for refused in ["", "-u", "ext::sh -c id", "fd::7", "a\nb"] {
            assert!(
                matches!(check_source(refused), Err(MirrorError::Address { .. })),
                "{refused:?}"
            );
        }
    }
}
