//! Expiring credentials for git. The secret is printed once; only its hash is stored.

use crate::access::Action;
use crate::error::{AppError, Result};
use crate::home::{App, OPERATOR, random_id};
use jiff::{SignedDuration, Timestamp};
use ringfence_store::tables;
use secrecy::SecretString;
use serde::Serialize;

/// Longest life of a token.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 30);
/// Shortest life of a token.
const SHORTEST: SignedDuration = SignedDuration::from_secs(1);

/// A new token; the secret is shown once.
#[derive(Debug)]
pub struct IssuedToken {
    /// Its public id.
    pub id: String,
    /// Its secret.
    pub secret: SecretString,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The recipient in whose name it works.
    pub recipient: String,
}

/// A token without its secret.
#[derive(Clone, Debug, Serialize)]
pub struct TokenReport {
    /// Its public id.
    pub id: String,
    /// Whose.
    pub person: String,
    /// The only view it opens.
    pub view: String,
    /// In whose name.
    pub recipient: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// `valid`, `expired` or `revoked`.
    pub state: &'static str,
    /// True: issued by the operator for somebody.
    pub vouched: bool,
}

/// SHA-256 of a token's secret; 256 random bits need no slow hash.
pub(crate) fn hash_of(secret: &str) -> [u8; 32] {
    ringfence_ledger::sha256(secret.as_bytes()).0
}

/// Reads `90s`, `30m`, `1h`, `5d`.
fn parse_life(text: &str) -> Result<SignedDuration> {
    let refuse = || {
        AppError::Input(format!(
            "{text:?} is not a life time; write a number and s, m, h or d, from 1s to 30d, like 1h"
        ))
    };
    let unit = text.chars().last().ok_or_else(refuse)?;
    let number: i64 = text
        .strip_suffix(unit)
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(refuse)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(refuse()),
    };
    let life = number
        .checked_mul(seconds)
        .map(SignedDuration::from_secs)
        .ok_or_else(refuse)?;
    if (SHORTEST..=LONGEST).contains(&life) {
        Ok(life)
    } else {
        Err(refuse())
    }
}

impl App {
    /// Issues a token for a person and a view, vouched for by the operator.
    ///
    /// # Errors
    /// When the policy does not allow vouching, or any condition of access is not met now.
    pub fn issue_token(&self, person: &str, view: &str, life: &str) -> Result<IssuedToken> {
        let life = parse_life(life)?;
        let what = format!("issuing a token to {person} for view {view}");
        let current = self.current()?;
        if !current.estate.policy.allow_vouched {
            return Err(AppError::refused(
                what,
                "[policy] does not allow the operator to issue tokens for others",
                "Set allow_vouched = true in [policy] and apply the estate, if that is what the owner wants",
            ));
        }
        let access = self.access(person, view, Action::Read)?;
        if !access.decision.allowed {
            let why: Vec<String> = access.unmet().map(|condition| condition.reason.clone()).collect();
            let cure: Vec<String> = access
                .unmet()
                .filter_map(|condition| condition.cure.clone())
                .collect();
            return Err(AppError::refused(what, why.join("; "), cure.join(" ")));
        }
        let recipient = access
            .recipient
            .ok_or_else(|| AppError::fault("issuing a token", "allowed without a recipient"))?;
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).map_err(|error| AppError::fault("asking for randomness", error))?;
        let secret = format!("rft_{}", hex::encode(bytes));
        let id = random_id("t")?;
        let now = self.now();
        let expires_at = now
            .checked_add(life)
            .map_err(|error| AppError::fault("reckoning a date", error))?;
        let actor = self.actor_of("person", person)?;
        let statement = Self::built(
            self.entry("token-issued", OPERATOR)
                .subject("token", id.as_str())
                .subject("person", actor.as_str())
                .subject("view", view)
                .subject("recipient", recipient.as_str())
                .field("expires", expires_at.to_string())
                .field("vouched", true),
        )?;
        let log = self.log(&recipient)?;
        let row = tables::tokens::Token {
            id: id.clone(),
            hash: hash_of(&secret),
            person: actor.clone(),
            view: view.to_owned(),
            recipient: recipient.clone(),
            issued_at: now,
            expires_at,
            revoked_at: None,
            reason: None,
            vouched_by: Some(OPERATOR.to_owned()),
            last_used_at: None,
        };
        self.database.write(move |tx| -> Result<()> {
            tx.append(&log, &statement)?;
            Ok(tables::tokens::add(tx, &row)?)
        })?;
        Ok(IssuedToken {
            id,
            secret: SecretString::from(secret),
            expires_at,
            recipient,
        })
    }

    /// All tokens, without secrets.
    ///
    /// # Errors
    /// When the database fails.
    pub fn tokens(&self) -> Result<Vec<TokenReport>> {
        let now = self.now();
        let rows = self.database.read(tables::tokens::list)?;
        rows.into_iter()
            .map(|row| {
                Ok(TokenReport {
                    state: if row.revoked_at.is_some() {
                        "revoked"
                    } else if row.expires_at <= now {
                        "expired"
                    } else {
                        "valid"
                    },
                    id: row.id,
                    person: self.name_of(&row.person)?,
                    view: row.view,
                    recipient: row.recipient,
                    issued_at: row.issued_at,
                    expires_at: row.expires_at,
                    vouched: row.vouched_by.is_some(),
                })
            })
            .collect()
    }

    /// Revokes a token; a running transfer is cut.
    ///
    /// # Errors
    /// When there is none of that id or it was revoked before.
    pub fn revoke_token(&self, id: &str) -> Result<()> {
        let Some(row) = self.database.read(|tx| tables::tokens::get(tx, id))? else {
            return Err(AppError::not_found("token", id, "Run: ringfence token list"));
        };
        if row.revoked_at.is_some() {
            return Err(AppError::refused(
                format!("revoking token {id}"),
                "it was revoked before",
                "",
            ));
        }
        let statement = Self::built(self.entry("token-revoked", OPERATOR).subject("token", id))?;
        let log = self.log(&row.recipient)?;
        let (id, now) = (id.to_owned(), self.now());
        self.database.write(move |tx| -> Result<()> {
            if tables::tokens::revoke(tx, &id, now, "revoked by the operator")? {
                tx.append(&log, &statement)?;
                tx.bump_revision()?;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::parse_life;
    use jiff::SignedDuration;

    #[test]
    fn lives_are_bounded_and_have_a_unit() {
        assert_eq!(parse_life("90m").unwrap(), SignedDuration::from_mins(90));
        assert_eq!(parse_life("30d").unwrap(), SignedDuration::from_hours(720));
        for bad in [
            "",
            "h",
            "0s",
            "31d",
            "-1h",
            "1w",
            "1",
            "99999999999999999d",
            "１h",
        ] {
            assert!(parse_life(bad).is_err(), "{bad}");
        }
    }
}
