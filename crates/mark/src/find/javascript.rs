//! JavaScript and TypeScript, with JSX.

use ringfence_syntax::Node;

use super::binary::{self, is_literal};
use super::candidate::{Candidate, copy, source as copied, text};
use super::cases;
use super::order::{Item, container, ends_line, look_alike, pairs, start_with_comments};
use super::source::Source;
use super::statement::{IfElse, Negation, braces, if_swap, increment};
use super::{Rules, blank, comment};
use crate::model::Family;

pub(super) struct JavaScript;

const NEGATION: Negation = Negation {
    prefix: b"!",
    operators: &[(b"===", b"!=="), (b"==", b"!=")],
};

impl Rules for JavaScript {
    fn skips(&self, _: &Source<'_>, node: Node<'_>) -> bool {
        matches!(
            node.kind(),
            "string" | "template_string" | "regex" | "jsx_text" | "decorator" | "hash_bang_line"
        )
    }

    fn visit(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        match node.kind() {
            "program" => function_order(source, node, found),
            "statement_block" => blank::between_statements(source, node, &|_| true, found),
            "switch_body" => cases::order(source, node, &SWITCH, found),
            "if_statement" => {
                if_else(source, node, found);
                if node.child_by_field("alternative").is_none() {
                    body_braces(source, node, "consequence", found);
                }
            }
            "while_statement" | "for_statement" | "for_in_statement" => {
                body_braces(source, node, "body", found)
            }
            "update_expression" if value_is_unused(node) => {
                let is_place = |place: Node<'_>| place.kind() == "identifier";
                increment(source, node, &is_place, found);
            }
            "binary_expression" => {
                binary::parentheses(source, node, found);
                // `===` never calls anything; the others may call `valueOf`, in an order that a turn would change.
                let is_pure = |operand: Node<'_>| matches!(operand.kind(), "identifier" | "this");
                binary::comparison(source, node, &[b"===", b"!=="], &is_pure, found);
            }
            "number" => binary::hex_case(source, node, found),
            "union_type" => union_order(source, node, found),
            "array_type" | "generic_type" => array_type(source, node, found),
            "pair" | "shorthand_property_identifier" => shorthand(source, node, found),
            "comment" => comment::period(source, node, b"//", found),
            _ => {}
        }
    }
}

const SWITCH: cases::Switch = cases::Switch {
    case: "switch_case",
    value: "value",
    scoped: &[
        "lexical_declaration",
        "class_declaration",
        "function_declaration",
        "generator_function_declaration",
    ],
};

