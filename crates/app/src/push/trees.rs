//! Compares two trees path by path, and rewrites one at given paths. Iterative: depth comes from outside.

use crate::error::{AppError, Result};
use ringfence_git::receive::tree::fold_name;
use ringfence_view::object::{
    EntryKind, Kind, ObjectId, ObjectSink, ObjectSource, TreeEntry, encode_tree, parse_tree, read_as,
};
use std::collections::BTreeMap;

/// Most changed paths of one commit.
const MOST_CHANGES: usize = 100_000;

/// A file of a tree.
pub(crate) type Entry = (EntryKind, ObjectId);

/// One path whose entry differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub path: Vec<u8>,
    pub old: Option<Entry>,
    pub new: Option<Entry>,
}

fn entries(source: &dyn ObjectSource, tree: Option<ObjectId>) -> Result<BTreeMap<Vec<u8>, Entry>> {
    let Some(tree) = tree else {
        return Ok(BTreeMap::new());
    };
    let data = read_as(source, &tree, Kind::Tree)?;
    Ok(parse_tree(&tree, &data)?
        .into_iter()
        .map(|entry| (entry.name, (entry.kind, entry.id)))
        .collect())
}

fn joined(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() {
        return name.to_vec();
    }
    let mut path = folder.to_vec();
    path.push(b'/');
    path.extend_from_slice(name);
    path
}

fn split(entry: Option<Entry>) -> (Option<ObjectId>, Option<Entry>) {
    match entry {
        Some((EntryKind::Tree, id)) => (Some(id), None),
        other => (None, other),
    }
}

/// Every file that differs between two trees, sorted by path.
pub(crate) fn difference(
    source: &dyn ObjectSource,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    let mut waiting = vec![(Vec::new(), old, new)];
    while let Some((folder, old, new)) = waiting.pop() {
        if old == new {
            continue;
        }
        let (left, right) = (entries(source, old)?, entries(source, new)?);
        let names: std::collections::BTreeSet<&Vec<u8>> = left.keys().chain(right.keys()).collect();
        for name in names {
            let (was, is) = (left.get(name).copied(), right.get(name).copied());
            if was == is {
                continue;
            }
            let path = joined(&folder, name);
            let ((old_tree, old_file), (new_tree, new_file)) = (split(was), split(is));
            if old_file != new_file {
                if changes.len() >= MOST_CHANGES {
                    return Err(AppError::refused(
                        "taking the push",
                        format!("one commit changes more than {MOST_CHANGES} paths"),
                        "Split the commit",
                    ));
                }
                changes.push(Change {
                    path: path.clone(),
                    old: old_file,
                    new: new_file,
                });
            }
            if old_tree != new_tree {
                waiting.push((path, old_tree, new_tree));
            }
        }
    }
    changes.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(changes)
}

