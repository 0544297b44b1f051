//! Rules of Go: a group is a package folder; bodies become `panic("hidden")`; what is not exported goes unless its name is in use.
//!
//! INVARIANT: variables lose their values, unless the type of one can be read from nothing but its value; those are named in the account.
//! INVARIANT: constants keep their number (`iota`): in a block that counts, a name that nobody uses becomes `_`.
//!
//! Tests (`_test.go`) are hidden: a test without bodies says nothing. Blank imports, compiler directives other than build constraints, embedded
//! files and links by name go: they only matter to bodies, and name what the view may hide. A function that is written in assembly gets a stub.

use std::collections::BTreeMap;

use ringfence_syntax::Node;

use crate::engine::text::{self, length, slice};
use crate::engine::{Channels, FilePlan, Group, LanguageRules, NameGroup, ParsedFile, Plan, Scope};

mod comments;
mod declare;
mod facts;
mod format;
mod infer;
mod known;
mod uses;
mod values;

/// Plain names: functions, types, variables, constants of the package.
const NAME: Channels = Channels::CODE;
/// Fields and methods.
const MEMBER: Channels = Channels::own(0);
/// Names before a dot: imported packages.
const QUALIFIER: Channels = Channels::own(1);
/// Whatever a whole file mentions.
const WHOLE: Channels = Channels::own(2);
/// Constants whose length or bytes count at compile time.
const LENGTH: Channels = Channels::own(3);

/// The rules.
pub(crate) fn rules() -> Option<&'static dyn LanguageRules> {
    Some(&Go)
}

struct Go;

impl LanguageRules for Go {
    fn groups(&self, files: &[ParsedFile<'_>]) -> Vec<Vec<usize>> {
        let mut folders: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for (place, file) in files.iter().enumerate() {
            folders.entry(folder(file.path)).or_default().push(place);
        }
        folders.into_values().collect()
    }

    fn plan(&self, group: &Group<'_, '_>) -> Plan {
        let facts = facts::Facts::of(group);
        let files = group
            .files
            .iter()
            .enumerate()
            .map(|(place, file)| {
                if file.is_interface() {
                    declare::plan(place, file, &facts, group.options.docs)
                } else {
                    let mut plan = FilePlan::default();
                    uses::of_whole(file, &facts, &mut plan);
                    plan
                }
            })
            .collect();
        Plan { files, derive: None }
    }

    fn is_container(&self, node: &Node<'_>) -> bool {
        node.kind() == "source_file"
    }

    fn is_item(&self, node: &Node<'_>) -> bool {
        matches!(
            node.kind(),
            "function_declaration"
                | "method_declaration"
                | "type_declaration"
                | "const_declaration"
                | "var_declaration"
        )
    }

    fn may_stand(&self, node: &Node<'_>) -> bool {
        self.is_item(node)
            || node.is_comment()
            || !node.is_named()
            || matches!(node.kind(), "package_clause" | "import_declaration")
    }

    fn attributes(&self) -> fn(&Node<'_>) -> bool {
        |_| false
    }

    fn is_body(&self, node: &Node<'_>) -> bool {
        node.field() == Some("body")
            && node
                .parent()
                .is_some_and(|parent| parent.is_function() || parent.kind() == "func_literal")
    }

    fn stub_texts(&self) -> &'static [&'static [u8]] {
        &[
            b"\"hidden\"",
            b"panic(\"hidden\")",
            b"for {\n\t}",
            b"for {\r\n\t}",
        ]
    }

    fn joins_empty_braces(&self) -> bool {
        // `struct {}` would be closed up by the formatter; over two lines it stays.
        false
    }

    fn finish(&self, text: Vec<u8>) -> Vec<u8> {
        format::align(text)
    }
}

fn folder(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
    path.get(..end).unwrap_or_default()
}

/// Tells whether other packages cannot see the name: it does not start with an upper-case letter.
fn is_private(name: &[u8]) -> bool {
    match std::str::from_utf8(name)
        .ok()
        .and_then(|name| name.chars().next())
    {
        Some(first) => !first.is_uppercase(),
        None => true,
    }
}

/// One of the names must be in use anywhere in the package.
fn any_of(names: &[&[u8]], channels: Channels) -> NameGroup {
    NameGroup {
        names: names.iter().map(|name| name.to_vec()).collect(),
        channels,
        scope: Scope::Package,
    }
}

/// The name by which a literal without field names asks for all fields of a type.
fn all_fields_of(name: &[u8]) -> Vec<u8> {
    [b"{}", name].concat()
}

/// The line break that the file uses.
fn line_break(source: &[u8]) -> &'static [u8] {
    match source.iter().position(|byte| *byte == b'\n') {
        Some(at) if at > 0 && source.get(at.saturating_sub(1)) == Some(&b'\r') => b"\r\n",
        _ => b"\n",
    }
}

/// The direct children of these kinds.
fn children_of<'t>(node: &Node<'t>, kinds: &'static [&'static str]) -> impl Iterator<Item = Node<'t>> {
    node.children().filter(move |child| kinds.contains(&child.kind()))
}

/// The direct children in a field, commas between them left out.
fn in_field<'t>(node: &Node<'t>, field: &'static str) -> impl Iterator<Item = Node<'t>> {
    node.children()
        .filter(move |child| child.is_named() && child.field() == Some(field))
}

/// The variable specifications of a declaration.
fn var_specs<'t>(declaration: &Node<'t>) -> Vec<Node<'t>> {
    match children_of(declaration, &["var_spec_list"]).next() {
        Some(list) => children_of(&list, &["var_spec"]).collect(),
        None => children_of(declaration, &["var_spec"]).collect(),
    }
}

/// The import specifications of a declaration.
fn import_specs<'t>(declaration: &Node<'t>) -> Vec<Node<'t>> {
    match children_of(declaration, &["import_spec_list"]).next() {
        Some(list) => children_of(&list, &["import_spec"]).collect(),
        None => children_of(declaration, &["import_spec"]).collect(),
    }
}

/// The name of the type that a method belongs to.
fn receiver_type<'s>(method: &Node<'_>, source: &'s [u8]) -> &'s [u8] {
    method
        .child_by_field("receiver")
        .and_then(|receiver| {
            receiver
                .descendants()
                .find(|node| node.kind() == "type_identifier")
        })
        .map(|name| name.text(source))
        .unwrap_or_default()
}

/// Tells whether a stretch holds a comment, so that it cannot be copied elsewhere.
fn has_comment(source: &[u8]) -> bool {
    source.windows(2).any(|pair| pair == b"//" || pair == b"/*")
}

/// Tells whether a stretch mentions a word.
fn mentions(source: &[u8], word: &[u8]) -> bool {
    text::words(source, 0..length(source))
        .iter()
        .any(|span| slice(source, span) == word)
}
