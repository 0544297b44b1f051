//! Names in use, by the place they are used in.
//!
//! Names that constants may evaluate are told apart by what stands before them: `T::new` keeps `new` of `T`, not every `new`.

use ringfence_syntax::{Node, Tree};

use super::facts::Facts;
use super::items::Walked;
use super::{CODE_STAYS, CONST, FIELD, KEPT, MACRO, returns};
use crate::engine::{Channels, FilePlan, ParsedFile, text};

/// A function or constant outside of types, as constants name it.
pub(super) fn free(name: &[u8]) -> Vec<u8> {
    [b"fn ", name].concat()
}

/// A member of a type or trait.
pub(super) fn member(owner: &[u8], name: &[u8]) -> Vec<u8> {
    [owner, b"::", name].concat()
}

/// A method called on a value.
pub(super) fn method(name: &[u8]) -> Vec<u8> {
    [b".", name].concat()
}

/// Anything of this name, where what stands before it cannot be told.
pub(super) fn any(name: &[u8]) -> Vec<u8> {
    [b"* ", name].concat()
}

/// Collects the names of a file and of the macro calls in it that were read as items.
pub(super) fn collect(file: &ParsedFile<'_>, facts: &Facts, walked: &Walked, plan: &mut FilePlan) {
    collect_tree(file, &file.tree, 0, facts, walked, plan);
    for (tree, base) in &walked.trees {
        collect_tree(file, tree, *base, facts, walked, plan);
    }
    if !file.is_interface() {
        // What is above may be reached through `super::*`, traits included.
        let globs = file.tree.nodes().any(|node| {
            let bytes = node.text(file.text);
            node.kind() == "use_wildcard"
                && [b"super".as_slice(), b"crate", b"self"]
                    .iter()
                    .any(|head| bytes.starts_with(head))
        });
        if globs {
            plan.use_name(0, CODE_STAYS, KEPT);
        }
    }
}

/// Macros whose arguments are ordinary expressions: no constant evaluates them.
const AT_RUN_TIME: &[&[u8]] = &[
    b"assert",
    b"assert_eq",
    b"assert_ne",
    b"debug_assert",
    b"debug_assert_eq",
    b"debug_assert_ne",
    b"print",
    b"println",
    b"eprint",
    b"eprintln",
    b"write",
    b"writeln",
    b"format",
    b"format_args",
    b"panic",
    b"todo",
    b"unreachable",
    b"unimplemented",
    b"vec",
    b"matches",
    b"dbg",
    b"trace",
    b"debug",
    b"info",
    b"warn",
    b"error",
    b"log",
    b"bail",
    b"ensure",
    b"anyhow",
];

/// Until which preorder index each kind of region lasts.
#[derive(Default)]
struct Regions {
    constant: u32,
    import: u32,
    attribute: u32,
    call: u32,
    run_time: u32,
    definition: u32,
    owner: u32,
    skip: u32,
}

fn collect_tree(
    file: &ParsedFile<'_>,
    tree: &Tree,
    base: u32,
    facts: &Facts,
    walked: &Walked,
    plan: &mut FilePlan,
) {
    let source = file.text.get(base as usize..).unwrap_or_default();
    let standard = standard_imports(tree, source);
    let mut regions = Regions::default();
    let mut owner: &[u8] = b"";
    // The last three leaves: what stands before a name.
    let mut before: [&[u8]; 3] = [b""; 3];
    for node in tree.nodes() {
        let index = node.index();
        if index < regions.skip {
            continue;
        }
        let start = node.start().saturating_add(base);
        if node.kind() == "token_tree" && walked.is_read(start) {
            regions.skip = node.subtree_end();
            continue;
        }
        enter(&node, source, &mut regions, &mut owner);
        if !node.is_leaf() {
            continue;
        }
        let bytes = node.text(source);
        if node.is_comment() || node.parent().is_some_and(|parent| parent.is_comment()) {
            continue;
        }
        let stands_before = before;
        before = [before[1], before[2], bytes];
        let span = start..node.end().saturating_add(base);
        if node.kind() == "string_content" {
            if index < regions.attribute {
                plan.use_words(file.text, span, Channels::CODE.and(FIELD));
            }
            continue;
        }
        if !is_name(&node) {
            continue;
        }
        if index < regions.import {
            plan.use_span(span, Channels::IMPORT);
            continue;
        }
        let Some(mut channels) = role(&node) else { continue };
        let mut in_macro = false;
        if index < regions.attribute {
            channels = channels.and(FIELD);
        }
        if index < regions.definition {
            channels = channels.and(FIELD).and(MACRO);
            in_macro = true;
        } else if index < regions.call && index >= regions.attribute {
            channels = channels.and(FIELD);
            in_macro = true;
        }
        plan.use_span(span, channels);
        let called = is_called_method(&node) || (in_macro && stands_before[2] == b".");
        if called {
            plan.use_name(start, method(bytes), Channels::CODE);
        }
        if index < regions.constant || (in_macro && index >= regions.run_time) {
            let owner = if index < regions.owner { owner } else { b"" };
            let context = Context {
                facts,
                standard: &standard,
                owner,
            };
            for key in context.keys(bytes, &stands_before) {
                plan.use_name(start, key, CONST);
            }
        }
    }
}

fn is_name(node: &Node<'_>) -> bool {
    matches!(
        node.kind(),
        "identifier" | "type_identifier" | "field_identifier" | "shorthand_field_identifier"
    )
}

