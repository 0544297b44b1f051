//! `!p` for `p == 0` and `p == NULL`, `p` for `p != 0` and `p != NULL`, where only truth matters.
//!
//! `!E` is `(0 == E)` (C11 6.5.3.3p5), and a condition, `&&` and `||` compare their operand with 0 (6.8.4.1p2, 6.8.5p4, 6.5.13p3, 6.5.14p3, 6.5.15p4). Operands that
//! bind tighter than every operator, and are no macros.

use ringfence_syntax::Node;

use super::macros::{is_function, is_variable_name};
use crate::find::candidate::{Candidate, copy, text};
use crate::find::expression::parts;
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct Truth;

impl FamilyRule for Truth {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &[
            "binary_expression",
            "unary_expression",
            "identifier",
            "field_expression",
            "call_expression",
        ]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(candidate(source, node));
    }
}

fn candidate(source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
    if !is_truth(source, node) || node.has_error() || !source.is_one_line(node) {
        return None;
    }
    let pieces = match node.kind() {
        "binary_expression" => {
            let binary = parts(source, node)?;
            let is_null = matches!(source.of(binary.right), b"0" | b"NULL");
            if !is_null || !is_operand(source, binary.left) {
                return None;
            }
            match binary.operator {
                b"==" => vec![text(b"!"), copy(binary.left)],
                b"!=" => vec![copy(binary.left)],
                _ => return None,
            }
        }
        "unary_expression" => {
            let operand = node.child_by_field("argument")?;
            let is_plain = source.slice(node.start(), operand.start()) == b"!" && is_operand(source, operand);
            is_plain.then(|| vec![copy(operand), text(b" == 0")])?
        }
        _ => is_operand(source, node).then(|| vec![copy(node), text(b" != 0")])?,
    };
    Candidate::on_lines(source, Family::Idiom, node, (node.start(), node.end()), pieces)
}

/// Tells whether only the truth of an expression is asked for.
fn is_truth(source: &Source<'_>, node: Node<'_>) -> bool {
    let Some(parent) = node.parent() else { return false };
    match parent.kind() {
        "binary_expression" => {
            parts(source, parent).is_some_and(|binary| matches!(binary.operator, b"&&" | b"||"))
        }
        "parenthesized_expression" => {
            parent.field() == Some("condition")
                && parent.parent().is_some_and(|outer| {
                    matches!(outer.kind(), "if_statement" | "while_statement" | "do_statement")
                })
        }
        "for_statement" | "conditional_expression" => node.field() == Some("condition"),
        _ => false,
    }
}

fn is_operand(source: &Source<'_>, node: Node<'_>) -> bool {
    match node.kind() {
        "identifier" => is_variable_name(source, source.of(node)),
        "field_expression" => node.descendants().all(|part| match part.kind() {
            "identifier" | "field_identifier" => is_variable_name(source, source.of(part)),
            "field_expression" => true,
            _ => !part.is_named(),
        }),
        "call_expression" => node.child_by_field("function").is_some_and(|function| {
            function.kind() == "identifier" && is_function(source, source.of(function))
        }),
        _ => false,
    }
}
