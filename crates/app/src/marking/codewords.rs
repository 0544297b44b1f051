//! Codeword commitments: the roots of one step, and the entries that cover them.
//!
//! Each entry covers what was marked in one way: it says under which epoch of the recipient's key the codewords were drawn, and which
//! families the owner's policy left out before they were.

use super::{ANCHOR_GENERATION, CopyMark, KeyRing, find_table};
use crate::delivery::count;
use crate::error::{AppError, Result};
use crate::home::{App, GATE};
use ringfence_ledger::Statement;
use ringfence_mark::Families;
use ringfence_mark::commitment::{BlobCommitment, BlobRoot, root_of_roots};
use ringfence_mark::model::ENGINE_VERSION;
use ringfence_store::{LogName, WriteTransaction, tables};
use ringfence_syntax::Language;
use ringfence_view::object::ObjectId;
use std::collections::{BTreeMap, BTreeSet};

/// One root and what it was drawn for.
type Rooted = (CopyMark, BlobRoot);

/// Codewords of texts that a recipient pushed itself; committed to in the transaction that takes the push, for from then on the
/// text is one of its copies.
pub(crate) struct NewCodewords {
    recipient: String,
    /// (canonical blob, how it is marked) committed to before.
    committed: BTreeSet<(String, CopyMark)>,
    roots: Vec<Rooted>,
    tables: Vec<tables::marks::StoredSiteTable>,
}

impl NewCodewords {
    /// None so far.
    pub fn of(app: &App, recipient: &str) -> Result<Self> {
        let known = app
            .database
            .read(|tx| tables::marks::commitments_of_recipient(tx, recipient))?;
        Ok(Self {
            recipient: recipient.to_owned(),
            committed: known
                .into_iter()
                .filter_map(|row| Some((row.canonical, CopyMark::from_text(&row.profile)?)))
                .collect(),
            roots: Vec::new(),
            tables: Vec::new(),
        })
    }

    /// Commits to the recipient's codeword at the sites of the owner's text, unless that was done before.
    pub fn commit(
        &mut self,
        app: &App,
        keys: &KeyRing,
        canonical: ObjectId,
        (language, mark): (Language, CopyMark),
        text: &[u8],
    ) -> Result<()> {
        let keys = keys.at(mark.epoch)?;
        let blob = canonical.to_string();
        if !self.committed.insert((blob.clone(), mark)) {
            return Ok(());
        }
        let table = match app.stored_table(&blob, language, mark.marking)? {
            Some(table) => table,
            None => {
                let table = find_table(language, mark.marking, text, &keys.anchor);
                let body = table
                    .encode()
                    .map_err(|error| AppError::fault("storing a site table", error))?;
                self.tables.push(tables::marks::StoredSiteTable {
                    canonical: blob.clone(),
                    language: language.name().to_owned(),
                    profile: mark.marking.to_text(),
                    engine: ENGINE_VERSION.to_string(),
                    anchor_generation: ANCHOR_GENERATION,
                    body,
                });
                table
            }
        };
        if !table.sites.is_empty() {
            let root = BlobRoot {
                blob: hex::decode(&blob).map_err(|error| AppError::fault("reading an object id", error))?,
                profile: mark.marking.profile(),
                root: BlobCommitment::new(&keys.recipient, &keys.code, &table).root,
            };
            self.roots.push((mark, root));
        }
        Ok(())
    }

    /// The entries and the rows, to be written with the state they belong to.
    pub fn finish(self, app: &App, view: &str) -> Result<CodewordEntries> {
        Ok(CodewordEntries {
            entries: entries(app, view, &self.recipient, self.roots)?,
            recipient: self.recipient,
            tables: self.tables,
        })
    }
}

/// The codeword commitments of one step, ready to be written.
pub(crate) struct CodewordEntries {
    recipient: String,
    entries: Vec<(Statement, Vec<Rooted>)>,
    tables: Vec<tables::marks::StoredSiteTable>,
}

impl CodewordEntries {
    /// Writes the entries, their roots and the site tables.
    pub fn write(&self, tx: &mut WriteTransaction<'_>, log: &LogName) -> Result<()> {
        for (statement, roots) in &self.entries {
            let entry = tx.append(log, statement)?;
            for (mark, root) in roots {
                tables::marks::add_commitment(
                    tx,
                    &tables::marks::Commitment {
                        recipient: self.recipient.clone(),
                        canonical: hex::encode(&root.blob),
                        profile: mark.to_text(),
                        root: root.root,
                        entry_log: entry.log.as_str().to_owned(),
                        entry_index: entry.index,
                    },
                )?;
            }
        }
        for table in &self.tables {
            tables::marks::add_site_table(tx, table)?;
        }
        Ok(())
    }
}

/// One entry for each epoch and policy; a blob may be marked in several ways, but once in each entry for a profile.
fn entries(
    app: &App,
    view: &str,
    recipient: &str,
    roots: Vec<Rooted>,
) -> Result<Vec<(Statement, Vec<Rooted>)>> {
    let mut by_policy: BTreeMap<(u32, Families), Vec<Rooted>> = BTreeMap::new();
    for rooted in roots {
        let key = (rooted.0.epoch, rooted.0.marking.without());
        by_policy.entry(key).or_default().push(rooted);
    }
    by_policy
        .into_iter()
        .map(|((epoch, without), mut rooted)| {
            rooted.sort_by(|(_, left), (_, right)| {
                (&left.blob, left.profile).cmp(&(&right.blob, right.profile))
            });
            let roots: Vec<BlobRoot> = rooted.iter().map(|(_, root)| root.clone()).collect();
            let root =
                root_of_roots(&roots).map_err(|error| AppError::fault("committing to codewords", error))?;
            let mut entry = app
                .entry("codeword-commitment", GATE)
                .subject("view", view)
                .subject("recipient", recipient)
                .field("root", hex::encode(root))
                .field("blobs", count(roots.len()))
                .field("engine", count(ENGINE_VERSION))
                .field("epoch", count(epoch));
            if !without.is_empty() {
                let names: Vec<&str> = without.iter().map(|family| family.name()).collect();
                entry = entry.field("without", names.join(" "));
            }
            Ok((App::built(entry)?, rooted))
        })
        .collect()
}

/// The commitments to what one projection rendered.
pub(crate) fn entry_of(
    app: &App,
    view: &str,
    recipient: &str,
    rendered: &super::Rendered,
) -> Result<CodewordEntries> {
    let roots = rendered
        .commitments
        .iter()
        .map(|(blob, mark, root)| {
            let root = BlobRoot {
                blob: hex::decode(blob).map_err(|error| AppError::fault("reading an object id", error))?,
                profile: mark.marking.profile(),
                root: *root,
            };
            Ok((*mark, root))
        })
        .collect::<Result<_>>()?;
    Ok(CodewordEntries {
        recipient: recipient.to_owned(),
        entries: entries(app, view, recipient, roots)?,
        tables: rendered.site_tables.clone(),
    })
}
