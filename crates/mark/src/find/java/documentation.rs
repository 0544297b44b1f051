//! Which comments no program reads: plain ones, and documentation of what only the compiler's own annotations are on. Others come with
//! processors, some of which print what they find.

use ringfence_syntax::Node;

use super::annotations;
use crate::find::comment::item_below;
use crate::find::source::Source;

/// Annotations that only the compiler and the like read.
const INERT: [&[u8]; 6] = [
    b"Deprecated",
    b"FunctionalInterface",
    b"Override",
    b"SafeVarargs",
    b"SuppressWarnings",
    b"Nullable",
];

pub(super) fn marker(source: &Source<'_>, node: Node<'_>) -> Option<&'static [u8]> {
    let content = source.of(node);
    if !content.starts_with(b"/*") {
        return Some(b"//");
    }
    let is_inert = |item: Node<'_>| annotations(source, item).all(|name| INERT.contains(&name));
    let is_free = !content.starts_with(b"/**")
        || (item_below(node).is_none_or(is_inert) && node.ancestors().take(2).all(is_inert));
    is_free.then_some(b"/*")
}
