//! `ringfence-bench interface`: real packages with every imported module reduced to its interface, checked by the language's own tools.
//!
//! A row a package: share of code lines removed, bodies kept, public items still there by a second tool, literals of bodies that
//! came through, and whether the real compiler accepts it. INVARIANT: what cannot be measured is a row that says so, never left out.
//!
//! **To add a language**: make `interface/<language>.rs` with a unit struct that implements [`LanguageBench`], add `mod <language>;`
//! and `&<language>::<Type>` to [`LANGUAGES`] below. Its subjects and tools are pinned in `xtask/src/corpus/<language>.rs`.
//! The frame copies a package twice (original and interface), calls [`LanguageBench::prepare`] in both, renders
//! what [`LanguageBench::groups`] names, writes the result over the second copy and asks the same questions of both.

mod answers;
mod c;
mod declarations;
mod go;
mod java;
mod javascript;
pub mod literals;
mod modules;
pub mod package;
mod python;
mod rust;
pub mod table;
mod typescript;
pub mod work;

use anyhow::{Result, bail};
use ringfence_syntax::{Language, Node};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use work::Work;

/// Every language that is measured, in the order of the table.
const LANGUAGES: &[&dyn LanguageBench] = &[
    &c::C,
    &rust::Rust,
    &go::Go,
    &java::Java,
    &python::Python,
    &javascript::JavaScript,
    &typescript::TypeScript,
];

/// What a package is: the share of lines that can go differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A program or a server.
    Application,
    /// Made to be called by others.
    Library,
}

impl Kind {
    /// The share of code lines in interface files that has to go.
    pub fn goal(self) -> f64 {
        match self {
            Self::Application => 0.75,
            Self::Library => 0.45,
        }
    }

    /// As the table shows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Library => "library",
        }
    }
}

/// One real package.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name in the table.
    pub name: String,
    /// Application or library.
    pub kind: Kind,
    /// Whether it is checked a second time with only a half of the interface files reduced (chosen by the hash of their path).
    pub half: bool,
}

/// One file that is rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BenchFile {
    /// From the root of the copy, with `/`.
    pub path: String,
    /// Reduced, or whole because it is an entry.
    pub shown: Shown,
}

/// How a file is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Entries and whatever nobody imports: unchanged, their names count as users.
    Whole,
    /// Imported by another module: reduced.
    Interface,
}

/// Files that are rendered by one call, as `ringfence_interface::render` wants them.
#[derive(Clone, Debug)]
pub struct Group {
    /// The language of all of them.
    pub language: Language,
    /// Any order.
    pub files: Vec<BenchFile>,
}

/// What one checker said about one copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Its problems, each in one line **without line numbers** (they differ between the copies); empty when it accepts the package.
    pub problems: Vec<String>,
}

/// A checker and the share of packages that it has to accept.
#[derive(Clone, Copy, Debug)]
pub struct Checker {
    /// Its name in the table: `tsc`, `cargo check`, `mypy`.
    pub name: &'static str,
    /// From 0 to 1.
    pub goal: f64,
}

/// How a public item of the original stands in the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Same {
    /// An equal signature.
    Equal,
    /// A wider type, as the rules allow where the original names none; counted apart.
    Loosened,
    /// Another signature: counts as missing.
    Different,
}

/// What a language adds to the frame.
pub trait LanguageBench: Sync {
    /// Its name in the table and for `--only`.
    fn language(&self) -> &'static str;

    /// The checkers, in the order of [`LanguageBench::check`]'s calls. The first one says "compiles".
    fn checkers(&self) -> &'static [Checker];

    /// The source of this language's questions: other questions, other answers.
    fn questions(&self) -> &'static str;

    /// Programs that are asked, each with the arguments that print its version.
    fn tools(&self) -> &'static [(&'static str, &'static [&'static str])];

    /// Names of pinned tools and packages in the corpus that take part in the answers.
    fn pins(&self) -> &'static [&'static str] {
        &[]
    }

    /// Its packages, whether or not they can be downloaded now.
    fn packages(&self) -> Vec<Package>;

    /// The folder with the package's source; downloads it when it is missing ([`Work::subject`]). It is copied, never changed.
    fn source(&self, package: &Package, work: &Work) -> Result<std::path::PathBuf>;

    /// Makes a fresh copy ready for the checkers: manifests, dependencies, settings. Called in both copies.
    fn prepare(&self, package: &Package, copy: &Path, work: &Work) -> Result<()>;

    /// The files of the package and how each is delivered.
    fn groups(&self, package: &Package, copy: &Path, work: &Work) -> Result<Vec<Group>>;

    /// Asks one checker about a copy. An error here means that the tool is missing or could not run.
    fn check(&self, checker: &str, package: &Package, copy: &Path, work: &Work) -> Result<Checked>;

    /// What of a problem says that it is the same one as in the original.
    fn same_problem<'p>(&self, _checker: &str, problem: &'p str) -> &'p str {
        problem
    }

    /// The public items by a second tool: a name that is unique in the package, and the signature.
    fn public_items(&self, package: &Package, copy: &Path, work: &Work) -> Result<BTreeMap<String, String>>;

    /// Compares two signatures of one item.
    fn same(&self, original: &str, interface: &str) -> Same {
        if original == interface {
            Same::Equal
        } else {
            Same::Different
        }
    }

    /// How many of the files the language's formatter would change (never changes them); none where there is no formatter.
    fn formatter(
        &self,
        package: &Package,
        copy: &Path,
        files: &[String],
        work: &Work,
    ) -> Result<Option<usize>>;

    /// Options of the rendering besides documentation, such as the import profile of Python.
    fn profile(
        &self,
        _package: &Package,
        _original: &Path,
        _work: &Work,
    ) -> Result<Option<ringfence_interface::ImportProfile>> {
        Ok(None)
    }

    /// Whether a node counts as a comment for the count of code lines (Python: documentation strings too).
    fn is_comment(&self, node: &Node<'_>, _text: &[u8]) -> bool {
        node.is_comment()
    }
}

