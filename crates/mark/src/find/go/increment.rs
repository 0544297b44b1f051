//! `x++` against `x += 1`.
//!
//! The first is defined as the second (Go specification, "IncDec statements"). Places without calls or indices only.

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, copy, text};
use crate::find::go::{has_comment_behind, is_variable};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct Increment;

impl FamilyRule for Increment {
    fn family(&self) -> Family {
        Family::Increment
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["inc_statement", "dec_statement", "assignment_statement"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        increment(source, node, found);
    }
}

fn increment(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    if node.has_error() || !source.is_one_line(node) || has_comment_behind(source, node) {
        return;
    }
    let range = (node.start(), node.end());
    if node.kind() == "assignment_statement" {
        let (Some(left), Some(right)) = (node.child_by_field("left"), node.child_by_field("right")) else {
            return;
        };
        let mut places = left.named_children();
        let (Some(place), None) = (places.next(), places.next()) else {
            return;
        };
        let other: &[u8] = match source.slice(left.end(), right.start()) {
            b" += " => b"++",
            b" -= " => b"--",
            _ => return,
        };
        if is_variable(place) && source.of(right) == b"1" {
            found.extend(Candidate::on_lines(
                source,
                Family::Increment,
                node,
                range,
                vec![copy(place), text(other)],
            ));
        }
    } else if let Some(place) = node.named_children().next().filter(|place| is_variable(*place)) {
        let other: &[u8] = if node.kind() == "inc_statement" {
            b" += 1"
        } else {
            b" -= 1"
        };
        if source.slice(place.end(), node.end()).len() == 2 {
            found.extend(Candidate::on_lines(
                source,
                Family::Increment,
                node,
                range,
                vec![copy(place), text(other)],
            ));
        }
    }
}
