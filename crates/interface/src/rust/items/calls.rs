//! Macros between items: definitions are droppable, calls are read as items where that is clean.

use std::rc::Rc;

use ringfence_syntax::{Node, Tree};

use super::{DEEPEST_CALLS, Frame, Item, Walk};
use crate::KeptWhat;
use crate::engine::{Channels, NameGroup, Note, Scope, text};
use crate::rust::{CODE_STAYS, KEPT, mask, returns};

impl Walk<'_, '_> {
    pub(super) fn definition(&mut self, item: &Item<'_, '_>, own: &[Node<'_>]) {
        let exported = own.iter().any(|one| {
            let bytes = one.text(item.source);
            bytes.windows(12).any(|window| window == b"macro_export")
        });
        if exported {
            let note = Note::new(KeptWhat::Macro, &item.name, "it is exported");
            self.plan.keep(item.span(item.node), note);
            return;
        }
        let group = NameGroup {
            names: vec![item.name.clone()],
            channels: Channels::CODE.and(Channels::IMPORT),
            scope: Scope::Package,
        };
        let note = Note::new(KeptWhat::Macro, &item.name, "its name is in use");
        self.walked.private_docs.push(item.whole.clone());
        self.plan.unit(item.whole.clone(), vec![group], Some(note));
    }

    /// A macro call between items: read as items where that is clean, else it stays.
    pub(super) fn call(&mut self, item: &Item<'_, '_>, call: &Node<'_>) {
        let name = call
            .child_by_field("macro")
            .map(|name| returns::last_name(name, item.source).to_vec())
            .unwrap_or_default();
        let tokens = call.children().find(|child| child.kind() == "token_tree");
        let Some(tokens) = tokens else { return };
        let branches: Vec<Node<'_>> = if name == b"cfg_if" {
            tokens
                .children()
                .filter(|child| child.kind() == "token_tree" && child.text(item.source).starts_with(b"{"))
                .collect()
        } else {
            vec![tokens]
        };
        let lazy = matches!(name.as_slice(), b"thread_local" | b"lazy_static");
        let mut readings = Vec::new();
        for branch in &branches {
            match self.read_items(item, branch) {
                Some(tree) => readings.push((tree, branch)),
                None => {
                    let note = Note::new(KeptWhat::Macro, &name, "its text cannot be read as items");
                    self.plan.keep(item.span(call), note);
                    self.plan.use_name(item.span(call).start, CODE_STAYS, KEPT);
                    return;
                }
            }
        }
        for (tree, branch) in readings {
            let base = item.span(branch).start.saturating_add(1);
            let at = self.walked.trees.len();
            self.walked.trees.push((Rc::new(tree), base));
            self.walked.read.push(item.span(branch).start);
            self.queue.push_back(Frame {
                tree: Some(at),
                node: 0,
                base,
                place: item.frame.place.clone(),
                inline: item.frame.inline,
                calls: item.frame.calls.saturating_add(1),
                lazy,
            });
        }
    }

    /// Parses the inside of a token tree; nothing unless it is a clean list of items.
    fn read_items(&mut self, item: &Item<'_, '_>, tokens: &Node<'_>) -> Option<Tree> {
        let span = item.span(tokens);
        let inner = text::slice(
            self.file.text,
            &(span.start.saturating_add(1)..span.end.saturating_sub(1)),
        );
        self.read_again = self.read_again.saturating_add(inner.len());
        let bound = self.file.text.len().saturating_mul(8);
        if item.frame.calls >= DEEPEST_CALLS || self.read_again > bound {
            return None;
        }
        let tree = mask::parse_masked(ringfence_syntax::Language::Rust, inner).ok()?;
        let root = tree.root()?;
        let clean = tree.error_count() == 0
            && root.named_children().next().is_some()
            && root.named_children().all(|child| {
                matches!(
                    child.kind(),
                    "function_item"
                        | "function_signature_item"
                        | "struct_item"
                        | "enum_item"
                        | "union_item"
                        | "trait_item"
                        | "type_item"
                        | "const_item"
                        | "static_item"
                        | "mod_item"
                        | "macro_definition"
                        | "macro_invocation"
                        | "use_declaration"
                        | "impl_item"
                        | "extern_crate_declaration"
                        | "foreign_mod_item"
                        | "attribute_item"
                        | "inner_attribute_item"
                        | "empty_statement"
                )
            });
        clean.then_some(tree)
    }
}
