//! Every way in which an owner takes a push, with every kind of change in it.

use super::team::*;
use crate::attack::stage::*;
use std::os::unix::fs::PermissionsExt as _;

/// One push of every kind of change, two commits.
fn work(team: &Team) {
    let clone = &team.clone;
    for (path, words) in [
        ("web/tool.py", "the vendor was here"),
        ("web/router.rs", "the vendor was here too"),
    ] {
        let text = team.text(path);
        let (at, _) = common_places(&text, &team.owner_text(path))[20];
        let line = format!(
            "{}{}",
            indent(text.lines().nth(at + 1).unwrap()),
            comment(path, words)
        );
        clone.commit(&[(path, with_line(&text, at, &line))], "edit");
    }
    clone.git(&["mv", "web/tool.py", "web/moved.py"]);
    clone.git(&["rm", "-q", "web/gone.txt"]);
    let script = clone.path().join("web/script.txt");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let windows = String::from_utf8(std::fs::read(clone.path().join("web/windows.py")).unwrap()).unwrap();
    let turned = windows.replacen("\r\n", "\r\nAN_EDIT = 1\r\n", 1);
    clone.commit(
        &[
            (
                "web/new/deep/file.rs",
                b"//! New.\npub fn new(a: u8, b: u8) -> bool {\n    a < b\n}\n".to_vec(),
            ),
            (
                "web/picture.bin",
                (0..=255_u8).rev().cycle().take(4_000).collect(),
            ),
            ("web/windows.py", turned.into_bytes()),
        ],
        "and more",
    );
}

fn files() -> Files {
    let mut files = shop();
    files.push(("web/gone.txt".to_owned(), b"gone soon\n".to_vec()));
    files.push(("web/script.txt".to_owned(), b"#!/bin/sh\necho hello\n".to_vec()));
    files.push((
        "web/picture.bin".to_owned(),
        (0..=255_u8).cycle().take(4_000).collect(),
    ));
    let windows = format!(
        "\u{feff}{}",
        PYTHON.lines().take(200).collect::<Vec<_>>().join("\r\n")
    );
    files.push(("web/windows.py".to_owned(), windows.into_bytes()));
    files
}

fn comes_back_by(way: Way) {
    let team = Team::new(Stage::new(&files(), RULES, ""));
    let before = team.stage.owner.git(&["ls-tree", "-r", "main"]);
    team.start("work");
    work(&team);
    let pushed = team.head();
    team.push();
    // A second push on top, before the first is taken.
    team.clone
        .commit(&[("web/second.rs", "pub fn second() {}\n")], "second");
    let second = team.head();
    team.push();
    assert_eq!(
        team.stage.owner.git(&["ls-tree", "-r", "main"]),
        before,
        "nothing moves before accept"
    );
    team.take(way);
    team.comes_back(&second, way);
    if matches!(way, Way::Merge | Way::FastForward) {
        assert!(team.contains("origin/main", &pushed));
    }
    // What the vendor did not touch is the owner's, byte for byte; what is hidden is still there.
    let after = team.stage.owner.git(&["ls-tree", "-r", "main"]);
    for line in before.lines() {
        let path = line.split('\t').nth(1).unwrap();
        if ![
            "web/tool.py",
            "web/router.rs",
            "web/gone.txt",
            "web/script.txt",
            "web/picture.bin",
            "web/windows.py",
        ]
        .contains(&path)
        {
            assert!(after.contains(line), "{path} changed");
        }
    }
    assert!(!team.stage.owner.path().join("web/gone.txt").exists());
    assert!(
        team.owner_text("web/moved.py")
            .contains("# the vendor was here\n")
    );
    // A push on top after acceptance, by a plain pull.
    team.clone.git(&["checkout", "-q", "-B", "third", "origin/main"]);
    team.clone.commit(
        &[("web/second.rs", "pub fn second() -> u8 {\n    2\n}\n")],
        "third",
    );
    let third = team.head();
    team.push();
    team.take(way);
    team.comes_back(&third, way);
}

#[test]
fn a_merge_commit_gives_the_vendor_his_own_commits_and_files_back() {
    comes_back_by(Way::Merge);
}

#[test]
fn a_fast_forward_gives_the_vendor_his_own_commits_and_files_back() {
    comes_back_by(Way::FastForward);
}

#[test]
fn a_squash_gives_the_vendor_his_own_files_back() {
    comes_back_by(Way::Squash);
}

#[test]
fn a_rebase_gives_the_vendor_his_own_files_back() {
    comes_back_by(Way::Rebase);
}

/// One file of a language: edit, push, merge, the files come back; then the owner edits elsewhere, and only that shows.
fn language(path: &str, text: &str) {
    let mut files = shop();
    files.push((path.to_owned(), text.as_bytes().to_vec()));
    let team = Team::new(Stage::new(&files, RULES, ""));
    team.start("work");
    let (delivered, owned) = (team.text(path), team.owner_text(path));
    assert_ne!(
        delivered, owned,
        "{path} carries no mark, so the test shows nothing"
    );
    let places = common_places(&delivered, &owned);
    let (at, there) = places[places.len() / 3];
    let line = format!(
        "{}{}",
        indent(delivered.lines().nth(at + 1).unwrap()),
        comment(path, "an edit")
    );
    let edited = with_line(&delivered, at, &line);
    team.clone.commit(&[(path, &edited)], "edit");
    let pushed = team.head();
    team.push();
    assert_eq!(team.flags(), Vec::<String>::new());
    team.take(Way::Merge);
    assert_eq!(
        team.owner_text(path),
        with_line(&owned, there, &line),
        "the edit and nothing else"
    );
    team.comes_back(&pushed, Way::Merge);
    let owned = team.owner_text(path);
    let (_, there) = places[places.len() * 2 / 3];
    let mark = format!(
        "{}{}",
        indent(owned.lines().nth(there + 2).unwrap()),
        comment(path, "the owner's own")
    );
    team.stage
        .owner_commits(&[(path, with_line(&owned, there + 1, &mark).as_bytes())]);
    let pulled = team.pulled();
    let shown = team.clone.git(&["diff", "-U0", &pushed, &pulled]);
    let changed: Vec<&str> = shown
        .lines()
        .filter(|line| {
            (line.starts_with('+') || line.starts_with('-'))
                && !line.starts_with("+++")
                && !line.starts_with("---")
        })
        .collect();
    assert_eq!(changed, [format!("+{mark}")], "{shown}");
}

#[test]
fn the_laws_hold_in_typescript() {
    language("web/reckoning.ts", include_str!("sources/reckoning.ts"));
}

#[test]
fn the_laws_hold_in_javascript() {
    language("web/reckoning.js", include_str!("sources/reckoning.js"));
}

#[test]
fn the_laws_hold_in_java() {
    language("web/Reckoning.java", include_str!("sources/Reckoning.java"));
}

#[test]
fn the_laws_hold_in_go() {
    language("web/reckoning.go", include_str!("sources/reckoning.go"));
}

#[test]
fn the_laws_hold_in_c() {
    language("web/reckoning.c", include_str!("sources/reckoning.c"));
}
