//! A match arm that only jumps, with and without braces: `None => return,` against `None => { return; }`.
//!
//! Equal because a block that ends in a jump has its type, `!`, and runs nothing else (Rust reference, "Block expressions": a block "is known to diverge" when an expression in it does;
//! "Match expressions": an arm is any expression). Left out without braces: what the `?` operator is asked for by a linter (`return None`, `return Err(e)`), and arms that are no line of their own.

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, copy, text};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

/// Longest arm that is written on one line.
const MAX_COLUMNS: usize = 79;

pub(super) struct JumpArm;

impl FamilyRule for JumpArm {
    fn family(&self) -> Family {
        Family::Braces
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["match_arm"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        if let Some(value) = node.child_by_field("value") {
            found.extend(candidate(source, node, value));
        }
    }
}

fn candidate(source: &Source<'_>, arm: Node<'_>, value: Node<'_>) -> Option<Candidate> {
    let jump = if value.kind() == "block" {
        jump_of(value)?
    } else {
        Some(value).filter(|value| is_jump(*value))?
    };
    let pattern = source.slice(arm.start(), value.start());
    if arm.has_error()
        || !source.begins_line(arm.start())
        || pattern.contains(&b'\n')
        || !source.is_one_line(jump)
        || jump.descendants().any(|part| part.is_comment())
        || arm.children().any(|part| part.kind() == "attribute_item")
        || !crate::find::order::ends_line(source, arm.end())
    {
        return None;
    }
    let indent = source.indent(arm.start());
    let (open, close) = (
        [b"{\n", indent, b"    "].concat(),
        [b";\n", indent, b"}"].concat(),
    );
    let (range, pieces) = if value.kind() == "block" {
        let columns = source
            .slice(source.line_start(arm.start()), value.start())
            .len()
            .saturating_add(source.of(jump).len())
            .saturating_add(1);
        let is_written = source.slice(value.start(), jump.start()) == open
            && source.slice(jump.end(), value.end()) == close;
        let is_asked = [&b"return None"[..], b"return Err("]
            .iter()
            .any(|start| source.of(jump).starts_with(start));
        if !is_written || is_asked || columns > MAX_COLUMNS || source.slice(value.end(), arm.end()) != b"" {
            return None;
        }
        ((value.start(), value.end()), vec![copy(jump), text(b",")])
    } else {
        if source.slice(value.end(), arm.end()) != b"," {
            return None;
        }
        let pieces = vec![text(&open), copy(jump), text(&close)];
        ((value.start(), arm.end()), pieces)
    };
    let parts = [pattern, source.of(jump)];
    Candidate::on_parts(source, Family::Braces, arm, range, pieces, &parts)
}

/// The jump that a block consists of.
fn jump_of(block: Node<'_>) -> Option<Node<'_>> {
    let mut statements = block.named_children_with_comments();
    let (only, None) = (statements.next()?, statements.next()) else {
        return None;
    };
    only.named_children().next().filter(|jump| is_jump(*jump))
}

fn is_jump(value: Node<'_>) -> bool {
    matches!(
        value.kind(),
        "return_expression" | "break_expression" | "continue_expression"
    )
}
