//! The report as one HTML page: no script, nothing from elsewhere, every text of the suspect and of the owner escaped.
//!
//! It shows the owner's source and where its sites lie: for the owner's eyes only, and says so.

use super::TraceReport;
use ringfence_mark::model::{Profile, Variant};
use ringfence_trace::matching::{OwnedText, Passage};
use ringfence_trace::reading::{LoadedText, Reads};
use ringfence_trace::suspect::Suspect;
use ringfence_trace::verdict::{Judgement, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Passages that are shown with their text.
const MOST_SHOWN: usize = 60;
/// Lines of one side of a passage, and characters of one line.
const MOST_LINES: u32 = 240;
const MOST_CHARACTERS: usize = 240;

/// What the page shows beside the report.
pub(super) struct Materials<'a> {
    pub reads: &'a Reads,
    pub judgement: &'a Judgement,
    /// The best candidate's texts.
    pub texts: &'a [(OwnedText, Profile)],
    pub loaded: &'a [LoadedText],
    pub source: &'a dyn Fn(&OwnedText) -> Option<Vec<u8>>,
}

const STYLE: &str = "\
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:96rem;padding:1.5rem;color:#1a1a1a;background:#fff}\
h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.1rem;margin:2rem 0 .5rem;border-bottom:1px solid #ccc}h3{font-size:.95rem;margin:1.2rem 0 .3rem}\
.secret{background:#7a1f1f;color:#fff;padding:.35rem .7rem;font-weight:600}\
table{border-collapse:collapse;margin:.3rem 0}td,th{border:1px solid #ccc;padding:.2rem .55rem;text-align:left;vertical-align:top}th{background:#f3f3f3}\
td.n{text-align:right;font-variant-numeric:tabular-nums}\
.sides{display:grid;grid-template-columns:1fr 1fr;gap:.5rem}.sides>div{min-width:0;border:1px solid #ccc}.sides p{margin:0;padding:.2rem .5rem;background:#f3f3f3;font-size:.85rem;overflow-wrap:anywhere}\
pre{margin:0;padding:.4rem;overflow-x:auto;font:12.5px/1.45 ui-monospace,monospace}pre i{color:#888;font-style:normal;user-select:none}\
mark{padding:0 1px;border-radius:2px;color:inherit}\
mark.yes{background:#bfe8c5;border-bottom:2px solid #1d7a32}mark.no{background:#f6c9c4;border-bottom:2px dashed #a4271b}mark.read{background:#dbe7f8;border-bottom:2px dotted #2f5fa8}mark.lost{background:#eee;border-bottom:1px solid #999}\
@media(prefers-color-scheme:dark){body{background:#141414;color:#ddd}th,.sides p{background:#222}td,th,.sides>div{border-color:#444}mark.yes{background:#1d4a28}mark.no{background:#5a1e18}mark.read{background:#22344f}mark.lost{background:#333}}";

/// Writes the page.
pub(super) fn page(report: &TraceReport, suspect: &Suspect, materials: &Materials<'_>) -> String {
    let mut out = String::new();
    let verdict = word(report.verdict);
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"><meta name=\"referrer\" content=\"no-referrer\">\
<title>Trace {}: {verdict}</title><style>{STYLE}</style></head><body>\
<p class=\"secret\">For the owner's eyes only: this page shows owned source text and where its marks lie.</p><h1>{}</h1>",
        escaped(&report.case),
        escaped(&headline(report))
    );
    facts(&mut out, report);
    list(
        &mut out,
        "What would change this",
        report.would_change.iter().map(String::as_str),
    );
    alternatives(&mut out, report);
    assets(&mut out, report);
    coverage(&mut out, report);
    passages(&mut out, report, suspect, materials);
    let left: Vec<String> = report
        .left_out
        .iter()
        .take(200)
        .map(|left| format!("{}: {}", left.name, left.reason))
        .collect();
    list(&mut out, "Not looked at", left.iter().map(String::as_str));
    let _ = write!(
        out,
        "<h2>Limits</h2><p>{}</p></body></html>",
        escaped(report.limits)
    );
    out.push('\n');
    out
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Exact => "exact",
        Verdict::Strong => "strong",
        Verdict::Inconclusive => "inconclusive",
        Verdict::None => "none",
    }
}

