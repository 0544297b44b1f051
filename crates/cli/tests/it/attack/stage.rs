//! A running `ringfence serve` over a real repository, two vendors, and the clients that stand outside it.

use ringfence_testkit::{GitRepository, TestHome, settle_mark_key};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Words that only hidden things of the owner contain: names, contents, messages, people, branches, tags.
pub const HIDDEN_WORD: &str = "hush7319";
/// The view that both vendors are granted.
pub const VIEW: &str = "storefront";
/// A view that only suedwerk is granted.
pub const OTHER_VIEW: &str = "backoffice";
pub const ADA: &str = "ada@nordwind.example";
pub const BO: &str = "bo@suedwerk.example";

pub const RUST: &str = include_str!("../../../../view/src/project/history.rs");
pub const RUST_TWO: &str = include_str!("../../../../view/src/rules.rs");
pub const PYTHON: &str = include_str!("../../../../evidence/verifier/verify.py");

/// What a program printed and how it ended.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub out: String,
    pub err: String,
}

pub type Files = Vec<(String, Vec<u8>)>;

/// The usual repository: real sources in `web` (writable), `api` (readable), and hidden things everywhere around them.
pub fn shop() -> Files {
    let hidden = |what: &str| {
        format!(
            "//! {HIDDEN_WORD} {what}\npub fn formula() -> u64 {{ 0x{:x} }}\n",
            what.len()
        )
    };
    [
        ("README.md", "# shop\n".to_owned()),
        ("web/router.rs", RUST.to_owned()),
        ("web/tool.py", PYTHON.to_owned()),
        ("web/private/keys.rs", hidden("keys inside the writable folder")),
        ("api/rules.rs", RUST_TWO.to_owned()),
        ("pricing/formula.rs", hidden("the formula")),
        ("pricing/hush7319-name.rs", hidden("named")),
        ("docs/guide.md", "# guide of the back office\n".to_owned()),
        (".github/workflows/ci.yml", "on: push\n".to_owned()),
    ]
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text.into_bytes()))
    .collect()
}

/// The rules of [`VIEW`] for [`shop`].
pub const RULES: &str = r#"
  { visibility = "read", paths = ["/README.md", "/api/**"] },
  { visibility = "write", paths = ["/web/**"] },
  { visibility = "hidden", paths = ["/web/private/**"] },
"#;

