//! A view as declared: ordered path rules, history policy, mark policy. The compiled form lives in `ringfence-view`.

use serde::{Deserialize, Serialize};

/// What a recipient may do with a path, from nothing to changing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    /// Absent, name included.
    Hidden,
    /// Signatures without bodies.
    Interface,
    /// Delivered, changes refused.
    Read,
    /// Delivered, changes accepted as submissions.
    Write,
}

/// One rule of a view: gitignore globs that share a visibility. The last rule that matches a path wins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathRule {
    /// What the matching paths become.
    pub visibility: Visibility,
    /// Gitignore globs; `!` is refused.
    pub paths: Vec<String>,
}

/// Which families of marks apply to a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkProfile {
    /// Robust where the recipient may only read, steady where it may write.
    #[default]
    Auto,
    /// All quiet families.
    Robust,
    /// No blank lines, no order, no if-swap: every line keeps its number.
    Steady,
    /// No marks.
    Off,
}
