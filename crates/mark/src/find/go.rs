//! Go.

use ringfence_syntax::Node;

use super::blank::BlankLine;
use super::comment::CommentPeriod;
use super::comparison::{ALL_OPERATORS, Comparison};
use super::compound::CompoundAssignment;
use super::expression::is_literal;
use super::hex_case::HexCase;
use super::if_swap::IfSwap;
use super::parentheses::Parentheses;
use super::rule::LanguageRules;
use super::source::{Source, contains};
use super::statement_order::StatementOrder;

mod case_order;
mod documentation;
mod empty_container;
mod empty_interface;
mod function_order;
mod if_else;
mod increment;
mod initialiser_order;
mod layout;
mod method_order;
mod parameter_group;
mod settings;
mod short_declaration;
mod slice_bound;
mod zero_value;

pub(super) static RULES: LanguageRules = LanguageRules {
    closed: &[
        "interpreted_string_literal",
        "raw_string_literal",
        "import_declaration",
    ],
    closed_when: &[],
    families: &[
        &function_order::FunctionOrder,
        &method_order::MethodOrder,
        &BlankLine {
            kinds: layout::KINDS,
            may_part: layout::may_part,
            aligns_comments: true,
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
        // gofmt writes sums and products with or without blanks by what stands around, comparisons always with them.
        &Parentheses {
            kinds: &["binary_expression"],
            is_quiet: |_, inner| !matches!(inner, b"*" | b"/" | b"%" | b"+" | b"-"),
        },
        // The order in which two variables are read is unspecified already (Go specification, "Order of evaluation").
        &Comparison {
            kinds: &["binary_expression"],
            operators: ALL_OPERATORS,
            is_pure: is_read_only,
        },
        &HexCase {
            kinds: &["int_literal"],
        },
        &empty_container::EmptyContainer,
        &empty_interface::EmptyInterface,
        &short_declaration::ShortDeclaration,
        &parameter_group::ParameterGroup,
        &slice_bound::SliceBound,
        &zero_value::ZeroValue,
        &CompoundAssignment {
            kinds: &["assignment_statement"],
            is_statement: |_, _| true,
            is_place: |source, place| is_variable(place) && source.of(place) != b"_",
            // No operators: gofmt writes them with or without blanks by what stands around.
            is_value: |_, value| is_variable(value) || is_literal(value),
        },
        &CommentPeriod {
            kinds: &["comment"],
            marker: documentation::marker,
            has_headings: true,
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

/// Tells whether a comment ends the line on which a node begins: gofmt aligns it with those of the lines around.
fn has_comment_behind(source: &Source<'_>, node: Node<'_>) -> bool {
    let line = source.line(source.line_of(node.start()));
    contains(line, b"//") || contains(line, b"/*")
}

/// Functions that are there without a declaration, and conversions to numbers: they call nothing.
const PREDECLARED: [&[u8]; 15] = [
    b"byte", b"cap", b"float32", b"float64", b"int", b"int16", b"int32", b"int64", b"int8", b"len", b"uint",
    b"uint16", b"uint32", b"uint64", b"uint8",
];

/// Tells whether an operand only reads: variables, members, their lengths, sums and products of them.
fn is_read_only(source: &Source<'_>, operand: Node<'_>) -> bool {
    if is_variable(operand) {
        return true;
    }
    let is_side = match operand.kind() {
        "call_expression" => true,
        "binary_expression" => operand
            .child_by_field("operator")
            .is_some_and(|operator| matches!(operator.kind(), "+" | "-" | "*")),
        _ => false,
    };
    let is_small = operand.subtree_end().saturating_sub(operand.index()) <= 24;
    let mut reads = false;
    is_side
        && is_small
        && operand.descendants().all(|part| match part.kind() {
            "call_expression" => part.child_by_field("function").is_some_and(|function| {
                function.kind() == "identifier" && PREDECLARED.binary_search(&source.of(function)).is_ok()
            }),
            "binary_expression" => part
                .child_by_field("operator")
                .is_some_and(|operator| matches!(operator.kind(), "+" | "-" | "*")),
            "identifier" => {
                reads = true;
                true
            }
            "argument_list" | "selector_expression" | "field_identifier" | "int_literal" => true,
            _ => !part.is_named(),
        })
        && reads
}
