//! The branches of an `if` swapped under the negated condition.
//!
//! Equal because the condition is evaluated once either way, exactly one branch runs, and the negation is exact (never `<` for
//! `>=`: NaN). The language says which operators are each other's negation, and gives only branches that are blocks and hoist no
//! name out of themselves.

use ringfence_syntax::Node;

use super::candidate::{Candidate, copy, source as copied, text};
use super::expression::{is_primary, parts};
use super::rule::FamilyRule;
use super::source::Source;
use crate::model::{Family, Piece};

/// Most lines that may change places: when the owner edits the condition, a new id may swap them in a recipient's copy, and whoever pulls sees
/// all of them move.
const MAX_LINES: usize = 30;

/// The family, with a language's statements and negation.
pub(super) struct IfSwap {
    /// Kinds of statements (or expressions) that may have two branches.
    pub(super) kinds: &'static [&'static str],
    /// Takes such a node apart when both branches may change places.
    pub(super) branches: for<'t> fn(&Source<'_>, Node<'t>) -> Option<IfElse<'t>>,
    /// How the language negates.
    pub(super) negation: Negation,
}

impl FamilyRule for IfSwap {
    fn family(&self) -> Family {
        Family::IfSwap
    }

    fn kinds(&self) -> &'static [&'static str] {
        self.kinds
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        if let Some(branch) = (self.branches)(source, node) {
            if_swap(source, &branch, self.negation, found);
        }
    }
}

/// An if with both branches.
pub(super) struct IfElse<'t> {
    pub(super) node: Node<'t>,
    /// The condition without its brackets.
    pub(super) condition: Node<'t>,
    pub(super) consequence: Node<'t>,
    pub(super) alternative: Node<'t>,
}

/// How a condition is negated that is a binary expression without an exact counterpart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Compound {
    /// Not at all.
    Never,
    /// `!(a < b)`.
    Bracketed,
    /// `not a < b` for comparisons, which bind tighter than `not`, and `not (a and b)`.
    Comparisons,
}

/// How a language writes a negation.
#[derive(Clone, Copy)]
pub(super) struct Negation {
    /// Written before what it negates.
    pub(super) prefix: &'static [u8],
    /// Operators that are each other's exact negation.
    pub(super) operators: &'static [(&'static [u8], &'static [u8])],
    /// What is done with other binary conditions.
    pub(super) compound: Compound,
}

fn if_swap(source: &Source<'_>, branch: &IfElse<'_>, negation: Negation, found: &mut Vec<Candidate>) {
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
    let last_line = source.line_of(alternative.end());
    if last_line.saturating_sub(source.line_of(node.start())) > MAX_LINES {
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

pub(super) fn negate(source: &Source<'_>, condition: Node<'_>, negation: Negation) -> Option<Vec<Piece>> {
    if condition.has_error() {
        return None;
    }
    if let Some(binary) = parts(source, condition) {
        let other = negation.operators.iter().find_map(|(one, other)| {
            if *one == binary.operator {
                Some(other)
            } else if *other == binary.operator {
                Some(one)
            } else {
                None
            }
        });
        if let Some(other) = other {
            return Some(vec![
                copied(condition.start(), binary.operator_node.start()),
                text(other),
                copied(binary.operator_node.end(), condition.end()),
            ]);
        }
        return match negation.compound {
            Compound::Never => None,
            Compound::Comparisons if condition.kind() == "comparison_operator" => {
                Some(vec![text(negation.prefix), copy(condition)])
            }
            _ => Some(vec![
                text(&[negation.prefix, b"("].concat()),
                copy(condition),
                text(b")"),
            ]),
        };
    }
    if matches!(
        condition.kind(),
        "unary_expression" | "not_operator" | "prefix_unary_expression"
    ) {
        let operand = condition.named_children().last()?;
        let prefix = source.slice(condition.start(), operand.start());
        if prefix != negation.prefix || operand.end() != condition.end() {
            return None;
        }
        if is_bare(operand) {
            return Some(vec![copy(operand)]);
        }
        return match negation.compound {
            Compound::Never => None,
            Compound::Comparisons if operand.kind() == "comparison_operator" => Some(vec![copy(operand)]),
            _ => {
                let mut inner = operand.named_children();
                let (inner, None) = (inner.next()?, inner.next()) else {
                    return None;
                };
                let is_wrapped = operand.kind() == "parenthesized_expression"
                    && source.slice(operand.start(), inner.start()) == b"("
                    && source.slice(inner.end(), operand.end()) == b")"
                    && parts(source, inner).is_some();
                is_wrapped.then(|| vec![copy(inner)])
            }
        };
    }
    is_bare(condition).then(|| vec![text(negation.prefix), copy(condition)])
}

fn is_bare(node: Node<'_>) -> bool {
    is_primary(node) && node.kind() != "parenthesized_expression"
}