/// A body, initialiser or item that stayed, with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRow {
    /// What stayed: `body`, `initialiser`, `macro`...
    pub what: String,
    /// File, line of the original and name.
    pub place: String,
    /// The engine's reason.
    pub why: String,
}

/// The outcome of one checker.
#[derive(Clone, Debug)]
pub struct CheckRow {
    /// Of the original: how many problems it has by itself.
    pub baseline: usize,
    /// Problems of the interface that the original does not have.
    pub new: Vec<String>,
    /// The same with a half of the files reduced; none where that is not measured.
    pub half: Option<Vec<String>>,
}

/// Code lines of interface files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// Of the owner's files.
    pub before: usize,
    /// Of the interfaces.
    pub after: usize,
    /// Of the owner's lines, those that the interfaces no longer hold. A stub's own lines are not the owner's.
    pub removed: usize,
}

/// Everything measured on one package.
#[derive(Clone, Debug)]
pub struct PackageRow {
    /// The package.
    pub package: Package,
    /// Files reduced, delivered whole, hidden by the engine.
    pub files: (usize, usize, usize),
    /// Code lines of the interface files.
    pub lines: Lines,
    /// Functions with a body in the interface files of the original.
    pub functions: usize,
    /// What stayed.
    pub kept: Vec<KeptRow>,
    /// Files that the engine refused, with the reason.
    pub refused: Vec<String>,
    /// One outcome a checker, in the order of [`LanguageBench::checkers`]; an error is a tool that could not run.
    pub checks: Vec<Result<CheckRow, String>>,
    /// Public items: present with an equal signature, loosened, all; and those that are missing or differ.
    pub items: Result<(usize, usize, usize, Vec<String>), String>,
    /// Literals of dropped bodies that occur in the output.
    pub leaked: Vec<String>,
    /// Files that the formatter would change before and after.
    pub formatter: Result<Option<(usize, usize)>, String>,
}

/// Measures and prints; false when nothing matches `only`: a language or a package by its exact name, else a part of a package's name.
pub fn run(only: Option<&str>, json: bool, fresh: bool) -> Result<bool> {
    let all: Vec<(&dyn LanguageBench, Package)> = LANGUAGES
        .iter()
        .flat_map(|language| {
            language
                .packages()
                .into_iter()
                .map(|package| (*language, package))
        })
        .collect();
    let names: Vec<(&str, &str)> = all
        .iter()
        .map(|(language, package)| (language.language(), package.name.as_str()))
        .collect();
    let chosen = chosen(&names, only);
    let wanted: Vec<(&dyn LanguageBench, Package)> = all
        .into_iter()
        .zip(chosen)
        .filter_map(|(one, chosen)| chosen.then_some(one))
        .collect();
    if wanted.is_empty() {
        return Ok(false);
    }
    let names: BTreeSet<(&str, &str)> = wanted
        .iter()
        .map(|(language, package)| (language.language(), package.name.as_str()))
        .collect();
    if names.len() != wanted.len() {
        bail!("two packages of one language have the same name");
    }
    let work = Work::new(!fresh)?;
    let mut printer = table::Printer::new(json);
    for (language, package) in &wanted {
        eprintln!("bench: {} {}", language.language(), package.name);
        let row = package::measure(*language, package, &work).map_err(|error| format!("{error:#}"));
        printer.row(*language, package, row);
    }
    printer.finish(work.answers().counts());
    Ok(true)
}

/// Which of the packages (language and name) `only` means: an exact language, else an exact name, else a part of a name.
fn chosen(names: &[(&str, &str)], only: Option<&str>) -> Vec<bool> {
    let Some(only) = only else {
        return vec![true; names.len()];
    };
    let rules: [fn(&str, &str, &str) -> bool; 3] = [
        |only, language, _| language == only,
        |only, _, name| name == only,
        |only, _, name| name.contains(only),
    ];
    rules
        .iter()
        .map(|rule| {
            names
                .iter()
                .map(|(language, name)| rule(only, language, name))
                .collect::<Vec<bool>>()
        })
        .find(|chosen| chosen.contains(&true))
        .unwrap_or_else(|| vec![false; names.len()])
}

/// The languages and packages, for the message about an unknown one.
pub fn names() -> Vec<String> {
    LANGUAGES
        .iter()
        .map(|language| {
            let packages: Vec<String> = language
                .packages()
                .into_iter()
                .map(|package| package.name)
                .collect();
            format!("{}: {}", language.language(), packages.join(", "))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_language_wins_over_parts_of_names() {
        let names = [
            ("c", "zlib"),
            ("rust", "time"),
            ("rust", "textwrap"),
            ("java", "commons-time"),
        ];
        let of = |only| chosen(&names, only);
        assert_eq!(of(None), [true; 4]);
        assert_eq!(of(Some("c")), [true, false, false, false]);
        assert_eq!(of(Some("time")), [false, true, false, false]);
        assert_eq!(of(Some("tim")), [false, true, false, true]);
        assert_eq!(of(Some("none")), [false; 4]);
    }
}
