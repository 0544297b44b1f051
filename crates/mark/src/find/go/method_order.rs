//! Order of neighbouring methods of an interface.
//!
//! Equal because an interface is a set of methods (Go specification, "Interface types"), which compilers and reflection sort by name. Each on lines of its own, with no comment behind
//! it, as gofmt aligns those.

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::order::{Item, container, ends_line, look_alike, pairs, start_with_comments};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct MethodOrder;

impl FamilyRule for MethodOrder {
    fn family(&self) -> Family {
        Family::ListOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["interface_type"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        if node.has_error() || source.is_one_line(node) {
            return;
        }
        let mut run: Vec<Option<Item<'_>>> = Vec::new();
        let mut before: Vec<Node<'_>> = Vec::new();
        for child in node.children() {
            if child.is_comment() {
                before.push(child);
                continue;
            }
            // Line breaks are nodes of the grammar.
            if !child.is_named() {
                continue;
            }
            let name = child
                .child_by_field("name")
                .filter(|_| child.kind() == "method_elem" && ends_line(source, child.end()));
            run.push(name.and_then(|name| {
                Some(Item {
                    start: start_with_comments(source, child, &before)?,
                    end: child.end(),
                    node: child,
                    key: source.of(name).to_vec(),
                })
            }));
            before.clear();
        }
        let commute = |first: &Item<'_>, second: &Item<'_>| !look_alike(source, first.node, second.node);
        let scope = container(source, node);
        pairs(source, Family::ListOrder, &scope, &run, &commute, found);
    }
}
