//! What happens over time: merges of main, two vendors, views that change, upstream that is rewritten, refusals.

use super::team::*;
use crate::attack::stage::*;

/// A text with one comment more at the place `share`/8 of the way, where the vendor's and the owner's texts agree.
fn commented(team: &Team, path: &str, share: usize, words: &str) -> String {
    let text = team.text(path);
    let places = common_places(&text, &team.owner_text(path));
    let (at, _) = places[places.len() * share / 8];
    let line = format!(
        "{}{}",
        indent(text.lines().nth(at + 1).unwrap()),
        comment(path, words)
    );
    with_line(&text, at, &line)
}

fn owner_commented(team: &Team, path: &str, share: usize, words: &str) -> String {
    let text = team.owner_text(path);
    let delivered = team.clone.git(&["show", &format!("origin/main:{path}")]);
    let places = common_places(&text, &delivered);
    let (at, _) = places[places.len() * share / 8];
    let line = format!(
        "{}{}",
        indent(text.lines().nth(at + 1).unwrap()),
        comment(path, words)
    );
    with_line(&text, at, &line)
}

#[test]
fn a_merge_of_the_updated_main_reverts_nothing_of_the_owner() {
    let team = Team::new(Stage::usual());
    team.start("work");
    team.clone.commit(
        &[("web/tool.py", commented(&team, "web/tool.py", 1, "first half"))],
        "one",
    );
    team.push();
    // The owner goes on: hidden things, things to read, and the very file.
    let text = owner_commented(&team, "web/tool.py", 5, "the owner's");
    team.stage.owner_commits(&[
        ("web/tool.py", text.as_bytes()),
        ("pricing/formula.rs", b"// hush7319 newer\n"),
        ("web/private/keys.rs", b"// hush7319 newer\n"),
        ("pricing/added.rs", b"// hush7319 added\n"),
        ("api/added.rs", b"pub fn added() {}\n"),
    ]);
    team.clone.git(&["fetch", "-q", "origin"]);
    team.clone.git(&["merge", "-q", "--no-edit", "origin/main"]);
    team.clone
        .commit(&[("web/after.rs", "pub fn after() {}\n")], "after the merge");
    let pushed = team.head();
    team.push();
    let branch = team.stage.accept_newest("nordwind");
    let changed = team.stage.owner.git(&["diff", "--name-status", "main", &branch]);
    assert_eq!(changed, "A\tweb/after.rs\nM\tweb/tool.py");
    let lines = team
        .stage
        .owner
        .git(&["diff", "-U0", "main", &branch, "--", "web/tool.py"]);
    let edits: Vec<&str> = lines
        .lines()
        .filter(|line| line.starts_with(['+', '-']) && !line.starts_with("+++") && !line.starts_with("---"))
        .collect();
    assert_eq!(edits.len(), 1, "{lines}");
    assert!(edits[0].contains("first half"), "{lines}");
    // The owner moves once more, out of sight, and merges.
    team.stage
        .owner_commits(&[("pricing/formula.rs", b"// hush7319 newest\n")]);
    team.merge(&branch, Way::Merge);
    team.comes_back(&pushed, Way::Merge);
    assert_eq!(team.owner_text("pricing/formula.rs"), "// hush7319 newest\n");
}

#[test]
fn two_branches_of_one_vendor_come_together_as_the_vendor_would_merge_them() {
    let team = Team::new(Stage::usual());
    let base = team.head();
    let mut branches = Vec::new();
    for (name, share) in [("left", 1), ("right", 6)] {
        team.clone.git(&["checkout", "-q", "-B", name, &base]);
        team.clone.commit(
            &[
                ("web/tool.py", commented(&team, "web/tool.py", share, name)),
                ("web/router.rs", commented(&team, "web/router.rs", share, name)),
            ],
            name,
        );
        team.push();
        branches.push(team.stage.newest_submission("nordwind"));
    }
    // The later one is taken first.
    for row in branches.iter().rev() {
        team.stage
            .ok(&["submission", "accept", row["id"].as_str().unwrap()]);
        team.merge(row["owner_branch"].as_str().unwrap(), Way::Merge);
    }
    team.clone.git(&["checkout", "-q", "-B", "both", "right"]);
    team.clone.git(&["merge", "-q", "--no-edit", "left"]);
    let pulled = team.pulled();
    assert_eq!(team.tree(&pulled), team.tree("both"));
    for name in ["left", "right"] {
        assert!(team.contains(&pulled, name));
    }
}

