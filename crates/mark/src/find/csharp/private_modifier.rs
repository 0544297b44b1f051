//! `private` on what a class or struct declares.
//!
//! Members of classes and structs are private unless they say otherwise (C# specification 7.5.2). Left out: what may not or need not say so (static
//! constructors, implementations of one interface's member), and partial methods, to which it would mean something.

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, copy, text};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct PrivateModifier;

impl FamilyRule for PrivateModifier {
    fn family(&self) -> Family {
        Family::Modifier
    }

    fn kinds(&self) -> &'static [&'static str] {
        &[
            "field_declaration",
            "method_declaration",
            "property_declaration",
            "constructor_declaration",
        ]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(candidate(source, node));
    }
}

fn candidate(source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
    let body = node.parent().filter(|body| body.kind() == "declaration_list")?;
    let class = body.parent()?;
    let is_class = matches!(class.kind(), "class_declaration" | "struct_declaration");
    let mut parts = node
        .children()
        .filter(|child| !child.is_comment() && child.kind() != "attribute_list");
    let (first, second) = (parts.next()?, parts.next()?);
    let words: Vec<&[u8]> = node
        .children()
        .filter(|child| child.kind() == "modifier")
        .map(|word| source.of(word))
        .collect();
    let is_open = |word: &&[u8]| {
        matches!(
            *word,
            b"public"
                | b"protected"
                | b"internal"
                | b"partial"
                | b"abstract"
                | b"virtual"
                | b"override"
                | b"extern"
                | b"file"
        )
    };
    let is_static_constructor =
        node.kind() == "constructor_declaration" && words.contains(&b"static".as_slice());
    if !is_class
        || node.has_error()
        || words.iter().any(is_open)
        || is_static_constructor
        || node.children().any(|child| {
            child.kind() == "explicit_interface_specifier" || child.kind().starts_with("preproc_")
        })
    {
        return None;
    }
    let (range, pieces) = if source.of(first) == b"private" {
        if source.slice(first.end(), second.start()) != b" " {
            return None;
        }
        ((first.start(), second.end()), vec![copy(second)])
    } else if words.contains(&b"private".as_slice()) {
        return None;
    } else {
        ((first.start(), first.end()), vec![text(b"private "), copy(first)])
    };
    // What follows may reach over many lines.
    if !source.slice(range.0, range.1).iter().all(|byte| *byte != b'\n') {
        return None;
    }
    let line = source.line(source.line_of(range.0));
    Candidate::on_parts(source, Family::Modifier, node, range, pieces, &[line])
}
