//! The path rules of a view, compiled: ordered gitignore globs, the last one that matches wins, everything starts hidden.
//!
//! All patterns share one trie over path components, so a folder costs what can still match in it, not the number of rules.
//! A folder that no rule can still change is *settled*: it is passed or skipped whole, by tree id.
//!
//! A pattern without an inner slash matches at every depth; a leading slash anchors it; a trailing slash matches folders only;
//! a pattern that matches a folder covers everything below it. `{` is an ordinary character. Paths are bytes: no encoding is assumed.
//!
//! Refuses: `!`, empty patterns, components that git never matches (`a//b`, `./a`, `..`), and patterns past the bounds.

use std::collections::HashMap;

use ringfence_domain::view::{PathRule, Visibility};

use crate::glob::{Component, Glob, GlobError};

mod unused;

pub use unused::UnusedPattern;

/// The most patterns that a view may have.
pub const MOST_PATTERNS: usize = 20_000;
/// The longest pattern in bytes.
pub const LONGEST_PATTERN: usize = 4_096;

/// Why a set of rules was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// A pattern that cannot be meant as written.
    #[error("pattern {pattern:?} of rule {} is refused: {problem}", rule.saturating_add(1))]
    Pattern {
        /// Index of the rule, from 0.
        rule: usize,
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        problem: PatternProblem,
    },
    /// Too many patterns.
    #[error("the view has {found} patterns; the most is {MOST_PATTERNS}")]
    TooMany {
        /// How many were given.
        found: usize,
    },
}

/// What is wrong with one pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternProblem {
    /// `!pattern`.
    #[error("'!' is not used here: write a later rule with another visibility, or '\\!' for the character")]
    Negation,
    /// `#pattern`.
    #[error("it starts with '#', a comment in gitignore syntax: write '\\#' for the character")]
    Comment,
    /// Nothing but slashes.
    #[error("it is empty: write '*' for everything")]
    Empty,
    /// `a//b`.
    #[error("it has an empty component between two slashes, which matches nothing")]
    EmptyComponent,
    /// `.` or `..`.
    #[error("'.' and '..' match nothing: write paths from the root of the repository")]
    DotComponent,
    /// A space at the end.
    #[error("it ends with a space, which gitignore syntax ignores: write '\\ ' for the character")]
    TrailingSpace,
    /// A zero byte or line break.
    #[error("it contains a control character")]
    Control,
    /// Longer than [`LONGEST_PATTERN`].
    #[error("it is longer than {LONGEST_PATTERN} bytes")]
    TooLong,
    /// A slash inside a class or after a backslash.
    #[error("a slash cannot stand in a class or be escaped")]
    SlashInComponent,
    /// A component does not compile.
    #[error("{0}")]
    Glob(#[from] GlobError),
}

/// What the rules say about one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The visibility.
    pub visibility: Visibility,
    /// Index of the rule that decided, none when no rule matched.
    pub rule: Option<usize>,
    /// The pattern that decided, as written.
    pub pattern: Option<String>,
}

/// Where a walk through the folders stands: what may still match, and what has matched so far.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RuleState {
    nodes: Vec<u32>,
    matched: Option<u32>,
}

/// The compiled rules of a view.
#[derive(Clone, Debug)]
pub struct Rules {
    nodes: Vec<Node>,
    patterns: Vec<Pattern>,
}

#[derive(Clone, Debug)]
struct Pattern {
    rule: Option<usize>,
    text: String,
    visibility: Visibility,
}

#[derive(Clone, Copy, Debug)]
struct End {
    ordinal: u32,
    folders_only: bool,
}

#[derive(Clone, Debug, Default)]
struct Node {
    literals: HashMap<Vec<u8>, u32>,
    globs: Vec<(Glob, u32)>,
    any_depth: Option<u32>,
    loops: bool,
    ends: Vec<End>,
    /// The highest ordinal that can be reached below here, for each visibility.
    reach: [Option<u32>; 4],
}

enum Segment {
    AnyDepth,
    One(Component),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum EntryKind {
    Folder,
    File,
}

impl Rules {
    /// Compiles the ordered rules of a view.
    ///
    /// # Errors
    /// When a pattern is refused or there are too many; names the rule, the pattern and the reason.
    pub fn compile(rules: &[PathRule]) -> Result<Self, RuleError> {
        let found = rules
            .iter()
            .fold(0_usize, |sum, rule| sum.saturating_add(rule.paths.len()));
        if found > MOST_PATTERNS {
            return Err(RuleError::TooMany { found });
        }
        let mut compiled = Self {
            nodes: vec![Node::default()],
            patterns: Vec::with_capacity(found),
        };
        for (index, rule) in rules.iter().enumerate() {
            for text in &rule.paths {
                let (segments, folders_only) = parse(text).map_err(|problem| RuleError::Pattern {
                    rule: index,
                    pattern: text.clone(),
                    problem,
                })?;
                let pattern = Pattern {
                    rule: Some(index),
                    text: text.clone(),
                    visibility: rule.visibility,
                };
                compiled.insert(segments, folders_only, pattern);
            }
        }
        Ok(compiled)
    }

