//! Submissions: what a recipient pushed, translated and waiting for the owner. Only `accept` writes to the owner's repository.

use crate::error::{AppError, Result};
use crate::home::{App, OPERATOR};
use crate::projection::object_id;
use crate::push::{CommitSignature, Excerpt, FileConflict};
use jiff::Timestamp;
use ringfence_git::command::{Limits, run};
use ringfence_git::mirror::Overwrite;
use ringfence_git::submission_store::SubmissionStore;
use ringfence_store::WriteTransaction;
use ringfence_store::tables::{
    self,
    deliveries::DeliveredFile,
    submissions::{Decision, Submission, SubmissionState},
};
use ringfence_view::object::{ObjectId, read_commit};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What one submission changes; stored as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Changed paths with what happened: `changed`, `added`, `deleted`.
    pub paths: BTreeMap<String, String>,
    /// Created paths that were moved or copied, with where from.
    #[serde(default)]
    pub origins: BTreeMap<String, String>,
    /// Notes for the owner's review; empty: the edit was applied and nothing else.
    pub flags: Vec<String>,
    /// Changed paths that make the owner's machines run something.
    pub called_out: Vec<String>,
    /// Conflicts, in the owner's text.
    pub conflicts: Vec<String>,
    /// By path in hexadecimal: the last state of each changed file.
    pub changed: BTreeMap<String, ChangedPath>,
    /// The owner-side commits that it brings.
    #[serde(default)]
    pub commits: Vec<String>,
    /// Proof of who wrote the commits, as far as they were signed with registered keys.
    #[serde(default)]
    pub signatures: Vec<CommitSignature>,
    /// (path in hexadecimal, owner's blob, vendor's blob, profile) of every version in between too.
    pub delivered: Vec<(String, String, String, String)>,
}

/// The last state of a changed file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedPath {
    /// The owner's blob.
    pub canonical: String,
    /// The vendor's blob.
    pub delivered: String,
    /// The mark profile.
    pub profile: String,
    /// Pins from now on: site to variant.
    pub pins: BTreeMap<String, u8>,
    /// Sites that the edit changed, removed or brought.
    pub touched: Vec<String>,
}

impl Summary {
    pub(crate) fn note_path(&mut self, path: &[u8], added: bool, deleted: bool) {
        let what = if deleted {
            "deleted"
        } else if added {
            "added"
        } else {
            "changed"
        };
        self.paths
            .insert(path.escape_ascii().to_string(), what.to_owned());
    }

    /// Adds what a later commit of the same branch brings.
    pub(crate) fn then(&mut self, later: &Self) {
        let copied = |(name, value): (&String, &String)| (name.clone(), value.clone());
        self.paths.extend(later.paths.iter().map(copied));
        self.origins.extend(later.origins.iter().map(copied));
        self.flags.extend(later.flags.iter().cloned());
        let called = later
            .called_out
            .iter()
            .filter(|path| !self.called_out.contains(path));
        let called: Vec<String> = called.cloned().collect();
        self.called_out.extend(called);
        self.conflicts.extend(later.conflicts.iter().cloned());
        self.delivered.extend(later.delivered.iter().cloned());
        self.commits.extend(later.commits.iter().cloned());
        self.signatures.extend(later.signatures.iter().cloned());
        for (path, changed) in &later.changed {
            let mut changed = changed.clone();
            // What an earlier commit touched stays touched.
            let known = self.changed.get(path).map(|known| known.touched.clone());
            let all: BTreeSet<String> = known.into_iter().flatten().chain(changed.touched).collect();
            changed.touched = all.into_iter().collect();
            self.changed.insert(path.clone(), changed);
        }
    }

    pub(crate) fn add_delivered(&mut self, path: &[u8], canonical: &str, delivered: &str, profile: &str) {
        self.delivered.push((
            hex::encode(path),
            canonical.to_owned(),
            delivered.to_owned(),
            profile.to_owned(),
        ));
    }

    pub(crate) fn delivered_files(&self, recipient: &str) -> Vec<DeliveredFile> {
        self.delivered
            .iter()
            .filter_map(|(path, canonical, delivered, profile)| {
                Some(DeliveredFile {
                    recipient: recipient.to_owned(),
                    path: hex::decode(path).ok()?,
                    canonical: canonical.clone(),
                    profile: profile.clone(),
                    delivered: delivered.clone(),
                    engine: ringfence_mark::model::ENGINE_VERSION.to_string(),
                })
            })
            .collect()
    }

