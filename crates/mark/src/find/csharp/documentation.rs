//! Which comments no program reads: plain ones, and documentation of what has no attribute. Attributes come with programs that print
//! the documentation of what they are on (OpenAPI).

use ringfence_syntax::Node;

use crate::find::comment::item_below;
use crate::find::source::Source;

pub(super) fn marker(source: &Source<'_>, node: Node<'_>) -> Option<&'static [u8]> {
    let content = source.of(node);
    let marker: &[u8] = if content.starts_with(b"/*") {
        b"/*"
    } else if content.starts_with(b"///") {
        b"///"
    } else {
        return Some(b"//");
    };
    let has_attribute = |item: Node<'_>| {
        item.children()
            .take(3)
            .any(|child| child.kind() == "attribute_list")
    };
    let is_free =
        !item_below(node).is_some_and(has_attribute) && !node.ancestors().take(2).any(has_attribute);
    (!content.starts_with(b"/**") && marker == b"/*" || is_free).then_some(marker)
}
