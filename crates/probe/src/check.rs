//! The project's own checks: what its files say it is formatted, linted, built and tested with.

use crate::run::{Outcome, run};
use crate::{ProbeError, findings};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// What a check asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Whether the formatter would change anything.
    Formatter,
    /// What the linter finds.
    Linter,
    /// Whether it builds.
    Build,
    /// Whether its tests pass.
    Tests,
}

impl Kind {
    /// All kinds, in the order in which they run: the quick ones first.
    pub const ALL: [Self; 4] = [Self::Formatter, Self::Linter, Self::Build, Self::Tests];

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Formatter => "formatter",
            Self::Linter => "linter",
            Self::Build => "build",
            Self::Tests => "tests",
        }
    }
}

/// A command that judges a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What it asks.
    pub kind: Kind,
    /// Program and arguments, run in the project's folder without a shell.
    pub command: Vec<String>,
    /// Environment besides the owner's own.
    pub environment: Vec<(String, String)>,
}

impl Check {
    /// A check.
    #[must_use]
    pub fn new(kind: Kind, command: &[&str]) -> Self {
        Self {
            kind,
            command: command.iter().map(|word| (*word).to_owned()).collect(),
            environment: Vec::new(),
        }
    }

    /// The same check with a variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The command as a person would type it.
    #[must_use]
    pub fn shown(&self) -> String {
        self.command.join(" ")
    }

    /// Runs it in a folder and reads what it found.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn run(&self, folder: &Path, time: Duration) -> Result<Answer, ProbeError> {
        let outcome = run(&self.command, folder, &self.environment, time)?;
        Ok(Answer {
            findings: findings::read(self.kind, folder, &outcome),
            outcome,
        })
    }
}

/// What a check answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// How it ended.
    pub outcome: Outcome,
    /// What it found, without places, and how often.
    pub findings: BTreeMap<String, u64>,
}

/// Checks that the project's own files name, with the programs that this machine has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detected {
    /// Ready to run.
    pub checks: Vec<Check>,
    /// What could not be used, and why.
    pub missing: Vec<String>,
}

