//! `x := v` against `var x = v`.
//!
//! With one name both declare a new variable of the same type (Go specification, "Short variable declarations").

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, copy, source as copied, text};
use crate::find::go::has_comment_behind;
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct ShortDeclaration;

impl FamilyRule for ShortDeclaration {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["short_var_declaration", "var_declaration"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        short_declaration(source, node, found);
    }
}

fn short_declaration(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let in_body = node
        .parent()
        .is_some_and(|parent| matches!(parent.kind(), "statement_list" | "block"));
    if !in_body
        || node.has_error()
        || has_comment_behind(source, node)
        || node.descendants().any(|part| part.is_comment())
    {
        return;
    }
    if node.kind() == "short_var_declaration" {
        let (Some(left), Some(right)) = (node.child_by_field("left"), node.child_by_field("right")) else {
            return;
        };
        let mut names = left.named_children();
        let (Some(name), None) = (names.next(), names.next()) else {
            return;
        };
        let is_single =
            name.kind() == "identifier" && source.of(name) != b"_" && right.named_children().count() == 1;
        if is_single && source.slice(left.end(), right.start()) == b" := " {
            let range = (node.start(), right.start());
            let pieces = vec![text(b"var "), copy(name), text(b" = ")];
            let head = first_line(source, node);
            found.extend(Candidate::on_parts(
                source,
                Family::Idiom,
                node,
                range,
                pieces,
                &[head],
            ));
        }
        return;
    }
    let mut specs = node.named_children();
    let (Some(spec), None) = (specs.next(), specs.next()) else {
        return;
    };
    let (Some(name), Some(value)) = (spec.name_node(), spec.child_by_field("value")) else {
        return;
    };
    let is_single = spec.kind() == "var_spec"
        && spec.child_by_field("type").is_none()
        && spec.named_children().count() == 2
        && value.named_children().count() == 1
        && source.of(name) != b"_";
    if is_single
        && source.slice(node.start(), name.start()) == b"var "
        && source.slice(name.end(), value.start()) == b" = "
    {
        let range = (node.start(), value.start());
        let pieces = vec![copied(name.start(), name.end()), text(b" := ")];
        let head = first_line(source, node);
        found.extend(Candidate::on_parts(
            source,
            Family::Idiom,
            node,
            range,
            pieces,
            &[head],
        ));
    }
}

fn first_line<'s>(source: &Source<'s>, node: Node<'_>) -> &'s [u8] {
    source.line(source.line_of(node.start()))
}
