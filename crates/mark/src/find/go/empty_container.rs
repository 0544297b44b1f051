//! `make(map[K]V)` against `map[K]V{}`, and `make([]T, 0)` against `[]T{}`.
//!
//! Equal because both make an empty map, or a slice of length and capacity nought that is not nil (Go specification, "Making slices, maps and channels", "Composite literals"). Types written out
//! only: a name could be that of a channel. Left out: heads of statements, where a brace would begin the body, and texts with a `make` of their own.

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, copy, text};
use crate::find::go::has_comment_behind;
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct EmptyContainer;

impl FamilyRule for EmptyContainer {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["call_expression", "composite_literal"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(candidate(source, node));
    }
}

fn candidate(source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
    if node.has_error() || has_comment_behind(source, node) {
        return None;
    }
    let (container, pieces) = if node.kind() == "composite_literal" {
        let container = node.child_by_field("type")?;
        let body = node.child_by_field("body")?;
        if source.of(body) != b"{}" || body.start() != container.end() {
            return None;
        }
        let end: &[u8] = if container.kind() == "slice_type" {
            b", 0)"
        } else {
            b")"
        };
        (container, vec![text(b"make("), copy(container), text(end)])
    } else {
        let function = node.child_by_field("function")?;
        if source.of(function) != b"make" {
            return None;
        }
        let mut arguments = node.child_by_field("arguments")?.named_children_with_comments();
        let container = arguments.next()?;
        let end: &[u8] = if container.kind() == "slice_type" {
            b", 0)"
        } else {
            b")"
        };
        let is_written = source.slice(node.start(), container.start()) == b"make("
            && source.slice(container.end(), node.end()) == end;
        if !is_written {
            return None;
        }
        (container, vec![copy(container), text(b"{}")])
    };
    let is_plain = matches!(container.kind(), "map_type" | "slice_type") && source.is_one_line(container);
    (is_plain && is_in_value(node) && !declares_make(source))
        .then(|| Candidate::on_lines(source, Family::Idiom, node, (node.start(), node.end()), pieces))?
}

/// Tells whether the expression is a value of a statement or field, not of the head of one with a body, and nothing is done with it there.
fn is_in_value(node: Node<'_>) -> bool {
    let mut parent = node.parent();
    let is_list = |outer: Node<'_>| {
        matches!(
            outer.kind(),
            "expression_list" | "literal_element" | "keyed_element" | "literal_value"
        )
    };
    while let Some(outer) = parent.filter(|outer| is_list(*outer)) {
        parent = outer.parent();
    }
    let Some(statement) = parent else { return false };
    match statement.kind() {
        "short_var_declaration" | "assignment_statement" => statement
            .parent()
            .is_some_and(|outer| matches!(outer.kind(), "statement_list" | "block")),
        "return_statement" | "var_spec" => true,
        _ => false,
    }
}

fn declares_make(source: &Source<'_>) -> bool {
    *source.facts.declares_make.get_or_init(|| {
        source.tree.nodes().any(|node| {
            source.of(node) == b"make"
                && matches!(
                    node.kind(),
                    "identifier" | "field_identifier" | "package_identifier"
                )
                && node
                    .parent()
                    .is_some_and(|parent| parent.kind() != "call_expression")
        })
    })
}
