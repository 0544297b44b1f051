//! Order of the bounds of a type parameter.
//!
//! Equal because bounds are a set (Rust reference, "Trait and lifetime bounds"). Left out: lifetimes, `?Sized`, higher ranks, trait objects and
//! supertraits (order of vtables).

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::order::{Item, container, pairs};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct BoundOrder;

impl FamilyRule for BoundOrder {
    fn family(&self) -> Family {
        Family::ListOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["trait_bounds"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        bound_order(source, node, found);
    }
}

fn bound_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let Some(parent) = node.parent().filter(|_| !node.has_error()) else {
        return;
    };
    let bounded = match parent.kind() {
        "type_parameter" => parent.child_by_field("name"),
        "where_predicate" => parent.child_by_field("left"),
        _ => None,
    };
    let Some(bounded) = bounded else { return };
    let mut scope = container(source, node);
    if let Some(item) = node.ancestors().find(|outer| {
        matches!(
            outer.kind(),
            "impl_item" | "struct_item" | "enum_item" | "function_signature_item"
        )
    }) {
        let name = item.child_by_field("type").or_else(|| item.name_node());
        scope.extend(name.map(|name| source.of(name)).unwrap_or_default());
    }
    scope.push(0);
    scope.extend_from_slice(source.of(bounded));
    let run: Vec<Option<Item<'_>>> = node
        .named_children()
        .map(|bound| {
            let is_trait = matches!(
                bound.kind(),
                "type_identifier" | "scoped_type_identifier" | "generic_type"
            );
            is_trait.then(|| Item {
                start: bound.start(),
                end: bound.end(),
                node: bound,
                key: source.of(bound).to_vec(),
            })
        })
        .collect();
    pairs(source, Family::ListOrder, &scope, &run, &|_, _| true, found);
}
