//! `any` against `interface{}`.
//!
//! The first is an alias of the second (Go specification, "Predeclared identifiers"). Only where the file shows that it is read by Go 1.18 or later, and
//! declares no `any` of its own.

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, text};
use crate::find::go::has_comment_behind;
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct EmptyInterface;

impl FamilyRule for EmptyInterface {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["interface_type", "type_identifier"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        empty_interface(source, node, found);
    }
}

fn empty_interface(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let other: &[u8] = match source.of(node) {
        b"any" => b"interface{}",
        b"interface{}" => b"any",
        _ => return,
    };
    let is_plain = node.parent().is_some_and(|parent| {
        matches!(
            parent.kind(),
            "parameter_declaration"
                | "variadic_parameter_declaration"
                | "map_type"
                | "slice_type"
                | "field_declaration"
                | "function_declaration"
                | "method_declaration"
                | "var_spec"
                | "pointer_type"
                | "channel_type"
                | "array_type"
        )
    });
    if !is_plain || node.has_error() || has_comment_behind(source, node) || !is_modern(source) {
        return;
    }
    found.extend(Candidate::on_lines(
        source,
        Family::Idiom,
        node,
        (node.start(), node.end()),
        vec![text(other)],
    ));
}

fn is_modern(source: &Source<'_>) -> bool {
    *source.facts.has_any.get_or_init(|| has_any(source))
}

fn has_any(source: &Source<'_>) -> bool {
    let mut uses_any = false;
    for node in source.tree.nodes() {
        match node.kind() {
            "type_identifier" if source.of(node) == b"any" => {
                let is_declaration = node.field() == Some("name");
                if is_declaration {
                    return false;
                }
                uses_any = true;
            }
            "identifier" if source.of(node) == b"any" => return false,
            "type_parameter_list" => uses_any = true,
            _ => {}
        }
    }
    uses_any
}
