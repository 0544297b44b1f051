//! Reading the ledger: entries, checkpoints, proofs, audit.

use crate::error::{AppError, Result};
use crate::estate::slug;
use crate::home::App;
use ringfence_ledger::{Checkpoint, NoteSigner, SignedNote, Statement, TlogProof, VerifierKey};
use ringfence_store::{LogName, log};
use serde::Serialize;

/// One entry as read.
#[derive(Clone, Debug, Serialize)]
pub struct EntryReport {
    /// Its number in the log, from 0.
    pub index: u64,
    /// Its leaf hash.
    pub leaf: String,
    /// The statement.
    pub statement: serde_json::Value,
}

/// One audited log.
#[derive(Clone, Debug, Serialize)]
pub struct AuditReport {
    /// Its origin.
    pub log: String,
    /// Entries.
    pub size: u64,
    /// Root hash, recomputed from the statements.
    pub root: String,
}

impl App {
    /// The signer of every log of this owner: one key under the owner's name, so that one `--trust` covers a whole pack.
    pub(crate) fn signer(&self, log: &LogName) -> Result<NoteSigner> {
        let owner = log.as_str().split('/').next().unwrap_or_default();
        NoteSigner::new(owner, self.keys.ledger.reveal())
            .map_err(|error| AppError::fault("reading the ledger key", error))
    }

    fn named_log(&self, name: &str) -> Result<LogName> {
        let current = self.current()?;
        let known = name == "owner" || current.estate.recipient(name).is_some();
        let log = crate::home::log_of(&slug(&current.estate.owner.name), name)?;
        let exists = known || self.database.read(|tx| log::head(tx, &log))?.is_some();
        if exists {
            Ok(log)
        } else {
            Err(AppError::not_found(
                "log",
                name,
                "Logs are called \"owner\" or as a recipient",
            ))
        }
    }

    /// The verifier key of a log.
    ///
    /// # Errors
    /// When there is no such log.
    pub fn ledger_key(&self, name: &str) -> Result<VerifierKey> {
        Ok(self.signer(&self.named_log(name)?)?.verifier_key())
    }

    /// The last `count` entries.
    ///
    /// # Errors
    /// When there is no such log or the database fails.
    pub fn ledger_tail(&self, name: &str, count: u64) -> Result<Vec<EntryReport>> {
        let log = self.named_log(name)?;
        self.database.read(|tx| {
            let size = log::head(tx, &log)?.map_or(0, |head| head.size);
            let entries = log::entries(tx, &log, size.saturating_sub(count.min(log::PAGE))..size)?;
            entries
                .into_iter()
                .map(|entry| {
                    Ok(EntryReport {
                        index: entry.index,
                        leaf: entry.leaf.to_string(),
                        statement: serde_json::from_slice(&entry.statement)
                            .map_err(|error| AppError::fault("reading an entry", error))?,
                    })
                })
                .collect()
        })
    }

    /// Signs the head of a log. The size is noted outside the database before the signature leaves.
    ///
    /// # Errors
    /// When there is no such log, it is empty, or the size cannot be noted.
    pub fn ledger_checkpoint(&self, name: &str) -> Result<SignedNote> {
        let log = self.named_log(name)?;
        self.checkpoint_of(&log)
    }

    pub(crate) fn checkpoint_of(&self, log: &LogName) -> Result<SignedNote> {
        let head = self
            .database
            .read(|tx| log::head(tx, log))?
            .ok_or_else(|| AppError::not_found("entry", log.as_str(), "The log has no entry yet"))?;
        self.sign_head(log, head.size, head.root)
    }

    fn sign_head(&self, log: &LogName, size: u64, root: ringfence_ledger::Hash) -> Result<SignedNote> {
        self.signed.note(log, size)?;
        Checkpoint {
            origin: log.as_str().to_owned(),
            size,
            root,
        }
        .sign(&self.signer(log)?)
        .map_err(|error| AppError::fault("signing a checkpoint", error))
    }

    /// A proof that an entry is in the log, with a signed checkpoint (c2sp.org/tlog-proof).
    ///
    /// # Errors
    /// When there is no such log or entry.
    pub fn ledger_prove(&self, name: &str, index: u64) -> Result<TlogProof> {
        let log = self.named_log(name)?;
        self.prove(&log, index)
    }

    pub(crate) fn prove(&self, log: &LogName, index: u64) -> Result<TlogProof> {
        let found = self.database.read(|tx| -> Result<_> {
            let Some(head) = log::head(tx, log)?.filter(|head| index < head.size) else {
                return Ok(None);
            };
            Ok(Some((
                head.size,
                head.root,
                log::inclusion_proof(tx, log, index, head.size)?,
            )))
        })?;
        let Some((size, root, path)) = found else {
            return Err(AppError::not_found(
                "entry",
                format!("{log}#{index}"),
                "Run: ringfence ledger tail",
            ));
        };
        Ok(TlogProof {
            index,
            path,
            checkpoint: self.sign_head(log, size, root)?,
        })
    }

    /// Entries of one log with proofs that all carry the same signed checkpoint.
    pub(crate) fn prove_all(&self, log: &LogName, indices: &[u64]) -> Result<Vec<(Statement, TlogProof)>> {
        let read = self.database.read(|tx| -> Result<_> {
            let Some(head) = log::head(tx, log)? else {
                return Ok(None);
            };
            let mut entries = Vec::new();
            for index in indices {
                let Some(entry) = log::entry(tx, log, *index)? else {
                    return Ok(None);
                };
                entries.push((
                    *index,
                    entry.statement,
                    log::inclusion_proof(tx, log, *index, head.size)?,
                ));
            }
            Ok(Some((head, entries)))
        })?;
        let Some((head, entries)) = read else {
            return Err(AppError::fault(
                "proving entries",
                format!("{log} lacks one of them"),
            ));
        };
        let checkpoint = self.sign_head(log, head.size, head.root)?;
        entries
            .into_iter()
            .map(|(index, statement, path)| {
                let statement = Statement::parse(&statement)
                    .map_err(|error| AppError::fault("reading an entry", error))?;
                Ok((
                    statement,
                    TlogProof {
                        index,
                        path,
                        checkpoint: checkpoint.clone(),
                    },
                ))
            })
            .collect()
    }

    /// Recomputes every hash of every log from its statements and compares.
    ///
    /// # Errors
    /// When a hash differs; the log and the entry are named.
    pub fn ledger_audit(&self) -> Result<Vec<AuditReport>> {
        let signed = self.signed.all()?;
        let reports = self.database.read(|tx| -> Result<_> {
            let mut reports = Vec::new();
            for log in log::logs(tx)? {
                let head = log::audit(tx, &log).map_err(|error| {
                    AppError::refused(
                        format!("auditing {log}"),
                        error.to_string(),
                        "Keep the home as it is and compare with receipts and backups",
                    )
                })?;
                reports.push(AuditReport {
                    log: log.as_str().to_owned(),
                    size: head.size,
                    root: head.root.to_string(),
                });
            }
            Ok(reports)
        })?;
        for (log, size) in signed {
            let held = reports
                .iter()
                .find(|report| report.log == log.as_str())
                .map_or(0, |report| report.size);
            if held < size {
                return Err(AppError::refused(
                    format!("auditing {log}"),
                    format!("size {size} was signed once, the database holds {held}"),
                    "Restore the newer database",
                ));
            }
        }
        Ok(reports)
    }
}
