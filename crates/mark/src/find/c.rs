//! C. Any name may be a macro, so whatever a macro could turn around is left out: arguments of calls, names without lower case
//! letters, directives and what they guard.

use std::collections::{HashMap, HashSet};

use ringfence_syntax::Node;

use super::candidate::{Candidate, copy, source as copied, text};
use super::order::{Item, container, ends_line, look_alike, pairs, start_with_comments};
use super::python::contains_word;
use super::source::{Source, contains};
use super::statement::{IfElse, Negation, braces, if_swap, increment};
use super::{Rules, binary, blank, cases, comment};
use crate::model::Family;

pub(super) struct C;

const NEGATION: Negation = Negation {
    prefix: b"!",
    operators: &[(b"==", b"!=")],
};

impl Rules for C {
    fn skips(&self, _: &Source<'_>, node: Node<'_>) -> bool {
        match node.kind() {
            "preproc_def"
            | "preproc_function_def"
            | "preproc_include"
            | "preproc_call"
            | "preproc_arg"
            | "string_literal"
            | "concatenated_string"
            | "gnu_asm_expression"
            | "attribute_specifier"
            | "attribute_declaration"
            | "char_literal" => true,
            // A macro may print its argument, or put it beside operators of its own.
            "argument_list" => true,
            _ => {
                node.field() == Some("condition")
                    && node
                        .parent()
                        .is_some_and(|parent| parent.kind().starts_with("preproc_"))
            }
        }
    }

    fn visit(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        match node.kind() {
            "translation_unit" | "preproc_ifdef" | "preproc_if" | "declaration_list" => {
                function_order(source, node, found)
            }
            "compound_statement" => blank::between_statements(source, node, &is_statement, found),
            "if_statement" => {
                if_else(source, node, found);
                if node.child_by_field("alternative").is_none() {
                    body_braces(source, node, "consequence", found);
                }
            }
            "while_statement" | "for_statement" => body_braces(source, node, "body", found),
            "update_expression" if value_is_unused(node) => {
                let is_place = |place: Node<'_>| is_variable(source, place);
                increment(source, node, &is_place, found);
            }
            "binary_expression" => {
                binary::parentheses(source, node, found);
                // The order of evaluation of operands is unspecified already (C11 6.5p3).
                let is_pure = |operand: Node<'_>| is_variable(source, operand);
                binary::comparison(
                    source,
                    node,
                    &[b"<", b">", b"<=", b">=", b"==", b"!="],
                    &is_pure,
                    found,
                );
                null_check(source, node, found);
            }
            "number_literal" => binary::hex_case(source, node, found),
            "sized_type_specifier" => unsigned(source, node, found),
            "type_qualifier" => qualifier_order(source, node, found),
            "comment" => comment::period(source, node, b"//", found),
            _ => {}
        }
    }
}

/// Tells whether a name is written as macros are.
fn is_macro_like(name: &[u8]) -> bool {
    !name.iter().any(u8::is_ascii_lowercase)
}

fn is_variable(source: &Source<'_>, node: Node<'_>) -> bool {
    let is_plain = |part: Node<'_>| match part.kind() {
        "identifier" | "field_identifier" => !is_macro_like(source.of(part)),
        "field_expression" | "." | "->" => true,
        _ => false,
    };
    matches!(node.kind(), "identifier" | "field_expression") && node.descendants().all(is_plain)
}

fn is_statement(node: Node<'_>) -> bool {
    node.kind() != "labeled_statement" && !node.kind().starts_with("preproc_")
}

