//! `{a: a}` against `{a}` in an object literal.
//!
//! Equal because the short form is defined as the property of that name with that variable's value (ECMA-262 13.2.5.5). `__proto__` means something else in each.

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, copy, text};
use crate::find::expression::is_literal;
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

/// Longest line that formatters for JavaScript allow everywhere.
const MAX_COLUMNS: usize = 80;

pub(super) struct Shorthand;

impl FamilyRule for Shorthand {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["pair", "shorthand_property_identifier"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        shorthand(source, node, found);
    }
}

fn shorthand(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    if node.has_error() || node.parent().is_none_or(|parent| parent.kind() != "object") {
        return;
    }
    let range = (node.start(), node.end());
    if node.kind() == "pair" {
        let (Some(key), Some(value)) = (node.child_by_field("key"), node.child_by_field("value")) else {
            return;
        };
        let is_same = key.kind() == "property_identifier"
            && value.kind() == "identifier"
            && source.of(key) == source.of(value);
        if is_same
            && source.of(key) != b"__proto__"
            && source.slice(key.end(), value.start()) == b": "
            && !is_literal(value)
        {
            found.extend(Candidate::on_lines(
                source,
                Family::Idiom,
                node,
                range,
                vec![copy(value)],
            ));
        }
    } else if source.of(node) != b"__proto__" && fits(source, node) {
        let pieces = vec![text(&[source.of(node), b": "].concat()), copy(node)];
        found.extend(Candidate::on_lines(source, Family::Idiom, node, range, pieces));
    }
}

/// Tells whether the line holds the long spelling of all its short properties: formatters would break it otherwise.
fn fits(source: &Source<'_>, node: Node<'_>) -> bool {
    let line = source.line(source.line_of(node.start()));
    let Some(object) = node.parent().filter(|object| source.is_one_line(*object)) else {
        return true;
    };
    let more: usize = object
        .named_children()
        .filter(|child| child.kind() == "shorthand_property_identifier")
        .take(MAX_COLUMNS)
        .map(|name| source.of(name).len().saturating_add(2))
        .sum();
    line.len() > MAX_COLUMNS || line.len().saturating_add(more) <= MAX_COLUMNS
}
