//! Marks before and after delivery: what a project's own tools say of them, what they can carry, what one copy changes.

use crate::arguments::{MarkCommand, ProbedProfile};
use crate::output::{Output, table};
use anyhow::{Result, bail};
use ringfence_app::{App, AppError};
use ringfence_mark::codeword::{AnchorKey, CodeKey};
use ringfence_mark::model::Profile;
use ringfence_probe::capacity::{Capacity, Question, capacity};
use ringfence_probe::check::{Check, Kind, detect};
use ringfence_probe::probe::{Options, Report, probe};
use ringfence_probe::tree::Tree;
use std::path::Path;
use std::time::Duration;

/// Keys for looking at a project that nobody was given: they mark no delivery.
const LOOKING: [u8; 32] = *b"ringfence-keys-that-mark-nothing";

pub(super) fn mark(
    open: &dyn Fn() -> ringfence_app::Result<App>,
    command: &MarkCommand,
    output: &mut Output,
) -> Result<bool> {
    match command {
        MarkCommand::Diff { view, recipient } => {
            let diffs = open()?.mark_diff(view, recipient)?;
            output.value(&diffs, |diffs| {
                let files = diffs.iter().map(|diff| diff.diff.as_str()).collect::<String>();
                format!("{files}{} files differ from the owner's text", diffs.len())
            });
            Ok(true)
        }
        MarkCommand::Rotate { recipient, reason } => {
            let report = open()?.rotate_mark_key(recipient, reason)?;
            output.value(&report, |report| {
                format!(
                    "key epoch {} of {} is retired, entry {}; what {} is delivered from now on is marked under epoch {}\n\
                     {} delivered files stay as they are; a trace names their copies as before and says that the epoch is over\n\
                     if keys/mark.key itself is known to others, this does not help: all keys follow from it",
                    report.retired,
                    report.recipient,
                    report.entry,
                    report.recipient,
                    report.epoch,
                    report.delivered_files
                )
            });
            Ok(true)
        }
        MarkCommand::Probe {
            folder,
            profile,
            checks,
            only,
            except,
            minutes,
        } => {
            let tree = read(folder, *profile, except)?;
            let mut detected = if *only {
                ringfence_probe::check::Detected::default()
            } else {
                detect(folder)
            };
            for check in checks {
                detected.checks.push(named(check)?);
            }
            if detected.checks.is_empty() {
                bail!(AppError::Input(format!(
                    "{} names no formatter, linter, build or tests that this machine can run{}; give one with --check KIND=COMMAND",
                    folder.display(),
                    detected
                        .missing
                        .iter()
                        .map(|why| format!("; {why}"))
                        .collect::<String>()
                )));
            }
            let total = Duration::from_secs(u64::from(*minutes).saturating_mul(60));
            let options = Options {
                check_time: total / 4,
                total_time: total,
            };
            let report = probe(&tree, of(*profile), &detected.checks, &options).map_err(of_probe)?;
            let policy = report.clean.then(|| policy(&report, except));
            let value =
                serde_json::json!({ "report": report, "not_run": detected.missing, "policy": policy });
            output.value(&value, |_| {
                let mut text = probed(&report, &detected.missing);
                if let Some(policy) = &policy {
                    text.push_str(&format!("\nfor the view in the estate:\n{policy}"));
                }
                text
            });
            Ok(report.clean)
        }
        MarkCommand::Capacity {
            folder,
            profile,
            candidates,
            epsilon,
            colluders,
            except,
        } => {
            if !(*epsilon > 0.0 && *epsilon < 1.0) {
                bail!(AppError::Input(format!(
                    "--epsilon is {epsilon}; it must lie between 0 and 1"
                )));
            }
            let tree = read(folder, *profile, except)?;
            let question = Question {
                candidates: *candidates,
                epsilon: *epsilon,
                colluders: usize::from(*colluders),
            };
            let answer = capacity(&tree, question, &CodeKey(LOOKING));
            output.value(&answer, carried);
            Ok(true)
        }
    }
}

