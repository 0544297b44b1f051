//! C#. Operators may be overloaded, so what is turned around must be a variable of the method that is declared with a built-in type.

use ringfence_syntax::Node;

use super::blank::BlankLine;
use super::braces::Braces;
use super::comment::CommentPeriod;
use super::comparison::{ALL_OPERATORS, Comparison};
use super::conditional::Conditional;
use super::early_return::{Blocks, EarlyReturn};
use super::endless::Endless;
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
mod if_else;
mod layout;
mod method_order;
mod private_modifier;
mod scope;
mod self_qualifier;
mod settings;

pub(super) static RULES: LanguageRules = LanguageRules {
    closed: &[
        "string_literal",
        "verbatim_string_literal",
        "raw_string_literal",
        "interpolated_string_expression",
        "attribute_list",
        // The grammar takes what follows `is x` for a part of the pattern.
        "constant_pattern",
        "preproc_if",
        "preproc_elif",
        "preproc_else",
    ],
    closed_when: &[(&["method_declaration"], is_test)],
    families: &[
        &method_order::MethodOrder,
        &BlankLine {
            kinds: layout::KINDS,
            may_part: layout::may_part,
            aligns_comments: true,
        },
        &case_order::CASES,
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
                "foreach_statement",
            ],
            is_simple,
        },
        &Increment {
            kinds: &["postfix_unary_expression", "prefix_unary_expression"],
            is_unused: value_is_unused,
            is_place: is_built_in,
        },
        &Conditional {
            kinds: &["conditional_expression"],
            is_exact: if_else::is_exact,
            negation: if_else::NEGATION,
        },
        &EarlyReturn {
            blocks: Blocks::Braced,
            is_free: if_else::has_no_directive,
        },
        &StatementOrder {
            kinds: &["block"],
            setting: settings::setting,
        },
        &Parentheses {
            kinds: &["binary_expression"],
            is_quiet: ALWAYS_QUIET,
        },
        // Operands are read from left to right (C# specification 12.4.1); for two variables of the method that cannot be seen.
        &Comparison {
            kinds: &["binary_expression"],
            operators: ALL_OPERATORS,
            is_pure: is_built_in,
        },
        &WholeValue {
            kinds: &["return_statement", "variable_declarator"],
            is_value: |_, value| value.kind() == "binary_expression",
        },
        &LambdaBrackets,
        &Endless {
            head: b"while (true)",
        },
        &self_qualifier::SelfQualifier,
        &private_modifier::PrivateModifier,
        &HexCase {
            kinds: &["integer_literal"],
        },
        &CommentPeriod {
            kinds: &["comment"],
            marker: documentation::marker,
            has_headings: false,
        },
    ],
};

/// The names of the attributes of a declaration.
fn attributes<'s>(source: &Source<'s>, node: Node<'_>) -> impl Iterator<Item = &'s [u8]> + use<'s> {
    let names: Vec<&'s [u8]> = node
        .children()
        .filter(|child| child.kind() == "attribute_list")
        .flat_map(|list| list.named_children())
        .map(|attribute| {
            let name = attribute.name_node().unwrap_or(attribute);
            source.of(name)
        })
        .collect();
    names.into_iter()
}

fn is_test(source: &Source<'_>, node: Node<'_>) -> bool {
    attributes(source, node).any(|name| name.starts_with(b"Test") || matches!(name, b"Fact" | b"Theory"))
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

fn value_is_unused(node: Node<'_>) -> bool {
    node.parent().is_some_and(|parent| match parent.kind() {
        "expression_statement" => true,
        "for_statement" => node.field() == Some("update"),
        _ => false,
    })
}

/// Tells whether a name is a variable or parameter of the method that is declared with a built-in type: its operators are not overloaded, and
/// reading two of them in another order cannot be seen.
fn is_built_in(source: &Source<'_>, node: Node<'_>) -> bool {
    let method = node
        .ancestors()
        .find(|outer| outer.is_function())
        .filter(|_| node.kind() == "identifier");
    method
        .and_then(|method| scope::names(source, method))
        .is_some_and(|names| names.is_built_in(source.of(node)))
}
