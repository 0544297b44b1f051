//! Which comments no program reads: plain ones, and documentation of functions, modules and plain items. Documentation under attributes
//! is left alone: command line parsers and schema generators print it.

use ringfence_syntax::Node;

use crate::find::rust::{attributes, is_inert};
use crate::find::source::Source;

pub(super) fn marker(source: &Source<'_>, node: Node<'_>) -> Option<&'static [u8]> {
    let content = source.of(node);
    if !content.starts_with(b"///") {
        return Some(b"//");
    }
    let mut next = node.next_sibling();
    if next.is_some_and(|sibling| sibling.is_comment() && source.of(sibling).starts_with(b"///")) {
        // Only the last line of a block can be a site.
        return None;
    }
    while next.is_some_and(|sibling| sibling.is_comment()) {
        next = next.and_then(|sibling| sibling.next_sibling());
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
        )
    });
    let container = node.parent().and_then(|list| list.parent());
    let is_free = container.is_none_or(|container| attributes(source, container).all(is_inert));
    (documents_item && is_free).then_some(b"///")
}
