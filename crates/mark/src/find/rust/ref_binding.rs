//! `match x { Some(ref y) => … }` against `match &x { Some(y) => … }`, and the same of `if let`.
//!
//! Equal because a pattern that is no reference, matched against one, binds by reference (Rust reference, "Patterns", "Binding modes"): each `y` is then a `&T` of the same place. Only
//! variables and fields, looked at by patterns of which every name is bound with `ref`. A reference to the whole may not stand beside another use of the variable, so that the branches may not
//! mention it, unless it is a field of a `&self`, of which only references exist. From `ref` alone: the other way round, a variable that is a reference already would be bound twice, which edition 2024 refuses.

use ringfence_syntax::Node;

use super::still::{is_place, is_variant};
use super::width::keeps_layout;
use crate::find::candidate::{Candidate, source as copied, text};
use crate::find::rule::FamilyRule;
use crate::find::source::{Source, contains_word};
use crate::model::{Family, Piece};

/// Most names bound in one site, which has at most sixteen pieces.
const MAX_NAMES: usize = 6;
/// Room for other words of an arm that become shorter.
const ROOM: usize = 14;

pub(super) struct RefBinding;

impl FamilyRule for RefBinding {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["match_expression", "let_condition"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(candidate(source, node));
    }
}

fn candidate(source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
    let value = node.child_by_field("value")?;
    let is_match = node.kind() == "match_expression";
    let patterns: Vec<Node<'_>> = if is_match {
        let arms = node.child_by_field("body")?.named_children();
        arms.map(|arm| arm.child_by_field("pattern"))
            .collect::<Option<_>>()?
    } else {
        vec![node.child_by_field("pattern")?]
    };
    let mut bindings: Vec<Node<'_>> = Vec::new();
    for pattern in &patterns {
        let before = bindings.len();
        by_reference(source, *pattern, &mut bindings)?;
        let length = bindings
            .len()
            .saturating_sub(before)
            .saturating_mul(b"ref ".len());
        let keeps =
            !is_match || length == 0 || keeps_layout(source, *pattern, length.saturating_add(ROOM), 0);
        if !keeps {
            return None;
        }
    }
    let (looked_at, sign) = looked_at(source, node, value)?;
    let holder = if is_match {
        node
    } else {
        node.parent().filter(|parent| parent.kind() == "if_expression")?
    };
    let grown = if is_match { sign.len() } else { 0 };
    let shrunk = if is_match {
        0
    } else {
        bindings.len().saturating_mul(b"ref ".len())
    };
    if bindings.is_empty()
        || bindings.len() > MAX_NAMES
        || holder.has_error()
        || !is_free(source, holder, value)
        || !keeps_layout(source, value, shrunk, grown)
    {
        return None;
    }
    let mut pieces: Vec<Piece> = Vec::new();
    let mut from = if is_match { looked_at.start() } else { node.start() };
    if is_match {
        pieces.extend(Some(text(sign)).filter(|_| !sign.is_empty()));
    }
    for binding in &bindings {
        // The name is a piece of its own: what the grammar calls it depends on the `ref` before it.
        pieces.push(copied(from, binding.start()));
        pieces.push(copied(binding.start().saturating_add(4), binding.end()));
        from = binding.end();
    }
    if is_match {
        pieces.push(copied(from, node.end()));
    } else {
        pieces.push(copied(from, value.start()));
        pieces.extend(Some(text(sign)).filter(|_| !sign.is_empty()));
        pieces.push(copied(looked_at.start(), looked_at.end()));
    }
    let start = if is_match { value.start() } else { node.start() };
    let mut parts = vec![source.of(value)];
    parts.extend(patterns.iter().map(|pattern| source.of(*pattern)));
    Candidate::on_parts(source, Family::Idiom, node, (start, node.end()), pieces, &parts)
}

/// The place, and what is written before it: `&` before a variable, nothing in place of the `*` of `*self`.
fn looked_at<'t>(source: &Source<'_>, node: Node<'t>, value: Node<'t>) -> Option<(Node<'t>, &'static [u8])> {
    if is_place(value) {
        return (value.kind() != "self").then_some((value, &b"&"[..]));
    }
    let inner = value.named_children_with_comments().next().filter(|inner| {
        value.kind() == "unary_expression" && source.of(value) == b"*self" && inner.kind() == "self"
    });
    inner
        .filter(|_| receiver(source, node) == Some(b"&self"))
        .map(|inner| (inner, &b""[..]))
}

/// The `self` of the function that the node stands in, when no closure or inner function stands between.
fn receiver<'s>(source: &Source<'s>, node: Node<'_>) -> Option<&'s [u8]> {
    let mut outer = node.ancestors();
    let function = outer.find(|outer| matches!(outer.kind(), "function_item" | "closure_expression"))?;
    let parameters = function
        .child_by_field("parameters")
        .filter(|_| function.kind() == "function_item")?;
    let first = parameters.named_children().next()?;
    (first.kind() == "self_parameter").then(|| source.of(first))
}

/// Tells whether nothing else could need the variable while it is borrowed.
fn is_free(source: &Source<'_>, holder: Node<'_>, value: Node<'_>) -> bool {
    let written = source.of(value);
    let root = written
        .split(|byte| *byte == b'.')
        .next()
        .map_or(written, |root| root.strip_prefix(b"*").unwrap_or(root));
    if root == b"self" && receiver(source, holder) == Some(b"&self") {
        return true;
    }
    let rest = source.slice(value.end(), holder.end());
    !contains_word(rest, root)
}

/// Finds the names that a pattern binds; nothing when one is bound without `ref`, or something could be a constant.
fn by_reference<'t>(source: &Source<'_>, pattern: Node<'t>, found: &mut Vec<Node<'t>>) -> Option<()> {
    let mut index = 0;
    let parts: Vec<Node<'t>> = pattern.descendants().collect();
    while let Some(part) = parts.get(index) {
        index = index.saturating_add(1);
        let skip = match part.kind() {
            "match_pattern"
            | "tuple_struct_pattern"
            | "struct_pattern"
            | "or_pattern"
            | "tuple_pattern"
            | "remaining_field_pattern"
            | "_"
            | "integer_literal"
            | "char_literal"
            | "boolean_literal" => false,
            "ref_pattern" => {
                let name = part.named_children().next()?;
                let is_plain =
                    name.kind() == "identifier" && source.slice(part.start(), name.start()) == b"ref ";
                found.push(Some(*part).filter(|_| is_plain)?);
                true
            }
            "field_pattern" => {
                if source.of(*part).starts_with(b"ref ") {
                    let is_plain = !source.of(*part).starts_with(b"ref mut ");
                    found.push(Some(*part).filter(|_| is_plain)?);
                    true
                } else if part.child_by_field("pattern").is_none() {
                    return None;
                } else {
                    false
                }
            }
            "identifier" | "scoped_identifier" | "type_identifier" | "scoped_type_identifier" => {
                Some(true).filter(|_| is_variant(source.of(*part)))?
            }
            "field_identifier" => false,
            _ if !part.is_named() => false,
            _ => {
                // The guard of an arm binds nothing.
                let guard = pattern.child_by_field("condition")?;
                Some(true).filter(|_| guard == *part)?
            }
        };
        if skip {
            while parts
                .get(index)
                .is_some_and(|next| next.index() < part.subtree_end())
            {
                index = index.saturating_add(1);
            }
        }
    }
    Some(())
}
