//! A gate that records, a server on a free port, stores made by git, clients.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ringfence_gateway::{
    Bounds, Branches, DeliveryEnd, DeliveryId, DeliveryRequest, Gate, Listen, Outcome, Probe, PushReport,
    ReceivedPush, RefResult, Refusal, Session, Transport,
};
use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;

pub const TOKEN: &str = "rf_good_token";
pub const EXPIRED: &str = "rf_expired_token";
pub const OTHER: &str = "rf_token_of_another_view";

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Refreshed,
    Begun(DeliveryRequest),
    Ended(DeliveryEnd),
    Received { commits: usize, references: Vec<String> },
    Probe(String),
}

pub struct FakeGate {
    session: Session,
    pub events: Mutex<Vec<(Instant, Event)>>,
    pub revoked: AtomicBool,
    pub ledger_full: AtomicBool,
    pub refuse_push: Mutex<Option<String>>,
    pub begin_pause: Mutex<Duration>,
}

impl FakeGate {
    fn log(&self, event: Event) {
        self.events.lock().unwrap().push((Instant::now(), event));
    }

    pub fn seen(&self) -> Vec<Event> {
        self.events
            .lock()
            .unwrap()
            .iter()
            .map(|(_, event)| event.clone())
            .collect()
    }

    pub fn deliveries(&self) -> Vec<Event> {
        self.seen()
            .into_iter()
            .filter(|event| matches!(event, Event::Begun(_) | Event::Ended(_)))
            .collect()
    }

