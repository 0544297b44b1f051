//! Order of the classes of `except` and `isinstance`.
//!
//! The classes of an `except` are all checked to be exceptions before any is compared, so their order says nothing (Python reference 8.4). For
//! `isinstance` only built-in classes: others may run code, and the first match ends the search.

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::order::{Item, container, pairs};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

/// Classes whose `isinstance` check runs no code of the program.
const PLAIN_CLASSES: [&[u8]; 14] = [
    b"int",
    b"str",
    b"bytes",
    b"float",
    b"list",
    b"tuple",
    b"dict",
    b"set",
    b"frozenset",
    b"bool",
    b"complex",
    b"type",
    b"bytearray",
    b"range",
];

pub(super) struct ClassTuple;

impl FamilyRule for ClassTuple {
    fn family(&self) -> Family {
        Family::ListOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["tuple"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        class_tuple(source, node, found);
    }
}

fn class_tuple(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let Some(parent) = node.parent().filter(|_| !node.has_error()) else {
        return;
    };
    let holder = if parent.kind() == "as_pattern" {
        parent.parent()
    } else {
        Some(parent)
    };
    let in_except = holder.is_some_and(|holder| holder.kind() == "except_clause");
    let in_isinstance = parent.kind() == "argument_list"
        && parent
            .parent()
            .and_then(|call| call.child_by_field("function"))
            .map(|function| source.of(function))
            == Some(b"isinstance")
        && parent.named_children().count() == 2
        && parent.named_children().last() == Some(node);
    if !(in_except || in_isinstance) || node.children().any(|child| child.is_comment()) {
        return;
    }
    let run: Vec<Option<Item<'_>>> = node
        .named_children()
        .map(|class| {
            let key = source.of(class).to_vec();
            let is_free = if in_except {
                is_name(class)
            } else {
                PLAIN_CLASSES.contains(&key.as_slice())
            };
            is_free.then_some(Item {
                start: class.start(),
                end: class.end(),
                node: class,
                key,
            })
        })
        .collect();
    let mut scope = container(source, node);
    scope.push(0);
    if in_isinstance {
        crate::find::source::normalise(
            source.of(parent.named_children().next().unwrap_or(node)),
            &mut scope,
        );
    }
    pairs(source, Family::ListOrder, &scope, &run, &|_, _| true, found);
}

fn is_name(node: Node<'_>) -> bool {
    node.kind() == "identifier"
        || (node.kind() == "attribute" && node.descendants().all(|part| !part.kind().starts_with("call")))
}
