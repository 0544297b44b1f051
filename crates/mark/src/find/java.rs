//! Java.

use ringfence_syntax::Node;

use super::binary;
use super::candidate::{Candidate, copy, source as copied, text};
use super::cases;
use super::order::{Item, container, ends_line, look_alike, pairs, start_with_comments};
use super::source::Source;
use super::statement::{IfElse, Negation, braces, if_swap, increment};
use super::{Rules, blank, comment};
use crate::model::Family;

pub(super) struct Java;

const NEGATION: Negation = Negation {
    prefix: b"!",
    operators: &[(b"==", b"!=")],
};

/// Annotations that no framework turns into an order.
const INERT_ANNOTATIONS: [&[u8]; 9] = [
    b"Override",
    b"Deprecated",
    b"SuppressWarnings",
    b"SafeVarargs",
    b"Nullable",
    b"NonNull",
    b"Nonnull",
    b"VisibleForTesting",
    b"CheckForNull",
];

impl Rules for Java {
    fn skips(&self, source: &Source<'_>, node: Node<'_>) -> bool {
        match node.kind() {
            "string_literal" | "annotation" | "marker_annotation" | "template_expression" => true,
            "method_declaration" => annotations(source, node).any(|name| name.ends_with(b"Test")),
            _ => false,
        }
    }

    fn visit(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        match node.kind() {
            "class_body" | "enum_body_declarations" => method_order(source, node, found),
            "block" | "constructor_body" => blank::between_statements(source, node, &|_| true, found),
            "throws" | "catch_type" => type_order(source, node, found),
            "if_statement" => {
                if_else(source, node, found);
                if node.child_by_field("alternative").is_none() {
                    body_braces(source, node, "consequence", found);
                }
            }
            "while_statement" | "for_statement" | "enhanced_for_statement" => {
                body_braces(source, node, "body", found)
            }
            "switch_block" => case_order(source, node, found),
            "update_expression" if value_is_unused(node) => {
                let is_place = |place: Node<'_>| place.kind() == "identifier" || is_own_field(place);
                increment(source, node, &is_place, found);
            }
            "binary_expression" => {
                binary::parentheses(source, node, found);
                let is_pure = |operand: Node<'_>| is_local(source, operand);
                binary::comparison(
                    source,
                    node,
                    &[b"<", b">", b"<=", b">=", b"==", b"!="],
                    &is_pure,
                    found,
                );
            }
            "hex_integer_literal" => binary::hex_case(source, node, found),
            "local_variable_declaration" => final_local(source, node, found),
            "line_comment" => comment::period(source, node, b"//", found),
            _ => {}
        }
    }
}

fn annotations<'s>(source: &Source<'s>, node: Node<'_>) -> impl Iterator<Item = &'s [u8]> + use<'s> {
    let names: Vec<&'s [u8]> = node
        .children()
        .filter(|child| child.kind() == "modifiers")
        .flat_map(|modifiers| modifiers.children())
        .filter(|modifier| matches!(modifier.kind(), "annotation" | "marker_annotation"))
        .filter_map(|annotation| annotation.name_node())
        .map(|name| source.of(name))
        .collect();
    names.into_iter()
}

/// Methods and constructors may stand in any order (JLS 8.2: scope is the whole body); only initialisers run in order, and no
/// pair crosses one. Left out: methods under annotations that frameworks collect, interfaces, and overloads.
fn method_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let is_annotated = node
        .parent()
        .is_some_and(|class| annotations(source, class).any(|name| !INERT_ANNOTATIONS.contains(&name)));
    let mut run: Vec<Option<Item<'_>>> = Vec::new();
    let mut before: Vec<Node<'_>> = Vec::new();
    for child in node.children() {
        if child.is_comment() {
            before.push(child);
            continue;
        }
        let is_movable = matches!(child.kind(), "method_declaration" | "constructor_declaration")
            && !child.has_error()
            && !is_annotated
            && annotations(source, child).all(|name| INERT_ANNOTATIONS.contains(&name))
            && ends_line(source, child.end());
        let item = child.name_node().filter(|_| is_movable).and_then(|name| {
            Some(Item {
                start: start_with_comments(source, child, &before)?,
                end: child.end(),
                node: child,
                key: source.of(name).to_vec(),
            })
        });
        run.push(item);
        before.clear();
    }
    let commute = |first: &Item<'_>, second: &Item<'_>| !look_alike(source, first.node, second.node);
    pairs(
        source,
        Family::FunctionOrder,
        &container(source, node),
        &run,
        &commute,
        found,
    );
}

/// The exceptions of `throws` and of a multi-catch are sets (JLS 8.4.6, 14.20: alternatives may not be related).
fn type_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    if node.has_error() || node.children().any(|child| child.is_comment()) {
        return;
    }
    let run: Vec<Option<Item<'_>>> = node
        .named_children()
        .map(|class| {
            let is_plain = matches!(class.kind(), "type_identifier" | "scoped_type_identifier");
            is_plain.then(|| Item {
                start: class.start(),
                end: class.end(),
                node: class,
                key: source.of(class).to_vec(),
            })
        })
        .collect();
    let mut scope = container(source, node);
    scope.push(b' ');
    scope.extend_from_slice(node.kind().as_bytes());
    pairs(source, Family::ListOrder, &scope, &run, &|_, _| true, found);
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
    super::source::normalise(source.slice(head, node.start()), &mut scope);
    let commute = |first: &Item<'_>, second: &Item<'_>| !look_alike(source, first.node, second.node);
    pairs(source, Family::CaseOrder, &scope, &run, &commute, found);
}

