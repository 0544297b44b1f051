//! Files that were moved or copied keep the owner's spellings, and what was pushed stays retrievable for the owner.

use super::team::*;
use crate::attack::stage::*;

/// A comment more at a place where the copy and the owner's text agree, in both texts.
fn edited(team: &Team, path: &str, words: &str) -> (String, String) {
    let (theirs, owners) = (team.text(path), team.owner_text(path));
    let (at, there) = common_places(&theirs, &owners)[12];
    let line = format!(
        "{}{}",
        indent(theirs.lines().nth(at + 1).unwrap()),
        comment(path, words)
    );
    (with_line(&theirs, at, &line), with_line(&owners, there, &line))
}

#[test]
fn a_moved_and_edited_file_keeps_the_owners_spellings() {
    let team = Team::new(Stage::usual());
    for (from, to, way) in [
        ("web/tool.py", "web/tools/moved.py", Way::Merge),
        ("web/router.rs", "web/routing.rs", Way::Squash),
    ] {
        team.start("move");
        let (pushed_text, expected) = edited(&team, from, "moved and edited");
        assert_ne!(pushed_text, expected, "the copy has marks");
        std::fs::create_dir_all(team.clone.path().join("web/tools")).unwrap();
        team.clone.git(&["mv", from, to]);
        team.clone.commit(&[(to, &pushed_text)], "move");
        let pushed = team.head();
        team.push();
        assert_eq!(team.flags(), Vec::<String>::new());
        let id = team.stage.newest_submission("nordwind")["id"].clone();
        let shown = team.stage.ok(&["submission", "show", id.as_str().unwrap()]);
        assert!(
            shown.contains(&format!("added: {to} (moved from {from})")),
            "{shown}"
        );
        assert!(shown.contains(&format!("rename from {from}")), "{shown}");
        team.take(way);
        assert_eq!(team.owner_text(to), expected);
        assert!(!team.stage.owner.path().join(from).exists());
        team.comes_back(&pushed, way);
        // An edit of the moved file stands on what was delivered there.
        team.start("again");
        let (again, expected) = edited(&team, to, "and once more");
        team.clone.commit(&[(to, &again)], "again");
        let pushed = team.head();
        team.push();
        team.take(way);
        assert_eq!(team.owner_text(to), expected);
        team.comes_back(&pushed, way);
    }
}

#[test]
fn a_copied_file_is_a_copy_of_the_owners() {
    let team = Team::new(Stage::usual());
    team.start("copy");
    team.clone.commit(
        &[
            ("web/copy.rs", team.text("web/router.rs")),
            // Where nothing is marked the copy is taken as it is, and the owner is told.
            ("web/tests/copy.rs", team.text("web/router.rs")),
        ],
        "copy",
    );
    let pushed = team.head();
    team.push();
    let row = team.stage.newest_submission("nordwind");
    assert_eq!(
        row["origins"]["web/copy.rs"], "copied from web/router.rs",
        "{row}"
    );
    assert!(
        team.flags()
            .iter()
            .all(|flag| flag.starts_with("web/tests/copy.rs"))
            && !team.flags().is_empty(),
        "{row}"
    );
    team.take(Way::Merge);
    assert_eq!(team.owner_text("web/copy.rs"), team.owner_text("web/router.rs"));
    assert_eq!(team.owner_text("web/tests/copy.rs"), team.text("web/router.rs"));
    team.comes_back(&pushed, Way::Merge);
}

#[test]
fn the_files_of_a_push_are_kept_as_they_came_also_those_of_a_conflict() {
    let team = Team::new(Stage::usual());
    team.start("work");
    let (text, _) = edited(&team, "web/tool.py", "kept");
    team.clone.commit(
        &[("web/tool.py", text.as_bytes()), ("web/new.bin", b"\0\x01\x02")],
        "work",
    );
    team.push();
    let out = team.stage.folder().join("pushed");
    let write = |out: &std::path::Path| {
        let id = team.stage.newest_submission("nordwind")["id"].clone();
        team.stage.json(&[
            "submission",
            "pushed",
            id.as_str().unwrap(),
            "--out",
            out.to_str().unwrap(),
        ])
    };
    let report = write(&out);
    assert_eq!(
        report["files"],
        serde_json::json!(["web/new.bin", "web/tool.py"]),
        "{report}"
    );
    assert_eq!(std::fs::read_to_string(out.join("web/tool.py")).unwrap(), text);
    assert_eq!(std::fs::read(out.join("web/new.bin")).unwrap(), b"\0\x01\x02");
    // A folder that is there is not written into.
    assert!(write(&out)["error"].as_str().is_some());
    // Too large to be translated: nobody else keeps what was pushed.
    team.start("large");
    let large = format!("{}\n# {}\n", team.text("web/tool.py"), "x".repeat(5 << 20));
    team.clone.commit(&[("web/tool.py", large.as_bytes())], "large");
    let (worked, _, err) = team.clone.try_git(&["push", "origin", "HEAD"]);
    assert!(!worked && err.contains("conflict: web/tool.py"), "{err}");
    assert_eq!(team.stage.newest_submission("nordwind")["state"], "conflict");
    let again = team.stage.folder().join("conflict");
    write(&again);
    assert_eq!(std::fs::read_to_string(again.join("web/tool.py")).unwrap(), large);
}
