//! Python. Layout families (parentheses, blank lines, comments, returned tuples) leave the syntax tree of the language itself unchanged.

use ringfence_syntax::Node;

use super::binary::{self, is_literal};
use super::candidate::{Candidate, copy, text};
use super::order::{Item, container, ends_line, look_alike, pairs, start_with_comments};
use super::source::{Source, contains};
use super::statement::{IfElse, Negation, if_swap};
use super::{Rules, blank, comment};
use crate::model::Family;

pub(super) struct Python;

const NEGATION: Negation = Negation {
    prefix: b"not ",
    operators: &[(b"is", b"is not"), (b"in", b"not in")],
};

/// Classes whose `isinstance` check runs no code of the program.
const PLAIN_CLASSES: [&[u8]; 14] = [
    b"int",
    b"str",
    b"bytes",
    b"float",
    b"list",
    b"tuple",
    b"dict",
    b"set",
    b"frozenset",
    b"bool",
    b"complex",
    b"type",
    b"bytearray",
    b"range",
];

impl Rules for Python {
    fn skips(&self, _: &Source<'_>, node: Node<'_>) -> bool {
        node.kind() == "string"
    }

    fn visit(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        match node.kind() {
            "module" => function_order(source, node, found),
            "block" => {
                let parent = node.parent().map_or("", |parent| parent.kind());
                if parent == "class_definition" {
                    function_order(source, node, found);
                } else {
                    blank::between_statements(source, node, &|_| true, found);
                }
            }
            "if_statement" => if_else(source, node, found),
            "binary_operator" | "boolean_operator" => binary::parentheses(source, node, found),
            "comparison_operator" => binary::parentheses(source, node, found),
            "integer" => binary::hex_case(source, node, found),
            "tuple" => class_tuple(source, node, found),
            "return_statement" => returned_tuple(source, node, found),
            "comment" => comment::period(source, node, b"#", found),
            _ => {}
        }
    }
}

/// Two neighbouring `def`s commute when running one statement cannot see the other's name: no decorators, defaults that are literals,
/// annotations that do not mention the other. Left out: tests (run in source order), classes with a metaclass, parser tables (`t_`, `p_`).
fn function_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let class = node.parent().filter(|parent| parent.kind() == "class_definition");
    if let Some(class) = class {
        let name = class.name_node().map(|name| source.of(name)).unwrap_or_default();
        let bases = class
            .child_by_field("superclasses")
            .map(|bases| source.of(bases))
            .unwrap_or_default();
        if contains(bases, b"=")
            || contains(bases, b"Enum")
            || contains(bases, b"Test")
            || contains(name, b"Test")
            || contains(bases, b"Cmd")
        {
            return;
        }
    }
    let mut run: Vec<Option<Item<'_>>> = Vec::new();
    let mut before: Vec<Node<'_>> = Vec::new();
    for child in node.children() {
        if child.is_comment() {
            before.push(child);
            continue;
        }
        let item = movable_name(source, child).and_then(|name| {
            let start = start_with_comments(source, child, &before)?;
            ends_line(source, child.end()).then(|| Item {
                start,
                end: child.end(),
                node: child,
                key: name.to_vec(),
            })
        });
        run.push(item);
        before.clear();
    }
    let scope = container(source, node);
    let commute = |first: &Item<'_>, second: &Item<'_>| {
        !mentions(source, first.node, &second.key)
            && !mentions(source, second.node, &first.key)
            && !look_alike(source, first.node, second.node)
    };
    pairs(source, Family::FunctionOrder, &scope, &run, &commute, found);
}

fn movable_name<'s>(source: &Source<'s>, node: Node<'_>) -> Option<&'s [u8]> {
    let name = source.of(node
        .name_node()
        .filter(|_| node.kind() == "function_definition" && !node.has_error())?);
    let is_ordered = [b"test".as_slice(), b"t_", b"p_", b"Test"]
        .iter()
        .any(|prefix| name.starts_with(prefix));
    let parameters = node.child_by_field("parameters")?;
    let defaults_are_literals = parameters
        .children()
        .filter_map(|parameter| parameter.child_by_field("value"))
        .all(|value| is_literal(value) && (value.kind() != "string" || !contains(source.of(value), b"{")));
    let body = node.child_by_field("body")?;
    // A body on the head's line, or a comment that the grammar leaves outside of the body, would not move as a whole.
    let is_tidy = source.line_of(body.start()) > source.line_of(node.start()) && body.end() == node.end();
    (!is_ordered && defaults_are_literals && is_tidy).then_some(name)
}

