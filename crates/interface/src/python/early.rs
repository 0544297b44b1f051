//! What runs while modules are imported: by the owner's profile, or, without one, by the names that could be called.

use std::collections::HashSet;

use ringfence_syntax::Node;

use super::facts::Facts;
use super::{CALLED, is_dunder};
use crate::engine::{InUse, ParsedFile, Scope};

/// Methods that Python calls by itself when a class is made.
const OF_CLASS_MAKING: &[&[u8]] = &[
    b"__init_subclass__",
    b"__set_name__",
    b"__class_getitem__",
    b"__prepare__",
    b"__mro_entries__",
    b"_generate_next_value_",
];

/// Whether a body runs at import.
#[derive(Clone, Debug)]
pub(super) enum Early {
    /// The profile has it, or Python calls it by itself.
    Ran,
    /// The profile does not have it.
    Never,
    /// When one of these names is called at import.
    IfCalled(Vec<Vec<u8>>),
}

impl Early {
    pub(super) fn holds(&self, in_use: &InUse<'_>) -> bool {
        match self {
            Early::Ran => true,
            Early::Never => false,
            Early::IfCalled(names) => names.iter().any(|name| in_use.has(name, Scope::Package, CALLED)),
        }
    }
}

/// The profile of one file.
pub(super) struct Profile {
    /// Lines of functions that ran. Nothing when there is no profile.
    lines: Option<HashSet<u32>>,
    /// Where lines start.
    starts: Vec<u32>,
}

impl Profile {
    pub(super) fn of(file: &ParsedFile<'_>, whole: Option<&crate::ImportProfile>) -> Profile {
        let lines = whole.map(|profile| {
            profile
                .0
                .range((file.path.to_vec(), 0)..=(file.path.to_vec(), u32::MAX))
                .map(|(_, line)| *line)
                .collect()
        });
        let breaks = (1_u32..)
            .zip(file.text)
            .filter(|(_, byte)| **byte == b'\n')
            .map(|(after, _)| after);
        Profile {
            lines,
            starts: std::iter::once(0).chain(breaks).collect(),
        }
    }

    /// The line of a node, from 1.
    pub(super) fn line_of(&self, node: &Node<'_>) -> u32 {
        let before = self.starts.partition_point(|start| *start <= node.start());
        u32::try_from(before).unwrap_or(u32::MAX)
    }

    pub(super) fn is_known(&self) -> bool {
        self.lines.is_some()
    }

    /// Tells whether the profile has a function or lambda; nothing without a profile.
    pub(super) fn ran(&self, node: &Node<'_>) -> Option<bool> {
        self.lines
            .as_ref()
            .map(|lines| lines.contains(&self.line_of(node)))
    }

    /// Whether a function runs at import. `class` is the class it is a method of.
    pub(super) fn early(
        &self,
        file: &ParsedFile<'_>,
        definition: &Node<'_>,
        class: Option<&[u8]>,
        facts: &Facts,
    ) -> Early {
        match self.ran(definition) {
            Some(true) => return Early::Ran,
            Some(false) => return Early::Never,
            None => {}
        }
        let name = definition
            .child_by_field("name")
            .map(|name| name.text(file.text))
            .unwrap_or_default();
        if class.is_some() && OF_CLASS_MAKING.contains(&name) {
            return Early::Ran;
        }
        let mut names = vec![name.to_vec()];
        if let Some(class) =
            class.filter(|_| is_dunder(name) && !matches!(name, b"__repr__" | b"__str__" | b"__del__"))
        {
            names.extend(facts.heirs(class));
        }
        Early::IfCalled(names)
    }
}

/// Modules and names that come from outside of the group, by the name they have in the file.
pub(super) fn external_names<'t>(file: &'t ParsedFile<'_>, facts: &Facts) -> HashSet<&'t [u8]> {
    let mut found = HashSet::new();
    for node in file.tree.nodes() {
        let module = match node.kind() {
            "import_statement" => None,
            "import_from_statement" => node.child_by_field("module_name"),
            _ => continue,
        };
        for leaf in node.children().filter(|child| child.field() == Some("name")) {
            let (name, bound) = match leaf.kind() {
                "aliased_import" => (leaf.child_by_field("name"), leaf.child_by_field("alias")),
                _ => (Some(leaf), Some(leaf)),
            };
            let (Some(name), Some(bound)) = (name, bound) else {
                continue;
            };
            let from = module.unwrap_or(name).text(file.text);
            let inside = from.first() == Some(&b'.') || !facts.modules.places(file.path, from).is_empty();
            if !inside {
                let bound = bound.text(file.text);
                found.insert(bound.split(|byte| *byte == b'.').next().unwrap_or_default());
            }
        }
    }
    found
}

/// Names that a call calls, as far as they may be of the group.
pub(super) fn callees<'t>(
    call: &Node<'t>,
    text: &'t [u8],
    external: &HashSet<&[u8]>,
    facts: &Facts,
) -> Vec<&'t [u8]> {
    let Some(mut function) = call.child_by_field("function") else {
        return Vec::new();
    };
    // `Name[T](..)` calls what `Name` is.
    if function.kind() == "subscript"
        && let Some(value) = function.child_by_field("value")
    {
        function = value;
    }
    match function.kind() {
        "identifier" => vec![function.text(text)],
        "attribute" => {
            let (Some(object), Some(method)) = (
                function.child_by_field("object"),
                function.child_by_field("attribute"),
            ) else {
                return Vec::new();
            };
            let mut root = object;
            while let Some(inner) = root
                .child_by_field("object")
                .or_else(|| root.child_by_field("function"))
                .or_else(|| root.child_by_field("value"))
                .filter(|_| matches!(root.kind(), "attribute" | "call" | "subscript"))
            {
                root = inner;
            }
            let name = root.text(text);
            if root.kind() != "identifier" || external.contains(name) {
                return Vec::new();
            }
            let mut names: Vec<&[u8]> = object
                .descendants()
                .take(64)
                .filter(|inner| inner.kind() == "identifier")
                .map(|inner| inner.text(text))
                .filter(|inner| facts.defined.contains(*inner))
                .collect();
            if facts.defined.contains(name)
                || matches!(name, b"self" | b"cls")
                || name.first().is_some_and(u8::is_ascii_uppercase)
            {
                names.push(method.text(text));
            }
            names
        }
        _ => Vec::new(),
    }
}
