//! Tokens that open nothing, two vendors beside each other, receipts, a transfer that is cut.

use super::stage::*;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

fn advertisement(view: &str) -> String {
    format!("/git/{view}.git/info/refs?service=git-upload-pack")
}

#[test]
fn a_missing_view_another_view_and_a_bad_token_look_the_same() {
    let stage = Stage::usual();
    let (ada, bo) = (stage.token(ADA), stage.token(BO));
    let other = stage.token_for(BO, OTHER_VIEW, "1h");
    let short = stage.token_for(ADA, VIEW, "1s");
    let revoked = stage.token(ADA);
    let rows = stage.json(&["token", "list"]);
    let rows = rows.as_array().unwrap();
    let newest = rows
        .iter()
        .filter(|row| row["person"].as_str().is_some())
        .max_by_key(|row| row["issued_at"].as_str().unwrap().to_owned())
        .unwrap();
    stage.ok(&["token", "revoke", newest["id"].as_str().unwrap()]);
    std::thread::sleep(Duration::from_millis(1_100));
    let ask = |view: &str, token: &str| {
        let reply = stage.get(&advertisement(view), Some(token), 2);
        let push = stage.get(&advertisement(view).replace("upload", "receive"), Some(token), 2);
        assert_eq!(reply, push);
        let posted = stage.send(
            format!("POST /git/{view}.git/git-upload-pack HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/x-git-upload-pack-request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").as_bytes(),
        );
        assert_eq!(reply, posted);
        reply
    };
    let bad = ask(
        VIEW,
        "rft_00000000000000000000000000000000000000000000000000000000000000ff",
    );
    assert_eq!(bad.status(), 401);
    for (what, view, token) in [
        ("a view that does not exist", "nowhere", ada.as_str()),
        ("a view of somebody else", OTHER_VIEW, ada.as_str()),
        ("a token of another view", VIEW, other.as_str()),
        ("an expired token", VIEW, short.as_str()),
        ("a revoked token", VIEW, revoked.as_str()),
        ("no view and no token", "nowhere", "x"),
        ("a token that starts well", VIEW, &ada[..20]),
    ] {
        assert_eq!(ask(view, token), bad, "{what}");
    }
    assert_eq!(stage.get(&advertisement(VIEW), None, 2), bad, "no token at all");
    assert_eq!(stage.get(&advertisement("nowhere"), None, 2), bad);
    // The good ones still work: failures of others at the same address shut nobody out.
    assert_eq!(stage.get(&advertisement(VIEW), Some(&bo), 2).status(), 200);
    assert_eq!(stage.get(&advertisement(VIEW), Some(&ada), 2).status(), 200);
}

#[test]
fn two_vendors_see_nothing_of_each_other() {
    let stage = Stage::usual();
    let ada = stage.clone_as(ADA, "ada");
    let bo = stage.clone_as(BO, "bo");
    ada.git(&["checkout", "-q", "-b", "north-only-branch"]);
    let commit = ada.commit(
        &[("web/nordwind-only.rs", "pub fn nordwind_only() {}\n")],
        "nordwind only",
    );
    ada.git(&["push", "-q", "origin", "north-only-branch"]);
    let listed = bo.git(&["ls-remote", "origin"]);
    assert!(!listed.contains("nordwind"), "{listed}");
    for id in [
        &commit,
        &ada.git(&["rev-parse", "HEAD:web/nordwind-only.rs"]),
        &ada.git(&["rev-parse", "HEAD^{tree}"]),
    ] {
        for version in [0, 1, 2] {
            let (worked, _, err) = bo.try_git(&[
                "-c",
                &format!("protocol.version={version}"),
                "fetch",
                "origin",
                id,
            ]);
            assert!(!worked, "{err}");
        }
    }
    // The other's branch is neither deleted nor moved, and the answer is that of a branch that does not exist.
    let refused = |branch: &str| {
        let (worked, _, err) = bo.try_git(&["push", "origin", &format!(":refs/heads/{branch}")]);
        assert!(!worked, "{err}");
        err.replace(branch, "BRANCH")
    };
    assert_eq!(refused("north-only-branch"), refused("nobody-only-branch"));
    let same = bo.try_git(&["push", "origin", "HEAD:refs/heads/north-only-branch"]);
    assert!(
        same.0,
        "a branch of that name is free in suedwerk's store: {}",
        same.2
    );
    assert_eq!(
        stage.store("nordwind").git(&["rev-parse", "north-only-branch"]),
        commit
    );
    // Receipts are each one's own.
    bo.git(&["fetch", "-q", "origin", "refs/ringfence/receipts:refs/receipts"]);
    let history = bo.git(&["log", "-p", "--format=%an %ae %s", "refs/receipts"]);
    assert!(
        history.contains("suedwerk") && !history.contains("nordwind"),
        "{history}"
    );
    // And so are the logs.
    for (recipient, other, other_mail) in [("nordwind", "suedwerk", BO), ("suedwerk", "nordwind", ADA)] {
        let log = stage
            .json(&["ledger", "tail", "--log", recipient, "-n", "1000"])
            .to_string();
        assert!(log.contains(recipient) && log.contains("delivery-ended"), "{log}");
        assert!(
            !log.contains(other) && !log.contains(other_mail) && !log.contains(HIDDEN_WORD),
            "{log}"
        );
    }
}

