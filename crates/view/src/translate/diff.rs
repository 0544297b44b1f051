//! Longest common subsequences within bounds.
//!
//! Equal sequences of any length are cheap; what costs is the square of what differs. Beyond the steps granted, items
//! that repeat often are left unaligned, and the answer says that it is coarse.

use std::collections::HashMap;
use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput, Token};

use super::tokens::Tokens;

/// Steps of the bounded alignment of all hunks of one file, at worst.
const BOUNDED: usize = 1 << 32;
/// Steps of the minimal alignment of all hunks of one file, at worst.
const MINIMAL: usize = 1 << 28;
/// Steps of the minimal alignment of two spellings of one site, at worst.
const SITE: usize = 1 << 22;
/// Lines of two texts together that are aligned whatever repeats in them.
const LINES: usize = 80_000;
/// How often an item may stand in one sequence when there are too many.
const RARE: u32 = 8;

/// Steps that are left.
pub(super) struct Steps {
    minimal: usize,
    bounded: usize,
    /// Whether something was left unaligned for want of steps.
    pub(super) is_coarse: bool,
}

impl Steps {
    /// For all hunks of one file.
    pub(super) fn of_file() -> Self {
        Self {
            minimal: MINIMAL,
            bounded: BOUNDED,
            is_coarse: false,
        }
    }

    /// For two spellings of one site.
    pub(super) fn of_site() -> Self {
        Self {
            minimal: SITE,
            bounded: SITE,
            is_coarse: false,
        }
    }
}

fn spend(steps: &mut usize, worst: usize) -> bool {
    let enough = worst <= *steps;
    *steps = steps.saturating_sub(if enough { worst } else { 0 });
    enough
}

fn span(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

/// Gives items that repeat often numbers of their own, so that they align with nothing.
fn thin(sequence: &[Token], next: &mut u32) -> Vec<Token> {
    let mut counts: HashMap<u32, u32> = HashMap::new();
    for token in sequence {
        let count = counts.entry(token.0).or_default();
        *count = count.saturating_add(1);
    }
    let mut fresh = |token: &Token| {
        if counts.get(&token.0).is_some_and(|count| *count <= RARE) {
            return *token;
        }
        *next = next.saturating_add(1);
        Token(*next)
    };
    sequence.iter().map(&mut fresh).collect()
}

/// Changed line ranges between two texts, in order.
pub(super) fn line_hunks(before: &Tokens<'_>, after: &Tokens<'_>) -> Vec<(Range<usize>, Range<usize>)> {
    let mut input: InternedInput<&[u8]> = InternedInput::default();
    input.update_before((0..before.line_count()).map(|line| before.line_bytes(line)));
    input.update_after((0..after.line_count()).map(|line| after.line_bytes(line)));
    let mut diff = Diff::default();
    if before.line_count() + after.line_count() <= LINES {
        diff.compute_with(
            Algorithm::Histogram,
            &input.before,
            &input.after,
            input.interner.num_tokens(),
        );
        diff.postprocess_lines(&input);
    } else {
        let mut next = input.interner.num_tokens();
        let (old, new) = (thin(&input.before, &mut next), thin(&input.after, &mut next));
        diff.compute_with(Algorithm::Histogram, &old, &new, next.saturating_add(1));
    }
    diff.hunks()
        .map(|hunk| (span(&hunk.before), span(&hunk.after)))
        .collect()
}

/// Equal pairs of two token sequences, in order: a longest list of them while the steps last.
pub(super) fn equal_pairs(
    before: &[Token],
    after: &[Token],
    kinds: u32,
    steps: &mut Steps,
) -> Vec<(usize, usize)> {
    let worst = (before.len() + after.len()).saturating_pow(2);
    let mut diff = Diff::default();
    if spend(&mut steps.minimal, worst) {
        diff.compute_with(Algorithm::MyersMinimal, before, after, kinds);
    } else if spend(&mut steps.bounded, worst) {
        diff.compute_with(Algorithm::Myers, before, after, kinds);
    } else {
        steps.is_coarse = true;
        let mut next = kinds;
        let (old, new) = (thin(before, &mut next), thin(after, &mut next));
        diff.compute_with(Algorithm::Histogram, &old, &new, next.saturating_add(1));
    }
    let mut pairs = Vec::new();
    let (mut left, mut right) = (0, 0);
    let hunks = diff.hunks().map(|hunk| (span(&hunk.before), span(&hunk.after)));
    let end = (before.len()..before.len(), after.len()..after.len());
    for (removed, added) in hunks.chain(std::iter::once(end)) {
        pairs.extend((left..removed.start).zip(right..added.start));
        (left, right) = (removed.end, added.end);
    }
    pairs
}

/// Gives equal bytes equal numbers.
#[derive(Default)]
pub(super) struct Numbers<'t>(HashMap<&'t [u8], u32>);

impl<'t> Numbers<'t> {
    /// Numbers of some tokens.
    pub(super) fn of(&mut self, tokens: &Tokens<'t>, range: impl Iterator<Item = usize>) -> Vec<Token> {
        range
            .map(|token| {
                let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
                Token(*self.0.entry(tokens.bytes(token)).or_insert(next))
            })
            .collect()
    }

    /// Numbers of some tokens, all quotes alike: a formatter turns them, and what stands beside them is still there.
    pub(super) fn of_any_quotes(
        &mut self,
        tokens: &Tokens<'t>,
        range: impl Iterator<Item = usize>,
    ) -> Vec<Token> {
        range
            .map(|token| {
                let bytes = match tokens.bytes(token) {
                    b"'" | b"`" => b"\"",
                    bytes => bytes,
                };
                let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
                Token(*self.0.entry(bytes).or_insert(next))
            })
            .collect()
    }

    /// How many different tokens were numbered.
    pub(super) fn kinds(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }
}
