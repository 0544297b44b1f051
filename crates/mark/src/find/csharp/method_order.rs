//! Order of neighbouring methods and constructors of a class.
//!
//! Their scope is the whole body of the class (C# specification 7.7.1), and only field initialisers run in order; no pair crosses one. Left out: interfaces
//! (order of slots for other languages), methods and classes under attributes that frameworks collect, and overloads.

use ringfence_syntax::Node;

use super::attributes;
use crate::find::candidate::Candidate;
use crate::find::order::{Item, container, ends_line, look_alike, pairs, start_with_comments};
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
        let mut run: Vec<Option<Item<'_>>> = Vec::new();
        let mut before: Vec<Node<'_>> = Vec::new();
        for child in node.children() {
            if child.is_comment() {
                before.push(child);
                continue;
            }
            let is_movable = matches!(child.kind(), "method_declaration" | "constructor_declaration")
                && !child.has_error()
                && attributes(source, child).all(|name| INERT_ATTRIBUTES.contains(&name))
                && !child
                    .descendants()
                    .any(|part| part.kind().starts_with("preproc_"))
                && ends_line(source, child.end());
            let item = child.name_node().filter(|_| is_movable).and_then(|name| {
                Some(Item {
                    start: start_with_comments(source, child, &before)?,
                    end: child.end(),
                    node: child,
                    key: source.of(name).to_vec(),
                })
            });
            run.push(item);
            before.clear();
        }
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
