//! Alignment of owned text with suspect text over tokens: blocks may move, names and layout may change.
//!
//! Both sides are streams of coarse tokens (no comments, blank lines, `( ) { } ; ,`). Runs of k tokens that occur once on each
//! side are seeds; seeds grow into tiles; the longest tiles win. Passes go from strict to loose: names compared at k = 16, 10, 7,
//! names blanked at 24, 16, 12, then between neighbours that are mapped already 8, 5, 3 of both kinds, and what is left of small
//! gaps by their longest common subsequence.
//!
//! INVARIANT: tokens of sites never seed a tile, except in the last gap pass: two flipped sites can make one place look like another.
//! INVARIANT: work is O(n log n) in the tokens of both sides, by budgets where the text could make it worse. No recursion.
//! Refuses to look at structure, files' names and order: a fragment of a bundle aligns as well as a tree.

#![expect(
    clippy::indexing_slicing,
    reason = "kernels over parallel arrays: every index comes from a range that `Stream` or `Mapping` made, and all arrays of one side have one length"
)]

mod common;

use std::collections::HashMap;
use std::ops::Range;

use ringfence_syntax::Language;
use ringfence_syntax::lex::{Coarse, Token, TokenKind, lex, lex_fragment};

pub(crate) use common::common_length;
use common::common_pairs;

/// No partner.
pub(crate) const NONE: u32 = u32::MAX;
/// Class of the end of a file: equal to nothing.
pub(crate) const SEPARATOR: u32 = 0;
/// Class of every identifier.
pub(crate) const IDENTIFIER: u32 = 1;
const FIRST_ID: u32 = 2;

/// Largest gap and region that are aligned by common subsequence.
const RESIDUE_GAP: usize = 400;
const RESIDUE_REGION: usize = 1200;

/// Numbers for token texts: equal texts of equal kind have equal numbers.
#[derive(Default)]
pub(crate) struct Interner {
    numbers: HashMap<(u8, Vec<u8>), u32>,
}

impl Interner {
    /// Returns the number of a token's text.
    pub(crate) fn key(&mut self, bases: &[&Self], token: Token, text: &[u8]) -> u32 {
        self.number(bases, kind_tag(token.kind), &token.key(text))
    }

    /// Returns the number of a text, new when none of `bases` has it either. Each base was built on those before it.
    fn number(&mut self, bases: &[&Self], kind: u8, text: &[u8]) -> u32 {
        let key = (kind, text.to_vec());
        if let Some(number) = bases.iter().find_map(|base| base.numbers.get(&key)) {
            return *number;
        }
        let known = bases.iter().map(|base| base.numbers.len()).sum();
        let next = FIRST_ID + length(known) + length(self.numbers.len());
        *self.numbers.entry(key).or_insert(next)
    }
}

const fn kind_tag(kind: TokenKind) -> u8 {
    match kind {
        TokenKind::Identifier => 0,
        TokenKind::Keyword | TokenKind::Operator => 1,
        TokenKind::Number => 2,
        TokenKind::String => 3,
        TokenKind::CommentWord => 4,
        TokenKind::BlankLine => 5,
    }
}
/// Coarse numbers are values, not texts.
const VALUE_TAG: u8 = 6;

/// A token with the number of its text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FullToken {
    pub(crate) key: u32,
    pub(crate) kind: TokenKind,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// The tokens of several files as one stream.
#[derive(Default)]
pub(crate) struct Stream {
    /// All tokens of all files.
    pub(crate) full: Vec<FullToken>,
    /// Where each file's tokens begin in `full`, and the end.
    pub(crate) full_starts: Vec<usize>,
    /// Where each file's coarse tokens begin, and the end. The last of a file is its separator.
    pub(crate) coarse_starts: Vec<usize>,
    /// Per coarse token: its index in `full`.
    pub(crate) position: Vec<u32>,
    /// Per coarse token: class with names blanked.
    pub(crate) class: Vec<u32>,
    /// Per coarse token: class with names kept.
    pub(crate) raw: Vec<u32>,
    /// Per coarse token: its file.
    pub(crate) file: Vec<u32>,
}

impl Stream {
    pub(crate) fn new<'a>(
        files: impl Iterator<Item = (Language, &'a [u8])>,
        interner: &mut Interner,
        base: Option<&Interner>,
    ) -> Self {
        let mut stream = Self::default();
        for (number, (language, text)) in files.enumerate() {
            stream.full_starts.push(stream.full.len());
            stream.coarse_starts.push(stream.position.len());
            // A suspect, read beside the owner's text, may be cut anywhere.
            let tokens = match base {
                Some(_) => lex_fragment(language, text),
                None => lex(language, text),
            };
            for token in tokens {
                let key = interner.key(base.as_slice(), token, text);
                let class = match token.coarse(text) {
                    Coarse::Nothing => None,
                    Coarse::Identifier => Some((IDENTIFIER, key)),
                    Coarse::Text(value) if token.kind == TokenKind::Number => {
                        let class = interner.number(base.as_slice(), VALUE_TAG, &value);
                        Some((class, class))
                    }
                    Coarse::Text(_) => Some((key, key)),
                };
                if let Some((class, raw)) = class {
                    stream.push_coarse(class, raw, number);
                }
                stream.full.push(FullToken {
                    key,
                    kind: token.kind,
                    start: token.start,
                    end: token.end,
                });
            }
            stream.push_coarse(SEPARATOR, SEPARATOR, number);
        }
        stream.full_starts.push(stream.full.len());
        stream.coarse_starts.push(stream.position.len());
        stream
    }

