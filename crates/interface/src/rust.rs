//! Rules of Rust.
//!
//! Job: bodies become `unimplemented!()`, private items go unless a delivered signature, constant, macro or readable file names them,
//! tests go with their files, private fields become one marker.
//!
//! INVARIANT: `pub` items stay, whatever module they are in; trait items and items of trait impls stay.
//! INVARIANT: a `const fn` keeps its body exactly when a constant that is delivered may evaluate it.
//!
//! Refuses build scripts and procedural macros: they run while the recipient compiles, a stub of them stops every build.

use std::rc::Rc;

use ringfence_syntax::{Language, Node, SyntaxError, Tree};

use crate::engine::{Channels, FilePlan, Group, LanguageRules, ParsedFile, Plan};

mod attributes;
mod docs;
mod facts;
mod fields;
mod items;
mod mask;
mod modules;
mod returns;
mod uses;
mod values;
mod words;

pub(crate) use modules::normal as normal_path;

/// Names in positions that the compiler evaluates, in the forms of [`words`].
const CONST: Channels = Channels::own(0);
/// Names of fields that are read, written or matched.
const FIELD: Channels = Channels::own(1);
/// Names in macro definitions.
const MACRO: Channels = Channels::own(2);
/// Facts about kept bodies.
const KEPT: Channels = Channels::own(3);

/// In use (channel [`KEPT`]) where code is delivered that may call methods of traits it does not name.
const CODE_STAYS: &[u8] = b"code stays";

/// The rules.
pub(crate) fn rules() -> Option<&'static dyn LanguageRules> {
    Some(&RustRules)
}

struct RustRules;

impl LanguageRules for RustRules {
    fn parse(&self, language: Language, source: &[u8]) -> Result<Tree, SyntaxError> {
        mask::parse_masked(language, source)
    }

    fn plan(&self, group: &Group<'_, '_>) -> Plan {
        let modules = Rc::new(modules::ModuleTree::of(group));
        let facts = facts::Facts::of(group);
        let files = group
            .files
            .iter()
            .enumerate()
            .map(|(place, file)| plan_file(group, file, place, &modules, &facts))
            .collect();
        Plan { files, derive: None }
    }

    fn is_container(&self, node: &Node<'_>) -> bool {
        match node.kind() {
            "source_file" => true,
            "declaration_list" => node.parent().is_some_and(|parent| {
                matches!(
                    parent.kind(),
                    "mod_item" | "impl_item" | "trait_item" | "foreign_mod_item"
                )
            }),
            _ => false,
        }
    }

    fn is_item(&self, node: &Node<'_>) -> bool {
        match node.kind() {
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
            | "macro_invocation"
            | "use_declaration"
            | "impl_item"
            | "extern_crate_declaration"
            | "foreign_mod_item"
            | "associated_type" => true,
            "expression_statement" => node
                .named_children()
                .next()
                .is_some_and(|child| child.kind() == "macro_invocation"),
            _ => false,
        }
    }

    fn may_stand(&self, node: &Node<'_>) -> bool {
        self.is_item(node)
            || !node.is_named()
            || node.is_comment()
            || matches!(
                node.kind(),
                "attribute_item" | "inner_attribute_item" | "shebang" | "empty_statement"
            )
    }

    fn stub_texts(&self) -> &'static [&'static [u8]] {
        &[
            b"unimplemented!()",
            b"'\\0'",
            b"0.0",
            b"\"\"",
            b"true",
            b"if true {\n        unimplemented!()\n    }",
            b"::core::iter::empty()",
            b"::std::io::empty()",
            b"::std::io::sink()",
            b"async { unimplemented!() }",
            b"Some(::core::iter::empty())",
            b"Ok(::core::iter::empty())",
            b"Box::new(::core::iter::empty())",
        ]
    }
}

fn plan_file(
    group: &Group<'_, '_>,
    file: &ParsedFile<'_>,
    place: usize,
    modules: &Rc<modules::ModuleTree>,
    facts: &facts::Facts,
) -> FilePlan {
    let mut plan = FilePlan {
        below: modules.below(place),
        package: modules.package(place),
        hidden: modules.hidden(place),
        ..FilePlan::default()
    };
    let walked = items::walk(file, place, modules, facts, &mut plan);
    words::collect(file, facts, &walked, &mut plan);
    if file.is_interface() {
        docs::comments(file, group.options.docs, &walked, &mut plan);
        attributes::switch_lints(group, file, place, modules, &mut plan);
        plan.refused = items::runs_at_build(file);
    }
    plan
}
