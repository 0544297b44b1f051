//! What a check's output says, without the places at which it says it: marks move lines, and a moved finding is no new one.

use crate::check::Kind;
use crate::run::{Ending, Outcome};
use std::collections::BTreeMap;
use std::path::Path;

/// Longest line that is compared; the rest of it is left off.
const LONGEST: usize = 400;

/// Reads the findings of one run.
///
/// Every kind says how it ended, when not with 0. A formatter's and a linter's findings are the lines that name a file of the
/// project; tests' are the lines that tell of a failure. Numbers, the folder's name and colours are left out.
#[must_use]
pub fn read(kind: Kind, folder: &Path, outcome: &Outcome) -> BTreeMap<String, u64> {
    let mut findings: BTreeMap<String, u64> = BTreeMap::new();
    match outcome.ending {
        Ending::Code(0) => {}
        Ending::Code(code) => *findings.entry(format!("(ended with {code})")).or_default() += 1,
        Ending::Signal => *findings.entry("(ended by a signal)".to_owned()).or_default() += 1,
        Ending::Time => *findings.entry("(ran out of time)".to_owned()).or_default() += 1,
    }
    let here = folder.display().to_string();
    for line in String::from_utf8_lossy(&outcome.output).lines() {
        let plain = plain(line, &here);
        let counts = match kind {
            Kind::Formatter | Kind::Linter | Kind::Build => names_a_file(&plain),
            Kind::Tests => tells_of_failure(&plain),
        };
        if counts {
            let count = findings.entry(plain).or_default();
            *count = count.saturating_add(1);
        }
    }
    findings
}

/// What the second run found that the first did not, or more often: what, and how many more.
#[must_use]
pub fn new_findings(before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    after
        .iter()
        .filter_map(|(finding, count)| {
            let more = count.saturating_sub(before.get(finding).copied().unwrap_or_default());
            (more > 0).then(|| (finding.clone(), more))
        })
        .collect()
}

/// A line without colours, folder and numbers.
fn plain(line: &str, here: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line.chars();
    while let Some(next) = rest.next() {
        if next == '\u{1b}' {
            // A control sequence ends with a letter.
            for inner in rest.by_ref() {
                if inner.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            text.push(next);
        }
    }
    let text = text.replace(here, ".");
    let mut plain = String::with_capacity(text.len());
    let mut in_number = false;
    for character in text.trim().chars().take(LONGEST) {
        if character.is_ascii_digit() {
            if !in_number {
                plain.push('#');
            }
            in_number = true;
        } else {
            plain.push(character);
            in_number = false;
        }
    }
    plain
}

/// Endings of files that tools speak of.
const ENDINGS: &[&str] = &[
    ".rs", ".py", ".pyi", ".js", ".cjs", ".mjs", ".jsx", ".ts", ".tsx", ".mts", ".cts", ".java", ".go", ".c",
    ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh", ".cs",
];

fn names_a_file(line: &str) -> bool {
    line.split(|character: char| character.is_whitespace() || ":,;()[]'\"`".contains(character))
        .any(|word| {
            ENDINGS
                .iter()
                .any(|ending| word.ends_with(ending) && word.len() > ending.len())
        })
}

/// How test runners begin or end the line of a failed test.
fn tells_of_failure(line: &str) -> bool {
    line.starts_with("FAILED ")
        || line.starts_with("ERROR ")
        || line.starts_with("not ok ")
        || line.starts_with("--- FAIL")
        || line.starts_with("FAIL")
        || line.starts_with("# fail ")
        || (line.starts_with("test ") && line.ends_with("FAILED"))
        || line.ends_with(" failing")
        || line.contains("error:")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn outcome(code: i32, output: &str) -> Outcome {
        Outcome {
            ending: Ending::Code(code),
            output: output.as_bytes().to_vec(),
            took: Duration::ZERO,
        }
    }

    #[test]
    fn a_moved_finding_is_no_new_one_and_a_second_one_is() {
        let folder = Path::new("/tmp/copy");
        let before = read(
            Kind::Linter,
            folder,
            &outcome(
                1,
                "/tmp/copy/a.py:3:1: E501 line too long (91 > 88)\nFound 1 error.\n",
            ),
        );
        let moved = read(
            Kind::Linter,
            folder,
            &outcome(
                1,
                "\u{1b}[1m/tmp/copy/a.py\u{1b}[0m:4:1: E501 line too long (93 > 88)\nFound 1 error.\n",
            ),
        );
        assert!(new_findings(&before, &moved).is_empty(), "{before:?} {moved:?}");
        let second = read(
            Kind::Linter,
            folder,
            &outcome(
                1,
                "/tmp/copy/a.py:3:1: E501 line too long (91 > 88)\n/tmp/copy/a.py:9:1: E501 line too long (99 > 88)\n",
            ),
        );
        assert_eq!(new_findings(&before, &second).values().sum::<u64>(), 1);
        assert_eq!(new_findings(&BTreeMap::new(), &before).values().sum::<u64>(), 2);
    }

    #[test]
    fn failures_of_the_usual_runners_are_seen() {
        for line in [
            "FAILED tests/test_a.py::test_b - assert 1 == 2",
            "test tests::it_works ... FAILED",
            "--- FAIL: TestRouter (0.00s)",
            "not ok 3 - parses",
            "  2 failing",
        ] {
            let found = read(Kind::Tests, Path::new("/x"), &outcome(0, line));
            assert_eq!(found.len(), 1, "{line}");
        }
        assert!(read(Kind::Tests, Path::new("/x"), &outcome(0, "12 passed in 0.3s")).is_empty());
    }
}
