//! Attempts to get what the store does not hold, or to wear the server down. None may succeed.

use crate::fixture::*;
use flate2::{Compression, write::GzEncoder};
use std::io::Write;

/// An object of the owner that the store does not have: a commit with a secret file, made after the store.
fn hidden(site: &Site) -> (String, String) {
    let owner = site.home.path().join("owner");
    std::fs::write(owner.join("secret.rs"), "const KEY: u64 = 0x5ec_2e7;\n").unwrap();
    git_ok(&owner, &["add", "-A"]);
    git_ok(&owner, &["commit", "-q", "-m", "secret"]);
    (
        git_ok(&owner, &["rev-parse", "HEAD"]),
        git_ok(&owner, &["rev-parse", "HEAD:secret.rs"]),
    )
}

#[test]
fn an_id_outside_the_store_is_not_served_in_any_version() {
    let site = site(few_files);
    let (commit, blob) = hidden(&site);
    let clone = site.clone_to("clone", 2);
    for version in [0, 1, 2] {
        for id in [&commit, &blob] {
            let error = git_fails(
                &clone,
                &[
                    "-c",
                    &format!("protocol.version={version}"),
                    "fetch",
                    "origin",
                    id,
                ],
            );
            assert!(!error.contains("5ec_2e7"), "{error}");
        }
    }
    for id in [&commit, &blob] {
        for (version, body) in [
            (
                0,
                [
                    packet(&format!("want {id} side-band-64k\n")),
                    b"0000".to_vec(),
                    packet("done\n"),
                ]
                .concat(),
            ),
            (
                2,
                [
                    packet("command=fetch"),
                    b"0001".to_vec(),
                    packet(&format!("want {id}\n")),
                    packet("done\n"),
                    b"0000".to_vec(),
                ]
                .concat(),
            ),
        ] {
            let (_, answer) = site.post("git-upload-pack", version, "", &body);
            assert!(!answer.windows(4).any(|four| four == b"PACK"));
            assert!(String::from_utf8_lossy(&answer).contains("not our ref"));
        }
    }
    assert_eq!(site.gate.deliveries().len(), 2, "only the clone was a delivery");
}

#[test]
fn a_have_tells_nothing_of_what_the_store_lacks() {
    let site = site(few_files);
    let (commit, blob) = hidden(&site);
    let head = git_ok(&site.store(), &["rev-parse", "main"]);
    let ask = |have: &str| {
        let body = [
            packet("command=fetch"),
            b"0001".to_vec(),
            packet(&format!("want {head}\n")),
            packet(&format!("have {have}\n")),
            b"0000".to_vec(),
        ];
        let (_, answer) = site.post("git-upload-pack", 2, "", &body.concat());
        answer
    };
    let none = ask("0123456789abcdef0123456789abcdef01234567");
    assert_eq!(ask(&commit), none);
    assert_eq!(ask(&blob), none);
    assert_ne!(ask(&head), none);
}

#[test]
fn dumb_http_and_other_addresses_are_not_there() {
    let site = site(few_files);
    let head = git_ok(&site.store(), &["rev-parse", "main"]);
    let loose = format!("/git/pricing.git/objects/{}/{}", &head[..2], &head[2..]);
    for path in [
        "/git/pricing.git/HEAD",
        "/git/pricing.git/info/refs",
        "/git/pricing.git/objects/info/packs",
        "/git/pricing.git/config",
        "/git/pricing.git/objects/info/alternates",
        "/git/pricing.git/",
        "/git/pricing.git",
        "/git/",
        "/git",
        &loose,
        "/git/pricing.git/info/refs?service=git-upload-archive",
        "/git/../../etc/passwd",
        "/git/pricing.git/../store.git/HEAD",
        "/git/pricing.git/info/refs?service=git-upload-pack&x=1",
    ] {
        let (status, _) = site.get(path, Some(TOKEN));
        assert!(status.starts_with("HTTP/1.1 404"), "{path}: {status}");
    }
    let (status, body) = site.get("/healthz", None);
    assert!(status.starts_with("HTTP/1.1 200") && body == b"ok\n");
    git_fails(
        site.home.path(),
        &["archive", &format!("--remote={}", site.url(TOKEN)), "HEAD"],
    );
}

