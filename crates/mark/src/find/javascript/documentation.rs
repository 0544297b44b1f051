//! Which comments no program reads: plain ones, and documentation of what has no decorator. Decorators come with programs that print
//! the documentation of what they decorate (OpenAPI), and schemas are made from the members of types with theirs.

use ringfence_syntax::Node;

use crate::find::comment::item_below;
use crate::find::source::Source;

pub(super) fn marker(source: &Source<'_>, node: Node<'_>) -> Option<&'static [u8]> {
    let content = source.of(node);
    if !content.starts_with(b"/*") {
        // The compiler reads those with three.
        return (!content.starts_with(b"///")).then_some(b"//");
    }
    let is_free = !content.starts_with(b"/**")
        || (item_below(node).is_none_or(|item| !is_read(item)) && !node.ancestors().take(2).any(is_read));
    is_free.then_some(b"/*")
}

fn is_read(item: Node<'_>) -> bool {
    matches!(
        item.kind(),
        "decorator"
            | "interface_body"
            | "object_type"
            | "interface_declaration"
            | "type_alias_declaration"
            | "enum_declaration"
            | "enum_body"
    ) || item.children().take(2).any(|child| child.kind() == "decorator")
        || item.child_by_field("declaration").is_some_and(|inner| {
            matches!(
                inner.kind(),
                "interface_declaration" | "type_alias_declaration" | "enum_declaration"
            )
        })
}
