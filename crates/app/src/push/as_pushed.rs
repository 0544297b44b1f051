//! The files of a push exactly as they came, kept beside the submission for the owner alone: also those of a push that was a
//! conflict, which nobody else keeps.

use super::Push;
use super::trees::{difference, rewrite};
use crate::error::{AppError, Result};
use crate::home::App;
use crate::projection::object_id;
use ringfence_git::delivery_store::{Before, RefUpdate};
use ringfence_git::quarantined::QuarantinedObjects;
use ringfence_git::submission_store::SubmissionStore;
use ringfence_view::object::{
    EntryKind, Identity, Kind, MemoryObjects, NewCommit, ObjectId, ObjectSink, ObjectSource as _,
    encode_commit, read_as, read_commit,
};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The reference that keeps the pushed files of a submission.
fn reference(submission: &str) -> String {
    format!("refs/pushed/{submission}")
}

/// Files as pushed, written out.
#[derive(Clone, Debug, Serialize)]
pub struct PushedFilesReport {
    /// The submission.
    pub submission: String,
    /// Where.
    pub directory: PathBuf,
    /// Paths written, below the folder.
    pub files: Vec<String>,
    /// Paths that are links and were not written.
    pub left_out: Vec<String>,
}

/// A commit that holds the changed files of a push.
pub(super) struct AsPushed {
    objects: MemoryObjects,
    commit: ObjectId,
}

impl Push<'_> {
    /// Collects the files that differ between a tip and the delivered commit it stands on.
    pub(super) fn as_pushed(&self, tip: ObjectId, base: ObjectId) -> Result<AsPushed> {
        let pushed = QuarantinedObjects::open(self.received)?;
        let facts = read_commit(&pushed, &tip)?;
        let changes = difference(&pushed, Some(read_commit(&pushed, &base)?.tree), Some(facts.tree))?;
        let mut objects = MemoryObjects::default();
        let mut entries = BTreeMap::new();
        for change in changes {
            let Some((kind, id)) = change.new else { continue };
            if matches!(
                kind,
                EntryKind::Blob | EntryKind::BlobExecutable | EntryKind::Link
            ) {
                objects.write(Kind::Blob, &read_as(&pushed, &id, Kind::Blob)?)?;
                entries.insert(change.path, Some((kind, id)));
            }
        }
        let empty = objects.write(Kind::Tree, b"")?;
        let known = objects.clone();
        let tree = rewrite(&known, &mut objects, empty, &entries)?;
        let commit = NewCommit {
            tree,
            parents: Vec::new(),
            identity: Identity {
                name: "Ringfence".to_owned(),
                email: "gateway@ringfence.invalid".to_owned(),
            },
            seconds: facts.committed_at,
            message: format!("Files of {tip} as they were pushed\n"),
        };
        let commit = objects.write(Kind::Commit, &encode_commit(&commit))?;
        Ok(AsPushed { objects, commit })
    }
}

impl AsPushed {
    /// Keeps the files under the name of a submission.
    pub(super) fn keep(&self, store: &SubmissionStore, submission: &str) -> Result<()> {
        let mut writer = store.pack_writer()?;
        for id in self.objects.ids() {
            if let Some(object) = self.objects.read(&id)? {
                writer.write(object.kind, &object.data)?;
            }
        }
        let update = RefUpdate {
            name: reference(submission),
            before: Before::Any,
            after: Some(self.commit),
        };
        store.publish(writer, &[update])?;
        Ok(())
    }
}

impl App {
    /// Writes the files of a submission as they were pushed into a new folder.
    ///
    /// # Errors
    /// When there is no such submission, the folder exists, or a file cannot be written.
    pub fn pushed_files(&self, submission: &str, into: &Path) -> Result<PushedFilesReport> {
        let row = self.submission_row(submission)?;
        let (store, _) = self.submission_store(&row)?;
        let what = || format!("writing the files of submission {submission}");
        let name = reference(submission);
        let kept = store.refs()?.into_iter().find(|(known, _)| *known == name);
        let Some((_, commit)) = kept else {
            return Err(AppError::refused(
                what(),
                "its files were not kept: it came before this version did, or it brought no file",
                "",
            ));
        };
        let tree = read_commit(&store, &object_id(&commit.to_string())?)?.tree;
        std::fs::create_dir(into).map_err(|source| AppError::file(into, source))?;
        let mut report = PushedFilesReport {
            submission: submission.to_owned(),
            directory: into.to_path_buf(),
            files: Vec::new(),
            left_out: Vec::new(),
        };
        for change in difference(&store, None, Some(tree))? {
            let shown = change.path.escape_ascii().to_string();
            let Some((kind, id)) = change.new else { continue };
            // The tree rules refused such paths when they were pushed; a folder of the owner is no place to trust that.
            let plain = std::str::from_utf8(&change.path).ok().filter(|path| {
                path.split('/').all(|part| {
                    !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', ':'])
                })
            });
            match plain {
                Some(path) if kind != EntryKind::Link => {
                    let file = into.join(path);
                    if let Some(folder) = file.parent() {
                        std::fs::create_dir_all(folder).map_err(|source| AppError::file(folder, source))?;
                    }
                    std::fs::write(&file, read_as(&store, &id, Kind::Blob)?)
                        .map_err(|source| AppError::file(&file, source))?;
                    report.files.push(shown);
                }
                _ => report.left_out.push(shown),
            }
        }
        Ok(report)
    }
}
