//! `marks-safe`: do marks harm the code that carries them? The projects' own tests and linters judge marked copies.
//!
//! Each suite runs twice on the text as its authors wrote it; what passes there must pass on every marked copy: one in which every
//! site is turned, and one for each seed with a codeword of its own, drawn as for a delivery. A test that fails on the authors' own
//! text (a newer runtime, no network) is named and must go on failing in the same way. Python's copies of the families that must not
//! change a program's tree are compared as trees; C's copies of the families that must not change its meaning as object files.
//!
//! Answers are remembered by the bytes of the copy and the command, under `corpus/.suites/answers`; a rerun says how many it recalled.

mod equal;
mod lint;
mod suites;
mod table;

use crate::corpus::fetch;
use anyhow::{Context as _, Result, ensure};
use ringfence_mark::codeword::{AnchorKey, CodeKey, RecipientKey, codeword_bit};
use ringfence_mark::model::{ENGINE_VERSION, Profile, Site, Variant};
use ringfence_probe::run::{Ending, run as run_command};
use ringfence_probe::tree::{Tree, WorkingCopy, turned};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use suites::Suite;

/// Time for one run of one suite.
const SUITE_TIME: Duration = Duration::from_secs(900);
/// Keys of a home that nobody has.
const ANCHOR: AnchorKey = AnchorKey([0x5a; 32]);
const CODE: CodeKey = CodeKey([0xc3; 32]);

/// What to run.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// Copies with a codeword of their own.
    pub seeds: u32,
    /// No new suite or seed begins after so long.
    pub minutes: u64,
    /// Only suites of this language, or whose name contains this.
    pub only: Option<&'a str>,
    /// JSON lines.
    pub json: bool,
    /// Asks everything anew.
    pub fresh: bool,
}

/// What a suite says of one text: how many tests passed, and the names of those that did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that did not, by name.
    pub failed: BTreeSet<String>,
    /// How the command ended.
    pub ended: String,
}

/// One suite's outcome.
#[derive(Clone, Debug, Serialize)]
pub struct SuiteRow {
    /// Its name.
    pub suite: &'static str,
    /// Its language.
    pub language: &'static str,
    /// Files with sites.
    pub files: usize,
    /// Sites.
    pub sites: usize,
    /// Non-blank lines of marked files.
    pub lines: u64,
    /// On the authors' text.
    pub original: Option<Counted>,
    /// Copies that ran, the one with all sites turned among them.
    pub copies: u32,
    /// Those on which every test did as on the authors' text.
    pub equal: u32,
    /// Of the copies, those recalled from an earlier run.
    pub recalled: u32,
    /// What went differently, first of all.
    pub different: Vec<String>,
    /// New lint findings per 1,000 lines, the worst copy; none when there is no linter.
    pub lint: Option<lint::LintRow>,
    /// Trees or objects that had to be equal and were, of how many.
    pub equal_trees: Option<equal::EqualRow>,
    /// Why it could not be measured.
    pub error: Option<String>,
}

/// Runs the bench; false when nothing has that name.
pub fn run(options: &Options<'_>) -> Result<bool> {
    let chosen: Vec<&Suite> = suites::SUITES
        .iter()
        .filter(|suite| {
            options.only.is_none_or(|only| {
                suite.language.eq_ignore_ascii_case(only)
                    || (!suites::is_language(only) && suite.name.contains(only))
            })
        })
        .collect();
    if chosen.is_empty() {
        return Ok(false);
    }
    let subjects: BTreeSet<&str> = chosen
        .iter()
        .flat_map(|suite| suite.subjects.iter().copied())
        .collect();
    fetch(&subjects.into_iter().collect::<Vec<_>>());
    let began = Instant::now();
    let time = Duration::from_secs(options.minutes.saturating_mul(60));
    let mut printer = table::Printer::new(options.json);
    for suite in chosen {
        if began.elapsed() > time {
            printer.not_begun(suite.name);
            continue;
        }
        eprintln!("marks-safe: {} ({})", suite.name, suite.language);
        let row = measure(suite, options, began, time)
            .unwrap_or_else(|error| SuiteRow::failed(suite, format!("{error:#}")));
        printer.row(row);
    }
    printer.finish(options.seeds);
    Ok(true)
}

