//! Leads a line of a recipient's copy to the owner's line and back, by the stored correspondence: stack traces, reviews.
//!
//! For the owner only: the answer says where a copy differs from the owner's text, which is where its marks are.
//! REFUSES: paths that the view does not deliver, lines that a file does not have, files whose delivered form is no rendering of
//! the owner's text (an interface, a file delivered in place of the owner's).

use crate::error::{AppError, Result};
use crate::home::App;
use crate::marking::{CopyMark, language_of_copy};
use crate::projection::object_id;
use crate::push::trees::entry_at;
use ringfence_git::delivery_store::DeliveryStore;
use ringfence_git::submission_store::SubmissionStore;
use ringfence_mark::model::{Site, SiteId};
use ringfence_mark::{Rendering, render_with_map};
use ringfence_store::tables::{self, histories::CommitMap};
use ringfence_view::object::{EntryKind, Kind, ObjectId, ObjectSource, read_as, read_commit};
use ringfence_view::project::header::{outer, without};
use ringfence_view::translate::pins_of;
use serde::Serialize;
use std::ops::Range;

/// Fewest digits by which a commit is named.
const SHORTEST_COMMIT: usize = 7;

/// Which way a line is led.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the recipient's copy to the owner's text.
    ToOwner,
    /// From the owner's text to the recipient's copy.
    ToRecipient,
}

/// A file and a line of it, as stack traces and reviews write them: `FILE:LINE` or `FILE:LINE:COLUMN`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Path in the view; the same on both sides.
    pub path: String,
    /// From 1.
    pub line: u32,
}

impl std::str::FromStr for Place {
    type Err = AppError;

    fn from_str(text: &str) -> Result<Self> {
        let number = |text: &str| text.parse::<u32>().ok().filter(|line| *line > 0);
        let split = |text: &str| {
            let (path, line) = text.rsplit_once(':')?;
            Some((path.to_owned(), number(line)?))
        };
        let found = split(text).filter(|(path, _)| !path.is_empty());
        let (path, line) = found.ok_or_else(|| {
            AppError::Input(format!(
                "{text:?} is no FILE:LINE; lines count from 1, as in src/main.rs:12"
            ))
        })?;
        // A column after the line: it moves with every spelling, so that only the line is led.
        let (path, line) = split(&path).unwrap_or((path, line));
        let path = path.strip_prefix("./").unwrap_or(&path).to_owned();
        Ok(Self { path, line })
    }
}

/// Where a line stands on the other side.
#[derive(Clone, Debug, Serialize)]
pub struct LocateReport {
    /// The view.
    pub view: String,
    /// The recipient.
    pub recipient: String,
    /// The commit of the recipient's copy.
    pub vendor_commit: String,
    /// The owner's commit that it was made from.
    pub owner_commit: String,
    /// The file.
    pub path: String,
    /// The line asked for, from 1.
    pub line: u32,
    /// `owner` or `recipient`: whose lines the answer counts.
    pub side: &'static str,
    /// First line of the answer, from 1.
    pub first: u32,
    /// Last line of the answer.
    pub last: u32,
    /// False where the line stands on one side only: then the answer is the line before it.
    pub stands_there: bool,
    /// The line asked for, as it reads.
    pub text: String,
    /// The line or lines of the answer, as they read.
    pub found: String,
}

/// Lines of a text, as byte ranges that tile it.
fn lines(text: &[u8]) -> Vec<Range<usize>> {
    let mut at = 0_usize;
    text.split_inclusive(|byte| *byte == b'\n')
        .map(|line| {
            let start = at;
            at = at.saturating_add(line.len());
            start..at
        })
        .collect()
}

fn line_of(lines: &[Range<usize>], position: usize) -> usize {
    lines
        .partition_point(|line| line.end <= position)
        .min(lines.len().saturating_sub(1))
}

