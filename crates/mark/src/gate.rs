//! The gate: a site is admitted only when the text stays what it was wherever no site is.
//!
//! The copy with every alternative is parsed and compared with the canonical tree *as a tree*: every node outside of the sites,
//! and every node in a piece that a site copies, must have its counterpart with the same kind and the same bytes, and there must be no
//! new error. Grammars are context free up to their scanners, so a subtree that fits in its place together with all others
//! also fits alone. INVARIANT: no codeword takes part, so the choice of sites tells nothing about a recipient.
//!
//! When the whole does not pass, the outermost sites beside the differences are set apart and halved until the culprits are found;
//! they fall with what they enclose.

use ringfence_syntax::{Node, Tree};

use crate::error::MarkError;
use crate::model::{Piece, SiteTable, Variant};
use crate::render::{Rendering, Segment, render_with_map};

/// Parses that one text may cost after the first failure. A text that needs more is left unmarked.
const MAX_TRIALS: usize = 48;

/// A node's kind and canonical range.
type Seen = (u32, std::cmp::Reverse<u32>, u16);

/// Drops the sites that do not pass.
pub(crate) fn admit(tree: &Tree, canonical: &[u8], table: SiteTable) -> Result<SiteTable, MarkError> {
    if table.sites.is_empty() {
        return Ok(table);
    }
    table.check()?;
    let Verdict::Fails(suspects) = examine(tree, canonical, &table)? else {
        return Ok(table);
    };
    let roots: Vec<usize> = (0_usize..)
        .zip(&table.sites)
        .filter(|(_, site)| site.parent.is_none())
        .map(|(index, _)| index)
        .collect();
    let innocent: Vec<usize> = roots
        .iter()
        .copied()
        .filter(|root| !suspects.contains(root))
        .collect();
    let mut kept: Vec<usize> = Vec::new();
    // Nearly always the nodes that differ lie in or beside their culprits.
    let mut pending = if suspects.is_empty() {
        halves(&roots)
    } else {
        vec![suspects, innocent]
    };
    let mut trials = 0_usize;
    while let Some(group) = pending.pop() {
        trials = trials.saturating_add(1);
        if trials > MAX_TRIALS {
            return Ok(SiteTable {
                sites: Vec::new(),
                ..table
            });
        }
        let mut with: Vec<usize> = kept.iter().chain(&group).copied().collect();
        with.sort_unstable();
        match examine(tree, canonical, &restrict(&table, &with))? {
            Verdict::Passes => kept = with,
            Verdict::Fails(_) if group.len() > 1 => pending.extend(halves(&group)),
            Verdict::Fails(_) => {}
        }
    }
    Ok(restrict(&table, &kept))
}

/// Two halves, the first one last, so that it is tried first.
fn halves(group: &[usize]) -> Vec<Vec<usize>> {
    let (first, second) = group.split_at(group.len() / 2);
    [second, first]
        .into_iter()
        .filter(|half| !half.is_empty())
        .map(<[usize]>::to_vec)
        .collect()
}

/// The table with only these outermost sites and what they enclose.
fn restrict(table: &SiteTable, roots: &[usize]) -> SiteTable {
    let mut moved: Vec<Option<u32>> = Vec::with_capacity(table.sites.len());
    let mut sites = Vec::new();
    for (index, site) in table.sites.iter().enumerate() {
        let stays = match site.parent {
            None => roots.binary_search(&index).is_ok(),
            Some(parent) => moved.get(parent as usize).copied().flatten().is_some(),
        };
        if !stays {
            moved.push(None);
            continue;
        }
        moved.push(u32::try_from(sites.len()).ok());
        let parent = site
            .parent
            .and_then(|parent| moved.get(parent as usize).copied().flatten());
        sites.push(crate::model::Site {
            parent,
            ..site.clone()
        });
    }
    SiteTable { sites, ..*table }
}

/// Whether a table passes as a whole.
enum Verdict {
    Passes,
    /// The outermost sites in or right before which the trees differ; empty when that is unknown.
    Fails(Vec<usize>),
}