/// Function declarations are hoisted with their bodies before any statement runs, so their order in a file says nothing. Left out:
/// default exports, overloads, methods (the order of a prototype's properties can be seen), nested functions.
fn function_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let mut run: Vec<Option<Item<'_>>> = Vec::new();
    let mut before: Vec<Node<'_>> = Vec::new();
    let mut overloaded: Vec<&[u8]> = Vec::new();
    for child in node.children() {
        if child.is_comment() {
            before.push(child);
            continue;
        }
        let function = if child.kind() == "export_statement" {
            let is_default = child.children().any(|part| part.kind() == "default");
            child.child_by_field("declaration").filter(|_| !is_default)
        } else {
            Some(child)
        };
        let name = function
            .and_then(|function| function.name_node())
            .map(|name| source.of(name));
        if function.is_some_and(|function| function.kind() == "function_signature") {
            overloaded.extend(name);
        }
        let is_movable = function.is_some_and(|function| {
            matches!(
                function.kind(),
                "function_declaration" | "generator_function_declaration"
            )
        }) && !child.has_error()
            && name.is_some_and(|name| !overloaded.contains(&name))
            && ends_line(source, child.end());
        let item = name.filter(|_| is_movable).and_then(|name| {
            Some(Item {
                start: start_with_comments(source, child, &before)?,
                end: child.end(),
                node: child,
                key: name.to_vec(),
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

/// Equality and its negation run the same steps. Left out: blocks that declare functions, which older rules hoist out of them.
fn if_else(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let condition = node
        .child_by_field("condition")
        .and_then(|condition| condition.named_children().next());
    let alternative = node
        .child_by_field("alternative")
        .and_then(|clause| clause.named_children().next());
    let (Some(condition), Some(consequence), Some(alternative)) =
        (condition, node.child_by_field("consequence"), alternative)
    else {
        return;
    };
    let is_block = |block: Node<'_>| {
        block.kind() == "statement_block"
            && block
                .named_children()
                .all(|statement| !statement.kind().contains("function_declaration"))
    };
    if is_block(consequence) && is_block(alternative) {
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
    // A statement without its semicolon would lean on the line break that the braces move.
    let is_simple = |statement: Node<'_>| {
        matches!(
            statement.kind(),
            "expression_statement"
                | "return_statement"
                | "throw_statement"
                | "break_statement"
                | "continue_statement"
        ) && source.of(statement).ends_with(b";")
    };
    let Some(head_end) = cases::head_end(node, body) else {
        return;
    };
    braces(source, node, head_end, body, &is_simple, found);
}

/// Tells whether the value is thrown away: a whole statement with its semicolon, or the step of a loop.
fn value_is_unused(node: Node<'_>) -> bool {
    node.parent().is_some_and(|parent| match parent.kind() {
        "expression_statement" => parent.children().last().is_some_and(|last| last.kind() == ";"),
        "for_statement" => node.field() == Some("increment"),
        _ => false,
    })
}

/// A union of types is a set. Only plain members; only whole annotations, where no inference walks the members one by one.
fn union_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let is_whole = node
        .parent()
        .is_some_and(|parent| matches!(parent.kind(), "type_annotation" | "type_alias_declaration"));
    if !is_whole || node.has_error() || node.descendants().any(|part| part.is_comment()) {
        return;
    }
    let mut members: Vec<Node<'_>> = Vec::new();
    let mut rest = vec![node];
    while let Some(part) = rest.pop() {
        if part.kind() == "union_type" {
            let mut inner: Vec<Node<'_>> = part.named_children().collect();
            inner.reverse();
            rest.extend(inner);
        } else {
            members.push(part);
        }
    }
    let run: Vec<Option<Item<'_>>> = members
        .into_iter()
        .map(|member| {
            let is_plain = matches!(
                member.kind(),
                "predefined_type"
                    | "type_identifier"
                    | "nested_type_identifier"
                    | "literal_type"
                    | "array_type"
                    | "generic_type"
            );
            is_plain.then(|| Item {
                start: member.start(),
                end: member.end(),
                node: member,
                key: source.of(member).to_vec(),
            })
        })
        .collect();
    let mut scope = container(source, node);
    scope.push(0);
    let declared = node.ancestors().find_map(|outer| {
        outer
            .child_by_field("name")
            .or_else(|| outer.child_by_field("pattern"))
    });
    scope.extend_from_slice(declared.map(|name| source.of(name)).unwrap_or_default());
    pairs(source, Family::ListOrder, &scope, &run, &|_, _| true, found);
}

/// `T[]` is defined as `Array<T>`. Plain names only; not under `readonly`, which takes the first spelling alone.
fn array_type(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let is_free = node.parent().is_some_and(|parent| {
        matches!(
            parent.kind(),
            "type_annotation"
                | "type_arguments"
                | "union_type"
                | "type_alias_declaration"
                | "property_signature"
        )
    });
    if node.has_error() || !is_free {
        return;
    }
    let range = (node.start(), node.end());
    let is_name = |member: Node<'_>| matches!(member.kind(), "predefined_type" | "type_identifier");
    let mut parts = node.named_children();
    if node.kind() == "array_type" {
        let (Some(member), None) = (parts.next(), parts.next()) else {
            return;
        };
        if is_name(member) && source.slice(member.end(), node.end()) == b"[]" {
            let pieces = vec![text(b"Array<"), copy(member), text(b">")];
            found.extend(Candidate::on_lines(source, Family::Idiom, node, range, pieces));
        }
        return;
    }
    let (Some(name), Some(arguments)) = (parts.next(), parts.next()) else {
        return;
    };
    let mut members = arguments.named_children();
    if source.of(name) != b"Array" {
        return;
    }
    let (Some(member), None) = (members.next(), members.next()) else {
        return;
    };
    if is_name(member)
        && source.slice(node.start(), member.start()) == b"Array<"
        && source.slice(member.end(), node.end()) == b">"
    {
        let pieces = vec![copied(member.start(), member.end()), text(b"[]")];
        found.extend(Candidate::on_lines(source, Family::Idiom, node, range, pieces));
    }
}

/// `{a: a}` against `{a}` in an object literal. `__proto__` means something else in each.
fn shorthand(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    if node.has_error() || node.parent().is_none_or(|parent| parent.kind() != "object") {
        return;
    }
    let range = (node.start(), node.end());
    if node.kind() == "pair" {
        let (Some(key), Some(value)) = (node.child_by_field("key"), node.child_by_field("value")) else {
            return;
        };
        let is_same = key.kind() == "property_identifier"
            && value.kind() == "identifier"
            && source.of(key) == source.of(value);
        if is_same
            && source.of(key) != b"__proto__"
            && source.slice(key.end(), value.start()) == b": "
            && !is_literal(value)
        {
            found.extend(Candidate::on_lines(
                source,
                Family::Idiom,
                node,
                range,
                vec![copy(value)],
            ));
        }
    } else if source.of(node) != b"__proto__" {
        let pieces = vec![text(&[source.of(node), b": "].concat()), copy(node)];
        found.extend(Candidate::on_lines(source, Family::Idiom, node, range, pieces));
    }
}
