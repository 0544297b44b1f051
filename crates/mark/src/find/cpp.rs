//! C++. As in C any name may be a macro; beyond that operators may be overloaded, so what is turned around or negated must be a variable
//! of the function that is declared with a built-in type.

use std::rc::Rc;

use ringfence_syntax::Node;

use super::blank::BlankLine;
use super::braces::Braces;
use super::c::unsigned::Unsigned;
use super::c::{self, is_macro_like};
use super::comment::{self, CommentPeriod};
use super::comparison::{ALL_OPERATORS, Comparison};
use super::compound::CompoundAssignment;
use super::conditional::Conditional;
use super::early_return::{Blocks, EarlyReturn};
use super::endless::Endless;
use super::hex_case::HexCase;
use super::if_swap::IfSwap;
use super::increment::Increment;
use super::parentheses::{Parentheses, WholeValue};
use super::rule::LanguageRules;
use super::scope::Names;
use super::source::Source;
use super::statement_order::StatementOrder;

mod function_order;
mod if_else;
mod layout;
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
        (&["parameter_list"], c::is_parameter_of_macro),
    ],
    families: &[
        &function_order::FunctionOrder,
        &BlankLine {
            kinds: layout::KINDS,
            may_part: layout::may_part,
            aligns_comments: true,
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
            is_pure: is_arithmetic,
        },
        // Around operators brackets mean nothing, also for `decltype(auto)`: only around a name or a member they would (C++17 [dcl.type.simple]p4).
        &WholeValue {
            kinds: &["return_statement", "init_declarator", "assignment_expression"],
            is_value: is_computed,
        },
        &CompoundAssignment {
            kinds: &["assignment_expression"],
            is_statement: |_, node| c::value_is_unused(node),
            is_place: is_built_in,
            is_value: |source, value| value.kind() == "number_literal" || is_arithmetic(source, value),
        },
        &Endless {
            head: b"while (true)",
        },
        &HexCase {
            kinds: &["number_literal"],
        },
        &Unsigned,
        &qualifier_order::QualifierOrder,
        &type_parameter::TypeParameter,
        &CommentPeriod {
            kinds: &["comment"],
            marker: comment::plain,
            has_headings: false,
        },
    ],
};

/// Tells whether a name is a variable or parameter of the function that is declared with a built-in type, or as a pointer: no operator of it
/// is overloaded (C++17 [over.oper]p6).
fn is_built_in(source: &Source<'_>, node: Node<'_>) -> bool {
    if node.kind() != "identifier" {
        return false;
    }
    let function = node
        .ancestors()
        .find(|outer| outer.kind() == "function_definition");
    function
        .and_then(|function| names(source, function))
        .is_some_and(|names| names.is_built_in(source.of(node)))
}

/// Tells whether an expression is made of such variables, numbers and the operators between them, and binds tighter than comparisons.
fn is_arithmetic(source: &Source<'_>, node: Node<'_>) -> bool {
    let is_small = node.subtree_end().saturating_sub(node.index()) <= 32;
    let is_operand = |node: Node<'_>| {
        matches!(node.kind(), "identifier" | "parenthesized_expression")
            || (node.kind() == "binary_expression"
                && node
                    .child_by_field("operator")
                    .is_some_and(|operator| matches!(operator.kind(), "+" | "-" | "*" | "/" | "%")))
    };
    let mut has_name = false;
    let is_plain = |part: Node<'_>| match part.kind() {
        "identifier" => {
            has_name = true;
            is_built_in(source, part)
        }
        "binary_expression" | "parenthesized_expression" | "number_literal" => true,
        _ => matches!(part.kind(), "+" | "-" | "*" | "/" | "%" | "(" | ")"),
    };
    is_small && is_operand(node) && node.descendants().all(is_plain) && has_name
}

/// Values around which brackets are left as people write them: operators, not names.
fn is_computed(source: &Source<'_>, value: Node<'_>) -> bool {
    let is_own = value
        .parent()
        .and_then(|parent| parent.child_by_field("left"))
        .is_some_and(|left| {
            value
                .named_children()
                .next()
                .is_some_and(|first| source.of(first) == source.of(left))
        });
    matches!(value.kind(), "binary_expression" | "conditional_expression")
        && !is_own
        && c::is_free_of_macros(source, value)
}

/// The variables and parameters of a function, lambdas and local types included.
fn names<'s>(source: &Source<'s>, function: Node<'_>) -> Option<Rc<Names<'s>>> {
    source.facts.scopes.names(function, || {
        let mut names = Names::default();
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
            let kind = declaration.child_by_field("type");
            let is_built_in =
                kind.is_some_and(|kind| matches!(kind.kind(), "primitive_type" | "sized_type_specifier"));
            for declarator in declaration
                .children()
                .filter(|child| child.field() == Some("declarator"))
            {
                let inner = if declarator.kind() == "init_declarator" {
                    declarator.child_by_field("declarator")
                } else {
                    Some(declarator)
                };
                let Some(inner) = inner else { continue };
                let is_pointer = inner.kind() == "pointer_declarator";
                let mut parts = inner.descendants();
                if let Some(name) = parts.find(|part| part.kind() == "identifier") {
                    names.declare(source.of(name), is_pointer || is_built_in);
                }
            }
        }
        names
    })
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
