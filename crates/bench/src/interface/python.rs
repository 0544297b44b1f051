//! Python: packages from PyPI, checked by a fresh interpreter that imports every module, and by mypy; formatted as black has it.

use super::work::{Call, Said, Work, copy, files, first_line};
use super::{BenchFile, Checked, Checker, Group, Kind, LanguageBench, Package, Same, Shown};
use anyhow::{Context as _, Result, ensure};
use ringfence_interface::{ImportProfile, PROFILER};
use ringfence_syntax::{Language, Node};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Packages, dependencies and tools: one folder, pinned in `xtask/src/corpus/python.txt`.
const PACKAGES: &str = ".python-packages";

/// The subjects, with the folders they have beside the one of their name, and whether a half of them is checked too.
const SUBJECTS: &[(&str, &[&str], bool)] = &[
    ("attr", &["attrs"], false),
    ("click", &[], true),
    ("flask", &[], true),
    ("h11", &[], false),
    ("httpcore", &[], false),
    ("httpx", &[], true),
    ("itsdangerous", &[], false),
    ("jinja2", &[], true),
    ("packaging", &[], false),
    ("requests", &[], true),
    ("rich", &[], false),
    ("urllib3", &[], false),
    ("werkzeug", &[], true),
];

/// What mypy must not find on its path: its own parts and what it has stubs of.
const TOOLS: &[&str] = &[
    "mypy",
    "mypyc",
    "mypy_extensions.py",
    "typing_extensions.py",
    "black",
    "blackd",
    "blib2to3",
    "pathspec",
    "platformdirs",
];

/// Asks a package questions, in Python.
const QUESTIONS: &str = include_str!("python/modules.py");

/// Python, by the interpreter on PATH.
pub struct Python;

impl LanguageBench for Python {
    fn language(&self) -> &'static str {
        "python"
    }

    fn questions(&self) -> &'static str {
        concat!(include_str!("python.rs"), include_str!("python/modules.py"))
    }

    fn tools(&self) -> &'static [(&'static str, &'static [&'static str])] {
        &[("python3", &["--version"])]
    }

    fn pins(&self) -> &'static [&'static str] {
        &[PACKAGES]
    }

    fn checkers(&self) -> &'static [Checker] {
        &[
            Checker {
                name: "import",
                goal: 0.95,
            },
            Checker {
                name: "mypy",
                goal: 0.9,
            },
        ]
    }

    fn packages(&self) -> Vec<Package> {
        SUBJECTS
            .iter()
            .map(|(name, _, half)| Package {
                name: (*name).to_owned(),
                kind: Kind::Library,
                half: *half,
            })
            .collect()
    }

    fn source(&self, package: &Package, work: &Work) -> Result<PathBuf> {
        let all = work.subject(PACKAGES)?;
        let source = work.folder(&format!("python-source-{}", package.name))?;
        let more = SUBJECTS
            .iter()
            .filter(|(name, ..)| *name == package.name)
            .flat_map(|(_, more, _)| more.iter().copied());
        for folder in more.chain([package.name.as_str()]) {
            copy(&all.join(folder), &source.join(folder))?;
        }
        for file in files(&source)?.iter().filter(|file| file.ends_with(".pyc")) {
            let file = source.join(file);
            std::fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
        }
        Ok(source)
    }

    fn prepare(&self, _package: &Package, _copy: &Path, _work: &Work) -> Result<()> {
        Ok(())
    }

    fn groups(&self, _package: &Package, copy: &Path, work: &Work) -> Result<Vec<Group>> {
        let entries = ask(work, "entries", copy)?;
        ensure!(entries.success, "the entries: {}", first_line(&entries.err));
        let entries: BTreeSet<&str> = entries.out.lines().collect();
        let files = files(copy)?
            .into_iter()
            .filter(|path| Language::from_path(path.as_bytes()) == Some(Language::Python))
            .map(|path| BenchFile {
                shown: if entries.contains(path.as_str()) {
                    Shown::Whole
                } else {
                    Shown::Interface
                },
                path,
            })
            .collect();
        Ok(vec![Group {
            language: Language::Python,
            files,
        }])
    }

    fn check(&self, checker: &str, package: &Package, copy: &Path, work: &Work) -> Result<Checked> {
        let problems = match checker {
            "import" => {
                let compiled = python(work, copy, &["-m", "compileall", "-q", "-f", "."])?;
                let mut problems: Vec<String> = (!compiled.success)
                    .then(|| format!("compileall: {}", first_line(&compiled.out)))
                    .into_iter()
                    .collect();
                let imported = ask(work, "import", copy)?;
                ensure!(imported.success, "the import: {}", first_line(&imported.err));
                problems.extend(imported.out.lines().map(str::to_owned));
                problems
            }
            _ => mypy(work, package, copy)?,
        };
        Ok(Checked { problems })
    }

    /// A module that the original cannot load here either is no new problem, whatever stops it.
    fn same_problem<'p>(&self, checker: &str, problem: &'p str) -> &'p str {
        match problem.split_once(": ") {
            Some((module, _)) if checker == "import" => module,
            _ => problem,
        }
    }

    fn public_items(&self, _package: &Package, copy: &Path, work: &Work) -> Result<BTreeMap<String, String>> {
        let items = ask(work, "items", copy)?;
        ensure!(items.success, "{}", first_line(&items.err));
        serde_json::from_str(&items.out).context("the list of items is no JSON")
    }

    /// What a default value prints of its place in memory is no part of the signature.
    fn same(&self, original: &str, interface: &str) -> Same {
        if without_addresses(original) == without_addresses(interface) {
            Same::Equal
        } else {
            Same::Different
        }
    }

    fn formatter(
        &self,
        _package: &Package,
        copy: &Path,
        files: &[String],
        work: &Work,
    ) -> Result<Option<usize>> {
        let mut arguments = vec!["-m", "black", "--check", "--workers", "1"];
        arguments.extend(files.iter().map(String::as_str));
        let said = python(work, copy, &arguments)?;
        ensure!(
            said.err.contains("would be") || said.err.contains("would reformat"),
            "black: {}",
            first_line(&said.err)
        );
        Ok(Some(
            said.err
                .lines()
                .filter(|line| line.starts_with("would reformat"))
                .count(),
        ))
    }

    fn profile(&self, _package: &Package, original: &Path, work: &Work) -> Result<Option<ImportProfile>> {
        let profiler = script(work, "profile.py", PROFILER)?;
        let modules = ask(work, "modules", original)?;
        let modules: Vec<&str> = modules
            .out
            .lines()
            .filter_map(|line| line.split('\t').next())
            .filter(|module| !module.ends_with("__main__"))
            .collect();
        let mut arguments = vec![profiler.as_str(), "."];
        arguments.extend(modules);
        // A module that cannot be imported here cannot be imported from the interface either.
        let said = python(work, original, &arguments)?;
        Ok(Some(
            ImportProfile::parse(said.out.as_bytes()).context("the import profile")?,
        ))
    }

    fn is_comment(&self, node: &Node<'_>, _text: &[u8]) -> bool {
        node.is_comment()
            || (node.kind() == "expression_statement"
                && node.named_children().count() == 1
                && node
                    .named_children()
                    .next()
                    .is_some_and(|inner| matches!(inner.kind(), "string" | "concatenated_string")))
    }
}