/// Lines (from 0) of one side that hold what a line of the other side holds; `Err`: none, and the nearest line before.
fn lead(
    pieces: &[(Range<usize>, Range<usize>)],
    from: &[u8],
    line: &Range<usize>,
    to: &[Range<usize>],
) -> std::result::Result<Range<usize>, usize> {
    let mut found: Option<(usize, usize)> = None;
    let mut before: Option<(usize, usize)> = None;
    for (source, target) in pieces {
        let start = source.start.max(line.start);
        let end = source.end.min(line.end);
        for position in start..end {
            // What prints says where a line is; indentation and line ends are moved around it.
            if from.get(position).is_some_and(|byte| !byte.is_ascii_whitespace()) {
                let there = line_of(
                    to,
                    target.start.saturating_add(position.saturating_sub(source.start)),
                );
                found = Some(found.map_or((there, there), |(first, last)| {
                    (first.min(there), last.max(there))
                }));
            }
        }
        if source.end <= line.start
            && source.end > source.start
            && before.is_none_or(|(end, _)| end < source.end)
        {
            before = Some((source.end, target.end));
        }
    }
    if let Some((first, last)) = found {
        return Ok(first..last.saturating_add(1));
    }
    // An empty line of both sides: its line end was copied.
    let copied = pieces
        .iter()
        .find(|(source, _)| source.start <= line.start && line.end <= source.end && line.start < line.end);
    if let Some((source, target)) = copied {
        let there = line_of(
            to,
            target
                .start
                .saturating_add(line.start.saturating_sub(source.start)),
        );
        return Ok(there..there.saturating_add(1));
    }
    Err(before.map_or(0, |(_, end)| line_of(to, end.saturating_sub(1))))
}

/// Copied ranges of a rendering: (in the copy, in the owner's text).
fn pieces(rendering: &Rendering) -> Vec<Piece> {
    let wide = |range: &Range<u32>| {
        let wide = |position: u32| usize::try_from(position).unwrap_or(usize::MAX);
        wide(range.start)..wide(range.end)
    };
    rendering
        .segments
        .iter()
        .filter_map(|segment| Some((wide(&segment.out), wide(segment.source.as_ref()?))))
        .collect()
}

/// A copied range: in the copy, and in the owner's text.
type Piece = (Range<usize>, Range<usize>);

/// The pieces of a copy without its header line, as they stand in the copy with it.
fn around(header: &[Range<usize>], pieces: Vec<Piece>) -> Vec<Piece> {
    let mut found = Vec::with_capacity(pieces.len());
    for (copy, owner) in pieces {
        let (mut at, mut from) = (copy.start, owner.start);
        let mut removed = 0_usize;
        for span in header {
            let cut = span.start.saturating_sub(removed);
            removed = removed.saturating_add(span.end.saturating_sub(span.start));
            if at < cut && cut < copy.end {
                let length = cut.saturating_sub(at);
                let start = outer(header, at);
                found.push((
                    start..start.saturating_add(length),
                    from..from.saturating_add(length),
                ));
                (at, from) = (cut, from.saturating_add(length));
            }
        }
        let start = outer(header, at);
        let length = copy.end.saturating_sub(at);
        found.push((start..start.saturating_add(length), from..owner.end));
    }
    found
}

/// Both texts of a file at one commit.
struct Texts {
    owner: Vec<u8>,
    copy: Vec<u8>,
    pieces: Vec<Piece>,
}

impl App {
    /// Leads a line of a recipient's copy to the owner's, or back, at the recipient's tip or at an older commit of either side.
    ///
    /// # Errors
    /// When nothing was delivered to the recipient, the commit is not in the recipient's history, the file is not in it or has no
    /// such line, or what was delivered at the path is no rendering of the owner's text.
    pub fn locate(
        &self,
        view: &str,
        recipient: &str,
        place: &Place,
        direction: Direction,
        at: Option<&str>,
    ) -> Result<LocateReport> {
        let what = format!("locating {}:{}", place.path, place.line);
        let pair = self.delivered_pair(view, recipient, at)?;
        let texts = self.texts_at(view, recipient, &pair, place.path.as_bytes(), &what)?;
        let (owner_lines, copy_lines) = (lines(&texts.owner), lines(&texts.copy));
        let turned: Vec<_>;
        let (from, to_text, from_lines, to_lines, pieces, side) = match direction {
            Direction::ToOwner => (
                &texts.copy,
                &texts.owner,
                &copy_lines,
                &owner_lines,
                &texts.pieces,
                "owner",
            ),
            Direction::ToRecipient => {
                turned = texts
                    .pieces
                    .iter()
                    .map(|(copy, owner)| (owner.clone(), copy.clone()))
                    .collect();
                (
                    &texts.owner,
                    &texts.copy,
                    &owner_lines,
                    &copy_lines,
                    &turned,
                    "recipient",
                )
            }
        };
        let index = usize::try_from(place.line.saturating_sub(1)).unwrap_or(usize::MAX);
        let line = from_lines.get(index).ok_or_else(|| {
            AppError::refused(
                what.clone(),
                format!(
                    "{} has {} lines in {}",
                    place.path,
                    from_lines.len(),
                    match direction {
                        Direction::ToOwner => format!("the copy of {recipient} at {}", pair.projected),
                        Direction::ToRecipient => format!("the owner's text at {}", pair.upstream),
                    }
                ),
                "Ask for the commit that the line was seen at: --at COMMIT",
            )
        })?;
        let (found, stands_there) = match lead(pieces, from, line, to_lines) {
            Ok(found) => (found, true),
            Err(near) => (near..near.saturating_add(1), false),
        };
        let number = |line: usize| u32::try_from(line).unwrap_or(u32::MAX);
        let text_of = |text: &[u8], ranges: &[Range<usize>]| -> String {
            let bytes: Vec<u8> = ranges
                .iter()
                .filter_map(|range| text.get(range.clone()))
                .flatten()
                .copied()
                .collect();
            String::from_utf8_lossy(&bytes)
                .trim_end_matches(['\n', '\r'])
                .to_owned()
        };
        Ok(LocateReport {
            view: view.to_owned(),
            recipient: recipient.to_owned(),
            vendor_commit: pair.projected,
            owner_commit: pair.upstream,
            path: place.path.clone(),
            line: place.line,
            side,
            first: number(found.start.saturating_add(1)),
            last: number(found.end),
            stands_there,
            text: text_of(from, std::slice::from_ref(line)),
            found: text_of(to_text, to_lines.get(found).unwrap_or_default()),
        })
    }

