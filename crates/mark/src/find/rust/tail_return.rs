//! The last branch of a function: `if c { return a; } b` against `if c { a } else { b }`.
//!
//! Equal because `return` ends the function with its value, as the value of the function's last expression does (Rust reference, "return expressions", "Functions"), and the condition of an `if` has
//! no temporaries that outlive it ("Temporary scopes"). Left out: `if let`, values that make temporaries, whose time of death would change, two `bool`s, which a linter would join, and what is not one line.

use ringfence_syntax::Node;

use super::still::is_still;
use super::width::NARROW_WIDTH;
use crate::find::candidate::{Candidate, copy, source as copied, text};
use crate::find::order::ends_line;
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::{Family, Piece};

/// Longest branch that rustfmt may write on one line.
const MAX_ONE_LINE: usize = 54;

pub(super) struct TailReturn;

impl FamilyRule for TailReturn {
    fn family(&self) -> Family {
        Family::EarlyReturn
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["block"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(candidate(source, node));
    }
}

fn candidate(source: &Source<'_>, body: Node<'_>) -> Option<Candidate> {
    let function = body.parent().filter(|parent| parent.kind() == "function_item")?;
    function.child_by_field("return_type")?;
    let statements: Vec<Node<'_>> = body.named_children_with_comments().collect();
    let (last, rest) = statements.split_last()?;
    let (branch, above, tail) = match if_of(*last) {
        Some(branch) => (branch, rest.last(), None),
        None => {
            let (before, above) = rest.split_last()?;
            (if_of(*before)?, above.last(), Some(*last))
        }
    };
    let condition = branch.child_by_field("condition")?;
    let consequence = branch.child_by_field("consequence")?;
    if branch.has_error()
        || above.is_some_and(|above| above.kind() == "attribute_item")
        || matches!(condition.kind(), "let_condition" | "let_chain")
        || !source.begins_line(branch.start())
        || !source.of(consequence).starts_with(b"{\n")
    {
        return None;
    }
    let leaving = consequence.named_children_with_comments().last()?;
    let spelling = match (tail, branch.child_by_field("alternative")) {
        (Some(tail), None) => returned(source, branch, leaving, tail)?,
        (None, Some(clause)) => branched(source, branch, leaving, clause)?,
        _ => return None,
    };
    let (value, tail) = (spelling.value, spelling.tail);
    let is_bool = |node: Node<'_>| node.kind() == "boolean_literal";
    let parts = [source.of(condition), source.of(value), source.of(tail)];
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let is_short = consequence.named_children_with_comments().count() == 1
        && length.saturating_add(b"if  {  } else {  }".len()) <= MAX_ONE_LINE;
    // As wide as each of them gets: with `return` and `;`, or four columns further in.
    let fits = |node: Node<'_>| {
        let columns = source
            .indent(node.start())
            .len()
            .saturating_add(source.of(node).len());
        source.is_one_line(node) && columns.saturating_add(8) <= NARROW_WIDTH
    };
    if is_short
        || (is_bool(value) && is_bool(tail))
        || !is_still(source, value)
        || !fits(value)
        || !fits(tail)
    {
        return None;
    }
    let range = (branch.start(), last.end());
    Candidate::on_parts(source, Family::EarlyReturn, body, range, spelling.pieces, &parts)
}

/// The two values, and the other spelling.
struct Spelling<'t> {
    value: Node<'t>,
    tail: Node<'t>,
    pieces: Vec<Piece>,
}

/// The `if` that a statement consists of.
fn if_of(statement: Node<'_>) -> Option<Node<'_>> {
    if statement.kind() == "if_expression" {
        return Some(statement);
    }
    let mut parts = statement
        .children()
        .filter(|_| statement.kind() == "expression_statement");
    let (only, None) = (parts.next()?, parts.next()) else {
        return None;
    };
    (only.kind() == "if_expression").then_some(only)
}

/// `if c { return a; } b`: both spellings have the condition and the branch in their places.
fn returned<'t>(
    source: &Source<'_>,
    branch: Node<'t>,
    leaving: Node<'t>,
    tail: Node<'t>,
) -> Option<Spelling<'t>> {
    let jump = leaving.named_children().next()?;
    let value = jump.named_children_with_comments().next()?;
    let is_written = jump.kind() == "return_expression"
        && source.slice(jump.start(), value.start()) == b"return "
        && source.slice(value.end(), leaving.end()) == b";"
        && stands_alone(source, leaving)
        && stands_alone(source, tail)
        && is_value(tail)
        && source.line_of(tail.start()) == source.line_of(branch.end()).saturating_add(1);
    let indent = source.indent(branch.start());
    let pieces = vec![
        copied(branch.start(), leaving.start()),
        copy(value),
        copied(leaving.end(), branch.end()),
        text(&[b" else {\n", indent, b"    "].concat()),
        copy(tail),
        text(&[b"\n", indent, b"}"].concat()),
    ];
    is_written.then_some(Spelling { value, tail, pieces })
}

/// `if c { a } else { b }`.
fn branched<'t>(
    source: &Source<'_>,
    branch: Node<'t>,
    value: Node<'t>,
    clause: Node<'t>,
) -> Option<Spelling<'t>> {
    let block = clause.named_children_with_comments().next()?;
    let mut inner = block.named_children_with_comments();
    let (tail, None) = (inner.next()?, inner.next()) else {
        return None;
    };
    let consequence = branch.child_by_field("consequence")?;
    let indent = source.indent(branch.start());
    let is_written = block.kind() == "block"
        && source.slice(consequence.end(), tail.start()) == [b" else {\n", indent, b"    "].concat()
        && source.slice(tail.end(), branch.end()) == [b"\n", indent, b"}"].concat()
        && stands_alone(source, value)
        && is_value(value)
        && is_value(tail);
    let pieces = vec![
        copied(branch.start(), value.start()),
        text(b"return "),
        copy(value),
        text(b";"),
        copied(value.end(), consequence.end()),
        text(&[b"\n", indent].concat()),
        copy(tail),
    ];
    is_written.then_some(Spelling { value, tail, pieces })
}

/// Tells whether a node has its line to itself.
fn stands_alone(source: &Source<'_>, node: Node<'_>) -> bool {
    source.begins_line(node.start()) && ends_line(source, node.end())
}

/// Tells whether a node is an expression that gives its block a value, and no branch itself.
fn is_value(node: Node<'_>) -> bool {
    !node.is_comment()
        && !node.kind().ends_with("_statement")
        && !node.kind().ends_with("_declaration")
        && !node.kind().ends_with("_item")
        && !matches!(
            node.kind(),
            "if_expression"
                | "match_expression"
                | "block"
                | "unsafe_block"
                | "return_expression"
                | "macro_definition"
                | "while_expression"
                | "for_expression"
                | "loop_expression"
        )
}
