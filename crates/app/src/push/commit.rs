//! One pushed commit becomes one owner-side commit: path by path, each edit carried onto the owner's text.

use super::called_out::runs_on_build_machines;
use super::trees::{Change, Entry, case_variant, difference, entry_at, rewrite};
use crate::error::{AppError, Result};
use crate::home::App;
use crate::marking::{LARGEST_MARKED, MarkKeys, MarkRules, NewCodewords, Pins, find_table, profile_word};
use crate::submission::{ChangedPath, Summary};
use gix_hash::oid;
use ringfence_domain::view::Visibility;
use ringfence_git::quarantined::QuarantinedObjects;
use ringfence_git::submission_store::SubmissionStore;
use ringfence_mark::model::{Profile, Site, SiteId, SiteTable, Variant};
use ringfence_store::tables;
use ringfence_syntax::Language;
use ringfence_view::object::{
    EntryKind, Identity, Kind, MemoryObjects, NewCommit, Object, ObjectError, ObjectId, ObjectSink,
    ObjectSource, encode_commit, read_as, read_commit,
};
use ringfence_view::project::ViewRules;
use ringfence_view::translate::{Outcome, Request, pins_of, translate_file, translate_new_file};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

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
    pub pushed: Vec<Range<u32>>,
    pub owner: Vec<Range<u32>>,
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
    keys: MarkKeys,
    pushed: &'a QuarantinedObjects,
    owner: &'a SubmissionStore,
    fresh: MemoryObjects,
    agreements: Vec<String>,
    /// (path, owner's blob) to the profile it was delivered with, and the pins found since.
    profiles: HashMap<(Vec<u8>, ObjectId), Option<Profile>>,
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
        pushed: Vec<Range<u32>>,
        owner: Vec<Range<u32>>,
    },
}

impl<'a> CommitTranslator<'a> {
    pub fn new(
        app: &'a App,
        recipient: &'a str,
        rules: &'a ViewRules,
        marks: MarkRules,
        pushed: &'a QuarantinedObjects,
        owner: &'a SubmissionStore,
        agreements: Vec<String>,
    ) -> Result<Self> {
        Ok(Self {
            app,
            recipient,
            rules,
            marks,
            keys: app.mark_keys(recipient)?,
            pushed,
            owner,
            fresh: MemoryObjects::default(),
            agreements,
            profiles: HashMap::new(),
            summary: Summary::default(),
            notes: Vec::new(),
            codewords: NewCodewords::of(app, recipient)?,
        })
    }

