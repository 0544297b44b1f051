//! Owner-side builds: a submission is compiled and tested against the full source, in a closed room on the owner's side.
//!
//! The owner sees the whole output. The recipient learns whether it passed, and the lines of its own files that the output names:
//! the line's number and the line as the recipient wrote it, never a word of the output, which may quote what is hidden.

use crate::checkout::check_out;
use crate::delivery::every_file;
use crate::error::{AppError, Result};
use crate::home::{App, OPERATOR};
use crate::locate::{Direction, Place};
use crate::projection::object_id;
use ringfence_domain::view::Visibility;
use ringfence_git::delivery_store::DeliveryStore;
use ringfence_git::submission_store::SubmissionStore;
use ringfence_sandbox::{Ending, Limits, Room};
use ringfence_store::tables;
use ringfence_view::object::{EntryKind, Kind, ObjectId, read_as, read_commit};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Most places of the recipient's files that one build tells.
const MOST_PLACES: usize = 200;
/// Longest line of a recipient's file that is repeated.
const LONGEST_LINE: usize = 500;

/// A line of the recipient's own files that the output names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BuildPlace {
    /// The file.
    pub path: String,
    /// Its line in the recipient's copy; none when it cannot be told with certainty.
    pub line: Option<u32>,
    /// The line as the recipient has it.
    pub text: String,
}

/// One build of a submission.
#[derive(Clone, Debug, Serialize)]
pub struct BuildReport {
    /// The submission.
    pub submission: String,
    /// Counts from 1.
    pub number: u64,
    /// Whether the command ended with 0.
    pub passed: bool,
    /// How it ended.
    pub ending: String,
    /// What the recipient sees besides that.
    pub places: Vec<BuildPlace>,
    /// The output, for the owner alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

impl From<ringfence_sandbox::SandboxError> for AppError {
    fn from(error: ringfence_sandbox::SandboxError) -> Self {
        use ringfence_sandbox::SandboxError;
        match error {
            SandboxError::Io { .. } => Self::fault("the closed room", error),
            other => Self::refused("building a submission", other.to_string(), ""),
        }
    }
}

fn in_words(ending: Ending, minutes: u32) -> String {
    match ending {
        Ending::Exit(code) => format!("exit code {code}"),
        Ending::Signal => "ended by a signal (out of memory, or a crash)".to_owned(),
        Ending::Time => format!("ended after {minutes} minutes, the most that the view allows"),
        Ending::Output => "ended because it wrote more output than is kept".to_owned(),
    }
}

impl App {
    /// Builds and tests a submission as its view says, and tells the recipient the outcome with its receipts.
    ///
    /// # Errors
    /// When there is no such submission, it stands on no owner's commit, its view names no build, or no closed room can be made.
    pub fn build_submission(&self, id: &str) -> Result<BuildReport> {
        let what = format!("building submission {id}");
        let row = self
            .database
            .read(|tx| tables::submissions::get(tx, id))?
            .ok_or_else(|| AppError::not_found("submission", id, "Run: ringfence submission list"))?;
        let current = self.current()?;
        let view = self.declared_view(&current, &row.view)?;
        let Some(policy) = &view.build else {
            return Err(AppError::refused(
                what,
                format!("view {} names no build", view.name),
                "Add build = { command = [\"cargo\", \"test\", \"--offline\"] } to the view and apply the estate",
            ));
        };
        let Some(tip) = &row.owner_tip else {
            return Err(AppError::refused(
                what,
                "it does not fit the owner's code as it is, so there is nothing to build",
                "See its conflicts: ringfence submission show",
            ));
        };
        let source = SubmissionStore::open_or_create(&self.home.join("mirrors"), &view.repository)?;
        let tree = read_commit(&source, &object_id(tip)?)?.tree;
        let folder = self.home.join("builds");
        std::fs::create_dir_all(&folder).map_err(|error| AppError::file(&folder, error))?;
        let work = tempfile::tempdir_in(&folder).map_err(|error| AppError::file(&folder, error))?;
        check_out(&source, tree, work.path())?;
        let room = Room {
            work: work.path().to_path_buf(),
            readable: policy.readable.iter().map(Into::into).collect(),
            environment: policy
                .environment
                .iter()
                .filter_map(|variable| variable.split_once('='))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            limits: Limits {
                time: Duration::from_secs(u64::from(policy.minutes).saturating_mul(60)),
                memory: u64::from(policy.memory) << 20,
                ..Limits::default()
            },
        };
        let outcome = ringfence_sandbox::run(&room, &policy.command)?;
        drop(work);
        let passed = outcome.ending == Ending::Exit(0);
        let ending = in_words(outcome.ending, policy.minutes);
        let places = if passed {
            Vec::new()
        } else {
            self.own_places(&row, view, &outcome.output)?
        };
        let number = self.record_build(&row, passed, &ending, &places, &outcome.output)?;
        Ok(BuildReport {
            submission: row.id,
            number,
            passed,
            ending,
            places,
            output: Some(String::from_utf8_lossy(&outcome.output).into_owned()),
        })
    }

