//! What has to stay first in a file, by kind.

/// Says which lines at the beginning of a kind of file mean something by being there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum First {
    /// `#!` alone.
    Plain,
    /// `#![...]` is no `#!`; `---` opens the manifest of a script.
    Rust,
    /// A coding line in the first two lines.
    Coding,
    /// Ruby's comments that are obeyed, in the first lines.
    Magic,
    /// JavaScript and its kin: a first comment that test runners and checkers read.
    Script,
    /// `# syntax=` and its kin.
    Directives,
    /// `%YAML`, `#cloud-config`; a template begins with braces.
    Yaml,
    /// `<?xml ?>`.
    Xml,
    /// `<!DOCTYPE html>`.
    Html,
    /// Front matter.
    Markdown,
    /// `<?php`.
    Php,
    /// `@charset`.
    Charset,
    /// `// swift-tools-version:`.
    SwiftTools,
    /// `;; -*- lexical-binding: t -*-`.
    Lisp,
    /// `%!TEX`, `%&format`.
    Tex,
    /// PowerShell, whose files may end in a signature.
    Signed,
}

pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Bytes of first comments that are looked at.
const LONGEST_COMMENTS: usize = 64 << 10;

const STAYS_FIRST: &str = "its first comment is read by tools and has to stay the first";
const FRONT_MATTER: &str = "it begins with front matter";
const TEMPLATE: &str = "it is a template";

/// What test runners, checkers and formatters read from the first comment of a script.
const ORDERS: [&[u8]; 11] = [
    b"@jest",
    b"@vitest",
    b"@flow",
    b"@noflow",
    b"@format",
    b"@prettier",
    b"@jsx",
    b"@ts-nocheck",
    b"@ts-check",
    b"@preventmunge",
    b"@napi",
];

/// Where the header line goes: behind the lines that have to stay first.
pub(super) fn end_of_first_lines(first: First, text: &[u8]) -> Result<usize, &'static str> {
    let mut at = if text.starts_with(BYTE_ORDER_MARK) {
        BYTE_ORDER_MARK.len()
    } else {
        0
    };
    let rest = |at: usize| text.get(at..).unwrap_or_default();
    let attribute = first == First::Rust && rest(at.saturating_add(2)).trim_ascii_start().starts_with(b"[");
    if rest(at).starts_with(b"#!") && !attribute {
        at = end_of_line(text, at);
    }
    // An editor's mode line counts in the first line, or the one after `#!`.
    let mode = line_at(text, at);
    if is_comment(mode) && mode.windows(3).filter(|part| part == b"-*-").count() > 1 {
        at = end_of_line(text, at);
    }
    match first {
        First::Plain => {
            // Shaders share endings with other languages.
            if rest(at).starts_with(b"#version") {
                return Err(STAYS_FIRST);
            }
        }
        First::Lisp => {}
        First::Signed => {
            if text.windows(15).any(|part| part == b"# SIG # Begin s") {
                return Err("a signature covers it");
            }
        }
        First::Rust => {
            if rest(at).starts_with(b"---") {
                return Err(FRONT_MATTER);
            }
        }
        First::Coding => {
            // Counted from the first line of the file, blank lines and comments alone before it.
            let mut line = 0;
            for _ in 0..2 {
                let read = line_at(text, line);
                let next = end_of_line(text, line);
                let bare = read.strip_prefix(BYTE_ORDER_MARK).unwrap_or(read).trim_ascii();
                if bare.starts_with(b"#") && names_coding(bare) {
                    at = at.max(next);
                }
                if !bare.is_empty() && !bare.starts_with(b"#") {
                    break;
                }
                line = next;
            }
            if rest(at).starts_with(b"# ---") {
                return Err(FRONT_MATTER);
            }
        }
        First::Magic => {
            while let read = line_at(text, at)
                && read.starts_with(b"#")
                && [
                    &b"coding"[..],
                    b"frozen_string_literal",
                    b"warn_indent",
                    b"shareable_constant_value",
                    b"typed:",
                ]
                .iter()
                .any(|word| read.windows(word.len()).any(|part| part == *word))
            {
                at = end_of_line(text, at);
            }
        }
        First::Script => {
            // Qt writes translations under this ending.
            if rest(at).starts_with(b"<?xml") {
                return Err("it does not begin as its kind does");
            }
            let comments = first_comments(rest(at)).to_ascii_lowercase();
            if ORDERS
                .iter()
                .any(|order| comments.windows(order.len()).any(|part| part == *order))
            {
                return Err(STAYS_FIRST);
            }
        }
        First::Directives => {
            while let Some(after) = line_at(text, at).strip_prefix(b"#")
                && is_directive(after.trim_ascii())
            {
                at = end_of_line(text, at);
            }
        }
        First::Yaml => {
            while let read = line_at(text, at)
                && (read.starts_with(b"%")
                    || read.starts_with(b"#cloud-")
                    || read.starts_with(b"## template:"))
            {
                at = end_of_line(text, at);
            }
            let begins = rest(at).trim_ascii_start();
            if begins.starts_with(b"{{") || begins.starts_with(b"{%") {
                return Err(TEMPLATE);
            }
        }
        First::Xml | First::Html => {
            let begins = line_at(text, at);
            let lower = begins.trim_ascii().to_ascii_lowercase();
            let declares =
                lower.starts_with(b"<?xml") || (first == First::Html && lower.starts_with(b"<!doctype"));
            if declares {
                if !(lower.ends_with(b"?>") || lower.ends_with(b">"))
                    || lower.iter().filter(|byte| **byte == b'<').count() != 1
                {
                    return Err("its first line holds more than a declaration");
                }
                at = end_of_line(text, at);
            } else if first == First::Xml && !lower.starts_with(b"<") {
                return Err("it does not begin as its kind does");
            } else if lower.starts_with(b"{{") || lower.starts_with(b"{%") || lower.starts_with(b"<%") {
                return Err(TEMPLATE);
            }
        }
        First::Markdown => {
            let begins = line_at(text, at).trim_ascii_end();
            if begins == b"---" || begins == b"+++" || begins.starts_with(b"{{") || begins.starts_with(b"{%")
            {
                return Err(FRONT_MATTER);
            }
        }
        First::Php => {
            if line_at(text, at).trim_ascii() != b"<?php" {
                return Err(TEMPLATE);
            }
            at = end_of_line(text, at);
        }
        First::Charset => {
            if rest(at).starts_with(b"@charset") {
                if !line_at(text, at).trim_ascii().ends_with(b";") {
                    return Err("its first line holds more than a declaration");
                }
                at = end_of_line(text, at);
            } else if rest(at).starts_with(b"---") {
                return Err(FRONT_MATTER);
            }
        }
        First::SwiftTools => {
            if line_at(text, at)
                .windows(19)
                .any(|part| part == b"swift-tools-version")
            {
                at = end_of_line(text, at);
            }
        }
        First::Tex => {
            while rest(at).starts_with(b"%!") || rest(at).starts_with(b"%&") {
                at = end_of_line(text, at);
            }
        }
    }
    Ok(at)
}