/// Neighbouring definitions commute when neither mentions the other, no directive lies in or between them, and neither
/// declares a type that the other could see.
fn function_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let mut run: Vec<Option<Item<'_>>> = Vec::new();
    let mut before: Vec<Node<'_>> = Vec::new();
    for child in node.children() {
        if child.is_comment() {
            before.push(child);
            continue;
        }
        let name = child.name_node().map(|name| source.of(name)).unwrap_or_default();
        let is_movable = child.kind() == "function_definition"
            && !child.has_error()
            && !is_macro_like(name)
            && ends_line(source, child.end())
            && is_self_contained(source, child);
        let item = Some(name).filter(|_| is_movable).and_then(|name| {
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
    let commute = |first: &Item<'_>, second: &Item<'_>| {
        !contains_word(source.of(second.node), &first.key)
            && !contains_word(source.of(first.node), &second.key)
            && tags_are_known(source, first, second)
            && !look_alike(source, first.node, second.node)
    };
    pairs(
        source,
        Family::FunctionOrder,
        &container(source, node),
        &run,
        &commute,
        found,
    );
}

fn is_self_contained(source: &Source<'_>, function: Node<'_>) -> bool {
    let head_end = function
        .child_by_field("body")
        .map_or(function.end(), |body| body.start());
    let whole = source.of(function);
    let declares_type = function
        .descendants()
        .take_while(|part| part.start() < head_end)
        .any(|part| matches!(part.kind(), "field_declaration_list" | "enumerator_list"));
    let has_directive = function
        .descendants()
        .any(|part| part.kind().starts_with("preproc_"));
    !declares_type
        && !has_directive
        && !contains(whole, b"__attribute__")
        && !contains(whole, b"asm")
        && !contains(whole, b"constructor")
}

/// Tells whether every struct, union and enum tag in the two heads has been named above: a first mention in a head declares it.
fn tags_are_known(source: &Source<'_>, first: &Item<'_>, second: &Item<'_>) -> bool {
    let tags = source.facts.tags.get_or_init(|| {
        let mut tags = HashMap::new();
        let specifiers = source.tree.nodes().filter(|node| {
            matches!(
                node.kind(),
                "struct_specifier" | "union_specifier" | "enum_specifier"
            )
        });
        for tag in specifiers.filter_map(|node| node.name_node()) {
            tags.entry(source.of(tag)).or_insert(tag.start());
        }
        tags
    });
    [first, second].iter().all(|item| {
        let head_end = item
            .node
            .child_by_field("body")
            .map_or(item.end, |body| body.start());
        item.node
            .descendants()
            .take_while(|part| part.start() < head_end)
            .filter(|part| {
                matches!(
                    part.kind(),
                    "struct_specifier" | "union_specifier" | "enum_specifier"
                )
            })
            .filter_map(|part| part.name_node())
            .all(|tag| tags.get(source.of(tag)).is_some_and(|named| *named < first.start))
    })
}

/// Tells whether the file itself defines a function of this name, so that it is no macro.
fn is_own_function(source: &Source<'_>, name: &[u8]) -> bool {
    let functions = source.facts.functions.get_or_init(|| {
        let root = source.tree.root().into_iter().flat_map(|root| root.descendants());
        let mut names: HashSet<&[u8]> = HashSet::new();
        let mut macros: Vec<&[u8]> = Vec::new();
        for node in root {
            match node.kind() {
                "function_definition" => names.extend(node.name_node().map(|name| source.of(name))),
                "preproc_def" | "preproc_function_def" => {
                    macros.extend(node.name_node().map(|name| source.of(name)))
                }
                _ => {}
            }
        }
        macros.into_iter().for_each(|name| _ = names.remove(name));
        names
    });
    !is_macro_like(name) && functions.contains(name)
}

/// Tells whether every name in a condition is a variable, a plain literal, or a call of a function of this file.
fn is_free_of_macros(source: &Source<'_>, condition: Node<'_>) -> bool {
    condition.descendants().all(|part| match part.kind() {
        "identifier" => {
            let callee = part
                .parent()
                .is_some_and(|parent| parent.kind() == "call_expression" && part.field() == Some("function"));
            if callee {
                is_own_function(source, source.of(part))
            } else {
                !is_macro_like(source.of(part))
            }
        }
        "null" => true,
        _ => true,
    })
}

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
    let has_directive = node.descendants().any(|part| part.kind().starts_with("preproc_"));
    let are_blocks = consequence.kind() == "compound_statement" && alternative.kind() == "compound_statement";
    if are_blocks && !has_directive && is_free_of_macros(source, condition) {
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

/// Braces around one statement. A macro may be several statements, so a call must be of a function of this file.
fn body_braces(source: &Source<'_>, node: Node<'_>, field: &str, found: &mut Vec<Candidate>) {
    let Some(body) = node.child_by_field(field) else {
        return;
    };
    let is_simple = |statement: Node<'_>| match statement.kind() {
        "return_statement" | "break_statement" | "continue_statement" | "goto_statement" => true,
        "expression_statement" => {
            statement
                .named_children()
                .next()
                .is_some_and(|expression| match expression.kind() {
                    "assignment_expression" | "update_expression" => true,
                    "call_expression" => {
                        let function = expression.child_by_field("function");
                        function.is_some_and(|function| {
                            function.kind() == "identifier" && is_own_function(source, source.of(function))
                        })
                    }
                    _ => false,
                })
        }
        _ => false,
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

/// `!p` for `p == NULL`: both are 1 exactly when the pointer is null, and `!` binds tighter than what stands around.
fn null_check(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let Some(parts) = binary::parts(source, node) else {
        return;
    };
    if parts.operator == b"=="
        && source.of(parts.right) == b"NULL"
        && is_variable(source, parts.left)
        && source.is_one_line(node)
    {
        let pieces = vec![text(b"!"), copy(parts.left)];
        found.extend(Candidate::on_lines(
            source,
            Family::Idiom,
            node,
            (node.start(), node.end()),
            pieces,
        ));
    }
}

/// `unsigned` is `unsigned int` (C11 6.7.2p2).
fn unsigned(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let other: &[u8] = match source.of(node) {
        b"unsigned" => b"unsigned int",
        b"unsigned int" => b"unsigned",
        _ => return,
    };
    let next = source.text.get(node.end() as usize).copied();
    if !node.has_error() && matches!(next, Some(b' ' | b')' | b',' | b'*' | b';')) {
        found.extend(Candidate::on_lines(
            source,
            Family::Idiom,
            node,
            (node.start(), node.end()),
            vec![text(other)],
        ));
    }
}

/// `const T` against `T const`: specifiers and qualifiers may come in any order (C11 6.7p1). Built-in and tagged types only: another
/// name may be a macro or hide a pointer. One qualifier only.
fn qualifier_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let Some(parent) = node.parent().filter(|_| source.of(node) == b"const") else {
        return;
    };
    let is_declaration = matches!(
        parent.kind(),
        "declaration" | "parameter_declaration" | "function_definition" | "field_declaration"
    );
    let specifiers: Vec<Node<'_>> = parent
        .children()
        .filter(|child| matches!(child.kind(), "type_qualifier") || child.field() == Some("type"))
        .collect();
    let [first, second] = specifiers.as_slice() else {
        return;
    };
    let kind = if *first == node { *second } else { *first };
    let is_plain = matches!(kind.kind(), "primitive_type" | "sized_type_specifier")
        || (matches!(
            kind.kind(),
            "struct_specifier" | "union_specifier" | "enum_specifier"
        ) && kind.child_by_field("body").is_none());
    if is_declaration && is_plain && !kind.has_error() && source.slice(first.end(), second.start()) == b" " {
        let pieces = vec![copy(*second), copied(first.end(), second.start()), copy(*first)];
        let range = (first.start(), second.end());
        found.extend(Candidate::on_lines(
            source,
            Family::QualifierOrder,
            node,
            range,
            pieces,
        ));
    }
}
