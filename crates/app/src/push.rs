//! A push: checked path by path, translated onto the owner's true base, kept as a submission. Nothing of it reaches the owner's
//! repository before `submission accept`.
//!
//! Order: the owner-side commits are stored, then the submission and its entry are committed, then the recipient's branch moves.
//! A crash in between leaves a submission whose branch did not move; the vendor pushes again.

mod as_pushed;
mod called_out;
mod commit;
mod excerpt;
pub use as_pushed::PushedFilesReport;
pub(crate) use commit::FileConflict;
pub(crate) use excerpt::Excerpt;
mod parts;
mod renames;
mod report;
mod signed;
pub use signed::CommitSignature;
pub(crate) mod trees;

use crate::delivery::count;
use crate::error::{AppError, Result};
use crate::estate::Current;
use crate::home::{App, random_id};
use crate::marking::{Headers, MarkRules, NewCodewords};
use crate::projection::object_id;
use crate::submission::Summary;
use commit::{CommitTranslator, Translated};
use parts::Part;
use ringfence_domain::view::View;
use ringfence_git::delivery_store::{Before, RefUpdate};
use ringfence_git::quarantine::{Received, update_references};
use ringfence_git::quarantined::QuarantinedObjects;
use ringfence_git::receive::PushCommand;
use ringfence_git::submission_store::SubmissionStore;
use ringfence_store::tables::{self, histories::CommitOrigin, submissions::SubmissionState};
use ringfence_view::object::{MemoryObjects, ObjectId, ObjectSink as _, ObjectSource as _, read_commit};
use std::collections::HashMap;

/// Who pushes to what.
#[derive(Clone, Debug)]
pub struct Pusher {
    /// Random id of the person.
    pub person: String,
    /// The recipient.
    pub recipient: String,
    /// The view.
    pub view: String,
}

/// What became of a push.
#[derive(Clone, Debug, Default)]
pub struct PushOutcome {
    /// Per full reference name: done, or one short reason.
    pub results: Vec<(String, std::result::Result<(), String>)>,
    /// Lines for the person.
    pub messages: Vec<String>,
}

impl From<ringfence_git::receive::ReceiveError> for AppError {
    fn from(error: ringfence_git::receive::ReceiveError) -> Self {
        if error.is_fault() {
            Self::fault("taking the push", error)
        } else {
            Self::refused("taking the push", error.to_string(), "")
        }
    }
}

impl App {
    /// Decides on a push, records it and, where it is taken, moves the recipient's branches.
    ///
    /// # Errors
    /// When the database, a store or git fails. A push that is refused is an answer, not an error.
    pub fn receive_push(
        &self,
        pusher: &Pusher,
        commands: &[PushCommand],
        received: Option<&Received>,
    ) -> Result<PushOutcome> {
        let current = self.current()?;
        let view = self.declared_view(&current, &pusher.view)?;
        let _turn = self.projection_lock(&pusher.recipient)?;
        let agreements: Vec<String> = current
            .estate
            .grants
            .iter()
            .filter(|grant| grant.recipient == pusher.recipient && grant.view == pusher.view)
            .flat_map(|grant| grant.agreements.clone())
            .collect();
        let mut outcome = PushOutcome::default();
        let (deletions, updates): (Vec<_>, Vec<_>) = commands
            .iter()
            .cloned()
            .partition(|command| command.new.is_none());
        if !deletions.is_empty() {
            let store = ringfence_git::delivery_store::DeliveryStore::open(
                &self.stores(),
                &pusher.view,
                &pusher.recipient,
            )?;
            self.record_deletions(pusher, deletions.len())?;
            update_references(store.path(), &deletions)?;
            outcome.results.extend(
                deletions
                    .iter()
                    .map(|command| (command.reference.clone(), Ok(()))),
            );
        }
        let Some(received) = received.filter(|_| !updates.is_empty()) else {
            return Ok(outcome);
        };
        let push = Push {
            app: self,
            current: &current,
            pusher,
            view,
            agreements,
            received,
        };
        match push.translate(&updates)? {
            Decided::Refused {
                messages,
                reason,
                conflict,
            } => {
                push.record_refusal(&updates, &reason, conflict)?;
                outcome.messages = messages;
                outcome.results.extend(
                    updates
                        .iter()
                        .map(|command| (command.reference.clone(), Err(reason.clone()))),
                );
            }
            Decided::Taken(taken) => {
                push.keep(&updates, *taken, &mut outcome)?;
            }
        }
        Ok(outcome)
    }
}

