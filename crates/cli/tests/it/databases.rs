//! The whole story on PostgreSQL, as `init --database` chooses it; other tests run on SQLite.

use crate::support::{ADA, Done, Owner, VIEW, files_of, ringfence, shown};
use ringfence_testkit::TestDatabase;

#[test]
fn the_whole_story_runs_on_postgresql() {
    let database = TestDatabase::postgres();
    let owner = Owner::with_database(Some(&database.config.url)).declare();
    assert!(!owner.home().join("ringfence.db").exists());
    owner.run(&["why", ADA, VIEW]).expect_code(1).says(&["NDA-7"]);
    let owner = owner.sign_all();
    let (id, token) = owner.token(ADA, "1h");
    let server = owner.serve();
    let clone = owner.path("clone");
    server.clone_view(&token, &clone).expect_code(0);
    let leak = owner.export("nordwind", "leak");
    owner.export("suedwerk", "other");
    assert_eq!(files_of(&clone), files_of(&leak));
    let (verdict, recipient, report) = owner.trace(&leak);
    assert_eq!(
        (verdict.as_str(), recipient.as_deref()),
        ("exact", Some("nordwind")),
        "{report}"
    );
    let pack = shown(&owner.path("pack.zip"));
    owner
        .run(&["pack", report["case"].as_str().unwrap(), "--out", &pack])
        .expect_code(0);
    let key = owner.run(&["ledger", "key"]).expect_code(0).out;
    Done::of(ringfence().args(["verify", &pack, "--trust", key.trim()])).expect_code(0);
    owner.run(&["token", "revoke", &id]).expect_code(0);
    assert_ne!(
        server.git(&clone, &token, &["fetch", "--quiet", "origin"]).code,
        0
    );
    owner.run(&["offboard", "nordwind"]).expect_code(0);
    owner
        .run(&["why", ADA, VIEW])
        .expect_code(1)
        .says(&["offboarded"]);
    owner
        .run(&["ledger", "audit"])
        .expect_code(0)
        .says(&["every hash recomputed"]);
    let second = owner.run(&["serve", "--listen", "127.0.0.1:0"]);
    second.expect_code(1).says(&["serving this home"]);
}

#[test]
fn an_address_that_is_no_database_is_refused_and_leaves_no_home() {
    let folder = ringfence_testkit::TestHome::new();
    let home = folder.path().join("home");
    for (url, code) in [
        ("mysql://localhost/x", 2),
        ("not an address", 2),
        ("postgres://nobody@127.0.0.1:1/nothing", 70),
    ] {
        let done = Done::of(ringfence().args(["init", "--database", url, "--home"]).arg(&home));
        done.expect_code(code);
        assert!(!home.join("ringfence.toml").exists(), "{url}");
    }
    // A database that another home lives in is not taken over by new keys.
    let database = TestDatabase::postgres();
    let _other = Owner::with_database(Some(&database.config.url)).declare();
    Done::of(
        ringfence()
            .args(["init", "--database", &database.config.url, "--home"])
            .arg(&home),
    )
    .expect_code(1)
    .says(&["another home"]);
    assert!(!home.join("ringfence.toml").exists() && !home.join("keys").exists());
    // What was left does not stand in the way of the next attempt.
    Done::of(ringfence().args(["init", "--home"]).arg(&home)).expect_code(0);
}