    fn push_coarse(&mut self, class: u32, raw: u32, file: usize) {
        self.position.push(length(self.full.len()));
        self.class.push(class);
        self.raw.push(raw);
        self.file.push(length(file));
    }

    /// Number of coarse tokens, separators included.
    pub(crate) fn len(&self) -> usize {
        self.class.len()
    }
}

/// Which coarse token belongs to which, both ways.
pub(crate) struct Mapping {
    /// Canonical to suspect.
    pub(crate) forward: Vec<u32>,
    /// Suspect to canonical.
    pub(crate) backward: Vec<u32>,
}

/// Aligns two streams. `mask` marks the canonical tokens that may not seed.
pub(crate) fn align(canonical: &Stream, suspect: &Stream, mask: &[bool]) -> Mapping {
    let mut mapping = Mapping {
        forward: vec![NONE; canonical.len()],
        backward: vec![NONE; suspect.len()],
    };
    let (raw, class) = (
        (&*canonical.raw, &*suspect.raw),
        (&*canonical.class, &*suspect.class),
    );
    // Extensions of seeds in different diagonals can overlap; text could be made so that they do everywhere.
    let mut budget = 64 * (canonical.len() + suspect.len()) + 1_000_000;
    for (texts, size) in [
        (raw, 16),
        (raw, 10),
        (raw, 7),
        (class, 24),
        (class, 16),
        (class, 12),
    ] {
        let whole = (0..canonical.len(), 0..suspect.len());
        mapping.tile(texts, Some(mask), whole, size, &mut budget);
    }
    for (texts, size, last) in [
        (raw, 8, false),
        (raw, 5, false),
        (raw, 3, false),
        (class, 8, false),
        (class, 5, false),
        (class, 3, true),
    ] {
        for (gap, regions) in mapping.gaps() {
            for region in regions {
                let mask = if last { None } else { Some(mask) };
                mapping.tile(texts, mask, (gap.clone(), region.clone()), size, &mut budget);
                if last && gap.len() <= RESIDUE_GAP && region.len() <= RESIDUE_REGION {
                    mapping.residue(texts, &gap, &region);
                }
            }
        }
    }
    mapping
}

impl Mapping {
    fn connect(&mut self, canonical: usize, suspect: usize) {
        self.forward[canonical] = length(suspect);
        self.backward[suspect] = length(canonical);
    }

    /// Maps runs of tokens around k-grams that occur once in both ranges, longest first.
    fn tile(
        &mut self,
        (left, right): (&[u32], &[u32]),
        mask: Option<&[bool]>,
        (left_range, right_range): (Range<usize>, Range<usize>),
        size: usize,
        budget: &mut usize,
    ) {
        if left_range.len() < size || right_range.len() < size {
            return;
        }
        let seeds_left = unique_grams(left, left_range.clone(), size, |at| {
            self.forward[at] == NONE && left[at] != SEPARATOR && mask.is_none_or(|mask| !mask[at])
        });
        if seeds_left.is_empty() {
            return;
        }
        let seeds_right = unique_grams(right, right_range.clone(), size, |at| {
            self.backward[at] == NONE && right[at] != SEPARATOR
        });
        let mut seeds = join(&seeds_left, &seeds_right);
        seeds.retain(|(i, j)| left[*i..i + size] == right[*j..j + size]);
        // By diagonal, so that one run is looked at once.
        seeds.sort_unstable_by_key(|(i, j)| (j.wrapping_sub(*i), *i));

        let mut runs: Vec<(usize, usize, usize)> = Vec::new();
        let mut covered: Option<(usize, usize)> = None;
        for (i, j) in seeds {
            let diagonal = j.wrapping_sub(i);
            if covered.is_some_and(|(other, end)| other == diagonal && i + size <= end) {
                continue;
            }
            let free = |i: usize, j: usize| {
                self.forward[i] == NONE
                    && self.backward[j] == NONE
                    && left[i] == right[j]
                    && left[i] != SEPARATOR
            };
            let (mut before, mut after) = (0, size);
            while *budget > 0
                && i > left_range.start + before
                && j > right_range.start + before
                && free(i - before - 1, j - before - 1)
            {
                before += 1;
                *budget -= 1;
            }
            while *budget > 0
                && i + after < left_range.end
                && j + after < right_range.end
                && free(i + after, j + after)
            {
                after += 1;
                *budget -= 1;
            }
            covered = Some((diagonal, i + after));
            runs.push((before + after, i - before, j - before));
        }
        // Longest first; ties by position, so that the result does not depend on anything else.
        runs.sort_unstable_by(|one, other| {
            other
                .0
                .cmp(&one.0)
                .then(one.1.cmp(&other.1))
                .then(one.2.cmp(&other.2))
        });
        for (run, i, j) in runs {
            let (mut best, mut current) = (0..0, 0..0);
            for offset in 0..run {
                if self.forward[i + offset] == NONE && self.backward[j + offset] == NONE {
                    current = if current.end == offset {
                        current.start..offset + 1
                    } else {
                        offset..offset + 1
                    };
                    if current.len() > best.len() {
                        best = current.clone();
                    }
                }
            }
            if best.len() >= (size / 2).max(3) {
                for offset in best {
                    self.connect(i + offset, j + offset);
                }
            }
        }
    }

