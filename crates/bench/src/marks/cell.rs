//! What one cell gave, and what is read from it: shares and lines.

use ringfence_mark::score::threshold;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The bounds that simulated innocents are held against.
pub const SIMULATED_EPSILON: [f64; 2] = [1e-2, 1e-3];

/// What one cell gave.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Cell {
    /// Language of the table.
    pub language: String,
    /// Name of the attack.
    pub attack: String,
    /// The program that was run.
    pub tool: String,
    /// The owner's non-blank lines.
    pub lines: usize,
    /// Lengths that were tried.
    pub grid: Vec<usize>,
    /// By seed: the smallest length that names a right recipient, by reading real fragments.
    pub smallest: Vec<Option<usize>>,
    /// The same, by the reads of the whole copy that lie inside the lines: the prototype's way.
    pub smallest_by_whole: Vec<Option<usize>>,
    /// Marked copies that were attacked.
    pub copies: u32,
    /// Files that the tool refused, of all copies.
    pub refused: usize,
    /// Sites of all copies; those read when the whole copy is; those read wrong (of one leaker).
    pub sites: usize,
    pub read: usize,
    pub wrong: usize,
    /// By family: sites, read, read wrong.
    pub families: BTreeMap<String, (usize, usize, usize)>,
    /// Other candidates who were scored, those named, and the highest score of them.
    pub others: u64,
    pub wrong_names: u64,
    pub highest: f64,
    /// Fragments whose evidence sufficed but which the owner's own copy explains as well.
    pub owners: u64,
    /// Simulated innocents.
    pub innocents: Innocents,
    /// Wall time.
    pub seconds: f64,
}

/// Scores of simulated innocents.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Innocents {
    /// How many.
    pub count: u64,
    /// Those at or above ln(1 / eps) for each of `SIMULATED_EPSILON`.
    pub above: [u64; 2],
    /// Sum of exp S and of its square.
    pub sum: f64,
    pub squares: f64,
    /// Highest S.
    pub highest: f64,
}

impl Innocents {
    /// Counts one more.
    pub fn add(&mut self, score: f64) {
        self.count = self.count.saturating_add(1);
        for (above, epsilon) in self.above.iter_mut().zip(SIMULATED_EPSILON) {
            *above = above.saturating_add(u64::from(score >= threshold(1, epsilon, 1)));
        }
        self.sum += score.exp();
        self.squares += (2.0 * score).exp();
        self.highest = self.highest.max(score);
    }

    /// Adds others up.
    pub fn join(&mut self, other: &Self) {
        self.count = self.count.saturating_add(other.count);
        for (above, more) in self.above.iter_mut().zip(other.above) {
            *above = above.saturating_add(more);
        }
        self.sum += other.sum;
        self.squares += other.squares;
        self.highest = self.highest.max(other.highest);
    }
}

impl Cell {
    /// Share of the seeds that are traced with so many lines.
    pub fn share(&self, lines: usize) -> f64 {
        share(&self.smallest, lines)
    }

    /// Lines for a share of the seeds, between the lengths of the grid.
    pub fn lines_for(&self, wanted: f64) -> Option<usize> {
        crossing(&self.grid, &self.smallest, wanted)
    }

    /// The same by the reads of whole copies.
    pub fn lines_by_whole(&self, wanted: f64) -> Option<usize> {
        crossing(&self.grid, &self.smallest_by_whole, wanted)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of seeds are small")]
fn share(smallest: &[Option<usize>], lines: usize) -> f64 {
    let traced = smallest
        .iter()
        .flatten()
        .filter(|needed| **needed <= lines)
        .count();
    traced as f64 / smallest.len().max(1) as f64
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "line counts are small and positive"
)]
fn crossing(grid: &[usize], smallest: &[Option<usize>], wanted: f64) -> Option<usize> {
    let (mut before, mut share_before) = (0_usize, 0.0);
    for lines in grid {
        let here = share(smallest, *lines);
        if here >= wanted {
            let step = lines.saturating_sub(before) as f64;
            let part = if here > share_before {
                (wanted - share_before) / (here - share_before)
            } else {
                1.0
            };
            return Some(before.saturating_add((step * part).round() as usize));
        }
        (before, share_before) = (*lines, here);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_is_read_between_the_lengths_of_the_grid() {
        let cell = Cell {
            grid: vec![100, 200, 400],
            smallest: vec![Some(100), Some(200), Some(200), Some(400), None],
            ..Cell::default()
        };
        assert!((cell.share(200) - 0.6).abs() < 1e-12);
        assert_eq!(cell.lines_for(0.2), Some(100));
        assert_eq!(cell.lines_for(0.4), Some(150));
        assert_eq!(cell.lines_for(0.7), Some(300));
        assert_eq!(cell.lines_for(0.95), None);
    }
}
