//! Go.

use ringfence_syntax::Node;

use super::blank::BlankLine;
use super::comment::CommentPeriod;
use super::comparison::{ALL_OPERATORS, Comparison};
use super::hex_case::HexCase;
use super::if_swap::IfSwap;
use super::parentheses::{ALWAYS_QUIET, Parentheses};
use super::rule::LanguageRules;
use super::statement_order::StatementOrder;

mod case_order;
mod documentation;
mod empty_interface;
mod function_order;
mod if_else;
mod increment;
mod initialiser_order;
mod settings;
mod short_declaration;

pub(super) static RULES: LanguageRules = LanguageRules {
    closed: &[
        "interpreted_string_literal",
        "raw_string_literal",
        "import_declaration",
    ],
    closed_when: &[],
    families: &[
        &function_order::FunctionOrder,
        &BlankLine {
            kinds: &["statement_list", "block"],
            is_body: |_| true,
            is_statement: |child| child.kind() != "statement_list",
        },
        &case_order::CaseOrder,
        &initialiser_order::InitialiserOrder,
        &IfSwap {
            kinds: &["if_statement"],
            branches: if_else::branches,
            negation: if_else::NEGATION,
        },
        &increment::Increment,
        &StatementOrder {
            kinds: &["statement_list"],
            setting: settings::setting,
        },
        &Parentheses {
            kinds: &["binary_expression"],
            is_quiet: ALWAYS_QUIET,
        },
        // The order in which two variables are read is unspecified already (Go specification, "Order of evaluation").
        &Comparison {
            kinds: &["binary_expression"],
            operators: ALL_OPERATORS,
            is_pure: |_, operand| is_variable(operand),
        },
        &HexCase {
            kinds: &["int_literal"],
        },
        &empty_interface::EmptyInterface,
        &short_declaration::ShortDeclaration,
        &CommentPeriod {
            kinds: &["comment"],
            marker: documentation::marker,
        },
    ],
};

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
