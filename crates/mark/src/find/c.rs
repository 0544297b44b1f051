//! C. Any name may be a macro, so whatever a macro could turn around is left out: arguments of calls, names without lower case
//! letters, directives and what they guard.

use ringfence_syntax::Node;

use super::blank::BlankLine;
use super::braces::Braces;
use super::cases::{CaseOrder, Keys};
use super::comment::{self, CommentPeriod};
use super::comparison::PairComparison;
use super::compound::CompoundAssignment;
use super::conditional::Conditional;
use super::early_return::{Blocks, EarlyReturn};
use super::endless::Endless;
use super::hex_case::HexCase;
use super::if_swap::IfSwap;
use super::increment::Increment;
use super::parentheses::{Parentheses, WholeValue};
use super::rule::LanguageRules;
use super::source::Source;
use super::statement_order::StatementOrder;

mod function_order;
mod if_else;
pub(super) mod layout;
pub(super) mod macros;
mod qualifier_order;
pub(super) mod settings;
mod truth;
mod turned;
pub(super) mod unsigned;

pub(super) static RULES: LanguageRules = LanguageRules {
    closed: CLOSED,
    closed_when: &[
        (DIRECTIVE_CONDITIONS, is_directive_condition),
        (&["argument_list"], is_argument_of_macro),
        (&["parameter_list"], is_parameter_of_macro),
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
            kinds: &["if_statement", "while_statement", "for_statement"],
            is_simple,
        },
        &Increment {
            kinds: &["update_expression"],
            is_unused: value_is_unused,
            is_place: is_variable,
        },
        &Conditional {
            kinds: &["conditional_expression"],
            is_exact: is_free_of_macros,
            negation: if_else::NEGATION,
        },
        &EarlyReturn {
            blocks: Blocks::Braced,
            is_free: if_else::has_no_directive,
        },
        &SWITCH,
        &StatementOrder {
            kinds: &["compound_statement"],
            setting: settings::setting,
        },
        &Parentheses {
            kinds: &["binary_expression"],
            is_quiet: is_quiet_bracket,
        },
        &PairComparison {
            kinds: &["binary_expression"],
            may_turn: turned::may_turn,
        },
        &WholeValue {
            kinds: &["return_statement"],
            is_value: is_returned,
        },
        &WholeValue {
            kinds: &["init_declarator", "assignment_expression"],
            is_value: is_computed,
        },
        &CompoundAssignment {
            kinds: &["assignment_expression"],
            is_statement: |source, node| value_is_unused(node) && !macros::has_volatile(source),
            is_place: is_read_only_place,
            is_value: |source, value| value.kind() == "number_literal" || macros::is_read_only(source, value),
        },
        &Endless { head: b"while (1)" },
        &truth::Truth,
        &HexCase {
            kinds: &["number_literal"],
        },
        &unsigned::Unsigned,
        &qualifier_order::QualifierOrder,
        &CommentPeriod {
            kinds: &["comment"],
            marker: comment::plain,
            has_headings: false,
        },
    ],
};

/// Kinds in which nothing is marked.
pub(super) const CLOSED: &[&str] = &[
    "preproc_def",
    "preproc_function_def",
    "preproc_include",
    "preproc_call",
    "preproc_arg",
    "string_literal",
    "concatenated_string",
    "gnu_asm_expression",
    "attribute_specifier",
    "attribute_declaration",
    "char_literal",
];

/// Kinds that may be the condition of a directive.
pub(super) const DIRECTIVE_CONDITIONS: &[&str] = &[
    "binary_expression",
    "unary_expression",
    "call_expression",
    "parenthesized_expression",
    "preproc_defined",
    "identifier",
    "number_literal",
];

/// A macro may print its argument, or put it beside operators of its own: only what the file itself defines as a function is none.
fn is_argument_of_macro(source: &Source<'_>, node: Node<'_>) -> bool {
    let function = node.parent().and_then(|call| call.child_by_field("function"));
    !function.is_some_and(|function| {
        function.kind() == "identifier" && is_own_function(source, source.of(function))
    })
}

/// `DECLARE_PARSER(short);` declares no function: what has no type and is not named as the class around it is a macro, which may paste its
/// parameters into names.
pub(super) fn is_parameter_of_macro(source: &Source<'_>, node: Node<'_>) -> bool {
    let Some(declarator) = node
        .parent()
        .filter(|parent| parent.kind() == "function_declarator")
    else {
        return false;
    };
    let Some(declaration) = declarator
        .parent()
        .filter(|parent| matches!(parent.kind(), "declaration" | "field_declaration"))
    else {
        return false;
    };
    let class = declaration
        .ancestors()
        .find(|outer| matches!(outer.kind(), "class_specifier" | "struct_specifier"))
        .and_then(|class| class.name_node())
        .map(|name| source.of(name));
    let name = declarator
        .child_by_field("declarator")
        .map(|name| source.of(name));
    declaration.child_by_field("type").is_none() && (class.is_none() || name != class)
}

