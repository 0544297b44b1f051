//! From fixed reads to a verdict: each candidate's score, the threshold, the alternatives.

use crate::matching::OwnedText;
use crate::reading::{ReadSite, Reads};
use ringfence_mark::Marking;
use ringfence_mark::codeword::Bias;
use ringfence_mark::model::{SiteId, Variant};
use ringfence_mark::score::{Observation, ScoreTable, Scorer, explains_as_well, merge_reads, threshold};

mod further;
pub use further::Further;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Sites that a byte-equal file must have for `exact`.
pub const EXACT_SITES: usize = 20;

/// Bounds smaller than this are printed as this: no chance in the world is smaller than that of a mistake elsewhere.
pub const SMALLEST_BOUND: f64 = 1e-100;

/// What a trace concludes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Strong, and a file of at least [`EXACT_SITES`] sites is byte-equal to one delivered to that recipient only.
    Exact,
    /// The score reaches ln(N/eps) and no alternative explains the reads as well.
    Strong,
    /// Something owned matches; no copy is named.
    Inconclusive,
    /// Nothing owned matches beyond third-party and template code.
    None,
}

/// A recipient who was delivered some of the matched texts, under one epoch of its key: each epoch has a codeword of its own, so each
/// is a candidate of its own, and the bound counts them all.
pub struct Candidate<'a> {
    /// Its name.
    pub recipient: String,
    /// The epoch of its key.
    pub epoch: u32,
    /// What was delivered to it of the matched texts, with the families that it was marked with.
    pub delivered: Vec<(OwnedText, Marking)>,
    /// Its codeword.
    pub bit: &'a dyn Fn(SiteId) -> Variant,
    /// The bias of each site; the same for every candidate.
    pub bias: &'a dyn Fn(SiteId) -> Bias,
    /// Sites that its own accepted edits changed, removed or brought.
    pub touched: BTreeSet<SiteId>,
    /// A suspect file of at least [`EXACT_SITES`] sites is byte-equal to one delivered to it only.
    pub exact: bool,
}

/// One scored candidate.
#[derive(Clone, Debug, Serialize)]
pub struct Scored {
    /// The recipient.
    pub recipient: String,
    /// The epoch of its key.
    pub epoch: u32,
    /// S in nats.
    pub score: f64,
    /// Sites read.
    pub sites_read: usize,
    /// Sites that could not be read.
    pub sites_erased: usize,
}

/// Names a copy: the recipient, and the epoch of its key where that is not the first.
#[must_use]
pub fn copy_of(recipient: &str, epoch: u32) -> String {
    if epoch == 1 {
        format!("the copy delivered to {recipient}")
    } else {
        format!("the copy delivered to {recipient} under key epoch {epoch}")
    }
}

/// Another explanation of the reads.
#[derive(Clone, Debug, Serialize)]
pub struct Alternative {
    /// What it is.
    pub name: String,
    /// Whether it explains the reads as well as the best candidate.
    pub explains: bool,
    /// What testing it gave, in words.
    pub result: String,
}

/// One distinct site as it was counted for a candidate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counted {
    /// Its id.
    pub id: SiteId,
    /// As it was scored.
    pub observation: Observation,
    /// The owner's own spelling; none when the owner has both.
    pub canonical: Option<Variant>,
    /// Position in the candidate's list of the text in which it stands first.
    pub text: usize,
}

/// The result of judging.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// What it concludes.
    pub verdict: Verdict,
    /// Best first.
    pub scored: Vec<Scored>,
    /// The score that was needed.
    pub threshold: f64,
    /// min(1, N * runs * exp(-S)) for the best candidate.
    pub bound: f64,
    /// Further copies that went into the suspect, each scored conditional on those before; only when a copy is named.
    pub further: Vec<Further>,
    /// Other explanations, each tested.
    pub alternatives: Vec<Alternative>,
    /// The best candidate's sites, as scored.
    pub counted: Vec<Counted>,
}

/// A distinct site: its first occurrence, the merged read, the owner's spelling, the text it stands in first.
type Distinct = BTreeMap<SiteId, (ReadSite, Option<Variant>, Option<Variant>, usize)>;

/// The distinct sites of a candidate's texts, reads under one id merged.
fn distinct(reads: &Reads, candidate: &Candidate<'_>) -> Distinct {
    let sites: Vec<(usize, &ReadSite)> = candidate
        .delivered
        .iter()
        .enumerate()
        .filter_map(|(text, key)| Some((text, reads.by_text.get(key)?)))
        .flat_map(|(text, sites)| sites.iter().map(move |site| (text, site)))
        .collect();
    let merged = merge_reads(sites.iter().map(|(_, site)| (site.id, site.value)));
    let mut canonical: BTreeMap<SiteId, Option<Variant>> = BTreeMap::new();
    for (_, site) in &sites {
        canonical
            .entry(site.id)
            .and_modify(|known| {
                if *known != Some(site.canonical) {
                    *known = None;
                }
            })
            .or_insert(Some(site.canonical));
    }
    let mut distinct = BTreeMap::new();
    for (text, site) in sites {
        let value = merged.get(&site.id).copied().flatten();
        let owner = canonical.get(&site.id).copied().flatten();
        distinct.entry(site.id).or_insert((*site, value, owner, text));
    }
    distinct
}

