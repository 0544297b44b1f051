//! `const T` against `T const`.
//!
//! Specifiers and qualifiers may come in any order (C11 6.7p1, 6.7.2p2). Built-in and tagged types only: another name may be a macro or hide a
//! pointer. One qualifier only.

use ringfence_syntax::Node;

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
        qualifier_order(source, node, found);
    }
}

fn qualifier_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let Some(parent) = node.parent().filter(|_| source.of(node) == b"const") else {
        return;
    };
    let is_declaration = matches!(
        parent.kind(),
        "declaration" | "parameter_declaration" | "function_definition" | "field_declaration"
    );
    let specifiers: Vec<Node<'_>> = parent
        .children()
        .filter(|child| matches!(child.kind(), "type_qualifier") || child.field() == Some("type"))
        .collect();
    let [first, second] = specifiers.as_slice() else {
        return;
    };
    let kind = if *first == node { *second } else { *first };
    let is_plain = matches!(kind.kind(), "primitive_type" | "sized_type_specifier")
        || (matches!(
            kind.kind(),
            "struct_specifier" | "union_specifier" | "enum_specifier"
        ) && kind.child_by_field("body").is_none());
    if is_declaration && is_plain && !kind.has_error() && source.slice(first.end(), second.start()) == b" " {
        let pieces = vec![copy(*second), copied(first.end(), second.start()), copy(*first)];
        let range = (first.start(), second.end());
        found.extend(Candidate::on_lines(
            source,
            Family::QualifierOrder,
            node,
            range,
            pieces,
        ));
    }
}
