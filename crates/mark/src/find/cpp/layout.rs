//! Between what a blank line may stand: as in C, between the declarations of a namespace, and between functions of one line. Never beside
//! `public:` and its like, where clang-format writes blank lines of its own.

use crate::find::blank::Neighbours;
use crate::find::c::layout as plain;
use crate::find::source::Source;

pub(super) const KINDS: &[&str] = &[
    "compound_statement",
    "case_statement",
    "field_declaration_list",
    "enumerator_list",
    "initializer_list",
    "declaration_list",
    "translation_unit",
    "preproc_if",
    "preproc_ifdef",
    "preproc_elif",
    "preproc_else",
];

pub(super) fn may_part(source: &Source<'_>, neighbours: &Neighbours<'_>) -> bool {
    let is_list = matches!(
        neighbours.body.kind(),
        "field_declaration_list" | "declaration_list" | "translation_unit"
    );
    plain::may_part(source, neighbours)
        || (is_list && neighbours.are(&["function_definition"]) && neighbours.are_one_line(source))
}
