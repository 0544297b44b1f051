//! Order of neighbouring functions, methods, types, constants and variables of a package.
//!
//! Equal because identifiers of a package are in scope in all of it (Go specification, "Declarations and scope"), and constants have their values before the program
//! runs. Variables are made in the order written ("Package initialization"), so two declarations of them change places only when one of them runs nothing. Left out: `init`, which runs
//! in the order written, and tests and examples, which the test runner takes in order.

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::expression::is_literal;
use crate::find::order::{Item, container, ends_line, look_alike, pairs, start_with_comments};
use crate::find::rule::FamilyRule;
use crate::find::source::{Source, normalise};
use crate::model::Family;

pub(super) struct FunctionOrder;

impl FamilyRule for FunctionOrder {
    fn family(&self) -> Family {
        Family::FunctionOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["source_file"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        function_order(source, node, found);
    }
}

fn function_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
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
        let is_function = matches!(child.kind(), "function_declaration" | "method_declaration");
        let named = if is_function {
            Some(child)
        } else {
            specs(child).next()
        };
        let name = named
            .and_then(|named| named.name_node())
            .map(|name| source.of(name))
            .unwrap_or_default();
        let is_ordered = is_function
            && (name == b"init"
                || name == b"_"
                || [b"Test".as_slice(), b"Benchmark", b"Example", b"Fuzz"]
                    .iter()
                    .any(|prefix| name.starts_with(prefix)));
        let is_whole = match child.kind() {
            "function_declaration" | "method_declaration" => child.child_by_field("body").is_some(),
            kind => matches!(kind, "type_declaration" | "const_declaration" | "var_declaration"),
        };
        // gofmt aligns functions on one line with their neighbours.
        let is_plain = if is_function {
            !source.is_one_line(child)
        } else {
            child.kind() == "type_declaration" || stands_alone(source, child)
        };
        let is_movable =
            is_whole && is_plain && !child.has_error() && !is_ordered && ends_line(source, child.end());
        let receiver = child
            .child_by_field("receiver")
            .map(|receiver| source.of(receiver))
            .unwrap_or_default();
        let mut key = receiver
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect::<Vec<u8>>();
        key.push(b'.');
        key.extend_from_slice(name);
        if name == b"_" {
            // Several may have no name: what they are tells them apart.
            normalise(source.of(child), &mut key);
        }
        let item = Some(key)
            .filter(|_| is_movable && !name.is_empty())
            .and_then(|key| {
                Some(Item {
                    start: start_with_comments(source, child, &before)?,
                    end: child.end(),
                    node: child,
                    key,
                })
            });
        run.push(item);
        before.clear();
    }
    // gofmt puts blank lines around a function of several lines.
    let stands_apart = |first: &Item<'_>, second: &Item<'_>| {
        let before = source.slice(first.start.saturating_sub(2), first.start);
        let behind = source.slice(second.end, second.end.saturating_add(2));
        before == b"\n\n"
            && (behind == b"\n\n" || behind.is_empty())
            && source.slice(first.end, second.start).starts_with(b"\n\n")
    };
    let is_running = |item: &Item<'_>| item.node.kind() == "var_declaration" && !is_quiet(source, item.node);
    let commute = |first: &Item<'_>, second: &Item<'_>| {
        let has_order = is_running(first) && is_running(second);
        !has_order && stands_apart(first, second) && !look_alike(source, first.node, second.node)
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

/// What a declaration of types, constants or variables declares, in brackets or not.
fn specs<'t>(declaration: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    let list = declaration
        .named_children()
        .next()
        .filter(|list| list.kind() == "var_spec_list");
    list.unwrap_or(declaration).named_children().filter(|spec| {
        matches!(
            spec.kind(),
            "const_spec" | "var_spec" | "type_spec" | "type_alias"
        )
    })
}

/// Tells whether no declaration of the same keyword stands beside it: between two of them a blank line may come and go.
fn stands_alone(source: &Source<'_>, declaration: Node<'_>) -> bool {
    !source.is_one_line(declaration)
        || [true, false].into_iter().all(|forward| {
            let mut next = beside(declaration, forward);
            while let Some(skipped) = next.filter(|next| next.is_comment() || !next.is_named()) {
                next = beside(skipped, forward);
            }
            next.is_none_or(|next| next.kind() != declaration.kind())
        })
}

/// Tells whether variables get their values without running anything: none, or literals.
fn is_quiet(source: &Source<'_>, declaration: Node<'_>) -> bool {
    specs(declaration).all(|spec| {
        spec.child_by_field("value").is_none_or(|values| {
            values
                .named_children()
                .all(|value| is_literal(value) || matches!(source.of(value), b"true" | b"false" | b"nil"))
        })
    })
}

fn beside(node: Node<'_>, forward: bool) -> Option<Node<'_>> {
    if forward {
        node.next_sibling()
    } else {
        node.previous_sibling()
    }
}
