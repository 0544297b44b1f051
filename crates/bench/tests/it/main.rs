//! The bench as a person or CI runs it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::process::Output;

fn bench(arguments: &[&str]) -> Output {
    #[expect(clippy::disallowed_methods, reason = "the test runs the program it tests")]
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ringfence-bench"));
    command.args(arguments).output().unwrap()
}

#[test]
fn an_unknown_bench_lists_the_known_ones() {
    for arguments in [&["second-light"][..], &[], &["second-light", "--json"]] {
        let done = bench(arguments);
        assert_eq!(done.status.code(), Some(2), "{arguments:?}");
        assert!(done.stdout.is_empty());
        assert!(
            String::from_utf8(done.stderr)
                .unwrap()
                .contains("there are: first-light")
        );
    }
}

#[test]
fn an_unknown_row_lists_the_known_ones() {
    let done = bench(&["first-light", "--only", "no such row"]);
    assert_eq!(done.status.code(), Some(2));
    assert!(done.stdout.is_empty());
    let said = String::from_utf8(done.stderr).unwrap();
    for row in [
        "clone of a 1,000-file view, wall",
        "finding sites and gates, rust",
        "ledger, 64 clients",
    ] {
        assert!(said.contains(row), "{said}");
    }
}

#[test]
fn a_row_as_json_has_the_nine_keys() {
    let done = bench(&["first-light", "--json", "--only", "policy decisions"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let printed = String::from_utf8(done.stdout).unwrap();
    assert_eq!(printed.lines().count(), 1, "{printed}");
    let row: serde_json::Map<String, serde_json::Value> = serde_json::from_str(printed.trim()).unwrap();
    let mut keys: Vec<&str> = row.keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "bench",
            "goal",
            "holds",
            "peer",
            "peer_value",
            "ratio",
            "row",
            "unit",
            "value"
        ]
    );
    assert_eq!(
        (row["bench"].as_str(), row["row"].as_str()),
        (Some("first-light"), Some("policy decisions"))
    );
    assert!(row["value"].as_f64().unwrap() > 0.0);
}

#[test]
fn one_row_as_a_table() {
    let done = bench(&["first-light", "--only", "policy decisions"]);
    let printed = String::from_utf8(done.stdout).unwrap();
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), 3, "{printed}");
    assert!(lines[0].starts_with("| row "));
    assert!(lines[2].starts_with("| policy decisions |"));
}
