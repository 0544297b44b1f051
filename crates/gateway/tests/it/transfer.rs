//! Clone and fetch with the real client, over every protocol version.

use crate::fixture::*;
use ringfence_gateway::{DeliveryKind, Outcome};

#[test]
fn clone_and_fetch_are_whole_and_recorded_in_every_version() {
    for version in [0_u8, 1, 2] {
        let site = site(few_files);
        let clone = site.clone_to("clone", version);
        assert_eq!(git_ok(&clone, &["ls-files"]).lines().count(), 21);
        git_ok(&clone, &["fsck", "--strict"]);
        let deliveries = site.gate.deliveries();
        let [Event::Begun(begun), Event::Ended(ended)] = &deliveries[..] else {
            panic!("version {version}: {deliveries:?}");
        };
        assert_eq!(begun.kind, DeliveryKind::Clone);
        assert_eq!(begun.wants, [git_ok(&clone, &["rev-parse", "HEAD"])]);
        assert_eq!(
            (ended.objects, &ended.outcome),
            (24, &complete()),
            "version {version}"
        );
        let packed: u64 = std::fs::read_dir(clone.join(".git/objects/pack"))
            .unwrap()
            .map(|file| file.unwrap())
            .filter(|file| file.path().extension().is_some_and(|kind| kind == "pack"))
            .map(|file| file.metadata().unwrap().len())
            .sum();
        assert_eq!(
            ended.bytes, packed,
            "version {version}: the bytes counted are the bytes of the pack"
        );

        let owner = site.home.path().join("owner");
        std::fs::write(owner.join("src/new.rs"), "pub fn new() {}\n").unwrap();
        git_ok(&owner, &["add", "-A"]);
        git_ok(&owner, &["commit", "-q", "-m", "second"]);
        git_ok(&owner, &["push", "-q", "../store.git", "main"]);
        git_ok(&clone, &["pull", "-q"]);
        assert!(clone.join("src/new.rs").exists());
        let deliveries = site.gate.deliveries();
        assert_eq!(deliveries.len(), 4);
        assert!(
            matches!(&deliveries[2], Event::Begun(begun) if begun.kind == DeliveryKind::Fetch && !begun.haves.is_empty())
        );
        assert!(
            matches!(&deliveries[3], Event::Ended(end) if end.objects == 4 && end.outcome == Outcome::Complete)
        );
        // Nothing new: nothing flows, nothing is recorded.
        git_ok(&clone, &["fetch", "-q"]);
        assert_eq!(site.gate.deliveries().len(), 4, "version {version}");
    }
}

#[test]
fn a_shallow_clone_and_its_deepening_work() {
    for version in [0_u8, 2] {
        let site = site(few_files);
        let protocol = format!("protocol.version={version}");
        git_ok(
            site.home.path(),
            &[
                "-c",
                &protocol,
                "clone",
                "-q",
                "--depth=1",
                &site.url(TOKEN),
                "shallow",
            ],
        );
        let clone = site.home.path().join("shallow");
        assert!(matches!(&site.gate.deliveries()[0], Event::Begun(begun) if begun.shallow));
        git_ok(&clone, &["-c", &protocol, "fetch", "-q", "--unshallow"]);
        assert_eq!(git_ok(&clone, &["rev-list", "--count", "HEAD"]), "1");
    }
}

#[test]
fn a_client_without_side_band_gets_a_raw_pack_that_is_counted() {
    let site = site(few_files);
    let head = git_ok(&site.store(), &["rev-parse", "main"]);
    let mut body = packet(&format!("want {head} ofs-delta\n"));
    body.extend_from_slice(b"0000");
    body.extend(packet("done\n"));
    let (status, answer) = site.post("git-upload-pack", 0, "", &body);
    assert!(status.starts_with("HTTP/1.1 200"), "{status}");
    assert!(answer.windows(4).any(|four| four == b"PACK"));
    assert!(
        matches!(site.gate.wait_for(|event| matches!(event, Event::Ended(_))),
        Event::Ended(end) if end.objects == 24 && end.outcome == Outcome::Complete)
    );
}

#[test]
fn fetching_the_receipts_alone_is_told_apart() {
    let site = site(few_files);
    let store = site.store();
    let tree = git_ok(&store, &["rev-parse", "main^{tree}"]);
    let first = git_ok(&store, &["commit-tree", &tree, "-m", "receipt 1"]);
    let second = git_ok(&store, &["commit-tree", &tree, "-p", &first, "-m", "receipt 2"]);
    git_ok(&store, &["update-ref", "refs/ringfence/receipts", &second]);
    let clone = site.clone_to("clone", 2);
    git_ok(
        &clone,
        &[
            "fetch",
            "-q",
            "origin",
            "refs/ringfence/receipts:refs/ringfence/receipts",
        ],
    );
    let kinds: Vec<_> = site
        .gate
        .deliveries()
        .into_iter()
        .filter_map(|event| {
            if let Event::Begun(begun) = event {
                Some(begun.kind)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(kinds, [DeliveryKind::Clone, DeliveryKind::Receipts]);
}

#[test]
fn an_empty_store_is_cloned_empty() {
    let site = site(few_files);
    git_ok(&site.store(), &["update-ref", "-d", "refs/heads/main"]);
    for version in [0_u8, 2] {
        let name = format!("empty{version}");
        git_ok(
            site.home.path(),
            &[
                "-c",
                &format!("protocol.version={version}"),
                "clone",
                "-q",
                &site.url(TOKEN),
                &name,
            ],
        );
    }
    assert_eq!(site.gate.deliveries(), []);
}

#[test]
fn when_the_entry_cannot_be_written_nothing_is_sent() {
    for version in [0_u8, 2] {
        let site = site(few_files);
        site.gate
            .ledger_full
            .store(true, std::sync::atomic::Ordering::SeqCst);
        let protocol = format!("protocol.version={version}");
        let error = git_fails(
            site.home.path(),
            &["-c", &protocol, "clone", &site.url(TOKEN), "clone"],
        );
        assert!(error.contains("ringfence: the server could not go on"), "{error}");
        assert!(!error.contains("disk full"), "{error}");
        assert_eq!(site.gate.deliveries(), []);
    }
}

#[test]
fn a_gzip_request_of_a_large_negotiation_is_understood() {
    // More than 1 kB of haves makes the client pack its request.
    let site = site(few_files);
    let clone = site.clone_to("clone", 0);
    for number in 0..50 {
        git_ok(
            &clone,
            &["commit", "-q", "--allow-empty", "-m", &format!("local {number}")],
        );
    }
    let owner = site.home.path().join("owner");
    git_ok(&owner, &["commit", "-q", "--allow-empty", "-m", "second"]);
    git_ok(&owner, &["push", "-q", "../store.git", "main"]);
    git_ok(&clone, &["fetch", "-q"]);
    assert_eq!(
        git_ok(&clone, &["rev-parse", "origin/main"]),
        git_ok(&owner, &["rev-parse", "main"])
    );
}