#[test]
fn receipts_verify_with_the_ledgers_own_proof() {
    let stage = Stage::usual();
    let ada = stage.clone_as(ADA, "ada");
    ada.git(&["fetch", "-q", "origin", "refs/ringfence/receipts:refs/receipts"]);
    let names = ada.git(&["ls-tree", "-r", "--name-only", "refs/receipts"]);
    assert_eq!(names.lines().count(), 1, "{names}");
    for name in names.lines() {
        let text = ada.git(&["cat-file", "blob", &format!("refs/receipts:{name}")]);
        let receipt: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(receipt["commit"], ada.git(&["rev-parse", "origin/main"]).as_str());
        assert_eq!(receipt["recipient"], "nordwind");
        let key: ringfence_ledger::VerifierKey = receipt["key"].as_str().unwrap().parse().unwrap();
        let told = stage.ok(&["ledger", "key", "--log", "nordwind"]);
        assert!(
            told.contains(&key.to_string()),
            "the operator names the same key: {told}"
        );
        verify_receipt(&receipt, &key);
    }
    // Fetching the receipts is no delivery that makes another receipt.
    ada.git(&["fetch", "-q", "origin", "refs/ringfence/receipts:refs/receipts"]);
    assert_eq!(ada.git(&["ls-tree", "-r", "--name-only", "refs/receipts"]), names);
}

fn verify_receipt(receipt: &serde_json::Value, key: &ringfence_ledger::VerifierKey) {
    use ringfence_ledger::{Statement, TlogProof};
    let entry = receipt["entry"].as_str().unwrap();
    let proof = TlogProof::parse(receipt["proof"].as_str().unwrap().as_bytes()).unwrap();
    let checkpoint = proof.verify(entry.as_bytes(), std::slice::from_ref(key)).unwrap();
    assert!(checkpoint.origin.ends_with("nordwind"), "{}", checkpoint.origin);
    assert!(
        proof
            .verify(
                entry.replace("complete", "partial!").as_bytes(),
                std::slice::from_ref(key)
            )
            .is_err()
    );
    let statement = Statement::parse(entry.as_bytes()).unwrap();
    assert_eq!(statement.kind(), "delivery-ended");
    let text = statement.as_str();
    for field in ["delivery", "manifest", "view", "recipient"] {
        assert!(text.contains(receipt[field].as_str().unwrap()), "{field}: {text}");
    }
}

/// Bytes that no packer can make smaller.
fn noise(size: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes
}

#[test]
fn a_revoked_token_ends_a_clone_in_the_middle() {
    const SIZE: usize = 16 << 20;
    let mut files = shop();
    files.push(("api/model.bin".to_owned(), noise(SIZE)));
    let stage = Stage::new(&files, RULES, "");
    let token = stage.token(ADA);
    let id = stage.json(&["token", "list"])[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let refs = stage.get(&advertisement(VIEW), Some(&token), 0).text();
    let head = refs
        .lines()
        .find_map(|line| line.split_once(" HEAD"))
        .map(|(id, _)| id[id.len() - 40..].to_owned())
        .unwrap();
    let body = [
        packet("command=fetch"),
        b"0001".to_vec(),
        packet(&format!("want {head}\n")),
        packet("done\n"),
        b"0000".to_vec(),
    ]
    .concat();
    let mut request = format!(
        "POST /git/{VIEW}.git/git-upload-pack HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nGit-Protocol: version=2\r\n\
         Content-Type: application/x-git-upload-pack-request\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend(body);
    let mut stream = TcpStream::connect(("127.0.0.1", stage.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(&request).unwrap();
    let (mut all, mut piece) = (Vec::new(), vec![0_u8; 16 << 10]);
    while all.len() < 1 << 20 {
        let count = stream.read(&mut piece).unwrap();
        assert!(count > 0, "ended early: {}", String::from_utf8_lossy(&all));
        all.extend_from_slice(&piece[..count]);
    }
    let begun = stage.json(&["ledger", "tail", "--log", "nordwind"]).to_string();
    assert!(
        begun.contains("delivery-begun") && !begun.contains("delivery-ended"),
        "{begun}"
    );
    stage.ok(&["token", "revoke", &id]);
    let revoked = Instant::now();
    // The client pauses: what it has not taken it may not get.
    std::thread::sleep(Duration::from_millis(1_000));
    loop {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(count) => all.extend_from_slice(&piece[..count]),
        }
    }
    assert!(revoked.elapsed() < Duration::from_secs(5));
    assert!(all.len() < SIZE - (6 << 20), "{} bytes left after all", all.len());
    let tail = String::from_utf8_lossy(&all[all.len().saturating_sub(200)..]).into_owned();
    assert!(tail.contains("access was revoked"), "{tail:?}");
    let log = stage.json(&["ledger", "tail", "--log", "nordwind"]).to_string();
    assert!(log.contains("delivery-ended") && log.contains("\"cut\""), "{log}");
    assert_eq!(stage.get(&advertisement(VIEW), Some(&token), 2).status(), 401);
}

#[test]
fn offboarding_refuses_the_next_fetch_within_a_second() {
    let stage = Stage::usual();
    let ada = stage.clone_as(ADA, "ada");
    let bo = stage.clone_as(BO, "bo");
    stage.ok(&["offboard", "nordwind"]);
    let started = Instant::now();
    let (worked, _, err) = ada.try_git(&["fetch", "origin"]);
    assert!(!worked && started.elapsed() < Duration::from_secs(1), "{err}");
    ada.commit(&[("web/late.rs", "pub fn late() {}\n")], "late");
    assert!(!ada.try_git(&["push", "origin", "HEAD:refs/heads/late"]).0);
    bo.git(&["fetch", "-q", "origin"]);
}
