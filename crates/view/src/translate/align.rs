//! Which token of the delivered text became which token of the pushed text: lines first, moved lines
//! next, tokens only inside changed hunks.

#![expect(
    clippy::indexing_slicing,
    reason = "indices come from the token and line counts of the very texts they index"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use super::diff::{Numbers, Steps, equal_pairs, line_hunks};
use super::tokens::Tokens;

/// A token that has no partner.
const NONE: u32 = u32::MAX;

/// A partial one-to-one map from the tokens of one text to the equal tokens of another (a quote to any quote); monotone but for
/// moved lines.
pub(super) struct Alignment {
    forward: Vec<u32>,
    backward: Vec<u32>,
    /// Changed line ranges, in order: (before, after).
    pub(super) hunks: Vec<(Range<usize>, Range<usize>)>,
    /// Lines of the second text that are new and not moved there.
    pub(super) typed: Vec<usize>,
    /// Whether a changed hunk was too large to align all of its tokens.
    pub(super) is_coarse: bool,
}

impl Alignment {
    /// Token of the second text that this token of the first became.
    pub(super) fn forward(&self, token: usize) -> Option<usize> {
        self.forward
            .get(token)
            .filter(|image| **image != NONE)
            .map(|image| *image as usize)
    }

    /// Token of the first text that this token of the second was.
    pub(super) fn backward(&self, token: usize) -> Option<usize> {
        self.backward
            .get(token)
            .filter(|token| **token != NONE)
            .map(|token| *token as usize)
    }
}

/// A line without its indentation: its tokens, and their bytes.
fn unindented<'t>(tokens: &Tokens<'t>, line: usize) -> (Range<usize>, &'t [u8]) {
    let mut range = tokens.line(line);
    if !range.is_empty() && tokens.is_blank(range.start) {
        range.start += 1;
    }
    let bytes = &tokens.text[tokens.position(range.start)..tokens.position(range.end)];
    (range, bytes)
}

/// Fewest printing tokens of a line that says by itself that it was moved.
const TELLING_TOKENS: usize = 3;

/// Lines that were taken out at one place and put in at another, indentation aside: (before, after).
///
/// A pair starts from a line that was removed once and added once, and grows to its neighbours while they are equal.
fn moved_lines(
    before: &Tokens<'_>,
    after: &Tokens<'_>,
    hunks: &[(Range<usize>, Range<usize>)],
) -> BTreeMap<usize, usize> {
    let removed: BTreeSet<usize> = hunks.iter().flat_map(|hunk| hunk.0.clone()).collect();
    let added: BTreeSet<usize> = hunks.iter().flat_map(|hunk| hunk.1.clone()).collect();
    let mut seen: HashMap<&[u8], (Vec<usize>, Vec<usize>)> = HashMap::new();
    for line in &removed {
        seen.entry(unindented(before, *line).1).or_default().0.push(*line);
    }
    for line in &added {
        seen.entry(unindented(after, *line).1).or_default().1.push(*line);
    }
    let mut anchors: Vec<(usize, usize)> = Vec::new();
    for (lines, images) in seen.into_values() {
        if let ([line], [image]) = (lines.as_slice(), images.as_slice()) {
            let printing = before
                .line(*line)
                .filter(|token| !before.is_space(*token))
                .count();
            if printing >= TELLING_TOKENS {
                anchors.push((*line, *image));
            }
        }
    }
    anchors.sort_unstable();
    let mut moved: BTreeMap<usize, usize> = anchors.iter().copied().collect();
    let mut taken: BTreeSet<usize> = anchors.iter().map(|anchor| anchor.1).collect();
    let equal = |line: usize, image: usize| unindented(before, line).1 == unindented(after, image).1;
    for (line, image) in anchors {
        for forth in [true, false] {
            let (mut line, mut image) = (line, image);
            loop {
                let next = if forth {
                    Some((line + 1, image + 1))
                } else {
                    line.checked_sub(1).zip(image.checked_sub(1))
                };
                let Some(next) = next else { break };
                let free = removed.contains(&next.0) && added.contains(&next.1);
                if !free || moved.contains_key(&next.0) || taken.contains(&next.1) || !equal(next.0, next.1) {
                    break;
                }
                moved.insert(next.0, next.1);
                taken.insert(next.1);
                (line, image) = next;
            }
        }
    }
    moved
}

/// What prints, without the commas that formatters put behind the last of broken arguments.
fn words<'t>(tokens: &Tokens<'t>, list: &[usize], places: &[usize]) -> Vec<&'t [u8]> {
    let bytes = places.iter().map(|place| tokens.bytes(list[*place]));
    bytes.filter(|bytes| *bytes != b",").collect()
}