    /// Runs of unmapped canonical tokens with the unmapped suspect tokens after the left and before the right neighbour.
    fn gaps(&self) -> Vec<(Range<usize>, Vec<Range<usize>>)> {
        let mut gaps = Vec::new();
        let mut start = 0;
        while start < self.forward.len() {
            if self.forward[start] != NONE {
                start += 1;
                continue;
            }
            let run = self.forward[start..]
                .iter()
                .take_while(|partner| **partner == NONE)
                .count();
            let end = start + run;
            let reach = 3 * run + 60;
            let mut regions: Vec<Range<usize>> = Vec::new();
            if start > 0 {
                let from = usize_of(self.forward[start - 1]) + 1;
                let free = self.backward[from..]
                    .iter()
                    .take(reach)
                    .take_while(|partner| **partner == NONE)
                    .count();
                if free > 0 {
                    regions.push(from..from + free);
                }
            }
            if let Some(right) = self.forward.get(end) {
                let to = usize_of(*right);
                let free = self.backward[..to]
                    .iter()
                    .rev()
                    .take(reach)
                    .take_while(|partner| **partner == NONE)
                    .count();
                if free > 0 && !regions.contains(&(to - free..to)) {
                    regions.push(to - free..to);
                }
            }
            if !regions.is_empty() {
                gaps.push((start..end, regions));
            }
            start = end;
        }
        gaps
    }

    /// Maps what is left of a gap in order.
    fn residue(&mut self, (left, right): (&[u32], &[u32]), gap: &Range<usize>, region: &Range<usize>) {
        let open = |text: &[u32], partners: &[u32], range: &Range<usize>| -> Vec<usize> {
            range
                .clone()
                .filter(|at| partners[*at] == NONE && text[*at] != SEPARATOR)
                .collect()
        };
        let (ours, theirs) = (
            open(left, &self.forward, gap),
            open(right, &self.backward, region),
        );
        let texts = |text: &[u32], at: &[usize]| -> Vec<u32> { at.iter().map(|at| text[*at]).collect() };
        for (i, j) in common_pairs(&texts(left, &ours), &texts(right, &theirs)) {
            self.connect(ours[i], theirs[j]);
        }
    }
}

/// Hash and start of each k-gram that occurs once and whose tokens all pass `free`, by hash.
fn unique_grams(
    text: &[u32],
    range: Range<usize>,
    size: usize,
    free: impl Fn(usize) -> bool,
) -> Vec<(u64, usize)> {
    const BASE: u64 = 0x9e37_79b9_7f4a_7c15;
    let lead = (0..size).fold(1_u64, |power, _| power.wrapping_mul(BASE));
    let mut grams = Vec::new();
    let (mut hash, mut run) = (0_u64, 0);
    for at in range {
        if !free(at) {
            (hash, run) = (0, 0);
            continue;
        }
        hash = hash.wrapping_mul(BASE).wrapping_add(mix(text[at]));
        run += 1;
        if run > size {
            hash = hash.wrapping_sub(mix(text[at - size]).wrapping_mul(lead));
        }
        if run >= size {
            grams.push((hash, at + 1 - size));
        }
    }
    grams.sort_unstable();
    let mut unique = Vec::new();
    for group in grams.chunk_by(|one, other| one.0 == other.0) {
        if let [only] = group {
            unique.push(*only);
        }
    }
    unique
}

fn mix(number: u32) -> u64 {
    let mixed = (u64::from(number) + 1).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed ^ (mixed >> 29)).wrapping_mul(0x94d0_49bb_1331_11eb)
}

/// Pairs of positions with equal hashes, of two lists sorted by hash.
fn join(left: &[(u64, usize)], right: &[(u64, usize)]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let mut others = right.iter().peekable();
    for (hash, i) in left {
        while others.next_if(|(other, _)| other < hash).is_some() {}
        if let Some((other, j)) = others.peek()
            && other == hash
        {
            pairs.push((*i, *j));
        }
    }
    pairs
}

/// Sizes and numbers here are below 2^32 by the caps of the reader.
pub(crate) fn length(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX - 1)
}

pub(crate) fn usize_of(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
