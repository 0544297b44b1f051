//! What follows a branch that leaves: under `else`, or after the `if`.
//!
//! Equal because the branch never runs off its end: its last statement is a jump (Python reference 7.6 to 7.10, C11 6.8.6, ECMA-262 14.8 to 14.10, JLS 14.22), so what stands
//! behind the `if` runs exactly when the condition was false, as an `else` does. Only one statement, on one line, itself a jump, and the last of its
//! block: nothing it declares could be seen further on.

use ringfence_syntax::Node;

use super::candidate::{Candidate, copy, source as copied, text};
use super::order::ends_line;
use super::rule::FamilyRule;
use super::source::Source;
use crate::model::Family;

/// How a language writes the other branch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Blocks {
    /// `else:` and an indent.
    Indented,
    /// `} else {` and `}`.
    Braced,
}

/// The family, with a language's blocks.
pub(super) struct EarlyReturn {
    /// How blocks are written.
    pub(super) blocks: Blocks,
    /// Tells whether an `if` may be looked at.
    pub(super) is_free: fn(&Source<'_>, Node<'_>) -> bool,
}

impl FamilyRule for EarlyReturn {
    fn family(&self) -> Family {
        Family::EarlyReturn
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["if_statement"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        if let Some(candidate) = self.candidate(source, node) {
            found.push(candidate);
        }
    }
}

impl EarlyReturn {
    /// Both spellings have the branch in one place, so that its length is of no matter to who pulls an edit.
    fn candidate(&self, source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
        let parent = node.parent().filter(|parent| is_block(*parent))?;
        let consequence = node.child_by_field("consequence")?;
        if node.has_error()
            || !is_block(consequence)
            || !source.begins_line(node.start())
            || source.is_one_line(node)
            || !consequence
                .named_children_with_comments()
                .last()
                .is_some_and(is_jump)
            || !(self.is_free)(source, node)
        {
            return None;
        }
        let indent = source.indent(node.start());
        let body = consequence.named_children().next()?;
        let inner = source.indent(body.start());
        if inner.len() <= indent.len() || !source.begins_line(body.start()) {
            return None;
        }
        let is_last = |statement: Node<'_>| {
            parent
                .named_children_with_comments()
                .last()
                .is_some_and(|last| last == statement)
        };
        let mut clauses = node.children().filter(|child| {
            matches!(child.kind(), "elif_clause" | "else_clause") || child.field() == Some("alternative")
        });
        let head = source.slice(node.start(), consequence.start());
        let (range, pieces, other) = match (clauses.next(), clauses.next()) {
            (None, _) => {
                let next = node.next_sibling()?;
                let gap = source.slice(node.end(), next.start());
                let is_gap =
                    gap.strip_prefix(b"\n") == Some(indent) || gap.strip_prefix(b"\n\n") == Some(indent);
                if !is_gap
                    || !is_jump(next)
                    || next.has_error()
                    || !source.is_one_line(next)
                    || !is_last(next)
                    || !ends_line(source, next.end())
                    || consequence.end() != node.end()
                {
                    return None;
                }
                let (opening, closing) = match self.blocks {
                    Blocks::Indented => ([b"\n", indent, b"else:\n", inner].concat(), Vec::new()),
                    Blocks::Braced => ([b" else {\n", inner].concat(), [b"\n", indent, b"}"].concat()),
                };
                let mut pieces = vec![copied(node.start(), node.end()), text(&opening), copy(next)];
                if !closing.is_empty() {
                    pieces.push(text(&closing));
                }
                ((node.start(), next.end()), pieces, next)
            }
            (Some(clause), None) if is_last(node) && clause.kind() != "elif_clause" => {
                let block = if is_block(clause) {
                    clause
                } else {
                    clause.named_children().last().filter(|block| is_block(*block))?
                };
                let mut statements = block.named_children_with_comments();
                let (only, None) = (statements.next()?, statements.next()) else {
                    return None;
                };
                let opening = source.slice(consequence.end(), only.start());
                let closing = source.slice(only.end(), node.end());
                let is_written = match self.blocks {
                    Blocks::Indented => {
                        opening == [b"\n", indent, b"else:\n", inner].concat() && closing.is_empty()
                    }
                    Blocks::Braced => {
                        opening == [b" else {\n", inner].concat() && closing == [b"\n", indent, b"}"].concat()
                    }
                };
                if !is_written
                    || !is_jump(only)
                    || !source.is_one_line(only)
                    || !ends_line(source, node.end())
                {
                    return None;
                }
                let pieces = vec![
                    copied(node.start(), consequence.end()),
                    text(&[b"\n", indent].concat()),
                    copy(only),
                ];
                ((node.start(), node.end()), pieces, only)
            }
            _ => return None,
        };
        let parts = [head, source.of(other)];
        Candidate::on_parts(source, Family::EarlyReturn, node, range, pieces, &parts)
    }
}

fn is_block(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "block" | "statement_block" | "compound_statement" | "constructor_body"
    )
}

fn is_jump(statement: Node<'_>) -> bool {
    matches!(
        statement.kind(),
        "return_statement" | "raise_statement" | "throw_statement" | "break_statement" | "continue_statement"
    )
}
