//! Which comments no program reads: plain ones, and documentation of items whose attributes leave it alone. Command line parsers and
//! schema generators print the documentation of what they derive for; the derives of the standard library do not look at it.

use ringfence_syntax::Node;

use crate::find::comment::item_below;
use crate::find::rust::{attributes, is_inert};
use crate::find::source::Source;

/// Derives of the standard library.
const PLAIN_DERIVES: [&[u8]; 9] = [
    b"Clone",
    b"Copy",
    b"Debug",
    b"Default",
    b"Eq",
    b"Hash",
    b"Ord",
    b"PartialEq",
    b"PartialOrd",
];

pub(super) fn marker(source: &Source<'_>, node: Node<'_>) -> Option<&'static [u8]> {
    let content = source.of(node);
    let is_documentation = content.starts_with(b"/**") || content.starts_with(b"///");
    let is_block = content.starts_with(b"/*");
    if !is_documentation {
        return Some(if is_block { b"/*" } else { b"//" });
    }
    let mut next = item_below(node);
    while let Some(attribute) = next.filter(|next| next.kind() == "attribute_item") {
        if !ignores_documentation(source.of(attribute)) {
            return None;
        }
        next = item_below(attribute);
    }
    let documents_item = next.is_some_and(|item| {
        matches!(
            item.kind(),
            "function_item"
                | "function_signature_item"
                | "const_item"
                | "static_item"
                | "type_item"
                | "mod_item"
                | "trait_item"
                | "associated_type"
                | "struct_item"
                | "enum_item"
                | "union_item"
                | "field_declaration"
                | "enum_variant"
        )
    });
    let is_item = |outer: &Node<'_>| outer.kind().ends_with("_item") || outer.kind() == "enum_variant";
    let is_free = documents_item
        && node
            .ancestors()
            .filter(is_item)
            .take(3)
            .all(|outer| attributes(source, outer).all(ignores_documentation));
    is_free.then_some(if is_block { b"/*" } else { b"///" })
}

fn ignores_documentation(attribute: &[u8]) -> bool {
    let inner = attribute.strip_prefix(b"#[").unwrap_or_default();
    let is_named = |name: &[u8]| {
        inner
            .strip_prefix(name)
            .is_some_and(|rest| !rest.starts_with(b"_"))
    };
    if let Some(list) = inner
        .strip_prefix(b"derive(")
        .and_then(|list| list.strip_suffix(b")]"))
    {
        return list
            .split(|byte| *byte == b',')
            .map(<[u8]>::trim_ascii)
            .all(|name| name.is_empty() || PLAIN_DERIVES.contains(&name));
    }
    is_inert(attribute) || is_named(b"non_exhaustive") || is_named(b"repr")
}
