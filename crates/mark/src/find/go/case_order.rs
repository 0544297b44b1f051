//! Order of neighbouring cases.
//!
//! Cases are tried in order and only `fallthrough` goes on to the next (Go specification, "Expression switches"); different plain literals
//! of one kind cannot both match.

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::cases::literal_key;
use crate::find::order::{Item, container, ends_line, look_alike, pairs, start_with_comments, trimmed_end};
use crate::find::rule::FamilyRule;
use crate::find::source::{Source, contains_word};
use crate::model::Family;

pub(super) struct CaseOrder;

impl FamilyRule for CaseOrder {
    fn family(&self) -> Family {
        Family::CaseOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["expression_switch_statement"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        case_order(source, node, found);
    }
}

fn case_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    if node.child_by_field("value").is_none() {
        return;
    }
    let mut run: Vec<Option<Item<'_>>> = Vec::new();
    let mut before: Vec<Node<'_>> = Vec::new();
    let mut falls_through = false;
    for child in node.named_children_with_comments() {
        if child.is_comment() {
            before.push(child);
            continue;
        }
        let falls = contains_word(source.of(child), b"fallthrough");
        let key = child
            .child_by_field("value")
            .filter(|_| child.kind() == "expression_case" && !child.has_error() && !falls && !falls_through)
            .and_then(|values| {
                let mut values = values.named_children();
                let (value, more) = (values.next()?, values.next());
                literal_key(source.of(value)).filter(|_| more.is_none())
            });
        let item = key.and_then(|key| {
            let start = start_with_comments(source, child, &before)?;
            // The grammar counts the line break after the last statement in.
            let end = trimmed_end(source, child);
            let last = child.children().last()?;
            let ends_in_comment =
                last.is_comment() || last.children().last().is_some_and(|last| last.is_comment());
            (ends_line(source, end) && !ends_in_comment && last.kind() == "statement_list").then_some(Item {
                start,
                end,
                node: child,
                key,
            })
        });
        run.push(item);
        falls_through = falls;
        before.clear();
    }
    let mut scope = container(source, node);
    scope.push(0);
    crate::find::source::normalise(
        node.child_by_field("value")
            .map(|value| source.of(value))
            .unwrap_or_default(),
        &mut scope,
    );
    let commute = |first: &Item<'_>, second: &Item<'_>| {
        let kind = |key: &[u8]| key.first().map(|byte| (byte.is_ascii_digit(), *byte == b'\''));
        kind(&first.key) == kind(&second.key) && !look_alike(source, first.node, second.node)
    };
    pairs(source, Family::CaseOrder, &scope, &run, &commute, found);
}
