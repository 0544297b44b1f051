//! The vendor's own formatter, run over the file that he pushes.

use anyhow::{Context as _, Result};
use ringfence_syntax::Language;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// A formatter of one language: reads a text, prints it formatted.
pub struct Formatter {
    name: &'static str,
    program: PathBuf,
    arguments: Vec<OsString>,
}

/// Program, and its arguments for standard input and output.
fn known(language: Language) -> Option<(&'static str, &'static [&'static str])> {
    Some(match language {
        Language::Rust => ("rustfmt", &["--quiet", "--edition", "2021", "--emit", "stdout"]),
        Language::Python => ("black", &["--quiet", "--fast", "-"]),
        Language::Go => ("gofmt", &[]),
        Language::JavaScript => ("prettier", &["--stdin-filepath", "a.js"]),
        Language::TypeScript => ("prettier", &["--stdin-filepath", "a.ts"]),
        Language::Tsx => ("prettier", &["--stdin-filepath", "a.tsx"]),
        Language::C | Language::Java => return None,
    })
}

impl Formatter {
    /// The formatter of a language from a folder of tools or PATH; the error names what is missing.
    pub fn of(language: Language, tools: &Path) -> Result<Self, String> {
        let Some((name, arguments)) = known(language) else {
            return Err(format!(
                "no formatter for {} can be had from the registries",
                language.name()
            ));
        };
        let path = std::env::var_os("PATH").unwrap_or_default();
        let places = [tools.join("python/bin"), tools.join("node_modules/.bin")];
        let found = places
            .into_iter()
            .chain(std::env::split_paths(&path))
            .map(|folder| folder.join(name))
            .find(|program| program.is_file());
        let program = found.ok_or_else(|| format!("{name} is neither in {} nor on PATH", tools.display()))?;
        Ok(Self {
            name,
            program,
            arguments: arguments.iter().map(OsString::from).collect(),
        })
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The formatted text; none where the formatter refuses it.
    pub fn run(&self, text: &[u8]) -> Result<Option<Vec<u8>>> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the bench plays the vendor, who runs his own formatter"
        )]
        let mut command = std::process::Command::new(&self.program);
        let mut child = command
            .args(&self.arguments)
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