fn of(profile: ProbedProfile) -> Profile {
    match profile {
        ProbedProfile::Robust => Profile::Robust,
        ProbedProfile::Steady => Profile::Steady,
    }
}

fn read(folder: &Path, profile: ProbedProfile, except: &[String]) -> Result<Tree> {
    if !folder.is_dir() {
        bail!(AppError::Input(format!("{} is no folder", folder.display())));
    }
    Ok(Tree::read(folder, of(profile), except, &AnchorKey(LOOKING)).map_err(of_probe)?)
}

/// Everything that stops a probe is in what the caller gave or in the caller's files.
fn of_probe(error: ringfence_probe::ProbeError) -> AppError {
    AppError::Input(error.to_string())
}

/// Reads KIND=COMMAND.
fn named(text: &str) -> Result<Check> {
    let (kind, command) = text.split_once('=').unwrap_or((text, ""));
    let kind = Kind::ALL.into_iter().find(|known| known.word() == kind);
    match kind {
        Some(kind) if !command.trim().is_empty() => Ok(Check::new(kind, &["sh", "-c", command])),
        _ => bail!(AppError::Input(format!(
            "--check {text:?} is not KIND=COMMAND with one of formatter, linter, build, tests"
        ))),
    }
}

fn probed(report: &Report, missing: &[String]) -> String {
    let mut text = format!(
        "{} files, {} lines that are not blank, profile {}\n",
        report.files,
        report.lines,
        profile_word(report.profile)
    );
    for check in &report.checks {
        let fate = check.unused.as_ref().map_or_else(
            || {
                format!(
                    "{} findings before any mark, {:.1} s",
                    check.findings_before, check.seconds
                )
            },
            |why| format!("NOT USED: {why}"),
        );
        text.push_str(&format!("{}: {}: {fate}\n", check.kind.word(), check.command));
    }
    for why in missing {
        text.push_str(&format!("not run: {why}\n"));
    }
    let cells: Vec<Vec<String>> = report
        .families
        .iter()
        .map(|family| {
            let raised = family.raised.first().map_or_else(String::new, |raised| {
                let example = raised.examples.first().map(String::as_str).unwrap_or_default();
                format!("{} new in `{}`: {example}", raised.count, raised.command)
            });
            vec![
                family.family.name().to_owned(),
                family.sites.to_string(),
                if family.kept { "yes" } else { "NO" }.to_owned(),
                raised,
            ]
        })
        .collect();
    text.push_str(&table(&["family", "sites", "kept", "what it raises"], &cells));
    let left_out: Vec<String> = report.without().map(|family| family.name().to_owned()).collect();
    text.push_str(&match (report.clean, report.out_of_time, left_out.is_empty()) {
        (true, _, true) => "\nall families raise no new finding".to_owned(),
        (true, _, false) => format!("\nno new finding without: {}", left_out.join(", ")),
        (false, true, _) => "\ntime ran out before a policy was seen clean; give more --minutes".to_owned(),
        (false, false, _) if !report.judged() => "\nno check could judge, so nothing is promised".to_owned(),
        (false, false, _) => "\nno policy was seen clean".to_owned(),
    });
    text
}

/// The line that goes into a view of the estate.
fn policy(report: &Report, except: &[String]) -> String {
    let list = |name: &str, texts: Vec<String>| {
        let texts: Vec<String> = texts
            .into_iter()
            .map(|text| toml::Value::String(text).to_string())
            .collect();
        if texts.is_empty() {
            String::new()
        } else {
            format!(", {name} = [{}]", texts.join(", "))
        }
    };
    format!(
        "marks = {{ profile = \"{}\"{}{} }}",
        profile_word(report.profile),
        list("except", except.to_vec()),
        list(
            "without",
            report.without().map(|family| family.name().to_owned()).collect()
        ),
    )
}

fn profile_word(profile: Profile) -> &'static str {
    match profile {
        Profile::Robust => "robust",
        Profile::Steady => "steady",
    }
}

