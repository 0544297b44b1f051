//! Order of neighbouring methods, constructors and nested types.
//!
//! Equal because their scope is the whole body of the class (JLS 6.3, 8.2) and only initialisers run in order; no pair crosses one.
//! Left out: methods under annotations that frameworks collect, interfaces, and overloads.

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::java::annotations;
use crate::find::order::{Item, container, ends_line, look_alike, pairs, run_of};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

/// Annotations that no framework turns into an order.
const INERT_ANNOTATIONS: [&[u8]; 9] = [
    b"Override",
    b"Deprecated",
    b"SuppressWarnings",
    b"SafeVarargs",
    b"Nullable",
    b"NonNull",
    b"Nonnull",
    b"VisibleForTesting",
    b"CheckForNull",
];

pub(super) struct MethodOrder;

impl FamilyRule for MethodOrder {
    fn family(&self) -> Family {
        Family::FunctionOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["class_body", "enum_body_declarations"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        method_order(source, node, found);
    }
}

fn method_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let is_annotated = node
        .parent()
        .is_some_and(|class| annotations(source, class).any(|name| !INERT_ANNOTATIONS.contains(&name)));
    let run = run_of(source, node, |child| {
        let is_movable = matches!(
            child.kind(),
            "method_declaration"
                | "constructor_declaration"
                | "class_declaration"
                | "interface_declaration"
                | "enum_declaration"
        ) && !child.has_error()
            && !is_annotated
            && annotations(source, child).all(|name| INERT_ANNOTATIONS.contains(&name))
            && ends_line(source, child.end());
        child
            .name_node()
            .filter(|_| is_movable)
            .map(|name| source.of(name).to_vec())
    });
    let commute = |first: &Item<'_>, second: &Item<'_>| !look_alike(source, first.node, second.node);
    pairs(
        source,
        Family::FunctionOrder,
        &container(source, node),
        &run,
        &commute,
        found,
    );
}
