//! Order of neighbouring cases.
//!
//! Cases are tried in order and only `fallthrough` goes on to the next (Go specification, "Expression switches"); different plain literals
//! of one kind cannot both match, and neither can different types that are no interfaces ("Type switches"): two of the same are an error.

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::cases::literal_key;
use crate::find::order::{Item, container, ends_line, look_alike, pairs, start_with_comments, trimmed_end};
use crate::find::rule::FamilyRule;
use crate::find::source::{Source, contains_word};
use crate::model::Family;

pub(super) struct CaseOrder;

impl FamilyRule for CaseOrder {
    fn family(&self) -> Family {
        Family::CaseOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["expression_switch_statement", "type_switch_statement"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        case_order(source, node, found);
    }
}

fn case_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    if node.child_by_field("value").is_none() || is_generic(node) {
        return;
    }
    let mut run: Vec<Option<Item<'_>>> = Vec::new();
    let mut before: Vec<Node<'_>> = Vec::new();
    let mut falls_through = false;
    for child in node.named_children_with_comments() {
        if child.is_comment() {
            before.push(child);
            continue;
        }
        let falls = contains_word(source.of(child), b"fallthrough");
        let is_plain = !child.has_error() && !falls && !falls_through;
        let key = Some(child)
            .filter(|_| is_plain)
            .and_then(|case| match case.kind() {
                "expression_case" => constants(source, case),
                "type_case" => types(source, case),
                _ => None,
            });
        // A comment further right than the case is about the one before.
        let indent = source.indent(child.start());
        let is_about_last = before.iter().any(|above| source.indent(above.start()) != indent);
        let item = key.filter(|_| !is_about_last).and_then(|key| {
            let start = start_with_comments(source, child, &before)?;
            // The grammar counts the line break after the last statement in.
            let end = trimmed_end(source, child);
            let last = child.children().last()?;
            let ends_in_comment =
                last.is_comment() || last.children().last().is_some_and(|last| last.is_comment());
            let is_full = last.kind() == "statement_list" && !source.is_one_line(child);
            (ends_line(source, end) && !ends_in_comment && is_full).then_some(Item {
                start,
                end,
                node: child,
                key,
            })
        });
        run.push(item);
        falls_through = falls;
        before.clear();
    }
    let mut scope = container(source, node);
    scope.push(0);
    crate::find::source::normalise(
        node.child_by_field("value")
            .map(|value| source.of(value))
            .unwrap_or_default(),
        &mut scope,
    );
    let commute = |first: &Item<'_>, second: &Item<'_>| {
        let kind = |key: &[u8]| key.first().map(|byte| (byte.is_ascii_digit(), *byte == b'\''));
        let are_types = first.node.kind() == "type_case" && second.node.kind() == "type_case";
        (are_types || kind(&first.key) == kind(&second.key)) && !look_alike(source, first.node, second.node)
    };
    pairs(source, Family::CaseOrder, &scope, &run, &commute, found);
}

/// Plain literals of one kind.
fn constants(source: &Source<'_>, case: Node<'_>) -> Option<Vec<u8>> {
    let values = case.child_by_field("value")?;
    let mut key: Vec<u8> = Vec::new();
    let mut first = None;
    for value in values.named_children_with_comments() {
        let literal = literal_key(source.of(value))?;
        let kind = literal
            .first()
            .map(|byte| (byte.is_ascii_digit(), *byte == b'\''));
        if *first.get_or_insert(kind) != kind {
            return None;
        }
        if !key.is_empty() {
            key.push(b',');
        }
        key.extend_from_slice(&literal);
    }
    (!key.is_empty()).then_some(key)
}

/// Types that are no interfaces: predeclared ones, pointers, slices, arrays, maps, channels and functions.
fn types(source: &Source<'_>, case: Node<'_>) -> Option<Vec<u8>> {
    let mut key: Vec<u8> = Vec::new();
    for child in case.named_children_with_comments() {
        if child.kind() == "statement_list" {
            break;
        }
        let is_concrete = match child.kind() {
            "pointer_type" | "slice_type" | "array_type" | "map_type" | "channel_type" | "function_type" => {
                true
            }
            "type_identifier" => CONCRETE.binary_search(&source.of(child)).is_ok(),
            _ => false,
        };
        if !is_concrete {
            return None;
        }
        if !key.is_empty() {
            key.push(b',');
        }
        key.extend_from_slice(source.of(child));
    }
    (!key.is_empty()).then_some(key)
}

/// Predeclared types that are no interfaces; a declaration of such a name would be a type all the same, but nobody could tell of what kind.
const CONCRETE: [&[u8]; 21] = [
    b"bool",
    b"byte",
    b"complex128",
    b"complex64",
    b"float32",
    b"float64",
    b"int",
    b"int16",
    b"int32",
    b"int64",
    b"int8",
    b"nil",
    b"rune",
    b"string",
    b"uint",
    b"uint16",
    b"uint32",
    b"uint64",
    b"uint8",
    b"uintptr",
    b"unsafe.Pointer",
];

/// Tells whether types may be known only where the function is used: two cases can then be of one type.
fn is_generic(node: Node<'_>) -> bool {
    node.kind() == "type_switch_statement"
        && node.ancestors().any(|outer| {
            outer.child_by_field("type_parameters").is_some()
                || outer
                    .child_by_field("receiver")
                    .is_some_and(|receiver| receiver.descendants().any(|part| part.kind() == "generic_type"))
        })
}
