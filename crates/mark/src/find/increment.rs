//! `++i` for `i++`.
//!
//! Equal where the value is thrown away: both add one to the place and differ only in the value they give (C11 6.5.2.4 and 6.5.3.1, JLS 15.14.2
//! and 15.15.1, ECMA-262 13.4). The language says where a value is unused and which places are no macros or accessors.

use ringfence_syntax::Node;

use super::candidate::{Candidate, copy};
use super::rule::FamilyRule;
use super::source::Source;
use crate::model::Family;

/// The family, with a language's places.
pub(super) struct Increment {
    /// Kinds of increments and decrements.
    pub(super) kinds: &'static [&'static str],
    /// Tells whether nobody sees the value.
    pub(super) is_unused: fn(Node<'_>) -> bool,
    /// Tells whether the operand may be written on either side.
    pub(super) is_place: fn(&Source<'_>, Node<'_>) -> bool,
}

impl FamilyRule for Increment {
    fn family(&self) -> Family {
        Family::Increment
    }

    fn kinds(&self) -> &'static [&'static str] {
        self.kinds
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        let mut children = node.children();
        let (Some(first), Some(second), None) = (children.next(), children.next(), children.next()) else {
            return;
        };
        let (operator, operand) = if first.is_named() {
            (second, first)
        } else {
            (first, second)
        };
        if node.has_error()
            || !matches!(source.of(operator), b"++" | b"--")
            || !(self.is_unused)(node)
            || !(self.is_place)(source, operand)
            || first.end() != second.start()
            || !source.is_one_line(node)
        {
            return;
        }
        let pieces = vec![copy(second), copy(first)];
        found.extend(Candidate::on_lines(
            source,
            Family::Increment,
            node,
            (node.start(), node.end()),
            pieces,
        ));
    }
}