pub(super) fn is_directive_condition(_: &Source<'_>, node: Node<'_>) -> bool {
    node.field() == Some("condition")
        && node
            .parent()
            .is_some_and(|parent| parent.kind().starts_with("preproc_"))
}

/// A macro may be several statements, so a call must be of a function of this file.
fn is_simple(source: &Source<'_>, statement: Node<'_>) -> bool {
    match statement.kind() {
        "return_statement" | "break_statement" | "continue_statement" | "goto_statement" => true,
        "expression_statement" => {
            let expression = statement.named_children().next();
            expression.is_some_and(|expression| match expression.kind() {
                "assignment_expression" | "update_expression" => true,
                "call_expression" => {
                    let function = expression.child_by_field("function");
                    function.is_some_and(|function| {
                        function.kind() == "identifier" && is_own_function(source, source.of(function))
                    })
                }
                _ => false,
            })
        }
        _ => false,
    }
}

/// Tells whether a name is written as macros are.
pub(super) fn is_macro_like(name: &[u8]) -> bool {
    !name.iter().any(u8::is_ascii_lowercase)
}

pub(super) fn is_variable(source: &Source<'_>, node: Node<'_>) -> bool {
    let is_plain = |part: Node<'_>| match part.kind() {
        "identifier" | "field_identifier" => !is_macro_like(source.of(part)),
        "field_expression" | "." | "->" => true,
        _ => false,
    };
    matches!(node.kind(), "identifier" | "field_expression") && node.descendants().all(is_plain)
}

/// Cases may be any constants; what they declare reaches into the others.
pub(super) static SWITCH: CaseOrder = CaseOrder {
    kinds: &["compound_statement"],
    case: "case_statement",
    value: "value",
    keys: Keys::Constants,
    scoped: &["declaration", "labeled_statement", "type_definition"],
};

/// Compilers ask for brackets where `&&` stands in `||`.
pub(super) fn is_quiet_bracket(outer: &[u8], inner: &[u8]) -> bool {
    !(outer == b"||" && inner == b"&&")
}

fn is_read_only_place(source: &Source<'_>, place: Node<'_>) -> bool {
    matches!(
        place.kind(),
        "identifier" | "field_expression" | "subscript_expression"
    ) && macros::is_read_only(source, place)
}

/// Values that people bracket after `return`.
fn is_returned(source: &Source<'_>, value: Node<'_>) -> bool {
    let is_kind = matches!(
        value.kind(),
        "identifier"
            | "field_expression"
            | "subscript_expression"
            | "call_expression"
            | "number_literal"
            | "binary_expression"
            | "conditional_expression"
            | "unary_expression"
    );
    is_kind && is_free_of_macros(source, value)
}

/// Not `x = x + e`, which has another spelling.
fn is_computed(source: &Source<'_>, value: Node<'_>) -> bool {
    let is_place = |left: Node<'_>| {
        value
            .named_children()
            .next()
            .is_some_and(|first| source.of(first) == source.of(left))
    };
    let place = value.parent().and_then(|parent| parent.child_by_field("left"));
    matches!(value.kind(), "binary_expression" | "conditional_expression")
        && !place.is_some_and(is_place)
        && is_free_of_macros(source, value)
}

pub(super) fn is_statement(node: Node<'_>) -> bool {
    node.kind() != "labeled_statement" && !node.kind().starts_with("preproc_")
}

/// Tells whether a call of this name is a call: a function of this text or of the standard library.
pub(super) fn is_own_function(source: &Source<'_>, name: &[u8]) -> bool {
    macros::is_function(source, name)
}

/// Tells whether every name in a condition is a variable, a plain literal, or a call of a function of this file.
pub(super) fn is_free_of_macros(source: &Source<'_>, condition: Node<'_>) -> bool {
    condition.descendants().all(|part| match part.kind() {
        "identifier" => {
            let callee = part
                .parent()
                .is_some_and(|parent| parent.kind() == "call_expression" && part.field() == Some("function"));
            if callee {
                is_own_function(source, source.of(part))
            } else {
                !is_macro_like(source.of(part))
            }
        }
        _ => true,
    })
}

pub(super) fn value_is_unused(node: Node<'_>) -> bool {
    node.parent().is_some_and(|parent| match parent.kind() {
        "expression_statement" => true,
        "for_statement" => node.field() == Some("update"),
        _ => false,
    })
}
