//! `s[0:n]` against `s[:n]`.
//!
//! A missing low index is nought (Go specification, "Simple slice expressions"). Only before plain bounds: gofmt writes others with blanks.

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, text};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct SliceBound;

impl FamilyRule for SliceBound {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["slice_expression"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(candidate(source, node));
    }
}

fn candidate(source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
    let operand = node.child_by_field("operand")?;
    let end = node.child_by_field("end")?;
    let is_plain = matches!(
        end.kind(),
        "identifier" | "int_literal" | "selector_expression" | "call_expression"
    ) && end
        .descendants()
        .all(|part| !matches!(part.kind(), "binary_expression" | "func_literal"));
    if node.has_error() || !is_plain || !source.is_one_line(node) || node.child_by_field("capacity").is_some()
    {
        return None;
    }
    let start = operand.end().saturating_add(1);
    let other: &[u8] = match source.slice(operand.end(), end.start()) {
        b"[:" => b"0:",
        b"[0:" => b":",
        _ => return None,
    };
    Candidate::on_lines(
        source,
        Family::Idiom,
        node,
        (start, end.start()),
        vec![text(other)],
    )
}
