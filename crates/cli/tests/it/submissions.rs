//! A push by the real git and what the owner does with it: list, show, refuse, accept.

use crate::support::{ADA, BO, Owner, Server, shown};
use ringfence_testkit::GitRepository;

/// A signed owner, a server, nordwind's clone and its token.
fn cloned() -> (Owner, Server, GitRepository, String) {
    let owner = Owner::signed();
    let server = owner.serve();
    let (_, token) = owner.token(ADA, "1h");
    let clone = owner.path("clone");
    server.clone_view(&token, &clone).expect_code(0);
    (owner, server, GitRepository::at(&clone), token)
}

/// Appends a comment to a file of the clone on a new branch and commits it.
fn change(clone: &GitRepository, branch: &str, path: &str) {
    clone.git(&["checkout", "--quiet", "-b", branch, "origin/main"]);
    let mut text = std::fs::read_to_string(clone.path().join(path)).unwrap();
    text.push_str("\n// Reworked by the vendor.\n");
    clone.commit(&[(path, text)], "Rework");
}

#[test]
fn a_push_outside_write_is_refused_with_path_rule_and_agreement() {
    let (owner, server, clone, token) = cloned();
    change(&clone, "too-far", "crates/api/src/view.rs");
    let pushed = server.git(clone.path(), &token, &["push", "origin", "too-far"]);
    assert_ne!(pushed.code, 0);
    pushed.says(&["crates/api/src/view.rs", "rule", "NDA-7", "what to do"]);
    assert_eq!(
        owner
            .json(&["submission", "list"], 0)
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["state"] == "translated")
            .count(),
        0
    );
}

#[test]
fn a_submission_is_shown_on_the_owners_text_and_only_accepting_writes_it() {
    let (owner, server, clone, token) = cloned();
    let before = std::fs::read_to_string(owner.source.path().join("crates/web/src/note.rs")).unwrap();
    change(&clone, "rework", "crates/web/src/note.rs");
    server
        .git(clone.path(), &token, &["push", "origin", "rework"])
        .expect_code(0)
        .says(&["waiting for the owner's review"]);
    let list = owner.json(&["submission", "list"], 0);
    let id = list[0]["id"].as_str().unwrap();
    assert_eq!(list[0]["state"], "translated", "{list}");
    assert_eq!(list[0]["recipient"], "nordwind");
    let shown_text = owner.run(&["submission", "show", id]).expect_code(0).out;
    // The diff is one on the owner's own text: the marks of the copy are not in it.
    let added: Vec<&str> = shown_text
        .lines()
        .filter(|line| line.starts_with('+') && !line.starts_with("+++"))
        .collect();
    let removed = shown_text
        .lines()
        .filter(|line| line.starts_with('-') && !line.starts_with("---"))
        .count();
    assert_eq!(
        (added, removed),
        (vec!["+", "+// Reworked by the vendor."], 0),
        "{shown_text}"
    );
    assert!(
        !owner
            .source
            .git(&["branch", "--list", "--all"])
            .contains("ringfence")
    );
    owner
        .run(&["submission", "accept", id])
        .expect_code(0)
        .says(&["ringfence/nordwind/rework"]);
    let after = owner
        .source
        .git(&["show", "ringfence/nordwind/rework:crates/web/src/note.rs"]);
    assert_eq!(
        format!("{after}\n"),
        format!("{before}\n// Reworked by the vendor.\n")
    );
    // Neither twice nor otherwise.
    owner
        .run(&["submission", "accept", id])
        .expect_code(1)
        .says(&["it is accepted"]);
    owner
        .run(&["submission", "refuse", id, "--reason", "late"])
        .expect_code(1)
        .says(&["it is accepted"]);
    // The other vendor has a copy of its own and sees none of it until it is merged.
    let (_, bo) = owner.token(BO, "1h");
    let other = owner.path("other");
    server.clone_view(&bo, &other).expect_code(0);
    let branches = GitRepository::at(&other).git(&["branch", "--list", "--all"]);
    assert!(!branches.contains("rework"), "{branches}");
}

#[test]
fn a_refused_submission_writes_nothing_into_the_owners_repository() {
    let (owner, server, clone, token) = cloned();
    change(&clone, "rework", "crates/web/src/note.rs");
    server
        .git(clone.path(), &token, &["push", "origin", "rework"])
        .expect_code(0);
    let list = owner.json(&["submission", "list"], 0);
    let id = list[0]["id"].as_str().unwrap();
    owner
        .run(&["submission", "refuse", id, "--reason", "not wanted"])
        .expect_code(0)
        .says(&["is refused"]);
    assert_eq!(owner.json(&["submission", "show", id], 0)["state"], "refused");
    owner
        .run(&["submission", "accept", id])
        .expect_code(1)
        .says(&["it is refused"]);
    assert!(
        !owner
            .source
            .git(&["branch", "--list", "--all"])
            .contains("ringfence")
    );
    // The reason is committed to in the ledger, not told in it.
    let log = owner
        .json(&["ledger", "tail", "--log", "nordwind", "-n", "200"], 0)
        .to_string();
    assert!(
        log.contains("submission-refused") && !log.contains("not wanted"),
        "{log}"
    );
}

