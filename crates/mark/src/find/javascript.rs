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
use super::rule::{FamilyRule, LanguageRules};
use super::source::Source;
use super::statement_order::StatementOrder;

mod arrow_body;
mod case_braces;
mod compound_assignment;
mod conditional_lines;
mod documentation;
mod function_order;
mod if_else;
mod layout;
mod method_order;
mod module_names;
mod settings;
mod shorthand;
pub(super) mod typescript;

pub(super) static RULES: LanguageRules = LanguageRules {
    closed: CLOSED,
    closed_when: &[],
    families: &FAMILIES,
};

/// What both languages have.
const FAMILIES: [&dyn FamilyRule; 20] = [
    &function_order::FunctionOrder,
    &method_order::MethodOrder,
    &module_names::ModuleNames,
    &BlankLine {
        kinds: layout::KINDS,
        may_part: layout::may_part,
        aligns_comments: false,
    },
    &SWITCH,
    &IfSwap {
        kinds: &["if_statement"],
        branches: if_else::branches,
        negation: if_else::NEGATION,
    },
    &BRACES,
    &case_braces::CaseBraces,
    &conditional_lines::ConditionalLines,
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
    &arrow_body::ArrowBody,
    &compound_assignment::CompoundAssignment,
    &CommentPeriod {
        kinds: &["comment"],
        marker: documentation::marker,
        has_headings: false,
    },
];

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
    is_simple: is_simple_statement,
};

/// One statement that ends by itself, so that it may stand with or without braces.
fn is_simple_statement(source: &Source<'_>, statement: Node<'_>) -> bool {
    matches!(
        statement.kind(),
        "expression_statement"
            | "return_statement"
            | "throw_statement"
            | "break_statement"
            | "continue_statement"
    ) && (source.of(statement).ends_with(b";") || ends_by_itself(source, statement))
}

/// A statement without its semicolon ends at the line break when the next line cannot go on with it (ECMA-262 12.10.1): it begins with a word or a closing brace.
fn ends_by_itself(source: &Source<'_>, statement: Node<'_>) -> bool {
    let block = statement
        .parent()
        .filter(|parent| parent.kind() == "statement_block");
    let end = block.map_or(statement.end(), |block| block.end());
    let rest = source.text.get(end as usize..).unwrap_or_default();
    let next = rest.trim_ascii_start();
    let gap = rest
        .get(..rest.len().saturating_sub(next.len()))
        .unwrap_or_default();
    let is_word = |word: &[u8]| {
        next.strip_prefix(word)
            .is_some_and(|after| !after.first().is_some_and(u8::is_ascii_alphanumeric))
    };
    gap.contains(&b'\n')
        && next
            .first()
            .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'}')
        // Before a jump an `else` may be written in, which needs the semicolon.
        && ![&b"in"[..], b"instanceof", b"else", b"return", b"throw", b"break", b"continue"]
            .iter()
            .any(|word| is_word(word))
}

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
