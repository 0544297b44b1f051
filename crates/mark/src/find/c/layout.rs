//! Between what a blank line may stand: clang-format keeps none or one between statements, fields, constants and declarations
//! (`MaxEmptyLinesToKeep`). Never beside a directive, which is a line of its own, or a label.

use ringfence_syntax::Node;

use crate::find::blank::Neighbours;
use crate::find::source::Source;

pub(in crate::find) const KINDS: &[&str] = &[
    "compound_statement",
    "case_statement",
    "field_declaration_list",
    "enumerator_list",
    "initializer_list",
    "translation_unit",
    "preproc_if",
    "preproc_ifdef",
    "preproc_elif",
    "preproc_else",
];

pub(in crate::find) fn may_part(source: &Source<'_>, neighbours: &Neighbours<'_>) -> bool {
    match neighbours.body.kind() {
        "compound_statement" => are_statements(neighbours, |_| true),
        "case_statement" => are_statements(neighbours, |child| child.field() != Some("value")),
        "field_declaration_list" => neighbours.are(&["field_declaration"]),
        "enumerator_list" => neighbours.are(&["enumerator"]) && neighbours.are_in_open_list(source),
        "initializer_list" => neighbours.are(&["initializer_list"]) && neighbours.are_in_open_list(source),
        "translation_unit" => are_declarations(source, neighbours),
        // Within a condition of the preprocessor stands whatever may stand around it.
        _ => {
            are_statements(neighbours, |child| child.kind().ends_with("_statement"))
                || are_declarations(source, neighbours)
        }
    }
}

fn are_statements(neighbours: &Neighbours<'_>, is_one: impl Fn(Node<'_>) -> bool) -> bool {
    [neighbours.before, neighbours.after]
        .into_iter()
        .all(|child| super::is_statement(child) && is_one(child))
}

fn are_declarations(source: &Source<'_>, neighbours: &Neighbours<'_>) -> bool {
    (neighbours.are(&["declaration"]) || neighbours.are(&["type_definition"]))
        && neighbours.has_one_line(source)
}
