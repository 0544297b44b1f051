//! Renders each recipient's own copy: the owner's blob at a path becomes the recipient's, once and for ever.
//!
//! // INVARIANT: what was delivered is state. A blob that was delivered at a path before is delivered as the same bytes again,
//! // whatever engine or policy is current; only blobs first delivered now are rendered now.
//! // INVARIANT: sites are found and gated on the owner's text alone, before any bit is drawn.

mod batch;
mod codewords;
mod deliver;
mod finding;
mod headers;

use crate::error::{AppError, Result};
use crate::estate::Current;
use crate::home::App;
use crate::interface::{NewInterfaces, Shaper};
pub(crate) use codewords::{NewCodewords, entry_of};
use deliver::MarkerError;
pub(crate) use finding::find_table;
pub(crate) use headers::Headers;
use ringfence_domain::glob::PathPattern;
use ringfence_domain::view::{MarkProfile, View, Visibility};
use ringfence_mark::codeword::{AnchorKey, CodeKey, RecipientKey, codeword_bit};
use ringfence_mark::model::{ENGINE_VERSION, Profile, SiteId, SiteTable, Variant};
use ringfence_store::tables;
use ringfence_syntax::Language;
use ringfence_view::object::ObjectId;
use ringfence_view::project::Place;
use ringfence_view::translate::Pin;
pub(crate) use ringfence_view::translate::Pins;
use std::collections::HashMap;
use std::sync::Arc;

pub(crate) use ringfence_mark::never::LARGEST_MARKED;
/// Epoch of recipient keys; a new one after theft.
pub(crate) const KEY_EPOCH: u32 = 1;
/// Generation of the anchor key.
pub(crate) const ANCHOR_GENERATION: u64 = 1;

/// Keys of one recipient's codeword.
pub(crate) struct MarkKeys {
    pub anchor: AnchorKey,
    pub code: CodeKey,
    pub recipient: RecipientKey,
}

impl MarkKeys {
    /// The recipient's own bit at a site.
    pub fn bit(&self, site: SiteId) -> Variant {
        codeword_bit(&self.recipient, &self.code, site)
    }
}

/// Which profile applies at a path.
pub(crate) struct MarkRules {
    policy: MarkProfile,
    never: Vec<PathPattern>,
}

impl MarkRules {
    pub fn new(view: &View) -> Result<Self> {
        let never = ringfence_mark::never::PATHS
            .iter()
            .copied()
            .chain(view.marks.except.iter().map(String::as_str))
            .map(|glob| {
                PathPattern::parse(glob).map_err(|error| AppError::fault("reading a mark exception", error))
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            policy: view.marks.profile,
            never,
        })
    }

    /// None: unmarked.
    pub fn profile(&self, path: &[u8], visibility: Visibility) -> Option<Profile> {
        if self.never.iter().any(|pattern| pattern.matches_file(path)) {
            return None;
        }
        match (self.policy, visibility) {
            (MarkProfile::Off, _) | (_, Visibility::Hidden) => None,
            (MarkProfile::Robust, _) | (MarkProfile::Auto, Visibility::Interface | Visibility::Read) => {
                Some(Profile::Robust)
            }
            (MarkProfile::Steady, _) | (MarkProfile::Auto, Visibility::Write) => Some(Profile::Steady),
        }
    }
}

pub(crate) fn profile_word(profile: Option<Profile>) -> &'static str {
    match profile {
        Some(Profile::Robust) => "robust",
        Some(Profile::Steady) => "steady",
        None => "off",
    }
}

pub(crate) fn profile_of(word: &str) -> Option<Profile> {
    match word {
        "robust" => Some(Profile::Robust),
        "steady" => Some(Profile::Steady),
        _ => None,
    }
}

/// (path, canonical blob) to the delivered blob and its profile.
type Known = ((Vec<u8>, String), (String, Option<Profile>));

/// The copies that taken submissions brought, the last taken last. What a recipient pushed is what comes back, also when only the
/// spelling of a text that was delivered before has changed: taking its pins says so.
fn respelled(mut submissions: Vec<tables::submissions::Submission>) -> Result<Vec<Known>> {
    use tables::submissions::SubmissionState;
    submissions.retain(|row| matches!(row.state, SubmissionState::Accepted | SubmissionState::Merged));
    submissions.sort_by_key(|row| row.decided_at);
    let mut known = Vec::new();
    for row in submissions {
        let summary: crate::submission::Summary = serde_json::from_str(&row.summary)
            .map_err(|error| AppError::fault("reading a submission", error))?;
        for (path, changed) in summary.changed {
            let path = hex::decode(path).map_err(|error| AppError::fault("reading a submission", error))?;
            known.push((
                (path, changed.canonical),
                (changed.delivered, profile_of(&changed.profile)),
            ));
        }
    }
    Ok(known)
}

