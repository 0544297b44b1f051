//! The evidence pack of a case: statements with proofs, the accused recipient's opened leaves, exhibits, custody.

mod finding;

use crate::error::{AppError, Result};
use crate::home::{App, OPERATOR};
use crate::marking::{CopyMark, MarkKeys, variant_of};
use crate::projection::object_id;
use crate::trace::{CaseRecord, CaseText};
use ringfence_domain::agreement::canonical_terms;
use ringfence_evidence::{
    AgreementPaper, CustodyStep, Exhibit, ExhibitRole, FurtherName, OpenedBlob, OpenedRead, PackInput,
    PackedStatement, SignatureRecord, write_pack,
};
use ringfence_ledger::Hash;
use ringfence_mark::commitment::{BlobCommitment, BlobRoot, open_root};
use ringfence_mark::model::SiteId;
use ringfence_store::{LogName, tables};
use ringfence_syntax::Language;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use finding::{finding, others};

/// Program and version, as evidence names it.
const TOOL: &str = concat!("ringfence ", env!("CARGO_PKG_VERSION"));
/// Matched files whose owned text goes into a pack.
const MOST_OWNED: usize = 200;
/// Deliveries whose entries go into a pack.
const MOST_DELIVERIES: usize = 200;

/// A written pack.
#[derive(Clone, Debug, serde::Serialize)]
pub struct PackReport {
    /// The case.
    pub case: String,
    /// Where.
    pub file: String,
    /// Bytes.
    pub bytes: usize,
    /// SHA-256 of the manifest; also in the ledger.
    pub manifest: String,
    /// The verifier key to hand over by another way than the pack.
    pub key: String,
}

/// One copy that a pack names.
struct NamedCopy {
    recipient: String,
    log: LogName,
    explaining: BTreeSet<String>,
    blobs: Vec<OpenedBlob>,
    /// For each blob, the number of the entry that commits to it.
    commitments_at: Vec<u64>,
}

