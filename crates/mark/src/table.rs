//! The stored form of a site table, and the checks that make a stored table safe to render from.
//!
//! Layout: the magic `RFST`, the format version as two bytes little endian, then the table in postcard. Refuses anything
//! that is not laminar, not sorted, reaches outside of the text, or could make a copy grow without bound.

use std::ops::Range;

use crate::error::MarkError;
use crate::model::{Piece, Site, SiteTable};

const MAGIC: &[u8; 4] = b"RFST";
const FORMAT: u16 = 1;
/// Largest encoded table: 64 MiB. A text of 8 MiB has at most a few hundred thousand sites of about 60 bytes.
const MAX_ENCODED: usize = 64 << 20;
/// Most pieces one alternative may have; order families with roles need three, if-swaps seven.
const MAX_PIECES: usize = 16;
/// Longest text that only an alternative has.
const MAX_TEXT: usize = 4096;

impl SiteTable {
    /// Writes the table in its stored form.
    ///
    /// # Errors
    /// When the encoder fails or the result is larger than the bound.
    pub fn encode(&self) -> Result<Vec<u8>, MarkError> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        let bytes = postcard::to_extend(self, bytes).map_err(|error| MarkError::Encoding {
            reason: error.to_string(),
        })?;
        if bytes.len() > MAX_ENCODED {
            return Err(MarkError::Encoding {
                reason: format!("{} bytes are above {MAX_ENCODED}", bytes.len()),
            });
        }
        Ok(bytes)
    }

    /// Reads a stored table and checks it whole.
    ///
    /// # Errors
    /// When the bytes are not a table of a known format, or the table breaks a rule of [`SiteTable::check`].
    pub fn decode(bytes: &[u8]) -> Result<SiteTable, MarkError> {
        if bytes.len() > MAX_ENCODED {
            return Err(MarkError::bad_table(format!(
                "{} bytes are above {MAX_ENCODED}",
                bytes.len()
            )));
        }
        let rest = bytes
            .strip_prefix(MAGIC)
            .ok_or_else(|| MarkError::bad_table("it does not start with RFST"))?;
        let (version, rest) = rest
            .split_first_chunk::<2>()
            .ok_or_else(|| MarkError::bad_table("it ends before its version"))?;
        let found = u16::from_le_bytes(*version);
        if found != FORMAT {
            return Err(MarkError::UnknownFormat { found, known: FORMAT });
        }
        let (table, rest) = postcard::take_from_bytes::<SiteTable>(rest)
            .map_err(|error| MarkError::bad_table(error.to_string()))?;
        if !rest.is_empty() {
            return Err(MarkError::bad_table(format!("{} bytes follow it", rest.len())));
        }
        table.check()?;
        Ok(table)
    }

    /// Checks every rule that rendering and reading rely on.
    ///
    /// # Errors
    /// Names the first site that breaks a rule.
    pub fn check(&self) -> Result<(), MarkError> {
        let mut open: Vec<u32> = Vec::new();
        let mut before: Option<&Site> = None;
        for (index, site) in (0_u32..).zip(&self.sites) {
            let fail = |rule: &str| MarkError::bad_table(format!("site {index} {rule}"));
            if site.start >= site.end || site.end > self.text_length {
                return Err(fail("reaches outside of the text or is empty"));
            }
            if before.is_some_and(|before| {
                (before.start, u32::MAX - before.end) > (site.start, u32::MAX - site.end)
            }) {
                return Err(fail("is out of order"));
            }
            before = Some(site);
            check_pieces(site, &fail)?;
            let enclosing = |at: &u32| self.sites.get(*at as usize);
            while open
                .pop_if(|at| enclosing(at).is_none_or(|outer| outer.end <= site.start))
                .is_some()
            {}
            if open.last() != site.parent.as_ref() {
                return Err(fail("names a parent that does not enclose it"));
            }
            if let Some(parent) = open.last().and_then(enclosing)
                && (!holds(parent, site.start..site.end)
                    || (parent.start, parent.end) == (site.start, site.end))
            {
                return Err(fail("is not inside one copied piece of its parent"));
            }
            open.push(index);
        }
        Ok(())
    }
}

/// Tells whether one copied piece of the site's alternative encloses the range.
pub(crate) fn holds(site: &Site, range: Range<u32>) -> bool {
    site.alternative.iter().any(
        |piece| matches!(piece, Piece::Source { start, end } if *start <= range.start && range.end <= *end),
    )
}

/// Pieces copy disjoint parts of their own site, so a copy is never longer than the text plus all piece texts.
fn check_pieces(site: &Site, fail: &dyn Fn(&str) -> MarkError) -> Result<(), MarkError> {
    if site.alternative.len() > MAX_PIECES {
        return Err(fail("has too many pieces"));
    }
    let mut copied: Vec<(u32, u32)> = Vec::new();
    for piece in &site.alternative {
        match piece {
            Piece::Text(text) if text.len() > MAX_TEXT => return Err(fail("has a text that is too long")),
            Piece::Text(_) => {}
            Piece::Source { start, end } => {
                if start > end || *start < site.start || *end > site.end {
                    return Err(fail("copies from outside of itself"));
                }
                if start < end {
                    copied.push((*start, *end));
                }
            }
        }
    }
    copied.sort_unstable();
    if copied
        .iter()
        .zip(copied.iter().skip(1))
        .any(|(left, right)| left.1 > right.0)
    {
        return Err(fail("copies the same bytes twice"));
    }
    Ok(())
}
