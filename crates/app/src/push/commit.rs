//! One pushed commit becomes one owner-side commit: path by path, each edit carried onto the owner's text.

mod file;

use super::called_out::runs_on_build_machines;
use super::excerpt::Excerpt;
use super::renames::{Origin, origins};
use super::trees::{Change, Entry, case_variant, difference, entry_at, rewrite};
use crate::error::{AppError, Result};
use crate::home::App;
use crate::marking::{CopyMark, Headers, KeyRing, MarkRules, NewCodewords};
use crate::submission::Summary;
use gix_hash::oid;
use ringfence_domain::view::Visibility;
use ringfence_git::quarantined::QuarantinedObjects;
use ringfence_git::submission_store::SubmissionStore;
use ringfence_store::tables::forms::DeliveredForm;
use ringfence_view::object::{
    EntryKind, Identity, Kind, MemoryObjects, NewCommit, Object, ObjectError, ObjectId, ObjectSink,
    ObjectSource, encode_commit, read_as, read_commit,
};
use ringfence_view::project::ViewRules;
use ringfence_view::project::history::TERMS_FILE;
use std::collections::{BTreeMap, HashMap};

/// The words for hidden and unnamed paths alike.
const NOT_WRITABLE: &str = "no rule of the view makes it writable";

/// Why one path of a push is refused.
pub(super) struct FileRefusal {
    pub path: Vec<u8>,
    pub why: String,
}

/// Why one path of a push cannot be carried over.
pub(crate) struct FileConflict {
    pub path: Vec<u8>,
    pub why: String,
    pub pushed: Vec<Excerpt>,
    pub owner: Vec<Excerpt>,
}

pub(super) enum Translated {
    Commit(ObjectId),
    Refused(Vec<FileRefusal>),
    Conflict(Vec<FileConflict>),
}

/// The owner's objects, and those that this push has made so far.
struct Layered<'a> {
    fresh: &'a MemoryObjects,
    owner: &'a SubmissionStore,
}

impl ObjectSource for Layered<'_> {
    fn read(&self, id: &oid) -> std::result::Result<Option<Object>, ObjectError> {
        match self.fresh.read(id)? {
            Some(object) => Ok(Some(object)),
            None => self.owner.read(id),
        }
    }

    fn header(&self, id: &oid) -> std::result::Result<Option<(Kind, u64)>, ObjectError> {
        match self.fresh.header(id)? {
            Some(header) => Ok(Some(header)),
            None => self.owner.header(id),
        }
    }
}

pub(super) struct CommitTranslator<'a> {
    app: &'a App,
    recipient: &'a str,
    rules: &'a ViewRules,
    marks: MarkRules,
    headers: Headers,
    forms: Vec<DeliveredForm>,
    keys: KeyRing,
    pushed: &'a QuarantinedObjects,
    owner: &'a SubmissionStore,
    fresh: MemoryObjects,
    agreements: Vec<String>,
    /// (path, owner's blob) to how the pushed copy of it is marked, for what this push brings.
    marked: HashMap<(Vec<u8>, ObjectId), Option<CopyMark>>,
    summary: Summary,
    /// The flags in the vendor's own lines.
    notes: Vec<String>,
    codewords: NewCodewords,
}

/// What became of one path.
enum FileOutcome {
    Edit(Option<Entry>),
    Refused(String),
    Conflict {
        why: String,
        pushed: Vec<Excerpt>,
        owner: Vec<Excerpt>,
    },
}

impl<'a> CommitTranslator<'a> {
    pub fn new(
        app: &'a App,
        recipient: &'a str,
        rules: &'a ViewRules,
        (marks, headers): (MarkRules, Headers),
        pushed: &'a QuarantinedObjects,
        owner: &'a SubmissionStore,
        agreements: Vec<String>,
    ) -> Result<Self> {
        Ok(Self {
            app,
            recipient,
            rules,
            marks,
            headers,
            forms: Vec::new(),
            keys: app.key_ring(recipient)?,
            pushed,
            owner,
            fresh: MemoryObjects::default(),
            agreements,
            marked: HashMap::new(),
            summary: Summary::default(),
            notes: Vec::new(),
            codewords: NewCodewords::of(app, recipient)?,
        })
    }

    /// What the commits since the last call changed, the notes for the vendor, and texts in the form in which they were pushed.
    pub fn take_summary(&mut self) -> (Summary, Vec<String>, Vec<DeliveredForm>) {
        (
            std::mem::take(&mut self.summary),
            std::mem::take(&mut self.notes),
            std::mem::take(&mut self.forms),
        )
    }

    /// The objects made, the codewords to commit to.
    pub fn finish(self) -> (MemoryObjects, NewCodewords) {
        (self.fresh, self.codewords)
    }

