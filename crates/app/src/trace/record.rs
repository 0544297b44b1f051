//! The case: settings, result and what a pack needs, kept so that another person repeats the run.

use super::TraceReport;
use crate::error::{AppError, Result};
use crate::home::{App, OPERATOR, random_id};
use crate::marking::{CopyMark, mark_text, variant_number};
use ringfence_mark::Marking;
use ringfence_mark::model::{ENGINE_VERSION, Family};
use ringfence_store::tables::{self, cases::TraceCase};
use ringfence_trace::matching::OwnedText;
use ringfence_trace::reading::LoadedText;
use ringfence_trace::suspect::Suspect;
use ringfence_trace::verdict::Counted;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Largest suspect that is kept as exhibits; of a larger one the hashes are kept.
const LARGEST_KEPT: usize = 64 << 20;

/// A case as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CaseRecord {
    /// The report as it was printed.
    pub report: serde_json::Value,
    /// The accepted error as a power of ten.
    pub exponent: u32,
    /// Runs on this suspect with different settings.
    pub runs: u32,
    /// The best candidate, named or not.
    pub best: Option<String>,
    /// Its reads, by owned text.
    pub texts: Vec<CaseText>,
    /// The further names with theirs, in the order of naming.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further: Vec<CaseName>,
    /// The suspect's matched files.
    pub exhibits: Vec<CaseExhibit>,
}

/// A further name of a case.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CaseName {
    /// The recipient.
    pub recipient: String,
    /// Its reads, by owned text.
    pub texts: Vec<CaseText>,
    /// Deliveries to it that held matched files.
    pub deliveries: Vec<String>,
}

/// The counted sites of one owned text.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CaseText {
    /// What it is.
    pub repository: String,
    /// Its path.
    pub path: String,
    /// Its blob.
    pub blob: String,
    /// Its language.
    pub language: String,
    /// How the copy was marked: the profile, the families left out, the epoch of the key.
    pub profile: String,
    /// The sites, in order.
    pub reads: Vec<CaseRead>,
}

/// One counted site.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CaseRead {
    /// Its id, in hexadecimal.
    pub site: String,
    /// Its family.
    pub family: Family,
    /// The longer form, 0 or 1.
    pub long: u8,
    /// What was read, 0 or 1; none at a touched site that could not be read.
    pub read: Option<u8>,
    /// Changed, removed or brought by the recipient's own accepted edits.
    pub touched: bool,
    /// The owner's own spelling.
    pub canonical: Option<u8>,
}

/// A file of the suspect.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CaseExhibit {
    /// Its name in the suspect.
    pub name: String,
    /// SHA-256.
    pub sha256: String,
    /// Whether its bytes are kept.
    pub kept: bool,
}

/// The counted sites of one candidate, by owned text. `texts` are those of the candidate, by position.
pub(super) fn case_texts(
    counted: &[Counted],
    (texts, epoch): (&[(OwnedText, Marking)], u32),
    loaded: &[LoadedText],
) -> Vec<CaseText> {
    let mut by_text: BTreeMap<usize, Vec<CaseRead>> = BTreeMap::new();
    for site in counted {
        by_text.entry(site.text).or_default().push(CaseRead {
            site: hex::encode(site.id.0),
            family: site.observation.family,
            long: variant_number(site.observation.long),
            read: site.observation.read.map(variant_number),
            touched: site.observation.touched,
            canonical: site.canonical.map(variant_number),
        });
    }
    // As which language it was marked the table knows: the name of a header does not say.
    let language = |owned: &OwnedText, marking: &Marking| {
        let text = loaded.iter().find(|text| text.owned == *owned);
        let table = text.and_then(|text| text.tables.get(marking));
        table.map_or(owned.language, |table| table.language)
    };
    by_text
        .into_iter()
        .filter_map(|(position, reads)| {
            let (owned, marking) = texts.get(position)?;
            let mark = CopyMark {
                marking: *marking,
                epoch,
            };
            Some(CaseText {
                repository: owned.repository.clone(),
                path: owned.path.clone(),
                blob: owned.blob.clone(),
                language: language(owned, marking).name().to_owned(),
                profile: mark_text(Some(mark)),
                reads,
            })
        })
        .collect()
}

impl App {
    /// Runs on this suspect with different settings, this one included.
    pub(super) fn runs_on(&self, suspect: &Suspect, present: &str) -> Result<u32> {
        let hash = suspect.hash();
        let cases = self.database.read(tables::cases::list)?;
        let mut settings: std::collections::BTreeSet<String> = cases
            .into_iter()
            .filter(|case| case.suspect_hash == hash)
            .map(|case| case.settings)
            .collect();
        settings.insert(present.to_owned());
        Ok(u32::try_from(settings.len()).unwrap_or(u32::MAX))
    }

