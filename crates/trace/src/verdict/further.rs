//! A second and a third name: each scored conditional on those before it (condition 5 of `marks.md`).
//!
//! For an innocent j and any fixed names before it, exp S(j | names) has mean at most one, as j's bits are independent of the reads and of their bits. The names
//! before are chosen from the reads, though. When they are all guilty, as they are but for the chance that their own bounds state, they are one of the
//! `C(6, n)` sets of n that a coalition of six has; so a further name needs ln C(6, n) more than a first one. Its bound is the chance that any innocent is ever named at
//! its place; the bounds of all names add up.

use super::{Candidate, Counted, SMALLEST_BOUND, counted};
use crate::reading::Reads;
use ringfence_mark::model::{SiteId, Variant};
use ringfence_mark::score::{LARGEST_COALITION, Nats, Observation, ScoreTable, conditional_score};
use serde::Serialize;
use std::collections::BTreeMap;

/// One more copy that went into the suspect.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Further {
    /// Its recipient.
    pub recipient: String,
    /// The epoch of its key.
    pub epoch: u32,
    /// S in nats, given the names before it.
    pub score: f64,
    /// The score that was needed.
    pub threshold: f64,
    /// Chance that any innocent recipient is named at this place, at most.
    pub bound: f64,
    /// Its sites, as scored.
    #[serde(skip)]
    pub counted: Vec<Counted>,
}

/// The bits of one name where it has something to do with the reads. Elsewhere, in what it was not delivered, none of its bits is in
/// the suspect: they count as 0, so that whoever opens the leaves of this name has all that the scores after it rest on. Which sites
/// these are is fixed by the reads, the deliveries and the name's own edits, never by a bit.
type Bits = BTreeMap<SiteId, Variant>;

fn bits_of(sites: &[Counted]) -> Bits {
    sites.iter().map(|site| (site.id, site.observation.bit)).collect()
}

/// Sets of so many names that a coalition of six has.
fn choices(names: usize) -> f64 {
    let mut sets = 1.0;
    let mut drawn = 0.0;
    for _ in 0..names {
        sets = sets * (6.0 - drawn) / (drawn + 1.0);
        drawn += 1.0;
    }
    sets
}

fn given(table: &ScoreTable, sites: &[Counted], names: &[Bits]) -> Nats {
    if sites.is_empty() {
        return 0.0;
    }
    let observations: Vec<Observation> = sites.iter().map(|site| site.observation).collect();
    let bits: Vec<Vec<Variant>> = names
        .iter()
        .map(|named| {
            let bit = |site: &Counted| named.get(&site.id).copied().unwrap_or(Variant::Zero);
            sites.iter().map(bit).collect()
        })
        .collect();
    let bits: Vec<&[Variant]> = bits.iter().map(Vec::as_slice).collect();
    conditional_score(table, &observations, &bits)
}

/// The names after the first, which is the first of `order`; the candidates are in it by falling score. `needed` is what the first name needed:
/// ln(N * runs / epsilon).
pub(super) fn names(
    reads: &Reads,
    candidates: &[Candidate<'_>],
    order: &[usize],
    (needed, epsilon): (Nats, f64),
) -> Vec<Further> {
    let sites_of = |position: &usize| {
        let candidate = candidates.get(*position)?;
        Some((candidate, counted(reads, candidate).0))
    };
    let mut names: Vec<Bits> = order
        .first()
        .and_then(sites_of)
        .map(|(_, sites)| bits_of(&sites))
        .into_iter()
        .collect();
    let mut left: Vec<(&Candidate<'_>, Vec<Counted>)> = order.iter().skip(1).filter_map(sites_of).collect();
    let mut further = Vec::new();
    while names.len() < LARGEST_COALITION && !left.is_empty() {
        let table = ScoreTable::after(names.len());
        let more = choices(names.len()).ln();
        let best = left
            .iter()
            .enumerate()
            .map(|(place, (_, sites))| (place, given(&table, sites, &names)))
            // The first of equals, which has the higher score by itself.
            .reduce(|best, other| if other.1 > best.1 { other } else { best });
        let Some((place, score)) = best.filter(|(_, score)| *score >= needed + more) else {
            break;
        };
        let (candidate, sites) = left.remove(place);
        names.push(bits_of(&sites));
        further.push(Further {
            recipient: candidate.recipient.clone(),
            epoch: candidate.epoch,
            score,
            threshold: needed + more,
            bound: ((needed + more - score).exp() * epsilon).clamp(SMALLEST_BOUND, 1.0),
            counted: sites,
        });
    }
    further
}

/// Whether a candidate still reaches what a second name needs, given one other name.
pub(super) fn speaks_given(
    reads: &Reads,
    candidates: &[Candidate<'_>],
    position: usize,
    other: usize,
    needed: Nats,
) -> bool {
    let (Some(candidate), Some(other)) = (candidates.get(position), candidates.get(other)) else {
        return false;
    };
    let (sites, _) = counted(reads, candidate);
    let (others, _) = counted(reads, other);
    given(&ScoreTable::after(1), &sites, &[bits_of(&others)]) >= needed + choices(1).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coalition_of_six_has_so_many_sets() {
        assert_eq!([0, 1, 2, 3, 4, 5].map(choices), [1.0, 6.0, 15.0, 20.0, 15.0, 6.0]);
    }
}