    /// The `Work-Item:` trailer of a commit.
    pub fn work_item(&self, commit: ObjectId) -> Result<Option<String>> {
        let message = read_commit(self.pushed, &commit)?.message;
        Ok(String::from_utf8_lossy(&message)
            .lines()
            .rev()
            .take(50)
            .find_map(|line| line.strip_prefix("Work-Item:"))
            .map(|item| {
                item.trim()
                    .chars()
                    .filter(|letter| !letter.is_control())
                    .take(200)
                    .collect::<String>()
            })
            .filter(|item| !item.is_empty()))
    }

    /// Translates one commit. `primary` is the parent that stands on the newest of the owner's commits: in a merge its owner-side
    /// tree is the base, so that what the vendor cannot see keeps the owner's newest state.
    pub fn translate(
        &mut self,
        id: ObjectId,
        parents: &[ObjectId],
        owners: &[ObjectId],
        primary: usize,
    ) -> Result<Translated> {
        let (Some(parent), Some(owner_parent)) = (parents.get(primary), owners.get(primary)) else {
            return Err(AppError::fault("translating a push", "a commit without parents"));
        };
        let facts = read_commit(self.pushed, &id)?;
        let parent_tree = read_commit(self.pushed, parent)?.tree;
        let changes = difference(self.pushed, Some(parent_tree), Some(facts.tree))?;
        let owner_tree = read_commit(&self.layered(), owner_parent)?.tree;
        // What a merge brings from another delivered line is that line's, not an edit.
        let mut others = Vec::new();
        for (_, (view, owner)) in parents
            .iter()
            .zip(owners)
            .enumerate()
            .filter(|(index, _)| *index != primary)
        {
            others.push((
                read_commit(self.pushed, view)?.tree,
                read_commit(&self.layered(), owner)?.tree,
            ));
        }
        let header = |line: &[u8]| self.headers.is_header(line);
        let origins = origins(self.pushed, parent_tree, &changes, &header)?;
        let mut edits: BTreeMap<Vec<u8>, Option<Entry>> = BTreeMap::new();
        let (mut refusals, mut conflicts) = (Vec::new(), Vec::new());
        for change in &changes {
            let mut brought = None;
            // Only where the vendor may write: else a merge with an old delivered line would roll back what it may only read.
            let writable = self.writable(&change.path);
            for (view_tree, owner_side) in others.iter().filter(|_| writable) {
                if entry_at(self.pushed, *view_tree, &change.path)? == change.new {
                    brought = Some(entry_at(&self.layered(), *owner_side, &change.path)?);
                    break;
                }
            }
            if let Some(entry) = brought {
                edits.insert(change.path.clone(), entry);
                continue;
            }
            match self.file(change, &changes, &origins, parent_tree, owner_tree)? {
                FileOutcome::Edit(entry) => {
                    edits.insert(change.path.clone(), entry);
                }
                FileOutcome::Refused(why) => refusals.push(FileRefusal {
                    path: change.path.clone(),
                    why,
                }),
                FileOutcome::Conflict { why, pushed, owner } => {
                    conflicts.push(FileConflict {
                        path: change.path.clone(),
                        why,
                        pushed,
                        owner,
                    });
                }
            }
        }
        if !refusals.is_empty() {
            return Ok(Translated::Refused(refusals));
        }
        if !conflicts.is_empty() {
            return Ok(Translated::Conflict(conflicts));
        }
        // Written beside, then taken over: copying all objects for every commit would cost the square of their number.
        let mut made = MemoryObjects::default();
        let tree = rewrite(&self.layered(), &mut made, owner_tree, &edits)?;
        for id in made.ids() {
            if let Some(object) = made.read(&id)? {
                self.fresh.write(object.kind, &object.data)?;
            }
        }
        let data = read_as(self.pushed, &id, Kind::Commit)?;
        let commit = NewCommit {
            tree,
            parents: owners.to_vec(),
            identity: author_of(&data),
            seconds: facts.committed_at,
            message: format!("{}\n", String::from_utf8_lossy(&facts.message).trim_end()),
        };
        let owner = self.fresh.write(Kind::Commit, &encode_commit(&commit))?;
        Ok(Translated::Commit(owner))
    }

    /// Whether the view lets the recipient change a path.
    fn writable(&self, path: &[u8]) -> bool {
        self.rules.rules().decide(path).visibility == Visibility::Write
            && !self.replaced(path)
            && path != TERMS_FILE
    }

    fn replaced(&self, path: &[u8]) -> bool {
        self.rules
            .replacements()
            .iter()
            .any(|replacement| replacement.path == path)
    }

