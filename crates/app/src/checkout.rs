//! Writes the files of a tree into a folder, as git would check them out: for copies without git, and for builds.
//!
//! Refuses paths that could leave the folder. A submodule has no bytes here and is left out.

use crate::delivery::every_file;
use crate::error::{AppError, Result};
use ringfence_view::object::{EntryKind, Kind, ObjectId, ObjectSource, read_as};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path};

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CheckedOut {
    pub files: u64,
    pub bytes: u64,
}

/// Writes the files of a tree into a folder that is empty or not there.
pub(crate) fn check_out(source: &dyn ObjectSource, tree: ObjectId, folder: &Path) -> Result<CheckedOut> {
    std::fs::create_dir_all(folder).map_err(|error| AppError::file(folder, error))?;
    let mut written = CheckedOut::default();
    for file in every_file(source, tree)? {
        // A tree holds one entry a name, so no file can stand behind a symlink of the same tree.
        let relative = Path::new(OsStr::from_bytes(&file.path));
        let plain = |part| matches!(part, Component::Normal(_));
        if !relative.components().all(plain) {
            return Err(AppError::fault(
                "writing the files of a tree",
                format!("unsafe path {}", file.path.escape_ascii()),
            ));
        }
        if file.kind == EntryKind::Commit {
            continue;
        }
        let data = read_as(source, &file.blob, Kind::Blob)?;
        let path = folder.join(relative);
        let failed = |error| AppError::file(&path, error);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|error| AppError::file(parent, error))?;
        }
        if file.kind == EntryKind::Link {
            std::os::unix::fs::symlink(OsStr::from_bytes(&data), &path).map_err(failed)?;
        } else {
            std::fs::write(&path, &data).map_err(failed)?;
        }
        if file.kind == EntryKind::BlobExecutable {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).map_err(failed)?;
        }
        written.files = written.files.saturating_add(1);
        written.bytes = written
            .bytes
            .saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
    }
    Ok(written)
}
