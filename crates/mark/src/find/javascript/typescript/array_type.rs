//! `T[]` against `Array<T>`, and `readonly T[]` against `ReadonlyArray<T>`.
//!
//! The first of each is defined as the second (TypeScript handbook, "Arrays", "The `ReadonlyArray` Type"). Only members that end where they seem to end; unions and functions in their
//! brackets. Not where a class or an expression names the type, and not under another `readonly` or array, where brackets would be wanted.

use ringfence_syntax::Node;

use crate::find::candidate::{Candidate, copy, text};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

/// Longest line with every array on it in the longer spelling, unless it is longer already: what formatters for TypeScript allow.
const MAX_COLUMNS: usize = 80;
/// By how much the other spelling may be longer.
const MORE: usize = b"Array<>".len() - b"[]".len() + 1;

pub(super) struct ArrayType;

impl FamilyRule for ArrayType {
    fn family(&self) -> Family {
        Family::Idiom
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["array_type", "readonly_type", "generic_type"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        found.extend(array_type(source, node));
    }
}

fn array_type(source: &Source<'_>, node: Node<'_>) -> Option<Candidate> {
    let parent = node.parent()?;
    let is_free = matches!(
        parent.kind(),
        "type_annotation"
            | "type_arguments"
            | "union_type"
            | "type_alias_declaration"
            | "property_signature"
            | "as_expression"
            | "satisfies_expression"
            | "constraint"
            | "default_type"
            | "type_predicate"
            | "function_type"
            | "conditional_type"
            | "intersection_type"
            | "tuple_type"
            | "parenthesized_type"
            | "rest_type"
    );
    // Formatters break a chain of conditions by what stands after its first `extends`.
    let is_test = parent.kind() == "conditional_type" && node.field() == Some("right");
    if node.has_error()
        || !is_free
        || is_test
        || is_under_readonly(node)
        || !source.is_one_line(node)
        || node.descendants().any(|part| part.is_comment())
    {
        return None;
    }
    let range = (node.start(), node.end());
    let pieces = match node.kind() {
        "generic_type" => {
            let name = node.child_by_field("name")?;
            let arguments = node.child_by_field("type_arguments")?;
            let mut members = arguments.named_children();
            let (member, None) = (members.next()?, members.next()) else {
                return None;
            };
            let word: &[u8] = match source.of(name) {
                b"Array" => b"",
                b"ReadonlyArray" => b"readonly ",
                _ => return None,
            };
            let is_written = source.slice(name.end(), member.start()) == b"<"
                && source.slice(member.end(), node.end()) == b">";
            if !is_written {
                return None;
            }
            if is_plain(member) {
                vec![text(word), copy(member), text(b"[]")]
            } else if is_wide(member) {
                vec![text(&[word, b"("].concat()), copy(member), text(b")[]")]
            } else {
                return None;
            }
        }
        "readonly_type" => {
            let array = node
                .named_children()
                .next()
                .filter(|array| array.kind() == "array_type")?;
            if source.slice(node.start(), array.start()) != b"readonly " {
                return None;
            }
            of_member(source, array, b"ReadonlyArray<")?
        }
        _ => of_member(source, node, b"Array<")?,
    };
    let line = source.line(source.line_of(node.start()));
    let brackets = line.windows(2).filter(|pair| pair == b"[]").count();
    let columns = line.len().saturating_add(brackets.saturating_mul(MORE));
    let is_wide_anyway = line.len() > MAX_COLUMNS;
    if node.kind() != "generic_type" && columns > MAX_COLUMNS && !is_wide_anyway {
        return None;
    }
    Candidate::on_lines(source, Family::Idiom, node, range, pieces)
}

/// The other spelling of an array type.
fn of_member(source: &Source<'_>, array: Node<'_>, name: &[u8]) -> Option<Vec<crate::model::Piece>> {
    let mut parts = array.named_children();
    let (member, None) = (parts.next()?, parts.next()) else {
        return None;
    };
    if source.slice(member.end(), array.end()) != b"[]" {
        return None;
    }
    let inner = if member.kind() == "parenthesized_type" {
        member.named_children().next().filter(|inner| is_wide(*inner))?
    } else {
        Some(member).filter(|member| is_plain(*member))?
    };
    Some(vec![text(name), copy(inner), text(b">")])
}

fn is_plain(member: Node<'_>) -> bool {
    matches!(
        member.kind(),
        "predefined_type"
            | "type_identifier"
            | "nested_type_identifier"
            | "generic_type"
            | "array_type"
            | "object_type"
            | "tuple_type"
    )
}

/// A type that needs brackets before `[]`.
fn is_wide(member: Node<'_>) -> bool {
    matches!(
        member.kind(),
        "union_type" | "function_type" | "intersection_type"
    )
}

/// The grammar takes `readonly` for a modifier of all that follows; the language takes it for one of the next array.
fn is_under_readonly(node: Node<'_>) -> bool {
    node.ancestors()
        .find(|outer| !matches!(outer.kind(), "union_type" | "intersection_type"))
        .is_some_and(|outer| outer.kind() == "readonly_type")
}
