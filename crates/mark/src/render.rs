//! Rendering one copy from the canonical text and its site table: no parse, one pass, no recursion.
//!
//! INVARIANT: choosing the canonical variant at every site gives back the canonical bytes.

use std::ops::Range;

use crate::error::MarkError;
use crate::model::{Piece, Site, SiteTable, Variant};

/// A rendered copy and where each of its bytes comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendering {
    /// The copy.
    pub bytes: Vec<u8>,
    /// Runs that tile `bytes` in order.
    pub segments: Vec<Segment>,
}

/// A run of rendered bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Bytes of the copy.
    pub out: Range<u32>,
    /// The canonical bytes it was copied from; `None` for text that only the alternative has.
    pub source: Option<Range<u32>>,
    /// Index in the table of the innermost site it belongs to; `None` outside of all sites.
    pub site: Option<u32>,
}

/// Renders the copy in which `choose` picks the variant of every site.
///
/// # Errors
/// When the table is not the table of this text.
pub fn render(
    table: &SiteTable,
    canonical: &[u8],
    choose: &dyn Fn(&Site) -> Variant,
) -> Result<Vec<u8>, MarkError> {
    let mut bytes = Vec::with_capacity(canonical.len().saturating_add(canonical.len() / 16));
    walk(table, canonical, choose, &mut |run: &[u8], _, _| {
        bytes.extend_from_slice(run)
    })?;
    Ok(bytes)
}

/// Renders as [`render`] does and says where every byte comes from.
///
/// # Errors
/// When the table is not the table of this text, or the copy is larger than 4 GiB.
pub fn render_with_map(
    table: &SiteTable,
    canonical: &[u8],
    choose: &dyn Fn(&Site) -> Variant,
) -> Result<Rendering, MarkError> {
    let mut bytes = Vec::with_capacity(canonical.len().saturating_add(canonical.len() / 16));
    let mut segments: Vec<Segment> = Vec::with_capacity(table.sites.len().saturating_mul(4));
    let mut too_large = false;
    walk(table, canonical, choose, &mut |run: &[u8], source, site| {
        let start = u32::try_from(bytes.len());
        bytes.extend_from_slice(run);
        match (start, u32::try_from(bytes.len())) {
            (Ok(start), Ok(end)) => segments.push(Segment {
                out: start..end,
                source,
                site,
            }),
            _ => too_large = true,
        }
    })?;
    if too_large {
        Err(MarkError::bad_table("copy is larger than 4 GiB"))
    } else {
        Ok(Rendering { bytes, segments })
    }
}

/// Work that is still to be done, innermost last.
enum Task<'t> {
    /// Copy canonical bytes, rendering the sites `next..` that lie inside.
    Copy {
        from: u32,
        to: u32,
        next: usize,
        site: Option<u32>,
    },
    /// Write the pieces of a site's alternative.
    Pieces { site: u32, rest: &'t [Piece] },
}

fn walk(
    table: &SiteTable,
    canonical: &[u8],
    choose: &dyn Fn(&Site) -> Variant,
    emit: &mut Emit<'_>,
) -> Result<(), MarkError> {
    if canonical.len() != table.text_length as usize {
        return Err(MarkError::WrongText {
            expected: table.text_length as usize,
            actual: canonical.len(),
        });
    }
    let sites = &table.sites;
    let after = subtree_ends(sites)?;
    let mut tasks = vec![Task::Copy {
        from: 0,
        to: table.text_length,
        next: 0,
        site: None,
    }];
    while let Some(task) = tasks.pop() {
        match task {
            Task::Copy { from, to, next, site } => match sites.get(next) {
                Some(inner) if inner.start < to => {
                    if inner.start < from || inner.end > to || inner.end <= inner.start {
                        return Err(MarkError::bad_table("sites are not nested"));
                    }
                    copy(canonical, from..inner.start, site, emit)?;
                    let skip = after.get(next).copied().unwrap_or(usize::MAX);
                    tasks.push(Task::Copy {
                        from: inner.end,
                        to,
                        next: skip,
                        site,
                    });
                    let index = u32::try_from(next).map_err(|_| MarkError::bad_table("too many sites"))?;
                    if choose(inner) == inner.canonical {
                        let next = next.saturating_add(1);
                        tasks.push(Task::Copy {
                            from: inner.start,
                            to: inner.end,
                            next,
                            site: Some(index),
                        });
                    } else {
                        tasks.push(Task::Pieces {
                            site: index,
                            rest: &inner.alternative,
                        });
                    }
                }
                _ => copy(canonical, from..to, site, emit)?,
            },
            Task::Pieces { site, rest } => {
                let Some((piece, rest)) = rest.split_first() else {
                    continue;
                };
                tasks.push(Task::Pieces { site, rest });
                match piece {
                    Piece::Text(text) if text.is_empty() => {}
                    Piece::Text(text) => emit(text, None, Some(site)),
                    Piece::Source { start, end } => {
                        let first = (site as usize).saturating_add(1);
                        let last = after.get(site as usize).copied().unwrap_or(first).max(first);
                        let inner = sites.get(first..last).unwrap_or_default();
                        let next = first.saturating_add(inner.partition_point(|inner| inner.start < *start));
                        tasks.push(Task::Copy {
                            from: *start,
                            to: *end,
                            next,
                            site: Some(site),
                        });
                    }
                }
            }
        }
    }
    Ok(())
}

/// Receives a run of bytes, the canonical range it was copied from, and the index of its site.
type Emit<'e> = dyn FnMut(&[u8], Option<Range<u32>>, Option<u32>) + 'e;

fn copy(canonical: &[u8], run: Range<u32>, site: Option<u32>, emit: &mut Emit<'_>) -> Result<(), MarkError> {
    if run.start < run.end {
        let bytes = canonical.get(run.start as usize..run.end as usize);
        emit(
            bytes.ok_or_else(|| MarkError::bad_table("a range lies outside of the text"))?,
            Some(run),
            site,
        );
    }
    Ok(())
}

/// For every site the index of the first site after it that it does not enclose.
fn subtree_ends(sites: &[Site]) -> Result<Vec<usize>, MarkError> {
    let mut ends = vec![sites.len(); sites.len()];
    let mut open: Vec<(usize, u32)> = Vec::new();
    for (index, site) in sites.iter().enumerate() {
        while let Some((closed, _)) = open.pop_if(|(_, end)| *end <= site.start) {
            if let Some(end) = ends.get_mut(closed) {
                *end = index;
            }
        }
        if open.last().is_some_and(|(_, end)| site.end > *end) {
            return Err(MarkError::bad_table("sites overlap"));
        }
        open.push((index, site.end));
    }
    Ok(ends)
}
