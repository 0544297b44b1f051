//! Interface visibility: a file is delivered with its declarations and without its bodies, so that code written against it compiles.
//!
//! Job: given the files of a view, say for each interface file which bytes are delivered and what had to stay and why.
//!
//! INVARIANT: fail closed. Text that the parser did not understand is never delivered: it is dropped with the item around it, or the file is refused.
//! INVARIANT: the delivered text is the owner's text with byte ranges replaced; nothing is pretty-printed.
//! INVARIANT: every body that stays is named in [`Rendered::kept`].
//!
//! Refuses: languages without rules ([`supported`]), texts that are too large, texts whose rendering does not parse or still holds something of a dropped body.

use std::collections::BTreeSet;

use ringfence_syntax::{Language, SyntaxError};
use serde::{Deserialize, Serialize};
use thiserror::Error;

mod c;
mod engine;
mod go;
mod java;
mod manifest;
mod python;
mod rust;
mod typescript;

pub use manifest::{MAX_MANIFEST_BYTES, is_manifest, manifest_roots};
pub use python::{ImportProfileError, MAX_PROFILE_BYTES, PROFILER};

use engine::LanguageRules;

/// Version of the rules. A delivered interface file is reproducible for a given version; it grows with every change of output.
pub const ENGINE_VERSION: u32 = 2;

/// Most files one call takes.
pub const MAX_FILES: usize = 50_000;

/// Most bytes one call takes, over all files: 256 MiB.
pub const MAX_TOTAL_BYTES: usize = 256 << 20;

/// Says what documentation comments of visible items become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Docs {
    /// They stay whole.
    #[default]
    Full,
    /// Their first paragraph stays.
    FirstParagraph,
    /// They go.
    None,
}

/// Says how the view shows a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shown {
    /// Delivered unchanged (read or write); the names in it keep what they name.
    Whole,
    /// Delivered as an interface.
    Interface,
}

/// Is one file that the view delivers.
#[derive(Clone, Copy, Debug)]
pub struct SourceFile<'a> {
    /// Path from the root of the repository.
    pub path: &'a [u8],
    /// The owner's bytes.
    pub text: &'a [u8],
    /// How the view shows it.
    pub visibility: Shown,
}

/// Functions that ran while the owner imported the package, by path and line of `def`. Python only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ImportProfile(pub BTreeSet<(Vec<u8>, u32)>);

/// Says how to render.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// What documentation comments become.
    pub docs: Docs,
    /// What ran at import (Python); without it, what could run is found by name.
    pub import_profile: Option<&'a ImportProfile>,
    /// Files that a manifest names as roots (`[[bin]] path = ..`, [`manifest_roots`]), besides those known by their name.
    pub roots: &'a [Vec<u8>],
    /// Paths that the view delivers besides the files of this call, so that imports of them stay.
    pub others: &'a [Vec<u8>],
}

/// Says what became of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is delivered unchanged.
    Whole,
    /// It is delivered as this text.
    Interface(Rendered),
    /// It is not delivered, as nothing that is delivered refers to it.
    Hidden {
        /// Why not.
        reason: HiddenReason,
    },
    /// It is not delivered, as no safe interface of it can be made.
    Refused {
        /// Line of the owner's text, from 1.
        line: u32,
        /// Why not.
        reason: RefusedReason,
    },
}

/// Is an interface and the account of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The bytes to deliver.
    pub text: Vec<u8>,
    /// What stayed although it is not part of a declaration, in order of lines.
    pub kept: Vec<Kept>,
    /// Lines of the owner's text.
    pub lines_before: u32,
    /// Lines of the delivered text.
    pub lines_after: u32,
    /// Functions with a body in the owner's text.
    pub bodies: u32,
    /// Bodies of them that are delivered.
    pub bodies_kept: u32,
    /// Private items, imports and fields that were dropped.
    pub units_dropped: u32,
    /// Items that were dropped because the parser did not understand them.
    pub errors_dropped: u32,
}

/// Names one thing that stayed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Kept {
    /// Line of the owner's text, from 1.
    pub line: u32,
    /// Its name in the owner's text.
    pub name: String,
    /// What it is.
    pub what: KeptWhat,
    /// Why it stayed.
    pub why: String,
}

/// Says what kind of thing stayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeptWhat {
    /// The body of a function.
    Body,
    /// The value of a constant, variable or field.
    Initialiser,
    /// The text of a macro definition or of a macro call that could not be read as items.
    Macro,
    /// An item that is not public, kept because its name is in use.
    PrivateItem,
    /// A statement outside functions.
    Statement,
}