fn headline(report: &TraceReport) -> String {
    match (&report.recipient, report.verdict) {
        (Some(recipient), verdict) => {
            let mut names = format!("{}: the copy delivered to {recipient}", word(verdict));
            for further in &report.further {
                names.push_str(&format!(", and the copy delivered to {}", further.recipient));
            }
            names
        }
        (None, Verdict::None) => "none: nothing owned matches".to_owned(),
        (None, verdict) => format!("{}: no copy is named", word(verdict)),
    }
}

fn facts(out: &mut String, report: &TraceReport) {
    out.push_str("<table>");
    let mut row = |name: &str, value: String| {
        let _ = write!(out, "<tr><th>{name}</th><td>{}</td></tr>", escaped(&value));
    };
    row("Case", report.case.clone());
    row(
        "Score",
        format!("{:.2} nats, needed {:.2}", report.score, report.threshold),
    );
    if report.recipient.is_some() {
        row(
            "Chance that an innocent recipient is named",
            format!("at most {:.1e}", report.bound),
        );
    }
    for further in &report.further {
        row(
            "Further copy",
            format!(
                "{}: {:.2} nats given the names before it, needed {:.2}; chance of an innocent here at most {:.1e}",
                further.recipient, further.score, further.threshold, further.bound
            ),
        );
    }
    row(
        "Sites",
        format!(
            "{} read, {} could not be read",
            report.sites_read, report.sites_erased
        ),
    );
    row(
        "Candidates",
        format!("{} recipients who were delivered this content", report.candidates),
    );
    row("Runs with different settings", report.runs.to_string());
    row(
        "Source text in common",
        format!("{:.1} % of the suspect", report.covered * 100.0),
    );
    out.push_str("</table>");
}

fn list<'a>(out: &mut String, title: &str, items: impl Iterator<Item = &'a str>) {
    let mut items = items.peekable();
    if items.peek().is_none() {
        return;
    }
    let _ = write!(out, "<h2>{title}</h2><ul>");
    for item in items {
        let _ = write!(out, "<li>{}</li>", escaped(item));
    }
    out.push_str("</ul>");
}

fn alternatives(out: &mut String, report: &TraceReport) {
    out.push_str("<h2>Other explanations, each tested</h2><table><tr><th>Explanation</th><th>Explains the reads as well</th><th>Result</th></tr>");
    for one in &report.alternatives {
        let _ = write!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(&one.name),
            if one.explains { "YES" } else { "no" },
            escaped(&one.result)
        );
    }
    out.push_str("</table>");
}

fn assets(out: &mut String, report: &TraceReport) {
    if report.assets.is_empty() {
        return;
    }
    out.push_str("<h2>Assets</h2><table><tr><th>Asset</th><th>Owned files</th><th>Owned lines found</th><th>Share of the suspect</th></tr>");
    for share in &report.assets {
        let _ = write!(
            out,
            "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{:.1} %</td></tr>",
            escaped(&share.asset),
            share.files,
            share.lines,
            share.of_suspect * 100.0
        );
    }
    out.push_str("</table>");
}

fn coverage(out: &mut String, report: &TraceReport) {
    if report.coverage.is_empty() {
        return;
    }
    out.push_str("<h2>Which lines match</h2><table><tr><th>Suspect</th><th>Lines</th><th>Owned</th><th>Lines</th><th>Tokens</th><th>Same names</th></tr>");
    for file in report.coverage.iter().take(500) {
        for passage in file.passages.iter().take(40) {
            let _ = write!(
                out,
                "<tr><td>{}</td><td class=\"n\">{}-{}</td><td>{}{}</td><td class=\"n\">{}-{}</td><td class=\"n\">{}</td><td class=\"n\">{} %</td></tr>",
                escaped(&file.suspect),
                passage.suspect_lines.0,
                passage.suspect_lines.1,
                escaped(&passage.owned.path),
                if passage.third_party { " (third party)" } else { "" },
                passage.owned_lines.0,
                passage.owned_lines.1,
                passage.tokens,
                passage.verbatim.saturating_mul(100) / passage.tokens.max(1)
            );
        }
    }
    out.push_str("</table>");
}

