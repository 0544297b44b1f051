//! `Self` and the name of the type.
//!
//! `Self` against the type's name inside its `impl`, when the type is declared without parameters in the same file: the two then
//! name the same type in every position a method body or signature has (Rust reference, "Paths": `Self` is the type of the `impl`). Left out: nested items (where `Self` is not in scope),
//! associated types (`X::Item` is ambiguous), receivers, `where` clauses, and methods that declare items of their own.

use std::collections::HashMap;

use ringfence_syntax::Node;

use super::width::keeps_layout;
use crate::find::candidate::{Candidate, text};
use crate::find::rule::FamilyRule;
use crate::find::source::{Source, contains};
use crate::model::Family;

/// Methods above this many nodes are left alone: every site would walk them.
const MAX_NODES: u32 = 8_000;

pub(super) struct SelfType;

impl FamilyRule for SelfType {
    fn family(&self) -> Family {
        Family::SelfType
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["type_identifier", "identifier", "generic_type"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        if node.kind() == "generic_type" || source.of(node) == b"Self" {
            self_with_arguments(source, node, found);
        }
        if node.kind() != "generic_type" {
            self_type(source, node, found);
        }
    }
}

/// `Self` against the type of the `impl` with its arguments, `X<'a, T>`, where a type is written.
///
/// The arguments are those of the `impl`, which no function may declare anew (E0403, E0496). A type that names no lifetime may still have one that is left out, so that it must be
/// declared without in the same file. Left out: functions whose result hides its type, which older compilers did not let name `Self` with a lifetime.
fn self_with_arguments(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let Some(parent) = node.parent() else { return };
    let is_type = match parent.kind() {
        "parameter" | "let_declaration" => parent.child_by_field("type") == Some(node),
        "function_item" => parent.child_by_field("return_type") == Some(node),
        "reference_type" => true,
        "type_arguments" | "tuple_type" => !contains(source.of(parent), b"="),
        _ => false,
    };
    if !is_type || !source.is_one_line(node) {
        return;
    }
    let mut method = None;
    let mut implementation = None;
    for outer in node.ancestors() {
        match outer.kind() {
            "function_item" if method.is_some() => return,
            "function_item" => method = Some(outer),
            "impl_item" => {
                implementation = Some(outer);
                break;
            }
            "self_parameter" | "where_clause" | "struct_item" | "enum_item" | "mod_item" | "trait_item"
            | "const_item" | "static_item" | "type_item" | "associated_type" | "use_bounds"
            | "attribute_item" | "abstract_type" | "dynamic_type" | "type_parameters" => return,
            _ => {}
        }
    }
    let (Some(method), Some(implementation)) = (method, implementation) else {
        return;
    };
    let Some(target) = implementation
        .child_by_field("type")
        .filter(|target| target.kind() == "generic_type" && source.is_one_line(*target))
    else {
        return;
    };
    let is_self = source.of(node) == b"Self";
    if (!is_self && source.of(node) != source.of(target))
        || implementation.has_error()
        || contains(source.of(target), b"'_")
        || (!contains(source.of(target), b"'") && !is_declared_without_lifetimes(source, target))
        || hides_result(source, method)
        || declares_items(source, method, source.of(target))
    {
        return;
    }
    let other: &[u8] = if is_self { source.of(target) } else { b"Self" };
    if !keeps_layout(source, node, source.of(node).len(), other.len()) {
        return;
    }
    let range = (node.start(), node.end());
    found.extend(Candidate::on_lines(
        source,
        Family::SelfType,
        node,
        range,
        vec![text(other)],
    ));
}

fn hides_result(source: &Source<'_>, method: Node<'_>) -> bool {
    let head = method
        .child_by_field("name")
        .map_or(&[][..], |name| source.slice(method.start(), name.start()));
    let result = method
        .child_by_field("return_type")
        .map_or(&[][..], |result| source.of(result));
    contains(head, b"async") || contains(result, b"impl")
}

/// Tells whether the file declares exactly one type of the target's name, with parameters that are no lifetimes.
fn is_declared_without_lifetimes(source: &Source<'_>, target: Node<'_>) -> bool {
    let Some(name) = target.child_by_field("type").map(|name| source.of(name)) else {
        return false;
    };
    let mut declared = source
        .tree
        .root()
        .into_iter()
        .flat_map(|root| root.children())
        .filter(|item| {
            matches!(
                item.kind(),
                "struct_item" | "enum_item" | "union_item" | "type_item" | "trait_item"
            ) && item.name_node().is_some_and(|found| source.of(found) == name)
        });
    let (Some(item), None) = (declared.next(), declared.next()) else {
        return false;
    };
    item.kind() != "type_item"
        && item
            .child_by_field("type_parameters")
            .is_some_and(|parameters| !contains(source.of(parameters), b"'"))
}

fn self_type(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let name = source.of(node);
    if !name.first().is_some_and(u8::is_ascii_uppercase) || !is_type_position(source, node) {
        return;
    }
    let mut functions = 0_u8;
    let mut implementation = None;
    for outer in node.ancestors() {
        match outer.kind() {
            "function_item" => functions = functions.saturating_add(1),
            "impl_item" => {
                implementation = Some(outer);
                break;
            }
            "declaration_list" | "parameters" | "block" => {}
            "self_parameter" | "where_clause" | "struct_item" | "enum_item" | "mod_item" | "trait_item"
            | "use_declaration" | "const_item" | "static_item" | "type_item" | "associated_type"
            | "use_bounds" | "attribute_item" => return,
            _ => {}
        }
    }
    let Some(implementation) = implementation.filter(|_| functions == 1) else {
        return;
    };
    let Some(method) = node.ancestors().find(|outer| outer.kind() == "function_item") else {
        return;
    };
    let Some(target) = implementation
        .child_by_field("type")
        .filter(|target| target.kind() == "type_identifier")
    else {
        return;
    };
    let target = source.of(target);
    if implementation.has_error()
        || (name != target && name != b"Self")
        || !is_declared_plain(source, target)
        || declares_items(source, method, target)
    {
        return;
    }
    let other: &[u8] = if name == b"Self" { target } else { b"Self" };
    if !keeps_layout(source, node, name.len(), other.len()) {
        return;
    }
    found.extend(Candidate::on_lines(
        source,
        Family::SelfType,
        node,
        (node.start(), node.end()),
        vec![text(other)],
    ));
}

fn is_type_position(source: &Source<'_>, node: Node<'_>) -> bool {
    let Some(parent) = node.parent() else { return false };
    let is_field = |field: &str| parent.child_by_field(field) == Some(node);
    match parent.kind() {
        // `X::new`, `X::Variant`: never the last segment, never under a longer path in a type.
        "scoped_identifier" => {
            is_field("path")
                && parent.parent().is_none_or(|outer| {
                    !matches!(outer.kind(), "scoped_type_identifier" | "macro_invocation")
                })
        }
        "call_expression" => is_field("function") && node.kind() == "identifier",
        "struct_expression" => is_field("name"),
        "tuple_struct_pattern" | "struct_pattern" => is_field("type"),
        "parameter" | "let_declaration" | "type_cast_expression" | "closure_parameters" => is_field("type"),
        "function_item" => is_field("return_type"),
        "reference_type" | "pointer_type" => is_field("type"),
        "type_arguments" | "tuple_type" | "array_type" => {
            node.kind() == "type_identifier" && !contains(source.of(parent), b"=")
        }
        _ => false,
    }
}

/// Tells whether the file declares exactly one struct or enum of this name, and it has no parameters.
fn is_declared_plain(source: &Source<'_>, name: &[u8]) -> bool {
    let types = source.facts.types.get_or_init(|| {
        let mut types = HashMap::new();
        let items = source.tree.root().into_iter().flat_map(|root| root.children());
        for item in items.filter(|item| {
            matches!(
                item.kind(),
                "struct_item" | "enum_item" | "union_item" | "type_item"
            )
        }) {
            let is_plain = item.kind() != "type_item" && item.child_by_field("type_parameters").is_none();
            if let Some(name) = item.name_node() {
                types
                    .entry(source.of(name))
                    .and_modify(|plain| *plain = false)
                    .or_insert(is_plain);
            }
        }
        types
    });
    types.get(name).copied().unwrap_or(false)
}

fn declares_items(source: &Source<'_>, method: Node<'_>, target: &[u8]) -> bool {
    if method.subtree_end().saturating_sub(method.index()) > MAX_NODES {
        return true;
    }
    let is_item = |node: Node<'_>| {
        matches!(
            node.kind(),
            "use_declaration"
                | "struct_item"
                | "enum_item"
                | "impl_item"
                | "trait_item"
                | "type_item"
                | "const_item"
                | "static_item"
                | "mod_item"
                | "macro_definition"
        )
    };
    let shadows = method
        .child_by_field("type_parameters")
        .is_some_and(|parameters| contains(source.of(parameters), target));
    shadows || method.descendants().any(is_item)
}