impl App {
    /// The entry of deleted branches, before they go.
    fn record_deletions(&self, pusher: &Pusher, branches: usize) -> Result<()> {
        let statement = Self::built(
            self.entry("branches-deleted", &pusher.person)
                .subject("recipient", pusher.recipient.as_str())
                .subject("view", pusher.view.as_str())
                .field("branches", count(branches)),
        )?;
        let log = self.log(&pusher.recipient)?;
        self.database.write(move |tx| -> Result<()> {
            tx.append(&log, &statement)?;
            Ok(())
        })
    }
}

/// For every commit of the recipient's store: the place of the newest owner's commit below it.
fn anchors(
    rows: &[tables::histories::CommitMap],
    pushed: &QuarantinedObjects,
) -> Result<HashMap<ObjectId, u64>> {
    let mut anchors: HashMap<ObjectId, u64> = HashMap::new();
    for row in rows {
        let view = object_id(&row.projected)?;
        let anchor = match row.origin {
            CommitOrigin::Projection => row.sequence,
            CommitOrigin::Submission => read_commit(pushed, &view)?
                .parents
                .iter()
                .filter_map(|parent| anchors.get(parent).copied())
                .max()
                .unwrap_or(0),
        };
        let known = anchors.entry(view).or_insert(anchor);
        *known = anchor.max(*known);
    }
    Ok(anchors)
}

/// The answer to a push as a whole.
enum Decided {
    Refused {
        messages: Vec<String>,
        reason: String,
        /// What did not fit, and the commit it was pushed on.
        conflict: Option<(Vec<FileConflict>, Option<ObjectId>)>,
    },
    Taken(Box<Taken>),
}

/// Everything a taken push brings.
struct Taken {
    submissions: SubmissionStore,
    fresh: MemoryObjects,
    /// Vendor commit to the owner-side commit.
    pairs: Vec<(ObjectId, ObjectId)>,
    parts: Vec<Part>,
    signatures: Vec<CommitSignature>,
    codewords: NewCodewords,
    base: ObjectId,
    generation: u64,
    known_pairs: usize,
}

struct Push<'a> {
    app: &'a App,
    current: &'a Current,
    pusher: &'a Pusher,
    view: &'a View,
    agreements: Vec<String>,
    received: &'a Received,
}

