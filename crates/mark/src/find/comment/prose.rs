//! What is written as sentences, and for nobody but people.

use crate::find::words::Words;

/// Words that make a whole comment something a program or a lawyer reads. In whatever case.
static NOTICES: Words = Words::any_case(&[
    b"copyright",
    b"license",
    b"licence",
    b"spdx",
    b"generated",
    b"swagger",
    b"openapi",
    b"output:",
    b"vim:",
    b"emacs",
    b"-*-",
    b"sourcemapping",
    b"@preserve",
    b"@cc_on",
    b"+build",
    b"@ts-",
    b"checkstyle",
    b"webpack",
]);
/// Words of directives and reminders. In whatever case, within a paragraph.
static DIRECTIVES: Words = Words::any_case(&[
    b"noqa",
    b"type:",
    b"eslint",
    b"tslint",
    b"jshint",
    b"jslint",
    b"jscs",
    b"prettier",
    b"clippy",
    b"rustfmt",
    b"pragma",
    b"nolint",
    b"nosec",
    b"nosonar",
    b"lint:",
    b"http",
    b"todo",
    b"fixme",
    b"xxx",
    b"go:",
    b"istanbul",
    b"c8 ignore",
    b"v8 ignore",
    b"coverage",
    b"lcov",
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
    b"noinspection",
    b"clang-format",
]);
/// Last words whose period belongs to the word.
const ABBREVIATIONS: [&[u8]; 12] = [
    b"etc", b"vs", b"cf", b"al", b"inc", b"ltd", b"co", b"corp", b"resp", b"approx", b"ie", b"eg",
];

/// Tells whether a comment is a notice as a whole.
pub(super) fn is_notice<'s>(mut lines: impl Iterator<Item = &'s [u8]>) -> bool {
    lines.any(|line| NOTICES.is_in(line))
}

/// Tells whether a line is a point of a list, or a row of a table.
pub(super) fn starts_list(content: &[u8]) -> bool {
    let digits = content.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let after = content.get(digits..).unwrap_or_default();
    let is_numbered = digits > 0 && (after.starts_with(b".") || after.starts_with(b")"));
    is_numbered
        || [
            &b"- "[..],
            b"* ",
            b"+ ",
            b"|",
            b"<li",
            b"<ul",
            b"<ol",
            b"<table",
            b"<tr",
            b"<td",
            b"<th",
            b"<h",
            b"<dl",
            b"#",
        ]
        .iter()
        .any(|start| content.starts_with(start))
}

/// Tells whether a line only closes what was opened above.
pub(super) fn is_closing(content: &[u8]) -> bool {
    content.starts_with(b"</") && !content.starts_with(b"</pre")
}

/// Tells whether a paragraph is prose whose last word may have a period or not; then, whether its last line alone says enough to
/// be known by.
pub(super) fn is_prose(lines: &[&[u8]], is_documentation: bool) -> Option<bool> {
    let last = lines.last()?;
    let first = lines.first()?;
    let body = last.strip_suffix(b".").unwrap_or(last);
    let word = body
        .rsplit(|byte| matches!(byte, b' ' | b'.' | b'-' | b'('))
        .next()?;
    let is_end = word.len() > 1
        && word.iter().all(u8::is_ascii_alphanumeric)
        && word.iter().any(u8::is_ascii_alphabetic)
        && !ABBREVIATIONS.contains(&word.to_ascii_lowercase().as_slice());
    let allowed = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || b" ,.'\"()-:`_&!?".contains(byte)
            || *byte >= 0x80
            || (is_documentation && b"{}@#/+*<>[]%$".contains(byte))
    };
    if !is_end
        || !first.first().is_some_and(u8::is_ascii_alphabetic)
        || !last.iter().all(allowed)
        || !is_balanced(lines)
    {
        return None;
    }
    let words = |line: &[u8]| {
        line.split(|byte| *byte == b' ')
            .filter(|word| !word.is_empty())
            .count()
    };
    let is_plain = |word: &&[u8]| {
        word.iter()
            .all(|byte| byte.is_ascii_alphabetic() || b",.'".contains(byte))
    };
    let count: usize = lines.iter().map(|line| words(line)).sum();
    let plain = lines
        .iter()
        .flat_map(|line| line.split(|byte| *byte == b' '))
        .filter(|word| !word.is_empty())
        .filter(is_plain)
        .count();
    let is_sentence = count >= 5 && plain.saturating_mul(5) >= count.saturating_mul(3);
    let is_free = || {
        lines
            .iter()
            .all(|line| !DIRECTIVES.is_in(line) && !names_address(line, is_documentation))
    };
    (is_sentence && is_free()).then(|| words(last) >= 5)
}

/// Tells whether quotes and braces that a paragraph opens are closed in it.
fn is_balanced(lines: &[&[u8]]) -> bool {
    let count = |wanted: u8| {
        lines
            .iter()
            .flat_map(|line| line.iter())
            .filter(|byte| **byte == wanted)
            .count()
    };
    count(b'`') % 2 == 0 && count(b'{') == count(b'}')
}

/// Tells whether a line has an `@` that is no inline tag of documentation (`{@link x}`).
fn names_address(line: &[u8], is_documentation: bool) -> bool {
    let mut before = b' ';
    for byte in line {
        if *byte == b'@' && !(is_documentation && before == b'{') {
            return true;
        }
        before = *byte;
    }
    false
}