/// The entry at a path of a tree.
pub(crate) fn entry_at(source: &dyn ObjectSource, root: ObjectId, path: &[u8]) -> Result<Option<Entry>> {
    let mut at: Entry = (EntryKind::Tree, root);
    for name in path.split(|byte| *byte == b'/') {
        if at.0 != EntryKind::Tree {
            return Ok(None);
        }
        match entries(source, Some(at.1))?.get(name) {
            Some(next) => at = *next,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

/// The first entry beside a part of `path` whose name some systems take for that part, by its own path.
pub(crate) fn case_variant(
    source: &dyn ObjectSource,
    root: ObjectId,
    path: &[u8],
) -> Result<Option<Vec<u8>>> {
    let (mut tree, mut folder) = (Some(root), Vec::new());
    for part in path.split(|byte| *byte == b'/') {
        let known = entries(source, tree)?;
        let folded = fold_name(part);
        if let Some(name) = known
            .keys()
            .find(|name| name.as_slice() != part && fold_name(name) == folded)
        {
            return Ok(Some(joined(&folder, name)));
        }
        match known.get(part) {
            Some((EntryKind::Tree, id)) => tree = Some(*id),
            _ => return Ok(None),
        }
        folder = joined(&folder, part);
    }
    Ok(None)
}

/// Rewrites a tree at the given paths (none removes) and returns the new root. Folders that become empty go.
pub(crate) fn rewrite(
    source: &dyn ObjectSource,
    sink: &mut dyn ObjectSink,
    root: ObjectId,
    edits: &BTreeMap<Vec<u8>, Option<Entry>>,
) -> Result<ObjectId> {
    // Folders to rewrite, deepest first, so that each finds its rewritten children.
    let mut folders: BTreeMap<Vec<u8>, BTreeMap<Vec<u8>, Option<Entry>>> = BTreeMap::new();
    folders.entry(Vec::new()).or_default();
    for (path, entry) in edits {
        let mut child = path.as_slice();
        let mut value = Some(*entry);
        loop {
            let (folder, name) = match child.iter().rposition(|byte| *byte == b'/') {
                Some(at) => (
                    child.get(..at).unwrap_or_default(),
                    child.get(at.saturating_add(1)..).unwrap_or_default(),
                ),
                None => (&[][..], child),
            };
            let known = folders.entry(folder.to_vec()).or_default();
            if let Some(value) = value.take() {
                known.insert(name.to_vec(), value);
            }
            if folder.is_empty() {
                break;
            }
            child = folder;
        }
    }
    let mut order: Vec<Vec<u8>> = folders.keys().cloned().collect();
    order.sort_by_key(|folder| {
        std::cmp::Reverse(if folder.is_empty() {
            0
        } else {
            folder.split(|byte| *byte == b'/').count()
        })
    });
    let mut result = root;
    for folder in order {
        let present = if folder.is_empty() {
            Some(root)
        } else {
            match entry_at(source, root, &folder)? {
                Some((EntryKind::Tree, id)) => Some(id),
                _ => None,
            }
        };
        let mut items = entries(source, present)?;
        for (name, value) in folders.get(&folder).cloned().unwrap_or_default() {
            match value {
                Some(entry) => items.insert(name, entry),
                None => items.remove(&name),
            };
        }
        let mut list: Vec<TreeEntry> = items
            .into_iter()
            .map(|(name, (kind, id))| TreeEntry { name, kind, id })
            .collect();
        let empty = list.is_empty() && !folder.is_empty();
        let id = sink.write(Kind::Tree, &encode_tree(&mut list))?;
        if folder.is_empty() {
            result = id;
            continue;
        }
        let (parent, name) = match folder.iter().rposition(|byte| *byte == b'/') {
            Some(at) => (
                folder.get(..at).unwrap_or_default(),
                folder.get(at.saturating_add(1)..).unwrap_or_default(),
            ),
            None => (&[][..], folder.as_slice()),
        };
        let value = (!empty).then_some((EntryKind::Tree, id));
        let siblings = folders.entry(parent.to_vec()).or_default();
        // A file that takes the folder's place was asked for by an edit and stays.
        if !(empty && matches!(siblings.get(name), Some(Some(_)))) {
            siblings.insert(name.to_vec(), value);
        }
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ringfence_view::object::MemoryObjects;

    fn tree_of(objects: &mut MemoryObjects, files: &BTreeMap<String, String>) -> ObjectId {
        let root = objects.write(Kind::Tree, b"").unwrap();
        let edits = files
            .iter()
            .map(|(path, text)| {
                let id = objects.write(Kind::Blob, text.as_bytes()).unwrap();
                (path.clone().into_bytes(), Some((EntryKind::Blob, id)))
            })
            .collect();
        let snapshot = objects.clone();
        rewrite(&snapshot, objects, root, &edits).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn rewriting_by_the_difference_gives_the_other_tree(
            left in prop::collection::btree_map("[ab](/[ab]){0,3}\\.rs", "[xy]{1,3}", 0..12),
            right in prop::collection::btree_map("[ab](/[ab]){0,3}\\.rs", "[xy]{1,3}", 1..12),
        ) {
            let mut objects = MemoryObjects::default();
            let (old, new) = (tree_of(&mut objects, &left), tree_of(&mut objects, &right));
            let changes = difference(&objects, Some(old), Some(new)).unwrap();
            let edits = changes.iter().map(|change| (change.path.clone(), change.new)).collect();
            let snapshot = objects.clone();
            prop_assert_eq!(rewrite(&snapshot, &mut objects, old, &edits).unwrap(), new);
            let expected = left.iter().filter(|(path, text)| right.get(*path) != Some(text)).count()
                + right.keys().filter(|path| !left.contains_key(*path)).count();
            prop_assert_eq!(changes.len(), expected);
        }
    }
}