pub struct Stage {
    pub home: TestHome,
    pub owner: GitRepository,
    server: Child,
    pub port: u16,
    rules: std::cell::RefCell<String>,
    options: String,
    commits: AtomicU32,
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Stage {
    /// The usual repository and view.
    pub fn usual() -> Self {
        Self::new(&shop(), RULES, "")
    }

    /// A repository with `files`, a view with `rules` and further `options` (lines of its table).
    pub fn new(files: &Files, rules: &str, options: &str) -> Self {
        let home = TestHome::new();
        let owner = GitRepository::create(&home.path().join("owner"));
        owner.commit(
            &[("pricing/old.rs", "// before the grant\n")],
            &format!("{HIDDEN_WORD} first"),
        );
        owner.git(&["rm", "-q", "pricing/old.rs"]);
        owner.commit(
            files,
            &format!("{HIDDEN_WORD}: import, for eyes of the owner only"),
        );
        owner.git(&["branch", "hush7319-branch"]);
        owner.git(&["tag", "hush7319-tag"]);
        Self::over(home, owner, rules, options)
    }

    fn over(home: TestHome, owner: GitRepository, rules: &str, options: &str) -> Self {
        ringfence(&home.path().join("h"), &["init"]);
        settle_mark_key(&home.path().join("h"));
        let (server, port) = start_server(&home.path().join("h"), &[]);
        let stage = Self {
            home,
            owner,
            server,
            port,
            rules: std::cell::RefCell::default(),
            options: options.to_owned(),
            commits: AtomicU32::new(0),
        };
        stage.apply(rules);
        for (agreement, person) in [("NDA-7", ADA), ("NDA-8", BO)] {
            for who in ["owner", person] {
                stage.ok(&["agreement", "sign", agreement, "--as", who]);
            }
        }
        stage
    }

    /// Applies the estate with other rules for [`VIEW`].
    pub fn apply(&self, rules: &str) {
        *self.rules.borrow_mut() = rules.to_owned();
        let mut text = format!(
            "version = 1\n[owner]\nname = \"Acme\"\ncountry = \"DE\"\n[policy]\nrequire = [\"agreement\"]\nallow_vouched = true\n\
             [[repository]]\nname = \"shop\"\nsource = \"{}\"\nbranch = \"main\"\n",
            self.owner.path().display()
        );
        for (party, person, agreement) in [("nordwind", ADA, "NDA-7"), ("suedwerk", BO, "NDA-8")] {
            text.push_str(&format!(
                "[[party]]\nname = \"{party}\"\nrole = \"vendor\"\ncountry = \"PL\"\n[[person]]\nemail = \"{person}\"\nparty = \"{party}\"\n\
                 [[agreement]]\nid = \"{agreement}\"\nkind = \"nda\"\nparties = [\"owner\", \"{party}\"]\nsignatories = [\"owner\", \"{person}\"]\n\
                 effective = 2026-01-01\nends = 2099-12-31\npurpose = \"rework\"\nassets = [\"*\"]\ngoverning_law = \"DE\"\n\
                 [[grant]]\nrecipient = \"{party}\"\nview = \"{VIEW}\"\nagreements = [\"{agreement}\"]\npurpose = \"rework\"\nfrom = 2026-01-01\nuntil = 2099-12-31\n"
            ));
        }
        text.push_str(&format!(
            "[[grant]]\nrecipient = \"suedwerk\"\nview = \"{OTHER_VIEW}\"\nagreements = [\"NDA-8\"]\npurpose = \"rework\"\nfrom = 2026-01-01\nuntil = 2099-12-31\n\
             [[view]]\nname = \"{VIEW}\"\nrepository = \"shop\"\nhistory = \"snapshot\"\n{}\nrules = [{rules}]\n\
             [[view]]\nname = \"{OTHER_VIEW}\"\nrepository = \"shop\"\nhistory = \"snapshot\"\nrules = [{{ visibility = \"read\", paths = [\"/docs/**\"] }}]\n",
            self.options
        ));
        let file = self.home.write("estate.toml", text);
        self.ok(&["apply", file.to_str().unwrap()]);
    }

    pub fn folder(&self) -> &Path {
        self.home.path()
    }

    /// The folder of the home with keys, mirrors and stores.
    pub fn ringfence_home(&self) -> PathBuf {
        self.home.path().join("h")
    }

    /// The delivery store of one recipient of [`VIEW`].
    pub fn store(&self, recipient: &str) -> GitRepository {
        let folder = self.ringfence_home().join("stores").join(VIEW);
        let found = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.is_dir() && path.file_name().unwrap().to_str().unwrap().starts_with(recipient))
            .unwrap_or_else(|| panic!("no store of {recipient} in {}", folder.display()));
        GitRepository::at(&found)
    }

    pub fn run(&self, arguments: &[&str]) -> Done {
        ringfence(&self.ringfence_home(), arguments)
    }

    /// Runs a command that must work and gives what it printed.
    pub fn ok(&self, arguments: &[&str]) -> String {
        let done = self.run(arguments);
        assert_eq!(done.code, 0, "ringfence {arguments:?}: {done:?}");
        done.out
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        let done = self.run(&[arguments, &["--json"]].concat());
        serde_json::from_str(&done.out)
            .unwrap_or_else(|error| panic!("ringfence {arguments:?}: {error}: {done:?}"))
    }

    pub fn token_for(&self, person: &str, view: &str, life: &str) -> String {
        let out = self.ok(&[
            "token", "issue", "--person", person, "--view", view, "--ttl", life,
        ]);
        out.lines().last().unwrap().trim().to_owned()
    }

    pub fn token(&self, person: &str) -> String {
        self.token_for(person, VIEW, "1h")
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/git/{VIEW}.git", self.port)
    }

    /// Clones [`VIEW`] as a person with a new token.
    pub fn clone_as(&self, person: &str, name: &str) -> GitRepository {
        self.clone_with(&self.token(person), name)
    }

    pub fn clone_with(&self, token: &str, name: &str) -> GitRepository {
        let header = format!("http.extraHeader=Authorization: Bearer {token}");
        let base = GitRepository::at(self.folder());
        base.git(&["clone", "-q", "-c", &header, &self.url(), name]);
        GitRepository::at(&self.folder().join(name))
    }

    /// Commits to the owner's main branch.
    pub fn owner_commits(&self, files: &[(&str, &[u8])]) -> String {
        let number = self.commits.fetch_add(1, Ordering::Relaxed);
        self.owner
            .commit(files, &format!("{HIDDEN_WORD} number {number}"))
    }

