//! Trace: the report for a person, as JSON, and as a page.

use crate::output::Output;
use anyhow::Result;
use ringfence_app::trace::Foreign;
use ringfence_app::{
    App, AppError, SuspectInput, TraceReport,
    trace::{copy_of, counted},
};
use std::path::Path;

pub(super) fn trace(
    app: &App,
    path: &Path,
    html: Option<&Path>,
    epsilon: f64,
    output: &mut Output,
) -> Result<bool> {
    let mut stdin = std::io::stdin().lock();
    let input = if path == Path::new("-") {
        SuspectInput::Stream(&mut stdin)
    } else {
        SuspectInput::Path(path)
    };
    let (report, page) = app.trace_with_page(input, epsilon)?;
    if let Some(file) = html {
        write_page(file, &page)?;
    }
    output.value(&report, text);
    Ok(report.recipient.is_some())
}

/// Writes the page so that only its owner reads it; it holds owned source and where the marks lie.
fn write_page(file: &Path, page: &str) -> Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let failed = |source| AppError::file(file, source);
    let mut out = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(file)
        .map_err(failed)?;
    out.write_all(page.as_bytes()).map_err(failed)?;
    Ok(())
}

/// Owned files that the suspect resembles, each once.
fn owned_files(report: &TraceReport) -> usize {
    report
        .matches
        .iter()
        .map(|found| (&found.owned.repository, &found.owned.path))
        .collect::<std::collections::BTreeSet<_>>()
        .len()
}

/// Things of a sort that are listed.
const LISTED: usize = 10;

/// Says how many were not listed.
fn more(text: &mut String, all: usize, listed: usize, before: &str, noun: &str) {
    if all > listed {
        text.push_str(&format!(
            "\n{before} {}",
            counted(all - listed, &format!("more {noun}"))
        ));
    }
}

fn text(report: &TraceReport) -> String {
    let verdict = serde_json::to_value(report.verdict).ok();
    let verdict = verdict
        .as_ref()
        .and_then(|value| value.as_str())
        .unwrap_or_default();
    let sites = report.sites_read.saturating_add(report.sites_erased);
    let mut text = match &report.recipient {
        Some(recipient) => format!(
            "{verdict}: {}; chance of an innocent recipient <= {:.1e}; {} of {sites} sites read",
            copy_of(recipient, report.epoch.unwrap_or(1)),
            report.bound.max(f64::MIN_POSITIVE),
            report.sites_read,
        ),
        None if verdict == "none" => "none: nothing of the owner's own matches".to_owned(),
        None => format!(
            "{verdict}: no copy is named; {} of {sites} sites read",
            report.sites_read,
        ),
    };
    for further in &report.further {
        text.push_str(&format!(
            "\nand {}; chance of an innocent recipient here <= {:.1e} (score {:.2} given the names before, needed {:.2})",
            copy_of(&further.recipient, further.epoch), further.bound, further.score, further.threshold
        ));
    }
    for note in report.retired_notes() {
        text.push_str(&format!("\n{note}"));
    }
    text.push_str(&format!("\n{}", report.meaning()));
    text.push_str(&format!(
        "\ncase {}; score {:.2} nats, {:.2} needed to name one of {} at an accepted chance of {:.0e}; {} on this suspect",
        report.case,
        report.score,
        report.threshold,
        counted(report.candidates, "candidate"),
        report.epsilon,
        counted(usize::try_from(report.runs).unwrap_or(usize::MAX), "run")
    ));
    text.push_str(&format!(
        "\nmatches: {}; {:.0} % of the suspect's source text is the owner's",
        counted(owned_files(report), "owned file"),
        report.covered * 100.0
    ));
    for share in report.assets.iter().take(10) {
        text.push_str(&format!(
            "\nasset {}: {} of {}; {:.0} % of the suspect",
            share.asset,
            counted(share.lines, "line"),
            counted(share.files, "file"),
            share.of_suspect * 100.0
        ));
    }
    for found in report.matches.iter().take(LISTED) {
        text.push_str(&format!(
            "\n  {} ~ {}: {:.0} % of the owned file",
            found.suspect,
            found.owned.path,
            found.of_owned * 100.0
        ));
        let passages: Vec<_> = report
            .coverage
            .iter()
            .filter(|file| file.suspect == found.suspect)
            .flat_map(|file| &file.passages)
            .filter(|passage| passage.owned == found.owned)
            .collect();
        for passage in passages.iter().take(3) {
            text.push_str(&format!(
                "\n    lines {}-{} match the owner's {}-{}",
                passage.suspect_lines.0,
                passage.suspect_lines.1,
                passage.owned_lines.0,
                passage.owned_lines.1
            ));
        }
        more(&mut text, passages.len(), 3, "    and", "passage");
    }
    more(&mut text, report.matches.len(), LISTED, "  and", "such file");
    for found in report.third_party.iter().take(5) {
        text.push_str(&format!(
            "\nnot the owner's own: {} ~ {} ({})",
            found.found.suspect,
            found.found.owned.path,
            match found.kind {
                Foreign::ThirdParty => "declared as somebody else's",
                Foreign::Vendored => "in a folder of vendored code",
                Foreign::Licensed => "under somebody else's licence",
                Foreign::Generated => "made by a generator or from a template",
            }
        ));
    }
    more(&mut text, report.third_party.len(), 5, "and", "such file");
    for alternative in &report.alternatives {
        let explains = if alternative.explains {
            "EXPLAINS the reads as well"
        } else {
            "does not explain the reads"
        };
        text.push_str(&format!(
            "\nalternative: {}: {explains} ({})",
            alternative.name, alternative.result
        ));
    }
    for delivery in report.deliveries.iter().take(10) {
        text.push_str(&format!("\ndelivery that explains it: {delivery}"));
    }
    for change in &report.would_change {
        text.push_str(&format!("\nwould change this: {change}"));
    }
    for left in report.left_out.iter().take(LISTED) {
        text.push_str(&format!("\nnot looked at: {}: {}", left.name, left.reason));
    }
    more(&mut text, report.left_out.len(), LISTED, "and", "such name");
    text.push_str(&format!("\nlimits: {}", report.limits));
    text
}
