//! Whether Rust branches may be checked in another order.
//!
//! The compiler infers types in source order: a branch may use what an earlier one fixed (`stack.push(x)` above, `stack[0].len()`
//! below), and then does not compile when it comes first. A branch is independent when it mentions no variable of the function whose
//! type is inferred: only parameters, annotated variables, its own variables and items.

use ringfence_syntax::Node;

use crate::find::source::{Source, is_word};

/// Functions above this many nodes are not looked through.
const MAX_NODES: u32 = 4_000;

/// Tells whether checking the `branch` (and what it matches on) needs nothing that its neighbours could have fixed.
pub(super) fn is_independent(source: &Source<'_>, branch: Node<'_>, value: Option<Node<'_>>) -> bool {
    let Some(function) = branch.ancestors().find(|outer| outer.kind() == "function_item") else {
        return false;
    };
    if function.subtree_end().saturating_sub(function.index()) > MAX_NODES {
        return false;
    }
    let is_inside = |node: Node<'_>| branch.index() <= node.index() && node.index() < branch.subtree_end();
    let mut inferred: Vec<&[u8]> = function
        .descendants()
        .filter(|node| !is_inside(*node))
        .filter_map(|node| inferred_pattern(source, node))
        .flat_map(|pattern| pattern.descendants())
        .filter(|name| matches!(name.kind(), "identifier" | "shorthand_field_identifier"))
        .map(|name| source.of(name))
        .filter(|name| !name.first().is_some_and(u8::is_ascii_uppercase))
        .collect();
    inferred.sort_unstable();
    let mentions = |part: Node<'_>| {
        part.descendants()
            .filter(|name| matches!(name.kind(), "identifier" | "shorthand_field_identifier"))
            .any(|name| inferred.binary_search(&source.of(name)).is_ok())
    };
    !mentions(branch) && !value.is_some_and(mentions)
}

/// The pattern whose names get their types by inference, when the node binds one.
fn inferred_pattern<'t>(source: &Source<'_>, node: Node<'t>) -> Option<Node<'t>> {
    match node.kind() {
        "let_declaration" => {
            let is_annotated = node.child_by_field("type").is_some_and(|kind| {
                // `Vec<_>` leaves a part open.
                !source
                    .of(kind)
                    .split(|byte| !is_word(*byte))
                    .any(|word| word == b"_")
            });
            node.child_by_field("pattern").filter(|_| !is_annotated)
        }
        "for_expression" | "match_arm" | "let_condition" => node.child_by_field("pattern"),
        "closure_parameters" => Some(node),
        _ => None,
    }
}
