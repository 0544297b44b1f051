//! Order of match arms, and where the type of a match or an `if` is known beforehand.
//!
//! Two neighbouring arms commute (Rust reference, "Match expressions": the first arm that matches runs) when no value matches both: different variants of one enum (told from constants by a lower
//! case letter in the last segment) or different plain literals, without guards, alternatives and attributes. The types of the arms must
//! be given from outside, for otherwise the first arm decides what the others are coerced to, and one of the two must not take part in inference: then
//! the other is checked with the same knowledge before it and after it.

use ringfence_syntax::Node;

use super::inference::is_independent;
use crate::find::candidate::Candidate;
use crate::find::order::{Item, container, ends_line, look_alike, pairs, start_with_comments};
use crate::find::rule::FamilyRule;
use crate::find::source::{Source, normalise};
use crate::model::Family;

pub(super) struct ArmOrder;

impl FamilyRule for ArmOrder {
    fn family(&self) -> Family {
        Family::CaseOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["match_block"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        case_order(source, node, found);
    }
}

fn case_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let Some(matching) = node.parent().filter(|parent| !parent.has_error()) else {
        return;
    };
    if !has_expected_type(matching) || is_single_match(source, node) {
        return;
    }
    let mut run: Vec<Option<Item<'_>>> = Vec::new();
    let mut before: Vec<Node<'_>> = Vec::new();
    for child in node.children().filter(Node::is_named) {
        if child.is_comment() {
            before.push(child);
            continue;
        }
        let item = arm_key(source, child).and_then(|key| {
            let start = start_with_comments(source, child, &before)?;
            (ends_line(source, child.end()) && source.of(child).ends_with(b",") || ends_with_block(child))
                .then_some(Item {
                    start,
                    end: child.end(),
                    node: child,
                    key,
                })
        });
        run.push(item);
        before.clear();
    }
    let value = matching
        .child_by_field("value")
        .map(|value| source.of(value))
        .unwrap_or_default();
    let mut scope = container(source, node);
    scope.push(0);
    normalise(value, &mut scope);
    let commute = |first: &Item<'_>, second: &Item<'_>| {
        let prefix = |key: &[u8]| {
            key.iter()
                .rposition(|byte| *byte == b':')
                .map(|at| key.get(..at).unwrap_or_default().to_vec())
        };
        let is_fallible = |key: &[u8]| matches!(key, b"Some" | b"None");
        let is_result = |key: &[u8]| matches!(key, b"Ok" | b"Err");
        let kind = |key: &[u8]| {
            key.first()
                .map(|byte| (byte.is_ascii_digit(), *byte == b'"', *byte == b'\''))
        };
        let (one, other) = (first.key.as_slice(), second.key.as_slice());
        let paths = prefix(one).is_some() && prefix(one) == prefix(other);
        let prelude = (is_fallible(one) && is_fallible(other)) || (is_result(one) && is_result(other));
        let literals =
            kind(one) == kind(other) && kind(one).is_some_and(|(digit, text, char)| digit || text || char);
        (paths || prelude || literals)
            && !look_alike(source, first.node, second.node)
            && [second, first]
                .iter()
                .any(|item| is_independent(source, item.node, matching.child_by_field("value")))
    };
    pairs(source, Family::CaseOrder, &scope, &run, &commute, found);
}

/// Two arms of which one does nothing: with that one last, clippy asks for an `if let` (its lint `single_match`).
fn is_single_match(source: &Source<'_>, block: Node<'_>) -> bool {
    let mut arms = block.named_children().filter(|child| child.kind() == "match_arm");
    let does_nothing = |arm: Node<'_>| {
        arm.child_by_field("value").is_some_and(|value| {
            source
                .of(value)
                .iter()
                .all(|byte| byte.is_ascii_whitespace() || b"{}()".contains(byte))
        })
    };
    match (arms.next(), arms.next(), arms.next()) {
        (Some(first), Some(second), None) => does_nothing(first) || does_nothing(second),
        _ => false,
    }
}

