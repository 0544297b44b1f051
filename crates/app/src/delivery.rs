//! Deliveries: an entry before the first byte leaves, one after the last, a receipt for the vendor.

use crate::error::{AppError, Result};
use crate::home::{App, random_id};
use crate::projection::object_id;
use jiff::Timestamp;
use ringfence_git::delivery_store::DeliveryStore;
use ringfence_ledger::{Hash, Value};
use ringfence_store::tables::deliveries::{Delivery, DeliveryEnd, DeliveryKind};
use ringfence_store::{EntryRef, tables};
use ringfence_view::object::{ObjectId, ObjectSource, read_commit};
use ringfence_view::project::exposure::{ListedFile, list_files};
use ringfence_view::project::{Limits, ViewRules};
use serde::Serialize;
use std::sync::PoisonError;

pub use ringfence_store::tables::deliveries::DeliveryKind as Kind;

/// A delivery that has begun.
#[derive(Clone, Debug)]
pub struct BegunDelivery {
    /// Its id.
    pub id: String,
    /// To whom.
    pub recipient: String,
    /// Of which view.
    pub view: String,
    /// Tip of the tracked branch at its beginning.
    pub tip: ObjectId,
    /// How.
    pub kind: DeliveryKind,
}

/// How a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every byte was handed over.
    Complete,
    /// It broke off or was cut; begun counts as delivered.
    Cut,
}

/// One delivery as the owner's log shows it.
#[derive(Clone, Debug, Serialize)]
pub struct DeliveryReport {
    /// Its id.
    pub id: String,
    /// To whom.
    pub recipient: String,
    /// Of which view.
    pub view: String,
    /// The person who took it, by random id.
    pub person: String,
    /// clone, fetch, export or receipts.
    pub kind: String,
    /// When it began.
    pub began_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Objects in it.
    pub objects: Option<u64>,
    /// Bytes in it.
    pub bytes: Option<u64>,
    /// How it ended; none: begun without an end counts as delivered.
    pub outcome: Option<String>,
    /// SHA-256 of the manifest.
    pub manifest: Option<String>,
    /// The entry before its first byte.
    pub entry: String,
}

/// Every file of a tree.
pub(crate) fn every_file(source: &dyn ObjectSource, tree: ObjectId) -> Result<Vec<ListedFile>> {
    let everything = ringfence_domain::view::PathRule {
        visibility: ringfence_domain::view::Visibility::Write,
        paths: vec!["*".to_owned()],
    };
    Ok(list_files(
        &ViewRules::new(&[everything], Vec::new())?,
        tree,
        source,
        Limits::default(),
    )?)
}

/// A count as an entry holds it.
pub(crate) fn count<T: TryInto<i64>>(number: T) -> Value {
    Value::Integer(
        number
            .try_into()
            .unwrap_or(i64::MAX)
            .min(ringfence_ledger::canonical::MAX_INTEGER),
    )
}

impl App {
    /// Records that a delivery begins; returns only when the entry is durable.
    ///
    /// # Errors
    /// When the entry cannot be written: then nothing may be sent.
    pub fn begin_delivery(
        &self,
        recipient: &str,
        view: &str,
        person: &str,
        token: Option<&str>,
        kind: DeliveryKind,
        tip: ObjectId,
    ) -> Result<BegunDelivery> {
        let id = random_id("d")?;
        let mut entry = self
            .entry("delivery-begun", person)
            .subject("delivery", id.as_str())
            .subject("recipient", recipient)
            .subject("view", view)
            .field("how", kind.as_str())
            .field("tip", tip.to_string())
            // Of what is delivered for the first time; what was delivered before stays under its own.
            .field("epoch", count(self.key_ring(recipient)?.current()));
        if let Some(token) = token {
            entry = entry.subject("token", token);
        }
        let statement = Self::built(entry)?;
        let log = self.log(recipient)?;
        let mut row = Delivery {
            id: id.clone(),
            recipient: recipient.to_owned(),
            view: view.to_owned(),
            person: person.to_owned(),
            token: token.map(str::to_owned),
            kind,
            began_at: self.now(),
            began_log: log.as_str().to_owned(),
            began_index: 0,
            ended_at: None,
            objects: None,
            bytes: None,
            manifest_hash: None,
            tips: serde_json::json!([tip.to_string()]).to_string(),
            outcome: None,
        };
        self.database.write(move |tx| -> Result<()> {
            row.began_index = tx.append(&log, &statement)?.index;
            Ok(tables::deliveries::begin(tx, &row)?)
        })?;
        Ok(BegunDelivery {
            id,
            recipient: recipient.to_owned(),
            view: view.to_owned(),
            tip,
            kind,
        })
    }