    /// The builds of a submission, oldest first, without their output.
    ///
    /// # Errors
    /// When the database fails.
    pub fn builds(&self, id: &str) -> Result<Vec<BuildReport>> {
        self.database
            .read(|tx| tables::builds::list(tx, id))?
            .into_iter()
            .map(|row| {
                Ok(BuildReport {
                    places: serde_json::from_str(&row.places)
                        .map_err(|error| AppError::fault("reading a build", error))?,
                    submission: row.submission,
                    number: row.number,
                    passed: row.passed,
                    ending: row.ending,
                    output: None,
                })
            })
            .collect()
    }

    /// The places in files that the recipient has whole and that the output names.
    fn own_places(
        &self,
        row: &tables::submissions::Submission,
        view: &ringfence_domain::view::View,
        output: &[u8],
    ) -> Result<Vec<BuildPlace>> {
        let store = DeliveryStore::open(&self.stores(), &row.view, &row.recipient)?;
        let rules = self.view_rules(view)?;
        let tree = read_commit(&store, &object_id(&row.vendor_tip)?)?.tree;
        let own: BTreeMap<Vec<u8>, ObjectId> = every_file(&store, tree)?
            .into_iter()
            .filter(|file| matches!(file.kind, EntryKind::Blob | EntryKind::BlobExecutable))
            .filter(|file| rules.rules().decide(&file.path).visibility >= Visibility::Read)
            .map(|file| (file.path, file.blob))
            .collect();
        let mut places = BTreeSet::new();
        for (path, line) in named_places(output) {
            let Some(blob) = own.get(path.as_bytes()) else {
                continue;
            };
            let place = Place { path, line };
            let located = self.locate(
                &row.view,
                &row.recipient,
                &place,
                Direction::ToRecipient,
                Some(&row.vendor_tip),
            );
            let line = located
                .ok()
                .filter(|found| found.stands_there)
                .map(|found| found.first);
            let text = match line {
                Some(line) => line_of(&read_as(&store, blob, Kind::Blob)?, line),
                None => String::new(),
            };
            places.insert(BuildPlace {
                path: place.path,
                line,
                text,
            });
            if places.len() >= MOST_PLACES {
                break;
            }
        }
        Ok(places.into_iter().collect())
    }

