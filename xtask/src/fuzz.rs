//! `cargo xtask fuzz`: builds the targets in `fuzz/` with libFuzzer's instrumentation and runs each for a while.
//!
//! The flags are those of `cargo fuzz build --sanitizer none`: they are all stable, so neither nightly Rust nor cargo-fuzz has to be
//! there. No code of ours is `unsafe`; what is looked for is a panic, an overflow, a broken law, time and memory without bound.

use crate::process;
use anyhow::{Context, Result};
use std::path::PathBuf;

/// The targets, each a binary of `fuzz/`.
const TARGETS: &[&str] = &["packets", "packs", "trees"];

/// What makes the compiler count edges and compares.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0 \
    -Ccodegen-units=1 --cfg fuzzing";

/// Builds, runs every target on the seeds that it writes itself for `seconds` each; true when nothing fell.
pub fn run(seconds: u64, only: &[String]) -> Result<bool> {
    for name in only {
        anyhow::ensure!(
            TARGETS.contains(&name.as_str()),
            "no target is called {name}; there are {TARGETS:?}"
        );
    }
    let folder = process::root().join("fuzz");
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| process::root().join("target"), PathBuf::from)
        .join("fuzz");
    let version = process::output(process::program("rustc").arg("-vV"))?;
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("rustc -vV names no host")?;
    let mut build = process::cargo();
    build
        .current_dir(&folder)
        .env("RUSTFLAGS", FLAGS)
        .env("CARGO_TARGET_DIR", &target)
        .args([
            "build",
            "--locked",
            "--release",
            "--quiet",
            "--bins",
            "--target",
            host,
        ]);
    anyhow::ensure!(process::status(&mut build)?, "the fuzz targets do not build");
    let binaries = target.join(host).join("release");
    let corpus = target.join("corpus");
    let mut held = true;
    for name in TARGETS {
        if !only.is_empty() && !only.iter().any(|wanted| wanted == name) {
            continue;
        }
        let artifacts = target.join("artifacts").join(name);
        for folder in [&artifacts, &corpus.join(name)] {
            std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        }
        let log = target.join(format!("{name}.log"));
        let file = std::fs::File::create(&log).with_context(|| format!("making {}", log.display()))?;
        let mut command = process::program(binaries.join(name));
        command
            .current_dir(&folder)
            .env("RINGFENCE_FUZZ_SEEDS", corpus.join(name))
            .arg(corpus.join(name))
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            .arg(format!("-max_total_time={seconds}"))
            .args([
                "-timeout=10",
                "-rss_limit_mb=1024",
                "-max_len=8192",
                "-print_final_stats=1",
            ])
            .stderr(file);
        let ended_well = process::status(&mut command)?;
        let told = std::fs::read_to_string(&log).unwrap_or_default();
        let runs = told
            .lines()
            .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))
            .unwrap_or("no");
        let edges = told
            .lines()
            .rev()
            .find_map(|line| line.split(" cov: ").nth(1)?.split(' ').next())
            .unwrap_or("0");
        println!(
            "fuzz {name}: {} inputs in {seconds} s, {edges} edges",
            runs.trim()
        );
        if !ended_well {
            held = false;
            let last: Vec<&str> = told.lines().rev().take(40).collect();
            for line in last.iter().rev() {
                println!("{line}");
            }
            println!("fuzz {name}: FELL; the input is in {}", artifacts.display());
        }
    }
    Ok(held)
}