    /// What all commits changed, the objects made, the notes for the vendor, the codewords to commit to.
    pub fn finish(self) -> (Summary, MemoryObjects, Vec<String>, NewCodewords) {
        (self.summary, self.fresh, self.notes, self.codewords)
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
            match self.file(change, &changes, parent_tree, owner_tree)? {
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
        self.rules.rules().decide(path).visibility == Visibility::Write && !self.replaced(path)
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
        parent_tree: ObjectId,
        owner_tree: ObjectId,
    ) -> Result<FileOutcome> {
        let decision = self.rules.rules().decide(&change.path);
        let replaced = self.replaced(&change.path);
        if replaced || decision.visibility != Visibility::Write {
            let rule = match (&decision.pattern, decision.rule) {
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
                self.new_file(&change.path, new)?
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

    fn find_sites(&self, path: &[u8]) -> impl Fn(&[u8]) -> Option<SiteTable> + '_ {
        let language = Language::from_path(path);
        let profile = self.marks.profile(path, Visibility::Write);
        move |text: &[u8]| {
            let (language, profile) = (language?, profile?);
            let small = u64::try_from(text.len()).is_ok_and(|size| size <= LARGEST_MARKED);
            small.then(|| find_table(language, profile, text, &self.keys.anchor))
        }
    }

    fn new_file(&mut self, path: &[u8], new: Entry) -> Result<FileOutcome> {
        if !is_file(new.0) {
            let data = read_as(self.pushed, &new.1, Kind::Blob)?;
            let id = self.fresh.write(Kind::Blob, &data)?;
            return Ok(FileOutcome::Edit(Some((new.0, id))));
        }
        let text = read_as(self.pushed, &new.1, Kind::Blob)?;
        let outcome = {
            let find = self.find_sites(path);
            let codeword = |site: &SiteId| self.keys.bit(*site);
            translate_new_file(&text, &find, &codeword)
        };
        self.settle(
            path,
            new,
            outcome.map_err(|error| AppError::fault("translating a file", error))?,
        )
    }

    /// The profile a base was delivered with.
    fn delivered_profile(&self, path: &[u8], owner: ObjectId) -> Result<Option<Profile>> {
        if let Some(profile) = self.profiles.get(&(path.to_vec(), owner)) {
            return Ok(*profile);
        }
        let row = self
            .app
            .database
            .read(|tx| tables::deliveries::file(tx, self.recipient, path, &owner.to_string()))?;
        Ok(row.and_then(|row| crate::marking::profile_of(&row.profile)))
    }

    fn edited_file(&mut self, path: &[u8], old: Entry, new: Entry, owner: Entry) -> Result<FileOutcome> {
        if old.1 == new.1 {
            return Ok(FileOutcome::Edit(Some((new.0, owner.1))));
        }
        let base = read_as(&self.layered(), &owner.1, Kind::Blob)?;
        let delivered = read_as(self.pushed, &old.1, Kind::Blob)?;
        let pushed = read_as(self.pushed, &new.1, Kind::Blob)?;
        let language = Language::from_path(path);
        let table = match (language, self.delivered_profile(path, owner.1)?) {
            (Some(language), Some(profile)) if delivered != base => {
                Some(
                    self.app
                        .table_for(&owner.1.to_string(), language, profile, &base, &self.keys.anchor)?,
                )
            }
            // Delivered with marks, all of which happen to spell as the owner does: its sites still are sites.
            (Some(language), Some(profile)) => {
                Some(
                    self.app
                        .table_for(&owner.1.to_string(), language, profile, &base, &self.keys.anchor)?,
                )
            }
            _ => None,
        };
        let codeword = |site: &SiteId| self.keys.bit(*site);
        // Which spellings were delivered is read off the two texts, whatever pins were current then.
        let pins: Pins = match &table {
            Some(table) => match pins_of(table, &base, &delivered, &codeword) {
                Some(pins) => pins,
                // Delivered unmarked as a whole, or by an older engine: the text itself is the base.
                None if delivered == base => Pins::new(),
                None => {
                    return Ok(FileOutcome::Conflict {
                        why: "the delivered text of this file cannot be told apart from an edit".to_owned(),
                        pushed: Vec::new(),
                        owner: Vec::new(),
                    });
                }
            },
            None if delivered == base => Pins::new(),
            None => {
                return Ok(FileOutcome::Conflict {
                    why: "this file was delivered in a form that the owner's text no longer has".to_owned(),
                    pushed: Vec::new(),
                    owner: Vec::new(),
                });
            }
        };
        let chosen = |site: &Site| -> Variant {
            pins.get(&site.id)
                .copied()
                .unwrap_or_else(|| self.keys.bit(site.id))
        };
        let outcome = {
            let find = self.find_sites(path);
            translate_file(&Request {
                language,
                base: &base,
                base_table: table.as_ref(),
                chosen: &chosen,
                delivered: &delivered,
                pushed: &pushed,
                find_sites: &find,
                codeword: &codeword,
            })
        };
        self.settle(
            path,
            new,
            outcome.map_err(|error| AppError::fault("translating a file", error))?,
        )
    }

    fn settle(&mut self, path: &[u8], new: Entry, outcome: Outcome) -> Result<FileOutcome> {
        match outcome {
            Outcome::Accepted(accepted) => {
                let id = self.fresh.write(Kind::Blob, &accepted.text)?;
                let profile = self
                    .marks
                    .profile(path, Visibility::Write)
                    .filter(|_| Language::from_path(path).is_some());
                self.profiles.insert((path.to_vec(), id), profile);
                for flag in &accepted.flags {
                    let name = path.escape_ascii();
                    // Each side in its own text: the owner's line numbers would tell the vendor where marks are.
                    self.notes
                        .push(format!("{name}: {}", super::report::flag_note(flag)));
                    self.summary
                        .flags
                        .push(format!("{name}: {}", super::report::flag_text(flag)));
                }
                self.commit_codeword(path, id, profile, &accepted.text)?;
                let known = self.summary.changed.remove(&hex::encode(path));
                // What an earlier commit of this push touched stays touched.
                let touched: BTreeSet<String> = known
                    .into_iter()
                    .flat_map(|known| known.touched)
                    .chain(accepted.touched.iter().map(|site| hex::encode(site.0)))
                    .collect();
                self.summary.changed.insert(
                    hex::encode(path),
                    ChangedPath {
                        canonical: id.to_string(),
                        delivered: new.1.to_string(),
                        profile: profile_word(profile).to_owned(),
                        pins: accepted
                            .pins
                            .iter()
                            .map(|(site, variant)| {
                                (hex::encode(site.0), crate::marking::variant_number(*variant))
                            })
                            .collect(),
                        touched: touched.into_iter().collect(),
                    },
                );
                self.summary
                    .add_delivered(path, &id.to_string(), &new.1.to_string(), profile_word(profile));
                Ok(FileOutcome::Edit(Some((new.0, id))))
            }
            Outcome::Conflict(conflict) => Ok(FileOutcome::Conflict {
                why: conflict.reason.to_string(),
                pushed: conflict.pushed,
                owner: conflict.owner,
            }),
        }
    }
}

impl CommitTranslator<'_> {
    /// The recipient's copy of this text is what it pushed: its codeword there is committed to with the submission.
    fn commit_codeword(
        &mut self,
        path: &[u8],
        canonical: ObjectId,
        profile: Option<Profile>,
        text: &[u8],
    ) -> Result<()> {
        let small = u64::try_from(text.len()).is_ok_and(|size| size <= LARGEST_MARKED);
        let (Some(language), Some(profile), true) = (Language::from_path(path), profile, small) else {
            return Ok(());
        };
        self.codewords
            .commit(self.app, &self.keys, canonical, language, profile, text)
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