    pub(super) fn record_case(
        &self,
        suspect: &Suspect,
        report: &TraceReport,
        (exponent, settings): (u32, String),
        texts: Vec<CaseText>,
        further: Vec<CaseName>,
    ) -> Result<String> {
        let id = random_id("c")?;
        let mut report = report.clone();
        report.case.clone_from(&id);
        let matched: std::collections::BTreeSet<&str> = report
            .matches
            .iter()
            .map(|found| found.suspect.as_str())
            .collect();
        let mut kept_bytes = 0_usize;
        let mut exhibits = Vec::new();
        for file in suspect
            .files
            .iter()
            .filter(|file| matched.contains(file.name.as_str()))
        {
            kept_bytes = kept_bytes.saturating_add(file.bytes.len());
            let kept = kept_bytes <= LARGEST_KEPT;
            let hash = if kept {
                self.blobs.put(&file.bytes)?
            } else {
                ringfence_ledger::sha256(&file.bytes)
            };
            exhibits.push(CaseExhibit {
                name: file.name.clone(),
                sha256: hash.to_string(),
                kept,
            });
        }
        let record = CaseRecord {
            report: serde_json::to_value(&report)
                .map_err(|error| AppError::fault("storing a case", error))?,
            exponent,
            runs: report.runs,
            best: report.scores.first().map(|best| best.recipient.clone()),
            texts,
            further,
            exhibits,
        };
        let text =
            serde_json::to_string(&record).map_err(|error| AppError::fault("storing a case", error))?;
        let salt = crate::home::random_salt()?;
        let hash = suspect.hash();
        let verdict =
            serde_json::to_value(report.verdict).map_err(|error| AppError::fault("storing a case", error))?;
        let opened = Self::built(
            self.entry("case-opened", OPERATOR)
                .subject("case", id.as_str())
                .field("verdict", verdict.as_str().unwrap_or_default())
                .field("tool", concat!("ringfence ", env!("CARGO_PKG_VERSION")))
                .field("suspect", hex::encode(hash))
                .commitment("result", ringfence_ledger::commit(&salt, text.as_bytes())),
        )?;
        let owner_log = self.owner_log()?;
        // Scoring draws each candidate's codeword: that is a rendering of its copy, which it may read of in its own log.
        let mut rendered = Vec::new();
        let drawn: std::collections::BTreeSet<&str> = report
            .scores
            .iter()
            .map(|scored| scored.recipient.as_str())
            .collect();
        for recipient in drawn {
            let statement = Self::built(
                self.entry("copy-rendered", OPERATOR)
                    .subject("recipient", recipient)
                    .field("for", "trace")
                    .commitment("case", ringfence_ledger::commit(&salt, id.as_bytes())),
            )?;
            rendered.push((self.log(recipient)?, statement));
        }
        let now = self.now();
        let step = serde_json::json!({
            "step": "traced", "tool": concat!("ringfence ", env!("CARGO_PKG_VERSION")), "engine": ENGINE_VERSION,
            "suspect": hex::encode(hash), "result": verdict,
        })
        .to_string();
        let case = TraceCase {
            id: id.clone(),
            opened_at: now,
            suspect_hash: hash,
            settings,
            result: Some(text),
        };
        self.database.write(move |tx| -> Result<()> {
            tx.append(&owner_log, &opened)?;
            for (log, statement) in &rendered {
                tx.append(log, statement)?;
            }
            tables::cases::open(tx, &case)?;
            tables::cases::add_step(tx, &case.id, now, OPERATOR, &step)?;
            Ok(())
        })?;
        Ok(id)
    }
}

/// Everything that may give another result on the same suspect: a run after a new delivery is another run.
pub(super) fn settings_text(exponent: u32, candidates: &[super::gather::Drawn]) -> String {
    let mut inputs = String::new();
    for one in candidates {
        inputs.push_str(&one.recipient);
        for (owned, marking) in &one.delivered {
            let mark = CopyMark {
                marking: *marking,
                epoch: one.epoch,
            };
            inputs.push_str(&format!(
                "\n{}\t{}\t{}",
                owned.path,
                owned.blob,
                mark_text(Some(mark))
            ));
        }
        for site in &one.touched {
            inputs.push_str(&format!("\n{}", hex::encode(site.0)));
        }
        inputs.push('\n');
    }
    serde_json::json!({
        "engine": ENGINE_VERSION, "exponent": exponent, "scores": ringfence_mark::score::FORMAT_VERSION,
        "inputs": ringfence_ledger::sha256(inputs.as_bytes()).to_string(),
    })
    .to_string()
}