fn enter<'s>(node: &Node<'_>, source: &'s [u8], regions: &mut Regions, owner: &mut &'s [u8]) {
    let end = node.subtree_end();
    let field = node.field();
    match node.kind() {
        "use_declaration" => regions.import = end,
        "attribute_item" | "inner_attribute_item" => regions.attribute = end,
        "macro_definition" => regions.definition = end,
        "token_tree" if node.index() >= regions.attribute => regions.call = regions.call.max(end),
        "impl_item" => {
            if let Some(of) = node.child_by_field("type") {
                *owner = returns::last_name(of, source);
                regions.owner = end;
            }
        }
        "trait_item" => {
            if let Some(name) = node.child_by_field("name") {
                *owner = name.text(source);
                regions.owner = end;
            }
        }
        "macro_invocation" => {
            let name = node
                .child_by_field("macro")
                .map(|name| returns::last_name(name, source));
            // Inside of another macro's call the outer one decides.
            if name.is_some_and(|name| AT_RUN_TIME.contains(&name)) && node.index() >= regions.call {
                regions.run_time = end;
            }
        }
        "const_block" => regions.constant = regions.constant.max(end),
        "block" if field == Some("body") && is_const_function(node, source) => {
            regions.constant = regions.constant.max(end);
        }
        _ => {}
    }
    let parent = node.parent().map(|parent| parent.kind());
    let evaluated = match (parent, field) {
        (Some("const_item" | "static_item" | "enum_variant"), Some("value"))
        | (Some("array_type" | "array_expression"), Some("length"))
        | (Some("const_parameter"), Some("default_type")) => true,
        (Some("type_arguments"), _) => node.kind() == "block",
        _ => false,
    };
    if evaluated {
        regions.constant = regions.constant.max(end);
    }
}

fn is_const_function(body: &Node<'_>, source: &[u8]) -> bool {
    body.parent().is_some_and(|function| is_const(&function, source))
}

/// Tells whether a function is `const`.
pub(super) fn is_const(function: &Node<'_>, source: &[u8]) -> bool {
    function
        .children()
        .find(|child| child.kind() == "function_modifiers")
        .is_some_and(|modifiers| modifiers.children().any(|one| one.text(source) == b"const"))
}

/// Where a name counts; nothing where it is defined.
fn role(node: &Node<'_>) -> Option<Channels> {
    let parent = node.parent()?;
    let field = node.field();
    match (parent.kind(), field) {
        (
            "function_item"
            | "function_signature_item"
            | "struct_item"
            | "enum_item"
            | "union_item"
            | "trait_item"
            | "type_item"
            | "const_item"
            | "static_item"
            | "mod_item"
            | "macro_definition"
            | "enum_variant"
            | "field_declaration"
            | "associated_type"
            | "type_parameter"
            | "const_parameter"
            | "type_binding",
            Some("name"),
        )
        | ("parameter", Some("pattern"))
        | ("lifetime" | "label", _) => None,
        ("field_initializer", Some("field")) | ("field_pattern", Some("name")) => Some(FIELD),
        ("shorthand_field_initializer", _) => Some(Channels::CODE.and(FIELD)),
        ("field_expression", Some("field")) if !is_called_method(node) => Some(FIELD),
        _ if node.kind() == "shorthand_field_identifier" => Some(FIELD),
        _ => Some(Channels::CODE),
    }
}

/// Tells whether the name is the method in `value.name(..)`.
fn is_called_method(node: &Node<'_>) -> bool {
    let Some(access) = node.parent().filter(|parent| parent.kind() == "field_expression") else {
        return false;
    };
    let mut at = access;
    if let Some(generic) = at.parent().filter(|parent| parent.kind() == "generic_function") {
        at = generic;
    }
    node.field() == Some("field")
        && at.field() == Some("function")
        && at.parent().is_some_and(|call| call.kind() == "call_expression")
}

/// What is needed to tell what a name in a constant means.
struct Context<'a> {
    facts: &'a Facts,
    /// Names that this text imports from the standard library.
    standard: &'a [Vec<u8>],
    /// The type or trait around, for `Self`.
    owner: &'a [u8],
}

impl Context<'_> {
    /// The keys under which functions and constants of this name count as evaluated.
    fn keys(&self, name: &[u8], before: &[&[u8]; 3]) -> Vec<Vec<u8>> {
        match before[2] {
            b"." => vec![method(name)],
            b"::" => self.member_keys(before[1], name),
            _ => vec![free(name)],
        }
    }

    fn member_keys(&self, owner: &[u8], name: &[u8]) -> Vec<Vec<u8>> {
        let facts = self.facts;
        if owner == b"Self" {
            return if self.owner.is_empty() {
                vec![any(name)]
            } else {
                vec![member(self.owner, name)]
            };
        }
        if owner == b"crate" || owner == b"self" || owner == b"super" {
            return vec![free(name)];
        }
        let is_identifier = owner
            .first()
            .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
        if !is_identifier || facts.aliases.contains(owner) {
            return vec![any(name)];
        }
        if facts.types.contains(owner) {
            return vec![member(owner, name)];
        }
        if owner.first().is_some_and(u8::is_ascii_lowercase) {
            return vec![free(name)];
        }
        if self.standard.iter().any(|known| known == owner) || facts.is_standard(owner) {
            return Vec::new();
        }
        vec![any(name)]
    }
}

/// Names bound by `use std::..`, `core::..`, `alloc::..` anywhere in the text.
fn standard_imports(tree: &Tree, source: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for node in tree.nodes().filter(|node| node.kind() == "use_declaration") {
        let Some(argument) = node.child_by_field("argument") else {
            continue;
        };
        let bytes = argument.text(source);
        let bytes = bytes.strip_prefix(b"::").unwrap_or(bytes);
        if [b"std::".as_slice(), b"core::", b"alloc::"]
            .iter()
            .any(|head| bytes.starts_with(head))
        {
            let span = argument.start()..argument.end();
            for word in text::words(source, span) {
                found.push(text::slice(source, &word).to_vec());
            }
        }
    }
    found.sort();
    found.dedup();
    found
}