    fn layered(&self) -> Layered<'_> {
        Layered {
            fresh: &self.fresh,
            owner: self.owner,
        }
    }

    fn out_of_scope(&self, rule: &str) -> FileOutcome {
        FileOutcome::Refused(format!("{rule}; agreement {}", self.agreements.join(", ")))
    }

    /// Whether a folder of a new path is, at the owner's, something else that this commit does not remove.
    fn blocked(&self, path: &[u8], changes: &[Change], owner_tree: ObjectId) -> Result<bool> {
        for (end, _) in path.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
            let folder = path.get(..end).unwrap_or_default();
            match entry_at(&self.layered(), owner_tree, folder)? {
                Some((EntryKind::Tree, _)) => {}
                None => return Ok(false),
                Some(_) => {
                    let removed = changes
                        .binary_search_by(|change| change.path.as_slice().cmp(folder))
                        .is_ok_and(|at| changes.get(at).is_some_and(|change| change.new.is_none()));
                    return Ok(!removed);
                }
            }
        }
        Ok(false)
    }

    /// Whether a new path differs only in case from something of the owner that was not delivered: some systems hold one of them
    /// only. What was delivered is looked at by the tree rules.
    fn collides(&self, path: &[u8], parent_tree: ObjectId, owner_tree: ObjectId) -> Result<bool> {
        match case_variant(&self.layered(), owner_tree, path)? {
            Some(variant) => Ok(entry_at(self.pushed, parent_tree, &variant)?.is_none()),
            None => Ok(false),
        }
    }

    fn file(
        &mut self,
        change: &Change,
        changes: &[Change],
        origins: &BTreeMap<Vec<u8>, Origin>,
        parent_tree: ObjectId,
        owner_tree: ObjectId,
    ) -> Result<FileOutcome> {
        let decision = self.rules.rules().decide(&change.path);
        let replaced = self.replaced(&change.path);
        let terms = change.path == TERMS_FILE;
        if terms || replaced || decision.visibility != Visibility::Write {
            let rule = match (&decision.pattern, decision.rule) {
                _ if terms => {
                    "it states the terms of your agreements; it is made by the gateway, and nobody edits it"
                        .to_owned()
                }
                _ if replaced => "it is delivered in place of the owner's file".to_owned(),
                (Some(pattern), Some(number)) if decision.visibility == Visibility::Read => {
                    format!(
                        "rule {} ({pattern}) lets you read it, not change it",
                        number.saturating_add(1)
                    )
                }
                // What is hidden looks like what no rule names.
                _ => NOT_WRITABLE.to_owned(),
            };
            return Ok(self.out_of_scope(&rule));
        }
        let name = change.path.escape_ascii().to_string();
        if runs_on_build_machines(&change.path) && !self.summary.called_out.contains(&name) {
            self.summary.called_out.push(name);
        }
        let owner_entry = entry_at(&self.layered(), owner_tree, &change.path)?;
        let outcome = match (change.old, change.new) {
            (_, None) => FileOutcome::Edit(None),
            (None, Some(new)) => {
                // Something of the owner that was not delivered (a hidden folder, a link, a submodule) stands there or in the way:
                // it is neither replaced nor confirmed.
                if owner_entry.is_some()
                    || self.blocked(&change.path, changes, owner_tree)?
                    || self.collides(&change.path, parent_tree, owner_tree)?
                {
                    return Ok(self.out_of_scope(NOT_WRITABLE));
                }
                match origins.get(&change.path) {
                    Some(origin) => self.moved_file(origin, &change.path, new, owner_tree)?,
                    None => self.new_file(&change.path, new)?,
                }
            }
            (Some(old), Some(new)) => match owner_entry {
                Some(owner) if is_file(owner.0) && is_file(old.0) && is_file(new.0) => {
                    self.edited_file(&change.path, old, new, owner)?
                }
                _ => self.new_file(&change.path, new)?,
            },
        };
        if let FileOutcome::Edit(entry) = &outcome {
            self.summary
                .note_path(&change.path, change.old.is_none(), entry.is_none());
        }
        Ok(outcome)
    }
}

fn is_file(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::Blob | EntryKind::BlobExecutable)
}

/// The author of a pushed commit, as far as it reads as a name and an address.
fn author_of(commit: &[u8]) -> Identity {
    let text = String::from_utf8_lossy(commit);
    let line = text
        .lines()
        .take_while(|line| !line.is_empty())
        .find_map(|line| line.strip_prefix("author "));
    let parsed = line.and_then(|line| {
        let (name, rest) = line.split_once(" <")?;
        let (email, _) = rest.split_once('>')?;
        Some(Identity {
            name: name.trim().to_owned(),
            email: email.trim().to_owned(),
        })
    });
    parsed.unwrap_or_else(|| Identity {
        name: "Unknown".to_owned(),
        email: "unknown@ringfence.invalid".to_owned(),
    })
}
