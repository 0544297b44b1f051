//! Transfers that are cut: the entry before the first byte, the reason on side band 3, the bytes that stay.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::fixture::*;
use ringfence_gateway::{Bounds, Outcome};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

const SIZE: usize = 16 << 20;

fn fetch_request(site: &Site, protocol: u8) -> Vec<u8> {
    let head = git_ok(&site.store(), &["rev-parse", "main"]);
    let body = if protocol == 2 {
        [
            packet("command=fetch"),
            b"0001".to_vec(),
            packet(&format!("want {head}\n")),
            packet("done\n"),
            b"0000".to_vec(),
        ]
        .concat()
    } else {
        let capabilities = if protocol == 0 {
            "side-band-64k ofs-delta"
        } else {
            "ofs-delta"
        };
        [
            packet(&format!("want {head} {capabilities}\n")),
            b"0000".to_vec(),
            packet("done\n"),
        ]
        .concat()
    };
    let version = if protocol == 2 { 2 } else { 0 };
    let mut request = format!(
        "POST /git/pricing.git/git-upload-pack HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nGit-Protocol: version={version}\r\n\
         Content-Type: application/x-git-upload-pack-request\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend(body);
    request
}

/// Reads one MiB slowly, revokes, waits for the end entry, reads the rest. Gives the bytes read in all, the last of them, and the entry.
fn cut_in_the_middle(protocol: u8) -> (usize, String, Event, Duration) {
    let site = site(|work| std::fs::write(work.join("large.bin"), noise(SIZE)).unwrap());
    let request = fetch_request(&site, protocol);
    *site.gate.begin_pause.lock().unwrap() = Duration::from_millis(300);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(64 << 10).unwrap();
        let mut stream = socket.connect(site.address).await.unwrap();
        stream.write_all(&request).await.unwrap();
        let (mut all, mut buffer) = (Vec::new(), vec![0_u8; 16 << 10]);
        while all.len() < 1 << 20 {
            let count = stream.read(&mut buffer).await.unwrap();
            assert!(count > 0, "ended early");
            let before = all.len();
            all.extend_from_slice(&buffer[..count]);
            if before < 64 << 10 && all.windows(4).any(|four| four == b"PACK") {
                assert!(
                    matches!(site.gate.deliveries()[..], [Event::Begun(_)]),
                    "a pack byte left before the entry"
                );
            }
        }
        site.gate.revoked.store(true, Ordering::SeqCst);
        let revoked = Instant::now();
        let ended = site.gate.wait_for(|event| matches!(event, Event::Ended(_)));
        let took = revoked.elapsed();
        let mut broke = false;
        loop {
            match tokio::time::timeout(Duration::from_secs(10), stream.read(&mut buffer))
                .await
                .unwrap()
            {
                Ok(0) => break,
                Ok(count) => all.extend_from_slice(&buffer[..count]),
                Err(_) => {
                    broke = true;
                    break;
                }
            }
        }
        let tail = String::from_utf8_lossy(&all[all.len().saturating_sub(200)..]).into_owned();
        assert!(
            broke || protocol == 1 || tail.contains("ringfence: the grant to nordwind was revoked"),
            "{tail:?}"
        );
        (all.len(), tail, ended, took)
    })
}

#[test]
fn revoking_cuts_a_running_clone_and_says_why() {
    for protocol in [2_u8, 0] {
        let (read, tail, ended, took) = cut_in_the_middle(protocol);
        let Event::Ended(ended) = ended else {
            panic!("{ended:?}")
        };
        assert!(took < Duration::from_secs(1), "cut only after {took:?}");
        assert!(
            (1 << 20..SIZE - (10 << 20)).contains(&read),
            "{read} bytes were read"
        );
        assert!(
            (1 << 20..(SIZE - (10 << 20)) as u64).contains(&ended.bytes),
            "{ended:?}"
        );
        assert_eq!(
            ended.outcome,
            Outcome::Cut {
                reason: "the grant to nordwind was revoked".to_owned()
            }
        );
        assert!(
            tail.contains("\u{3}ringfence: the grant to nordwind was revoked\n"),
            "side band 3: {tail:?}"
        );
    }
}

#[test]
fn revoking_cuts_a_raw_pack_without_words() {
    let (read, tail, ended, _) = cut_in_the_middle(1);
    assert!(matches!(ended, Event::Ended(ended) if matches!(ended.outcome, Outcome::Cut { .. })));
    assert!(read < SIZE - (10 << 20), "{read} bytes were read");
    assert!(!tail.ends_with("0\r\n\r\n"), "the answer must not look whole");
}

#[test]
fn git_prints_the_reason_when_its_clone_is_cut() {
    for version in [0_u8, 2] {
        let site = site(|work| std::fs::write(work.join("large.bin"), noise(SIZE)).unwrap());
        *site.gate.begin_pause.lock().unwrap() = Duration::from_millis(800);
        let error = std::thread::scope(|scope| {
            let cloning = scope.spawn(|| {
                git_fails(
                    site.home.path(),
                    &[
                        "-c",
                        &format!("protocol.version={version}"),
                        "clone",
                        &site.url(TOKEN),
                        "clone",
                    ],
                )
            });
            // Packing has begun, the entry is being written: access ends now.
            site.gate.wait_for(|event| *event == Event::Refreshed);
            std::thread::sleep(Duration::from_millis(500));
            site.gate.revoked.store(true, Ordering::SeqCst);
            cloning.join().unwrap()
        });
        assert!(
            error.contains("ringfence: the grant to nordwind was revoked"),
            "version {version}: {error}"
        );
        assert!(!site.home.path().join("clone/large.bin").exists());
    }
}

#[test]
fn a_client_that_stops_reading_is_cut_off() {
    let bounds = Bounds {
        stall: Duration::from_secs(1),
        ..Bounds::default()
    };
    let site = site_with(bounds, |work| {
        std::fs::write(work.join("large.bin"), noise(SIZE)).unwrap()
    });
    let mut stream = std::net::TcpStream::connect(site.address).unwrap();
    std::io::Write::write_all(&mut stream, &fetch_request(&site, 2)).unwrap();
    let ended = site.gate.wait_for(|event| matches!(event, Event::Ended(_)));
    assert!(
        matches!(ended, Event::Ended(end) if matches!(&end.outcome, Outcome::Cut { reason } if reason.contains("took nothing")))
    );
}

#[test]
fn a_client_that_goes_away_is_recorded_as_cut() {
    let site = site(|work| std::fs::write(work.join("large.bin"), noise(SIZE)).unwrap());
    let mut stream = std::net::TcpStream::connect(site.address).unwrap();
    std::io::Write::write_all(&mut stream, &fetch_request(&site, 2)).unwrap();
    site.gate.wait_for(|event| matches!(event, Event::Begun(_)));
    drop(stream);
    let ended = site.gate.wait_for(|event| matches!(event, Event::Ended(_)));
    assert!(
        matches!(ended, Event::Ended(end) if matches!(&end.outcome, Outcome::Cut { reason } if reason.contains("went away")))
    );
}
