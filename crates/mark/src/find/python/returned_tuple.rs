//! `return (a, b)` against `return a, b`.
//!
//! One tuple, the same syntax tree (Python reference 6.15: the comma makes the tuple). One line only; no unpacking (older grammars differ).

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, copy, text};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct ReturnedTuple;

impl FamilyRule for ReturnedTuple {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["return_statement"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        returned_tuple(source, node, found);
    }
}

fn returned_tuple(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let mut values = node.named_children();
    let (Some(value), None) = (values.next(), values.next()) else {
        return;
    };
    let members: Vec<Node<'_>> = value.named_children().collect();
    let is_plain = members.len() > 1
        && source.is_one_line(value)
        && !node.has_error()
        && members.iter().all(|member| {
            !matches!(
                member.kind(),
                "list_splat" | "named_expression" | "yield" | "lambda" | "generator_expression"
            )
        });
    let (Some(first), Some(last)) = (members.first(), members.last()) else {
        return;
    };
    if !is_plain {
        return;
    }
    let range = (value.start(), value.end());
    if value.kind() == "expression_list" && last.end() == value.end() {
        let pieces = vec![text(b"("), copy(value), text(b")")];
        found.extend(Candidate::on_lines(source, Family::Idiom, node, range, pieces));
    } else if value.kind() == "tuple"
        && source.slice(value.start(), first.start()) == b"("
        && source.slice(last.end(), value.end()) == b")"
        && source.slice(node.start(), value.start()) == b"return "
    {
        let pieces = vec![crate::find::candidate::source(first.start(), last.end())];
        found.extend(Candidate::on_lines(source, Family::Idiom, node, range, pieces));
    }
}
