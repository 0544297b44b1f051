//! `T[]` against `Array<T>`.
//!
//! The first is defined as the second (TypeScript handbook, "Arrays"). Plain names only; not under `readonly`, which takes the first spelling alone.

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, copy, source as copied, text};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct ArrayType;

impl FamilyRule for ArrayType {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["array_type", "generic_type"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        array_type(source, node, found);
    }
}

fn array_type(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let is_free = node.parent().is_some_and(|parent| {
        matches!(
            parent.kind(),
            "type_annotation"
                | "type_arguments"
                | "union_type"
                | "type_alias_declaration"
                | "property_signature"
        )
    });
    if node.has_error() || !is_free {
        return;
    }
    let range = (node.start(), node.end());
    let is_name = |member: Node<'_>| matches!(member.kind(), "predefined_type" | "type_identifier");
    let mut parts = node.named_children();
    if node.kind() == "array_type" {
        let (Some(member), None) = (parts.next(), parts.next()) else {
            return;
        };
        if is_name(member) && source.slice(member.end(), node.end()) == b"[]" {
            let pieces = vec![text(b"Array<"), copy(member), text(b">")];
            found.extend(Candidate::on_lines(source, Family::Idiom, node, range, pieces));
        }
        return;
    }
    let (Some(name), Some(arguments)) = (parts.next(), parts.next()) else {
        return;
    };
    let mut members = arguments.named_children();
    if source.of(name) != b"Array" {
        return;
    }
    let (Some(member), None) = (members.next(), members.next()) else {
        return;
    };
    if is_name(member)
        && source.slice(node.start(), member.start()) == b"Array<"
        && source.slice(member.end(), node.end()) == b">"
    {
        let pieces = vec![copied(member.start(), member.end()), text(b"[]")];
        found.extend(Candidate::on_lines(source, Family::Idiom, node, range, pieces));
    }
}
