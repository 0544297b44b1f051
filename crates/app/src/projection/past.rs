//! How much of the owner's history a store was made with, and what a change of that means.

use crate::error::{AppError, Result};
use ringfence_domain::choice::{Authors, Messages};
use ringfence_domain::view::{History, View};
use ringfence_git::mirror::Mirror;
use ringfence_view::project::history::{Depth, Projected};
use serde::{Deserialize, Serialize};

/// What passes of the past; a store made before there was a choice has the defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Past {
    history: History,
    messages: Messages,
    authors: Authors,
}

impl Default for Past {
    fn default() -> Self {
        Self {
            history: History::Snapshot,
            messages: Messages::Neutral,
            authors: Authors::Role,
        }
    }
}

impl Past {
    pub fn of(view: &View) -> Self {
        Self {
            history: view.history.clone(),
            messages: view.messages,
            authors: view.authors,
        }
    }

    /// What needs a new root: another policy of history (its commits are others), or messages and names that pass no more.
    /// What passes from now on comes with the next commit: earlier view commits never change.
    pub fn narrowed_by(&self, now: &Self) -> Option<&'static str> {
        if self.history != now.history {
            return Some("(another history policy)");
        }
        if self.messages == Messages::Keep && now.messages == Messages::Neutral {
            return Some("(commit messages)");
        }
        (self.authors == Authors::Keep && now.authors == Authors::Role).then_some("(names of authors)")
    }

    /// The policy with its first commit found in the owner's repository.
    pub fn depth(&self, mirror: &Mirror, before: Option<Projected>) -> Result<Depth> {
        match &self.history {
            History::Snapshot => Ok(Depth::Snapshot),
            History::Full => Ok(Depth::Full),
            History::Since(hex) => match mirror.find_commit(hex)? {
                Some(start) => Ok(Depth::Since(start)),
                // It was found once; what descends from it is known by now.
                None if before.is_some() => Ok(Depth::Since(ringfence_view::object::ObjectId::null(
                    gix_hash::Kind::Sha1,
                ))),
                None => Err(AppError::refused(
                    "projecting the view",
                    format!(
                        "commit {hex}, from which on it shows history, is not in the repository, or several begin so"
                    ),
                    "Write a full commit id of the tracked branch: history = \"since <commit>\"",
                )),
            },
        }
    }
}
