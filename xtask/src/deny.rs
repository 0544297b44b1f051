//! `cargo xtask deny`: licences, bans and sources; advisories where their database can be reached.

use crate::process;
use anyhow::Result;

/// Version that CI installs when there is none.
const VERSION: &str = "0.20.2";

/// Installs cargo-deny when missing, then checks.
pub fn run() -> Result<bool> {
    if process::output(process::cargo().args(["deny", "--version"])).is_err() {
        eprintln!("xtask: installing cargo-deny {VERSION}");
        let mut install = process::cargo();
        install.args([
            "install",
            "--locked",
            "--quiet",
            "cargo-deny",
            "--version",
            VERSION,
        ]);
        anyhow::ensure!(process::status(&mut install)?, "cargo install cargo-deny failed");
    }
    let held = process::status(process::cargo().args([
        "deny",
        "--log-level",
        "error",
        "check",
        "--hide-inclusion-graph",
        "licenses",
        "bans",
        "sources",
    ]))?;
    // The advisory database is a git repository that a closed network does not reach: said aloud, never passed over.
    let fetched = process::output(process::cargo().args(["deny", "--log-level", "error", "fetch", "db"]));
    let advisories = match fetched {
        Ok(_) => {
            process::status(process::cargo().args(["deny", "--log-level", "error", "check", "advisories"]))?
        }
        Err(_) => {
            eprintln!("xtask: advisories NOT checked: their database cannot be reached from this machine");
            true
        }
    };
    Ok(held && advisories)
}
