//! Renders each recipient's own copy: the owner's blob at a path becomes the recipient's, once and for ever.
//!
//! // INVARIANT: what was delivered is state. A blob that was delivered at a path before is delivered as the same bytes again,
//! // whatever engine or policy is current; only blobs first delivered now are rendered now.
//! // INVARIANT: sites are found and gated on the owner's text alone, before any bit is drawn.

mod batch;
mod codewords;
mod finding;

use crate::error::{AppError, Result};
use crate::home::App;
use crate::interface::{NewInterfaces, Shaper};
pub(crate) use codewords::{NewCodewords, entry_of};
pub(crate) use finding::find_table;
use ringfence_domain::glob::PathPattern;
use ringfence_domain::view::{MarkProfile, View, Visibility};
use ringfence_mark::codeword::{AnchorKey, CodeKey, RecipientKey, codeword_bit};
use ringfence_mark::commitment::BlobCommitment;
use ringfence_mark::model::{ENGINE_VERSION, Profile, SiteId, SiteTable, Variant};
use ringfence_store::tables;
use ringfence_syntax::Language;
use ringfence_view::object::{Kind, ObjectId, ObjectSink, ObjectSource, read_as};
use ringfence_view::project::shape::Shaped;
use ringfence_view::project::{Deliver, Limits, Place, ProjectError, ViewRules};
use ringfence_view::translate::Pin;
pub(crate) use ringfence_view::translate::Pins;
use std::collections::HashMap;
use std::sync::Arc;

/// Largest file that is marked.
pub(crate) const LARGEST_MARKED: u64 = 2 << 20;
/// Epoch of recipient keys; a new one after theft.
pub(crate) const KEY_EPOCH: u32 = 1;
/// Generation of the anchor key.
pub(crate) const ANCHOR_GENERATION: u64 = 1;