fn counted(reads: &Reads, candidate: &Candidate<'_>) -> (Vec<Counted>, usize) {
    let mut erased = 0;
    let mut counted = Vec::new();
    for (id, (site, value, canonical, text)) in distinct(reads, candidate) {
        let touched = candidate.touched.contains(&id);
        if value.is_none() {
            erased += 1;
            // A touched site counts whatever was read there, also when nothing was.
            if !touched {
                continue;
            }
        }
        counted.push(Counted {
            id,
            observation: Observation {
                family: site.family,
                long: site.long,
                bias: (candidate.bias)(id),
                read: value,
                bit: (candidate.bit)(id),
                touched,
            },
            canonical,
            text,
        });
    }
    (counted, erased)
}

/// Judges fixed reads. `candidates` are the recipients who were delivered any matched text; `runs` counts the runs on this
/// suspect with different settings.
#[must_use]
pub fn judge(
    reads: &Reads,
    candidates: &[Candidate<'_>],
    epsilon: f64,
    runs: u32,
    anything_matches: bool,
) -> Judgement {
    let table = ScoreTable::first();
    let number = u32::try_from(candidates.len()).unwrap_or(u32::MAX);
    let needed = threshold(number, epsilon, runs);
    let mut scorer = Scorer::new(&table);
    let mut ranked: Vec<(Scored, Vec<Counted>, usize)> = candidates
        .iter()
        .enumerate()
        .map(|(position, candidate)| {
            let (counted, erased) = counted(reads, candidate);
            let observations: Vec<Observation> = counted.iter().map(|site| site.observation).collect();
            let scored = Scored {
                recipient: candidate.recipient.clone(),
                epoch: candidate.epoch,
                score: if observations.is_empty() {
                    0.0
                } else {
                    scorer.score(&observations)
                },
                sites_read: observations
                    .iter()
                    .filter(|observation| observation.read.is_some())
                    .count(),
                sites_erased: erased,
            };
            (scored, counted, position)
        })
        .collect();
    ranked.sort_by(|left, right| {
        right
            .0
            .score
            .total_cmp(&left.0.score)
            .then_with(|| (&left.0.recipient, left.0.epoch).cmp(&(&right.0.recipient, right.0.epoch)))
    });
    let mut alternatives = Vec::new();
    let Some((best, best_counted, position)) = ranked.first() else {
        let verdict = if anything_matches {
            Verdict::Inconclusive
        } else {
            Verdict::None
        };
        return Judgement {
            verdict,
            scored: Vec::new(),
            threshold: needed,
            bound: 1.0,
            further: Vec::new(),
            alternatives,
            counted: Vec::new(),
        };
    };
    let observations: Vec<Observation> = best_counted.iter().map(|site| site.observation).collect();
    let own: Vec<Option<Variant>> = best_counted.iter().map(|site| site.canonical).collect();
    let (same, tested) = best_counted.iter().fold((0_u32, 0_u32), |(same, tested), site| {
        match (site.observation.read, site.canonical) {
            (Some(read), Some(canonical)) => (same + u32::from(read == canonical), tested + 1),
            _ => (same, tested),
        }
    });
    let own_explains = !observations.is_empty() && explains_as_well(&table, &observations, &own);
    alternatives.push(Alternative {
        name: "the owner's own copy, an unmarked delivery or a public release".to_owned(),
        explains: own_explains,
        result: format!("{same} of {tested} sites read are spelled as in the owner's text"),
    });
    let mut further = if best.score >= needed && !own_explains {
        let order: Vec<usize> = ranked.iter().map(|(_, _, position)| *position).collect();
        further::names(reads, candidates, &order, (needed, epsilon))
    } else {
        Vec::new()
    };
    for (other, _, other_position) in ranked.iter().skip(1) {
        let rival =
            other.score >= needed && other.score + ringfence_mark::score::ALTERNATIVE_MARGIN > best.score;
        let named = further
            .iter()
            .find(|named| named.recipient == other.recipient && named.epoch == other.epoch);
        // Two copies that both reach the threshold are both in the suspect, when each still speaks for itself given the other; else the reads do not
        // tell them apart.
        let both = named.is_some()
            && rival
            && further::speaks_given(reads, candidates, *position, *other_position, needed);
        let result = match named {
            Some(named) => format!(
                "score {:.2} nats against {:.2}; given the names before it {:.2}, needed {:.2}: its copy is in the suspect too",
                other.score, best.score, named.score, named.threshold
            ),
            None => format!("score {:.2} nats against {:.2}", other.score, best.score),
        };
        alternatives.push(Alternative {
            name: copy_of(&other.recipient, other.epoch),
            explains: rival && !both,
            result,
        });
    }
    let exact = candidates.get(*position).is_some_and(|candidate| candidate.exact);
    let verdict = if !anything_matches {
        Verdict::None
    } else if best.score >= needed && !alternatives.iter().any(|alternative| alternative.explains) {
        if exact { Verdict::Exact } else { Verdict::Strong }
    } else {
        Verdict::Inconclusive
    };
    if !matches!(verdict, Verdict::Exact | Verdict::Strong) {
        further.clear();
    }
    let bound = (f64::from(number) * f64::from(runs) * (-best.score).exp()).clamp(SMALLEST_BOUND, 1.0);
    Judgement {
        verdict,
        threshold: needed,
        bound,
        further,
        alternatives,
        counted: best_counted.clone(),
        scored: ranked.into_iter().map(|(scored, _, _)| scored).collect(),
    }
}
