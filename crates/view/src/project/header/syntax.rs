//! Which comment a kind of file has, and what has to stay first in it, by the file's name.

use super::first::First;

/// A comment of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// What begins it.
    pub open: &'static str,
    /// What ends it; empty: the end of the line does.
    pub close: &'static str,
    pub(super) first: First,
}

const UNKNOWN: &str = "no comment syntax is known for this kind of file";
const LOCK: &str = "it is a lock file";
const LICENCE: &str = "it is a licence or a notice";
const FOREIGN: &str = "its path says that others wrote it, a tool made it, or tests compare with it";
const MIGRATION: &str = "migrations of databases are often checked by their sums";

/// Folders of what others wrote, tools made, or tests compare with.
const FOREIGN_FOLDERS: [&[u8]; 15] = [
    b"vendor",
    b"third_party",
    b"third-party",
    b"node_modules",
    b"testdata",
    b"test-data",
    b"fixtures",
    b"golden",
    b"goldens",
    b"snapshots",
    b"__snapshots__",
    b"generated",
    b"dist",
    b"site-packages",
    b"bower_components",
];

const LOCKS: [&[u8]; 12] = [
    b"package-lock.json",
    b"npm-shrinkwrap.json",
    b"pnpm-lock.yaml",
    b"go.sum",
    b"go.work.sum",
    b"gradle.lockfile",
    b"bun.lockb",
    b"packages.lock.json",
    b"verification-metadata.xml",
    b"cargo.lock",
    b"yarn.lock",
    b"buildscript-gradle.lockfile",
];

/// The comment of a file at a path.
///
/// # Errors
/// Why a file of this name gets no header line.
pub fn comment_of(path: &[u8]) -> Result<Comment, &'static str> {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    let mut folders = path.split(|byte| *byte == b'/').rev().skip(1);
    if folders.any(|folder| FOREIGN_FOLDERS.contains(&folder.to_ascii_lowercase().as_slice())) {
        return Err(FOREIGN);
    }
    if LOCKS.contains(&lower.as_slice()) || lower.ends_with(b".lock") || lower.ends_with(b".sum") {
        return Err(LOCK);
    }
    let licence = [
        &b"licen"[..],
        b"copying",
        b"copyright",
        b"notice",
        b"patents",
        b"unlicense",
    ];
    if licence.iter().any(|start| lower.starts_with(start)) {
        return Err(LICENCE);
    }
    let foreign = [
        &b".min.js"[..],
        b".min.css",
        b".pb.go",
        b"_pb2.py",
        b"_pb2.pyi",
        b".snap",
        b".pb.h",
        b".pb.cc",
        b".g.dart",
    ];
    if foreign.iter().any(|end| lower.ends_with(end)) || lower.windows(11).any(|part| part == b".generated.")
    {
        return Err(FOREIGN);
    }
    if lower.ends_with(b".sql") && migrates(path, &lower) {
        return Err(MIGRATION);
    }
    by_name(&lower).or_else(|| by_ending(&lower)).ok_or(UNKNOWN)
}

/// sqlx, Flyway, Rails and their kin refuse a migration whose text changed after it ran.
fn migrates(path: &[u8], lower: &[u8]) -> bool {
    let in_folder = path.split(|byte| *byte == b'/').rev().skip(1).any(|folder| {
        let folder = folder.to_ascii_lowercase();
        folder.windows(7).any(|part| part == b"migrati") || folder == b"migrate"
    });
    in_folder || lower.windows(2).any(|part| part == b"__")
}

fn line(open: &'static str, first: First) -> Option<Comment> {
    Some(Comment {
        open,
        close: "",
        first,
    })
}

fn block(open: &'static str, close: &'static str, first: First) -> Option<Comment> {
    Some(Comment { open, close, first })
}

