//! C++. As in C any name may be a macro; beyond that operators may be overloaded, so what is turned around or negated must be a variable
//! of the function that is declared with a built-in type.

use ringfence_syntax::Node;

use super::blank::BlankLine;
use super::braces::Braces;
use super::c::unsigned::Unsigned;
use super::c::{self, is_macro_like};
use super::comment::CommentPeriod;
use super::comparison::{ALL_OPERATORS, Comparison};
use super::conditional::Conditional;
use super::early_return::{Blocks, EarlyReturn};
use super::hex_case::HexCase;
use super::if_swap::IfSwap;
use super::increment::Increment;
use super::parentheses::Parentheses;
use super::rule::LanguageRules;
use super::source::Source;
use super::statement_order::StatementOrder;

mod function_order;
mod if_else;
mod qualifier_order;
mod type_parameter;

pub(super) static RULES: LanguageRules = LanguageRules {
    closed: &[
        "preproc_def",
        "preproc_function_def",
        "preproc_include",
        "preproc_call",
        "preproc_arg",
        "string_literal",
        "raw_string_literal",
        "concatenated_string",
        "gnu_asm_expression",
        "attribute_specifier",
        "attribute_declaration",
        "char_literal",
    ],
    closed_when: &[
        (c::DIRECTIVE_CONDITIONS, c::is_directive_condition),
        (&["argument_list"], is_argument_of_macro),
    ],
    families: &[
        &function_order::FunctionOrder,
        &BlankLine {
            kinds: &["compound_statement"],
            is_body: |_| true,
            is_statement: c::is_statement,
        },
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
                "for_range_loop",
            ],
            is_simple,
        },
        &Increment {
            kinds: &["update_expression"],
            is_unused: c::value_is_unused,
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
        &c::SWITCH,
        &StatementOrder {
            kinds: &["compound_statement"],
            setting: c::settings::setting,
        },
        &Parentheses {
            kinds: &["binary_expression"],
            is_quiet: c::is_quiet_bracket,
        },
        // Built-in comparisons: the order of evaluation of their operands is unspecified already (C++17 [intro.execution]p10).
        &Comparison {
            kinds: &["binary_expression"],
            operators: ALL_OPERATORS,
            is_pure: is_built_in,
        },
        &HexCase {
            kinds: &["number_literal"],
        },
        &Unsigned,
        &qualifier_order::QualifierOrder,
        &type_parameter::TypeParameter,
        &CommentPeriod {
            kinds: &["comment"],
            marker: |_, _| Some(b"//"),
        },
    ],
};

/// Functions above this many nodes are left alone: every site would walk them.
const MAX_NODES: u32 = 8_000;

/// Tells whether a name is a variable or parameter of the function that is declared with a built-in type, or as a pointer: no operator of it
/// is overloaded (C++17 [over.oper]p6).
fn is_built_in(source: &Source<'_>, node: Node<'_>) -> bool {
    let Some(function) = node
        .ancestors()
        .find(|outer| outer.kind() == "function_definition")
        .filter(|function| {
            node.kind() == "identifier"
                && function.subtree_end().saturating_sub(function.index()) <= MAX_NODES
        })
    else {
        return false;
    };
    let name = source.of(node);
    let mut is_declared = false;
    for declaration in function.descendants().filter(|part| {
        matches!(
            part.kind(),
            "declaration"
                | "parameter_declaration"
                | "optional_parameter_declaration"
                | "for_range_loop"
                | "field_declaration"
                | "lambda_capture_initializer"
        )
    }) {
        for declarator in declaration
            .children()
            .filter(|child| child.field() == Some("declarator"))
        {
            let mut inner = declarator;
            if inner.kind() == "init_declarator" {
                let Some(declared) = inner.child_by_field("declarator") else {
                    continue;
                };
                inner = declared;
            }
            let is_pointer = inner.kind() == "pointer_declarator";
            let declared = inner
                .descendants()
                .find(|part| part.kind() == "identifier")
                .map(|declared| source.of(declared));
            if declared != Some(name) {
                continue;
            }
            let kind = declaration
                .child_by_field("type")
                .map_or("", |declared| declared.kind());
            if !is_pointer && !matches!(kind, "primitive_type" | "sized_type_specifier") {
                return false;
            }
            is_declared = true;
        }
    }
    is_declared
}

/// A macro may be several statements: a call must be of a function of this file, of a member, or of a name in a namespace.
fn is_simple(source: &Source<'_>, statement: Node<'_>) -> bool {
    match statement.kind() {
        "return_statement" | "break_statement" | "continue_statement" | "goto_statement" => true,
        "expression_statement" => {
            let expression = statement.named_children().next();
            expression.is_some_and(|expression| match expression.kind() {
                "assignment_expression" | "update_expression" => true,
                "call_expression" => expression
                    .child_by_field("function")
                    .is_some_and(|function| is_function(source, function)),
                _ => false,
            })
        }
        _ => false,
    }
}

/// A macro may print its argument, or put it beside operators of its own.
fn is_argument_of_macro(source: &Source<'_>, node: Node<'_>) -> bool {
    let function = node.parent().and_then(|call| call.child_by_field("function"));
    !function.is_some_and(|function| is_function(source, function))
}

fn is_function(source: &Source<'_>, function: Node<'_>) -> bool {
    match function.kind() {
        "identifier" => c::is_own_function(source, source.of(function)),
        "field_expression" | "qualified_identifier" => {
            let name = function
                .child_by_field("field")
                .or_else(|| function.child_by_field("name"));
            name.is_some_and(|name| {
                matches!(name.kind(), "identifier" | "field_identifier") && !is_macro_like(source.of(name))
            })
        }
        _ => false,
    }
}
