//! Starts other programs and says which one failed.

use anyhow::{Context, Result};
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A command by name or path.
pub fn program(name: impl AsRef<OsStr>) -> Command {
    #[expect(
        clippy::disallowed_methods,
        reason = "xtask drives other programs; git inside the product is started in crates/git only"
    )]
    Command::new(name)
}

/// The cargo that runs this task.
pub fn cargo() -> Command {
    let mut command = program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// The folder of the workspace.
pub fn root() -> PathBuf {
    let manifest = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

/// Runs to the end with inherited output; true when it ended well.
pub fn status(command: &mut Command) -> Result<bool> {
    let shown = format!("{command:?}");
    Ok(command
        .status()
        .with_context(|| format!("cannot start {shown}"))?
        .success())
}

/// Runs to the end and returns standard output, or fails with standard error.
pub fn output(command: &mut Command) -> Result<String> {
    let shown = format!("{command:?}");
    let done = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {shown}"))?;
    anyhow::ensure!(
        done.status.success(),
        "{shown} failed with {}: {}",
        done.status,
        String::from_utf8_lossy(&done.stderr).trim()
    );
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// First match of a program on PATH.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}