#[test]
fn two_vendors_work_on_one_file_each_in_his_own_copy() {
    let team = Team::new(Stage::usual());
    let bo = team.stage.clone_as(BO, "bo");
    let path = "web/tool.py";
    assert_ne!(
        team.text(path),
        std::fs::read_to_string(bo.path().join(path)).unwrap(),
        "the copies differ by their marks"
    );
    team.start("ada-work");
    team.clone
        .commit(&[(path, commented(&team, path, 1, "by the first vendor"))], "ada");
    let adas = team.head();
    team.push();
    let others = Team {
        clone: bo.clone(),
        stage: team.stage,
    };
    bo.git(&["checkout", "-q", "-B", "bo-work"]);
    bo.commit(
        &[(path, commented(&others, path, 6, "by the second vendor"))],
        "bo",
    );
    let bos = bo.git(&["rev-parse", "HEAD"]);
    push(&bo);
    let before = others.owner_text(path);
    for recipient in ["nordwind", "suedwerk"] {
        let branch = others.stage.accept_newest(recipient);
        others.merge(&branch, Way::Merge);
    }
    let after = others.owner_text(path);
    assert_eq!(after.lines().count(), before.lines().count() + 2);
    for (clone, own, other) in [(&team.clone, &adas, "second"), (&bo, &bos, "first")] {
        clone.git(&["fetch", "-q", "origin"]);
        assert!(
            clone
                .try_git(&["merge-base", "--is-ancestor", own, "origin/main"])
                .0
        );
        let shown = clone.git(&["diff", "-U0", own, "origin/main"]);
        let edits: Vec<&str> = shown
            .lines()
            .filter(|line| {
                line.starts_with(['+', '-']) && !line.starts_with("+++") && !line.starts_with("---")
            })
            .collect();
        assert_eq!(edits.len(), 1, "{shown}");
        assert!(edits[0].starts_with('+') && edits[0].contains(other), "{shown}");
        // The other's commits are no part of one's history.
        let log = clone.git(&["log", "--format=%s %an", "origin/main"]);
        assert!(
            !log.contains(if other == "second" { "bo" } else { "ada " }),
            "{log}"
        );
    }
}

#[test]
fn whole_files_turned_over_come_back_or_are_refused_with_the_lines() {
    let team = Team::new(Stage::usual());
    let halved = |text: &str| -> String {
        text.split_inclusive('\n')
            .map(|line| {
                let spaces = line.len() - line.trim_start_matches(' ').len();
                format!("{}{}", " ".repeat(spaces / 2), line.trim_start_matches(' '))
            })
            .collect()
    };
    let reversed = |text: &str| -> String { text.split_inclusive('\n').rev().collect() };
    let spaced = |text: &str| -> String { text.replace("\n", "\n\n") };
    let (mut taken, mut conflicts) = (0, 0);
    for (name, path, turned) in [
        ("formatted", "web/router.rs", halved(&team.text("web/router.rs"))),
        ("spaced", "web/tool.py", spaced(&team.text("web/tool.py"))),
        (
            "windows",
            "web/router.rs",
            team.text("web/router.rs").replace('\n', "\r\n"),
        ),
        ("reversed", "web/tool.py", reversed(&team.text("web/tool.py"))),
        ("other", "web/router.rs", RUST_TWO.to_owned()),
        ("canonical", "web/tool.py", PYTHON.to_owned()),
        ("empty", "web/router.rs", String::new()),
        ("binary", "web/tool.py", "\0\u{1}\0".repeat(1_000)),
    ] {
        team.start(name);
        team.clone.commit(&[(path, turned)], name);
        let pushed = team.head();
        let owner = team.stage.owner.git(&["for-each-ref"]);
        let (worked, _, err) = team.clone.try_git(&["push", "origin", "HEAD"]);
        if worked {
            taken += 1;
            team.take(Way::Merge);
            team.comes_back(&pushed, Way::Merge);
        } else {
            conflicts += 1;
            assert!(
                err.contains(&format!("conflict: {path}")) && err.contains("what to do"),
                "{name}: {err}"
            );
            assert_eq!(team.stage.newest_submission("nordwind")["state"], "conflict");
            assert_eq!(team.stage.owner.git(&["for-each-ref"]), owner);
        }
    }
    assert!(taken >= 5, "{taken} taken, {conflicts} refused");
}

#[test]
fn a_spelling_turned_by_the_vendor_comes_back_as_he_pushed_it() {
    let team = Team::new(Stage::usual());
    team.start("tidy");
    let path = "web/tool.py";
    let (theirs, owners) = (team.text(path), team.owner_text(path));
    let (left, right): (Vec<&str>, Vec<&str>) = (theirs.lines().collect(), owners.lines().collect());
    // A line that differs between two that are the same.
    let at = (1..left.len() - 1)
        .find(|at| left[*at] != right[*at] && left[at - 1] == right[at - 1] && left[at + 1] == right[at + 1])
        .unwrap();
    let mut lines: Vec<&str> = theirs.split('\n').collect();
    lines[at] = right[at];
    team.clone.commit(&[(path, lines.join("\n"))], "tidy");
    let pushed = team.head();
    team.push();
    team.take(Way::Merge);
    assert_eq!(
        team.owner_text(path),
        owners,
        "the owner's spelling was never turned"
    );
    team.comes_back(&pushed, Way::Merge);
    // And back again.
    team.start("turned-back");
    team.clone.commit(&[(path, &theirs)], "turned back");
    let pushed = team.head();
    team.push();
    team.take(Way::Merge);
    team.comes_back(&pushed, Way::Merge);
}

