//! `b > a` for `a < b`.
//!
//! Equal because both operands are read without effects, so that their order cannot be seen, and `<` and `>` (`<=` and `>=`) are
//! each other's mirror also for numbers that are not ordered. The language names the operators that never call anything, and
//! says which operands are read without effects. Never with a literal: `0 == x` is no quiet spelling.

use ringfence_syntax::Node;

use super::candidate::{Candidate, copy, source as copied, text};
use super::expression::{Binary, parts};
use super::rule::FamilyRule;
use super::source::Source;
use crate::model::Family;

/// The family, with a language's operators and operands.
pub(super) struct Comparison {
    /// Kinds of binary expressions.
    pub(super) kinds: &'static [&'static str],
    /// Operators that may be turned.
    pub(super) operators: &'static [&'static [u8]],
    /// Tells whether an operand is read without effects.
    pub(super) is_pure: fn(&Source<'_>, Node<'_>) -> bool,
}

/// The operators of languages in which comparisons of these operands call nothing.
pub(super) const ALL_OPERATORS: &[&[u8]] = &[b"<", b">", b"<=", b">=", b"==", b"!="];

impl FamilyRule for Comparison {
    fn family(&self) -> Family {
        Family::Comparison
    }

    fn kinds(&self) -> &'static [&'static str] {
        self.kinds
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        let Some(binary) = parts(source, node) else { return };
        if self.operators.contains(&binary.operator)
            && source.is_one_line(node)
            && (self.is_pure)(source, binary.left)
            && (self.is_pure)(source, binary.right)
        {
            found.extend(turned(source, node, &binary));
        }
    }
}

/// The family where both operands together decide, as one may be anything that the other does not see.
pub(super) struct PairComparison {
    /// Kinds of binary expressions.
    pub(super) kinds: &'static [&'static str],
    /// Tells whether nobody can see which of the operands was evaluated first.
    pub(super) may_turn: fn(&Source<'_>, &Binary<'_, '_>) -> bool,
}

impl FamilyRule for PairComparison {
    fn family(&self) -> Family {
        Family::Comparison
    }

    fn kinds(&self) -> &'static [&'static str] {
        self.kinds
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        let Some(binary) = parts(source, node) else { return };
        if ALL_OPERATORS.contains(&binary.operator)
            && source.is_one_line(node)
            && (self.may_turn)(source, &binary)
        {
            found.extend(turned(source, node, &binary));
        }
    }
}

fn turned(source: &Source<'_>, node: Node<'_>, binary: &Binary<'_, '_>) -> Option<Candidate> {
    let turned: &[u8] = match binary.operator {
        b"<" => b">",
        b">" => b"<",
        b"<=" => b">=",
        b">=" => b"<=",
        same => same,
    };
    let pieces = vec![
        copy(binary.right),
        copied(binary.left.end(), binary.operator_node.start()),
        text(turned),
        copied(binary.operator_node.end(), binary.right.start()),
        copy(binary.left),
    ];
    let range = (node.start(), node.end());
    Candidate::on_lines(source, Family::Comparison, node, range, pieces)
}
