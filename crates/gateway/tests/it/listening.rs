//! The port: where it may be, TLS, slow heads.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::fixture::*;
use ringfence_gateway::{Bounds, Listen, ListenError, Transport};

async fn listen(address: &str, transport: Transport) -> Result<(), ListenError> {
    let app = axum::Router::new();
    let listen = Listen {
        address: address.parse().unwrap(),
        transport,
    };
    ringfence_gateway::serve(listen, app, &Bounds::default(), async {}, |_| {}).await
}

#[tokio::test]
async fn clear_text_stays_on_loopback() {
    assert!(matches!(
        listen("0.0.0.0:0", Transport::Plain).await,
        Err(ListenError::ClearText { .. })
    ));
    assert!(matches!(
        listen("[::]:0", Transport::Plain).await,
        Err(ListenError::ClearText { .. })
    ));
    listen("127.0.0.1:0", Transport::Plain).await.unwrap();
    listen(
        "0.0.0.0:0",
        Transport::BehindProxy {
            proxy: "192.0.2.1".parse().unwrap(),
        },
    )
    .await
    .unwrap();
    let absent = Transport::Tls {
        certificate: "/absent.pem".into(),
        key: "/absent.key".into(),
    };
    assert!(matches!(
        listen("0.0.0.0:0", absent).await,
        Err(ListenError::Certificate { .. })
    ));
}

#[tokio::test]
async fn a_proxy_is_the_only_one_that_gets_through() {
    let (send, bound) = tokio::sync::oneshot::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(async move {
        let transport = Transport::BehindProxy {
            proxy: "192.0.2.1".parse().unwrap(),
        };
        let listen = Listen {
            address: "127.0.0.1:0".parse().unwrap(),
            transport,
        };
        let stopped = async {
            let _ = stopped.await;
        };
        ringfence_gateway::serve(
            listen,
            axum::Router::new(),
            &Bounds::default(),
            stopped,
            |address| send.send(address).unwrap(),
        )
        .await
    });
    let address = bound.await.unwrap();
    let read = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    });
    assert_eq!(read.await.unwrap(), b"");
    drop(stop);
    served.await.unwrap().unwrap();
}

#[test]
fn git_clones_over_tls() {
    let site = site(few_files);
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let app = ringfence_gateway::router(site.gate.clone(), Bounds::default(), None);
    let (send, bound) = std::sync::mpsc::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let transport = Transport::Tls {
        certificate: certificate.clone(),
        key,
    };
    let server = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let listen = Listen {
            address: "127.0.0.1:0".parse().unwrap(),
            transport,
        };
        let stopped = async {
            let _ = stopped.await;
        };
        runtime
            .block_on(ringfence_gateway::serve(
                listen,
                app,
                &Bounds::default(),
                stopped,
                |address| send.send(address).unwrap(),
            ))
            .unwrap();
    });
    let port = bound.recv_timeout(Duration::from_secs(20)).unwrap().port();
    let url = format!("https://x:{TOKEN}@localhost:{port}/git/pricing.git");
    let trust = format!("http.sslCAInfo={}", certificate.display());
    git_ok(folder.path(), &["-c", &trust, "clone", "-q", &url, "clone"]);
    assert!(folder.path().join("clone/README.md").exists());
    drop(stop);
    server.join().unwrap();
}

#[test]
fn a_slow_head_is_not_waited_for() {
    let bounds = Bounds {
        head_time: Duration::from_secs(1),
        ..Bounds::default()
    };
    let site = site_with(bounds, few_files);
    // Nothing, the beginning of HTTP/2, and half a head.
    for words in [
        &b""[..],
        b"PRI * HT",
        b"GET /git/pricing.git/info/refs HTTP/1.1\r\nHost:",
    ] {
        let mut stream = TcpStream::connect(site.address).unwrap();
        stream.write_all(words).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let started = Instant::now();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(
            started.elapsed() < Duration::from_secs(5),
            "{words:?}: {:?}",
            started.elapsed()
        );
    }
}
