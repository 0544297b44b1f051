//! Longest common subsequences, 64 columns at a time.

#![expect(
    clippy::indexing_slicing,
    reason = "word and column indexes are bounded by the length of `columns` that sized the rows"
)]

use std::collections::HashMap;

/// Rows of the bit-parallel computation of longest common subsequences (Hyyro 2004): a zero bit at column c of row r says that
/// the first r + 1 of `rows` have one more in common with the first c + 1 of `columns` than with the first c.
fn common_rows(rows: &[u32], columns: &[u32], mut keep: impl FnMut(&[u64])) -> usize {
    let words = columns.len().div_ceil(64);
    let mut masks: HashMap<u32, Vec<u64>> = HashMap::new();
    for row in rows {
        masks.entry(*row).or_default();
    }
    for (at, column) in columns.iter().enumerate() {
        if let Some(mask) = masks.get_mut(column) {
            mask.resize(words, 0);
            mask[at / 64] |= 1 << (at % 64);
        }
    }
    let mut state = vec![u64::MAX; words];
    for row in rows {
        let mask = masks.get(row).map_or(&[][..], Vec::as_slice);
        if !mask.is_empty() {
            let mut carry = false;
            for (word, mask) in state.iter_mut().zip(mask) {
                let matched = *word & mask;
                let (sum, first) = word.overflowing_add(matched);
                let (sum, second) = sum.overflowing_add(u64::from(carry));
                carry = first || second;
                *word = sum | (*word - matched);
            }
        }
        keep(&state);
    }
    let ones: usize = (0..columns.len())
        .filter(|at| state[at / 64] >> (at % 64) & 1 == 1)
        .count();
    columns.len() - ones
}

/// Length of the longest common subsequence.
pub(crate) fn common_length(left: &[u32], right: &[u32]) -> usize {
    // Equal ends belong to a longest one; windows of sites are mostly equal.
    let head = left
        .iter()
        .zip(right)
        .take_while(|(one, other)| one == other)
        .count();
    let (left, right) = (&left[head..], &right[head..]);
    let tail = left
        .iter()
        .rev()
        .zip(right.iter().rev())
        .take_while(|(one, other)| one == other)
        .count();
    let (left, right) = (&left[..left.len() - tail], &right[..right.len() - tail]);
    if left.is_empty() || right.is_empty() {
        return head + tail;
    }
    head + tail + common_rows(left, right, |_| {})
}

/// Pairs of a longest common subsequence.
pub(super) fn common_pairs(left: &[u32], right: &[u32]) -> Vec<(usize, usize)> {
    if left.is_empty() || right.is_empty() {
        return Vec::new();
    }
    let mut matrix: Vec<u64> = Vec::new();
    common_rows(left, right, |state| matrix.extend_from_slice(state));
    let words = right.len().div_ceil(64);
    let one = |row: usize, column: usize| matrix[row * words + column / 64] >> (column % 64) & 1 == 1;
    let (mut row, mut column) = (left.len(), right.len());
    let mut pairs = Vec::new();
    while row > 0 && column > 0 {
        if one(row - 1, column - 1) {
            column -= 1;
        } else {
            row -= 1;
            if row == 0 || one(row - 1, column - 1) {
                column -= 1;
                pairs.push((row, column));
            }
        }
    }
    pairs.reverse();
    pairs
}
