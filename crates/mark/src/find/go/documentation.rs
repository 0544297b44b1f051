//! Which comments no program reads: those of an `import "C"` are C, and those of examples are compared with their output.

use ringfence_syntax::Node;

use crate::find::comment::item_below;
use crate::find::source::Source;

pub(super) fn marker(source: &Source<'_>, node: Node<'_>) -> Option<&'static [u8]> {
    let is_foreign = item_below(node).is_some_and(|next| next.kind() == "import_declaration");
    let in_example = node
        .enclosing_function_name(source.text)
        .is_some_and(|name| name.starts_with(b"Example"));
    let marker: &[u8] = if source.of(node).starts_with(b"/*") {
        b"/*"
    } else {
        b"//"
    };
    (!is_foreign && !in_example).then_some(marker)
}
