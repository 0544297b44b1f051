//! A line of a copy and the owner's line behind it.

use crate::output::Output;
use anyhow::Result;
use ringfence_app::App;
use ringfence_app::locate::{Direction, LocateReport, Place};

pub(super) fn direction(reverse: bool) -> Direction {
    if reverse {
        Direction::ToRecipient
    } else {
        Direction::ToOwner
    }
}

pub(super) fn locate(
    app: &App,
    (view, recipient): (&str, &str),
    place: &str,
    direction: Direction,
    at: Option<&str>,
    output: &mut Output,
) -> Result<bool> {
    let place: Place = place.parse()?;
    let report = app.locate(view, recipient, &place, direction, at)?;
    output.value(&report, text);
    Ok(true)
}

fn text(report: &LocateReport) -> String {
    let owner = format!("the owner's text at {}", short(&report.owner_commit));
    let copy = format!(
        "the copy of {} at {}",
        report.recipient,
        short(&report.vendor_commit)
    );
    let (from, to) = if report.side == "owner" {
        (copy, owner)
    } else {
        (owner, copy)
    };
    let found = if report.first == report.last {
        report.first.to_string()
    } else {
        format!("{}-{}", report.first, report.last)
    };
    let note = if report.stands_there {
        ""
    } else {
        "\nthis line stands on its own side only; shown is the line before it"
    };
    format!(
        "{}:{} in {from}\n  {}\n{}:{found} in {to}\n  {}{note}\nfor the owner alone: lines that differ are marks",
        report.path,
        report.line,
        report.text,
        report.path,
        report.found.replace('\n', "\n  "),
    )
}

fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}
