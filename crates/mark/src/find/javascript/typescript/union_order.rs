//! Order of the members of a union type.
//!
//! A union is a set (TypeScript handbook, "Union types"): the checker keeps its members in an order of its own. Left out: what stands under `infer`, and two members with parts of
//! their own that share a name, as inference would meet its parts in another order.

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::order::{Item, container, pairs};
use crate::find::rule::FamilyRule;
use crate::find::source::{Source, contains_word, normalise};
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
    let Some(parent) = node.parent() else { return };
    let is_annotation = matches!(parent.kind(), "type_annotation" | "type_alias_declaration");
    let is_whole = is_annotation
        || matches!(
            parent.kind(),
            "type_arguments"
                | "constraint"
                | "default_type"
                | "type_predicate"
                | "as_expression"
                | "satisfies_expression"
                | "parenthesized_type"
                | "function_type"
                | "lookup_type"
                | "conditional_type"
                | "tuple_type"
        );
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
            (is_simple(member) || is_closed(source, member)).then(|| Item {
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
    if !is_annotation {
        // Several signatures of one function have such members: their lines tell them apart.
        scope.push(0);
        normalise(source.line(source.line_of(node.start())), &mut scope);
    }
    let commute = |first: &Item<'_>, second: &Item<'_>| {
        is_simple(first.node) || is_simple(second.node) || !share_a_name(source, first.node, second.node)
    };
    pairs(source, Family::ListOrder, &scope, &run, &commute, found);
}

/// A type without parts, or named with its arguments.
fn is_simple(member: Node<'_>) -> bool {
    matches!(
        member.kind(),
        "predefined_type"
            | "type_identifier"
            | "nested_type_identifier"
            | "literal_type"
            | "array_type"
            | "generic_type"
    )
}

/// A type with parts of its own, on one line, that ends where it seems to end.
fn is_closed(source: &Source<'_>, member: Node<'_>) -> bool {
    matches!(
        member.kind(),
        "object_type"
            | "tuple_type"
            | "parenthesized_type"
            | "lookup_type"
            | "type_query"
            | "template_literal_type"
            | "index_type_query"
            | "readonly_type"
            | "this_type"
    ) && source.is_one_line(member)
        && member.descendants().all(|part| part.kind() != "infer_type")
}

fn share_a_name(source: &Source<'_>, first: Node<'_>, second: Node<'_>) -> bool {
    first
        .descendants()
        .filter(|part| part.kind() == "type_identifier")
        .any(|name| contains_word(source.of(second), source.of(name)))
}