    /// The newest projected pair, or the one that a commit of either side names.
    fn delivered_pair(&self, view: &str, recipient: &str, at: Option<&str>) -> Result<CommitMap> {
        let current = self.current()?;
        self.declared_view(&current, view)?;
        let rows = self.database.read(|tx| {
            let generation = tables::histories::state(tx, view, recipient)?.map(|state| state.generation);
            match generation {
                Some(generation) => tables::histories::list(tx, view, recipient, generation),
                None => Ok(Vec::new()),
            }
        })?;
        let what = || format!("locating in the copy of {recipient} of view {view}");
        let Some(at) = at else {
            let projected = |row: &&CommitMap| row.origin == tables::histories::CommitOrigin::Projection;
            return rows.iter().rev().find(projected).cloned().ok_or_else(|| {
                AppError::refused(
                    what(),
                    "nothing was delivered to this recipient yet",
                    "A clone or `ringfence view export` delivers",
                )
            });
        };
        let at = at.to_ascii_lowercase();
        if at.len() < SHORTEST_COMMIT || !at.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(AppError::Input(format!(
                "{at:?} names no commit; give at least {SHORTEST_COMMIT} of its hexadecimal digits"
            )));
        }
        let mut named = rows
            .into_iter()
            .rev()
            .filter(|row| row.projected.starts_with(&at) || row.upstream.starts_with(&at));
        let Some(first) = named.next() else {
            return Err(AppError::refused(
                what(),
                format!("commit {at} is neither in that copy nor an owner's commit that it was made from"),
                "Commits that change nothing in the view have no copy of their own: take the one before",
            ));
        };
        // The same owner's commit may stand behind several of the copy; two different ones by one prefix are a question.
        if named.any(|row| row.projected != first.projected && row.upstream != first.upstream) {
            return Err(AppError::Input(format!(
                "{at} begins the names of several commits; give more of it"
            )));
        }
        Ok(first)
    }

    fn texts_at(
        &self,
        view_name: &str,
        recipient: &str,
        pair: &CommitMap,
        path: &[u8],
        what: &str,
    ) -> Result<Texts> {
        let current = self.current()?;
        let view = self.declared_view(&current, view_name)?;
        let rules = self.view_rules(view)?;
        if rules
            .replacements()
            .iter()
            .any(|replacement| replacement.path == path)
        {
            return Err(AppError::refused(
                what,
                "this file is delivered in place of the owner's: its lines are those of the file that the view names",
                "",
            ));
        }
        let copies = DeliveryStore::open(&self.stores(), view_name, recipient)?;
        let owners = SubmissionStore::open_or_create(&self.home.join("mirrors"), &view.repository)?;
        let Some((copy_id, copy)) = file_at(&copies, &pair.projected, path)? else {
            return Err(AppError::refused(
                what,
                format!(
                    "the copy of {recipient} has no such file at commit {}",
                    pair.projected
                ),
                "Paths count from the root of the view; see ringfence view files",
            ));
        };
        let Some((owner_id, owner)) = file_at(&owners, &pair.upstream, path)? else {
            return Err(AppError::refused(
                what,
                format!("the owner has no such file at commit {}", pair.upstream),
                "",
            ));
        };
        let header = self.header_spans(recipient, path, copy_id)?;
        let bare =
            without(&copy, &header).ok_or_else(|| AppError::fault("taking out a header line", copy_id))?;
        if bare == owner {
            let pieces = around(&header, vec![(0..owner.len(), 0..owner.len())]);
            return Ok(Texts { owner, copy, pieces });
        }
        let refused = || {
            AppError::refused(
                what,
                "what was delivered at this path is no rendering of the owner's text (an interface, or an older form of it)",
                "Name the commit that the line was seen at: --at COMMIT",
            )
        };
        let row = self
            .database
            .read(|tx| tables::deliveries::file(tx, recipient, path, &owner_id.to_string()))?;
        let marked = row.and_then(|row| {
            language_of_copy(&row.engine, path, &owner).zip(CopyMark::from_text(&row.profile))
        });
        let (language, mark) = marked.ok_or_else(refused)?;
        let keys = self.mark_keys_at(recipient, mark.epoch)?;
        let table = self.table_for(
            &owner_id.to_string(),
            language,
            mark.marking,
            &owner,
            &keys.anchor,
        )?;
        let bit = |site: &SiteId| keys.bit(*site);
        let pins = pins_of(&table, &owner, &bare, &bit).ok_or_else(refused)?;
        let choose = |site: &Site| {
            pins.get(&site.id)
                .map_or_else(|| keys.bit(site.id), |pin| pin.variant(site))
        };
        let rendering = render_with_map(&table, &owner, &choose)
            .map_err(|error| AppError::fault("rendering a copy again", error))?;
        if rendering.bytes != bare {
            return Err(AppError::fault(
                "rendering a copy again",
                format!("{copy_id} was delivered and other bytes came out"),
            ));
        }
        Ok(Texts {
            owner,
            copy,
            pieces: around(&header, pieces(&rendering)),
        })
    }
}

