//! Says where a translation needs a person: flags for the owner, places of a conflict for both sides.

#![expect(
    clippy::indexing_slicing,
    reason = "places are numbered by the layout they index, and sites by the checked table"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use ringfence_mark::model::{Family, Site};

use super::Translation;
use super::carry::{Carried, Lost};
use super::layout::site_range;
use super::outcome::{Conflict, ConflictReason, Flag, Outcome};
use super::tokens::Tokens;

/// Lines of one place that are looked for among the new lines.
const COPIED_LINES: usize = 3;

impl Translation<'_> {
    pub(super) fn flags(
        &self,
        carried: &Carried,
        keep: &BTreeSet<usize>,
        hunks: &[(Range<usize>, Range<usize>)],
    ) -> Vec<Flag> {
        let kept = |(place, lost): &(&usize, &Lost)| {
            (**lost == Lost::Touched || keep.contains(place)) && self.is_changed(**place, hunks)
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
                    | Family::InitialiserOrder => Flag::VendorOrderKept {
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
    fn owner_position(&self, pushed: usize) -> usize {
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

fn lines(tokens: &Tokens<'_>, range: &Range<usize>) -> Range<u32> {
    let number = |line: usize| u32::try_from(line + 1).unwrap_or(u32::MAX);
    let last = range.end.saturating_sub(1).max(range.start);
    number(tokens.line_of(range.start))..number(tokens.line_of(last) + 1)
}