    pub(crate) fn of_conflicts(conflicts: &[FileConflict]) -> Self {
        let mut summary = Self::default();
        for conflict in conflicts {
            summary
                .paths
                .insert(conflict.path.escape_ascii().to_string(), "conflict".to_owned());
            let lines: Vec<String> = conflict.owner.iter().map(Excerpt::numbers).collect();
            let shown: String = conflict
                .owner
                .iter()
                .flat_map(Excerpt::numbered)
                .map(|line| format!("\n{line}"))
                .collect();
            summary.conflicts.push(format!(
                "{}: {} (owner's lines {}){shown}",
                conflict.path.escape_ascii(),
                conflict.why,
                if lines.is_empty() {
                    "unknown".to_owned()
                } else {
                    lines.join(", ")
                }
            ));
        }
        summary
    }
}

/// A submission as the owner sees it.
#[derive(Clone, Debug, Serialize)]
pub struct SubmissionReport {
    /// Its id.
    pub id: String,
    /// received, translated, conflict, accepted, refused, merged.
    pub state: String,
    /// The view.
    pub view: String,
    /// From whom.
    pub recipient: String,
    /// The person who pushed, by random id.
    pub person: String,
    /// The recipient's branch.
    pub branch: String,
    /// The branch that `accept` writes in the owner's repository.
    pub owner_branch: String,
    /// The recipient's commit.
    pub vendor_tip: String,
    /// The translated commit.
    pub owner_tip: Option<String>,
    /// The deliverable.
    pub work_item: Option<String>,
    /// When it came.
    pub received_at: Timestamp,
    /// Changed paths.
    pub paths: BTreeMap<String, String>,
    /// Created paths that were moved or copied, with where from.
    pub origins: BTreeMap<String, String>,
    /// Notes for review.
    pub flags: Vec<String>,
    /// Paths that make machines run something.
    pub called_out: Vec<String>,
    /// Conflicts, in the owner's text.
    pub conflicts: Vec<String>,
    /// Proof of who wrote the commits.
    pub signatures: Vec<CommitSignature>,
    /// Why it was decided so.
    pub reason: Option<String>,
    /// Its diff on the owner's base, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
}

impl SubmissionReport {
    fn of(row: Submission) -> Result<Self> {
        let summary = read_summary(&row)?;
        Ok(Self {
            owner_branch: format!("ringfence/{}/{}", row.recipient, row.branch),
            id: row.id,
            state: row.state.as_str().to_owned(),
            view: row.view,
            recipient: row.recipient,
            person: row.person,
            branch: row.branch,
            vendor_tip: row.vendor_tip,
            owner_tip: row.owner_tip,
            work_item: row.work_item,
            received_at: row.received_at,
            paths: summary.paths,
            origins: summary.origins,
            flags: summary.flags,
            called_out: summary.called_out,
            conflicts: summary.conflicts,
            signatures: summary.signatures,
            reason: row.reason,
            diff: None,
        })
    }
}

impl Summary {
    /// Notes the sites that count by their smallest factor from now on (marks.md, condition 4).
    fn note_touched(&self, tx: &mut WriteTransaction<'_>, recipient: &str) -> Result<()> {
        for (path, changed) in &self.changed {
            let path = from_hex(path)?;
            let touched = changed
                .touched
                .iter()
                .map(|id| {
                    Ok(tables::marks::Touched {
                        recipient: recipient.to_owned(),
                        path: path.clone(),
                        site: site_of(id)?,
                        since_canonical: changed.canonical.clone(),
                    })
                })
                .collect::<Result<Vec<_>>>()?;
            tables::marks::add_touched(tx, &touched)?;
        }
        Ok(())
    }
}

