//! Final period of a prose comment.
//!
//! Only line comments written as sentences: directives, licences, code that was commented out, code fences and the first
//! comments of a file are left alone. Whether a *documentation* comment is prose that no program reads is the language's affair.

use ringfence_syntax::Node;

use super::candidate::{Candidate, source as copied, text};
use super::order::trimmed_end;
use super::rule::FamilyRule;
use super::source::{Source, contains};
use crate::model::Family;

/// Words that make a comment something a program or a lawyer reads. Compared in lower case, over the whole block.
const DIRECTIVES: [&[u8]; 48] = [
    b"noqa",
    b"type:",
    b"eslint",
    b"tslint",
    b"jshint",
    b"jslint",
    b"prettier",
    b"clippy",
    b"rustfmt",
    b"pragma",
    b"nolint",
    b"nosec",
    b"lint:",
    b"spdx",
    b"copyright",
    b"license",
    b"licence",
    b"http",
    b"todo",
    b"fixme",
    b"xxx",
    b"@",
    b"go:",
    b"+build",
    b"istanbul",
    b"coverage",
    b"pylint",
    b"mypy",
    b"pyright",
    b"flake8",
    b"isort",
    b"fmt:",
    b"yapf",
    b"black:",
    b"fallthrough",
    b"fall through",
    b"falls through",
    b"fall-through",
    b"output:",
    b"vim:",
    b"emacs",
    b"-*-",
    b"sourcemapping",
    b"webpack",
    b"checkstyle",
    b"noinspection",
    b"swagger",
    b"generated",
];
/// Last words whose period belongs to the word.
const ABBREVIATIONS: [&[u8]; 12] = [
    b"etc", b"vs", b"cf", b"al", b"inc", b"ltd", b"co", b"corp", b"resp", b"approx", b"ie", b"eg",
];
const MAX_BLOCK: usize = 400;

/// The family, with a language's comments.
pub(super) struct CommentPeriod {
    /// Kinds of comments.
    pub(super) kinds: &'static [&'static str],
    /// How the text of such a comment begins, without the blank after it; nothing when a program may read the comment.
    pub(super) marker: fn(&Source<'_>, Node<'_>) -> Option<&'static [u8]>,
}

impl FamilyRule for CommentPeriod {
    fn family(&self) -> Family {
        Family::CommentPeriod
    }

    fn kinds(&self) -> &'static [&'static str] {
        self.kinds
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        let marker = (self.marker)(source, node);
        found.extend(marker.and_then(|marker| candidate(source, node, marker)));
    }
}

fn candidate(source: &Source<'_>, node: Node<'_>, marker: &[u8]) -> Option<Candidate> {
    let end = trimmed_end(source, node);
    let comment = source.slice(node.start(), end);
    let prose = comment.strip_prefix(marker)?.strip_prefix(b" ")?;
    let is_alone = source.begins_line(node.start());
    let line = source.line_of(node.start());
    let is_comment = |line: usize| source.line(line).trim_ascii_start().starts_with(marker);
    if !is_sentence(prose) || is_comment(line.checked_add(1)?) || precedes_code(source, node) {
        return None;
    }
    let mut fences = 0_usize;
    let mut above = line;
    let mut seen = 0_usize;
    loop {
        let content = if above == line {
            comment
        } else {
            source.line(above).trim_ascii_start()
        };
        let lower = content.to_ascii_lowercase();
        if DIRECTIVES.iter().any(|word| contains(&lower, word)) {
            return None;
        }
        let body = content
            .strip_prefix(marker)
            .unwrap_or_default()
            .trim_ascii_start();
        fences = fences.saturating_add(usize::from(body.starts_with(b"```") || body.starts_with(b"~~~")));
        seen = seen.saturating_add(1);
        match above.checked_sub(1) {
            Some(next) if is_alone && is_comment(next) && seen < MAX_BLOCK => above = next,
            _ => break,
        }
    }
    if fences % 2 == 1 || seen >= MAX_BLOCK {
        return None;
    }
    let word = prose.iter().rev().take_while(|byte| **byte != b' ').count();
    let start = end.checked_sub(u32::try_from(word).ok()?)?;
    let pieces = match prose.strip_suffix(b".") {
        Some(_) => vec![copied(start, end.checked_sub(1)?)],
        None => vec![copied(start, end), text(b".")],
    };
    Candidate::on_parts(
        source,
        Family::CommentPeriod,
        node,
        (start, end),
        pieces,
        &[source.line(line)],
    )
}

/// Tells whether the comment stands before all code, where licences stand.
fn precedes_code(source: &Source<'_>, node: Node<'_>) -> bool {
    let code_start = source.facts.code_start.get_or_init(|| {
        let root = source.tree.root();
        let code = root.and_then(|root| {
            root.children()
                .find(|child| child.is_named() && !child.is_comment())
        });
        code.map_or(u32::MAX, |code| code.start())
    });
    node.start() < *code_start
}

fn is_sentence(prose: &[u8]) -> bool {
    let allowed =
        |byte: &u8| byte.is_ascii_alphanumeric() || b" ,.'\"()-:`_&!?".contains(byte) || *byte >= 0x80;
    let words: Vec<&[u8]> = prose
        .split(|byte| *byte == b' ')
        .filter(|word| !word.is_empty())
        .collect();
    let is_plain = |word: &&[u8]| {
        word.iter()
            .all(|byte| byte.is_ascii_alphabetic() || b",.'".contains(byte))
    };
    let plain = words.iter().filter(|word| is_plain(word)).count();
    let body = prose.strip_suffix(b".").unwrap_or(prose);
    let Some(last) = body
        .rsplit(|byte| matches!(byte, b' ' | b'.' | b'-' | b'('))
        .next()
    else {
        return false;
    };
    prose.iter().all(allowed)
        && prose.first().is_some_and(u8::is_ascii_alphabetic)
        && prose.iter().filter(|byte| **byte == b'`').count() % 2 == 0
        && words.len() >= 5
        && plain.saturating_mul(5) >= words.len().saturating_mul(3)
        && last.len() > 1
        && last.iter().all(u8::is_ascii_alphanumeric)
        && last.iter().any(u8::is_ascii_alphabetic)
        && !ABBREVIATIONS.contains(&last.to_ascii_lowercase().as_slice())
}
