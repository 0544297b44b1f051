//! `if` with both branches.
//!
//! Conditions are `bool`, so `!` is exact (Rust reference, "if expressions", "Negation operators"). Left out: `if let`, `else if` on the other side,
//! values whose type the first branch decides.

use ringfence_syntax::Node;

use super::arms::has_expected_type;
use super::inference::is_independent;
use crate::find::if_swap::{Compound, IfElse, Negation};
use crate::find::source::Source;

pub(super) const NEGATION: Negation = Negation {
    prefix: b"!",
    operators: &[(b"==", b"!=")],
    compound: Compound::Never,
};

pub(super) fn branches<'t>(source: &Source<'_>, node: Node<'t>) -> Option<IfElse<'t>> {
    let alternative = node.child_by_field("alternative")?.named_children().next()?;
    let branch = IfElse {
        node,
        condition: node.child_by_field("condition")?,
        consequence: node.child_by_field("consequence")?,
        alternative,
    };
    if branch.alternative.kind() != "block" {
        return None;
    }
    let in_condition = matches!(branch.condition.kind(), "let_condition" | "let_chain");
    let outermost = std::iter::successors(Some(node), |inner| {
        let clause = inner.parent().filter(|parent| parent.kind() == "else_clause")?;
        clause.parent()
    })
    .last()
    .unwrap_or(node);
    let swaps = !in_condition
        && !has_counterpart(source.of(branch.condition))
        && has_expected_type(outermost)
        && is_independent(source, branch.alternative, None);
    swaps.then_some(branch)
}

/// Tells whether a linter (clippy's `nonminimal_bool`) asks for another method in place of the negation, or of the condition without it.
fn has_counterpart(condition: &[u8]) -> bool {
    [&b".is_some()"[..], b".is_none()", b".is_ok()", b".is_err()"]
        .iter()
        .any(|method| condition.ends_with(method))
}
