//! One owner with two vendors, started as a person starts it: the binary, a home, a repository, a server, git clients.

use ringfence_testkit::{GitRepository, TestHome, settle_mark_key};
use serde_json::Value;
use std::ffi::OsStr;
use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The view that every estate here declares.
pub const VIEW: &str = "storefront";
/// Engineer of the vendor nordwind.
pub const ADA: &str = "ada@nordwind.example";
/// Engineer of the vendor suedwerk.
pub const BO: &str = "bo@suedwerk.example";

/// Starts a program; the tests play the people outside.
#[expect(
    clippy::disallowed_methods,
    reason = "tests start the real binary and the programs of the people outside"
)]
pub fn program(name: impl AsRef<OsStr>) -> Command {
    Command::new(name)
}

/// What a program printed and how it ended.
#[derive(Debug)]
pub struct Done {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Done {
    /// Runs to the end.
    pub fn of(command: &mut Command) -> Self {
        let done = command
            .stdin(Stdio::null())
            .output()
            .expect("a program that starts");
        Self {
            code: done.status.code().unwrap_or(-1),
            out: String::from_utf8(done.stdout).expect("output in UTF-8"),
            err: String::from_utf8_lossy(&done.stderr).into_owned(),
        }
    }

    /// Itself when it ended with `code`; else the test fails with both outputs.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "out:\n{}\nerr:\n{}", self.out, self.err);
        self
    }

    /// Itself when it says all of `words`, wherever.
    #[track_caller]
    pub fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(
                self.out.contains(word) || self.err.contains(word),
                "no {word:?} in\nout:\n{}\nerr:\n{}",
                self.out,
                self.err
            );
        }
        self
    }

    /// The one JSON line on standard output.
    #[track_caller]
    pub fn value(&self) -> Value {
        let mut lines = self.out.lines();
        let line = lines
            .next()
            .unwrap_or_else(|| panic!("no output; err:\n{}", self.err));
        assert_eq!(lines.next(), None, "more than one line:\n{}", self.out);
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }
}

/// A home and what belongs to it.
pub struct Owner {
    folder: TestHome,
    /// The owner's repository.
    pub source: GitRepository,
}

/// Files of this repository as the content of the owner's, so that marks have sites.
pub const SOURCES: &[(&str, &str)] = &[
    ("crates/api/src/agreement.rs", "domain/src/agreement.rs"),
    ("crates/api/src/glob.rs", "domain/src/glob.rs"),
    ("crates/api/src/plan.rs", "domain/src/plan.rs"),
    ("crates/api/src/view.rs", "domain/src/view.rs"),
    ("crates/web/src/note.rs", "ledger/src/note.rs"),
    ("crates/web/src/tree.rs", "ledger/src/tree.rs"),
    ("crates/pricing/src/secret_margin.rs", "policy/src/reason.rs"),
];

