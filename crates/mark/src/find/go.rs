//! Go.

use ringfence_syntax::Node;

use super::binary;
use super::candidate::{Candidate, copy, source as copied, text};
use super::cases::literal_key;
use super::order::{Item, container, ends_line, look_alike, pairs, start_with_comments, trimmed_end};
use super::python::contains_word;
use super::source::{Source, contains};
use super::statement::{IfElse, Negation, if_swap};
use super::{Rules, blank, comment};
use crate::model::Family;

pub(super) struct Go;

const NEGATION: Negation = Negation {
    prefix: b"!",
    operators: &[(b"==", b"!=")],
};

impl Rules for Go {
    fn skips(&self, _: &Source<'_>, node: Node<'_>) -> bool {
        matches!(
            node.kind(),
            "interpreted_string_literal" | "raw_string_literal" | "import_declaration"
        )
    }

    fn visit(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        match node.kind() {
            "source_file" => function_order(source, node, found),
            "statement_list" => blank::between_statements(source, node, &|_| true, found),
            "block" => {
                blank::between_statements(source, node, &|child| child.kind() != "statement_list", found)
            }
            "expression_switch_statement" => case_order(source, node, found),
            "literal_value" => initialiser_order(source, node, found),
            "if_statement" => if_else(source, node, found),
            "inc_statement" | "dec_statement" | "assignment_statement" => increment(source, node, found),
            "binary_expression" => {
                binary::parentheses(source, node, found);
                // The order in which two variables are read is unspecified already (Go specification, "Order of evaluation").
                binary::comparison(
                    source,
                    node,
                    &[b"<", b">", b"<=", b">=", b"==", b"!="],
                    &is_variable,
                    found,
                );
            }
            "int_literal" => binary::hex_case(source, node, found),
            "interface_type" | "type_identifier" => empty_interface(source, node, found),
            "short_var_declaration" | "var_declaration" => short_declaration(source, node, found),
            "comment" => prose(source, node, found),
            _ => {}
        }
    }
}

fn is_variable(node: Node<'_>) -> bool {
    match node.kind() {
        "identifier" => true,
        "selector_expression" => node.descendants().all(|part| {
            matches!(
                part.kind(),
                "selector_expression" | "identifier" | "field_identifier" | "."
            )
        }),
        _ => false,
    }
}

