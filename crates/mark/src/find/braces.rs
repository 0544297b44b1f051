//! Braces around the one statement of a body.
//!
//! Equal because a block with one statement that declares nothing runs that statement (C11 6.8.2, JLS 14.2, ECMA-262 14.2), and no
//! `else` can follow: only `if`s without one. The language says which statements are one statement whatever macros do.
//! One-line bodies stay on their line, others keep their line break, so that both spellings look written by hand.

use ringfence_syntax::Node;

use super::candidate::{Candidate, copy, source as copied, text};
use super::order::ends_line;
use super::rule::FamilyRule;
use super::source::Source;
use crate::model::Family;

/// The family, with a language's heads and statements.
pub(super) struct Braces {
    /// Kinds of statements with a body.
    pub(super) kinds: &'static [&'static str],
    /// Tells whether a statement may stand with or without braces.
    pub(super) is_simple: fn(&Source<'_>, Node<'_>) -> bool,
}

impl FamilyRule for Braces {
    fn family(&self) -> Family {
        Family::Braces
    }

    fn kinds(&self) -> &'static [&'static str] {
        self.kinds
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        let body = match node.kind() {
            "if_statement" if node.child_by_field("alternative").is_some() => None,
            "if_statement" => node.child_by_field("consequence"),
            _ => node.child_by_field("body"),
        };
        let Some(body) = body else { return };
        let Some(head_end) = head_end(node, body) else {
            return;
        };
        let is_simple = |statement: Node<'_>| (self.is_simple)(source, statement);
        found.extend(brace_candidate(source, node, head_end, body, &is_simple));
    }
}

/// Where the closing bracket of a head ends: of the condition, or of the brackets of a `for`.
fn head_end(node: Node<'_>, body: Node<'_>) -> Option<u32> {
    let last = node
        .children()
        .take_while(|child| child.index() < body.index())
        .filter(|child| !child.is_extra())
        .last()?;
    let closes = matches!(last.kind(), ")" | "parenthesized_expression");
    (closes && node.children().all(|child| !child.is_comment())).then(|| last.end())
}

fn brace_candidate(
    source: &Source<'_>,
    head: Node<'_>,
    head_end: u32,
    body: Node<'_>,
    is_simple: &dyn Fn(Node<'_>) -> bool,
) -> Option<Candidate> {
    if head.has_error() || head_end > body.start() {
        return None;
    }
    let gap = source.slice(head_end, body.start());
    let indent = source.indent(head.start());
    let is_block = matches!(body.kind(), "block" | "statement_block" | "compound_statement");
    let (range, pieces) = if is_block {
        let mut children = body.children();
        let (open, only, close) = (children.next()?, children.next()?, children.next()?);
        if children.next().is_some()
            || open.kind() != "{"
            || close.kind() != "}"
            || !is_simple(only)
            || gap != b" "
        {
            return None;
        }
        let (after, before) = (
            source.slice(open.end(), only.start()),
            source.slice(only.end(), close.start()),
        );
        if after == b" " && before == b" " && source.is_one_line(only) {
            ((body.start(), body.end()), vec![copy(only)])
        } else if after.starts_with(b"\n")
            && after.trim_ascii().is_empty()
            && before.strip_prefix(b"\n") == Some(indent)
            && ends_line(source, body.end())
        {
            ((head_end, body.end()), vec![copied(open.end(), only.end())])
        } else {
            return None;
        }
    } else {
        if !is_simple(body) || !gap.trim_ascii().is_empty() {
            return None;
        }
        if gap == b" " && source.is_one_line(body) {
            (
                (body.start(), body.end()),
                vec![text(b"{ "), copy(body), text(b" }")],
            )
        } else if gap.starts_with(b"\n") && ends_line(source, body.end()) {
            let close = [b"\n", indent, b"}"].concat();
            (
                (head_end, body.end()),
                vec![text(b" {"), copied(head_end, body.end()), text(&close)],
            )
        } else {
            return None;
        }
    };
    let (start, end) = (head.start(), head_end);
    let body_line = source.line(source.line_of(if is_block {
        body.named_children().next()?.start()
    } else {
        body.start()
    }));
    Candidate::on_parts(
        source,
        Family::Braces,
        head,
        range,
        pieces,
        &[source.slice(start, end), body_line],
    )
}