impl App {
    /// Writes the evidence pack of a case.
    ///
    /// # Errors
    /// When there is no such case, or a store or the file fails.
    pub fn pack(&self, case: &str, out: &Path) -> Result<PackReport> {
        let Some(row) = self.database.read(|tx| tables::cases::get(tx, case))? else {
            return Err(AppError::not_found("case", case, "Run: ringfence trace PATH"));
        };
        let record: CaseRecord = serde_json::from_str(row.result.as_deref().unwrap_or("{}"))
            .map_err(|error| AppError::fault("reading a case", error))?;
        let current = self.current()?;
        let owner_log = self.owner_log()?;
        let named = record
            .report
            .get("recipient")
            .and_then(serde_json::Value::as_str)
            .map(str::to_owned);
        let mut wanted: BTreeMap<LogName, BTreeSet<u64>> = BTreeMap::new();
        self.want_entries(&mut wanted, &owner_log, &|kind, statement| {
            kind == "case-opened" && statement.subject("case").and_then(|value| value.as_text()) == Some(case)
        })?;
        // The first name and the further ones, each with its own log.
        let mut names: Vec<NamedCopy> = Vec::new();
        if let Some(recipient) = named.as_deref() {
            let explaining = record
                .report
                .get("deliveries")
                .and_then(serde_json::Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(serde_json::Value::as_str)
                .map(str::to_owned)
                .collect();
            names.push(self.named_copy(recipient, explaining, &record.texts)?);
            for name in &record.further {
                names.push(self.named_copy(&name.recipient, name.deliveries.clone(), &name.texts)?);
            }
        }
        let mut agreements: Vec<AgreementPaper> = Vec::new();
        for name in &names {
            self.want_entries(&mut wanted, &name.log, &|kind, statement| match kind {
                "agreement-added" | "agreement-signed" | "agreement-in-force" | "grant-added" => true,
                "delivery-begun" | "delivery-ended" => statement
                    .subject("delivery")
                    .and_then(|value| value.as_text())
                    .is_some_and(|delivery| name.explaining.contains(delivery)),
                _ => false,
            })?;
            wanted
                .entry(name.log.clone())
                .or_default()
                .extend(name.commitments_at.iter().copied());
            for paper in self.agreement_papers(&current, &name.recipient)? {
                if agreements.iter().all(|known| known.id != paper.id) {
                    agreements.push(paper);
                }
            }
        }
        let recipient_log = names.first().map(|name| name.log.clone());
        let mut statements = Vec::new();
        let mut position_of: BTreeMap<(&LogName, u64), usize> = BTreeMap::new();
        for (log, indices) in &wanted {
            let indices: Vec<u64> = indices.iter().copied().collect();
            for (index, (statement, proof)) in indices.iter().zip(self.prove_all(log, &indices)?) {
                position_of.insert((log, *index), statements.len());
                statements.push(PackedStatement { statement, proof });
            }
        }
        let mut opened = Vec::new();
        for mut name in names {
            for (blob, index) in name.blobs.iter_mut().zip(&name.commitments_at) {
                blob.commitment = position_of.get(&(&name.log, *index)).copied().ok_or_else(|| {
                    AppError::fault("writing a pack", format!("commitment entry {index} is missing"))
                })?;
            }
            opened.push(FurtherName {
                recipient: name.recipient,
                recipient_log: name.log.as_str().to_owned(),
                blobs: name.blobs,
            });
        }
        let further = opened.split_off(opened.len().min(1));
        let blobs = opened.pop().map_or_else(Vec::new, |first| first.blobs);
        let exhibits = self.exhibits(&record)?;
        let input = PackInput {
            case: case.to_owned(),
            made_at: self.now().to_string(),
            owner: current.estate.owner.name.clone(),
            owner_log: owner_log.as_str().to_owned(),
            tool: TOOL.to_owned(),
            finding: finding(&record, named.clone(), recipient_log.as_ref(), &exhibits)?,
            statements,
            blobs,
            further,
            others: others(&record),
            exhibits,
            agreements,
            custody: self.custody(case)?,
        };
        let signer = self.signer(&owner_log)?;
        let pack = write_pack(&input, &signer).map_err(|error| AppError::fault("writing a pack", error))?;
        let statement = Self::built(
            self.entry("pack-written", OPERATOR)
                .subject("case", case)
                .field("manifest", pack.manifest_hash.to_string()),
        )?;
        let now = self.now();
        let (case_id, manifest) = (case.to_owned(), pack.manifest_hash.to_string());
        let step =
            serde_json::json!({ "step": "pack written", "tool": TOOL, "result": manifest }).to_string();
        self.database.write(move |tx| -> Result<()> {
            tx.append(&owner_log, &statement)?;
            tables::cases::add_step(tx, &case_id, now, OPERATOR, &step)?;
            Ok(())
        })?;
        write_whole(out, &pack.bytes)?;
        Ok(PackReport {
            case: case.to_owned(),
            file: out.display().to_string(),
            bytes: pack.bytes.len(),
            manifest: pack.manifest_hash.to_string(),
            key: signer.verifier_key().to_string(),
        })
    }

    /// What a pack opens of one copy. Of many deliveries that explain it, the first ones: each proof weighs a kilobyte.
    fn named_copy(&self, recipient: &str, explaining: Vec<String>, texts: &[CaseText]) -> Result<NamedCopy> {
        let (blobs, commitments_at) = self.opened_blobs(recipient, texts)?;
        Ok(NamedCopy {
            recipient: recipient.to_owned(),
            log: self.log(recipient)?,
            explaining: explaining.into_iter().take(MOST_DELIVERIES).collect(),
            blobs,
            commitments_at,
        })
    }

    fn want_entries(
        &self,
        wanted: &mut BTreeMap<LogName, BTreeSet<u64>>,
        log: &LogName,
        keep: &dyn Fn(&str, &ringfence_ledger::Statement) -> bool,
    ) -> Result<()> {
        use ringfence_store::log;
        let mut from = 0;
        loop {
            let entries = self
                .database
                .read(|tx| log::entries(tx, log, from..from.saturating_add(log::PAGE)))?;
            let Some(last) = entries.last() else { return Ok(()) };
            from = last.index.saturating_add(1);
            for entry in &entries {
                let statement = ringfence_ledger::Statement::parse(&entry.statement)
                    .map_err(|error| AppError::fault("reading an entry", error))?;
                if keep(statement.kind(), &statement) {
                    wanted.entry(log.clone()).or_default().insert(entry.index);
                }
            }
        }
    }

    /// The accused recipient's leaves of the reads, with the index of the entry that committed to each blob.
    fn opened_blobs(&self, recipient: &str, texts: &[CaseText]) -> Result<(Vec<OpenedBlob>, Vec<u64>)> {
        let keys = self.key_ring(recipient)?;
        let rows = self
            .database
            .read(|tx| tables::marks::commitments_of_recipient(tx, recipient))?;
        let (mut blobs, mut indices) = (Vec::new(), Vec::new());
        // The root of roots was made over every blob of the same entry.
        let mut roots_of: BTreeMap<(&str, u64), Vec<BlobRoot>> = BTreeMap::new();
        for row in &rows {
            roots_of
                .entry((&row.entry_log, row.entry_index))
                .or_default()
                .push(blob_root(row)?);
        }
        for roots in roots_of.values_mut() {
            roots.sort_by(|left, right| (&left.blob, left.profile).cmp(&(&right.blob, right.profile)));
        }
        let by_text: BTreeMap<(&str, &str), &tables::marks::Commitment> = rows
            .iter()
            .map(|row| ((row.canonical.as_str(), row.profile.as_str()), row))
            .collect();
        for text in texts {
            let row = by_text
                .get(&(text.blob.as_str(), text.profile.as_str()))
                .ok_or_else(|| {
                    AppError::fault(
                        "writing a pack",
                        format!("no commitment covers {} as {}", text.path, text.profile),
                    )
                })?;
            let roots = roots_of
                .get(&(row.entry_log.as_str(), row.entry_index))
                .map(Vec::as_slice)
                .unwrap_or_default();
            let wanted = blob_root(row)?;
            let position = roots.iter().position(|root| *root == wanted);
            let path = position
                .map(|position| open_root(roots, position))
                .transpose()
                .map_err(|error| AppError::fault("opening a commitment", error))?
                .flatten()
                .ok_or_else(|| AppError::fault("opening a commitment", &text.path))?;
            blobs.push(OpenedBlob {
                root: wanted,
                path,
                commitment: 0,
                reads: self.opened_reads(text, keys.of(CopyMark::from_text(&text.profile))?)?,
            });
            indices.push(row.entry_index);
        }
        Ok((blobs, indices))
    }

    fn opened_reads(&self, text: &CaseText, keys: &MarkKeys) -> Result<Vec<OpenedRead>> {
        let unknown = || AppError::fault("writing a pack", format!("{} as {}", text.path, text.profile));
        let language = Language::from_name(&text.language).ok_or_else(unknown)?;
        let marking = CopyMark::from_text(&text.profile).ok_or_else(unknown)?.marking;
        let table = self.stored_table(&text.blob, language, marking)?;
        let table = match table {
            Some(table) => table,
            // Pushed by the recipient itself and never projected anew: the sites are found again, as they were.
            None => self.found_again(text, language, marking)?,
        };
        let commitment = BlobCommitment::new(&keys.recipient, &keys.code, &table);
        text.reads
            .iter()
            .map(|read| {
                let mut id = [0; 16];
                hex::decode_to_slice(&read.site, &mut id)
                    .map_err(|error| AppError::fault("reading a case", error))?;
                Ok(OpenedRead {
                    family: read.family,
                    long: variant_of(read.long),
                    read: read.read.map(variant_of),
                    touched: read.touched,
                    opening: commitment.open(SiteId(id)).ok_or_else(|| {
                        AppError::fault(
                            "opening a commitment",
                            format!("{} has no site {}", text.path, read.site),
                        )
                    })?,
                })
            })
            .collect()
    }

    fn found_again(
        &self,
        text: &CaseText,
        language: Language,
        marking: ringfence_mark::Marking,
    ) -> Result<ringfence_mark::model::SiteTable> {
        let bytes = self
            .owner_blob(&text.repository, &object_id(&text.blob)?)?
            .ok_or_else(|| AppError::fault("writing a pack", format!("blob {} is gone", text.blob)))?;
        self.table_for(&text.blob, language, marking, &bytes, &self.keys.anchor()?)
    }

    fn exhibits(&self, record: &CaseRecord) -> Result<Vec<Exhibit>> {
        let mut exhibits = Vec::new();
        for exhibit in &record.exhibits {
            let hash: Hash = exhibit
                .sha256
                .parse()
                .map_err(|error| AppError::fault("reading a case", error))?;
            let bytes = if exhibit.kept {
                self.blobs.get(&hash)?
            } else {
                format!(
                    "SHA-256 {} (the suspect is too large to be included)\n",
                    exhibit.sha256
                )
                .into_bytes()
            };
            exhibits.push(Exhibit {
                role: ExhibitRole::Suspect,
                name: exhibit.name.clone(),
                bytes,
            });
        }
        let further = record.further.iter().flat_map(|name| &name.texts);
        let mut shown = BTreeSet::new();
        let texts = record
            .texts
            .iter()
            .chain(further)
            .filter(|text| shown.insert((&text.path, &text.blob)));
        for text in texts.take(MOST_OWNED) {
            if let Some(bytes) = self.owner_blob(&text.repository, &object_id(&text.blob)?)? {
                exhibits.push(Exhibit {
                    role: ExhibitRole::Owned,
                    name: text.path.clone(),
                    bytes,
                });
            }
        }
        let report = serde_json::to_vec_pretty(&record.report)
            .map_err(|error| AppError::fault("writing a pack", error))?;
        exhibits.push(Exhibit {
            role: ExhibitRole::Other,
            name: "trace-report.json".to_owned(),
            bytes: report,
        });
        Ok(exhibits)
    }

    fn agreement_papers(
        &self,
        current: &crate::estate::Current,
        recipient: &str,
    ) -> Result<Vec<AgreementPaper>> {
        let ids: BTreeSet<&String> = current
            .estate
            .grants
            .iter()
            .filter(|grant| grant.recipient == recipient)
            .flat_map(|grant| &grant.agreements)
            .collect();
        let mut papers = Vec::new();
        for agreement in ids.into_iter().filter_map(|id| current.estate.agreement(id)) {
            let rows = self
                .database
                .read(|tx| tables::agreements::signatures(tx, &agreement.id))?;
            papers.push(AgreementPaper {
                id: agreement.id.clone(),
                terms: canonical_terms(agreement).into_bytes(),
                signatures: rows
                    .into_iter()
                    .map(|row| SignatureRecord {
                        signatory: row.signatory,
                        time: row.signed_at.to_string(),
                        vouched_by: row.vouched_by,
                        document: row.document_hash.map(Hash),
                    })
                    .collect(),
            });
        }
        Ok(papers)
    }

    fn custody(&self, case: &str) -> Result<Vec<CustodyStep>> {
        let steps = self.database.read(|tx| tables::cases::steps(tx, case))?;
        steps
            .into_iter()
            .map(|step| {
                let what: serde_json::Value = serde_json::from_str(&step.what)
                    .map_err(|error| AppError::fault("reading a case", error))?;
                let text = |name: &str| {
                    what.get(name)
                        .and_then(serde_json::Value::as_str)
                        .unwrap_or_default()
                        .to_owned()
                };
                Ok(CustodyStep {
                    time: step.at.to_string(),
                    actor: step.actor,
                    step: text("step"),
                    tool: text("tool"),
                    inputs: text("suspect").parse().ok().into_iter().collect(),
                    result: text("result"),
                })
            })
            .collect()
    }
}

fn blob_root(row: &tables::marks::Commitment) -> Result<BlobRoot> {
    let mark = CopyMark::from_text(&row.profile)
        .ok_or_else(|| AppError::fault("reading a commitment", &row.profile))?;
    let blob = hex::decode(&row.canonical).map_err(|error| AppError::fault("reading a commitment", error))?;
    Ok(BlobRoot {
        blob,
        profile: mark.marking.profile(),
        root: row.root,
    })
}

/// Writes a file whole or not at all.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |source| AppError::file(path, source);
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    std::io::Write::write_all(&mut file, bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}
