//! How a delivery store lies on disk: its names, its pinned configuration, and the check that it is still closed.

use std::path::{Path, PathBuf};

use super::StoreError;
use crate::command::{Limits, run};

/// Why a name was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// A view or recipient name that is no plain folder name.
    #[error(
        "{name:?} cannot name a store: use up to 64 letters, digits, '-', '_' and '.', starting with a letter or digit"
    )]
    Store {
        /// The name.
        name: String,
    },
    /// A branch name that git refuses.
    #[error("{name:?} is no branch name")]
    Branch {
        /// The name.
        name: String,
    },
}

/// Checks the name of a view, recipient or repository before it becomes a folder.
///
/// # Errors
/// When it could leave its folder or be mistaken for something else.
pub fn check_name(name: &str) -> Result<(), NameError> {
    let plain = name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        && !name.contains("..")
        && !name.ends_with('.')
        && !name.ends_with(".git")
        && !name.ends_with(".lock");
    if plain {
        Ok(())
    } else {
        Err(NameError::Store {
            name: name.to_owned(),
        })
    }
}

/// Checks a branch name (without `refs/heads/`) by the rules of `git check-ref-format`.
///
/// # Errors
/// When git would refuse it.
pub fn check_branch(name: &str) -> Result<(), NameError> {
    let plain = !name.is_empty()
        && name.len() <= 200
        && !name.starts_with('-')
        && name != "@"
        && !name.contains("..")
        && !name.contains("@{")
        && !name.ends_with('.')
        && name
            .chars()
            .all(|c| !c.is_control() && !matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\'))
        && name
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"));
    if plain {
        Ok(())
    } else {
        Err(NameError::Branch {
            name: name.to_owned(),
        })
    }
}

/// The whole configuration of a store, pinned: nothing is inherited, nothing may be added.
fn configuration(generation: u32) -> String {
    format!(
        "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n\tlogAllRefUpdates = false\n\
         [transfer]\n\tfsckObjects = true\n\tadvertiseSID = false\n\tbundleURI = false\n\
         [receive]\n\tfsckObjects = true\n\tdenyDeletes = false\n\tautogc = false\n\
         [uploadpack]\n\tallowFilter = false\n\tallowAnySHA1InWant = false\n\tallowReachableSHA1InWant = false\n\
         \tallowTipSHA1InWant = false\n\tallowRefInWant = false\n\
         [uploadarchive]\n\tallowUnreachable = false\n\
         [gc]\n\tauto = 0\n\
         [ringfence]\n\tversion = 1\n\tgeneration = {generation}\n"
    )
}

/// Makes an empty store with the pinned configuration.
pub(super) fn make(path: &Path, branch: &str, generation: u32) -> Result<(), StoreError> {
    check_branch(branch)?;
    let io = |action: &'static str, path: &Path| {
        let path = path.to_owned();
        move |source| StoreError::Io { action, path, source }
    };
    if path.exists() {
        super::remove(path)?;
    }
    std::fs::create_dir_all(path).map_err(io("creating", path))?;
    let arguments = ["init", "--quiet", "--bare", "--template=", "--object-format=sha1"];
    run(Some(path), &arguments, b"", Limits::default())?;
    for (name, text) in [
        ("config", configuration(generation)),
        ("HEAD", format!("ref: refs/heads/{branch}\n")),
    ] {
        let file = path.join(name);
        std::fs::write(&file, text).map_err(io("writing", &file))?;
    }
    Ok(())
}

/// Checks that a store is as it was made; returns its generation and tracked branch.
pub(super) fn check(path: &Path) -> Result<(u32, String), StoreError> {
    let tampered = |problem| StoreError::Tampered {
        path: path.to_owned(),
        problem,
    };
    let read = |name: &str| -> Result<String, StoreError> {
        let file: PathBuf = path.join(name);
        std::fs::read_to_string(&file).map_err(|source| {
            if source.kind() == std::io::ErrorKind::NotFound {
                StoreError::Missing {
                    path: path.to_owned(),
                }
            } else {
                StoreError::Io {
                    action: "reading",
                    path: file,
                    source,
                }
            }
        })
    };
    let found = read("config")?;
    let generation: u32 = found
        .lines()
        .find_map(|line| line.trim().strip_prefix("generation = "))
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| tampered("its configuration names no generation"))?;
    if found != configuration(generation) {
        return Err(tampered("its configuration was changed"));
    }
    for lent in ["alternates", "http-alternates"] {
        if path.join("objects").join("info").join(lent).exists() {
            return Err(tampered("it lends objects from another repository"));
        }
    }
    if path.join("commondir").exists() {
        return Err(tampered("it is a worktree of another repository"));
    }
    for folder in ["objects", "refs", "objects/pack"] {
        let symlink = path
            .join(folder)
            .symlink_metadata()
            .is_ok_and(|meta| meta.file_type().is_symlink());
        if symlink {
            return Err(tampered("a folder of it is a symlink"));
        }
    }
    let head = read("HEAD")?;
    let branch = head
        .trim_end()
        .strip_prefix("ref: refs/heads/")
        .ok_or_else(|| tampered("its HEAD names no branch"))?
        .to_owned();
    check_branch(&branch)?;
    Ok((generation, branch))
}