/// Paths that carry no marks whatever the view says: tests, data they compare with, what others wrote or a tool made.
const NEVER_MARKED: &[&str] = &[
    "test/",
    "tests/",
    "__tests__/",
    "spec/",
    "testdata/",
    "test-data/",
    "fixtures/",
    "golden/",
    "snapshots/",
    "__snapshots__/",
    "vendor/",
    "third_party/",
    "third-party/",
    "node_modules/",
    "generated/",
    "dist/",
    "test_*.py",
    "*_test.py",
    "conftest.py",
    "*_test.go",
    "*_test.rs",
    "tests.rs",
    "*.test.*",
    "*.spec.*",
    "*Test.java",
    "*Tests.java",
    "*.min.js",
    "*.pb.go",
    "*_pb2.py",
    "*.generated.*",
    "*.d.ts",
    "LICENSE*",
    "COPYING*",
    "NOTICE*",
];

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
        let never = NEVER_MARKED
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
        let row = self.database.read(|tx| {
            tables::marks::site_table(
                tx,
                canonical,
                language.name(),
                profile_word(Some(profile)),
                &ENGINE_VERSION.to_string(),
                ANCHOR_GENERATION,
            )
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
    pub rendered: Rendered,
}

impl<'a> Marker<'a> {
    pub fn new(app: &'a App, view: &View, recipient: &'a str) -> Result<Self> {
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

    /// A text that the recipient pushed itself is delivered without being rendered; its codeword is committed to all the same.
    fn commit_to_known(
        &mut self,
        place: &Place<'_>,
        profile: Option<Profile>,
        source: &dyn ObjectSource,
    ) -> Result<(), MarkerError> {
        let (Some(language), Some(profile)) = (Language::from_path(place.path), profile) else {
            return Ok(());
        };
        let key = (place.blob.to_string(), profile_word(Some(profile)));
        if self.committed.contains(&key) {
            return Ok(());
        }
        let text = read_as(source, &place.blob, Kind::Blob)?;
        let table = self.table(place.blob, language, profile, &text)?;
        if !table.sites.is_empty() {
            let root = BlobCommitment::new(&self.keys.recipient, &self.keys.code, &table).root;
            self.rendered.commitments.push((key.0.clone(), profile, root));
        }
        self.committed.insert(key);
        Ok(())
    }

    fn deliver_blob(
        &mut self,
        place: &Place<'_>,
        source: &dyn ObjectSource,
        sink: &mut dyn ObjectSink,
    ) -> Result<ObjectId, MarkerError> {
        let known = self
            .known
            .get(&(place.path.to_vec(), place.blob.to_string()))
            .cloned();
        let before = known
            .as_ref()
            .and_then(|(hex, _)| ObjectId::from_hex(hex.as_bytes()).ok());
        if let (Some(before), Some((_, profile))) = (before, &known)
            && sink.contains(&before)?
        {
            self.commit_to_known(place, *profile, source)?;
            return Ok(before);
        }
        // A new generation: what was delivered is taken over from the store before it, byte for byte.
        if let (Some(before), Some(previous)) = (before, &self.previous)
            && let Some(object) = previous.read(&before)?
        {
            return Ok(sink.write(Kind::Blob, &object.data)?);
        }
        if Language::from_path(place.path).is_none() {
            if !sink.contains(&place.blob)? {
                sink.write(Kind::Blob, &read_as(source, &place.blob, Kind::Blob)?)?;
            }
            return Ok(place.blob);
        }
        let text = read_as(source, &place.blob, Kind::Blob)?;
        let copy = self.first_delivery(place, &text, known.as_ref().map(|(_, profile)| *profile))?;
        let id = sink.write(Kind::Blob, &copy)?;
        match before {
            // The store was lost: the same bytes must come out again.
            Some(before) if before != id => Err(MarkerError::App(AppError::fault(
                "rendering a copy again",
                format!(
                    "{} gave {id} where {before} was delivered",
                    place.path.escape_ascii()
                ),
            ))),
            Some(_) => Ok(id),
            None => {
                let profile = self.rules.profile(place.path, place.visibility);
                self.rendered.files.push(tables::deliveries::DeliveredFile {
                    recipient: self.recipient.to_owned(),
                    path: place.path.to_vec(),
                    canonical: place.blob.to_string(),
                    profile: profile_word(profile).to_owned(),
                    delivered: id.to_string(),
                    engine: ENGINE_VERSION.to_string(),
                });
                self.known.insert(
                    (place.path.to_vec(), place.blob.to_string()),
                    (id.to_string(), profile),
                );
                Ok(id)
            }
        }
    }
}

enum MarkerError {
    App(AppError),
    Object(ringfence_view::object::ObjectError),
}

impl MarkerError {
    fn at(self, path: &[u8]) -> ProjectError {
        match self {
            Self::Object(error) => error.into(),
            Self::App(error) => ProjectError::Deliver {
                path: path.escape_ascii().to_string(),
                message: error.to_string(),
            },
        }
    }
}

impl From<AppError> for MarkerError {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

impl From<ringfence_view::object::ObjectError> for MarkerError {
    fn from(error: ringfence_view::object::ObjectError) -> Self {
        Self::Object(error)
    }
}

impl Deliver for Marker<'_> {
    fn depends_on_path(&self) -> bool {
        true
    }

    fn prepares(&self) -> bool {
        true
    }

    fn prepare(
        &mut self,
        places: &[Place<'_>],
        source: &dyn ObjectSource,
    ) -> std::result::Result<(), ProjectError> {
        let first = places.first().map_or(&b""[..], |place| place.path);
        self.prepare_all(places, source).map_err(|error| error.at(first))
    }

    fn shape(
        &mut self,
        view: &ViewRules,
        tree: ObjectId,
        limits: Limits,
        source: &dyn ObjectSource,
    ) -> std::result::Result<Option<Shaped>, ProjectError> {
        self.shaper.shape(view, tree, limits, source)
    }

    fn deliver(
        &mut self,
        place: Place<'_>,
        source: &dyn ObjectSource,
        sink: &mut dyn ObjectSink,
    ) -> std::result::Result<ObjectId, ProjectError> {
        self.deliver_blob(&place, source, sink)
            .map_err(|error| error.at(place.path))
    }
}
