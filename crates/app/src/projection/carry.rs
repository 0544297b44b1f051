//! A recipient's branches on their way into a new generation: what still fits is put on the new root, the rest is kept as patches.
//!
//! Each branch becomes one commit on the new tip with the changes of its writable paths; changes of paths that are still visible and
//! no longer fit are written to `refs/ringfence/patches`, in the recipient's own text; of paths that are hidden now nothing comes
//! along. The owner's side gets a commit of the same changes on its newest state, so that pushes on top can be translated.

use super::{Earlier, Run, object_id};
use crate::error::{AppError, Result};
use crate::push::trees::{Change, Entry, difference, entry_at, rewrite};
use ringfence_domain::view::Visibility;
use ringfence_git::delivery_store::{Before, DeliveryStore, RefUpdate};
use ringfence_git::submission_store::SubmissionStore;
use ringfence_store::tables::{self, histories::CommitOrigin};
use ringfence_view::object::{
    CommitText, EntryKind, Kind, MemoryObjects, ObjectId, ObjectSink, ObjectSource, ROLE_EMAIL, ROLE_NAME,
    Stamp, TreeEntry, encode_tree, read_as, read_commit,
};
use ringfence_view::project::history::TERMS_FILE;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

/// Where patches that no longer fit are fetched from.
pub const PATCHES: &str = "refs/ringfence/patches";
/// Commits of one branch that are looked at to find where it left the delivered history.
const MOST_COMMITS: usize = 10_000;
/// Branches that are carried over.
const MOST_BRANCHES: usize = 1_000;

/// Pairs of (owner's commit, recipient's commit) that came along.
pub(super) type Carried = Vec<(ObjectId, ObjectId)>;

/// A branch as it was left.
struct Branch {
    name: String,
    tip: ObjectId,
    base: ObjectId,
    owner: Option<ObjectId>,
}

