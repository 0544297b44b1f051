//! Between what a blank line may stand. Lists are those that rustfmt writes one entry a line and keeps apart as they are (`blank_lines_upper_bound`
//! is one); `use`, `mod` and `extern crate` are sorted by groups, so that a blank line there is an order.

use crate::find::blank::Neighbours;
use crate::find::source::Source;

pub(super) const KINDS: &[&str] = &[
    "block",
    "match_block",
    "field_declaration_list",
    "enum_variant_list",
    "field_initializer_list",
    "declaration_list",
    "source_file",
];

pub(super) fn may_part(source: &Source<'_>, neighbours: &Neighbours<'_>) -> bool {
    match neighbours.body.kind() {
        "block" => ![neighbours.before, neighbours.after].iter().any(|child| {
            matches!(
                child.kind(),
                "inner_attribute_item" | "macro_definition" | "label" | "use_declaration"
            )
        }),
        "match_block" => neighbours.are(&["match_arm"]),
        "field_declaration_list" => neighbours.are(&["field_declaration"]),
        "enum_variant_list" => neighbours.are(&["enum_variant"]),
        "field_initializer_list" => neighbours.are(&["field_initializer", "shorthand_field_initializer"]),
        _ => {
            neighbours.are(&[
                "const_item",
                "static_item",
                "type_item",
                "associated_type",
                "function_signature_item",
            ]) && neighbours.has_one_line(source)
        }
    }
}
