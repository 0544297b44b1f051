//! What a probe says of checks that object, fail, change their mind, hang, or are not there.

use super::{project, tree};
use ringfence_mark::model::{Family, Profile};
use ringfence_probe::ProbeError;
use ringfence_probe::check::{Check, Kind};
use ringfence_probe::probe::{Options, Report, probe};
use std::time::{Duration, Instant};

fn options() -> Options {
    Options {
        check_time: Duration::from_secs(60),
        total_time: Duration::from_secs(300),
    }
}

fn probed(checks: &[Check]) -> Report {
    let project = project();
    probe(&tree(project.path()), Profile::Robust, checks, &options()).unwrap()
}

fn shell(kind: Kind, script: &str) -> Check {
    Check::new(kind, &["sh", "-c", script])
}

/// A linter of comments: it wants a period at the end of what looks like a sentence.
const WANTS_PERIODS: &str = "! grep -rnE '^ *//[!/]? [A-Z][a-z ]{30,}[a-z]$' src";

#[test]
fn the_projects_formatter_accepts_every_family() {
    let report = probed(&[Check::new(
        Kind::Formatter,
        &[
            "sh",
            "-c",
            "rustfmt --check -l --edition 2024 --config max_width=110,use_small_heuristics=Default src/proof.rs src/glob.rs src/deep/policy.rs; true",
        ],
    )]);
    assert!(report.clean && report.judged(), "{report:?}");
    assert_eq!(report.without().count(), 0, "{report:?}");
    assert!(report.lines > 500 && report.files == 3);
}

#[test]
fn a_linter_that_objects_to_one_family_costs_that_family_alone() {
    let report = probed(&[shell(Kind::Tests, "true"), shell(Kind::Linter, WANTS_PERIODS)]);
    assert_eq!(
        report.without().collect::<Vec<_>>(),
        [Family::CommentPeriod],
        "{report:?}"
    );
    assert!(report.clean);
    let family = report.families.iter().find(|family| !family.kept).unwrap();
    assert!(family.raised[0].count > 0 && !family.raised[0].examples.is_empty());
    assert!(report.families.iter().filter(|family| family.kept).count() >= 3);
}

#[test]
fn what_cannot_judge_is_said_and_never_counted() {
    let report = probed(&[
        shell(Kind::Tests, "echo 3 tests went wrong; exit 1"),
        shell(Kind::Linter, "echo src/proof.rs: $(date +%N | tr 0-9 a-j)"),
        shell(Kind::Formatter, "exit 127"),
        shell(Kind::Build, "kill -9 $$"),
    ]);
    assert!(!report.judged() && !report.clean, "{report:?}");
    assert_eq!(
        report.without().count(),
        report.families.len(),
        "nothing is promised"
    );
    let whys: Vec<&str> = report
        .checks
        .iter()
        .map(|check| check.unused.as_deref().unwrap())
        .collect();
    assert!(whys[0].contains("3 tests went wrong"), "{whys:?}");
    assert!(whys[1].contains("two different things"), "{whys:?}");
    assert!(whys[2].contains("could not run"), "{whys:?}");
    assert!(whys[3].contains("signal"), "{whys:?}");
    let missing = probe(
        &tree(project().path()),
        Profile::Robust,
        &[Check::new(Kind::Linter, &["ringfence-no-such-program"])],
        &options(),
    );
    assert!(matches!(missing, Err(ProbeError::Start { .. })));
}

#[test]
fn a_suite_with_known_failures_still_judges_the_others() {
    let failing = "echo 'FAILED tests/a.py::one'";
    let objects = format!("{failing}; {WANTS_PERIODS} || echo 'FAILED tests/a.py::periods'; exit 1");
    let report = probed(&[shell(Kind::Tests, &objects)]);
    assert!(report.clean, "{report:?}");
    assert_eq!(
        report.without().collect::<Vec<_>>(),
        [Family::CommentPeriod],
        "{report:?}"
    );
}

#[test]
fn a_check_that_hangs_is_ended_with_all_that_it_started() {
    let project = project();
    let tree = tree(project.path());
    let began = Instant::now();
    let report = probe(
        &tree,
        Profile::Steady,
        &[shell(Kind::Tests, "sleep 1000 & sleep 1000")],
        &Options {
            check_time: Duration::from_millis(300),
            ..options()
        },
    )
    .unwrap();
    assert!(began.elapsed() < Duration::from_secs(30));
    assert!(
        report.checks[0].unused.as_deref().unwrap().contains("time"),
        "{report:?}"
    );
}

#[test]
fn what_was_not_probed_in_time_is_not_promised() {
    let project = project();
    let report = probe(
        &tree(project.path()),
        Profile::Robust,
        &[shell(Kind::Linter, &format!("sleep 0.2; {WANTS_PERIODS}"))],
        &Options {
            total_time: Duration::from_millis(500),
            ..options()
        },
    )
    .unwrap();
    assert!(report.out_of_time && !report.clean, "{report:?}");
    assert_eq!(report.without().count(), report.families.len(), "{report:?}");
}

#[test]
fn a_folder_without_sources_is_an_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("notes.txt"), "nothing\n").unwrap();
    let refused = probe(&tree(folder.path()), Profile::Robust, &[], &options());
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("no file that can be marked")
    );
}
