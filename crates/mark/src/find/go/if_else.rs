//! `if` with both branches.
//!
//! Conditions are boolean, so `!` is exact, and `==` and `!=` are each other's negation (Go specification, "Comparison operators"). Left out: an `if` with a statement
//! of its own.

use ringfence_syntax::Node;

use crate::find::if_swap::{Compound, IfElse, Negation};
use crate::find::source::Source;

pub(super) const NEGATION: Negation = Negation {
    prefix: b"!",
    operators: &[(b"==", b"!=")],
    compound: Compound::Bracketed,
};

pub(super) fn branches<'t>(_: &Source<'_>, node: Node<'t>) -> Option<IfElse<'t>> {
    let condition = node.child_by_field("condition")?;
    let consequence = node.child_by_field("consequence")?;
    let alternative = node.child_by_field("alternative")?;
    let are_blocks = consequence.kind() == "block" && alternative.kind() == "block";
    (are_blocks && node.child_by_field("initializer").is_none()).then_some(IfElse {
        node,
        condition,
        consequence,
        alternative,
    })
}
