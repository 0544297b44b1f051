//! Python: signatures with docstrings stay, bodies become `raise NotImplementedError`; what runs at import stays as far as the owner's
//! profile says (or, without one, as far as names reach).
//!
//! INVARIANT: a body stays only with a [`crate::Kept`] record.
//! Refuses: files with syntax errors beside which anything but definitions and imports stands, as that may be the inside of a torn body; files nested
//! deeper than Python itself allows.

use ringfence_syntax::Node;

use crate::engine::{Channels, FilePlan, Group, LanguageRules, ParsedFile, Plan};
use crate::{RefusedReason, Shown};

mod assignments;
mod attributes;
mod docs;
mod early;
mod facts;
mod functions;
mod imports;
mod modules;
mod names;
mod plan;
mod profile;
mod values;

pub use profile::{ImportProfileError, MAX_PROFILE_BYTES, PROFILER};

/// Names whose value may be looked at while modules are imported.
const EARLY: Channels = Channels::own(0);

/// Names that are called while modules are imported.
const CALLED: Channels = Channels::own(1);

/// `module.name` in one word, said by another file.
const PAIR: Channels = Channels::own(2);

/// Deepest nesting of blocks; Python stops at 100.
const MAX_BLOCKS: usize = 100;

/// Deepest tree; Python's own parser stops long before.
const MAX_TREE: usize = 4000;

/// The rules, when there are any.
pub(crate) fn rules() -> Option<&'static dyn LanguageRules> {
    Some(&PythonRules)
}

struct PythonRules;

impl LanguageRules for PythonRules {
    fn plan(&self, group: &Group<'_, '_>) -> Plan {
        let deep: Vec<Option<(u32, &'static str)>> = group
            .files
            .iter()
            .map(|file| {
                let deep = too_deep(file).map(|at| (at, "nesting deeper than Python allows"));
                deep.or_else(|| lone_return(file).map(|at| (at, "a carriage return without a line feed")))
            })
            .collect();
        let shallow = Group {
            files: group
                .files
                .iter()
                .zip(&deep)
                .filter(|(_, deep)| deep.is_none())
                .map(|(file, _)| *file)
                .collect(),
            options: group.options,
            delivered: group.delivered,
        };
        let facts = facts::Facts::of(&shallow);
        let mut files = Vec::new();
        let mut derived = Vec::new();
        for (file, deep) in group.files.iter().zip(deep) {
            if let Some((at, what)) = deep {
                files.push(not_planned(file, at, what));
                derived.push(names::Derived::default());
                continue;
            }
            let (plan, names) = plan::file(file, &facts, group.options);
            files.push(plan);
            derived.push(names);
        }
        Plan {
            files,
            derive: Some(Box::new(move |place, in_use| {
                derived
                    .get(place)
                    .map(|derived| derived.now(in_use))
                    .unwrap_or_default()
            })),
        }
    }

    fn is_container(&self, node: &Node<'_>) -> bool {
        node.kind() == "module"
            || (node.kind() == "block"
                && node
                    .parent()
                    .is_some_and(|parent| parent.kind() == "class_definition"))
    }

    fn is_item(&self, node: &Node<'_>) -> bool {
        node.is_named() && !node.is_error()
    }

    fn may_stand(&self, node: &Node<'_>) -> bool {
        matches!(
            node.kind(),
            "function_definition"
                | "decorated_definition"
                | "class_definition"
                | "import_statement"
                | "import_from_statement"
                | "future_import_statement"
                | "pass_statement"
        ) || !node.is_named()
            || node.is_comment()
    }

    fn is_body(&self, node: &Node<'_>) -> bool {
        node.field() == Some("body")
            && node.parent().is_some_and(|parent| match parent.kind() {
                "function_definition" => !functions::is_trivial(node),
                "lambda" => true,
                _ => false,
            })
    }

    fn body_mark(&self, body: &Node<'_>) -> u32 {
        // A docstring at the start stays with every stub.
        body.end().saturating_sub(1)
    }

    fn is_statement(&self, node: &Node<'_>) -> bool {
        let kind = node.kind();
        match kind {
            // Which names a body imports says nothing that the interface's own imports do not say.
            "import_statement" | "import_from_statement" | "future_import_statement" => false,
            // `self.x: T` is what the interface says of attributes.
            "expression_statement" => !node
                .named_children()
                .next()
                .is_some_and(|inner| inner.kind() == "assignment" && inner.child_by_field("right").is_none()),
            _ => node.is_named() && kind.ends_with("_statement"),
        }
    }

    fn stub_texts(&self) -> &'static [&'static [u8]] {
        &[
            b"raise NotImplementedError",
            b"raise AttributeError",
            b"raise ImportError",
            b"yield",
            b"pass",
            b"...",
            b"0.0",
            b"b\"\"",
            b"import typing as _typing",
        ]
    }
}

/// Where a file is nested too deep.
fn too_deep(file: &ParsedFile<'_>) -> Option<u32> {
    let mut open: Vec<(u32, bool)> = Vec::new();
    let mut blocks = 0_usize;
    for node in file.tree.nodes() {
        while open.last().is_some_and(|(end, _)| *end <= node.index()) {
            if let Some((_, true)) = open.pop() {
                blocks = blocks.saturating_sub(1);
            }
        }
        let block = node.kind() == "block";
        blocks = blocks.saturating_add(usize::from(block));
        open.push((node.subtree_end(), block));
        if blocks > MAX_BLOCKS || open.len() > MAX_TREE {
            return Some(node.start());
        }
    }
    None
}

/// Where a carriage return stands alone: a line break for Python, and none for the grammar.
fn lone_return(file: &ParsedFile<'_>) -> Option<u32> {
    let mut after = file.text.iter().skip(1).chain(std::iter::once(&b' '));
    let found = file
        .text
        .iter()
        .position(|byte| after.next().is_some_and(|next| *byte == b'\r' && *next != b'\n'))?;
    u32::try_from(found).ok()
}

fn not_planned(file: &ParsedFile<'_>, at: u32, what: &'static str) -> FilePlan {
    let mut plan = FilePlan::default();
    if file.shown == Shown::Whole {
        names::all_words(file, &mut plan);
    } else {
        plan.refused = Some((at, RefusedReason::NoRule { what }));
    }
    plan
}

/// `_name` or `__name`: not for others. `_name_` belongs to protocols such as the one of enumerations.
fn is_private(name: &[u8]) -> bool {
    name.first() == Some(&b'_') && name.last() != Some(&b'_')
}

fn is_dunder(name: &[u8]) -> bool {
    name.len() > 4 && name.starts_with(b"__") && name.ends_with(b"__")
}
