//! A real home: 1,000 files of the corpus in a repository, one recipient under a signed agreement, everything rendered once.

use crate::corpus::{SourceFile, sample};
use anyhow::{Context, Result, ensure};
use ringfence_app::estate::Draft;
use ringfence_app::{App, SystemClock};
use ringfence_git::command::{Limits, run};
use secrecy::ExposeSecret as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files in the view.
pub const FILES: usize = 1_000;
/// Name of the view.
pub const VIEW: &str = "all";
/// The one recipient.
pub const RECIPIENT: &str = "nordwind";
/// Its member.
pub const PERSON: &str = "ada@nordwind.example";

/// Further recipients of the same view whose stores are not made yet.
pub const FURTHER: [&str; 4] = ["further-1", "further-2", "further-3", "further-4"];

/// A home with one delivered view.
pub struct Estate {
    folder: tempfile::TempDir,
    app: App,
    token: String,
}

impl Estate {
    /// Makes repository and home, and projects the view for its recipient.
    pub fn make(files: &[SourceFile]) -> Result<Self> {
        let further: Vec<String> = FURTHER.map(str::to_owned).to_vec();
        let estate = Self::declare(&sample(files, FILES), &further)?;
        estate.app.refresh(VIEW, RECIPIENT)?;
        Ok(estate)
    }

    /// Makes repository and home for a view of exactly these files; nothing is projected yet.
    pub fn declare(chosen: &[SourceFile], further: &[String]) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("ringfence-bench-")
            .tempdir()
            .context("no temporary folder")?;
        eprintln!("bench: a home with a view of {} files", chosen.len());
        let repository = folder.path().join("corpus");
        commit(&repository, chosen)?;
        let text = estate_text(&repository, further);
        let declared = folder.path().join("estate.toml");
        std::fs::write(&declared, text).with_context(|| format!("cannot write {}", declared.display()))?;
        let home = folder.path().join("home");
        App::init(&home, None)?;
        let app = App::open(&home, Arc::new(SystemClock))?;
        app.apply(Draft::read(&declared)?)?;
        for signatory in ["owner", PERSON] {
            app.sign("NDA-1", signatory, None)?;
        }
        let issued = app.issue_token(PERSON, VIEW, "24h")?;
        Ok(Self {
            folder,
            token: issued.secret.expose_secret().to_owned(),
            app,
        })
    }

    /// The open home.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// A folder for what is made on the way.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The owner's repository.
    pub fn repository(&self) -> PathBuf {
        self.folder.path().join("corpus")
    }

    /// The member's token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The recipient's store.
    pub fn store(&self) -> Result<PathBuf> {
        Ok(self.app.store_path(VIEW, RECIPIENT)?)
    }
}

/// Makes a repository of one commit with the files.
pub fn commit(repository: &Path, files: &[SourceFile]) -> Result<()> {
    let stream = fast_import_stream(files);
    let at = repository.display().to_string();
    run(None, &["init", "--quiet", "--bare", &at], b"", Limits::default()).context("making a repository")?;
    run(
        Some(repository),
        &["fast-import", "--quiet"],
        &stream,
        Limits::default(),
    )
    .context("filling the repository")?;
    let tip = run(
        Some(repository),
        &["rev-parse", "refs/heads/main"],
        b"",
        Limits::default(),
    )?;
    ensure!(tip.len() >= 40, "the repository of the bench has no tip");
    Ok(())
}

/// The files as one commit on `main`, in the format of `git fast-import`.
pub fn fast_import_stream(files: &[SourceFile]) -> Vec<u8> {
    let mut stream = Vec::new();
    stream.extend_from_slice(
        b"commit refs/heads/main\ncommitter Owner <owner@acme.example> 1767225600 +0000\ndata 6\nFiles\n",
    );
    for file in files {
        stream.extend_from_slice(
            format!("M 100644 inline {}\ndata {}\n", file.path, file.text.len()).as_bytes(),
        );
        stream.extend_from_slice(&file.text);
        stream.push(b'\n');
    }
    stream.push(b'\n');
    stream
}

/// The declared estate.
pub fn estate_text(repository: &Path, further: &[String]) -> String {
    let further: String = further
        .iter()
        .map(|name| {
            format!(
                r#"
[[recipient]]
name = "{name}"
party = "nordwind"
members = ["bob@nordwind.example"]

[[grant]]
recipient = "{name}"
view = "{VIEW}"
agreements = ["NDA-1"]
purpose = "measuring"
from = 2020-01-01
until = 2099-12-31
"#
            )
        })
        .collect();
    format!(
        r#"version = 1

[owner]
name = "Acme"
country = "DE"

[policy]
require = ["agreement"]
allow_vouched = true

[[repository]]
name = "corpus"
source = "{repository}"
branch = "main"

[[party]]
name = "nordwind"
role = "vendor"
country = "PL"

[[person]]
email = "{PERSON}"
party = "nordwind"

[[person]]
email = "bob@nordwind.example"
party = "nordwind"

[[recipient]]
name = "{RECIPIENT}"
party = "nordwind"
members = ["{PERSON}"]

[[agreement]]
id = "NDA-1"
kind = "nda"
parties = ["owner", "nordwind"]
signatories = ["owner", "{PERSON}"]
effective = 2020-01-01
ends = 2099-12-31
purpose = "measuring"
assets = ["*"]
governing_law = "DE"

[[view]]
name = "{VIEW}"
repository = "corpus"
history = "snapshot"
messages = "neutral"
authors = "role"
marks = {{ profile = "auto" }}
rules = [{{ visibility = "read", paths = ["*"] }}]

[[grant]]
recipient = "{RECIPIENT}"
view = "{VIEW}"
agreements = ["NDA-1"]
purpose = "measuring"
from = 2020-01-01
until = 2099-12-31
{further}"#,
        repository = repository.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estate_of_the_bench_is_valid() {
        let text = estate_text(Path::new("/srv/corpus"), &["further-1".to_owned()]);
        let estate = ringfence_domain::Estate::parse_many([("estate.toml", text.as_str())]).unwrap();
        assert!(estate.view(VIEW).is_some() && estate.recipient(RECIPIENT).is_some());
    }
}
