//! Order of neighbouring function definitions and prototypes.
//!
//! An identifier is in scope from its declarator to the end of the file (C11 6.2.1p7): neighbouring definitions commute when neither
//! mentions the other, no directive lies in or between them, and neither declares a type that the other could see.

use std::collections::HashMap;

use ringfence_syntax::Node;

use crate::find::c::is_macro_like;
use crate::find::candidate::Candidate;
use crate::find::order::{Item, container, ends_line, look_alike, pairs, run_of};
use crate::find::rule::FamilyRule;
use crate::find::source::{Source, contains, contains_word};
use crate::model::Family;

pub(super) struct FunctionOrder;

impl FamilyRule for FunctionOrder {
    fn family(&self) -> Family {
        Family::FunctionOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &[
            "translation_unit",
            "preproc_ifdef",
            "preproc_if",
            "declaration_list",
        ]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        function_order(source, node, found);
    }
}

fn function_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let run = run_of(source, node, |child| {
        let name = child.name_node().map(|name| source.of(name)).unwrap_or_default();
        let is_movable = (child.kind() == "function_definition" || is_prototype(child))
            && !child.has_error()
            && !is_macro_like(name)
            && ends_line(source, child.end())
            && is_self_contained(source, child);
        Some(name).filter(|_| is_movable).map(|name| name.to_vec())
    });
    let commute = |first: &Item<'_>, second: &Item<'_>| {
        !contains_word(source.of(second.node), &first.key)
            && !contains_word(source.of(first.node), &second.key)
            && tags_are_known(source, first, second)
            && !look_alike(source, first.node, second.node)
    };
    pairs(
        source,
        Family::FunctionOrder,
        &container(source, node),
        &run,
        &commute,
        found,
    );
}

fn is_self_contained(source: &Source<'_>, function: Node<'_>) -> bool {
    let head_end = function
        .child_by_field("body")
        .map_or(function.end(), |body| body.start());
    let whole = source.of(function);
    let declares_type = function
        .descendants()
        .take_while(|part| part.start() < head_end)
        .any(|part| matches!(part.kind(), "field_declaration_list" | "enumerator_list"));
    let has_directive = function
        .descendants()
        .any(|part| part.kind().starts_with("preproc_"));
    !declares_type
        && !has_directive
        && !contains(whole, b"__attribute__")
        && !contains(whole, b"asm")
        && !contains(whole, b"constructor")
}

/// Tells whether every struct, union and enum tag in the two heads has been named above: a first mention in a head declares it.
fn tags_are_known(source: &Source<'_>, first: &Item<'_>, second: &Item<'_>) -> bool {
    let tags = source.facts.tags.get_or_init(|| {
        let mut tags = HashMap::new();
        let specifiers = source.tree.nodes().filter(|node| {
            matches!(
                node.kind(),
                "struct_specifier" | "union_specifier" | "enum_specifier"
            )
        });
        for tag in specifiers.filter_map(|node| node.name_node()) {
            tags.entry(source.of(tag)).or_insert(tag.start());
        }
        tags
    });
    [first, second].iter().all(|item| {
        let head_end = item
            .node
            .child_by_field("body")
            .map_or(item.end, |body| body.start());
        item.node
            .descendants()
            .take_while(|part| part.start() < head_end)
            .filter(|part| {
                matches!(
                    part.kind(),
                    "struct_specifier" | "union_specifier" | "enum_specifier"
                )
            })
            .filter_map(|part| part.name_node())
            .all(|tag| tags.get(source.of(tag)).is_some_and(|named| *named < first.start))
    })
}

/// A declaration of one function: its name is known from there on, and definitions that use it do not commute with it.
fn is_prototype(node: Node<'_>) -> bool {
    if node.kind() != "declaration" {
        return false;
    }
    let mut declarators = node
        .children()
        .filter(|child| child.field() == Some("declarator"));
    let (Some(mut declarator), None) = (declarators.next(), declarators.next()) else {
        return false;
    };
    while declarator.kind() == "pointer_declarator" {
        let Some(inner) = declarator.child_by_field("declarator") else {
            return false;
        };
        declarator = inner;
    }
    declarator.kind() == "function_declarator"
        && declarator
            .child_by_field("declarator")
            .is_some_and(|name| name.kind() == "identifier")
}
