//! One file of a pushed commit: its edit is carried onto the owner's text, or it is taken as typed.

use super::super::excerpt::excerpts;
use super::super::renames::Origin;
use super::super::report::{flag_note, flag_text, header_note, header_text};
use super::super::trees::{Entry, entry_at};
use super::{CommitTranslator, FileOutcome, is_file};
use crate::error::{AppError, Result};
use crate::marking::{CopyMark, LARGEST_MARKED, MarkKeys, Pins, find_table, language_of_copy, mark_text};
use crate::submission::ChangedPath;
use ringfence_domain::view::Visibility;
use ringfence_mark::model::{Site, SiteId, SiteTable, Variant};
use ringfence_store::tables;
use ringfence_syntax::Language;
use ringfence_view::object::{Kind, ObjectId, ObjectSink as _, id_of, read_as};
use ringfence_view::project::header::Taken;
use ringfence_view::translate::{Outcome, Request, pins_of, translate_file, translate_new_file};
use std::collections::BTreeSet;
use std::ops::Range;

impl CommitTranslator<'_> {
    /// What finds the sites of the text that a push brings to a path.
    fn find_sites(&self, path: &[u8], keys: &MarkKeys) -> impl Fn(&[u8]) -> Option<SiteTable> {
        let marking = self.marks.marking(path, Visibility::Write);
        move |text: &[u8]| {
            let (language, marking) = (Language::of_file(path, text)?, marking?);
            let small = u64::try_from(text.len()).is_ok_and(|size| size <= LARGEST_MARKED);
            small.then(|| find_table(language, marking, text, &keys.anchor))
        }
    }

    pub(super) fn new_file(&mut self, path: &[u8], new: Entry) -> Result<FileOutcome> {
        if !is_file(new.0) {
            let data = read_as(self.pushed, &new.1, Kind::Blob)?;
            let id = self.fresh.write(Kind::Blob, &data)?;
            return Ok(FileOutcome::Edit(Some((new.0, id))));
        }
        let pushed = read_as(self.pushed, &new.1, Kind::Blob)?;
        let taken = self.headers.take(path, &pushed, None);
        let epoch = self.keys.current();
        let outcome = {
            let keys = self.keys.at(epoch)?;
            let find = self.find_sites(path, keys);
            let codeword = |site: &SiteId| keys.bit(*site);
            translate_new_file(&taken.text, &find, &codeword)
        };
        self.settle(
            (path, epoch),
            new,
            (b"", &pushed, &taken),
            outcome.map_err(|error| AppError::fault("translating a file", error))?,
        )
    }

    /// As which language a base was delivered, and how it was marked. Both are those of its delivery, whatever engine, policy and
    /// epoch are current.
    fn delivered_mark(
        &self,
        path: &[u8],
        owner: ObjectId,
        base: &[u8],
    ) -> Result<(Option<Language>, Option<CopyMark>)> {
        if let Some(mark) = self.marked.get(&(path.to_vec(), owner)) {
            return Ok((Language::of_file(path, base), *mark));
        }
        let row = self
            .app
            .database
            .read(|tx| tables::deliveries::file(tx, self.recipient, path, &owner.to_string()))?;
        Ok(match row {
            Some(row) => (
                language_of_copy(&row.engine, path, base),
                CopyMark::from_text(&row.profile),
            ),
            None => (Language::of_file(path, base), None),
        })
    }

    /// A created file that comes from one that was delivered: its edit is carried onto the owner's text of that one.
    pub(super) fn moved_file(
        &mut self,
        origin: &Origin,
        path: &[u8],
        new: Entry,
        owner_tree: ObjectId,
    ) -> Result<FileOutcome> {
        let owner = entry_at(&self.layered(), owner_tree, &origin.path)?.filter(|entry| is_file(entry.0));
        if let Some(owner) = owner.filter(|_| !self.replaced(&origin.path)) {
            let outcome = self.translated_file((&origin.path, path), origin.delivered, new, owner)?;
            if matches!(outcome, FileOutcome::Edit(_)) {
                self.summary
                    .origins
                    .insert(path.escape_ascii().to_string(), origin.word());
                return Ok(outcome);
            }
        }
        let name = path.escape_ascii();
        self.notes
            .push(format!("{name}: is taken as you wrote it; the owner looks at it"));
        self.summary.flags.push(format!(
            "{name}: {}, and taken as the vendor wrote it, with the spellings of its copy",
            origin.word()
        ));
        self.new_file(path, new)
    }

    pub(super) fn edited_file(
        &mut self,
        path: &[u8],
        old: Entry,
        new: Entry,
        owner: Entry,
    ) -> Result<FileOutcome> {
        if old.1 == new.1 {
            return Ok(FileOutcome::Edit(Some((new.0, owner.1))));
        }
        self.translated_file((path, path), old, new, owner)
    }

    fn translated_file(
        &mut self,
        (from, path): (&[u8], &[u8]),
        old: Entry,
        new: Entry,
        owner: Entry,
    ) -> Result<FileOutcome> {
        let base = read_as(&self.layered(), &owner.1, Kind::Blob)?;
        let delivered = read_as(self.pushed, &old.1, Kind::Blob)?;
        let delivered = self.headers.bare(from, old.1, delivered)?;
        let pushed = read_as(self.pushed, &new.1, Kind::Blob)?;
        let taken = self.headers.take(path, &pushed, Some((from, old.1, &delivered)));
        let (language, mark) = self.delivered_mark(from, owner.1, &base)?;
        // Also when all marks happen to spell as the owner does: its sites still are sites.
        let keys = self.keys.of(mark)?;
        let table = match language.zip(mark) {
            Some((language, mark)) => {
                Some(
                    self.app
                        .table_for(&owner.1.to_string(), language, mark.marking, &base, &keys.anchor)?,
                )
            }
            None => None,
        };
        let codeword = |site: &SiteId| keys.bit(*site);
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
                .map(|pin| pin.variant(site))
                .unwrap_or_else(|| keys.bit(site.id))
        };
        let outcome = {
            let find = self.find_sites(path, keys);
            translate_file(&Request {
                language,
                base: &base,
                base_table: table.as_ref(),
                chosen: &chosen,
                delivered: &delivered,
                pushed: &taken.text,
                find_sites: &find,
                codeword: &codeword,
            })
        };
        // What the edit leaves alone keeps its spellings, and with them the epoch that chose them.
        let epoch = mark.map_or(self.keys.current(), |mark| mark.epoch);
        self.settle(
            (path, epoch),
            new,
            (&base, &pushed, &taken),
            outcome.map_err(|error| AppError::fault("translating a file", error))?,
        )
    }

    fn settle(
        &mut self,
        (path, epoch): (&[u8], u32),
        new: Entry,
        (base, pushed, taken): (&[u8], &[u8], &Taken),
        outcome: Outcome,
    ) -> Result<FileOutcome> {
        let as_pushed = |lines: &Range<u32>| taken.lines_as_pushed(pushed, lines);
        match outcome {
            Outcome::Accepted(accepted) => {
                let id = self.fresh.write(Kind::Blob, &accepted.text)?;
                let mark = self
                    .marks
                    .marking(path, Visibility::Write)
                    .filter(|_| Language::from_path(path).is_some())
                    .map(|marking| CopyMark { marking, epoch });
                self.marked.insert((path.to_vec(), id), mark);
                // The text without its header line is what the owner's was rendered to.
                let rendered = id_of(Kind::Blob, &taken.text)?;
                self.headers
                    .pushed(path, rendered, new.1, &taken.spans, &mut self.forms);
                for note in &taken.notes {
                    let name = path.escape_ascii();
                    self.notes.push(format!("{name}: {}", header_note(note)));
                    self.summary.flags.push(format!("{name}: {}", header_text(note)));
                }
                for flag in &accepted.flags {
                    let name = path.escape_ascii();
                    // Each side in its own text: the owner's line numbers would tell the vendor where marks are.
                    self.notes
                        .push(format!("{name}: {}", flag_note(flag, &as_pushed)));
                    self.summary.flags.push(format!("{name}: {}", flag_text(flag)));
                }
                self.commit_codeword(path, id, mark, &accepted.text)?;
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
                        delivered: rendered.to_string(),
                        profile: mark_text(mark),
                        pins: accepted
                            .pins
                            .iter()
                            .map(|(site, pin)| (hex::encode(site.0), pin.number()))
                            .collect(),
                        touched: touched.into_iter().collect(),
                    },
                );
                self.summary
                    .add_delivered(path, &id.to_string(), &rendered.to_string(), &mark_text(mark));
                Ok(FileOutcome::Edit(Some((new.0, id))))
            }
            Outcome::Conflict(conflict) => Ok(FileOutcome::Conflict {
                why: conflict.reason.to_string(),
                pushed: excerpts(pushed, &conflict.pushed.iter().map(as_pushed).collect::<Vec<_>>()),
                owner: excerpts(base, &conflict.owner),
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
        mark: Option<CopyMark>,
        text: &[u8],
    ) -> Result<()> {
        let small = u64::try_from(text.len()).is_ok_and(|size| size <= LARGEST_MARKED);
        let (Some(language), Some(mark), true) = (Language::of_file(path, text), mark, small) else {
            return Ok(());
        };
        self.codewords
            .commit(self.app, &self.keys, canonical, (language, mark), text)
    }
}
