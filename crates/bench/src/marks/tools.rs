//! The real programs that attack a tree: formatters, printers, minifiers. Each is pinned by `cargo xtask corpus`, or is part of the
//! pinned toolchains (rustfmt, gofmt); its version is part of a cell's cache key.

use anyhow::{Context as _, Result, bail, ensure};
use ringfence_syntax::Language;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PYTHON: &str = include_str!("attack.py");
const SCRIPT: &str = include_str!("attack.cjs");
/// Longest time one program may take for a whole tree.
const SECONDS: &str = "900";
/// Files given to one call, so that no argument list is too long.
const AT_ONCE: usize = 200;

/// How a program is given the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Feed {
    /// All names at the end of the arguments; it rewrites the files.
    InPlace,
    /// One text at a time over standard input.
    Stream,
}

/// A program with what it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// For people, with the version where it is pinned by the corpus.
    pub name: &'static str,
    program: Program,
    arguments: &'static [&'static str],
    feed: Feed,
}

#[derive(Clone, Copy, Debug)]
enum Program {
    OnPath(&'static str),
    /// In the folder of attack tools.
    Attack(&'static str),
    /// A module of the folder of Python packages.
    PythonModule(&'static str),
    /// A script of an npm package.
    Node(&'static str, &'static str),
    /// `attack.py`.
    OurPython,
    /// `attack.cjs`.
    OurScript,
}

const fn tool(name: &'static str, program: Program, arguments: &'static [&'static str], feed: Feed) -> Tool {
    Tool {
        name,
        program,
        arguments,
        feed,
    }
}

/// The formatter that most projects of a language use, with its own settings.
pub fn formatter(language: Language) -> Tool {
    match language {
        Language::Rust => tool(
            "rustfmt",
            Program::OnPath("rustfmt"),
            &["--quiet", "--edition", "2021"],
            Feed::Stream,
        ),
        Language::Python => tool(
            "black 24.10.0",
            Program::PythonModule("black"),
            &["--quiet", "--fast"],
            Feed::InPlace,
        ),
        Language::JavaScript | Language::TypeScript | Language::Tsx => tool(
            "prettier 3.6.2",
            Program::Node("prettier", "bin/prettier.cjs"),
            &["--no-config", "--write", "--log-level", "silent"],
            Feed::InPlace,
        ),
        Language::Go => tool("gofmt", Program::OnPath("gofmt"), &["-w"], Feed::InPlace),
        // It knows every language whose blocks have braces.
        _ => tool(
            "clang-format 18.1.8 (LLVM)",
            Program::Attack("clang-format"),
            &["--style=LLVM", "-i"],
            Feed::InPlace,
        ),
    }
}

/// Another project's formatter or settings.
pub fn foreign_formatter(language: Language) -> Tool {
    match language {
        Language::Rust => tool(
            "rustfmt (80 wide)",
            Program::OnPath("rustfmt"),
            &[
                "--quiet",
                "--edition",
                "2021",
                "--config",
                "max_width=80,use_small_heuristics=Max,hard_tabs=true",
            ],
            Feed::Stream,
        ),
        Language::Python => tool(
            "ruff 0.8.4 (120 wide)",
            Program::Attack("ruff"),
            &[
                "format",
                "--quiet",
                "--isolated",
                "--no-cache",
                "--line-length",
                "120",
                "--config",
                "format.quote-style='single'",
            ],
            Feed::InPlace,
        ),
        Language::JavaScript | Language::TypeScript | Language::Tsx => tool(
            "prettier 3.6.2 (no semicolons, 120 wide)",
            Program::Node("prettier", "bin/prettier.cjs"),
            &[
                "--no-config",
                "--tab-width",
                "4",
                "--single-quote",
                "--no-semi",
                "--print-width",
                "120",
                "--write",
                "--log-level",
                "silent",
            ],
            Feed::InPlace,
        ),
        Language::Go => tool("gofmt -s", Program::OnPath("gofmt"), &["-s", "-w"], Feed::InPlace),
        // It knows every language whose blocks have braces.
        _ => tool(
            "clang-format 18.1.8 (Google)",
            Program::Attack("clang-format"),
            &["--style=Google", "-i"],
            Feed::InPlace,
        ),
    }
}

/// Prints the syntax tree anew, without comments; none where no printer can be had from a registry.
pub fn reprint(language: Language) -> Option<Tool> {
    match language {
        Language::Python => Some(tool(
            "ast.unparse",
            Program::OurPython,
            &["reprint"],
            Feed::InPlace,
        )),
        Language::JavaScript => Some(tool(
            "acorn 8.14.0 and astring 1.9.0",
            Program::OurScript,
            &["reprint"],
            Feed::InPlace,
        )),
        Language::TypeScript | Language::Tsx => Some(tool(
            "typescript 5.9.3 printer",
            Program::OurScript,
            &["reprint"],
            Feed::InPlace,
        )),
        _ => None,
    }
}

/// Minifies; none where source is not minified.
pub fn minifier(language: Language) -> Option<Tool> {
    match language {
        Language::Python => Some(tool(
            "python-minifier 2.11.3",
            Program::OurPython,
            &["minify"],
            Feed::InPlace,
        )),
        Language::JavaScript => Some(tool(
            "terser 5.36.0",
            Program::OurScript,
            &["minify"],
            Feed::InPlace,
        )),
        Language::TypeScript | Language::Tsx => Some(tool(
            "typescript 5.9.3 to JavaScript, terser 5.36.0",
            Program::OurScript,
            &["minify"],
            Feed::InPlace,
        )),
        _ => None,
    }
}

/// The folder of the repository and of the corpus.
#[derive(Clone, Debug)]
pub struct Workshop {
    root: PathBuf,
    corpus: PathBuf,
}

impl Workshop {
    /// The repository that this bench was built from.
    pub fn new() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = root
            .canonicalize()
            .with_context(|| format!("cannot find {}", root.display()))?;
        let corpus = root.join("corpus");
        Ok(Self { root, corpus })
    }

    /// The folder below the corpus where finished cells are kept.
    pub fn cache(&self) -> PathBuf {
        self.corpus.join(".answers/marks")
    }

    /// The sources of this repository.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A pinned subject or tool, downloaded when it is missing.
    pub fn pinned(&self, name: &str) -> Result<PathBuf> {
        let places = [self.corpus.join(name), self.corpus.join(".tools").join(name)];
        let pinned = self.corpus.join(".pinned").join(name);
        let find = || places.iter().find(|place| place.is_dir() && pinned.is_file());
        if let Some(place) = find() {
            return Ok(place.clone());
        }
        eprintln!("bench: cargo xtask corpus {name}");
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let said = run(
            command(cargo)
                .args(["xtask", "corpus", name])
                .current_dir(&self.root),
            None,
        )?;
        find()
            .cloned()
            .with_context(|| format!("cargo xtask corpus {name} did not bring it: {said}"))
    }

    /// The version that a program of the machine says it has, for the cache key.
    pub fn version(&self, tool: &Tool) -> Result<String> {
        let version = match tool.program {
            Program::OnPath("gofmt") => run(command("go").arg("version"), None)?,
            Program::OnPath(name) => run(command(name).arg("--version"), None)?,
            Program::OurPython => format!("{}{PYTHON}", run(command("python3").arg("--version"), None)?),
            Program::OurScript => SCRIPT.to_owned(),
            _ => String::new(),
        };
        Ok(format!("{} {:?} {}", tool.name, tool.arguments, version.trim()))
    }

    /// Runs a program over texts with names. Returns the texts and how many it refused: those stay as they were.
    pub fn apply(&self, tool: &Tool, texts: &[(String, Vec<u8>)]) -> Result<(Vec<Vec<u8>>, usize)> {
        if tool.feed == Feed::Stream {
            return self.stream(tool, texts);
        }
        let folder = tempfile::Builder::new()
            .prefix("ringfence-marks-")
            .tempdir()
            .context("no temporary folder")?;
        for (name, text) in texts {
            std::fs::write(folder.path().join(name), text).with_context(|| format!("cannot write {name}"))?;
        }
        let names: Vec<&str> = texts.iter().map(|(name, _)| name.as_str()).collect();
        let mut refused = 0_usize;
        for names in names.chunks(AT_ONCE) {
            let mut command = self.command(tool, folder.path())?;
            // A formatter that refuses one file still formats the others; its exit code says only that there was one.
            let said = run_any(command.args(names).current_dir(folder.path()))?;
            if matches!(tool.program, Program::OurPython | Program::OurScript) {
                refused = refused.saturating_add(said.lines().count());
            }
        }
        let mut out = Vec::with_capacity(texts.len());
        let (mut same, mut all) = (0_usize, 0_usize);
        for (name, text) in texts {
            let done =
                std::fs::read(folder.path().join(name)).with_context(|| format!("cannot read {name}"))?;
            same = same.saturating_add(usize::from(done == *text));
            all = all.saturating_add(1);
            out.push(done);
        }
        ensure!(
            refused.saturating_mul(2) <= all && (same < all || all < 5 || tool.name.starts_with("gofmt")),
            "{} did nothing to {all} files ({refused} refused)",
            tool.name
        );
        Ok((out, refused))
    }

    fn stream(&self, tool: &Tool, texts: &[(String, Vec<u8>)]) -> Result<(Vec<Vec<u8>>, usize)> {
        let mut refused = 0_usize;
        let mut out = Vec::with_capacity(texts.len());
        for (_, text) in texts {
            let mut command = self.command(tool, &self.root)?;
            let output = output(&mut command, Some(text))?;
            if output.status.success() && !output.stdout.is_empty() {
                out.push(output.stdout);
            } else {
                refused = refused.saturating_add(1);
                out.push(text.clone());
            }
        }
        ensure!(
            refused.saturating_mul(2) <= texts.len(),
            "{} refused {refused} of {} files",
            tool.name,
            texts.len()
        );
        Ok((out, refused))
    }

    fn command(&self, tool: &Tool, folder: &Path) -> Result<Command> {
        let mut command = command("timeout");
        command.arg(SECONDS);
        match tool.program {
            Program::OnPath(name) => {
                command.arg(name);
            }
            Program::Attack(name) => {
                // Some are scripts that import their package.
                let tools = self.pinned(".attack-tools")?;
                command
                    .env("PYTHONPATH", &tools)
                    .arg(tools.join("bin").join(name));
            }
            Program::PythonModule(name) => {
                command
                    .env("PYTHONPATH", self.pinned(".python-packages")?)
                    .args(["python3", "-m", name]);
            }
            Program::Node(package, script) => {
                command.arg("node").arg(self.pinned(package)?.join(script));
            }
            Program::OurPython => {
                let script = folder.join(".attack.py");
                std::fs::write(&script, PYTHON).context("cannot write attack.py")?;
                command
                    .env("PYTHONPATH", self.pinned(".attack-tools")?)
                    .arg("python3")
                    .arg(script);
            }
            Program::OurScript => {
                let script = folder.join(".attack.cjs");
                std::fs::write(&script, SCRIPT).context("cannot write attack.cjs")?;
                for package in ["acorn", "astring", "terser", "typescript"] {
                    self.pinned(package)?;
                }
                command.arg("node").arg(script);
            }
        }
        command.args(tool.arguments);
        if matches!(tool.program, Program::OurScript) {
            command.arg(self.corpus.join(".tools"));
        }
        Ok(command)
    }
}

fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    #[expect(
        clippy::disallowed_methods,
        reason = "the bench plays the leaker, who runs formatters and minifiers over his copy"
    )]
    Command::new(program)
}

fn output(command: &mut Command, text: Option<&[u8]>) -> Result<std::process::Output> {
    let shown = format!("{:?}", command.get_program());
    let mut child = command
        .stdin(if text.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{shown} cannot be started"))?;
    let input = child.stdin.take();
    std::thread::scope(|scope| {
        if let (Some(mut input), Some(text)) = (input, text) {
            scope.spawn(move || {
                // A program that stops reading refuses by its exit code.
                let _ = input.write_all(text);
            });
        }
        child.wait_with_output()
    })
    .with_context(|| format!("{shown} broke off"))
}

fn run(command: &mut Command, text: Option<&[u8]>) -> Result<String> {
    let output = output(command, text)?;
    if !output.status.success() {
        bail!(
            "{:?} failed: {}",
            command.get_program(),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn run_any(command: &mut Command) -> Result<String> {
    let output = output(command, None)?;
    match output.status.code() {
        Some(124) => bail!("{:?} took more than {SECONDS} seconds", command.get_program()),
        Some(125..=127) => bail!(
            "{:?} could not be started: {}",
            command.get_program(),
            String::from_utf8_lossy(&output.stderr).trim()
        ),
        _ => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
    }
}
