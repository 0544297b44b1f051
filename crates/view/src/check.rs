//! What the files of a view say about things that the view hides: names of hidden paths and packages, secrets, e-mail addresses.
//!
//! Job: read every delivered file, as delivered, against the names of everything that is not. A mention counts by the shape of a path or
//! by the way an import resolves; bare words count in manifests, lock files, CI and CODEOWNERS only, where they are names.
//!
//! INVARIANTS: linear in the bytes read, whatever they hold; a secret is never repeated in a finding; what was not looked at is itself a
//! finding or counted ([`Looked`]). It refuses to judge: whether a mention matters is the owner's decision.

use std::collections::{BTreeMap, HashSet};

mod imports;
mod lines;
mod listing;
mod mentions;
mod names;
pub mod origin;
mod packages;
mod patterns;
mod proposal;
mod rust;
mod secrets;
#[cfg(test)]
mod tests;

use lines::Lines;
pub(crate) use listing::is_ordinary;
pub use names::Names;
pub use proposal::Proposal;

/// Files larger than this are not looked into; a finding says so.
pub const LARGEST_LOOKED_AT: usize = 16 << 20;
/// The most findings kept of one file; a finding says that there are more.
pub const MOST_FINDINGS_OF_A_FILE: usize = 200;
/// The most line numbers kept of one finding.
const MOST_LINES: usize = 50;

/// Why no check can be made.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// A pattern of ours does not compile.
    #[error("the pattern of rule {rule} does not compile: {problem}")]
    Pattern {
        /// The rule.
        rule: &'static str,
        /// What the compiler said.
        problem: String,
    },
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A manifest or build file names something hidden.
    Manifest,
    /// A lock file does.
    LockFile,
    /// Instructions for machines do.
    ContinuousIntegration,
    /// CODEOWNERS does.
    Owners,
    /// `.gitmodules`, `.gitattributes` or another file that git reads does.
    GitFile,
    /// An import resolves to something hidden.
    Import,
    /// Text, a comment or a string names a hidden path.
    Text,
    /// A secret by its form or its entropy.
    Secret,
    /// An e-mail address.
    EmailAddress,
    /// The file is too large to be looked into.
    TooLarge,
    /// More findings than are kept.
    Truncated,
}

impl Kind {
    /// The word for it in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::LockFile => "lock-file",
            Self::ContinuousIntegration => "ci",
            Self::Owners => "owners",
            Self::GitFile => "git-file",
            Self::Import => "import",
            Self::Text => "text",
            Self::Secret => "secret",
            Self::EmailAddress => "e-mail",
            Self::TooLarge => "not-looked-at",
            Self::Truncated => "truncated",
        }
    }

    /// Says whether it is the name of something hidden.
    #[must_use]
    pub fn is_name(self) -> bool {
        matches!(
            self,
            Self::Manifest
                | Self::LockFile
                | Self::ContinuousIntegration
                | Self::Owners
                | Self::GitFile
                | Self::Import
                | Self::Text
        )
    }
}

/// One thing that a visible file says. For the owner's eyes only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file that says it.
    pub path: Vec<u8>,
    /// The lines, from 1, at most fifty; empty when the whole file is meant.
    pub lines: Vec<usize>,
    /// What it is.
    pub kind: Kind,
    /// The words as they stand there (a secret: its rule and length alone).
    pub what: String,
    /// The hidden path that it names.
    pub target: Option<Vec<u8>>,
    /// What to do about it.
    pub proposal: Proposal,
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Text files read to their end.
    pub text: u64,
    /// Files with zero bytes: only their secrets and addresses were searched, as they hold no lines.
    pub binary: u64,
    /// Files past [`LARGEST_LOOKED_AT`].
    pub too_large: u64,
}

/// Looks at delivered files one by one.
pub struct Checker {
    names: Names,
    secrets: secrets::Secrets,
    imports: imports::Imports,
    looked: Looked,
}

impl Checker {
    /// Prepares a check against these names.
    ///
    /// # Errors
    /// When a pattern of ours does not compile, which a test excludes.
    pub fn new(names: Names) -> Result<Self, CheckError> {
        Ok(Self {
            names,
            secrets: secrets::Secrets::new()?,
            imports: imports::Imports::new()?,
            looked: Looked::default(),
        })
    }

    /// How much was looked at so far.
    #[must_use]
    pub fn looked(&self) -> Looked {
        self.looked
    }

