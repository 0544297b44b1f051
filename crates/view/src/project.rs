//! Projection: the tree that a recipient gets out of the owner's tree, and the history of such trees.
//!
//! INVARIANTS: hidden blobs are never read; a hidden folder that no rule can change is not opened; only what the projected root
//! reaches is written, trees included; the same input gives the same ids, whether projected at once or commit by commit.
//!
//! Left out with a [`Warning`]: submodules, symlinks whose target is not itself visible (the target would name what is hidden), and
//! names that git refuses. Refuses: trees nested or sized past [`Limits`].

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use ringfence_domain::view::{PathRule, Visibility};

use crate::object::{
    EntryKind, Kind, ObjectError, ObjectId, ObjectSink, ObjectSource, TreeEntry, encode_tree, id_of,
    parse_tree, read_as,
};
use crate::rules::{RuleError, RuleState, Rules};

mod assemble;
mod deliver;
pub mod exposure;
mod frame;
pub mod header;
pub mod history;
mod limits;
mod name;
pub mod narrowed;
pub mod shape;
mod symlink;
mod warning;

pub use deliver::{Deliver, Place, Unmarked};
use frame::Frame;
pub use limits::Limits;
pub(crate) use name::safe_name;
use shape::Overlay;
pub use warning::{SymlinkProblem, Warning};

/// Why a projection stopped. Nothing has been written to the recipient's branch then.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// An object of the owner or of the store could not be had.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// The rules do not compile.
    #[error(transparent)]
    Rules(#[from] RuleError),
    /// Folders nested too deeply.
    #[error("a folder is nested more than {limit} deep, which git itself does not check out: {path}")]
    TooDeep {
        /// Where.
        path: String,
        /// The bound.
        limit: usize,
    },
    /// Too many entries.
    #[error("the tree has more than {limit} entries that the view's rules have to look at")]
    TooMany {
        /// The bound.
        limit: u64,
    },
    /// A replacement at a path that cannot exist.
    #[error("replacement {path:?} is refused: {problem}")]
    Replacement {
        /// The path as declared.
        path: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Upstream no longer contains what was projected.
    #[error(
        "the upstream branch was rewritten: its tip {tip} no longer contains {old}, the last commit that was projected; nothing new was delivered; restore the branch, or open a new generation of the view"
    )]
    Rewritten {
        /// The last projected upstream commit.
        old: ObjectId,
        /// The new upstream tip.
        tip: ObjectId,
    },
    /// The commit from which on history is shown is not in it.
    #[error(
        "commit {start}, from which on the view shows history, is no ancestor of the upstream branch's tip {tip}"
    )]
    NoSuchStart {
        /// The declared commit.
        start: ObjectId,
        /// The upstream tip.
        tip: ObjectId,
    },
    /// Too many commits at once.
    #[error("more than {limit} new upstream commits since the last projection")]
    TooManyCommits {
        /// The bound.
        limit: usize,
    },
    /// The caller's [`Deliver`] failed.
    #[error("delivering {path} failed: {message}")]
    Deliver {
        /// The path.
        path: String,
        /// Why.
        message: String,
    },
}

/// A file that is delivered as given in place of the owner's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// Its path from the root. It is delivered there whether or not upstream has such a file.
    pub path: Vec<u8>,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether it is executable.
    pub kind: EntryKind,
}

/// What a view shows: compiled rules and replaced files.
#[derive(Clone, Debug)]
pub struct ViewRules {
    rules: Rules,
    replacements: Vec<Replacement>,
}

impl ViewRules {
    /// Compiles rules and replacements; the originals of replaced files are hidden whatever the rules say.
    ///
    /// # Errors
    /// When a pattern is refused, or a replacement has a path that cannot be delivered.
    pub fn new(rules: &[PathRule], mut replacements: Vec<Replacement>) -> Result<Self, ProjectError> {
        replacements.sort_by(|a, b| a.path.cmp(&b.path));
        let mut previous: Option<&[u8]> = None;
        for replacement in &replacements {
            let refuse = |problem| {
                Err(ProjectError::Replacement {
                    path: String::from_utf8_lossy(&replacement.path).into_owned(),
                    problem,
                })
            };
            if replacement
                .path
                .split(|byte| *byte == b'/')
                .any(|part| !safe_name(part))
            {
                return refuse("it must be a plain path from the root of the repository");
            }
            if !matches!(replacement.kind, EntryKind::Blob | EntryKind::BlobExecutable) {
                return refuse("only files can be replaced");
            }
            let path = replacement.path.as_slice();
            let collides = previous.is_some_and(|previous| {
                path.strip_prefix(previous)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
            });
            if collides {
                return refuse("another replacement has this path or a folder of it");
            }
            previous = Some(path);
        }
        let rules =
            Rules::compile(rules)?.hiding(replacements.iter().map(|replacement| replacement.path.as_slice()));
        Ok(Self { rules, replacements })
    }

