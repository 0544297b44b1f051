//! Order of neighbouring functions, defined or declared.
//!
//! At the top level and in a namespace a name is in scope from its declarator on (C++17 [basic.scope.pdecl], [basic.scope.namespace]):
//! neighbouring definitions commute when neither mentions the other's name. In a class the bodies see all members whatever their
//! order ([class.mem]p6), so only heads must not mention the other. A declaration says nothing but a name and a type ([dcl.fct]), so it commutes like a
//! definition; outside of a class only where it cannot be read as an object with arguments. Left out: virtual functions (order of the vtable), templates, deduced
//! types and constants (used before they are defined), operators (found without being named), directives, heads that name a type for the first
//! time.

use ringfence_syntax::Node;

use crate::find::c::is_macro_like;
use crate::find::candidate::Candidate;
use crate::find::order::{Item, container, ends_line, look_alike, pairs, start_with_comments};
use crate::find::rule::FamilyRule;
use crate::find::source::{Source, contains, contains_word};
use crate::model::Family;

/// Words of a head after which order means something.
const ORDERED: [&[u8]; 13] = [
    b"virtual",
    b"override",
    b"final",
    b"auto",
    b"decltype",
    b"constexpr",
    b"consteval",
    b"operator",
    b"struct",
    b"union",
    b"enum",
    b"friend",
    b"typedef",
];

pub(super) struct FunctionOrder;

impl FamilyRule for FunctionOrder {
    fn family(&self) -> Family {
        Family::FunctionOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &[
            "translation_unit",
            "preproc_ifdef",
            "preproc_if",
            "declaration_list",
            "field_declaration_list",
        ]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        let mut run: Vec<Option<Item<'_>>> = Vec::new();
        let mut before: Vec<Node<'_>> = Vec::new();
        for child in node.children() {
            if child.is_comment() {
                before.push(child);
                continue;
            }
            if child.kind() == ";" {
                continue;
            }
            let declared = declared_function(source, child);
            let name = declared
                .or_else(|| {
                    child
                        .name_node()
                        .filter(|_| child.kind() == "function_definition")
                })
                .map(|name| source.of(name))
                .unwrap_or_default();
            let is_movable = !child.has_error()
                && !last_name(name).is_empty()
                && !is_macro_like(last_name(name))
                && ends_line(source, child.end())
                && is_self_contained(source, child);
            let item = Some(name).filter(|_| is_movable).and_then(|name| {
                Some(Item {
                    start: start_with_comments(source, child, &before)?,
                    end: child.end(),
                    node: child,
                    key: name.to_vec(),
                })
            });
            run.push(item);
            before.clear();
        }
        let in_class = node.kind() == "field_declaration_list";
        let commute = |first: &Item<'_>, second: &Item<'_>| {
            let seen = |item: &Item<'_>| {
                let whole = source.of(item.node);
                if in_class { head(source, item.node) } else { whole }
            };
            last_name(&first.key) != last_name(&second.key)
                && !contains_word(seen(second), last_name(&first.key))
                && !contains_word(seen(first), last_name(&second.key))
                && !look_alike(source, first.node, second.node)
        };
        pairs(
            source,
            Family::FunctionOrder,
            &container(source, node),
            &run,
            &commute,
            found,
        );
    }
}

/// The name of the one function that a declaration declares.
fn declared_function<'t>(source: &Source<'_>, node: Node<'t>) -> Option<Node<'t>> {
    let in_class = node.kind() == "field_declaration";
    if !in_class && node.kind() != "declaration" {
        return None;
    }
    let mut declarators = node
        .children()
        .filter(|child| child.field() == Some("declarator"));
    let (Some(mut declarator), None) = (declarators.next(), declarators.next()) else {
        return None;
    };
    while matches!(declarator.kind(), "pointer_declarator" | "reference_declarator") {
        declarator = declarator.named_children().last()?;
    }
    if declarator.kind() != "function_declarator" {
        return None;
    }
    let name = declarator.child_by_field("declarator")?;
    let is_name = matches!(name.kind(), "identifier" | "field_identifier" | "destructor_name");
    // `Lock hold(mutex);` is an object: a parameter must say that it is one.
    let is_parameter = |parameter: Node<'_>| {
        parameter.child_by_field("declarator").is_some()
            || parameter.children().any(|part| part.kind() == "type_qualifier")
            || parameter
                .child_by_field("type")
                .is_some_and(|kind| matches!(kind.kind(), "primitive_type" | "sized_type_specifier"))
    };
    let are_parameters = in_class
        || declarator
            .child_by_field("parameters")?
            .named_children()
            .all(is_parameter);
    let has_type = node.child_by_field("type").is_some() || in_class;
    (is_name && are_parameters && has_type && !contains(source.of(node), b"using")).then_some(name)
}

/// The name without the class or namespace before it.
fn last_name(name: &[u8]) -> &[u8] {
    name.rsplit(|byte| *byte == b':').next().unwrap_or_default()
}

/// The text before the body and before the initialisers of members.
fn head<'s>(source: &Source<'s>, function: Node<'_>) -> &'s [u8] {
    let end = function
        .children()
        .find(|child| child.field() == Some("body") || child.kind() == "field_initializer_list")
        .map_or(function.end(), |body| body.start());
    source.slice(function.start(), end)
}

fn is_self_contained(source: &Source<'_>, function: Node<'_>) -> bool {
    let head = head(source, function);
    let has_directive = function
        .descendants()
        .any(|part| part.kind().starts_with("preproc_"));
    let is_known = function.child_by_field("body").is_some() || function.kind() != "function_definition";
    is_known
        && !has_directive
        && (function.kind() == "function_definition" || !contains_word(head, b"class"))
        && !ORDERED.iter().any(|word| contains_word(head, word))
        && !contains(source.of(function), b"__attribute__")
        && !contains(head, b"[[")
}
