//! What a file's own imports bring in: which names stand for which paths, and whether a glob could bring in more.
//!
//! Names of the top level only, imported once and declared nowhere else in the file, from the standard library or the crate itself. Modules written inside the file have
//! imports of their own, so that nothing is said about paths in them; tests are not looked at.

use std::collections::HashMap;

use ringfence_syntax::Node;

use super::{attributes, is_test};
use crate::find::source::{Source, contains, is_word};

/// How much longer a name may become: longer paths are nobody's.
const MAX_GROWTH: usize = 18;
/// How much longer a name of the crate itself may become: one module or none.
const MAX_OWN_GROWTH: usize = 13;
/// Deepest nest of braces in an import.
const MAX_DEPTH: usize = 16;

/// The imports of a text.
#[derive(Default)]
pub(in crate::find) struct Imports<'s> {
    names: HashMap<&'s [u8], Import>,
    has_glob: bool,
    declares_result: bool,
}

/// A name that stands for a path.
struct Import {
    path: Vec<u8>,
    /// Where the import is used first, outside of what may be left out of a build.
    first_use: Option<u32>,
    /// Items that use it, with the number of uses.
    units: HashMap<u32, u32>,
}

impl<'s> Imports<'s> {
    /// The imports of a text, found out once.
    pub(super) fn of<'a>(source: &'a Source<'s>) -> &'a Imports<'s> {
        source.facts.imports.get_or_init(|| read(source))
    }

    /// The whole path that an imported module's name stands for.
    pub(super) fn path(&self, name: &[u8]) -> Option<&[u8]> {
        self.names.get(name).map(|import| import.path.as_slice())
    }

    /// Tells whether a use of a name may be spelled without it: another use stays, so that the import is never idle.
    pub(super) fn is_spare(&self, name: &[u8], at: u32) -> bool {
        let first = self.names.get(name).and_then(|import| import.first_use);
        first.is_some_and(|first| first != at)
    }

    /// Tells whether an item uses a name once: who writes a name often writes it short.
    pub(super) fn is_only(&self, name: &[u8], node: Node<'_>) -> bool {
        let uses = self
            .names
            .get(name)
            .and_then(|import| import.units.get(&unit(node)));
        uses.is_none_or(|uses| *uses < 2)
    }

    /// By how much the one imported type of a text may grow; nothing when there are several, for then none may.
    pub(super) fn growth(&self, text: &[u8]) -> usize {
        let mut types = text
            .split(|byte| !is_word(*byte))
            .filter_map(|word| self.growth_of(word));
        match (types.next(), types.next()) {
            (Some(growth), None) => growth,
            _ => 0,
        }
    }

    /// Tells whether a text names just one imported type: two spelled out on a line are too many.
    pub(super) fn names_one_type(&self, text: &[u8]) -> bool {
        let types = text
            .split(|byte| !is_word(*byte))
            .filter_map(|word| self.growth_of(word));
        types.take(2).count() == 1
    }

    /// By how much an imported type's name grows when it is spelled out.
    fn growth_of(&self, name: &[u8]) -> Option<usize> {
        let path = self.path(name).filter(|_| is_type_name(name))?;
        let growth = path.len().saturating_sub(name.len());
        let most = if path.starts_with(b"crate::") {
            MAX_OWN_GROWTH
        } else {
            MAX_GROWTH
        };
        (growth <= most).then_some(growth)
    }

    /// Tells whether everything of another module is imported, so that names may mean what nobody sees.
    pub(super) const fn has_glob(&self) -> bool {
        self.has_glob
    }

    /// Tells whether `Result` is another than that of the prelude.
    pub(super) const fn declares_result(&self) -> bool {
        self.declares_result
    }
}

fn read<'s>(source: &Source<'s>) -> Imports<'s> {
    let mut found: Vec<(&'s [u8], Option<Vec<u8>>)> = Vec::new();
    let mut uses: Vec<(&'s [u8], Node<'_>)> = Vec::new();
    let mut imports = Imports::default();
    let mut index = 0;
    while let Some(node) = source.tree.node(index) {
        index = index.saturating_add(1);
        match node.kind() {
            "token_tree" | "attribute_item" | "macro_definition" => index = node.subtree_end(),
            "mod_item" => {
                found.extend(node.name_node().map(|name| (source.of(name), None)));
                if is_test(source, node) {
                    index = node.subtree_end();
                }
            }
            "use_declaration" => {
                let is_top = node.parent().is_some_and(|parent| parent.kind() == "source_file");
                imports.has_glob |= imported(source, node, is_top, &mut found);
                index = node.subtree_end();
            }
            "extern_crate_declaration" => found.push((last_word(source.of(node)), None)),
            "type_item" | "struct_item" | "enum_item" | "trait_item" | "union_item" => {
                found.extend(node.name_node().map(|name| (source.of(name), None)));
            }
            "type_parameter" => found.extend(node.child_by_field("name").map(|name| (source.of(name), None))),
            "identifier" if begins_path(node) => uses.push((source.of(node), node)),
            "type_identifier" if names_type(node) => uses.push((source.of(node), node)),
            _ => {}
        }
    }
    for (name, path) in found {
        imports.declares_result |= name == b"Result";
        // A name that is brought in twice means nothing.
        let is_known = imports.names.contains_key(name);
        let path = path.filter(|_| !is_known).unwrap_or_default();
        let import = Import {
            path,
            first_use: None,
            units: HashMap::new(),
        };
        imports.names.insert(name, import);
    }
    imports.names.retain(|_, import| !import.path.is_empty());
    for (name, node) in uses {
        let Some(import) = imports.names.get_mut(name) else {
            continue;
        };
        let uses = import.units.entry(unit(node)).or_default();
        *uses = uses.saturating_add(1);
        if import.first_use.is_none() && is_always_built(source, node) {
            import.first_use = Some(node.start());
        }
    }
    imports
}

