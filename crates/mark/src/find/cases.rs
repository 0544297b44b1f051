//! Order of neighbouring `case`s in the languages whose cases may fall through.
//!
//! Equal when the constants are different plain literals of the same kind, both cases end by leaving the switch, nothing falls into
//! the first from above, and neither declares a name that the other can see: then at most one of the two runs, from its own label
//! (ECMA-262 14.12, JLS 14.11).

use ringfence_syntax::Node;

use super::candidate::Candidate;
use super::order::{Item, container, ends_line, look_alike, pairs, start_with_comments};
use super::rule::FamilyRule;
use super::source::{Source, normalise};
use crate::model::Family;

/// The family, with how a language's grammar writes a switch.
pub(super) struct CaseOrder {
    /// Kinds of the bodies of switches.
    pub(super) kinds: &'static [&'static str],
    /// Kind of a case.
    pub(super) case: &'static str,
    /// Field of the constant; empty when the grammar has none.
    pub(super) value: &'static str,
    /// Which constants are known to differ.
    pub(super) keys: Keys,
    /// Statements whose names reach into the other cases.
    pub(super) scoped: &'static [&'static str],
}

/// Which constants of cases are known to differ.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// Plain literals of one kind: the language compares with values that it works out while the program runs.
    Literals,
    /// All: two equal ones in one switch are an error (C11 6.8.4.2p3, C++17 [stmt.switch]p2, C# specification 13.8.3).
    Constants,
}

impl FamilyRule for CaseOrder {
    fn family(&self) -> Family {
        Family::CaseOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        self.kinds
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        if !node
            .parent()
            .is_some_and(|parent| parent.kind().starts_with("switch"))
        {
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
            let leaves = leaves_switch(child);
            let key = self.case_key(source, child).filter(|_| leaves && !falls_through);
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
        normalise(source.slice(head, node.start()), &mut scope);
        let commute = |first: &Item<'_>, second: &Item<'_>| {
            let kind = |key: &[u8]| key.first().map(|byte| (byte.is_ascii_digit(), *byte == b'\''));
            (self.keys == Keys::Constants || kind(&first.key) == kind(&second.key))
                && !look_alike(source, first.node, second.node)
        };
        pairs(source, Family::CaseOrder, &scope, &run, &commute, found);
    }
}

impl CaseOrder {
    fn case_key(&self, source: &Source<'_>, case: Node<'_>) -> Option<Vec<u8>> {
        if case.kind() != self.case
            || case.has_error()
            || case.children().any(|child| self.scoped.contains(&child.kind()))
        {
            return None;
        }
        let value = if self.value.is_empty() {
            // One label: the grammar writes a constant pattern.
            let mut labels = case
                .named_children()
                .filter(|child| child.kind().ends_with("_pattern"));
            labels.next().filter(|_| labels.next().is_none())?
        } else {
            case.child_by_field(self.value)?
        };
        match self.keys {
            Keys::Literals => literal_key(source.of(value)),
            Keys::Constants => constant_key(source, case, value),
        }
    }
}

/// A name or literal, whatever its value is. Not in a case that a directive may cut.
fn constant_key(source: &Source<'_>, case: Node<'_>, value: Node<'_>) -> Option<Vec<u8>> {
    let is_plain = value
        .descendants()
        .all(|part| !part.kind().contains("call") && !part.is_comment() && !part.kind().contains("binary"));
    let has_directive = case.descendants().any(|part| part.kind().starts_with("preproc_"));
    (is_plain && source.is_one_line(value) && !has_directive).then(|| source.of(value).to_vec())
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
