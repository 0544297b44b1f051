//! A conditional on three lines swapped under the negated condition.
//!
//! Equal for the reasons of `find/conditional.rs`. Only as formatters write it: the condition, `? one` and `: other`, each on its line; and only where the condition does not get shorter,
//! so that what did not fit on one line still does not. The new condition's line stays within what every formatter allows.

use ringfence_syntax::Node;

use super::if_else::NEGATION;
use crate::find::candidate::{Candidate, copy, source as copied};
use crate::find::expression::is_literal;
use crate::find::if_swap::negate;
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::{Family, Piece};

/// Longest line with the new condition.
const MAX_COLUMNS: usize = 80;

pub(super) struct ConditionalLines;

impl FamilyRule for ConditionalLines {
    fn family(&self) -> Family {
        Family::Conditional
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["ternary_expression"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(candidate(source, node));
    }
}

fn candidate(source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
    if node.has_error() || source.is_one_line(node) {
        return None;
    }
    let condition = node.child_by_field("condition")?;
    let one = node.child_by_field("consequence")?;
    let other = node.child_by_field("alternative")?;
    let is_whole = other.end() == node.end()
        && condition.start() == node.start()
        && node.children().all(|child| !child.is_comment())
        && source.is_one_line(condition)
        && source.of(one) != source.of(other)
        && is_plain(one)
        && is_plain(other);
    if !is_whole || !is_line(source, condition, one, b"?") || !is_line(source, one, other, b":") {
        return None;
    }
    let negated = negate(source, condition, NEGATION)?;
    // Formatters begin a line with an operation, but not with a bracketed one.
    let is_operation = condition.kind() == "binary_expression";
    if is_operation && !matches!(negated.as_slice(), [Piece::Source { .. }, ..])
        || is_negated_operation(condition)
    {
        return None;
    }
    let length: usize = negated
        .iter()
        .map(|piece| match piece {
            Piece::Source { start, end } => end.saturating_sub(*start) as usize,
            Piece::Text(text) => text.len(),
        })
        .sum();
    let more = length.checked_sub(source.of(condition).len())?;
    let line = source.line(source.line_of(condition.start()));
    // The last branch may have a semicolon or comma behind it.
    let length_of = |branch: Node<'_>| source.line(source.line_of(branch.start())).len();
    let fits = length_of(one).saturating_add(2) <= MAX_COLUMNS.max(length_of(other));
    if !fits || line.len().saturating_add(more) > MAX_COLUMNS {
        return None;
    }
    let mut pieces = negated;
    pieces.extend([
        copied(condition.end(), one.start()),
        copy(other),
        copied(one.end(), other.start()),
        copy(one),
    ]);
    let range = (node.start(), node.end());
    let parts = [line, source.of(one), source.of(other)];
    Candidate::on_parts(source, Family::Conditional, node, range, pieces, &parts)
}

/// Tells whether only a line break, blanks and the sign stand before a branch.
fn is_line(source: &Source<'_>, before: Node<'_>, branch: Node<'_>, sign: &[u8]) -> bool {
    let gap = source.slice(before.end(), branch.start());
    let signed = [sign, b" "].concat();
    gap.starts_with(b"\n") && gap.trim_ascii() == sign && gap.ends_with(&signed) && source.is_one_line(branch)
}

/// Tells whether a branch ends where it seems to end, and formatters write it alike in both places.
fn is_plain(branch: Node<'_>) -> bool {
    let is_value = is_literal(branch)
        || matches!(
            branch.kind(),
            "identifier"
                | "this"
                | "undefined"
                | "member_expression"
                | "call_expression"
                | "subscript_expression"
                | "new_expression"
                | "array"
                | "object"
                | "unary_expression"
                | "binary_expression"
                | "template_string"
                | "as_expression"
                | "non_null_expression"
                | "parenthesized_expression"
        );
    is_value
        && branch.descendants().all(|part| {
            !part.is_comment() && part.kind() != "ternary_expression" && !part.kind().starts_with("jsx")
        })
}

fn is_negated_operation(condition: Node<'_>) -> bool {
    condition.named_children().last().is_some_and(|operand| {
        condition.kind() == "unary_expression" && operand.kind() == "parenthesized_expression"
    })
}
