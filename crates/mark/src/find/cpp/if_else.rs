//! `if` with both branches.
//!
//! The condition must be a variable with a built-in type, or such a variable compared with another or with a literal: there `!`, `==` and `!=` are
//! exact (C++17 [expr.unary.op]p9, [expr.eq]). Elsewhere they may be overloaded. Left out: `constexpr`, conditions that declare something, bodies with
//! directives.

use ringfence_syntax::Node;

use super::is_built_in;
use crate::find::expression::{is_literal, parts};
use crate::find::if_swap::{Compound, IfElse, Negation};
use crate::find::source::Source;

pub(super) const NEGATION: Negation = Negation {
    prefix: b"!",
    operators: &[(b"==", b"!=")],
    compound: Compound::Never,
};

pub(super) fn branches<'t>(source: &Source<'_>, node: Node<'t>) -> Option<IfElse<'t>> {
    let mut condition = node.child_by_field("condition")?.named_children();
    let (condition, None) = (condition.next()?, condition.next()) else {
        return None;
    };
    let alternative = node.child_by_field("alternative")?.named_children().next()?;
    let consequence = node.child_by_field("consequence")?;
    let are_blocks = consequence.kind() == "compound_statement" && alternative.kind() == "compound_statement";
    let swaps = are_blocks
        && !node.children().any(|child| child.kind() == "constexpr")
        && is_exact(source, condition)
        && has_no_directive(source, node);
    swaps.then_some(IfElse {
        node,
        condition,
        consequence,
        alternative,
    })
}

pub(super) fn is_exact(source: &Source<'_>, condition: Node<'_>) -> bool {
    if let Some(binary) = parts(source, condition) {
        let is_known = |operand: Node<'_>| {
            is_literal(operand) || operand.kind() == "null" || is_built_in(source, operand)
        };
        return is_known(binary.left) && is_known(binary.right);
    }
    if condition.kind() == "unary_expression" {
        return condition
            .named_children()
            .last()
            .is_some_and(|operand| is_built_in(source, operand));
    }
    is_built_in(source, condition)
}

/// Tells whether no directive lies in the node: what the preprocessor leaves out may be anything.
pub(super) fn has_no_directive(_: &Source<'_>, node: Node<'_>) -> bool {
    !node.descendants().any(|part| part.kind().starts_with("preproc_"))
}
