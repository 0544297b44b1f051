//! Order of neighbouring properties and methods in an interface or an object type.
//!
//! Equal because the members of an object type are a set of names with types (TypeScript specification 3.11, "type members"; the handbook's "Object Types"), and types are erased.
//! Left out: calls, and methods of one name (overloads are tried in order), accessors, computed names, pairs that both name a type parameter, which inference would meet in another order, and what differs in names alone.

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::order::{Item, container, ends_line, look_alike, pairs, start_with_comments};
use crate::find::rule::FamilyRule;
use crate::find::source::{Source, contains_word};
use crate::model::Family;

pub(super) struct PropertyOrder;

impl FamilyRule for PropertyOrder {
    fn family(&self) -> Family {
        Family::ListOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["interface_body", "object_type"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        property_order(source, node, found);
    }
}

fn property_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let on_one_line = source.is_one_line(node);
    let has_comments = || node.descendants().any(|part| part.is_comment());
    if node.has_error() || (on_one_line && has_comments()) {
        return;
    }
    let overloaded = overloaded(source, node);
    let mut run: Vec<Option<Item<'_>>> = Vec::new();
    let mut before: Vec<Node<'_>> = Vec::new();
    for child in node.children() {
        if child.is_comment() {
            before.push(child);
            continue;
        }
        if !child.is_named() {
            continue;
        }
        let name = member_name(source, child).filter(|name| !overloaded.contains(name));
        run.push(name.and_then(|name| {
            if on_one_line {
                return Some(Item {
                    start: child.start(),
                    end: child.end(),
                    node: child,
                    key: name.to_vec(),
                });
            }
            on_lines(source, child, &before, name)
        }));
        before.clear();
    }
    if run.iter().flatten().count() < 2 {
        return;
    }
    let parameters: Vec<&[u8]> = node
        .ancestors()
        .filter(|outer| !matches!(outer.kind(), "program" | "statement_block" | "class_body"))
        .filter_map(|outer| outer.child_by_field("type_parameters"))
        .flat_map(|parameters| parameters.named_children())
        .filter_map(|parameter| parameter.name_node())
        .map(|name| source.of(name))
        .collect();
    let mut scope = container(source, node);
    scope.push(0);
    let declared = node.ancestors().find_map(|outer| outer.child_by_field("name"));
    scope.extend_from_slice(declared.map(|name| source.of(name)).unwrap_or_default());
    let separator = |item: &Item<'_>| source.slice(item.node.end(), item.end);
    let commute = |first: &Item<'_>, second: &Item<'_>| {
        let mentions = |item: &Item<'_>, name: &[u8]| contains_word(source.of(item.node), name);
        separator(first) == separator(second)
            && !parameters
                .iter()
                .any(|name| mentions(first, name) && mentions(second, name))
            && !look_alike(source, first.node, second.node)
    };
    pairs(source, Family::ListOrder, &scope, &run, &commute, found);
}

/// The plain name of a property or method.
fn member_name<'s>(source: &Source<'s>, child: Node<'_>) -> Option<&'s [u8]> {
    let is_accessor = || child.children().any(|part| matches!(part.kind(), "get" | "set"));
    let is_member = match child.kind() {
        "property_signature" => true,
        "method_signature" => !is_accessor(),
        _ => false,
    };
    child
        .child_by_field("name")
        .filter(|name| {
            is_member && !child.has_error() && matches!(name.kind(), "property_identifier" | "string")
        })
        .map(|name| source.of(name))
}

/// Names that more than one member has.
fn overloaded<'s>(source: &Source<'s>, node: Node<'_>) -> Vec<&'s [u8]> {
    let mut names: Vec<&[u8]> = node
        .named_children()
        .filter(|child| child.kind() == "method_signature")
        .filter_map(|child| child.child_by_field("name"))
        .map(|name| source.of(name))
        .collect();
    names.sort_unstable();
    let twice = names.iter().zip(names.iter().skip(1));
    twice
        .filter(|(one, other)| one == other)
        .map(|(one, _)| *one)
        .collect()
}

fn on_lines<'t>(source: &Source<'_>, child: Node<'t>, before: &[Node<'t>], name: &[u8]) -> Option<Item<'t>> {
    let separator = child
        .next_sibling()
        .filter(|next| matches!(next.kind(), ";" | ",") && next.start() == child.end());
    let end = separator.map_or(child.end(), |separator| separator.end());
    let start = start_with_comments(source, child, before)?;
    ends_line(source, end).then(|| Item {
        start,
        end,
        node: child,
        key: name.to_vec(),
    })
}
