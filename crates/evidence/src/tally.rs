//! Scores in the integers of the pack: a score is rounded down to millionths of a nat, a threshold up.
//!
//! Sums of exponentials agree between programs to about 1e-9 nats; a stated integer is therefore accepted when it is the
//! right one for a sum a thousandth of a unit away. What is compared with what, score with threshold, are the integers.

use std::collections::BTreeMap;

use ringfence_mark::model::{SiteId, Variant};
use ringfence_mark::score::{Observation, ScoreTable, conditional_score, explains_as_well, score, threshold};

use crate::input::OpenedRead;

const UNIT: f64 = 1e6;
const SLACK: f64 = 0.001;

/// Returns what the scorer needs of the reads.
pub(crate) fn observations<'r>(reads: impl IntoIterator<Item = &'r OpenedRead>) -> Vec<Observation> {
    let observation = |read: &OpenedRead| Observation {
        family: read.family,
        long: read.long,
        bias: read.opening.bias,
        read: read.read,
        bit: read.opening.bit,
        touched: read.touched,
    };
    reads.into_iter().map(observation).collect()
}

/// Returns the score in millionths of a nat, rounded down.
pub(crate) fn score_micronats(table: &ScoreTable, observations: &[Observation]) -> i64 {
    to_integer((score(table, observations) * UNIT).floor())
}

/// Returns ln(candidates * runs * 10^exponent) in millionths of a nat, rounded up.
pub(crate) fn threshold_micronats(candidates: u32, runs: u32, exponent: u32) -> i64 {
    to_integer((exact_threshold(candidates, runs, exponent) * UNIT).ceil())
}

/// Says whether a stated score is the right one.
pub(crate) fn is_score(stated: i64, table: &ScoreTable, observations: &[Observation]) -> bool {
    let above = score(table, observations) * UNIT - to_real(stated);
    (-SLACK..=1.0 + SLACK).contains(&above)
}

/// Says whether a stated threshold is the right one.
pub(crate) fn is_threshold(stated: i64, candidates: u32, runs: u32, exponent: u32) -> bool {
    let below = to_real(stated) - exact_threshold(candidates, runs, exponent) * UNIT;
    (-SLACK..=1.0 + SLACK).contains(&below)
}

/// The opened bits of one name, by site.
pub(crate) type Bits = BTreeMap<SiteId, Variant>;

/// Returns the opened bits of a name.
pub(crate) fn bits<'r>(reads: impl IntoIterator<Item = &'r OpenedRead>) -> Bits {
    reads
        .into_iter()
        .map(|read| (read.opening.site, read.opening.bit))
        .collect()
}

/// Returns the score of a further name given those before it. A leaf of theirs that is not opened counts as 0: what they were not
/// delivered, or what was not read there, none of their bits is in. This is a rule that looks at no bit, so the score stays an e-value.
fn further_score(table: &ScoreTable, reads: &[&OpenedRead], before: &[Bits]) -> f64 {
    let observations = observations(reads.iter().copied());
    let bits: Vec<Vec<Variant>> = before
        .iter()
        .map(|bits| {
            let bit = |read: &&OpenedRead| bits.get(&read.opening.site).copied().unwrap_or(Variant::Zero);
            reads.iter().map(bit).collect()
        })
        .collect();
    let bits: Vec<&[Variant]> = bits.iter().map(Vec::as_slice).collect();
    conditional_score(table, &observations, &bits)
}

/// Returns the score of a further name in millionths of a nat, rounded down.
pub(crate) fn further_micronats(table: &ScoreTable, reads: &[&OpenedRead], before: &[Bits]) -> i64 {
    to_integer((further_score(table, reads, before) * UNIT).floor())
}

/// Says whether a stated score of a further name is the right one.
pub(crate) fn is_further_score(
    stated: i64,
    table: &ScoreTable,
    reads: &[&OpenedRead],
    before: &[Bits],
) -> bool {
    let above = further_score(table, reads, before) * UNIT - to_real(stated);
    (-SLACK..=1.0 + SLACK).contains(&above)
}

/// ln of the sets of so many names that a coalition of six has: the names before were chosen from the same reads.
fn choices(names: usize) -> f64 {
    let sets: f64 = match names {
        1 | 5 => 6.0,
        2 | 4 => 15.0,
        3 => 20.0,
        _ => 1.0,
    };
    sets.ln()
}

/// Returns what a name after `names` others needs, in millionths of a nat, rounded up.
pub(crate) fn further_threshold(candidates: u32, runs: u32, exponent: u32, names: usize) -> i64 {
    to_integer(((exact_threshold(candidates, runs, exponent) + choices(names)) * UNIT).ceil())
}

/// Says whether a stated threshold of a name after `names` others is the right one.
pub(crate) fn is_further_threshold(
    stated: i64,
    candidates: u32,
    runs: u32,
    exponent: u32,
    names: usize,
) -> bool {
    let below = to_real(stated) - (exact_threshold(candidates, runs, exponent) + choices(names)) * UNIT;
    (-SLACK..=1.0 + SLACK).contains(&below)
}

/// Says whether another text explains the reads as well as the recipient's codeword does.
pub(crate) fn explains(
    table: &ScoreTable,
    observations: &[Observation],
    variants: &[Option<Variant>],
) -> bool {
    explains_as_well(table, observations, variants)
}

fn exact_threshold(candidates: u32, runs: u32, exponent: u32) -> f64 {
    let epsilon = 10_f64.powi(-i32::try_from(exponent).unwrap_or(i32::MAX));
    threshold(candidates, epsilon, runs)
}

/// Both ends are far beyond any score; a real that is no number counts as zero, which never names anyone.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the value is whole and clamped to the range of exact integers"
)]
fn to_integer(real: f64) -> i64 {
    let limit = to_real(ringfence_ledger::canonical::MAX_INTEGER);
    if real.is_nan() {
        0
    } else {
        real.clamp(-limit, limit) as i64
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "canonical integers are below 2^53, where this is exact"
)]
fn to_real(integer: i64) -> f64 {
    integer as f64
}
