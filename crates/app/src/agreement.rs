//! Agreements: their state, and signatures recorded by the operator for others (vouched for).

use crate::error::{AppError, Result};
use crate::estate::recipients_of_parties;
use crate::home::{App, OPERATOR};
use jiff::Timestamp;
use ringfence_domain::agreement::{
    Agreement, AgreementState, Signatory, Signature, TermsHash, agreement_state,
};
use ringfence_domain::estate::OWNER;
use ringfence_ledger::Hash;
use ringfence_store::{Transaction, tables};
use serde::Serialize;
use std::path::Path;

/// Largest signed document.
const LONGEST_DOCUMENT: u64 = 64 << 20;

/// An agreement with its signatures and state.
#[derive(Clone, Debug, Serialize)]
pub struct AgreementReport {
    /// The terms as declared.
    pub agreement: Agreement,
    /// Hash of the present terms; signatures under other terms do not count.
    pub terms: String,
    /// The state now.
    pub state: AgreementState,
    /// The state as a person reads it.
    pub state_text: String,
    /// The signatures.
    pub signatures: Vec<SignatureReport>,
}

/// One signature.
#[derive(Clone, Debug, Serialize)]
pub struct SignatureReport {
    /// Who.
    pub signatory: String,
    /// When.
    pub at: Timestamp,
    /// True when the present terms were signed.
    pub present_terms: bool,
    /// Who vouched for it.
    pub vouched_by: Option<String>,
    /// SHA-256 of the document.
    pub document: Option<String>,
    /// Its entry, `log#index`.
    pub entry: String,
}

impl App {
    /// The signatures of an agreement as the domain understands them.
    pub(crate) fn signatures(tx: &mut Transaction<'_>, agreement: &str) -> Result<Vec<Signature>> {
        let rows = tables::agreements::signatures(tx, agreement)?;
        Ok(rows
            .iter()
            .filter_map(|row| {
                Some(Signature {
                    signatory: Signatory::parse(&row.signatory).ok()?,
                    terms: TermsHash::from_hex(&hex::encode(row.terms_hash))?,
                    at: row.signed_at,
                })
            })
            .collect())
    }

    /// All agreements with their state now.
    ///
    /// # Errors
    /// When no estate is applied or the database fails.
    pub fn agreements(&self) -> Result<Vec<AgreementReport>> {
        let current = self.current()?;
        current
            .estate
            .agreements
            .iter()
            .map(|agreement| self.agreement_report(agreement))
            .collect()
    }

    /// One agreement with its state now.
    ///
    /// # Errors
    /// When there is none of that id or the database fails.
    pub fn agreement(&self, id: &str) -> Result<AgreementReport> {
        let current = self.current()?;
        self.agreement_report(self.declared_agreement(&current.estate, id)?)
    }

