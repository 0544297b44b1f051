//! Patterns against git itself: `git check-ignore` is the baseline.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use proptest::prelude::*;
use ringfence_domain::glob::PathPattern;

#[expect(clippy::disallowed_methods, reason = "git is the baseline of this test")]
fn git(folder: &Path) -> std::process::Command {
    let mut command = std::process::Command::new("git");
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", folder);
    command
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null");
    command
}

/// Asks git which of the paths (files, none of which exists) a pattern ignores.
fn ignored_by_git(folder: &Path, pattern: &str, paths: &[String]) -> Vec<String> {
    std::fs::write(folder.join(".git/info/exclude"), format!("{pattern}\n")).unwrap();
    let mut child = git(folder)
        .args([
            "-c",
            "core.quotePath=false",
            "check-ignore",
            "--no-index",
            "--stdin",
            "-z",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let bytes: Vec<u8> = paths.iter().flat_map(|path| path.bytes().chain([0])).collect();
    let writer = std::thread::spawn(move || input.write_all(&bytes).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.code().is_some_and(|code| code < 2), "{output:?}");
    output
        .stdout
        .split(|byte| *byte == 0)
        .filter(|path| !path.is_empty())
        .map(|path| String::from_utf8(path.to_vec()).unwrap())
        .collect()
}

fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert!(
        git(folder.path())
            .args(["init", "-q"])
            .status()
            .unwrap()
            .success()
    );
    std::fs::create_dir_all(folder.path().join(".git/info")).unwrap();
    folder
}

/// All paths up to three names deep over a small alphabet.
fn paths() -> Vec<String> {
    let names = ["a", "b", "ab", "a.b", "aab", "-", "]", "{a,b}"];
    let mut paths: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    for first in names {
        for second in names {
            paths.push(format!("{first}/{second}"));
            for third in ["a", "b", "ab"] {
                paths.push(format!("{first}/{second}/{third}"));
            }
        }
    }
    paths
}

fn agrees(folder: &Path, pattern: &str) -> Result<(), String> {
    let Ok(compiled) = PathPattern::parse(pattern) else {
        return Ok(());
    };
    let paths = paths();
    let from_git: std::collections::BTreeSet<String> =
        ignored_by_git(folder, pattern, &paths).into_iter().collect();
    for path in &paths {
        let ours = compiled.matches_file(path.as_bytes());
        if ours != from_git.contains(path) {
            return Err(format!(
                "pattern {pattern:?}, path {path:?}: ours {ours}, git {}",
                !ours
            ));
        }
    }
    Ok(())
}

#[test]
fn chosen_patterns_agree_with_git() {
    let folder = repository();
    for pattern in [
        "a",
        "/a",
        "a/",
        "a/b",
        "a/b/",
        "*",
        "**",
        "/**",
        "**/",
        "/*",
        "/*/",
        "*/",
        "a/*",
        "a/**",
        "a/**/",
        "**/a",
        "**/a/",
        "**/a/b",
        "a/**/b",
        "a/**/**/b",
        "**/**",
        "a*",
        "*b",
        "a*b",
        "a**b",
        "/a**b",
        "a/a**b",
        "a/**b",
        "**a/b",
        "a**/b",
        "***",
        "a/***",
        "***/b",
        "a/***/b",
        "?",
        "??",
        "a?",
        "/?/?",
        "[ab]",
        "[!a]",
        "[^a]",
        "[a-b]*",
        "[b-a]",
        "[]]",
        "[]a]",
        "[]-]",
        "[a-]",
        "[!-]",
        "[--0]",
        "[[:alpha:]]",
        "[[:alpha:].]*",
        "[![:alpha:]]",
        "[a\\]]",
        "\\a",
        "a\\b",
        "{a,b}",
        "{a,b}/*",
        "\\{a*",
        "/[ab]/[ab]/",
        "*/*",
        "*/*/*",
        "*.b",
        "a.*",
        "?.?",
        "a/[!b]",
        "a[/]b",
        "a[!b]b",
        "a[^x]b",
        "[!x]b",
        "[.-0]",
        "[[a]",
        "[a[]",
        "[[:x]",
        "a/?b",
        "**/?",
        "*a*",
        "/*a*/b",
        "[a-a-b]",
        "[!]]",
    ] {
        agrees(folder.path(), pattern).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn random_patterns_agree_with_git(pattern in "(/)?([ab*?]|\\*\\*|\\*\\*/|/|\\[ab\\]|\\[!a\\]|\\.|\\\\a){1,7}(/)?") {
        thread_local! { static FOLDER: tempfile::TempDir = repository(); }
        let verdict = FOLDER.with(|folder| agrees(folder.path(), &pattern));
        prop_assert!(verdict.is_ok(), "{}", verdict.unwrap_err());
    }

    /// What a pattern matches as a directory, it matches with everything below.
    #[test]
    fn a_matched_directory_takes_everything_below(pattern in "[ab*?/.]{1,8}", path in "[ab.]{1,3}(/[ab.]{1,3}){0,3}", below in "[ab]{1,3}") {
        if let Ok(pattern) = PathPattern::parse(&pattern)
            && pattern.matches_directory(path.as_bytes())
        {
            let inside = format!("{path}/{below}");
            prop_assert!(pattern.matches_file(inside.as_bytes()));
        }
    }

    #[test]
    fn nothing_panics(pattern in "\\PC{0,30}", path in proptest::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(pattern) = PathPattern::parse(&pattern) {
            let _ = pattern.matches_file(&path);
            let _ = pattern.matches_directory(&path);
        }
    }
}
