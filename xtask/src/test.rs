//! `cargo xtask test`: every suite, on SQLite and on PostgreSQL, with one closing line.

use crate::{corpus, packages, postgres, process};
use anyhow::{Context, Result};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

/// Subjects of the corpus that the suites read.
const CORPUS: &[&str] = &[
    "serde",
    "click",
    "express",
    "zod",
    "commons-lang",
    "cobra",
    "zlib",
    "libfuzzer-sys",
    "pythonnet",
    "newtonsoft-json",
    "clap-builder-4.6.0",
    "clap-builder-4.6.7",
    "click-8.1.7",
    "express-4.18.2",
    "rxjs-7.5.0",
    "rxjs-7.8.1",
    ".python-packages",
    "cjson",
    "expat",
    "lz4",
    "pflag",
    "go-yaml",
    "pkg-errors",
    "commons-csv",
    "commons-codec",
    "node-semver",
    "koa",
    "chalk",
    "commander",
    "gorilla-mux",
    "go-toml",
    "petgraph",
    "bytes",
    "textwrap",
    "itertools",
    "semver",
    "indexmap",
    "tempfile",
    "toml-edit",
];

#[derive(Default)]
struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
}

/// Installs what is needed, starts PostgreSQL, runs the suites, prints `N passed, N failed`.
pub fn run(only: &[String], rest: &[String]) -> Result<bool> {
    packages::ensure(packages::FOR_TESTS)?;
    // Real files that the laws are tested on: downloaded by pinned version, never committed.
    let subjects: Vec<String> = CORPUS.iter().map(|name| (*name).to_owned()).collect();
    anyhow::ensure!(corpus::run(&subjects)?, "the corpus could not be downloaded");
    let server = postgres::Server::start()?;
    let mut command = process::cargo();
    command.args(["test", "--locked", "--no-fail-fast"]);
    if only.is_empty() {
        command.arg("--workspace");
    }
    for package in only {
        command.args(["--package", package]);
    }
    command.arg("--").args(rest);
    command
        .env("RINGFENCE_TEST_POSTGRES", server.url())
        .env("INSTA_UPDATE", "no")
        .stdout(Stdio::piped());
    // A landing runs the same random cases every time; another seed explores others.
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        command.env("PROPTEST_RNG_SEED", "20261121");
    }
    let mut child = command.spawn().context("cannot start cargo test")?;
    let mut tally = Tally::default();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            tally.add(&line);
        }
    }
    let ended_well = child.wait()?.success();
    drop(server);
    if tally.passed == 0 {
        eprintln!("xtask: no test ran");
    }
    println!(
        "{} passed, {} failed, {} skipped",
        tally.passed, tally.failed, tally.skipped
    );
    Ok(ended_well && tally.failed == 0 && tally.passed > 0)
}

impl Tally {
    fn add(&mut self, line: &str) {
        let Some(counts) = line.strip_prefix("test result: ") else {
            return;
        };
        let count = |word: &str| {
            counts
                .split([';', '.'])
                .filter_map(|part| part.trim().strip_suffix(word)?.trim().parse::<u64>().ok())
                .sum::<u64>()
        };
        self.passed += count("passed");
        self.failed += count("failed");
        self.skipped += count("ignored");
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn counts_the_closing_lines_of_cargo_test() {
        let mut tally = super::Tally::default();
        tally.add(
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
        );
        tally.add("test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s");
        tally.add("test something ... ok");
        assert_eq!((tally.passed, tally.failed, tally.skipped), (15, 2, 1));
    }
}
