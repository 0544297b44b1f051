//! `if` with both branches.
//!
//! Equality and its negation run the same steps (ECMA-262 13.11.1), and `!` is exact. Left out: blocks that declare functions, which older rules
//! hoist out of them (ECMA-262 B.3.2).

use ringfence_syntax::Node;

use crate::find::if_swap::{Compound, IfElse, Negation};
use crate::find::source::Source;

pub(super) const NEGATION: Negation = Negation {
    prefix: b"!",
    operators: &[(b"===", b"!=="), (b"==", b"!=")],
    compound: Compound::Bracketed,
};

pub(super) fn branches<'t>(_: &Source<'_>, node: Node<'t>) -> Option<IfElse<'t>> {
    let condition = node.child_by_field("condition")?.named_children().next()?;
    let alternative = node.child_by_field("alternative")?.named_children().next()?;
    let consequence = node.child_by_field("consequence")?;
    let is_block = |block: Node<'_>| {
        block.kind() == "statement_block"
            && block
                .named_children()
                .all(|statement| !statement.kind().contains("function_declaration"))
    };
    (is_block(consequence) && is_block(alternative)).then_some(IfElse {
        node,
        condition,
        consequence,
        alternative,
    })
}