fn if_else(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let condition = node
        .child_by_field("condition")
        .and_then(|condition| condition.named_children().next());
    let (Some(condition), Some(consequence), Some(alternative)) = (
        condition,
        node.child_by_field("consequence"),
        node.child_by_field("alternative"),
    ) else {
        return;
    };
    if consequence.kind() == "block" && alternative.kind() == "block" {
        if_swap(
            source,
            &IfElse {
                node,
                condition,
                consequence,
                alternative,
            },
            NEGATION,
            found,
        );
    }
}

fn body_braces(source: &Source<'_>, node: Node<'_>, field: &str, found: &mut Vec<Candidate>) {
    let Some(body) = node.child_by_field(field) else {
        return;
    };
    let is_simple = |statement: Node<'_>| {
        matches!(
            statement.kind(),
            "expression_statement"
                | "return_statement"
                | "throw_statement"
                | "break_statement"
                | "continue_statement"
        )
    };
    let Some(head_end) = cases::head_end(node, body) else {
        return;
    };
    braces(source, node, head_end, body, &is_simple, found);
}

fn value_is_unused(node: Node<'_>) -> bool {
    node.parent().is_some_and(|parent| match parent.kind() {
        "expression_statement" => true,
        "for_statement" => node.field() == Some("update"),
        _ => false,
    })
}

fn is_own_field(node: Node<'_>) -> bool {
    node.kind() == "field_access"
        && node
            .named_children()
            .next()
            .is_some_and(|object| object.kind() == "this")
}

/// Tells whether a name is a variable or parameter of the enclosing method: reading two of them in another order cannot be seen.
fn is_local(source: &Source<'_>, node: Node<'_>) -> bool {
    let Some(method) = node
        .ancestors()
        .find(|outer| outer.is_function())
        .filter(|_| node.kind() == "identifier")
    else {
        return false;
    };
    let name = source.of(node);
    is_small(method)
        && method
            .descendants()
            .filter(|part| {
                matches!(
                    part.kind(),
                    "variable_declarator" | "formal_parameter" | "enhanced_for_statement"
                )
            })
            .any(|part| {
                part.name_node()
                    .is_some_and(|declared| source.of(declared) == name)
            })
}

/// `final` on a local variable only forbids to assign it again. Left out: values that may be constants (JLS 4.12.4: a constant
/// variable changes reachability and narrowing), variables that are assigned again, resources, several declarators.
fn final_local(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let Some(parent) = node
        .parent()
        .filter(|parent| matches!(parent.kind(), "block" | "constructor_body") && !node.has_error())
    else {
        return;
    };
    let declarators: Vec<Node<'_>> = node
        .children()
        .filter(|child| child.kind() == "variable_declarator")
        .collect();
    let [declarator] = declarators.as_slice() else {
        return;
    };
    let (Some(name), Some(value), Some(kind)) = (
        declarator.name_node(),
        declarator.child_by_field("value"),
        node.child_by_field("type"),
    ) else {
        return;
    };
    let is_computed = matches!(
        value.kind(),
        "method_invocation"
            | "object_creation_expression"
            | "array_creation_expression"
            | "lambda_expression"
    );
    let Some(scope) = parent
        .ancestors()
        .find(|outer| outer.is_function() || outer.kind() == "class_body")
    else {
        return;
    };
    let name = source.of(name);
    let is_assigned = is_small(scope)
        && scope.descendants().any(|part| match part.kind() {
            "assignment_expression" => part
                .child_by_field("left")
                .is_some_and(|left| source.of(left) == name),
            "update_expression" => part.named_children().any(|operand| source.of(operand) == name),
            _ => false,
        });
    if !is_computed || is_assigned || !is_small(scope) {
        return;
    }
    let modifiers = node.children().find(|child| child.kind() == "modifiers");
    let start = node.start();
    let range = (start, kind.end());
    match modifiers {
        None if kind.start() == start => {
            found.extend(Candidate::on_lines(
                source,
                Family::Idiom,
                node,
                range,
                vec![text(b"final "), copy(kind)],
            ));
        }
        Some(modifiers)
            if source.of(modifiers) == b"final" && source.slice(modifiers.end(), kind.start()) == b" " =>
        {
            found.extend(Candidate::on_lines(
                source,
                Family::Idiom,
                node,
                range,
                vec![copied(kind.start(), kind.end())],
            ));
        }
        _ => {}
    }
}

/// Methods above this many nodes are left alone: every site would walk them.
fn is_small(method: Node<'_>) -> bool {
    method.subtree_end().saturating_sub(method.index()) <= 8_000
}
