//! Sees, as the vendor would, that the slice is whole: a real build where the slice builds, else parsing and byte compilation.

use super::process::{git, on_path, program, run};
use super::subject::{Check, text_of};
use super::{Found, Stage};
use anyhow::Result;
use ringfence_syntax::Language;
use serde_json::json;

pub(super) fn build_or_check(stage: &mut Stage) -> Result<Found> {
    match stage.subject.slice.check.clone() {
        Check::Cargo { package } => cargo(stage, &package),
        Check::Syntax => syntax(stage),
    }
}

fn cargo(stage: &mut Stage, package: &str) -> Result<Found> {
    let clone = stage.clone_of("nordwind");
    let target = stage.folder.join("vendor-target");
    let check = |offline: bool| {
        let mut command = program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .args(["check", "--quiet", "--package", package])
            .current_dir(&clone)
            .env("CARGO_TARGET_DIR", &target);
        if offline {
            command.arg("--offline");
        }
        run(&mut command)
    };
    let first = check(true)?;
    let done = if first.well() { first } else { check(false)? };
    if done.well() {
        let text =
            format!("$ cargo check --package {package}\ngreen, without the hidden members of the workspace");
        return Ok(Found::new(
            true,
            text,
            json!({ "check": "cargo", "package": package }),
        ));
    }
    // The machine may lack what this workspace needs (its packages, its compiler): then the owner's own tree does not build either.
    let owner = stage.folder.join("owner-check");
    run(git(&stage.folder)
        .args(["clone", "--quiet"])
        .arg(&stage.subject.source)
        .arg(&owner))?
    .expect_well("git clone")?;
    let mut command = program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(["check", "--quiet", "--package", package])
        .current_dir(&owner)
        .env("CARGO_TARGET_DIR", &target);
    if run(&mut command)?.well() {
        return Ok(Found::new(
            false,
            format!("$ cargo check --package {package}\n{}", done.err.trim()),
            json!({ "check": "cargo" }),
        ));
    }
    let mut found = syntax(stage)?;
    found.text = format!(
        "the owner's own tree does not build on this machine either, so files are parsed\n{}",
        found.text
    );
    Ok(found)
}

fn syntax(stage: &mut Stage) -> Result<Found> {
    let clone = stage.clone_of("nordwind");
    let listed = run(git(&clone).args(["ls-files", "-z"]))?.expect_well("git ls-files")?;
    let (mut parsed, mut worse) = (0_usize, Vec::new());
    let (mut python, mut scripts) = (Vec::new(), Vec::new());
    for path in listed.out.split('\0').filter(|path| !path.is_empty()) {
        let Some(language) = Language::from_path(path.as_bytes()) else {
            continue;
        };
        let errors = |text: &[u8]| {
            ringfence_syntax::parse(language, text).map_or(usize::MAX, |tree| tree.error_count())
        };
        let copy = std::fs::read(clone.join(path))?;
        // A replaced file has no counterpart; it is the owner's as it is.
        let Ok(original) = text_of(&stage.subject.source, &stage.subject.branch, path) else {
            continue;
        };
        parsed += 1;
        if errors(&copy) > errors(original.as_bytes()) {
            worse.push(path.to_owned());
        }
        match language {
            Language::Python => python.push(path.to_owned()),
            Language::JavaScript if path.ends_with(".js") || path.ends_with(".cjs") => {
                scripts.push(path.to_owned())
            }
            _ => {}
        }
    }
    let mut said = format!("{parsed} files parse as well as the owner's");
    if !python.is_empty() && on_path("python3") {
        let mut fails = Vec::new();
        for batch in python.chunks(200) {
            let program_text = "import sys\nbad=[]\nfor f in sys.argv[1:]:\n  try: compile(open(f,'rb').read(), f, 'exec')\n  except (SyntaxError, ValueError): bad.append(f)\nprint('\\n'.join(bad))";
            let done = run(program("python3")
                .args(["-I", "-W", "ignore", "-c", program_text])
                .args(batch)
                .current_dir(&clone))?;
            fails.extend(
                done.out
                    .lines()
                    .filter(|line| !line.is_empty())
                    .map(str::to_owned),
            );
        }
        // What did not compile before the marks either is the owner's affair.
        for path in fails {
            let original = text_of(&stage.subject.source, &stage.subject.branch, &path)?;
            let scratch = stage.folder.join("original.py");
            std::fs::write(&scratch, original)?;
            let done = run(program("python3")
                .args([
                    "-I",
                    "-W",
                    "ignore",
                    "-c",
                    "import sys; compile(open(sys.argv[1],'rb').read(), 'f', 'exec')",
                ])
                .arg(&scratch))?;
            if done.well() {
                worse.push(path);
            }
        }
        said.push_str(&format!("; python3 compiles {} of them", python.len()));
    }
    if !scripts.is_empty() && on_path("node") {
        let mut checked = 0;
        for path in scripts.iter().take(50) {
            if !run(program("node").args(["--check", path]).current_dir(&clone))?.well() {
                let scratch = stage.folder.join(if path.ends_with(".cjs") {
                    "original.cjs"
                } else {
                    "original.js"
                });
                std::fs::write(
                    &scratch,
                    text_of(&stage.subject.source, &stage.subject.branch, path)?,
                )?;
                if run(program("node").arg("--check").arg(&scratch))?.well() {
                    worse.push(path.clone());
                }
            }
            checked += 1;
        }
        said.push_str(&format!("; node --check passes {checked}"));
    }
    let ok = worse.is_empty() && parsed > 0;
    let text = if ok {
        said.clone()
    } else {
        format!("{said}\nworse than the owner's: {}", worse.join(", "))
    };
    Ok(Found::new(
        ok,
        text,
        json!({ "check": "syntax", "files": parsed, "worse": worse }),
    ))
}
