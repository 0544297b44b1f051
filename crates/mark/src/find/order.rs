//! Order of adjacent items: functions, cases, list members, initialisers.
//!
//! The items' keys are names (container, receiver, name), never positions: roles and ids survive edits elsewhere.

use ringfence_syntax::Node;

use super::candidate::{Candidate, Roles, source as copied};
use super::source::Source;
use crate::model::{Family, Variant};

/// One item that may change places with its neighbour.
pub(super) struct Item<'t> {
    /// First byte, comments and attributes that belong to the item included.
    pub(super) start: u32,
    /// One past the last byte.
    pub(super) end: u32,
    /// The item itself.
    pub(super) node: Node<'t>,
    /// Its name within its container.
    pub(super) key: Vec<u8>,
}

/// Proposes the adjacent pairs of a run. A `None` in the run separates: something stands there that must not be crossed.
pub(super) fn pairs(
    source: &Source<'_>,
    family: Family,
    container: &[u8],
    run: &[Option<Item<'_>>],
    commute: &dyn Fn(&Item<'_>, &Item<'_>) -> bool,
    found: &mut Vec<Candidate>,
) {
    let role = |item: &Item<'_>| [container, &[0], &item.key].concat();
    // The first item of the pair before this one, when that was a pair.
    let mut previous: Option<&Item<'_>> = None;
    for (first, second) in run.iter().zip(run.iter().skip(1)) {
        let before = previous.take();
        let (Some(first), Some(second)) = (first, second) else {
            continue;
        };
        let joint = source.slice(first.end, second.start);
        let is_joint = match family {
            Family::FunctionOrder | Family::CaseOrder => joint.iter().all(u8::is_ascii_whitespace),
            _ => joint
                .iter()
                .all(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b'|' | b'+' | b';')),
        };
        if !is_joint || first.key == second.key || first.end > second.start || !commute(first, second) {
            continue;
        }
        previous = Some(first);
        let identity = [container, &[0], &first.key, &[0], &second.key].concat();
        let canonical = if first.key < second.key {
            Variant::Zero
        } else {
            Variant::One
        };
        found.push(Candidate {
            family,
            start: first.start,
            end: second.end,
            pieces: vec![
                copied(second.start, second.end),
                copied(first.end, second.start),
                copied(first.start, first.end),
            ],
            identity,
            roles: Some(Roles {
                before: before.map(role),
                first: role(first),
                second: role(second),
            }),
            joint: Some((first.end, second.start)),
            canonical,
            // Both orders have the same tokens; no formatter prefers one. Fixed, so that every table agrees.
            long: Variant::One,
        });
    }
}

/// The children of a node as a run of items, each with the comments above it. `key` names a child that may change places; the others
/// separate, but for the line breaks that are nodes of Go's grammar.
pub(super) fn run_of<'t>(
    source: &Source<'_>,
    node: Node<'t>,
    mut key: impl FnMut(Node<'t>) -> Option<Vec<u8>>,
) -> Vec<Option<Item<'t>>> {
    let mut run = Vec::new();
    let mut before: Vec<Node<'_>> = Vec::new();
    for child in node.children() {
        if child.is_comment() {
            before.push(child);
            continue;
        }
        if child.kind() == "\n" {
            continue;
        }
        run.push(key(child).and_then(|key| {
            Some(Item {
                start: start_with_comments(source, child, &before)?,
                end: child.end(),
                node: child,
                key,
            })
        }));
        before.clear();
    }
    run
}

/// The names of the enclosing items, outermost first.
pub(super) fn container(source: &Source<'_>, node: Node<'_>) -> Vec<u8> {
    let mut names: Vec<&[u8]> = Vec::new();
    for outer in std::iter::once(node).chain(node.ancestors()) {
        if outer.kind() == "impl_item" {
            names.extend(outer.child_by_field("type").map(|name| source.of(name)));
            names.extend(outer.child_by_field("trait").map(|name| source.of(name)));
        } else if is_container(outer.kind()) {
            names.extend(outer.name_node().map(|name| source.of(name)));
        }
    }
    names.reverse();
    names.join(&b'>')
}

fn is_container(kind: &str) -> bool {
    matches!(
        kind,
        "function_item"
            | "trait_item"
            | "mod_item"
            | "struct_item"
            | "enum_item"
            | "function_definition"
            | "class_definition"
            | "function_declaration"
            | "generator_function_declaration"
            | "method_declaration"
            | "constructor_declaration"
            | "class_declaration"
            | "abstract_class_declaration"
            | "interface_declaration"
            | "enum_declaration"
            | "record_declaration"
            | "method_definition"
            | "type_spec"
            | "class_specifier"
            | "struct_specifier"
            | "namespace_definition"
            | "namespace_declaration"
            | "struct_declaration"
            | "variable_declarator"
    )
}

/// Where an item begins when the comments (and attributes) that stand directly above it belong to it; `None` when a comment
/// floats between it and the item before, so that nobody can say whose it is.
pub(super) fn start_with_comments(source: &Source<'_>, node: Node<'_>, before: &[Node<'_>]) -> Option<u32> {
    let mut start = node.start();
    for above in before.iter().rev() {
        let attached = above.is_comment() || above.kind() == "attribute_item";
        if !attached || !source.begins_line(above.start()) {
            break;
        }
        let end = trimmed_end(source, *above);
        let gap = source.slice(end, start);
        if gap.iter().filter(|byte| **byte == b'\n').count() > 1 {
            return None;
        }
        start = above.start();
    }
    // An attribute with a comment behind it belongs to the item as well, and would be left behind.
    let leaves_attribute = before
        .iter()
        .any(|above| above.kind() == "attribute_item" && above.start() < start);
    (source.begins_line(start) && !leaves_attribute).then_some(start)
}

/// The end of a node without the line break that some grammars count in.
pub(super) fn trimmed_end(source: &Source<'_>, node: Node<'_>) -> u32 {
    let trailing = source
        .of(node)
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count();
    node.end().saturating_sub(u32::try_from(trailing).unwrap_or(0))
}

/// Tells whether something else stands on the line after the item: a comment there would be left behind.
pub(super) fn ends_line(source: &Source<'_>, end: u32) -> bool {
    let line = source.line(source.line_of(end));
    let column = end.saturating_sub(source.line_start(end)) as usize;
    line.get(column..)
        .unwrap_or_default()
        .iter()
        .all(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b';'))
}

/// Tells whether two items are the same once names are blanked: nobody can read such a pair after renaming.
pub(super) fn look_alike(source: &Source<'_>, left: Node<'_>, right: Node<'_>) -> bool {
    let is_name = |kind: &str| kind.ends_with("identifier") || kind == "primitive_type";
    let mut left = left
        .descendants()
        .filter(|leaf| leaf.is_leaf() && !leaf.is_comment());
    let mut right = right
        .descendants()
        .filter(|leaf| leaf.is_leaf() && !leaf.is_comment());
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) => {
                let names = is_name(one.kind()) && is_name(other.kind());
                if !names && (one.kind() != other.kind() || source.of(one) != source.of(other)) {
                    return false;
                }
            }
            _ => return false,
        }
    }
}
