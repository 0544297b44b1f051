//! Expressions as the families see them: binary ones taken apart, and what binds tighter than every operator.

use ringfence_syntax::Node;

use super::source::Source;

/// A binary expression with nothing but its two operands and its operator.
pub(super) struct Binary<'t, 's> {
    pub(super) left: Node<'t>,
    pub(super) operator_node: Node<'t>,
    pub(super) operator: &'s [u8],
    pub(super) right: Node<'t>,
}

/// Takes a binary expression apart; a comment or a chain of comparisons gives nothing.
pub(super) fn parts<'t, 's>(source: &Source<'s>, node: Node<'t>) -> Option<Binary<'t, 's>> {
    if node.has_error()
        || !matches!(
            node.kind(),
            "binary_expression" | "binary_operator" | "boolean_operator" | "comparison_operator"
        )
    {
        return None;
    }
    let mut children = node.children();
    let (left, operator_node, right) = (children.next()?, children.next()?, children.next()?);
    if children.next().is_some() || !left.is_named() || operator_node.is_named() || !right.is_named() {
        return None;
    }
    Some(Binary {
        left,
        operator_node,
        operator: source.of(operator_node),
        right,
    })
}

/// Tells whether the node binds tighter than every operator: names, calls, members, subscripts.
pub(super) fn is_primary(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "identifier"
            | "self"
            | "this"
            | "scoped_identifier"
            | "field_expression"
            | "member_expression"
            | "selector_expression"
            | "field_access"
            | "attribute"
            | "call"
            | "call_expression"
            | "method_invocation"
            | "index_expression"
            | "subscript_expression"
            | "subscript"
            | "array_access"
            | "invocation_expression"
            | "member_access_expression"
            | "element_access_expression"
            | "qualified_identifier"
            | "parenthesized_expression"
    )
}

pub(super) fn is_literal(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "integer_literal"
            | "float_literal"
            | "char_literal"
            | "string_literal"
            | "boolean_literal"
            | "number"
            | "string"
            | "true"
            | "false"
            | "null"
            | "none"
            | "nil"
            | "integer"
            | "float"
            | "number_literal"
            | "int_literal"
            | "interpreted_string_literal"
            | "rune_literal"
            | "decimal_integer_literal"
            | "hex_integer_literal"
            | "octal_integer_literal"
            | "binary_integer_literal"
            | "decimal_floating_point_literal"
            | "character_literal"
            | "null_literal"
    )
}
