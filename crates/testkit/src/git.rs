//! Real git repositories for tests, made by the `git` program from a list of files.
//!
//! Names, mail addresses, dates and configuration are fixed, so the same script gives the same commit ids on every machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Drives one repository with a work tree.
#[derive(Debug, Clone)]
pub struct GitRepository {
    folder: PathBuf,
}

impl GitRepository {
    /// Makes an empty repository with the branch `main`.
    pub fn create(folder: &Path) -> Self {
        std::fs::create_dir_all(folder).expect("a folder for a repository");
        let repository = Self {
            folder: folder.to_owned(),
        };
        repository.git(&["init", "--quiet", "--initial-branch=main", "."]);
        repository
    }

    /// Uses a repository that is there already, for instance a clone.
    pub fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// Gives the folder of the work tree.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Writes files, stages everything and commits; gives the commit's id.
    pub fn commit<P: AsRef<Path>, B: AsRef<[u8]>>(&self, files: &[(P, B)], message: &str) -> String {
        for (path, content) in files {
            let path = self.folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).expect("a folder in the work tree");
            std::fs::write(&path, content).expect("a file in the work tree");
        }
        self.git(&["add", "--all", "--force"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Runs git and gives its output without the last line end; panics with both outputs when it fails.
    pub fn git(&self, arguments: &[&str]) -> String {
        let (worked, output, errors) = self.try_git(arguments);
        assert!(worked, "git {arguments:?} failed:\n{output}\n{errors}");
        output.trim_end_matches('\n').to_owned()
    }

    /// Runs git and gives whether it worked, its output and its errors.
    pub fn try_git(&self, arguments: &[&str]) -> (bool, String, String) {
        let output = self
            .command()
            .args(arguments)
            .output()
            .expect("the program `git` (apt-get install git)");
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    }

    /// Gives git as a command in this folder, without system or user configuration, to run in another way.
    #[expect(
        clippy::disallowed_methods,
        reason = "tests make and drive real repositories with the real git"
    )]
    pub fn command(&self) -> Command {
        let mut git = Command::new("git");
        git.current_dir(&self.folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.folder)
            .env("LC_ALL", "C")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.org")
            .env("GIT_AUTHOR_DATE", "2026-01-05T09:00:00Z")
            .env("GIT_COMMITTER_NAME", "Ada")
            .env("GIT_COMMITTER_EMAIL", "ada@example.org")
            .env("GIT_COMMITTER_DATE", "2026-01-05T09:00:00Z")
            .stdin(Stdio::null());
        git
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TestHome;

    #[test]
    fn the_same_script_gives_the_same_commit() {
        let (one, two) = (TestHome::new(), TestHome::new());
        let make = |home: &TestHome| {
            GitRepository::create(home.path()).commit(
                &[("src/lib.rs", "pub fn one() {}\n"), ("README.md", "# one\n")],
                "first",
            )
        };
        assert_eq!(make(&one), make(&two));
        assert_eq!(
            GitRepository::at(one.path()).git(&["ls-files"]),
            "README.md\nsrc/lib.rs"
        );
    }
}
