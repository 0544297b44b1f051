//! Names in use: what each leaf of the tree says, by the kind of place it stands in.

use std::collections::BTreeSet;

use ringfence_syntax::Node;

use super::facts::{Facts, is_qualifier};
use super::{LENGTH, MEMBER, NAME, QUALIFIER, WHOLE, all_fields_of};
use crate::engine::text::length;
use crate::engine::{Channels, FilePlan, ParsedFile};

/// Uses of a file that is delivered unchanged.
pub(super) fn of_whole(file: &ParsedFile<'_>, facts: &Facts<'_, '_>, plan: &mut FilePlan) {
    if file.tree.error_count() > 0 {
        plan.use_words(file.text, 0..length(file.text), Channels::ALL);
        return;
    }
    for node in file.tree.nodes() {
        if let Some(channels) = channels(&node) {
            plan.use_node(&node, channels.and(WHOLE));
        } else if node.kind() == "composite_literal" {
            unkeyed(&node, file.text, facts, plan);
        }
    }
}

/// Uses of a file that is delivered as an interface; bodies are left out.
pub(super) fn of_interface(file: &ParsedFile<'_>, facts: &Facts<'_, '_>, plan: &mut FilePlan) {
    let mut skip = 0;
    for node in file.tree.nodes() {
        if node.index() < skip {
            continue;
        }
        let body = node.kind() == "block" && node.field() == Some("body");
        if body || node.kind() == "import_declaration" {
            skip = node.subtree_end();
            continue;
        }
        match node.kind() {
            "composite_literal" => unkeyed(&node, file.text, facts, plan),
            "call_expression" | "index_expression" | "slice_expression" => measured(&node, file.text, plan),
            _ => {
                if let Some(channels) = channels(&node).filter(|_| !is_definition(&node)) {
                    plan.use_node(&node, channels);
                }
            }
        }
    }
}

/// What kind of use a leaf is.
pub(super) fn channels(node: &Node<'_>) -> Option<Channels> {
    match node.kind() {
        "identifier" => {
            let mut channels = NAME;
            if is_qualifier(node) {
                channels = channels.and(QUALIFIER);
            }
            // `T{name: ..}`: a field, or a constant that is a key.
            let key = node.parent().is_some_and(|parent| {
                parent.kind() == "literal_element" && parent.field() == Some("key")
                    || parent.kind() == "keyed_element"
            });
            Some(if key { channels.and(MEMBER) } else { channels })
        }
        // `far.Type` is no type of this package.
        "type_identifier"
            if node
                .parent()
                .is_some_and(|parent| parent.kind() == "qualified_type") =>
        {
            None
        }
        "type_identifier" => Some(NAME),
        "field_identifier" => Some(MEMBER),
        "package_identifier" if is_qualifier(node) => Some(QUALIFIER),
        _ => None,
    }
}

/// Tells whether the leaf is where something gets its name.
fn is_definition(node: &Node<'_>) -> bool {
    node.field() == Some("name")
        && node.parent().is_some_and(|parent| {
            matches!(
                parent.kind(),
                "function_declaration"
                    | "method_declaration"
                    | "type_spec"
                    | "type_alias"
                    | "const_spec"
                    | "var_spec"
                    | "field_declaration"
                    | "parameter_declaration"
                    | "variadic_parameter_declaration"
                    | "type_parameter_declaration"
            )
        })
}

/// Constants whose text counts at compile time: `len(name)`, `name[1]`.
fn measured(node: &Node<'_>, source: &[u8], plan: &mut FilePlan) {
    let of_length = node.kind() != "call_expression"
        || node
            .child_by_field("function")
            .is_some_and(|function| function.text(source) == b"len");
    if !of_length {
        return;
    }
    let arguments = node.child_by_field("arguments");
    let parts = node
        .named_children()
        .chain(arguments.iter().flat_map(Node::named_children));
    for part in parts.filter(|part| part.kind() == "identifier") {
        plan.use_node(&part, LENGTH);
    }
}

/// A literal without field names needs every field of its type, and of the types in it.
fn unkeyed(literal: &Node<'_>, source: &[u8], facts: &Facts<'_, '_>, plan: &mut FilePlan) {
    let Some(kind) = literal
        .child_by_field("type")
        .filter(|_| has_unkeyed_elements(literal))
    else {
        return;
    };
    let mut reached: BTreeSet<Vec<u8>> = BTreeSet::new();
    let mut next: Vec<Vec<u8>> = kind
        .descendants()
        .filter(|node| node.kind() == "type_identifier")
        .map(|node| node.text(source).to_vec())
        .collect();
    while let Some(name) = next.pop() {
        if let Some(inside) = facts.types.get(&name)
            && !reached.contains(&name)
        {
            next.extend(inside.iter().cloned());
            reached.insert(name);
        }
    }
    for name in reached {
        plan.use_name(literal.start(), all_fields_of(&name), MEMBER);
    }
}

/// Looks at the literal and the literals without a type in it; those with a type of their own speak for themselves.
fn has_unkeyed_elements(literal: &Node<'_>) -> bool {
    let mut skip = 0;
    for node in literal.descendants().skip(1) {
        if node.index() < skip {
            continue;
        }
        if node.kind() == "composite_literal" {
            skip = node.subtree_end();
        }
        let first = node.named_children().next();
        if node.kind() == "literal_value" && first.is_some_and(|first| first.kind() == "literal_element") {
            return true;
        }
    }
    false
}
