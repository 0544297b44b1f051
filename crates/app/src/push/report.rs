//! The words a vendor's engineer reads in the output of `git push`: what, by which rule and agreement, and what to do.

use super::Decided;
use super::commit::{FileConflict, FileRefusal};
use super::excerpt::Excerpt;
use crate::submission::Summary;
use ringfence_view::object::ObjectId;
use ringfence_view::project::header::HeaderNote;
use ringfence_view::translate::Flag;
use std::ops::Range;

/// Most paths named in one answer.
const NAMED: usize = 10;

/// Most places of one file whose lines are shown.
const SHOWN: usize = 4;

pub(super) fn refused(refusals: &[FileRefusal], agreements: &[String], view: &str) -> Decided {
    let mut messages = Vec::new();
    for refusal in refusals.iter().take(NAMED) {
        messages.push(format!(
            "refused: {}: {}",
            refusal.path.escape_ascii(),
            refusal.why
        ));
    }
    if refusals.len() > NAMED {
        messages.push(format!("and {} more paths", refusals.len().saturating_sub(NAMED)));
    }
    messages.push(format!(
        "view {view} under agreement {} lets you change only its writable paths",
        if agreements.is_empty() {
            "(none)".to_owned()
        } else {
            agreements.join(", ")
        }
    ));
    messages.push(
        "what to do: take these paths out of the commit (git checkout <parent> -- PATH, git commit --amend), or ask the owner to widen the view"
            .to_owned(),
    );
    Decided::Refused {
        messages,
        reason: "a change outside the writable paths".to_owned(),
        conflict: None,
    }
}

pub(super) fn conflict(conflicts: Vec<FileConflict>, base: Option<ObjectId>) -> Decided {
    let mut messages = Vec::new();
    for conflict in conflicts.iter().take(NAMED) {
        let lines: Vec<String> = conflict.pushed.iter().map(Excerpt::numbers).collect();
        messages.push(format!(
            "conflict: {}: {}{}",
            conflict.path.escape_ascii(),
            conflict.why,
            if lines.is_empty() {
                String::new()
            } else {
                format!(" (your lines {})", lines.join(", "))
            }
        ));
        messages.extend(conflict.pushed.iter().take(SHOWN).flat_map(Excerpt::numbered));
    }
    messages.push(
        "what to do: keep each changed place as one whole edit (undo reformatting around it) and push again; the owner sees the conflict too"
            .to_owned(),
    );
    Decided::Refused {
        messages,
        reason: "the change does not fit the owner's text".to_owned(),
        conflict: Some((conflicts, base)),
    }
}

pub(super) fn unrelated(commit: &str, what: &str) -> Decided {
    Decided::Refused {
        messages: vec![
            format!("refused: commit {commit} does not descend from what {what} delivered"),
            "what to do: git pull, rebase your work on the tracked branch, push again".to_owned(),
        ],
        reason: "a commit without delivered parents".to_owned(),
        conflict: None,
    }
}

pub(super) fn no_work_item(commit: &str) -> Decided {
    Decided::Refused {
        messages: vec![
            format!("refused: commit {commit} names no deliverable"),
            "what to do: add a line \"Work-Item: <id>\" at the end of the commit message".to_owned(),
        ],
        reason: "no Work-Item trailer".to_owned(),
        conflict: None,
    }
}

pub(super) fn taken(id: &str, branch: &str, summary: &Summary, notes: &[String]) -> Vec<String> {
    let mut messages = vec![format!(
        "branch {branch} is submission {id}: {} files, waiting for the owner's review",
        summary.paths.len()
    )];
    for note in notes.iter().take(NAMED) {
        messages.push(format!("note: {note}"));
    }
    for path in summary.called_out.iter().take(NAMED) {
        messages.push(format!(
            "note: {path} runs on build machines; the owner is told by name"
        ));
    }
    messages
}

/// A flag as the vendor reads it, in the vendor's own lines.
pub(super) fn flag_note(flag: &Flag, as_pushed: &dyn Fn(&Range<u32>) -> Range<u32>) -> String {
    let lines = |range: &Range<u32>| {
        let range = as_pushed(range);
        format!("your lines {}-{}", range.start, range.end)
    };
    match flag {
        Flag::VendorTextKept { pushed, .. }
        | Flag::VendorOrderKept { pushed, .. }
        | Flag::VendorLineCopied { pushed, .. } => {
            format!(
                "{} are taken as you wrote them; the owner looks at them",
                lines(pushed)
            )
        }
        Flag::LayoutKept { pushed, .. } => {
            format!(
                "the line breaks of {} are taken as you wrote them; the owner looks at them",
                lines(pushed)
            )
        }
        Flag::DoesNotParse => "the pushed file has syntax errors that the delivered one had not".to_owned(),
    }
}

/// What became of a header line, as the vendor reads it.
pub(super) fn header_note(note: &HeaderNote) -> String {
    match note {
        HeaderNote::Gone => {
            "the header line is gone; the gateway puts it in, and it comes back with the owner's next change"
                .to_owned()
        }
        HeaderNote::Changed { line, .. } => {
            format!(
                "your line {line} is the header line with other words; they are told to the owner and not taken over"
            )
        }
        HeaderNote::Joined { line } => {
            format!("your line {line} says more than the header line; what you wrote there stays, without it")
        }
        HeaderNote::Again { line } => {
            format!("the header line stands again in your line {line}; it is not taken over")
        }
        HeaderNote::Quoted { line } => {
            format!("your line {line} has the words of the header line in other text, which stays")
        }
    }
}

/// What became of a header line, as the owner reads it.
pub(super) fn header_text(note: &HeaderNote) -> String {
    match note {
        HeaderNote::Gone => "the vendor took the header line out".to_owned(),
        HeaderNote::Changed { line, text } => {
            format!("the vendor changed the header line (pushed line {line}); not taken over: {text}")
        }
        HeaderNote::Joined { line } => {
            format!(
                "the vendor wrote beside the header line (pushed line {line}); what he wrote is taken without it"
            )
        }
        HeaderNote::Again { line } => {
            format!("the header line stood again in pushed line {line}; not taken over")
        }
        HeaderNote::Quoted { line } => {
            format!("pushed line {line} has the words of the header line in other text; they stay as typed")
        }
    }
}

/// A flag as the owner reads it.
pub(super) fn flag_text(flag: &Flag) -> String {
    let lines = |range: &std::ops::Range<u32>| format!("lines {}-{}", range.start, range.end);
    match flag {
        Flag::VendorTextKept { owner, .. } => format!("the vendor's spelling stays at {}", lines(owner)),
        Flag::VendorOrderKept { owner, .. } => {
            format!("the vendor's order of two neighbours stays at {}", lines(owner))
        }
        Flag::VendorLineCopied { owner, .. } => {
            format!("a line was copied in the vendor's spelling, see {}", lines(owner))
        }
        Flag::LayoutKept { owner, .. } => format!(
            "the vendor's line breaks stay at {}; your own formatter may want others there",
            lines(owner)
        ),
        Flag::DoesNotParse => "the pushed file has syntax errors that the delivered one had not".to_owned(),
    }
}
