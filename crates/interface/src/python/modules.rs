//! Which files imports name, and whether the view delivers them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use ringfence_syntax::Node;

use crate::engine::{Group, ParsedFile};

/// Where a module's last name component comes from when it is the package folder itself.
const INIT: &[u8] = b"__init__";

/// The modules of a group.
pub(super) struct Modules {
    delivered: BTreeSet<Vec<u8>>,
    /// Folders that hold a package without being one, by the package's name.
    roots: BTreeMap<Vec<u8>, Vec<Vec<u8>>>,
    /// What the `__init__` of a folder binds; nothing when anything may be bound there.
    bound: BTreeMap<Vec<u8>, Option<HashSet<Vec<u8>>>>,
}

impl Modules {
    pub(super) fn of(group: &Group<'_, '_>) -> Modules {
        let delivered: BTreeSet<Vec<u8>> = group.delivered.iter().map(|path| path.to_vec()).collect();
        let mut roots: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
        for path in &delivered {
            let (folder, stem) = folder_and_stem(path);
            let (above, name) = split_last(folder);
            if stem == INIT && !name.is_empty() && !is_package(&delivered, above) {
                roots.entry(name.to_vec()).or_default().push(above.to_vec());
            }
        }
        let mut bound: BTreeMap<Vec<u8>, Option<HashSet<Vec<u8>>>> = BTreeMap::new();
        for file in &group.files {
            let (folder, stem) = folder_and_stem(file.path);
            if stem == INIT {
                // A stub file beside it tells of the same module.
                let names = bound
                    .entry(folder.to_vec())
                    .or_insert_with(|| Some(HashSet::new()));
                match (names.as_mut(), names_bound(file)) {
                    (Some(names), Some(more)) => names.extend(more),
                    _ => *names = None,
                }
            }
        }
        Modules {
            delivered,
            roots,
            bound,
        }
    }

    /// The key by which other files speak of a module: the last component of its name.
    pub(super) fn key(path: &[u8]) -> Vec<u8> {
        let (folder, stem) = folder_and_stem(path);
        if stem == INIT {
            split_last(folder).1.to_vec()
        } else {
            stem.to_vec()
        }
    }

    /// Tells whether the file is the `__init__` of a package.
    pub(super) fn is_init(path: &[u8]) -> bool {
        folder_and_stem(path).1 == INIT
    }

    /// Places where a module named in a file may lie; nothing when it is not of this repository. `module` is the text of the name, dots included.
    pub(super) fn places(&self, path: &[u8], module: &[u8]) -> Vec<Vec<u8>> {
        let dots = module.iter().take_while(|byte| **byte == b'.').count();
        let name = module.get(dots..).unwrap_or_default();
        let parts: Vec<&[u8]> = name
            .split(|byte| *byte == b'.')
            .map(<[u8]>::trim_ascii)
            .filter(|part| !part.is_empty())
            .collect();
        if dots == 0 {
            let Some(top) = parts.first() else {
                return Vec::new();
            };
            return self
                .roots
                .get(*top)
                .into_iter()
                .flatten()
                .map(|root| joined(root, &parts))
                .collect();
        }
        let mut folder = folder_and_stem(path).0;
        for _ in 1..dots {
            folder = split_last(folder).0;
        }
        vec![joined(folder, &parts)]
    }

    /// Tells whether a place is a delivered module or a folder of delivered ones.
    pub(super) fn exists(&self, place: &[u8]) -> bool {
        place.is_empty()
            || [b'.', b'/'].into_iter().any(|after| {
                let mut from = place.to_vec();
                from.push(after);
                self.delivered
                    .range(from.clone()..)
                    .next()
                    .is_some_and(|path| path.starts_with(&from))
            })
    }

    /// Tells whether `from place import name` finds something: a module of its own, or a name of the module.
    pub(super) fn provides(&self, place: &[u8], name: &[u8]) -> bool {
        if self.exists(&joined(place, &[name])) {
            return true;
        }
        let mut init = place.to_vec();
        init.push(b'/');
        let is_folder = self
            .delivered
            .range(init.clone()..)
            .next()
            .is_some_and(|path| path.starts_with(&init));
        if !is_folder {
            return self.exists(place);
        }
        match self.bound.get(place) {
            Some(Some(names)) => names.contains(name),
            Some(None) => true,
            None => is_package(&self.delivered, place),
        }
    }
}

fn is_package(delivered: &BTreeSet<Vec<u8>>, folder: &[u8]) -> bool {
    if folder.is_empty() {
        return false;
    }
    ["py", "pyi"].iter().any(|end| {
        let mut init = folder.to_vec();
        init.extend_from_slice(b"/__init__.");
        init.extend_from_slice(end.as_bytes());
        delivered.contains(&init)
    })
}

/// Names that an `__init__` binds by itself; nothing when a wildcard or `__getattr__` may bind any.
fn names_bound(file: &ParsedFile<'_>) -> Option<HashSet<Vec<u8>>> {
    let mut names = HashSet::new();
    let mut skip = 0;
    for node in file.tree.nodes() {
        if node.index() < skip {
            continue;
        }
        // The name of a module that is imported from is not bound.
        if node.field() == Some("module_name") {
            skip = node.subtree_end();
            continue;
        }
        match node.kind() {
            "wildcard_import" => return None,
            // `from . import x` binds a module, which must be there itself.
            "import_from_statement" if is_dots(&node, file.text) => skip = node.subtree_end(),
            "import_statement" => skip = node.subtree_end(),
            "identifier" => {
                if node.text(file.text) == b"__getattr__" {
                    return None;
                }
                names.insert(node.text(file.text).to_vec());
            }
            _ => {}
        }
    }
    Some(names)
}

fn is_dots(import: &Node<'_>, text: &[u8]) -> bool {
    import
        .child_by_field("module_name")
        .is_some_and(|module| module.text(text).iter().all(|byte| *byte == b'.'))
}

fn joined(folder: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut whole = folder.to_vec();
    for part in parts {
        if !whole.is_empty() {
            whole.push(b'/');
        }
        whole.extend_from_slice(part);
    }
    whole
}

/// A path's folder, and its file name without extension.
fn folder_and_stem(path: &[u8]) -> (&[u8], &[u8]) {
    let (folder, name) = split_last(path);
    let dot = name.iter().position(|byte| *byte == b'.').unwrap_or(name.len());
    (folder, name.get(..dot).unwrap_or_default())
}

/// A path without its last component, and the component.
fn split_last(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(slash) => (
            path.get(..slash).unwrap_or_default(),
            path.get(slash.saturating_add(1)..).unwrap_or_default(),
        ),
        None => (b"", path),
    }
}
