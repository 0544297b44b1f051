//! `if` with both branches.
//!
//! `!` on a `bool` is exact (C# specification 12.9.4). `==` and `!=` are declared in pairs (15.10.3) and negate each other wherever one side is a
//! literal; between two values of other types they are left alone, as they may be overloaded one by one.

use ringfence_syntax::Node;

use crate::find::expression::{is_literal, parts};
use crate::find::if_swap::{Compound, IfElse, Negation};
use crate::find::source::Source;

pub(super) const NEGATION: Negation = Negation {
    prefix: b"!",
    operators: &[(b"==", b"!=")],
    compound: Compound::Bracketed,
};

pub(super) fn branches<'t>(source: &Source<'_>, node: Node<'t>) -> Option<IfElse<'t>> {
    let condition = node.child_by_field("condition")?;
    let consequence = node.child_by_field("consequence")?;
    let alternative = node.child_by_field("alternative")?;
    let swaps = consequence.kind() == "block"
        && alternative.kind() == "block"
        && is_exact(source, condition)
        && has_no_directive(source, node);
    swaps.then_some(IfElse {
        node,
        condition,
        consequence,
        alternative,
    })
}

/// Tells whether no directive lies in the node: what the preprocessor leaves out may be anything.
pub(super) fn has_no_directive(_: &Source<'_>, node: Node<'_>) -> bool {
    !node.descendants().any(|part| part.kind().starts_with("preproc_"))
}

/// Tells whether a condition can be negated exactly, and declares no name for one branch.
pub(super) fn is_exact(source: &Source<'_>, condition: Node<'_>) -> bool {
    let is_known = parts(source, condition).is_none_or(|binary| {
        !matches!(binary.operator, b"==" | b"!=") || is_literal(binary.left) || is_literal(binary.right)
    });
    is_known
        && !condition
            .descendants()
            .any(|part| part.kind().contains("pattern") || part.kind() == "declaration_expression")
}
