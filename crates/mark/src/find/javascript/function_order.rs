//! Order of neighbouring declarations, of a module or of a function's body.
//!
//! Equal because functions are hoisted with their bodies before any statement runs (ECMA-262 10.2.11 and 16.1.7), and interfaces and type aliases are erased: where they
//! stand among statements says nothing. Two declarations that only make a function, or a class of its own, run nothing else and commute as long as neither names the
//! other. A function with its overloads goes as one. Left out: default exports, a function before what names it while it runs (linters want it above), blocks (older
//! rules hoist functions out of them, ECMA-262 B.3.2), decorators.

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::expression::is_literal;
use crate::find::order::{Item, container, ends_line, look_alike, pairs, start_with_comments};
use crate::find::rule::FamilyRule;
use crate::find::source::{Source, contains_word};
use crate::model::Family;

/// Longest item, in lines, that changes places with something else than a function or type.
const MAX_LINES: usize = 300;

pub(super) struct FunctionOrder;

impl FamilyRule for FunctionOrder {
    fn family(&self) -> Family {
        Family::FunctionOrder
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["program", "statement_block"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        let is_body = node.kind() == "program"
            || node.field() == Some("body")
                && node
                    .parent()
                    .is_some_and(|parent| parent.is_function() || parent.kind() == "arrow_function");
        if is_body {
            function_order(source, node, found);
        }
    }
}

/// When a declaration takes effect.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// Never: it is erased.
    Erased,
    /// Before any statement.
    Hoisted,
    /// In its turn, without running anything.
    Quiet,
    /// In its turn.
    Running,
}

struct Declared<'t, 's> {
    effect: Effect,
    name: &'s [u8],
    node: Node<'t>,
}

fn function_order(source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
    let mut overloaded: Vec<&[u8]> = Vec::new();
    let mut run: Vec<Option<Item<'_>>> = Vec::new();
    let mut before: Vec<Node<'_>> = Vec::new();
    // The first signature of the function that comes next, with where it begins.
    let mut signature: Option<(&[u8], Option<u32>)> = None;
    let mut count = 0_usize;
    for child in node.children() {
        if child.is_comment() {
            before.push(child);
            continue;
        }
        let declared = declared(source, child);
        if let Some(Declared { name, node, .. }) = &declared
            && node.kind() == "function_signature"
        {
            if signature.is_none_or(|(known, _)| known != *name) {
                let start = start_with_comments(source, child, &before);
                signature = Some((name, start.filter(|_| !overloaded.contains(name))));
                overloaded.push(name);
            }
            before.clear();
            continue;
        }
        let group = signature.take();
        let item = declared
            .filter(|_| !child.has_error() && has_own_end(source, child) && ends_line(source, child.end()))
            .and_then(|declared| {
                let start = match group.filter(|(name, _)| *name == declared.name) {
                    Some((_, start)) => start?,
                    None if overloaded.contains(&declared.name) => return None,
                    None => start_with_comments(source, child, &before)?,
                };
                Some(Item {
                    start,
                    end: child.end(),
                    node: child,
                    key: declared.name.to_vec(),
                })
            });
        // Signatures without their function separate.
        if group.is_some() && item.is_none() {
            run.push(None);
        }
        count = count.saturating_add(usize::from(item.is_some()));
        run.push(item);
        before.clear();
    }
    if count < 2 {
        return;
    }
    let commute = |first: &Item<'_>, second: &Item<'_>| {
        commute(source, first, second) && !look_alike(source, first.node, second.node)
    };
    let scope = container(source, node);
    pairs(source, Family::FunctionOrder, &scope, &run, &commute, found);
}

fn commute(source: &Source<'_>, first: &Item<'_>, second: &Item<'_>) -> bool {
    let (Some(one), Some(other)) = (declared(source, first.node), declared(source, second.node)) else {
        return false;
    };
    let are_early = |effect| matches!(effect, Effect::Erased | Effect::Hoisted);
    if are_early(one.effect) && are_early(other.effect) {
        return true;
    }
    let names = |item: &Item<'_>, declared: &Declared<'_, '_>| {
        declared.effect != Effect::Erased && contains_word(source.of(item.node), declared.name)
    };
    let is_free = match (one.effect, other.effect) {
        (Effect::Erased, _) | (_, Effect::Erased) => true,
        (Effect::Hoisted, _) | (_, Effect::Hoisted) | (Effect::Quiet, Effect::Quiet) => {
            !names(first, &other) && !names(second, &one)
        }
        _ => false,
    };
    let lines = |item: &Item<'_>| {
        let last = source.line_of(item.end);
        last.saturating_sub(source.line_of(item.start))
    };
    // Two short declarations are statements like others.
    let is_large = are_early(one.effect) || are_early(other.effect) || lines(first).max(lines(second)) > 1;
    is_free && is_large && lines(first).max(lines(second)) <= MAX_LINES && stands_apart(source, first, second)
}

