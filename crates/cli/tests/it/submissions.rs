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
