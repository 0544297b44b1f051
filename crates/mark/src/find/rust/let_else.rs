//! `let Some(x) = e else { return; };` to `let x = match e { Some(x) => x, None => return };`.
//!
//! Equal because both bind what the pattern binds and leave otherwise (Rust reference, "let statements": when the pattern does not match, the block is executed, which must diverge). The two differ in when temporaries of
//! `e` are dropped before the way out, so that only jumps that run nothing may stand there, and references to temporaries, whose lives `let` would lengthen, are left out; so are jumps that a linter would write as `?`.
//! One way: a text without the first spelling may be for a compiler before 1.65, which does not know it.

use ringfence_syntax::Node;

use super::still::{is_idle, is_place};
use super::width::NARROW_WIDTH;
use crate::find::candidate::{Candidate, copy, text};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::{Family, Piece};

pub(super) struct LetElse;

impl FamilyRule for LetElse {
    fn family(&self) -> Family {
        Family::EarlyReturn
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["let_declaration"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(candidate(source, node));
    }
}

fn candidate(source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
    let value = node.child_by_field("value")?;
    let block = node.child_by_field("alternative")?;
    if node.has_error()
        || !source.begins_line(node.start())
        || node.child_by_field("type").is_some()
        || node
            .previous_sibling()
            .is_some_and(|above| above.kind() == "attribute_item")
        || node.descendants().any(|part| part.is_comment())
        || node.parent().is_none_or(|parent| parent.kind() != "block")
    {
        return None;
    }
    let (pieces, parts) = as_match(source, node, value, block)?;
    let parts = parts.map(|part| source.of(part));
    let range = (node.start(), node.end());
    Candidate::on_parts(source, Family::EarlyReturn, node, range, pieces, &parts)
}

/// The name, what is looked at, and the jump.
type Parts<'t> = [Node<'t>; 3];

fn as_match<'t>(
    source: &Source<'_>,
    node: Node<'t>,
    value: Node<'t>,
    block: Node<'t>,
) -> Option<(Vec<Piece>, Parts<'t>)> {
    let pattern = node.child_by_field("pattern")?;
    let (variant, name) = wrapped(source, pattern)?;
    let mut statements = block.named_children();
    let (only, None) = (statements.next()?, statements.next()) else {
        return None;
    };
    let jump = if only.kind() == "expression_statement" {
        only.named_children().next()?
    } else {
        only
    };
    if !is_looked_at(source, value) || !is_jump(source, jump, variant) {
        return None;
    }
    let indent = source.indent(node.start());
    let is_mutable = pattern
        .children()
        .any(|child| child.kind() == "mutable_specifier")
        || pattern
            .descendants()
            .any(|part| part.kind() == "mutable_specifier");
    let other: &[u8] = if variant == b"Some" { b"None" } else { b"Err(_)" };
    let binding: &[u8] = if is_mutable { b"let mut " } else { b"let " };
    let columns = [indent, binding, source.of(name), source.of(value), b" = match  {"]
        .concat()
        .len();
    let arm = [indent, other, source.of(jump), b"     => ,"].concat().len();
    if columns.max(arm) > NARROW_WIDTH {
        return None;
    }
    let pieces = vec![
        text(binding),
        copy(name),
        text(b" = match "),
        copy(value),
        text(
            &[
                b" {\n",
                indent,
                b"    ",
                variant,
                b"(",
                source.of(name),
                b") => ",
                source.of(name),
                b",\n",
                indent,
                b"    ",
                other,
                b" => ",
            ]
            .concat(),
        ),
        copy(jump),
        text(&[b",\n", indent, b"};"].concat()),
    ];
    Some((pieces, [name, value, jump]))
}

/// `Some(x)` or `Ok(x)`: the variant and the name.
fn wrapped<'t, 's>(source: &Source<'s>, pattern: Node<'t>) -> Option<(&'s [u8], Node<'t>)> {
    let variant = source.of(pattern
        .child_by_field("type")
        .filter(|_| pattern.kind() == "tuple_struct_pattern")?);
    let inside = pattern.descendants().filter(|part| part.is_named()).skip(1);
    let mut names = inside.filter(|part| !matches!(part.kind(), "mut_pattern" | "mutable_specifier"));
    let (path, name, None) = (names.next()?, names.next()?, names.next()) else {
        return None;
    };
    let written = source.slice(path.end(), pattern.end());
    let is_name = name.kind() == "identifier" && !source.of(name).first().is_some_and(u8::is_ascii_uppercase);
    let plain = [b"(", source.of(name), b")"].concat();
    let mutable = [b"(mut ", source.of(name), b")"].concat();
    (is_name && matches!(variant, b"Some" | b"Ok") && (written == plain || written == mutable))
        .then_some((variant, name))
}

/// Tells whether a value may stand in both places: no brace behind which an `else` or a block would be read otherwise, no reference to a temporary.
fn is_looked_at(source: &Source<'_>, value: Node<'_>) -> bool {
    let is_known = match value.kind() {
        "call_expression" => true,
        "reference_expression" => value.child_by_field("value").is_some_and(is_place),
        _ => is_place(value),
    };
    is_known && source.is_one_line(value) && !source.of(value).contains(&b'{')
}

/// Tells whether a jump runs nothing, and is not what a linter would write as `?`.
fn is_jump(source: &Source<'_>, jump: Node<'_>, variant: &[u8]) -> bool {
    let mut inside = jump.named_children_with_comments();
    let (value, None) = (inside.next(), inside.next()) else {
        return false;
    };
    let is_asked = variant == b"Some" && value.is_some_and(|value| source.of(value) == b"None");
    match jump.kind() {
        "return_expression" => !is_asked && value.is_none_or(|value| is_idle(source, value)),
        "break_expression" | "continue_expression" => value.is_none(),
        _ => false,
    }
}