#[test]
fn an_accepted_branch_that_the_owners_repository_does_not_take_stays_waiting() {
    let (owner, server, clone, token) = cloned();
    change(&clone, "rework", "crates/web/src/note.rs");
    server
        .git(clone.path(), &token, &["push", "origin", "rework"])
        .expect_code(0);
    let list = owner.json(&["submission", "list"], 0);
    let id = list[0]["id"].as_str().unwrap();
    // The owner's repository refuses every update.
    let hook = owner.write(
        "shop/.git/hooks/update",
        "#!/bin/sh\necho locked for the release >&2\nexit 1\n",
    );
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&hook, mode).unwrap();
    owner
        .run(&["submission", "accept", id])
        .expect_code(1)
        .says(&["Mend the owner's repository"]);
    assert_eq!(owner.json(&["submission", "show", id], 0)["state"], "translated");
    std::fs::remove_file(&hook).unwrap();
    owner.run(&["submission", "accept", id]).expect_code(0);
    assert!(shown(&hook).ends_with("update"));
}

#[test]
fn two_branches_of_one_push_stand_on_two_delivered_bases() {
    let (owner, server, clone, token) = cloned();
    let (first, second) = ("crates/web/src/note.rs", "crates/web/src/tree.rs");
    let source = |revision: &str, path: &str| {
        format!("{}\n", owner.source.git(&["show", &format!("{revision}:{path}")]))
    };
    let old_base = owner.source.git(&["rev-parse", "main"]);
    change(&clone, "on-the-old", first);
    // The owner moves on, in the very files that are edited, and the vendor fetches it.
    for path in [first, second] {
        let text = source("main", path);
        owner.source.commit(
            &[(path, format!("// The owner was here first.\n{text}"))],
            "Go on",
        );
    }
    let new_base = owner.source.git(&["rev-parse", "main"]);
    server
        .git(clone.path(), &token, &["fetch", "--quiet", "origin"])
        .expect_code(0);
    change(&clone, "on-the-new", second);
    let text = std::fs::read_to_string(clone.path().join(first)).unwrap();
    clone.commit(&[(first, format!("{text}\n// Reworked again.\n"))], "Rework more");
    server
        .git(
            clone.path(),
            &token,
            &["push", "origin", "on-the-new", "on-the-old"],
        )
        .expect_code(0)
        .says(&[
            "branch on-the-new is submission",
            "branch on-the-old is submission",
        ]);
    let list = owner.json(&["submission", "list"], 0);
    for (branch, base, edits, commits) in [
        (
            "on-the-old",
            &old_base,
            vec![(first, "\n// Reworked by the vendor.\n")],
            "1",
        ),
        (
            "on-the-new",
            &new_base,
            vec![
                (first, "\n// Reworked again.\n"),
                (second, "\n// Reworked by the vendor.\n"),
            ],
            "2",
        ),
    ] {
        let row = list
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["branch"] == branch)
            .unwrap();
        assert_eq!(
            (row["state"].as_str(), row["flags"].to_string().as_str()),
            (Some("translated"), "[]"),
            "{row}"
        );
        let paths: Vec<&String> = row["paths"].as_object().unwrap().keys().collect();
        let edited: Vec<&str> = edits.iter().map(|(path, _)| *path).collect();
        assert_eq!(paths, edited, "{row}");
        owner
            .run(&["submission", "accept", row["id"].as_str().unwrap()])
            .expect_code(0);
        let name = format!("ringfence/nordwind/{branch}");
        // Each on the owner's commit that it was made on: its own edits, byte for byte, and nothing of the other branch.
        assert_eq!(owner.source.git(&["merge-base", &name, "main"]), *base);
        assert_eq!(
            owner
                .source
                .git(&["rev-list", "--count", &format!("{base}..{name}")]),
            commits
        );
        assert_eq!(
            owner.source.git(&["diff", "--name-only", base, &name]),
            edited.join("\n")
        );
        for (path, more) in edits {
            assert_eq!(
                source(&name, path),
                format!("{}{more}", source(base, path)),
                "{branch}"
            );
        }
    }
}
