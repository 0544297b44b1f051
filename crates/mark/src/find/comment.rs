//! Final period of a prose comment: of the last line of each paragraph that is written as sentences.
//!
//! Line comments, and the paragraphs and described tags of block comments (`@param x the number of things`). Directives, licences, code that
//! was commented out, code fences, examples, lists and the first comments of a file are left alone, and so is a line that the
//! period would make too long. Documentation is read by javadoc, typedoc, rustdoc and their like, which print it: nothing that
//! runs changes. Whether a program may *read* it, as schema generators do, is the language's affair.

use ringfence_syntax::Node;

use super::candidate::{Candidate, source as copied, text};
use super::order::{container, trimmed_end};
use super::rule::FamilyRule;
use super::source::Source;
use crate::model::Family;

mod paragraph;
mod prose;

use paragraph::{Line, Lines, paragraphs};

/// Lines of one comment beyond which it is left alone.
const MAX_BLOCK: usize = 400;
/// Comments between a comment and what it is about.
const MAX_COMMENTS: usize = 1000;
/// Widths at which formatters and linters break or report lines.
const LIMITS: [usize; 8] = [72, 79, 80, 88, 99, 100, 119, 120];

/// The family, with a language's comments.
pub(super) struct CommentPeriod {
    /// Kinds of comments.
    pub(super) kinds: &'static [&'static str],
    /// How the text of such a comment begins, without the blank after it (`/*` for a block); nothing when a program may read the
    /// comment.
    pub(super) marker: fn(&Source<'_>, Node<'_>) -> Option<&'static [u8]>,
    /// One line without a period between two paragraphs is a heading.
    pub(super) has_headings: bool,
}

impl FamilyRule for CommentPeriod {
    fn family(&self) -> Family {
        Family::CommentPeriod
    }

    fn kinds(&self) -> &'static [&'static str] {
        self.kinds
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        if precedes_code(source, node) {
            return;
        }
        let comment = source.slice(node.start(), trimmed_end(source, node));
        let lines = if comment.starts_with(b"/*") {
            block(node, comment)
        } else {
            line_comments(source, node)
        };
        let Some(lines) = lines.filter(|lines| lines.lines.len() < MAX_BLOCK) else {
            return;
        };
        let ends = paragraphs(&lines, self.has_headings);
        if ends.is_empty() || prose::is_notice(lines.lines.iter().map(|line| line.content)) {
            return;
        }
        // Asked last: it looks at what the comment is about.
        let expected: &[u8] = if lines.is_block { b"/*" } else { lines.marker };
        if (self.marker)(source, node) != Some(expected) {
            return;
        }
        let about = lines.is_documentation.then(|| about(source, node));
        for end in ends {
            found.extend(candidate(source, node, &lines, &end, about.as_deref()));
        }
    }
}

fn candidate(
    source: &Source<'_>,
    node: Node<'_>,
    lines: &Lines<'_>,
    end: &paragraph::End,
    about: Option<&[u8]>,
) -> Option<Candidate> {
    let last = lines.lines.get(end.line)?;
    let content = last.content.get(..end.length)?;
    let word = content.iter().rev().take_while(|byte| **byte != b' ').count();
    let length = u32::try_from(content.len()).ok()?;
    let stop = last.start.checked_add(length)?;
    let start = stop.checked_sub(u32::try_from(word).ok()?)?;
    let line = source.line(source.line_of(start));
    let has_period = content.ends_with(b".");
    let width = line.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
    if LIMITS.contains(&width.saturating_sub(usize::from(has_period))) {
        return None;
    }
    let pieces = if has_period {
        vec![copied(start, stop.checked_sub(1)?)]
    } else {
        vec![copied(start, stop), text(b".")]
    };
    let above = end.above.and_then(|above| lines.lines.get(above));
    let parts = [
        line,
        above.map_or(&[][..], |above| above.content),
        about.unwrap_or_default(),
    ];
    let count = if about.is_some() {
        3
    } else if above.is_some() {
        2
    } else {
        1
    };
    Candidate::on_parts(
        source,
        Family::CommentPeriod,
        node,
        (start, stop),
        pieces,
        parts.get(..count)?,
    )
}

