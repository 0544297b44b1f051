//! Rules of Java: a group is a package; bodies throw; private members go unless their file, package-private ones unless their package names them.
//!
//! INVARIANT: constructors of classes stay, so that no class gets a public one by accident; those of enumerations go with their arguments.
//! INVARIANT: a constant that the language may need while compiling (a number, a character) stays; strings become another string.
//!
//! Tests (`src/test/..`) are hidden: a test without bodies says nothing. Initialiser blocks go, and fields that they alone assign get a default.

use std::collections::BTreeMap;

use ringfence_syntax::Node;

use crate::engine::{Channels, FilePlan, Group, LanguageRules, ParsedFile, Plan};

mod constructors;
mod declare;
mod docs;
mod enums;
mod facts;
mod fields;
mod imports;
mod uses;

/// Fields, constants, and whatever else is a plain name in an expression.
const VALUE: Channels = Channels::CODE;
/// Methods.
const METHOD: Channels = Channels::own(0);
/// Types.
const TYPE: Channels = Channels::own(1);
/// Links in documentation.
const LINK: Channels = Channels::own(2);
/// Constants whose value counts: in annotations, and in whatever whole files mention.
const EXACT: Channels = Channels::own(3);

/// The rules.
pub(crate) fn rules() -> Option<&'static dyn LanguageRules> {
    Some(&Java)
}

struct Java;

impl LanguageRules for Java {
    fn groups(&self, files: &[ParsedFile<'_>]) -> Vec<Vec<usize>> {
        let mut packages: BTreeMap<Vec<u8>, Vec<usize>> = BTreeMap::new();
        for (place, file) in files.iter().enumerate() {
            packages.entry(package_of(file)).or_default().push(place);
        }
        packages.into_values().collect()
    }

    fn plan(&self, group: &Group<'_, '_>) -> Plan {
        let facts = facts::Facts::of(group);
        let files = group
            .files
            .iter()
            .map(|file| {
                if file.is_interface() {
                    declare::plan(file, &facts, group)
                } else {
                    let mut plan = FilePlan::default();
                    uses::of_whole(file, &mut plan);
                    plan
                }
            })
            .collect();
        Plan { files, derive: None }
    }

    fn is_container(&self, node: &Node<'_>) -> bool {
        matches!(
            node.kind(),
            "program"
                | "class_body"
                | "interface_body"
                | "enum_body"
                | "enum_body_declarations"
                | "annotation_type_body"
        )
    }

    fn is_item(&self, node: &Node<'_>) -> bool {
        is_type(node)
            || matches!(
                node.kind(),
                "method_declaration"
                    | "constructor_declaration"
                    | "compact_constructor_declaration"
                    | "field_declaration"
                    | "constant_declaration"
                    | "annotation_type_element_declaration"
                    | "static_initializer"
            )
    }

    fn may_stand(&self, node: &Node<'_>) -> bool {
        self.is_item(node)
            || node.is_comment()
            || !node.is_named()
            || matches!(
                node.kind(),
                "package_declaration"
                    | "import_declaration"
                    | "module_declaration"
                    | "enum_constant"
                    | "enum_body_declarations"
            )
    }

    fn attributes(&self) -> fn(&Node<'_>) -> bool {
        |_| false
    }

    fn is_body(&self, node: &Node<'_>) -> bool {
        let Some(parent) = node.parent() else { return false };
        match node.kind() {
            "block" => {
                node.field() == Some("body") && (parent.is_function() || parent.kind() == "lambda_expression")
                    || parent.kind() == "static_initializer"
                    || parent.kind() == "class_body"
            }
            _ => node.field() == Some("body") && parent.is_function(),
        }
    }

    fn stub_texts(&self) -> &'static [&'static [u8]] {
        &[
            b"throw new UnsupportedOperationException();",
            b"throw new java.lang.UnsupportedOperationException();",
            b"'\\0'",
        ]
    }

    fn joins_empty_braces(&self) -> bool {
        false
    }
}

/// The package that a file says it is in; else its folder.
fn package_of(file: &ParsedFile<'_>) -> Vec<u8> {
    let declared = file
        .tree
        .root()
        .and_then(|root| {
            root.children()
                .find(|child| child.kind() == "package_declaration")
        })
        .and_then(|declaration| {
            declaration
                .named_children()
                .find(|child| matches!(child.kind(), "identifier" | "scoped_identifier"))
        });
    match declared {
        Some(name) => without_blanks(name.text(file.text)),
        None => {
            let end = file.path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
            [b"/", file.path.get(..end).unwrap_or_default()].concat()
        }
    }
}

fn without_blanks(text: &[u8]) -> Vec<u8> {
    text.iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect()
}

/// Tells whether the node declares a type.
fn is_type(node: &Node<'_>) -> bool {
    matches!(
        node.kind(),
        "class_declaration"
            | "interface_declaration"
            | "enum_declaration"
            | "record_declaration"
            | "annotation_type_declaration"
    )
}

/// The modifiers of a declaration, annotations left out.
fn modifiers<'t>(node: &Node<'t>) -> Vec<Node<'t>> {
    node.children()
        .find(|child| child.kind() == "modifiers")
        .map(|list| list.children().filter(|child| !child.is_named()).collect())
        .unwrap_or_default()
}

fn has_modifier(node: &Node<'_>, modifier: &str) -> bool {
    modifiers(node).iter().any(|found| found.kind() == modifier)
}

/// Tells whether a declaration has an annotation of this name.
fn has_annotation(declaration: &Node<'_>, name: &[u8], source: &[u8]) -> bool {
    declaration
        .children()
        .filter(|child| child.kind() == "modifiers")
        .flat_map(|list| list.named_children())
        .any(|annotation| {
            annotation
                .child_by_field("name")
                .is_some_and(|found| found.text(source) == name)
        })
}

/// Who can name a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    File,
    Package,
    Everyone,
}

/// Who can name a member of a type of this kind.
fn access(member: &Node<'_>, owner: &str) -> Access {
    let found = modifiers(member);
    let has = |modifier: &str| found.iter().any(|found| found.kind() == modifier);
    if has("private") {
        Access::File
    } else if has("public")
        || has("protected")
        || matches!(owner, "interface_declaration" | "annotation_type_declaration")
    {
        Access::Everyone
    } else {
        Access::Package
    }
}

/// The members of a type's body, and the constants of an enumeration.
fn members<'t>(declaration: &Node<'t>) -> Vec<Node<'t>> {
    let Some(body) = declaration.child_by_field("body") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for child in body.children() {
        if child.kind() == "enum_body_declarations" {
            found.extend(child.children().filter(Node::is_named));
        } else if child.is_named() {
            found.push(child);
        }
    }
    found
}

/// The declarators of a field.
fn declarators<'t>(field: &Node<'t>) -> Vec<Node<'t>> {
    field
        .children()
        .filter(|child| child.kind() == "variable_declarator")
        .collect()
}
