//! Traces a suspect to the copy it comes from, and keeps the case.
//!
//! The order is the argument: what the suspect resembles and every read are fixed from the owner's own texts first; only then are
//! codewords drawn and candidates scored.

mod explain;
mod foreign;
mod gather;
mod history;
mod page;
mod record;
mod segments;

use crate::error::{AppError, Result};
use crate::home::App;
pub use explain::{AssetShare, counted};
pub use record::{CaseExhibit, CaseName, CaseRead, CaseRecord, CaseText};
use ringfence_mark::Marking;
use ringfence_mark::codeword::bias;
use ringfence_mark::model::SiteId;
pub use ringfence_trace::matching::Foreign;
use ringfence_trace::matching::{FileCoverage, ForeignMatch, Match, Matches, Owned, OwnedText, find};
use ringfence_trace::reading::read;
use ringfence_trace::suspect::{LeftOut, Suspect, SuspectLimits};
pub use ringfence_trace::verdict::copy_of;
use ringfence_trace::verdict::{Alternative, Candidate, Further, Scored, Verdict, judge};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What a trace found.
#[derive(Clone, Debug, Serialize)]
pub struct TraceReport {
    /// The case it opened.
    pub case: String,
    /// exact, strong, inconclusive or none.
    pub verdict: Verdict,
    /// The recipient whose copy it is; null unless exact or strong.
    pub recipient: Option<String>,
    /// The epoch of that recipient's key under which the copy was marked.
    pub epoch: Option<u32>,
    /// Epochs among the candidates that were retired before this run: since then that recipient's new copies are marked otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub retired_keys: Vec<RetiredKey>,
    /// Score of the best candidate, in nats.
    pub score: f64,
    /// Score that was needed: ln(candidates * runs / epsilon).
    pub threshold: f64,
    /// Chance that any innocent candidate reaches this score, at most.
    pub bound: f64,
    /// The chance that was accepted.
    pub epsilon: f64,
    /// Recipients who were delivered this content, each counted once for every epoch of its key.
    pub candidates: usize,
    /// Runs on this suspect with different settings, this one included.
    pub runs: u32,
    /// Sites read, for the best candidate.
    pub sites_read: usize,
    /// Sites that could not be read.
    pub sites_erased: usize,
    /// Further recipients whose copies went into the suspect, each scored given those before; only when a copy is named.
    pub further: Vec<Further>,
    /// Owned files that the suspect resembles, best first.
    pub matches: Vec<Match>,
    /// How much of each asset the suspect holds, most first.
    pub assets: Vec<AssetShare>,
    /// Which lines of the suspect match which owned lines; the files with most in common first.
    pub coverage: Vec<FileCoverage>,
    /// Share of the suspect's source text that matches the owner's own texts.
    pub covered: f64,
    /// Suspect files that resemble third-party text.
    pub third_party: Vec<ForeignMatch>,
    /// What would change the verdict.
    pub would_change: Vec<String>,
    /// Other explanations, each tested.
    pub alternatives: Vec<Alternative>,
    /// Every candidate's score; the owner's statement.
    pub scores: Vec<Scored>,
    /// Deliveries to that recipient that held matched files.
    pub deliveries: Vec<String>,
    /// What of the suspect was not looked at.
    pub left_out: Vec<LeftOut>,
    /// What this result does not prove.
    pub limits: &'static str,
}

impl TraceReport {
    /// What a reader must know of the copies named: which of them were marked under an epoch that is over.
    #[must_use]
    pub fn retired_notes(&self) -> Vec<String> {
        let first = self.recipient.as_deref().zip(self.epoch);
        let further = self
            .further
            .iter()
            .map(|further| (further.recipient.as_str(), further.epoch));
        first
            .into_iter()
            .chain(further)
            .filter_map(|(recipient, epoch)| {
                let is_it = |key: &&RetiredKey| key.recipient == recipient && key.epoch == epoch;
                let key = self.retired_keys.iter().find(is_it)?;
                Some(format!(
                    "key epoch {epoch} of {recipient}, under which this copy was delivered, was retired at {}: whoever had that key could make \
                     this copy too; what {recipient} was delivered since is marked under other keys",
                    key.retired_at
                ))
            })
            .collect()
    }
}

/// An epoch of a candidate's key that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RetiredKey {
    /// Whose key.
    pub recipient: String,
    /// Which epoch.
    pub epoch: u32,
    /// Since when.
    pub retired_at: jiff::Timestamp,
}

/// Printed with every result.
pub const LIMITS: &str = "a named copy is not a named thief; a mark shows which copy, not who passed it on. Marks can be removed by rewriting; \
then the answer is inconclusive. Codewords were committed before delivery, but an owner who holds the mark key could plant a copy: \
every rendering of a recipient's copy is an entry in that recipient's own log";

