//! The correspondence between the owner's text and a delivered text, known exactly because the one was rendered from the other.
//!
//! INVARIANT: explicit stacks only; nesting of sites costs memory, never machine stack.

#![expect(
    clippy::indexing_slicing,
    reason = "`Nesting::of` checks every range and index of the table against the text before anything is built on them"
)]

use std::ops::Range;

use ringfence_mark::model::{Piece, Site, SiteId, SiteTable, Variant};

/// A site table whose ranges were checked against its text, with the children of each site.
pub(super) struct Nesting<'t> {
    pub(super) text: &'t [u8],
    pub(super) sites: &'t [Site],
    roots: Vec<usize>,
    children: Vec<Vec<usize>>,
    /// Longest chain of sites inside sites.
    pub(super) depth: usize,
}

/// Byte range of a site in the owner's text.
pub(super) fn site_range(site: &Site) -> Range<usize> {
    site.start as usize..site.end as usize
}

impl<'t> Nesting<'t> {
    /// Checks a table against its text. `None`: the table is not of this text or is not laminar.
    pub(super) fn of(text: &'t [u8], table: &'t SiteTable) -> Option<Self> {
        let count = table.sites.len();
        let mut nesting = Self {
            text,
            sites: &table.sites,
            roots: Vec::new(),
            children: vec![Vec::new(); count],
            depth: 0,
        };
        if table.text_length as usize != text.len() {
            return None;
        }
        let mut depths = vec![1; count];
        let mut covered = 0;
        for (index, site) in table.sites.iter().enumerate() {
            let range = site_range(site);
            if range.start > range.end || range.end > text.len() {
                return None;
            }
            for piece in &site.alternative {
                if let Piece::Source { start, end } = piece
                    && (start > end || *start < site.start || *end > site.end)
                {
                    return None;
                }
            }
            match site.parent.map(|parent| parent as usize) {
                None => {
                    if range.start < covered {
                        return None;
                    }
                    covered = range.end;
                    nesting.roots.push(index);
                }
                Some(parent) => {
                    let outer = table.sites.get(parent).filter(|_| parent < index)?;
                    let before = nesting.children[parent]
                        .last()
                        .map_or(outer.start, |last| table.sites[*last].end);
                    if site.start < before || site.end > outer.end {
                        return None;
                    }
                    depths[index] = depths[parent] + 1;
                    nesting.children[parent].push(index);
                }
            }
            nesting.depth = nesting.depth.max(depths[index]);
        }
        Some(nesting)
    }

    /// Whether any site of the file holds a byte range.
    pub(super) fn roots_around(&self, range: &Range<usize>) -> bool {
        let after = self
            .roots
            .partition_point(|root| self.sites[*root].start as usize <= range.start);
        after
            .checked_sub(1)
            .is_some_and(|last| self.sites[self.roots[last]].end as usize >= range.end)
    }

    /// Whether a site of this id meets a byte range.
    pub(super) fn holds(&self, id: SiteId, range: &Range<usize>) -> bool {
        let meets = |site: &&Site| site.start as usize <= range.end && range.start <= site.end as usize;
        self.sites
            .iter()
            .filter(|site| site.id == id)
            .any(|site| meets(&site))
    }

    /// Direct children of a site (of the file: `None`) inside a byte range of the owner's text.
    pub(super) fn inside(&self, parent: Option<usize>, range: &Range<usize>) -> &[usize] {
        let all = parent.map_or(&self.roots, |parent| &self.children[parent]);
        let first = all.partition_point(|child| (self.sites[*child].start as usize) < range.start);
        let end = all.partition_point(|child| (self.sites[*child].end as usize) <= range.end);
        &all[first..end.max(first)]
    }
}

/// A part of the delivered spelling of one site.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Where it lies in the delivered text.
    pub(super) out: Range<usize>,
    /// What it was copied from; `None` for text that only this spelling has.
    pub(super) source: Option<Range<usize>>,
}

