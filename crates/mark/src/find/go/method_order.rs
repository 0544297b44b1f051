//! Order of neighbouring methods of an interface.
//!
//! Equal because an interface is a set of methods (Go specification, "Interface types"), which compilers and reflection sort by name. Each on lines of its own, with no comment behind
//! it, as gofmt aligns those.

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::order::{Item, container, ends_line, look_alike, pairs, run_of};
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
        let run = run_of(source, node, |child| {
            let is_movable = child.kind() == "method_elem" && ends_line(source, child.end());
            let name = child.child_by_field("name").filter(|_| is_movable)?;
            Some(source.of(name).to_vec())
        });
        let commute = |first: &Item<'_>, second: &Item<'_>| !look_alike(source, first.node, second.node);
        let scope = container(source, node);
        pairs(source, Family::ListOrder, &scope, &run, &commute, found);
    }
}
