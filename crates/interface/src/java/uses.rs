//! Names in use: what each leaf of the tree says, by the kind of place it stands in.

use ringfence_syntax::Node;

use super::{EXACT, METHOD, TYPE, VALUE, has_annotation, is_type};
use crate::engine::text::length;
use crate::engine::{Channels, FilePlan, ParsedFile};

/// Uses of a file that is delivered unchanged.
pub(super) fn of_whole(file: &ParsedFile<'_>, plan: &mut FilePlan) {
    if file.tree.error_count() > 0 {
        plan.use_words(file.text, 0..length(file.text), Channels::ALL);
        return;
    }
    for leaf in file.tree.leaves() {
        if let Some(channels) = channels(&leaf) {
            plan.use_node(&leaf, channels.and(EXACT));
        }
    }
}

/// Uses of a file that is delivered as an interface. What stands in bodies is given too: it only counts where it is delivered.
pub(super) fn of_interface(file: &ParsedFile<'_>, plan: &mut FilePlan) {
    let mut skip = 0;
    let mut annotation_end = 0;
    for node in file.tree.nodes() {
        if node.index() < skip {
            continue;
        }
        match node.kind() {
            "import_declaration" | "package_declaration" => skip = node.subtree_end(),
            "block" => skip = node.subtree_end(),
            "annotation" => annotation_end = annotation_end.max(node.subtree_end()),
            // What a method overrides has to be there, whoever else calls it.
            "method_declaration" if has_annotation(&node, b"Override", file.text) => {
                if let Some(name) = node.child_by_field("name") {
                    plan.use_node(&name, METHOD);
                }
            }
            _ => {
                if let Some(channels) = channels(&node).filter(|_| !is_definition(&node)) {
                    let exact = if node.index() < annotation_end {
                        EXACT
                    } else {
                        Channels::NONE
                    };
                    plan.use_node(&node, channels.and(exact));
                }
            }
        }
    }
}

/// What kind of use a leaf is.
pub(super) fn channels(node: &Node<'_>) -> Option<Channels> {
    match node.kind() {
        "type_identifier" => Some(TYPE),
        "identifier" => {
            let parent = node.parent()?;
            Some(match parent.kind() {
                "method_invocation" if node.field() == Some("name") => METHOD,
                "method_reference" => METHOD.and(TYPE).and(VALUE),
                // `import static a.B.c` may mean any of them.
                "scoped_identifier" | "import_declaration" => METHOD.and(TYPE).and(VALUE),
                _ => VALUE.and(TYPE),
            })
        }
        _ => None,
    }
}

/// Tells whether the leaf is where something gets its name.
fn is_definition(node: &Node<'_>) -> bool {
    node.field() == Some("name")
        && node.parent().is_some_and(|parent| {
            is_type(&parent)
                || matches!(
                    parent.kind(),
                    "method_declaration"
                        | "constructor_declaration"
                        | "compact_constructor_declaration"
                        | "variable_declarator"
                        | "formal_parameter"
                        | "enum_constant"
                        | "annotation_type_element_declaration"
                )
        })
}