/// The file at a path of a commit.
fn file_at(source: &dyn ObjectSource, commit: &str, path: &[u8]) -> Result<Option<(ObjectId, Vec<u8>)>> {
    let tree = read_commit(source, &object_id(commit)?)?.tree;
    match entry_at(source, tree, path)? {
        Some((EntryKind::Blob | EntryKind::BlobExecutable, id)) => {
            Ok(Some((id, read_as(source, &id, Kind::Blob)?)))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Option<(String, u32)> {
        text.parse::<Place>().ok().map(|place| (place.path, place.line))
    }

    #[test]
    fn places_are_read_as_stack_traces_write_them() {
        assert_eq!(place("src/a.rs:12"), Some(("src/a.rs".to_owned(), 12)));
        assert_eq!(place("./src/a.rs:12:7"), Some(("src/a.rs".to_owned(), 12)));
        for text in ["src/a.rs", "src/a.rs:", "src/a.rs:0", ":3", "src/a.rs:x"] {
            assert_eq!(place(text), None, "{text}");
        }
    }

    #[test]
    fn a_header_line_stands_in_the_copy_alone() {
        let (owner, copy) = (b"#!x\none\ntwo\n", b"#!x\n# H\n\none\ntwo\n");
        let spans = std::slice::from_ref(&(4..9));
        assert_eq!(without(copy, spans).unwrap(), owner);
        let pieces = around(spans, vec![(0..12, 0..12)]);
        assert_eq!(pieces, [(0..4, 0..4), (9..17, 4..12)]);
        let (from, to) = (lines(copy), lines(owner));
        let led: Vec<_> = from.iter().map(|line| lead(&pieces, copy, line, &to)).collect();
        assert_eq!(led, [Ok(0..1), Err(0), Err(0), Ok(1..2), Ok(2..3)]);
    }

    #[test]
    fn lines_that_one_side_lacks_lead_to_the_line_before() {
        // Owner: one, two, three; the copy has a blank line after the first and the last two turned.
        let (owner, copy) = (b"one\ntwo\nthree\n", b"one\n\nthree\ntwo\n");
        let pieces = vec![(0..4, 0..4), (5..11, 8..14), (11..15, 4..8)];
        let (from, to) = (lines(copy), lines(owner));
        let led: Vec<_> = from.iter().map(|line| lead(&pieces, copy, line, &to)).collect();
        assert_eq!(led, [Ok(0..1), Err(0), Ok(2..3), Ok(1..2)]);
        let turned: Vec<_> = pieces.iter().map(|(a, b)| (b.clone(), a.clone())).collect();
        let back: Vec<_> = to.iter().map(|line| lead(&turned, owner, line, &from)).collect();
        assert_eq!(back, [Ok(0..1), Ok(3..4), Ok(2..3)]);
    }
}
