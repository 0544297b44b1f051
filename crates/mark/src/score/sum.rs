//! The sums of a score: cells counted by family, channels mixed, hypotheses mixed.

use std::collections::BTreeMap;

use super::table::{CHANNEL_WEIGHTS, CHANNELS, ScoreTable, cell_index};
use super::{Nats, Observation};
use crate::model::{Family, Variant};

/// Terms so far below the largest are no part of a sum in binary64: e^-45 is less than a half of its last place, many times over.
const NEGLIGIBLE: f64 = -45.0;

/// How often each cell occurs within one family.
pub(super) struct Counts {
    pub(super) numerators: Cells,
    pub(super) denominators: Cells,
}

type Cells = Vec<(Cell, i64)>;

/// A cell of the table, or for a touched site the pair of cells of both reads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cell {
    Read(usize),
    /// The smaller of two.
    Smallest(usize, usize),
    /// The larger of two.
    Largest(usize, usize),
}

/// Scores several recipients against the same reads: what does not depend on the recipient is summed once.
pub struct Scorer<'t> {
    table: &'t ScoreTable,
    hypothesis_weights: Vec<f64>,
    channel_weights: Vec<f64>,
    /// Channels whose numerators are the same under every hypothesis: those that say nothing of the leak.
    is_dead: Vec<bool>,
    /// Denominators that were last seen, and by family and hypothesis what they sum up to.
    denominators: BTreeMap<Family, (Cells, Vec<Nats>)>,
}

impl<'t> Scorer<'t> {
    /// Starts with a table.
    #[must_use]
    pub fn new(table: &'t ScoreTable) -> Self {
        Self {
            table,
            hypothesis_weights: hypothesis_weights(table).collect(),
            channel_weights: channel_weights(),
            is_dead: dead_channels(table),
            denominators: BTreeMap::new(),
        }
    }

    /// Returns what [`super::score`] returns.
    #[must_use]
    pub fn score(&mut self, observations: &[Observation]) -> Nats {
        let counts = count(
            self.table,
            observations.iter().map(|observation| (observation, 0)),
        );
        self.total(&counts)
    }

    pub(super) fn total(&mut self, families: &BTreeMap<Family, Counts>) -> Nats {
        for (family, counts) in families {
            if self
                .denominators
                .get(family)
                .is_none_or(|(known, _)| *known != counts.denominators)
            {
                let mixed = self.table.denominators().iter();
                let sums = mixed
                    .map(|channels| mixture(&self.channel_weights, channels, &counts.denominators))
                    .collect();
                self.denominators
                    .insert(*family, (counts.denominators.clone(), sums));
            }
        }
        let hypotheses = self.table.numerators();
        let Some(first) = hypotheses.first() else {
            return 0.0;
        };
        // By family and channel, under the first hypothesis: the others share what says nothing of the leak.
        let of_first: Vec<Vec<Nats>> = families
            .values()
            .map(|counts| terms(&self.channel_weights, first, &counts.numerators).collect())
            .collect();
        let mut channels: Vec<Nats> = Vec::new();
        let mut mixed: Vec<Nats> = Vec::with_capacity(hypotheses.len());
        for (hypothesis, (numerators, weight)) in hypotheses.iter().zip(&self.hypothesis_weights).enumerate()
        {
            let mut ratios = 0.0;
            for ((family, counts), of_first) in families.iter().zip(&of_first) {
                channels.clear();
                let rows = numerators.iter().zip(&self.channel_weights);
                channels.extend(rows.zip(of_first).zip(&self.is_dead).map(
                    |(((cells, weight), of_first), is_dead)| {
                        if *is_dead {
                            *of_first
                        } else {
                            weight + nats(sum(cells, &counts.numerators))
                        }
                    },
                ));
                let below = self.denominators.get(family);
                ratios += log_sum(&channels)
                    - below.map_or(0.0, |(_, sums)| sums.get(hypothesis).copied().unwrap_or(0.0));
            }
            mixed.push(weight + ratios);
        }
        log_sum(&mixed)
    }
}

fn dead_channels(table: &ScoreTable) -> Vec<bool> {
    (0..CHANNELS.len())
        .map(|channel| {
            let mut rows = table.numerators().iter().map(|channels| channels.get(channel));
            let first = rows.next();
            rows.all(|row| Some(row) == first)
        })
        .collect()
}

pub(super) fn untouched(observations: &[Observation]) -> impl Iterator<Item = (&Observation, usize)> {
    observations
        .iter()
        .filter(|observation| !observation.touched)
        .map(|observation| (observation, 0))
}

