//! `for (;;)` against `while (true)`.
//!
//! A `for` without a condition runs as if its condition were always true (C11 6.8.5.3p2, C++17 [stmt.for]p2, JLS 14.14.1.2 and 14.22, C# specification 13.9.4), also for what is
//! reachable behind it.

use ringfence_syntax::Node;

use super::candidate::{Candidate, text};
use super::rule::FamilyRule;
use super::source::Source;
use crate::model::Family;

/// The family, with how a language says that a condition always holds.
pub(super) struct Endless {
    /// The head of the other loop.
    pub(super) head: &'static [u8],
}

const FOR: &[u8] = b"for (;;)";

impl FamilyRule for Endless {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["for_statement", "while_statement"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        let (own, other) = if node.kind() == "for_statement" {
            (FOR, self.head)
        } else {
            (self.head, FOR)
        };
        let end = node.start().saturating_add(u32::try_from(own.len()).unwrap_or(0));
        if node.has_error() || source.slice(node.start(), end) != own {
            return;
        }
        let range = (node.start(), end);
        let pieces = vec![text(other)];
        found.extend(Candidate::on_lines(source, Family::Idiom, node, range, pieces));
    }
}
