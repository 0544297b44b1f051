//! Puts replacements and symlinks into a walked tree, folder by folder, each folder rebuilt once.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use super::symlink::{self, Candidate};
use super::{Flow, NoteKind, ProjectError, Projector, Walked, Warning};
use crate::object::{EntryKind, Kind, ObjectId, TreeEntry, read_as};
use crate::rules::components;

/// The longest symlink target that git hosts accept.
const LONGEST_TARGET: u64 = 4_096;

/// Entries to put into folders, by the path of the folder.
type Edits = BTreeMap<Vec<u8>, Vec<TreeEntry>>;

impl Projector<'_> {
    /// Puts in what the walk left open and returns the final root with what gave way.
    pub(super) fn assemble(
        &mut self,
        walked: &Walked,
        flow: &mut Flow<'_>,
    ) -> Result<(ObjectId, Vec<Warning>), ProjectError> {
        let mut warnings = Vec::new();
        let mut root = match walked.tree {
            Some(tree) => tree,
            None => self.keep_tree(&mut [])?,
        };
        let mut edits = Edits::new();
        for replacement in self.view.replacements() {
            let id = flow.sink.write(Kind::Blob, &replacement.bytes)?;
            put(&mut edits, &replacement.path, replacement.kind, id);
        }
        root = self.apply(root, edits, &mut warnings)?;

        let mut candidates = Vec::new();
        for note in walked.notes.iter() {
            match note.what {
                NoteKind::Submodule => warnings.push(Warning::Submodule {
                    path: note.path.clone(),
                }),
                NoteKind::UnsafeName => warnings.push(Warning::UnsafeName {
                    path: note.path.clone(),
                }),
                NoteKind::Symlink(blob) => {
                    if self.entry_at(root, &note.path)?.is_some() {
                        warnings.push(Warning::ReplacementOverrules {
                            path: note.path.clone(),
                        });
                        continue;
                    }
                    let small = flow
                        .source
                        .header(&blob)?
                        .is_some_and(|(_, size)| size <= LONGEST_TARGET);
                    let target = if small {
                        read_as(flow.source, &blob, Kind::Blob)?
                    } else {
                        Vec::new()
                    };
                    candidates.push(Candidate {
                        path: note.path.clone(),
                        target,
                    });
                }
            }
        }
        if candidates.is_empty() {
            return Ok((root, warnings));
        }
        let mut folders: HashMap<ObjectId, HashMap<Vec<u8>, (EntryKind, ObjectId)>> = HashMap::new();
        let (kept, dropped) = symlink::choose(&candidates, |path| {
            let mut at = root;
            let mut found = Some(EntryKind::Tree);
            for part in components(path) {
                if found != Some(EntryKind::Tree) {
                    return Ok(None);
                }
                let folder = match folders.entry(at) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(place) => {
                        let entries = self.kept_tree(&at)?.into_iter();
                        place.insert(
                            entries
                                .map(|entry| (entry.name, (entry.kind, entry.id)))
                                .collect(),
                        )
                    }
                };
                match folder.get(part) {
                    Some((kind, id)) => {
                        found = Some(*kind);
                        at = *id;
                    }
                    None => return Ok(None),
                }
            }
            Ok::<_, ProjectError>(found)
        })?;
        warnings.extend(
            dropped
                .into_iter()
                .map(|(path, problem)| Warning::Symlink { path, problem }),
        );
        let mut edits = Edits::new();
        for link in kept {
            let id = flow.sink.write(Kind::Blob, &link.target)?;
            put(&mut edits, &link.path, EntryKind::Link, id);
        }
        root = self.apply(root, edits, &mut warnings)?;
        Ok((root, warnings))
    }

    /// Applies edits from the deepest folder upwards.
    fn apply(
        &mut self,
        root: ObjectId,
        mut edits: Edits,
        warnings: &mut Vec<Warning>,
    ) -> Result<ObjectId, ProjectError> {
        let depth_of = |path: &[u8]| components(path).count();
        let mut by_depth: BTreeMap<usize, Edits> = BTreeMap::new();
        while let Some((folder, entries)) = edits.pop_first() {
            by_depth
                .entry(depth_of(&folder))
                .or_default()
                .insert(folder, entries);
        }
        let mut root = root;
        while let Some((depth, edits)) = by_depth.pop_last() {
            for (folder, new) in edits {
                let mut entries: BTreeMap<Vec<u8>, TreeEntry> = match self.entry_at(root, &folder)? {
                    Some((EntryKind::Tree, id)) => self
                        .kept_tree(&id)?
                        .into_iter()
                        .map(|entry| (entry.name.clone(), entry))
                        .collect(),
                    Some(_) => {
                        warnings.push(Warning::ReplacementOverrules { path: folder.clone() });
                        BTreeMap::new()
                    }
                    None => BTreeMap::new(),
                };
                for entry in new {
                    let before = entries.insert(entry.name.clone(), entry.clone());
                    if before.is_some_and(|before| {
                        (before.kind == EntryKind::Tree) != (entry.kind == EntryKind::Tree)
                    }) {
                        let path = join(&folder, &entry.name);
                        warnings.push(Warning::ReplacementOverrules { path });
                    }
                }
                let mut entries: Vec<TreeEntry> = entries.into_values().collect();
                let id = self.keep_tree(&mut entries)?;
                if depth == 0 {
                    root = id;
                    continue;
                }
                let (parent, name) = split(&folder);
                let up = by_depth.entry(depth.saturating_sub(1)).or_default();
                let entry = TreeEntry {
                    name: name.to_vec(),
                    kind: EntryKind::Tree,
                    id,
                };
                up.entry(parent.to_vec()).or_default().push(entry);
            }
        }
        Ok(root)
    }

    fn entry_at(&self, root: ObjectId, path: &[u8]) -> Result<Option<(EntryKind, ObjectId)>, ProjectError> {
        let mut at = (EntryKind::Tree, root);
        for part in components(path) {
            if at.0 != EntryKind::Tree {
                return Ok(None);
            }
            match self
                .kept_tree(&at.1)?
                .into_iter()
                .find(|entry| entry.name == part)
            {
                Some(entry) => at = (entry.kind, entry.id),
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    }
}

fn put(edits: &mut Edits, path: &[u8], kind: EntryKind, id: ObjectId) {
    let (folder, name) = split(path);
    edits.entry(folder.to_vec()).or_default().push(TreeEntry {
        name: name.to_vec(),
        kind,
        id,
    });
}

/// Splits a path into its folder and its name.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(at) => (
            path.get(..at).unwrap_or_default(),
            path.get(at.saturating_add(1)..).unwrap_or_default(),
        ),
        None => (&[], path),
    }
}

fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() {
        name.to_vec()
    } else {
        [folder, b"/", name].concat()
    }
}