/// Adds one to a cell. A family has a few dozen cells at most.
fn add(cells: &mut Cells, cell: Cell) {
    match cells.iter_mut().find(|(known, _)| *known == cell) {
        Some((_, count)) => *count += 1,
        None => cells.push((cell, 1)),
    }
}

pub(super) fn count<'a>(
    table: &ScoreTable,
    observations: impl Iterator<Item = (&'a Observation, usize)>,
) -> BTreeMap<Family, Counts> {
    let accused = table.accused();
    let mut families: BTreeMap<Family, Counts> = BTreeMap::new();
    for (observation, accused_ones) in observations {
        let Observation {
            family,
            long,
            bias,
            read,
            bit,
            touched,
        } = *observation;
        let (long, bias) = (usize::from(long == Variant::One), usize::from(bias.byte()));
        let accused_ones = accused_ones.min(accused);
        let ones = accused_ones + usize::from(bit == Variant::One);
        let above = |read| cell_index(long, read, ones, bias, accused + 1);
        let below = |read| cell_index(long, read, accused_ones, bias, accused);
        let (numerator, denominator) = if touched {
            (
                Cell::Smallest(above(0), above(1)),
                Cell::Largest(below(0), below(1)),
            )
        } else if let Some(read) = read {
            let read = usize::from(read == Variant::One);
            (Cell::Read(above(read)), Cell::Read(below(read)))
        } else {
            continue;
        };
        let counts = families.entry(family).or_insert_with(|| Counts {
            numerators: Vec::new(),
            denominators: Vec::new(),
        });
        add(&mut counts.numerators, numerator);
        add(&mut counts.denominators, denominator);
    }
    // In one order, so that equal counts are equal lists.
    for counts in families.values_mut() {
        counts.numerators.sort_unstable();
        counts.denominators.sort_unstable();
    }
    families
}

pub(super) fn channel_weights() -> Vec<f64> {
    CHANNELS
        .iter()
        .map(|channel| (f64::from(channel.weight()) / f64::from(CHANNEL_WEIGHTS)).ln())
        .collect()
}

pub(super) fn hypothesis_weights(table: &ScoreTable) -> impl Iterator<Item = f64> {
    let sum: u32 = table
        .hypotheses()
        .iter()
        .map(|hypothesis| hypothesis.weight)
        .sum();
    table
        .hypotheses()
        .iter()
        .map(move |hypothesis| (f64::from(hypothesis.weight) / f64::from(sum)).ln())
}

/// ln sum over channels of weight times the product of the cells, for one hypothesis and family.
pub(super) fn mixture(weights: &[f64], channels: &[Vec<i64>], counts: &[(Cell, i64)]) -> f64 {
    let terms: Vec<f64> = terms(weights, channels, counts).collect();
    log_sum(&terms)
}

fn terms<'a>(
    weights: &'a [f64],
    channels: &'a [Vec<i64>],
    counts: &'a [(Cell, i64)],
) -> impl Iterator<Item = f64> + 'a {
    let rows = channels.iter().zip(weights);
    rows.map(|(cells, weight)| weight + nats(sum(cells, counts)))
}

/// The exact sum of a channel's cells. Real ones stay far below 2^63, which is quicker to reckon with.
fn sum(cells: &[i64], counts: &[(Cell, i64)]) -> i128 {
    let get = |index: usize| cells.get(index).copied().unwrap_or(i64::MIN);
    let value = |cell: Cell| match cell {
        Cell::Read(index) => get(index),
        Cell::Smallest(first, second) => get(first).min(get(second)),
        Cell::Largest(first, second) => get(first).max(get(second)),
    };
    let quick = counts.iter().try_fold(0_i64, |sum, (cell, count)| {
        sum.checked_add(value(*cell).checked_mul(*count)?)
    });
    quick.map_or_else(
        || {
            let exact = counts
                .iter()
                .map(|(cell, count)| i128::from(value(*cell)) * i128::from(*count));
            exact.sum()
        },
        i128::from,
    )
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a sum beyond 2^53 units is beyond 2 million nats: 1e-16 of it is below the stated tolerance"
)]
pub(super) fn nats(units: i128) -> f64 {
    // Both conversions round to the nearest, so they agree.
    i64::try_from(units).map_or_else(|_| units as f64, |units| units as f64) / 4_294_967_296.0
}

pub(super) fn log_sum(terms: &[f64]) -> f64 {
    let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    let below = terms.iter().map(|term| term - largest);
    largest
        + below
            .filter(|below| *below > NEGLIGIBLE)
            .map(f64::exp)
            .sum::<f64>()
            .ln()
}
