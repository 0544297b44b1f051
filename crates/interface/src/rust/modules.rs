//! The tree of module files: who declares whom, which files form one crate, which are reached only through tests or not at all.
//!
//! INVARIANT: a file that no delivered module declares is not delivered: what nobody compiles is not needed, and it was often a test.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ringfence_syntax::Node;

use super::attributes;
use crate::engine::{Group, ParsedFile, text};
use crate::{HiddenReason, Shown};

/// One `mod name;`.
struct Declaration {
    name: Vec<u8>,
    /// Inline modules around it.
    inline: Vec<Vec<u8>>,
    /// Paths in `#[path = ".."]` and `cfg_attr(.., path = "..")`.
    paths: Vec<Vec<u8>>,
    only_for_tests: bool,
    /// Where its name is written.
    at: u32,
}

/// What is known about one file.
#[derive(Default)]
struct Entry {
    parents: BTreeSet<usize>,
    /// Files it declares, by the module's name.
    children: BTreeMap<Vec<u8>, BTreeSet<usize>>,
    /// Names of modules it declares whose file is not delivered.
    missing: BTreeSet<Vec<u8>>,
    /// Where those declarations have their names.
    missing_at: BTreeSet<u32>,
    /// Declarations whose files are in the group: where the name is, the name, the files.
    resolved: Vec<(u32, Vec<u8>, Vec<usize>)>,
    package: usize,
    hidden: Option<HiddenReason>,
    is_root: bool,
}

/// The module files of a group.
pub(super) struct ModuleTree {
    entries: Vec<Entry>,
}

impl ModuleTree {
    /// Reads the declarations of every file.
    pub(super) fn of(group: &Group<'_, '_>) -> ModuleTree {
        let declarations: Vec<Vec<Declaration>> = group.files.iter().map(|file| declarations(file)).collect();
        let places: BTreeMap<&[u8], usize> = group
            .files
            .iter()
            .enumerate()
            .map(|(place, file)| (file.path, place))
            .collect();
        let mut builder = Builder {
            group,
            declarations,
            places,
            tree: ModuleTree {
                entries: group.files.iter().map(|_| Entry::default()).collect(),
            },
            seen: BTreeSet::new(),
            tested: BTreeSet::new(),
        };
        builder.build();
        builder.tree
    }

    /// Files below a file, at any depth.
    pub(super) fn below(&self, place: usize) -> Vec<usize> {
        let mut found = BTreeSet::new();
        let mut open = vec![place];
        while let Some(next) = open.pop() {
            let children = self.entries.get(next).map(|entry| &entry.children);
            for child in children.into_iter().flat_map(|names| names.values()).flatten() {
                if *child != place && found.insert(*child) {
                    open.push(*child);
                }
            }
        }
        found.into_iter().collect()
    }

    /// Files above a file, at any distance.
    pub(super) fn ancestors(&self, place: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut open = vec![place];
        while let Some(next) = open.pop() {
            for parent in self
                .entries
                .get(next)
                .into_iter()
                .flat_map(|entry| &entry.parents)
            {
                if found.insert(*parent) {
                    open.push(*parent);
                }
            }
        }
        found
    }

    /// The crate a file is part of, as a number.
    pub(super) fn package(&self, place: usize) -> usize {
        self.entries.get(place).map_or(place, |entry| entry.package)
    }

    /// Why a file is not delivered.
    pub(super) fn hidden(&self, place: usize) -> Option<HiddenReason> {
        self.entries.get(place).and_then(|entry| entry.hidden)
    }

    /// Tells whether the module whose name stands at this offset has no delivered file.
    pub(super) fn is_missing(&self, place: usize, at: u32) -> bool {
        self.entries
            .get(place)
            .is_some_and(|entry| entry.missing_at.contains(&at))
    }

