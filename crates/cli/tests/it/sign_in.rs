//! Tokens: printed once, for one view, expiring, revocable, ended with the party; all that git sees is "denied".

use crate::support::{ADA, BO, Done, Owner, VIEW, files_of, shown};
use std::time::Duration;

/// No way in: git fails, nothing is left behind, and the answer does not say which of the reasons it is.
#[track_caller]
fn shut(done: &Done, into: &std::path::Path) {
    assert_ne!(done.code, 0, "{done:?}");
    assert!(!into.exists());
    for word in ["expired", "revoked", "another view", "NDA", "nordwind"] {
        assert!(!done.err.contains(word), "{}", done.err);
    }
}

#[test]
fn a_token_is_printed_once_and_only_its_hash_is_kept() {
    let owner = Owner::signed();
    let done = owner
        .run(&["token", "issue", "--person", ADA, "--view", VIEW, "--ttl", "1h"])
        .expect_code(0);
    let secret = done.out.lines().next_back().unwrap();
    assert!(secret.starts_with("rft_") && secret.len() == 68, "{secret}");
    let list = owner.json(&["token", "list"], 0);
    assert_eq!(list[0]["state"], "valid");
    assert_eq!(list[0]["vouched"], true);
    assert!(!list.to_string().contains(secret));
    let held = files_of(&owner.home());
    for (name, bytes) in held {
        for needle in [secret, &secret[4..]] {
            assert!(
                !bytes
                    .windows(needle.len())
                    .any(|window| window == needle.as_bytes()),
                "{name} holds the secret"
            );
        }
    }
}

#[test]
fn expired_revoked_foreign_and_invented_tokens_open_nothing() {
    let owner = Owner::signed();
    // A second view that the same recipient may use.
    let text = owner.estate();
    let second = text
        .split("\n[[")
        .filter(|table| table.starts_with("view]]") || table.starts_with("grant]]\nrecipient = \"nordwind\""))
        .map(|table| format!("\n[[{}\n", table.replace(VIEW, "warehouse")))
        .collect::<String>();
    owner.apply(&format!("{text}{second}")).expect_code(0);
    let server = owner.serve();
    let into = owner.path("clone");

    let (id, short) = owner.token(ADA, "1s");
    std::thread::sleep(Duration::from_millis(1_200));
    shut(&server.clone_view(&short, &into), &into);
    let state = owner.json(&["token", "list"], 0);
    assert!(
        state
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["id"] == id.as_str() && row["state"] == "expired"),
        "{state}"
    );

    let other = owner.json(
        &[
            "token",
            "issue",
            "--person",
            ADA,
            "--view",
            "warehouse",
            "--ttl",
            "1h",
        ],
        0,
    );
    shut(&server.clone_view(other["token"].as_str().unwrap(), &into), &into);

    let (id, secret) = owner.token(ADA, "1h");
    server.clone_view(&secret, &owner.path("good")).expect_code(0);
    owner.run(&["token", "revoke", &id]).expect_code(0);
    shut(&server.clone_view(&secret, &into), &into);
    owner
        .run(&["token", "revoke", &id])
        .expect_code(1)
        .says(&["revoked before"]);

    shut(&server.clone_view("rft_invented", &into), &into);
    let unknown = server.git(
        owner.home().parent().unwrap(),
        &secret,
        &[
            "clone",
            "--quiet",
            &format!("{}/git/nothing.git", server.address),
            &shown(&into),
        ],
    );
    shut(&unknown, &into);
    // Each refusal is an entry.
    let refused = |log: &str| {
        owner
            .json(&["ledger", "tail", "--log", log, "-n", "200"], 0)
            .to_string()
            .matches("access-refused")
            .count()
    };
    assert!(refused("owner") + refused("nordwind") >= 4);
}

#[test]
fn offboarding_a_party_refuses_its_very_next_fetch_and_nobody_elses() {
    let owner = Owner::signed();
    let server = owner.serve();
    let (_, ada) = owner.token(ADA, "1h");
    let (_, bo) = owner.token(BO, "1h");
    server.clone_view(&ada, &owner.path("ada")).expect_code(0);
    server.clone_view(&bo, &owner.path("bo")).expect_code(0);
    let fetch = |who: &str, token: &str| server.git(&owner.path(who), token, &["fetch", "--quiet", "origin"]);
    fetch("ada", &ada).expect_code(0);
    owner
        .run(&["offboard", "nordwind", "--reason", "the work is over"])
        .expect_code(0)
        .says(&["1 grants", "1 tokens", "still out there"]);
    // Not a second later but at once: the very next fetch. What a clock would measure here is how long git takes to start.
    assert_ne!(fetch("ada", &ada).code, 0);
    fetch("bo", &bo).expect_code(0);
    owner
        .run(&["why", ADA, VIEW])
        .expect_code(1)
        .says(&["offboarded"]);
    owner
        .run(&["token", "issue", "--person", ADA, "--view", VIEW])
        .expect_code(1);
    owner
        .run(&["offboard", "nordwind"])
        .expect_code(1)
        .says(&["before"]);
    let log = owner
        .json(&["ledger", "tail", "--log", "nordwind", "-n", "200"], 0)
        .to_string();
    assert!(
        log.contains("\"offboarded\"") && log.contains("grant-revoked"),
        "{log}"
    );
    // The reason is committed to, not told.
    assert!(!log.contains("the work is over"));
    owner.run(&["ledger", "audit"]).expect_code(0);
}