    /// The newest submission of a recipient.
    pub fn newest_submission(&self, recipient: &str) -> Value {
        let listed = self.json(&["submission", "list"]);
        let rows = listed.as_array().cloned().or_else(|| {
            listed
                .as_object()
                .and_then(|object| object.values().find_map(|value| value.as_array().cloned()))
        });
        let mut rows: Vec<Value> = rows
            .unwrap()
            .into_iter()
            .filter(|row| row["recipient"] == recipient)
            .collect();
        rows.sort_by_key(|row| row["received_at"].as_str().unwrap().to_owned());
        rows.pop()
            .unwrap_or_else(|| panic!("no submission of {recipient}: {listed}"))
    }

    /// Accepts the newest submission of a recipient and gives the owner's branch.
    pub fn accept_newest(&self, recipient: &str) -> String {
        let row = self.newest_submission(recipient);
        self.ok(&["submission", "accept", row["id"].as_str().unwrap()]);
        row["owner_branch"].as_str().unwrap().to_owned()
    }

    pub fn send(&self, request: &[u8]) -> Reply {
        send(self.port, request)
    }

    pub fn get(&self, path: &str, token: Option<&str>, protocol: u8) -> Reply {
        let authorization = token.map_or(String::new(), |token| {
            format!("Authorization: Bearer {token}\r\n")
        });
        self.send(
            format!("GET {path} HTTP/1.1\r\nHost: x\r\n{authorization}Git-Protocol: version={protocol}\r\nConnection: close\r\n\r\n").as_bytes(),
        )
    }

    pub fn post(&self, service: &str, token: &str, protocol: u8, body: &[u8]) -> Reply {
        let mut request = format!(
            "POST /git/{VIEW}.git/{service} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nGit-Protocol: version={protocol}\r\n\
             Content-Type: application/x-{service}-request\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.send(&request)
    }
}

/// An HTTP answer: head without the date, body with chunks joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub head: String,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn status(&self) -> u16 {
        self.head
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .unwrap_or(0)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// What side band 1 carried, joined: how it was cut into packets depends on the network.
    pub fn side_band(&self) -> Vec<u8> {
        let (mut rest, mut data) = (self.body.as_slice(), Vec::new());
        while rest.len() >= 4 {
            let size = usize::from_str_radix(std::str::from_utf8(&rest[..4]).unwrap(), 16).unwrap();
            if size > 4 && rest[4] == 1 {
                data.extend_from_slice(&rest[5..size]);
            }
            rest = &rest[size.max(4)..];
        }
        data
    }

    pub fn has_pack(&self) -> bool {
        self.body.windows(4).any(|four| four == b"PACK")
    }
}

pub fn send(port: u16, request: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream
        .set_read_timeout(Some(std::time::Duration::from_secs(60)))
        .unwrap();
    // The server may answer and close before it has read a hostile request to its end.
    let _ = stream.write_all(request);
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all);
    let end = all
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .map_or(all.len(), |at| at + 4);
    let head: String = String::from_utf8_lossy(&all[..end])
        .lines()
        .filter(|line| !line.to_lowercase().starts_with("date:"))
        .collect::<Vec<_>>()
        .join("\n");
    let body = if head.to_lowercase().contains("transfer-encoding: chunked") {
        unchunk(&all[end..])
    } else {
        all[end..].to_vec()
    };
    Reply { head, body }
}

fn unchunk(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(at) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..at]).unwrap().trim(), 16).unwrap();
        let data = &rest[at + 2..];
        if size == 0 || data.len() < size {
            break;
        }
        body.extend_from_slice(&data[..size]);
        rest = data.get(size + 2..).unwrap_or_default();
    }
    body
}

/// One pkt-line.
pub fn packet(line: &str) -> Vec<u8> {
    format!("{:04x}{line}", line.len() + 4).into_bytes()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the product is tested as people start it"
)]
pub fn ringfence_command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringfence"));
    command
        .args(arguments)
        .arg("--home")
        .arg(home)
        .stdin(Stdio::null())
        .env_remove("RINGFENCE_HOME");
    command
}

pub fn ringfence(home: &Path, arguments: &[&str]) -> Done {
    let done = ringfence_command(home, arguments).output().unwrap();
    Done {
        code: done.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&done.stdout).into_owned(),
        err: String::from_utf8_lossy(&done.stderr).into_owned(),
    }
}

fn start_server(home: &Path, more: &[&str]) -> (Child, u16) {
    let log = std::fs::File::create(home.join("server.log")).unwrap();
    let arguments = [&["serve", "--listen", "127.0.0.1:0"], more].concat();
    let mut child = ringfence_command(home, &arguments)
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let port = line.trim().rsplit(':').next().and_then(|port| port.parse().ok());
    let port = port.unwrap_or_else(|| {
        panic!(
            "{line:?} {}",
            std::fs::read_to_string(home.join("server.log")).unwrap_or_default()
        )
    });
    (child, port)
}
