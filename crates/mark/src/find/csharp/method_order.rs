//! Order of neighbouring methods and constructors of a class.
//!
//! Their scope is the whole body of the class (C# specification 7.7.1), and only field initialisers run in order; no pair crosses one. Left out: interfaces
//! (order of slots for other languages), methods and classes under attributes that frameworks collect, and overloads.

use ringfence_syntax::Node;

use super::attributes;
use crate::find::candidate::Candidate;
use crate::find::order::{Item, container, ends_line, look_alike, pairs, run_of};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

/// Attributes that no framework turns into an order.
const INERT_ATTRIBUTES: [&[u8]; 10] = [
    b"MethodImpl",
    b"Obsolete",
    b"SuppressMessage",
    b"Serializable",
    b"DebuggerStepThrough",
    b"DebuggerDisplay",
    b"EditorBrowsable",
    b"Pure",
    b"Conditional",
    b"ExcludeFromCodeCoverage",
];

pub(super) struct MethodOrder;

impl FamilyRule for MethodOrder {
    fn family(&self) -> Family {
        Family::FunctionOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["declaration_list"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        let is_class = node.parent().is_some_and(|class| {
            matches!(class.kind(), "class_declaration" | "struct_declaration")
                && attributes(source, class).all(|name| INERT_ATTRIBUTES.contains(&name))
        });
        if !is_class {
            return;
        }
        let run = run_of(source, node, |child| {
            let is_movable = matches!(child.kind(), "method_declaration" | "constructor_declaration")
                && !child.has_error()
                && attributes(source, child).all(|name| INERT_ATTRIBUTES.contains(&name))
                && !child
                    .descendants()
                    .any(|part| part.kind().starts_with("preproc_"))
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
}
