//! One folder on the way of the walk, and what is said about its files before they are delivered.

use ringfence_domain::view::Visibility;

use super::{Flow, MOST_NOTES, MemoKey, Note, Place, ProjectError, Projector, WalkState, Walked, safe_name};
use crate::object::{EntryKind, TreeEntry};

/// Files of one folder that are told of at once; what is past them is delivered without.
const MOST_PREPARED: usize = 20_000;

/// A folder whose entries are being looked at.
pub(super) struct Frame {
    pub(super) key: MemoKey,
    pub(super) state: WalkState,
    pub(super) name: Vec<u8>,
    pub(super) path_length: usize,
    pub(super) entries: std::vec::IntoIter<TreeEntry>,
    pub(super) out: Vec<TreeEntry>,
    pub(super) notes: Vec<Note>,
    pub(super) height: usize,
}

impl Projector<'_> {
    /// Tells the deliverer of the files of the folder that was just opened.
    pub(super) fn prepare(
        &self,
        stack: &[Frame],
        path: &[u8],
        flow: &mut Flow<'_>,
    ) -> Result<(), ProjectError> {
        let Some(frame) = stack.last().filter(|_| flow.deliver.prepares()) else {
            return Ok(());
        };
        let files: Vec<(Vec<u8>, &TreeEntry, Visibility)> = frame
            .entries
            .as_slice()
            .iter()
            .take(MOST_PREPARED)
            .filter(|entry| matches!(entry.kind, EntryKind::Blob | EntryKind::BlobExecutable))
            .filter_map(|entry| {
                let visibility = match &frame.state {
                    WalkState::Settled(visibility) => *visibility,
                    WalkState::Open(state) => self.view.rules.visibility_in(state, &entry.name),
                };
                let mut whole = path.get(..frame.path_length).unwrap_or_default().to_vec();
                if !whole.is_empty() {
                    whole.push(b'/');
                }
                whole.extend_from_slice(&entry.name);
                (visibility >= self.least && safe_name(&entry.name)).then_some((whole, entry, visibility))
            })
            .collect();
        let places: Vec<Place<'_>> = files
            .iter()
            .map(|(path, entry, visibility)| Place {
                path,
                kind: entry.kind,
                blob: entry.id,
                visibility: *visibility,
            })
            .collect();
        flow.deliver.prepare(&places, flow.source)
    }
}

impl Frame {
    /// Takes in the folder that was just walked; its name was left in `self.name`.
    pub(super) fn take(&mut self, walked: &Walked) -> Result<(), ProjectError> {
        let name = std::mem::take(&mut self.name);
        self.height = self.height.max(walked.height);
        for note in walked.notes.iter() {
            let path = [name.as_slice(), b"/", note.path.as_slice()].concat();
            self.note(Note {
                path,
                what: note.what,
            })?;
        }
        if let Some(id) = walked.tree {
            self.out.push(TreeEntry {
                name,
                kind: EntryKind::Tree,
                id,
            });
        }
        Ok(())
    }

    pub(super) fn note(&mut self, note: Note) -> Result<(), ProjectError> {
        if self.notes.len() >= MOST_NOTES {
            return Err(ProjectError::TooMany {
                limit: u64::try_from(MOST_NOTES).unwrap_or(u64::MAX),
            });
        }
        self.notes.push(note);
        Ok(())
    }
}
