//! Order of the members of a union type.
//!
//! A union is a set (TypeScript handbook, "Union types"). Only plain members; only whole annotations, where no inference walks the members one by one.

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::order::{Item, container, pairs};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct UnionOrder;

impl FamilyRule for UnionOrder {
    fn family(&self) -> Family {
        Family::ListOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["union_type"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        union_order(source, node, found);
    }
}

fn union_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let is_whole = node
        .parent()
        .is_some_and(|parent| matches!(parent.kind(), "type_annotation" | "type_alias_declaration"));
    if !is_whole || node.has_error() || node.descendants().any(|part| part.is_comment()) {
        return;
    }
    let mut members: Vec<Node<'_>> = Vec::new();
    let mut rest = vec![node];
    while let Some(part) = rest.pop() {
        if part.kind() == "union_type" {
            let mut inner: Vec<Node<'_>> = part.named_children().collect();
            inner.reverse();
            rest.extend(inner);
        } else {
            members.push(part);
        }
    }
    let run: Vec<Option<Item<'_>>> = members
        .into_iter()
        .map(|member| {
            let is_plain = matches!(
                member.kind(),
                "predefined_type"
                    | "type_identifier"
                    | "nested_type_identifier"
                    | "literal_type"
                    | "array_type"
                    | "generic_type"
            );
            is_plain.then(|| Item {
                start: member.start(),
                end: member.end(),
                node: member,
                key: source.of(member).to_vec(),
            })
        })
        .collect();
    let mut scope = container(source, node);
    scope.push(0);
    let declared = node.ancestors().find_map(|outer| {
        outer
            .child_by_field("name")
            .or_else(|| outer.child_by_field("pattern"))
    });
    scope.extend_from_slice(declared.map(|name| source.of(name)).unwrap_or_default());
    pairs(source, Family::ListOrder, &scope, &run, &|_, _| true, found);
}
