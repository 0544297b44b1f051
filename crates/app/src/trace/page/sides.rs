//! Both sources side by side: each row holds a line of the suspect and the owned line that it matches; the owner's sites are highlighted.

use super::{Materials, escaped};
use crate::trace::TraceReport;
use ringfence_mark::model::Variant;
use ringfence_trace::matching::Passage;
use ringfence_trace::suspect::Suspect;
use ringfence_trace::verdict::Verdict;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Passages that are shown with their text.
pub(super) const MOST_SHOWN: usize = 60;
/// Rows of one passage, and characters of one line.
const MOST_ROWS: usize = 240;
const MOST_CHARACTERS: usize = 400;

/// The passages that are shown, in order.
pub(super) fn shown(report: &TraceReport) -> impl Iterator<Item = (&str, &Passage)> {
    report
        .coverage
        .iter()
        .flat_map(|file| {
            file.passages
                .iter()
                .map(move |passage| (file.suspect.as_str(), passage))
        })
        .filter(|(_, passage)| !passage.third_party)
        .take(MOST_SHOWN)
}

/// Writes all passages that are shown.
pub(super) fn passages(out: &mut String, report: &TraceReport, suspect: &Suspect, materials: &Materials<'_>) {
    if shown(report).next().is_none() {
        return;
    }
    let named = matches!(report.verdict, Verdict::Exact | Verdict::Strong);
    out.push_str("<h2>Side by side</h2><p>White rows are in common, grey rows stand on one side only or differ. In the owner's text: <mark class=\"");
    out.push_str(if named {
        "yes\">a site</mark> spelled in the suspect as in the named copy, <mark class=\"no\">a site</mark> spelled otherwise, "
    } else {
        "read\">a site</mark> that was read, "
    });
    out.push_str("<mark class=\"lost\">a site</mark> that could not be read. Where a site has no letters of its own, a dot stands for it.</p>");
    let files: BTreeMap<&str, &[u8]> = suspect
        .files
        .iter()
        .map(|file| (file.name.as_str(), file.bytes.as_slice()))
        .collect();
    for (number, (name, passage)) in shown(report).enumerate() {
        let (Some(text), Some(owned)) = (files.get(name), (materials.source)(&passage.owned)) else {
            continue;
        };
        let _ = write!(
            out,
            "<table class=\"code\" id=\"p{number}\"><colgroup><col class=\"no\"><col><col class=\"no\"><col></colgroup><tr><th colspan=\"2\">Suspect: {}, lines {}-{}</th><th colspan=\"2\">Owner: {}, lines {}-{}</th></tr>",
            escaped(name),
            passage.suspect_lines.0,
            passage.suspect_lines.1,
            escaped(&passage.owned.path),
            passage.owned_lines.0,
            passage.owned_lines.1
        );
        let sites = sites(passage, materials, named);
        rows(out, &Lines::of(text), &Lines::of(&owned), passage, &sites);
        out.push_str("</table>");
    }
}

/// The lines of a text with where they begin.
struct Lines<'t> {
    lines: Vec<(usize, &'t [u8])>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t [u8]) -> Self {
        let mut start = 0_usize;
        let lines = text.split(|byte| *byte == b'\n').map(|line| {
            let at = start;
            start = start.saturating_add(line.len()).saturating_add(1);
            (at, line)
        });
        Self {
            lines: lines.collect(),
        }
    }

    /// A line by its number, from 1.
    fn get(&self, number: u32) -> Option<(usize, &'t [u8])> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        self.lines.get(at).copied()
    }
}

/// Numbers of a row; none where one side has nothing there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    suspect: Option<u32>,
    owned: Option<u32>,
    /// Both hold the same code.
    same: bool,
}

