//! A second and a third name: each scored conditional on those before it (condition 5 of `marks.md`).
//!
//! For an innocent j and any fixed names before it, exp S(j | names) has mean at most one, as j's bits are independent of the reads and of their bits. The names
//! before are chosen from the reads, though. When they are all guilty, as they are but for the chance that their own bounds state, they are one of the
//! `C(6, n)` sets of n that a coalition of six has; so a further name needs ln C(6, n) more than a first one. Its bound is the chance that any innocent is ever named at
//! its place; the bounds of all names add up.

use super::{Candidate, SMALLEST_BOUND, counted};
use crate::reading::Reads;
use ringfence_mark::model::Variant;
use ringfence_mark::score::{LARGEST_COALITION, Nats, Observation, ScoreTable, conditional_score};
use serde::Serialize;

/// One more copy that went into the suspect.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Further {
    /// Its recipient.
    pub recipient: String,
    /// S in nats, given the names before it.
    pub score: f64,
    /// The score that was needed.
    pub threshold: f64,
    /// Chance that any innocent recipient is named at this place, at most.
    pub bound: f64,
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

fn given(table: &ScoreTable, reads: &Reads, candidate: &Candidate<'_>, names: &[&Candidate<'_>]) -> Nats {
    let (sites, _) = counted(reads, candidate);
    if sites.is_empty() {
        return 0.0;
    }
    let observations: Vec<Observation> = sites.iter().map(|site| site.observation).collect();
    let bits: Vec<Vec<Variant>> = names
        .iter()
        .map(|named| sites.iter().map(|site| (named.bit)(site.id)).collect())
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
    let mut names: Vec<&Candidate<'_>> = order
        .first()
        .and_then(|first| candidates.get(*first))
        .into_iter()
        .collect();
    let mut left: Vec<&Candidate<'_>> = order
        .iter()
        .skip(1)
        .filter_map(|position| candidates.get(*position))
        .collect();
    let mut further = Vec::new();
    while names.len() < LARGEST_COALITION && !left.is_empty() {
        let table = ScoreTable::after(names.len());
        let more = choices(names.len()).ln();
        let best = left
            .iter()
            .enumerate()
            .map(|(place, candidate)| (place, given(&table, reads, candidate, &names)))
            // The first of equals, which has the higher score by itself.
            .reduce(|best, other| if other.1 > best.1 { other } else { best });
        let Some((place, score)) = best.filter(|(_, score)| *score >= needed + more) else {
            break;
        };
        let candidate = left.remove(place);
        further.push(Further {
            recipient: candidate.recipient.clone(),
            score,
            threshold: needed + more,
            bound: ((needed + more - score).exp() * epsilon).clamp(SMALLEST_BOUND, 1.0),
        });
        names.push(candidate);
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
    given(&ScoreTable::after(1), reads, candidate, &[other]) >= needed + choices(1).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coalition_of_six_has_so_many_sets() {
        assert_eq!([0, 1, 2, 3, 4, 5].map(choices), [1.0, 6.0, 15.0, 20.0, 15.0, 6.0]);
    }
}
