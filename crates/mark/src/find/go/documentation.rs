//! Which comments no program reads: those of an `import "C"` are C, and those of examples are compared with their output.

use ringfence_syntax::Node;

use crate::find::source::Source;

pub(super) fn marker(source: &Source<'_>, node: Node<'_>) -> Option<&'static [u8]> {
    let mut next = node.next_sibling();
    if next.is_some_and(|sibling| {
        sibling.is_comment()
            && source.line_of(sibling.start()) == source.line_of(node.end()).saturating_add(1)
    }) {
        // Only the last line of a block can be a site.
        return None;
    }
    while next.is_some_and(|sibling| sibling.is_comment()) {
        next = next.and_then(|sibling| sibling.next_sibling());
    }
    let is_foreign = next.is_some_and(|next| next.kind() == "import_declaration");
    let in_example = node
        .enclosing_function_name(source.text)
        .is_some_and(|name| name.starts_with(b"Example"));
    (!is_foreign && !in_example).then_some(b"//")
}
