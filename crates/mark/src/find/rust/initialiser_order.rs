//! Order of neighbouring fields in a struct expression.
//!
//! Equal because fields are named, and evaluated in the order written (Rust reference, "Struct expressions"): names, plain paths and
//! literals have nothing to evaluate, and two different names cannot move the same value. Never the fields of a declaration.

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::expression::is_literal;
use crate::find::order::{Item, container, pairs};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct InitialiserOrder;

impl FamilyRule for InitialiserOrder {
    fn family(&self) -> Family {
        Family::InitialiserOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["field_initializer_list"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        initialiser_order(source, node, found);
    }
}

fn initialiser_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    if node.has_error() || node.children().any(|child| child.is_comment()) {
        return;
    }
    let run: Vec<Option<Item<'_>>> = node
        .named_children()
        .map(|field| {
            let name = match field.kind() {
                "shorthand_field_initializer" if field.named_children().count() == 1 => {
                    field.named_children().next()
                }
                "field_initializer" => {
                    let value = field.child_by_field("value")?;
                    let is_pure = value.kind() == "identifier"
                        || value.kind() == "scoped_identifier"
                        || is_literal(value);
                    let has_attribute = field.children().any(|child| child.kind() == "attribute_item");
                    field
                        .child_by_field("field")
                        .filter(|_| is_pure && !has_attribute)
                }
                _ => None,
            }?;
            Some(Item {
                start: field.start(),
                end: field.end(),
                node: field,
                key: source.of(name).to_vec(),
            })
        })
        .collect();
    let mut scope = container(source, node);
    scope.push(0);
    let name = node.parent().and_then(|literal| literal.child_by_field("name"));
    scope.extend_from_slice(name.map(|name| source.of(name)).unwrap_or_default());
    let commute = |first: &Item<'_>, second: &Item<'_>| {
        let value = |item: &Item<'_>| item.node.named_children().last().map(|value| source.of(value));
        value(first) != value(second) || value(first).is_none()
    };
    pairs(source, Family::InitialiserOrder, &scope, &run, &commute, found);
}
