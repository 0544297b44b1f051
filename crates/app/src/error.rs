//! What a use case answers when it does not succeed. The binary turns the class into an exit code, the gateway into a refusal.

/// Which of the four kinds of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The answer is no: refused, verification failed, not found. Exit code 1.
    No,
    /// Wrong usage or input. Exit code 2.
    Input,
    /// A fault of ours or of the machine. Exit code 70.
    Fault,
}

/// A failed use case.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A rule or a state forbids it.
    #[error("{what}: {why}{}", cure_sentence(.cure))]
    Refused {
        /// What was asked for.
        what: String,
        /// The rule or state in the way.
        why: String,
        /// What would change the answer; empty when nothing would.
        cure: String,
    },
    /// Nothing has that name.
    #[error("no {kind} is called {name:?}{}", cure_sentence(.cure))]
    NotFound {
        /// Kind of thing.
        kind: &'static str,
        /// The name asked for.
        name: String,
        /// Where to look.
        cure: String,
    },
    /// What was given cannot be used.
    #[error("{0}")]
    Input(String),
    /// A file of the home or of the caller failed.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Something of ours or of the machine failed.
    #[error("{context}: {message}")]
    Fault {
        /// What was being done.
        context: &'static str,
        /// What failed.
        message: String,
    },
}

fn cure_sentence(cure: &str) -> String {
    if cure.is_empty() {
        String::new()
    } else {
        format!(". {cure}")
    }
}

impl AppError {
    /// Its class.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Refused { .. } | Self::NotFound { .. } => Class::No,
            Self::Input(_) => Class::Input,
            Self::File { source, .. } => match source.kind() {
                std::io::ErrorKind::NotFound => Class::Input,
                _ => Class::Fault,
            },
            Self::Fault { .. } => Class::Fault,
        }
    }

    /// A refusal.
    pub fn refused(what: impl Into<String>, why: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::Refused {
            what: what.into(),
            why: why.into(),
            cure: cure.into(),
        }
    }

    /// A missing thing.
    pub fn not_found(kind: &'static str, name: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::NotFound {
            kind,
            name: name.into(),
            cure: cure.into(),
        }
    }

    /// A failed file.
    pub fn file(path: impl AsRef<std::path::Path>, source: std::io::Error) -> Self {
        Self::File {
            path: path.as_ref().display().to_string(),
            source,
        }
    }

    /// A fault while doing `context`.
    pub fn fault(context: &'static str, message: impl std::fmt::Display) -> Self {
        Self::Fault {
            context,
            message: message.to_string(),
        }
    }
}

/// Result of a use case.
pub type Result<T, E = AppError> = std::result::Result<T, E>;
