//! `const T` against `T const`.
//!
//! Specifiers may come in any order (C++17 [dcl.spec]p1, [dcl.type.cv]p1), whatever the type is: for a name of a pointer both make the
//! pointer constant. One qualifier only; not for names that are written as macros are.

use ringfence_syntax::Node;

use crate::find::c::is_macro_like;
use crate::find::candidate::{Candidate, copy, source as copied};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct QualifierOrder;

impl FamilyRule for QualifierOrder {
    fn family(&self) -> Family {
        Family::QualifierOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["type_qualifier"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(candidate(source, node));
    }
}

fn candidate(source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
    let parent = node.parent().filter(|_| source.of(node) == b"const")?;
    let is_declaration = matches!(
        parent.kind(),
        "declaration"
            | "parameter_declaration"
            | "optional_parameter_declaration"
            | "function_definition"
            | "field_declaration"
            | "for_range_loop"
            | "type_descriptor"
    );
    let specifiers: Vec<Node<'_>> = parent
        .children()
        .filter(|child| child.kind() == "type_qualifier" || child.field() == Some("type"))
        .collect();
    let [first, second] = specifiers.as_slice() else {
        return None;
    };
    let kind = if *first == node { *second } else { *first };
    let is_plain = match kind.kind() {
        "primitive_type" | "sized_type_specifier" | "template_type" => true,
        "type_identifier" | "qualified_identifier" => !is_macro_like(source.of(kind)),
        _ => false,
    };
    if !is_declaration
        || !is_plain
        || kind.has_error()
        || !source.is_one_line(kind)
        || source.slice(first.end(), second.start()) != b" "
    {
        return None;
    }
    let pieces = vec![copy(*second), copied(first.end(), second.start()), copy(*first)];
    let range = (first.start(), second.end());
    Candidate::on_lines(source, Family::QualifierOrder, node, range, pieces)
}