impl Run<'_> {
    /// Carries the branches of the present store over to the next one, which is not served yet.
    pub(super) fn carry_over(
        &self,
        before: &Earlier,
        next: &DeliveryStore,
        tip: ObjectId,
    ) -> Result<Carried> {
        let stores = self.app.stores();
        let old = DeliveryStore::open(&stores, &self.view.name, self.recipient)?;
        let branches = self.branches(before, &old)?;
        if branches.is_empty() {
            return Ok(Vec::new());
        }
        let submissions =
            SubmissionStore::open_or_create(&self.app.home.join("mirrors"), &self.view.repository)?;
        let root = read_commit(next, &tip)?;
        let upstream = read_commit(self.mirror, &self.upstream)?;
        let mut writer = next.pack_writer()?;
        let mut owners = submissions.pack_writer()?;
        let (mut refs, mut owner_refs, mut carried) = (Vec::new(), Vec::new(), Vec::new());
        let mut patches: BTreeMap<Vec<u8>, ObjectId> = BTreeMap::new();
        for branch in branches {
            let old_tree = read_commit(&old, &branch.base)?.tree;
            let tree = read_commit(&old, &branch.tip)?.tree;
            let changes = difference(&old, Some(old_tree), Some(tree))?;
            let mut edits: BTreeMap<Vec<u8>, Option<Entry>> = BTreeMap::new();
            let mut patch = Vec::new();
            for change in &changes {
                let visibility = self.rules.rules().decide(&change.path).visibility;
                let replaced = self
                    .rules
                    .replacements()
                    .iter()
                    .any(|replaced| replaced.path == change.path);
                if change.path == TERMS_FILE || replaced || visibility < Visibility::Read {
                    continue;
                }
                let now = entry_at(next, root.tree, &change.path)?;
                if now == change.new {
                    continue;
                }
                let fits = now == change.old && visibility == Visibility::Write && branch.owner.is_some();
                if fits {
                    if let Some((_, blob)) = change.new {
                        writer.write(Kind::Blob, &read_as(&old, &blob, Kind::Blob)?)?;
                    }
                    edits.insert(change.path.clone(), change.new);
                } else {
                    patch.extend_from_slice(patch_of(&old, change)?.as_bytes());
                }
            }
            if !patch.is_empty() {
                let name = format!("{}.patch", branch.name.replace('/', "_"));
                patches.insert(name.into_bytes(), writer.write(Kind::Blob, &patch)?);
            }
            let mut after = tip;
            if let (false, Some(owner)) = (edits.is_empty(), branch.owner) {
                let vendor = CommitText::read(&branch.tip, &read_as(&old, &branch.tip, Kind::Commit)?)?;
                let new_tree = rewrite(next, &mut writer, root.tree, &edits)?;
                let own = CommitText {
                    tree: new_tree,
                    parents: vec![tip],
                    ..vendor.clone()
                };
                after = self.signed(&own, &mut writer)?;
                let owner_tree = read_commit(&submissions, &owner)?.tree;
                let mut owner_edits = BTreeMap::new();
                for path in edits.keys() {
                    owner_edits.insert(path.clone(), entry_at(&submissions, owner_tree, path)?);
                }
                // Written beside first: the store's own view of its objects does not show what is being collected.
                let mut made = MemoryObjects::default();
                let theirs = CommitText {
                    tree: rewrite(&submissions, &mut made, upstream.tree, &owner_edits)?,
                    parents: vec![self.upstream],
                    ..vendor
                };
                for id in made.ids() {
                    if let Some(object) = made.read(&id)? {
                        owners.write(object.kind, &object.data)?;
                    }
                }
                let theirs = owners.write(Kind::Commit, &theirs.encode())?;
                owner_refs.push(RefUpdate {
                    name: format!("refs/submissions/{}", crate::home::random_id("c")?),
                    before: Before::Absent,
                    after: Some(theirs),
                });
                carried.push((theirs, after));
            }
            refs.push(RefUpdate {
                name: format!("refs/heads/{}", branch.name),
                before: Before::Any,
                after: Some(after),
            });
        }
        if !patches.is_empty() {
            refs.push(RefUpdate {
                name: PATCHES.to_owned(),
                before: Before::Any,
                after: Some(self.patches_commit(patches, root.committed_at, &mut writer)?),
            });
        }
        submissions.publish(owners, &owner_refs)?;
        next.publish(writer, &refs)?;
        Ok(carried)
    }

    /// The recipient's own branches, each with the newest delivered commit below it.
    fn branches(&self, before: &Earlier, old: &DeliveryStore) -> Result<Vec<Branch>> {
        let (view, recipient) = (&self.view.name, self.recipient);
        let rows = self
            .app
            .database
            .read(|tx| tables::histories::list(tx, view, recipient, before.generation))?;
        let mut delivered: HashMap<ObjectId, u64> = HashMap::new();
        let mut owners: HashMap<ObjectId, ObjectId> = HashMap::new();
        for row in &rows {
            let projected = object_id(&row.projected)?;
            match row.origin {
                CommitOrigin::Projection => {
                    delivered.insert(projected, row.sequence);
                }
                CommitOrigin::Submission => {
                    owners.insert(projected, object_id(&row.upstream)?);
                }
            }
        }
        let tracked = format!("refs/heads/{}", before.made_by.branch);
        let mut branches = Vec::new();
        for (name, tip) in old.refs()? {
            let Some(short) = name.strip_prefix("refs/heads/").filter(|_| name != tracked) else {
                continue;
            };
            if branches.len() >= MOST_BRANCHES {
                tracing::warn!(
                    view,
                    recipient,
                    "more than {MOST_BRANCHES} branches; the rest is not carried over"
                );
                break;
            }
            if let Some(base) = newest_below(old, tip, &delivered)? {
                branches.push(Branch {
                    name: short.to_owned(),
                    tip,
                    base,
                    owner: owners.get(&tip).copied(),
                });
            }
        }
        Ok(branches)
    }

    fn signed(&self, commit: &CommitText, writer: &mut dyn ObjectSink) -> Result<ObjectId> {
        let signature = self.app.keys.gateway().sign(&commit.encode());
        Ok(writer.write(Kind::Commit, &commit.encode_signed(&signature))?)
    }

    fn patches_commit(
        &self,
        patches: BTreeMap<Vec<u8>, ObjectId>,
        seconds: i64,
        writer: &mut dyn ObjectSink,
    ) -> Result<ObjectId> {
        let mut entries: Vec<TreeEntry> = patches
            .into_iter()
            .map(|(name, id)| TreeEntry {
                name,
                kind: EntryKind::Blob,
                id,
            })
            .collect();
        let role = Stamp {
            name: ROLE_NAME.as_bytes().to_vec(),
            email: ROLE_EMAIL.as_bytes().to_vec(),
            seconds,
            offset: 0,
        };
        let commit = CommitText {
            tree: writer.write(Kind::Tree, &encode_tree(&mut entries))?,
            parents: Vec::new(),
            author: role.clone(),
            committer: role,
            encoding: None,
            message: b"Changes of your branches that no longer fit\n".to_vec(),
        };
        self.signed(&commit, writer)
    }
}

/// The newest delivered commit that a branch contains.
fn newest_below(
    old: &DeliveryStore,
    tip: ObjectId,
    delivered: &HashMap<ObjectId, u64>,
) -> Result<Option<ObjectId>> {
    let mut best: Option<(u64, ObjectId)> = None;
    let mut seen = HashSet::new();
    let mut queue = VecDeque::from([tip]);
    while let Some(at) = queue.pop_front() {
        if !seen.insert(at) || seen.len() > MOST_COMMITS {
            continue;
        }
        match delivered.get(&at) {
            Some(place) => best = best.max(Some((*place, at))),
            None => queue.extend(read_commit(old, &at)?.parents),
        }
    }
    Ok(best.map(|(_, commit)| commit))
}

/// One file's change as a patch that `git apply` reads; a binary one is named only.
fn patch_of(old: &DeliveryStore, change: &Change) -> Result<String> {
    let text = |entry: Option<Entry>| -> Result<Vec<u8>> {
        match entry {
            Some((kind, blob)) if kind != EntryKind::Commit => Ok(read_as(old, &blob, Kind::Blob)?),
            _ => Ok(Vec::new()),
        }
    };
    let (before, after) = (text(change.old)?, text(change.new)?);
    let path = change.path.escape_ascii().to_string();
    if before.contains(&0) || after.contains(&0) {
        return Ok(format!("# {path}: a binary file that no longer fits\n"));
    }
    if before.len().saturating_add(after.len()) > 64 << 20 {
        return Err(AppError::refused(
            "carrying branches over",
            format!("the change of {path} is too large for a patch"),
            "Delete the branch and restart the view",
        ));
    }
    Ok(crate::unified::unified(&path, &before, &after))
}
