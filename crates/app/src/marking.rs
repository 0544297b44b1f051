//! Renders each recipient's own copy: the owner's blob at a path becomes the recipient's, once and for ever.
//!
//! // INVARIANT: what was delivered is state. A blob that was delivered at a path before is delivered as the same bytes again,
//! // whatever engine or policy is current; only blobs first delivered now are rendered now.
//! // INVARIANT: sites are found and gated on the owner's text alone, before any bit is drawn.

mod batch;
mod codewords;
mod copy_mark;
mod deliver;
mod epochs;
mod finding;
mod headers;
mod rules;

use crate::error::{AppError, Result};
use crate::estate::Current;
use crate::home::App;
use crate::interface::{NewInterfaces, Shaper};
pub(crate) use codewords::{NewCodewords, entry_of};
pub(crate) use copy_mark::{CopyMark, FIRST_EPOCH, knows_headers, language_of_copy, mark_text, marking_text};
use deliver::MarkerError;
pub(crate) use epochs::KeyRing;
pub use epochs::RotateReport;
pub(crate) use finding::find_table;
pub(crate) use headers::Headers;
use ringfence_domain::view::View;
use ringfence_mark::Marking;
use ringfence_mark::codeword::{AnchorKey, CodeKey, RecipientKey, codeword_bit};
use ringfence_mark::model::{ENGINE_VERSION, SiteId, SiteTable, Variant};
use ringfence_store::tables;
use ringfence_syntax::Language;
use ringfence_view::object::ObjectId;
use ringfence_view::project::Place;
use ringfence_view::translate::Pin;
pub(crate) use ringfence_view::translate::Pins;
pub(crate) use rules::MarkRules;
use std::collections::HashMap;
use std::sync::Arc;

pub(crate) use ringfence_mark::never::LARGEST_MARKED;
/// Generation of the anchor key.
pub(crate) const ANCHOR_GENERATION: u64 = 1;

/// Keys of one recipient's codeword, of one epoch.
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

