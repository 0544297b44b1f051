//! A view that was made anew: what a person with an old clone reads, and the commands around signatures.

use crate::support::{ADA, Done, Owner, VIEW, program, shown};
use ringfence_testkit::GitRepository;

#[test]
fn git_pull_of_an_old_clone_says_what_to_do() {
    let owner = Owner::signed();
    let server = owner.serve();
    let (_, token) = owner.token(ADA, "1h");
    let clone = owner.path("ada");
    let first = server.clone_view(&token, &clone).expect_code(0);
    assert!(!first.err.contains("made this view anew"), "{first:?}");
    // A branch of the vendor, of which one change stays visible.
    let git = GitRepository::at(&clone);
    git.git(&["checkout", "-q", "-b", "mine"]);
    git.commit(&[("crates/web/mine.rs", "pub fn mine() {}\n")], "Mine");
    server
        .git(&clone, &token, &["push", "-q", "origin", "mine"])
        .expect_code(0);
    git.git(&["checkout", "-q", "main"]);
    let narrower = owner.edited(&[("\"README.md\", \"crates/api/**\"", "\"README.md\"")]);
    owner.apply(&narrower).expect_code(0);
    let pulled = server.git(&clone, &token, &["pull"]);
    assert_ne!(pulled.code, 0);
    pulled.says(&[
        "remote: ringfence: the owner made this view anew (generation 2)",
        "remote: ringfence: what to do: git fetch origin, then git switch -C main origin/main",
        "forced update",
    ]);
    // It is said once; what it says works; the branch is there on the new base.
    let again = server.git(&clone, &token, &["fetch"]).expect_code(0);
    assert!(!again.err.contains("made this view anew"), "{again:?}");
    git.git(&["switch", "-q", "-C", "main", "origin/main"]);
    assert!(!clone.join("crates/api").exists());
    assert_eq!(
        git.git(&["diff", "--name-only", "origin/main", "origin/mine"])
            .trim(),
        "crates/web/mine.rs"
    );
    server.git(&clone, &token, &["pull"]).expect_code(0);
}

#[test]
fn the_published_line_verifies_and_keys_are_registered_by_command() {
    let owner = Owner::signed();
    let line = owner.run(&["gateway", "key"]).expect_code(0).out;
    let signers = owner.write("signers", &line);
    let server = owner.serve();
    let (_, token) = owner.token(ADA, "1h");
    let clone = owner.path("ada");
    server.clone_view(&token, &clone).expect_code(0);
    let git = GitRepository::at(&clone);
    git.git(&["config", "gpg.ssh.allowedSignersFile", &shown(&signers)]);
    git.git(&["verify-commit", "HEAD"]);
    let key = owner.path("id");
    Done::of(
        program("ssh-keygen")
            .args(["-q", "-N", "", "-t", "ed25519", "-f"])
            .arg(&key),
    )
    .expect_code(0);
    owner
        .run(&["person", "key", "add", ADA, &shown(&key)])
        .expect_code(2)
        .says(&["private half"]);
    owner
        .run(&["person", "key", "add", ADA, &shown(&key.with_extension("pub"))])
        .expect_code(0)
        .says(&["SHA256:"]);
    let keys = owner.json(&["person", "key", "list"], 0);
    let fingerprint = keys[0]["fingerprint"].as_str().unwrap();
    owner
        .run(&["person", "key", "remove", ADA, fingerprint])
        .expect_code(0);
    owner
        .run(&["view", "restart", VIEW])
        .expect_code(0)
        .says(&["1 recipients"]);
    owner.run(&["ledger", "audit"]).expect_code(0);
}
