//! Java.

use ringfence_syntax::Node;

use super::blank::BlankLine;
use super::braces::Braces;
use super::comment::CommentPeriod;
use super::comparison::PairComparison;
use super::conditional::Conditional;
use super::early_return::{Blocks, EarlyReturn};
use super::endless::Endless;
use super::expression::{Binary, is_literal};
use super::hex_case::HexCase;
use super::if_swap::IfSwap;
use super::increment::Increment;
use super::lambda_brackets::LambdaBrackets;
use super::parentheses::{ALWAYS_QUIET, Parentheses, WholeValue};
use super::rule::LanguageRules;
use super::source::Source;
use super::statement_order::StatementOrder;

mod case_order;
mod documentation;
mod final_modifier;
mod if_else;
mod interface_modifier;
mod layout;
mod method_order;
mod scope;
mod self_qualifier;
mod settings;
mod type_order;

pub(super) static RULES: LanguageRules = LanguageRules {
    closed: &[
        "string_literal",
        "annotation",
        "marker_annotation",
        "template_expression",
    ],
    closed_when: &[(&["method_declaration"], is_test)],
    families: &[
        &method_order::MethodOrder,
        &BlankLine {
            kinds: layout::KINDS,
            may_part: layout::may_part,
            aligns_comments: true,
        },
        &type_order::TypeOrder,
        &IfSwap {
            kinds: &["if_statement"],
            branches: if_else::branches,
            negation: if_else::NEGATION,
        },
        &Braces {
            kinds: &[
                "if_statement",
                "while_statement",
                "for_statement",
                "enhanced_for_statement",
            ],
            is_simple,
        },
        &case_order::CaseOrder,
        &Increment {
            kinds: &["update_expression"],
            is_unused: value_is_unused,
            is_place: |_, place| place.kind() == "identifier" || is_own_field(place),
        },
        &Conditional {
            kinds: &["ternary_expression"],
            is_exact: |_, _| true,
            negation: if_else::NEGATION,
        },
        &EarlyReturn {
            blocks: Blocks::Braced,
            is_free: |_, _| true,
        },
        &StatementOrder {
            kinds: &["block", "constructor_body"],
            setting: settings::setting,
        },
        &Parentheses {
            kinds: &["binary_expression"],
            is_quiet: ALWAYS_QUIET,
        },
        &WholeValue {
            kinds: &["return_statement", "variable_declarator", "assignment_expression"],
            is_value: |_, value| matches!(value.kind(), "binary_expression" | "ternary_expression"),
        },
        &LambdaBrackets,
        &PairComparison {
            kinds: &["binary_expression"],
            may_turn,
        },
        &Endless {
            head: b"while (true)",
        },
        &HexCase {
            kinds: &["hex_integer_literal"],
        },
        &final_modifier::FinalModifier,
        &interface_modifier::InterfaceModifier,
        &self_qualifier::SelfQualifier,
        &CommentPeriod {
            kinds: &["line_comment", "block_comment"],
            marker: documentation::marker,
            has_headings: false,
        },
    ],
};

fn is_test(source: &Source<'_>, node: Node<'_>) -> bool {
    annotations(source, node).any(|name| name.ends_with(b"Test"))
}

fn is_simple(_: &Source<'_>, statement: Node<'_>) -> bool {
    matches!(
        statement.kind(),
        "expression_statement"
            | "return_statement"
            | "throw_statement"
            | "break_statement"
            | "continue_statement"
    )
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

/// Operands are evaluated from left to right (JLS 15.7.1). That cannot be seen for two variables of the method, nor when one side is made of
/// variables of primitive types, which no code but the other side itself could change (8.4.1, 14.4, 15.27.2), and the other assigns nothing.
fn may_turn(source: &Source<'_>, binary: &Binary<'_, '_>) -> bool {
    let Some(function) = binary.left.ancestors().find(|outer| outer.is_function()) else {
        return false;
    };
    let Some(names) = scope::names(source, function) else {
        return false;
    };
    let is_local = |node: Node<'_>| node.kind() == "identifier" && names.is_variable(source.of(node));
    let is_fixed = |node: Node<'_>| {
        let mut has_name = false;
        !is_literal(node)
            && node.descendants().all(|part| match part.kind() {
                "identifier" => {
                    has_name = true;
                    names.is_built_in(source.of(part))
                }
                "binary_expression" => part
                    .child_by_field("operator")
                    .is_some_and(|operator| matches!(source.of(operator), b"+" | b"-" | b"*")),
                "decimal_integer_literal" | "+" | "-" | "*" => true,
                _ => false,
            })
            && has_name
    };
    let (left, right) = (binary.left, binary.right);
    let is_equality = matches!(binary.operator, b"==" | b"!=");
    let is_other = |node: Node<'_>| is_silent(node) && !(is_equality && is_constant_name(source, node));
    (is_local(left) && is_local(right))
        || (is_fixed(left) && is_other(right))
        || (is_fixed(right) && is_other(left))
}

/// Nodes of an operand beyond which it is left alone.
const MAX_OPERAND: u32 = 40;

/// Tells whether an operand assigns no variable of the method, and binds tighter than comparisons.
fn is_silent(node: Node<'_>) -> bool {
    let is_operand = match node.kind() {
        "identifier" | "field_access" | "array_access" | "method_invocation" => true,
        "binary_expression" => node
            .child_by_field("operator")
            .is_some_and(|operator| matches!(operator.kind(), "+" | "-" | "*" | "/" | "%")),
        _ => false,
    };
    is_operand
        && node.subtree_end().saturating_sub(node.index()) <= MAX_OPERAND
        && node.descendants().all(|part| {
            !matches!(
                part.kind(),
                "assignment_expression"
                    | "update_expression"
                    | "lambda_expression"
                    | "switch_expression"
                    | "class_body"
            )
        })
}

/// A name without lower case letters: people write constants on the right of an equality.
fn is_constant_name(source: &Source<'_>, node: Node<'_>) -> bool {
    let last = node.named_children().last().unwrap_or(node);
    matches!(node.kind(), "identifier" | "field_access")
        && !source.of(last).iter().any(u8::is_ascii_lowercase)
}
