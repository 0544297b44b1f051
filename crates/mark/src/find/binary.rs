//! Binary expressions: parentheses that precedence makes redundant, turned comparisons, the case of hexadecimal digits.

use ringfence_syntax::Node;

use super::candidate::{Candidate, copy, source as copied, text};
use super::source::{Source, is_word};
use crate::model::Family;

/// A binary expression with nothing but its two operands and its operator.
pub(super) struct Binary<'t, 's> {
    pub(super) left: Node<'t>,
    pub(super) operator_node: Node<'t>,
    pub(super) operator: &'s [u8],
    pub(super) right: Node<'t>,
}

/// Takes a binary expression apart; a comment or a chain of comparisons gives nothing.
pub(super) fn parts<'t, 's>(source: &Source<'s>, node: Node<'t>) -> Option<Binary<'t, 's>> {
    if node.has_error()
        || !matches!(
            node.kind(),
            "binary_expression" | "binary_operator" | "boolean_operator" | "comparison_operator"
        )
    {
        return None;
    }
    let mut children = node.children();
    let (left, operator_node, right) = (children.next()?, children.next()?, children.next()?);
    if children.next().is_some() || !left.is_named() || operator_node.is_named() || !right.is_named() {
        return None;
    }
    Some(Binary {
        left,
        operator_node,
        operator: source.of(operator_node),
        right,
    })
}

/// Levels that every language here agrees on. `%`, shifts, bit operators and `??` are left out: they differ.
fn precedence(operator: &[u8]) -> Option<u8> {
    match operator {
        b"*" | b"/" => Some(5),
        b"+" | b"-" => Some(4),
        b"<" | b">" | b"<=" | b">=" => Some(3),
        b"==" | b"!=" | b"===" | b"!==" => Some(2),
        b"&&" | b"and" => Some(1),
        b"||" | b"or" => Some(0),
        _ => None,
    }
}

/// Proposes parentheses around (or off) an operand that binds tighter than its parent.
///
/// Safe because the operand is a whole subtree: with strictly higher precedence both spellings give the same tree. Left out:
/// comparisons under comparisons (chains in Python, generics elsewhere), operands that reach as far right as they can
/// (closures, conditionals, casts), and a bracket at the start of a line, which JavaScript would take for a call.
pub(super) fn parentheses(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let Some(outer) = parts(source, node) else { return };
    let Some(outer_level) = precedence(outer.operator).filter(|level| *level != 3) else {
        return;
    };
    for operand in [outer.left, outer.right] {
        let wrapped = operand.kind() == "parenthesized_expression";
        let inner = if wrapped {
            let mut children = operand.children();
            match (children.next(), children.next(), children.next(), children.next()) {
                (Some(_), Some(inner), Some(_), None) => inner,
                _ => continue,
            }
        } else {
            operand
        };
        let Some(level) = parts(source, inner).and_then(|binary| precedence(binary.operator)) else {
            continue;
        };
        let compares = |level: u8| matches!(level, 2 | 3);
        if level <= outer_level
            || (compares(level) && compares(outer_level))
            || !source.is_one_line(operand)
            || !is_plain(source, inner)
            || source.begins_line(operand.start())
            || touches_word(source, operand)
        {
            continue;
        }
        let pieces = if wrapped {
            vec![copy(inner)]
        } else {
            vec![text(b"("), copy(inner), text(b")")]
        };
        let range = (operand.start(), operand.end());
        found.extend(Candidate::on_lines(
            source,
            Family::Parentheses,
            node,
            range,
            pieces,
        ));
    }
}

/// Tells whether taking the brackets off would glue two words together.
fn touches_word(source: &Source<'_>, operand: Node<'_>) -> bool {
    let before = operand
        .start()
        .checked_sub(1)
        .and_then(|at| source.text.get(at as usize));
    let after = source.text.get(operand.end() as usize);
    let brackets = operand.kind() == "parenthesized_expression";
    brackets && (before.is_some_and(|byte| is_word(*byte)) || after.is_some_and(|byte| is_word(*byte)))
}

