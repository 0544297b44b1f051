//! Order of neighbouring derives.
//!
//! Equal when both read nothing but the item: the derives of the standard library and of serde give one `impl` each, whose order says
//! nothing (Rust reference, "Derive": each derive macro gets the item alone).

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::order::{Item, container, pairs};
use crate::find::rule::FamilyRule;
use crate::find::source::{Source, contains};
use crate::model::Family;

/// Derives that only read the item itself.
const INDEPENDENT_DERIVES: [&[u8]; 11] = [
    b"Debug",
    b"Clone",
    b"Copy",
    b"PartialEq",
    b"Eq",
    b"PartialOrd",
    b"Ord",
    b"Hash",
    b"Default",
    b"Serialize",
    b"Deserialize",
];

pub(super) struct DeriveOrder;

impl FamilyRule for DeriveOrder {
    fn family(&self) -> Family {
        Family::ListOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["attribute_item"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        derive_order(source, node, found);
    }
}

fn derive_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let Some(attribute) = node.named_children().next().filter(|_| !node.has_error()) else {
        return;
    };
    let Some(tokens) = attribute.child_by_field("arguments") else {
        return;
    };
    if attribute.named_children().next().map(|name| source.of(name)) != Some(b"derive")
        || contains(source.of(tokens), b"::")
        || contains(source.of(tokens), b"/")
    {
        return;
    }
    let mut decorated = node.next_sibling();
    while decorated.is_some_and(|next| next.is_extra() || next.kind() == "attribute_item") {
        decorated = decorated.and_then(|next| next.next_sibling());
    }
    let Some(name) = decorated.and_then(|item| item.name_node()) else {
        return;
    };
    let mut scope = container(source, node);
    scope.push(0);
    scope.extend_from_slice(source.of(name));
    let run: Vec<Option<Item<'_>>> = tokens
        .named_children()
        .map(|derive| {
            let key = source.of(derive).to_vec();
            let is_known = derive.kind() == "identifier" && INDEPENDENT_DERIVES.contains(&key.as_slice());
            is_known.then_some(Item {
                start: derive.start(),
                end: derive.end(),
                node: derive,
                key,
            })
        })
        .collect();
    pairs(source, Family::ListOrder, &scope, &run, &|_, _| true, found);
}

/// Tells whether an attribute derives nothing but what reads the item alone.
pub(super) fn is_independent_derive(attribute: &[u8]) -> bool {
    let names = attribute
        .strip_prefix(b"#[derive(")
        .and_then(|rest| rest.strip_suffix(b")]"));
    names.is_some_and(|names| {
        names
            .split(|byte| *byte == b',')
            .map(<[u8]>::trim_ascii)
            .all(|name| name.is_empty() || INDEPENDENT_DERIVES.contains(&name))
    })
}
