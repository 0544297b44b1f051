//! Codeword commitments: the roots of one step, and the entry that covers them.

use super::{ANCHOR_GENERATION, MarkKeys, find_table, profile_of, profile_word};
use crate::delivery::count;
use crate::error::{AppError, Result};
use crate::home::{App, GATE};
use ringfence_ledger::Statement;
use ringfence_mark::commitment::{BlobCommitment, BlobRoot, root_of_roots};
use ringfence_mark::model::{ENGINE_VERSION, Profile};
use ringfence_store::{LogName, WriteTransaction, tables};
use ringfence_syntax::Language;
use ringfence_view::object::ObjectId;
use std::collections::BTreeSet;

/// Codewords of texts that a recipient pushed itself; committed to in the transaction that takes the push, for from then on the
/// text is one of its copies.
pub(crate) struct NewCodewords {
    recipient: String,
    /// (canonical blob, profile) committed to before.
    committed: BTreeSet<(String, &'static str)>,
    roots: Vec<BlobRoot>,
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
                .filter_map(|row| Some((row.canonical, profile_word(Some(profile_of(&row.profile)?)))))
                .collect(),
            roots: Vec::new(),
            tables: Vec::new(),
        })
    }

    /// Commits to the recipient's codeword at the sites of the owner's text, unless that was done before.
    pub fn commit(
        &mut self,
        app: &App,
        keys: &MarkKeys,
        canonical: ObjectId,
        language: Language,
        profile: Profile,
        text: &[u8],
    ) -> Result<()> {
        let blob = canonical.to_string();
        let word = profile_word(Some(profile));
        if !self.committed.insert((blob.clone(), word)) {
            return Ok(());
        }
        let table = match app.stored_table(&blob, language, profile)? {
            Some(table) => table,
            None => {
                let table = find_table(language, profile, text, &keys.anchor);
                let body = table
                    .encode()
                    .map_err(|error| AppError::fault("storing a site table", error))?;
                self.tables.push(tables::marks::StoredSiteTable {
                    canonical: blob.clone(),
                    language: language.name().to_owned(),
                    profile: word.to_owned(),
                    engine: ENGINE_VERSION.to_string(),
                    anchor_generation: ANCHOR_GENERATION,
                    body,
                });
                table
            }
        };
        if !table.sites.is_empty() {
            self.roots.push(BlobRoot {
                blob: hex::decode(&blob).map_err(|error| AppError::fault("reading an object id", error))?,
                profile,
                root: BlobCommitment::new(&keys.recipient, &keys.code, &table).root,
            });
        }
        Ok(())
    }

    /// The entry and the rows, to be written with the state they belong to.
    pub fn finish(mut self, app: &App, view: &str) -> Result<CodewordEntry> {
        sort(&mut self.roots);
        Ok(CodewordEntry {
            statement: statement_of(app, view, &self.recipient, &self.roots)?,
            recipient: self.recipient,
            roots: self.roots,
            tables: self.tables,
        })
    }
}

/// One codeword commitment, ready to be written.
pub(crate) struct CodewordEntry {
    recipient: String,
    statement: Option<Statement>,
    roots: Vec<BlobRoot>,
    tables: Vec<tables::marks::StoredSiteTable>,
}

impl CodewordEntry {
    /// Writes the entry, its roots and the site tables.
    pub fn write(&self, tx: &mut WriteTransaction<'_>, log: &LogName) -> Result<()> {
        if let Some(statement) = &self.statement {
            let entry = tx.append(log, statement)?;
            for root in &self.roots {
                tables::marks::add_commitment(
                    tx,
                    &tables::marks::Commitment {
                        recipient: self.recipient.clone(),
                        canonical: hex::encode(&root.blob),
                        profile: profile_word(Some(root.profile)).to_owned(),
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

/// The order in which a root of roots is made.
fn sort(roots: &mut [BlobRoot]) {
    roots.sort_by(|left, right| (&left.blob, left.profile).cmp(&(&right.blob, right.profile)));
}

fn statement_of(app: &App, view: &str, recipient: &str, roots: &[BlobRoot]) -> Result<Option<Statement>> {
    if roots.is_empty() {
        return Ok(None);
    }
    let root = root_of_roots(roots).map_err(|error| AppError::fault("committing to codewords", error))?;
    Ok(Some(App::built(
        app.entry("codeword-commitment", GATE)
            .subject("view", view)
            .subject("recipient", recipient)
            .field("root", hex::encode(root))
            .field("blobs", count(roots.len()))
            .field("engine", count(ENGINE_VERSION)),
    )?))
}

/// The commitment to what one projection rendered.
pub(crate) fn entry_of(
    app: &App,
    view: &str,
    recipient: &str,
    rendered: &super::Rendered,
) -> Result<CodewordEntry> {
    let mut roots: Vec<BlobRoot> = rendered
        .commitments
        .iter()
        .map(|(blob, profile, root)| {
            Ok(BlobRoot {
                blob: hex::decode(blob).map_err(|error| AppError::fault("reading an object id", error))?,
                profile: *profile,
                root: *root,
            })
        })
        .collect::<Result<_>>()?;
    sort(&mut roots);
    Ok(CodewordEntry {
        recipient: recipient.to_owned(),
        statement: statement_of(app, view, recipient, &roots)?,
        roots,
        tables: rendered.site_tables.clone(),
    })
}
