//! What a view gives away: files and lines by visibility over the whole repository, and the list of paths.

use std::collections::HashMap;

use ringfence_domain::view::Visibility;

use super::{Limits, ProjectError, ViewRules};
use crate::object::{EntryKind, Kind, ObjectId, ObjectSource, parse_tree, read_as};
use crate::rules::{Decision, RuleState, Rules};

/// One path of the owner's tree and what the view makes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFile {
    /// Its path from the root.
    pub path: Vec<u8>,
    /// File, executable, symlink or submodule.
    pub kind: EntryKind,
    /// The owner's blob.
    pub blob: ObjectId,
    /// What the rules say.
    pub decision: Decision,
    /// Whether a replacement stands at this path.
    pub replaced: bool,
}

/// How much there is of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Files.
    pub files: u64,
    /// Lines of text files; a file past 8 MiB or with a zero byte counts none.
    pub lines: u64,
    /// Bytes.
    pub bytes: u64,
}

/// What a view gives away of a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exposure {
    /// Absent from the view.
    pub hidden: Tally,
    /// Shown as interface.
    pub interface: Tally,
    /// Delivered, not changeable.
    pub read: Tally,
    /// Delivered and changeable.
    pub write: Tally,
    /// Files that are delivered as given instead of the owner's.
    pub replaced: u64,
}

impl Exposure {
    /// The share of the repository's lines that is delivered, in thousandths.
    #[must_use]
    pub fn delivered_lines_per_mille(&self) -> u64 {
        let delivered = self.read.lines.saturating_add(self.write.lines);
        let all = delivered
            .saturating_add(self.hidden.lines)
            .saturating_add(self.interface.lines);
        delivered.saturating_mul(1_000).checked_div(all).unwrap_or(0)
    }
}

/// Lines of blobs already counted; keep it between runs.
#[derive(Clone, Debug, Default)]
pub struct LineCounts(HashMap<ObjectId, (u64, u64)>);

impl LineCounts {
    /// Lines and bytes of a blob.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(&mut self, blob: ObjectId, source: &dyn ObjectSource) -> Result<(u64, u64), ProjectError> {
        if let Some(known) = self.0.get(&blob) {
            return Ok(*known);
        }
        let counted = count(source, blob)?;
        self.0.insert(blob, counted);
        Ok(counted)
    }
}

/// Blobs larger than this are not read to count lines.
const LARGEST_COUNTED: u64 = 8 << 20;

/// Lists every file of the owner's tree with what the view makes of it, in path order of the walk.
///
/// # Errors
/// When an object is missing or malformed or a bound is passed.
pub fn list_files(
    view: &ViewRules,
    tree: ObjectId,
    source: &dyn ObjectSource,
    limits: Limits,
) -> Result<Vec<ListedFile>, ProjectError> {
    let rules = view.rules();
    let mut files = Vec::new();
    walk(
        tree,
        source,
        limits,
        rules.root(),
        |state, path, entry| match entry {
            Step::Folder(name) => Some(rules.enter(state, name)),
            Step::File { name, kind, id } => {
                let replaced = view
                    .replacements()
                    .binary_search_by(|known| known.path.as_slice().cmp(path))
                    .is_ok();
                let decision = rules.decide_in(state, name);
                files.push(ListedFile {
                    path: path.to_vec(),
                    kind,
                    blob: id,
                    decision,
                    replaced,
                });
                None
            }
        },
    )?;
    Ok(files)
}

/// Adds up files, lines and bytes by visibility.
///
/// # Errors
/// When a blob cannot be read.
pub fn exposure(
    view: &ViewRules,
    files: &[ListedFile],
    source: &dyn ObjectSource,
    counts: &mut LineCounts,
) -> Result<Exposure, ProjectError> {
    let mut sum = Exposure {
        replaced: u64::try_from(view.replacements().len()).unwrap_or(u64::MAX),
        ..Exposure::default()
    };
    for file in files.iter().filter(|file| file.kind != EntryKind::Commit) {
        let (lines, bytes) = counts.of(file.blob, source)?;
        let tally = match file.decision.visibility {
            Visibility::Hidden => &mut sum.hidden,
            Visibility::Interface => &mut sum.interface,
            Visibility::Read => &mut sum.read,
            Visibility::Write => &mut sum.write,
        };
        tally.files = tally.files.saturating_add(1);
        tally.lines = tally.lines.saturating_add(lines);
        tally.bytes = tally.bytes.saturating_add(bytes);
    }
    Ok(sum)
}

