//! The vendor's own formatter, run over the file that he pushes.

use anyhow::{Context as _, Result};
use ringfence_syntax::Language;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// A formatter of one language: reads a text, prints it formatted.
pub struct Formatter {
    name: &'static str,
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
    /// What it made of the last texts: the rows with a formatter ask for the same ones.
    known: RefCell<HashMap<Vec<u8>, Option<Vec<u8>>>>,
}

/// Texts whose formatted form is remembered.
const REMEMBERED: usize = 4_096;

/// What a program is run as: its name for people, the program, its arguments for standard input and output, its environment.
struct Known {
    name: &'static str,
    program: &'static str,
    script: Option<PathBuf>,
    arguments: &'static [&'static str],
    environment: Vec<(&'static str, OsString)>,
    /// How it is had where it is missing.
    cure: &'static str,
}

impl Known {
    fn of(language: Language, corpus: &Path) -> Option<Self> {
        let installed = |name, arguments, cure| Self {
            name,
            program: name,
            script: None,
            arguments,
            environment: Vec::new(),
            cure,
        };
        let prettier = |arguments| Self {
            name: "prettier",
            program: "node",
            script: Some(corpus.join(".tools/prettier/bin/prettier.cjs")),
            arguments,
            environment: Vec::new(),
            cure: "cargo xtask corpus prettier",
        };
        // The wheel holds the program itself.
        let clang = |arguments| Self {
            name: "clang-format",
            program: "env",
            script: Some(corpus.join(".attack-tools/clang_format/data/bin/clang-format")),
            arguments,
            environment: Vec::new(),
            cure: "cargo xtask corpus .attack-tools",
        };
        let python = corpus.join(".python-packages");
        Some(match language {
            Language::Rust => installed(
                "rustfmt",
                &["--quiet", "--edition", "2021", "--emit", "stdout"],
                "rustup component add rustfmt",
            ),
            Language::Go => installed("gofmt", &[], "apt-get install golang-go"),
            Language::Python => Self {
                name: "black",
                program: "python3",
                script: Some(python.join("black/__main__.py")),
                arguments: &["--quiet", "--fast", "-"],
                environment: vec![("PYTHONPATH", python.into_os_string())],
                cure: "cargo xtask corpus .python-packages",
            },
            Language::JavaScript => prettier(&["--stdin-filepath", "a.js"]),
            Language::TypeScript => prettier(&["--stdin-filepath", "a.ts"]),
            Language::Tsx => prettier(&["--stdin-filepath", "a.tsx"]),
            Language::C => clang(&["--style=LLVM", "--assume-filename=a.c"]),
            Language::Cpp => clang(&["--style=LLVM", "--assume-filename=a.cpp"]),
            Language::Java | Language::CSharp => return None,
        })
    }
}

impl Formatter {
    /// The formatter of a language from the corpus or PATH; the error names what is missing.
    pub fn of(language: Language, corpus: &Path) -> Result<Self, String> {
        let Some(known) = Known::of(language, corpus) else {
            return Err(format!(
                "no formatter for {} can be had from the registries",
                language.name()
            ));
        };
        let missing = |what: &str| format!("{what} is missing; run: {}", known.cure);
        if let Some(script) = known.script.as_ref().filter(|script| !script.is_file()) {
            return Err(missing(&script.display().to_string()));
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let program = std::env::split_paths(&path)
            .map(|folder| folder.join(known.program))
            .find(|program| program.is_file())
            .ok_or_else(|| missing(known.program))?;
        let arguments = known.arguments.iter().map(OsString::from);
        Ok(Self {
            name: known.name,
            program,
            arguments: known
                .script
                .map(PathBuf::into_os_string)
                .into_iter()
                .chain(arguments)
                .collect(),
            environment: known.environment,
            known: RefCell::default(),
        })
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The formatted text; none where the formatter refuses it.
    pub fn run(&self, text: &[u8]) -> Result<Option<Vec<u8>>> {
        if let Some(known) = self.known.borrow().get(text) {
            return Ok(known.clone());
        }
        let formatted = self.start(text)?;
        let mut known = self.known.borrow_mut();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(text.to_vec(), formatted.clone());
        Ok(formatted)
    }

    fn start(&self, text: &[u8]) -> Result<Option<Vec<u8>>> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the bench plays the vendor, who runs his own formatter"
        )]
        let mut command = std::process::Command::new(&self.program);
        let mut child = command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{} cannot be started", self.program.display()))?;
        let input = child.stdin.take();
        let output = std::thread::scope(|scope| {
            scope.spawn(move || {
                if let Some(mut input) = input {
                    // A formatter that stops reading refuses by its exit code.
                    let _ = input.write_all(text);
                }
            });
            child.wait_with_output()
        })
        .with_context(|| format!("{} broke off", self.name))?;
        Ok((output.status.success() && !output.stdout.is_empty()).then_some(output.stdout))
    }
}
