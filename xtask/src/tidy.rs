//! `cargo xtask tidy`: the repository tests its own hygiene. Each rule names the invariant of ARCHITECTURE.md it holds up.

use crate::process::{output, program, root};
use anyhow::{Context, Result};
use std::collections::BTreeMap;

/// Longest a source file may be before it must be split.
const LONGEST_FILE: usize = 600;

/// Invariant 1: which crates of ours each crate may name. Arrows only run downward.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("ledger", &[]),
    ("syntax", &[]),
    ("policy", &["domain"]),
    ("mark", &["syntax"]),
    ("similar", &["syntax"]),
    ("interface", &["syntax"]),
    ("view", &["domain", "syntax", "mark", "interface"]),
    ("git", &["domain", "view"]),
    ("evidence", &["domain", "ledger", "mark"]),
    ("store", &["domain", "ledger"]),
    ("trace", &["similar", "mark", "evidence", "store", "syntax"]),
    (
        "app",
        &[
            "domain",
            "policy",
            "ledger",
            "syntax",
            "mark",
            "similar",
            "view",
            "git",
            "evidence",
            "store",
            "trace",
            "interface",
            "sandbox",
        ],
    ),
    ("probe", &["domain", "mark", "syntax"]),
    ("gateway", &["app", "domain", "git"]),
];

/// Invariant 1: crates without clock, randomness, network, files, SQL or async.
const PURE: &[&str] = &[
    "domain",
    "policy",
    "ledger",
    "syntax",
    "mark",
    "similar",
    "view",
    "evidence",
    "interface",
];

/// What a pure crate's sources may not name.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "getrandom",
    "thread_rng",
    "tokio::",
    "rusqlite",
    "async fn",
];

/// Left-overs that no landed line may hold.
const LEFT_OVERS: &[&str] = &["todo!(", "unimplemented!(", "FIXME", "XXX:", "dbg!(", "#[ignore"];

/// Checks every rule and prints what breaks it.
pub fn run() -> Result<bool> {
    let root = root();
    let listed = output(program("git").current_dir(&root).args([
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
    ]))?;
    let mut broken = Vec::new();
    let mut manifests = BTreeMap::new();
    for path in listed.lines() {
        let Ok(text) = std::fs::read_to_string(root.join(path)) else {
            continue;
        };
        if let Some(name) = crate_of(path).filter(|name| path == format!("crates/{name}/Cargo.toml")) {
            manifests.insert(name.to_owned(), text);
            continue;
        }
        if path.ends_with(".rs") {
            source_rules(path, &text, &mut broken);
        }
    }
    for (name, allowed) in ARROWS {
        let manifest = manifests
            .get(*name)
            .with_context(|| format!("crates/{name}/Cargo.toml is missing"))?;
        arrow_rule(name, allowed, manifest, &mut broken);
    }
    for line in &broken {
        println!("{line}");
    }
    println!("tidy: {} broken", broken.len());
    Ok(broken.is_empty())
}

fn crate_of(path: &str) -> Option<&str> {
    path.strip_prefix("crates/")?.split('/').next()
}

fn source_rules(path: &str, text: &str, broken: &mut Vec<String>) {
    let lines = text.lines().count();
    if lines > LONGEST_FILE {
        broken.push(format!(
            "{path}: {lines} lines; split it (at most {LONGEST_FILE})"
        ));
    }
    if path != "xtask/src/tidy.rs" {
        // The interface of a Rust function is this very text; the lint of the same name watches over the crate's own code.
        let is_stub = |word: &str| {
            word == "unimplemented!("
                && (path.starts_with("crates/interface/") || path.contains("/tests/it/"))
        };
        let held = LEFT_OVERS.iter().filter(|word| text.contains(**word));
        for word in held.filter(|word| !is_stub(word)) {
            broken.push(format!("{path}: holds {word}"));
        }
    }
    let Some(name) = crate_of(path) else { return };
    let library = path.starts_with(&format!("crates/{name}/src/"));
    if !library {
        return;
    }
    // Unit tests in a file of their own may measure time and read real files.
    if path.ends_with("/tests.rs") || path.contains("/tests/") {
        return;
    }
    let body = text.split("#[cfg(test)]").next().unwrap_or(text);
    if PURE.contains(&name) {
        let code: String = body
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect::<Vec<_>>()
            .join("\n");
        for word in IMPURE.iter().filter(|word| code.contains(**word)) {
            broken.push(format!("{path}: a pure crate names {word} (invariant 1)"));
        }
    }
    // Invariant 8: git is started in one crate only.
    let starts_git = body.contains("Command::new(\"git\")") && path != "crates/git/src/command.rs";
    if starts_git && name != "cli" && name != "bench" && name != "testkit" {
        broken.push(format!("{path}: starts git outside crates/git (invariant 8)"));
    }
}

fn arrow_rule(name: &str, allowed: &[&str], manifest: &str, broken: &mut Vec<String>) {
    let dependencies = manifest.split("[dev-dependencies]").next().unwrap_or(manifest);
    for line in dependencies.lines() {
        let Some(used) = line
            .strip_prefix("ringfence-")
            .and_then(|rest| rest.split(['.', ' ', '=']).next())
        else {
            continue;
        };
        if !allowed.contains(&used) {
            broken.push(format!(
                "crates/{name}/Cargo.toml: {name} may not use {used} (invariant 1)"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upward_arrow_is_found() {
        let mut broken = Vec::new();
        arrow_rule(
            "domain",
            &[],
            "[dependencies]\nringfence-store.workspace = true\n",
            &mut broken,
        );
        assert_eq!(broken.len(), 1);
    }

    #[test]
    fn a_clock_in_a_pure_crate_is_found() {
        let mut broken = Vec::new();
        source_rules(
            "crates/mark/src/find.rs",
            "let t = std::time::Instant::now();",
            &mut broken,
        );
        source_rules(
            "crates/app/src/clock.rs",
            "let t = std::time::Instant::now();",
            &mut broken,
        );
        assert_eq!(broken.len(), 1);
    }

    #[test]
    fn git_started_elsewhere_is_found() {
        let mut broken = Vec::new();
        source_rules("crates/app/src/x.rs", "Command::new(\"git\")", &mut broken);
        assert_eq!(broken.len(), 1);
    }
}
