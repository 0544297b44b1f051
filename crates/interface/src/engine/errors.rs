//! Syntax errors: each one is cut out with the item around it, or the file is refused.
//!
//! INVARIANT: what is cut out is balanced in brackets; else its edges are guesses of the parser, and what stands beside it may be the inside of a torn body.

use ringfence_syntax::Node;

use super::{LanguageRules, ParsedFile, Span, text};
use crate::RefusedReason;

/// What must go because of syntax errors; or the offset and the reason why that cannot be said.
pub(super) fn isolate(
    rules: &dyn LanguageRules,
    file: &ParsedFile<'_>,
) -> Result<Vec<Span>, (u32, RefusedReason)> {
    let mut cut: Vec<Span> = Vec::new();
    if file.tree.error_count() == 0 {
        return Ok(cut);
    }
    let mut done = 0;
    for node in file.tree.nodes() {
        if !node.is_error() && !node.is_missing() {
            continue;
        }
        if node.index() < done {
            continue;
        }
        let (span, end, torn) = stretch(rules, file, node)?;
        if !text::is_balanced(file.tree.language(), text::slice(file.text, &span)) {
            return Err(refusal(node.start(), "brackets do not close around it"));
        }
        done = end;
        if torn {
            cut.push(span);
        }
    }
    cut.sort_by_key(|span| span.start);
    for node in file.tree.nodes() {
        let inside = node.parent().is_some_and(|parent| rules.is_container(&parent));
        if inside && !node.is_error() && !rules.may_stand(&node) {
            let after = cut.partition_point(|span| span.start <= node.start());
            let covered = after
                .checked_sub(1)
                .and_then(|last| cut.get(last))
                .is_some_and(|span| node.end() <= span.end);
            if !covered {
                return Err(refusal(node.start(), "a statement stands where only items may"));
            }
        }
    }
    Ok(cut)
}

/// What to cut for one error, the preorder index from which errors are outside of it, and whether it must be cut at all.
///
/// A body in closed braces is replaced anyway; its edges are certain, and the check of the output sees to it that it did not stay.
fn stretch(
    rules: &dyn LanguageRules,
    file: &ParsedFile<'_>,
    error: Node<'_>,
) -> Result<(Span, u32, bool), (u32, RefusedReason)> {
    let mut at = error;
    loop {
        let Some(parent) = at.parent() else {
            return Err(refusal(error.start(), "it covers the file"));
        };
        let braced = at.text(file.text).starts_with(b"{") && at.text(file.text).ends_with(b"}");
        if braced && rules.is_body(&at) && text::is_balanced(file.tree.language(), at.text(file.text)) {
            return Ok((at.start()..at.end(), at.subtree_end(), false));
        }
        if rules.is_container(&parent) && (rules.is_item(&at) || at.is_error()) {
            let start = text::leading_start(file.text, &at, rules.attributes());
            let span = text::lines(file.text, start..at.end());
            return Ok((span, at.subtree_end(), true));
        }
        at = parent;
    }
}

fn refusal(at: u32, what: &'static str) -> (u32, RefusedReason) {
    (at, RefusedReason::NotIsolated { what })
}