    /// Records the end of a delivery and gives the vendor a receipt in `refs/ringfence/receipts`.
    ///
    /// # Errors
    /// When the entry cannot be written.
    pub fn end_delivery(
        &self,
        begun: &BegunDelivery,
        store: &DeliveryStore,
        objects: u64,
        bytes: u64,
        ending: Ending,
    ) -> Result<()> {
        // The tip may be gone with an earlier generation of the store: the end is recorded all the same.
        let manifest = match self.manifest(store, begun) {
            Ok(manifest) => Some(manifest),
            Err(error) => {
                tracing::warn!(delivery = %begun.id, %error, "a delivery ends without a manifest");
                None
            }
        };
        let outcome = match ending {
            Ending::Complete => "complete",
            Ending::Cut => "cut",
        };
        let entry = self.close_delivery(begun, objects, bytes, outcome, manifest)?;
        if let Some(manifest) = manifest.filter(|_| begun.kind != DeliveryKind::Receipts) {
            self.write_receipt(begun, store, manifest, &entry)?;
        }
        Ok(())
    }

    pub(crate) fn close_delivery(
        &self,
        begun: &BegunDelivery,
        objects: u64,
        bytes: u64,
        outcome: &'static str,
        manifest: Option<Hash>,
    ) -> Result<EntryRef> {
        let mut entry = self
            .entry("delivery-ended", crate::home::GATE)
            .subject("delivery", begun.id.as_str())
            .subject("recipient", begun.recipient.as_str())
            .subject("view", begun.view.as_str())
            .field("objects", count(objects))
            .field("bytes", count(bytes))
            .field("outcome", outcome);
        if let Some(manifest) = manifest {
            entry = entry.field("manifest", manifest.to_string());
        }
        let statement = Self::built(entry)?;
        let log = self.log(&begun.recipient)?;
        let id = begun.id.clone();
        let end = DeliveryEnd {
            ended_at: self.now(),
            objects,
            bytes,
            manifest_hash: manifest.map(|hash| hash.0),
            outcome: outcome.to_owned(),
        };
        self.database.write(move |tx| -> Result<EntryRef> {
            tables::deliveries::finish(tx, &id, &end)?;
            Ok(tx.append(&log, &statement)?)
        })
    }

