//! Which sites an edit changed, removed or brought: they may no longer count against the one who made it (marks.md, condition 4).
//!
//! When unsure, a site is in the set: that costs power, never soundness.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use ringfence_mark::model::{Family, Piece, Site, SiteId};

use super::layout::Nesting;
use super::tokens::Tokens;

/// Longest site, in lines, that counts as a whole; of longer ones only the lines where its pieces begin and end.
const WHOLE_LINES: usize = 3;

/// Sites of either text on changed lines, and those that only one of the two texts has, or not as often.
pub(super) fn by_lines(
    old: Option<(&Nesting<'_>, &Tokens<'_>)>,
    new: Option<(&Nesting<'_>, &Tokens<'_>)>,
    hunks: &[(Range<usize>, Range<usize>)],
) -> BTreeSet<SiteId> {
    let mut touched = BTreeSet::new();
    let mut counts: BTreeMap<SiteId, isize> = BTreeMap::new();
    let removed: Vec<Range<usize>> = hunks.iter().map(|hunk| hunk.0.clone()).collect();
    let added: Vec<Range<usize>> = hunks.iter().map(|hunk| hunk.1.clone()).collect();
    for (side, changed, step) in [(old, removed, 1), (new, added, -1)] {
        let Some((nesting, tokens)) = side else { continue };
        for site in nesting.sites {
            *counts.entry(site.id).or_default() += step;
            if own_lines(site, tokens)
                .iter()
                .any(|line| is_changed(site, *line, &changed))
            {
                touched.insert(site.id);
            }
        }
    }
    touched.extend(
        counts
            .into_iter()
            .filter(|(_, count)| *count != 0)
            .map(|(id, _)| id),
    );
    touched
}

fn own_lines(site: &Site, tokens: &Tokens<'_>) -> Vec<usize> {
    let line = |position: u32| tokens.line_of(position as usize);
    let (first, last) = (line(site.start), line(site.end.saturating_sub(1).max(site.start)));
    if last - first < WHOLE_LINES {
        return (first..=last).collect();
    }
    let mut sources: Vec<(u32, u32)> = site
        .alternative
        .iter()
        .filter_map(|piece| match piece {
            Piece::Source { start, end } if start < end => Some((*start, *end)),
            _ => None,
        })
        .collect();
    sources.sort_unstable();
    let mut lines = vec![first, last];
    let mut covered = first;
    for (start, end) in sources {
        lines.extend(covered..=line(start));
        covered = line(end - 1).max(covered);
        lines.push(covered);
    }
    lines.extend(covered..=last);
    lines
}

/// Whether a line was changed, or something was put in beside it, or (blank lines) its neighbour was changed.
fn is_changed(site: &Site, line: usize, changed: &[Range<usize>]) -> bool {
    let reach = usize::from(site.family == Family::BlankLine);
    let first = changed.partition_point(|hunk| hunk.end + reach < line);
    changed
        .iter()
        .skip(first)
        .take_while(|hunk| hunk.start <= line + reach + 1)
        .any(|hunk| {
            let grown = hunk.start.saturating_sub(reach)..hunk.end + reach;
            grown.contains(&line) || (hunk.is_empty() && (hunk.start == line || hunk.start == line + 1))
        })
}