    /// The compiled rules, with the originals of replaced files hidden.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The replaced files, sorted by path.
    #[must_use]
    pub fn replacements(&self) -> &[Replacement] {
        &self.replacements
    }
}

/// A projected tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectedTree {
    /// The tree that the recipient gets; the empty tree when nothing is visible.
    pub tree: ObjectId,
    /// What was left out or overruled, sorted.
    pub warnings: Vec<Warning>,
}

/// Projects trees of one view for one recipient, remembering what it has done.
pub struct Projector<'a> {
    view: &'a ViewRules,
    limits: Limits,
    /// The least that is delivered: `Interface` where interface texts were put in, otherwise `Read`.
    least: Visibility,
    /// Whoever called writes what the projected root reaches.
    write_later: bool,
    states: HashMap<RuleState, u32>,
    memo: HashMap<MemoKey, Walked>,
    trees: HashMap<ObjectId, Rc<[u8]>>,
    kept_bytes: usize,
}

/// What one folder becomes before symlinks and replacements are put in.
#[derive(Clone)]
struct Walked {
    tree: Option<ObjectId>,
    height: usize,
    notes: Rc<[Note]>,
}

/// Something found on the way, by its path below the folder.
#[derive(Clone)]
struct Note {
    path: Vec<u8>,
    what: NoteKind,
}

#[derive(Clone, Copy)]
enum NoteKind {
    Symlink(ObjectId),
    Submodule,
    UnsafeName,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct MemoKey {
    tree: ObjectId,
    state: StateKey,
    path: Option<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum StateKey {
    Settled(Visibility),
    Open(u32),
}

enum WalkState {
    Settled(Visibility),
    Open(RuleState),
}

/// Where objects come from, how they are changed and where they go, for one run.
pub struct Flow<'a> {
    /// The owner's objects.
    pub source: &'a dyn ObjectSource,
    /// Turns blobs into the recipient's.
    pub deliver: &'a mut dyn Deliver,
    /// The recipient's objects.
    pub sink: &'a mut dyn ObjectSink,
}

/// The most notes (symlinks, submodules) kept for one tree.
const MOST_NOTES: usize = 500_000;
/// Bytes of trees remembered before the memory is emptied between two commits.
const MOST_KEPT_BYTES: usize = 256 << 20;

impl<'a> Projector<'a> {
    /// Makes a projector that remembers nothing yet.
    #[must_use]
    pub fn new(view: &'a ViewRules, limits: Limits) -> Self {
        Self {
            view,
            limits,
            least: Visibility::Read,
            write_later: false,
            states: HashMap::new(),
            memo: HashMap::new(),
            trees: HashMap::new(),
            kept_bytes: 0,
        }
    }

    /// Projects one tree of the owner and writes what the recipient lacks of it.
    ///
    /// # Errors
    /// When an object is missing or malformed, a bound is passed, or reading, delivering or writing fails.
    pub fn project_tree(
        &mut self,
        tree: ObjectId,
        flow: &mut Flow<'_>,
    ) -> Result<ProjectedTree, ProjectError> {
        if self.kept_bytes > MOST_KEPT_BYTES {
            self.memo.clear();
            self.trees.clear();
            self.kept_bytes = 0;
        }
        let Some(shaped) = flow.deliver.shape(self.view, tree, self.limits, flow.source)? else {
            self.least = Visibility::Read;
            let patterns = self.view.rules.patterns_of(Visibility::Interface);
            let hidden = patterns.map(|pattern| Warning::InterfaceIsHidden {
                pattern: pattern.to_owned(),
            });
            return self.project_shaped(tree, hidden.collect(), flow);
        };
        self.least = Visibility::Interface;
        let overlay = Overlay {
            shaped: &shaped,
            below: flow.source,
        };
        let mut flow = Flow {
            source: &overlay,
            deliver: &mut *flow.deliver,
            sink: &mut *flow.sink,
        };
        self.project_shaped(shaped.tree, shaped.warnings().collect(), &mut flow)
    }