/// Says why a file is not delivered although nothing is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HiddenReason {
    /// Only a test module that is dropped declares it.
    TestModule,
    /// No module that is delivered declares it.
    NotDeclared,
    /// It holds tests, which say nothing without their bodies.
    TestFile,
}

/// Says why no safe interface can be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RefusedReason {
    /// The text cannot be parsed within the bounds.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// A syntax error cannot be cut out with certainty.
    #[error("a syntax error that cannot be cut out: {what}")]
    NotIsolated {
        /// What stands in the way.
        what: &'static str,
    },
    /// The interface itself does not parse.
    #[error("the interface does not parse")]
    OutputDoesNotParse,
    /// Something of a dropped body is in the interface.
    #[error("the interface holds {bytes} bytes of a dropped body (a {what})")]
    BodyShows {
        /// Literal or statement.
        what: &'static str,
        /// Length of what shows.
        bytes: usize,
    },
    /// Two rules of the engine disagree about a stretch of text.
    #[error("two rules replace the same stretch of text")]
    Overlap,
    /// The set of names in use did not settle.
    #[error("the names in use did not settle in {rounds} rounds")]
    Unstable {
        /// Rounds made.
        rounds: usize,
    },
    /// There are more items than the bound.
    #[error("{count} edits are more than the bound of {bound}")]
    TooMany {
        /// Edits planned.
        count: usize,
        /// The bound.
        bound: usize,
    },
    /// The rules of the language do not cover something that stands in the file.
    #[error("no rule for {what}")]
    NoRule {
        /// Kind of the construct.
        what: &'static str,
    },
}

/// Says why a call gives nothing at all.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InterfaceError {
    /// The language has no rules.
    #[error("interface is not offered for {language}")]
    NotSupported {
        /// Name of the language.
        language: &'static str,
    },
    /// There are more files than the bound.
    #[error("{count} files are more than the bound of {MAX_FILES}")]
    TooManyFiles {
        /// Files given.
        count: usize,
    },
    /// There are more bytes than the bound.
    #[error("{bytes} bytes are more than the bound of {MAX_TOTAL_BYTES}")]
    TooManyBytes {
        /// Bytes given.
        bytes: usize,
    },
}

/// Tells the language whose rules apply to a file; nothing when `interface` is refused for it.
#[must_use]
pub fn supported(path: &[u8]) -> Option<Language> {
    Language::from_path(path).filter(|language| rules(*language).is_some())
}

/// Tells which files belong into one call of [`render`]: those whose languages give the same family.
#[must_use]
pub fn family(language: Language) -> Language {
    match language {
        Language::Tsx | Language::JavaScript => Language::TypeScript,
        other => other,
    }
}

/// Renders the interface files among `files`, which are all files of one language [`family`] that the view delivers; outcomes come in their order.
///
/// Files that cannot influence each other (other crates, other package folders) are told apart inside, by the rules of the language.
///
/// # Errors
/// When the language has no rules or the call is larger than the bounds. A single bad file is an [`Outcome::Refused`], not an error.
pub fn render(
    language: Language,
    files: &[SourceFile<'_>],
    options: &Options<'_>,
) -> Result<Vec<Outcome>, InterfaceError> {
    let Some(rules) = rules(language) else {
        return Err(InterfaceError::NotSupported {
            language: language.name(),
        });
    };
    if files.len() > MAX_FILES {
        return Err(InterfaceError::TooManyFiles { count: files.len() });
    }
    let bytes = files
        .iter()
        .map(|file| file.text.len())
        .fold(0, usize::saturating_add);
    if bytes > MAX_TOTAL_BYTES {
        return Err(InterfaceError::TooManyBytes { bytes });
    }
    if language == Language::C {
        // What the files define decides how they are read.
        let rules = c::rules_for(files.iter().map(|file| file.text));
        return Ok(engine::run(&rules, language, files, options));
    }
    Ok(engine::run(rules, language, files, options))
}

/// The rules of a language. A module whose rules are not written yet gives nothing, so its files are refused.
fn rules(language: Language) -> Option<&'static dyn LanguageRules> {
    match language {
        Language::Rust => rust::rules(),
        Language::Go => go::rules(),
        Language::Java => java::rules(),
        Language::TypeScript | Language::Tsx | Language::JavaScript => typescript::rules(language),
        Language::Python => python::rules(),
        Language::C => c::rules(),
        Language::Cpp | Language::CSharp => None,
    }
}
