//! Pushes with the real client: what passes, what is refused, and what git prints.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::fixture::*;
use ringfence_gateway::Bounds;

fn change(clone: &Path, name: &str, text: &str) -> String {
    std::fs::write(clone.join(name), text).unwrap();
    git_ok(clone, &["add", "-A"]);
    git_ok(clone, &["commit", "-q", "-m", name]);
    git_ok(clone, &["rev-parse", "HEAD"])
}

fn ready() -> (Site, PathBuf) {
    let site = site(few_files);
    let clone = site.clone_to("clone", 2);
    (site, clone)
}

fn tip(site: &Site, branch: &str) -> Option<String> {
    let listed =
        ringfence_git::quarantine::references(&site.store(), &format!("refs/heads/{branch}")).unwrap();
    listed.into_iter().next().map(|(_, id)| id)
}

#[test]
fn a_push_lands_in_the_store_in_every_version() {
    for version in [0_u8, 1, 2] {
        let site = site(few_files);
        let clone = site.clone_to("clone", version);
        let pushed = change(&clone, "src/part_3.rs", "pub fn changed() {}\n");
        let output = git(&clone, &["push", "origin", "HEAD:fix/three"]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{error}");
        assert!(
            error.contains("remote: ringfence: submission 1 recorded"),
            "{error}"
        );
        assert_eq!(tip(&site, "fix/three"), Some(pushed.clone()));
        assert!(site.gate.seen().contains(&Event::Received {
            commits: 1,
            references: vec!["refs/heads/fix/three".to_owned()]
        }));
        git_ok(&site.store(), &["fsck", "--strict"]);
        assert!(!site.store().join("objects/info/alternates").exists());
        assert_eq!(
            std::fs::read_dir(site.home.path().join("quarantine"))
                .unwrap()
                .count(),
            0,
            "the quarantine is gone"
        );
        // A teammate sees it, a second push moves it, an amended one needs force, a deletion removes it.
        let mate = site.clone_to("mate", version);
        assert_eq!(git_ok(&mate, &["rev-parse", "origin/fix/three"]), pushed);
        let second = change(&clone, "src/part_4.rs", "pub fn four() {}\n");
        git_ok(&clone, &["push", "-q", "origin", "HEAD:fix/three"]);
        assert_eq!(tip(&site, "fix/three"), Some(second));
        git_ok(&clone, &["commit", "-q", "--amend", "-m", "amended"]);
        git_fails(&clone, &["push", "-q", "origin", "HEAD:fix/three"]);
        git_ok(&clone, &["push", "-q", "--force", "origin", "HEAD:fix/three"]);
        assert_eq!(
            tip(&site, "fix/three"),
            Some(git_ok(&clone, &["rev-parse", "HEAD"]))
        );
        git_ok(&clone, &["push", "-q", "origin", ":fix/three"]);
        assert_eq!(tip(&site, "fix/three"), None);
    }
}

#[test]
fn an_existing_commit_may_become_a_branch() {
    let (site, clone) = ready();
    git_ok(&clone, &["push", "-q", "origin", "HEAD:same"]);
    assert_eq!(tip(&site, "same"), tip(&site, "main"));
}

#[test]
fn a_large_push_comes_in_pieces() {
    let (site, clone) = ready();
    std::fs::write(clone.join("data.bin"), noise(5 << 20)).unwrap();
    git_ok(&clone, &["add", "-A"]);
    git_ok(&clone, &["commit", "-q", "-m", "data"]);
    git_ok(&clone, &["push", "-q", "origin", "HEAD:data"]);
    assert_eq!(tip(&site, "data"), Some(git_ok(&clone, &["rev-parse", "HEAD"])));
}

#[test]
fn only_the_recipients_branches_can_be_pushed() {
    let (site, clone) = ready();
    let before = tip(&site, "main");
    change(&clone, "x.rs", "pub fn x() {}\n");
    git_ok(&clone, &["tag", "v1"]);
    for (target, words) in [
        ("HEAD:refs/heads/main", "this branch follows the owner's"),
        (":refs/heads/main", "this branch follows the owner's"),
        ("v1", "only branches"),
        ("HEAD:refs/notes/commits", "only branches"),
        (
            "HEAD:refs/replace/0123456789abcdef0123456789abcdef01234567",
            "only branches",
        ),
        ("HEAD:refs/ringfence/receipts", "only branches"),
    ] {
        let error = git_fails(&clone, &["push", "--force", "origin", target]);
        assert!(
            error.contains("remote: ringfence: refused: ") && error.contains(words),
            "{target}: {error}"
        );
        assert!(error.contains("[remote rejected]"), "{target}: {error}");
    }
    assert_eq!(tip(&site, "main"), before);
    let listed = ringfence_git::quarantine::references(&site.store(), "refs/").unwrap();
    assert_eq!(listed.len(), 1, "{listed:?}");
    // One good and one bad: the good one lands, unless it is all or none.
    git_fails(&clone, &["push", "--atomic", "origin", "HEAD:good", "HEAD:main"]);
    assert_eq!(tip(&site, "good"), None);
    let error = git_fails(&clone, &["push", "origin", "HEAD:good", "HEAD:main"]);
    assert!(error.contains("HEAD -> good"), "{error}");
    assert!(tip(&site, "good").is_some());
}

#[test]
fn more_than_fifty_references_are_refused() {
    let (site, clone) = ready();
    let targets: Vec<String> = (0..51).map(|number| format!("HEAD:b{number}")).collect();
    let mut arguments = vec!["push", "origin"];
    arguments.extend(targets.iter().map(String::as_str));
    let error = git_fails(&clone, &arguments);
    assert!(error.contains("more than 50 references"), "{error}");
    assert_eq!(tip(&site, "b0"), None);
}

#[test]
fn the_reason_of_a_refusal_is_printed_line_by_line_and_escaped() {
    let (site, clone) = ready();
    change(&clone, "x.rs", "pub fn x() {}\n");
    let reason = "path crates/secret/x\u{1b}[2J.rs is outside what you may write\nrule: write crates/pricing/**\nagreement: SOW-2\nask the owner";
    *site.gate.refuse_push.lock().unwrap() = Some(reason.to_owned());
    let error = git_fails(&clone, &["push", "origin", "HEAD:mine"]);
    for line in [
        "remote: ringfence: refused: path crates/secret/x\\u{1b}[2J.rs is outside what you may write",
        "remote: ringfence: rule: write crates/pricing/**",
        "remote: ringfence: agreement: SOW-2",
    ] {
        assert!(error.contains(line), "{error}");
    }
    assert_eq!(tip(&site, "mine"), None);
    let packs = std::fs::read_dir(site.store().join("objects/pack"))
        .unwrap()
        .count();
    git_ok(&site.store(), &["fsck", "--strict", "--no-dangling"]);
    assert!(packs <= 3, "nothing of a refused push is kept");
}

/// Pushes a hand-made tree on top of the clone's head and returns what git printed.
fn push_tree(site: &Site, clone: &Path, tree: &[u8]) -> String {
    let head = git_ok(clone, &["rev-parse", "HEAD"]);
    let tree = object(clone, "tree", tree);
    let made = commit(clone, &tree, &head);
    let error = git_fails(clone, &["push", "origin", &format!("{made}:refs/heads/evil")]);
    assert_eq!(tip(site, "evil"), None, "{error}");
    error
}

#[test]
fn paths_that_a_checkout_could_be_hurt_by_are_refused_by_name() {
    let (site, clone) = ready();
    let blob = object(&clone, "blob", b"#!/bin/sh\n");
    let hooks = object(&clone, "tree", &entry("100755", b"post-checkout", &blob));
    for name in [
        &b".git"[..],
        b".GIT",
        b"git~1",
        b".git ",
        b".git::$INDEX_ALLOCATION",
        ".g\u{200c}it".as_bytes(),
    ] {
        let error = push_tree(&site, &clone, &entry("40000", name, &hooks));
        assert!(
            error.contains("some system reads this name as .git"),
            "{name:?}: {error}"
        );
    }
    let nested = object(&clone, "tree", &entry("40000", b".git", &hooks));
    let error = push_tree(&site, &clone, &entry("40000", b"deep", &nested));
    assert!(error.contains("path deep/.git"), "{error}");
    let error = push_tree(&site, &clone, &entry("100644", b"..", &blob));
    assert!(error.contains("no name for a file"), "{error}");
    let error = push_tree(
        &site,
        &clone,
        &entry("160000", b"sub", "0123456789abcdef0123456789abcdef01234567"),
    );
    assert!(error.contains("submodules"), "{error}");
    let target = object(&clone, "blob", b"../../etc/passwd");
    let error = push_tree(&site, &clone, &entry("120000", b"link", &target));
    assert!(error.contains("symbolic link"), "{error}");
    let error = push_tree(
        &site,
        &clone,
        &[entry("100644", b"A.rs", &blob), entry("100644", b"a.rs", &blob)].concat(),
    );
    assert!(error.contains("only in case"), "{error}");
    let attributes = object(&clone, "blob", b"*.rs filter=run\n");
    let error = push_tree(&site, &clone, &entry("100644", b".gitattributes", &attributes));
    assert!(error.contains("sets a filter"), "{error}");
    let modules = object(
        &clone,
        "blob",
        b"[submodule \"x\"]\n\tpath = x\n\turl = https://example.com/x\n",
    );
    let error = push_tree(&site, &clone, &entry("100644", b".gitmodules", &modules));
    assert!(error.contains("submodules"), "{error}");
}

#[test]
fn a_bad_tree_in_the_middle_of_a_push_is_found() {
    let (site, clone) = ready();
    let blob = object(&clone, "blob", b"x\n");
    let before = tip(&site, "evil");
    let head = git_ok(&clone, &["rev-parse", "HEAD"]);
    let bad = object(&clone, "tree", &entry("100644", b".git", &blob));
    let middle = commit(&clone, &bad, &head);
    let good = git_ok(&clone, &["rev-parse", "HEAD^{tree}"]);
    let last = commit(&clone, &good, &middle);
    let error = git_fails(&clone, &["push", "origin", &format!("{last}:refs/heads/evil")]);
    assert!(error.contains("some system reads this name as .git"), "{error}");
    assert_eq!(tip(&site, "evil"), before);
}

#[test]
fn a_bomb_is_stopped_by_its_size() {
    let (site, clone) = ready();
    std::fs::write(clone.join("zero.bin"), vec![0_u8; 100 << 20]).unwrap();
    git_ok(&clone, &["add", "-A"]);
    git_ok(&clone, &["commit", "-q", "-m", "zero"]);
    let error = git_fails(&clone, &["push", "origin", "HEAD:zero"]);
    assert!(
        error.contains("ringfence: refused: the pack is refused: object")
            && error.contains("has 104857600 bytes"),
        "{error}"
    );
    assert_eq!(tip(&site, "zero"), None);
}

#[test]
fn a_push_over_the_size_limit_is_told_so() {
    let mut bounds = Bounds::default();
    bounds.receive.pack_bytes = 1 << 20;
    let site = site_with(bounds, few_files);
    let clone = site.clone_to("clone", 2);
    std::fs::write(clone.join("data.bin"), noise(3 << 19)).unwrap();
    git_ok(&clone, &["add", "-A"]);
    git_ok(&clone, &["commit", "-q", "-m", "data"]);
    let error = git_fails(&clone, &["push", "origin", "HEAD:data"]);
    assert!(error.contains("it is larger than 1048576 bytes"), "{error}");
}

#[test]
fn revoking_ends_a_push_that_is_still_being_sent() {
    use std::io::{Read, Write};
    let (site, _) = ready();
    let mut stream = std::net::TcpStream::connect(site.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let none = "0".repeat(40);
    let head = tip(&site, "main").unwrap();
    let mut request = format!(
        "POST /git/pricing.git/git-receive-pack HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\
         Content-Type: application/x-git-receive-pack-request\r\nContent-Length: 1000000\r\n\r\n"
    )
    .into_bytes();
    request.extend(packet(&format!(
        "{none} {head} refs/heads/slow\0 report-status side-band-64k"
    )));
    request.extend_from_slice(b"0000PACK");
    stream.write_all(&request).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    site.gate.revoked.store(true, std::sync::atomic::Ordering::SeqCst);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.contains("the grant to nordwind was revoked"), "{answer}");
    assert_eq!(tip(&site, "slow"), None);
}
