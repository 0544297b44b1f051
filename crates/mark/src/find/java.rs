//! Java.

use ringfence_syntax::Node;

use super::blank::BlankLine;
use super::braces::Braces;
use super::comment::CommentPeriod;
use super::comparison::{ALL_OPERATORS, Comparison};
use super::conditional::Conditional;
use super::early_return::{Blocks, EarlyReturn};
use super::hex_case::HexCase;
use super::if_swap::IfSwap;
use super::increment::Increment;
use super::parentheses::{ALWAYS_QUIET, Parentheses};
use super::rule::LanguageRules;
use super::source::Source;
use super::statement_order::StatementOrder;

mod case_order;
mod final_local;
mod if_else;
mod method_order;
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
            kinds: &["block", "constructor_body"],
            is_body: |_| true,
            is_statement: |_| true,
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
        // Operands are read from left to right (JLS 15.7.1); for two variables of the method that cannot be seen.
        &Comparison {
            kinds: &["binary_expression"],
            operators: ALL_OPERATORS,
            is_pure: is_local,
        },
        &HexCase {
            kinds: &["hex_integer_literal"],
        },
        &final_local::FinalLocal,
        &CommentPeriod {
            kinds: &["line_comment"],
            marker: |_, _| Some(b"//"),
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

/// Tells whether a name is a variable or parameter of the enclosing method: reading two of them in another order cannot be seen.
fn is_local(source: &Source<'_>, node: Node<'_>) -> bool {
    let Some(method) = node
        .ancestors()
        .find(|outer| outer.is_function())
        .filter(|_| node.kind() == "identifier")
    else {
        return false;
    };
    let name = source.of(node);
    is_small(method)
        && method
            .descendants()
            .filter(|part| {
                matches!(
                    part.kind(),
                    "variable_declarator" | "formal_parameter" | "enhanced_for_statement"
                )
            })
            .any(|part| {
                part.name_node()
                    .is_some_and(|declared| source.of(declared) == name)
            })
}

/// Methods above this many nodes are left alone: every site would walk them.
fn is_small(method: Node<'_>) -> bool {
    method.subtree_end().saturating_sub(method.index()) <= 8_000
}
