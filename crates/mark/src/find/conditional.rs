//! A conditional expression swapped under the negated condition: `a if c else b` against `b if not c else a`, `c ? a : b` against `!c ? b : a`.
//!
//! Equal because the condition is evaluated first and once, exactly one of the two others is evaluated after it (Python reference 6.13, ECMA-262 13.14,
//! JLS 15.25, C11 6.5.15, C# specification 12.18), the type of the whole does not depend on their order, and the negation is exact. Left out: branches that reach
//! further than they seem to (assignments, functions, further conditionals), and what the language does not negate.

use ringfence_syntax::Node;

use super::candidate::{Candidate, copy, source as copied};
use super::if_swap::{Negation, negate};
use super::rule::FamilyRule;
use super::source::Source;
use crate::model::Family;

/// The family, with a language's conditional expression and negation.
pub(super) struct Conditional {
    /// Kinds of conditional expressions.
    pub(super) kinds: &'static [&'static str],
    /// Tells whether a condition can be negated exactly.
    pub(super) is_exact: fn(&Source<'_>, Node<'_>) -> bool,
    /// How the language negates.
    pub(super) negation: Negation,
}

impl FamilyRule for Conditional {
    fn family(&self) -> Family {
        Family::Conditional
    }

    fn kinds(&self) -> &'static [&'static str] {
        self.kinds
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(self.candidate(source, node));
    }
}

impl Conditional {
    fn candidate(&self, source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
        if node.has_error() || !source.is_one_line(node) || node.children().any(|child| child.is_comment()) {
            return None;
        }
        let mut parts = node.named_children();
        let (first, second, third, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
            return None;
        };
        // Python writes the condition in the middle.
        let is_python = node.children().any(|child| child.kind() == "if");
        let (condition, one, other) = if is_python {
            (second, first, third)
        } else {
            (first, second, third)
        };
        if !is_plain(one)
            || !is_plain(other)
            || source.of(one) == source.of(other)
            || third.end() != node.end()
            || !(self.is_exact)(source, condition)
        {
            return None;
        }
        let negated = negate(source, condition, self.negation)?;
        let mut pieces = Vec::with_capacity(8);
        if is_python {
            pieces.extend([copy(other), copied(one.end(), condition.start())]);
            pieces.extend(negated);
            pieces.extend([copied(condition.end(), other.start()), copy(one)]);
        } else {
            pieces.push(copied(node.start(), condition.start()));
            pieces.extend(negated);
            pieces.extend([
                copied(condition.end(), one.start()),
                copy(other),
                copied(one.end(), other.start()),
                copy(one),
            ]);
        }
        let range = (node.start(), node.end());
        Candidate::on_lines(source, Family::Conditional, node, range, pieces)
    }
}

/// Tells whether a branch ends where it seems to end.
fn is_plain(branch: Node<'_>) -> bool {
    let kind = branch.kind();
    ![
        "assignment",
        "lambda",
        "arrow",
        "conditional",
        "ternary",
        "sequence",
        "comma",
        "yield",
        "named_expression",
        "function",
        "throw",
        "class",
        "query",
    ]
    .iter()
    .any(|part| kind.contains(part))
}