/// All names, for an error message.
pub fn names() -> Vec<&'static str> {
    suites::SUITES.iter().map(|suite| suite.name).collect()
}

impl SuiteRow {
    fn failed(suite: &Suite, error: String) -> Self {
        Self {
            suite: suite.name,
            language: suite.language,
            files: 0,
            sites: 0,
            lines: 0,
            original: None,
            copies: 0,
            equal: 0,
            recalled: 0,
            different: Vec::new(),
            lint: None,
            equal_trees: None,
            error: Some(error),
        }
    }
}

/// A suite at work on a copy.
struct Work<'s, 't> {
    suite: &'s Suite,
    copy: WorkingCopy<'t>,
    tree: &'t Tree,
    answers: PathBuf,
    fresh: bool,
}

fn measure(suite: &Suite, options: &Options<'_>, began: Instant, time: Duration) -> Result<SuiteRow> {
    let corpus = crate::corpus::folder();
    let from = corpus.join(suite.from);
    let except: Vec<String> = suite.except.iter().map(|glob| (*glob).to_owned()).collect();
    let tree = Tree::read(&from, Profile::Robust, &except, &ANCHOR)?;
    let answers = corpus.join(".suites/answers");
    std::fs::create_dir_all(&answers).with_context(|| format!("cannot make {}", answers.display()))?;
    let mut work = Work {
        suite,
        copy: WorkingCopy::of(&tree)?,
        tree: &tree,
        answers,
        fresh: options.fresh,
    };
    work.prepare(&corpus)?;
    let (original, _) = work.judged(&|site| site.canonical, false)?;
    let (again, _) = work.judged(&|site| site.canonical, true)?;
    ensure!(
        original == again,
        "two runs on the authors' own text differ, so nothing can be judged: {}",
        difference(&original, &again)
    );
    ensure!(
        original.passed > 0,
        "no test passes on the authors' own text: {}",
        original.ended
    );
    let mut row = SuiteRow {
        files: tree
            .sources
            .iter()
            .filter(|source| !source.table.sites.is_empty())
            .count(),
        sites: tree.sites().count(),
        lines: tree.lines(),
        original: Some(original.clone()),
        error: None,
        ..SuiteRow::failed(suite, String::new())
    };
    for seed in 0..=options.seeds {
        if began.elapsed() > time {
            break;
        }
        let recipient = recipient(seed);
        let choose = |site: &Site| choice(seed, &recipient, site);
        let (counted, recalled) = work.judged(&choose, false)?;
        row.copies = row.copies.saturating_add(1);
        row.recalled = row.recalled.saturating_add(u32::from(recalled));
        if counted == original {
            row.equal = row.equal.saturating_add(1);
        } else {
            let what = if seed == 0 {
                "all sites turned".to_owned()
            } else {
                format!("seed {seed}")
            };
            row.different
                .push(format!("{what}: {}", difference(&original, &counted)));
        }
    }
    row.lint = lint::measure(&mut work, options.seeds)?;
    row.equal_trees = equal::measure(&mut work)?;
    Ok(row)
}

/// The keys of one seed's recipient.
fn recipient(seed: u32) -> RecipientKey {
    let digest = Sha256::digest([b"ringfence/bench/marks-safe/".as_slice(), &seed.to_be_bytes()].concat());
    RecipientKey(digest.into())
}

/// Seed 0 turns every site; every other one draws a codeword as a delivery does.
fn choice(seed: u32, recipient: &RecipientKey, site: &Site) -> Variant {
    if seed == 0 {
        turned(site)
    } else {
        codeword_bit(recipient, &CODE, site.id)
    }
}

fn difference(original: &Counted, copy: &Counted) -> String {
    let fewer = format!(
        "{} passed, {} before ({})",
        copy.passed, original.passed, copy.ended
    );
    let new: Vec<&str> = copy
        .failed
        .difference(&original.failed)
        .map(String::as_str)
        .take(3)
        .collect();
    if new.is_empty() {
        fewer
    } else {
        format!("{fewer}; failed: {}", new.join("; "))
    }
}