    fn project_shaped(
        &mut self,
        tree: ObjectId,
        mut warnings: Vec<Warning>,
        flow: &mut Flow<'_>,
    ) -> Result<ProjectedTree, ProjectError> {
        let walked = self.walk(tree, flow)?;
        let (root, found) = self.assemble(&walked, flow)?;
        warnings.extend(found);
        if !self.write_later {
            self.write_reached(root, flow.sink)?;
        }
        if root == ObjectId::empty_tree(gix_hash::Kind::Sha1) {
            warnings.push(Warning::NothingVisible);
        }
        warnings.sort();
        warnings.dedup();
        Ok(ProjectedTree { tree: root, warnings })
    }

    /// Walks the owner's tree with an explicit stack: depth costs memory, never the thread's stack.
    fn walk(&mut self, tree: ObjectId, flow: &mut Flow<'_>) -> Result<Walked, ProjectError> {
        let by_path = flow.deliver.depends_on_path();
        let mut path = Vec::new();
        let mut looked_at = 0_u64;
        let mut stack = Vec::new();
        let root = self.walk_state(self.view.rules.root());
        let mut done = self.open(tree, root, Vec::new(), &path, by_path, flow, &mut stack)?;
        let mut prepared = 0;
        loop {
            // A folder that was just opened.
            if stack.len() > prepared {
                self.prepare(&stack, &path, flow)?;
            }
            prepared = stack.len();
            let Some(frame) = stack.last_mut() else {
                return Ok(done.unwrap_or_else(|| Walked {
                    tree: None,
                    height: 0,
                    notes: Rc::new([]),
                }));
            };
            if let Some(walked) = done.take() {
                frame.take(&walked)?;
            }
            path.truncate(frame.path_length);
            let Some(entry) = frame.entries.next() else {
                done = stack.pop().map(|frame| self.close(frame)).transpose()?;
                continue;
            };
            looked_at = looked_at.saturating_add(1);
            if looked_at > self.limits.entries {
                return Err(ProjectError::TooMany {
                    limit: self.limits.entries,
                });
            }
            if frame.path_length > 0 {
                path.push(b'/');
            }
            path.extend_from_slice(&entry.name);
            if entry.kind == EntryKind::Tree {
                let state = match &frame.state {
                    WalkState::Settled(visibility) => WalkState::Settled(*visibility),
                    WalkState::Open(state) => self.walk_state(self.view.rules.enter(state, &entry.name)),
                };
                if stack.len() >= self.limits.depth && self.shows_something(&state) {
                    return Err(self.too_deep(&path));
                }
                done = self.open(entry.id, state, entry.name, &path, by_path, flow, &mut stack)?;
                continue;
            }
            let visibility = match &frame.state {
                WalkState::Settled(visibility) => *visibility,
                WalkState::Open(state) => self.view.rules.visibility_in(state, &entry.name),
            };
            if visibility < self.least {
                continue;
            }
            let note = match entry.kind {
                _ if !safe_name(&entry.name) => Some(NoteKind::UnsafeName),
                EntryKind::Link => Some(NoteKind::Symlink(entry.id)),
                EntryKind::Commit => Some(NoteKind::Submodule),
                _ => None,
            };
            match note {
                Some(what) => frame.note(Note {
                    path: entry.name,
                    what,
                })?,
                None => {
                    let place = Place {
                        path: &path,
                        kind: entry.kind,
                        blob: entry.id,
                        visibility,
                    };
                    let id = flow.deliver.deliver(place, flow.source, flow.sink)?;
                    frame.out.push(TreeEntry { id, ..entry });
                }
            }
        }
    }