/// Tells whether every operand under nested operators ends where it seems to end.
fn is_plain(source: &Source<'_>, node: Node<'_>) -> bool {
    let mut rest = vec![node];
    while let Some(node) = rest.pop() {
        if let Some(binary) = parts(source, node) {
            rest.extend([binary.left, binary.right]);
        } else if !is_primary(node) && !is_literal(node) {
            return false;
        }
    }
    true
}

/// Tells whether the node binds tighter than every operator: names, calls, members, subscripts.
pub(super) fn is_primary(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "identifier"
            | "self"
            | "this"
            | "scoped_identifier"
            | "field_expression"
            | "member_expression"
            | "selector_expression"
            | "field_access"
            | "attribute"
            | "call"
            | "call_expression"
            | "method_invocation"
            | "index_expression"
            | "subscript_expression"
            | "subscript"
            | "array_access"
            | "parenthesized_expression"
    )
}

pub(super) fn is_literal(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "integer_literal"
            | "float_literal"
            | "char_literal"
            | "string_literal"
            | "boolean_literal"
            | "number"
            | "string"
            | "true"
            | "false"
            | "null"
            | "none"
            | "nil"
            | "integer"
            | "float"
            | "number_literal"
            | "int_literal"
            | "interpreted_string_literal"
            | "rune_literal"
            | "decimal_integer_literal"
            | "hex_integer_literal"
            | "octal_integer_literal"
            | "binary_integer_literal"
            | "decimal_floating_point_literal"
            | "character_literal"
            | "null_literal"
    )
}

/// Proposes `b > a` for `a < b`, from either. The caller names the operators and says which operands are pure.
pub(super) fn comparison(
    source: &Source<'_>,
    node: Node<'_>,
    operators: &[&[u8]],
    is_pure: &dyn Fn(Node<'_>) -> bool,
    found: &mut Vec<Candidate>,
) {
    let Some(binary) = parts(source, node) else { return };
    if !operators.contains(&binary.operator) || !is_pure(binary.left) || !is_pure(binary.right) {
        return;
    }
    let turned: &[u8] = match binary.operator {
        b"<" => b">",
        b">" => b"<",
        b"<=" => b">=",
        b">=" => b"<=",
        same => same,
    };
    let pieces = vec![
        copy(binary.right),
        copied(binary.left.end(), binary.operator_node.start()),
        text(turned),
        copied(binary.operator_node.end(), binary.right.start()),
        copy(binary.left),
    ];
    if source.is_one_line(node) {
        let range = (node.start(), node.end());
        found.extend(Candidate::on_lines(
            source,
            Family::Comparison,
            node,
            range,
            pieces,
        ));
    }
}

/// Proposes `0xab` for `0xAB`, from either: a number literal has the same value in both. Mixed case is left alone.
pub(super) fn hex_case(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let literal = source.of(node);
    let Some(digits) = literal
        .strip_prefix(b"0x")
        .or_else(|| literal.strip_prefix(b"0X"))
    else {
        return;
    };
    let length = digits
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit() || **byte == b'_')
        .count();
    let (digits, suffix) = digits.split_at_checked(length).unwrap_or_default();
    let is_suffix = suffix.iter().all(|byte| byte.is_ascii_alphanumeric())
        && suffix.first().is_none_or(|byte| b"uUlLin".contains(byte));
    let upper = digits.iter().filter(|byte| byte.is_ascii_uppercase()).count();
    let lower = digits.iter().filter(|byte| byte.is_ascii_lowercase()).count();
    if !is_suffix || (upper == 0) == (lower == 0) {
        return;
    }
    let other = if upper > 0 {
        digits.to_ascii_lowercase()
    } else {
        digits.to_ascii_uppercase()
    };
    let start = node.start().saturating_add(2);
    let end = start.saturating_add(u32::try_from(length).unwrap_or(0));
    found.extend(Candidate::on_lines(
        source,
        Family::HexCase,
        node,
        (start, end),
        vec![text(&other)],
    ));
}
