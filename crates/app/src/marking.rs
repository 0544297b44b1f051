//! Renders each recipient's own copy: the owner's blob at a path becomes the recipient's, once and for ever.
//!
//! // INVARIANT: what was delivered is state. A blob that was delivered at a path before is delivered as the same bytes again,
//! // whatever engine or policy is current; only blobs first delivered now are rendered now.
//! // INVARIANT: sites are found and gated on the owner's text alone, before any bit is drawn.

mod codewords;

use crate::error::{AppError, Result};
use crate::home::App;
pub(crate) use codewords::{NewCodewords, entry_of};
use ringfence_domain::glob::PathPattern;
use ringfence_domain::view::{MarkProfile, View, Visibility};
use ringfence_mark::codeword::{AnchorKey, CodeKey, RecipientKey, codeword_bit};
use ringfence_mark::commitment::BlobCommitment;
use ringfence_mark::find::site_table;
use ringfence_mark::model::{ENGINE_VERSION, Profile, Site, SiteId, SiteTable, Variant};
use ringfence_mark::render::render;
use ringfence_store::tables;
use ringfence_syntax::Language;
use ringfence_view::object::{Kind, ObjectId, ObjectSink, ObjectSource, read_as};
use ringfence_view::project::{Deliver, Place, ProjectError};
use std::collections::{BTreeMap, HashMap};
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
            (MarkProfile::Off, _) | (_, Visibility::Hidden | Visibility::Interface) => None,
            (MarkProfile::Robust, _) | (MarkProfile::Auto, Visibility::Read) => Some(Profile::Robust),
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

pub(crate) type Pins = BTreeMap<SiteId, Variant>;

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
            pins.entry(row.path)
                .or_default()
                .insert(SiteId(row.site), variant_of(row.variant));
        }
        Ok(pins)
    }
}

/// Finds the sites of a text; an empty table when it is too large or too odd to parse.
pub(crate) fn find_table(language: Language, profile: Profile, text: &[u8], anchor: &AnchorKey) -> SiteTable {
    site_table(language, profile, text, anchor).unwrap_or_else(|_| SiteTable {
        engine: ENGINE_VERSION,
        language,
        profile,
        text_length: u32::try_from(text.len()).unwrap_or(u32::MAX),
        sites: Vec::new(),
    })
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
    previous: Option<ringfence_git::delivery_store::DeliveryStore>,
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
            previous: ringfence_git::delivery_store::DeliveryStore::open(
                &app.stores(),
                &view.name,
                recipient,
            )
            .ok(),
            rendered: Rendered::default(),
        })
    }

    fn table(
        &mut self,
        blob: ObjectId,
        language: Language,
        profile: Profile,
        text: &[u8],
    ) -> Result<Arc<SiteTable>> {
        if let Some(table) = self.tables.get(&(blob, profile)) {
            return Ok(Arc::clone(table));
        }
        let canonical = blob.to_string();
        let table = match self.app.stored_table(&canonical, language, profile)? {
            Some(table) => table,
            None => {
                let table = find_table(language, profile, text, &self.keys.anchor);
                let body = table
                    .encode()
                    .map_err(|error| AppError::fault("storing a site table", error))?;
                self.rendered.site_tables.push(tables::marks::StoredSiteTable {
                    canonical: canonical.clone(),
                    language: language.name().to_owned(),
                    profile: profile_word(Some(profile)).to_owned(),
                    engine: ENGINE_VERSION.to_string(),
                    anchor_generation: ANCHOR_GENERATION,
                    body,
                });
                table
            }
        };
        let table = Arc::new(table);
        self.tables.insert((blob, profile), Arc::clone(&table));
        Ok(table)
    }

    /// Renders a text for the recipient; none when the copy would not parse as well as the owner's text.
    fn copy(
        &self,
        path: &[u8],
        table: &SiteTable,
        language: Language,
        text: &[u8],
    ) -> Result<Option<Vec<u8>>> {
        let pins = self.pins.get(path);
        let choose = |site: &Site| match pins.and_then(|pins| pins.get(&site.id)) {
            Some(pinned) => *pinned,
            None => self.keys.bit(site.id),
        };
        let copy =
            render(table, text, &choose).map_err(|error| AppError::fault("rendering a copy", error))?;
        if copy == text {
            return Ok(Some(copy));
        }
        let errors = |bytes: &[u8]| ringfence_syntax::parse(language, bytes).map(|tree| tree.error_count());
        match (errors(text), errors(&copy)) {
            (Ok(before), Ok(after)) if after <= before => Ok(Some(copy)),
            _ => Ok(None),
        }
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
        let table = self.table(place.blob, language, profile, text)?;
        let key = (place.blob.to_string(), profile_word(Some(profile)));
        if !table.sites.is_empty() && !self.committed.contains(&key) {
            let root = BlobCommitment::new(&self.keys.recipient, &self.keys.code, &table).root;
            self.rendered
                .commitments
                .push((place.blob.to_string(), profile, root));
            self.committed.insert(key);
        }
        match self.copy(place.path, &table, language, text)? {
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

    fn deliver(
        &mut self,
        place: Place<'_>,
        source: &dyn ObjectSource,
        sink: &mut dyn ObjectSink,
    ) -> std::result::Result<ObjectId, ProjectError> {
        self.deliver_blob(&place, source, sink)
            .map_err(|error| match error {
                MarkerError::Object(error) => error.into(),
                MarkerError::App(error) => ProjectError::Deliver {
                    path: place.path.escape_ascii().to_string(),
                    message: error.to_string(),
                },
            })
    }
}
