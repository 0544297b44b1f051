//! Whether a commit message names what the view hides: such a message does not pass, whatever the policy for messages is.
//!
//! A name counts when a hidden file or folder of the commit's own tree, or of its parents', has it and nothing that is shown has: a
//! path or its end, a file's name, a folder, a module (the file's name without its ending). Words too common to be names count only
//! as part of a path. INVARIANT: a function of the message, the rules and those trees alone, so that projecting again, at once or
//! commit by commit, gives the same ids. Fails closed: what may be a name is one.
//!
//! Names of trees are read, never a hidden file. From one commit to the next only folders that differ are opened.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use ringfence_domain::choice::Authors;
use ringfence_domain::view::Visibility;

use super::passed_message;
use crate::check::is_ordinary;
use crate::object::{
    CommitText, EntryKind, Kind, ObjectError, ObjectId, ObjectSource, TreeEntry, parse_tree, read_as,
    read_commit,
};
use crate::project::{Limits, ProjectError, ViewRules};
use crate::rules::RuleState;

/// Parents whose trees are looked at.
const MOST_PARENTS: usize = 16;
/// Bytes of a message that are looked at; a longer one does not pass.
const LONGEST_MESSAGE: usize = 1 << 20;
/// Shorter words are no names.
const SHORTEST: usize = 3;

/// Words of commit messages that are names of files everywhere.
const COMMON: &[&str] = &[
    "add", "added", "adds", "all", "and", "bug", "bugs", "bump", "cache", "change", "changes", "check",
    "checks", "clean", "cleanup", "code", "command", "commands", "commit", "copy", "core", "create",
    "delete", "dev", "error", "errors", "fix", "fixed", "fixes", "for", "format", "from", "handle", "helper",
    "helpers", "history", "import", "info", "init", "initial", "first", "list", "load", "log", "main",
    "master", "merge", "more", "move", "name", "new", "node", "now", "old", "only", "options", "output",
    "page", "parse", "path", "print", "read", "refactor", "release", "remove", "rename", "report", "reset",
    "restore", "revert", "run", "save", "search", "set", "setup", "show", "sort", "start", "state", "status",
    "step", "stop", "store", "style", "support", "sync", "table", "task", "tasks", "test", "text", "the",
    "time", "todo", "typo", "update", "updates", "use", "user", "users", "value", "values", "version",
    "view", "views", "wip", "with", "work", "write",
];

/// How often a name occurs.
#[derive(Clone, Copy, Default)]
struct Count {
    hidden: u32,
    shown: u32,
}

/// The names of one tree, moved from tree to tree.
#[derive(Default)]
pub(super) struct HiddenNames {
    at: Option<ObjectId>,
    counts: HashMap<Vec<u8>, Count>,
}

/// A folder to compare: its path, both versions, and the rules there.
struct Folder {
    path: Vec<u8>,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
    state: RuleState,
    depth: usize,
}