pub(crate) fn variant_of(number: u8) -> Variant {
    if number == 0 { Variant::Zero } else { Variant::One }
}

pub(crate) fn variant_number(variant: Variant) -> u8 {
    match variant {
        Variant::Zero => 0,
        Variant::One => 1,
    }
}

impl App {
    pub(crate) fn mark_keys(&self, recipient: &str) -> Result<MarkKeys> {
        Ok(MarkKeys {
            anchor: self.keys.anchor()?,
            code: self.keys.code()?,
            recipient: self.keys.recipient(recipient, KEY_EPOCH)?,
        })
    }

    /// The stored site table of a canonical blob, or none when it was never made.
    pub(crate) fn stored_table(
        &self,
        canonical: &str,
        language: Language,
        profile: Profile,
    ) -> Result<Option<SiteTable>> {
        // The table of the engine that first delivered the blob stays its table: a later engine applies to later blobs only.
        let row = self.database.read(|tx| {
            let mut found = None;
            for engine in 1..=ENGINE_VERSION {
                found = tables::marks::site_table(
                    tx,
                    canonical,
                    language.name(),
                    profile_word(Some(profile)),
                    &engine.to_string(),
                    ANCHOR_GENERATION,
                )?;
                if found.is_some() {
                    break;
                }
            }
            Ok::<_, ringfence_store::StoreError>(found)
        })?;
        row.map(|row| {
            SiteTable::decode(&row.body).map_err(|error| AppError::fault("reading a site table", error))
        })
        .transpose()
    }

    /// The site table of a canonical blob: stored, or found now.
    pub(crate) fn table_for(
        &self,
        canonical: &str,
        language: Language,
        profile: Profile,
        text: &[u8],
        anchor: &AnchorKey,
    ) -> Result<SiteTable> {
        match self.stored_table(canonical, language, profile)? {
            Some(table) => Ok(table),
            // A text that cannot be parsed within bounds has no sites; it is delivered as it is.
            None => Ok(find_table(language, profile, text, anchor)),
        }
    }

    pub(crate) fn pins_of(&self, recipient: &str) -> Result<HashMap<Vec<u8>, Pins>> {
        let rows = self
            .database
            .read(|tx| tables::marks::pins_of_recipient(tx, recipient))?;
        let mut pins: HashMap<Vec<u8>, Pins> = HashMap::new();
        for row in rows {
            let pin = Pin::of_number(row.variant).ok_or_else(|| {
                AppError::fault(
                    "reading a pin",
                    format!("{} is no pin of this version", row.variant),
                )
            })?;
            pins.entry(row.path).or_default().insert(SiteId(row.site), pin);
        }
        Ok(pins)
    }
}

/// Remembers a new site table, to be written with the state.
fn keep_table(
    rendered: &mut Rendered,
    blob: ObjectId,
    language: Language,
    profile: Profile,
    table: &SiteTable,
) -> Result<()> {
    let body = table
        .encode()
        .map_err(|error| AppError::fault("storing a site table", error))?;
    rendered.site_tables.push(tables::marks::StoredSiteTable {
        canonical: blob.to_string(),
        language: language.name().to_owned(),
        profile: profile_word(Some(profile)).to_owned(),
        engine: ENGINE_VERSION.to_string(),
        anchor_generation: ANCHOR_GENERATION,
        body,
    });
    Ok(())
}

/// What one projection rendered for the first time; written to the database before it is shown.
#[derive(Default)]
pub(crate) struct Rendered {
    pub files: Vec<tables::deliveries::DeliveredFile>,
    /// The forms in which texts were delivered, header lines included.
    pub forms: Vec<tables::forms::DeliveredForm>,
    pub site_tables: Vec<tables::marks::StoredSiteTable>,
    /// (canonical blob, profile, root of the blob's commitment).
    pub commitments: Vec<(String, Profile, [u8; 32])>,
    /// Paths delivered unmarked because the copy did not parse as well as the owner's text.
    pub withheld: Vec<Vec<u8>>,
}

/// Delivers a view's blobs to one recipient.
pub(crate) struct Marker<'a> {
    app: &'a App,
    recipient: &'a str,
    rules: MarkRules,
    keys: MarkKeys,
    pins: HashMap<Vec<u8>, Pins>,
    /// (path, canonical blob) to the delivered blob and the profile it was delivered with.
    known: HashMap<(Vec<u8>, String), (String, Option<Profile>)>,
    committed: std::collections::HashSet<(String, &'static str)>,
    tables: HashMap<(ObjectId, Profile), Arc<SiteTable>>,
    prepared: batch::Prepared,
    previous: Option<ringfence_git::delivery_store::DeliveryStore>,
    shaper: Shaper<'a>,
    headers: Headers,
    pub rendered: Rendered,
}

