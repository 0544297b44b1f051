//! A stored case as the finding that a pack states.

use crate::error::Result;
use crate::marking::variant_of;
use crate::trace::CaseRecord;
use ringfence_evidence::{Alternative, Exhibit, ExhibitRole, Finding, Match, OtherScore, Verdict};
use ringfence_store::LogName;

pub(super) fn finding(
    record: &CaseRecord,
    recipient: Option<String>,
    recipient_log: Option<&LogName>,
    exhibits: &[Exhibit],
) -> Result<Finding> {
    let report = &record.report;
    let text = |name: &str| {
        report
            .get(name)
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default()
    };
    let number = |name: &str| {
        report
            .get(name)
            .and_then(serde_json::Value::as_u64)
            .and_then(|number| u32::try_from(number).ok())
            .unwrap_or(0)
    };
    let verdict = match text("verdict") {
        "exact" => Verdict::Exact,
        "strong" => Verdict::Strong,
        "none" => Verdict::None,
        _ => Verdict::Inconclusive,
    };
    let list = |name: &str| {
        report
            .get(name)
            .and_then(serde_json::Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let own: Vec<_> = if verdict.names_a_copy() {
        record
            .texts
            .iter()
            .flat_map(|text| &text.reads)
            .map(|read| read.canonical.map(variant_of))
            .collect()
    } else {
        Vec::new()
    };
    let alternatives = list("alternatives")
        .iter()
        .enumerate()
        .map(|(index, alternative)| {
            let text = |name: &str| {
                alternative
                    .get(name)
                    .and_then(serde_json::Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            };
            Alternative {
                name: text("name"),
                result: text("result"),
                // The first is the owner's own copy: its spellings go along, so that the test can be repeated.
                variants: if index == 0 { own.clone() } else { Vec::new() },
                explains: alternative
                    .get("explains")
                    .and_then(serde_json::Value::as_bool)
                    .unwrap_or(true),
            }
        })
        .collect();
    let mut matches = Vec::new();
    for found in list("matches") {
        let owned = found
            .get("owned")
            .and_then(|owned| owned.get("path"))
            .and_then(serde_json::Value::as_str);
        let suspect = found.get("suspect").and_then(serde_json::Value::as_str);
        let share = found
            .get("of_owned")
            .and_then(serde_json::Value::as_f64)
            .unwrap_or(0.0);
        if let (Some(owned), Some(suspect)) = (owned, suspect) {
            matches.push(Match {
                owned: owned.to_owned(),
                suspect: suspect.to_owned(),
                percent: whole_percent(share),
            });
        }
    }
    let exact_exhibits = if verdict == Verdict::Exact {
        exhibits
            .iter()
            .enumerate()
            .filter(|(_, exhibit)| exhibit.role == ExhibitRole::Suspect)
            .map(|(position, _)| position)
            .collect()
    } else {
        Vec::new()
    };
    Ok(Finding {
        verdict,
        recipient_log: recipient_log
            .map(|log| log.as_str().to_owned())
            .filter(|_| recipient.is_some()),
        recipient,
        candidates: number("candidates"),
        runs: record.runs,
        error_exponent: record.exponent,
        sites_erased: number("sites_erased"),
        matches,
        alternatives,
        exact_exhibits,
    })
}

/// A share between 0 and 1 as a whole percentage.
fn whole_percent(share: f64) -> u32 {
    (0..=100_u32)
        .rev()
        .find(|percent| f64::from(*percent) / 100.0 <= share + 0.005)
        .unwrap_or(0)
}

/// The scores of the copies that are not named.
pub(super) fn others(record: &CaseRecord) -> Vec<OtherScore> {
    // A copy is a recipient and an epoch of its key; cases from before there were epochs say none.
    let copy = |value: &serde_json::Value| {
        let recipient = value.get("recipient")?.as_str()?.to_owned();
        let epoch = value.get("epoch").and_then(serde_json::Value::as_u64);
        Some((recipient, epoch.unwrap_or(1)))
    };
    let list = |name: &str| {
        record
            .report
            .get(name)
            .and_then(serde_json::Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let named: Vec<(String, u64)> = copy(&record.report)
        .into_iter()
        .chain(list("further").iter().filter_map(copy))
        .collect();
    list("scores")
        .iter()
        .filter_map(|score| {
            let (recipient, epoch) = copy(score)?;
            let nats = score.get("score")?.as_f64()?;
            // Rounded towards the smaller, in millionths.
            let micronats = format!("{:.0}", (nats * 1e6).floor()).parse().ok()?;
            let is_named = named.contains(&(recipient.clone(), epoch));
            let recipient = if epoch == 1 {
                recipient
            } else {
                format!("{recipient}, key epoch {epoch}")
            };
            (!is_named).then_some(OtherScore { recipient, micronats })
        })
        .collect()
}
