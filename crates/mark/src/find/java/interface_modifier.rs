//! `public` on what an interface declares.
//!
//! Members of an interface are public unless they say otherwise, and it is permitted to say so (JLS 9.3, 9.4, 9.5).

use ringfence_syntax::Node;

use super::scope::has_modifier;
use crate::find::candidate::{Candidate, copy, text};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct InterfaceModifier;

impl FamilyRule for InterfaceModifier {
    fn family(&self) -> Family {
        Family::Modifier
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["method_declaration", "constant_declaration"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(candidate(source, node));
    }
}

fn candidate(source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
    node.parent().filter(|parent| parent.kind() == "interface_body")?;
    if node.has_error() || has_modifier(source, node, b"private") {
        return None;
    }
    let mut parts = node.children();
    let first = parts.next()?;
    let (range, pieces) = if first.kind() != "modifiers" {
        ((first.start(), first.end()), vec![text(b"public "), copy(first)])
    } else {
        let mut words = first.children();
        let (word, next) = (words.next()?, words.next().or_else(|| parts.next())?);
        if source.of(word) == b"public" {
            let is_plain =
                source.slice(word.end(), next.start()) == b" " && !next.kind().ends_with("annotation");
            if !is_plain {
                return None;
            }
            ((word.start(), next.end()), vec![copy(next)])
        } else {
            let is_plain = !first.children().any(|word| word.kind().ends_with("annotation"))
                && !has_modifier(source, node, b"public");
            if !is_plain {
                return None;
            }
            ((word.start(), word.end()), vec![text(b"public "), copy(word)])
        }
    };
    let name = node
        .name_node()
        .or_else(|| node.child_by_field("declarator")?.name_node())?;
    if !source.is_one_line(first) {
        return None;
    }
    let head = source.line(source.line_of(name.start()));
    let line = source.line(source.line_of(range.0));
    Candidate::on_parts(source, Family::Modifier, node, range, pieces, &[line, head])
}