fn passages(out: &mut String, report: &TraceReport, suspect: &Suspect, materials: &Materials<'_>) {
    let named = matches!(report.verdict, Verdict::Exact | Verdict::Strong);
    out.push_str("<h2>Side by side</h2><p>In the owner's text: <mark class=\"");
    out.push_str(if named {
        "yes\">a site</mark> spelled in the suspect as in the named copy, <mark class=\"no\">a site</mark> spelled otherwise, "
    } else {
        "read\">a site</mark> that was read, "
    });
    out.push_str("<mark class=\"lost\">a site</mark> that could not be read.</p>");
    let files: BTreeMap<&str, &[u8]> = suspect
        .files
        .iter()
        .map(|file| (file.name.as_str(), file.bytes.as_slice()))
        .collect();
    let shown = report
        .coverage
        .iter()
        .flat_map(|file| file.passages.iter().map(move |passage| (file, passage)))
        .filter(|(_, passage)| !passage.third_party)
        .take(MOST_SHOWN);
    for (file, passage) in shown {
        let Some(text) = files.get(file.suspect.as_str()) else {
            continue;
        };
        let Some(owned) = (materials.source)(&passage.owned) else {
            continue;
        };
        let _ = write!(
            out,
            "<div class=\"sides\"><div><p>{} {}-{}</p><pre>",
            escaped(&file.suspect),
            passage.suspect_lines.0,
            passage.suspect_lines.1
        );
        lines(out, text, passage.suspect_lines, &[]);
        let _ = write!(
            out,
            "</pre></div><div><p>{} {}-{}</p><pre>",
            escaped(&passage.owned.path),
            passage.owned_lines.0,
            passage.owned_lines.1
        );
        lines(
            out,
            &owned,
            passage.owned_lines,
            &sites(passage, materials, named),
        );
        out.push_str("</pre></div></div>");
    }
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
    let profile = materials
        .texts
        .iter()
        .find(|(owned, _)| *owned == passage.owned)
        .map(|(_, profile)| *profile)
        .or_else(|| loaded.tables.keys().next().copied());
    let Some((profile, table)) = profile.and_then(|profile| Some((profile, loaded.tables.get(&profile)?)))
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
        .get(&(passage.owned.clone(), profile))
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

/// Writes lines with their numbers; stretches are highlighted, line by line.
fn lines(out: &mut String, text: &[u8], (from, to): (u32, u32), stretches: &[Stretch]) {
    let mut start = 0_usize;
    for (number, line) in (1_u32..).zip(text.split(|byte| *byte == b'\n')) {
        let next = start.saturating_add(line.len()).saturating_add(1);
        if number > to || number > from.saturating_add(MOST_LINES) {
            if number <= to {
                out.push_str("<i>      and so on</i>\n");
            }
            break;
        }
        if number >= from {
            let _ = write!(out, "<i>{number:>5} </i>");
            write_line(out, line, start, stretches);
            out.push('\n');
        }
        start = next;
    }
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
        out.push_str("<i> …</i>");
    }
}

/// Text as HTML; what commands a terminal or turns the direction of writing is replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' => out.push('\t'),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                out.push('\u{fffd}')
            }
            letter if letter.is_control() => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_becomes_markup() {
        assert_eq!(
            escaped("<script>alert(\"x\")</script> & 'y' \u{1b}[2J \u{202e}"),
            "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39; \u{fffd}[2J \u{fffd}"
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
        lines(&mut out, b"one\nt<o\nthree\n", (2, 3), &[stretch(5, 10)]);
        assert_eq!(
            out,
            "<i>    2 </i>t<mark class=\"yes\" title=\"t\">&lt;o</mark>\n<i>    3 </i><mark class=\"yes\" title=\"t\">th</mark>ree\n"
        );
    }
}