    /// What the recipient can have from this tip: every path with mode and blob id, kept as a blob by hash. Made once for each
    /// tip: the last of each store is remembered.
    pub(crate) fn manifest(&self, source: &dyn ObjectSource, begun: &BegunDelivery) -> Result<Hash> {
        let key = (begun.view.clone(), begun.recipient.clone());
        let cached = self
            .manifests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .copied();
        if let Some((_, hash)) = cached.filter(|(tip, _)| *tip == begun.tip) {
            return Ok(hash);
        }
        let tree = read_commit(source, &begun.tip)?.tree;
        let files: Vec<Value> = every_file(source, tree)?
            .into_iter()
            .map(|file| {
                Value::Array(vec![
                    Value::Text(file.path.escape_ascii().to_string()),
                    Value::Text(format!("{:o}", file.kind as u16)),
                    Value::Text(file.blob.to_string()),
                ])
            })
            .collect();
        let manifest = Value::object([
            ("v", Value::Integer(1)),
            ("view", Value::Text(begun.view.clone())),
            ("recipient", Value::Text(begun.recipient.clone())),
            ("commit", Value::Text(begun.tip.to_string())),
            ("files", Value::Array(files)),
        ]);
        let text = manifest
            .encode()
            .map_err(|error| AppError::fault("writing a manifest", error))?;
        let hash = self.blobs.put(text.as_bytes())?;
        self.manifests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, (begun.tip, hash));
        Ok(hash)
    }

    fn write_receipt(
        &self,
        begun: &BegunDelivery,
        store: &DeliveryStore,
        manifest: Hash,
        entry: &EntryRef,
    ) -> Result<()> {
        let proved = self.prove_all(&entry.log, &[entry.index])?;
        let Some((statement, proof)) = proved.into_iter().next() else {
            return Err(AppError::fault("writing a receipt", "no proof of its entry"));
        };
        let receipt = serde_json::json!({
            "v": 1,
            "delivery": begun.id,
            "view": begun.view,
            "recipient": begun.recipient,
            "commit": begun.tip.to_string(),
            "manifest": manifest.to_string(),
            "log": entry.log.as_str(),
            "index": entry.index,
            "key": self.signer(&entry.log)?.verifier_key().to_string(),
            // The proof is of these bytes, so the vendor checks it without asking anyone.
            "entry": statement.as_str(),
            "proof": proof.to_string(),
        });
        let text = serde_json::to_vec_pretty(&receipt)
            .map_err(|error| AppError::fault("writing a receipt", error))?;
        let seconds = self.now().as_second();
        // Two deliveries may end at once; the ref moves once for each.
        let mut last = None;
        for _ in 0..20 {
            match store.append_receipt(&text, seconds) {
                Ok(_) => return Ok(()),
                Err(error) => last = Some(error),
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        Err(last.map_or_else(
            || AppError::fault("writing a receipt", "no attempt was made"),
            AppError::from,
        ))
    }

    /// All deliveries, or those to one recipient.
    ///
    /// # Errors
    /// When nobody of that name is declared or ever got anything, or the database fails.
    pub fn deliveries(&self, recipient: Option<&str>) -> Result<Vec<DeliveryReport>> {
        let rows = match recipient {
            Some(recipient) => {
                let rows = self
                    .database
                    .read(|tx| tables::deliveries::list_of_recipient(tx, recipient))?;
                if rows.is_empty() && self.current()?.estate.recipient(recipient).is_none() {
                    return Err(AppError::not_found(
                        "recipient",
                        recipient,
                        "Recipients are declared in the estate",
                    ));
                }
                rows
            }
            None => self.database.read(tables::deliveries::list)?,
        };
        Ok(rows
            .into_iter()
            .map(|row| DeliveryReport {
                kind: row.kind.as_str().to_owned(),
                entry: format!("{}#{}", row.began_log, row.began_index),
                manifest: row.manifest_hash.map(hex::encode),
                id: row.id,
                recipient: row.recipient,
                view: row.view,
                person: row.person,
                began_at: row.began_at,
                ended_at: row.ended_at,
                objects: row.objects,
                bytes: row.bytes,
                outcome: row.outcome,
            })
            .collect())
    }

    /// Ends deliveries that were begun by a process that is gone; begun without an end counts as delivered.
    ///
    /// # Errors
    /// When the database fails.
    pub fn close_broken_deliveries(&self) -> Result<u64> {
        let open: Vec<Delivery> = self
            .database
            .read(tables::deliveries::list)?
            .into_iter()
            .filter(|row| row.ended_at.is_none())
            .collect();
        let mut closed = 0_u64;
        for row in open {
            let tips: Vec<String> = serde_json::from_str(&row.tips)
                .map_err(|error| AppError::fault("reading a delivery", error))?;
            let Some(tip) = tips.first() else { continue };
            let begun = BegunDelivery {
                id: row.id,
                recipient: row.recipient,
                view: row.view,
                tip: object_id(tip)?,
                kind: row.kind,
            };
            let manifest = DeliveryStore::open(&self.stores(), &begun.view, &begun.recipient)
                .ok()
                .and_then(|store| self.manifest(&store, &begun).ok());
            self.close_delivery(&begun, 0, 0, "unknown", manifest)?;
            closed = closed.saturating_add(1);
        }
        Ok(closed)
    }
}

impl App {
    /// Opens the delivery store of (view, recipient).
    ///
    /// # Errors
    /// When there is none or it is not as it was made.
    pub fn open_store(&self, view: &str, recipient: &str) -> Result<DeliveryStore> {
        Ok(DeliveryStore::open(&self.stores(), view, recipient)?)
    }

    /// The folder of the delivery store of (view, recipient), whether it is there yet or not.
    ///
    /// # Errors
    /// When a name is refused.
    pub fn store_path(&self, view: &str, recipient: &str) -> Result<std::path::PathBuf> {
        Ok(DeliveryStore::path_of(&self.stores(), view, recipient)?)
    }

    /// The folder in which pushes are quarantined, beside mirrors and stores and in neither.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn quarantine(&self) -> Result<std::path::PathBuf> {
        let folder = self.home.join("quarantine");
        std::fs::create_dir_all(&folder).map_err(|source| AppError::file(&folder, source))?;
        Ok(folder)
    }

    /// The branches of a store by short name: those that follow the owner, and the recipient's own.
    ///
    /// # Errors
    /// When the view is not declared or git fails.
    pub fn branches(&self, view: &str, recipient: &str) -> Result<(Vec<String>, Vec<String>)> {
        let current = self.current()?;
        let declared = self.declared_view(&current, view)?;
        let tracked: Vec<String> = current
            .estate
            .repository(&declared.repository)
            .map(|repository| repository.branch.clone())
            .into_iter()
            .collect();
        let own = match DeliveryStore::open(&self.stores(), view, recipient) {
            Ok(store) => store
                .refs()?
                .into_iter()
                .filter_map(|(name, _)| name.strip_prefix("refs/heads/").map(str::to_owned))
                .filter(|name| !tracked.contains(name))
                .collect(),
            Err(ringfence_git::delivery_store::StoreError::Missing { .. }) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        Ok((tracked, own))
    }
}