/// The line that begins at a position, without its end.
fn line_at(text: &[u8], at: usize) -> &[u8] {
    let rest = text.get(at..).unwrap_or_default();
    rest.split(|byte| *byte == b'\n').next().unwrap_or_default()
}

/// Past the end of the line that begins at a position.
fn end_of_line(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let end = rest.iter().position(|byte| *byte == b'\n');
    end.map_or(text.len(), |end| at.saturating_add(end).saturating_add(1))
}

fn is_comment(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    [&b"#"[..], b"//", b"/*", b";", b"--", b"%", b"(*", b"<!--"]
        .iter()
        .any(|open| line.starts_with(open))
}

fn names_coding(line: &[u8]) -> bool {
    line.windows(7)
        .any(|part| matches!(part, b"coding:" | b"coding="))
}

/// `syntax=docker/dockerfile:1`
fn is_directive(text: &[u8]) -> bool {
    let key = text
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    key > 0
        && text
            .get(key..)
            .unwrap_or_default()
            .trim_ascii_start()
            .starts_with(b"=")
}

/// The comments that a script begins with.
fn first_comments(text: &[u8]) -> &[u8] {
    let text = text.get(..text.len().min(LONGEST_COMMENTS)).unwrap_or(text);
    let mut at = 0_usize;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let blank = rest.len().saturating_sub(rest.trim_ascii_start().len());
        let rest = rest.trim_ascii_start();
        at = at.saturating_add(blank);
        if rest.starts_with(b"//") {
            at = end_of_line(text, at);
        } else if rest.starts_with(b"/*") {
            let end = rest.windows(2).skip(2).position(|part| part == b"*/");
            at = end.map_or(text.len(), |end| at.saturating_add(end).saturating_add(4));
        } else {
            return text.get(..at).unwrap_or(text);
        }
        if at >= text.len() {
            return text;
        }
    }
}