fn has_program(name: &str) -> bool {
    let Some(path) = std::env::var_os("PATH") else {
        return false;
    };
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

impl Detected {
    fn add(&mut self, check: Check) {
        let program = check.command.first().map(String::as_str).unwrap_or_default();
        if program.starts_with("./") || has_program(program) {
            self.checks.push(check);
        } else {
            self.missing
                .push(format!("{program} is not installed: not run: {}", check.shown()));
        }
    }
}

/// Finds the checks of a project by its files.
#[must_use]
pub fn detect(root: &Path) -> Detected {
    let mut found = Detected::default();
    let text = |name: &str| std::fs::read_to_string(root.join(name)).unwrap_or_default();
    let exists = |name: &str| root.join(name).exists();
    if exists("Cargo.toml") {
        rust(&mut found);
    }
    if exists("package.json") {
        javascript(root, &text("package.json"), &mut found);
    }
    if exists("pyproject.toml") || exists("setup.py") || exists("setup.cfg") || exists("tox.ini") {
        python(root, &text("pyproject.toml"), &mut found);
    }
    if exists("go.mod") {
        for (kind, command) in [
            (Kind::Formatter, &["gofmt", "-l", "."][..]),
            (Kind::Linter, &["go", "vet", "./..."]),
            (Kind::Tests, &["go", "test", "./..."]),
        ] {
            found.add(Check::new(kind, command));
        }
    }
    if exists("pom.xml") {
        found.add(Check::new(Kind::Tests, &["mvn", "--quiet", "--offline", "test"]));
    } else if exists("src/main/java") {
        found.add(Check::new(
            Kind::Build,
            &[
                "sh",
                "-c",
                "out=$(mktemp -d) && find src/main/java -name '*.java' -exec javac -Xlint:all -d \"$out\" {} +; code=$?; rm -rf \"$out\"; exit $code",
            ],
        ));
    }
    if exists(".clang-format") {
        found.add(Check::new(
            Kind::Formatter,
            &[
                "sh",
                "-c",
                "find . -name '*.[ch]' -exec clang-format --dry-run {} + || exit 127",
            ],
        ));
    }
    make(root, &mut found);
    found.checks.sort_by_key(|check| check.kind);
    found
}

fn rust(found: &mut Detected) {
    for (kind, command) in [
        (
            Kind::Formatter,
            &["cargo", "fmt", "--all", "--", "--check", "-l"][..],
        ),
        (
            Kind::Linter,
            &["cargo", "clippy", "--all-targets", "--message-format", "short"],
        ),
        (Kind::Tests, &["cargo", "test", "--no-fail-fast"]),
    ] {
        found.add(Check::new(kind, command));
    }
}

fn javascript(root: &Path, manifest: &str, found: &mut Detected) {
    let manifest: serde_json::Value = serde_json::from_str(manifest).unwrap_or_default();
    let names = |key: &str, name: &str| manifest.get(key).and_then(|table| table.get(name)).is_some();
    let depends = |name: &str| names("devDependencies", name) || names("dependencies", name);
    let installed = |name: &str| root.join("node_modules/.bin").join(name).is_file();
    for (package, kind, command) in [
        (
            "prettier",
            Kind::Formatter,
            &["./node_modules/.bin/prettier", "--list-different", "."][..],
        ),
        (
            "eslint",
            Kind::Linter,
            &["./node_modules/.bin/eslint", "--format", "unix", "."],
        ),
        ("tsc", Kind::Build, &["./node_modules/.bin/tsc", "--noEmit"]),
    ] {
        let wanted = match package {
            "tsc" => root.join("tsconfig.json").exists(),
            other => depends(other),
        };
        if wanted && installed(package) {
            found.add(Check::new(kind, command));
        } else if wanted {
            found
                .missing
                .push(format!("{package} is not in node_modules: run npm install first"));
        }
    }
    let test = manifest
        .pointer("/scripts/test")
        .and_then(serde_json::Value::as_str);
    if test.is_some_and(|script| !script.contains("no test specified")) {
        found.add(Check::new(Kind::Tests, &["npm", "test", "--silent"]).with("CI", "true"));
    }
}

fn python(root: &Path, project: &str, found: &mut Detected) {
    let configured =
        |tool: &str, file: &str| project.contains(&format!("[tool.{tool}")) || root.join(file).exists();
    if configured("black", ".black.toml") {
        found.add(Check::new(Kind::Formatter, &["black", "--check", "."]));
    }
    if configured("ruff", "ruff.toml") {
        found.add(Check::new(
            Kind::Linter,
            &["ruff", "check", "--no-cache", "--output-format", "concise", "."],
        ));
        if project.contains("[tool.ruff.format") {
            found.add(Check::new(
                Kind::Formatter,
                &["ruff", "format", "--no-cache", "--check", "."],
            ));
        }
    }
    if configured("mypy", "mypy.ini") {
        found.add(Check::new(Kind::Linter, &["mypy", "--cache-dir=/dev/null", "."]));
    }
    if root.join("tests").is_dir() || root.join("test").is_dir() || configured("pytest", "pytest.ini") {
        let source = if root.join("src").is_dir() { "src" } else { "." };
        found.add(
            Check::new(
                Kind::Tests,
                &[
                    "python3",
                    "-m",
                    "pytest",
                    "-q",
                    "-rfE",
                    "--tb=no",
                    "-p",
                    "no:cacheprovider",
                ],
            )
            .with("PYTHONPATH", source)
            .with("PYTHONDONTWRITEBYTECODE", "1"),
        );
    }
}

/// A `test` or `check` rule of a makefile that is already there; one that `configure` makes needs the owner's own command.
fn make(root: &Path, found: &mut Detected) {
    let Ok(text) = std::fs::read_to_string(root.join("Makefile")) else {
        if root.join("configure").exists() || root.join("CMakeLists.txt").exists() {
            found
                .missing
                .push("no Makefile: name the build with --check 'tests=./configure && make test'".to_owned());
        }
        return;
    };
    let rule = ["test", "check"]
        .into_iter()
        .find(|name| text.lines().any(|line| line.starts_with(&format!("{name}:"))));
    match rule {
        Some(rule) => found.add(Check::new(Kind::Tests, &["make", "--silent", rule])),
        None => found.add(Check::new(Kind::Build, &["make", "--silent"])),
    }
}
