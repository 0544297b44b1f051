//! Order of neighbouring methods of a class.
//!
//! Equal because a class defines its methods before anything of it runs, with names that are no computation, as properties that no loop, copy or serialisation lists (ECMA-262 15.4.5 and
//! 15.7.14: not enumerable); signatures without bodies are erased. The order could be read by reflection alone, so texts that ask for all own names are left alone, and so are classes with decorators, which
//! frameworks collect in order. Only methods that linters of members take for one sort. Left out: constructors, overloads, accessors with a partner.

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::order::{Item, container, ends_line, look_alike, pairs, run_of};
use crate::find::rule::FamilyRule;
use crate::find::source::{Source, contains};
use crate::model::Family;

/// Words by which a program reads the order of names.
const READERS: [&[u8]; 3] = [b"getOwnPropertyNames", b"ownKeys", b"getOwnPropertyDescriptors"];

pub(super) struct MethodOrder;

impl FamilyRule for MethodOrder {
    fn family(&self) -> Family {
        Family::FunctionOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["class_body"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        let is_decorated = |part: Node<'_>| part.kind() == "decorator";
        let outside = node
            .parent()
            .into_iter()
            .chain(node.parent().and_then(|class| class.parent()));
        if outside.flat_map(|outer| outer.children()).any(is_decorated)
            || node
                .children()
                .any(|member| is_decorated(member) || member.children().any(is_decorated))
        {
            return;
        }
        let names = repeated(source, node);
        let run = run_of(source, node, |member| {
            let name = name(source, member)?;
            let is_movable = name != b"constructor"
                && names.binary_search(&name).is_err()
                && !member.has_error()
                && ends_line(source, member.end());
            is_movable.then(|| name.to_vec())
        });
        if run.iter().flatten().count() < 2 {
            return;
        }
        let reads = *source
            .facts
            .reads_own_names
            .get_or_init(|| READERS.iter().any(|word| contains(source.text, word)));
        if reads {
            return;
        }
        let commute = |first: &Item<'_>, second: &Item<'_>| {
            head(source, first.node) == head(source, second.node)
                && !look_alike(source, first.node, second.node)
        };
        let scope = container(source, node);
        pairs(source, Family::FunctionOrder, &scope, &run, &commute, found);
    }
}

fn name<'s>(source: &Source<'s>, member: Node<'_>) -> Option<&'s [u8]> {
    let is_method = matches!(member.kind(), "method_definition" | "abstract_method_signature");
    let name = member.child_by_field("name").filter(|name| {
        is_method && matches!(name.kind(), "property_identifier" | "private_property_identifier")
    })?;
    Some(source.of(name))
}

/// Names that more than one member has, sorted.
fn repeated<'s>(source: &Source<'s>, class: Node<'_>) -> Vec<&'s [u8]> {
    let mut names: Vec<&[u8]> = class
        .named_children()
        .filter_map(|member| {
            member
                .child_by_field("name")
                .or_else(|| member.child_by_field("property"))
        })
        .map(|name| source.of(name))
        .collect();
    names.sort_unstable();
    let neighbours = names.iter().zip(names.iter().skip(1));
    neighbours
        .filter(|(one, other)| one == other)
        .map(|(one, _)| *one)
        .collect()
}

/// What linters sort members by: kind, static, visibility, accessors.
fn head<'s>(source: &Source<'s>, member: Node<'_>) -> (u16, Vec<&'s [u8]>) {
    let words = member
        .children()
        .take_while(|part| part.field() != Some("name"))
        .filter(|part| !matches!(part.kind(), "async" | "*" | "override" | "override_modifier"))
        .map(|part| source.of(part))
        .filter(|word| *word != b"public")
        .collect();
    (member.kind_id(), words)
}
