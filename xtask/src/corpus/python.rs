//! Python subjects of the `interface` bench with all they import and the tools that check them: one folder, installed by pip.
//!
//! INVARIANT: pip gets every package with its version and SHA-256 (`python.txt`) and refuses other bytes; the list itself is pinned
//! by its own SHA-256, so a changed list is a changed subject.

use super::{Registry, Subject, find, output, program};
use anyhow::{Context, Result, ensure};
use sha2::{Digest as _, Sha256};
use std::path::Path;

/// The pinned lists by name.
const LISTS: &[(&str, &str)] = &[
    ("python.txt", include_str!("python.txt")),
    ("attacks.txt", include_str!("attacks.txt")),
    ("suites/python.txt", include_str!("suites/python.txt")),
];

pub const SUBJECTS: &[Subject] = &[Subject {
    // Hidden from whoever walks the corpus: most of it is not a subject.
    name: ".python-packages",
    registry: Registry::PythonSet,
    package: "python.txt",
    version: "1",
    sha256: "8e6739a7d583e407064d00d34f741627d8f66efc553c72fc7cec41c527528aab",
    language: "Python",
}];

/// Installs every package of a list into a folder, without running anything of theirs where a wheel is offered.
pub fn install(name: &str, sha256: &str, into: &Path, work: &Path) -> Result<()> {
    let (_, requirements) = LISTS
        .iter()
        .find(|(known, _)| *known == name)
        .with_context(|| format!("there is no list {name}"))?;
    let found = hex::encode(Sha256::digest(requirements));
    ensure!(
        found == sha256,
        "SHA-256 of {name} is {found}, pinned is {sha256}"
    );
    ensure!(
        find("python3").is_some(),
        "python3 is not on PATH; install the Debian packages python3 and python3-pip"
    );
    let list = work.join(name.rsplit('/').next().unwrap_or(name));
    std::fs::write(&list, requirements).with_context(|| format!("cannot write {}", list.display()))?;
    output(
        program("python3")
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--root-user-action", "ignore"])
            .args([
                "--no-deps",
                "--require-hashes",
                "--prefer-binary",
                "--requirement",
            ])
            .arg(&list)
            .arg("--target")
            .arg(into),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_the_pinned_ones_and_every_line_of_them_is_pinned() {
        for (name, requirements) in LISTS {
            let pinned = super::super::all()
                .find(|subject| subject.package == *name)
                .unwrap();
            assert_eq!(hex::encode(Sha256::digest(requirements)), pinned.sha256);
            let whole = requirements.replace("\\\n", " ");
            let packages: Vec<&str> = whole
                .lines()
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
                .collect();
            assert!(packages.len() > 2);
            for package in packages {
                assert!(
                    package.contains("==") && package.contains("--hash=sha256:"),
                    "{package}"
                );
            }
        }
    }
}
