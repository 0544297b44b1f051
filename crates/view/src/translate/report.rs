//! Says where a translation needs a person: flags for the owner, places of a conflict for both sides.

#![expect(
    clippy::indexing_slicing,
    reason = "places are numbered by the layout they index, and sites by the checked table"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use ringfence_mark::model::{Family, Site};

use super::Translation;
use super::carry::{Carried, Lost};
use super::layout::site_range;
use super::outcome::{Conflict, ConflictReason, Flag, Outcome};
use super::tokens::{Tokens, is_word};

/// Lines of one place that are looked for among the new lines.
const COPIED_LINES: usize = 3;

/// Printing tokens of a spelling that says by itself where it comes from.
const TELLING: usize = 3;

/// Most gone places that are looked for in what was typed, and most places where each is looked for.
const RETYPED: usize = 4_096;

impl Translation<'_> {
    pub(super) fn flags(
        &self,
        carried: &Carried,
        keep: &BTreeSet<usize>,
        text: &Tokens<'_>,
        hunks: &[(Range<usize>, Range<usize>)],
    ) -> Vec<Flag> {
        let ends = spot_ends(carried);
        let touched = |place: usize| self.is_changed(place, hunks) || self.differs(place, &ends, text);
        let kept = |(place, lost): &(&usize, &Lost)| {
            keep.contains(place) || (**lost == Lost::Touched && touched(**place))
        };
        let mut flags: Vec<Flag> = carried
            .lost
            .iter()
            .filter(kept)
            .map(|(place, _)| {
                let site = self.site(*place);
                let family = site.family;
                let owner = lines(&self.base, &site_range(site));
                let pushed = lines(&self.edit.pushed, &self.pushed_range(*place));
                match family {
                    Family::FunctionOrder
                    | Family::CaseOrder
                    | Family::ListOrder
                    | Family::InitialiserOrder
                    | Family::StatementOrder => Flag::VendorOrderKept {
                        family,
                        pushed,
                        owner,
                    },
                    _ => Flag::VendorTextKept {
                        family,
                        pushed,
                        owner,
                    },
                }
            })
            .collect();
        flags.extend(self.copied_lines(&carried.lost));
        flags.extend(self.retyped(&carried.lost));
        flags.extend(self.laid_out(carried, text));
        flags.dedup();
        flags
    }

    /// Whether the result has not, after all, the owner's own lines at a place.
    fn is_changed(&self, place: usize, hunks: &[(Range<usize>, Range<usize>)]) -> bool {
        let site = site_range(self.site(place));
        let (first, last) = (
            self.base.line_of(site.start),
            self.base.line_of(site.end.saturating_sub(1).max(site.start)),
        );
        let before = hunks.partition_point(|(removed, _)| removed.end < first);
        hunks
            .iter()
            .skip(before)
            .take_while(|(removed, _)| removed.start <= last)
            .any(|(removed, _)| removed.end > first && (!removed.is_empty() || removed.start > first))
    }

    /// Whether the line where the rest of a place stands now is another one than the owner's: a comparison of whole texts may
    /// have found the owner's line somewhere else.
    fn differs(&self, place: usize, ends: &[(usize, usize)], text: &Tokens<'_>) -> bool {
        let at = result_position(ends, self.pushed_range(place).start).min(text.text.len());
        let site = site_range(self.site(place));
        text.line_count() == 0
            || self.base.line_count() == 0
            || text.line_bytes(text.line_of(at)) != self.base.line_bytes(self.base.line_of(site.start))
    }

    /// New lines that equal, indentation aside, a delivered line in which a place has the vendor's spelling, or in which
    /// a word of a lost place stands that the owner's text does not know: it was moved, and is not gone.
    fn copied_lines(&self, lost: &BTreeMap<usize, Lost>) -> Vec<Flag> {
        let (delivered, pushed) = (&self.edit.delivered, &self.edit.pushed);
        let mut spelled: BTreeMap<&[u8], usize> = BTreeMap::new();
        for (index, place) in self.layout.places.iter().enumerate() {
            let last = place.out.end.saturating_sub(1).max(place.out.start);
            let (first, last) = (delivered.line_of(place.out.start), delivered.line_of(last));
            for line in (first..=last).take(COPIED_LINES) {
                spelled.insert(delivered.line_bytes(line).trim_ascii(), index);
            }
        }
        let words = self.lost_words(lost);
        let typed = self.edit.alignment.typed.iter();
        let copies = typed.filter_map(|line| {
            let bytes = pushed.line_bytes(*line).trim_ascii();
            let known =
                |token: usize| pushed.is_space(token) || self.edit.alignment.backward(token).is_some();
            let mut new = pushed.line(*line).filter(|token| !known(*token)).peekable();
            new.peek()?;
            let whole = spelled.get(bytes).filter(|_| !bytes.is_empty());
            let place = whole.or_else(|| new.find_map(|token| words.get(pushed.bytes(token))))?;
            let at = pushed.position(pushed.line(*line).start);
            Some(Flag::VendorLineCopied {
                pushed: lines(pushed, &(at..at)),
                owner: lines(&self.base, &site_range(self.site(*place))),
            })
        });
        copies.collect()
    }

    /// Given spellings of places that are gone which stand again in what was typed: the vendor rewrote the lines around them and
    /// kept the words that he was given, or happens to write as his copy does. Nobody can tell, so the owner is told.
    fn retyped(&self, lost: &BTreeMap<usize, Lost>) -> Vec<Flag> {
        let (delivered, pushed) = (&self.edit.delivered, &self.edit.pushed);
        let hunks = &self.edit.alignment.hunks;
        let mut typed: HashMap<&[u8], Vec<usize>> = HashMap::new();
        let mut printing: Vec<(usize, usize)> = Vec::new();
        for (number, (_, added)) in hunks.iter().enumerate() {
            for token in pushed
                .lines_tokens(added)
                .filter(|token| !pushed.is_space(*token))
            {
                typed.entry(pushed.bytes(token)).or_default().push(printing.len());
                printing.push((token, number));
            }
        }
        let mut flags = Vec::new();
        let gone = lost.iter().filter(|(_, lost)| **lost == Lost::Gone);
        for (index, _) in gone.take(RETYPED) {
            let spelling = self.spelling(*index);
            let Some(first) = spelling.first() else { continue };
            let line = delivered.line_of(self.layout.places[*index].out.start);
            let places = typed.get(delivered.bytes(*first)).map_or(&[][..], Vec::as_slice);
            let found = places.iter().take(RETYPED).find(|at| {
                let Some(there) = printing.get(**at..**at + spelling.len()) else {
                    return false;
                };
                let equal = there
                    .iter()
                    .zip(&spelling)
                    .all(|((token, _), given)| pushed.bytes(*token) == delivered.bytes(*given));
                // What says little says it only where the place was.
                let near = spelling.len() >= TELLING || hunks[there[0].1].0.contains(&line);
                let moved = there.windows(2).all(|pair| self.follow(pair[0].0, pair[1].0))
                    && self.edit.alignment.backward(there[0].0).is_some();
                equal && near && !moved
            });
            if let Some(at) = found {
                let at = pushed.position(printing[*at].0);
                flags.push(Flag::VendorLineCopied {
                    pushed: lines(pushed, &(at..at)),
                    owner: lines(&self.base, &site_range(self.site(*index))),
                });
            }
        }
        flags
    }

    /// The printing tokens of a given spelling; for one that only lacks or adds a mark, with what stands beside it in the line.
    fn spelling(&self, place: usize) -> Vec<usize> {
        let delivered = &self.edit.delivered;
        let out = &self.layout.places[place].out;
        let tokens = delivered.overlapping(out);
        let mut spelling: Vec<usize> = tokens
            .clone()
            .filter(|token| !delivered.is_space(*token))
            .collect();
        let says_word = |token: &usize| delivered.bytes(*token).first().is_some_and(|byte| is_word(*byte));
        if !spelling.iter().any(says_word) && self.site(place).family != Family::BlankLine {
            let before = (0..tokens.start).rev().find(|token| !delivered.is_blank(*token));
            spelling.splice(0..0, before.filter(|token| !delivered.is_space(*token)));
        }
        spelling
    }

    /// Whether two tokens of the pushed text were neighbours, blanks aside, in the delivered text too.
    fn follow(&self, first: usize, second: usize) -> bool {
        let backward = |token: usize| self.edit.alignment.backward(token);
        let (Some(left), Some(right)) = (backward(first), backward(second)) else {
            return false;
        };
        left < right && (left + 1..right).all(|token| self.edit.delivered.is_space(token))
    }

    /// Words of the delivered spellings of lost places that stand nowhere in the owner's text, with their places.
    fn lost_words(&self, lost: &BTreeMap<usize, Lost>) -> BTreeMap<&[u8], usize> {
        let delivered = &self.edit.delivered;
        let owned: BTreeSet<&[u8]> = (0..self.base.count())
            .map(|token| self.base.bytes(token))
            .collect();
        let mut words = BTreeMap::new();
        for index in lost.keys() {
            for token in delivered.overlapping(&self.layout.places[*index].out) {
                if !delivered.is_space(token) && !owned.contains(delivered.bytes(token)) {
                    words.insert(delivered.bytes(token), *index);
                }
            }
        }
        words
    }

    pub(super) fn site(&self, place: usize) -> &Site {
        &self.nesting.sites[self.layout.places[place].site]
    }

    /// Where the rest of a place stands in the pushed text; empty where it is gone.
    fn pushed_range(&self, place: usize) -> Range<usize> {
        let tokens = self.edit.delivered.overlapping(&self.layout.places[place].out);
        let images: Vec<usize> = tokens
            .clone()
            .filter_map(|token| self.edit.alignment.forward(token))
            .collect();
        match (images.first(), images.last()) {
            (Some(first), Some(last)) => {
                self.edit.pushed.range(*first).start..self.edit.pushed.range(*last).end
            }
            _ => {
                let before = (0..tokens.start)
                    .rev()
                    .find_map(|token| self.edit.alignment.forward(token));
                let at = before.map_or(0, |image| self.edit.pushed.range(image).end);
                at..at
            }
        }
    }

    /// Position in the owner's text of what stands at, or last before, a position of the pushed text.
    pub(super) fn owner_position(&self, pushed: usize) -> usize {
        let tokens = self.edit.pushed.overlapping(&(pushed..pushed + 1));
        let known = (0..tokens.end)
            .rev()
            .find_map(|image| self.edit.alignment.backward(image));
        known.map_or(0, |token| {
            self.layout.owner_position(self.edit.delivered.range(token).start)
        })
    }

    pub(super) fn conflict(&self, reason: ConflictReason, places: &[usize]) -> Outcome {
        let mut pushed: Vec<Range<u32>> = places
            .iter()
            .map(|at| lines(&self.edit.pushed, &(*at..*at)))
            .collect();
        let mut owner: Vec<Range<u32>> = places
            .iter()
            .map(|at| self.owner_position(*at))
            .map(|at| lines(&self.base, &(at..at)))
            .collect();
        if places.is_empty() {
            let numbered = |lines: &Range<usize>| -> Range<u32> {
                let number = |line: usize| u32::try_from(line + 1).unwrap_or(u32::MAX);
                number(lines.start)..number(lines.end)
            };
            pushed = self
                .edit
                .alignment
                .hunks
                .iter()
                .map(|(_, added)| numbered(added))
                .collect();
            owner = self
                .edit
                .alignment
                .hunks
                .iter()
                .map(|(removed, _)| {
                    let delivered = &self.edit.delivered;
                    let tokens = delivered.lines_tokens(removed);
                    let start = self.layout.owner_position(delivered.position(tokens.start));
                    let end = self.layout.owner_position(delivered.position(tokens.end));
                    lines(&self.base, &(start..end.max(start)))
                })
                .collect();
        }
        Outcome::Conflict(Conflict {
            reason,
            pushed,
            owner,
        })
    }
}

/// Where each changed spelling ends: (in the pushed text, in the result), in the order of the pushed text.
fn spot_ends(carried: &Carried) -> Vec<(usize, usize)> {
    let ends = carried
        .spots
        .iter()
        .map(|spot| (spot.pushed.end, spot.result.end));
    let mut ends: Vec<(usize, usize)> = ends.collect();
    ends.sort_unstable();
    ends
}

/// Position of the result that a position of the pushed text was carried to.
fn result_position(ends: &[(usize, usize)], pushed: usize) -> usize {
    let after = ends.partition_point(|end| end.0 <= pushed);
    let last = after.checked_sub(1).map(|last| ends[last]);
    last.map_or(pushed, |(from, to)| to + (pushed - from))
}

/// Lines of a byte range, counted from 1.
pub(super) fn lines(tokens: &Tokens<'_>, range: &Range<usize>) -> Range<u32> {
    let number = |line: usize| u32::try_from(line + 1).unwrap_or(u32::MAX);
    let last = range.end.saturating_sub(1).max(range.start);
    number(tokens.line_of(range.start))..number(tokens.line_of(last) + 1)
}
