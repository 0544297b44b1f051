//! Comments: documentation of what others see stays as the view asks, everything else goes.

use ringfence_syntax::Node;

use super::line_break;
use crate::Docs;
use crate::engine::text::{length, slice, starts_line};
use crate::engine::{FilePlan, ParsedFile, Span};

/// Whether somebody outside sees what a comment describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    Everyone,
    Package,
}

/// One comment of the file.
struct Comment {
    span: Span,
    first_line: usize,
    last_line: usize,
    /// Whether nothing but white space stands before it on its line.
    alone: bool,
    stays: bool,
}

/// The comments of a file, with what becomes of each.
pub(super) struct Comments<'a> {
    source: &'a [u8],
    lines: Vec<u32>,
    all: Vec<Comment>,
    docs: Docs,
}

impl<'a> Comments<'a> {
    /// Finds the comments outside of bodies.
    pub(super) fn of(file: &ParsedFile<'a>, docs: Docs) -> Comments<'a> {
        let breaks = file.text.iter().zip(1_u32..).filter(|(byte, _)| **byte == b'\n');
        let lines: Vec<u32> = std::iter::once(0).chain(breaks.map(|(_, next)| next)).collect();
        let mut comments = Comments {
            source: file.text,
            lines,
            all: Vec::new(),
            docs,
        };
        let mut skip = 0;
        for node in file.tree.nodes() {
            if node.index() < skip {
                continue;
            }
            if node.kind() == "block" {
                skip = node.subtree_end();
            } else if node.is_comment() {
                let span = node.start()..node.end();
                let comment = Comment {
                    first_line: comments.line(span.start),
                    last_line: comments.line(span.end.saturating_sub(1)),
                    alone: starts_line(file.text, span.start),
                    stays: false,
                    span,
                };
                comments.all.push(comment);
            }
        }
        comments
    }

    fn line(&self, at: u32) -> usize {
        self.lines.partition_point(|start| *start <= at)
    }

    /// Places of the comments directly above a node, the first one first.
    fn above(&self, node: &Node<'_>) -> std::ops::Range<usize> {
        if !starts_line(self.source, node.start()) {
            return 0..0;
        }
        let end = self
            .all
            .partition_point(|comment| comment.span.end <= node.start());
        let (mut start, mut line) = (end, self.line(node.start()));
        while let Some(comment) = start.checked_sub(1).and_then(|before| self.all.get(before)) {
            if !comment.alone || comment.last_line.saturating_add(1) != line {
                break;
            }
            line = comment.first_line;
            start = start.saturating_sub(1);
        }
        start..end
    }

    /// The comment behind a node on its last line.
    fn behind(&self, node: &Node<'_>) -> Option<usize> {
        let at = self
            .all
            .partition_point(|comment| comment.span.start < node.end());
        let comment = self.all.get(at)?;
        let same = comment.first_line == self.line(node.end().saturating_sub(1)) && !comment.alone;
        same.then_some(at)
    }

    /// A node with the comments above and behind it.
    pub(super) fn around(&self, node: &Node<'_>) -> Span {
        let above = self.above(node);
        let start = self
            .all
            .get(above.start)
            .filter(|_| !above.is_empty())
            .map_or(node.start(), |first| first.span.start);
        let end = self
            .behind(node)
            .and_then(|at| self.all.get(at))
            .map_or(node.end(), |comment| comment.span.end);
        start..end
    }

    /// The stretch of the comments directly above a node, when there are any.
    pub(super) fn span_above(&self, node: &Node<'_>) -> Option<Span> {
        let above = self.above(node);
        let first = self.all.get(above.start).filter(|_| !above.is_empty())?;
        let last = self.all.get(above.end.checked_sub(1)?)?;
        Some(first.span.start..last.span.end)
    }

    /// Lets the comments directly above a node stay as they are; the caller decides about them.
    pub(super) fn leave_above(&mut self, node: &Node<'_>) {
        for at in self.above(node) {
            if let Some(comment) = self.all.get_mut(at) {
                comment.stays = true;
            }
        }
    }

    /// Says that the comments above and behind a node describe it.
    pub(super) fn describe(&mut self, node: &Node<'_>, audience: Audience, plan: &mut FilePlan) {
        if audience == Audience::Package || self.docs == Docs::None {
            return;
        }
        if let Some(comment) = self.behind(node).and_then(|at| self.all.get_mut(at)) {
            comment.stays = !is_directive(slice(self.source, &comment.span));
        }
        let mut last = None;
        for at in self.above(node) {
            let Some(comment) = self.all.get_mut(at) else {
                continue;
            };
            let text = slice(self.source, &comment.span);
            if is_directive(text) {
                continue;
            }
            let empty = text.trim_ascii() == b"//";
            if self.docs == Docs::FirstParagraph && empty && last.is_some() {
                break;
            }
            comment.stays = true;
            if !empty {
                last = Some(at);
            }
            if self.docs == Docs::FirstParagraph
                && let Some(cut) = second_paragraph(text)
            {
                let start = comment.span.start.saturating_add(cut);
                plan.replace(
                    start..comment.span.end,
                    [line_break(self.source), b"*/".as_slice()].concat(),
                );
                break;
            }
        }
        // Empty lines at the end, from which a directive went, are none of the documentation.
        if let Some(last) = last {
            for at in self.above(node).filter(|at| *at > last) {
                if let Some(comment) = self.all.get_mut(at) {
                    comment.stays = false;
                }
            }
        }
    }

    /// Keeps what stands before the package clause for lawyers and tools: build constraints, the notice of the owner, marks of generated code.
    pub(super) fn head(&mut self, package: &Node<'_>) {
        let first = self.all.first().map_or(0, |comment| comment.first_line);
        let mut next = first;
        let mut notice = Vec::new();
        let mut is_notice = false;
        for (at, comment) in self.all.iter_mut().enumerate() {
            if comment.span.start > package.start() {
                break;
            }
            let text = slice(self.source, &comment.span);
            let generated =
                text.starts_with(b"// Code generated ") && text.trim_ascii().ends_with(b" DO NOT EDIT.");
            comment.stays |= is_constraint(text) || generated;
            if comment.first_line <= next && !is_constraint(text) {
                next = comment.last_line.saturating_add(1);
                notice.push(at);
                let lower = text.to_ascii_lowercase();
                is_notice |= [b"copyright".as_slice(), b"license", b"licence", b"spdx-"]
                    .iter()
                    .any(|word| lower.windows(word.len()).any(|window| window == *word));
            }
        }
        for at in notice.into_iter().filter(|_| is_notice) {
            if let Some(comment) = self.all.get_mut(at) {
                comment.stays = true;
            }
        }
    }

    /// Drops every comment that does not stay.
    pub(super) fn drop_others(&self, plan: &mut FilePlan) {
        for comment in self.all.iter().filter(|comment| !comment.stays) {
            let span = crate::engine::text::lines(self.source, comment.span.clone());
            plan.remove(span.start..span.end.min(length(self.source)));
        }
    }
}

/// A build constraint, or a setting of a program.
fn is_constraint(text: &[u8]) -> bool {
    let old = text
        .strip_prefix(b"//")
        .is_some_and(|rest| rest.trim_ascii_start().starts_with(b"+build "));
    old || text.starts_with(b"//go:build ") || text.starts_with(b"//go:debug ")
}

/// A word to the compiler or a tool, which is none for readers: `//go:noinline`, `//export f`, `//line`, `//nolint`.
fn is_directive(text: &[u8]) -> bool {
    let Some(rest) = text.strip_prefix(b"//") else {
        return text.starts_with(b"/*line ");
    };
    if rest.starts_with(b"export ") || rest.starts_with(b"line ") || rest.starts_with(b"nolint") {
        return true;
    }
    let word = rest
        .iter()
        .take_while(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        .count();
    word > 0
        && rest.get(word) == Some(&b':')
        && rest
            .get(word.saturating_add(1))
            .is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// Where the first paragraph of a `/* */` comment ends, when there is a second one.
fn second_paragraph(text: &[u8]) -> Option<u32> {
    if !text.starts_with(b"/*") {
        return None;
    }
    let mut at = 0_u32;
    let mut said = false;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let blank = line.trim_ascii().is_empty();
        if blank && said {
            let before = text.get(..at.saturating_sub(1) as usize).unwrap_or_default();
            return Some(length(before.strip_suffix(b"\r").unwrap_or(before)));
        }
        said |= !blank && !matches!(line.trim_ascii(), b"/*");
        at = at.saturating_add(length(line));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_told_from_prose() {
        for directive in [
            "//go:noinline",
            "//go:linkname nanotime runtime.nanotime",
            "//export GoCallback",
            "//line x.y:10",
            "//nolint:errcheck",
            "//lint:ignore U1000 x",
        ] {
            assert!(is_directive(directive.as_bytes()), "{directive}");
        }
        for prose in [
            "// go:noinline is not used",
            "//TODO: x",
            "// Deprecated: x",
            "//http://x",
        ] {
            assert!(!is_directive(prose.as_bytes()), "{prose}");
        }
    }

    #[test]
    fn the_first_paragraph_of_a_block_ends_at_an_empty_line() {
        let cut = |text: &str| {
            second_paragraph(text.as_bytes()).map(|at| text.get(..at as usize).unwrap().to_owned())
        };
        assert_eq!(cut("/*\nA b.\nC.\n\nD.\n*/").as_deref(), Some("/*\nA b.\nC."));
        assert_eq!(cut("/* A. */"), None);
        assert_eq!(cut("// A"), None);
    }
}
