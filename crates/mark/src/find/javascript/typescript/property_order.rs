//! Order of neighbouring properties in an interface or an object type.
//!
//! Equal because the members of an object type are a set of names with types (TypeScript specification 3.11, "type members"; the handbook's "Object Types"), and types are erased.
//! Left out: methods and signatures (overloads are tried in order), computed names, pairs that both name a type parameter, which inference would meet in another order, and what differs in names alone.

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
    if node.has_error() || source.is_one_line(node) {
        return;
    }
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
        run.push(property(source, child, &before));
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

fn property<'t>(source: &Source<'_>, child: Node<'t>, before: &[Node<'t>]) -> Option<Item<'t>> {
    let name = child.child_by_field("name").filter(|name| {
        child.kind() == "property_signature" && matches!(name.kind(), "property_identifier" | "string")
    })?;
    let separator = child
        .next_sibling()
        .filter(|next| matches!(next.kind(), ";" | ",") && next.start() == child.end());
    let end = separator.map_or(child.end(), |separator| separator.end());
    let start = start_with_comments(source, child, before)?;
    (!child.has_error() && ends_line(source, end)).then(|| Item {
        start,
        end,
        node: child,
        key: source.of(name).to_vec(),
    })
}