fn ends_with_block(arm: Node<'_>) -> bool {
    arm.child_by_field("value")
        .is_some_and(|value| value.kind() == "block" && value.end() == arm.end())
}

fn arm_key(source: &Source<'_>, arm: Node<'_>) -> Option<Vec<u8>> {
    let pattern = arm
        .child_by_field("pattern")
        .filter(|_| arm.kind() == "match_arm" && !arm.has_error())?;
    let mut parts = pattern.named_children();
    let (inner, more) = (parts.next()?, parts.next());
    if more.is_some()
        || pattern.child_by_field("condition").is_some()
        || arm.children().any(|child| child.kind() == "attribute_item")
    {
        return None;
    }
    match inner.kind() {
        "scoped_identifier" => variant_path(source.of(inner)),
        "tuple_struct_pattern" | "struct_pattern" => {
            let path = source.of(inner.child_by_field("type")?);
            match path {
                b"Some" | b"Ok" | b"Err" => Some(path.to_vec()),
                _ => variant_path(path),
            }
        }
        "identifier" => Some(source.of(inner))
            .filter(|name| *name == b"None")
            .map(<[u8]>::to_vec),
        "integer_literal" => {
            let digits = source.of(inner);
            let is_plain =
                digits.iter().all(u8::is_ascii_digit) && (digits.len() == 1 || !digits.starts_with(b"0"));
            is_plain.then(|| digits.to_vec())
        }
        "string_literal" | "char_literal" => {
            let literal = source.of(inner);
            let is_plain = !literal.contains(&b'\\')
                && !literal.contains(&b'\n')
                && matches!(literal.first(), Some(b'"' | b'\''));
            is_plain.then(|| literal.to_vec())
        }
        _ => None,
    }
}

/// A path whose last segment can only be a variant: constants are written without lower case letters.
fn variant_path(path: &[u8]) -> Option<Vec<u8>> {
    let last = path.rsplit(|byte| *byte == b':').next()?;
    let is_simple = path
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'));
    let is_variant =
        last.first().is_some_and(u8::is_ascii_uppercase) && last.iter().any(u8::is_ascii_lowercase);
    (is_simple && is_variant && last.len() < path.len()).then(|| path.to_vec())
}

/// Tells whether an expression's type is known before its branches are looked at: it is a statement, or in tail position of a function.
pub(super) fn has_expected_type(expression: Node<'_>) -> bool {
    let mut node = expression;
    while let Some(parent) = node.parent() {
        match parent.kind() {
            "function_item" => return node.kind() == "block",
            "expression_statement" if parent.next_sibling().is_some_and(|next| next.kind() != "}") => {
                return true;
            }
            "expression_statement"
                if node.kind() != expression.kind()
                    && node.kind() != "match_expression"
                    && node.kind() != "if_expression" =>
            {
                return false;
            }
            "expression_statement" => {
                if parent.children().any(|child| child.kind() == ";") {
                    return true;
                }
            }
            "block" => {
                let is_last = parent
                    .children()
                    .filter(|child| !child.is_extra())
                    .last()
                    .is_some_and(|last| last.kind() == "}")
                    && parent.named_children().last() == Some(node);
                if !is_last {
                    return node.kind() == "expression_statement";
                }
            }
            "for_expression" | "while_expression" => return parent.child_by_field("body") == Some(node),
            "if_expression" | "else_clause" | "match_block" | "match_expression" => {}
            "match_arm" if parent.child_by_field("value") == Some(node) => {}
            _ => return false,
        }
        if parent.kind() == "match_expression" && parent.child_by_field("value") == Some(node) {
            return false;
        }
        if parent.kind() == "if_expression" && parent.child_by_field("condition") == Some(node) {
            return false;
        }
        node = parent;
    }
    false
}
