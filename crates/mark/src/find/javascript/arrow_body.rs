//! `(x) => value` against `(x) => { return value; }`.
//!
//! Equal because a concise body is evaluated and returned like the value of a `return` (ECMA-262 15.3.5, EvaluateConciseBody, and 15.8 for `async`). To
//! TypeScript the value's type is the function's result either way; a value that is itself an object or a conditional is left out, because a
//! block hides from inference that it waits for a type (`isContextSensitive` of its checker), and so is one with functions inside, which would have to be indented.
//! Only where a formatter writes the block without moving anything else: at the end of a line of its own, as a value or the last argument of a plain call.

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, copy, text};
use crate::find::expression::is_literal;
use crate::find::order::ends_line;
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

/// Longest line that the concise spelling may make: what formatters for JavaScript allow.
const MAX_COLUMNS: usize = 80;
/// Values above this many nodes are on no line of their own.
const MAX_NODES: u32 = 64;

pub(super) struct ArrowBody;

impl FamilyRule for ArrowBody {
    fn family(&self) -> Family {
        Family::BareReturn
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["arrow_function"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(candidate(source, node));
    }
}

fn candidate(source: &Source<'_>, arrow: Node<'_>) -> Option<Candidate> {
    let body = arrow.child_by_field("body")?;
    let is_block = body.kind() == "statement_block";
    let value = if is_block { returned(body)? } else { body };
    if arrow.has_error() || !source.is_one_line(value) || !is_plain(value) {
        return None;
    }
    let owner = owner(source, arrow)?;
    let head = source.slice(source.line_start(owner.start()), body.start());
    let is_headed = !head.contains(&b'\n') && source.begins_line(owner.start());
    if !is_headed || !ends_line(source, owner.end()) || arrow.children().any(|child| child.is_comment()) {
        return None;
    }
    let indent = source.indent(owner.start());
    let inner = [indent, unit(source, owner, indent)?].concat();
    let end: &[u8] = if has_semicolon(source, owner) { b";" } else { b"" };
    let (open, close) = (
        [b"{\n", inner.as_slice(), b"return "].concat(),
        [end, b"\n", indent, b"}"].concat(),
    );
    let pieces = if is_block {
        let tail = source.line(source.line_of(body.end()));
        let tail_length = tail.len().saturating_sub(indent.len()).saturating_sub(1);
        let is_written = source.slice(body.start(), value.start()) == open
            && source.slice(value.end(), body.end()) == close;
        let columns = head
            .len()
            .saturating_add(source.of(value).len())
            .saturating_add(tail_length);
        if !is_written || columns > MAX_COLUMNS {
            return None;
        }
        vec![copy(value)]
    } else {
        if !source.is_one_line(owner) {
            return None;
        }
        vec![text(&open), copy(value), text(&close)]
    };
    let range = (body.start(), body.end());
    let parts = [head, source.of(value)];
    Candidate::on_parts(source, Family::BareReturn, arrow, range, pieces, &parts)
}

/// The value of a block that does nothing but return it.
fn returned<'t>(block: Node<'t>) -> Option<Node<'t>> {
    let mut statements = block.named_children_with_comments();
    let (only, None) = (statements.next()?, statements.next()) else {
        return None;
    };
    if only.kind() != "return_statement" {
        return None;
    }
    let mut values = only.named_children_with_comments();
    let (value, None) = (values.next()?, values.next()) else {
        return None;
    };
    Some(value)
}

/// Tells whether a value has a type of its own, ends where it seems to end, and holds no function.
fn is_plain(value: Node<'_>) -> bool {
    let is_small = value.subtree_end().saturating_sub(value.index()) <= MAX_NODES;
    let is_whole = match value.kind() {
        "identifier"
        | "this"
        | "undefined"
        | "member_expression"
        | "call_expression"
        | "subscript_expression"
        | "unary_expression"
        | "new_expression"
        | "template_string"
        | "await_expression"
        | "binary_expression"
        | "array"
        | "non_null_expression" => true,
        _ => is_literal(value),
    };
    let is_open = |part: Node<'_>| {
        part.is_comment()
            || matches!(
                part.kind(),
                "arrow_function"
                    | "function_expression"
                    | "function"
                    | "class"
                    | "statement_block"
                    | "object"
                    | "yield_expression"
            )
            || part.kind().starts_with("jsx")
    };
    is_whole && is_small && !value.descendants().any(is_open)
}