    /// Adds exact paths that are hidden whatever the rules say, as the originals of replaced files are.
    #[must_use]
    pub fn hiding<'a>(mut self, paths: impl IntoIterator<Item = &'a [u8]>) -> Self {
        for path in paths {
            let segments = components(path)
                .map(|part| Segment::One(Component::Literal(part.to_vec())))
                .collect();
            let text = String::from_utf8_lossy(path).into_owned();
            self.insert(
                segments,
                false,
                Pattern {
                    rule: None,
                    text,
                    visibility: Visibility::Hidden,
                },
            );
        }
        self
    }

    /// Decides one file by its path from the root.
    #[must_use]
    pub fn decide(&self, path: &[u8]) -> Decision {
        let mut state = self.root();
        let mut parts = components(path).peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                return self.decide_in(&state, part);
            }
            state = self.enter(&state, part);
        }
        self.decision(None)
    }

    /// Says what a whole folder is, when no rule can still change anything below it.
    #[must_use]
    pub fn subtree(&self, folder: &[u8]) -> Option<Visibility> {
        let state = components(folder).fold(self.root(), |state, part| self.enter(&state, part));
        self.settled(&state)
    }

    /// The patterns with this visibility, in order.
    pub fn patterns_of(&self, visibility: Visibility) -> impl Iterator<Item = &str> {
        self.patterns
            .iter()
            .filter(move |pattern| pattern.visibility == visibility && pattern.rule.is_some())
            .map(|pattern| pattern.text.as_str())
    }

    /// The state at the root folder.
    #[must_use]
    pub fn root(&self) -> RuleState {
        let mut nodes = Vec::new();
        self.arrive(0, &mut nodes);
        RuleState { nodes, matched: None }
    }

    /// The state in the folder `name` of the folder that `state` describes.
    #[must_use]
    pub fn enter(&self, state: &RuleState, name: &[u8]) -> RuleState {
        let (mut nodes, matched) = self.advance(state, name, EntryKind::Folder);
        // What a later rule has already overruled cannot decide anything below.
        nodes.retain(|node| {
            self.node(*node)
                .is_some_and(|node| node.reach.iter().flatten().any(|reach| Some(*reach) > matched))
        });
        nodes.sort_unstable();
        nodes.dedup();
        RuleState { nodes, matched }
    }

    /// Decides the file `name` in the folder that `state` describes.
    #[must_use]
    pub fn decide_in(&self, state: &RuleState, name: &[u8]) -> Decision {
        self.decision(self.advance(state, name, EntryKind::File).1)
    }

    /// The visibility of the file `name` in the folder that `state` describes.
    #[must_use]
    pub fn visibility_in(&self, state: &RuleState, name: &[u8]) -> Visibility {
        self.visibility_of(self.advance(state, name, EntryKind::File).1)
    }

    /// The visibility of everything below the folder that `state` describes, when no rule can still change it.
    #[must_use]
    pub fn settled(&self, state: &RuleState) -> Option<Visibility> {
        let now = self.visibility_of(state.matched);
        let may_change = state
            .nodes
            .iter()
            .filter_map(|node| self.node(*node))
            .any(|node| {
                VISIBILITIES
                    .iter()
                    .zip(node.reach)
                    .any(|(visibility, reach)| *visibility != now && reach.is_some() && reach > state.matched)
            });
        (!may_change).then_some(now)
    }

    fn node(&self, index: u32) -> Option<&Node> {
        usize::try_from(index)
            .ok()
            .and_then(|index| self.nodes.get(index))
    }

    fn visibility_of(&self, matched: Option<u32>) -> Visibility {
        matched
            .and_then(|ordinal| self.patterns.get(usize::try_from(ordinal).ok()?))
            .map_or(Visibility::Hidden, |pattern| pattern.visibility)
    }

    fn decision(&self, matched: Option<u32>) -> Decision {
        match matched.and_then(|ordinal| self.patterns.get(usize::try_from(ordinal).ok()?)) {
            Some(pattern) => Decision {
                visibility: pattern.visibility,
                rule: pattern.rule,
                pattern: Some(pattern.text.clone()),
            },
            None => Decision {
                visibility: Visibility::Hidden,
                rule: None,
                pattern: None,
            },
        }
    }

    /// Stands on a node and, by `**`, on what it reaches without a component.
    fn arrive(&self, index: u32, nodes: &mut Vec<u32>) {
        nodes.push(index);
        if let Some(below) = self.node(index).and_then(|node| node.any_depth) {
            nodes.push(below);
        }
    }

    fn advance(&self, state: &RuleState, name: &[u8], kind: EntryKind) -> (Vec<u32>, Option<u32>) {
        let mut nodes = Vec::new();
        let mut matched = state.matched;
        for index in &state.nodes {
            let Some(node) = self.node(*index) else { continue };
            if node.loops {
                self.arrive(*index, &mut nodes);
            }
            let literal = node.literals.get(name).copied();
            let globs = node
                .globs
                .iter()
                .filter(|(glob, _)| glob.matches(name))
                .map(|(_, next)| *next);
            for next in literal.into_iter().chain(globs) {
                self.arrive(next, &mut nodes);
                for end in self
                    .node(next)
                    .map(|node| node.ends.as_slice())
                    .unwrap_or_default()
                {
                    if kind == EntryKind::Folder || !end.folders_only {
                        matched = matched.max(Some(end.ordinal));
                    }
                }
            }
        }
        (nodes, matched)
    }

    fn insert(&mut self, segments: Vec<Segment>, folders_only: bool, pattern: Pattern) {
        let ordinal = u32::try_from(self.patterns.len()).unwrap_or(u32::MAX);
        let visibility = pattern.visibility;
        self.patterns.push(pattern);
        let mut at = 0_u32;
        self.reach(at, visibility, ordinal);
        for segment in segments {
            at = self.child(at, segment);
            self.reach(at, visibility, ordinal);
        }
        if let Some(node) = self.node_mut(at) {
            node.ends.push(End {
                ordinal,
                folders_only,
            });
        }
    }

    fn reach(&mut self, at: u32, visibility: Visibility, ordinal: u32) {
        if let Some(node) = self.node_mut(at) {
            for (slot, of) in node.reach.iter_mut().zip(VISIBILITIES) {
                if of == visibility {
                    *slot = Some(ordinal);
                }
            }
        }
    }

    fn child(&mut self, at: u32, segment: Segment) -> u32 {
        let next = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let Some(node) = self.node_mut(at) else { return at };
        let found = match segment {
            Segment::AnyDepth => *node.any_depth.get_or_insert(next),
            Segment::One(Component::Literal(text)) => *node.literals.entry(text).or_insert(next),
            Segment::One(Component::Glob(glob)) => {
                match node.globs.iter().find(|(known, _)| *known == glob) {
                    Some((_, known)) => *known,
                    None => {
                        node.globs.push((glob, next));
                        next
                    }
                }
            }
        };
        if found == next {
            let loops = self.node(at).is_some_and(|node| node.any_depth == Some(next));
            self.nodes.push(Node {
                loops,
                ..Node::default()
            });
        }
        found
    }

    fn node_mut(&mut self, index: u32) -> Option<&mut Node> {
        usize::try_from(index)
            .ok()
            .and_then(|index| self.nodes.get_mut(index))
    }
}

