//! `if` with both branches.
//!
//! Truth is asked once either way; `is`/`is not` and `in`/`not in` are exact negations (Python reference 6.10.2 and 6.10.3), and `not` is one
//! of everything (6.11). `==` and `!=` are separate methods: their negation is written with `not`. Of a chain with `elif` the last
//! condition and the `else` change places.

use ringfence_syntax::Node;

use crate::find::if_swap::{Compound, IfElse, Negation};
use crate::find::order::ends_line;
use crate::find::source::Source;

pub(super) const NEGATION: Negation = Negation {
    prefix: b"not ",
    operators: &[(b"is", b"is not"), (b"in", b"not in")],
    compound: Compound::Comparisons,
};

/// The last condition of a chain and its two branches: an `if` without `elif`, or the last `elif` before the `else`.
pub(super) fn branches<'t>(source: &Source<'_>, node: Node<'t>) -> Option<IfElse<'t>> {
    let mut clauses = node
        .children()
        .filter(|child| matches!(child.kind(), "elif_clause" | "else_clause"));
    let mut head = node;
    let mut clause = clauses.next()?;
    for next in clauses {
        head = clause;
        clause = next;
    }
    let condition = head.child_by_field("condition")?;
    let consequence = head.child_by_field("consequence")?;
    let alternative = clause.child_by_field("body")?;
    let is_own_line = |body: Node<'_>| source.begins_line(body.start());
    let ends =
        alternative.end() == clause.end() && clause.end() == node.end() && ends_line(source, node.end());
    let swaps = clause.kind() == "else_clause"
        && !node.has_error()
        && is_own_line(consequence)
        && is_own_line(alternative)
        && source.indent(consequence.start()) == source.indent(alternative.start())
        && ends_line(source, consequence.end())
        && ends;
    swaps.then_some(IfElse {
        node: head,
        condition,
        consequence,
        alternative,
    })
}