    fn record_build(
        &self,
        row: &tables::submissions::Submission,
        passed: bool,
        ending: &str,
        places: &[BuildPlace],
        output: &[u8],
    ) -> Result<u64> {
        let kept = self.blobs.put(output)?;
        let log = self.log(&row.recipient)?;
        let statement = Self::built(
            self.entry("submission-built", OPERATOR)
                .subject("submission", row.id.as_str())
                .subject("view", row.view.as_str())
                .subject("recipient", row.recipient.as_str())
                .field("passed", if passed { "yes" } else { "no" })
                .field("output", kept.to_string()),
        )?;
        let build = tables::builds::Build {
            submission: row.id.clone(),
            number: 0,
            built_at: self.now(),
            passed,
            ending: ending.to_owned(),
            output: kept.0,
            places: serde_json::to_string(places)
                .map_err(|error| AppError::fault("storing a build", error))?,
        };
        let number = self.database.write(move |tx| -> Result<u64> {
            tx.append(&log, &statement)?;
            let before = tables::builds::list(tx, &build.submission)?.len();
            let number = u64::try_from(before).unwrap_or(u64::MAX).saturating_add(1);
            tables::builds::add(
                tx,
                &tables::builds::Build {
                    number,
                    ..build.clone()
                },
            )?;
            Ok(number)
        })?;
        let receipt = serde_json::json!({
            "v": 1,
            "build": number,
            "submission": row.id,
            "view": row.view,
            "branch": row.branch,
            "commit": row.vendor_tip,
            "passed": passed,
            // How a failing command ended may say what hidden code does; a time limit concerns the recipient.
            "places": places,
        });
        let text = serde_json::to_vec_pretty(&receipt)
            .map_err(|error| AppError::fault("writing a receipt", error))?;
        DeliveryStore::open(&self.stores(), &row.view, &row.recipient)?
            .append_receipt(&text, self.now().as_second())?;
        Ok(number)
    }
}

/// `PATH:LINE` and `File "PATH", line N` in an output, by their order.
fn named_places(output: &[u8]) -> Vec<(String, u32)> {
    let text = String::from_utf8_lossy(output);
    let mut found = Vec::new();
    for line in text.lines() {
        let python = line
            .trim_start()
            .strip_prefix("File \"")
            .and_then(|rest| rest.split_once("\", line "))
            .and_then(|(path, rest)| {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                Some((path, digits.parse().ok()?))
            });
        if let Some((path, number)) = python {
            found.push((inside(path), number));
            continue;
        }
        // tsc: PATH(LINE,COLUMN)
        for word in line.split_whitespace() {
            if let Some((path, rest)) = word.split_once('(')
                && let Some((number, _)) = rest.split_once(',')
                && let Ok(number) = number.parse::<u32>()
                && !path.is_empty()
                && number > 0
            {
                found.push((inside(path), number));
            }
        }
        let breaks = |c: char| {
            c.is_whitespace()
                || matches!(
                    c,
                    '(' | ')' | '[' | ']' | '"' | '\'' | '`' | ',' | '<' | '>' | '|'
                )
        };
        for word in line.split(breaks) {
            let mut parts = word.split(':');
            if let (Some(path), Some(number)) = (parts.next(), parts.next())
                && let Ok(number) = number.parse::<u32>()
                && !path.is_empty()
                && number > 0
            {
                found.push((inside(path), number));
            }
        }
    }
    found
}

/// A path of the room as a path of the repository.
fn inside(path: &str) -> String {
    let work = format!("{}/", ringfence_sandbox::WORK);
    let path = path.strip_prefix("file://").unwrap_or(path);
    let path = path.strip_prefix(&work).unwrap_or(path);
    path.strip_prefix("./").unwrap_or(path).to_owned()
}

fn line_of(text: &[u8], number: u32) -> String {
    let index = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let line = text.split(|byte| *byte == b'\n').nth(index).unwrap_or_default();
    String::from_utf8_lossy(line)
        .trim_end()
        .chars()
        .filter(|c| !c.is_control() || *c == '\t')
        .take(LONGEST_LINE)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_in_the_words_of_compilers() {
        let output = b"error[E0308]: mismatched types\n  --> src/web.rs:12:5\n\
            thread 'main' panicked at crates/pricing/src/lib.rs:3:1:\n\
            \x1b[0mFile \"/work/app/web.py\", line 7, in render\n  File \"/work/app/web.py\", line 7, in render\n\
            ./main.go:4:2: undefined: x\nat f (/work/src/a.js:9:1)\nsrc/a.ts(3,4): error\nnothing: here\n";
        let found = named_places(output);
        assert!(found.contains(&("src/web.rs".to_owned(), 12)));
        assert!(found.contains(&("app/web.py".to_owned(), 7)));
        assert!(found.contains(&("main.go".to_owned(), 4)));
        assert!(found.contains(&("src/a.js".to_owned(), 9)));
        assert!(found.contains(&("src/a.ts".to_owned(), 3)));
        assert!(!found.iter().any(|(path, _)| path == "nothing"));
    }

    #[test]
    fn a_line_is_shortened_and_cleaned() {
        assert_eq!(line_of(b"a\nb\x1b[31mc\r\n", 2), "b[31mc");
        assert_eq!(line_of(b"a\n", 9), "");
        assert_eq!(line_of("x".repeat(9_000).as_bytes(), 1).len(), LONGEST_LINE);
    }
}