impl Work<'_, '_> {
    fn environment(&self, corpus: &Path) -> Vec<(String, String)> {
        self.suite
            .environment
            .iter()
            .map(|(name, value)| {
                let value = value
                    .replace("{corpus}", &corpus.display().to_string())
                    .replace("{copy}", &self.copy.path().display().to_string());
                ((*name).to_owned(), value)
            })
            .collect()
    }

    /// Links and commands that a copy needs once.
    fn prepare(&self, corpus: &Path) -> Result<()> {
        for (target, name) in self.suite.links {
            let link = self.copy.path().join(name);
            std::os::unix::fs::symlink(corpus.join(target), &link)
                .with_context(|| format!("cannot link {}", link.display()))?;
        }
        for (name, text) in self.suite.files {
            let file = self.copy.path().join(name);
            std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
        }
        if let Some(prepare) = self.suite.prepare {
            let outcome = self.shell(prepare)?;
            ensure!(
                outcome.passed(),
                "{prepare} ended with {:?}: {}",
                outcome.ending,
                last_lines(&outcome.output)
            );
        }
        Ok(())
    }

    fn shell(&self, script: &str) -> Result<ringfence_probe::run::Outcome> {
        let command = ["sh", "-c", script].map(str::to_owned);
        let environment = self.environment(&crate::corpus::folder());
        Ok(run_command(&command, self.copy.path(), &environment, SUITE_TIME)?)
    }

    /// Sets the copy and runs the suite, or recalls what it said of the same bytes. Second: whether it was recalled.
    fn judged(&mut self, choose: &dyn Fn(&Site) -> Variant, anew: bool) -> Result<(Counted, bool)> {
        self.copy.set(choose)?;
        let file = self
            .answers
            .join(format!("{}.json", self.key("tests", self.suite.tests, choose)?));
        if !anew
            && !self.fresh
            && let Ok(text) = std::fs::read(&file)
            && let Ok(counted) = serde_json::from_slice::<Counted>(&text)
        {
            return Ok((counted, true));
        }
        let outcome = self.shell(self.suite.tests)?;
        let text = String::from_utf8_lossy(&outcome.output);
        let (passed, failed) = (self.suite.count)(&text);
        let ended = match outcome.ending {
            Ending::Code(code) => format!("code {code}"),
            Ending::Signal => "a signal".to_owned(),
            Ending::Time => "ran out of time".to_owned(),
        };
        if passed == 0 {
            eprintln!("marks-safe: {}: {}", self.suite.name, last_lines(&outcome.output));
        }
        let counted = Counted {
            passed,
            failed,
            ended,
        };
        std::fs::write(&file, serde_json::to_vec(&counted)?)
            .with_context(|| format!("cannot write {}", file.display()))?;
        Ok((counted, false))
    }

    /// Names an answer: the command, the engine, and every byte of every marked file.
    fn key(&self, what: &str, command: &str, choose: &dyn Fn(&Site) -> Variant) -> Result<String> {
        let mut digest = Sha256::new();
        for part in [what, self.suite.name, command, &ENGINE_VERSION.to_string()] {
            digest.update(part.as_bytes());
            digest.update([0]);
        }
        for source in &self.tree.sources {
            let copy = ringfence_mark::render(&source.table, &source.text, choose)?;
            digest.update(source.path.as_os_str().as_encoded_bytes());
            digest.update(Sha256::digest(&copy));
        }
        let digest: [u8; 32] = digest.finalize().into();
        let mut name = String::with_capacity(32);
        for byte in digest.iter().take(16) {
            name.push_str(&format!("{byte:02x}"));
        }
        Ok(name)
    }
}

fn last_lines(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let mut lines: Vec<&str> = text
        .lines()
        .rev()
        .filter(|line| !line.trim().is_empty())
        .take(6)
        .collect();
    lines.reverse();
    lines.join(" | ")
}