/// By path: the pins after the last of these submissions that changed it.
fn pins_of(included: &[Summary], recipient: &str) -> Result<BTreeMap<Vec<u8>, Vec<tables::marks::Pin>>> {
    let mut all = BTreeMap::new();
    for (path, changed) in included.iter().flat_map(|summary| &summary.changed) {
        let path = from_hex(path)?;
        let pins = changed
            .pins
            .iter()
            .map(|(id, variant)| {
                Ok(tables::marks::Pin {
                    recipient: recipient.to_owned(),
                    path: path.clone(),
                    site: site_of(id)?,
                    variant: *variant,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        all.insert(path, pins);
    }
    Ok(all)
}

fn from_hex(text: &str) -> Result<Vec<u8>> {
    hex::decode(text).map_err(|error| AppError::fault("reading a submission", error))
}

pub(crate) fn site_of(text: &str) -> Result<[u8; 16]> {
    let mut bytes = [0; 16];
    hex::decode_to_slice(text, &mut bytes).map_err(|error| AppError::fault("reading a submission", error))?;
    Ok(bytes)
}

/// The stored summary of a submission.
pub(crate) fn read_summary(row: &Submission) -> Result<Summary> {
    serde_json::from_str(&row.summary).map_err(|error| AppError::fault("reading a submission", error))
}

impl App {
    /// All submissions, or those to one view.
    ///
    /// # Errors
    /// When no view of that name is declared or was ever pushed to, or the database fails.
    pub fn submissions(&self, view: Option<&str>) -> Result<Vec<SubmissionReport>> {
        let mut rows = self.database.read(tables::submissions::list)?;
        if let Some(view) = view {
            rows.retain(|row| row.view == view);
            if rows.is_empty() {
                self.declared_view(&*self.current()?, view)?;
            }
        }
        rows.into_iter().map(SubmissionReport::of).collect()
    }

    pub(crate) fn submission_row(&self, id: &str) -> Result<Submission> {
        self.database
            .read(|tx| tables::submissions::get(tx, id))?
            .ok_or_else(|| AppError::not_found("submission", id, "Run: ringfence submission list"))
    }

    pub(crate) fn submission_store(&self, row: &Submission) -> Result<(SubmissionStore, String)> {
        let current = self.current()?;
        let view = self.declared_view(&current, &row.view)?;
        let repository = current
            .estate
            .repository(&view.repository)
            .ok_or_else(|| AppError::not_found("repository", &view.repository, "Declare it in the estate"))?;
        let store = SubmissionStore::open_or_create(&self.home.join("mirrors"), &repository.name)?;
        Ok((store, repository.source.clone()))
    }

    /// One submission with its diff on the owner's base.
    ///
    /// # Errors
    /// When there is none of that id, or git fails.
    pub fn submission(&self, id: &str) -> Result<SubmissionReport> {
        let row = self.submission_row(id)?;
        let diff = match &row.owner_tip {
            Some(tip) => {
                let (store, _) = self.submission_store(&row)?;
                let rows = self.database.read(|tx| {
                    let state = tables::histories::state(tx, &row.view, &row.recipient)?;
                    let generation = state.map_or(1, |state| state.generation);
                    tables::histories::by_projected(tx, &row.view, &row.recipient, generation, &row.base)
                })?;
                let base = rows.map(|pair| pair.upstream);
                let base = base.unwrap_or_else(|| format!("{tip}^"));
                let limits = Limits {
                    output: 64 << 20,
                    ..Limits::default()
                };
                let text = run(
                    Some(store.path()),
                    &[
                        "diff",
                        "--no-color",
                        "--no-ext-diff",
                        "--no-textconv",
                        "--find-renames",
                        &base,
                        tip,
                    ],
                    b"",
                    limits,
                )
                .map_err(|error| AppError::fault("showing a submission", error))?;
                Some(String::from_utf8_lossy(&text).into_owned())
            }
            None => None,
        };
        let mut report = SubmissionReport {
            diff,
            ..SubmissionReport::of(row)?
        };
        for signature in &mut report.signatures {
            signature.person = self.name_of(&signature.person)?;
        }
        Ok(report)
    }

    /// Writes branch `ringfence/<recipient>/<branch>` into the owner's repository.
    ///
    /// # Errors
    /// When it is not waiting, or the owner's repository refuses the branch.
    pub fn accept_submission(&self, id: &str) -> Result<SubmissionReport> {
        let row = self.submission_row(id)?;
        let what = format!("accepting submission {id}");
        let tip = match (&row.owner_tip, row.state) {
            (Some(tip), SubmissionState::Translated) => object_id(tip)?,
            _ => {
                return Err(AppError::refused(
                    what,
                    format!("it is {}", row.state),
                    "Only a translated submission can be accepted",
                ));
            }
        };
        let (store, source) = self.submission_store(&row)?;
        let branch = store
            .push_to_source(&source, &row.recipient, &row.branch, tip, Overwrite::Allowed)
            .map_err(|error| {
                AppError::refused(
                    what.clone(),
                    error.to_string(),
                    "Mend the owner's repository and accept again",
                )
            })?;
        let summary = read_summary(&row)?;
        let included = self.included(&row, tip, summary)?;
        let pins = pins_of(&included, &row.recipient)?;
        let statement = Self::built(
            self.entry("submission-accepted", OPERATOR)
                .subject("submission", id)
                .subject("recipient", row.recipient.as_str())
                .subject("view", row.view.as_str())
                .field("commit", row.vendor_tip.as_str())
                .field("translated", tip.to_string()),
        )?;
        let log = self.log(&row.recipient)?;
        let decision = Decision {
            state: SubmissionState::Accepted,
            at: self.now(),
            by: OPERATOR.to_owned(),
            reason: Some(branch),
        };
        let (id_owned, recipient) = (id.to_owned(), row.recipient.clone());
        let done = self.database.write(move |tx| -> Result<bool> {
            if !tables::submissions::decide(tx, &id_owned, SubmissionState::Translated, &decision)? {
                return Ok(false);
            }
            tx.append(&log, &statement)?;
            for one in &included {
                one.note_touched(tx, &recipient)?;
            }
            for (path, pins) in &pins {
                tables::marks::replace_pins(tx, &recipient, path, pins)?;
            }
            Ok(true)
        })?;
        if !done {
            return Err(AppError::refused(
                what,
                "somebody else decided it meanwhile",
                "Run: ringfence submission list",
            ));
        }
        SubmissionReport::of(self.submission_row(id)?)
    }

    /// The summaries of a submission and of the earlier ones whose commits it brings along, in the order they came.
    fn included(&self, row: &Submission, tip: ObjectId, own: Summary) -> Result<Vec<Summary>> {
        let rows = self
            .database
            .read(|tx| tables::submissions::list_of_store(tx, &row.view, &row.recipient))?;
        let mut earlier: Vec<(Timestamp, Summary)> = Vec::new();
        for other in rows
            .iter()
            .filter(|other| other.id != row.id && other.owner_tip.is_some())
        {
            earlier.push((other.received_at, read_summary(other)?));
        }
        let all: BTreeSet<&str> = earlier
            .iter()
            .flat_map(|(_, summary)| &summary.commits)
            .chain(&own.commits)
            .map(String::as_str)
            .collect();
        let (store, _) = self.submission_store(row)?;
        let mut brought: BTreeSet<String> = BTreeSet::new();
        let mut waiting = vec![tip];
        while let Some(commit) = waiting.pop() {
            let name = commit.to_string();
            // What no submission made is the owner's own history.
            if all.contains(name.as_str()) && brought.insert(name) {
                waiting.extend(read_commit(&store, &commit)?.parents);
            }
        }
        earlier.retain(|(_, summary)| summary.commits.iter().any(|commit| brought.contains(commit)));
        earlier.sort_by_key(|(at, _)| *at);
        Ok(earlier
            .into_iter()
            .map(|(_, summary)| summary)
            .chain([own])
            .collect())
    }

    /// Refuses a submission; the recipient's branch stays theirs.
    ///
    /// # Errors
    /// When it was decided before.
    pub fn refuse_submission(&self, id: &str, reason: &str) -> Result<SubmissionReport> {
        let row = self.submission_row(id)?;
        let what = format!("refusing submission {id}");
        if !matches!(
            row.state,
            SubmissionState::Translated | SubmissionState::Conflict | SubmissionState::Received
        ) {
            return Err(AppError::refused(what, format!("it is {}", row.state), ""));
        }
        let salt = crate::home::random_salt()?;
        let statement = Self::built(
            self.entry("submission-refused", OPERATOR)
                .subject("submission", id)
                .subject("recipient", row.recipient.as_str())
                .field("by", "owner")
                .commitment("reason", ringfence_ledger::commit(&salt, reason.as_bytes())),
        )?;
        let log = self.log(&row.recipient)?;
        let decision = Decision {
            state: SubmissionState::Refused,
            at: self.now(),
            by: OPERATOR.to_owned(),
            reason: Some(reason.to_owned()),
        };
        let (id_owned, from) = (id.to_owned(), row.state);
        let done = self.database.write(move |tx| -> Result<bool> {
            let done = tables::submissions::decide(tx, &id_owned, from, &decision)?;
            if done {
                tx.append(&log, &statement)?;
            }
            Ok(done)
        })?;
        if !done {
            return Err(AppError::refused(
                what,
                "somebody else decided it meanwhile",
                "Run: ringfence submission list",
            ));
        }
        SubmissionReport::of(self.submission_row(id)?)
    }
}
