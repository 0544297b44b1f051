//! Order of neighbouring cases and arrow rules.
//!
//! Equal when the constants are different plain literals, both groups leave the switch (an arrow always does), nothing falls into the
//! first from above, and neither declares a name that the other can see (JLS 14.11, 6.3).

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::cases;
use crate::find::order::{Item, container, ends_line, look_alike, pairs, start_with_comments};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct CaseOrder;

impl FamilyRule for CaseOrder {
    fn family(&self) -> Family {
        Family::CaseOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["switch_block"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        case_order(source, node, found);
    }
}

fn case_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let mut run: Vec<Option<Item<'_>>> = Vec::new();
    let mut before: Vec<Node<'_>> = Vec::new();
    let mut falls_through = false;
    for child in node.named_children_with_comments() {
        if child.is_comment() {
            before.push(child);
            continue;
        }
        let is_arrow = child.kind() == "switch_rule";
        let leaves = is_arrow || cases::leaves_switch(child);
        let declares = child
            .children()
            .any(|part| matches!(part.kind(), "local_variable_declaration" | "class_declaration"));
        let labels: Vec<Node<'_>> = child
            .children()
            .filter(|part| part.kind() == "switch_label")
            .collect();
        let key = match labels.as_slice() {
            [label]
                if leaves
                    && !declares
                    && !falls_through
                    && !child.has_error()
                    && label.named_children().count() == 1 =>
            {
                label
                    .named_children()
                    .next()
                    .and_then(|value| cases::literal_key(source.of(value)))
            }
            _ => None,
        };
        let item = key.and_then(|key| {
            let start = start_with_comments(source, child, &before)?;
            let ends_in_comment = child.children().last().is_none_or(|last| last.is_comment());
            (ends_line(source, child.end()) && !ends_in_comment).then_some(Item {
                start,
                end: child.end(),
                node: child,
                key,
            })
        });
        run.push(item);
        falls_through = !leaves;
        before.clear();
    }
    let mut scope = container(source, node);
    scope.push(0);
    let head = node.parent().map_or(node.start(), |parent| parent.start());
    crate::find::source::normalise(source.slice(head, node.start()), &mut scope);
    let commute = |first: &Item<'_>, second: &Item<'_>| !look_alike(source, first.node, second.node);
    pairs(source, Family::CaseOrder, &scope, &run, &commute, found);
}