/// Tells whether blank lines stand before, between and behind, or the text or body begins or ends there.
fn stands_apart(source: &Source<'_>, first: &Item<'_>, second: &Item<'_>) -> bool {
    let before = source
        .slice(0, first.start)
        .strip_suffix(source.indent(first.start))
        .unwrap_or_default();
    let behind = source.slice(second.end, second.end.saturating_add(2));
    let between = source.slice(first.end, second.start);
    (before.ends_with(b"\n\n") || before.ends_with(b"{\n") || before.is_empty())
        && between.iter().filter(|byte| **byte == b'\n').count() > 1
        && (behind == b"\n\n"
            || behind.len() < 2
            || source.text.get(second.end as usize..).is_some_and(ends_body))
}

fn ends_body(rest: &[u8]) -> bool {
    let rest = rest.strip_prefix(b"\n").unwrap_or(rest);
    rest.trim_ascii_start().first() == Some(&b'}')
        && rest
            .iter()
            .take_while(|byte| **byte != b'}')
            .all(|byte| matches!(byte, b' ' | b'\t'))
}

/// Tells whether a declaration ends by itself, or before a word on another line, which no declaration goes on with (ECMA-262 12.10).
fn has_own_end(source: &Source<'_>, child: Node<'_>) -> bool {
    let text = source.of(child);
    let inner = child.child_by_field("declaration").unwrap_or(child);
    if text.ends_with(b";") || (text.ends_with(b"}") && inner.kind() != "lexical_declaration") {
        return true;
    }
    let mut next = child.next_sibling();
    while let Some(comment) = next.filter(|next| next.is_comment()) {
        next = comment.next_sibling();
    }
    inner.kind() == "lexical_declaration"
        && next.is_none_or(|next| {
            let first = source.of(next).first();
            first.is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'}')
        })
}

/// What a statement declares, when it is one name.
fn declared<'t, 's>(source: &Source<'s>, child: Node<'t>) -> Option<Declared<'t, 's>> {
    let node = if child.kind() == "export_statement" {
        if child
            .children()
            .any(|part| matches!(part.kind(), "default" | "decorator"))
        {
            return None;
        }
        child.child_by_field("declaration")?
    } else {
        child
    };
    let (effect, named) = match node.kind() {
        "function_declaration" | "generator_function_declaration" | "function_signature" => {
            (Effect::Hoisted, node)
        }
        "interface_declaration" | "type_alias_declaration" => (Effect::Erased, node),
        "class_declaration" | "abstract_class_declaration" => (class_effect(node)?, node),
        "enum_declaration" => (Effect::Running, node),
        "lexical_declaration" => {
            let mut names = node.named_children_with_comments();
            let (only, None) = (names.next()?, names.next()) else {
                return None;
            };
            let is_name = only
                .child_by_field("name")
                .is_some_and(|name| name.kind() == "identifier");
            (value_effect(source, only)?, Some(only).filter(|_| is_name)?)
        }
        _ => return None,
    };
    let name = source.of(named.name_node()?);
    Some(Declared { effect, name, node })
}

/// A class runs what it extends, its static parts, its computed names and its decorators.
fn class_effect(class: Node<'_>) -> Option<Effect> {
    if class.children().any(|part| part.kind() == "decorator") {
        return None;
    }
    let body = class.child_by_field("body")?;
    let runs = class
        .children()
        .filter(|part| part.kind() == "class_heritage")
        .any(|heritage| {
            heritage
                .named_children()
                .any(|clause| clause.kind() != "implements_clause")
        });
    let is_running = |member: Node<'_>| {
        let is_static = member.children().any(|part| part.kind() == "static");
        let is_field = matches!(member.kind(), "public_field_definition" | "field_definition");
        (is_static && is_field)
            || member.kind() == "class_static_block"
            || member
                .child_by_field("name")
                .or_else(|| member.child_by_field("property"))
                .is_some_and(|name| name.kind() == "computed_property_name")
    };
    if body
        .children()
        .any(|part| part.kind() == "decorator" || part.children().any(|part| part.kind() == "decorator"))
    {
        return None;
    }
    let runs = runs || body.named_children().any(is_running);
    Some(if runs { Effect::Running } else { Effect::Quiet })
}

/// What a value does while it is made; modules that are loaded stay where they are.
fn value_effect(source: &Source<'_>, declarator: Node<'_>) -> Option<Effect> {
    let Some(mut value) = declarator.child_by_field("value") else {
        return Some(Effect::Quiet);
    };
    while matches!(
        value.kind(),
        "as_expression" | "satisfies_expression" | "parenthesized_expression"
    ) {
        value = value.named_children().next()?;
    }
    let is_quiet = matches!(
        value.kind(),
        "arrow_function" | "function_expression" | "undefined"
    ) || is_literal(value)
        || matches!(source.of(value), b"[]" | b"{}");
    let is_loaded = contains_word(source.of(value), b"require") || contains_word(source.of(value), b"import");
    if is_quiet {
        Some(Effect::Quiet)
    } else {
        Some(Effect::Running).filter(|_| !is_loaded)
    }
}