/// (path, canonical blob) to the delivered blob and how it was marked.
type Known = ((Vec<u8>, String), (String, Option<CopyMark>));

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
                (changed.delivered, CopyMark::from_text(&changed.profile)),
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
    pub(crate) fn mark_keys_at(&self, recipient: &str, epoch: u32) -> Result<MarkKeys> {
        Ok(MarkKeys {
            anchor: self.keys.anchor()?,
            code: self.keys.code()?,
            recipient: self.keys.recipient(recipient, epoch)?,
        })
    }

    /// The stored site table of a canonical blob, or none when it was never made.
    pub(crate) fn stored_table(
        &self,
        canonical: &str,
        language: Language,
        marking: Marking,
    ) -> Result<Option<SiteTable>> {
        // The table of the engine that first delivered the blob stays its table: a later engine applies to later blobs only.
        let row = self.database.read(|tx| {
            let mut found = None;
            for engine in 1..=ENGINE_VERSION {
                found = tables::marks::site_table(
                    tx,
                    canonical,
                    language.name(),
                    &marking.to_text(),
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
        marking: Marking,
        text: &[u8],
        anchor: &AnchorKey,
    ) -> Result<SiteTable> {
        match self.stored_table(canonical, language, marking)? {
            Some(table) => Ok(table),
            // A text that cannot be parsed within bounds has no sites; it is delivered as it is.
            None => Ok(find_table(language, marking, text, anchor)),
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
    marking: Marking,
    table: &SiteTable,
) -> Result<()> {
    let body = table
        .encode()
        .map_err(|error| AppError::fault("storing a site table", error))?;
    rendered.site_tables.push(tables::marks::StoredSiteTable {
        canonical: blob.to_string(),
        language: language.name().to_owned(),
        profile: marking.to_text(),
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
    /// (canonical blob, how it is marked, root of the blob's commitment).
    pub commitments: Vec<(String, CopyMark, [u8; 32])>,
    /// Paths delivered unmarked because the copy did not parse as well as the owner's text.
    pub withheld: Vec<Vec<u8>>,
}

/// Delivers a view's blobs to one recipient.
pub(crate) struct Marker<'a> {
    app: &'a App,
    recipient: &'a str,
    rules: MarkRules,
    keys: KeyRing,
    pins: HashMap<Vec<u8>, Pins>,
    /// (path, canonical blob) to the delivered blob and how it was marked.
    known: HashMap<(Vec<u8>, String), (String, Option<CopyMark>)>,
    committed: std::collections::HashSet<(String, CopyMark)>,
    tables: HashMap<(ObjectId, Language, Marking), Arc<SiteTable>>,
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
                    (row.delivered, CopyMark::from_text(&row.profile)),
                )
            })
            .collect();
        known.extend(respelled(submissions)?);
        Ok(Self {
            app,
            recipient,
            rules: MarkRules::new(view)?,
            keys: app.key_ring(recipient)?,
            pins: app.pins_of(recipient)?,
            known,
            committed: commitments
                .into_iter()
                .filter_map(|row| Some((row.canonical, CopyMark::from_text(&row.profile)?)))
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

    /// How a text is marked that was never delivered at this path.
    fn mark_at(&self, place: &Place<'_>) -> Option<CopyMark> {
        let marking = self.rules.marking(place.path, place.visibility)?;
        Some(CopyMark {
            marking,
            epoch: self.keys.current(),
        })
    }

    /// The site table of a canonical blob, when it was found before.
    fn known_table(
        &mut self,
        blob: ObjectId,
        language: Language,
        marking: Marking,
    ) -> Result<Option<Arc<SiteTable>>> {
        if let Some(table) = self.tables.get(&(blob, language, marking)) {
            return Ok(Some(Arc::clone(table)));
        }
        let stored = self
            .app
            .stored_table(&blob.to_string(), language, marking)?
            .map(Arc::new);
        if let Some(table) = &stored {
            self.tables.insert((blob, language, marking), Arc::clone(table));
        }
        Ok(stored)
    }

    fn table(
        &mut self,
        blob: ObjectId,
        language: Language,
        mark: CopyMark,
        text: &[u8],
    ) -> Result<Arc<SiteTable>> {
        let marking = mark.marking;
        if let Some(table) = self.known_table(blob, language, marking)? {
            return Ok(table);
        }
        let anchor = &self.keys.at(mark.epoch)?.anchor;
        let table = Arc::new(find_table(language, marking, text, anchor));
        keep_table(&mut self.rendered, blob, language, marking, &table)?;
        self.tables.insert((blob, language, marking), Arc::clone(&table));
        Ok(table)
    }

    fn must_commit(&self, blob: ObjectId, mark: CopyMark) -> bool {
        !self.committed.contains(&(blob.to_string(), mark))
    }

    /// `delivered_as` is how it was marked in an earlier delivery, which stays whatever the policy and the epoch are now.
    fn first_delivery(
        &mut self,
        place: &Place<'_>,
        text: &[u8],
        delivered_as: Option<Option<CopyMark>>,
    ) -> Result<Vec<u8>> {
        let Some(language) = Language::of_file(place.path, text) else {
            return Ok(text.to_vec());
        };
        let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
        let mark = delivered_as
            .unwrap_or_else(|| self.mark_at(place))
            .filter(|_| size <= LARGEST_MARKED);
        let Some(mark) = mark else {
            return Ok(text.to_vec());
        };
        let ready = self.prepared.take(place.path, place.blob);
        let done = match ready {
            Some((prepared_for, done)) if prepared_for == mark => done,
            _ => {
                let table = self.table(place.blob, language, mark, text)?;
                let job = batch::Job {
                    language,
                    mark,
                    text,
                    table: Some(table),
                    pins: self.pins.get(place.path),
                    commits: self.must_commit(place.blob, mark),
                };
                batch::work(&job, self.keys.at(mark.epoch)?)?
            }
        };
        if let Some(root) = done.root
            && self.must_commit(place.blob, mark)
        {
            let blob = place.blob.to_string();
            self.rendered.commitments.push((blob.clone(), mark, root));
            self.committed.insert((blob, mark));
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
