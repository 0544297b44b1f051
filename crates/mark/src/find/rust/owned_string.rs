//! `"x".to_string()` against `"x".to_owned()`, and `String::from("x")` against the first.
//!
//! Equal because both give the same `String` for a `str` (standard library: `impl ToString for str`, `impl ToOwned for str`). Left out where `alloc` is named:
//! without the prelude one of the two traits may not be in scope.

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, copy, text};
use crate::find::rule::FamilyRule;
use crate::find::rust::names_alloc;
use crate::find::rust::width::keeps_layout;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct OwnedString;

impl FamilyRule for OwnedString {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["call_expression"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        owned_string(source, node, found);
    }
}

fn owned_string(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    if node.has_error() {
        return;
    }
    let Some(function) = node.child_by_field("function") else {
        return;
    };
    if source.of(function) == b"String::from" {
        return from_literal(source, node, found);
    }
    let (Some(value), Some(method)) = (function.child_by_field("value"), function.child_by_field("field"))
    else {
        return;
    };
    let other: &[u8] = match source.of(method) {
        b"to_string" => b"to_owned",
        b"to_owned" => b"to_string",
        _ => return,
    };
    let arguments = node
        .child_by_field("arguments")
        .map(|arguments| source.of(arguments));
    if value.kind() == "string_literal"
        && source.is_one_line(node)
        && arguments == Some(b"()")
        && keeps_layout(
            source,
            node,
            method.end().saturating_sub(method.start()) as usize,
            other.len(),
        )
        && !names_alloc(source)
    {
        let range = (method.start(), method.end());
        found.extend(Candidate::on_lines(
            source,
            Family::Idiom,
            node,
            range,
            vec![text(other)],
        ));
    }
}

fn from_literal(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let Some(arguments) = node.child_by_field("arguments") else {
        return;
    };
    let mut arguments = arguments.named_children();
    let (Some(literal), None) = (arguments.next(), arguments.next()) else {
        return;
    };
    if literal.kind() == "string_literal"
        && source.is_one_line(node)
        && source.slice(literal.end(), node.end()) == b")"
        && keeps_layout(source, node, b"String::from()".len(), b".to_string()".len())
        && !names_alloc(source)
    {
        found.extend(Candidate::on_lines(
            source,
            Family::Idiom,
            node,
            (node.start(), node.end()),
            vec![copy(literal), text(b".to_string()")],
        ));
    }
}