/// What is traced.
pub enum SuspectInput<'a> {
    /// A file, a folder, an archive, a git repository.
    Path(&'a Path),
    /// A snippet or an archive from a stream.
    Stream(&'a mut dyn std::io::Read),
}

/// The name of a suspect from a stream.
const STREAM: &str = "snippet";
/// Passages that a report lists, and third-party files.
const MOST_PASSAGES: usize = 5_000;
const MOST_THIRD_PARTY: usize = 200;

impl App {
    /// Traces a file, a folder, an archive or a git repository.
    ///
    /// # Errors
    /// When the suspect cannot be read, epsilon is no power of ten, or a store fails.
    pub fn trace(&self, path: &Path, epsilon: f64) -> Result<TraceReport> {
        Ok(self.trace_input(SuspectInput::Path(path), epsilon, false)?.0)
    }

    /// Traces a suspect; also writes the page with both sources side by side, for the owner's eyes only.
    ///
    /// # Errors
    /// As [`Self::trace`].
    pub fn trace_with_page(&self, input: SuspectInput<'_>, epsilon: f64) -> Result<(TraceReport, String)> {
        self.trace_input(input, epsilon, true)
    }

    fn suspect(&self, input: SuspectInput<'_>) -> Result<Suspect> {
        let limits = SuspectLimits {
            bytes: self.config.limits.suspect_bytes,
            ..SuspectLimits::default()
        };
        let refused = |error: ringfence_trace::suspect::SuspectError| AppError::Input(error.to_string());
        match input {
            SuspectInput::Path(path) => {
                let git = history::git_folder(path);
                if git.as_deref() == Some(path) {
                    // A bare repository's own files are packs and configuration.
                    let mut suspect = Suspect::default();
                    history::add_versions(&mut suspect, path, &limits)?;
                    return Ok(suspect);
                }
                let mut suspect = Suspect::read(path, &limits).map_err(refused)?;
                if let Some(git) = git {
                    suspect.left_out.retain(|left| {
                        left.name != ".git" || left.reason != ringfence_trace::suspect::GIT_FOLDER
                    });
                    history::add_versions(&mut suspect, &git, &limits)?;
                }
                Ok(suspect)
            }
            SuspectInput::Stream(stream) => Suspect::read_stream(STREAM, stream, &limits).map_err(refused),
        }
    }

    /// Holds a suspect against the index; a damaged index is made anew once.
    fn matches(
        &self,
        suspect: &Suspect,
        current: &crate::estate::Current,
    ) -> Result<(Matches, gather::OwnedTexts)> {
        let mut last = None;
        for _ in 0..2 {
            let texts = self.owned_texts(current)?;
            let found = find(
                suspect,
                &Owned {
                    index: &texts.index,
                    by_document: &texts.by_document,
                    third_party: &texts.third_party,
                    load: &|text| self.text_of(&texts, text),
                },
            );
            match found {
                Ok(matches) => return Ok((matches, texts)),
                Err(error) => {
                    tracing::warn!(%error, "the similarity index is made anew");
                    self.forget_index()?;
                    last = Some(error);
                }
            }
        }
        Err(AppError::fault(
            "reading the similarity index",
            last.map_or_else(String::new, |error| error.to_string()),
        ))
    }

    fn trace_input(
        &self,
        input: SuspectInput<'_>,
        epsilon: f64,
        wants_page: bool,
    ) -> Result<(TraceReport, String)> {
        let exponent = error_exponent(epsilon)?;
        let suspect = self.suspect(input)?;
        let current = self.current()?;
        let (matches, owned) = self.matches(&suspect, &current)?;
        let deliveries = self.delivered_rows(&matches)?;
        let loaded = self.load_texts(&current, &matches, &deliveries)?;
        let reads = read(&suspect, &matches, &loaded)
            .map_err(|error| AppError::fault("reading the suspect", error))?;
        let code = self.keys.code()?;
        let drawn = self.candidates(&suspect, &deliveries, &loaded)?;
        let settings = record::settings_text(exponent, &drawn);
        let runs = self.runs_on(&suspect, &settings)?;
        let bias_of = |site: SiteId| bias(&code, site);
        let bits: Vec<_> = drawn
            .iter()
            .map(|one| (one, self.mark_keys_at(&one.recipient, one.epoch)))
            .map(|(one, keys)| keys.map(|keys| (one, keys)))
            .collect::<Result<_>>()?;
        let bit_functions: Vec<_> = bits
            .iter()
            .map(|(_, keys)| move |site: SiteId| keys.bit(site))
            .collect();
        let candidates: Vec<Candidate<'_>> = bits
            .iter()
            .zip(&bit_functions)
            .map(|((one, _), bit)| Candidate {
                recipient: one.recipient.clone(),
                epoch: one.epoch,
                delivered: one.delivered.clone(),
                bit,
                bias: &bias_of,
                touched: one.touched.clone(),
                exact: one.exact,
            })
            .collect();
        let judgement = judge(&reads, &candidates, epsilon, runs, !matches.matches.is_empty());
        let named = judgement
            .scored
            .first()
            .filter(|_| matches!(judgement.verdict, Verdict::Exact | Verdict::Strong));
        let explaining = match named {
            Some(best) => self.explaining_deliveries((&best.recipient, best.epoch), &deliveries)?,
            None => Vec::new(),
        };
        let best = judgement.scored.first();
        let mut alternatives = judgement.alternatives.clone();
        alternatives.extend(explain::foreign_alternatives(&matches));
        let mut report = TraceReport {
            case: String::new(),
            verdict: judgement.verdict,
            recipient: named.map(|best| best.recipient.clone()),
            epoch: named.map(|best| best.epoch),
            retired_keys: self.retired_among(&drawn)?,
            score: best.map_or(0.0, |best| best.score),
            threshold: judgement.threshold,
            bound: judgement.bound,
            epsilon,
            candidates: candidates.len(),
            runs,
            sites_read: best.map_or(0, |best| best.sites_read),
            sites_erased: best.map_or(0, |best| best.sites_erased),
            further: judgement.further.clone(),
            matches: matches.matches.clone(),
            assets: explain::asset_shares(&current, &matches)?,
            coverage: explain::listed_coverage(&matches, MOST_PASSAGES),
            covered: explain::covered(&matches),
            third_party: matches
                .third_party
                .iter()
                .take(MOST_THIRD_PARTY)
                .cloned()
                .collect(),
            would_change: Vec::new(),
            alternatives,
            scores: judgement.scored.clone(),
            deliveries: explaining,
            left_out: suspect.left_out.clone(),
            limits: LIMITS,
        };
        if reads.unread > 0 {
            report.left_out.push(LeftOut {
                name: format!("{} files", reads.unread),
                reason: "further copies of the same owned files, less similar than those that were read"
                    .to_owned(),
            });
        }
        report.would_change = explain::would_change(&report);
        let best_copy = judgement
            .scored
            .first()
            .map(|best| (best.recipient.as_str(), best.epoch));
        let texts = best_copy.map_or_else(Vec::new, |copy| texts_of(copy, &candidates));
        let epoch = best_copy.map_or(crate::marking::FIRST_EPOCH, |(_, epoch)| epoch);
        let case_texts = record::case_texts(&judgement.counted, (&texts, epoch), &loaded);
        let further = judgement
            .further
            .iter()
            .map(|name| {
                let copy = (name.recipient.as_str(), name.epoch);
                Ok(record::CaseName {
                    recipient: name.recipient.clone(),
                    texts: record::case_texts(
                        &name.counted,
                        (&texts_of(copy, &candidates), name.epoch),
                        &loaded,
                    ),
                    deliveries: self.explaining_deliveries(copy, &deliveries)?,
                })
            })
            .collect::<Result<_>>()?;
        report.case = self.record_case(&suspect, &report, (exponent, settings), case_texts, further)?;
        let page = if wants_page {
            let source = |text: &OwnedText| self.text_of(&owned, text);
            page::page(
                &report,
                &suspect,
                &page::Materials {
                    reads: &reads,
                    judgement: &judgement,
                    texts: &texts,
                    loaded: &loaded,
                    source: &source,
                },
            )
        } else {
            String::new()
        };
        Ok((report, page))
    }
}

impl App {
    /// The epochs of the candidates that are over.
    fn retired_among(&self, drawn: &[gather::Drawn]) -> Result<Vec<RetiredKey>> {
        let mut found = Vec::new();
        for one in drawn {
            let retired = self.retired_keys(&one.recipient)?;
            found.extend(retired.get(&one.epoch).map(|row| RetiredKey {
                recipient: one.recipient.clone(),
                epoch: one.epoch,
                retired_at: row.retired_at,
            }));
        }
        Ok(found)
    }
}

/// The texts of a candidate, by position.
fn texts_of(
    (recipient, epoch): (&str, u32),
    candidates: &[Candidate<'_>],
) -> Vec<(ringfence_trace::matching::OwnedText, Marking)> {
    candidates
        .iter()
        .find(|candidate| candidate.recipient == recipient && candidate.epoch == epoch)
        .map_or_else(Vec::new, |one| one.delivered.clone())
}

/// Evidence states the accepted error as a power of ten.
fn error_exponent(epsilon: f64) -> Result<u32> {
    let exponent = (1..=18_u32).find(|exponent| {
        let power = 10_f64.powi(-i32::try_from(*exponent).unwrap_or(18));
        (epsilon - power).abs() <= power * 1e-9
    });
    exponent.ok_or_else(|| AppError::Input(format!("epsilon {epsilon} is not one of 1e-1, 1e-2 ... 1e-18")))
}

/// By path and canonical blob: who got it, as which blob, marked how.
pub(crate) type DeliveredRows =
    BTreeMap<ringfence_trace::matching::OwnedText, Vec<ringfence_store::tables::deliveries::DeliveredFile>>;
