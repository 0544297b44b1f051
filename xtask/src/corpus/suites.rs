//! Projects whose own tests judge marked copies (`bench marks-safe`), besides those that other benches have already, and what those
//! tests need to run: fetched only when asked for by name or as `suites`.
//!
//! INVARIANT: pip and npm get every package by version and hash; the lists themselves are pinned by their own SHA-256.

use super::{Registry, Subject, find, output, program};
use anyhow::{Context, Result, ensure};
use sha2::{Digest as _, Sha256};
use std::path::Path;

/// What the names of these subjects begin with.
pub const PREFIX: &str = "suite-";

/// What npm installs, and the exact packages with their hashes.
const MANIFEST: &str = include_str!("suites/package.json");
const LOCK: &str = include_str!("suites/package-lock.json");

pub const SUBJECTS: &[Subject] = &[
    Subject {
        name: "suite-python",
        registry: Registry::PythonSet,
        package: "suites/python.txt",
        version: "1",
        sha256: "2a13b3affe86a7e41c54a7fd8c2ac2b4cfa26cf5f3ebe3bfecc20e8789aa831a",
        language: "Python",
    },
    Subject {
        name: "suite-npm",
        registry: Registry::NpmSet,
        package: "suites/package-lock.json",
        version: "1",
        sha256: "7d8bf875936da75b990b643ad3ccaf394dcf0e9f5c4be47f2c5d4843958e1af5",
        language: "JavaScript",
    },
    Subject {
        name: "suite-flask",
        registry: Registry::Python,
        package: "flask",
        version: "3.0.3",
        sha256: "ceb27b0af3823ea2737928a4d99d125a06175b8512c445cbd9a9ce200ef76842",
        language: "Python",
    },
    Subject {
        name: "suite-express",
        registry: Registry::Debian,
        package: "node-express",
        version: "4.18.2+~4.17.14",
        sha256: "a9ace1a92a2b0a7e3fcd7a7612553d6208a464561c15ad38f349fc3ab0d7cda0",
        language: "JavaScript",
    },
    Subject {
        name: "suite-qs",
        registry: Registry::Npm,
        package: "qs",
        version: "6.13.0",
        sha256: "abffeabbdedc8e466c1bd75227e14ceb76e77f61be475dfcee0d3bbe6dd608fd",
        language: "JavaScript",
    },
];

/// Installs the packages of the lock file into a folder; none of their install scripts runs.
pub fn install(sha256: &str, into: &Path) -> Result<()> {
    let found = hex::encode(Sha256::digest(LOCK));
    ensure!(
        found == sha256,
        "SHA-256 of suites/package-lock.json is {found}, pinned is {sha256}"
    );
    ensure!(
        find("npm").is_some(),
        "npm is not on PATH; install the Debian package npm"
    );
    std::fs::create_dir_all(into).with_context(|| format!("cannot make {}", into.display()))?;
    for (name, text) in [("package.json", MANIFEST), ("package-lock.json", LOCK)] {
        let file = into.join(name);
        std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    // Not `npm ci`: it asks for the optional packages of every platform, which not every mirror offers. The packages of the lock file
    // are installed by their hashes all the same, and another package would change the file.
    output(program("npm").current_dir(into).args([
        "install",
        "--silent",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
    ]))?;
    let after = into.join("package-lock.json");
    let after =
        std::fs::read_to_string(&after).with_context(|| format!("cannot read {}", after.display()))?;
    ensure!(
        after == LOCK,
        "npm installed packages that suites/package-lock.json does not name: another platform than x86-64 Linux"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_is_the_pinned_one_and_every_package_has_a_hash() {
        let lock: serde_json::Value = serde_json::from_str(LOCK).unwrap();
        let packages = lock["packages"].as_object().unwrap();
        assert!(packages.len() > 100);
        for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
            let hash = package["integrity"].as_str().unwrap_or_default();
            assert!(hash.starts_with("sha512-"), "{name}: {hash}");
        }
        let pinned = SUBJECTS
            .iter()
            .find(|subject| subject.registry == Registry::NpmSet)
            .unwrap();
        assert_eq!(hex::encode(Sha256::digest(LOCK)), pinned.sha256);
    }
}
