//! Changed lines between two texts, and lines that differ between two projected copies for no reason of the owner's.

use imara_diff::{Algorithm, Diff, InternedInput};
use ringfence_mark::Rendering;
use std::ops::Range;

/// Changed line ranges, counted from 0: (before, after).
pub fn hunks(before: &[u8], after: &[u8]) -> Vec<(Range<u32>, Range<u32>)> {
    let mut input: InternedInput<&[u8]> = InternedInput::default();
    input.update_before(before.split_inclusive(|byte| *byte == b'\n'));
    input.update_after(after.split_inclusive(|byte| *byte == b'\n'));
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    diff.hunks()
        .map(|hunk| (hunk.before.clone(), hunk.after.clone()))
        .collect()
}

/// First byte of each line.
pub fn line_starts(text: &[u8]) -> Vec<u32> {
    let mut starts = Vec::new();
    let mut at = 0_u32;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        starts.push(at);
        at = at.saturating_add(u32::try_from(line.len()).unwrap_or(u32::MAX));
    }
    starts
}

/// Line that a byte stands on.
pub fn line_of(starts: &[u32], position: u32) -> u32 {
    let after = starts.partition_point(|start| *start <= position);
    u32::try_from(after.saturating_sub(1)).unwrap_or(u32::MAX)
}

/// The owner's line behind each line of a copy: where its first copied byte comes from, else that of the line before.
pub fn owner_lines(copy: &Rendering, owner: &[u8]) -> Vec<u32> {
    let starts = line_starts(owner);
    let copy_starts = line_starts(&copy.bytes);
    let end = u32::try_from(copy.bytes.len()).unwrap_or(u32::MAX);
    let mut lines = Vec::with_capacity(copy_starts.len());
    let mut last = 0;
    for (number, start) in copy_starts.iter().enumerate() {
        let next = copy_starts.get(number.saturating_add(1)).copied().unwrap_or(end);
        let first = copy.segments.partition_point(|segment| segment.out.end <= *start);
        let source = copy
            .segments
            .iter()
            .skip(first)
            .take_while(|segment| segment.out.start < next)
            .find_map(|segment| {
                let source = segment.source.as_ref().filter(|source| !source.is_empty())?;
                let into = start.saturating_sub(segment.out.start);
                Some(source.start.saturating_add(into))
            });
        last = source.map_or(last, |position| line_of(&starts, position));
        lines.push(last);
    }
    lines
}

/// Lines that differ between two copies although the owner changed nothing within three lines.
pub fn noise(before: (&Rendering, &[u8]), after: (&Rendering, &[u8])) -> usize {
    const GROWN: u32 = 3;
    let real = hunks(before.1, after.1);
    let (old_lines, new_lines) = (owner_lines(before.0, before.1), owner_lines(after.0, after.1));
    let near = |line: u32, range: &Range<u32>| {
        range.start.saturating_sub(GROWN) <= line && line < range.end.saturating_add(GROWN)
    };
    let far = |lines: &[u32], changed: &Range<u32>, real: &dyn Fn(u32) -> bool| -> usize {
        changed
            .clone()
            .filter_map(|line| lines.get(usize::try_from(line).unwrap_or(usize::MAX)))
            .filter(|line| !real(**line))
            .count()
    };
    let old_near = |line: u32| real.iter().any(|(removed, _)| near(line, removed));
    let new_near = |line: u32| real.iter().any(|(_, added)| near(line, added));
    hunks(&before.0.bytes, &after.0.bytes)
        .iter()
        .map(|(removed, added)| far(&old_lines, removed, &old_near).max(far(&new_lines, added, &new_near)))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringfence_mark::Segment;

    fn plain(text: &[u8]) -> Rendering {
        let end = u32::try_from(text.len()).unwrap();
        Rendering {
            bytes: text.to_vec(),
            segments: vec![Segment {
                out: 0..end,
                source: Some(0..end),
                site: None,
            }],
        }
    }

    #[test]
    fn only_lines_away_from_the_owners_hunks_are_noise() {
        let old = b"a\nb\nc\nd\ne\nf\ng\nh\n";
        let new = b"a\nX\nc\nd\ne\nf\ng\nh\n";
        assert_eq!(noise((&plain(old), old), (&plain(new), new)), 0);
        let mut odd = plain(new);
        odd.bytes[14] = b'H';
        assert_eq!(noise((&plain(old), old), (&odd, new)), 1);
        odd.bytes[14] = b'h';
        odd.bytes[8] = b'E';
        assert_eq!(
            noise((&plain(old), old), (&odd, new)),
            0,
            "line 5 lies within three of line 2"
        );
    }

    #[test]
    fn lines_of_a_copy_lead_back() {
        let owner = b"one\ntwo\nthree\n";
        let copy = Rendering {
            bytes: b"one\n\nTWO\nthree\n".to_vec(),
            segments: vec![
                Segment {
                    out: 0..4,
                    source: Some(0..4),
                    site: None,
                },
                Segment {
                    out: 4..5,
                    source: None,
                    site: Some(0),
                },
                Segment {
                    out: 5..8,
                    source: None,
                    site: Some(1),
                },
                Segment {
                    out: 8..15,
                    source: Some(7..14),
                    site: None,
                },
            ],
        };
        assert_eq!(owner_lines(&copy, owner), [0, 0, 1, 2]);
    }
}
