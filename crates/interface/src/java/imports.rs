//! Imports and module declarations: what nothing names any more goes, with the names of what the view hides.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_syntax::Node;

use super::declare::Planner;
use super::{LINK, METHOD, TYPE, VALUE, uses, without_blanks};
use crate::engine::text::lines;
use crate::engine::{Group, NameGroup, Scope};

/// The paths that the view delivers, by what imports say.
#[derive(Default)]
pub(super) struct Delivered<'g> {
    by_name: BTreeMap<&'g [u8], Vec<&'g [u8]>>,
    folders: BTreeSet<&'g [u8]>,
    /// Two folders that follow each other, joined by a slash.
    pairs: BTreeSet<&'g [u8]>,
}

impl<'g> Delivered<'g> {
    /// Sorts the paths of a view.
    pub(super) fn of(group: &Group<'g, '_>) -> Delivered<'g> {
        let mut delivered = Delivered::default();
        for path in group.delivered {
            let end = path.iter().rposition(|byte| *byte == b'/');
            let (folder, name) = match end {
                Some(end) => (path.get(..end), path.get(end.saturating_add(1)..)),
                None => (None, Some(*path)),
            };
            delivered
                .by_name
                .entry(name.unwrap_or_default())
                .or_default()
                .push(path);
            let Some(folder) = folder.filter(|folder| delivered.folders.insert(folder)) else {
                continue;
            };
            let mut starts: Vec<usize> = vec![0];
            starts.extend(
                folder
                    .iter()
                    .zip(1..)
                    .filter(|(byte, _)| **byte == b'/')
                    .map(|(_, next)| next),
            );
            for (at, start) in starts.iter().enumerate() {
                let end = starts
                    .get(at.saturating_add(2))
                    .map_or(folder.len(), |next| next.saturating_sub(1));
                delivered.pairs.extend(folder.get(*start..end));
            }
        }
        delivered
    }

    /// Tells whether a type is in the view, or not of this repository at all: no file of the view has the first two parts of its package.
    fn is_elsewhere_or_delivered(&self, path: &[u8]) -> bool {
        let parts: Vec<&[u8]> = path.split(|byte| *byte == b'.').collect();
        let name = [last_part(path), b".java"].concat();
        let file = [parts.join(&b'/').as_slice(), b".java"].concat();
        let here = self
            .by_name
            .get(name.as_slice())
            .is_some_and(|paths| paths.iter().any(|path| ends_with_parts(path, &file)));
        let near: Vec<u8> = parts.iter().take(2).copied().collect::<Vec<_>>().join(&b'/');
        here || !self.pairs.contains(near.as_slice())
    }

    /// Tells whether the view delivers a file of a package.
    fn has_package(&self, package: &[u8]) -> bool {
        let folder: Vec<u8> = package
            .iter()
            .map(|byte| if *byte == b'.' { b'/' } else { *byte })
            .collect();
        self.folders.iter().any(|known| ends_with_parts(known, &folder))
    }
}

fn ends_with_parts(path: &[u8], end: &[u8]) -> bool {
    path.strip_suffix(end)
        .is_some_and(|before| before.is_empty() || before.ends_with(b"/"))
}

impl Planner<'_, '_, '_> {
    pub(super) fn import(&mut self, declaration: &Node<'_>) {
        let range = self.whole(declaration);
        let wildcard = declaration.children().any(|child| child.kind() == "asterisk");
        let Some(name) = declaration
            .named_children()
            .find(|child| matches!(child.kind(), "identifier" | "scoped_identifier"))
        else {
            return;
        };
        let path = without_blanks(name.text(self.source));
        let names = if wildcard {
            self.foreign_names()
        } else {
            vec![last_part(&path).to_vec()]
        };
        let mut channels = VALUE.and(METHOD).and(TYPE);
        // An import for a link alone must not name a type that the view hides: that would not compile.
        if !wildcard && self.facts.delivered.is_elsewhere_or_delivered(&path) {
            channels = channels.and(LINK);
        }
        let need = NameGroup {
            names,
            channels,
            scope: Scope::File,
        };
        self.plan.unit(range, vec![need], None);
    }

    /// Names that this file does not import one by one and its package does not declare.
    fn foreign_names(&self) -> Vec<Vec<u8>> {
        let mut known: BTreeSet<Vec<u8>> = self.facts.types.clone();
        let mut names = BTreeSet::new();
        for node in self.file.tree.nodes() {
            if node.kind() == "import_declaration" {
                if let Some(name) = node.named_children().next()
                    && !node.children().any(|child| child.kind() == "asterisk")
                {
                    known.insert(last_part(&without_blanks(name.text(self.source))).to_vec());
                }
            } else if uses::channels(&node).is_some() {
                names.insert(node.text(self.source).to_vec());
            }
        }
        names.into_iter().filter(|name| !known.contains(name)).collect()
    }

    /// Directives of a module that name a package or a type of which nothing is delivered.
    pub(super) fn module(&mut self, declaration: &Node<'_>) {
        let Some(body) = declaration.child_by_field("body") else {
            return;
        };
        for directive in body.named_children() {
            let named = |field: &str| {
                directive
                    .child_by_field(field)
                    .map(|name| without_blanks(name.text(self.source)))
            };
            let goes = match directive.kind() {
                "exports_module_directive" | "opens_module_directive" => {
                    named("package").is_some_and(|package| !self.facts.delivered.has_package(&package))
                }
                "uses_module_directive" => {
                    named("type").is_some_and(|kind| !self.facts.delivered.is_elsewhere_or_delivered(&kind))
                }
                "provides_module_directive" => directive
                    .named_children()
                    .filter(|child| matches!(child.kind(), "identifier" | "scoped_identifier"))
                    .any(|kind| {
                        !self
                            .facts
                            .delivered
                            .is_elsewhere_or_delivered(&without_blanks(kind.text(self.source)))
                    }),
                _ => false,
            };
            if goes {
                self.plan
                    .remove(lines(self.source, directive.start()..directive.end()));
            }
        }
    }
}

fn last_part(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'.').next().unwrap_or_default()
}