const VISIBILITIES: [Visibility; 4] = [
    Visibility::Hidden,
    Visibility::Interface,
    Visibility::Read,
    Visibility::Write,
];

/// The non-empty components of a path.
pub(crate) fn components(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/').filter(|part| !part.is_empty())
}

/// Splits a pattern into components and says whether it matches folders only.
fn parse(text: &str) -> Result<(Vec<Segment>, bool), PatternProblem> {
    let bytes = text.as_bytes();
    if bytes.len() > LONGEST_PATTERN {
        return Err(PatternProblem::TooLong);
    }
    if bytes.iter().any(u8::is_ascii_control) {
        return Err(PatternProblem::Control);
    }
    match bytes.first() {
        Some(b'!') => return Err(PatternProblem::Negation),
        Some(b'#') => return Err(PatternProblem::Comment),
        _ => {}
    }
    if bytes.ends_with(b" ") && !bytes.ends_with(b"\\ ") {
        return Err(PatternProblem::TrailingSpace);
    }
    let (body, folders_only) = match bytes.strip_suffix(b"/") {
        Some(body) => (body, true),
        None => (bytes, false),
    };
    let (body, leading) = match body.strip_prefix(b"/") {
        Some(body) => (body, true),
        None => (body, false),
    };
    if body.is_empty() {
        return Err(PatternProblem::Empty);
    }
    let parts: Vec<&[u8]> = body.split(|byte| *byte == b'/').collect();
    let last = parts.len().saturating_sub(1);
    let mut segments = Vec::with_capacity(parts.len().saturating_add(1));
    if parts.len() == 1 && !leading {
        segments.push(Segment::AnyDepth);
    }
    for (index, part) in parts.into_iter().enumerate() {
        match part {
            b"" => return Err(PatternProblem::EmptyComponent),
            b"." | b".." => return Err(PatternProblem::DotComponent),
            // At the end it means everything inside; what it matches covers all that is below.
            b"**" if index < last => {
                if !matches!(segments.last(), Some(Segment::AnyDepth)) {
                    segments.push(Segment::AnyDepth);
                }
            }
            part => {
                let cut_by_slash = index < last || folders_only;
                let component = Component::compile(part).map_err(|problem| match problem {
                    GlobError::OpenClass | GlobError::TrailingBackslash if cut_by_slash => {
                        PatternProblem::SlashInComponent
                    }
                    problem => PatternProblem::Glob(problem),
                })?;
                segments.push(Segment::One(component));
            }
        }
    }
    Ok((segments, folders_only))
}
