//! The report of a trace in the few lines that a demonstration has room for.

use serde_json::Value;

/// Assets that are shown.
const SHOWN: usize = 2;
/// Changes that are shown.
const CHANGES: usize = 1;

/// Verdict, score and bound, what was found of which asset, the other explanations, what would change the verdict.
pub(super) fn lines(report: &Value, is_named: bool) -> String {
    let text = |name: &str| report.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| report.get(name).and_then(Value::as_f64).unwrap_or(0.0);
    let list = |name: &str| {
        report
            .get(name)
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice)
    };
    let (verdict, recipient) = (text("verdict"), text("recipient"));
    let mut lines = vec![if is_named {
        format!(
            "{verdict}: copy delivered to {recipient}; chance of an innocent recipient <= {:.0e}",
            number("bound")
        )
    } else {
        format!("{verdict} {recipient}")
    }];
    let matched: std::collections::BTreeSet<String> = list("matches")
        .iter()
        .filter_map(|one| Some(one.pointer("/owned/path")?.to_string()))
        .collect();
    lines.push(format!(
        "marks: {:.0} of {:.0} sites read in {} owned files; score {:.1}, needed {:.1} among {:.0} candidates",
        number("sites_read"),
        number("sites_read") + number("sites_erased"),
        matched.len(),
        number("score"),
        number("threshold"),
        number("candidates")
    ));
    let assets: Vec<String> = list("assets")
        .iter()
        .filter(|one| one.get("lines").and_then(Value::as_u64) != Some(0))
        .take(SHOWN)
        .map(|one| {
            format!(
                "{}: {} lines",
                one.get("asset").and_then(Value::as_str).unwrap_or_default(),
                one.get("lines").and_then(Value::as_u64).unwrap_or_default()
            )
        })
        .collect();
    lines.push(format!(
        "coverage: {:.0} % of the suspect is the owner's text ({})",
        number("covered") * 100.0,
        assets.join(", ")
    ));
    let explains = |wanted: bool| {
        let names = list("alternatives")
            .iter()
            .filter(|one| one.get("explains").and_then(Value::as_bool) == Some(wanted));
        names
            .filter_map(|one| one.get("name")?.as_str())
            .collect::<Vec<_>>()
    };
    let (yes, no) = (explains(true), explains(false));
    lines.push(format!("tested and ruled out: {}", no.join("; ")));
    if !yes.is_empty() {
        lines.push(format!("explains it as well: {}", yes.join("; ")));
    }
    let changes: Vec<&str> = list("would_change")
        .iter()
        .take(CHANGES)
        .filter_map(Value::as_str)
        .collect();
    lines.push(format!("would change it: {}", changes.join("; or ")));
    lines.push("a named copy is not a named thief".to_owned());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_told_in_a_few_lines() {
        let report = serde_json::json!({
            "verdict": "strong", "recipient": "nordwind", "score": 88.25, "threshold": 21.4, "bound": 3e-31, "candidates": 2,
            "sites_read": 84, "sites_erased": 176, "covered": 0.31,
            "assets": [{ "asset": "pricing", "lines": 412, "files": 3, "of_suspect": 0.2 }],
            "matches": [{ "owned": { "path": "a.rs" } }, { "owned": { "path": "a.rs" } }],
            "alternatives": [
                { "name": "the owner's own copy", "explains": false, "result": "" },
                { "name": "a generator or template", "explains": false, "result": "" },
            ],
            "would_change": ["a score below 21.40 nats", "a release", "a third"],
        });
        let told = lines(&report, true);
        assert_eq!(
            told,
            "strong: copy delivered to nordwind; chance of an innocent recipient <= 3e-31\n\
             marks: 84 of 260 sites read in 1 owned files; score 88.2, needed 21.4 among 2 candidates\n\
             coverage: 31 % of the suspect is the owner's text (pricing: 412 lines)\n\
             tested and ruled out: the owner's own copy; a generator or template\n\
             would change it: a score below 21.40 nats\n\
             a named copy is not a named thief"
        );
    }
}
