//! Order of the exceptions of `throws` and of a multi-catch.
//!
//! Both are sets (JLS 8.4.6, 14.20: alternatives may not be related).

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::order::{Item, container, pairs};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct TypeOrder;

impl FamilyRule for TypeOrder {
    fn family(&self) -> Family {
        Family::ListOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["throws", "catch_type"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        type_order(source, node, found);
    }
}

fn type_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    if node.has_error() || node.children().any(|child| child.is_comment()) {
        return;
    }
    let run: Vec<Option<Item<'_>>> = node
        .named_children()
        .map(|class| {
            let is_plain = matches!(class.kind(), "type_identifier" | "scoped_type_identifier");
            is_plain.then(|| Item {
                start: class.start(),
                end: class.end(),
                node: class,
                key: source.of(class).to_vec(),
            })
        })
        .collect();
    let mut scope = container(source, node);
    scope.push(b' ');
    scope.extend_from_slice(node.kind().as_bytes());
    pairs(source, Family::ListOrder, &scope, &run, &|_, _| true, found);
}