    pub fn wait_for(&self, what: impl Fn(&Event) -> bool) -> Event {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(event) = self.seen().into_iter().find(&what) {
                return event;
            }
            assert!(Instant::now() < until, "no such event: {:?}", self.seen());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Gate for FakeGate {
    fn authenticate(&self, token: &SecretString, view: &str) -> Result<Session, Refusal> {
        let unknown = |inside: &str| Refusal::Unknown {
            inside: inside.to_owned(),
        };
        match token.expose_secret() {
            TOKEN if view != self.session.view => Err(unknown("no such view")),
            TOKEN if self.revoked.load(Ordering::SeqCst) => Err(Refusal::Denied {
                reason: "the grant to nordwind was revoked; ask the owner".to_owned(),
            }),
            TOKEN => {
                let mut session = self.session.clone();
                let listed = ringfence_git::quarantine::references(&session.store, "refs/heads/").unwrap();
                session.branches.own = listed
                    .into_iter()
                    .filter_map(|(name, _)| name.strip_prefix("refs/heads/").map(str::to_owned))
                    .filter(|name| name != "main")
                    .collect();
                Ok(session)
            }
            EXPIRED => Err(unknown("expired")),
            OTHER => Err(unknown("token of another view")),
            _ => Err(unknown("no such token")),
        }
    }

    fn still_allowed(&self, _: &Session) -> Result<(), Refusal> {
        if self.revoked.load(Ordering::SeqCst) {
            return Err(Refusal::Denied {
                reason: "the grant to nordwind was revoked".to_owned(),
            });
        }
        Ok(())
    }

    fn refresh(&self, _: &Session) -> Result<(), Refusal> {
        self.log(Event::Refreshed);
        Ok(())
    }

    fn begin_delivery(&self, _: &Session, request: &DeliveryRequest) -> Result<DeliveryId, Refusal> {
        if self.ledger_full.load(Ordering::SeqCst) {
            return Err(Refusal::Fault {
                inside: "disk full".to_owned(),
            });
        }
        std::thread::sleep(*self.begin_pause.lock().unwrap());
        self.log(Event::Begun(request.clone()));
        Ok(DeliveryId("d-1".to_owned()))
    }

    fn end_delivery(&self, _: &Session, _: &DeliveryId, end: &DeliveryEnd) -> Result<(), Refusal> {
        self.log(Event::Ended(end.clone()));
        Ok(())
    }

    fn receive(&self, session: &Session, push: ReceivedPush) -> Result<PushReport, Refusal> {
        self.log(Event::Received {
            commits: push
                .received
                .as_ref()
                .map_or(0, |received| received.commits().len()),
            references: push
                .commands
                .iter()
                .map(|command| command.reference.clone())
                .collect(),
        });
        if let Some(reason) = self.refuse_push.lock().unwrap().clone() {
            return Err(Refusal::Denied { reason });
        }
        let fault = |error: ringfence_git::receive::ReceiveError| Refusal::Fault {
            inside: error.to_string(),
        };
        match &push.received {
            Some(received) => {
                received.migrate_to_store(&push.commands).map_err(fault)?;
            }
            None => {
                ringfence_git::quarantine::update_references(&session.store, &push.commands).map_err(fault)?
            }
        }
        let results = push
            .commands
            .iter()
            .map(|command| (command.reference.clone(), RefResult::Accepted))
            .collect();
        Ok(PushReport {
            results,
            messages: vec!["submission 1 recorded".to_owned()],
        })
    }

    fn denied(&self, probe: &Probe) {
        self.log(Event::Probe(probe.what.clone()));
    }
}

pub struct Site {
    pub home: TempDir,
    pub gate: Arc<FakeGate>,
    pub address: SocketAddr,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Site {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// Starts a server on the store that `fill` makes out of a work tree.
pub fn site(fill: impl FnOnce(&Path)) -> Site {
    site_with(
        Bounds {
            attempts_per_address: 1_000,
            ..Bounds::default()
        },
        fill,
    )
}

pub fn site_with(bounds: Bounds, fill: impl FnOnce(&Path)) -> Site {
    let home = tempfile::tempdir().unwrap();
    let work = home.path().join("owner");
    std::fs::create_dir(&work).unwrap();
    git_ok(&work, &["init", "-q", "-b", "main"]);
    fill(&work);
    git_ok(&work, &["add", "-A"]);
    git_ok(&work, &["commit", "-q", "-m", "first"]);
    git_ok(
        home.path(),
        &["clone", "-q", "--bare", "--no-hardlinks", "owner", "store.git"],
    );
    let store = home.path().join("store.git");
    git_ok(&store, &["remote", "remove", "origin"]);
    let gate = Arc::new(FakeGate {
        session: Session {
            person: "p-1".to_owned(),
            recipient: "nordwind".to_owned(),
            view: "pricing".to_owned(),
            token: "t-1".to_owned(),
            store,
            quarantine: home.path().join("quarantine"),
            branches: Branches {
                tracked: vec!["main".to_owned()],
                own: vec![],
            },
        },
        events: Mutex::default(),
        revoked: AtomicBool::new(false),
        ledger_full: AtomicBool::new(false),
        refuse_push: Mutex::default(),
        begin_pause: Mutex::new(Duration::ZERO),
    });
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (send, bound) = std::sync::mpsc::channel();
    let app = ringfence_gateway::router(Arc::clone(&gate) as Arc<dyn Gate>, bounds.clone(), None);
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let listen = Listen {
            address: "127.0.0.1:0".parse().unwrap(),
            transport: Transport::Plain,
        };
        let until = async {
            let _ = stopped.await;
        };
        let serving =
            ringfence_gateway::serve(listen, app, &bounds, until, |address| send.send(address).unwrap());
        runtime.block_on(serving).unwrap();
        runtime.shutdown_timeout(Duration::from_secs(5));
    });
    let address = bound.recv_timeout(Duration::from_secs(20)).unwrap();
    Site {
        home,
        gate,
        address,
        stop: Some(stop),
        thread: Some(thread),
    }
}

/// A few files, enough for a clone that can be told from nothing.
pub fn few_files(work: &Path) {
    std::fs::create_dir(work.join("src")).unwrap();
    std::fs::write(work.join("README.md"), "# Pricing\n").unwrap();
    for number in 0..20 {
        let body: String = (0..60)
            .map(|line| format!("fn price_{number}_{line}() -> u32 {{ {line} }}\n"))
            .collect();
        std::fs::write(work.join(format!("src/part_{number}.rs")), body).unwrap();
    }
}

/// Bytes that do not compress: they repeat only far outside the window of deflate.
pub fn noise(count: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let block: Vec<u8> = (0..1 << 17)
        .flat_map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes()
        })
        .collect();
    block.into_iter().cycle().take(count).collect()
}

impl Site {
    pub fn url(&self, token: &str) -> String {
        self.url_of("pricing", token)
    }

    pub fn url_of(&self, view: &str, token: &str) -> String {
        format!("http://anyone:{token}@{}/git/{view}.git", self.address)
    }

