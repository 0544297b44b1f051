//! `x += value;` against `x = x + value;`.
//!
//! Equal because both read `x`, evaluate the value, apply the operator and put the result into `x`, in this order (ECMA-262 13.15.2). Only a plain name that the
//! function declares itself, so that no `with`, no global and no accessor stands behind it; only a whole statement, so that the value of the assignment is not seen; only a value that
//! binds tighter than the operator. Not `&&=`, `||=`, `??=`, which may not assign, and not one more or less, which has spellings of its own.

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, copy, source as copied, text};
use crate::find::expression::{is_literal, is_primary, parts};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

/// Functions above this many nodes are not looked through for a declaration.
const MAX_NODES: u32 = 4_000;

pub(super) struct CompoundAssignment;

impl FamilyRule for CompoundAssignment {
    fn family(&self) -> Family {
        Family::CompoundAssignment
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["augmented_assignment_expression", "assignment_expression"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(candidate(source, node));
    }
}

fn candidate(source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
    let statement = node.parent()?;
    let left = node.child_by_field("left")?;
    let right = node.child_by_field("right")?;
    if left.kind() != "identifier"
        || node.has_error()
        || statement.kind() != "expression_statement"
        || !source.of(statement).ends_with(b";")
        || !source.is_one_line(node)
        || node.children().any(|child| child.is_comment())
    {
        return None;
    }
    let name = source.of(left);
    let range = (node.start(), node.end());
    let (operator, value, pieces) = if node.kind() == "augmented_assignment_expression" {
        let gap = source.slice(left.end(), right.start()).trim_ascii();
        let operator = gap.strip_suffix(b"=")?;
        let written = [b" = ", name, b" ", operator, b" "].concat();
        (operator, right, vec![copy(left), text(&written), copy(right)])
    } else {
        let binary = parts(source, right)?;
        if binary.left.kind() != "identifier" || source.of(binary.left) != name {
            return None;
        }
        let written = [b" ", binary.operator, b"= "].concat();
        let value = copied(binary.right.start(), binary.right.end());
        (
            binary.operator,
            binary.right,
            vec![copy(left), text(&written), value],
        )
    };
    let is_value = matches!(operator, b"+" | b"-" | b"*" | b"/" | b"%")
        && (is_primary(value) || is_literal(value) || is_tighter(source, operator, value))
        && source.of(value) != b"1"
        && !value.descendants().any(|part| part.is_comment());
    (is_value && is_own(source, node, name)).then(|| {
        let parts = [name, operator, source.of(value)];
        Candidate::on_parts(source, Family::CompoundAssignment, node, range, pieces, &parts)
    })?
}

/// A product under a sum needs no brackets.
fn is_tighter(source: &Source<'_>, operator: &[u8], value: Node<'_>) -> bool {
    matches!(operator, b"+" | b"-")
        && parts(source, value).is_some_and(|binary| matches!(binary.operator, b"*" | b"/" | b"%"))
}

/// Tells whether the innermost function declares the name: a parameter, or a variable.
fn is_own(source: &Source<'_>, node: Node<'_>, name: &[u8]) -> bool {
    let Some(function) = node.ancestors().find(|outer| {
        matches!(
            outer.kind(),
            "function_declaration"
                | "function_expression"
                | "arrow_function"
                | "method_definition"
                | "generator_function_declaration"
        )
    }) else {
        return false;
    };
    let mut inside = node.ancestors().take_while(|outer| *outer != function);
    if inside.any(|outer| outer.kind() == "with_statement")
        || function.subtree_end().saturating_sub(function.index()) > MAX_NODES
    {
        return false;
    }
    function.descendants().any(|declared| match declared.kind() {
        "variable_declarator" => declared
            .child_by_field("name")
            .is_some_and(|declared| source.of(declared) == name),
        "formal_parameters" => {
            declared.parent() == Some(function)
                && declared.named_children().any(|parameter| {
                    let pattern = parameter.child_by_field("pattern").unwrap_or(parameter);
                    source.of(pattern) == name
                })
        }
        _ => false,
    })
}
