//! Makes the leak: what a thief who knows about marks in general would do to a stolen copy before showing it.
//!
//! Seven of ten files are dropped; of the rest comments and empty lines go, every name is replaced, and a formatter runs: the language's
//! own where it is on PATH, else the plain re-indenter here. Which was used is said.

use super::process::{on_path, program, run_with};
use super::{Found, Stage};
use anyhow::{Context, Result};
use ringfence_syntax::Language;
use ringfence_syntax::lex::{TokenKind, lex};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

/// Share of the marked files that is dropped.
const DROPPED_TENTHS: usize = 7;

/// How hard the thief works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Disguise {
    /// Comments and empty lines stripped, every name replaced, reformatted.
    Full,
    /// Every name replaced, reformatted.
    Light,
}

impl Disguise {
    /// Differing lines of two vendors' copies that are about enough to name one of a few copies after this disguise.
    /// From less, "inconclusive" is the right answer, and such a leak would show nothing. Seen on a dozen real repositories.
    fn enough(self, language: Language) -> f64 {
        match (self, language) {
            (Self::Full, Language::Python) => 760.0,
            (Self::Full, _) => 360.0,
            (Self::Light, _) => 220.0,
        }
    }
}

/// A file of the vendor's clone that carries marks.
struct Marked {
    path: String,
    language: Language,
    /// Lines that one of the two vendors' copies has and the other has not.
    differing_lines: f64,
}

pub(super) fn make(stage: &mut Stage) -> Result<Found> {
    let clone = stage.clone_of("nordwind");
    let leak = stage.leak();
    std::fs::create_dir_all(&leak)?;
    let files = marked_files(stage)?;
    let total = files.len();
    let share = |disguise: Disguise, count: usize| -> f64 {
        files
            .iter()
            .take(count)
            .map(|file| file.differing_lines / disguise.enough(file.language))
            .sum()
    };
    // A small repository is leaked with less disguise and fewer files dropped; the numbers say so.
    let disguise = if share(Disguise::Full, total) >= 1.0 {
        Disguise::Full
    } else {
        Disguise::Light
    };
    let least = (total * (10 - DROPPED_TENTHS)).div_ceil(10).max(1);
    let keep = (least..=total)
        .find(|count| share(disguise, *count) >= 1.0)
        .unwrap_or(total);
    let mut names: BTreeMap<Vec<u8>, String> = BTreeMap::new();
    let mut tools: BTreeMap<String, usize> = BTreeMap::new();
    let mut lines = 0_usize;
    for (number, file) in files.iter().take(keep).enumerate() {
        let text =
            std::fs::read(clone.join(&file.path)).with_context(|| format!("cannot read {}", file.path))?;
        let stripped = match disguise {
            Disguise::Full => without_comments(file.language, &text),
            Disguise::Light => text,
        };
        let disguised = renamed(file.language, &stripped, &mut names);
        let (formatted, tool) = formatted(file.language, &disguised)?;
        *tools.entry(tool).or_default() += 1;
        lines += formatted
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.trim_ascii().is_empty())
            .count();
        let ending = file.path.rsplit_once('.').map_or("", |(_, ending)| ending);
        std::fs::write(leak.join(format!("part{number}.{ending}")), formatted)?;
    }
    let how: Vec<String> = tools
        .iter()
        .map(|(tool, count)| format!("{tool} ({count})"))
        .collect();
    let percent = 100 - keep * 100 / total.max(1);
    let text = format!(
        "from nordwind's clone: {} of {total} marked files dropped ({percent} %); {}{} names replaced\nformatted by {}; {lines} lines leak",
        total - keep,
        if disguise == Disguise::Full {
            "comments and empty lines stripped, "
        } else {
            "a small repository: comments left in, "
        },
        names.len(),
        how.join(", ")
    );
    let more = json!({
        "files": keep, "of": total, "dropped_percent": percent, "lines": lines, "names_replaced": names.len(), "formatters": tools,
        "stripped": disguise == Disguise::Full,
    });
    Ok(Found::new(keep > 0 && !names.is_empty(), text, more))
}

/// The files in which the two vendors' copies differ, in an order that has nothing to do with the tree's.
fn marked_files(stage: &Stage) -> Result<Vec<Marked>> {
    let mut command = super::process::git(&stage.folder);
    command.args([
        "diff",
        "--no-index",
        "--no-renames",
        "--numstat",
        "-z",
        "--",
        "nordwind",
        "suedwerk",
    ]);
    let done = super::process::run(&mut command)?;
    anyhow::ensure!(done.code <= 1, "git diff failed: {}", done.err.trim());
    // With -z and two folders: "added<TAB>removed<TAB>" NUL old path NUL new path NUL.
    let mut fields = done.out.split('\0');
    let mut files = Vec::new();
    while let (Some(counts), Some(old), Some(_)) = (fields.next(), fields.next(), fields.next()) {
        let Some(path) = old
            .strip_prefix("nordwind/")
            .filter(|path| !path.starts_with(".git/"))
        else {
            continue;
        };
        let Some(language) = Language::from_path(path.as_bytes()) else {
            continue;
        };
        let differing: u32 = counts
            .split('\t')
            .filter_map(|count| count.parse::<u32>().ok())
            .sum();
        files.push(Marked {
            path: path.to_owned(),
            language,
            differing_lines: f64::from(differing),
        });
    }
    files.sort_by_key(|file| order(&file.path));
    Ok(files)
}

