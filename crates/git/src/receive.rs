//! The receive path up to the tree rules: what a push may name, what its pack may hold, what its commits may contain.
//!
//! The order is: reference policy ([`check_commands`]), size cap and streaming pack check ([`pack`]) before `git` sees a byte,
//! `git index-pack --strict` in a [`Quarantine`](crate::quarantine::Quarantine), connectivity, tree rules ([`tree`]).
//! It refuses; it never repairs. Every refusal names what is wrong, with the values a person needs.

mod limits;
pub mod pack;
pub mod tree;

use std::collections::BTreeSet;

use crate::command::GitCommandError;
pub use crate::quarantine::Received;
use crate::serve::{ServeError, is_object_id};
pub use limits::ReceiveLimits;

/// One line of a push: a reference, what it was, what it shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushCommand {
    /// Full name, for instance `refs/heads/fix`.
    pub reference: String,
    /// The id that the client saw; none when the reference is new.
    pub old: Option<String>,
    /// The id wanted; none deletes.
    pub new: Option<String>,
}

impl PushCommand {
    /// The branch by its short name.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        self.reference.strip_prefix("refs/heads/")
    }
}

/// Why a push is refused.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The pack breaks a bound or the format.
    #[error("the pack is refused: {0}")]
    Pack(#[from] pack::PackError),
    /// A command breaks the reference policy.
    #[error("{reference} is refused: {why}")]
    Reference {
        /// The reference.
        reference: String,
        /// Why.
        why: String,
    },
    /// `git index-pack` found the pack broken.
    #[error("git found the pack broken: {message}")]
    Broken {
        /// What it said.
        message: String,
    },
    /// Something pushed names an object that is neither in the push nor in this recipient's store.
    #[error(
        "the push names object {object}, which is neither in the push nor in your repository here; push from a complete clone"
    )]
    Missing {
        /// The id, as `git` said it.
        object: String,
    },
    /// A commit breaks a tree rule.
    #[error(transparent)]
    Tree(#[from] tree::TreeError),
    /// Too much of something.
    #[error("the push has more than {most} {what}; push in smaller parts")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The limit.
        most: u64,
    },
    /// Sending broke off.
    #[error("the push broke off: {0}")]
    Broke(std::io::Error),
    /// A fault of ours.
    #[error("the quarantine failed at {what}: {source}")]
    Quarantine {
        /// While doing what.
        what: String,
        /// Why.
        source: std::io::Error,
    },
    /// A repository could not be read.
    #[error("reading {what} failed: {message}")]
    Read {
        /// What.
        what: String,
        /// Why.
        message: String,
    },
    /// A `git` program failed.
    #[error(transparent)]
    Git(#[from] GitCommandError),
    /// The store is none.
    #[error(transparent)]
    Store(#[from] ServeError),
}

impl ReceiveError {
    /// Whether it is a fault of ours, whose details stay inside.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        matches!(
            self,
            Self::Quarantine { .. } | Self::Read { .. } | Self::Git(_) | Self::Store(_)
        )
    }
}

/// Which branches a push may touch, by short name.
#[derive(Clone, Copy, Debug)]
pub struct BranchPolicy<'a> {
    /// Branches that follow the owner: never.
    pub tracked: &'a [String],
    /// Branches that the recipient made: may be deleted.
    pub own: &'a [String],
}

/// Checks the commands of a push by the reference policy; the answer has one result for each command, in order.
///
/// `present` gives the references of the store.
#[must_use]
pub fn check_commands(
    commands: &[PushCommand],
    policy: BranchPolicy<'_>,
    present: &[(String, String)],
) -> Vec<Result<(), ReceiveError>> {
    let mut seen = BTreeSet::new();
    commands
        .iter()
        .map(|command| {
            let twice = !seen.insert(command.reference.as_str());
            let why = if twice {
                Some("it is named twice in one push".to_owned())
            } else {
                command_fault(command, policy, present)
            };
            why.map_or(Ok(()), |why| {
                Err(ReceiveError::Reference {
                    reference: command.reference.clone(),
                    why,
                })
            })
        })
        .collect()
}

