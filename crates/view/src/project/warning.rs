//! What a projection left out or overruled, for the owner's eyes.

use std::fmt;

use crate::rules::UnusedPattern;

/// Why a symlink was not delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SymlinkProblem {
    /// The target is an absolute path.
    Absolute,
    /// The target climbs out of the repository.
    LeavesTheTree,
    /// The target, or a folder on the way to it, is not in the view.
    TargetNotVisible,
    /// The links lead in a circle or through more than 40 others.
    TooManyLinks,
    /// The target text is empty, too long or holds a zero byte.
    Malformed,
}

/// Something that a projection left out or overruled. Paths are the owner's: never show this to a recipient.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Warning {
    /// `interface` is shown as hidden where nothing renders interfaces.
    InterfaceIsHidden {
        /// The pattern of the rule.
        pattern: String,
    },
    /// A file that is to be shown as interface was left out.
    NoInterface {
        /// Where.
        path: Vec<u8>,
        /// Why.
        why: String,
    },
    /// Nothing at all is visible.
    NothingVisible,
    /// A replacement stands where the owner's tree has a folder or a file in the way.
    ReplacementOverrules {
        /// The path that gave way.
        path: Vec<u8>,
    },
    /// A pattern matches no path of the tree.
    RuleMatchesNothing {
        /// Index of its rule, from 0.
        rule: usize,
        /// The pattern.
        pattern: String,
    },
    /// Every path that a pattern matches is decided by a later one.
    RuleOverruled {
        /// Index of its rule, from 0.
        rule: usize,
        /// The pattern.
        pattern: String,
        /// A later pattern that decides.
        by: String,
    },
    /// A submodule was left out.
    Submodule {
        /// Where.
        path: Vec<u8>,
    },
    /// A symlink was left out.
    Symlink {
        /// Where.
        path: Vec<u8>,
        /// Why.
        problem: SymlinkProblem,
    },
    /// A name that git refuses to check out was left out.
    UnsafeName {
        /// Where.
        path: Vec<u8>,
    },
}

impl From<UnusedPattern> for Warning {
    fn from(unused: UnusedPattern) -> Self {
        let UnusedPattern {
            rule,
            pattern,
            overruled_by,
        } = unused;
        match overruled_by {
            Some(by) => Self::RuleOverruled { rule, pattern, by },
            None => Self::RuleMatchesNothing { rule, pattern },
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |path: &[u8]| path.escape_ascii().to_string();
        match self {
            Self::InterfaceIsHidden { pattern } => {
                write!(
                    f,
                    "no interfaces are rendered here, so these files are left out: {pattern}"
                )
            }
            Self::NoInterface { path, why } => write!(f, "interface left out: {}: {why}", shown(path)),
            Self::NothingVisible => write!(f, "no file of the repository is visible"),
            Self::ReplacementOverrules { path } => {
                write!(f, "a replaced file takes the place of {}", shown(path))
            }
            Self::RuleMatchesNothing { rule, pattern } => write!(
                f,
                "rule {}: {pattern:?} matches no path of the repository",
                rule.saturating_add(1)
            ),
            Self::RuleOverruled { rule, pattern, by } => write!(
                f,
                "rule {}: {pattern:?} decides nothing: what it matches is decided by later rules, among them {by:?}",
                rule.saturating_add(1)
            ),
            Self::Submodule { path } => write!(f, "submodule left out: {}", shown(path)),
            Self::Symlink { path, problem } => {
                let why = match problem {
                    SymlinkProblem::Absolute => "its target is an absolute path",
                    SymlinkProblem::LeavesTheTree => "its target lies outside the repository",
                    SymlinkProblem::TargetNotVisible => "its target is not in the view",
                    SymlinkProblem::TooManyLinks => "its target leads through too many links",
                    SymlinkProblem::Malformed => "its target is no usable path",
                };
                write!(f, "symlink left out: {}: {why}", shown(path))
            }
            Self::UnsafeName { path } => write!(f, "left out, as git refuses the name: {}", shown(path)),
        }
    }
}