    /// Tells whether a path, written in this file inside of `inline` inline modules, goes through a module that is not delivered.
    pub(super) fn leads_nowhere(&self, place: usize, inline: usize, path: &[Vec<u8>]) -> bool {
        let mut at: Option<usize> = Some(place);
        let mut inline = inline;
        for (step, segment) in path.iter().enumerate() {
            let Some(here) = at else { return false };
            let Some(entry) = self.entries.get(here) else {
                return false;
            };
            match segment.as_slice() {
                b"crate" if step == 0 => {
                    inline = 0;
                    at = self.root_of(here);
                }
                b"self" => {}
                b"super" if inline > 0 => inline = inline.saturating_sub(1),
                b"super" => at = entry.parents.iter().next().copied(),
                _ if inline > 0 => return false,
                name if entry.missing.contains(name) && !entry.children.contains_key(name) => return true,
                name => {
                    at = entry
                        .children
                        .get(name)
                        .and_then(|files| files.iter().next().copied())
                }
            }
        }
        false
    }

    fn root_of(&self, place: usize) -> Option<usize> {
        if self.entries.get(place).is_some_and(|entry| entry.is_root) {
            return Some(place);
        }
        self.ancestors(place)
            .into_iter()
            .find(|above| self.entries.get(*above).is_some_and(|entry| entry.is_root))
    }
}

struct Builder<'g, 'a> {
    group: &'g Group<'g, 'a>,
    declarations: Vec<Vec<Declaration>>,
    places: BTreeMap<&'g [u8], usize>,
    tree: ModuleTree,
    /// Files with the folder rule under which they were read.
    seen: BTreeSet<(usize, bool)>,
    /// Files that a test module declares.
    tested: BTreeSet<usize>,
}

impl Builder<'_, '_> {
    fn build(&mut self) {
        let roots: Vec<usize> = (0..self.group.files.len())
            .filter(|place| self.is_root(*place))
            .collect();
        for root in roots {
            self.visit_from(root);
        }
        // Undeclared files that are delivered whole, or hold a program's `main`, are roots that only the manifest names.
        for place in 0..self.group.files.len() {
            let undeclared = !self.reached(place) && !self.tested.contains(&place);
            let program = self
                .group
                .files
                .get(place)
                .is_some_and(|file| file.shown == Shown::Whole || has_main(file));
            if undeclared && program {
                self.visit_from(place);
            }
        }
        for place in 0..self.group.files.len() {
            if self.reached(place) {
                continue;
            }
            let reason = if self.is_below_test(place) {
                HiddenReason::TestModule
            } else {
                HiddenReason::NotDeclared
            };
            if let Some(entry) = self.tree.entries.get_mut(place) {
                entry.hidden = Some(reason);
                entry.package = place;
            }
        }
        for place in 0..self.group.files.len() {
            let only_for_tests = self.group.files.get(place).is_some_and(|file| {
                file.tree.root().is_some_and(|root| {
                    root.children().any(|child| {
                        child.kind() == "inner_attribute_item"
                            && attributes::only_for_tests(child.text(file.text))
                    })
                })
            });
            if only_for_tests && let Some(entry) = self.tree.entries.get_mut(place) {
                entry.hidden = Some(HiddenReason::TestModule);
            }
        }
        self.forget_hidden();
    }

    /// Declarations of which every file is hidden count as missing.
    fn forget_hidden(&mut self) {
        let hidden: BTreeSet<usize> = (0..self.group.files.len())
            .filter(|place| {
                self.tree.hidden(*place).is_some()
                    && self
                        .group
                        .files
                        .get(*place)
                        .is_some_and(|file| file.is_interface())
            })
            .collect();
        for entry in &mut self.tree.entries {
            for (at, name, files) in &entry.resolved {
                if files.iter().all(|file| hidden.contains(file)) {
                    entry.missing.insert(name.clone());
                    entry.missing_at.insert(*at);
                    entry.children.remove(name);
                }
            }
        }
    }

    fn reached(&self, place: usize) -> bool {
        self.seen.contains(&(place, true)) || self.seen.contains(&(place, false))
    }

    /// A file whose path starts with the folder of a test module's file belongs to the test too.
    fn is_below_test(&self, place: usize) -> bool {
        let Some(file) = self.group.files.get(place) else {
            return false;
        };
        self.tested.contains(&place)
            || self.tested.iter().any(|tested| {
                self.group.files.get(*tested).is_some_and(|tested| {
                    let folder = if base_name(tested.path) == b"mod.rs" {
                        folder(tested.path).to_vec()
                    } else {
                        [tested.path.strip_suffix(b".rs").unwrap_or(tested.path), b"/"].concat()
                    };
                    file.path.starts_with(&folder)
                })
            })
    }