impl Push<'_> {
    fn translate(&self, updates: &[PushCommand]) -> Result<Decided> {
        let app = self.app;
        let (view, recipient) = (self.pusher.view.as_str(), self.pusher.recipient.as_str());
        let state = app
            .database
            .read(|tx| tables::histories::state(tx, view, recipient))?;
        let generation = state.map_or(1, |state| state.generation);
        let rows = app
            .database
            .read(|tx| tables::histories::list(tx, view, recipient, generation))?;
        let mut owner_of: HashMap<ObjectId, ObjectId> = HashMap::new();
        // In order, so that the newest owner's commit behind one view commit is the base.
        for row in &rows {
            owner_of.insert(object_id(&row.projected)?, object_id(&row.upstream)?);
        }
        let rules = app.view_rules(self.view)?;
        let pushed = QuarantinedObjects::open(self.received)?;
        let mut anchors = anchors(&rows, &pushed)?;
        let submissions = SubmissionStore::open_or_create(&app.home.join("mirrors"), &self.view.repository)?;
        let mut translator = CommitTranslator::new(
            app,
            recipient,
            &rules,
            (
                MarkRules::new(self.view)?,
                Headers::of(app, self.current, self.view, recipient)?,
            ),
            &pushed,
            &submissions,
            self.agreements.clone(),
        )?;
        let signers = signed::Signers::of(self)?;
        let mut signatures = Vec::new();
        let mut pairs = Vec::new();
        let mut base = None;
        let mut parts: Vec<Part> = Vec::new();
        for commit in self.received.commits() {
            let id = object_id(&commit.id)?;
            let parents: Vec<ObjectId> = commit
                .parents
                .iter()
                .map(|parent| object_id(parent))
                .collect::<Result<_>>()?;
            let owners: Option<Vec<ObjectId>> = parents
                .iter()
                .map(|parent| owner_of.get(parent).copied())
                .collect();
            let Some(owners) = owners.filter(|owners| !owners.is_empty()) else {
                return Ok(report::unrelated(&commit.id, &self.reference_name()));
            };
            if base.is_none() {
                base = parents.first().copied();
            }
            match signers.check(self.view.require_signed_commits, id, &pushed)? {
                Ok(signature) => signatures.extend(signature),
                Err(refused) => return Ok(refused),
            }
            let item = translator.work_item(id)?;
            if self.view.require_work_item && item.is_none() {
                return Ok(report::no_work_item(&commit.id));
            }
            let anchor = |parent: &ObjectId| anchors.get(parent).copied().unwrap_or(0);
            let newest = parents.iter().map(anchor).max().unwrap_or(0);
            let primary = parents
                .iter()
                .position(|parent| anchor(parent) == newest)
                .unwrap_or(0);
            match translator.translate(id, &parents, &owners, primary)? {
                Translated::Commit(owner) => {
                    owner_of.insert(id, owner);
                    anchors.insert(id, newest);
                    pairs.push((id, owner));
                    let (summary, notes, forms) = translator.take_summary();
                    parts.push(Part {
                        id,
                        parents,
                        owner,
                        summary,
                        notes,
                        forms,
                        work_item: item,
                    });
                }
                Translated::Refused(refusals) => {
                    return Ok(report::refused(&refusals, &self.agreements, &self.pusher.view));
                }
                Translated::Conflict(conflicts) => {
                    return Ok(report::conflict(conflicts, base));
                }
            }
        }
        let base = match base {
            Some(base) => base,
            // No new commit: a branch set on what was delivered already.
            None => match updates.first().and_then(|command| command.new.as_deref()) {
                Some(id) => object_id(id)?,
                None => {
                    return Err(AppError::fault(
                        "taking the push",
                        "no commit and no new reference",
                    ));
                }
            },
        };
        let (fresh, codewords) = translator.finish();
        Ok(Decided::Taken(Box::new(Taken {
            submissions,
            fresh,
            pairs,
            parts,
            signatures,
            codewords,
            base,
            generation,
            known_pairs: rows.len(),
        })))
    }

    fn reference_name(&self) -> String {
        format!("view {}", self.pusher.view)
    }

    fn keep(&self, updates: &[PushCommand], taken: Taken, outcome: &mut PushOutcome) -> Result<()> {
        let app = self.app;
        let owner_of: HashMap<ObjectId, ObjectId> = taken.pairs.iter().copied().collect();
        let log = app.log(&self.pusher.recipient)?;
        let mut rows = Vec::new();
        let mut refs = Vec::new();
        let mut statements = Vec::new();
        for command in updates {
            let Some(new) = command.new.as_deref() else {
                continue;
            };
            let tip = object_id(new)?;
            let Some(owner_tip) = owner_of.get(&tip) else {
                continue;
            };
            let id = random_id("s")?;
            let parts::Branch {
                mut summary,
                notes,
                work_item,
                base,
            } = parts::branch(&taken.parts, tip);
            let signed =
                |signature: &&CommitSignature| parts::is_of(&taken.parts, &summary, &signature.commit);
            let signatures: Vec<CommitSignature> = taken.signatures.iter().filter(signed).cloned().collect();
            summary.signatures = signatures;
            let branch = command.branch().unwrap_or(&command.reference).to_owned();
            statements.push(App::built(
                app.entry("submission-received", &self.pusher.person)
                    .subject("submission", id.as_str())
                    .subject("recipient", self.pusher.recipient.as_str())
                    .subject("view", self.pusher.view.as_str())
                    .field("commit", new)
                    .field("translated", owner_tip.to_string())
                    .field("commits", count(summary.commits.len()))
                    .field("flags", count(summary.flags.len()))
                    .field("signed", count(summary.signatures.len()))
                    .field("signatures", signed::digest(&summary.signatures)?),
            )?);
            refs.push(RefUpdate {
                name: format!("refs/submissions/{id}"),
                before: Before::Absent,
                after: Some(*owner_tip),
            });
            outcome
                .messages
                .extend(report::taken(&id, &branch, &summary, &notes));
            rows.push(tables::submissions::Submission {
                id,
                view: self.pusher.view.clone(),
                recipient: self.pusher.recipient.clone(),
                person: self.pusher.person.clone(),
                branch,
                state: SubmissionState::Translated,
                base: base.unwrap_or(taken.base).to_string(),
                vendor_tip: new.to_owned(),
                owner_tip: Some(owner_tip.to_string()),
                work_item,
                summary: serde_json::to_string(&summary)
                    .map_err(|error| AppError::fault("storing a submission", error))?,
                received_at: app.now(),
                decided_at: None,
                decided_by: None,
                reason: None,
            });
        }
        let mut writer = taken.submissions.pack_writer()?;
        for id in taken.fresh.ids() {
            if let Some(object) = taken.fresh.read(&id)? {
                writer.write(object.kind, &object.data)?;
            }
        }
        taken.submissions.publish(writer, &refs)?;
        for row in &rows {
            let tip = object_id(&row.vendor_tip)?;
            self.as_pushed(tip, object_id(&row.base)?)?
                .keep(&taken.submissions, &row.id)?;
        }
        let mut sequence = u64::try_from(taken.known_pairs).unwrap_or(u64::MAX);
        let pairs: Vec<_> = taken
            .pairs
            .iter()
            .map(|(vendor, owner)| {
                let row = tables::histories::CommitMap {
                    view: self.pusher.view.clone(),
                    recipient: self.pusher.recipient.clone(),
                    generation: taken.generation,
                    sequence,
                    upstream: owner.to_string(),
                    projected: vendor.to_string(),
                    origin: CommitOrigin::Submission,
                };
                sequence = sequence.saturating_add(1);
                row
            })
            .collect();
        let files: Vec<_> = taken
            .parts
            .iter()
            .flat_map(|part| part.summary.delivered_files(&self.pusher.recipient))
            .collect();
        let forms: Vec<_> = taken
            .parts
            .iter()
            .flat_map(|part| part.forms.iter().cloned())
            .collect();
        let codewords = taken.codewords.finish(app, &self.pusher.view)?;
        app.database.write(move |tx| -> Result<()> {
            for statement in &statements {
                tx.append(&log, statement)?;
            }
            codewords.write(tx, &log)?;
            for row in &rows {
                tables::submissions::add(tx, row)?;
            }
            tables::histories::add(tx, &pairs)?;
            for file in &files {
                // What was delivered once stays what is delivered: a vendor who returns to an old text in a new
                // spelling gets the old spelling back.
                if tables::deliveries::file(tx, &file.recipient, &file.path, &file.canonical)?.is_none() {
                    tables::deliveries::add_files(tx, std::slice::from_ref(file))?;
                }
            }
            for form in &forms {
                tables::forms::add_pushed(tx, form)?;
            }
            Ok(())
        })?;
        match self.received.migrate_to_store(updates) {
            Ok(_) => {
                outcome
                    .results
                    .extend(updates.iter().map(|command| (command.reference.clone(), Ok(()))));
                Ok(())
            }
            Err(error) if !error.is_fault() => {
                let reason = error.to_string();
                outcome.messages = vec![format!("refused: {reason}")];
                outcome.results.extend(
                    updates
                        .iter()
                        .map(|command| (command.reference.clone(), Err(reason.clone()))),
                );
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Records a refusal; a conflict stays visible to the owner, in the owner's own text.
    fn record_refusal(
        &self,
        updates: &[PushCommand],
        reason: &str,
        conflict: Option<(Vec<FileConflict>, Option<ObjectId>)>,
    ) -> Result<()> {
        let app = self.app;
        let salt = crate::home::random_salt()?;
        let tip = updates
            .first()
            .and_then(|command| command.new.clone())
            .unwrap_or_default();
        let mut entry = app
            .entry("submission-refused", &self.pusher.person)
            .subject("recipient", self.pusher.recipient.as_str())
            .subject("view", self.pusher.view.as_str())
            .field("commit", tip)
            .field("by", "gate")
            .commitment("reason", ringfence_ledger::commit(&salt, reason.as_bytes()));
        let row = conflict
            .map(|(conflicts, base)| self.conflict_row(updates, &conflicts, base))
            .transpose()?;
        if let Some(row) = &row {
            entry = entry.subject("submission", row.id.as_str());
            if let (Ok(tip), Ok(base)) = (object_id(&row.vendor_tip), object_id(&row.base)) {
                let store =
                    SubmissionStore::open_or_create(&app.home.join("mirrors"), &self.view.repository)?;
                self.as_pushed(tip, base)?.keep(&store, &row.id)?;
            }
        }
        let statement = App::built(entry)?;
        let log = app.log(&self.pusher.recipient)?;
        app.database.write(move |tx| -> Result<()> {
            tx.append(&log, &statement)?;
            if let Some(row) = &row {
                tables::submissions::add(tx, row)?;
            }
            Ok(())
        })
    }

    fn conflict_row(
        &self,
        updates: &[PushCommand],
        conflicts: &[FileConflict],
        base: Option<ObjectId>,
    ) -> Result<tables::submissions::Submission> {
        let command = updates
            .first()
            .ok_or_else(|| AppError::fault("taking the push", "a conflict without a branch"))?;
        let app = self.app;
        Ok(tables::submissions::Submission {
            id: random_id("s")?,
            view: self.pusher.view.clone(),
            recipient: self.pusher.recipient.clone(),
            person: self.pusher.person.clone(),
            branch: command.branch().unwrap_or(&command.reference).to_owned(),
            state: SubmissionState::Conflict,
            base: base.map(|id| id.to_string()).unwrap_or_default(),
            vendor_tip: command.new.clone().unwrap_or_default(),
            owner_tip: None,
            work_item: None,
            summary: serde_json::to_string(&Summary::of_conflicts(conflicts))
                .map_err(|error| AppError::fault("storing a submission", error))?,
            received_at: app.now(),
            decided_at: None,
            decided_by: None,
            reason: None,
        })
    }
}
