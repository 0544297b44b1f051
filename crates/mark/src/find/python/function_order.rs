//! Order of neighbouring functions.
//!
//! Two neighbouring `def`s commute when running one statement cannot see the other's name (Python reference 8.7: a definition evaluates
//! its decorators, defaults and annotations, and binds one name): only decorators that wrap, defaults that are read without effects, annotations that do not mention the
//! other. Left out: tests (run in source order), classes with a metaclass, parser tables (`t_`, `p_`).

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::expression::is_literal;
use crate::find::order::{Item, container, ends_line, look_alike, pairs, start_with_comments};
use crate::find::python::is_class_body;
use crate::find::rule::FamilyRule;
use crate::find::source::{Source, contains, contains_word};
use crate::model::Family;

/// Decorators of the standard library that run nothing but their own wrapping.
const WRAPPERS: [&[u8]; 11] = [
    b"staticmethod",
    b"classmethod",
    b"property",
    b"abstractmethod",
    b"abc.abstractmethod",
    b"contextmanager",
    b"contextlib.contextmanager",
    b"cached_property",
    b"functools.cached_property",
    b"functools.lru_cache",
    b"lru_cache",
];

pub(super) struct FunctionOrder;

impl FamilyRule for FunctionOrder {
    fn family(&self) -> Family {
        Family::FunctionOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["module", "block"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        function_order(source, node, found);
    }
}

fn function_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    if node.kind() == "block" && !is_class_body(node) {
        return;
    }
    let class = node.parent().filter(|parent| parent.kind() == "class_definition");
    if let Some(class) = class {
        let name = class.name_node().map(|name| source.of(name)).unwrap_or_default();
        let bases = class
            .child_by_field("superclasses")
            .map(|bases| source.of(bases))
            .unwrap_or_default();
        if contains(bases, b"=")
            || contains(bases, b"Enum")
            || contains(bases, b"Test")
            || contains(name, b"Test")
            || contains(bases, b"Cmd")
        {
            return;
        }
    }
    let mut run: Vec<Option<Item<'_>>> = Vec::new();
    let mut before: Vec<Node<'_>> = Vec::new();
    for child in node.children() {
        if child.is_comment() {
            before.push(child);
            continue;
        }
        let item = movable_name(source, child).and_then(|name| {
            let start = start_with_comments(source, child, &before)?;
            ends_line(source, child.end()).then(|| Item {
                start,
                end: child.end(),
                node: child,
                key: name.to_vec(),
            })
        });
        run.push(item);
        before.clear();
    }
    let scope = container(source, node);
    let commute = |first: &Item<'_>, second: &Item<'_>| {
        !mentions(source, first.node, &second.key)
            && !mentions(source, second.node, &first.key)
            && !look_alike(source, first.node, second.node)
    };
    pairs(source, Family::FunctionOrder, &scope, &run, &commute, found);
}

fn movable_name<'s>(source: &Source<'s>, node: Node<'_>) -> Option<&'s [u8]> {
    let function = definition(source, node)?;
    let name = source.of(function.name_node().filter(|_| !node.has_error())?);
    let is_ordered = [b"test".as_slice(), b"t_", b"p_", b"Test"]
        .iter()
        .any(|prefix| name.starts_with(prefix));
    let parameters = function.child_by_field("parameters")?;
    let defaults_are_pure = parameters
        .children()
        .filter_map(|parameter| parameter.child_by_field("value"))
        .all(is_pure);
    let body = function.child_by_field("body")?;
    // A body on the head's line, or a comment that the grammar leaves outside of the body, would not move as a whole.
    let is_tidy = source.line_of(body.start()) > source.line_of(function.start()) && body.end() == node.end();
    (!is_ordered && defaults_are_pure && is_tidy).then_some(name)
}

/// The function itself, without decorators that only wrap it.
fn definition<'t>(source: &Source<'_>, node: Node<'t>) -> Option<Node<'t>> {
    if node.kind() != "decorated_definition" {
        return Some(node).filter(|node| node.kind() == "function_definition");
    }
    let only_wraps = node
        .children()
        .filter(|child| child.kind() == "decorator")
        .all(|decorator| {
            let name = source
                .of(decorator)
                .strip_prefix(b"@")
                .unwrap_or_default()
                .trim_ascii();
            WRAPPERS.contains(&name) || name.ends_with(b".setter")
        });
    node.child_by_field("definition")
        .filter(|definition| only_wraps && definition.kind() == "function_definition")
}

/// Names, dotted names, literals and containers of them: reading them has no effect that could be told from another order.
fn is_pure(value: Node<'_>) -> bool {
    match value.kind() {
        "string" => !value.named_children().any(|part| part.kind() == "interpolation"),
        "identifier" => true,
        "attribute" | "tuple" | "list" | "dictionary" | "pair" | "unary_operator" => {
            value.subtree_end().saturating_sub(value.index()) < 64 && value.named_children().all(is_pure)
        }
        _ => is_literal(value),
    }
}

/// Tells whether the part that runs at definition time mentions a name.
fn mentions(source: &Source<'_>, node: Node<'_>, name: &[u8]) -> bool {
    let function = definition(source, node).unwrap_or(node);
    if function != node && contains_word(source.slice(node.start(), function.start()), name) {
        return true;
    }
    let body = function
        .child_by_field("body")
        .map_or(function.end(), |body| body.start());
    contains_word(
        source.slice(
            function.name_node().map_or(function.start(), |name| name.end()),
            body,
        ),
        name,
    )
}
