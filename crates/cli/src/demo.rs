//! The first ten minutes, unattended: the owner shares a slice of a real repository, the vendor works with plain git, a leak is
//! traced and proved, and the gate shuts. Every act is the real command or the real client; nothing is called from inside.

mod check;
mod leak;
mod process;
mod steps;
mod subject;
mod traced;

use crate::output::Output;
use anyhow::{Context, Result};
use process::Ringfence;
use ringfence_app::AppError;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Everything the steps share.
pub(crate) struct Stage {
    /// Folder of the story: repositories, clones, leak, pack.
    pub folder: PathBuf,
    /// The owner's command.
    pub ringfence: Ringfence,
    /// What is shared.
    pub subject: subject::Subject,
    /// The running server.
    pub server: Option<process::Server>,
    /// Tokens by party.
    pub tokens: Vec<(String, String)>,
    /// The submission that waits.
    pub submission: Option<String>,
    /// The case of the trace.
    pub case: Option<String>,
}

impl Stage {
    pub fn clone_of(&self, party: &str) -> PathBuf {
        self.folder.join(party)
    }

    pub fn leak(&self) -> PathBuf {
        self.folder.join("leak")
    }

    pub fn pack(&self) -> PathBuf {
        self.folder.join("pack.zip")
    }

    pub fn token(&self, party: &str) -> Result<&str> {
        let found = self.tokens.iter().find(|(name, _)| name == party);
        found
            .map(|(_, token)| token.as_str())
            .with_context(|| format!("{party} has no token: an earlier step failed"))
    }
}

/// What one step found: text for a person, members for a program.
pub(crate) struct Found {
    /// Whether what it shows holds.
    pub ok: bool,
    /// One or more lines.
    pub text: String,
    /// Further members of the JSON object.
    pub more: Value,
}

impl Found {
    pub fn new(ok: bool, text: impl Into<String>, more: Value) -> Self {
        Self {
            ok,
            text: text.into(),
            more,
        }
    }
}

type Step = fn(&mut Stage) -> Result<Found>;

/// The steps in order, each with what it shows.
const STEPS: &[(&str, &str, Step)] = &[
    (
        "apply",
        "the owner declares the estate: repository, asset, vendors, agreements, view, grants",
        steps::apply,
    ),
    (
        "refused-before-signature",
        "nobody gets in before the agreement is signed",
        steps::refused_before_signature,
    ),
    (
        "sign",
        "all signatories sign; the agreements come in force",
        steps::sign,
    ),
    (
        "clone",
        "two vendors clone their own copies with plain git",
        steps::clone,
    ),
    (
        "build-or-check",
        "what is shared is whole: it builds or parses",
        check::build_or_check,
    ),
    (
        "push-refused",
        "a change outside the writable paths is refused in git's own output",
        steps::push_refused,
    ),
    (
        "push-accepted",
        "a change inside becomes a submission on the owner's own text",
        steps::push_accepted,
    ),
    (
        "merge-and-pull",
        "the owner merges; the vendor gets back exactly what was pushed",
        steps::merge_and_pull,
    ),
    (
        "leak",
        "one copy leaks: most files dropped, the rest stripped, renamed, reformatted",
        leak::make,
    ),
    ("trace", "the leak names the copy it comes from", steps::trace),
    ("pack", "the case becomes an evidence pack", steps::pack),
    (
        "verify",
        "the pack verifies offline with the key from outside",
        steps::verify,
    ),
    ("verify-python", "a second program agrees", steps::verify_python),
    ("offboard", "one act ends all access", steps::offboard),
];

/// Runs the story. True when every step holds.
///
/// # Errors
/// When the stage cannot be set.
pub fn run(repository: Option<&Path>, home: Option<&Path>, keep: bool, output: &mut Output) -> Result<bool> {
    let started = Instant::now();
    if keep && home.is_none() {
        return Err(AppError::Input(
            "--keep needs --home DIR: a temporary home is removed at the end".to_owned(),
        )
        .into());
    }
    let temporary = tempfile::Builder::new()
        .prefix("ringfence-demo-")
        .tempdir()
        .context("no temporary folder")?;
    let home = match home {
        Some(home) => std::path::absolute(home)?,
        None => temporary.path().join("home"),
    };
    let folder = home.join("demo");
    if folder.exists() {
        return Err(AppError::refused(
            format!("running the demo in {}", home.display()),
            "an earlier demo is there",
            "Name another folder with --home",
        )
        .into());
    }
    let repository = match repository {
        Some(repository) => repository.to_path_buf(),
        None => this_repository()?,
    };
    let ringfence = Ringfence::new(&home)?;
    // The home is made before the story's folder inside it, as a newcomer would.
    ringfence.run(&["init"])?.expect_well("ringfence init")?;
    std::fs::create_dir_all(&folder)?;
    if !output.is_json() {
        output.line(format!("Ringfence demo on {}", repository.display()));
        output.flush();
    }
    let subject = subject::Subject::prepare(&repository, &folder)
        .map_err(|error| AppError::Input(format!("{error:#}")))?;
    let mut stage = Stage {
        folder,
        ringfence,
        subject,
        server: None,
        tokens: Vec::new(),
        submission: None,
        case: None,
    };
    let mut all = true;
    for (number, (name, shows, step)) in STEPS.iter().enumerate() {
        if !output.is_json() {
            output.line(format!(
                "\n{:>2}/{} {name}: {shows}",
                number.saturating_add(1),
                STEPS.len()
            ));
            output.flush();
        }
        let begun = Instant::now();
        let found =
            step(&mut stage).unwrap_or_else(|error| Found::new(false, format!("{error:#}"), json!({})));
        all &= found.ok;
        let seconds = begun.elapsed().as_secs_f64();
        if output.is_json() {
            let mut object = json!({ "step": name, "ok": found.ok, "seconds": (seconds * 1000.0).round() / 1000.0, "text": found.text });
            if let (Some(object), Value::Object(more)) = (object.as_object_mut(), found.more) {
                object.extend(more);
            }
            output.line(object.to_string());
        } else {
            for line in found.text.lines() {
                output.line(format!("      {line}"));
            }
            output.line(format!(
                "      {} ({seconds:.1} s)",
                if found.ok { "ok" } else { "FAILED" }
            ));
        }
        output.flush();
    }
    drop(stage.server.take());
    if !output.is_json() {
        let outcome = if all {
            "every step holds"
        } else {
            "NOT every step holds"
        };
        output.line(format!(
            "\n{outcome}; {:.0} seconds",
            started.elapsed().as_secs_f64()
        ));
        if keep {
            output.line(format!(
                "the home stays in {}, the pack in {}",
                home.display(),
                stage.pack().display()
            ));
        }
    }
    if !keep && home.starts_with(temporary.path()) {
        temporary
            .close()
            .context("the temporary folder could not be removed")?;
    } else if !keep {
        std::fs::remove_dir_all(&home).with_context(|| format!("cannot remove {}", home.display()))?;
    }
    Ok(all)
}

/// The checkout that the current folder belongs to.
fn this_repository() -> Result<PathBuf> {
    let here = std::env::current_dir()?;
    let top = process::run(process::git(&here).args(["rev-parse", "--show-toplevel"]))?;
    if top.well() {
        return Ok(PathBuf::from(top.out.trim_end_matches('\n')));
    }
    // Without a .git folder (an unpacked archive) the sources themselves are the subject.
    if here.join("Cargo.toml").is_file() {
        return Ok(here);
    }
    Err(AppError::Input("the current folder is no repository; name one with --repo PATH".to_owned()).into())
}
