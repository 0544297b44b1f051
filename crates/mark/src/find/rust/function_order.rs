//! Order of neighbouring items: functions, types, constants, traits and implementations.
//!
//! Equal because items may stand in any order in a file, a module and an `impl`: name resolution does not look at order (Rust
//! reference, "Items": items are in scope in the whole of their block). Left out: what stands in traits (order of the vtable), foreign blocks,
//! statics (they may share a section), anything under an attribute that a macro may read, nested functions, what names `line!()`.

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::order::{Item, container, ends_line, look_alike, pairs, start_with_comments};
use crate::find::rule::FamilyRule;
use crate::find::rust::derive_order::is_independent_derive;
use crate::find::rust::{attributes, is_inert};
use crate::find::source::{Source, normalise};
use crate::model::Family;

pub(super) struct FunctionOrder;

impl FamilyRule for FunctionOrder {
    fn family(&self) -> Family {
        Family::FunctionOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["source_file", "declaration_list"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        function_order(source, node, found);
    }
}

fn function_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    if let Some(parent) = node.parent()
        && (!matches!(parent.kind(), "impl_item" | "mod_item")
            || attributes(source, parent).any(|attribute| !is_inert(attribute)))
    {
        return;
    }
    let mut run: Vec<Option<Item<'_>>> = Vec::new();
    let mut before: Vec<Node<'_>> = Vec::new();
    for child in node.children() {
        if child.is_comment() || child.kind() == "attribute_item" {
            before.push(child);
            continue;
        }
        let is_movable = is_item(child.kind())
            && !child.has_error()
            && before
                .iter()
                .all(|above| above.kind() != "attribute_item" || is_free(source.of(*above)))
            && !before.iter().any(|above| source.of(*above).starts_with(b"//!"))
            && ends_line(source, child.end());
        let item = Some(child).filter(|_| is_movable).and_then(|child| {
            Some(Item {
                start: start_with_comments(source, child, &before)?,
                end: child.end(),
                node: child,
                key: key(source, child)?,
            })
        });
        run.push(item);
        before.clear();
    }
    let scope = container(source, node);
    let commute = |first: &Item<'_>, second: &Item<'_>| !look_alike(source, first.node, second.node);
    pairs(source, Family::FunctionOrder, &scope, &run, &commute, found);
}

fn is_item(kind: &str) -> bool {
    matches!(
        kind,
        "function_item"
            | "struct_item"
            | "enum_item"
            | "const_item"
            | "type_item"
            | "trait_item"
            | "impl_item"
    )
}

/// An item's name; an implementation is named by its trait and type. Constants without a name are no items of a pair.
fn key(source: &Source<'_>, item: Node<'_>) -> Option<Vec<u8>> {
    if item.kind() != "impl_item" {
        let name = source.of(item.name_node()?);
        return (name != b"_").then(|| name.to_vec());
    }
    let mut key = b"impl ".to_vec();
    normalise(source.of(item.child_by_field("type")?), &mut key);
    if let Some(name) = item.child_by_field("trait") {
        key.extend_from_slice(b": ");
        normalise(source.of(name), &mut key);
    }
    Some(key)
}

/// Attributes that no macro reads, and derives that read the item alone.
fn is_free(attribute: &[u8]) -> bool {
    is_inert(attribute) || is_independent_derive(attribute)
}
