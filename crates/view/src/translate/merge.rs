//! An ordinary three-way merge by lines, in the owner's text, for when the owner moved on while a push was under way.

use std::ops::Range;

use super::diff::line_hunks;
use super::tokens::Tokens;

/// A place where both sides changed the same lines in different ways. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeConflict {
    /// Lines of the common base.
    pub base: Range<u32>,
    /// Lines of the owner's text.
    pub ours: Range<u32>,
    /// Lines of the translated text.
    pub theirs: Range<u32>,
}

/// One side's lines for a range of base lines, given the hunks of that side that lie in it.
struct Side<'t> {
    tokens: Tokens<'t>,
    hunks: Vec<(Range<usize>, Range<usize>)>,
    next: usize,
    /// How far this side's line numbers are ahead of the base's.
    base_at: usize,
    side_at: usize,
}

impl<'t> Side<'t> {
    fn new(base: &Tokens<'_>, text: &'t [u8]) -> Self {
        let tokens = Tokens::of(text);
        let hunks = line_hunks(base, &tokens);
        Self {
            tokens,
            hunks,
            next: 0,
            base_at: 0,
            side_at: 0,
        }
    }

    fn next_hunk(&self) -> Option<&(Range<usize>, Range<usize>)> {
        self.hunks.get(self.next)
    }

    /// Takes all hunks that begin before or at `end`; gives the new end.
    fn grow(&mut self, mut end: usize) -> usize {
        while let Some((removed, added)) = self
            .hunks
            .get(self.next)
            .filter(|(removed, _)| removed.start <= end)
        {
            end = end.max(removed.end);
            (self.base_at, self.side_at) = (removed.end, added.end);
            self.next += 1;
        }
        end
    }

    /// Line of this side that a base line outside all hunks has.
    fn line(&self, base: usize) -> usize {
        self.side_at + (base - self.base_at)
    }

    fn bytes(&self, lines: Range<usize>) -> Vec<u8> {
        bytes(&self.tokens, lines)
    }
}

fn bytes(tokens: &Tokens<'_>, lines: Range<usize>) -> Vec<u8> {
    lines
        .flat_map(|line| tokens.line_bytes(line).iter().copied())
        .collect()
}

fn numbered(lines: &Range<usize>) -> Range<u32> {
    let number = |line: usize| u32::try_from(line + 1).unwrap_or(u32::MAX);
    number(lines.start)..number(lines.end)
}

/// Settles a conflict: (base, ours, theirs) to the merged lines, or nothing.
pub type Resolve<'a> = dyn FnMut(&[u8], &[u8], &[u8]) -> Option<Vec<u8>> + 'a;

/// Merges two changes of one base by lines. Changes that touch the same or adjoining lines differently are conflicts.
///
/// # Errors
/// Every conflict, in order.
pub fn three_way(base: &[u8], ours: &[u8], theirs: &[u8]) -> Result<Vec<u8>, Vec<MergeConflict>> {
    three_way_with(base, ours, theirs, &mut |_, _, _| None)
}

/// Merges as [`three_way`] does, and asks `resolve` (base, ours, theirs) about every conflict first.
///
/// # Errors
/// Every conflict that was not resolved, in order.
pub fn three_way_with(
    base: &[u8],
    ours: &[u8],
    theirs: &[u8],
    resolve: &mut Resolve<'_>,
) -> Result<Vec<u8>, Vec<MergeConflict>> {
    let common = Tokens::of(base);
    let mut left = Side::new(&common, ours);
    let mut right = Side::new(&common, theirs);
    let mut merged = Vec::with_capacity(ours.len().max(theirs.len()));
    let mut conflicts = Vec::new();
    let mut at = 0;
    loop {
        let starts = [left.next_hunk(), right.next_hunk()];
        let Some(start) = starts
            .into_iter()
            .flatten()
            .map(|(removed, _)| removed.start)
            .min()
        else {
            break;
        };
        merged.extend(left.bytes(left.line(at)..left.line(start)));
        let (left_from, right_from) = (left.line(start), right.line(start));
        let (left_hunk, right_hunk) = (left.next, right.next);
        let mut end = start;
        loop {
            let grown = right.grow(left.grow(end));
            if grown == end && left.next_hunk().is_none_or(|hunk| hunk.0.start > end) {
                break;
            }
            end = grown;
        }
        let (left_lines, right_lines) = (left_from..left.line(end), right_from..right.line(end));
        let (left_bytes, right_bytes) = (left.bytes(left_lines.clone()), right.bytes(right_lines.clone()));
        if right.next == right_hunk || left_bytes == right_bytes {
            merged.extend(left_bytes);
        } else if left.next == left_hunk {
            merged.extend(right_bytes);
        } else if let Some(resolved) = resolve(&bytes(&common, start..end), &left_bytes, &right_bytes) {
            merged.extend(resolved);
        } else {
            conflicts.push(MergeConflict {
                base: numbered(&(start..end)),
                ours: numbered(&left_lines),
                theirs: numbered(&right_lines),
            });
        }
        at = end;
    }
    merged.extend(left.bytes(left.line(at)..left.tokens.line_count()));
    if conflicts.is_empty() {
        Ok(merged)
    } else {
        Err(conflicts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &[u8] = b"1\n2\n3\n4\n5\n6\n";

    #[test]
    fn changes_apart_are_both_taken() {
        let merged = three_way(BASE, b"0\n1\n2\n3\n4\n5\n6\n", b"1\n2\n3\n4\n5\nsix\n7");
        assert_eq!(merged.unwrap(), b"0\n1\n2\n3\n4\n5\nsix\n7");
        assert_eq!(three_way(BASE, BASE, b"").unwrap(), b"");
        assert_eq!(
            three_way(BASE, b"1\n3\n4\n5\n6\n", b"1\n2\n3\n4\n6\n").unwrap(),
            b"1\n3\n4\n6\n"
        );
    }

    #[test]
    fn the_same_change_is_taken_once_and_different_ones_conflict() {
        assert_eq!(
            three_way(BASE, b"1\nx\n3\n4\n5\n6\n", b"1\nx\n3\n4\n5\n6\n").unwrap(),
            b"1\nx\n3\n4\n5\n6\n"
        );
        let conflicts = three_way(BASE, b"0\n1\nx\n3\n4\n5\n6\n", b"1\ny\n3\n4\n5\n6\n").unwrap_err();
        assert_eq!(
            conflicts,
            [MergeConflict {
                base: 2..3,
                ours: 3..4,
                theirs: 2..3
            }]
        );
    }
}
