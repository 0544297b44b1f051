//! A suspect that is a git repository: every version of every file, reachable or not, within bounds.
//!
//! Nothing of the repository's own configuration is read, no hook and no filter runs, nothing is fetched: its objects are looked at through an empty repository
//! of ours that borrows them.

use crate::error::{AppError, Result};
use ringfence_git::command::{Limits, run};
use ringfence_syntax::Language;
use ringfence_trace::suspect::{Suspect, SuspectLimits};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Time for one question to git.
const TIME: Duration = Duration::from_secs(300);
/// Bytes of one answer that lists objects: about a million of them.
const LISTING: u64 = 256 << 20;
/// Objects asked for together.
const TOGETHER: usize = 2_000;

/// The git folder of a suspect, when it has one: a working copy's, or a bare repository itself.
pub(super) fn git_folder(suspect: &Path) -> Option<PathBuf> {
    let is_one = |path: &Path| {
        path.join("HEAD").is_file()
            && std::fs::symlink_metadata(path.join("objects")).is_ok_and(|status| status.is_dir())
    };
    let inner = suspect.join(".git");
    [inner, suspect.to_path_buf()]
        .into_iter()
        .find(|path| is_one(path))
}

/// Adds every version of every source file in the repository that the suspect does not hold already.
///
/// # Errors
/// When git cannot be started. A repository that cannot be read is left out by name.
pub(super) fn add_versions(suspect: &mut Suspect, folder: &Path, limits: &SuspectLimits) -> Result<()> {
    // A list of other object stores could name any folder of this machine.
    if folder.join("objects/info/alternates").exists() {
        suspect.leave_out(
            ".git".to_owned(),
            "a git repository that borrows objects from elsewhere",
        );
        return Ok(());
    }
    let ours = borrowing(folder)?;
    match versions(suspect, ours.path(), limits) {
        Ok(()) => {
            suspect.sort();
            Ok(())
        }
        Err(error) => {
            suspect.leave_out(
                ".git".to_owned(),
                &format!("not a readable git repository: {error}"),
            );
            Ok(())
        }
    }
}

/// An empty repository that reads the objects of another.
fn borrowing(folder: &Path) -> Result<tempfile::TempDir> {
    let ours =
        tempfile::tempdir().map_err(|source| AppError::file(Path::new("a temporary folder"), source))?;
    let failed = |source| AppError::file(ours.path(), source);
    let objects = folder.join("objects").canonicalize().map_err(failed)?;
    std::fs::create_dir_all(ours.path().join("objects/info")).map_err(failed)?;
    std::fs::create_dir_all(ours.path().join("refs")).map_err(failed)?;
    std::fs::write(ours.path().join("HEAD"), "ref: refs/heads/main\n").map_err(failed)?;
    std::fs::write(
        ours.path().join("config"),
        "[core]\n\trepositoryformatversion = 0\n\tbare = true\n",
    )
    .map_err(failed)?;
    let list = format!("{}\n", objects.display());
    std::fs::write(ours.path().join("objects/info/alternates"), list).map_err(failed)?;
    Ok(ours)
}

fn versions(
    suspect: &mut Suspect,
    ours: &Path,
    limits: &SuspectLimits,
) -> std::result::Result<(), ringfence_git::command::GitCommandError> {
    let listing = Limits {
        time: TIME,
        output: LISTING,
    };
    let every = run(
        Some(ours),
        &["cat-file", "--batch-all-objects", "--batch-check", "--unordered"],
        b"",
        listing,
    )?;
    let mut sizes: BTreeMap<String, u64> = BTreeMap::new();
    let mut commits = String::new();
    for line in String::from_utf8_lossy(&every).lines() {
        let mut words = line.split(' ');
        match (
            words.next(),
            words.next(),
            words.next().and_then(|size| size.parse().ok()),
        ) {
            (Some(id), Some("blob"), Some(size)) if size <= limits.file_bytes => {
                sizes.insert(id.to_owned(), size);
            }
            (Some(id), Some("commit"), _) => {
                commits.push_str(id);
                commits.push('\n');
            }
            _ => {}
        }
    }
    // A blob under no path may be of any language; one of a path that is no source file is not looked at.
    let named = run(
        Some(ours),
        &["rev-list", "--objects", "--missing=allow-any", "--stdin"],
        commits.as_bytes(),
        listing,
    )
    .unwrap_or_default();
    let mut paths: BTreeMap<String, String> = BTreeMap::new();
    for line in String::from_utf8_lossy(&named).lines() {
        if let Some((id, path)) = line.split_once(' ') {
            paths.entry(id.to_owned()).or_insert_with(|| path.to_owned());
        }
    }
    let known: BTreeSet<String> = suspect
        .files
        .iter()
        .filter_map(|file| {
            ringfence_view::object::id_of(ringfence_view::object::Kind::Blob, &file.bytes).ok()
        })
        .map(|id| id.to_string())
        .collect();
    let wanted: Vec<&String> = sizes
        .keys()
        .filter(|id| !known.contains(*id))
        .filter(|id| {
            paths
                .get(*id)
                .is_none_or(|path| path.is_empty() || Language::from_path(path.as_bytes()).is_some())
        })
        .collect();
    for together in wanted.chunks(TOGETHER) {
        let asked: String = together.iter().map(|id| format!("{id}\n")).collect();
        let answer = run(
            Some(ours),
            &["cat-file", "--batch"],
            asked.as_bytes(),
            Limits {
                time: TIME,
                output: limits.bytes.saturating_add(LISTING),
            },
        )?;
        for (id, bytes) in blobs(&answer) {
            let short: String = id.chars().take(12).collect();
            let path = paths.get(id).filter(|path| !path.is_empty());
            let name = match path {
                Some(path) => format!(
                    ".git!/{path}@{short}!/{}",
                    path.rsplit('/').next().unwrap_or(path)
                ),
                None => format!(".git!/{short}"),
            };
            if !suspect.add(name, bytes.to_vec(), limits) {
                suspect.leave_out(".git".to_owned(), "versions past the limit of files or bytes");
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The blobs in an answer of `git cat-file --batch`.
fn blobs(mut answer: &[u8]) -> impl Iterator<Item = (&str, &[u8])> {
    std::iter::from_fn(move || {
        loop {
            let end = answer.iter().position(|byte| *byte == b'\n')?;
            let (line, rest) = answer.split_at_checked(end)?;
            let rest = rest.get(1..)?;
            let mut words = std::str::from_utf8(line).ok()?.split(' ');
            let (id, kind) = (words.next()?, words.next()?);
            let Some(size) = words.next().and_then(|size| size.parse::<usize>().ok()) else {
                answer = rest;
                continue;
            };
            let bytes = rest.get(..size)?;
            answer = rest.get(size.saturating_add(1)..)?;
            if kind == "blob" {
                return Some((id, bytes));
            }
        }
    })
}