/// The first path of this tree that the old rules deliver and the new ones do not: a narrowing, which needs a new generation.
///
/// # Errors
/// When an object is missing or malformed or a bound is passed.
pub fn first_narrowed(
    old: &Rules,
    new: &Rules,
    tree: ObjectId,
    source: &dyn ObjectSource,
    limits: Limits,
) -> Result<Option<Vec<u8>>, ProjectError> {
    // What a recipient gets to know: nothing, signatures, everything.
    let level = |visibility: Visibility| match visibility {
        Visibility::Hidden => 0_u8,
        Visibility::Interface => 1,
        Visibility::Read | Visibility::Write => 2,
    };
    let mut found: Option<Vec<u8>> = None;
    walk(
        tree,
        source,
        limits,
        (old.root(), new.root()),
        |state: &(RuleState, RuleState), path, entry| match entry {
            Step::Folder(name) => {
                let next = (old.enter(&state.0, name), new.enter(&state.1, name));
                let nothing_lost = old.settled(&next.0).map(level) == Some(0)
                    || new.settled(&next.1).map(level) == Some(2)
                    || found.is_some();
                (!nothing_lost).then_some(next)
            }
            Step::File { name, .. } => {
                let before = level(old.visibility_in(&state.0, name));
                let lost = level(new.visibility_in(&state.1, name)) < before;
                if lost && found.is_none() {
                    found = Some(path.to_vec());
                }
                None
            }
        },
    )?;
    Ok(found)
}

pub(super) enum Step<'a> {
    Folder(&'a [u8]),
    File {
        name: &'a [u8],
        kind: EntryKind,
        id: ObjectId,
    },
}

/// Walks a tree with an explicit stack; the visitor gives the state of each folder to enter.
pub(super) fn walk<S>(
    tree: ObjectId,
    source: &dyn ObjectSource,
    limits: Limits,
    root: S,
    mut visit: impl FnMut(&S, &[u8], Step<'_>) -> Option<S>,
) -> Result<(), ProjectError> {
    let read = |id: ObjectId| -> Result<_, ProjectError> {
        Ok(parse_tree(&id, &read_as(source, &id, Kind::Tree)?)?.into_iter())
    };
    let mut stack = vec![(read(tree)?, root, 0_usize)];
    let mut path = Vec::new();
    let mut looked_at = 0_u64;
    while let Some((entries, state, length)) = stack.last_mut() {
        path.truncate(*length);
        let Some(entry) = entries.next() else {
            stack.pop();
            continue;
        };
        looked_at = looked_at.saturating_add(1);
        if looked_at > limits.entries {
            return Err(ProjectError::TooMany {
                limit: limits.entries,
            });
        }
        if *length > 0 {
            path.push(b'/');
        }
        path.extend_from_slice(&entry.name);
        if entry.kind == EntryKind::Tree {
            if let Some(next) = visit(state, &path, Step::Folder(&entry.name)) {
                let length = path.len();
                stack.push((read(entry.id)?, next, length));
            }
        } else {
            visit(
                state,
                &path,
                Step::File {
                    name: &entry.name,
                    kind: entry.kind,
                    id: entry.id,
                },
            );
        }
    }
    Ok(())
}

fn count(source: &dyn ObjectSource, blob: ObjectId) -> Result<(u64, u64), ProjectError> {
    let Some((_, bytes)) = source.header(&blob)? else {
        return Err(crate::object::ObjectError::Missing { id: blob }.into());
    };
    if bytes > LARGEST_COUNTED {
        return Ok((0, bytes));
    }
    let data = read_as(source, &blob, Kind::Blob)?;
    if data.contains(&0) {
        return Ok((0, bytes));
    }
    let breaks = data.iter().filter(|byte| **byte == b'\n').count();
    let open_end = usize::from(data.last().is_some_and(|byte| *byte != b'\n'));
    Ok((
        u64::try_from(breaks.saturating_add(open_end)).unwrap_or(u64::MAX),
        bytes,
    ))
}
