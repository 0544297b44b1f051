//! The ledger as its reader uses it: tail, audit, checkpoint, proof, key; a changed byte and an older database are found.

use crate::support::{ADA, Done, Owner, VIEW, shown};
use ringfence_ledger::canonical;
use ringfence_ledger::{Checkpoint, SignedNote, TlogProof, VerifierKey};
use serde_json::Value;

/// Verifies a proof as any third party would: with the entry, the key and nothing else.
#[track_caller]
pub fn proves(proof: &str, statement: &Value, key: &Value) -> Checkpoint {
    let key: VerifierKey = key["key"].as_str().unwrap().parse().expect("a verifier key");
    let entry = canonical::Value::from_typed(statement).unwrap().encode().unwrap();
    let proof = TlogProof::parse(proof.as_bytes()).expect("a proof");
    let mut other = statement.clone();
    other["actor"] = "somebody-else".into();
    let other = canonical::Value::from_typed(&other).unwrap().encode().unwrap();
    assert!(
        proof
            .verify(other.as_bytes(), std::slice::from_ref(&key))
            .is_err()
    );
    proof
        .verify(entry.as_bytes(), std::slice::from_ref(&key))
        .expect("a proof that holds")
}

#[test]
fn every_entry_is_proved_by_the_key_and_the_entry_alone() {
    let owner = Owner::signed();
    owner.token(ADA, "1h");
    for log in ["owner", "nordwind", "suedwerk"] {
        let key = owner.json(&["ledger", "key", "--log", log], 0);
        let note = owner.json(&["ledger", "checkpoint", "--log", log], 0);
        let note = SignedNote::parse(note["checkpoint"].as_str().unwrap().as_bytes()).unwrap();
        let verifier: VerifierKey = key["key"].as_str().unwrap().parse().unwrap();
        let head = Checkpoint::open(&note, &[verifier]).unwrap();
        assert_eq!(head.origin, format!("acme/{log}"));
        let entries = owner.json(&["ledger", "tail", "--log", log, "-n", "1000"], 0);
        let entries = entries.as_array().unwrap();
        assert_eq!(entries.len() as u64, head.size);
        for entry in [entries.first().unwrap(), entries.last().unwrap()] {
            let index = entry["index"].to_string();
            let proof = owner.json(&["ledger", "prove", &index, "--log", log], 0);
            let proved = proves(proof["proof"].as_str().unwrap(), &entry["statement"], &key);
            assert_eq!(proved, head);
        }
        let last = owner.json(&["ledger", "tail", "--log", log, "-n", "1"], 0);
        assert_eq!(last.as_array().unwrap().len(), 1);
        assert_eq!(&last[0], entries.last().unwrap());
    }
    let audit = owner.json(&["ledger", "audit"], 0);
    assert_eq!(audit.as_array().unwrap().len(), 3);
    // As text the key and the checkpoint are what a witness takes.
    let key = owner.run(&["ledger", "key"]).expect_code(0).out;
    assert!(key.starts_with("acme+") && key.lines().count() == 1, "{key}");
    let note = owner.run(&["ledger", "checkpoint"]).expect_code(0).out;
    assert!(note.starts_with("acme/owner\n"), "{note}");
    assert_eq!(
        owner
            .json(&["ledger", "tail", "-n", "0"], 0)
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

/// Changes every place in the database file where `old` stands (SQLite leaves stale copies in unused space).
fn change(owner: &Owner, old: &str, new: &str) -> bool {
    assert_eq!(old.len(), new.len());
    let path = owner.home().join("ringfence.db");
    assert!(
        !owner.home().join("ringfence.db-wal").exists(),
        "the log of SQLite was not folded in"
    );
    let mut bytes = std::fs::read(&path).unwrap();
    let places: Vec<usize> = (0..=bytes.len() - old.len())
        .filter(|at| bytes[*at..].starts_with(old.as_bytes()))
        .collect();
    for at in &places {
        bytes[*at..*at + old.len()].copy_from_slice(new.as_bytes());
    }
    std::fs::write(&path, bytes).unwrap();
    !places.is_empty()
}

#[test]
fn one_changed_byte_of_a_statement_is_found() {
    let owner = Owner::signed();
    owner
        .run(&["ledger", "audit"])
        .expect_code(0)
        .says(&["every hash recomputed"]);
    assert!(change(
        &owner,
        "\"kind\":\"agreement-signed\"",
        "\"kind\":\"agreement-signee\""
    ));
    let done = owner.run(&["ledger", "audit"]).expect_code(1);
    done.says(&["auditing acme/", "Keep the home as it is"]);
    let value = owner.json(&["ledger", "audit"], 1);
    assert_eq!(value["class"], "no", "{value}");
}

#[test]
fn a_statement_that_is_no_statement_any_more_is_found_too() {
    let owner = Owner::signed();
    assert!(change(
        &owner,
        "{\"actor\":\"operator\"",
        "{\"actor\":\"operator\\"
    ));
    owner
        .run(&["ledger", "audit"])
        .expect_code(1)
        .says(&["auditing acme/"]);
}

#[test]
fn a_second_server_on_one_home_is_refused_with_the_holder_named() {
    let owner = Owner::signed();
    let first = owner.serve();
    let second = owner.run(&["serve", "--listen", "127.0.0.1:0"]).expect_code(1);
    second.says(&["serving this home", "process ", "Stop the other server"]);
    assert_eq!(
        owner.json(&["serve", "--listen", "127.0.0.1:0"], 1)["class"],
        "no"
    );
    // The operator still works beside it.
    owner.token(ADA, "1h");
    drop(first);
    drop(owner.serve());
    // Without a certificate it listens on loopback only; a taken port is said.
    owner
        .run(&["serve", "--listen", "0.0.0.0:0"])
        .expect_code(2)
        .says(&["--behind-proxy", "certificate"]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    owner
        .run(&["serve", "--listen", &address])
        .expect_code(2)
        .says(&[&address]);
}

#[test]
fn an_older_database_put_back_is_refused() {
    let owner = Owner::signed();
    let database = owner.home().join("ringfence.db");
    let kept = owner.path("kept.db");
    std::fs::copy(&database, &kept).unwrap();
    owner.token(ADA, "1h");
    let signed = owner
        .run(&["ledger", "checkpoint", "--log", "nordwind"])
        .expect_code(0);
    std::fs::copy(&kept, &database).unwrap();
    for arguments in [
        &["ledger", "audit"][..],
        &["token", "list"],
        &["serve", "--listen", "127.0.0.1:0"],
        &["agreement", "sign", "NDA-7", "--as", ADA],
    ] {
        let done = owner.run(arguments);
        assert_ne!(done.code, 0, "{arguments:?}: {done:?}");
        done.says(&["acme/nordwind", "signed"]);
    }
    let size = signed.out.lines().nth(1).unwrap();
    assert!(
        owner.run(&["ledger", "audit"]).err.contains(size),
        "size {size} is not named"
    );
}

#[test]
fn a_home_whose_keys_are_gone_does_not_work_with_others() {
    let owner = Owner::signed();
    let keys = owner.home().join("keys");
    let moved = owner.path("keys-moved");
    std::fs::rename(&keys, &moved).unwrap();
    let done = owner.run(&["token", "issue", "--person", ADA, "--view", VIEW]);
    assert!(done.code == 2 || done.code == 70, "{done:?}");
    assert!(done.err.contains("keys"), "{}", done.err);
    assert!(!keys.exists(), "keys were made anew");
    std::fs::rename(&moved, &keys).unwrap();
    Done::of(&mut owner.command(&["ledger", "audit"])).expect_code(0);
    assert!(shown(&keys).ends_with("keys"));
}
