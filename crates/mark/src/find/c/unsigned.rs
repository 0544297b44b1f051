//! `unsigned` against `unsigned int`, `long` against `long int`, and their kin.
//!
//! Each pair is one type (C11 6.7.2p2, C++17 [dcl.type.simple]).

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
    let own = source.of(node);
    let (short, has_int) = match own.strip_suffix(b" int") {
        Some(short) => (short, true),
        None => (own, false),
    };
    let is_known = matches!(
        short,
        b"unsigned"
            | b"short"
            | b"long"
            | b"long long"
            | b"unsigned short"
            | b"unsigned long"
            | b"unsigned long long"
    );
    let next = source.text.get(node.end() as usize).copied();
    if is_known && !node.has_error() && matches!(next, Some(b' ' | b')' | b',' | b'*' | b';')) {
        let other = if has_int {
            short.to_vec()
        } else {
            [short, b" int"].concat()
        };
        found.extend(Candidate::on_lines(
            source,
            Family::Idiom,
            node,
            (node.start(), node.end()),
            vec![text(&other)],
        ));
    }
}
