//! Parentheses that precedence makes redundant, where rustfmt leaves both spellings on their lines.
//!
//! What makes the two equal stands at the shared family; this keeps those candidates whose line has room for a pair around every operand.

use ringfence_syntax::Node;

use super::width::keeps_layout;
use crate::find::candidate::Candidate;
use crate::find::parentheses::{ALWAYS_QUIET, Parentheses};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

const SHARED: Parentheses = Parentheses {
    kinds: &["binary_expression"],
    is_quiet: ALWAYS_QUIET,
};

pub(super) struct Brackets;

impl FamilyRule for Brackets {
    fn family(&self) -> Family {
        SHARED.family()
    }

    fn kinds(&self) -> &'static [&'static str] {
        SHARED.kinds()
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        let mut proposed = Vec::new();
        SHARED.propose(source, node, &mut proposed);
        found.extend(
            proposed
                .into_iter()
                .filter(|candidate| fits(source, node, candidate)),
        );
    }
}

fn fits(source: &Source<'_>, node: Node<'_>, candidate: &Candidate) -> bool {
    let Some(operand) = node
        .children()
        .find(|operand| (operand.start(), operand.end()) == (candidate.start, candidate.end))
    else {
        return false;
    };
    let line = source.line(source.line_of(operand.start()));
    let operators = line
        .split(|byte| *byte == b' ')
        .filter(|word| !word.is_empty() && word.iter().all(|byte| b"<>=!+-*/%&|".contains(byte)))
        .count();
    let room = operators.saturating_mul(2);
    if operand.kind() == "parenthesized_expression" {
        return keeps_layout(source, operand, room, 0) && keeps_layout(source, operand, 0, room);
    }
    keeps_layout(source, operand, 0, room)
}
