//! `public` on a member of a class, written or left out.
//!
//! Equal because members are public when nothing is written (TypeScript handbook, "Classes", "Member Visibility"), and the word is erased. Left out: parameters of constructors, where it
//! declares a field; private names, which take no modifier; accessors that have a partner (older
//! compilers want both alike); what a decorator stands at.

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, copy, source as copied, text};
use crate::find::order::container;
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

/// Longest line with the word: what formatters for TypeScript allow.
const MAX_COLUMNS: usize = 80;
/// Classes above this many members are not looked through for an accessor's partner.
const MAX_MEMBERS: usize = 200;

pub(super) struct Accessibility;

impl FamilyRule for Accessibility {
    fn family(&self) -> Family {
        Family::Modifier
    }

    fn kinds(&self) -> &'static [&'static str] {
        &[
            "method_definition",
            "public_field_definition",
            "abstract_method_signature",
        ]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(candidate(source, node));
    }
}

fn candidate(source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
    let name = node.child_by_field("name")?;
    if node.has_error()
        || name.kind() != "property_identifier"
        || node.parent().is_none_or(|parent| parent.kind() != "class_body")
        || !source.begins_line(node.start())
        || node
            .previous_sibling()
            .is_some_and(|before| before.kind() == "decorator")
    {
        return None;
    }
    let mut head = node.children().take_while(|child| *child != name);
    let mut is_accessor = false;
    if head.any(|child| {
        is_accessor |= matches!(child.kind(), "get" | "set");
        child.is_comment() || matches!(child.kind(), "decorator" | "*")
    }) || (is_accessor && !is_alone(source, node, name))
    {
        return None;
    }
    // The whole head on a line that is short enough with the word: a formatter breaks, or joins, no line for it.
    let line = source.line(source.line_of(node.start()));
    let is_whole = source.is_one_line(node) || line.ends_with(b"{");
    let first = node.children().next()?;
    let is_written = first.kind() == "accessibility_modifier";
    let columns = line
        .len()
        .saturating_add(if is_written { 0 } else { b"public ".len() });
    if !is_whole || columns > MAX_COLUMNS {
        return None;
    }
    let (range, pieces) = if is_written {
        let second = first.next_sibling()?;
        if source.of(first) != b"public" || source.slice(first.end(), second.start()) != b" " {
            return None;
        }
        ((node.start(), second.end()), vec![copy(second)])
    } else {
        let whole = (first.start(), first.end());
        (whole, vec![text(b"public "), copied(first.start(), first.end())])
    };
    let scope = container(source, node);
    let parts: [&[u8]; 3] = [&scope, source.of(name), node.kind().as_bytes()];
    Candidate::on_parts(source, Family::Modifier, node, range, pieces, &parts)
}

/// Tells whether no other member of the class has the name.
fn is_alone(source: &Source<'_>, node: Node<'_>, name: Node<'_>) -> bool {
    let Some(class) = node.parent() else { return false };
    let mut members: usize = 0;
    class.named_children().all(|member| {
        members = members.saturating_add(1);
        let other = member.child_by_field("name");
        members <= MAX_MEMBERS
            && (member == node || other.is_none_or(|other| source.of(other) != source.of(name)))
    })
}