#[test]
fn filters_object_information_and_references_in_wants_are_refused() {
    let site = site(few_files);
    let head = git_ok(&site.store(), &["rev-parse", "main"]);
    let (status, capabilities) = site.raw(
        format!("GET /git/pricing.git/info/refs?service=git-upload-pack HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\
                 Git-Protocol: version=2\r\nConnection: close\r\n\r\n").as_bytes(),
    )
    .clone();
    assert!(
        status.starts_with("HTTP/1.1 200") && status.to_lowercase().contains("cache-control: no-cache"),
        "{status}"
    );
    let capabilities = String::from_utf8_lossy(&capabilities).into_owned();
    for absent in [
        "filter",
        "ref-in-want",
        "object-info",
        "sideband-all",
        "packfile-uris",
        "bundle-uri",
        "session-id",
    ] {
        assert!(!capabilities.contains(absent), "{capabilities}");
    }
    let want = format!("want {head}\n");
    for lines in [
        vec!["command=object-info", "0001", "size\n", &want, "0000"],
        vec![
            "command=fetch",
            "0001",
            "filter blob:none\n",
            &want,
            "done\n",
            "0000",
        ],
        vec![
            "command=fetch",
            "0001",
            "want-ref refs/heads/main\n",
            "done\n",
            "0000",
        ],
        vec!["command=bundle-uri", "0000"],
    ] {
        let body: Vec<u8> = lines
            .iter()
            .flat_map(|line| {
                if line.starts_with("000") {
                    line.as_bytes().to_vec()
                } else {
                    packet(line)
                }
            })
            .collect();
        let (_, answer) = site.post("git-upload-pack", 2, "", &body);
        assert!(
            String::from_utf8_lossy(&answer).contains("ERR ringfence: "),
            "{lines:?}"
        );
    }
    assert_eq!(site.gate.deliveries(), []);
    assert!(
        site.gate
            .seen()
            .iter()
            .filter(|event| matches!(event, Event::Probe(_)))
            .count()
            >= 4,
        "probes are noted"
    );
    // The client asks for a filter only when it was offered one, and clones the whole.
    git_ok(
        site.home.path(),
        &["clone", "-q", "--filter=blob:none", &site.url(TOKEN), "filtered"],
    );
    git_ok(&site.home.path().join("filtered"), &["fsck", "--strict"]);
}

#[test]
fn requests_that_inflate_or_grow_are_stopped() {
    let site = site(few_files);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let line = packet("have 0123456789abcdef0123456789abcdef01234567\n").repeat(20_000);
    for _ in 0..40 {
        encoder.write_all(&line).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 1 << 20, "{}", bomb.len());
    let (status, _) = site.post("git-upload-pack", 0, "Content-Encoding: gzip\r\n", &bomb);
    assert!(status.starts_with("HTTP/1.1 413"), "{status}");
    let (status, _) = site.post("git-upload-pack", 0, "Content-Encoding: br\r\n", b"x");
    assert!(status.starts_with("HTTP/1.1 415"), "{status}");
    let (status, _) = site.post("git-upload-pack", 0, "Content-Encoding: gzip\r\n", b"not gzip");
    assert!(status.starts_with("HTTP/1.1 400"), "{status}");
    let (_, answer) = site.post("git-upload-pack", 2, "", &b"zzzz"[..]);
    assert!(String::from_utf8_lossy(&answer).contains("ERR ringfence: "));
    let long = format!(
        "GET /git/pricing.git/HEAD HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n",
        "x".repeat(1 << 20)
    );
    // The server stops reading in the middle, so that its answer may be lost with the connection.
    let (status, _) = site.raw(long.as_bytes());
    assert!(
        status.is_empty() || status.starts_with("HTTP/1.1 431"),
        "{status}"
    );
    assert!(site.get("/healthz", None).0.starts_with("HTTP/1.1 200"));
}

#[test]
fn a_store_that_borrows_objects_is_never_served() {
    let site = site(few_files);
    let owner = site.home.path().join("owner/.git/objects");
    std::fs::write(
        site.store().join("objects/info/alternates"),
        format!("{}\n", owner.display()),
    )
    .unwrap();
    let (status, body) = site.get("/git/pricing.git/info/refs?service=git-upload-pack", Some(TOKEN));
    assert!(status.starts_with("HTTP/1.1 500"), "{status}");
    assert!(
        !String::from_utf8_lossy(&body).contains("store.git"),
        "no path of ours is shown"
    );
}