    /// Notes a file that was not read, as it is too large.
    #[must_use]
    pub fn too_large(&mut self, path: &[u8], bytes: u64) -> Finding {
        self.looked.too_large = self.looked.too_large.saturating_add(1);
        Finding {
            path: path.to_vec(),
            lines: Vec::new(),
            kind: Kind::TooLarge,
            what: format!("not looked at: {bytes} bytes, more than {LARGEST_LOOKED_AT}"),
            target: None,
            proposal: Proposal::LookYourself,
        }
    }

    /// Looks at one delivered file; findings come in the order of their first line.
    #[must_use]
    pub fn file(&mut self, path: &[u8], data: &[u8]) -> Vec<Finding> {
        if data.len() > LARGEST_LOOKED_AT {
            return vec![self.too_large(path, u64::try_from(data.len()).unwrap_or(u64::MAX))];
        }
        let decoded = lines::decode(data);
        let text = decoded.as_deref().unwrap_or(data);
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let lines = Lines::new(text);
        let mut notes = Notes {
            path,
            lines: &lines,
            found: BTreeMap::new(),
            said: HashSet::new(),
            findings: Vec::new(),
            dropped: 0,
        };
        if text.contains(&0) {
            self.looked.binary = self.looked.binary.saturating_add(1);
        } else {
            self.looked.text = self.looked.text.saturating_add(1);
            self.imports.find(&self.names, text, &mut notes);
            mentions::find(&self.names, text, &mut notes);
        }
        self.secrets.find(text, &mut notes);
        notes.done()
    }
}

/// Findings of one file, one for each thing said.
struct Notes<'a> {
    path: &'a [u8],
    lines: &'a Lines,
    found: BTreeMap<(bool, Vec<u8>), usize>,
    /// Bytes at which something stands that is noted already.
    said: HashSet<usize>,
    findings: Vec<Finding>,
    dropped: u64,
}

impl Notes<'_> {
    /// Notes that something hidden is named at a byte of the text.
    fn name(&mut self, at: usize, kind: Kind, what: &[u8], target: &[u8]) {
        if !self.said.insert(at) && kind != Kind::Import {
            return;
        }
        let proposal = Proposal::for_name(kind, self.path, target);
        self.add(
            at,
            (true, target.to_vec()),
            Finding {
                path: self.path.to_vec(),
                lines: Vec::new(),
                kind,
                what: excerpt(what),
                target: Some(target.to_vec()),
                proposal,
            },
        );
    }

    /// Notes a secret or an address.
    fn other(&mut self, at: usize, kind: Kind, what: String) {
        // A token that is assigned to something is said to be what it is, not also to be assigned.
        if !self.said.insert(at) {
            return;
        }
        let proposal = if kind == Kind::Secret {
            Proposal::Revoke
        } else {
            Proposal::Reword
        };
        self.add(
            at,
            (false, what.clone().into_bytes()),
            Finding {
                path: self.path.to_vec(),
                lines: Vec::new(),
                kind,
                what,
                target: None,
                proposal,
            },
        );
    }

    fn add(&mut self, at: usize, key: (bool, Vec<u8>), finding: Finding) {
        let line = self.lines.of(at);
        let known = self.found.get(&key).copied();
        let index = match known {
            Some(index) => index,
            None if self.findings.len() >= MOST_FINDINGS_OF_A_FILE => {
                self.dropped = self.dropped.saturating_add(1);
                return;
            }
            None => {
                self.found.insert(key, self.findings.len());
                self.findings.push(finding);
                self.findings.len().saturating_sub(1)
            }
        };
        if let Some(finding) = self.findings.get_mut(index)
            && finding.lines.len() < MOST_LINES
            && let Err(place) = finding.lines.binary_search(&line)
        {
            finding.lines.insert(place, line);
        }
    }

    fn done(mut self) -> Vec<Finding> {
        self.findings.sort_by(|left, right| left.lines.cmp(&right.lines));
        if self.dropped > 0 {
            self.findings.push(Finding {
                path: self.path.to_vec(),
                lines: Vec::new(),
                kind: Kind::Truncated,
                what: format!("{} more mentions in this file are not listed", self.dropped),
                target: None,
                proposal: Proposal::LookYourself,
            });
        }
        self.findings
    }
}

/// At most 120 characters of what stands in a file, on one line.
fn excerpt(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let mut shown: String = text
        .chars()
        .take(120)
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    if text.chars().nth(120).is_some() {
        shown.push_str("...");
    }
    shown
}
