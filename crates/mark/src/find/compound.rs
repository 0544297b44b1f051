//! `x += e` against `x = x + e`, as a statement.
//!
//! They differ in that the place is evaluated once or twice (C11 6.5.16.2p3; Go specification, "Assignment statements"), which cannot be seen of a
//! place that is read without effects. The language says which places and values these are; what binds no tighter than the
//! operator is put into brackets. Not with 1 where the language has `++` for it.

use ringfence_syntax::Node;

use super::candidate::{Candidate, copy, text};
use super::expression::parts;
use super::rule::FamilyRule;
use super::source::Source;
use crate::model::Family;

/// The family, with a language's places and values.
pub(super) struct CompoundAssignment {
    /// Kinds of assignments.
    pub(super) kinds: &'static [&'static str],
    /// Tells whether nobody sees the value of an assignment, and it may be looked at.
    pub(super) is_statement: fn(&Source<'_>, Node<'_>) -> bool,
    /// Tells whether a place may be evaluated twice.
    pub(super) is_place: fn(&Source<'_>, Node<'_>) -> bool,
    /// Tells whether a value has no effects.
    pub(super) is_value: fn(&Source<'_>, Node<'_>) -> bool,
}

impl FamilyRule for CompoundAssignment {
    fn family(&self) -> Family {
        Family::CompoundAssignment
    }

    fn kinds(&self) -> &'static [&'static str] {
        self.kinds
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(self.candidate(source, node));
    }
}

impl CompoundAssignment {
    fn candidate(&self, source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
        if node.has_error() || !source.is_one_line(node) || !(self.is_statement)(source, node) {
            return None;
        }
        let place = only(node.child_by_field("left")?)?;
        let value = only(node.child_by_field("right")?)?;
        if !(self.is_place)(source, place) {
            return None;
        }
        let between = source.slice(place.end(), value.start());
        let operator = between.strip_prefix(b" ")?.strip_suffix(b"= ")?;
        let own = source.of(place);
        let pieces = if operator.is_empty() {
            let binary = parts(source, value)?;
            let is_own = source.of(binary.left) == own
                && is_operator(binary.operator)
                && source.slice(binary.left.end(), binary.right.start())
                    == [b" ", binary.operator, b" "].concat();
            let inner = inside(binary.right);
            if !is_own || source.of(inner) == b"1" || !(self.is_value)(source, inner) {
                return None;
            }
            let operator = [b" ", binary.operator, b"= "].concat();
            vec![copy(place), text(&operator), copy(inner)]
        } else {
            if !is_operator(operator) || source.of(value) == b"1" || !(self.is_value)(source, value) {
                return None;
            }
            let head = [own, b" = "].concat();
            let sign = [b" ", operator, b" "].concat();
            let mut pieces = vec![text(&head), copy(place), text(&sign)];
            if needs_brackets(source, operator, value) {
                pieces.extend([text(b"("), copy(value), text(b")")]);
            } else {
                pieces.push(copy(value));
            }
            pieces
        };
        Candidate::on_lines(
            source,
            Family::CompoundAssignment,
            node,
            (node.start(), node.end()),
            pieces,
        )
    }
}

/// The one expression of a list, or the expression itself.
fn only(node: Node<'_>) -> Option<Node<'_>> {
    if node.kind() != "expression_list" {
        return Some(node);
    }
    let mut nodes = node.named_children();
    nodes.next().filter(|_| nodes.next().is_none())
}

fn inside(node: Node<'_>) -> Node<'_> {
    let mut inner = node.named_children();
    match (inner.next(), inner.next()) {
        (Some(only), None) if node.kind() == "parenthesized_expression" => only,
        _ => node,
    }
}

fn is_operator(operator: &[u8]) -> bool {
    matches!(
        operator,
        b"+" | b"-" | b"*" | b"/" | b"%" | b"&" | b"|" | b"^" | b"<<" | b">>"
    )
}

fn needs_brackets(source: &Source<'_>, operator: &[u8], value: Node<'_>) -> bool {
    let is_product = |sign: &[u8]| matches!(sign, b"*" | b"/" | b"%");
    match value.kind() {
        "binary_expression" => {
            !(matches!(operator, b"+" | b"-")
                && parts(source, value).is_some_and(|binary| is_product(binary.operator)))
        }
        "conditional_expression" => true,
        _ => false,
    }
}
