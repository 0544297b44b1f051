//! Finds which file that was delivered a created file comes from, so that a moved or copied file keeps the owner's spellings.
//!
//! A copy carries its marks along: taken as typed it would bring the vendor's spellings into the owner's text. REFUSES to guess
//! beyond bounds: then a created file is taken as typed, as before.

use super::trees::{self, Change};
use crate::delivery::every_file;
use crate::error::Result;
use ringfence_syntax::Language;
use ringfence_view::object::{EntryKind, Kind, ObjectId, ObjectSource, read_as};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

/// Most created and most removed files of one commit that are compared by their lines.
const COMPARED: usize = 64;
/// Largest file compared by its lines.
const LARGEST: u64 = 1 << 20;

/// Where a created file comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// Its path in the parent commit.
    pub path: Vec<u8>,
    /// What was delivered there.
    pub delivered: trees::Entry,
    /// Whether it is gone from there.
    pub is_moved: bool,
}

impl Origin {
    /// In words for the owner's review.
    pub fn word(&self) -> String {
        let verb = if self.is_moved { "moved" } else { "copied" };
        format!("{verb} from {}", self.path.escape_ascii())
    }
}

fn is_file(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::Blob | EntryKind::BlobExecutable)
}

/// By path of each created file of a marked language: the file of the parent commit that it comes from.
pub(super) fn origins(
    source: &dyn ObjectSource,
    parent_tree: ObjectId,
    changes: &[Change],
    is_header: &dyn Fn(&[u8]) -> bool,
) -> Result<BTreeMap<Vec<u8>, Origin>> {
    let mut created: Vec<(&Change, trees::Entry)> = changes
        .iter()
        .filter(|change| change.old.is_none() && Language::from_path(&change.path).is_some())
        .filter_map(|change| Some((change, change.new.filter(|new| is_file(new.0))?)))
        .collect();
    let mut origins = BTreeMap::new();
    if created.is_empty() {
        return Ok(origins);
    }
    let removed: Vec<(&Change, trees::Entry)> = changes
        .iter()
        .filter(|change| change.new.is_none())
        .filter_map(|change| Some((change, change.old.filter(|old| is_file(old.0))?)))
        .collect();
    let mut by_blob: HashMap<ObjectId, Origin> = HashMap::new();
    for file in every_file(source, parent_tree)? {
        let delivered = (file.kind, file.blob);
        by_blob.entry(file.blob).or_insert(Origin {
            path: file.path,
            delivered,
            is_moved: false,
        });
    }
    for (change, old) in &removed {
        // A removed file is the likelier origin of the same bytes.
        by_blob.insert(old.1, moved(change, *old));
    }
    created.retain(|(change, new)| match by_blob.get(&new.1) {
        Some(origin) => {
            origins.insert(change.path.clone(), origin.clone());
            false
        }
        None => true,
    });
    let mut texts: HashMap<ObjectId, HashMap<Vec<u8>, usize>> = HashMap::new();
    for (change, new) in created.iter().take(COMPARED) {
        let language = Language::from_path(&change.path);
        let mut best: Option<(usize, Origin)> = None;
        for (other, old) in removed.iter().take(COMPARED) {
            if Language::from_path(&other.path) != language {
                continue;
            }
            for id in [new.1, old.1] {
                if let Entry::Vacant(place) = texts.entry(id) {
                    place.insert(lines(source, id, is_header)?);
                }
            }
            let (Some(left), Some(right)) = (texts.get(&old.1), texts.get(&new.1)) else {
                continue;
            };
            let alike = shared(left, right);
            let enough = alike.saturating_mul(2) > size(left).max(size(right));
            if enough && best.as_ref().is_none_or(|(most, _)| *most < alike) {
                best = Some((alike, moved(other, *old)));
            }
        }
        if let Some((_, origin)) = best {
            origins.insert(change.path.clone(), origin);
        }
    }
    Ok(origins)
}

fn moved(change: &Change, old: trees::Entry) -> Origin {
    Origin {
        path: change.path.clone(),
        delivered: old,
        is_moved: true,
    }
}

/// Lines with how many bytes each makes up, without header lines; empty for what is too large to be compared.
fn lines(
    source: &dyn ObjectSource,
    blob: ObjectId,
    is_header: &dyn Fn(&[u8]) -> bool,
) -> Result<HashMap<Vec<u8>, usize>> {
    let mut lines = HashMap::new();
    if source.header(&blob)?.is_none_or(|(_, size)| size > LARGEST) {
        return Ok(lines);
    }
    for line in read_as(source, &blob, Kind::Blob)?.split_inclusive(|byte| *byte == b'\n') {
        if is_header(line) {
            continue;
        }
        let bytes: &mut usize = lines.entry(line.trim_ascii().to_vec()).or_default();
        *bytes = bytes.saturating_add(line.len());
    }
    Ok(lines)
}

fn size(lines: &HashMap<Vec<u8>, usize>) -> usize {
    lines.values().sum()
}

fn shared(left: &HashMap<Vec<u8>, usize>, right: &HashMap<Vec<u8>, usize>) -> usize {
    left.iter()
        .filter_map(|(line, bytes)| Some((*bytes).min(*right.get(line)?)))
        .sum()
}
