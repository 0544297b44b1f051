//! Order of neighbouring fields in a struct literal.
//!
//! Fields are set from values whose order of evaluation is unspecified when they are variables and literals (Go specification, "Composite literals", "Order of
//! evaluation"); a literal is the same whatever is evaluated before or after it. Left out: maps and arrays (a variable key may repeat, an index moves its followers) as far as the type or a key
//! shows them.

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::expression::is_literal;
use crate::find::go::is_variable;
use crate::find::order::{Item, container, pairs};
use crate::find::rule::FamilyRule;
use crate::find::source::{Source, contains};
use crate::model::Family;

/// Longest name of a field: gofmt aligns longer ones by their proportion to those before.
const MAX_KEY: usize = 40;

pub(super) struct InitialiserOrder;

impl FamilyRule for InitialiserOrder {
    fn family(&self) -> Family {
        Family::InitialiserOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["literal_value"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        initialiser_order(source, node, found);
    }
}

fn initialiser_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let Some(literal) = node
        .parent()
        .filter(|parent| parent.kind() == "composite_literal" && !node.has_error())
    else {
        return;
    };
    let Some(kind) = literal.child_by_field("type") else {
        return;
    };
    let elements: Vec<Node<'_>> = node.named_children().collect();
    let is_struct = matches!(kind.kind(), "type_identifier" | "qualified_type");
    if !is_struct
        || node.children().any(|child| child.is_comment())
        || elements.iter().any(|element| element.kind() != "keyed_element")
    {
        return;
    }
    let function = node.ancestors().find(|outer| outer.is_function());
    let head = function
        .map(|function| source.slice(function.start(), node.start()))
        .unwrap_or_default();
    let run: Vec<Option<Item<'_>>> = elements
        .iter()
        .map(|element| {
            let mut parts = element.named_children();
            let (key, value, more) = (parts.next()?, parts.next()?, parts.next());
            let (key, value) = (element_value(key)?, element_value(value)?);
            let name = source.of(key);
            let is_field = matches!(key.kind(), "identifier" | "field_identifier")
                && (name.first().is_some_and(u8::is_ascii_uppercase) || !is_declared(head, name));
            let is_plain = source.is_one_line(*element) && source.of(key).len() <= MAX_KEY;
            (is_field && is_plain && value.end() == element.end() && more.is_none()).then(|| Item {
                start: element.start(),
                end: element.end(),
                node: *element,
                key: name.to_vec(),
            })
        })
        .collect();
    let mut scope = container(source, node);
    scope.push(0);
    scope.extend_from_slice(source.of(kind));
    let commute = |first: &Item<'_>, second: &Item<'_>| {
        let (Some(one), Some(other)) = (value_of(first.node), value_of(second.node)) else {
            return false;
        };
        // gofmt aligns the lines between two blank ones.
        let joint = source.slice(first.end, second.start);
        joint.iter().filter(|byte| **byte == b'\n').count() <= 1
            && (is_constant(one) || is_constant(other) || (is_pure(source, one) && is_pure(source, other)))
    };
    pairs(source, Family::InitialiserOrder, &scope, &run, &commute, found);
}

fn value_of(element: Node<'_>) -> Option<Node<'_>> {
    element.named_children().last().and_then(element_value)
}

/// Tells whether nothing can change the value, and making it changes nothing.
fn is_constant(value: Node<'_>) -> bool {
    is_literal(value) || matches!(value.kind(), "true" | "false" | "nil" | "raw_string_literal")
}

/// Tells whether a value is made of variables, literals, addresses and further such values, on one line (gofmt aligns lines).
fn is_pure(source: &Source<'_>, value: Node<'_>) -> bool {
    if is_variable(value) || is_literal(value) {
        return true;
    }
    let is_value = matches!(
        value.kind(),
        "unary_expression" | "binary_expression" | "composite_literal"
    );
    let is_small = value.subtree_end().saturating_sub(value.index()) <= 40;
    is_value
        && is_small
        && source.is_one_line(value)
        && value.descendants().all(|part| match part.kind() {
            "unary_expression" | "binary_expression" => part
                .child_by_field("operator")
                .is_some_and(|operator| matches!(operator.kind(), "&" | "-" | "!" | "+" | "*" | "|")),
            "composite_literal"
            | "literal_value"
            | "keyed_element"
            | "literal_element"
            | "selector_expression"
            | "qualified_type"
            | "slice_type" => true,
            kind => kind.ends_with("identifier") || is_literal(part) || !part.is_named() || part.is_leaf(),
        })
}

fn element_value(node: Node<'_>) -> Option<Node<'_>> {
    if node.kind() == "literal_element" {
        node.named_children().next()
    } else {
        Some(node)
    }
}

/// Tells whether a name is declared in the function so far: it could then be the key of a map.
fn is_declared(head: &[u8], name: &[u8]) -> bool {
    let short = [name, b" :="].concat();
    let several = [name, b","].concat();
    let variable = [b"var ", name].concat();
    contains(head, &short) || contains(head, &several) || contains(head, &variable)
}
