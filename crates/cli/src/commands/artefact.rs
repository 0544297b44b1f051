//! Artefacts, and the import profile of Python views.

use crate::arguments::ArtefactCommand;
use crate::output::{Output, table};
use anyhow::Result;
use ringfence_app::App;
use std::path::Path;

pub(super) fn artefact(app: &App, command: &ArtefactCommand, output: &mut Output) -> Result<bool> {
    match command {
        ArtefactCommand::Add { view, path, file } => {
            let added = app.add_artefact(view, path, file)?;
            output.value(&added, |added| {
                format!(
                    "{} is part of view {view} from its next commit on: {} bytes, SHA-256 {}",
                    added.path, added.size, added.sha256
                )
            });
        }
        ArtefactCommand::List { view } => {
            let artefacts = app.list_artefacts(view)?;
            output.value(&artefacts, |artefacts| {
                let cells: Vec<Vec<String>> = artefacts
                    .iter()
                    .map(|one| {
                        vec![
                            one.path.clone(),
                            one.size.to_string(),
                            one.sha256.clone(),
                            one.added_at.clone(),
                        ]
                    })
                    .collect();
                format!(
                    "{}{} artefacts",
                    table(&["path", "bytes", "sha256", "added"], &cells),
                    artefacts.len()
                )
            });
        }
        ArtefactCommand::Remove { view, path } => {
            app.remove_artefact(view, path)?;
            output.value(&serde_json::json!({ "view": view, "removed": path }), |_| {
                format!(
                    "{path} is no longer part of view {view} from its next commit on; delivered copies keep it"
                )
            });
        }
    }
    Ok(true)
}

pub(super) fn profiler(output: &mut Output) {
    let program = ringfence_app::interface::PROFILER;
    output.value(&serde_json::json!({ "program": program }), |_| program.to_owned());
}

pub(super) fn import_profile(app: &App, view: &str, file: &Path, output: &mut Output) -> Result<()> {
    let functions = app.set_import_profile(view, file)?;
    output.value(&serde_json::json!({ "view": view, "functions": functions }), |_| {
        format!("{functions} functions run at import; of view {view}, their bodies stay in interface files and no others")
    });
    Ok(())
}

pub(super) fn build(app: &App, id: &str, output: &mut Output) -> Result<bool> {
    let report = app.build_submission(id)?;
    output.value(&report, |report| {
        let mut text = report.output.clone().unwrap_or_default();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&format!(
            "build {} of submission {}: {} ({})",
            report.number,
            report.submission,
            if report.passed { "passed" } else { "FAILED" },
            report.ending
        ));
        if !report.passed {
            text.push_str(&format!(
                "\nthe recipient learns that it failed, and {} lines of its own files:",
                report.places.len()
            ));
        }
        for place in &report.places {
            let line = place.line.map_or_else(String::new, |line| format!(":{line}"));
            text.push_str(&format!("\n  {}{line}: {}", place.path, place.text));
        }
        text
    });
    Ok(report.passed)
}