#[test]
fn copies_reverts_and_old_spellings_come_back_too() {
    let team = Team::new(Stage::usual());
    team.start("work");
    let text = team.text("web/router.rs");
    team.clone.commit(
        &[
            ("web/copy.rs", &text),
            ("web/tool.py", &commented(&team, "web/tool.py", 2, "to be undone")),
        ],
        "copy",
    );
    let first = team.head();
    team.push();
    team.take(Way::Merge);
    team.comes_back(&first, Way::Merge);
    team.start("undo");
    team.clone.git(&["revert", "--no-edit", &first]);
    let undone = team.head();
    team.push();
    team.take(Way::Merge);
    team.comes_back(&undone, Way::Merge);
    assert_eq!(team.owner_text("web/tool.py"), PYTHON);
    assert!(!team.stage.owner.path().join("web/copy.rs").exists());
    team.start("redo");
    team.clone.git(&["revert", "--no-edit", &undone]);
    let redone = team.head();
    assert_eq!(team.tree(&redone), team.tree(&first));
    team.push();
    team.take(Way::Squash);
    team.comes_back(&redone, Way::Squash);
}

#[test]
fn a_wider_view_shows_more_on_top_of_the_same_commits() {
    let team = Team::new(Stage::usual());
    let before = team.head();
    team.start("open");
    team.clone
        .commit(&[("web/open.rs", "pub fn open() {}\n")], "open");
    let open = team.head();
    team.push();
    team.stage
        .apply(&RULES.replace("\"/api/**\"", "\"/api/**\", \"/docs/**\""));
    let pulled = team.pulled();
    assert!(team.contains(&pulled, &before));
    assert_eq!(
        team.clone.git(&["diff", "--name-status", &before, &pulled]),
        "A\tdocs/guide.md"
    );
    // Work that was open goes on.
    team.take(Way::Merge);
    let pulled = team.pulled();
    assert!(team.contains(&pulled, &open));
    assert_eq!(
        team.clone.git(&["diff", "--name-only", &open, &pulled]),
        "docs/guide.md"
    );
}

#[test]
fn a_narrower_view_begins_anew_without_what_is_hidden_now() {
    let team = Team::new(Stage::usual());
    let before = team.head();
    let hidden = team.clone.git(&["rev-parse", "HEAD:api/rules.rs"]);
    let old_store = team.stage.store("nordwind").path().canonicalize().unwrap();
    team.stage.apply(&RULES.replace(", \"/api/**\"", ""));
    let token = team.stage.token(ADA);
    let (worked, _, err) = team.clone.try_git(&["fetch", "origin"]);
    assert!(worked, "{err}");
    let pulled = team.clone.git(&["rev-parse", "origin/main"]);
    assert!(!team.contains(&pulled, &before));
    assert_eq!(team.clone.git(&["rev-list", "--count", &pulled]), "1");
    assert!(!team.tree(&pulled).contains("api/"));
    // A new clone has nothing of it, and the old ids are gone.
    let again = team.stage.clone_with(&token, "again");
    assert!(!again.path().join("api").exists());
    for id in [&hidden, &before] {
        assert!(!again.try_git(&["fetch", "origin", id]).0, "{id} is still served");
        assert!(!again.try_git(&["cat-file", "-e", id]).0);
    }
    let packs = |folder: &std::path::Path| {
        std::fs::read_dir(folder.join("objects/pack"))
            .map(|entries| entries.count())
            .unwrap_or(0)
    };
    assert!(
        packs(&old_store) == 0 || old_store == team.stage.store("nordwind").path().canonicalize().unwrap()
    );
    // What still is visible is spelled as it was.
    for path in ["web/router.rs", "web/tool.py"] {
        assert_eq!(
            again.git(&["rev-parse", &format!("HEAD:{path}")]),
            team.clone.git(&["rev-parse", &format!("{before}:{path}")])
        );
    }
    // Work that stands on the old generation is refused in plain words, work on the new one is taken.
    team.clone.git(&["checkout", "-q", "-B", "old-work", &before]);
    team.clone.commit(&[("web/old.rs", "pub fn old() {}\n")], "old");
    let (worked, _, err) = team.clone.try_git(&["push", "origin", "HEAD"]);
    assert!(!worked && err.contains("ringfence: "), "{err}");
    again.git(&["checkout", "-q", "-b", "new-work"]);
    again.commit(&[("web/new.rs", "pub fn new() {}\n")], "new");
    let pushed = again.git(&["rev-parse", "HEAD"]);
    push(&again);
    team.take(Way::Merge);
    again.git(&["fetch", "-q", "origin"]);
    assert!(
        again
            .try_git(&["merge-base", "--is-ancestor", &pushed, "origin/main"])
            .0
    );
    assert!(
        !again.path().join("api").exists()
            && again.git(&["rev-parse", "origin/main^{tree}"]) == again.git(&["rev-parse", "HEAD^{tree}"])
    );
}

