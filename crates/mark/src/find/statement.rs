//! Statements: if/else with the condition negated, braces around one statement, increments.

use ringfence_syntax::Node;

use super::binary::{is_primary, parts};
use super::candidate::{Candidate, copy, source as copied, text};
use super::order::ends_line;
use super::source::Source;
use crate::model::{Family, Piece};

/// An if with both branches.
pub(super) struct IfElse<'t> {
    pub(super) node: Node<'t>,
    /// The condition without its brackets.
    pub(super) condition: Node<'t>,
    pub(super) consequence: Node<'t>,
    pub(super) alternative: Node<'t>,
}

/// How a language writes a negation.
#[derive(Clone, Copy)]
pub(super) struct Negation {
    /// Written before what it negates.
    pub(super) prefix: &'static [u8],
    /// Operators that are each other's exact negation.
    pub(super) operators: &'static [(&'static [u8], &'static [u8])],
}

/// Proposes the branches swapped under the negated condition.
///
/// Safe because the condition is evaluated once either way and the operators are exact negations (never `<` for `>=`: NaN).
/// The caller has made sure that both branches are blocks and that neither hoists a name.
pub(super) fn if_swap(
    source: &Source<'_>,
    branch: &IfElse<'_>,
    negation: Negation,
    found: &mut Vec<Candidate>,
) {
    let IfElse {
        node,
        condition,
        consequence,
        alternative,
    } = *branch;
    let (before, between) = (
        source.slice(condition.end(), consequence.start()),
        source.slice(consequence.end(), alternative.start()),
    );
    let is_quiet = |gap: &[u8], allowed: &[u8]| {
        gap.iter()
            .all(|byte| byte.is_ascii_whitespace() || allowed.contains(byte))
    };
    let between_rest: Vec<u8> = between
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace() && *byte != b':')
        .collect();
    if node.has_error()
        || node.is_comment()
        || !source.is_one_line(condition)
        || !is_quiet(before, b"):")
        || between_rest != b"else"
        || consequence.end() > alternative.start()
        || condition.end() > consequence.start()
    {
        return;
    }
    let Some(negated) = negate(source, condition, negation) else {
        return;
    };
    let mut pieces = vec![copied(node.start(), condition.start())];
    pieces.extend(negated);
    pieces.extend([
        copied(condition.end(), consequence.start()),
        copy(alternative),
        copied(consequence.end(), alternative.start()),
        copy(consequence),
    ]);
    let header = source.slice(node.start(), consequence.start());
    let range = (node.start(), alternative.end());
    found.extend(Candidate::on_parts(
        source,
        Family::IfSwap,
        node,
        range,
        pieces,
        &[header],
    ));
}

fn negate(source: &Source<'_>, condition: Node<'_>, negation: Negation) -> Option<Vec<Piece>> {
    if let Some(binary) = parts(source, condition) {
        let other = negation.operators.iter().find_map(|(one, other)| {
            if *one == binary.operator {
                Some(other)
            } else if *other == binary.operator {
                Some(one)
            } else {
                None
            }
        })?;
        return Some(vec![
            copied(condition.start(), binary.operator_node.start()),
            text(other),
            copied(binary.operator_node.end(), condition.end()),
        ]);
    }
    if matches!(condition.kind(), "unary_expression" | "not_operator") {
        let operand = condition.named_children().last()?;
        let prefix = source.slice(condition.start(), operand.start());
        let is_negation = prefix == negation.prefix && operand.end() == condition.end();
        return (is_negation && is_bare(operand)).then(|| vec![copy(operand)]);
    }
    is_bare(condition).then(|| vec![text(negation.prefix), copy(condition)])
}

fn is_bare(node: Node<'_>) -> bool {
    is_primary(node) && node.kind() != "parenthesized_expression"
}

/// Proposes braces around (or off) the one statement of a body. `head_end` is where the closing bracket of the head ends.
///
/// Safe because the statement declares nothing and no `else` can follow: the caller passes only such heads and statements.
/// One-line bodies stay on their line, others keep their line break, so that both spellings look written by hand.
pub(super) fn braces(
    source: &Source<'_>,
    head: Node<'_>,
    head_end: u32,
    body: Node<'_>,
    is_simple: &dyn Fn(Node<'_>) -> bool,
    found: &mut Vec<Candidate>,
) {
    found.extend(brace_candidate(source, head, head_end, body, is_simple));
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

/// Proposes `++i` for `i++`, from either, where the value is thrown away.
pub(super) fn increment(
    source: &Source<'_>,
    node: Node<'_>,
    is_place: &dyn Fn(Node<'_>) -> bool,
    found: &mut Vec<Candidate>,
) {
    let mut children = node.children();
    let (Some(first), Some(second), None) = (children.next(), children.next(), children.next()) else {
        return;
    };
    let (operator, operand) = if first.is_named() {
        (second, first)
    } else {
        (first, second)
    };
    if node.has_error()
        || !matches!(source.of(operator), b"++" | b"--")
        || !is_place(operand)
        || first.end() != second.start()
        || !source.is_one_line(node)
    {
        return;
    }
    let pieces = vec![copy(second), copy(first)];
    found.extend(Candidate::on_lines(
        source,
        Family::Increment,
        node,
        (node.start(), node.end()),
        pieces,
    ));
}