    fn is_root(&self, place: usize) -> bool {
        let Some(file) = self.group.files.get(place) else {
            return false;
        };
        let name = base_name(file.path);
        let named = matches!(name, b"lib.rs" | b"main.rs" | b"build.rs");
        let mut parts: Vec<&[u8]> = file.path.split(|byte| *byte == b'/').rev().skip(1).collect();
        let parent = parts.first().copied().unwrap_or_default();
        if !parts.is_empty() {
            parts.remove(0);
        }
        let targets = matches!(parent, b"tests" | b"benches" | b"examples" | b"fuzz_targets")
            && !parts.contains(&b"src".as_slice());
        let programs = parent == b"bin" && parts.first() == Some(&b"src".as_slice());
        let told = self
            .group
            .options
            .roots
            .iter()
            .any(|root| root.as_slice() == file.path);
        named || targets || programs || told
    }

    fn visit_from(&mut self, root: usize) {
        let package = self
            .tree
            .entries
            .get(root)
            .filter(|_| self.reached(root))
            .map_or(root, |entry| entry.package);
        if let Some(entry) = self.tree.entries.get_mut(root) {
            entry.is_root = true;
        }
        let mut open = VecDeque::from([(root, true)]);
        while let Some((place, owns_folder)) = open.pop_front() {
            self.join(place, package);
            if self.seen.insert((place, owns_folder)) {
                open.extend(self.visit(place, owns_folder));
            }
        }
    }

    /// Puts a file into a crate; two crates that share a file become one.
    fn join(&mut self, place: usize, package: usize) {
        let fresh = !self.reached(place);
        let Some(entry) = self.tree.entries.get_mut(place) else {
            return;
        };
        let old = entry.package;
        entry.package = package;
        if !fresh && old != package {
            for entry in &mut self.tree.entries {
                if entry.package == old {
                    entry.package = package;
                }
            }
        }
    }

    /// Resolves the declarations of one file; gives the files to go on with.
    fn visit(&mut self, place: usize, owns_folder: bool) -> Vec<(usize, bool)> {
        let mut next = Vec::new();
        let Some(file) = self.group.files.get(place) else {
            return next;
        };
        let whole = file.shown == Shown::Whole;
        let Some(declarations) = self.declarations.get(place) else {
            return next;
        };
        for declaration in declarations {
            let candidates = candidates(file.path, owns_folder, declaration);
            let mut delivered = false;
            let mut files = Vec::new();
            for (path, owns) in &candidates {
                delivered = delivered || self.group.delivered.contains(path.as_slice());
                let Some(child) = self.places.get(path.as_slice()).copied() else {
                    continue;
                };
                if declaration.only_for_tests && !whole {
                    self.tested.insert(child);
                    continue;
                }
                next.push((child, *owns));
                files.push(child);
                if let Some(entry) = self.tree.entries.get_mut(child) {
                    entry.parents.insert(place);
                }
                if let Some(entry) = self.tree.entries.get_mut(place) {
                    entry
                        .children
                        .entry(declaration.name.clone())
                        .or_default()
                        .insert(child);
                }
            }
            if !files.is_empty()
                && let Some(entry) = self.tree.entries.get_mut(place)
            {
                entry
                    .resolved
                    .push((declaration.at, declaration.name.clone(), files));
            }
            if !delivered && let Some(entry) = self.tree.entries.get_mut(place) {
                entry.missing.insert(declaration.name.clone());
                entry.missing_at.insert(declaration.at);
            }
        }
        next
    }
}

fn base_name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
}

/// The folder of a path, with its slash; empty at the root.
fn folder(path: &[u8]) -> &[u8] {
    let end = path
        .iter()
        .rposition(|byte| *byte == b'/')
        .map_or(0, |at| at.saturating_add(1));
    path.get(..end).unwrap_or_default()
}