impl<'a> Marker<'a> {
    pub fn new(app: &'a App, current: &Current, view: &View, recipient: &'a str) -> Result<Self> {
        let (files, commitments, submissions) = app.database.read(|tx| -> Result<_> {
            Ok((
                tables::deliveries::files_of_recipient(tx, recipient)?,
                tables::marks::commitments_of_recipient(tx, recipient)?,
                tables::submissions::list_of_store(tx, &view.name, recipient)?,
            ))
        })?;
        let mut known: HashMap<_, _> = files
            .into_iter()
            .map(|row| {
                (
                    (row.path, row.canonical),
                    (row.delivered, profile_of(&row.profile)),
                )
            })
            .collect();
        known.extend(respelled(submissions)?);
        Ok(Self {
            app,
            recipient,
            rules: MarkRules::new(view)?,
            keys: app.mark_keys(recipient)?,
            pins: app.pins_of(recipient)?,
            known,
            committed: commitments
                .into_iter()
                .filter_map(|row| Some((row.canonical, profile_word(Some(profile_of(&row.profile)?)))))
                .collect(),
            tables: HashMap::new(),
            prepared: batch::Prepared::default(),
            previous: ringfence_git::delivery_store::DeliveryStore::open(
                &app.stores(),
                &view.name,
                recipient,
            )
            .ok(),
            shaper: Shaper::new(app, view)?,
            headers: Headers::of(app, current, view, recipient)?,
            rendered: Rendered::default(),
        })
    }

    /// Interface texts that were rendered for the first time.
    pub fn interfaces(&self) -> &NewInterfaces {
        self.shaper.rendered()
    }

    /// The site table of a canonical blob, when it was found before.
    fn known_table(
        &mut self,
        blob: ObjectId,
        language: Language,
        profile: Profile,
    ) -> Result<Option<Arc<SiteTable>>> {
        if let Some(table) = self.tables.get(&(blob, profile)) {
            return Ok(Some(Arc::clone(table)));
        }
        let stored = self
            .app
            .stored_table(&blob.to_string(), language, profile)?
            .map(Arc::new);
        if let Some(table) = &stored {
            self.tables.insert((blob, profile), Arc::clone(table));
        }
        Ok(stored)
    }

    fn table(
        &mut self,
        blob: ObjectId,
        language: Language,
        profile: Profile,
        text: &[u8],
    ) -> Result<Arc<SiteTable>> {
        if let Some(table) = self.known_table(blob, language, profile)? {
            return Ok(table);
        }
        let table = Arc::new(find_table(language, profile, text, &self.keys.anchor));
        keep_table(&mut self.rendered, blob, language, profile, &table)?;
        self.tables.insert((blob, profile), Arc::clone(&table));
        Ok(table)
    }

    fn must_commit(&self, blob: ObjectId, profile: Profile) -> bool {
        !self
            .committed
            .contains(&(blob.to_string(), profile_word(Some(profile))))
    }

    /// `delivered_as` is the profile of an earlier delivery, which stays whatever the policy is now.
    fn first_delivery(
        &mut self,
        place: &Place<'_>,
        text: &[u8],
        delivered_as: Option<Option<Profile>>,
    ) -> Result<Vec<u8>> {
        let Some(language) = Language::from_path(place.path) else {
            return Ok(text.to_vec());
        };
        let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
        let profile = delivered_as
            .unwrap_or_else(|| self.rules.profile(place.path, place.visibility))
            .filter(|_| size <= LARGEST_MARKED);
        let Some(profile) = profile else {
            return Ok(text.to_vec());
        };
        let ready = self.prepared.take(place.path, place.blob);
        let done = match ready {
            Some((prepared_for, done)) if prepared_for == profile => done,
            _ => {
                let table = self.table(place.blob, language, profile, text)?;
                let job = batch::Job {
                    language,
                    profile,
                    text,
                    table: Some(table),
                    pins: self.pins.get(place.path),
                    commits: self.must_commit(place.blob, profile),
                };
                batch::work(&job, &self.keys)?
            }
        };
        if let Some(root) = done.root
            && self.must_commit(place.blob, profile)
        {
            let blob = place.blob.to_string();
            self.rendered.commitments.push((blob.clone(), profile, root));
            self.committed.insert((blob, profile_word(Some(profile))));
        }
        match done.copy {
            Some(copy) => Ok(copy),
            None => {
                self.rendered.withheld.push(place.path.to_vec());
                Ok(text.to_vec())
            }
        }
    }
}
