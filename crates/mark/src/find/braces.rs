//! Braces around the one statement of a body.
//!
//! Equal because a block with one statement that declares nothing runs that statement (C11 6.8.2, JLS 14.2, ECMA-262 14.2), and an `else` finds the same `if`:
//! the statement holds no `if` of its own. The language says which statements are one statement whatever macros do.
//! One-line bodies stay on their line, others keep their line break, so that both spellings look written by hand. Both branches of an `if`
//! only where statements end in semicolons (not JavaScript).

use ringfence_syntax::{Language, Node};

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
        let is_if = node.kind() == "if_statement";
        let body = node.child_by_field(if is_if { "consequence" } else { "body" });
        let otherwise = node.child_by_field("alternative").filter(|_| is_if);
        let is_clear = !node.has_error() && node.children().all(|child| !child.is_comment());
        let Some(body) = body.filter(|_| is_clear) else {
            return;
        };
        let is_simple = |statement: Node<'_>| (self.is_simple)(source, statement);
        let branch = match otherwise {
            None => None,
            Some(_)
                if matches!(
                    source.tree.language(),
                    Language::JavaScript | Language::TypeScript | Language::Tsx
                ) =>
            {
                return;
            }
            Some(alternative) => {
                let Some(branch) = Otherwise::of(node, alternative) else {
                    return;
                };
                Some(branch)
            }
        };
        if let Some(head_end) = head_end(node, body) {
            let place = Place {
                head: node,
                head_end,
                body,
                next: branch.as_ref().map(|branch| branch.word),
                name: source.slice(node.start(), head_end),
            };
            found.extend(brace_candidate(source, &place, &is_simple));
        }
        if let Some(branch) = branch.filter(|branch| branch.body.kind() != "if_statement") {
            let name = [b"else ", source.slice(node.start(), body.start())].concat();
            let place = Place {
                head: node,
                head_end: branch.word.end(),
                body: branch.body,
                next: None,
                name: &name,
            };
            found.extend(brace_candidate(source, &place, &is_simple));
        }
    }
}

/// The other branch of an `if`.
struct Otherwise<'t> {
    word: Node<'t>,
    body: Node<'t>,
}

impl<'t> Otherwise<'t> {
    fn of(node: Node<'t>, alternative: Node<'t>) -> Option<Otherwise<'t>> {
        let holder = if alternative.kind() == "else_clause" {
            alternative
        } else {
            node
        };
        let word = holder.children().find(|child| child.kind() == "else")?;
        let body = if alternative.kind() == "else_clause" {
            let mut inner = alternative.named_children_with_comments();
            inner.next().filter(|_| inner.next().is_none())?
        } else {
            alternative
        };
        Some(Otherwise { word, body })
    }
}

/// A body and what stands around it.
struct Place<'t, 'n> {
    head: Node<'t>,
    /// One past the closing bracket of the head, or past `else`.
    head_end: u32,
    body: Node<'t>,
    /// The `else` that follows.
    next: Option<Node<'t>>,
    /// What names the site, besides its statement.
    name: &'n [u8],
}

/// Where the closing bracket of a head ends: of the condition, or of the brackets of a `for`.
fn head_end(node: Node<'_>, body: Node<'_>) -> Option<u32> {
    let last = node
        .children()
        .take_while(|child| child.index() < body.index())
        .filter(|child| !child.is_extra())
        .last()?;
    matches!(last.kind(), ")" | "parenthesized_expression" | "condition_clause").then(|| last.end())
}

fn brace_candidate(
    source: &Source<'_>,
    place: &Place<'_, '_>,
    is_simple: &dyn Fn(Node<'_>) -> bool,
) -> Option<Candidate> {
    let Place {
        head, head_end, body, ..
    } = *place;
    if head_end > body.start() {
        return None;
    }
    let gap = source.slice(head_end, body.start());
    let indent = source.indent(head.start());
    let line_end = [b"\n", indent].concat();
    let behind = place.next.map(|next| source.slice(body.end(), next.start()));
    let ends = match behind {
        None => ends_line(source, body.end()),
        Some(behind) => behind == line_end || behind == b" ",
    };
    let is_block = matches!(body.kind(), "block" | "statement_block" | "compound_statement");
    let (range, pieces) = if is_block {
        let mut children = body.children();
        let (open, only, close) = (children.next()?, children.next()?, children.next()?);
        if children.next().is_some() || open.kind() != "{" || close.kind() != "}" || !is_simple(only) {
            return None;
        }
        let (after, before) = (
            source.slice(open.end(), only.start()),
            source.slice(only.end(), close.start()),
        );
        if gap == b" " && after == b" " && before == b" " && source.is_one_line(only) {
            ((body.start(), body.end()), vec![copy(only)])
        } else if (gap == b" " || gap == line_end)
            && after.starts_with(b"\n")
            && after.trim_ascii().is_empty()
            && before == line_end
            && ends
        {
            match place.next.filter(|_| behind == Some(b" ")) {
                Some(next) => ((head_end, next.start()), vec![copied(open.end(), close.start())]),
                None => ((head_end, body.end()), vec![copied(open.end(), only.end())]),
            }
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
        } else if gap.starts_with(b"\n") && ends && behind != Some(b" ") {
            // C# is written with brackets on lines of their own.
            let own_lines = source.tree.language() == Language::CSharp;
            let open = if own_lines {
                [&line_end, b"{".as_slice()].concat()
            } else {
                b" {".to_vec()
            };
            let close = [&line_end, b"}".as_slice()].concat();
            match place.next.filter(|_| !own_lines) {
                Some(next) => {
                    let close = [&close, b" ".as_slice()].concat();
                    let pieces = vec![text(&open), copied(head_end, body.end()), text(&close)];
                    ((head_end, next.start()), pieces)
                }
                None => {
                    let pieces = vec![text(&open), copied(head_end, body.end()), text(&close)];
                    ((head_end, body.end()), pieces)
                }
            }
        } else {
            return None;
        }
    };
    let body_line = source.line(source.line_of(if is_block {
        body.named_children().next()?.start()
    } else {
        body.start()
    }));
    let parts = [place.name, body_line];
    Candidate::on_parts(source, Family::Braces, head, range, pieces, &parts)
}