/// The files a declaration may mean, each with whether modules in it are looked for in its own folder.
fn candidates(path: &[u8], owns_folder: bool, declaration: &Declaration) -> Vec<(Vec<u8>, bool)> {
    let own = folder(path);
    let owns = owns_folder || base_name(path) == b"mod.rs";
    let mut base = if owns {
        own.to_vec()
    } else {
        [path.strip_suffix(b".rs").unwrap_or(path), b"/"].concat()
    };
    let mut found = Vec::new();
    for written in &declaration.paths {
        // `path` counts from the file's folder; inside of inline modules from theirs.
        let mut from = if declaration.inline.is_empty() {
            own.to_vec()
        } else {
            base.clone()
        };
        for part in &declaration.inline {
            from.extend_from_slice(part);
            from.push(b'/');
        }
        from.extend_from_slice(written);
        found.push((normal(&from), true));
    }
    for part in &declaration.inline {
        base.extend_from_slice(part);
        base.push(b'/');
    }
    base.extend_from_slice(&declaration.name);
    found.push(([base.as_slice(), b".rs"].concat(), false));
    found.push(([base.as_slice(), b"/mod.rs"].concat(), true));
    found
}

/// A path without `.` and `..`.
pub(crate) fn normal(path: &[u8]) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join(&b'/')
}

fn declarations(file: &ParsedFile<'_>) -> Vec<Declaration> {
    let mut found = Vec::new();
    for node in file.tree.nodes() {
        match node.kind() {
            "mod_item" if node.child_by_field("body").is_none() => {
                let Some(name) = node.child_by_field("name") else {
                    continue;
                };
                let own = attributes::of_item(&node);
                let written: Vec<&[u8]> = own.iter().map(|one| one.text(file.text)).collect();
                let in_test = node
                    .ancestors()
                    .filter(|above| above.kind() == "mod_item")
                    .any(|above| {
                        attributes::of_item(&above)
                            .iter()
                            .any(|one| attributes::only_for_tests(one.text(file.text)))
                    });
                found.push(Declaration {
                    name: name.text(file.text).to_vec(),
                    inline: inline_of(&node, file.text),
                    paths: written.iter().flat_map(|one| paths_in(one)).collect(),
                    only_for_tests: in_test || written.iter().any(|one| attributes::only_for_tests(one)),
                    at: name.start(),
                });
            }
            "mod" if node.parent().is_some_and(|parent| parent.kind() == "token_tree") => {
                let name = node.next_sibling();
                let semicolon = name.and_then(|name| name.next_sibling());
                if let (Some(name), Some(b";")) = (name, semicolon.map(|node| node.text(file.text))) {
                    found.push(Declaration {
                        name: name.text(file.text).to_vec(),
                        inline: inline_of(&node, file.text),
                        paths: Vec::new(),
                        only_for_tests: false,
                        at: name.start(),
                    });
                }
            }
            _ => {}
        }
    }
    found
}

/// The names of the inline modules around a node, outermost first.
fn inline_of(node: &Node<'_>, source: &[u8]) -> Vec<Vec<u8>> {
    let mut names: Vec<Vec<u8>> = node
        .ancestors()
        .filter(|above| above.kind() == "mod_item")
        .filter_map(|above| above.child_by_field("name"))
        .map(|name| name.text(source).to_vec())
        .collect();
    names.reverse();
    names
}

/// Every `path = ".."` in an attribute.
fn paths_in(attribute: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for word in text::words(attribute, 0..text::length(attribute)) {
        if text::slice(attribute, &word) != b"path" {
            continue;
        }
        let rest = attribute.get(word.end as usize..).unwrap_or_default();
        let mut parts = rest.split(|byte| *byte == b'"');
        let between = parts.next().unwrap_or_default();
        if between
            .iter()
            .all(|byte| byte.is_ascii_whitespace() || *byte == b'=')
        {
            found.extend(parts.next().map(<[u8]>::to_vec));
        }
    }
    found
}

fn has_main(file: &ParsedFile<'_>) -> bool {
    file.tree.root().is_some_and(|root| {
        root.children().any(|item| {
            item.kind() == "function_item"
                && item
                    .child_by_field("name")
                    .is_some_and(|name| name.text(file.text) == b"main")
        })
    })
}
