//! The end of work in one act: grants revoked, tokens ended, transfers cut. Marks and evidence are kept for ever.

use crate::error::{AppError, Result};
use crate::home::{App, OPERATOR};
use ringfence_store::tables;
use serde::Serialize;

/// What ended.
#[derive(Clone, Debug, Serialize)]
pub struct OffboardReport {
    /// The party.
    pub party: String,
    /// Grants revoked, as `recipient/view/first day`.
    pub grants: Vec<String>,
    /// Tokens revoked.
    pub tokens: u64,
    /// Deliveries whose copies are still out there: recipient, view, number.
    pub outstanding: Vec<Outstanding>,
}

/// Copies that were delivered.
#[derive(Clone, Debug, Serialize)]
pub struct Outstanding {
    /// To whom.
    pub recipient: String,
    /// Of which view.
    pub view: String,
    /// How many deliveries.
    pub deliveries: u64,
}

impl App {
    /// Ends all access of a party. Running transfers are cut by the server within 250 ms.
    ///
    /// # Errors
    /// When there is no such party or it was offboarded before.
    pub fn offboard(&self, party: &str, reason: &str) -> Result<OffboardReport> {
        let current = self.current()?;
        if current.estate.party(party).is_none() {
            return Err(AppError::not_found("party", party, "Run: ringfence tracker"));
        }
        let known = self
            .database
            .read(|tx| tables::agreements::party_state(tx, party))?;
        if known.is_some_and(|state| state.offboarded_at.is_some()) {
            return Err(AppError::refused(
                format!("offboarding {party}"),
                "it was offboarded before",
                "",
            ));
        }
        let recipients: Vec<_> = current
            .estate
            .recipients
            .iter()
            .filter(|recipient| recipient.party == party)
            .collect();
        let grants: Vec<_> = current
            .estate
            .grants
            .iter()
            .filter(|grant| {
                recipients
                    .iter()
                    .any(|recipient| recipient.name == grant.recipient)
            })
            .cloned()
            .collect();
        let persons: Vec<String> = current
            .estate
            .persons
            .iter()
            .filter(|person| person.party == party)
            .map(|person| self.actor_of("person", person.email.reveal()))
            .collect::<Result<_>>()?;
        let salt = crate::home::random_salt()?;
        let commitment = ringfence_ledger::commit(&salt, reason.as_bytes());
        let mut entries = Vec::new();
        for recipient in &recipients {
            let log = self.log(&recipient.name)?;
            for grant in grants.iter().filter(|grant| grant.recipient == recipient.name) {
                entries.push((
                    log.clone(),
                    Self::built(
                        self.entry("grant-revoked", OPERATOR)
                            .subject("grant", grant.name()),
                    )?,
                ));
            }
            let step = self
                .entry("offboarded", OPERATOR)
                .subject("party", party)
                .subject("recipient", recipient.name.as_str())
                .commitment("reason", commitment);
            entries.push((log, Self::built(step)?));
        }
        if recipients.is_empty() {
            let step = self
                .entry("offboarded", OPERATOR)
                .subject("party", party)
                .commitment("reason", commitment);
            entries.push((self.owner_log()?, Self::built(step)?));
        }
        let now = self.now();
        let (party_name, reason) = (party.to_owned(), reason.to_owned());
        let revoked = grants.clone();
        let tokens = self.database.write(move |tx| -> Result<u64> {
            for (log, statement) in &entries {
                tx.append(log, statement)?;
            }
            tables::agreements::put_party_state(
                tx,
                &tables::agreements::PartyState {
                    party: party_name,
                    offboarded_at: Some(now),
                    reason: Some(reason.clone()),
                },
            )?;
            for grant in &revoked {
                let state = tables::agreements::GrantState {
                    recipient: grant.recipient.clone(),
                    view: grant.view.clone(),
                    agreements: grant.name(),
                    revoked_at: Some(now),
                    reason: Some(reason.clone()),
                };
                tables::agreements::put_grant_state(tx, &state)?;
            }
            let tokens = tables::tokens::revoke_of_persons(tx, &persons, now, "the party was offboarded")?;
            tx.bump_revision()?;
            Ok(tokens)
        })?;
        let deliveries = self.database.read(tables::deliveries::list)?;
        let mut outstanding: Vec<Outstanding> = Vec::new();
        for delivery in deliveries
            .iter()
            .filter(|row| recipients.iter().any(|recipient| recipient.name == row.recipient))
        {
            match outstanding
                .iter_mut()
                .find(|seen| seen.recipient == delivery.recipient && seen.view == delivery.view)
            {
                Some(seen) => seen.deliveries = seen.deliveries.saturating_add(1),
                None => outstanding.push(Outstanding {
                    recipient: delivery.recipient.clone(),
                    view: delivery.view.clone(),
                    deliveries: 1,
                }),
            }
        }
        Ok(OffboardReport {
            party: party.to_owned(),
            grants: grants.iter().map(ringfence_domain::estate::Grant::name).collect(),
            tokens,
            outstanding,
        })
    }
}
