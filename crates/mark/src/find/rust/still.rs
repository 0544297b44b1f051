//! Values that leave nothing behind: no temporary that is dropped later than the value is made.
//!
//! A temporary arises where a value stands in the place of a variable: behind `&`, or before `.` (Rust reference, "Temporaries"). When it is dropped depends on the
//! statement around it, so that only values without any may change their statement.

use ringfence_syntax::Node;

use crate::find::expression::is_literal;
use crate::find::source::Source;

/// Deepest nest of calls.
const MAX_DEPTH: usize = 8;

/// Tells whether evaluating the node makes no temporary.
pub(super) fn is_still(source: &Source<'_>, node: Node<'_>) -> bool {
    all(node, &|node| match node.kind() {
        "call_expression" => node
            .child_by_field("function")
            .is_some_and(|function| is_path(function) || is_method_of_place(function)),
        "field_expression" => is_place(node),
        "reference_expression" => node.child_by_field("value").is_some_and(is_place),
        _ => is_plain(source, node),
    })
}

/// Tells whether the node only names values and wraps them in variants: nothing is run.
pub(super) fn is_idle(source: &Source<'_>, node: Node<'_>) -> bool {
    all(node, &|node| match node.kind() {
        "call_expression" => node
            .child_by_field("function")
            .is_some_and(|function| is_variant(source.of(function))),
        _ => is_plain(source, node),
    })
}

/// A variable or a field of one.
pub(super) fn is_place(node: Node<'_>) -> bool {
    match node.kind() {
        "identifier" | "self" => true,
        "field_expression" => {
            let mut value = node.child_by_field("value");
            while let Some(inner) = value.filter(|inner| inner.kind() == "field_expression") {
                value = inner.child_by_field("value");
            }
            value.is_some_and(|value| matches!(value.kind(), "identifier" | "self"))
        }
        _ => false,
    }
}

/// A path that can only be a variant or a type of unnamed fields: functions are written in lower case, constants without it.
pub(super) fn is_variant(path: &[u8]) -> bool {
    let is_simple = path
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'));
    let last = path.rsplit(|byte| *byte == b':').next().unwrap_or_default();
    is_simple && last.first().is_some_and(u8::is_ascii_uppercase) && last.iter().any(u8::is_ascii_lowercase)
}

fn is_plain(source: &Source<'_>, node: Node<'_>) -> bool {
    match node.kind() {
        "identifier" | "self" | "scoped_identifier" | "unit_expression" | "tuple_expression" => true,
        "unary_expression" => source.of(node).starts_with(b"-"),
        _ => is_literal(node),
    }
}

fn is_path(function: Node<'_>) -> bool {
    matches!(function.kind(), "identifier" | "scoped_identifier")
}

fn is_method_of_place(function: Node<'_>) -> bool {
    function.kind() == "field_expression" && function.child_by_field("value").is_some_and(is_place)
}

/// Tells whether a node and the values it is made of are all allowed.
fn all(node: Node<'_>, is_allowed: &dyn Fn(Node<'_>) -> bool) -> bool {
    let mut open = vec![(node, 0_usize)];
    while let Some((node, depth)) = open.pop() {
        if depth > MAX_DEPTH || !is_allowed(node) {
            return false;
        }
        let next = depth.saturating_add(1);
        match node.kind() {
            "call_expression" => {
                let arguments = node.child_by_field("arguments").into_iter();
                let arguments = arguments.flat_map(|arguments| arguments.named_children_with_comments());
                open.extend(arguments.map(|argument| (argument, next)));
            }
            "tuple_expression" | "unary_expression" => {
                open.extend(node.named_children_with_comments().map(|part| (part, next)));
            }
            _ => {}
        }
    }
    true
}
