//! `use a::{b, c};` against `use a::b;` and `use a::c;`.
//!
//! Equal because braces are shorthand for one declaration a path (Rust reference, "Use declarations", "Brace syntax"). Plain names only, of one path, in the order in which they stand, which is that of
//! formatters either way. Left out: attributes, which belong to one declaration, comments, `self`, new names, globs, and groups beside another import from the same place, whose order a formatter would change.

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, copy, text};
use crate::find::order::ends_line;
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::{Family, Piece};

/// Longest group that is written on one line.
const MAX_COLUMNS: usize = 79;
/// Most names of one group: a site has at most sixteen pieces.
const MAX_NAMES: usize = 7;

pub(super) struct UseGroup;

impl FamilyRule for UseGroup {
    fn family(&self) -> Family {
        Family::ImportGroup
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["use_declaration"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(candidate(source, node));
    }
}

/// One declaration taken apart: what stands before the path, the path with its `::`, and the names.
struct Import<'t, 's> {
    head: &'s [u8],
    path: &'s [u8],
    names: Vec<Node<'t>>,
    is_group: bool,
}

fn candidate(source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
    let parent = node.parent()?;
    let is_place =
        parent.kind() == "source_file" || parent.parent().is_some_and(|outer| outer.kind() == "mod_item");
    let first = import(source, node).filter(|_| is_place)?;
    let above = neighbour(source, node.previous_sibling(), node, true)?;
    if is_beside(above, first.path) {
        return None;
    }
    let mut last = node;
    let mut names = first.names;
    if !first.is_group {
        while let Some(next) = last
            .next_sibling()
            .filter(|next| is_next_line(source, last, *next))
        {
            let Some(other) = import(source, next)
                .filter(|other| !other.is_group && other.path == first.path && other.head == first.head)
            else {
                break;
            };
            names.extend(other.names);
            last = next;
        }
    }
    let below = neighbour(source, last.next_sibling(), last, false)?;
    if names.len() < 2 || names.len() > MAX_NAMES || is_beside(below, first.path) {
        return None;
    }
    let indent = source.indent(node.start());
    let pieces = if first.is_group {
        apart(&names, first.head, first.path, indent)
    } else {
        together(&names, first.head, first.path)
    };
    let joined: Vec<&[u8]> = names.iter().map(|name| source.of(*name)).collect();
    let joined = joined.join(&b", "[..]);
    let columns = [indent, first.head, first.path, &joined]
        .concat()
        .len()
        .saturating_add(3);
    if columns > MAX_COLUMNS {
        return None;
    }
    let range = (node.start(), last.end());
    let parts = [first.head, first.path, &joined];
    Candidate::on_parts(source, Family::ImportGroup, node, range, pieces, &parts)
}

fn apart(names: &[Node<'_>], head: &[u8], path: &[u8], indent: &[u8]) -> Vec<Piece> {
    let mut opening = [head, path].concat();
    let mut pieces = Vec::new();
    for name in names {
        pieces.extend([text(&opening), copy(*name)]);
        opening = [b";\n", indent, head, path].concat();
    }
    pieces.push(text(b";"));
    pieces
}

fn together(names: &[Node<'_>], head: &[u8], path: &[u8]) -> Vec<Piece> {
    let mut opening = [head, path, b"{"].concat();
    let mut pieces = Vec::new();
    for name in names {
        pieces.extend([text(&opening), copy(*name)]);
        opening = b", ".to_vec();
    }
    pieces.push(text(b"};"));
    pieces
}

/// Takes a declaration apart that imports plain names of one path, on one line.
fn import<'t, 's>(source: &Source<'s>, node: Node<'t>) -> Option<Import<'t, 's>> {
    let argument = node.child_by_field("argument")?;
    let is_plain = node.kind() == "use_declaration"
        && !node.has_error()
        && source.is_one_line(node)
        && source.begins_line(node.start())
        && source.slice(argument.end(), node.end()) == b";"
        && ends_line(source, node.end())
        && !node.descendants().any(|part| part.is_comment());
    let head = source.slice(node.start(), argument.start());
    let path_end = argument.child_by_field("path").filter(|_| is_plain)?.end();
    match argument.kind() {
        "scoped_identifier" => {
            let name = argument.child_by_field("name")?;
            let path = source.slice(argument.start(), name.start());
            (is_name(source, name) && is_path(path)).then(|| Import {
                head,
                path,
                names: vec![name],
                is_group: false,
            })
        }
        "scoped_use_list" => {
            let list = argument.child_by_field("list")?;
            let path = source.slice(argument.start(), list.start());
            let names: Vec<Node<'_>> = list.named_children_with_comments().collect();
            let joined: Vec<&[u8]> = names.iter().map(|name| source.of(*name)).collect();
            let written = [b"{", joined.join(&b", "[..]).as_slice(), b"}"].concat();
            let is_flat = names.iter().all(|name| is_name(source, *name))
                && source.of(list) == written
                && path_end < list.start();
            (is_flat && is_path(path)).then_some(Import {
                head,
                path,
                names,
                is_group: true,
            })
        }
        _ => None,
    }
}

fn is_name(source: &Source<'_>, name: Node<'_>) -> bool {
    name.kind() == "identifier" && source.of(name) != b"_"
}

/// A path of plain segments, with its last `::`.
fn is_path(path: &[u8]) -> bool {
    path.ends_with(b"::")
        && path
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'))
}

fn is_next_line(source: &Source<'_>, first: Node<'_>, second: Node<'_>) -> bool {
    source.line_of(second.start()) == source.line_of(first.end()).saturating_add(1)
}

/// The text of the import beside this one; empty when there is none, nothing when something stands there that may belong to it.
fn neighbour<'s>(
    source: &Source<'s>,
    other: Option<Node<'_>>,
    node: Node<'_>,
    is_above: bool,
) -> Option<&'s [u8]> {
    let Some(other) = other else { return Some(&[]) };
    let is_near = if is_above {
        is_next_line(source, other, node)
    } else {
        is_next_line(source, node, other)
    };
    match other.kind() {
        "attribute_item" if is_above => None,
        "use_declaration" if is_near => other
            .child_by_field("argument")
            .map(|argument| source.of(argument)),
        _ if other.is_comment() && is_near && is_above => None,
        _ => Some(&[]),
    }
}

/// Tells whether another import begins at the same path, or is the path.
fn is_beside(other: &[u8], path: &[u8]) -> bool {
    let whole = path.strip_suffix(b"::").unwrap_or(path);
    other.strip_prefix(whole).is_some_and(|rest| {
        let next = rest.first();
        next.is_none_or(|byte| *byte == b':' || byte.is_ascii_whitespace())
    })
}
