//! One owner, one vendor, and the vendor's clone; everything below the gateway.

use ringfence_app::estate::Draft;
use ringfence_app::push::{PushOutcome, Pusher};
use ringfence_app::{App, FixedClock};
use ringfence_git::quarantine::Quarantine;
use ringfence_git::receive::{PushCommand, ReceiveLimits};
use ringfence_store::Database;
use ringfence_testkit::{GitRepository, TestDatabase, settle_mark_key};
use std::path::PathBuf;
use std::sync::Arc;

/// The engineer of the vendor.
pub const ADA: &str = "ada@nordwind.example";

/// A home over one of the two databases.
pub struct Stage<'a> {
    database: &'a TestDatabase,
    /// The use cases.
    pub app: App,
    /// The owner's repository.
    pub source: GitRepository,
}

/// Text of a file of this repository, so that marks have sites.
pub fn text_of(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

impl<'a> Stage<'a> {
    /// A repository of real text, an estate that is applied and signed.
    pub fn signed(database: &'a TestDatabase) -> Self {
        Self::signed_in(database, "home")
    }

    /// The same in a home of its own, for several in one test (SQLite only).
    pub fn signed_in(database: &'a TestDatabase, name: &str) -> Self {
        let source = GitRepository::create(&database.home.path().join(format!("{name}-shop")));
        source.commit(
            &[
                ("api/view.rs", text_of("domain/src/view.rs")),
                ("web/note.rs", text_of("ledger/src/note.rs")),
                ("web/tree.rs", text_of("ledger/src/tree.rs")),
                ("README.md", "# Shop\n".to_owned()),
            ],
            "First",
        );
        let home = database.home.path().join(name);
        let url = (name == "home").then_some(database.config.url.as_str());
        App::init(&home, url).unwrap();
        settle_mark_key(&home);
        let clock = FixedClock::new("2026-03-01T12:00:00Z".parse().unwrap());
        let app = App::open(&home, Arc::new(clock)).unwrap();
        let stage = Self {
            database,
            app,
            source,
        };
        stage.apply(&stage.estate());
        for who in ["owner", ADA] {
            stage.app.sign("NDA-7", who, None).unwrap();
        }
        stage
    }

    /// What is declared.
    pub fn estate(&self) -> String {
        format!(
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

[[view]]
name = "storefront"
repository = "shop"
history = "snapshot"
messages = "neutral"
authors = "role"
marks = {{ profile = "auto" }}
rules = [
  {{ visibility = "read", paths = ["README.md", "api/**"] }},
  {{ visibility = "write", paths = ["web/**"] }},
]

[[party]]
name = "nordwind"
role = "vendor"
country = "PL"

[[person]]
email = "{ADA}"
party = "nordwind"

[[agreement]]
id = "NDA-7"
kind = "nda"
parties = ["owner", "nordwind"]
signatories = ["owner", "{ADA}"]
effective = 2026-01-01
ends = 2099-12-31
purpose = "rework"
assets = ["*"]
governing_law = "DE"

[[grant]]
recipient = "nordwind"
view = "storefront"
agreements = ["NDA-7"]
purpose = "rework"
from = 2026-01-01
until = 2099-12-31
"#,
            self.source.path().display()
        )
    }

    /// A draft of an estate text.
    pub fn draft(&self, text: &str) -> Draft {
        Draft::read(&self.database.home.write("estate.toml", text)).unwrap()
    }

    /// Applies an estate text.
    pub fn apply(&self, text: &str) {
        self.app.apply(self.draft(text)).unwrap();
    }

    /// Another handle on the database.
    pub fn records(&self) -> Database {
        Database::open(&self.database.config, self.app.home()).unwrap()
    }

    /// The kinds of the recipient's entries, in order.
    pub fn kinds(&self) -> Vec<String> {
        let entries = self.app.ledger_tail("nordwind", 1_000).unwrap();
        entries
            .iter()
            .map(|entry| entry.statement["kind"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// The folder of the vendor's store.
    pub fn store(&self) -> PathBuf {
        self.app.store_path("storefront", "nordwind").unwrap()
    }

    /// Brings the store up to date and clones it.
    pub fn clone_into(&self, name: &str) -> GitRepository {
        self.app.refresh("storefront", "nordwind").unwrap();
        let folder = self.database.home.path().join(name);
        self.source.git(&[
            "clone",
            "-q",
            "--no-hardlinks",
            &self.store().display().to_string(),
            &folder.display().to_string(),
        ]);
        GitRepository::at(&folder)
    }

    /// Pushes HEAD of a clone as a branch, through the quarantine.
    pub fn push(&self, clone: &GitRepository, branch: &str) -> PushOutcome {
        let tip = clone.git(&["rev-parse", "HEAD"]).trim().to_owned();
        let command = PushCommand {
            reference: format!("refs/heads/{branch}"),
            old: None,
            new: Some(tip),
        };
        let known = clone.git(&["for-each-ref", "--format=^%(objectname)", "refs/remotes/origin"]);
        let list = self.database.home.write("revs", format!("HEAD\n{known}"));
        let done = clone
            .command()
            .args(["pack-objects", "--revs", "--stdout", "-q"])
            .stdin(std::fs::File::open(list).unwrap())
            .output()
            .unwrap();
        assert!(done.status.success());
        let quarantine = Quarantine::create(
            &self.app.quarantine().unwrap(),
            &self.store(),
            ReceiveLimits::default(),
        )
        .unwrap();
        let received = quarantine
            .take(done.stdout.as_slice(), std::slice::from_ref(&command))
            .unwrap();
        let pusher = Pusher {
            person: "p-1".to_owned(),
            recipient: "nordwind".to_owned(),
            view: "storefront".to_owned(),
        };
        let outcome = self
            .app
            .receive_push(&pusher, &[command], Some(&received))
            .unwrap();
        if outcome.results.iter().all(|(_, result)| result.is_ok()) {
            clone.git(&["fetch", "-q", "origin"]);
        }
        outcome
    }
}

/// Whether every reference was taken.
pub fn taken(outcome: &PushOutcome) -> bool {
    !outcome.results.is_empty() && outcome.results.iter().all(|(_, result)| result.is_ok())
}
