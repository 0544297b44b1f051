//! Why a project could not be probed.

use std::path::PathBuf;

/// Why a project could not be probed.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// A file or folder could not be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The folder has more than a copy may have.
    #[error(
        "{path} has more than {bound} {what}; probe a part of it, or move what a tool made out of it",
        path = path.display()
    )]
    TooLarge {
        /// The folder.
        path: PathBuf,
        /// Files or bytes.
        what: &'static str,
        /// How many are the most.
        bound: u64,
    },
    /// A pattern of the exceptions is none.
    #[error("{0}")]
    Pattern(#[from] ringfence_domain::glob::PatternError),
    /// A site table does not fit its own text: a fault of ours.
    #[error("rendering {path}: {source}", path = path.display())]
    Mark {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        source: ringfence_mark::MarkError,
    },
    /// A command could not be started.
    #[error("{program} could not be started ({source}); install it, or leave the check out")]
    Start {
        /// Its first word.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// Nothing of the project can be marked.
    #[error("{path} has no file that can be marked: no known language, or only tests and files that others wrote", path = path.display())]
    Nothing {
        /// The folder.
        path: PathBuf,
    },
}

impl ProbeError {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
