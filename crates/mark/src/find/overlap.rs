//! Settling overlaps: fixed family priority, then the smaller site, then the earlier one.
//!
//! A candidate falls to a better one that it conflicts with even when that one falls too. This leaves a few sites out, but an
//! edit then never cascades from one overlap to the next. INVARIANT: the result is laminar.

use std::cmp::Reverse;

use super::candidate::Candidate;
use crate::model::{Piece, Site, SiteId};

/// Candidates that may be open around one place. Deeper nests are hostile and lose their innermost candidates.
const MAX_DEPTH: usize = 64;

/// Chooses the candidates that stay, in table order, with their sites. Ids are filled in by the caller.
pub(super) fn resolve(mut found: Vec<Candidate>) -> Vec<(Candidate, Site)> {
    found.sort_by_key(|candidate| {
        (
            candidate.start,
            Reverse(candidate.end),
            candidate.family.priority(),
        )
    });
    let mut fallen = vec![false; found.len()];
    let mut open: Vec<usize> = Vec::new();
    for (index, candidate) in found.iter().enumerate() {
        open.retain(|at| found.get(*at).is_some_and(|outer| outer.end > candidate.start));
        let mut falls = open.len() >= MAX_DEPTH;
        for at in &open {
            let Some(outer) = found.get(*at) else { continue };
            if encloses(outer, candidate) {
                continue;
            }
            if beats(outer, candidate) {
                falls = true;
            } else if let Some(flag) = fallen.get_mut(*at) {
                *flag = true;
            }
        }
        if let Some(flag) = fallen.get_mut(index) {
            *flag = falls;
        }
        if open.len() < MAX_DEPTH {
            open.push(index);
        }
    }
    let mut chosen: Vec<(Candidate, Site)> = Vec::with_capacity(found.len());
    let mut around: Vec<(u32, u32)> = Vec::new();
    for (candidate, fallen) in found.into_iter().zip(fallen) {
        if fallen {
            continue;
        }
        while around.pop_if(|(_, end)| *end <= candidate.start).is_some() {}
        let index = u32::try_from(chosen.len()).unwrap_or(u32::MAX);
        let site = Site {
            id: SiteId([0; 16]),
            family: candidate.family,
            start: candidate.start,
            end: candidate.end,
            canonical: candidate.canonical,
            long: candidate.long,
            alternative: candidate.pieces.clone(),
            parent: around.last().map(|(at, _)| *at),
        };
        around.push((index, candidate.end));
        chosen.push((candidate, site));
    }
    chosen
}

/// Tells whether the inner candidate can live inside one copied piece of the outer one.
fn encloses(outer: &Candidate, inner: &Candidate) -> bool {
    (outer.start, outer.end) != (inner.start, inner.end)
        && outer.joint.is_none_or(|(start, end)| inner.end <= start || inner.start >= end)
        && outer.pieces.iter().any(
            |piece| matches!(piece, Piece::Source { start, end } if *start <= inner.start && inner.end <= *end),
        )
}

fn beats(left: &Candidate, right: &Candidate) -> bool {
    let rank = |candidate: &Candidate| {
        (
            candidate.family.priority(),
            candidate.end.saturating_sub(candidate.start),
            candidate.start,
        )
    };
    rank(left) <= rank(right)
}
