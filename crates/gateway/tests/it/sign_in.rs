//! Who is let in, what the others see, and how often they may try.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::fixture::*;
use ringfence_gateway::Bounds;

const REFS: &str = "/git/pricing.git/info/refs?service=git-upload-pack";

fn without_date(head: &str) -> String {
    head.lines()
        .filter(|line| !line.to_lowercase().starts_with("date:"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn whatever_is_wrong_with_a_token_looks_the_same_outside() {
    let site = site(few_files);
    let missing = REFS.replace("pricing", "no-such-view");
    let mut answers = Vec::new();
    for (path, token) in [
        (REFS, "wrong"),
        (REFS, EXPIRED),
        (REFS, OTHER),
        (missing.as_str(), TOKEN),
        (&missing, "wrong"),
        (&missing, OTHER),
    ] {
        let started = Instant::now();
        let (head, body) = site.get(path, Some(token));
        assert!(
            started.elapsed() >= Duration::from_millis(50),
            "the answer to {path} {token} can be timed"
        );
        assert!(head.starts_with("HTTP/1.1 401"), "{head}");
        assert!(
            head.to_lowercase()
                .contains("www-authenticate: basic realm=\"ringfence\""),
            "{head}"
        );
        answers.push((without_date(&head), body));
    }
    let (head, body) = site.get(REFS, None);
    answers.push((without_date(&head), body));
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    let inside: Vec<_> = site
        .gate
        .seen()
        .into_iter()
        .filter(|event| matches!(event, Event::Probe(_)))
        .collect();
    assert!(
        inside.contains(&Event::Probe("token refused: expired".to_owned())),
        "the log tells them apart: {inside:?}"
    );
}

#[test]
fn git_shows_the_reason_of_a_revoked_grant() {
    let site = site(few_files);
    let clone = site.clone_to("clone", 2);
    site.gate.revoked.store(true, Ordering::SeqCst);
    let started = Instant::now();
    let error = git_fails(&clone, &["fetch"]);
    assert!(started.elapsed() < Duration::from_secs(1));
    assert!(
        error.contains("remote: ringfence: the grant to nordwind was revoked; ask the owner"),
        "{error}"
    );
    let error = git_fails(&clone, &["push", "origin", "HEAD:mine"]);
    assert!(error.contains("revoked"), "{error}");
}

#[test]
fn a_wrong_token_fails_in_git_with_words() {
    let site = site(few_files);
    let error = git_fails(site.home.path(), &["clone", &site.url("wrong"), "clone"]);
    assert!(
        error.contains("remote: ringfence: no such view for this token"),
        "{error}"
    );
    assert!(!error.contains("wrong@"), "{error}");
}

#[test]
fn too_many_attempts_shut_a_token_out_and_no_other() {
    let site = site(few_files);
    for _ in 0..10 {
        assert!(site.get(REFS, Some("guess")).0.starts_with("HTTP/1.1 401"));
    }
    let (head, _) = site.get(REFS, Some("guess"));
    assert!(head.starts_with("HTTP/1.1 429"), "{head}");
    assert!(head.to_lowercase().contains("retry-after: "), "{head}");
    assert!(site.get(REFS, Some(TOKEN)).0.starts_with("HTTP/1.1 200"));
    for _ in 0..20 {
        assert!(
            site.get(REFS, None).0.starts_with("HTTP/1.1 401"),
            "asking without a token is no attempt"
        );
    }
}

#[test]
fn a_token_has_so_many_requests_at_once_and_no_more() {
    let site = site_with(
        Bounds {
            per_token: 2,
            ..Bounds::default()
        },
        |work| {
            std::fs::write(work.join("large.bin"), noise(16 << 20)).unwrap();
        },
    );
    let head = git_ok(&site.store(), &["rev-parse", "main"]);
    let mut body = packet("command=fetch");
    body.extend_from_slice(b"0001");
    body.extend(packet(&format!("want {head}\n")));
    body.extend(packet("done\n"));
    body.extend_from_slice(b"0000");
    let open = || {
        let mut stream = TcpStream::connect(site.address).unwrap();
        let request = format!(
            "POST /git/pricing.git/git-upload-pack HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nGit-Protocol: version=2\r\n\
             Content-Type: application/x-git-upload-pack-request\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        stream.write_all(&body).unwrap();
        let mut line = [0_u8; 12];
        stream.read_exact(&mut line).unwrap();
        (stream, String::from_utf8_lossy(&line).into_owned())
    };
    let (first, second) = (open(), open());
    assert_eq!(
        (first.1.as_str(), second.1.as_str()),
        ("HTTP/1.1 200", "HTTP/1.1 200")
    );
    assert_eq!(open().1, "HTTP/1.1 429");
    drop(first);
    site.gate.wait_for(|event| matches!(event, Event::Ended(_)));
    let until = Instant::now() + Duration::from_secs(5);
    while open().1 != "HTTP/1.1 200" {
        assert!(Instant::now() < until, "the place is free again");
        std::thread::sleep(Duration::from_millis(50));
    }
}