#[test]
fn an_upstream_that_was_rewritten_stops_and_tells_nothing() {
    let team = Team::new(Stage::usual());
    let before = team.stage.owner.git(&["rev-parse", "main"]);
    let seen = team.pulled();
    team.stage.owner.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let rewritten = team.stage.owner.commit(
        &[
            ("web/router.rs", "pub fn rewritten() {}\n"),
            ("pricing/x.rs", "// hush7319\n"),
        ],
        "hush7319 rewritten",
    );
    for arguments in [
        &["fetch", "origin"][..],
        &["ls-remote", "origin"],
        &["push", "origin", "HEAD:refs/heads/x"],
    ] {
        let (worked, out, err) = team.clone.try_git(arguments);
        assert!(!worked, "{arguments:?}: {out}{err}");
        assert!(err.contains("ask the owner"), "{err}");
        for word in [HIDDEN_WORD, &rewritten, &before, "pricing", "owner/"] {
            assert!(!err.contains(word) && !out.contains(word), "{word}: {err}");
        }
    }
    let files = team
        .stage
        .run(&["view", "files", VIEW, "--recipient", "nordwind"]);
    assert_eq!(files.code, 1, "{files:?}");
    assert!(
        files.err.contains("rewritten") || files.err.contains("no descendant") || files.err.contains(&before),
        "{files:?}"
    );
    // Restored, it goes on as before.
    team.stage.owner.git(&["reset", "-q", "--hard", &before]);
    assert_eq!(team.pulled(), seen);
}

#[test]
fn a_view_that_asks_for_a_deliverable_takes_no_commit_without_one() {
    let team = Team::new(Stage::new(&shop(), RULES, "require_work_item = true"));
    team.start("work");
    team.clone.commit(&[("web/one.rs", "pub fn one() {}\n")], "one");
    let (worked, _, err) = team.clone.try_git(&["push", "origin", "HEAD"]);
    assert!(!worked && err.contains("Work-Item"), "{err}");
    team.clone
        .git(&["commit", "-q", "--amend", "-m", "one\n\nWork-Item: SOW-2/4"]);
    team.clone.commit(&[("web/two.rs", "pub fn two() {}\n")], "two");
    let (worked, _, err) = team.clone.try_git(&["push", "origin", "HEAD"]);
    assert!(
        !worked && err.contains("Work-Item"),
        "every commit names one: {err}"
    );
    team.clone
        .git(&["commit", "-q", "--amend", "-m", "two\n\nWork-Item: SOW-2/5"]);
    team.push();
    assert_eq!(team.stage.newest_submission("nordwind")["work_item"], "SOW-2/5");
}

#[test]
fn a_refused_submission_stays_refused_and_the_next_is_taken() {
    let team = Team::new(Stage::usual());
    team.start("work");
    team.clone.commit(&[("web/one.rs", "pub fn one() {}\n")], "one");
    team.push();
    let row = team.stage.newest_submission("nordwind");
    let id = row["id"].as_str().unwrap();
    let owner = team.stage.owner.git(&["for-each-ref"]);
    team.stage.ok(&[
        "submission",
        "refuse",
        id,
        "--reason",
        "not what was asked for, hush7319",
    ]);
    assert_eq!(team.stage.run(&["submission", "accept", id]).code, 1);
    assert_eq!(
        team.stage
            .run(&["submission", "refuse", id, "--reason", "again"])
            .code,
        1
    );
    assert_eq!(team.stage.owner.git(&["for-each-ref"]), owner);
    let log = team
        .stage
        .json(&["ledger", "tail", "--log", "nordwind", "-n", "100"])
        .to_string();
    assert!(
        log.contains("submission-refused") && !log.contains(HIDDEN_WORD),
        "the reason is a commitment: {log}"
    );
    team.clone
        .commit(&[("web/one.rs", "pub fn one() -> u8 {\n    1\n}\n")], "better");
    let better = team.head();
    team.push();
    team.take(Way::Merge);
    team.comes_back(&better, Way::Merge);
    // A branch set on what the owner has, deleted and pushed again, is no trouble.
    team.clone.git(&["push", "-q", "origin", ":refs/heads/work"]);
    team.clone.git(&["push", "-q", "origin", "HEAD:refs/heads/work"]);
}
