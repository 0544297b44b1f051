//! Between what a blank line may stand: gofmt keeps none or one between statements, cases and the methods of an interface. Fields, keys and
//! constants stand in columns, which a blank line ends: they are parted only where a comment of its own line or an entry of
//! several lines ends the columns anyway.

use crate::find::blank::Neighbours;
use crate::find::source::Source;

pub(super) const KINDS: &[&str] = &[
    "statement_list",
    "block",
    "expression_switch_statement",
    "type_switch_statement",
    "select_statement",
    "interface_type",
    "field_declaration_list",
    "const_declaration",
    "var_spec_list",
    "literal_value",
    "source_file",
];

pub(super) fn may_part(source: &Source<'_>, neighbours: &Neighbours<'_>) -> bool {
    match neighbours.body.kind() {
        "statement_list" | "block" => {
            neighbours.before.kind() != "statement_list" && neighbours.after.kind() != "statement_list"
        }
        "interface_type" => neighbours.are(&["method_elem"]),
        "field_declaration_list" => {
            neighbours.are(&["field_declaration"])
                && (neighbours.has_lead || !source.is_one_line(neighbours.before))
        }
        "const_declaration" | "var_spec_list" => {
            neighbours.are(&["const_spec", "var_spec"]) && neighbours.has_lead
        }
        "literal_value" => {
            neighbours.are(&["keyed_element", "literal_element"])
                && (neighbours.has_lead || !neighbours.are_one_line(source))
        }
        // With a comment above, or after another keyword, gofmt sets a declaration apart itself.
        "source_file" => {
            (neighbours.are(&["var_declaration"]) || neighbours.are(&["const_declaration"]))
                && !neighbours.has_lead
                && neighbours.are_one_line(source)
        }
        _ => neighbours.are(&[
            "expression_case",
            "type_case",
            "communication_case",
            "default_case",
        ]),
    }
}
