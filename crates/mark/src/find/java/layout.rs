//! Between what a blank line may stand: formatters keep none or one between statements, cases and fields.

use crate::find::blank::Neighbours;
use crate::find::source::Source;

pub(super) const KINDS: &[&str] = &[
    "block",
    "constructor_body",
    "switch_block",
    "switch_block_statement_group",
    "class_body",
    "interface_body",
    "enum_body",
    "enum_body_declarations",
];

pub(super) fn may_part(source: &Source<'_>, neighbours: &Neighbours<'_>) -> bool {
    match neighbours.body.kind() {
        "block" | "constructor_body" => true,
        "switch_block" => {
            neighbours.are(&["switch_block_statement_group"]) || neighbours.are(&["switch_rule"])
        }
        "switch_block_statement_group" => !neighbours.before.kind().starts_with("switch_label"),
        "enum_body" => neighbours.are(&["enum_constant"]) && neighbours.are_in_open_list(source),
        _ => neighbours.are(&["field_declaration", "constant_declaration"]),
    }
}
