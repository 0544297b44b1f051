//! Scoring: how strongly the reads of a suspect speak for one recipient, as an e-value with a proved bound.
//!
//! For a recipient with bits x and reads y,
//!
//! ```text
//! S = ln  sum over h of v_h  prod over families f of  [ sum_r w_r prod P_h,r(y | x, p) ] / [ sum_r w_r prod P_h,r(y | p) ]
//! ```
//!
//! over hypotheses h (coalition of 1 to 6 and strategy), channels r of a family, and the family's sites.
//!
//! **Why the bound holds.** For an innocent recipient the bits are independent of the reads and `One` with probability p, so
//! the mean over x of P(y | x, p) is P(y | p), for any fixed y. Sites are independent and families disjoint, so each h's
//! product has mean 1, and so has their weighted mean: E[exp S] = 1 whatever the attack, the fragment or the erasures.
//! Numerators are rounded down and denominators up, so E[exp S] <= 1. By Markov, P(S >= ln(N / eps)) <= eps / N for each of N
//! innocents, eps in all. An erased site counts 1.
//!
//! **Touched sites** (condition 4 of `marks.md`). Where the recipient's own accepted edits changed or removed a site, the
//! read may depend on that recipient's bit, and leaving the site out would select by the bit. Within each h and r, a touched
//! site multiplies the numerator by min over y of P_h,r(y | x, p) and the denominator by max over y of P_h,r(y | p), whatever
//! was read. Let y* be what would have been read without those edits: it is independent of x and equals y at every untouched
//! site, so E[exp S(y*)] <= 1. At a touched site the bound is below the factor of y* = 0 and of y* = 1 term by term. It is also
//! below that of y* = erased, which is 1: as P(0) + P(1) = 1, every minimum is at most 1/2 and every maximum at least 1/2, so the
//! quotient of sums at most halves above and at least halves below. Hence S <= S(y*) always, even when which sites are touched
//! depends on x.
//!
//! **Sums.** Log-probabilities are integers in units of 2^-32 nats and their sums are exact, so every implementation gets the
//! same ones. The weighted sums of exponentials are in binary64: results agree within 1e-9 nats (1e-12 of the result above
//! 1,000 nats) between implementations of `exp` and `log` that are within two units in the last place.
//!
//! INVARIANT: weights and tables are fixed in a format version; `SCORE_TABLE_SHA256` pins them.
//! Refuses nothing: every input has a score. The conditions under which it means something are the caller's (`marks.md`).

mod logarithm;
mod sum;
mod table;

use std::collections::BTreeMap;

pub use sum::Scorer;
use sum::{channel_weights, count, hypothesis_weights, log_sum, mixture, untouched};
pub use table::{CHANNELS, Channel, Hypothesis, LARGEST_COALITION, ScoreTable, Strategy};

use crate::codeword::Bias;
use crate::model::{Family, SiteId, Variant};

/// Version of the tables, weights and formulas.
pub const FORMAT_VERSION: u32 = 1;

/// SHA-256 of `ScoreTable::after(n).to_canonical_json()` for n = 0 to 5.
pub const SCORE_TABLE_SHA256: [&str; LARGEST_COALITION] = [
    "3949d87b04a68ee81cfd74dc1e77bfaffd6181da4df18582af163e5f7a5fef27",
    "e9576f9a46942530a87b56ddfe91a1156a9f56d25f12dd224918f5e2be09b9dd",
    "0e6731fffbd8688174dcd2d8a2d54952ec369af3e20b5a61d43335594f445772",
    "682c9b0e46f15c5b2c3805ac734d7e971a8d103dbf9768797dbe56f50aedb719",
    "c4a387b097df593fcb15cf52ff9602173169194072ff90d0444c946363bcef97",
    "d1112b59b4871702dc61f5283f50d7a8dbbc23857acf0ea4d5260000658fca6d",
];

/// A natural logarithm of odds or of a probability.
pub type Nats = f64;

/// One distinct site of the suspect, as seen for one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Observation {
    /// The site's family: channels are shared by the sites of one.
    pub family: Family,
    /// Which variant is the longer form.
    pub long: Variant,
    /// The site's bias.
    pub bias: Bias,
    /// What the extractor read; `None` is erased.
    pub read: Option<Variant>,
    /// The recipient's bit.
    pub bit: Variant,
    /// Whether the recipient's own accepted edits changed or removed the site.
    pub touched: bool,
}