    /// Answers from memory or puts a new frame on the stack.
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one step of the walk, borrowed apart"
    )]
    fn open(
        &mut self,
        tree: ObjectId,
        state: WalkState,
        name: Vec<u8>,
        path: &[u8],
        by_path: bool,
        flow: &Flow<'_>,
        stack: &mut Vec<Frame>,
    ) -> Result<Option<Walked>, ProjectError> {
        let nothing = |notes: Vec<Note>| {
            Ok(Some(Walked {
                tree: None,
                height: 0,
                notes: notes.into(),
            }))
        };
        if !self.shows_something(&state) {
            return nothing(Vec::new());
        }
        if !stack.is_empty() && !safe_name(&name) {
            return match stack.last_mut() {
                Some(parent) => {
                    parent.note(Note {
                        path: name,
                        what: NoteKind::UnsafeName,
                    })?;
                    Ok(None)
                }
                None => nothing(Vec::new()),
            };
        }
        let key = MemoKey {
            tree,
            state: self.state_key(&state),
            path: by_path.then(|| path.to_vec()),
        };
        if let Some(walked) = self.memo.get(&key) {
            if stack.len().saturating_add(walked.height) > self.limits.depth {
                return Err(self.too_deep(path));
            }
            let walked = walked.clone();
            if let Some(parent) = stack.last_mut() {
                parent.name = name;
            }
            return Ok(Some(walked));
        }
        let entries = parse_tree(&tree, &read_as(flow.source, &tree, Kind::Tree)?)?;
        if let Some(parent) = stack.last_mut() {
            parent.name = name;
        }
        stack.push(Frame {
            key,
            state,
            name: Vec::new(),
            path_length: path.len(),
            entries: entries.into_iter(),
            out: Vec::new(),
            notes: Vec::new(),
            height: 0,
        });
        Ok(None)
    }

    fn close(&mut self, mut frame: Frame) -> Result<Walked, ProjectError> {
        let tree = if frame.out.is_empty() {
            None
        } else {
            Some(self.keep_tree(&mut frame.out)?)
        };
        let walked = Walked {
            tree,
            height: frame.height.saturating_add(1),
            notes: Rc::from(std::mem::take(&mut frame.notes)),
        };
        self.kept_bytes = self
            .kept_bytes
            .saturating_add(frame.key.path.as_ref().map_or(0, Vec::len))
            .saturating_add(64);
        self.memo.insert(frame.key, walked.clone());
        Ok(walked)
    }

    /// Encodes a projected tree and keeps its bytes until something that is written reaches it.
    fn keep_tree(&mut self, entries: &mut [TreeEntry]) -> Result<ObjectId, ProjectError> {
        let data = encode_tree(entries);
        let id = id_of(Kind::Tree, &data)?;
        self.kept_bytes = self.kept_bytes.saturating_add(data.len());
        self.trees.entry(id).or_insert_with(|| data.into());
        Ok(id)
    }

    fn kept_tree(&self, id: &ObjectId) -> Result<Vec<TreeEntry>, ProjectError> {
        match self.trees.get(id) {
            Some(data) => Ok(parse_tree(id, data)?),
            None => Err(ObjectError::Missing { id: *id }.into()),
        }
    }

    /// Writes the kept trees that `root` reaches and the sink lacks, children first.
    fn write_reached(&self, root: ObjectId, sink: &mut dyn ObjectSink) -> Result<(), ProjectError> {
        let mut seen = HashSet::new();
        let mut order = Vec::new();
        let mut stack = vec![root];
        while let Some(id) = stack.pop() {
            if !seen.insert(id) || sink.contains(&id)? {
                continue;
            }
            order.push(id);
            let folders = self
                .kept_tree(&id)?
                .into_iter()
                .filter(|entry| entry.kind == EntryKind::Tree);
            stack.extend(folders.map(|entry| entry.id));
        }
        for id in order.iter().rev() {
            if let Some(data) = self.trees.get(id) {
                sink.write(Kind::Tree, data)?;
            }
        }
        Ok(())
    }

    fn walk_state(&self, state: RuleState) -> WalkState {
        match self.view.rules.settled(&state) {
            Some(visibility) => WalkState::Settled(visibility),
            None => WalkState::Open(state),
        }
    }

    fn state_key(&mut self, state: &WalkState) -> StateKey {
        match state {
            WalkState::Settled(visibility) => StateKey::Settled(*visibility),
            WalkState::Open(state) => {
                let next = u32::try_from(self.states.len()).unwrap_or(u32::MAX);
                match self.states.get(state) {
                    Some(known) => StateKey::Open(*known),
                    None => {
                        self.states.insert(state.clone(), next);
                        StateKey::Open(next)
                    }
                }
            }
        }
    }

    fn shows_something(&self, state: &WalkState) -> bool {
        match state {
            WalkState::Settled(visibility) => *visibility >= self.least,
            WalkState::Open(_) => true,
        }
    }

    fn too_deep(&self, path: &[u8]) -> ProjectError {
        let shown: String = String::from_utf8_lossy(path).chars().take(200).collect();
        ProjectError::TooDeep {
            path: shown,
            limit: self.limits.depth,
        }
    }
}