/// Tells whether an identifier is the first segment of a path.
pub(super) fn begins_path(node: Node<'_>) -> bool {
    node.parent().is_some_and(|parent| {
        matches!(parent.kind(), "scoped_identifier" | "scoped_type_identifier")
            && parent.child_by_field("path") == Some(node)
            && parent.start() == node.start()
    })
}

/// Tells whether a node names a type or a trait by itself.
pub(super) fn names_type(node: Node<'_>) -> bool {
    node.parent().is_some_and(|parent| {
        !matches!(
            parent.kind(),
            "scoped_type_identifier"
                | "scoped_identifier"
                | "type_binding"
                | "type_parameter"
                | "struct_item"
                | "enum_item"
                | "trait_item"
                | "type_item"
                | "union_item"
                | "associated_type"
        ) || parent.child_by_field("type") == Some(node)
            || parent.child_by_field("default_type") == Some(node)
    })
}

/// The item that a node belongs to.
fn unit(node: Node<'_>) -> u32 {
    let mut outer = node.ancestors();
    let item = outer.find(|outer| {
        matches!(
            outer.kind(),
            "function_item" | "function_signature_item" | "impl_item" | "trait_item"
        ) || outer
            .parent()
            .is_some_and(|parent| parent.kind() == "source_file")
    });
    item.map_or(0, |item| item.index())
}

/// Tells whether a node stands in no inline module and under no condition of the build.
fn is_always_built(source: &Source<'_>, node: Node<'_>) -> bool {
    node.ancestors().all(|outer| {
        outer.kind() != "mod_item" && !attributes(source, outer).any(|attribute| contains(attribute, b"cfg"))
    })
}

/// Takes an import apart; tells whether it brings in names that are not written.
fn imported<'s>(
    source: &Source<'s>,
    declaration: Node<'_>,
    is_top: bool,
    found: &mut Vec<(&'s [u8], Option<Vec<u8>>)>,
) -> bool {
    let is_conditional = attributes(source, declaration).next().is_some();
    let mut has_glob = false;
    let argument = declaration.child_by_field("argument");
    let mut open: Vec<(Node<'_>, Vec<u8>, usize)> =
        argument.into_iter().map(|node| (node, Vec::new(), 0)).collect();
    while let Some((node, prefix, depth)) = open.pop() {
        if depth > MAX_DEPTH {
            return true;
        }
        let whole = |node: Node<'_>| {
            let text = source.of(node);
            match (prefix.is_empty(), text == b"self") {
                (true, _) => text.to_vec(),
                (false, true) => prefix.clone(),
                (false, false) => [prefix.as_slice(), b"::", text].concat(),
            }
        };
        match node.kind() {
            "use_list" => {
                let next = depth.saturating_add(1);
                open.extend(node.named_children().map(|child| (child, prefix.clone(), next)));
            }
            "scoped_use_list" => {
                let path = node.child_by_field("path").map_or(prefix.clone(), whole);
                open.extend(node.child_by_field("list").map(|list| (list, path, depth)));
            }
            "use_as_clause" => {
                let alias = node.child_by_field("alias").map(|alias| source.of(alias));
                found.extend(alias.map(|alias| (alias, None)));
            }
            "use_wildcard" => has_glob |= !is_type(source.of(node)),
            _ => {
                let path = whole(node);
                let name = if source.of(node) == b"self" {
                    last_segment(source, node, declaration)
                } else {
                    last_word(source.of(node))
                };
                let is_lasting = is_top && !is_conditional && is_rooted(&path);
                found.push((name, is_lasting.then_some(path)));
            }
        }
    }
    has_glob
}

/// The name of the module whose list a `self` stands in.
fn last_segment<'s>(source: &Source<'s>, node: Node<'_>, declaration: Node<'_>) -> &'s [u8] {
    let mut outer = node.ancestors().take_while(|outer| *outer != declaration);
    let path = outer.find_map(|outer| outer.child_by_field("path"));
    path.map_or(&[][..], |path| last_word(source.of(path)))
}

fn last_word(text: &[u8]) -> &[u8] {
    let text = text.strip_suffix(b";").unwrap_or(text);
    text.rsplit(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
        .next()
        .unwrap_or_default()
}

/// Types and traits are written with a capital and small letters.
pub(super) fn is_type_name(name: &[u8]) -> bool {
    name.first().is_some_and(u8::is_ascii_uppercase) && name.iter().any(u8::is_ascii_lowercase)
}

/// Tells whether everything of a type is imported: variants, which are no modules.
fn is_type(glob: &[u8]) -> bool {
    let path = glob.strip_suffix(b"::*").unwrap_or(glob);
    is_type_name(last_word(path))
}

fn is_rooted(path: &[u8]) -> bool {
    [&b"std::"[..], b"core::", b"crate::"]
        .iter()
        .any(|root| path.starts_with(root))
        && path
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'))
}