/// Reads of one site id in several places become one: agreeing reads that value, disagreeing ones erased.
///
/// A site that occurs twice has one bit; counting it twice would break the bound.
#[must_use]
pub fn merge_reads(
    reads: impl IntoIterator<Item = (SiteId, Option<Variant>)>,
) -> BTreeMap<SiteId, Option<Variant>> {
    let mut votes: BTreeMap<SiteId, [bool; 2]> = BTreeMap::new();
    for (site, read) in reads {
        let [zero, one] = votes.entry(site).or_default();
        *zero |= read == Some(Variant::Zero);
        *one |= read == Some(Variant::One);
    }
    votes
        .into_iter()
        .map(|(site, votes)| match votes {
            [true, false] => (site, Some(Variant::Zero)),
            [false, true] => (site, Some(Variant::One)),
            _ => (site, None),
        })
        .collect()
}

/// Returns the S that a first name needs: ln(candidates * runs / epsilon).
///
/// `candidates` are the recipients who were delivered this content, `runs` the runs on the suspect with different settings.
#[must_use]
pub fn threshold(candidates: u32, epsilon: f64, runs: u32) -> Nats {
    (f64::from(candidates.max(1)) * f64::from(runs.max(1)) / epsilon).ln()
}

/// Returns S for a first name. `table` must be `ScoreTable::first()`; each site id must occur once.
///
/// Many recipients held against the same reads are faster with a [`Scorer`].
#[must_use]
pub fn score(table: &ScoreTable, observations: &[Observation]) -> Nats {
    Scorer::new(table).score(observations)
}

/// Returns S for one more name, given the bits of `table.accused()` names: P_h(y | x1, x2, p) / P_h(y | x1, p).
///
/// Each accused list holds that recipient's bits in the order of the observations; a missing bit counts as `Zero`.
#[must_use]
pub fn conditional_score(table: &ScoreTable, observations: &[Observation], accused: &[&[Variant]]) -> Nats {
    let with_ones = observations.iter().enumerate().map(|(index, observation)| {
        let ones = accused
            .iter()
            .filter(|bits| bits.get(index) == Some(&Variant::One))
            .count();
        (observation, ones)
    });
    Scorer::new(table).total(&count(table, with_ones))
}

/// Returns the log-likelihood of the reads for a recipient: the score's numerators, mixed over the hypotheses.
#[must_use]
pub fn recipient_likelihood(table: &ScoreTable, observations: &[Observation]) -> Nats {
    let families = count(table, untouched(observations));
    let (weights, channel_weights) = (hypothesis_weights(table), channel_weights());
    let hypotheses = table.numerators().iter().zip(weights).map(|(channels, weight)| {
        weight
            + families
                .values()
                .map(|family| mixture(&channel_weights, channels, &family.numerators))
                .sum::<f64>()
    });
    log_sum(&hypotheses.collect::<Vec<f64>>())
}

/// Returns the log-likelihood of the reads if the suspect came from one known text: the owner's own copy, an unmarked
/// delivery or a public release, through the same channels. `variants` are that text's, in the order of the observations;
/// a site that the text does not have is left out.
#[must_use]
pub fn text_likelihood(
    table: &ScoreTable,
    observations: &[Observation],
    variants: &[Option<Variant>],
) -> Nats {
    let alternative: Vec<Observation> = observations
        .iter()
        .zip(variants)
        .filter(|(observation, _)| !observation.touched)
        .filter_map(|(observation, variant)| {
            Some(Observation {
                bit: (*variant)?,
                ..*observation
            })
        })
        .collect();
    let families = count(table, untouched(&alternative));
    let channel_weights = channel_weights();
    // A single leaker's numerator is P(y | z = x): exactly what one known text gives.
    table.numerators().first().map_or(0.0, |channels| {
        families
            .values()
            .map(|family| mixture(&channel_weights, channels, &family.numerators))
            .sum()
    })
}

/// How much likelier, in nats, the reads must be under a recipient than under an alternative: a factor of 1,000.
pub const ALTERNATIVE_MARGIN: Nats = 6.907_755_278_982_137;

/// Says whether a known text explains the reads as well as a recipient does: the verdict is then `inconclusive`.
///
/// The rule: compared over the sites that were read, that the recipient's own edits did not touch and that the text has, the
/// recipient's likelihood must be more than 1,000 times the text's. The recipient's is the mixture over coalitions, the text's
/// that of a single source. `table` must be `ScoreTable::first()`.
#[must_use]
pub fn explains_as_well(
    table: &ScoreTable,
    observations: &[Observation],
    variants: &[Option<Variant>],
) -> bool {
    let shared: Vec<Observation> = observations
        .iter()
        .zip(variants)
        .filter(|(_, variant)| variant.is_some())
        .map(|(observation, _)| *observation)
        .collect();
    let text = text_likelihood(table, observations, variants);
    recipient_likelihood(table, &shared) - text <= ALTERNATIVE_MARGIN
}

#[cfg(test)]
mod tests;
