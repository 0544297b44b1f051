//! `if` with both branches.
//!
//! Conditions are `boolean`, so `!` is exact, and `==` and `!=` are each other's negation (JLS 15.15.6, 15.21), also for numbers that are not ordered.

use ringfence_syntax::Node;

use crate::find::if_swap::{Compound, IfElse, Negation};
use crate::find::source::Source;

pub(super) const NEGATION: Negation = Negation {
    prefix: b"!",
    operators: &[(b"==", b"!=")],
    compound: Compound::Bracketed,
};

pub(super) fn branches<'t>(_: &Source<'_>, node: Node<'t>) -> Option<IfElse<'t>> {
    let condition = node.child_by_field("condition")?.named_children().next()?;
    let consequence = node.child_by_field("consequence")?;
    let alternative = node.child_by_field("alternative")?;
    (consequence.kind() == "block" && alternative.kind() == "block").then_some(IfElse {
        node,
        condition,
        consequence,
        alternative,
    })
}
