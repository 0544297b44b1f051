//! Kinds of nodes that mean the same in every grammar: bodies, literals, statements.

use ringfence_syntax::Node;

/// The body of a named function or method.
pub(super) fn is_body(node: &Node<'_>) -> bool {
    node.field() == Some("body") && node.parent().is_some_and(|parent| parent.is_function())
}

/// Strings, characters, numbers, regular expressions; the outermost node of each.
pub(super) fn is_literal(node: &Node<'_>) -> bool {
    matches!(
        node.kind(),
        "string"
            | "string_literal"
            | "raw_string_literal"
            | "interpreted_string_literal"
            | "template_string"
            | "char_literal"
            | "character_literal"
            | "rune_literal"
            | "regex"
            | "number"
            | "number_literal"
            | "integer"
            | "float"
            | "integer_literal"
            | "float_literal"
            | "int_literal"
            | "imaginary_literal"
            | "decimal_integer_literal"
            | "hex_integer_literal"
            | "octal_integer_literal"
            | "binary_integer_literal"
            | "decimal_floating_point_literal"
            | "hex_floating_point_literal"
    )
}

/// Statements inside bodies.
pub(super) fn is_statement(node: &Node<'_>) -> bool {
    let kind = node.kind();
    node.is_named()
        && (kind.ends_with("_statement")
            || matches!(
                kind,
                "let_declaration"
                    | "local_variable_declaration"
                    | "short_var_declaration"
                    | "lexical_declaration"
                    | "variable_declaration"
                    | "call_expression"
                    | "macro_invocation"
            ))
}