/// A fixed order that has nothing to do with the tree's.
fn order(path: &str) -> u64 {
    path.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn range(start: u32, end: u32) -> std::ops::Range<usize> {
    usize::try_from(start).unwrap_or(0)..usize::try_from(end).unwrap_or(0)
}

/// The text without comments and without lines that hold nothing else.
fn without_comments(language: Language, text: &[u8]) -> Vec<u8> {
    let mut kept = text.to_vec();
    if let Ok(tree) = ringfence_syntax::parse(language, text) {
        for node in tree.nodes().filter(ringfence_syntax::Node::is_comment) {
            if let Some(bytes) = kept.get_mut(range(node.start(), node.end())) {
                for byte in bytes.iter_mut().filter(|byte| **byte != b'\n') {
                    *byte = b' ';
                }
            }
        }
    }
    let mut out = Vec::new();
    for line in kept
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
    {
        out.extend_from_slice(line.trim_ascii_end());
        out.push(b'\n');
    }
    out
}

/// The text with every name replaced, the same name by the same one everywhere. What is reached through a macro's or a module's
/// name may no longer build; it still reads.
fn renamed(language: Language, text: &[u8], names: &mut BTreeMap<Vec<u8>, String>) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut done = 0;
    for token in lex(language, text)
        .into_iter()
        .filter(|token| token.kind == TokenKind::Identifier)
    {
        let at = range(token.start, token.end);
        out.extend_from_slice(text.get(done..at.start).unwrap_or_default());
        let name = text.get(at.clone()).unwrap_or_default();
        let next = names.len();
        let upper = name.first().is_some_and(u8::is_ascii_uppercase);
        let new = names
            .entry(name.to_vec())
            .or_insert_with(|| format!("{}{next:04}", if upper { 'Q' } else { 'q' }));
        out.extend_from_slice(new.as_bytes());
        done = at.end;
    }
    out.extend_from_slice(text.get(done..).unwrap_or_default());
    out
}

/// Runs the language's own formatter, or the plain re-indenter.
fn formatted(language: Language, text: &[u8]) -> Result<(Vec<u8>, String)> {
    let attempt: Option<(&str, Vec<&str>)> = match language {
        Language::Rust => Some((
            "rustfmt",
            vec![
                "--edition",
                "2024",
                "--config",
                "max_width=90,tab_spaces=2,newline_style=Unix",
            ],
        )),
        Language::Python => Some(("black", vec!["--quiet", "--line-length", "100", "-"])),
        Language::Go => Some(("gofmt", vec![])),
        Language::C | Language::Cpp | Language::CSharp | Language::Java => {
            Some(("clang-format", vec!["--style=WebKit"]))
        }
        Language::JavaScript | Language::TypeScript | Language::Tsx => {
            Some(("prettier", vec!["--no-config", "--parser", "babel-ts"]))
        }
    };
    if let Some((tool, arguments)) = attempt
        && on_path(tool)
    {
        // A formatter that follows module declarations would look for files that are not there.
        let input = if tool == "rustfmt" {
            without_module_lines(text)
        } else {
            text.to_vec()
        };
        let done = run_with(program(tool).args(&arguments).current_dir(Path::new("/")), &input)?;
        if done.well() && !done.out.trim().is_empty() {
            return Ok((done.out.into_bytes(), tool.to_owned()));
        }
    }
    Ok((reindented(language, text), "the demo's re-indenter".to_owned()))
}

fn without_module_lines(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let words = String::from_utf8_lossy(line);
        let declares = words.trim_end().ends_with(';') && words.split_whitespace().any(|word| word == "mod");
        if !declares {
            out.extend_from_slice(line);
        }
    }
    out
}

/// Indents by brackets with tabs; Python keeps its levels, one tab each. Empty lines stay.
fn reindented(language: Language, text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut depth = 0_usize;
    let mut levels: Vec<usize> = vec![0];
    for line in text
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
    {
        let body = line.trim_ascii();
        let tabs = if language == Language::Python {
            let width = line.len() - line.trim_ascii_start().len();
            while levels.len() > 1 && levels.last().is_some_and(|level| *level > width) {
                levels.pop();
            }
            if levels.last().is_some_and(|level| *level < width) {
                levels.push(width);
            }
            levels.len() - 1
        } else {
            let closes = usize::from(matches!(body.first(), Some(b'}' | b')' | b']')));
            let here = depth.saturating_sub(closes);
            let count = |set: &[u8]| body.iter().filter(|byte| set.contains(byte)).count();
            depth = (depth + count(b"{([")).saturating_sub(count(b"})]"));
            here
        };
        out.extend(std::iter::repeat_n(b'\t', tabs));
        out.extend_from_slice(body);
        out.push(b'\n');
    }
    out
}
