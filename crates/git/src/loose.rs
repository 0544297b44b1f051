//! Writes single objects into a repository of ours without starting a program, and moves single refs: what a receipt needs after each
//! delivery. Once in a while the single files are gathered into a pack.
//!
//! INVARIANT: an object is whole and on disk before its name appears; a ref moves by git's own protocol (`NAME.lock`, compared, renamed)
//! and only from the value that was expected.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use gix_hash::ObjectId;
use gix_object::Kind;
use ringfence_view::object::id_of;

use crate::command::{Limits, run};
use crate::delivery_store::{Before, StoreError, target};

/// A lock file this old was left behind by a process that is gone: a ref moves within milliseconds.
const STALE: Duration = Duration::from_secs(60);

fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { action, path, source }
}

/// Writes one object as a file of its own, unless that file is there.
pub(crate) fn write(repository: &Path, kind: Kind, data: &[u8]) -> Result<ObjectId, StoreError> {
    let id = id_of(kind, data)?;
    let objects = repository.join("objects");
    let name = id.to_string();
    let (folder, rest) = name.split_at_checked(2).unwrap_or(("", &name));
    let folder = objects.join(folder);
    let path = folder.join(rest);
    if path.exists() {
        return Ok(id);
    }
    std::fs::create_dir_all(&folder).map_err(io("creating", &folder))?;
    let file = tempfile::Builder::new()
        .prefix("tmp_obj_")
        .tempfile_in(&folder)
        .map_err(io("writing", &folder))?;
    let mut encoder = ZlibEncoder::new(file, Compression::fast());
    let written = encoder
        .write_all(format!("{kind} {}\0", data.len()).as_bytes())
        .and_then(|()| encoder.write_all(data))
        .and_then(|()| encoder.finish())
        .and_then(|file| {
            crate::pack::read_only(file.path())?;
            file.as_file().sync_data()?;
            Ok(file)
        })
        .map_err(io("writing", &path))?;
    match written.persist_noclobber(&path) {
        Ok(_) => Ok(id),
        Err(_) if path.exists() => Ok(id),
        Err(error) => Err(io("writing", &path)(error.error)),
    }
}

/// Removes its file when dropped, unless the file was moved away.
struct Lock(PathBuf);

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Moves one ref of a repository with the files backend; refuses when it is not what it must be, or somebody else moves it now.
pub(crate) fn move_ref(
    repository: &Path,
    name: &str,
    before: Before,
    after: ObjectId,
) -> Result<(), StoreError> {
    let path = repository.join(name);
    let mut locked = path.clone().into_os_string();
    locked.push(".lock");
    let locked = PathBuf::from(locked);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(io("creating", folder))?;
    }
    let open = || OpenOptions::new().write(true).create_new(true).open(&locked);
    let mut file = match open() {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && is_stale(&locked) => {
            std::fs::remove_file(&locked).map_err(io("removing", &locked))?;
            open()
        }
        other => other,
    }
    .map_err(io("locking", &path))?;
    let lock = Lock(locked);
    let found = target(repository, name)?;
    let as_expected = match before {
        Before::Any => true,
        Before::Absent => found.is_none(),
        Before::Is(expected) => found == Some(expected),
    };
    if !as_expected {
        return Err(StoreError::Moved {
            name: name.to_owned(),
        });
    }
    file.write_all(format!("{after}\n").as_bytes())
        .and_then(|()| file.sync_data())
        .map_err(io("writing", &lock.0))?;
    std::fs::rename(&lock.0, &path).map_err(io("moving", &path))
}

fn is_stale(lock: &Path) -> bool {
    lock.metadata()
        .and_then(|about| about.modified())
        .ok()
        .and_then(|at| at.elapsed().ok())
        .is_some_and(|age| age > STALE)
}

/// Gathers all objects that are files of their own into one pack and removes the files. Whoever reads meanwhile finds each object in
/// one place or the other. Deltas are made among these objects only.
pub(crate) fn gather(repository: &Path) -> Result<(), StoreError> {
    let objects = repository.join("objects");
    let mut list = String::new();
    for folder in entries(&objects)? {
        let Some(first) = folder
            .file_name()
            .and_then(|name| name.to_str())
            .filter(|name| name.len() == 2)
        else {
            continue;
        };
        for file in entries(&folder)? {
            if let Some(rest) = file
                .file_name()
                .and_then(|name| name.to_str())
                .filter(|name| name.len() == 38)
            {
                list.push_str(&format!("{first}{rest}\n"));
            }
        }
    }
    if list.is_empty() {
        return Ok(());
    }
    let base = objects.join("pack").join("pack");
    let arguments = [
        "pack-objects".as_ref(),
        "--quiet".as_ref(),
        "--threads=1".as_ref(),
        base.as_os_str(),
    ];
    run(Some(repository), &arguments, list.as_bytes(), Limits::default())?;
    run(
        Some(repository),
        &["prune-packed", "--quiet"],
        b"",
        Limits::default(),
    )?;
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let listed = std::fs::read_dir(folder).map_err(io("reading", folder))?;
    listed
        .map(|entry| entry.map(|entry| entry.path()).map_err(io("reading", folder)))
        .filter(|path| {
            !path
                .as_ref()
                .is_ok_and(|path| folder.ends_with("objects") && !path.is_dir())
        })
        .collect()
}