/// Tells whether the part that runs at definition time mentions a name.
fn mentions(source: &Source<'_>, function: Node<'_>, name: &[u8]) -> bool {
    let body = function
        .child_by_field("body")
        .map_or(function.end(), |body| body.start());
    contains_word(
        source.slice(
            function.name_node().map_or(function.start(), |name| name.end()),
            body,
        ),
        name,
    )
}

pub(super) fn contains_word(text: &[u8], word: &[u8]) -> bool {
    text.split(|byte| !super::source::is_word(*byte))
        .any(|token| token == word)
}

/// Truth is asked once either way; `is`/`is not` and `in`/`not in` are exact negations (`==`/`!=` are separate methods).
fn if_else(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let clauses: Vec<Node<'_>> = node
        .children()
        .filter(|child| matches!(child.kind(), "elif_clause" | "else_clause"))
        .collect();
    let [clause] = clauses.as_slice() else { return };
    let (Some(condition), Some(consequence), Some(alternative)) = (
        node.child_by_field("condition"),
        node.child_by_field("consequence"),
        clause.child_by_field("body"),
    ) else {
        return;
    };
    let is_own_line = |body: Node<'_>| source.begins_line(body.start());
    let ends =
        alternative.end() == clause.end() && clause.end() == node.end() && ends_line(source, node.end());
    if clause.kind() == "else_clause"
        && is_own_line(consequence)
        && is_own_line(alternative)
        && source.indent(consequence.start()) == source.indent(alternative.start())
        && ends_line(source, consequence.end())
        && ends
    {
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

/// The classes of an `except` are all checked to be exceptions before any is compared, so their order says nothing. For
/// `isinstance` only built-in classes: others may run code, and the first match ends the search.
fn class_tuple(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let Some(parent) = node.parent().filter(|_| !node.has_error()) else {
        return;
    };
    let holder = if parent.kind() == "as_pattern" {
        parent.parent()
    } else {
        Some(parent)
    };
    let in_except = holder.is_some_and(|holder| holder.kind() == "except_clause");
    let in_isinstance = parent.kind() == "argument_list"
        && parent
            .parent()
            .and_then(|call| call.child_by_field("function"))
            .map(|function| source.of(function))
            == Some(b"isinstance")
        && parent.named_children().count() == 2
        && parent.named_children().last() == Some(node);
    if !(in_except || in_isinstance) || node.children().any(|child| child.is_comment()) {
        return;
    }
    let run: Vec<Option<Item<'_>>> = node
        .named_children()
        .map(|class| {
            let key = source.of(class).to_vec();
            let is_free = if in_except {
                is_name(class)
            } else {
                PLAIN_CLASSES.contains(&key.as_slice())
            };
            is_free.then_some(Item {
                start: class.start(),
                end: class.end(),
                node: class,
                key,
            })
        })
        .collect();
    let mut scope = container(source, node);
    scope.push(0);
    if in_isinstance {
        super::source::normalise(
            source.of(parent.named_children().next().unwrap_or(node)),
            &mut scope,
        );
    }
    pairs(source, Family::ListOrder, &scope, &run, &|_, _| true, found);
}

fn is_name(node: Node<'_>) -> bool {
    node.kind() == "identifier"
        || (node.kind() == "attribute" && node.descendants().all(|part| !part.kind().starts_with("call")))
}

/// `return (a, b)` against `return a, b`: one tuple, the same syntax tree. One line only; no unpacking (older grammars differ).
fn returned_tuple(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let mut values = node.named_children();
    let (Some(value), None) = (values.next(), values.next()) else {
        return;
    };
    let members: Vec<Node<'_>> = value.named_children().collect();
    let is_plain = members.len() > 1
        && source.is_one_line(value)
        && !node.has_error()
        && members.iter().all(|member| {
            !matches!(
                member.kind(),
                "list_splat" | "named_expression" | "yield" | "lambda" | "generator_expression"
            )
        });
    let (Some(first), Some(last)) = (members.first(), members.last()) else {
        return;
    };
    if !is_plain {
        return;
    }
    let range = (value.start(), value.end());
    if value.kind() == "expression_list" && last.end() == value.end() {
        let pieces = vec![text(b"("), copy(value), text(b")")];
        found.extend(Candidate::on_lines(source, Family::Idiom, node, range, pieces));
    } else if value.kind() == "tuple"
        && source.slice(value.start(), first.start()) == b"("
        && source.slice(last.end(), value.end()) == b")"
        && source.slice(node.start(), value.start()) == b"return "
    {
        let pieces = vec![super::candidate::source(first.start(), last.end())];
        found.extend(Candidate::on_lines(source, Family::Idiom, node, range, pieces));
    }
}
