//! What passes of an owner's commit into the view commit.

use ringfence_domain::choice::{Authors, Messages};

use super::message::passed_message;
use crate::object::{
    CommitText, Kind, NEUTRAL_MESSAGE, ObjectError, ObjectId, ObjectSource, ROLE_EMAIL, ROLE_NAME, Stamp,
    read_as,
};
use crate::project::ProjectError;

/// Signs the bytes of a commit or tag: an SSH signature in namespace `git`, armoured. The same bytes give the same signature.
pub type Signer<'a> = dyn Fn(&[u8]) -> Result<String, ObjectError> + 'a;

/// Says whether a message, on its way out, names something that the view hides.
pub(super) type Hides<'a> = dyn FnMut(&[u8], &CommitText) -> Result<bool, ProjectError> + 'a;

/// What passes of the owner's commits, and what is put to them.
#[derive(Clone, Copy)]
pub struct CommitStyle<'a> {
    /// Whether messages pass, cleared of what names the owner's objects.
    pub messages: Messages,
    /// Whether names, addresses and times of authors pass.
    pub authors: Authors,
    /// Signs every view commit.
    pub sign: Option<&'a Signer<'a>>,
    /// The text of the terms at the root of every view commit.
    pub terms: Option<&'a [u8]>,
}

impl CommitStyle<'_> {
    /// Nothing passes but the time, nothing is put to it.
    #[must_use]
    pub fn neutral() -> Self {
        Self {
            messages: Messages::Neutral,
            authors: Authors::Role,
            sign: None,
            terms: None,
        }
    }

    /// The bytes of a view commit. The owner's commit is read only when something of it passes; `hides` says whether a message names
    /// what the view hides: then it does not pass.
    pub(super) fn commit(
        &self,
        (tree, parents): (ObjectId, Vec<ObjectId>),
        (upstream, seconds): (ObjectId, i64),
        source: &dyn ObjectSource,
        hides: &mut Hides<'_>,
    ) -> Result<Vec<u8>, ProjectError> {
        let role = Stamp {
            name: ROLE_NAME.as_bytes().to_vec(),
            email: ROLE_EMAIL.as_bytes().to_vec(),
            seconds,
            offset: 0,
        };
        let mut commit = CommitText {
            tree,
            parents,
            author: role.clone(),
            committer: role,
            encoding: None,
            message: NEUTRAL_MESSAGE.as_bytes().to_vec(),
        };
        if self.messages == Messages::Keep || self.authors == Authors::Keep {
            let owner = CommitText::read(&upstream, &read_as(source, &upstream, Kind::Commit)?)?;
            if self.messages == Messages::Keep {
                let message = passed_message(&owner.message, self.authors == Authors::Keep);
                if !hides(&message, &owner)? {
                    commit.message = message;
                }
            }
            commit.encoding = owner.encoding;
            if self.authors == Authors::Keep {
                commit.author = owner.author;
                commit.committer = owner.committer;
            }
        }
        Ok(self.signed(&commit)?)
    }

    fn signed(&self, commit: &CommitText) -> Result<Vec<u8>, ObjectError> {
        let bytes = commit.encode();
        match self.sign {
            Some(sign) => Ok(commit.encode_signed(&sign(&bytes)?)),
            None => Ok(bytes),
        }
    }
}
