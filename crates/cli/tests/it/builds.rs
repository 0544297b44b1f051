//! Artefacts in a view, and builds of submissions in the closed room.

use crate::support::{ADA, Owner, VIEW, files_of};
use ringfence_testkit::GitRepository;

#[test]
fn an_artefact_is_delivered_unmarked_and_recorded_and_never_writable() {
    let owner = Owner::signed();
    let wheel: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let file = owner.write("pricing.whl", &wheel);
    let file = file.to_str().unwrap();
    owner
        .run(&["artefact", "add", VIEW, "dist/pricing.whl", file])
        .expect_code(0)
        .says(&["dist/pricing.whl", "70000 bytes"]);
    for (path, why) in [
        ("crates/web/x.whl", "write"),
        ("../x.whl", "plain path"),
        ("dist/pricing.whl/x", "folder"),
    ] {
        let refused = owner.run(&["artefact", "add", VIEW, path, file]);
        assert_ne!(refused.code, 0, "{path}");
        refused.says(&[why]);
    }
    let server = owner.serve();
    let (_, token) = owner.token(ADA, "1h");
    let clone = owner.path("clone");
    server.clone_view(&token, &clone).expect_code(0);
    assert_eq!(files_of(&clone)["dist/pricing.whl"], wheel);
    let clone = GitRepository::at(&clone);
    clone.git(&["checkout", "--quiet", "-b", "patched"]);
    clone.commit(&[("dist/pricing.whl", "mine")], "Patch");
    let pushed = server.git(clone.path(), &token, &["push", "origin", "patched"]);
    assert_ne!(pushed.code, 0);
    pushed.says(&["dist/pricing.whl"]);
    // A newer build is one more commit; taking it out ends it, and the ledger holds all three acts.
    let newer = owner.write("newer.whl", b"newer");
    owner
        .run(&[
            "artefact",
            "add",
            VIEW,
            "dist/pricing.whl",
            newer.to_str().unwrap(),
        ])
        .expect_code(0);
    assert_eq!(
        owner
            .json(&["artefact", "list", VIEW], 0)
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        files_of(&owner.export("nordwind", "newer"))["dist/pricing.whl"],
        b"newer"
    );
    owner
        .run(&["artefact", "remove", VIEW, "dist/pricing.whl"])
        .expect_code(0);
    owner
        .run(&["artefact", "remove", VIEW, "dist/pricing.whl"])
        .says(&["artefact"]);
    assert!(!files_of(&owner.export("nordwind", "removed")).contains_key("dist/pricing.whl"));
    let ledger = owner.run(&["ledger", "tail", "-n", "50"]).expect_code(0).out;
    assert_eq!(ledger.matches("artefact-added").count(), 2, "{ledger}");
    assert_eq!(ledger.matches("artefact-removed").count(), 1, "{ledger}");
}

/// An owner whose hidden test knows a secret, with a build in the view.
fn with_build(command: &str) -> Owner {
    let owner = Owner::declared();
    owner.source.commit(
        &[
            ("secret/check.sh", "grep -q 'pub fn' crates/web/src/note.rs || { echo \"secret/rules.txt:3: margin 0.137\"; echo 'crates/web/src/note.rs:2:1: no function'; exit 3; }\necho ok\n"),
            ("secret/rules.txt", "margin 0.137\n"),
        ],
        "Checks",
    );
    let edited = owner.edited(&[(
        "authors = \"role\"\n",
        &format!("authors = \"role\"\nbuild = {{ command = {command}, minutes = 1 }}\n"),
    )]);
    owner.apply(&edited).expect_code(0);
    owner.sign_all()
}

#[test]
fn a_submission_is_built_in_full_and_the_vendor_learns_only_its_own_lines() {
    let owner = with_build("[\"sh\", \"secret/check.sh\"]");
    let server = owner.serve();
    let (_, token) = owner.token(ADA, "1h");
    let clone = owner.path("clone");
    server.clone_view(&token, &clone).expect_code(0);
    let clone = GitRepository::at(&clone);
    for (branch, text, passes) in [
        ("good", None, true),
        ("bad", Some("//! Notes.\n// Nothing here.\n"), false),
    ] {
        clone.git(&["checkout", "--quiet", "-b", branch, "origin/main"]);
        let path = "crates/web/src/note.rs";
        let text = text.map_or_else(
            || std::fs::read_to_string(clone.path().join(path)).unwrap() + "\n// Fine.\n",
            str::to_owned,
        );
        clone.commit(&[(path, text)], "Change");
        server
            .git(clone.path(), &token, &["push", "--quiet", "origin", branch])
            .expect_code(0);
        let list = owner.json(&["submission", "list"], 0);
        let row = list
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["branch"] == branch)
            .unwrap();
        let id = row["id"].as_str().unwrap();
        let report = owner.json(&["submission", "build", id], i32::from(!passes));
        assert_eq!(report["passed"], passes, "{report}");
        assert_eq!(
            report["output"].as_str().unwrap().contains("margin 0.137"),
            !passes
        );
    }
    server
        .git(
            clone.path(),
            &token,
            &["fetch", "--quiet", "origin", "refs/ringfence/receipts"],
        )
        .expect_code(0);
    let names = clone.git(&["ls-tree", "-r", "--name-only", "FETCH_HEAD"]);
    let receipts: Vec<String> = names
        .lines()
        .map(|name| clone.git(&["show", &format!("FETCH_HEAD:{name}")]))
        .collect();
    let built: Vec<&String> = receipts
        .iter()
        .filter(|text| text.contains("\"build\""))
        .collect();
    assert_eq!(built.len(), 2, "{receipts:?}");
    assert!(built.iter().any(|text| text.contains("\"passed\": true")));
    let failed = built
        .iter()
        .find(|text| text.contains("\"passed\": false"))
        .unwrap();
    assert!(
        failed.contains("crates/web/src/note.rs") && failed.contains("Nothing here."),
        "{failed}"
    );
    for text in &receipts {
        assert!(
            !text.contains("0.137") && !text.contains("secret/") && !text.contains("no function"),
            "{text}"
        );
    }
}

#[test]
fn a_build_that_is_not_declared_or_cannot_be_made_says_so() {
    let owner = Owner::signed();
    owner
        .run(&["submission", "build", "0198f3a1-7c1e-7b55-9d5e-1f2a3b4c5d6e"])
        .says(&["submission list"]);
    for (build, why) in [
        ("{ command = [] }", "the command is empty"),
        ("{ command = [\"true\"], minutes = 0 }", "between 1 and"),
        (
            "{ command = [\"true\"], readable = [\"home\"] }",
            "no absolute path",
        ),
        ("{ command = [\"true\"], environment = [\"A\"] }", "no NAME=value"),
        ("{ comand = [\"true\"] }", "comand"),
    ] {
        let edited = owner.edited(&[(
            "authors = \"role\"\n",
            &format!("authors = \"role\"\nbuild = {build}\n"),
        )]);
        let refused = owner.apply(&edited);
        assert_ne!(refused.code, 0, "{build}");
        refused.says(&[why]);
    }
}