/// The text of a file of this repository's crates.
pub fn source_text(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

impl Owner {
    /// A home that was just made; nothing is declared.
    pub fn with_empty_home() -> Self {
        Self::with_database(None)
    }

    /// A home that was just made, over the database at an address.
    pub fn with_database(url: Option<&str>) -> Self {
        let folder = TestHome::new();
        let source = GitRepository::create(&folder.path().join("shop"));
        let owner = Self { folder, source };
        let mut arguments = vec!["init"];
        arguments.extend(url.map(|url| ["--database", url]).into_iter().flatten());
        owner.run(&arguments).expect_code(0);
        settle_mark_key(&owner.home());
        owner
    }

    /// A repository with real text and an estate that is applied; nothing is signed.
    pub fn declared() -> Self {
        Self::with_empty_home().declare()
    }

    /// Commits the real text and applies the estate of two vendors.
    pub fn declare(self) -> Self {
        let mut files: Vec<(&str, String)> = SOURCES
            .iter()
            .map(|(path, from)| (*path, source_text(from)))
            .collect();
        files.push(("README.md", "# Shop\n\nThe storefront.\n".to_owned()));
        self.source.commit(&files, "First");
        self.apply(&self.estate()).expect_code(0);
        self
    }

    /// The same with every agreement signed.
    pub fn signed() -> Self {
        Self::declared().sign_all()
    }

    /// Signs both agreements for both sides.
    pub fn sign_all(self) -> Self {
        for (agreement, person) in [("NDA-7", ADA), ("NDA-8", BO)] {
            for who in ["owner", person] {
                self.run(&["agreement", "sign", agreement, "--as", who])
                    .expect_code(0);
            }
        }
        self
    }

    /// The estate of two vendors with the same view.
    pub fn estate(&self) -> String {
        let mut text = format!(
            r#"version = 1

[owner]
name = "Acme"
country = "DE"

[policy]
require = ["agreement"]
allow_vouched = true

[[repository]]
name = "shop"
source = "{}"
branch = "main"

[[asset]]
name = "pricing"
kind = "algorithm"
protection = ["trade-secret"]
origin = "own-secret"
sensitivity = "restricted"
repository = "shop"
paths = ["crates/pricing/**"]

[[view]]
name = "{VIEW}"
repository = "shop"
history = "snapshot"
messages = "neutral"
authors = "role"
marks = {{ profile = "auto" }}
rules = [
  {{ visibility = "read", paths = ["README.md", "crates/api/**"] }},
  {{ visibility = "write", paths = ["crates/web/**"] }},
]
"#,
            self.source.path().display()
        );
        for (party, person, agreement) in [("nordwind", ADA, "NDA-7"), ("suedwerk", BO, "NDA-8")] {
            text.push_str(&format!(
                r#"
[[party]]
name = "{party}"
role = "vendor"
country = "PL"

[[person]]
email = "{person}"
party = "{party}"

[[agreement]]
id = "{agreement}"
kind = "nda"
parties = ["owner", "{party}"]
signatories = ["owner", "{person}"]
effective = 2026-01-01
ends = 2099-12-31
purpose = "rework"
assets = ["*"]
governing_law = "DE"

[[grant]]
recipient = "{party}"
view = "{VIEW}"
agreements = ["{agreement}"]
purpose = "rework"
from = 2026-01-01
until = 2099-12-31
"#
            ));
        }
        text
    }

    /// The estate after replacing each `(text, by)`; every text must occur.
    #[track_caller]
    pub fn edited(&self, edits: &[(&str, &str)]) -> String {
        edits.iter().fold(self.estate(), |text, (old, new)| {
            assert!(text.contains(old), "the estate has no {old:?}");
            text.replace(old, new)
        })
    }

    /// Writes the estate file and applies it.
    pub fn apply(&self, text: &str) -> Done {
        let file = self.write("estate.toml", text);
        self.run(&["apply", &shown(&file)])
    }

    /// The home.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// A path beside the home.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file beside the home.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        self.folder.write(name, content)
    }

    /// The binary over this home.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = ringfence();
        command.args(arguments).arg("--home").arg(self.home());
        command
    }

    /// Runs the binary to the end.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Done {
        Done::of(&mut self.command(arguments))
    }

    /// Runs it with `--json`, expects its exit code and gives the one value it prints.
    #[track_caller]
    pub fn json(&self, arguments: &[&str], code: i32) -> Value {
        Done::of(self.command(arguments).arg("--json"))
            .expect_code(code)
            .value()
    }

    /// Issues a token; its id and its secret.
    #[track_caller]
    pub fn token(&self, person: &str, ttl: &str) -> (String, String) {
        let value = self.json(
            &["token", "issue", "--person", person, "--view", VIEW, "--ttl", ttl],
            0,
        );
        let text = |key: &str| value[key].as_str().unwrap().to_owned();
        (text("id"), text("token"))
    }

    /// Exports a recipient's copy beside the home.
    #[track_caller]
    pub fn export(&self, recipient: &str, name: &str) -> PathBuf {
        let folder = self.path(name);
        self.run(&["view", "export", VIEW, "--recipient", recipient, &shown(&folder)])
            .expect_code(0);
        folder
    }

    /// Traces a suspect; verdict, named recipient and the whole report.
    #[track_caller]
    pub fn trace(&self, suspect: &Path) -> (String, Option<String>, Value) {
        let done = Done::of(self.command(&["trace", &shown(suspect)]).arg("--json"));
        let report = done.value();
        let recipient = report["recipient"].as_str().map(str::to_owned);
        assert_eq!(done.code, i32::from(recipient.is_none()), "{report}");
        (report["verdict"].as_str().unwrap().to_owned(), recipient, report)
    }

    /// Serves on a free port until dropped.
    pub fn serve(&self) -> Server {
        Server::start(self.command(&["serve", "--listen", "127.0.0.1:0"]))
    }
}

/// The binary without a home of its own.
pub fn ringfence() -> Command {
    let mut command = program(env!("CARGO_BIN_EXE_ringfence"));
    command
        .env_remove("RINGFENCE_HOME")
        .env_remove("RINGFENCE_LOG")
        .env("NO_COLOR", "1");
    command
}

/// A path as an argument.
pub fn shown(path: &Path) -> String {
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// A running server; ended when dropped.
pub struct Server {
    child: Child,
    /// Where it answers, as `http://127.0.0.1:PORT`.
    pub address: String,
}

impl Server {
    fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a server that starts");
        let mut line = String::new();
        std::io::BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .expect("the server's first line");
        let address = line
            .trim()
            .strip_prefix("listening on ")
            .unwrap_or_else(|| panic!("the server said {line:?}"))
            .to_owned();
        Self { child, address }
    }

    /// The address of the view.
    pub fn view(&self) -> String {
        format!("{}/git/{VIEW}.git", self.address)
    }

    /// Runs git in `folder` with a token as password.
    pub fn git(&self, folder: &Path, token: &str, arguments: &[&str]) -> Done {
        let mut git = GitRepository::at(folder).command();
        git.env("TOKEN", token)
            .args([
                "-c",
                "credential.helper=!f() { echo username=git; echo \"password=$TOKEN\"; }; f",
            ])
            .args(arguments);
        Done::of(&mut git)
    }

    /// Clones the view into a new folder.
    pub fn clone_view(&self, token: &str, into: &Path) -> Done {
        let beside = into.parent().expect("a folder above");
        self.git(beside, token, &["clone", "--quiet", &self.view(), &shown(into)])
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Every file under a folder, by path relative to it; links by their target. Without the terms, which are in every copy.
pub fn files_of(folder: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut files = std::collections::BTreeMap::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path
                .file_name()
                .is_some_and(|name| name == ".git" || name == "LICENCE-TERMS.md")
            {
                continue;
            }
            let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            if path.is_symlink() {
                let target = std::fs::read_link(&path).unwrap();
                files.insert(name, target.to_string_lossy().into_owned().into_bytes());
            } else if path.is_dir() {
                waiting.push(path);
            } else {
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}
