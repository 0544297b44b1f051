//! The access decision: facts gathered from the estate and the records, decided by the policy at every request.

use crate::error::{AppError, Result};
use crate::estate::Current;
use crate::home::App;
use crate::token::hash_of;
use jiff::Timestamp;
use ringfence_domain::agreement::{Signatory, Signature, TermsHash};
use ringfence_domain::asset::AssetIndex;
use ringfence_domain::person::EmailAddress;
use ringfence_domain::view::{View, Visibility};
use ringfence_git::mirror::Mirror;
pub use ringfence_policy::facts::Action;
use ringfence_policy::facts::Event;
use ringfence_policy::gather::{Records, Request, SignatureRecord, gather, recipients_for};
pub use ringfence_policy::{ConditionVerdict, Decision, Verdict};
use ringfence_store::{Transaction, tables};
use ringfence_view::object::read_commit;
use ringfence_view::project::{Limits, exposure::list_files};
use std::collections::BTreeSet;

/// A decision and the recipient it was made for.
#[derive(Clone, Debug)]
pub struct Access {
    /// The recipient, when the person belongs to one that has a grant of the view.
    pub recipient: Option<String>,
    /// Every condition with its verdict.
    pub decision: Decision,
}

impl Access {
    /// The conditions that are not met.
    pub fn unmet(&self) -> impl Iterator<Item = &ConditionVerdict> {
        self.decision.not_met()
    }
}

/// Why a request does not come in. Outside, the first two look the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// No such token, or it is expired, revoked, or of another view.
    Token(String),
    /// The token is good, a condition is not met.
    Conditions(String),
}

/// Who was let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// Random id of the token.
    pub token: String,
    /// Address of the person; never logged.
    pub email: String,
    /// Random id of the person.
    pub person: String,
    /// The recipient.
    pub recipient: String,
    /// The view.
    pub view: String,
}

impl App {
    fn records(tx: &mut Transaction<'_>) -> Result<Records> {
        let mut records = Records::default();
        for row in tables::agreements::all_signatures(tx)? {
            let (Ok(signatory), Some(terms)) = (
                Signatory::parse(&row.signatory),
                TermsHash::from_hex(&hex::encode(row.terms_hash)),
            ) else {
                continue;
            };
            records
                .signatures
                .entry(row.agreement)
                .or_default()
                .push(SignatureRecord {
                    signature: Signature {
                        signatory,
                        terms,
                        at: row.signed_at,
                    },
                    vouched: row.vouched_by.is_some(),
                    evidence: Some(format!("{}#{}", row.entry_log, row.entry_index)),
                });
        }
        for row in tables::agreements::grant_states(tx)? {
            if let Some(at) = row.revoked_at {
                // The key of a grant's state is the grant's name.
                records
                    .revoked_grants
                    .insert(row.agreements, Event { at, evidence: None });
            }
        }
        for row in tables::agreements::party_states(tx)? {
            if let Some(at) = row.offboarded_at {
                records.offboarded.insert(row.party, Event { at, evidence: None });
            }
        }
        Ok(records)
    }

    /// The assets of a view's visible paths at the mirror's tip, interface included. None: they cannot be listed.
    fn assets_of_view(&self, current: &Current, view: &View) -> Result<Option<BTreeSet<String>>> {
        let Some(repository) = current.estate.repository(&view.repository) else {
            return Ok(None);
        };
        let mirror = Mirror::open_or_create(&self.home.join("mirrors"), &repository.name)?;
        let tip = match mirror.tip(&repository.branch)? {
            Some(tip) => tip,
            None => match mirror.sync(&repository.source, &repository.branch) {
                Ok(tip) => tip,
                // A repository that cannot be read has no assets that could be covered.
                Err(_) => return Ok(None),
            },
        };
        let key = (current.number, tip);
        {
            let cached = self
                .assets
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            if let Some((known, assets)) = cached.get(&view.name)
                && *known == key
            {
                return Ok(Some(assets.clone()));
            }
        }
        let tree = read_commit(&mirror, &tip)?.tree;
        let index = AssetIndex::new(&current.estate, &repository.name)
            .map_err(|error| AppError::Input(format!("an asset's path: {error}")))?;
        let mut assets: BTreeSet<String> = BTreeSet::new();
        let rules = self.view_rules(view)?;
        for file in list_files(&rules, tree, &mirror, Limits::default())? {
            if file.decision.visibility != Visibility::Hidden {
                assets.extend(index.assets_of_path(&file.path).into_iter().map(str::to_owned));
            }
        }
        self.assets
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .insert(view.name.clone(), (key, assets.clone()));
        Ok(Some(assets))
    }

