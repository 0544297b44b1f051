//! JavaScript with JSX; TypeScript shares its families and adds its own.

use ringfence_syntax::Node;

use super::blank::BlankLine;
use super::braces::Braces;
use super::cases::{CaseOrder, Keys};
use super::comment::CommentPeriod;
use super::comparison::Comparison;
use super::conditional::Conditional;
use super::early_return::{Blocks, EarlyReturn};
use super::hex_case::HexCase;
use super::if_swap::IfSwap;
use super::increment::Increment;
use super::parentheses::{ALWAYS_QUIET, Parentheses};
use super::rule::LanguageRules;
use super::source::Source;
use super::statement_order::StatementOrder;

mod function_order;
mod if_else;
mod settings;
mod shorthand;
pub(super) mod typescript;

pub(super) static RULES: LanguageRules = LanguageRules {
    closed: CLOSED,
    closed_when: &[],
    families: &[
        &function_order::FunctionOrder,
        &BlankLine {
            kinds: &["statement_block"],
            is_body: |_| true,
            is_statement: |_| true,
        },
        &SWITCH,
        &IfSwap {
            kinds: &["if_statement"],
            branches: if_else::branches,
            negation: if_else::NEGATION,
        },
        &BRACES,
        &INCREMENT,
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
            kinds: &["statement_block", "program"],
            setting: settings::setting,
        },
        &Parentheses {
            kinds: &["binary_expression"],
            is_quiet: ALWAYS_QUIET,
        },
        &EQUALITY,
        &HexCase { kinds: &["number"] },
        &shorthand::Shorthand,
        &CommentPeriod {
            kinds: &["comment"],
            marker: |_, _| Some(b"//"),
        },
    ],
};

const CLOSED: &[&str] = &[
    "string",
    "template_string",
    "regex",
    "jsx_text",
    "decorator",
    "hash_bang_line",
];

static SWITCH: CaseOrder = CaseOrder {
    kinds: &["switch_body"],
    case: "switch_case",
    value: "value",
    keys: Keys::Literals,
    scoped: &[
        "lexical_declaration",
        "class_declaration",
        "function_declaration",
        "generator_function_declaration",
    ],
};

static BRACES: Braces = Braces {
    kinds: &[
        "if_statement",
        "while_statement",
        "for_statement",
        "for_in_statement",
    ],
    // A statement without its semicolon would lean on the line break that the braces move.
    is_simple: |source, statement| {
        matches!(
            statement.kind(),
            "expression_statement"
                | "return_statement"
                | "throw_statement"
                | "break_statement"
                | "continue_statement"
        ) && source.of(statement).ends_with(b";")
    },
};

static INCREMENT: Increment = Increment {
    kinds: &["update_expression"],
    is_unused: value_is_unused,
    is_place: |_, place| place.kind() == "identifier",
};

/// `===` never calls anything (ECMA-262 7.2.15); the others may call `valueOf`, in an order that a turn would change.
static EQUALITY: Comparison = Comparison {
    kinds: &["binary_expression"],
    operators: &[b"===", b"!=="],
    is_pure: is_variable,
};

fn is_variable(_: &Source<'_>, operand: Node<'_>) -> bool {
    matches!(operand.kind(), "identifier" | "this")
}

/// Tells whether the value is thrown away: a whole statement with its semicolon, or the step of a loop.
fn value_is_unused(node: Node<'_>) -> bool {
    node.parent().is_some_and(|parent| match parent.kind() {
        "expression_statement" => parent.children().last().is_some_and(|last| last.kind() == ";"),
        "for_statement" => node.field() == Some("increment"),
        _ => false,
    })
}
