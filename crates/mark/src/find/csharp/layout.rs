//! Between what a blank line may stand: formatters keep none or one between statements, cases and fields. Never beside a directive, which is
//! a line of its own, or a label.

use ringfence_syntax::Node;

use crate::find::blank::Neighbours;
use crate::find::source::Source;

pub(super) const KINDS: &[&str] = &[
    "block",
    "switch_body",
    "switch_section",
    "declaration_list",
    "enum_member_declaration_list",
];

pub(super) fn may_part(source: &Source<'_>, neighbours: &Neighbours<'_>) -> bool {
    let is_statement =
        |child: Node<'_>| child.kind() != "labeled_statement" && !child.kind().starts_with("preproc_");
    match neighbours.body.kind() {
        "block" => is_statement(neighbours.before) && is_statement(neighbours.after),
        "switch_body" => neighbours.are(&["switch_section"]),
        "switch_section" => [neighbours.before, neighbours.after]
            .into_iter()
            .all(|child| is_statement(child) && child.kind().ends_with("statement")),
        "enum_member_declaration_list" => {
            neighbours.are(&["enum_member_declaration"]) && neighbours.are_in_open_list(source)
        }
        _ => {
            neighbours.are(&["field_declaration"])
                || (neighbours.are(&["field_declaration", "property_declaration", "method_declaration"])
                    && neighbours.are_one_line(source))
        }
    }
}
