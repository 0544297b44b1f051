//! `Vec::new()` against `vec![]`.
//!
//! Equal because `vec![]` expands to `Vec::new()` (standard library, `alloc::vec`). Left out: constants, statements, and files that import a `Vec` of
//! their own.

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, text};
use crate::find::rule::FamilyRule;
use crate::find::rust::width::keeps_layout;
use crate::find::rust::{declares_vector, names_alloc};
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct EmptyVector;

impl FamilyRule for EmptyVector {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["call_expression", "macro_invocation"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        empty_vector(source, node, found);
    }
}

fn empty_vector(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    match source.of(node) {
        _ if node.has_error() => {}
        b"Vec::new()" => new_vector(source, node, b"vec![]", found),
        b"vec![]" => new_vector(source, node, b"Vec::new()", found),
        _ => {}
    }
}

fn new_vector(source: &Source<'_>, node: Node<'_>, other: &[u8], found: &mut Vec<Candidate>) {
    let in_value = node.parent().is_some_and(|parent| {
        matches!(
            parent.kind(),
            "let_declaration"
                | "field_initializer"
                | "arguments"
                | "assignment_expression"
                | "return_expression"
        )
    });
    let in_constant = node
        .ancestors()
        .any(|outer| matches!(outer.kind(), "const_item" | "static_item"));
    if in_value
        && !declares_vector(source)
        && !in_constant
        && !names_alloc(source)
        && keeps_layout(source, node, source.of(node).len(), other.len())
    {
        found.extend(Candidate::on_lines(
            source,
            Family::Idiom,
            node,
            (node.start(), node.end()),
            vec![text(other)],
        ));
    }
}
