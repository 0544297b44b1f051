//! What the owner can do about a finding, as the lines of the estate file that do it.

use std::fmt;

use super::Kind;

/// What to do about a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proposal {
    /// Hide the file that says it.
    Hide {
        /// A pattern for exactly that file.
        pattern: String,
    },
    /// Deliver another file in its place.
    Replace {
        /// The file's path.
        path: String,
    },
    /// Show what is imported as interface, so that the import holds.
    Interface {
        /// A pattern for exactly what is imported.
        pattern: String,
    },
    /// Change or remove the lines upstream.
    Reword,
    /// Revoke the secret, then remove it upstream.
    Revoke,
    /// Nothing can be proposed before a person has looked.
    LookYourself,
}

impl Proposal {
    /// The proposal for the name of something hidden.
    pub(super) fn for_name(kind: Kind, path: &[u8], target: &[u8]) -> Self {
        match kind {
            Kind::ContinuousIntegration | Kind::Owners | Kind::GitFile => Self::Hide {
                pattern: pattern_of(path),
            },
            Kind::Manifest | Kind::LockFile => Self::Replace {
                path: path.escape_ascii().to_string(),
            },
            Kind::Import => Self::Interface {
                pattern: pattern_of(target),
            },
            _ => Self::Reword,
        }
    }

    /// One word for it: hide, replace, interface, reword, revoke, look.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Hide { .. } => "hide",
            Self::Replace { .. } => "replace",
            Self::Interface { .. } => "interface",
            Self::Reword => "reword",
            Self::Revoke => "revoke",
            Self::LookYourself => "look",
        }
    }
}

impl fmt::Display for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hide { pattern } => {
                write!(f, "{{ visibility = \"hidden\", paths = [{}] }}", quoted(pattern))
            }
            Self::Replace { path } => write!(
                f,
                "[[view.replace]] path = {}, file = (a copy without these lines)",
                quoted(path)
            ),
            Self::Interface { pattern } => write!(
                f,
                "{{ visibility = \"interface\", paths = [{}] }}, or hide this file too",
                quoted(pattern)
            ),
            Self::Reword => {
                f.write_str("change these lines upstream, or deliver another file by [[view.replace]]")
            }
            Self::Revoke => f.write_str("revoke it, then remove it upstream; hide the file until then"),
            Self::LookYourself => f.write_str("look at the file yourself, or hide it"),
        }
    }
}

/// A TOML string.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A gitignore pattern that matches exactly this path. Bytes outside UTF-8 become `?`, as a pattern is text.
pub(super) fn pattern_of(path: &[u8]) -> String {
    let mut pattern = String::from("/");
    for chunk in path.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                '*' | '?' | '[' | '\\' => pattern.extend(['\\', letter]),
                letter if letter.is_control() => pattern.push('?'),
                letter => pattern.push(letter),
            }
        }
        pattern.extend(chunk.invalid().iter().map(|_| '?'));
    }
    if pattern.ends_with(' ') {
        pattern.pop();
        pattern.push_str("\\ ");
    }
    pattern
}
