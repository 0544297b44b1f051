//! A vendor's engineer at work, and the owner who takes it.

use crate::attack::stage::*;
use ringfence_testkit::GitRepository;

pub struct Team {
    pub stage: Stage,
    pub clone: GitRepository,
}

/// How the owner takes a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Merge,
    FastForward,
    Squash,
    Rebase,
}

pub const WAYS: [Way; 4] = [Way::Merge, Way::FastForward, Way::Squash, Way::Rebase];

impl Team {
    pub fn new(stage: Stage) -> Self {
        let clone = stage.clone_as(ADA, "ada");
        Self { stage, clone }
    }

    /// Starts a branch on what the owner has.
    pub fn start(&self, branch: &str) {
        self.clone.git(&["fetch", "-q", "origin"]);
        self.clone.git(&["checkout", "-q", "-B", branch, "origin/main"]);
    }

    /// Pushes the branch that is checked out; gives what git said.
    pub fn push(&self) -> String {
        push(&self.clone)
    }

    /// The owner accepts the newest submission of nordwind and takes it.
    pub fn take(&self, way: Way) {
        let branch = self.stage.accept_newest("nordwind");
        self.merge(&branch, way);
    }

    pub fn merge(&self, branch: &str, way: Way) {
        let owner = &self.stage.owner;
        match way {
            Way::Merge => {
                owner.git(&["merge", "-q", "--no-ff", "-m", "hush7319 merge", branch]);
            }
            Way::FastForward => {
                owner.git(&["merge", "-q", "--ff-only", branch]);
            }
            Way::Squash => {
                owner.git(&["merge", "-q", "--squash", branch]);
                owner.git(&["commit", "-q", "-m", "hush7319 squashed"]);
            }
            Way::Rebase => {
                // Something hidden came first, so that the rebase makes new commits.
                self.stage
                    .owner_commits(&[("pricing/moved.rs", branch.as_bytes())]);
                owner.git(&["rebase", "-q", "main", branch]);
                owner.git(&["checkout", "-q", "main"]);
                owner.git(&["merge", "-q", "--ff-only", branch]);
            }
        }
    }

    pub fn head(&self) -> String {
        self.clone.git(&["rev-parse", "HEAD"])
    }

    /// What the owner has, as the vendor gets it.
    pub fn pulled(&self) -> String {
        self.clone.git(&["fetch", "-q", "origin"]);
        self.clone.git(&["rev-parse", "origin/main"])
    }

    pub fn tree(&self, commit: &str) -> String {
        self.clone.git(&["ls-tree", "-r", commit])
    }

    pub fn contains(&self, commit: &str, ancestor: &str) -> bool {
        self.clone
            .try_git(&["merge-base", "--is-ancestor", ancestor, commit])
            .0
    }

    /// The pulled copy is byte for byte what was pushed, and holds the vendor's own commits where the way of the owner keeps them.
    pub fn comes_back(&self, pushed: &str, way: Way) {
        let pulled = self.pulled();
        assert_eq!(
            self.tree(&pulled),
            self.tree(pushed),
            "{way:?} of {}: {}",
            self.clone.git(&["rev-parse", "--abbrev-ref", "HEAD"]),
            self.clone.git(&["diff", "--stat", pushed, &pulled])
        );
        match way {
            Way::FastForward => assert_eq!(pulled, pushed),
            Way::Merge => assert!(self.contains(&pulled, pushed), "{way:?} lost the vendor's commit"),
            Way::Squash | Way::Rebase => assert!(!self.contains(&pulled, pushed), "{way:?}"),
        }
    }

    pub fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.clone.path().join(path)).unwrap()
    }

    pub fn owner_text(&self, path: &str) -> String {
        std::fs::read_to_string(self.stage.owner.path().join(path)).unwrap()
    }

    /// Notes for the owner's review on the newest submission.
    pub fn flags(&self) -> Vec<String> {
        let row = self.stage.newest_submission("nordwind");
        row["flags"]
            .as_array()
            .unwrap()
            .iter()
            .map(|flag| flag.as_str().unwrap().to_owned())
            .collect()
    }
}

pub fn push(clone: &GitRepository) -> String {
    let (worked, out, err) = clone.try_git(&["push", "--force", "origin", "HEAD"]);
    assert!(worked, "{out}{err}");
    err
}

/// Places where a line and the next stand once and side by side in both texts: (index in the first, index in the second). Not beside comments: a
/// line that joins one ends its paragraph from then on, which may carry a mark.
pub fn common_places(first: &str, second: &str) -> Vec<(usize, usize)> {
    let (left, right): (Vec<&str>, Vec<&str>) = (first.lines().collect(), second.lines().collect());
    let count = |lines: &[&str], line: &str| lines.iter().filter(|other| **other == line).count();
    left.windows(2)
        .enumerate()
        .filter(|(_, pair)| {
            pair.iter().all(|line| {
                line.trim().len() > 3
                    && !["//", "/*", "*", "# "]
                        .iter()
                        .any(|start| line.trim_start().starts_with(start))
                    && !line.trim_end().ends_with('\\')
                    && count(&left, line) == 1
                    && count(&right, line) == 1
            })
        })
        .filter_map(|(at, pair)| {
            let there = right.iter().position(|line| *line == pair[0])?;
            (right.get(there + 1) == Some(&pair[1])).then_some((at, there))
        })
        .collect()
}

/// A text with one line more after line `at`.
pub fn with_line(text: &str, at: usize, line: &str) -> String {
    let mut lines: Vec<&str> = text.split('\n').collect();
    lines.insert(at + 1, line);
    lines.join("\n")
}

/// A text with something added to line `at`.
pub fn with_end(text: &str, at: usize, more: &str) -> String {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    lines[at].push_str(more);
    lines.join("\n")
}

pub fn comment(path: &str, words: &str) -> String {
    if path.ends_with(".py") {
        format!("# {words}")
    } else {
        format!("// {words}")
    }
}

pub fn indent(line: &str) -> String {
    line.chars().take_while(|letter| letter.is_whitespace()).collect()
}
