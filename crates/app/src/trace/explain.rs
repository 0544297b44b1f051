//! What a trace says besides the name: shares by asset, third-party explanations, what would change the verdict.

use super::TraceReport;
use crate::error::{AppError, Result};
use crate::estate::Current;
use ringfence_domain::asset::AssetIndex;
use ringfence_trace::matching::{FileCoverage, Foreign, Matches};
use ringfence_trace::verdict::{Alternative, Verdict};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How much of one asset a suspect holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AssetShare {
    /// The asset.
    pub asset: String,
    /// Owned files that the suspect resembles.
    pub files: usize,
    /// Owned lines found in the suspect, each once.
    pub lines: usize,
    /// Share of the suspect's source text that matches them.
    pub of_suspect: f64,
}

pub(super) fn asset_shares(current: &Current, matches: &Matches) -> Result<Vec<AssetShare>> {
    #[derive(Default)]
    struct Held<'a> {
        files: BTreeSet<(&'a str, &'a str)>,
        lines: BTreeSet<(&'a str, &'a str, u32)>,
        tokens: usize,
    }
    let mut indexes: BTreeMap<&str, AssetIndex> = BTreeMap::new();
    for repository in &current.estate.repositories {
        let index = AssetIndex::new(&current.estate, &repository.name)
            .map_err(|error| AppError::fault("reading the assets", error))?;
        indexes.insert(&repository.name, index);
    }
    let mut held: BTreeMap<String, Held<'_>> = BTreeMap::new();
    for owned in &matches.owned {
        let Some(index) = indexes.get(owned.repository.as_str()) else {
            continue;
        };
        for asset in index.assets_of_path(owned.path.as_bytes()) {
            let held = held.entry(asset.to_owned()).or_default();
            held.files.insert((&owned.repository, &owned.path));
        }
    }
    let passages = matches.coverage.iter().flat_map(|file| &file.passages);
    for passage in passages.filter(|passage| !passage.third_party) {
        let owned = &passage.owned;
        let Some(index) = indexes.get(owned.repository.as_str()) else {
            continue;
        };
        for asset in index.assets_of_path(owned.path.as_bytes()) {
            let held = held.entry(asset.to_owned()).or_default();
            held.tokens = held.tokens.saturating_add(passage.tokens);
            let (from, to) = passage.owned_lines;
            held.lines
                .extend((from..=to).map(|line| (owned.repository.as_str(), owned.path.as_str(), line)));
        }
    }
    let mut shares: Vec<AssetShare> = held
        .into_iter()
        .map(|(asset, held)| AssetShare {
            asset,
            files: held.files.len(),
            lines: held.lines.len(),
            of_suspect: ratio(held.tokens, matches.tokens),
        })
        .collect();
    shares.sort_by(|one, other| {
        other
            .lines
            .cmp(&one.lines)
            .then_with(|| one.asset.cmp(&other.asset))
    });
    Ok(shares)
}

/// Share of the suspect's source text that matches the owner's own texts.
pub(super) fn covered(matches: &Matches) -> f64 {
    ratio(
        matches.coverage.iter().map(FileCoverage::matched).sum(),
        matches.tokens,
    )
}

/// The coverage, the files with most in common first, cut at a number of passages.
pub(super) fn listed_coverage(matches: &Matches, most: usize) -> Vec<FileCoverage> {
    let mut listed = matches.coverage.clone();
    listed.sort_by(|one, other| {
        other
            .matched()
            .cmp(&one.matched())
            .then_with(|| one.suspect.cmp(&other.suspect))
    });
    let mut left = most;
    for file in &mut listed {
        file.passages.truncate(left);
        left = left.saturating_sub(file.passages.len());
    }
    listed.retain(|file| !file.passages.is_empty());
    listed
}

/// Third-party code and generators as explanations; either explains the suspect only when nothing else of the owner's is in it.
pub(super) fn foreign_alternatives(matches: &Matches) -> Vec<Alternative> {
    let tested = |name: &str, kinds: &[Foreign]| {
        let found: Vec<_> = matches
            .third_party
            .iter()
            .filter(|one| kinds.contains(&one.kind))
            .collect();
        let tokens: usize = matches
            .coverage
            .iter()
            .filter(|file| found.iter().any(|one| one.found.suspect == file.suspect))
            .map(FileCoverage::matched_third_party)
            .sum();
        let result = match found.first() {
            None => "no text of the estate that is known as such resembles the suspect".to_owned(),
            Some(first) => format!(
                "such texts are found in {}, most of all {} ({:.0} % of the suspect is in common with them); what they hold is counted for no owned file",
                counted(found.len(), "suspect file"),
                first.found.owned.path,
                ratio(tokens, matches.tokens) * 100.0
            ),
        };
        Alternative {
            name: name.to_owned(),
            explains: !found.is_empty() && matches.matches.is_empty(),
            result,
        }
    };
    vec![
        tested(
            "third-party code that both have",
            &[Foreign::ThirdParty, Foreign::Vendored, Foreign::Licensed],
        ),
        tested("a generator or template", &[Foreign::Generated]),
    ]
}