    /// Decides whether a person may use a view now.
    ///
    /// # Errors
    /// When the address is none, no estate is applied, or a store fails.
    pub fn access(&self, person: &str, view: &str, action: Action) -> Result<Access> {
        let email = EmailAddress::parse(person)
            .map_err(|error| AppError::Input(format!("{person:?} is no e-mail address: {error}")))?;
        let current = self.current()?;
        let now = self.now();
        let recipient = recipients_for(&current.estate, &email, view, now)
            .first()
            .map(|recipient| (*recipient).to_owned());
        let decision = self.decide(
            &current,
            &email,
            recipient.as_deref().unwrap_or_default(),
            view,
            action,
            now,
        )?;
        Ok(Access { recipient, decision })
    }

    fn decide(
        &self,
        current: &Current,
        person: &EmailAddress,
        recipient: &str,
        view: &str,
        action: Action,
        now: Timestamp,
    ) -> Result<Decision> {
        let assets = match current.estate.view(view) {
            Some(declared) => self.assets_of_view(current, declared)?,
            None => None,
        };
        let records = self.database.read(Self::records)?;
        let request = Request {
            person,
            recipient,
            view,
            action,
            assets,
            now,
        };
        Ok(self.policy.decide(&gather(&current.estate, &records, &request)))
    }

    /// Lets a token in, or not. Every condition is decided anew.
    ///
    /// # Errors
    /// When a store fails: then nobody comes in.
    pub fn admit(&self, secret: &str, view: &str) -> Result<std::result::Result<Admitted, Denial>> {
        let hash = hash_of(secret);
        let now = self.now();
        let Some(token) = self.database.read(|tx| tables::tokens::find_by_hash(tx, hash))? else {
            return Ok(Err(Denial::Token("no such token".to_owned())));
        };
        if token.revoked_at.is_some() {
            return Ok(Err(Denial::Token(format!("token {} was revoked", token.id))));
        }
        if token.expires_at <= now {
            return Ok(Err(Denial::Token(format!("token {} has expired", token.id))));
        }
        if token.view != view {
            return Ok(Err(Denial::Token(format!(
                "token {} is for another view",
                token.id
            ))));
        }
        let admitted = Admitted {
            token: token.id,
            email: self.name_of(&token.person)?,
            person: token.person,
            recipient: token.recipient,
            view: view.to_owned(),
        };
        match self.still_admitted(&admitted, Action::Read)? {
            Ok(()) => Ok(Ok(admitted)),
            Err(denial) => Ok(Err(denial)),
        }
    }

    /// Decides again for somebody who was let in: revocation counts, expiry of the token alone does not.
    ///
    /// # Errors
    /// When a store fails.
    pub fn still_admitted(
        &self,
        admitted: &Admitted,
        action: Action,
    ) -> Result<std::result::Result<(), Denial>> {
        let token = self
            .database
            .read(|tx| tables::tokens::get(tx, &admitted.token))?;
        match token {
            Some(token) if token.revoked_at.is_none() => {}
            _ => {
                return Ok(Err(Denial::Token(format!(
                    "token {} was revoked",
                    admitted.token
                ))));
            }
        }
        let current = self.current()?;
        let email = EmailAddress::parse(&admitted.email)
            .map_err(|error| AppError::fault("reading a token", error))?;
        let decision = self.decide(
            &current,
            &email,
            &admitted.recipient,
            &admitted.view,
            action,
            self.now(),
        )?;
        if decision.allowed {
            return Ok(Ok(()));
        }
        let why: Vec<String> = decision
            .not_met()
            .map(|condition| condition.id.as_str().to_owned())
            .collect();
        Ok(Err(Denial::Conditions(why.join(", "))))
    }

    /// Whether a view of that name is declared.
    #[must_use]
    pub fn has_view(&self, view: &str) -> bool {
        matches!(self.current_if_any(), Ok(Some(current)) if current.estate.view(view).is_some())
    }

    /// Notes a refused request in the recipient's log when the token is known, else in the owner's.
    ///
    /// # Errors
    /// When the entry cannot be written.
    pub fn note_refusal(&self, recipient: Option<&str>, view: &str, what: &str) -> Result<()> {
        let known = match (recipient, self.current_if_any()?) {
            (Some(name), Some(current)) => current.estate.recipient(name).is_some(),
            _ => false,
        };
        let log = match recipient {
            Some(name) if known => self.log(name)?,
            _ => self.owner_log()?,
        };
        let view: String = view
            .chars()
            .filter(|letter| letter.is_ascii_graphic() || *letter == ' ')
            .take(64)
            .collect();
        let statement = Self::built(
            self.entry("access-refused", crate::home::GATE)
                .subject("view", view)
                .field("what", what),
        )?;
        self.database.write(move |tx| -> Result<()> {
            tx.append(&log, &statement)?;
            Ok(())
        })
    }
}
