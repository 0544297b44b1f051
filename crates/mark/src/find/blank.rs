//! Blank line between two statements of a body. No language here gives meaning to a second line break between statements:
//! where a break ends a statement (JavaScript, Go, Python), the first one has done so.

use ringfence_syntax::Node;

use super::candidate::{Candidate, source as copied, text};
use super::rule::FamilyRule;
use super::source::Source;
use crate::model::Family;

/// The family, with a language's lists of statements.
pub(super) struct BlankLine {
    /// Kinds of nodes whose children are statements.
    pub(super) kinds: &'static [&'static str],
    /// Tells whether the node's children are statements of a body.
    pub(super) is_body: fn(Node<'_>) -> bool,
    /// Tells whether a child may stand beside a gap.
    pub(super) is_statement: fn(Node<'_>) -> bool,
}

impl FamilyRule for BlankLine {
    fn family(&self) -> Family {
        Family::BlankLine
    }

    fn kinds(&self) -> &'static [&'static str] {
        self.kinds
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        if !(self.is_body)(node) {
            return;
        }
        let mut before: Option<Node<'_>> = None;
        for child in node.children() {
            if !child.is_named() && matches!(child.kind(), ";" | "\n") {
                continue;
            }
            let usable =
                child.is_named() && !child.has_error() && !child.is_extra() && (self.is_statement)(child);
            if let (Some(before), true) = (before, usable) {
                found.extend(gap(source, before, child));
            }
            before = usable.then_some(child);
        }
    }
}

fn gap(source: &Source<'_>, before: Node<'_>, after: Node<'_>) -> Option<Candidate> {
    let blank = source.slice(before.end(), after.start());
    // A semicolon that belongs to no statement node may stand first.
    let skipped = blank
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b';'))
        .count();
    let start = before.end().checked_add(u32::try_from(skipped).ok()?)?;
    let blank = source.slice(start, after.start());
    let first = blank.strip_prefix(b"\n")?;
    if !blank.iter().all(|byte| matches!(byte, b'\n' | b' ' | b'\t')) {
        return None;
    }
    let break_end = start.checked_add(1)?;
    let end = after.start();
    let breaks = blank.iter().filter(|byte| **byte == b'\n').count();
    let pieces = match (breaks, first.first()) {
        (1, _) => vec![copied(start, break_end), text(b"\n"), copied(break_end, end)],
        (2, Some(b'\n')) => vec![copied(break_end, end)],
        _ => return None,
    };
    let above = source.line(source.line_of(start));
    let below = source.line(source.line_of(end));
    Candidate::on_parts(
        source,
        Family::BlankLine,
        before,
        (start, end),
        pieces,
        &[above, below],
    )
}
