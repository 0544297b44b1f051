//! Between what a blank line may stand: prettier keeps none or one between statements, members of classes and types, and the
//! properties of literals that begin on a line of their own. Imports are left to their sorters.

use ringfence_syntax::Node;

use crate::find::blank::Neighbours;
use crate::find::source::Source;

pub(super) const KINDS: &[&str] = &[
    "statement_block",
    "switch_body",
    "switch_case",
    "switch_default",
    "program",
    "class_body",
    "object",
    "array",
];

/// What may be parted in types.
pub(super) const TYPE_KINDS: &[&str] = &["interface_body", "object_type", "enum_body"];

pub(super) fn may_part(source: &Source<'_>, neighbours: &Neighbours<'_>) -> bool {
    match neighbours.body.kind() {
        "statement_block" => true,
        // eslint's `no-fallthrough` takes an empty case for meant only when the next one follows at once.
        "switch_body" => {
            neighbours.are(&["switch_case", "switch_default"])
                && neighbours
                    .before
                    .children()
                    .any(|child| child.field() == Some("body"))
        }
        "switch_case" | "switch_default" => {
            neighbours.before.field() == Some("body") && neighbours.after.field() == Some("body")
        }
        "program" => {
            neighbours.are(&[
                "expression_statement",
                "lexical_declaration",
                "variable_declaration",
                "export_statement",
                "type_alias_declaration",
                "function_signature",
            ]) && neighbours.has_one_line(source)
                && declares(neighbours.before)
                && declares(neighbours.after)
        }
        "class_body" => {
            neighbours.are(&["field_definition", "public_field_definition"])
                || (neighbours.are(&["method_signature", "abstract_method_signature"])
                    && neighbours.has_one_line(source))
        }
        "array" => {
            neighbours.are(&["object"])
                && !neighbours.are_one_line(source)
                && neighbours.are_in_open_list(source)
        }
        "object" => {
            neighbours.are(&[
                "pair",
                "shorthand_property_identifier",
                "spread_element",
                "method_definition",
            ]) && neighbours.are_in_open_list(source)
        }
        _ => {
            neighbours.are(&[
                "property_signature",
                "method_signature",
                "call_signature",
                "construct_signature",
                "index_signature",
                "enum_assignment",
                "property_identifier",
            ]) && neighbours.are_in_open_list(source)
        }
    }
}

/// An export that only names another module's things is an import to sorters.
fn declares(statement: Node<'_>) -> bool {
    statement.kind() != "export_statement"
        || statement.named_children().any(|child| {
            matches!(
                child.kind(),
                "lexical_declaration" | "type_alias_declaration" | "function_signature"
            )
        })
}
