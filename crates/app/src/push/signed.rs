//! Signatures of pushed commits: proof of who wrote them, kept with the submission.

use super::{Decided, Push};
use crate::error::{AppError, Result};
use crate::ssh::Signature;
use ringfence_git::quarantined::QuarantinedObjects;
use ringfence_store::tables;
use ringfence_view::object::{Kind, ObjectId, read_as, split_signature};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// A signature that was verified when the commit was pushed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitSignature {
    /// The vendor's commit.
    pub commit: String,
    /// Who signed, by random id.
    pub person: String,
    /// The key.
    pub fingerprint: String,
    /// The key's public half, so that anybody can verify again.
    pub public_key: String,
    /// SHA-256 of the bytes that were signed: the commit without its signature.
    pub payload: String,
    /// The signature, armoured.
    pub armour: String,
}

/// The keys that count for a push, by fingerprint, with the person of each.
pub(super) struct Signers(HashMap<String, String>);

/// What a commit's signature is worth.
enum Worth {
    Proven(Box<CommitSignature>),
    Nothing(String),
}

impl Signers {
    /// Keys of the person who pushes and of the recipient's other members: a team pushes each other's commits.
    pub fn of(push: &Push<'_>) -> Result<Self> {
        let app = push.app;
        let current = app.current()?;
        let mut people: HashSet<String> = HashSet::from([push.pusher.person.clone()]);
        let members = current
            .estate
            .recipient(&push.pusher.recipient)
            .map(|recipient| recipient.members.as_slice())
            .unwrap_or_default();
        for member in members {
            let email = member.reveal();
            let known = app
                .database
                .read(|tx| tables::people::by_name(tx, "person", email))?;
            people.extend(known.map(|actor| actor.id));
        }
        let rows = app.database.read(tables::keys::list)?;
        Ok(Self(
            rows.into_iter()
                .filter(|row| row.removed_at.is_none() && people.contains(&row.person))
                .map(|row| (row.fingerprint, row.person))
                .collect(),
        ))
    }

    /// The proven signature of a commit; `Err`: the push is refused, as the view requires one.
    pub fn check(
        &self,
        required: bool,
        commit: ObjectId,
        pushed: &QuarantinedObjects,
    ) -> Result<std::result::Result<Option<CommitSignature>, Decided>> {
        match self.worth(commit, pushed)? {
            Worth::Proven(signature) => Ok(Ok(Some(*signature))),
            Worth::Nothing(_) if !required => Ok(Ok(None)),
            Worth::Nothing(why) => Ok(Err(refused(commit, &why))),
        }
    }

    fn worth(&self, commit: ObjectId, pushed: &QuarantinedObjects) -> Result<Worth> {
        let data = read_as(pushed, &commit, Kind::Commit)?;
        let Some((armour, payload)) = split_signature(&data) else {
            return Ok(Worth::Nothing("it carries no signature".to_owned()));
        };
        let signature = match Signature::read(&armour) {
            Ok(signature) => signature,
            Err(error) => return Ok(Worth::Nothing(error.to_string())),
        };
        let fingerprint = signature.key.fingerprint();
        let Some(person) = self.0.get(&fingerprint) else {
            return Ok(Worth::Nothing(format!(
                "it is signed with {} key {fingerprint}, which nobody of your team has registered",
                signature.key.kind()
            )));
        };
        if let Err(error) = signature.verify(&payload) {
            return Ok(Worth::Nothing(error.to_string()));
        }
        Ok(Worth::Proven(Box::new(CommitSignature {
            commit: commit.to_string(),
            person: person.clone(),
            public_key: signature.key.line(),
            fingerprint,
            payload: ringfence_ledger::sha256(&payload).to_string(),
            armour,
        })))
    }
}

fn refused(commit: ObjectId, why: &str) -> Decided {
    Decided::Refused {
        messages: vec![
            format!("refused: commit {commit}: {why}; this view takes signed commits only"),
            "what to do: git config gpg.format ssh".to_owned(),
            "            git config user.signingKey ~/.ssh/id_ed25519.pub".to_owned(),
            "            git config commit.gpgSign true".to_owned(),
            "            git rebase --exec \"git commit --amend --no-edit -S\" <the commit you started from>".to_owned(),
            "            and push again; the owner registers your key with: ringfence person key add YOU FILE.pub".to_owned(),
        ],
        reason: "a commit without a signature that counts".to_owned(),
        conflict: None,
    }
}

/// What stands in the ledger of a submission's signatures: their hash.
pub(super) fn digest(signatures: &[CommitSignature]) -> Result<String> {
    let text = serde_json::to_vec(signatures)
        .map_err(|error| AppError::fault("storing a submission's signatures", error))?;
    Ok(ringfence_ledger::sha256(&text).to_string())
}
