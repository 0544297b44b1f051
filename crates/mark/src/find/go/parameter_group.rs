//! `a int, b int` against `a, b int`.
//!
//! Each name of a parameter declaration has the type that follows the list (Go specification, "Function types"); results with names likewise.

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, copy, source as copied, text};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct ParameterGroup;

impl FamilyRule for ParameterGroup {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["parameter_declaration"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(candidate(source, node));
    }
}

fn candidate(source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
    // What stands on one line may be aligned with its neighbours.
    let function = node.parent()?.parent().filter(|outer| {
        matches!(
            outer.kind(),
            "function_declaration" | "method_declaration" | "func_literal"
        )
    })?;
    if source.is_one_line(function) {
        return None;
    }
    let kind = type_of(source, node)?;
    let names: Vec<Node<'_>> = names(node).collect();
    let (last, others) = names.split_last()?;
    if let Some(before) = others.last() {
        // The last name gets a declaration of its own.
        let between = [b" ", source.of(kind), b", "].concat();
        let pieces = vec![
            copied(node.start(), before.end()),
            text(&between),
            copy(*last),
            text(b" "),
            copy(kind),
        ];
        return Candidate::on_lines(source, Family::Idiom, node, (node.start(), node.end()), pieces);
    }
    // Only the first pair of a row: pairs would overlap.
    let is_same =
        |other: &Node<'_>| type_of(source, *other).is_some_and(|other| source.of(other) == source.of(kind));
    let comma = node.previous_sibling().filter(|comma| comma.kind() == ",");
    if comma
        .and_then(|comma| comma.previous_sibling())
        .is_some_and(|before| is_same(&before))
    {
        return None;
    }
    let comma = node.next_sibling().filter(|comma| comma.kind() == ",")?;
    let next = comma.next_sibling().filter(is_same)?;
    let next_kind = type_of(source, next)?;
    let last_name = self::names(next).last()?;
    if source.slice(node.end(), next.start()) != b", " {
        return None;
    }
    let pieces = vec![
        copy(*last),
        text(b", "),
        copied(next.start(), last_name.end()),
        text(b" "),
        copy(next_kind),
    ];
    Candidate::on_lines(source, Family::Idiom, node, (node.start(), next.end()), pieces)
}

fn names<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    node.children().filter(|child| child.field() == Some("name"))
}

/// The type, when the declaration is written as everybody writes it.
fn type_of<'t>(source: &Source<'_>, node: Node<'t>) -> Option<Node<'t>> {
    let kind = node
        .child_by_field("type")
        .filter(|_| node.kind() == "parameter_declaration")?;
    let last = names(node).last()?;
    let is_plain = !node.has_error()
        && source.is_one_line(node)
        && source.slice(last.end(), kind.start()) == b" "
        && kind.end() == node.end()
        && node.children().all(|child| !child.is_comment());
    is_plain.then_some(kind)
}
