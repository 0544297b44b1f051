//! `return` against `return None`.
//!
//! Without an expression the value is `None` (Python reference 7.6); the compiled code is the same. Only in functions all of whose returns give nothing, so that
//! neither spelling stands out. Left out: generators (where the second was an error before and is one in asynchronous ones), and a `return` at the end
//! of a function.

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, text};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

/// Functions above this many nodes are left alone: every site would walk them.
const MAX_NODES: u32 = 8_000;

pub(super) struct BareReturn;

impl FamilyRule for BareReturn {
    fn family(&self) -> Family {
        Family::BareReturn
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["return_statement"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        let other: &[u8] = match source.of(node) {
            b"return" => b"return None",
            b"return None" => b"return",
            _ => return,
        };
        let Some(function) = node.ancestors().find(|outer| outer.is_function()) else {
            return;
        };
        let is_small = function.subtree_end().saturating_sub(function.index()) <= MAX_NODES;
        let is_quiet = is_small
            && function.descendants().all(|part| match part.kind() {
                "yield" | "lambda" => false,
                "return_statement" => matches!(source.of(part), b"return" | b"return None"),
                _ => true,
            });
        let ends_function = function
            .child_by_field("body")
            .is_some_and(|body| body.end() == node.end());
        if !node.has_error() && is_quiet && !ends_function {
            found.extend(Candidate::on_lines(
                source,
                Family::BareReturn,
                node,
                (node.start(), node.end()),
                vec![text(other)],
            ));
        }
    }
}
