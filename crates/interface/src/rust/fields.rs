//! Private fields of structs: all of one visibility stay, or all become one marker that keeps the type's generics in use.
//!
//! INVARIANT: a struct whose layout is promised (`repr`), that an unknown derive reads, or that is a union keeps its fields.

use std::rc::Rc;

use ringfence_syntax::Node;

use super::facts::{Visibility, visibility};
use super::{FIELD, MACRO, attributes};
use crate::engine::{Change, Channels, FilePlan, InUse, Scope, Span, text};

/// Name of the marker field.
const MARKER: &[u8] = b"__hidden";

/// Most parts of a marker: tuples beyond that have no standard traits.
const MOST_PARTS: usize = 12;

/// Longest line of the marker before it is broken.
const WIDTH: usize = 100;

/// Names of the fields of one visibility and where they count as used.
struct Names {
    names: Vec<Vec<u8>>,
    scope: Scope,
}

impl Names {
    fn are_used(&self, in_use: &InUse<'_>) -> bool {
        self.names
            .iter()
            .any(|name| in_use.has(name, self.scope, FIELD) || in_use.has(name, Scope::Package, MACRO))
    }

    /// Tells whether there are such fields and they go.
    fn go(&self, in_use: &InUse<'_>) -> bool {
        !self.names.is_empty() && !self.are_used(in_use)
    }
}

/// Plans the fields of one struct. `source` starts at `base` of the file `full`.
pub(super) fn plan(item: &Node<'_>, source: &[u8], full: &[u8], base: u32, plan: &mut FilePlan) {
    let Some(body) = item.child_by_field("body") else {
        return;
    };
    if body.kind() != "field_declaration_list"
        || !attributes::of_item(item)
            .iter()
            .all(|one| attributes::allows_marker(one.text(source)))
    {
        return;
    }
    let fields: Vec<Node<'_>> = body
        .named_children()
        .filter(|child| child.kind() == "field_declaration")
        .collect();
    let of = |wanted: Visibility| -> Vec<Node<'_>> {
        fields
            .iter()
            .filter(|field| visibility(field, source) == wanted)
            .copied()
            .collect()
    };
    let private = of(Visibility::Private);
    let restricted = of(Visibility::Restricted);
    let named = |fields: &[Node<'_>]| -> Vec<Vec<u8>> {
        fields
            .iter()
            .filter_map(|field| field.child_by_field("name"))
            .map(|name| name.text(source).to_vec())
            .collect()
    };
    let private_names = Names {
        names: named(&private),
        scope: Scope::Below,
    };
    if private_names.names.iter().any(|name| name == MARKER) {
        return;
    }
    let hidden: Vec<Node<'_>> = private.iter().chain(&restricted).copied().collect();
    let parts = parts(item, &hidden, source);
    if hidden.is_empty() || parts.len() > MOST_PARTS {
        return;
    }
    let sets = Rc::new((
        private_names,
        Names {
            names: named(&restricted),
            scope: Scope::Package,
        },
    ));
    for (at, field) in hidden.iter().enumerate() {
        let is_private = at < private.len();
        let is_first = at == 0 || at == private.len();
        let whole = whole(field, source, full, base);
        let line = text::slice(full, &whole).ends_with(b"\n");
        let indentation = if line {
            text::indentation(full, field.start().saturating_add(base)).to_vec()
        } else {
            Vec::new()
        };
        let marker = marker(&parts, &indentation, line);
        let sets = Rc::clone(&sets);
        plan.dynamic(whole, Channels::CODE, None, move |in_use| {
            let (private, restricted) = &*sets;
            let own = if is_private { private } else { restricted };
            if !own.go(in_use) {
                return Change::Leave;
            }
            // One marker: in place of the first private field, or of the first restricted one when no private one goes.
            let marks = is_first && (is_private || !private.go(in_use));
            Change::Replace(if marks { marker.clone() } else { Vec::new() })
        });
    }
}

/// A field with its documentation, attributes and comma, as whole lines where it has them to itself.
fn whole(field: &Node<'_>, source: &[u8], full: &[u8], base: u32) -> Span {
    let start = text::leading_start(source, field, |node| node.kind() == "attribute_item");
    let mut end = field.end();
    if let Some(comma) = field.next_sibling().filter(|next| next.text(source) == b",") {
        end = comma.end();
    }
    text::lines(full, start.saturating_add(base)..end.saturating_add(base))
}

/// What the marker must mention: every lifetime and type parameter, `&'a T` where a field may have said that `T` outlives `'a`, and the
/// associated types of parameters that fields name.
fn parts(item: &Node<'_>, hidden: &[Node<'_>], source: &[u8]) -> Vec<Vec<u8>> {
    let marker = |inner: &[u8]| [b"::core::marker::PhantomData<", inner, b">"].concat();
    let used: Vec<Vec<&[u8]>> = hidden
        .iter()
        .map(|field| {
            field
                .descendants()
                .filter(|leaf| matches!(leaf.kind(), "type_identifier" | "lifetime"))
                .map(|leaf| leaf.text(source))
                .collect()
        })
        .collect();
    let together = |one: &[u8], other: &[u8]| {
        used.iter()
            .any(|field| field.contains(&one) && field.contains(&other))
    };
    let Some(parameters) = item.child_by_field("type_parameters") else {
        return Vec::new();
    };
    let mut lifetimes: Vec<&[u8]> = Vec::new();
    let mut parts = Vec::new();
    for parameter in parameters.named_children() {
        let Some(name) = parameter.child_by_field("name") else {
            continue;
        };
        let name = name.text(source);
        match parameter.kind() {
            "lifetime_parameter" => {
                lifetimes.push(name);
                parts.push(marker(&[b"&", name, b" ()"].concat()));
            }
            "type_parameter" => {
                parts.push(marker(name));
                for lifetime in &lifetimes {
                    if together(name, lifetime) {
                        parts.push(marker(&[b"&", *lifetime, b" ", name].concat()));
                    }
                }
            }
            _ => {}
        }
    }
    // A derive asks for its trait of every `T::Name` in a field.
    for projection in hidden.iter().flat_map(|field| field.descendants()) {
        let of_parameter = projection.kind() == "scoped_type_identifier"
            && projection
                .child_by_field("path")
                .is_some_and(|path| parts.contains(&marker(path.text(source))));
        let part = marker(projection.text(source));
        if of_parameter && !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts
}

fn marker(parts: &[Vec<u8>], indentation: &[u8], line: bool) -> Vec<u8> {
    let trailing: &[u8] = if parts.len() == 1 { b"," } else { b"" };
    let joined = parts.join(b", ".as_slice());
    let short = [MARKER, b": (", joined.as_slice(), trailing, b"),"].concat();
    let mut out = indentation.to_vec();
    if !line || indentation.len().saturating_add(short.len()) <= WIDTH {
        out.extend_from_slice(&short);
    } else {
        out.extend_from_slice(MARKER);
        out.extend_from_slice(b": (\n");
        for part in parts {
            out.extend_from_slice(indentation);
            out.extend_from_slice(b"    ");
            out.extend_from_slice(part);
            out.extend_from_slice(b",\n");
        }
        out.extend_from_slice(indentation);
        out.extend_from_slice(b"),");
    }
    if line {
        out.push(b'\n');
    }
    out
}
