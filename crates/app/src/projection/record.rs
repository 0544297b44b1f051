//! The record of one projection: state, pairs of commits, commitments and entries, in one transaction.

use super::Run;
use super::carry::Carried;
use crate::delivery::count;
use crate::error::{AppError, Result};
use crate::home::{App, GATE};
use crate::interface::NewInterfaces;
use crate::marking::{Rendered, entry_of};
use ringfence_store::tables::{self, histories::CommitOrigin};
use ringfence_view::object::ObjectId;
use ringfence_view::project::history::Projected;

/// What a projection made.
#[derive(Clone, Copy)]
pub(super) struct Made<'a> {
    pub rendered: &'a Rendered,
    pub interfaces: &'a NewInterfaces,
    pub pairs: &'a [Projected],
    pub carried: &'a Carried,
    pub tip: ObjectId,
    pub generation: u64,
    pub known_pairs: usize,
    /// Why the store was made anew.
    pub reason: Option<&'a str>,
}

impl Run<'_> {
    /// Writes state, commitments and entries in one transaction.
    pub(super) fn record(&self, made: &Made<'_>) -> Result<()> {
        let Made {
            rendered,
            interfaces,
            pairs,
            tip,
            generation,
            known_pairs,
            reason,
            ..
        } = *made;
        let app = self.app;
        let log = app.log(self.recipient)?;
        let mut statements = Vec::new();
        if let Some(reason) = reason {
            statements.push(App::built(
                app.entry("store-generation", GATE)
                    .subject("view", self.view.name.as_str())
                    .subject("recipient", self.recipient)
                    .field("generation", count(generation))
                    .field("reason", reason),
            )?);
        }
        for path in &rendered.withheld {
            let salt = crate::home::random_salt()?;
            statements.push(App::built(
                app.entry("mark-withheld", GATE)
                    .subject("recipient", self.recipient)
                    .commitment("path", ringfence_ledger::commit(&salt, path)),
            )?);
        }
        let codewords = entry_of(app, &self.view.name, self.recipient, rendered)?;
        let state = tables::histories::StoreState {
            view: self.view.name.clone(),
            recipient: self.recipient.to_owned(),
            generation,
            tip_upstream: Some(self.upstream.to_string()),
            tip_projected: Some(tip.to_string()),
            rules_hash: String::new(),
            rules: serde_json::to_string(&self.made_by)
                .map_err(|error| AppError::fault("storing rules", error))?,
        };
        let state = tables::histories::StoreState {
            rules_hash: ringfence_ledger::sha256(state.rules.as_bytes()).to_string(),
            ..state
        };
        let mut sequence = u64::try_from(known_pairs).unwrap_or(u64::MAX);
        let all = pairs
            .iter()
            .map(|pair| (pair.upstream, pair.view, CommitOrigin::Projection));
        let carried = made
            .carried
            .iter()
            .map(|(upstream, view)| (*upstream, *view, CommitOrigin::Submission));
        let rows: Vec<_> = all
            .chain(carried)
            .map(|(upstream, projected, origin)| {
                let row = tables::histories::CommitMap {
                    view: self.view.name.clone(),
                    recipient: self.recipient.to_owned(),
                    generation,
                    sequence,
                    upstream: upstream.to_string(),
                    projected: projected.to_string(),
                    origin,
                };
                sequence = sequence.saturating_add(1);
                row
            })
            .collect();
        let files = rendered.files.clone();
        let forms = rendered.forms.clone();
        let interfaces = interfaces.clone();
        app.database.write(move |tx| -> Result<()> {
            for statement in &statements {
                tx.append(&log, statement)?;
            }
            codewords.write(tx, &log)?;
            interfaces.write(tx)?;
            tables::deliveries::add_files(tx, &files)?;
            tables::forms::add(tx, &forms)?;
            tables::histories::add(tx, &rows)?;
            tables::histories::put_state(tx, &state)?;
            Ok(())
        })
    }
}
