//! The report as one HTML page: no script, nothing from elsewhere, every text of the suspect and of the owner escaped.
//!
//! It shows the owner's source and where its sites lie: for the owner's eyes only, and says so.

mod sides;

use super::TraceReport;
use ringfence_mark::Marking;
use ringfence_trace::matching::OwnedText;
use ringfence_trace::reading::{LoadedText, Reads};
use ringfence_trace::suspect::Suspect;
use ringfence_trace::verdict::{Judgement, Verdict, copy_of};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What the page shows beside the report.
pub(super) struct Materials<'a> {
    pub reads: &'a Reads,
    pub judgement: &'a Judgement,
    /// The best candidate's texts.
    pub texts: &'a [(OwnedText, Marking)],
    pub loaded: &'a [LoadedText],
    pub source: &'a dyn Fn(&OwnedText) -> Option<Vec<u8>>,
}

const STYLE: &str = "\
:root{color-scheme:light}\
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:100rem;padding:1.5rem;color:#1a1a1a;background:#fff}\
h1{font-size:1.6rem;margin:.4rem 0}h2{font-size:1.15rem;margin:2.2rem 0 .5rem;border-bottom:1px solid #ccc;padding-bottom:.2rem}\
.secret{background:#7a1f1f;color:#fff;padding:.35rem .7rem;font-weight:600;margin:0}\
.verdict{border:2px solid #666;border-left-width:.6rem;padding:.6rem 1rem;margin:1rem 0;max-width:70rem}.verdict p{margin:.3rem 0}\
.exact,.strong{border-color:#1d7a32}.inconclusive{border-color:#b07d10}.none{border-color:#777}\
.limits{color:#444}\
table{border-collapse:collapse;margin:.3rem 0}td,th{border:1px solid #ccc;padding:.25rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:#f3f3f3;font-weight:600}\
td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\
table.code{width:100%;table-layout:fixed;margin:1.2rem 0;border:1px solid #bbb}\
table.code td{border:0;padding:0 .4rem;font:12.5px/1.45 ui-monospace,monospace;white-space:pre-wrap;tab-size:4}\
col.no{width:3.6rem}table.code td:nth-child(odd){text-align:right;color:#777;user-select:none;padding:0 .4rem 0 0}\
table.code td:nth-child(2){border-right:1px solid #bbb}\
table.code th:nth-child(1){border-right:1px solid #bbb}\
table.code tr.only td{background:#f1f1f1;color:#555}\
table.code i{color:#777}\
mark{padding:0 1px;border-radius:2px;color:inherit}\
mark.yes{background:#bfe8c5;border-bottom:2px solid #1d7a32}mark.no{background:#f6c9c4;border-bottom:2px dashed #a4271b}mark.read{background:#dbe7f8;border-bottom:2px dotted #2f5fa8}mark.lost{background:#e6e6e6;border-bottom:1px solid #999}\
@media print{.secret{color:#000;border:2px solid #000}table.code tr{break-inside:avoid}}";

/// Writes the page.
pub(super) fn page(report: &TraceReport, suspect: &Suspect, materials: &Materials<'_>) -> String {
    let mut out = String::new();
    let verdict = word(report.verdict);
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"><meta name=\"referrer\" content=\"no-referrer\">\
<title>Trace {}: {verdict}</title><style>{STYLE}</style></head><body>\
<p class=\"secret\">For the owner's eyes only: this page shows owned source text and where its marks lie.</p>\
<div class=\"verdict {verdict}\"><h1>{}</h1><p>{}</p><p class=\"limits\">What this does not prove: {}.</p></div>",
        escaped(&report.case),
        escaped(&headline(report)),
        escaped(&report.meaning()),
        escaped(report.limits)
    );
    facts(&mut out, report);
    alternatives(&mut out, report);
    list(
        &mut out,
        "What would change this verdict",
        report.would_change.iter().map(String::as_str),
    );
    assets(&mut out, report);
    coverage(&mut out, report);
    sides::passages(&mut out, report, suspect, materials);
    let left: Vec<String> = report
        .left_out
        .iter()
        .take(200)
        .map(|left| format!("{}: {}", left.name, left.reason))
        .collect();
    list(&mut out, "Not looked at", left.iter().map(String::as_str));
    out.push_str("</body></html>");
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
            let mut names = format!(
                "{}: {}",
                word(verdict),
                copy_of(recipient, report.epoch.unwrap_or(1))
            );
            for further in &report.further {
                names.push_str(&format!(", and {}", copy_of(&further.recipient, further.epoch)));
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
        format!(
            "{:.2} nats of evidence for the best candidate; {:.2} are needed to name one",
            report.score, report.threshold
        ),
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
                copy_of(&further.recipient, further.epoch),
                further.score,
                further.threshold,
                further.bound
            ),
        );
    }
    for note in report.retired_notes() {
        row("Retired key", note);
    }
    row(
        "Sites",
        format!(
            "{} read in the suspect, {} could not be read",
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

/// Files and passages of the table of matching lines.
const MOST_FILES: usize = 500;
const MOST_OF_FILE: usize = 40;

fn coverage(out: &mut String, report: &TraceReport) {
    if report.coverage.is_empty() {
        return;
    }
    let numbers: BTreeMap<*const _, usize> = sides::shown(report)
        .enumerate()
        .map(|(number, (_, passage))| (std::ptr::from_ref(passage), number))
        .collect();
    out.push_str("<h2>Which lines match</h2><p>Tokens are words and signs of the code; comments, brackets and white space are not counted. Names are equal where nothing was renamed.</p><table><tr><th>Suspect</th><th>Lines</th><th>Owner</th><th>Lines</th><th>Tokens</th><th>Names equal</th></tr>");
    for file in report.coverage.iter().take(MOST_FILES) {
        for passage in file.passages.iter().take(MOST_OF_FILE) {
            let lines = format!("{}-{}", passage.suspect_lines.0, passage.suspect_lines.1);
            let lines = match numbers.get(&std::ptr::from_ref(passage)) {
                Some(number) => format!("<a href=\"#p{number}\">{lines}</a>"),
                None => lines,
            };
            let _ = write!(
                out,
                "<tr><td>{}</td><td class=\"n\">{lines}</td><td>{}{}</td><td class=\"n\">{}-{}</td><td class=\"n\">{}</td><td class=\"n\">{} %</td></tr>",
                escaped(&file.suspect),
                escaped(&passage.owned.path),
                if passage.third_party {
                    " (not the owner's own: accuses nobody)"
                } else {
                    ""
                },
                passage.owned_lines.0,
                passage.owned_lines.1,
                passage.tokens,
                passage.verbatim.saturating_mul(100) / passage.tokens.max(1)
            );
        }
        let more = file.passages.len().saturating_sub(MOST_OF_FILE);
        if more > 0 {
            let _ = write!(
                out,
                "<tr><td>{}</td><td colspan=\"5\">and {more} more passages</td></tr>",
                escaped(&file.suspect)
            );
        }
    }
    out.push_str("</table>");
    let more = report.coverage.len().saturating_sub(MOST_FILES);
    if more > 0 {
        let _ = write!(out, "<p>And {more} more files; the JSON report lists them.</p>");
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
}