/// The rows of a passage: lines that match stand side by side, each line once and in order.
fn aligned(passage: &Passage) -> Vec<Row> {
    let (mut suspect, mut owned) = (passage.suspect_lines.0, passage.owned_lines.0);
    let mut rows = Vec::new();
    for (theirs, ours) in &passage.lines {
        // What stands before it on either side.
        while suspect < *theirs || owned < *ours {
            rows.push(Row {
                suspect: (suspect < *theirs).then_some(suspect),
                owned: (owned < *ours).then_some(owned),
                same: false,
            });
            suspect = suspect.saturating_add(u32::from(suspect < *theirs));
            owned = owned.saturating_add(u32::from(owned < *ours));
        }
        let row = Row {
            suspect: (suspect == *theirs).then_some(suspect),
            owned: (owned == *ours).then_some(owned),
            same: true,
        };
        if row.suspect.is_some() || row.owned.is_some() {
            suspect = suspect.saturating_add(u32::from(row.suspect.is_some()));
            owned = owned.saturating_add(u32::from(row.owned.is_some()));
            rows.push(row);
        }
        if rows.len() > MOST_ROWS {
            break;
        }
    }
    rows
}

fn rows(out: &mut String, suspect: &Lines<'_>, owned: &Lines<'_>, passage: &Passage, sites: &[Stretch]) {
    let rows = aligned(passage);
    for row in rows.iter().take(MOST_ROWS) {
        let text = |number: Option<u32>, lines: &Lines<'_>| {
            let (_, line) = lines.get(number?)?;
            Some(line.trim_ascii().to_vec())
        };
        // Comments and empty lines hold no code; equal ones are in common all the same.
        let equal = row.suspect.is_some() && text(row.suspect, suspect) == text(row.owned, owned);
        out.push_str(if row.same || equal {
            "<tr>"
        } else {
            "<tr class=\"only\">"
        });
        cell(out, row.suspect, suspect, &[]);
        cell(out, row.owned, owned, sites);
        out.push_str("</tr>");
    }
    if rows.len() > MOST_ROWS {
        out.push_str("<tr class=\"only\"><td></td><td>and so on</td><td></td><td>and so on</td></tr>");
    }
}

fn cell(out: &mut String, number: Option<u32>, lines: &Lines<'_>, stretches: &[Stretch]) {
    let Some((number, (start, line))) = number.and_then(|number| Some((number, lines.get(number)?))) else {
        out.push_str("<td></td><td></td>");
        return;
    };
    let _ = write!(out, "<td>{number}</td><td>");
    write_line(out, line, start, stretches);
    out.push_str("</td>");
}

/// A highlighted stretch of a text.
struct Stretch {
    start: usize,
    end: usize,
    class: &'static str,
    title: String,
}

/// The sites of a passage's text as they were counted, in order and without overlap.
fn sites(passage: &Passage, materials: &Materials<'_>, named: bool) -> Vec<Stretch> {
    let Some(loaded) = materials.loaded.iter().find(|text| text.owned == passage.owned) else {
        return Vec::new();
    };
    let marking = materials
        .texts
        .iter()
        .find(|(owned, _)| *owned == passage.owned)
        .map(|(_, marking)| *marking)
        .or_else(|| loaded.tables.keys().next().copied());
    let Some((marking, table)) = marking.and_then(|marking| Some((marking, loaded.tables.get(&marking)?)))
    else {
        return Vec::new();
    };
    let counted: BTreeMap<_, _> = materials
        .judgement
        .counted
        .iter()
        .map(|site| (site.id, site))
        .collect();
    let read: BTreeSet<_> = materials
        .reads
        .by_text
        .get(&(passage.owned.clone(), marking))
        .into_iter()
        .flatten()
        .filter(|site| site.value.is_some())
        .map(|site| site.id)
        .collect();
    let number = |variant: Variant| u8::from(variant == Variant::One);
    let mut stretches: Vec<Stretch> = table
        .sites
        .iter()
        .map(|site| {
            let (class, said) = match counted
                .get(&site.id)
                .and_then(|site| Some((site.observation.read?, site.observation.bit)))
            {
                Some((value, bit)) if named => (
                    if value == bit { "yes" } else { "no" },
                    format!("read {}, the named copy has {}", number(value), number(bit)),
                ),
                _ if read.contains(&site.id) => ("read", "read".to_owned()),
                _ => ("lost", "not read".to_owned()),
            };
            Stretch {
                start: usize::try_from(site.start).unwrap_or(usize::MAX),
                end: usize::try_from(site.end).unwrap_or(usize::MAX),
                class,
                title: format!("{:?}: {said}", site.family),
            }
        })
        .collect();
    stretches.sort_by_key(|stretch| (stretch.start, std::cmp::Reverse(stretch.end)));
    // A site around others is shown as a point where it begins.
    let starts: Vec<usize> = stretches.iter().skip(1).map(|stretch| stretch.start).collect();
    for (stretch, next) in stretches.iter_mut().zip(starts) {
        if next < stretch.end {
            stretch.end = stretch.start;
        }
    }
    stretches
}

