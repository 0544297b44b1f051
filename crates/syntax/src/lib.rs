//! Languages by tree-sitter: parsing, tokens, items, error-free subtrees. The grammars live here and are compiled once.
//!
//! INVARIANT: no clock, no file, no recursion. Parsing is bounded in size and in parser steps, so that the same bytes always give the same answer.

use serde::{Deserialize, Serialize};

pub mod header;
pub mod lex;
pub mod parse;
pub mod tree;

pub use parse::{MAX_BYTES, SyntaxError, parse};
pub use tree::{Children, Node, Tree, kind_names};

/// A language the tools understand. Names are stored in evidence: never rename, only add.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// Rust.
    Rust,
    /// Python.
    Python,
    /// JavaScript, JSX included.
    #[serde(rename = "javascript")]
    JavaScript,
    /// TypeScript.
    #[serde(rename = "typescript")]
    TypeScript,
    /// TypeScript with JSX.
    Tsx,
    /// Java.
    Java,
    /// Go.
    Go,
    /// C.
    C,
    /// C++.
    Cpp,
    /// C#.
    #[serde(rename = "csharp")]
    CSharp,
}

impl Language {
    /// All languages, in the order of their stored names' introduction.
    pub const ALL: [Language; 10] = [
        Language::Rust,
        Language::Python,
        Language::JavaScript,
        Language::TypeScript,
        Language::Tsx,
        Language::Java,
        Language::Go,
        Language::C,
        Language::Cpp,
        Language::CSharp,
    ];

    /// Tells the language from a path's extension. Headers (`.h`) count as C; unknown extensions give nothing.
    #[must_use]
    pub fn from_path(path: &[u8]) -> Option<Language> {
        let name = path.rsplit(|byte| *byte == b'/').next()?;
        let dot = name.iter().rposition(|byte| *byte == b'.')?;
        if dot == 0 {
            return None;
        }
        match name.get(dot.saturating_add(1)..)? {
            b"rs" => Some(Language::Rust),
            b"py" | b"pyi" | b"pyw" => Some(Language::Python),
            b"js" | b"mjs" | b"cjs" | b"jsx" => Some(Language::JavaScript),
            b"ts" | b"mts" | b"cts" => Some(Language::TypeScript),
            b"tsx" => Some(Language::Tsx),
            b"java" => Some(Language::Java),
            b"go" => Some(Language::Go),
            b"c" | b"h" => Some(Language::C),
            b"cc" | b"cpp" | b"cxx" | b"c++" | b"hh" | b"hpp" | b"hxx" | b"h++" | b"ipp" | b"tpp" => {
                Some(Language::Cpp)
            }
            b"cs" => Some(Language::CSharp),
            _ => None,
        }
    }

    /// Tells the language from a path and the text: as [`Language::from_path`] does, but a header (`.h`) that says things only C++ has
    /// is C++. What it says in the branch for C++ of a directive does not count.
    #[must_use]
    pub fn of_file(path: &[u8], text: &[u8]) -> Option<Language> {
        let language = Language::from_path(path)?;
        let is_cpp = language == Language::C && path.ends_with(b".h") && header::is_cpp(text);
        Some(if is_cpp { Language::Cpp } else { language })
    }

    /// Names the language as it is stored in evidence and written on screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Language::Rust => "rust",
            Language::Python => "python",
            Language::JavaScript => "javascript",
            Language::TypeScript => "typescript",
            Language::Tsx => "tsx",
            Language::Java => "java",
            Language::Go => "go",
            Language::C => "c",
            Language::Cpp => "cpp",
            Language::CSharp => "csharp",
        }
    }

    /// Finds the language with this stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Language> {
        Language::ALL.into_iter().find(|language| language.name() == name)
    }
}