/// Parses the copy with every alternative and compares.
fn examine(tree: &Tree, canonical: &[u8], table: &SiteTable) -> Result<Verdict, MarkError> {
    let owner = render_with_map(table, canonical, &|site| site.canonical)?;
    if owner.bytes != canonical {
        return Err(MarkError::bad_table(
            "rendering the canonical variants changed the text",
        ));
    }
    let other = render_with_map(table, canonical, &|site| match site.canonical {
        Variant::Zero => Variant::One,
        Variant::One => Variant::Zero,
    })?;
    let Ok(altered) = ringfence_syntax::parse(tree.language(), &other.bytes) else {
        return Ok(Verdict::Fails(Vec::new()));
    };
    let mut expected = Regions::new(table, &owner).comparable(tree);
    let mut actual = Regions::new(table, &other).comparable(&altered);
    // Stable: nodes of the same range keep their nesting.
    expected.sort_by_key(|(start, end, _)| (*start, *end));
    actual.sort_by_key(|(start, end, _)| (*start, *end));
    if expected == actual && altered.error_count() <= tree.error_count() {
        return Ok(Verdict::Passes);
    }
    Ok(Verdict::Fails(suspects(table, &expected, &actual)))
}

/// The outermost sites nearest to the places where only one of two sorted lists of nodes has a node.
fn suspects(table: &SiteTable, expected: &[Seen], actual: &[Seen]) -> Vec<usize> {
    let roots: Vec<(usize, u32)> = (0_usize..)
        .zip(&table.sites)
        .filter(|(_, site)| site.parent.is_none())
        .map(|(index, site)| (index, site.start))
        .collect();
    let mut found: Vec<usize> = Vec::new();
    let mut accuse = |(start, end, _): &Seen| {
        for place in [*start, end.0] {
            let before = roots.partition_point(|(_, begin)| *begin <= place).checked_sub(1);
            found.extend(before.and_then(|at| roots.get(at)).map(|(index, _)| *index));
        }
    };
    let (mut left, mut right) = (expected.iter().peekable(), actual.iter().peekable());
    loop {
        match (left.peek(), right.peek()) {
            (Some(one), Some(other)) if one == other => {
                left.next();
                right.next();
            }
            (Some(one), Some(other)) if (one.0, one.1) <= (other.0, other.1) => {
                accuse(one);
                left.next();
            }
            (Some(one), None) => {
                accuse(one);
                left.next();
            }
            (_, Some(other)) => {
                accuse(other);
                right.next();
            }
            (None, None) => break,
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Which copied stretch a byte of a rendering belongs to.
struct Regions<'r> {
    table: &'r SiteTable,
    segments: &'r [Segment],
}

impl<'r> Regions<'r> {
    fn new(table: &'r SiteTable, rendering: &'r Rendering) -> Regions<'r> {
        Regions {
            table,
            segments: &rendering.segments,
        }
    }

    /// The nodes that begin and end in the same stretch, with canonical ranges.
    fn comparable(&self, tree: &Tree) -> Vec<Seen> {
        let mut seen = Vec::with_capacity(tree.node_count());
        let mut at = 0;
        for node in tree.nodes().filter(|node| node.start() < node.end()) {
            while self
                .segments
                .get(at)
                .is_some_and(|segment| segment.out.end <= node.start())
            {
                at += 1;
            }
            seen.extend(self.place(node, at));
        }
        seen
    }

    fn place(&self, node: Node<'_>, at: usize) -> Option<Seen> {
        let last = node.end().checked_sub(1)?;
        let first_segment = self.segments.get(at)?;
        let last_segment = if last < first_segment.out.end {
            first_segment
        } else {
            let rest = self.segments.get(at..)?;
            rest.get(rest.partition_point(|segment| segment.out.end <= last))?
        };
        let (start, start_region) = self.byte(first_segment, node.start())?;
        let (end, end_region) = self.byte(last_segment, last)?;
        if let Some((site, piece)) = start_region
            && let Some(site) = self.table.sites.get(site as usize)
            && site.family.renames_pieces()
            && site.alternative.get(piece)
                == Some(&Piece::Source {
                    start,
                    end: end.checked_add(1)?,
                })
        {
            // An idiom may give the same bytes another name: `a, b` is a list of expressions or the inside of a tuple.
            return None;
        }
        (start_region == end_region).then_some((
            start,
            std::cmp::Reverse(end.checked_add(1)?),
            node.kind_id(),
        ))
    }

    /// The canonical offset of a rendered byte, and the site and piece that copied it.
    fn byte(&self, segment: &Segment, offset: u32) -> Option<(u32, Option<(u32, usize)>)> {
        let source = segment.source.as_ref()?;
        let at = source.start.checked_add(offset.checked_sub(segment.out.start)?)?;
        let Some(index) = segment.site else {
            return Some((at, None));
        };
        let pieces = &self.table.sites.get(index as usize)?.alternative;
        let piece = pieces
            .iter()
            .position(|piece| matches!(piece, Piece::Source { start, end } if *start <= at && at < *end))?;
        Some((at, Some((index, piece))))
    }
}
