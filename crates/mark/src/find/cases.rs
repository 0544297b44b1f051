//! Order of neighbouring `case`s in the languages whose cases may fall through.

use ringfence_syntax::Node;

use super::candidate::Candidate;
use super::order::{Item, container, ends_line, look_alike, pairs, start_with_comments};
use super::source::{Source, normalise};
use crate::model::Family;

/// How a language's grammar writes a switch.
pub(super) struct Switch {
    /// Kind of a case.
    pub(super) case: &'static str,
    /// Field of the constant; empty when the grammar has none.
    pub(super) value: &'static str,
    /// Statements whose names reach into the other cases.
    pub(super) scoped: &'static [&'static str],
}

/// Neighbouring cases commute when their constants are different plain literals (of the same kind), both end by leaving the
/// switch, nothing falls into the first from above, and neither declares a name that the other can see.
pub(super) fn order(source: &Source<'_>, body: Node<'_>, switch: &Switch, found: &mut Vec<Candidate>) {
    let mut run: Vec<Option<Item<'_>>> = Vec::new();
    let mut before: Vec<Node<'_>> = Vec::new();
    let mut falls_through = false;
    for child in body.named_children_with_comments() {
        if child.is_comment() {
            before.push(child);
            continue;
        }
        let leaves = leaves_switch(child);
        let key = case_key(source, child, switch).filter(|_| leaves && !falls_through);
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
    let mut scope = container(source, body);
    scope.push(0);
    let head = body.parent().map_or(body.start(), |parent| parent.start());
    normalise(source.slice(head, body.start()), &mut scope);
    let commute = |first: &Item<'_>, second: &Item<'_>| {
        let kind = |key: &[u8]| key.first().map(|byte| (byte.is_ascii_digit(), *byte == b'\''));
        kind(&first.key) == kind(&second.key) && !look_alike(source, first.node, second.node)
    };
    pairs(source, Family::CaseOrder, &scope, &run, &commute, found);
}

fn case_key(source: &Source<'_>, case: Node<'_>, switch: &Switch) -> Option<Vec<u8>> {
    if case.kind() != switch.case
        || case.has_error()
        || case.children().any(|child| switch.scoped.contains(&child.kind()))
    {
        return None;
    }
    literal_key(source.of(case.child_by_field(switch.value)?))
}

/// The literal itself when no other spelling of the same value can stand beside it.
pub(super) fn literal_key(literal: &[u8]) -> Option<Vec<u8>> {
    let is_number = !literal.is_empty()
        && literal.iter().all(u8::is_ascii_digit)
        && (literal.len() == 1 || !literal.starts_with(b"0"));
    let quote = literal
        .first()
        .copied()
        .filter(|byte| matches!(byte, b'"' | b'\''));
    let inner = quote.and_then(|quote| literal.strip_prefix(&[quote])?.strip_suffix(&[quote]));
    let is_text = inner.is_some_and(|inner| !inner.contains(&b'\\') && !inner.contains(&b'\n'));
    (is_number || is_text).then(|| literal.to_vec())
}

/// Tells whether control never runs off the end of a case.
pub(super) fn leaves_switch(case: Node<'_>) -> bool {
    let last = case
        .children()
        .filter(|child| child.is_named() && !child.is_extra())
        .last();
    let last = match last {
        Some(block) if matches!(block.kind(), "block" | "statement_block" | "compound_statement") => {
            block.named_children().last()
        }
        other => other,
    };
    last.is_some_and(|last| {
        matches!(
            last.kind(),
            "break_statement" | "return_statement" | "throw_statement" | "continue_statement"
        )
    })
}

/// Where the closing bracket of a head ends: of the condition, or of the brackets of a `for`.
pub(super) fn head_end(node: Node<'_>, body: Node<'_>) -> Option<u32> {
    let last = node
        .children()
        .take_while(|child| child.index() < body.index())
        .filter(|child| !child.is_extra())
        .last()?;
    let closes = matches!(last.kind(), ")" | "parenthesized_expression");
    (closes && node.children().all(|child| !child.is_comment())).then(|| last.end())
}
