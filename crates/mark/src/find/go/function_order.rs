//! Order of neighbouring functions, methods and types.
//!
//! Equal because identifiers of a package are in scope in all of it (Go specification, "Declarations and scope"). Left out: `init`, which runs
//! in the order written, and tests and examples, which the test runner takes in order.

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::order::{Item, container, ends_line, look_alike, pairs, start_with_comments};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
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
        let named = if child.kind() == "type_declaration" {
            let mut specs = child.named_children();
            specs
                .next()
                .filter(|_| specs.next().is_none() && child.children().all(|part| part.kind() != "("))
        } else {
            Some(child)
        };
        let name = named
            .and_then(|named| named.name_node())
            .map(|name| source.of(name))
            .unwrap_or_default();
        let is_ordered = name == b"init"
            || name == b"_"
            || [b"Test".as_slice(), b"Benchmark", b"Example", b"Fuzz"]
                .iter()
                .any(|prefix| name.starts_with(prefix));
        let is_whole = match child.kind() {
            "function_declaration" | "method_declaration" => child.child_by_field("body").is_some(),
            kind => kind == "type_declaration",
        };
        // gofmt aligns functions on one line with their neighbours.
        let is_plain = child.kind() == "type_declaration" || !source.is_one_line(child);
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
    let commute = |first: &Item<'_>, second: &Item<'_>| {
        stands_apart(first, second) && !look_alike(source, first.node, second.node)
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
