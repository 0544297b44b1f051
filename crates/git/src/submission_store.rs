//! Submission stores: translated commits on the owner's side, waiting for the owner's decision.
//!
//! A bare repository beside the mirror that borrows the mirror's objects. INVARIANT: it is never served to a recipient, and the
//! mirror never borrows from it, so a translation that is refused leaves nothing behind in the owner's code. Commits leave it by
//! [`SubmissionStore::push_to_source`] alone, when a submission is accepted.

use std::path::{Path, PathBuf};

use gix_hash::{ObjectId, oid};
use gix_object::Kind;
use ringfence_view::object::{NewCommit, Object, ObjectError, ObjectSink, ObjectSource, encode_commit};

use crate::delivery_store::{RefUpdate, StoreError, check_name, refs, update_refs};
use crate::mirror::{Mirror, MirrorError, Overwrite, make_bare, push};
use crate::objects::Objects;
use crate::pack::{PackWriter, Written};

/// The owner-side commits of submissions to one repository.
#[derive(Debug)]
pub struct SubmissionStore {
    path: PathBuf,
    mirror: PathBuf,
    objects: Objects,
}

impl SubmissionStore {
    /// Opens the submission store of a repository below the folder of all mirrors, making it when there is none.
    ///
    /// # Errors
    /// When the name is refused or the disk fails.
    pub fn open_or_create(mirrors: &Path, repository: &str) -> Result<Self, MirrorError> {
        check_name(repository).map_err(StoreError::from)?;
        let mirror = Mirror::open_or_create(mirrors, repository)?.path().to_owned();
        let path = mirrors.join(format!("{repository}.submissions.git"));
        make_bare(&path)?;
        let io = |action: &'static str, path: &Path| {
            let path = path.to_owned();
            move |source| MirrorError::Io { action, path, source }
        };
        let info = path.join("objects").join("info");
        std::fs::create_dir_all(&info).map_err(io("creating", &info))?;
        let alternates = info.join("alternates");
        if !alternates.exists() {
            let borrowed = format!("../../{repository}.git/objects\n");
            std::fs::write(&alternates, borrowed).map_err(io("writing", &alternates))?;
        }
        let objects = Objects::open(&path)?;
        Ok(Self {
            path,
            mirror,
            objects,
        })
    }

    /// The bare repository.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Starts collecting objects; what the mirror has is not written again.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn pack_writer(&self) -> Result<PackWriter, StoreError> {
        Ok(PackWriter::new(&self.path)?)
    }

    /// Writes a commit into a pack that is being collected.
    ///
    /// # Errors
    /// When the pack cannot be written.
    pub fn write_commit(writer: &mut PackWriter, commit: &NewCommit) -> Result<ObjectId, ObjectError> {
        writer.write(Kind::Commit, &encode_commit(commit))
    }

    /// Publishes the collected objects, then moves the refs (`refs/submissions/...`) that keep them.
    ///
    /// # Errors
    /// When git refuses an object or a ref is not what it must be.
    pub fn publish(&self, writer: PackWriter, updates: &[RefUpdate]) -> Result<Written, StoreError> {
        let written = writer.finish()?;
        update_refs(&self.path, updates)?;
        Ok(written)
    }

    /// All refs with their targets, sorted by name.
    ///
    /// # Errors
    /// When git fails.
    pub fn refs(&self) -> Result<Vec<(String, ObjectId)>, StoreError> {
        refs(&self.path)
    }

    /// Writes an accepted commit to branch `ringfence/<recipient>/<branch>` of the owner's repository and returns that name.
    ///
    /// # Errors
    /// When a name is refused, the branch would lose commits and may not, or the owner's repository refuses.
    pub fn push_to_source(
        &self,
        source: &str,
        recipient: &str,
        branch: &str,
        commit: ObjectId,
        overwrite: Overwrite,
    ) -> Result<String, MirrorError> {
        check_name(recipient).map_err(StoreError::from)?;
        let name = format!("ringfence/{recipient}/{branch}");
        // A shallow mirror ends where the owner's clone ended; so does what borrows from it.
        let cut = self.mirror.join("shallow");
        if cut.exists() {
            let target = self.path.join("shallow");
            std::fs::copy(&cut, &target).map_err(|source| MirrorError::Io {
                action: "copying",
                path: cut.clone(),
                source,
            })?;
        }
        push(&self.path, source, commit, &name, overwrite)?;
        Ok(name)
    }
}

impl ObjectSource for SubmissionStore {
    fn read(&self, id: &oid) -> Result<Option<Object>, ObjectError> {
        self.objects.read(id)
    }

    fn header(&self, id: &oid) -> Result<Option<(Kind, u64)>, ObjectError> {
        self.objects.header(id)
    }
}