    pub fn store(&self) -> PathBuf {
        self.home.path().join("store.git")
    }

    /// Clones with the good token and returns the work tree.
    pub fn clone_to(&self, name: &str, version: u8) -> PathBuf {
        let version = format!("protocol.version={version}");
        git_ok(
            self.home.path(),
            &[
                "-c",
                &version,
                "-c",
                "fetch.unpackLimit=1",
                "clone",
                "-q",
                &self.url(TOKEN),
                name,
            ],
        );
        let clone = self.home.path().join(name);
        git_ok(
            &clone,
            &["config", "protocol.version", version.rsplit('=').next().unwrap()],
        );
        clone
    }

    /// Sends a raw request and returns status line with head, and the body.
    pub fn raw(&self, request: &[u8]) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        // A server that refuses in the middle closes before everything is written.
        let _ = stream.write_all(request);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let end = answer
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .map_or(answer.len(), |end| end + 4);
        let body = answer.split_off(end);
        let head = String::from_utf8_lossy(&answer).into_owned();
        let chunked = head.to_lowercase().contains("transfer-encoding: chunked");
        (head, if chunked { joined(&body) } else { body })
    }

    pub fn get(&self, path: &str, token: Option<&str>) -> (String, Vec<u8>) {
        let authorization = token
            .map(|token| format!("Authorization: Bearer {token}\r\n"))
            .unwrap_or_default();
        self.raw(
            format!("GET {path} HTTP/1.1\r\nHost: x\r\n{authorization}Connection: close\r\n\r\n").as_bytes(),
        )
    }

    pub fn post(&self, service: &str, protocol: u8, headers: &str, body: &[u8]) -> (String, Vec<u8>) {
        let mut request = format!(
            "POST /git/pricing.git/{service} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\
             Content-Type: application/x-{service}-request\r\nGit-Protocol: version={protocol}\r\n{headers}\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.raw(&request)
    }
}

/// The bytes of a chunked body, as far as they came.
fn joined(mut body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(end) = body.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        let chunk = &body[end + 2..];
        bytes.extend_from_slice(&chunk[..size.min(chunk.len())]);
        body = chunk.get(size + 2..).unwrap_or_default();
    }
    bytes
}

pub fn complete() -> Outcome {
    Outcome::Complete
}

pub fn git(folder: &Path, arguments: &[&str]) -> Output {
    git_with_input(folder, arguments, b"")
}

pub fn git_with_input(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    #[expect(clippy::disallowed_methods, reason = "the client under test")]
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", "/nonexistent")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_AUTHOR_NAME", "Someone")
        .env("GIT_AUTHOR_EMAIL", "someone@example.com")
        .env("GIT_COMMITTER_NAME", "Someone")
        .env("GIT_COMMITTER_EMAIL", "someone@example.com")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

pub fn git_ok(folder: &Path, arguments: &[&str]) -> String {
    let output = git(folder, arguments);
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Runs git, asserts that it fails, and returns its standard error.
pub fn git_fails(folder: &Path, arguments: &[&str]) -> String {
    let output = git(folder, arguments);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "git {arguments:?} succeeded: {error}");
    error
}

/// Makes an object from bytes.
pub fn object(repository: &Path, kind: &str, bytes: &[u8]) -> String {
    let output = git_with_input(
        repository,
        &["hash-object", "-w", "--literally", "-t", kind, "--stdin"],
        bytes,
    );
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// One entry of a tree in binary form.
pub fn entry(mode: &str, name: &[u8], id: &str) -> Vec<u8> {
    let mut bytes = format!("{mode} ").into_bytes();
    bytes.extend_from_slice(name);
    bytes.push(0);
    bytes.extend((0..20).map(|at| u8::from_str_radix(&id[at * 2..at * 2 + 2], 16).unwrap()));
    bytes
}

/// A commit of a tree onto a parent.
pub fn commit(repository: &Path, tree: &str, parent: &str) -> String {
    let who = "Someone <someone@example.com> 1700000000 +0000";
    let text = format!("tree {tree}\nparent {parent}\nauthor {who}\ncommitter {who}\n\nmade by hand\n");
    object(repository, "commit", text.as_bytes())
}

pub fn packet(text: &str) -> Vec<u8> {
    format!("{:04x}{text}", text.len() + 4).into_bytes()
}
