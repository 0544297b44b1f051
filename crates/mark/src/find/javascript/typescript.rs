//! TypeScript: the families of JavaScript, and those of types.

mod array_type;
mod union_order;

use super::{BRACES, CLOSED, EQUALITY, INCREMENT, SWITCH, function_order, if_else, settings, shorthand};
use crate::find::blank::BlankLine;
use crate::find::comment::CommentPeriod;
use crate::find::conditional::Conditional;
use crate::find::early_return::{Blocks, EarlyReturn};
use crate::find::hex_case::HexCase;
use crate::find::if_swap::IfSwap;
use crate::find::parentheses::{ALWAYS_QUIET, Parentheses};
use crate::find::rule::LanguageRules;
use crate::find::statement_order::StatementOrder;

pub(in crate::find) static RULES: LanguageRules = LanguageRules {
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
        &union_order::UnionOrder,
        &array_type::ArrayType,
    ],
};
