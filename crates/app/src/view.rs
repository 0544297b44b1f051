//! What a view shows and gives away, exports without git, and what one recipient's copy changes.

mod check;
mod draft;
mod dry_run;
mod export;
mod exposure;

pub use check::{CheckReport, FindingReport};
pub use export::ExportReport;
pub use exposure::{
    AssetShare, ExposureReport, HeaderReport, InterfaceReport, KeptReport, MessagesReport, PathNote,
    TallyReport,
};

use crate::delivery::every_file;
use crate::error::{AppError, Result};
use crate::home::{App, OPERATOR};
use crate::marking::{MarkRules, marking_text};
use dry_run::DryRun;
use ringfence_domain::view::Visibility;
use ringfence_store::tables;
use ringfence_syntax::Language;
use ringfence_view::object::{Kind, ObjectId, id_of, read_as, read_commit};
use ringfence_view::project::header::without;
use ringfence_view::project::history::TERMS_FILE;
use serde::Serialize;

/// One file of a view.
#[derive(Clone, Debug, Serialize)]
pub struct FileReport {
    /// Its path; bytes that are no UTF-8 are escaped.
    pub path: String,
    /// read, write or interface.
    pub visibility: Visibility,
    /// Delivered in place of the owner's file.
    pub replaced: bool,
    /// robust, steady or off, and the families left out.
    pub marks: String,
    /// Blob id: the owner's, or the recipient's when one was named.
    pub blob: String,
}

/// What one recipient's copy changes in one file.
#[derive(Clone, Debug, Serialize)]
pub struct MarkDiff {
    /// Its path.
    pub path: String,
    /// Lines removed and added, in unified form.
    pub diff: String,
}

impl App {
    /// The files of a view, or of a recipient's copy of it.
    ///
    /// # Errors
    /// When there is no such view or recipient, or a repository cannot be read.
    pub fn view_files(&self, name: &str, recipient: Option<&str>) -> Result<Vec<FileReport>> {
        let current = self.current()?;
        let view = self.declared_view(&current, name)?;
        let rules = self.loaded_rules(&current, view)?;
        let marks = MarkRules::new(view)?;
        let described = |path: &[u8], blob: ObjectId| {
            let replaced = path == TERMS_FILE
                || rules
                    .replacements()
                    .iter()
                    .any(|replacement| replacement.path == path);
            let visibility = if replaced {
                Visibility::Read
            } else {
                rules.rules().decide(path).visibility
            };
            let marked = !replaced && Language::from_path(path).is_some();
            FileReport {
                path: path.escape_ascii().to_string(),
                visibility,
                replaced,
                marks: marking_text(marks.marking(path, visibility).filter(|_| marked)),
                blob: blob.to_string(),
            }
        };
        if let Some(recipient) = recipient {
            self.granted_recipient(&current, name, recipient)?;
            let prepared = self.refresh(name, recipient)?;
            let tree = read_commit(&prepared.store, &prepared.tip)?.tree;
            return Ok(every_file(&prepared.store, tree)?
                .into_iter()
                .map(|file| described(&file.path, file.blob))
                .collect());
        }
        let (mirror, tip) = self.mirror_of(&current, view)?;
        let tree = read_commit(&mirror, &tip)?.tree;
        let run = DryRun::new(self, view, &rules, tree, &mirror)?;
        let mut files: Vec<FileReport> = every_file(&run.objects, run.tree)?
            .into_iter()
            .map(|file| described(&file.path, file.blob))
            .collect();
        files.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(files)
    }

    /// The recipient, which must have a grant of the view.
    fn granted_recipient(&self, current: &crate::estate::Current, view: &str, recipient: &str) -> Result<()> {
        if current.estate.recipient(recipient).is_none() {
            return Err(AppError::not_found(
                "recipient",
                recipient,
                "Recipients are declared in the estate",
            ));
        }
        let granted = current
            .estate
            .grants
            .iter()
            .any(|grant| grant.view == view && grant.recipient == recipient);
        if granted {
            Ok(())
        } else {
            Err(AppError::refused(
                format!("preparing view {view} for {recipient}"),
                "no grant gives this recipient this view",
                "Declare a [[grant]] and apply the estate",
            ))
        }
    }

    /// What one recipient's copy changes; an entry in that recipient's own log.
    ///
    /// # Errors
    /// When there is no such view or recipient, or a store fails.
    pub fn mark_diff(&self, name: &str, recipient: &str) -> Result<Vec<MarkDiff>> {
        let current = self.current()?;
        let view = self.declared_view(&current, name)?;
        self.granted_recipient(&current, name, recipient)?;
        let statement = Self::built(
            self.entry("copy-rendered", OPERATOR)
                .subject("recipient", recipient)
                .subject("view", name)
                .field("for", "mark diff"),
        )?;
        let log = self.log(recipient)?;
        self.database.write(move |tx| -> Result<()> {
            tx.append(&log, &statement)?;
            Ok(())
        })?;
        let prepared = self.refresh(name, recipient)?;
        let (mirror, _) = self.mirror_of(&current, view)?;
        let files = self
            .database
            .read(|tx| tables::deliveries::files_of_recipient(tx, recipient))?;
        let owner_tree = read_commit(&mirror, &prepared.upstream)?.tree;
        let mut diffs = Vec::new();
        let tree = read_commit(&prepared.store, &prepared.tip)?.tree;
        for file in every_file(&prepared.store, tree)? {
            let Some((_, canonical)) = crate::push::trees::entry_at(&mirror, owner_tree, &file.path)? else {
                continue;
            };
            let canonical_text = canonical.to_string();
            // The header line is no mark: it is left out.
            let spans = self.header_spans(recipient, &file.path, file.blob)?;
            let after = read_as(&prepared.store, &file.blob, Kind::Blob)?;
            let after = without(&after, &spans)
                .ok_or_else(|| AppError::fault("taking out a header line", file.blob))?;
            let delivered = id_of(Kind::Blob, &after)?.to_string();
            let ours = files.iter().any(|row| {
                row.path == file.path && row.delivered == delivered && row.canonical == canonical_text
            });
            if !ours || delivered == canonical_text {
                continue;
            }
            let before = read_as(&mirror, &canonical, Kind::Blob)?;
            let path = file.path.escape_ascii().to_string();
            diffs.push(MarkDiff {
                diff: crate::unified::unified(&path, &before, &after),
                path,
            });
        }
        Ok(diffs)
    }
}