fn write_line(out: &mut String, line: &[u8], start: usize, stretches: &[Stretch]) {
    let end = start.saturating_add(line.len());
    let mut at = start;
    let mut room = MOST_CHARACTERS;
    let mut piece = |out: &mut String, from: usize, to: usize| {
        let bytes = line
            .get(from.saturating_sub(start)..to.saturating_sub(start))
            .unwrap_or_default();
        let text: String = String::from_utf8_lossy(bytes).chars().take(room).collect();
        room = room.saturating_sub(text.chars().count());
        out.push_str(&escaped(&text));
    };
    let first = stretches.partition_point(|stretch| stretch.end < start);
    for stretch in stretches
        .iter()
        .skip(first)
        .take_while(|stretch| stretch.start <= end)
    {
        let (from, to) = (stretch.start.max(at), stretch.end.min(end));
        if from > to || (from == to && stretch.start != stretch.end) {
            continue;
        }
        piece(out, at, from);
        let _ = write!(
            out,
            "<mark class=\"{}\" title=\"{}\">",
            stretch.class,
            escaped(&stretch.title)
        );
        piece(out, from, to);
        if from == to {
            out.push('\u{b7}');
        }
        out.push_str("</mark>");
        at = to;
    }
    piece(out, at, end);
    if line.len() > MOST_CHARACTERS {
        let _ = write!(out, "<i> … and so on, {} bytes in all</i>", line.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringfence_syntax::Language;
    use ringfence_trace::matching::OwnedText;

    fn passage(lines: &[(u32, u32)]) -> Passage {
        Passage {
            owned: OwnedText {
                repository: "shop".to_owned(),
                path: "a.rs".to_owned(),
                blob: String::new(),
                language: Language::Rust,
            },
            suspect_lines: (lines[0].0, lines[lines.len() - 1].0),
            owned_lines: (lines[0].1, lines[lines.len() - 1].1),
            tokens: 20,
            verbatim: 20,
            longest: 20,
            third_party: false,
            lines: lines.to_vec(),
        }
    }

    #[test]
    fn matched_lines_stand_side_by_side_and_every_line_stands_once() {
        let shown: Vec<_> = aligned(&passage(&[(1, 10), (2, 11), (2, 12), (5, 13), (6, 16)]))
            .into_iter()
            .map(|row| (row.suspect, row.owned, row.same))
            .collect();
        assert_eq!(
            shown,
            [
                (Some(1), Some(10), true),
                (Some(2), Some(11), true),
                (None, Some(12), true),
                (Some(3), None, false),
                (Some(4), None, false),
                (Some(5), Some(13), true),
                (None, Some(14), false),
                (None, Some(15), false),
                (Some(6), Some(16), true),
            ]
        );
    }

    #[test]
    fn stretches_are_marked_within_their_lines() {
        let mut out = String::new();
        let stretch = |start, end| Stretch {
            start,
            end,
            class: "yes",
            title: "t".to_owned(),
        };
        let (theirs, ours) = (b"x\n<b>\n", b"one\nt<o\nthree\n");
        rows(
            &mut out,
            &Lines::of(theirs),
            &Lines::of(ours),
            &passage(&[(2, 2), (2, 3)]),
            &[stretch(5, 10)],
        );
        assert_eq!(
            out,
            "<tr><td>2</td><td>&lt;b&gt;</td><td>2</td><td>t<mark class=\"yes\" title=\"t\">&lt;o</mark></td></tr>\
<tr><td></td><td></td><td>3</td><td><mark class=\"yes\" title=\"t\">th</mark>ree</td></tr>"
        );
    }

    #[test]
    fn a_line_without_end_is_cut_and_its_length_is_said() {
        let mut out = String::new();
        write_line(&mut out, &[b'a'; 5_000], 0, &[]);
        assert!(out.len() < 600 && out.contains("5000 bytes"), "{out}");
    }
}