impl TraceReport {
    /// What the verdict says, in a sentence for whoever has never seen one.
    #[must_use]
    pub fn meaning(&self) -> String {
        match self.verdict {
            Verdict::Exact => "A file of the suspect is byte for byte the one that only this recipient was delivered, and the marks read in the \
                 rest speak for the same copy."
                .to_owned(),
            Verdict::Strong => format!(
                "The marks read in the suspect are those of this recipient's copy. By chance an innocent recipient would be named in at most \
                 {} of such cases, and none of the other explanations fits as well.",
                rarely(self.bound)
            ),
            Verdict::Inconclusive if self.candidates == 0 => {
                "The suspect holds the owner's text, but no record says that any recipient was delivered it.".to_owned()
            }
            Verdict::Inconclusive => {
                "The suspect holds the owner's text, but what can be read in it does not say whose copy it is.".to_owned()
            }
            Verdict::None if self.third_party.is_empty() => {
                "Nothing in the suspect resembles any text of the owner's.".to_owned()
            }
            Verdict::None => "What the suspect has in common with the owner's repositories is third-party, generated or template code, which \
                 accuses nobody."
                .to_owned(),
        }
    }
}

/// A small probability in words.
fn rarely(bound: f64) -> String {
    let power = -bound.max(f64::MIN_POSITIVE).log10();
    if power < 6.0 {
        format!("{:.0} in 1,000,000", (bound * 1e6).ceil())
    } else {
        format!("1 in 10^{:.0}", power.floor())
    }
}

/// What would change the verdict, in sentences.
pub(super) fn would_change(report: &TraceReport) -> Vec<String> {
    let mut found = Vec::new();
    let own = report.alternatives.first().is_some_and(|first| first.explains);
    match report.verdict {
        Verdict::Exact | Verdict::Strong => {
            let spare = report.score - report.threshold;
            let times = if spare > 27.0 {
                "more than 10^11".to_owned()
            } else {
                format!("{:.0}", spare.exp().floor())
            };
            found.push(format!(
                "a score below {:.2} nats: the reads have {spare:.2} more, so that {times} times as many candidates, or runs with other settings, would give \
                 the same verdict",
                report.threshold
            ));
            found.push(
                "another text with the same spellings at the sites read: a release, a backup, a copy that never went through the gate".to_owned(),
            );
            found.push("proof that this recipient's key was known to somebody else, or that the owner planted the copy".to_owned());
        }
        Verdict::Inconclusive if report.candidates == 0 => {
            found.push("a record that any of these files was ever delivered".to_owned());
        }
        Verdict::Inconclusive if report.sites_read == 0 => {
            found.push(
                "more of the same text, or a version of it that was changed less: no site could be read"
                    .to_owned(),
            );
        }
        Verdict::Inconclusive if own && report.score < report.threshold => {
            found.push("a part of the suspect that is spelled otherwise than the owner's own text at sites that were delivered".to_owned());
        }
        Verdict::Inconclusive if report.score >= report.threshold => {
            found.push("what tells the explanations apart: reads at more sites, or a reason why the other text cannot be the source".to_owned());
        }
        Verdict::Inconclusive => {
            found.push(if report.score > 0.0 {
                format!(
                    "more of the same text: at {:.2} nats a site read, about {:.0} sites are needed and {} were read",
                    report.score / as_float(report.sites_read),
                    (report.threshold * as_float(report.sites_read) / report.score).ceil(),
                    report.sites_read
                )
            } else {
                "reads that speak for a recipient at all: these do not, as when marks were removed, drawn anew, or never were there".to_owned()
            });
        }
        Verdict::None => {
            found.push(
                "a suspect that resembles an owned file beyond third-party and template code".to_owned(),
            );
        }
    }
    if !report.left_out.is_empty() {
        found.push(format!(
            "what was not looked at and is named below: {} in all",
            report.left_out.len()
        ));
    }
    found
}

/// A number with its noun.
pub fn counted(number: usize, noun: &str) -> String {
    let end = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{end}")
}

fn as_float(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        (as_float(part) / as_float(whole)).min(1.0)
    }
}