/// `0x7fb8711fac00` as `0x`.
fn without_addresses(signature: &str) -> String {
    let mut parts = signature.split("0x");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        all + "0x" + part.trim_start_matches(|digit: char| digit.is_ascii_hexdigit())
    })
}

fn script(work: &Work, name: &str, text: &str) -> Result<String> {
    let place = work.folder("python-scripts")?.join(name);
    std::fs::write(&place, text).with_context(|| format!("cannot write {}", place.display()))?;
    Ok(place.to_string_lossy().into_owned())
}

/// Runs Python in a copy, with the pinned packages to import.
fn python(work: &Work, copy: &Path, arguments: &[&str]) -> Result<Said> {
    work.run(
        Call::new("python3", copy)
            .arguments(arguments)
            .environment("PYTHONPATH", work.subject(PACKAGES)?)
            .environment("PYTHONDONTWRITEBYTECODE", "1")
            .environment("PYTHONHASHSEED", "0")
            .environment("BLACK_CACHE_DIR", work.folder("python-black")?)
            .environment("PYTHONWARNINGS", "ignore"),
    )
}

fn ask(work: &Work, question: &str, copy: &Path) -> Result<Said> {
    let script = script(work, "modules.py", QUESTIONS)?;
    python(work, copy, &[&script, question, "."])
}

fn mypy(work: &Work, package: &Package, copy: &Path) -> Result<Vec<String>> {
    let packages = work.subject(PACKAGES)?;
    let dependencies = work.folder("python-dependencies")?;
    for entry in std::fs::read_dir(&packages).context("the packages")?.flatten() {
        let name = entry.file_name();
        let place = dependencies.join(&name);
        if !TOOLS.iter().any(|tool| name == *tool) && !place.exists() {
            std::os::unix::fs::symlink(entry.path(), &place)
                .with_context(|| format!("cannot make {}", place.display()))?;
        }
    }
    let cache = work.folder(&format!("python-mypy-{}", package.name))?;
    let mut arguments: Vec<String> = ["-m", "mypy", "--no-error-summary", "--hide-error-context"]
        .iter()
        .chain(&["--follow-imports=silent", "--no-incremental", "--cache-dir"])
        .map(|argument| (*argument).to_owned())
        .collect();
    arguments.push(cache.to_string_lossy().into_owned());
    for folder in std::fs::read_dir(copy).context("the copy")?.flatten() {
        if folder.path().join("__init__.py").is_file() {
            arguments.push("-p".to_owned());
            arguments.push(folder.file_name().to_string_lossy().into_owned());
        }
    }
    let said = work.run(
        Call::new("python3", copy)
            .arguments(&arguments)
            .environment("PYTHONPATH", &packages)
            .environment("MYPYPATH", &dependencies)
            .environment("PYTHONDONTWRITEBYTECODE", "1"),
    )?;
    ensure!(
        said.success || said.out.contains(": error:"),
        "mypy: {}",
        first_line(&format!("{}\n{}", said.err, said.out))
    );
    Ok(said
        .out
        .lines()
        .filter(|line| line.contains(": error:"))
        .map(without_line_numbers)
        .collect())
}

/// `a.py:3:4: error: x` as `a.py: error: x`.
fn without_line_numbers(line: &str) -> String {
    match line.split_once(": error:") {
        Some((place, rest)) => {
            let path = place.split(':').next().unwrap_or_default();
            format!("{path}: error:{rest}")
        }
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_no_part_of_a_signature() {
        assert_eq!(
            without_addresses("lock : 0x7fb8711fac00 RLock, n : 0x10"),
            without_addresses("lock : 0x7fe0f67f2c00 RLock, n : 0x11")
        );
        assert_ne!(
            without_addresses("lock : 0x7f RLock"),
            without_addresses("lock : 0x7f Lock")
        );
    }

    #[test]
    fn line_numbers_are_no_part_of_a_problem() {
        assert_eq!(
            without_line_numbers("a/b.py:3:4: error: Name \"x\" is not defined  [name-defined]"),
            "a/b.py: error: Name \"x\" is not defined  [name-defined]"
        );
        assert_eq!(without_line_numbers("a.py:3: error: y"), "a.py: error: y");
    }
}