/// The statement, field or pair that ends with the function and begins its line.
fn owner<'t>(source: &Source<'_>, arrow: Node<'t>) -> Option<Node<'t>> {
    let mut inner = arrow;
    let mut parent = arrow.parent()?;
    if parent.kind() == "arguments" {
        let is_last = source.slice(arrow.end(), parent.end()) == b")";
        let is_simple = |argument: Node<'_>| {
            argument == arrow
                || is_literal(argument)
                || matches!(argument.kind(), "identifier" | "this" | "member_expression")
        };
        let call = parent.parent()?;
        let function = call
            .child_by_field("function")
            .or_else(|| call.child_by_field("constructor"))?;
        if !is_last || !parent.named_children_with_comments().all(is_simple) || !is_path(function) {
            return None;
        }
        inner = call;
        parent = call.parent()?;
        if parent.kind() == "await_expression" {
            inner = parent;
            parent = parent.parent()?;
        }
    }
    let is_value = match parent.kind() {
        "variable_declarator" | "pair" | "public_field_definition" | "field_definition" => {
            inner.field() == Some("value")
        }
        "assignment_expression" => inner.field() == Some("right"),
        "return_statement" | "expression_statement" => true,
        _ => false,
    };
    if !is_value {
        return None;
    }
    let mut owner = match parent.kind() {
        "variable_declarator" | "assignment_expression" => parent.parent()?,
        _ => parent,
    };
    let is_single = match owner.kind() {
        "lexical_declaration" | "variable_declaration" => owner.named_children().count() == 1,
        "expression_statement"
        | "return_statement"
        | "pair"
        | "public_field_definition"
        | "field_definition" => true,
        _ => false,
    };
    if !is_single {
        return None;
    }
    let mut list = owner.parent()?;
    if list.kind() == "export_statement" {
        owner = list;
        list = list.parent()?;
    }
    // What stands alone after an `if`, or in a branch, may be moved and indented by another site.
    let is_branch = list.parent().is_some_and(|outer| outer.kind() == "else_clause")
        || owner.kind() == "return_statement"
            && owner
                .previous_sibling()
                .is_some_and(|before| before.kind() == "if_statement");
    let is_list = matches!(
        list.kind(),
        "program" | "statement_block" | "class_body" | "object"
    );
    (is_list && !is_branch).then_some(owner)
}

/// Tells whether a callee is a name, or members of one, with at most one call in it: of longer chains formatters write each call on its line.
fn is_path(function: Node<'_>) -> bool {
    let mut calls = 0_usize;
    matches!(function.kind(), "identifier" | "member_expression")
        && function.descendants().all(|part| {
            calls = calls.saturating_add(usize::from(part.kind() == "call_expression"));
            calls <= 1
                && (!part.is_named()
                    || is_literal(part)
                    || matches!(
                        part.kind(),
                        "identifier"
                            | "member_expression"
                            | "call_expression"
                            | "arguments"
                            | "this"
                            | "property_identifier"
                            | "private_property_identifier"
                    ))
        })
}

/// By how much the file indents a block, as its own place shows it.
fn unit<'s>(source: &Source<'s>, owner: Node<'_>, indent: &'s [u8]) -> Option<&'s [u8]> {
    let list = owner.parent()?;
    let unit = if list.kind() == "program" {
        let is_code = |line: &&'s [u8]| {
            matches!(line.first(), Some(b' ' | b'\t')) && !line.trim_ascii_start().starts_with(b"*")
        };
        let first = source.text.split(|byte| *byte == b'\n').find(is_code)?;
        let width = first
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        first.get(..width)?
    } else {
        // A list that a formatter moved to the right as a whole closes further right than its first line begins.
        let outer = source.indent(list.start());
        let closes = source.indent(list.end().saturating_sub(1)) == outer;
        indent.strip_prefix(outer).filter(|_| closes)?
    };
    let is_unit = unit == b"\t" || matches!(unit.len(), 2..=8) && unit.iter().all(|byte| *byte == b' ');
    is_unit.then_some(unit)
}

/// Tells whether the statement around is written with its semicolon.
fn has_semicolon(source: &Source<'_>, owner: Node<'_>) -> bool {
    let statement = std::iter::once(owner).chain(owner.ancestors()).find(|outer| {
        matches!(
            outer.kind(),
            "lexical_declaration"
                | "variable_declaration"
                | "expression_statement"
                | "return_statement"
                | "export_statement"
                | "public_field_definition"
                | "field_definition"
        )
    });
    statement.is_some_and(|statement| {
        source.of(statement).ends_with(b";") || source.text.get(statement.end() as usize) == Some(&b';')
    })
}
