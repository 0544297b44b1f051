//! The glob matching of the rules against `git check-ignore`.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use ringfence_domain::view::{PathRule, Visibility};
use ringfence_git::command::{GitCommandError, Limits, git, run, run_command};
use ringfence_view::rules::Rules;

use crate::reference;

#[test]
fn patterns_match_what_git_check_ignore_matches() {
    let folder = tempfile::tempdir().unwrap();
    let repository = folder.path().join(".git");
    std::fs::create_dir_all(&repository).unwrap();
    run(Some(&repository), &["init", "--quiet"], b"", Limits::default()).unwrap();
    let paths = [
        "a",
        "b/a",
        "b/b.rs",
        "b/c/a.rs",
        "b/c/d/e",
        "ab/a",
        "ab/b/c",
        "c/a.rs/b",
        "c/b/ab/a/b",
        "{a}",
        "d/{a}/x",
        "é",
        "d/é/a",
        "aXb",
        "d/aXb",
        "d/[a-b]",
        "d/*",
        "d/ab.rs",
        "src/a/b/c",
        "src/b.rs",
        "x y",
        "d/x y/z",
        "d/a\\b",
    ];
    for path in paths {
        let file = folder.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "x").unwrap();
    }
    let input: Vec<u8> = paths.join("\0").into_bytes();
    let fixed = [
        "*",
        "/*",
        "**",
        "/**",
        "**/",
        "a/",
        "/a",
        "b/**",
        "**/a",
        "b/**/a",
        "b/**/e",
        "a**",
        "**.rs",
        "[!a]",
        "[^a]*",
        "[[:alpha:]]",
        "[]a]",
        "[a-]*",
        "\\{a\\}",
        "{a}",
        "x\\ y",
        "x y",
        "?",
        "??",
        "src/*/b",
        "src/**/b/",
        "d/\\*",
        "d/\\[a-b]",
        "**/**/a",
        "b/*/**",
        "d/a\\\\b",
        "[[]*",
        "*[a-c]*",
        "/b/c/",
        "c/**/b",
    ];
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        TestRng::deterministic_rng(RngAlgorithm::ChaCha),
    );
    let random = std::iter::repeat_with(|| {
        prop::collection::vec(reference::pattern(), 1..3)
            .new_tree(&mut runner)
            .unwrap()
            .current()
    });
    let sets = fixed
        .iter()
        .map(|pattern| vec![(*pattern).to_owned()])
        .chain(random.take(250));
    let mut matched_at_all = 0;
    for patterns in sets {
        std::fs::write(
            folder.path().join(".git").join("ignored"),
            patterns.join("\n") + "\n",
        )
        .unwrap();
        let mut command = git(Some(&repository));
        command
            .current_dir(folder.path())
            .env("GIT_WORK_TREE", folder.path())
            .args([
                "-c",
                "core.excludesFile=.git/ignored",
                "check-ignore",
                "--no-index",
                "-z",
                "--stdin",
            ]);
        let printed = match run_command(command, &input, Limits::default()) {
            Ok(printed) => printed,
            Err(GitCommandError::Failed { code: 1, .. }) => Vec::new(),
            Err(error) => panic!("{error}"),
        };
        let ignored: Vec<&str> = std::str::from_utf8(&printed)
            .unwrap()
            .split('\0')
            .filter(|path| !path.is_empty())
            .collect();
        matched_at_all += ignored.len();
        let rules = Rules::compile(&[PathRule {
            visibility: Visibility::Read,
            paths: patterns.clone(),
        }])
        .unwrap();
        for path in paths {
            let ours = rules.decide(path.as_bytes()).visibility == Visibility::Read;
            assert_eq!(ours, ignored.contains(&path), "{patterns:?} on {path:?}");
        }
    }
    assert!(
        matched_at_all > 1_000,
        "the patterns matched {matched_at_all} times only"
    );
}
