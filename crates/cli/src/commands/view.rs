//! `view files`, `view exposure`, `view check`, `view export`.

use crate::arguments::ViewCommand;
use crate::output::{Output, table};
use anyhow::Result;
use ringfence_app::App;
use ringfence_app::view::{CheckReport, ExposureReport};

pub(super) fn view(app: &App, command: &ViewCommand, output: &mut Output) -> Result<bool> {
    match command {
        ViewCommand::Files { view, recipient } => {
            let files = app.view_files(view, recipient.as_deref())?;
            output.value(&files, |files| {
                let cells: Vec<Vec<String>> = files
                    .iter()
                    .map(|file| {
                        let visibility = serde_json::to_value(file.visibility).ok();
                        let visibility = visibility
                            .as_ref()
                            .and_then(|value| value.as_str())
                            .unwrap_or_default();
                        let how = if file.replaced {
                            format!("{visibility}, replaced")
                        } else {
                            visibility.to_owned()
                        };
                        vec![how, file.marks.clone(), file.path.clone()]
                    })
                    .collect();
                format!(
                    "{}{} files",
                    table(&["visibility", "marks", "path"], &cells),
                    files.len()
                )
            });
        }
        ViewCommand::Exposure { view } => {
            let report = app.view_exposure(view)?;
            output.value(&report, exposure_text);
        }
        ViewCommand::Restart { view } => {
            let recipients = app.restart_view(view)?;
            output.value(
                &serde_json::json!({ "view": view, "recipients": recipients }),
                |_| {
                    format!(
                        "view {view} starts anew for {} recipients; their clones have to be made anew",
                        recipients.len()
                    )
                },
            );
        }
        ViewCommand::Profiler => super::artefact::profiler(output),
        ViewCommand::ImportProfile { view, file } => {
            super::artefact::import_profile(app, view, file, output)?
        }
        ViewCommand::Check { view } => {
            let report = app.view_check(view)?;
            output.value(&report, check_text);
            return Ok(report.is_clean());
        }
        ViewCommand::Export {
            view,
            recipient,
            person,
            directory,
        } => {
            let report = app.export(view, recipient, person.as_deref(), directory)?;
            output.value(&report, |report| {
                format!(
                    "{} files in {}; delivery {}",
                    report.files,
                    report.directory.display(),
                    report.delivery
                )
            });
        }
    }
    Ok(true)
}

fn exposure_text(report: &ExposureReport) -> String {
    let cells: Vec<Vec<String>> = report
        .by_visibility
        .iter()
        .map(|(name, tally)| {
            vec![
                (*name).to_owned(),
                tally.files.to_string(),
                tally.lines.to_string(),
                tally.bytes.to_string(),
            ]
        })
        .collect();
    let mut text = format!(
        "view {} delivers {:.1} % of the repository's lines; {} files are replaced\n{}\n",
        report.view,
        report.delivered_percent,
        report.replaced,
        table(&["visibility", "files", "lines", "bytes"], &cells)
    );
    let cells: Vec<Vec<String>> = report
        .assets
        .iter()
        .map(|asset| {
            vec![
                asset.name.clone(),
                asset.origin.to_owned(),
                asset.sensitivity.to_owned(),
                asset.shown.files.to_string(),
                asset.shown.lines.to_string(),
                format!("{:.1} %", asset.shown_percent),
            ]
        })
        .collect();
    text.push_str(&table(
        &[
            "asset touched",
            "origin",
            "sensitivity",
            "files",
            "lines",
            "of its lines",
        ],
        &cells,
    ));
    text.push('\n');
    for (origin, tally) in &report.by_origin {
        text.push_str(&format!(
            "{origin}: {} files, {} lines\n",
            tally.files, tally.lines
        ));
    }
    let interface = &report.interface;
    if interface.files > 0 || !interface.refused.is_empty() {
        text.push_str(&format!(
            "interface: {} files; {} have none and are left out; {} parts of originals still show\n",
            interface.files,
            interface.refused.len(),
            interface.kept.len()
        ));
        for refused in &interface.refused {
            text.push_str(&format!("  left out: {}: {}\n", refused.path, refused.why));
        }
        for kept in &interface.kept {
            text.push_str(&format!(
                "  shows: {}:{}: {} of {}: {}\n",
                kept.path, kept.line, kept.what, kept.name, kept.why
            ));
        }
    }
    if let Some(header) = &report.header {
        text.push_str(&format!("header line: in {} files\n", header.files));
        for (recipient, words) in &header.lines {
            text.push_str(&format!("  for {recipient}: {words}\n"));
        }
        for (why, files) in &header.without {
            text.push_str(&format!("  not in {files}: {why}\n"));
        }
    }
    if let Some(messages) = &report.messages {
        text.push_str(&format!(
            "commit messages: {} of {} name what the view hides and are replaced by the neutral text{}\n",
            messages.neutral,
            messages.looked_at,
            if messages.is_cut {
                "; older ones were not looked at"
            } else {
                ""
            }
        ));
    }
    if report.third_party_files > 0 {
        text.push_str(&format!(
            "{} files seem to be somebody else's\n",
            report.third_party_files
        ));
        for file in &report.third_party {
            text.push_str(&format!("  {}: {}\n", file.path, file.why));
        }
    }
    for (kind, count) in &report.found {
        text.push_str(&format!("found: {count} x {kind}\n"));
    }
    for secret in &report.secrets {
        text.push_str(&format!("SECRET: {}: {}\n", secret.path, secret.why));
    }
    for warning in &report.warnings {
        text.push_str(&format!("warning: {warning}\n"));
    }
    text
}

fn check_text(report: &CheckReport) -> String {
    let mut text = String::new();
    let mut rest = report.findings.iter().peekable();
    while let Some(finding) = rest.next() {
        let lines: Vec<String> = finding.lines.iter().map(ToString::to_string).collect();
        let place = if lines.is_empty() {
            finding.path.clone()
        } else {
            format!("{}:{}", finding.path, lines.join(","))
        };
        text.push_str(&format!("{place}: {}: {}", finding.kind, finding.what));
        if let Some(target) = &finding.target
            && *target != finding.what
        {
            text.push_str(&format!(" (hidden: {target})"));
        }
        text.push('\n');
        // Said once for all that it settles.
        let same = rest
            .peek()
            .is_some_and(|next| next.path == finding.path && next.rule == finding.rule);
        if !same {
            text.push_str(&format!("    {}: {}\n", finding.proposal, finding.rule));
        }
    }
    for warning in &report.warnings {
        text.push_str(&format!("warning: {warning}\n"));
    }
    text.push_str(&format!(
        "view {}: {} findings in {} text files; {} binary files were searched for secrets and addresses alone; {} were too large; {} hidden paths",
        report.view,
        report.findings.len(),
        report.text_files,
        report.binary_files,
        report.too_large,
        report.hidden_paths
    ));
    text
}