fn by_name(lower: &[u8]) -> Option<Comment> {
    match lower {
        b"makefile"
        | b"gnumakefile"
        | b"justfile"
        | b"cmakelists.txt"
        | b"codeowners"
        | b".gitignore"
        | b".gitattributes"
        | b".dockerignore"
        | b".npmignore"
        | b".editorconfig"
        | b".env"
        | b".mailmap"
        | b"procfile"
        | b"pipfile"
        | b"requirements.txt"
        | b"constraints.txt"
        | b"requirements-dev.txt"
        | b"dev-requirements.txt"
        | b"meson.build"
        | b".bashrc"
        | b".profile"
        | b".zshrc" => line("#", First::Coding),
        b"gemfile" | b"rakefile" | b"vagrantfile" | b"podfile" | b"brewfile" | b"fastfile" | b"guardfile" => {
            line("#", First::Magic)
        }
        b"dockerfile" | b"containerfile" => line("#", First::Directives),
        b"jenkinsfile" | b"go.mod" | b"go.work" => line("//", First::Plain),
        b"package.swift" => line("//", First::SwiftTools),
        // Every form of JSON with comments that a tool of its own rewrites is left alone.
        _ if lower.starts_with(b"dockerfile.") => line("#", First::Directives),
        _ => None,
    }
}

fn by_ending(lower: &[u8]) -> Option<Comment> {
    let dot = lower
        .iter()
        .rposition(|byte| *byte == b'.')
        .filter(|dot| *dot > 0)?;
    match lower.get(dot.saturating_add(1)..)? {
        b"rs" => line("//", First::Rust),
        b"go" | b"java" | b"kt" | b"kts" | b"scala" | b"sc" | b"groovy" | b"gradle" | b"cs" | b"csx"
        | b"fs" | b"fsx" | b"fsi" | b"cc" | b"cpp" | b"cxx" | b"hh" | b"hpp" | b"hxx" | b"c++" | b"h++"
        | b"inl" | b"ipp" | b"cu" | b"cuh" | b"mm" | b"swift" | b"dart" | b"proto" | b"thrift" | b"zig"
        | b"sol" | b"jsonc" | b"json5" => line("//", First::Plain),
        b"js" | b"mjs" | b"cjs" | b"jsx" | b"ts" | b"mts" | b"cts" | b"tsx" => line("//", First::Script),
        b"c" | b"h" => block("/*", "*/", First::Plain),
        b"css" | b"scss" | b"less" => block("/*", "*/", First::Charset),
        b"php" => line("//", First::Php),
        b"py" | b"pyi" | b"pyw" | b"pyx" | b"pxd" => line("#", First::Coding),
        b"rb" | b"rake" | b"gemspec" => line("#", First::Magic),
        b"sh" | b"bash" | b"zsh" | b"fish" | b"ksh" | b"pm" | b"r" | b"jl" | b"ex" | b"exs" | b"nim"
        | b"cr" | b"nix" | b"toml" | b"tf" | b"tfvars" | b"hcl" | b"cmake" | b"mk" | b"mak" | b"bzl"
        | b"bazel" | b"star" | b"tcl" | b"graphql" | b"gql" | b"properties" | b"conf" | b"cfg" | b"env"
        | b"awk" | b"service" | b"timer" | b"socket" | b"gitignore" | b"dockerignore" | b"pyproject"
        | b"ninja" | b"coffee" => line("#", First::Coding),
        b"yml" | b"yaml" => line("#", First::Yaml),
        b"ps1" | b"psm1" | b"psd1" => line("#", First::Signed),
        b"ini" => line(";", First::Plain),
        b"lisp" | b"lsp" | b"el" | b"scm" | b"ss" | b"rkt" | b"clj" | b"cljs" | b"cljc" => {
            line(";;", First::Lisp)
        }
        b"sql" | b"lua" | b"hs" | b"elm" | b"adb" | b"ads" | b"vhd" | b"vhdl" | b"purs" => {
            line("--", First::Plain)
        }
        b"erl" | b"hrl" => line("%", First::Plain),
        b"tex" | b"sty" => line("%", First::Tex),
        b"ml" | b"mli" => block("(*", "*)", First::Plain),
        b"dockerfile" => line("#", First::Directives),
        b"xml" | b"xsd" | b"xsl" | b"xslt" | b"svg" | b"xaml" | b"csproj" | b"fsproj" | b"vbproj"
        | b"props" | b"targets" | b"resx" | b"plist" | b"wsdl" | b"pom" | b"storyboard" | b"xib" => {
            block("<!--", "-->", First::Xml)
        }
        b"html" | b"htm" | b"xhtml" | b"vue" | b"svelte" => block("<!--", "-->", First::Html),
        b"md" | b"markdown" => block("<!--", "-->", First::Markdown),
        _ => None,
    }
}