impl HiddenNames {
    /// Says whether a message names something hidden of any of these trees.
    pub fn named_in(
        &mut self,
        message: &[u8],
        trees: &[ObjectId],
        (view, limits): (&ViewRules, Limits),
        source: &dyn ObjectSource,
    ) -> Result<bool, ProjectError> {
        if message.len() > LONGEST_MESSAGE {
            return Ok(true);
        }
        let words = words(message);
        if words.is_empty() {
            return Ok(false);
        }
        for tree in trees {
            self.move_to(*tree, view, limits, source)?;
            if words.iter().any(|word| self.is_hidden(word)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_hidden(&self, word: &[u8]) -> bool {
        self.counts
            .get(word)
            .is_some_and(|count| count.hidden > 0 && count.shown == 0)
    }

    fn move_to(
        &mut self,
        tree: ObjectId,
        view: &ViewRules,
        limits: Limits,
        source: &dyn ObjectSource,
    ) -> Result<(), ProjectError> {
        if self.at == Some(tree) {
            return Ok(());
        }
        let mut looked_at = 0_u64;
        let mut waiting = vec![Folder {
            path: Vec::new(),
            old: self.at.take(),
            new: Some(tree),
            state: view.rules().root(),
            depth: 0,
        }];
        while let Some(folder) = waiting.pop() {
            if folder.depth > limits.depth {
                return Err(ProjectError::TooDeep {
                    path: folder.path.escape_ascii().to_string(),
                    limit: limits.depth,
                });
            }
            let (old, new) = (entries(folder.old, source)?, entries(folder.new, source)?);
            looked_at = looked_at
                .saturating_add(u64::try_from(old.len().saturating_add(new.len())).unwrap_or(u64::MAX));
            if looked_at > limits.entries.saturating_mul(2) {
                return Err(ProjectError::TooMany {
                    limit: limits.entries,
                });
            }
            let mut pairs: HashMap<&[u8], (Option<&TreeEntry>, Option<&TreeEntry>)> = HashMap::new();
            for entry in &old {
                pairs.entry(&entry.name).or_default().0 = Some(entry);
            }
            for entry in &new {
                pairs.entry(&entry.name).or_default().1 = Some(entry);
            }
            for (name, (before, after)) in pairs {
                let same = |entry: Option<&TreeEntry>| entry.map(|entry| (entry.kind, entry.id));
                if same(before) == same(after) {
                    continue;
                }
                let mut path = folder.path.clone();
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(name);
                let tree_of = |entry: Option<&TreeEntry>| {
                    entry
                        .filter(|entry| entry.kind == EntryKind::Tree)
                        .map(|entry| entry.id)
                };
                let is_file =
                    |entry: Option<&TreeEntry>| entry.is_some_and(|entry| entry.kind != EntryKind::Tree);
                if is_file(before) != is_file(after) {
                    let replaced = view
                        .replacements()
                        .binary_search_by(|known| known.path.as_slice().cmp(&path))
                        .is_ok();
                    let shown =
                        replaced || view.rules().visibility_in(&folder.state, name) > Visibility::Hidden;
                    self.count(&path, shown, is_file(after));
                }
                let (left, right) = (tree_of(before), tree_of(after));
                if left != right {
                    waiting.push(Folder {
                        path,
                        old: left,
                        new: right,
                        state: view.rules().enter(&folder.state, name),
                        depth: folder.depth.saturating_add(1),
                    });
                }
            }
        }
        self.at = Some(tree);
        Ok(())
    }

    /// Adds or takes away the names of one file.
    fn count(&mut self, path: &[u8], shown: bool, added: bool) {
        for name in names_of(path) {
            let count = match self.counts.entry(name) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(_) if !added => continue,
                Entry::Vacant(place) => place.insert(Count::default()),
            };
            let side = if shown {
                &mut count.shown
            } else {
                &mut count.hidden
            };
            *side = if added {
                side.saturating_add(1)
            } else {
                side.saturating_sub(1)
            };
        }
    }
}

fn entries(tree: Option<ObjectId>, source: &dyn ObjectSource) -> Result<Vec<TreeEntry>, ProjectError> {
    match tree {
        Some(tree) => Ok(parse_tree(&tree, &read_as(source, &tree, Kind::Tree)?)?),
        None => Ok(Vec::new()),
    }
}

/// As names are compared: without case, `-` as `_`.
fn folded(name: &[u8]) -> Vec<u8> {
    name.iter()
        .map(|byte| match byte {
            b'-' => b'_',
            other => other.to_ascii_lowercase(),
        })
        .collect()
}

/// The names by which a file may be meant: its path, the end of it, each folder, its name with and without ending; each once.
fn names_of(path: &[u8]) -> Vec<Vec<u8>> {
    let path = folded(path);
    let mut names = Vec::new();
    let parts: Vec<&[u8]> = path.split(|byte| *byte == b'/').collect();
    names.extend(parts.iter().map(|part| part.to_vec()));
    if let Some(last) = parts.last() {
        let stem = last.split(|byte| *byte == b'.').next().unwrap_or(last);
        names.push(stem.to_vec());
    }
    // Ends of two names and more, so that part of a path is known too.
    for start in 0..parts.len().saturating_sub(1).min(8) {
        let from = parts.len().saturating_sub(2).saturating_sub(start);
        names.push(parts.get(from..).unwrap_or_default().join(&b'/'));
    }
    if parts.len() > 1 {
        names.push(path.clone());
    }
    // And each folder by its path.
    for end in 2..parts.len() {
        names.push(parts.get(..end).unwrap_or_default().join(&b'/'));
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// The words of a message that may be names, as names are compared.
fn words(message: &[u8]) -> Vec<Vec<u8>> {
    let belongs = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || *byte >= 0x80
            || matches!(
                byte,
                b'_' | b'.' | b'-' | b'/' | b'\\' | b':' | b'@' | b'+' | b'~'
            )
    };
    let mut words = Vec::new();
    for run in message.split(|byte| !belongs(byte)) {
        let edge = |byte: &u8| matches!(byte, b'.' | b':' | b'/' | b'\\' | b'-' | b'@' | b'~' | b'+');
        let start = run.iter().position(|byte| !edge(byte)).unwrap_or(run.len());
        let end = run
            .iter()
            .rposition(|byte| !edge(byte))
            .map_or(start, |at| at.saturating_add(1));
        let Some(bare) = run.get(start..end).filter(|bare| !bare.is_empty()) else {
            continue;
        };
        // `.github` keeps its point.
        let pointed = start.checked_sub(1).and_then(|at| run.get(at)) == Some(&b'.');
        let whole: Vec<u8> = folded(bare)
            .into_iter()
            .map(|byte| if byte == b'\\' { b'/' } else { byte })
            .collect();
        let mut push = |word: &[u8]| {
            if word.len() >= SHORTEST && !is_common(word) {
                words.push(word.to_vec());
            }
        };
        push(&whole);
        if pointed {
            push(&[b".", whole.as_slice()].concat());
        }
        for part in whole.split(|byte| matches!(byte, b'/' | b':' | b'@' | b'~' | b'+')) {
            push(part);
            for inner in part.split(|byte| *byte == b'.') {
                push(inner);
            }
        }
        // `crate::pricing::margin` may be `pricing/margin`, and so may `shop.pricing.margin`.
        if whole.contains(&b':') || whole.contains(&b'.') {
            let parts: Vec<&[u8]> = whole
                .split(|byte| matches!(byte, b':' | b'.' | b'/'))
                .filter(|part| !part.is_empty())
                .collect();
            for pair in parts.windows(2) {
                push(&pair.join(&b'/'));
            }
        }
    }
    words.sort_unstable();
    words.dedup();
    words
}

fn is_common(word: &[u8]) -> bool {
    if word.contains(&b'/') || word.contains(&b'.') {
        return false;
    }
    let text = String::from_utf8_lossy(word);
    COMMON.contains(&text.as_ref()) || is_ordinary(word) || word.iter().all(u8::is_ascii_digit)
}

/// The commit's own tree and those of its parents, as far as they are there.
pub(super) fn trees_of(
    commit: &CommitText,
    source: &dyn ObjectSource,
) -> Result<Vec<ObjectId>, ProjectError> {
    let mut trees = vec![commit.tree];
    for parent in commit.parents.iter().take(MOST_PARENTS) {
        match read_commit(source, parent) {
            Ok(facts) => trees.push(facts.tree),
            // A shallow repository ends where its history was cut.
            Err(ObjectError::Missing { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    trees.dedup();
    Ok(trees)
}

/// How many messages of the owner's commits name what a view hides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NamingMessages {
    /// Messages looked at.
    pub looked_at: usize,
    /// Those that do not pass.
    pub withheld: usize,
    /// Whether there were more commits than were looked at.
    pub is_cut: bool,
}

/// Counts the messages, from a commit back to `until` or at most `most` of them, that would not pass.
///
/// # Errors
/// When a commit or a tree cannot be read.
pub fn naming_messages(
    view: &ViewRules,
    (tip, until, most): (ObjectId, Option<ObjectId>, usize),
    authors: Authors,
    source: &dyn ObjectSource,
) -> Result<NamingMessages, ProjectError> {
    let mut names = HiddenNames::default();
    let mut found = NamingMessages::default();
    let mut seen = std::collections::HashSet::new();
    let mut waiting = std::collections::VecDeque::from([tip]);
    while let Some(id) = waiting.pop_front() {
        if !seen.insert(id) {
            continue;
        }
        if found.looked_at >= most {
            found.is_cut = true;
            break;
        }
        let data = match read_as(source, &id, Kind::Commit) {
            Ok(data) => data,
            Err(ObjectError::Missing { .. }) if id != tip => continue,
            Err(error) => return Err(error.into()),
        };
        let commit = CommitText::read(&id, &data)?;
        let message = passed_message(&commit.message, authors == Authors::Keep);
        let trees = trees_of(&commit, source)?;
        found.looked_at = found.looked_at.saturating_add(1);
        if names.named_in(&message, &trees, (view, Limits::default()), source)? {
            found.withheld = found.withheld.saturating_add(1);
        }
        if until != Some(id) {
            waiting.extend(commit.parents);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_the_forms_in_which_they_are_written() {
        let has = |message: &str, word: &str| words(message.as_bytes()).contains(&word.as_bytes().to_vec());
        assert!(has("Rework Pricing of bundles", "pricing"));
        assert!(has("feat(pricing): faster", "pricing"));
        assert!(has(
            "see `crates/pricing/src/secret-margin.rs`.",
            "crates/pricing/src/secret_margin.rs"
        ));
        assert!(has("use crate::pricing::margin", "pricing/margin"));
        assert!(has("drop shop.pricing.margin", "margin"));
        assert!(has("in src\\pricing\\a.c", "src/pricing/a.c"));
        assert!(has("touch .umbrella/x", ".umbrella/x"));
        assert!(!has("Fix the tests, update docs; add 2024", "docs"));
        assert!(words(b"Fix the tests, update docs; add 2024").is_empty());
        let names = names_of(b"crates/Pricing/src/secret-margin.test.rs");
        for name in [
            "crates",
            "pricing",
            "src",
            "secret_margin.test.rs",
            "secret_margin",
            "src/secret_margin.test.rs",
            "crates/pricing",
            "crates/pricing/src",
            "crates/pricing/src/secret_margin.test.rs",
            "pricing/src/secret_margin.test.rs",
        ] {
            assert!(names.contains(&name.as_bytes().to_vec()), "{name}");
        }
        assert_eq!(names_of(b"a"), [b"a".to_vec()]);
    }
}
