//! A view as declared: ordered path rules, history policy, mark policy. The compiled form lives in `ringfence-view`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::choice::{Authors, Choice, Messages};
pub use crate::choice::{InterfaceDocs, MarkFamily};
use crate::header::Header;

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

impl Choice for Visibility {
    fn all() -> &'static [Self] {
        &[Self::Hidden, Self::Interface, Self::Read, Self::Write]
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Hidden => "hidden",
            Self::Interface => "interface",
            Self::Read => "read",
            Self::Write => "write",
        }
    }
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

impl Choice for MarkProfile {
    fn all() -> &'static [Self] {
        &[Self::Auto, Self::Robust, Self::Steady, Self::Off]
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Robust => "robust",
            Self::Steady => "steady",
            Self::Off => "off",
        }
    }
}

/// How much of the past a view shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum History {
    /// One root commit at the first projection, then one commit per change that touches the view.
    #[default]
    Snapshot,
    /// From this commit on.
    Since(String),
    /// From the beginning.
    Full,
}

impl History {
    /// Reads `snapshot`, `full` or `since <commit>` (7 to 64 hexadecimal digits).
    pub fn from_text(text: &str) -> Option<Self> {
        match text {
            "snapshot" => Some(Self::Snapshot),
            "full" => Some(Self::Full),
            _ => {
                let commit = text.strip_prefix("since ")?;
                let is_commit =
                    (7..=64).contains(&commit.len()) && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
                is_commit.then(|| Self::Since(commit.to_ascii_lowercase()))
            }
        }
    }

    /// The text in estate files and messages.
    pub fn to_text(&self) -> String {
        match self {
            Self::Snapshot => "snapshot".to_owned(),
            Self::Full => "full".to_owned(),
            Self::Since(commit) => format!("since {commit}"),
        }
    }
}

impl Serialize for History {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for History {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_text(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no history policy")))
    }
}

/// Which marks the deliveries of a view carry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkPolicy {
    /// The families that apply.
    pub profile: MarkProfile,
    /// Gitignore globs of paths that stay unmarked.
    #[serde(default)]
    pub except: Vec<String>,
    /// Families that no path bears.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<MarkFamily>,
    /// What differs at some paths: the last rule that matches a path counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<MarkRule>,
}

/// What is different about the marks of some paths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkRule {
    /// Gitignore globs; `!` is refused.
    pub paths: Vec<String>,
    /// The families that apply there; none: those of the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<MarkProfile>,
    /// Families that these paths do not bear either, besides those that no path bears.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<MarkFamily>,
}

/// How interface files are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InterfacePolicy {
    /// What documentation comments become.
    pub docs: InterfaceDocs,
}

/// How a submission is built and tested against the full source, in a closed room on the owner's side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuildPolicy {
    /// Program and arguments; no shell. It runs in a copy of the owner's tree with the submission in it.
    pub command: Vec<String>,
    /// Absolute paths that the command may read: toolchains, caches of dependencies.
    #[serde(default)]
    pub readable: Vec<String>,
    /// `NAME=value`: the whole environment besides PATH and HOME.
    #[serde(default)]
    pub environment: Vec<String>,
    /// The most minutes it may take.
    pub minutes: u32,
    /// The most memory that each process may take, in mebibytes.
    pub memory: u32,
}

/// A path that is delivered as given instead of the owner's file; never writable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// The path inside the repository.
    pub path: String,
    /// The file with the content, relative to the estate file.
    pub file: String,
}

/// A named selection of one repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// The name, part of the address under which it is served.
    pub name: String,
    /// The repository it selects from.
    pub repository: String,
    /// How much of the past it shows.
    pub history: History,
    /// What becomes of commit messages.
    pub messages: Messages,
    /// What becomes of authors.
    pub authors: Authors,
    /// Which marks deliveries carry.
    pub marks: MarkPolicy,
    /// How interface files are made.
    #[serde(default)]
    pub interface: InterfacePolicy,
    /// Every pushed commit must carry a `Work-Item:` trailer.
    #[serde(default)]
    pub require_work_item: bool,
    /// Every pushed commit must be signed with an SSH key that the person registered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require_signed_commits: bool,
    /// Globs of the tags that are projected; none of the others is seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The line put into each delivered file that can hold it; none: files are delivered without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<Header>,
    /// How submissions are built against the full source; none: they are not.
    #[serde(default)]
    pub build: Option<BuildPolicy>,
    /// The ordered rules; everything starts hidden.
    pub rules: Vec<PathRule>,
    /// The replaced paths.
    #[serde(default)]
    pub replace: Vec<Replacement>,
}

impl View {
    /// The highest visibility that any rule gives: what a grant of this view allows at most.
    pub fn highest_visibility(&self) -> Visibility {
        self.rules
            .iter()
            .map(|rule| rule.visibility)
            .max()
            .unwrap_or(Visibility::Hidden)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_round_trips() {
        for text in ["snapshot", "full", "since 0123abc"] {
            let history = History::from_text(text).unwrap();
            assert_eq!(history.to_text(), text);
            let json = serde_json::to_string(&history).unwrap();
            assert_eq!(serde_json::from_str::<History>(&json).unwrap(), history);
        }
        for text in [
            "",
            "since",
            "since ",
            "since xyz",
            "since 012",
            "Snapshot",
            "since 0123abc ",
        ] {
            assert_eq!(History::from_text(text), None, "{text:?}");
        }
    }

    #[test]
    fn choices_and_serde_agree() {
        for value in Visibility::all() {
            assert_eq!(
                serde_json::to_string(value).unwrap(),
                format!("\"{}\"", value.as_str())
            );
        }
        for value in MarkProfile::all() {
            assert_eq!(
                serde_json::to_string(value).unwrap(),
                format!("\"{}\"", value.as_str())
            );
        }
    }
}