    fn declared_agreement<'a>(
        &self,
        estate: &'a ringfence_domain::Estate,
        id: &str,
    ) -> Result<&'a Agreement> {
        estate
            .agreement(id)
            .ok_or_else(|| AppError::not_found("agreement", id, "Run: ringfence agreement list"))
    }

    fn agreement_report(&self, agreement: &Agreement) -> Result<AgreementReport> {
        let (signatures, rows) = self.database.read(|tx| -> Result<_> {
            Ok((
                Self::signatures(tx, &agreement.id)?,
                tables::agreements::signatures(tx, &agreement.id)?,
            ))
        })?;
        let terms = TermsHash::of(agreement);
        let state = agreement_state(agreement, &signatures, self.now());
        Ok(AgreementReport {
            terms: terms.to_string(),
            state_text: state.to_string(),
            state,
            signatures: rows
                .into_iter()
                .map(|row| SignatureReport {
                    signatory: row.signatory,
                    at: row.signed_at,
                    present_terms: row.terms_hash == *terms.as_bytes(),
                    vouched_by: row.vouched_by,
                    document: row.document_hash.map(hex::encode),
                    entry: format!("{}#{}", row.entry_log, row.entry_index),
                })
                .collect(),
            agreement: agreement.clone(),
        })
    }

    /// Records that `signatory` signed, vouched for by the operator.
    ///
    /// # Errors
    /// When the policy does not allow it, the signatory is none of the agreement, has signed already, or the agreement is over.
    pub fn sign(&self, id: &str, signatory: &str, document: Option<&Path>) -> Result<AgreementReport> {
        let current = self.current()?;
        let agreement = self.declared_agreement(&current.estate, id)?;
        let what = format!("signing {id} as {signatory}");
        let parsed = Signatory::parse(signatory).map_err(|error| {
            AppError::Input(format!(
                "{signatory:?} is neither \"owner\" nor an e-mail address: {error}"
            ))
        })?;
        if !agreement.signatories.contains(&parsed) {
            let listed: Vec<&str> = agreement.signatories.iter().map(Signatory::reveal).collect();
            return Err(AppError::refused(
                what,
                "not a signatory of it",
                format!("Its signatories are {}", listed.join(", ")),
            ));
        }
        // The operator is the owner's person: only a signature of somebody else needs vouching.
        let vouched = parsed.reveal() != OWNER;
        if vouched && !current.estate.policy.allow_vouched {
            return Err(AppError::refused(
                what,
                "[policy] does not allow the operator to sign for others",
                "Set allow_vouched = true in [policy] and apply the estate, if that is what the owner wants",
            ));
        }
        let report = self.agreement_report(agreement)?;
        if let AgreementState::Expired { ended } = report.state {
            return Err(AppError::refused(
                what,
                format!("its last day was {ended}"),
                "Declare a new agreement",
            ));
        }
        if report
            .signatures
            .iter()
            .any(|signature| signature.present_terms && signature.signatory == parsed.reveal())
        {
            return Err(AppError::refused(
                what,
                "already signed under the present terms",
                "",
            ));
        }
        let document_hash = document.map(|path| self.keep_document(path)).transpose()?;
        let actor = if vouched {
            self.actor_of("person", parsed.reveal())?
        } else {
            OWNER.to_owned()
        };
        let terms = TermsHash::of(agreement);
        let salt = crate::home::random_salt()?;
        let mut entry = self
            .entry("agreement-signed", OPERATOR)
            .subject("agreement", id)
            .subject("signatory", actor.as_str())
            .field("terms", terms.to_string())
            .field("vouched", vouched);
        if let Some(hash) = document_hash {
            entry = entry.commitment("document", ringfence_ledger::commit(&salt, hash.as_bytes()));
        }
        let statement = Self::built(entry)?;
        // Signed by all: from its first day on it is in force. The day needs no act, so the entry names it.
        let mut after: Vec<Signature> = self.database.read(|tx| Self::signatures(tx, id))?;
        let now = self.now();
        after.push(Signature {
            signatory: parsed.clone(),
            terms: TermsHash::of(agreement),
            at: now,
        });
        let complete = !matches!(
            agreement_state(agreement, &after, now),
            AgreementState::Drafted { .. } | AgreementState::PartlySigned { .. }
        );
        let in_force = complete
            .then(|| {
                Self::built(
                    self.entry("agreement-in-force", OPERATOR)
                        .subject("agreement", id)
                        .field("effective", agreement.effective.to_string())
                        .field("ends", agreement.ends.to_string())
                        .field("terms", terms.to_string()),
                )
            })
            .transpose()?;
        let logs = self.logs_of(&recipients_of_parties(&current.estate, &agreement.parties))?;
        let row = tables::agreements::Signature {
            agreement: id.to_owned(),
            signatory: parsed.reveal().to_owned(),
            terms_hash: *terms.as_bytes(),
            document_hash: document_hash.map(|hash| hash.0),
            signed_at: now,
            vouched_by: vouched.then(|| OPERATOR.to_owned()),
            entry_log: String::new(),
            entry_index: 0,
        };
        self.database.write(move |tx| -> Result<()> {
            let mut row = row;
            for log in &logs {
                let entry = tx.append(log, &statement)?;
                row.entry_log = entry.log.as_str().to_owned();
                row.entry_index = entry.index;
                if let Some(in_force) = &in_force {
                    tx.append(log, in_force)?;
                }
            }
            Ok(tables::agreements::add_signature(tx, &row)?)
        })?;
        self.agreement_report(agreement)
    }

    /// The logs of these recipients; the owner's when there are none.
    pub(crate) fn logs_of(
        &self,
        recipients: &std::collections::BTreeSet<String>,
    ) -> Result<Vec<ringfence_store::LogName>> {
        if recipients.is_empty() {
            return Ok(vec![self.owner_log()?]);
        }
        recipients.iter().map(|name| self.log(name)).collect()
    }

    fn keep_document(&self, path: &Path) -> Result<Hash> {
        let length = std::fs::metadata(path)
            .map_err(|source| AppError::file(path, source))?
            .len();
        if length > LONGEST_DOCUMENT {
            return Err(AppError::Input(format!(
                "{}: {length} bytes; a document has at most {LONGEST_DOCUMENT}",
                path.display()
            )));
        }
        let bytes = std::fs::read(path).map_err(|source| AppError::file(path, source))?;
        Ok(self.blobs.put(&bytes)?)
    }
}
