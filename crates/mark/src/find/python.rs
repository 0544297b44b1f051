//! Python. Layout families (parentheses, blank lines, comments, returned tuples) leave the syntax tree of the language itself unchanged.

use ringfence_syntax::Node;

use super::blank::BlankLine;
use super::comment::CommentPeriod;
use super::conditional::Conditional;
use super::early_return::{Blocks, EarlyReturn};
use super::hex_case::HexCase;
use super::if_swap::IfSwap;
use super::parentheses::{ALWAYS_QUIET, Parentheses};
use super::rule::LanguageRules;
use super::statement_order::StatementOrder;

mod bare_return;
mod class_tuple;
mod function_order;
mod if_else;
mod layout;
mod members;
mod raised_class;
mod returned_tuple;
mod settings;

pub(super) static RULES: LanguageRules = LanguageRules {
    closed: &["string"],
    closed_when: &[],
    families: &[
        &function_order::FunctionOrder,
        &BlankLine {
            kinds: layout::KINDS,
            may_part: layout::may_part,
            aligns_comments: false,
        },
        &IfSwap {
            kinds: &["if_statement"],
            branches: if_else::branches,
            negation: if_else::NEGATION,
        },
        &EarlyReturn {
            blocks: Blocks::Indented,
            is_free: |_, _| true,
        },
        &Conditional {
            kinds: &["conditional_expression"],
            is_exact: |_, _| true,
            negation: if_else::NEGATION,
        },
        &StatementOrder {
            kinds: &["block", "module"],
            setting: settings::setting,
        },
        &members::Members,
        &bare_return::BareReturn,
        &raised_class::RaisedClass,
        &Parentheses {
            kinds: &["binary_operator", "boolean_operator", "comparison_operator"],
            is_quiet: ALWAYS_QUIET,
        },
        &HexCase { kinds: &["integer"] },
        &class_tuple::ClassTuple,
        &returned_tuple::ReturnedTuple,
        &CommentPeriod {
            kinds: &["comment"],
            marker: |_, _| Some(b"#"),
            has_headings: false,
        },
    ],
};

fn is_class_body(block: Node<'_>) -> bool {
    block
        .parent()
        .is_some_and(|parent| parent.kind() == "class_definition")
}
