//! Tells layout from content: which changes of layout may come from a given spelling and not from the edit.
//!
//! A formatter breaks a line by its length, and the copy's spellings are longer or shorter than the owner's. The layout stays as it
//! was pushed (what was pushed comes back byte for byte), and the owner is told where his own spelling may call for another one.
//! With the owner's formatter that is known exactly; without it, every layout beside a given spelling may be such a one.

#![expect(
    clippy::indexing_slicing,
    reason = "lines and tokens come from the hunks of the very texts they index"
)]

use std::collections::BTreeMap;
use std::ops::Range;

use super::Translation;
use super::carry::Carried;
use super::layout::Nesting;
use super::outcome::{Flag, Outcome};
use super::report::lines;
use super::tokens::Tokens;
use super::{diff, pushed_position, verify};

/// Lines above and below a change of layout in which a given spelling may have caused it, unless a blank line ends them.
const PARAGRAPH: usize = 40;

/// Lines between a given spelling and a line end that moved in a line with other words.
const BESIDE: usize = 3;

impl Translation<'_> {
    /// Compares with what the owner's formatter makes of the delivered text: where that was pushed, nothing was edited but the
    /// layout, and the owner's text laid out in the same way is the result, if it can be proved to be one.
    pub(super) fn formatted(&self) -> Option<Outcome> {
        let format = self.format.filter(|_| !self.layout.places.is_empty())?;
        if format(self.request.delivered)? != self.request.pushed {
            return None;
        }
        let carried = Carried {
            text: format(self.request.base)?,
            spots: Vec::new(),
            lost: BTreeMap::new(),
        };
        let table = (self.request.find_sites)(&carried.text)?;
        let result = Nesting::of(&carried.text, &table)?;
        let spellings = verify::spellings(&result, self.request.pushed, self.request.codeword).ok()?;
        let outcome = self.accept(&carried, &result, &spellings, &std::collections::BTreeSet::new());
        matches!(outcome, Outcome::Accepted(_)).then_some(outcome)
    }

    /// Places where the pushed layout may be another than the owner's spelling calls for.
    pub(super) fn laid_out(&self, carried: &Carried, text: &Tokens<'_>) -> Vec<Flag> {
        if self.layout.places.is_empty() {
            return Vec::new();
        }
        let known = self.format.and_then(|format| {
            // Whoever runs another formatter, or none, says nothing by how his lines are laid out.
            let as_owned = format(self.request.pushed)? == self.request.pushed;
            if as_owned { format(text.text) } else { None }
        });
        match known {
            Some(wanted) => self.other_layout(carried, text, &Tokens::of(&wanted)),
            None => self.relaid(),
        }
    }

    /// Where the owner's formatter lays the result out in another way.
    fn other_layout(&self, carried: &Carried, text: &Tokens<'_>, wanted: &Tokens<'_>) -> Vec<Flag> {
        let hunks = diff::line_hunks(text, wanted);
        let flags = hunks.into_iter().map(|(result, _)| {
            let tokens = text.lines_tokens(&result);
            let ends = [tokens.start, tokens.end].map(|token| pushed_position(carried, text.position(token)));
            let pushed = ends[0]..ends[1].max(ends[0]);
            let owner = self.owner_position(pushed.start);
            let owner = owner..self.owner_position(pushed.end.saturating_sub(1)).max(owner);
            Flag::LayoutKept {
                pushed: lines(&self.edit.pushed, &pushed),
                owner: lines(&self.base, &owner),
            }
        });
        flags.collect()
    }

    /// Changed lines near a place whose words are as they were, or in which a line end moved between words that stayed.
    fn relaid(&self) -> Vec<Flag> {
        let (delivered, pushed) = (&self.edit.delivered, &self.edit.pushed);
        let mut flags = Vec::new();
        for (removed, added) in &self.edit.alignment.hunks {
            let bytes = |tokens: &Tokens<'_>, lines: &Range<usize>| {
                let held = tokens.lines_tokens(lines);
                tokens.position(held.start)..tokens.position(held.end)
            };
            let (before, after) = (bytes(delivered, removed), bytes(pushed, added));
            if before.is_empty() {
                continue;
            }
            let (old, new) = (&delivered.text[before], &pushed.text[after.clone()]);
            let beside = if words(old) != words(new) {
                self.breaks_moved(removed)
            } else if removed.len() == added.len() {
                columns_moved(old, new) && self.has_place(&self.paragraph(removed))
            } else {
                self.has_place(removed)
            };
            if beside {
                let ends = [removed.start, removed.end].map(|line| {
                    let token = delivered.lines_tokens(&(line..line)).start;
                    self.layout.owner_position(delivered.position(token))
                });
                flags.push(Flag::LayoutKept {
                    pushed: lines(pushed, &after),
                    owner: lines(&self.base, &(ends[0]..ends[1].max(ends[0]))),
                });
            }
        }
        flags
    }

    /// The lines around a hunk up to the next blank ones: columns lean on each other.
    fn paragraph(&self, hunk: &Range<usize>) -> Range<usize> {
        let delivered = &self.edit.delivered;
        let printing = |line: &usize| !delivered.line_bytes(*line).trim_ascii().is_empty();
        let above = (0..hunk.start).rev().take(PARAGRAPH).take_while(printing).count();
        let below = (hunk.end..delivered.line_count())
            .take(PARAGRAPH)
            .take_while(printing)
            .count();
        hunk.start - above..hunk.end + below
    }

    fn has_place(&self, lines: &Range<usize>) -> bool {
        let delivered = &self.edit.delivered;
        let held = delivered.lines_tokens(lines);
        let bytes = delivered.position(held.start)..delivered.position(held.end);
        let mut places = self.layout.places.iter();
        places.any(|place| place.out.start < bytes.end && bytes.start <= place.out.end)
    }

    /// Whether a line now ends, or no longer ends, between two words that stayed neighbours in the statement of a place.
    fn breaks_moved(&self, removed: &Range<usize>) -> bool {
        let (delivered, pushed) = (&self.edit.delivered, &self.edit.pushed);
        let held = delivered.lines_tokens(removed);
        let is_end = |token: usize| matches!(delivered.bytes(token), b";" | b"{" | b"}");
        let printing: Vec<usize> = held.filter(|token| !delivered.is_space(*token)).collect();
        let moved: Vec<usize> = printing
            .windows(2)
            .filter(|pair| {
                let images = self
                    .edit
                    .alignment
                    .forward(pair[0])
                    .zip(self.edit.alignment.forward(pair[1]));
                images.is_some_and(|(left, right)| {
                    left < right
                        && (left + 1..right)
                            .all(|token| pushed.is_space(token) || pushed.bytes(token) == b",")
                        && (left + 1..right).any(|token| pushed.is_line_end(token))
                            != (pair[0] + 1..pair[1]).any(|token| delivered.is_line_end(token))
                })
            })
            .map(|pair| pair[0])
            .collect();
        if moved.is_empty() {
            return false;
        }
        let bytes = delivered.position(delivered.lines_tokens(removed).start)
            ..delivered.position(delivered.lines_tokens(removed).end);
        let mut places = self
            .layout
            .places
            .iter()
            .filter(|place| place.out.start < bytes.end && bytes.start <= place.out.end);
        places.any(|place| {
            let own = delivered.overlapping(&place.out);
            let line = |token: usize| delivered.line_of(delivered.position(token));
            moved.iter().any(|token| {
                let between = (*token + 1).min(own.start)..(*token).max(own.end);
                line(*token).abs_diff(line(own.start)) <= BESIDE && !between.clone().any(is_end)
            })
        })
    }
}

/// What prints, without the comma that formatters put behind the last of broken arguments.
fn words(text: &[u8]) -> Vec<u8> {
    let bytes = text.iter().copied();
    bytes
        .filter(|byte| !byte.is_ascii_whitespace() && *byte != b',')
        .collect()
}

/// Whether the same words stand in other columns: runs of blanks that were, or are now, more than one blank between two words.
fn columns_moved(before: &[u8], after: &[u8]) -> bool {
    let runs = |text: &[u8]| -> Vec<(u8, usize)> {
        let mut blanks = 0;
        let mut runs = Vec::new();
        for byte in text {
            if matches!(byte, b' ' | b'\t') {
                blanks += 1;
            } else {
                runs.push((*byte, blanks));
                blanks = 0;
            }
        }
        runs
    };
    let (old, new) = (runs(before), runs(after));
    let mut pairs = old.iter().zip(&new);
    old.len() == new.len()
        && pairs.any(|((left, before), (right, after))| {
            left == right && before != after && *before.max(after) > 1
        })
}
