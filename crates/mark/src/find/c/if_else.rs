//! `if` with both branches.
//!
//! `!e` is `e == 0`, and `==` and `!=` are each other's negation (C11 6.5.3.3p5, 6.5.9p3). Left out: conditions that may hold a macro, bodies with directives.

use ringfence_syntax::Node;

use crate::find::c::is_free_of_macros;
use crate::find::if_swap::{Compound, IfElse, Negation};
use crate::find::source::Source;

pub(super) const NEGATION: Negation = Negation {
    prefix: b"!",
    operators: &[(b"==", b"!=")],
    compound: Compound::Bracketed,
};

pub(super) fn branches<'t>(source: &Source<'_>, node: Node<'t>) -> Option<IfElse<'t>> {
    let condition = node.child_by_field("condition")?.named_children().next()?;
    let alternative = node.child_by_field("alternative")?.named_children().next()?;
    let consequence = node.child_by_field("consequence")?;
    let are_blocks = consequence.kind() == "compound_statement" && alternative.kind() == "compound_statement";
    let swaps = are_blocks && is_free_of_macros(source, condition) && has_no_directive(source, node);
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
