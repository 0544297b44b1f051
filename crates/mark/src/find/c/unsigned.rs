//! `unsigned` against `unsigned int`.
//!
//! One type (C11 6.7.2p2).

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, text};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(in crate::find) struct Unsigned;

impl FamilyRule for Unsigned {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["sized_type_specifier"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        unsigned(source, node, found);
    }
}

fn unsigned(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let other: &[u8] = match source.of(node) {
        b"unsigned" => b"unsigned int",
        b"unsigned int" => b"unsigned",
        _ => return,
    };
    let next = source.text.get(node.end() as usize).copied();
    if !node.has_error() && matches!(next, Some(b' ' | b')' | b',' | b'*' | b';')) {
        found.extend(Candidate::on_lines(
            source,
            Family::Idiom,
            node,
            (node.start(), node.end()),
            vec![text(other)],
        ));
    }
}