/// Equal tokens of two lists, in order. Where nothing was changed but the layout, words are paired first and blanks and line ends
/// between them, as a formatter moves those freely; in all other hunks every token counts alike.
fn pairs(
    (before, first): (&Tokens<'_>, &[usize]),
    (after, second): (&Tokens<'_>, &[usize]),
    steps: &mut Steps,
) -> Vec<(usize, usize)> {
    let printing = |tokens: &Tokens<'_>, list: &[usize]| -> Vec<usize> {
        let places = 0..list.len();
        places.filter(|place| !tokens.is_space(list[*place])).collect()
    };
    let (left, right) = (printing(before, first), printing(after, second));
    let mut numbers = Numbers::default();
    if words(before, first, &left) != words(after, second, &right) {
        let old = numbers.of_any_quotes(before, first.iter().copied());
        let new = numbers.of_any_quotes(after, second.iter().copied());
        let found = equal_pairs(&old, &new, numbers.kinds(), steps);
        return found
            .into_iter()
            .map(|(token, image)| (first[token], second[image]))
            .collect();
    }
    let old = numbers.of_any_quotes(before, left.iter().map(|place| first[*place]));
    let new = numbers.of_any_quotes(after, right.iter().map(|place| second[*place]));
    let found = equal_pairs(&old, &new, numbers.kinds(), steps);
    let mut all = Vec::with_capacity(found.len() * 2);
    let (mut at, mut image_at) = (0, 0);
    let anchors = found
        .into_iter()
        .map(|(token, image)| (left[token], right[image]));
    for (place, image) in anchors.chain(std::iter::once((first.len(), second.len()))) {
        let mut numbers = Numbers::default();
        let old = numbers.of(before, first[at..place].iter().copied());
        let new = numbers.of(after, second[image_at..image].iter().copied());
        if !old.is_empty() && !new.is_empty() {
            let between = equal_pairs(&old, &new, numbers.kinds(), steps);
            all.extend(
                between
                    .into_iter()
                    .map(|(token, other)| (first[at + token], second[image_at + other])),
            );
        }
        if place < first.len() && image < second.len() {
            all.push((first[place], second[image]));
        }
        (at, image_at) = (place + 1, image + 1);
    }
    all
}

/// Aligns two texts.
pub(super) fn align(before: &Tokens<'_>, after: &Tokens<'_>) -> Alignment {
    let hunks = line_hunks(before, after);
    let mut forward = vec![NONE; before.count()];
    let mut backward = vec![NONE; after.count()];
    let mut pair = |left: usize, right: usize| {
        forward[left] = u32::try_from(right).unwrap_or(NONE);
        backward[right] = u32::try_from(left).unwrap_or(NONE);
    };
    let moved = moved_lines(before, after, &hunks);
    let mut moved_from = vec![false; before.count()];
    let mut moved_to = vec![false; after.count()];
    for (line, image) in &moved {
        moved_from[before.line(*line)].fill(true);
        moved_to[after.line(*image)].fill(true);
        for (token, image) in unindented(before, *line).0.zip(unindented(after, *image).0) {
            pair(token, image);
        }
    }
    let mut steps = Steps::of_file();
    let (mut left, mut right) = (0, 0);
    let end = (
        before.line_count()..before.line_count(),
        after.line_count()..after.line_count(),
    );
    for (removed, added) in hunks.iter().cloned().chain(std::iter::once(end)) {
        for (line, other) in (left..removed.start).zip(right..added.start) {
            for (token, image) in before.line(line).zip(after.line(other)) {
                pair(token, image);
            }
        }
        (left, right) = (removed.end, added.end);
        let first: Vec<usize> = before
            .lines_tokens(&removed)
            .filter(|token| !moved_from[*token])
            .collect();
        let second: Vec<usize> = after
            .lines_tokens(&added)
            .filter(|token| !moved_to[*token])
            .collect();
        if first.is_empty() || second.is_empty() {
            continue;
        }
        for (token, image) in pairs((before, &first), (after, &second), &mut steps) {
            pair(token, image);
        }
    }
    let taken: BTreeSet<usize> = moved.into_values().collect();
    let typed = hunks
        .iter()
        .flat_map(|hunk| hunk.1.clone())
        .filter(|line| !taken.contains(line))
        .collect();
    Alignment {
        forward,
        backward,
        hunks,
        typed,
        is_coarse: steps.is_coarse,
    }
}
