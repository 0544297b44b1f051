//! The tracker and the register: which party received which asset under which agreement. A query over what was recorded.

use crate::error::{AppError, Result};
use crate::home::App;
use jiff::Timestamp;
use ringfence_domain::agreement::agreement_state;
use ringfence_domain::asset::{AssetIndex, IMPLICIT_ORIGIN, IMPLICIT_SENSITIVITY, implicit_asset};
use ringfence_domain::choice::Choice as _;
use ringfence_domain::view::Visibility;
use ringfence_store::tables;
use ringfence_view::object::read_commit;
use ringfence_view::project::Limits;
use ringfence_view::project::exposure::{LineCounts, exposure, list_files};
use serde::Serialize;
use std::collections::BTreeSet;

/// One line of the tracker: a party's recipient, an asset, the agreements.
#[derive(Clone, Debug, Serialize)]
pub struct TrackerRow {
    /// The party.
    pub party: String,
    /// Its recipient.
    pub recipient: String,
    /// The view.
    pub view: String,
    /// The assets its visible paths belong to.
    pub assets: Vec<String>,
    /// The agreements it rests on, with their state now.
    pub agreements: Vec<String>,
    /// Persons of the recipient.
    pub persons: u64,
    /// Share of the repository's lines that the view delivers, in per cent.
    pub delivered_percent: f64,
    /// Deliveries so far.
    pub deliveries: u64,
    /// Bytes delivered so far.
    pub bytes: u64,
    /// The last one began then.
    pub last: Option<Timestamp>,
    /// `active`, `not yet`, `over`, `revoked`.
    pub grant: &'static str,
}

/// One line of the register.
#[derive(Clone, Debug, Serialize)]
pub struct AssetRow {
    /// Its name.
    pub name: String,
    /// What sort of thing.
    pub kind: String,
    /// The rights that protect it.
    pub protection: Vec<String>,
    /// Where it comes from.
    pub origin: String,
    /// How much harm its disclosure does.
    pub sensitivity: String,
    /// The repository its paths lie in.
    pub repository: Option<String>,
    /// Its paths.
    pub paths: Vec<String>,
    /// True: every path that no listed asset has.
    pub implicit: bool,
}

impl App {
    /// Which party received which asset under which agreement.
    ///
    /// # Errors
    /// When no estate is applied or a repository cannot be read.
    pub fn tracker(&self, party: Option<&str>) -> Result<Vec<TrackerRow>> {
        let current = self.current()?;
        let now = self.now();
        if let Some(party) = party
            && current.estate.party(party).is_none()
        {
            return Err(AppError::not_found("party", party, "Run: ringfence tracker"));
        }
        let (deliveries, states) = self.database.read(|tx| -> Result<_> {
            Ok((
                tables::deliveries::list(tx)?,
                tables::agreements::grant_states(tx)?,
            ))
        })?;
        let mut rows = Vec::new();
        for grant in &current.estate.grants {
            let Some(recipient) = current.estate.recipient(&grant.recipient) else {
                continue;
            };
            if party.is_some_and(|party| recipient.party != party) {
                continue;
            }
            let view = self.declared_view(&current, &grant.view)?;
            let rules = self.view_rules(view)?;
            let (mirror, tip) = self.mirror_of(&current, view)?;
            let files = list_files(
                &rules,
                read_commit(&mirror, &tip)?.tree,
                &mirror,
                Limits::default(),
            )?;
            let sum = exposure(&rules, &files, &mirror, &mut LineCounts::default())?;
            let index = AssetIndex::new(&current.estate, &view.repository)
                .map_err(|error| AppError::Input(format!("an asset's path: {error}")))?;
            let mut assets: BTreeSet<String> = BTreeSet::new();
            for file in files
                .iter()
                .filter(|file| file.decision.visibility != Visibility::Hidden)
            {
                assets.extend(index.assets_of_path(&file.path).into_iter().map(str::to_owned));
            }
            let agreements = grant
                .agreements
                .iter()
                .filter_map(|id| current.estate.agreement(id))
                .map(|agreement| {
                    let signatures = self.database.read(|tx| Self::signatures(tx, &agreement.id))?;
                    let state = agreement_state(agreement, &signatures, now);
                    Ok(format!(
                        "{} ({})",
                        agreement.id,
                        if state.is_in_force() {
                            "in force"
                        } else {
                            "not in force"
                        }
                    ))
                })
                .collect::<Result<Vec<_>>>()?;
            let taken: Vec<_> = deliveries
                .iter()
                .filter(|row| row.recipient == grant.recipient && row.view == grant.view)
                .collect();
            let revoked = states
                .iter()
                .any(|state| state.agreements == grant.name() && state.revoked_at.is_some());
            let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
            let mille = u32::try_from(sum.delivered_lines_per_mille()).unwrap_or(1_000);
            rows.push(TrackerRow {
                party: recipient.party.clone(),
                recipient: recipient.name.clone(),
                view: view.name.clone(),
                assets: assets.into_iter().collect(),
                agreements,
                persons: u64::try_from(recipient.members.len()).unwrap_or(u64::MAX),
                delivered_percent: f64::from(mille) / 10.0,
                deliveries: u64::try_from(taken.len()).unwrap_or(u64::MAX),
                bytes: taken
                    .iter()
                    .filter_map(|row| row.bytes)
                    .fold(0_u64, u64::saturating_add),
                last: taken.iter().map(|row| row.began_at).max(),
                grant: if revoked {
                    "revoked"
                } else if today < grant.from {
                    "not yet"
                } else if today > grant.until {
                    "over"
                } else {
                    "active"
                },
            });
        }
        Ok(rows)
    }

    /// The register of assets, the implicit one of each repository included.
    ///
    /// # Errors
    /// When no estate is applied.
    pub fn assets(&self) -> Result<Vec<AssetRow>> {
        let current = self.current()?;
        let mut rows: Vec<AssetRow> = current
            .estate
            .assets
            .iter()
            .map(|asset| AssetRow {
                name: asset.name.clone(),
                kind: asset.kind.as_str().to_owned(),
                protection: asset
                    .protection
                    .iter()
                    .map(|kind| kind.as_str().to_owned())
                    .collect(),
                origin: asset.origin.as_str().to_owned(),
                sensitivity: asset.sensitivity.as_str().to_owned(),
                repository: asset.repository.clone(),
                paths: asset.paths.clone(),
                implicit: false,
            })
            .collect();
        rows.extend(current.estate.repositories.iter().map(|repository| AssetRow {
            name: implicit_asset(&repository.name),
            kind: "source-code".to_owned(),
            protection: vec!["copyright".to_owned(), "trade-secret".to_owned()],
            origin: IMPLICIT_ORIGIN.as_str().to_owned(),
            sensitivity: IMPLICIT_SENSITIVITY.as_str().to_owned(),
            repository: Some(repository.name.clone()),
            paths: Vec::new(),
            implicit: true,
        }));
        Ok(rows)
    }
}
