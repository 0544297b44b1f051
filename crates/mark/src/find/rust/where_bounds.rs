//! Bounds of type parameters, where they are declared or in a `where` clause.
//!
//! Equal because a bound on a parameter is shorthand for a predicate on it (Rust reference, "Where clauses": they "provide another way to specify bounds on type and lifetime parameters").
//! All bounds of a function or an `impl` move together, in the order of the parameters. Left out: bounds of lifetimes, of constants and of other types, anonymous lifetimes (they mean the
//! nearest header), items with bounds in both places, and headers of several lines, which a formatter would join or break anew.

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, copy, source as copied, text};
use crate::find::order::container;
use crate::find::rule::FamilyRule;
use crate::find::source::{Source, contains};
use crate::model::{Family, Piece};

/// Longest header that is written on one line: formatters allow more, projects often less.
const MAX_COLUMNS: usize = 79;

/// Most pieces of a site.
const MAX_PIECES: usize = 16;

pub(super) struct WhereBounds;

impl FamilyRule for WhereBounds {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["function_item", "impl_item"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        if let Some(parameters) = node.child_by_field("type_parameters") {
            found.extend(candidate(source, node, parameters));
        }
    }
}

/// A parameter with its bounds.
struct Bounded<'t> {
    name: Node<'t>,
    bounds: Node<'t>,
}

fn candidate(source: &Source<'_>, item: Node<'_>, parameters: Node<'_>) -> Option<Candidate> {
    let body = item.child_by_field("body")?;
    let clause = item.children().find(|child| child.kind() == "where_clause");
    let head_end = clause.map_or(body.start(), |clause| clause.start());
    let head = source.slice(item.start(), head_end);
    if item.has_error()
        || !source.begins_line(item.start())
        || !source.of(body).starts_with(b"{\n")
        || body.named_children_with_comments().next().is_none()
        || head.trim_ascii_end().contains(&b'\n')
        || contains(head, b"/*")
        || contains(source.slice(head_end, body.start()), b"/")
        || contains(source.slice(parameters.start(), body.start()), b"'_")
    {
        return None;
    }
    let trailing = head.len().saturating_sub(head.trim_ascii_end().len());
    let quiet_end = head_end.checked_sub(u32::try_from(trailing).ok()?)?;
    let indent = source.indent(item.start());
    let inline = declared(parameters)?;
    let (bounded, pieces) = match clause {
        None if source.slice(quiet_end, body.start()) == b" " => {
            let pieces = into_clause(source, parameters, &inline, quiet_end, indent);
            (inline, pieces)
        }
        Some(clause) if inline.is_empty() => {
            let bounded = predicates(source, parameters, clause)?;
            if source.slice(quiet_end, body.start()) != written(source, &bounded, indent) {
                return None;
            }
            let length: usize = bounded.iter().map(|one| source.of(one.bounds).len()).sum();
            let columns = source.slice(source.line_start(item.start()), quiet_end).len();
            if columns.saturating_add(length).saturating_add(2) > MAX_COLUMNS {
                return None;
            }
            let pieces = out_of_clause(source, parameters, &bounded, quiet_end)?;
            (bounded, pieces)
        }
        _ => return None,
    };
    if bounded.is_empty() || pieces.len() > MAX_PIECES {
        return None;
    }
    let mut identity = container(source, item);
    for one in &bounded {
        identity.push(b' ');
        identity.extend_from_slice(source.of(one.name));
        identity.extend_from_slice(source.of(one.bounds));
    }
    let range = (parameters.start(), body.start());
    Candidate::on_parts(source, Family::Idiom, item, range, pieces, &[&identity])
}

/// The bounds written where the parameters are declared; nothing when something else is declared with a bound or a value.
fn declared<'t>(parameters: Node<'t>) -> Option<Vec<Bounded<'t>>> {
    let mut bounded = Vec::new();
    for parameter in parameters.named_children_with_comments() {
        match parameter.kind() {
            "type_parameter" => {
                let is_default = parameter.child_by_field("default_type").is_some();
                let name = parameter.child_by_field("name").filter(|_| !is_default)?;
                let bounds = parameter.child_by_field("bounds");
                if bounds.is_some_and(|bounds| bounds.start() != name.end()) {
                    return None;
                }
                bounded.extend(bounds.map(|bounds| Bounded { name, bounds }));
            }
            "lifetime_parameter" if parameter.child_by_field("bounds").is_none() => {}
            _ => return None,
        }
    }
    Some(bounded)
}

/// The predicates of a clause, when each bounds one parameter, in their order.
fn predicates<'t>(source: &Source<'_>, parameters: Node<'t>, clause: Node<'t>) -> Option<Vec<Bounded<'t>>> {
    let mut names = parameters
        .named_children()
        .filter_map(|parameter| parameter.child_by_field("name"));
    let mut bounded = Vec::new();
    for predicate in clause.named_children_with_comments() {
        let left = predicate
            .child_by_field("left")
            .filter(|left| left.kind() == "type_identifier")?;
        let bounds = predicate.child_by_field("bounds")?;
        let name = names.find(|name| source.of(*name) == source.of(left))?;
        bounded.push(Bounded { name, bounds });
    }
    Some(bounded)
}

/// The clause as formatters write it, from the end of the header to the brace.
fn written(source: &Source<'_>, bounded: &[Bounded<'_>], indent: &[u8]) -> Vec<u8> {
    let mut clause = [b"\n", indent, b"where\n"].concat();
    for one in bounded {
        clause.extend(
            [
                indent,
                b"    ",
                source.of(one.name),
                source.of(one.bounds),
                b",\n",
            ]
            .concat(),
        );
    }
    clause.extend_from_slice(indent);
    clause
}

fn into_clause(
    source: &Source<'_>,
    parameters: Node<'_>,
    bounded: &[Bounded<'_>],
    quiet_end: u32,
    indent: &[u8],
) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut from = parameters.start();
    for one in bounded {
        pieces.extend([copied(from, one.name.start()), copy(one.name)]);
        from = one.bounds.end();
    }
    pieces.push(copied(from, quiet_end));
    let mut opening = [b"\n", indent, b"where\n"].concat();
    for one in bounded {
        opening.extend([indent, b"    ", source.of(one.name)].concat());
        pieces.push(text(&opening));
        pieces.push(copy(one.bounds));
        opening = b",\n".to_vec();
    }
    opening.extend_from_slice(indent);
    pieces.push(text(&opening));
    pieces
}

fn out_of_clause(
    source: &Source<'_>,
    parameters: Node<'_>,
    bounded: &[Bounded<'_>],
    quiet_end: u32,
) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut from = parameters.start();
    for one in bounded {
        if !source.of(one.bounds).starts_with(b": ") {
            return None;
        }
        pieces.extend([copied(from, one.name.start()), copy(one.name), copy(one.bounds)]);
        from = one.name.end();
    }
    pieces.push(copied(from, quiet_end));
    pieces.push(text(b" "));
    Some(pieces)
}
