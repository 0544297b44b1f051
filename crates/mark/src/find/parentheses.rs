//! Parentheses that precedence makes redundant.
//!
//! Equal because the operand is a whole subtree: with strictly higher precedence both spellings give the same tree (each language's
//! table of operators: C11 6.5, JLS 15.17-15.24, ECMA-262 13.5-13.13, Python reference 6.17, Rust reference "Expression
//! precedence", Go specification "Operator precedence"). Left out: comparisons under comparisons (chains in Python, generics
//! elsewhere), operands that reach as far right as they can (closures, conditionals, casts), and a bracket at the start of a line,
//! which JavaScript would take for a call.

use ringfence_syntax::Node;

use super::candidate::{Candidate, copy, text};
use super::expression::{is_literal, is_primary, parts};
use super::rule::FamilyRule;
use super::source::{Source, is_word};
use crate::model::Family;

/// The family, for the kinds of binary expressions of a language.
pub(super) struct Parentheses {
    /// Kinds of binary expressions.
    pub(super) kinds: &'static [&'static str],
    /// Tells whether no compiler of the language asks for brackets in this operator around that one.
    pub(super) is_quiet: fn(&[u8], &[u8]) -> bool,
}

/// Where nobody asks for brackets.
pub(super) const ALWAYS_QUIET: fn(&[u8], &[u8]) -> bool = |_, _| true;

impl FamilyRule for Parentheses {
    fn family(&self) -> Family {
        Family::Parentheses
    }

    fn kinds(&self) -> &'static [&'static str] {
        self.kinds
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        parentheses(source, node, self.is_quiet, found);
    }
}

/// Levels that every language here agrees on. Shifts, bit operators and `??` are left out: they differ.
fn precedence(operator: &[u8]) -> Option<u8> {
    match operator {
        b"*" | b"/" | b"%" => Some(5),
        b"+" | b"-" => Some(4),
        b"<" | b">" | b"<=" | b">=" | b"in" | b"not in" | b"is" | b"is not" | b"instanceof" => Some(3),
        b"==" | b"!=" | b"===" | b"!==" => Some(2),
        b"&&" | b"and" => Some(1),
        b"||" | b"or" => Some(0),
        _ => None,
    }
}

fn parentheses(
    source: &Source<'_>,
    node: Node<'_>,
    is_quiet: fn(&[u8], &[u8]) -> bool,
    found: &mut Vec<Candidate>,
) {
    let Some(outer) = parts(source, node) else { return };
    let Some(outer_level) = precedence(outer.operator) else {
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
        let (operator, level) = match parts(source, inner) {
            Some(binary) => (binary.operator, precedence(binary.operator)),
            // Python's `not` binds tighter than `and`, and looser than every comparison.
            None if inner.kind() == "not_operator" && outer_level <= 1 => (&b"not"[..], Some(2)),
            None => continue,
        };
        let Some(level) = level else { continue };
        let compares = |level: u8| matches!(level, 2 | 3);
        if level <= outer_level
            || (compares(level) && compares(outer_level))
            || !is_quiet(outer.operator, operator)
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
        } else if node.kind() == "not_operator" {
            rest.extend(node.named_children());
        } else if !is_primary(node) && !is_literal(node) {
            return false;
        }
    }
    true
}

/// Brackets around a whole value: of a `return`, an initialiser, an assignment.
///
/// Equal because a bracketed expression has the value and type of the one inside (C11 6.5.1p5, JLS 15.8.5, C# specification 12.8.5), and nothing stands beside it.
/// Not where brackets mean something: `decltype(auto)` in C++, tuples, casts; so only around operators.
pub(super) struct WholeValue {
    /// Kinds of statements and declarators with a value.
    pub(super) kinds: &'static [&'static str],
    /// Tells whether a value may stand with or without brackets.
    pub(super) is_value: fn(&Source<'_>, Node<'_>) -> bool,
}

impl FamilyRule for WholeValue {
    fn family(&self) -> Family {
        Family::Parentheses
    }

    fn kinds(&self) -> &'static [&'static str] {
        self.kinds
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(self.candidate(source, node));
    }
}

impl WholeValue {
    fn candidate(&self, source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
        let value = node.named_children().last()?;
        let before = value.start().checked_sub(1)?;
        let is_alone = !node.has_error()
            && node
                .named_children_with_comments()
                .all(|child| !child.is_comment())
            && source.is_one_line(value)
            && source.slice(before, value.start()) == b" "
            && !source.begins_line(value.start());
        if !is_alone {
            return None;
        }
        let pieces = if value.kind() == "parenthesized_expression" {
            let mut inner = value.named_children_with_comments();
            let (only, None) = (inner.next()?, inner.next()) else {
                return None;
            };
            if !(self.is_value)(source, only) {
                return None;
            }
            vec![copy(only)]
        } else if (self.is_value)(source, value) {
            vec![text(b"("), copy(value), text(b")")]
        } else {
            return None;
        };
        Candidate::on_lines(
            source,
            Family::Parentheses,
            node,
            (value.start(), value.end()),
            pieces,
        )
    }
}