/// What a documentation comment is about: the names around it, and that of the item below.
fn about(source: &Source<'_>, node: Node<'_>) -> Vec<u8> {
    let mut names = container(source, node);
    names.push(0);
    let item = item_below(node);
    let name = item.and_then(|item| {
        let inner = item.child_by_field("declaration");
        item.name_node()
            .or_else(|| inner.and_then(|inner| inner.name_node()))
    });
    names.extend_from_slice(name.map(|name| source.of(name)).unwrap_or_default());
    names
}

/// The marker of a comment that no program reads, whatever it is about.
pub(super) fn plain(source: &Source<'_>, node: Node<'_>) -> Option<&'static [u8]> {
    let comment = source.of(node);
    if comment.starts_with(b"/*") {
        return Some(b"/*");
    }
    marker_of(comment)
}

/// What stands below a comment, other comments left out. So many comments that it is not found are hostile.
pub(super) fn item_below(node: Node<'_>) -> Option<Node<'_>> {
    let mut next = node.next_sibling();
    for _ in 0..MAX_COMMENTS {
        match next {
            Some(sibling) if sibling.is_comment() => next = sibling.next_sibling(),
            _ => return next,
        }
    }
    next
}

/// The lines of a block comment.
fn block<'s>(node: Node<'_>, comment: &'s [u8]) -> Option<Lines<'s>> {
    let body = comment.strip_prefix(b"/*")?.strip_suffix(b"*/")?;
    let is_documentation = body.first() == Some(&b'*');
    let body = body.strip_prefix(b"*").unwrap_or(body);
    let is_nested = body.windows(2).any(|two| two == b"/*");
    if is_nested
        || !body.first().is_some_and(u8::is_ascii_whitespace)
        || !body.last().is_some_and(u8::is_ascii_whitespace)
    {
        return None;
    }
    let mut at = node.start().checked_add(if is_documentation { 3 } else { 2 })?;
    let mut lines = Vec::new();
    for (index, line) in (0_usize..).zip(body.split(|byte| *byte == b'\n')) {
        let mut rest = line.trim_ascii_start();
        if index > 0 {
            rest = rest.strip_prefix(b"*").unwrap_or(rest);
        }
        lines.push(Line::new(at, line, rest)?);
        at = at.checked_add(u32::try_from(line.len()).ok()?)?.checked_add(1)?;
    }
    Some(Lines {
        lines,
        marker: b"/*",
        is_block: true,
        is_documentation,
    })
}

/// The lines of a run of line comments, at its first; nothing at the others.
fn line_comments<'s>(source: &Source<'s>, node: Node<'_>) -> Option<Lines<'s>> {
    let comment = source.slice(node.start(), trimmed_end(source, node));
    let marker = marker_of(comment)?;
    let first = source.line_of(node.start());
    let is_same = |line: usize| marker_of(source.line(line).trim_ascii_start()) == Some(marker);
    let next = first.checked_add(1)?;
    let is_alone = source.begins_line(node.start());
    if is_alone {
        if first.checked_sub(1).is_some_and(is_same) {
            return None;
        }
    } else if is_same(next) {
        // What stands behind code may go on below.
        return None;
    }
    let mut lines = Vec::new();
    let mut at = source.line_start(node.start());
    let mut line = first;
    loop {
        let whole = source.line(line);
        let skipped = if line == first {
            node.start().checked_sub(at)? as usize
        } else {
            whole.len().checked_sub(whole.trim_ascii_start().len())?
        };
        let rest = whole.get(skipped..)?.strip_prefix(marker)?;
        // Without a blank it is code that was commented out, or a sign to a program.
        let rest = rest
            .strip_prefix(b" ")
            .or_else(|| rest.is_empty().then_some(rest));
        lines.push(Line::new(at, whole, rest.unwrap_or(b"|"))?);
        if !is_alone || lines.len() >= MAX_BLOCK {
            break;
        }
        at = at.checked_add(u32::try_from(whole.len()).ok()?)?.checked_add(1)?;
        line = line.checked_add(1)?;
        if !is_same(line) {
            break;
        }
    }
    Some(Lines {
        lines,
        marker,
        is_block: false,
        is_documentation: marker == b"///",
    })
}

/// The marker of a line comment, documentation apart from plain ones.
fn marker_of(line: &[u8]) -> Option<&'static [u8]> {
    let known: [&'static [u8]; 3] = [b"///", b"//", b"#"];
    let marker = known.into_iter().find(|marker| line.starts_with(marker))?;
    let next = line.get(marker.len());
    (!next.is_some_and(|next| b"/!#".contains(next))).then_some(marker)
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
