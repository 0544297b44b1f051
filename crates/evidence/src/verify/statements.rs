//! Entries: each in its log, each log with one signed checkpoint.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_ledger::{Checkpoint, Statement, TlogProof, verify_inclusion};

use super::{Check, Entry, role_of};
use crate::format::ClaimFile;

/// A statement whose place in its log was verified.
pub(super) struct Placed {
    pub(super) statement: Statement,
    pub(super) origin: String,
    pub(super) index: u64,
}

impl Check {
    /// Verifies every statement and proof; returns those that hold, by member name.
    pub(super) fn statements(&mut self, claim: &ClaimFile) -> BTreeMap<String, Placed> {
        let mut placed = BTreeMap::new();
        let mut heads: BTreeMap<String, (String, Checkpoint)> = BTreeMap::new();
        let mut places = BTreeSet::new();
        let names: Vec<String> = self.members.keys().cloned().collect();
        for name in names {
            match role_of(&name) {
                Some("proof") => {
                    let statement = name
                        .replace("proofs/", "statements/")
                        .replace(".tlog-proof", ".json");
                    if !self.members.contains_key(&statement) {
                        self.fail(format!("{name}: proves no statement"));
                    }
                }
                Some("statement") => match self.place(&name, claim, &mut heads) {
                    Err(problem) => self.fail(format!("{name}: {problem}")),
                    Ok(found) => {
                        if !places.insert((found.origin.clone(), found.index)) {
                            self.fail(format!("{name}: is there twice"));
                        }
                        self.entries.push(Entry {
                            origin: found.origin.clone(),
                            index: found.index,
                            kind: found.statement.kind().to_owned(),
                            time: found.statement.time().to_owned(),
                        });
                        placed.insert(name, found);
                    }
                },
                _ => {}
            }
        }
        placed
    }

    fn place(
        &mut self,
        name: &str,
        claim: &ClaimFile,
        heads: &mut BTreeMap<String, (String, Checkpoint)>,
    ) -> Result<Placed, String> {
        let bytes = self.members.get(name).ok_or("is missing")?;
        let statement = Statement::parse(bytes).map_err(|error| error.to_string())?;
        let proof_name = name
            .replace("statements/", "proofs/")
            .replace(".json", ".tlog-proof");
        let proof = self.members.get(&proof_name).ok_or("has no proof")?;
        let proof = TlogProof::parse(proof).map_err(|error| error.to_string())?;
        let note = proof.checkpoint.to_string();
        let unsigned = Checkpoint::from_text(proof.checkpoint.text()).map_err(|error| error.to_string())?;
        let origin = unsigned.origin.clone();
        let known = origin == claim.owner_log
            || Some(&origin) == claim.recipient_log.as_ref()
            || claim.further.iter().any(|name| name.recipient_log == origin);
        if !known {
            return Err(format!("is in the log {origin}, which the claim does not name"));
        }
        let head = match heads.get(&origin) {
            Some((known, head)) if *known == note => head.clone(),
            Some(_) => {
                return Err(format!(
                    "another checkpoint of {origin} than its other entries have"
                ));
            }
            None => {
                // Each checkpoint is verified once, however many proofs carry it.
                self.signed(&proof_name, &proof.checkpoint);
                heads.insert(origin.clone(), (note, unsigned.clone()));
                unsigned
            }
        };
        verify_inclusion(
            &statement.leaf_hash(),
            proof.index,
            head.size,
            &proof.path,
            &head.root,
        )
        .map_err(|error| error.to_string())?;
        Ok(Placed {
            statement,
            origin,
            index: proof.index,
        })
    }
}