fn carried(answer: &Capacity) -> String {
    let cells: Vec<Vec<String>> = answer
        .families
        .iter()
        .map(|family| {
            vec![
                family.family.name().to_owned(),
                family.sites.to_string(),
                format!("{:.1}", family.per_thousand),
            ]
        })
        .collect();
    let mut text = format!(
        "{} files, {} lines that are not blank\n{}\n{:.0} distinct sites per 1,000 lines; {:.0} after comments and blank lines are stripped\n",
        answer.files,
        answer.lines,
        table(&["family", "sites", "per 1,000 lines"], &cells),
        answer.per_thousand,
        answer.per_thousand_stripped,
    );
    text.push_str(&format!(
        "leaked lines that name one of {} recipients in half of all leaks, innocents at most {:.0e} (read without errors):\n",
        answer.candidates, answer.epsilon
    ));
    let lines = |lines: Option<u64>| lines.map_or_else(|| "-".to_owned(), |lines| lines.to_string());
    let cells: Vec<Vec<String>> = answer
        .needed
        .iter()
        .map(|needed| {
            vec![
                needed.colluders.to_string(),
                needed
                    .sites
                    .map_or_else(|| "> 8192".to_owned(), |sites| sites.to_string()),
                lines(needed.lines),
                lines(needed.lines_stripped),
            ]
        })
        .collect();
    text.push_str(&table(
        &["colluders", "sites", "lines", "lines, stripped"],
        &cells,
    ));
    let have = answer.lines;
    if answer
        .needed
        .first()
        .and_then(|one| one.lines)
        .is_none_or(|lines| lines > have)
    {
        text.push_str(&format!(
            "\nthe whole project has {have} lines: too few to name one recipient even from all of it"
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use ringfence_domain::Estate;
    use ringfence_domain::choice::Choice as _;
    use ringfence_domain::view::MarkProfile;
    use ringfence_mark::model::Family;
    use ringfence_probe::probe::FamilyReport;

    const EXAMPLE: &str = include_str!("../../../../docs/estate.example.toml");
    const MARKS: &str = "marks = { profile = \"auto\", except = [\"**/tests/**\"] }";

    fn report(profile: Profile, left_out: &[Family]) -> Report {
        Report {
            files: 1,
            lines: 1,
            profile,
            checks: Vec::new(),
            families: Family::ALL
                .into_iter()
                .map(|family| FamilyReport {
                    family,
                    sites: 1,
                    kept: !left_out.contains(&family),
                    raised: Vec::new(),
                })
                .collect(),
            clean: true,
            out_of_time: false,
        }
    }

    #[test]
    fn what_a_probe_prints_is_text_of_an_estate_that_says_the_same() {
        for (profile, except, left_out) in [
            (Profile::Robust, vec![], &[][..]),
            (
                Profile::Robust,
                vec!["docs/**", "a \"quoted\" \\\\ name.rs"],
                &[Family::BlankLine, Family::CommentPeriod],
            ),
            (Profile::Steady, vec!["gen/"], &Family::ALL),
        ] {
            let except: Vec<String> = except.into_iter().map(str::to_owned).collect();
            let policy = policy(&report(profile, left_out), &except);
            assert!(EXAMPLE.contains(MARKS));
            let estate = Estate::parse(&EXAMPLE.replace(MARKS, &policy), "estate.toml")
                .unwrap_or_else(|errors| panic!("{policy}\n{errors}"));
            let marks = &estate.views[0].marks;
            let expected = MarkProfile::from_text(profile_word(profile));
            assert_eq!(Some(marks.profile), expected);
            assert_eq!(marks.except, except);
            let without: Vec<&str> = marks.without.iter().map(|family| family.as_str()).collect();
            let names: Vec<&str> = Family::ALL
                .into_iter()
                .filter(|family| left_out.contains(family))
                .map(Family::name)
                .collect();
            assert_eq!(without, names);
        }
    }
}