/// A site that the delivered text spells in another way than the owner.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Index of the site in the table.
    pub(super) site: usize,
    /// Where its spelling lies in the delivered text.
    pub(super) out: Range<usize>,
    /// The delivered spelling, in delivered order; the parts tile `out`.
    pub(super) parts: Vec<Part>,
    /// The place around this one and the part of it that holds this one.
    pub(super) inside: Option<(usize, usize)>,
}

/// A delivered text and how it corresponds to the owner's.
pub(super) struct Layout {
    pub(super) bytes: Vec<u8>,
    /// Sites with another spelling, outer before inner, in delivered order.
    pub(super) places: Vec<Place>,
    /// Copied ranges: (start in the delivered text, start in the owner's text, length), in delivered order.
    copies: Vec<(usize, usize, usize)>,
}

enum Task {
    Copy(Range<usize>),
    Site(usize),
    Piece { place: usize, piece: usize },
    ClosePart { place: usize },
    ClosePlace { place: usize },
}

impl Layout {
    /// Renders a text and keeps the correspondence.
    pub(super) fn render(nesting: &Nesting<'_>, choose: &dyn Fn(&Site) -> Variant) -> Self {
        let mut layout = Self {
            bytes: Vec::with_capacity(nesting.text.len() + nesting.text.len() / 16),
            places: Vec::new(),
            copies: Vec::new(),
        };
        let mut stack = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        push_range(nesting, &mut stack, None, 0..nesting.text.len());
        while let Some(task) = stack.pop() {
            let here = layout.bytes.len();
            match task {
                Task::Copy(range) => {
                    layout.copies.push((here, range.start, range.len()));
                    layout.bytes.extend_from_slice(&nesting.text[range]);
                }
                Task::Site(index) => {
                    let site = &nesting.sites[index];
                    if choose(site) == site.canonical {
                        push_range(nesting, &mut stack, Some(index), site_range(site));
                        continue;
                    }
                    let place = layout.places.len();
                    let inside = open
                        .last()
                        .map(|outer| (*outer, layout.places[*outer].parts.len() - 1));
                    layout.places.push(Place {
                        site: index,
                        out: here..here,
                        parts: Vec::new(),
                        inside,
                    });
                    open.push(place);
                    stack.push(Task::ClosePlace { place });
                    stack.extend(
                        (0..site.alternative.len())
                            .rev()
                            .map(|piece| Task::Piece { place, piece }),
                    );
                }
                Task::Piece { place, piece } => {
                    let index = layout.places[place].site;
                    let source = match &nesting.sites[index].alternative[piece] {
                        Piece::Source { start, end } => {
                            let range = *start as usize..*end as usize;
                            stack.push(Task::ClosePart { place });
                            push_range(nesting, &mut stack, Some(index), range.clone());
                            Some(range)
                        }
                        Piece::Text(text) => {
                            layout.bytes.extend_from_slice(text);
                            None
                        }
                    };
                    let out = here..layout.bytes.len();
                    layout.places[place].parts.push(Part { out, source });
                }
                Task::ClosePart { place } => {
                    if let Some(part) = layout.places[place].parts.last_mut() {
                        part.out.end = here;
                    }
                }
                Task::ClosePlace { place } => {
                    layout.places[place].out.end = here;
                    open.pop();
                }
            }
        }
        layout
    }

    /// Position in the owner's text that a delivered position was copied from, or the nearest copied one before it.
    pub(super) fn owner_position(&self, delivered: usize) -> usize {
        let index = self.copies.partition_point(|copy| copy.0 <= delivered);
        index
            .checked_sub(1)
            .map(|last| self.copies[last])
            .map_or(0, |(out, source, length)| source + (delivered - out).min(length))
    }
}

fn push_range(nesting: &Nesting<'_>, stack: &mut Vec<Task>, parent: Option<usize>, range: Range<usize>) {
    let children = nesting.inside(parent, &range);
    let mut end = range.end;
    for child in children.iter().rev() {
        let site = site_range(&nesting.sites[*child]);
        if site.end < end {
            stack.push(Task::Copy(site.end..end));
        }
        stack.push(Task::Site(*child));
        end = site.start;
    }
    if range.start < end {
        stack.push(Task::Copy(range.start..end));
    }
}