/// Functions and methods of a package may stand in any order. Left out: `init`, which runs in the order written, and tests and
/// examples, which the test runner takes in order.
fn function_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let mut run: Vec<Option<Item<'_>>> = Vec::new();
    let mut before: Vec<Node<'_>> = Vec::new();
    for child in node.children() {
        if child.is_comment() {
            before.push(child);
            continue;
        }
        if !child.is_named() {
            continue;
        }
        let name = child.name_node().map(|name| source.of(name)).unwrap_or_default();
        let is_ordered = name == b"init"
            || name == b"_"
            || [b"Test".as_slice(), b"Benchmark", b"Example", b"Fuzz"]
                .iter()
                .any(|prefix| name.starts_with(prefix));
        let is_movable = matches!(child.kind(), "function_declaration" | "method_declaration")
            && child.child_by_field("body").is_some()
            && !child.has_error()
            && !is_ordered
            && ends_line(source, child.end());
        let receiver = child
            .child_by_field("receiver")
            .map(|receiver| source.of(receiver))
            .unwrap_or_default();
        let mut key = receiver
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect::<Vec<u8>>();
        key.push(b'.');
        key.extend_from_slice(name);
        let item = Some(key)
            .filter(|_| is_movable && !name.is_empty())
            .and_then(|key| {
                Some(Item {
                    start: start_with_comments(source, child, &before)?,
                    end: child.end(),
                    node: child,
                    key,
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

/// Cases are tried in order and only `fallthrough` goes on to the next; different plain literals of one kind cannot both match.
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
    super::source::normalise(
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

/// Fields of a struct literal are set from values whose order of evaluation is unspecified when they are variables and literals. Left
/// out: maps and arrays (a variable key may repeat, an index moves its followers) as far as the type or a key shows them.
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
            let is_pure = is_variable(value) || binary::is_literal(value);
            (is_field && is_pure && more.is_none()).then(|| Item {
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
    pairs(
        source,
        Family::InitialiserOrder,
        &scope,
        &run,
        &|_, _| true,
        found,
    );
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

fn if_else(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let (Some(condition), Some(consequence), Some(alternative)) = (
        node.child_by_field("condition"),
        node.child_by_field("consequence"),
        node.child_by_field("alternative"),
    ) else {
        return;
    };
    if consequence.kind() == "block"
        && alternative.kind() == "block"
        && node.child_by_field("initializer").is_none()
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

/// `x++` is defined as `x += 1`. Places without calls or indices only.
fn increment(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    if node.has_error() || !source.is_one_line(node) {
        return;
    }
    let range = (node.start(), node.end());
    if node.kind() == "assignment_statement" {
        let (Some(left), Some(right)) = (node.child_by_field("left"), node.child_by_field("right")) else {
            return;
        };
        let mut places = left.named_children();
        let (Some(place), None) = (places.next(), places.next()) else {
            return;
        };
        let other: &[u8] = match source.slice(left.end(), right.start()) {
            b" += " => b"++",
            b" -= " => b"--",
            _ => return,
        };
        if is_variable(place) && source.of(right) == b"1" {
            found.extend(Candidate::on_lines(
                source,
                Family::Increment,
                node,
                range,
                vec![copy(place), text(other)],
            ));
        }
    } else if let Some(place) = node.named_children().next().filter(|place| is_variable(*place)) {
        let other: &[u8] = if node.kind() == "inc_statement" {
            b" += 1"
        } else {
            b" -= 1"
        };
        if source.slice(place.end(), node.end()).len() == 2 {
            found.extend(Candidate::on_lines(
                source,
                Family::Increment,
                node,
                range,
                vec![copy(place), text(other)],
            ));
        }
    }
}

/// `any` is an alias of `interface{}`. Only where the file shows that it is read by Go 1.18 or later, and declares no `any` of its own.
fn empty_interface(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let other: &[u8] = match source.of(node) {
        b"any" => b"interface{}",
        b"interface{}" => b"any",
        _ => return,
    };
    let is_plain = node.parent().is_some_and(|parent| {
        matches!(
            parent.kind(),
            "parameter_declaration"
                | "variadic_parameter_declaration"
                | "map_type"
                | "slice_type"
                | "field_declaration"
                | "function_declaration"
                | "method_declaration"
                | "var_spec"
                | "pointer_type"
                | "channel_type"
                | "array_type"
        )
    });
    if !is_plain || node.has_error() || !is_modern(source) {
        return;
    }
    found.extend(Candidate::on_lines(
        source,
        Family::Idiom,
        node,
        (node.start(), node.end()),
        vec![text(other)],
    ));
}

fn is_modern(source: &Source<'_>) -> bool {
    *source.facts.has_any.get_or_init(|| has_any(source))
}

fn has_any(source: &Source<'_>) -> bool {
    let mut uses_any = false;
    for node in source.tree.nodes() {
        match node.kind() {
            "type_identifier" if source.of(node) == b"any" => {
                let is_declaration = node.field() == Some("name");
                if is_declaration {
                    return false;
                }
                uses_any = true;
            }
            "identifier" if source.of(node) == b"any" => return false,
            "type_parameter_list" => uses_any = true,
            _ => {}
        }
    }
    uses_any
}

/// `x := v` against `var x = v`: with one name both declare a new variable of the same type.
fn short_declaration(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let in_body = node
        .parent()
        .is_some_and(|parent| matches!(parent.kind(), "statement_list" | "block"));
    if !in_body || node.has_error() || node.descendants().any(|part| part.is_comment()) {
        return;
    }
    if node.kind() == "short_var_declaration" {
        let (Some(left), Some(right)) = (node.child_by_field("left"), node.child_by_field("right")) else {
            return;
        };
        let mut names = left.named_children();
        let (Some(name), None) = (names.next(), names.next()) else {
            return;
        };
        let is_single =
            name.kind() == "identifier" && source.of(name) != b"_" && right.named_children().count() == 1;
        if is_single && source.slice(left.end(), right.start()) == b" := " {
            let range = (node.start(), right.start());
            let pieces = vec![text(b"var "), copy(name), text(b" = ")];
            let head = first_line(source, node);
            found.extend(Candidate::on_parts(
                source,
                Family::Idiom,
                node,
                range,
                pieces,
                &[head],
            ));
        }
        return;
    }
    let mut specs = node.named_children();
    let (Some(spec), None) = (specs.next(), specs.next()) else {
        return;
    };
    let (Some(name), Some(value)) = (spec.name_node(), spec.child_by_field("value")) else {
        return;
    };
    let is_single = spec.kind() == "var_spec"
        && spec.child_by_field("type").is_none()
        && spec.named_children().count() == 2
        && value.named_children().count() == 1
        && source.of(name) != b"_";
    if is_single
        && source.slice(node.start(), name.start()) == b"var "
        && source.slice(name.end(), value.start()) == b" = "
    {
        let range = (node.start(), value.start());
        let pieces = vec![copied(name.start(), name.end()), text(b" := ")];
        let head = first_line(source, node);
        found.extend(Candidate::on_parts(
            source,
            Family::Idiom,
            node,
            range,
            pieces,
            &[head],
        ));
    }
}

fn first_line<'s>(source: &Source<'s>, node: Node<'_>) -> &'s [u8] {
    source.line(source.line_of(node.start()))
}

/// Comments of an `import "C"` are C, and those of examples are compared with their output.
fn prose(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let mut next = node.next_sibling();
    if next.is_some_and(|sibling| {
        sibling.is_comment()
            && source.line_of(sibling.start()) == source.line_of(node.end()).saturating_add(1)
    }) {
        // Only the last line of a block can be a site.
        return;
    }
    while next.is_some_and(|sibling| sibling.is_comment()) {
        next = next.and_then(|sibling| sibling.next_sibling());
    }
    let is_foreign = next.is_some_and(|next| next.kind() == "import_declaration");
    let in_example = node
        .enclosing_function_name(source.text)
        .is_some_and(|name| name.starts_with(b"Example"));
    if !is_foreign && !in_example {
        comment::period(source, node, b"//", found);
    }
}