fn command_fault(
    command: &PushCommand,
    policy: BranchPolicy<'_>,
    present: &[(String, String)],
) -> Option<String> {
    let Some(branch) = command.branch() else {
        return Some("only branches (refs/heads/...) can be pushed here; no tags, notes, replacements or other references".to_owned());
    };
    if !is_branch_name(branch) {
        return Some("this is no branch name that can be used here".to_owned());
    }
    if policy.tracked.iter().any(|tracked| tracked == branch) {
        return Some("this branch follows the owner's; push your work to a branch of your own, for instance `git push origin HEAD:my-change`".to_owned());
    }
    for tracked in policy.tracked {
        if tracked.to_lowercase() == branch.to_lowercase() {
            return Some(format!(
                "it differs from {tracked:?} only in case; some systems hold one of them only"
            ));
        }
        if branch
            .strip_prefix(tracked.as_str())
            .is_some_and(|rest| rest.starts_with('/'))
        {
            return Some(format!("a branch below {tracked:?} cannot exist beside it"));
        }
    }
    let current = present
        .iter()
        .find(|(name, _)| *name == command.reference)
        .map(|(_, id)| id);
    if current != command.old.as_ref() {
        return Some("it has moved since; fetch first and try again".to_owned());
    }
    if current.is_some() && !policy.own.iter().any(|own| own == branch) {
        return Some("this branch was not made by your team".to_owned());
    }
    if command.new.is_none() && current.is_none() {
        return Some("there is no such branch to delete".to_owned());
    }
    None
}

/// Tells whether `name` is a branch name by the rules of `git check-ref-format`, all to be seen, not itself like a full reference,
/// and of at most 200 bytes.
#[must_use]
pub fn is_branch_name(name: &str) -> bool {
    let forbidden = |character: char| {
        tree::misleads(character)
            || character.is_whitespace()
            || matches!(character, '~' | '^' | ':' | '?' | '*' | '[' | '\\')
    };
    !name.is_empty()
        && name.len() <= 200
        && name != "@"
        && name != "HEAD"
        && !name.starts_with("refs/")
        && !name.starts_with('-')
        && !name.contains("..")
        && !name.contains("@{")
        && !name.ends_with('.')
        && !name.chars().any(forbidden)
        && name.split('/').all(|part| {
            !part.is_empty() && !part.starts_with('.') && !part.to_ascii_lowercase().ends_with(".lock")
        })
        && !is_object_id(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "0123456789abcdef0123456789abcdef01234567";

    fn fault(reference: &str, old: Option<&str>, new: Option<&str>) -> Option<String> {
        let present = vec![
            ("refs/heads/main".to_owned(), OLD.to_owned()),
            ("refs/heads/mine".to_owned(), OLD.to_owned()),
            ("refs/heads/theirs".to_owned(), OLD.to_owned()),
        ];
        let (tracked, own) = (vec!["main".to_owned()], vec!["mine".to_owned()]);
        let policy = BranchPolicy {
            tracked: &tracked,
            own: &own,
        };
        let command = PushCommand {
            reference: reference.to_owned(),
            old: old.map(str::to_owned),
            new: new.map(str::to_owned),
        };
        check_commands(&[command], policy, &present)
            .remove(0)
            .err()
            .map(|error| error.to_string())
    }

    #[test]
    fn own_branches_may_be_made_moved_and_deleted() {
        assert_eq!(fault("refs/heads/new", None, Some(OLD)), None);
        assert_eq!(fault("refs/heads/a/b", None, Some(OLD)), None);
        assert_eq!(fault("refs/heads/mine", Some(OLD), Some(OLD)), None);
        assert_eq!(fault("refs/heads/mine", Some(OLD), None), None);
    }

    #[test]
    fn everything_else_is_refused() {
        for (reference, old, new) in [
            ("refs/heads/main", Some(OLD), Some(OLD)),
            ("refs/heads/main", Some(OLD), None),
            ("refs/heads/main/x", None, Some(OLD)),
            ("refs/heads/theirs", Some(OLD), Some(OLD)),
            ("refs/heads/theirs", Some(OLD), None),
            ("refs/heads/mine", None, Some(OLD)),
            ("refs/heads/absent", None, None),
            ("refs/tags/v1", None, Some(OLD)),
            ("refs/notes/commits", None, Some(OLD)),
            ("refs/replace/x", None, Some(OLD)),
            ("refs/ringfence/receipts", None, Some(OLD)),
            ("HEAD", None, Some(OLD)),
            ("refs/heads/../x", None, Some(OLD)),
            ("refs/heads/.x", None, Some(OLD)),
            ("refs/heads/x.lock", None, Some(OLD)),
            ("refs/heads/x\u{7}", None, Some(OLD)),
            ("refs/heads/-x", None, Some(OLD)),
            ("refs/heads/\u{202e}niam", None, Some(OLD)),
            ("refs/heads/mai\u{200c}n", None, Some(OLD)),
            ("refs/heads/Main", None, Some(OLD)),
            ("refs/heads/refs/heads/main", None, Some(OLD)),
            ("refs/heads/x y", None, Some(OLD)),
        ] {
            assert!(
                fault(reference, old, new).is_some(),
                "{reference} {old:?} {new:?}"
            );
        }
    }
}
