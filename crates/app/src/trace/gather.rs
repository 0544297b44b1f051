//! What a trace compares with: every owned text that was delivered or stands at a tip, and who got what.

use super::DeliveredRows;
use super::foreign::{Evidence, MOST_EVIDENCE, Notices, foreign_texts};
use super::segments::FileIndex;
use crate::error::Result;
use crate::estate::Current;
use crate::home::App;
use crate::marking::{CopyMark, FIRST_EPOCH, knows_headers};
use crate::projection::object_id;
use ringfence_git::mirror::Mirror;
use ringfence_git::submission_store::SubmissionStore;
use ringfence_mark::Marking;
use ringfence_mark::model::SiteId;
use ringfence_similar::{DocumentId, Fingerprints, SegmentBuilder};
use ringfence_store::tables;
use ringfence_syntax::Language;
use ringfence_trace::foreign::{LARGEST_EVIDENCE, Notice, is_evidence};
use ringfence_trace::matching::{Foreign, Matches, OwnedText, document_of};
use ringfence_trace::reading::LoadedText;
use ringfence_trace::suspect::Suspect;
use ringfence_trace::verdict::EXACT_SITES;
use ringfence_view::object::{EntryKind, Kind, ObjectId, ObjectSource, id_of, read_commit};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Largest owned text that is indexed.
const LARGEST_INDEXED: usize = 2 << 20;

/// Every owned text, indexed.
pub(super) struct OwnedTexts {
    pub index: FileIndex,
    pub by_document: BTreeMap<DocumentId, Vec<OwnedText>>,
    pub third_party: BTreeMap<DocumentId, Foreign>,
    objects: HashMap<String, OwnerObjects>,
}

/// A recipient that was delivered some of the matched texts, under one epoch of its key.
pub(super) struct Drawn {
    pub recipient: String,
    pub epoch: u32,
    pub delivered: Vec<(OwnedText, Marking)>,
    pub touched: BTreeSet<SiteId>,
    pub exact: bool,
}

/// Where the owner's objects of one repository are read from.
struct OwnerObjects {
    mirror: Mirror,
    submissions: SubmissionStore,
}

impl OwnerObjects {
    fn blob(&self, id: &ObjectId) -> Result<Option<Vec<u8>>> {
        let found = match self.mirror.read(id)? {
            Some(object) => Some(object),
            None => self.submissions.read(id)?,
        };
        Ok(found
            .filter(|object| object.kind == Kind::Blob)
            .map(|object| object.data))
    }
}

impl App {
    fn owner_objects(&self, repository: &str) -> Result<OwnerObjects> {
        let mirrors = self.home.join("mirrors");
        Ok(OwnerObjects {
            mirror: Mirror::open_or_create(&mirrors, repository)?,
            submissions: SubmissionStore::open_or_create(&mirrors, repository)?,
        })
    }

    /// A blob of the owner, from the mirror or from a submission, or the interface text of one.
    pub(crate) fn owner_blob(&self, repository: &str, id: &ObjectId) -> Result<Option<Vec<u8>>> {
        self.blob_of(&self.owner_objects(repository)?, id)
    }

    fn blob_of(&self, owner: &OwnerObjects, id: &ObjectId) -> Result<Option<Vec<u8>>> {
        match owner.blob(id)? {
            Some(blob) => Ok(Some(blob)),
            None => self.interface_text(&id.to_string()),
        }
    }

    /// Every text of a marked language that was ever delivered, and every one at a repository's tip.
    pub(super) fn owned_texts(&self, current: &Current) -> Result<OwnedTexts> {
        let mut texts: BTreeSet<OwnedText> = BTreeSet::new();
        let (states, recipients) = self.database.read(|tx| -> Result<_> {
            let states = tables::histories::states(tx)?;
            let recipients: BTreeSet<String> = states.iter().map(|state| state.recipient.clone()).collect();
            let files: Vec<_> = recipients
                .iter()
                .map(|recipient| {
                    Ok((
                        recipient.clone(),
                        tables::deliveries::files_of_recipient(tx, recipient)?,
                    ))
                })
                .collect::<Result<_>>()?;
            Ok((states, files))
        })?;
        for (recipient, files) in recipients {
            let repositories: BTreeSet<&str> = states
                .iter()
                .filter(|state| state.recipient == recipient)
                .filter_map(|state| Some(current.estate.view(&state.view)?.repository.as_str()))
                .collect();
            for file in files {
                let Some(language) = Language::from_path(&file.path) else {
                    continue;
                };
                for repository in &repositories {
                    texts.insert(OwnedText {
                        repository: (*repository).to_owned(),
                        path: file.path.escape_ascii().to_string(),
                        blob: file.canonical.clone(),
                        language,
                    });
                }
            }
        }
        let mut objects: HashMap<String, OwnerObjects> = HashMap::new();
        let mut evidence = Evidence::new();
        for repository in &current.estate.repositories {
            let owner = self.owner_objects(&repository.name)?;
            let tip = match owner.mirror.sync(&repository.source, &repository.branch) {
                Ok(tip) => Some(tip),
                // The owner's forge may be away; what was mirrored still counts.
                Err(error) => {
                    tracing::warn!(repository = %repository.name, %error, "traced against the mirror as it is");
                    owner.mirror.tip(&repository.branch)?
                }
            };
            if let Some(tip) = tip {
                let tree = read_commit(&owner.mirror, &tip)?.tree;
                for file in crate::delivery::every_file(&owner.mirror, tree)? {
                    let plain = matches!(file.kind, EntryKind::Blob | EntryKind::BlobExecutable);
                    let path = file.path.escape_ascii().to_string();
                    let known: &mut Vec<(String, Vec<u8>)> =
                        evidence.entry(repository.name.clone()).or_default();
                    if plain && is_evidence(&path) && known.len() < MOST_EVIDENCE {
                        let mut text = owner.blob(&file.blob)?.unwrap_or_default();
                        text.truncate(LARGEST_EVIDENCE);
                        known.push((path.clone(), text));
                    }
                    if let (true, Some(language)) = (plain, Language::from_path(&file.path)) {
                        texts.insert(OwnedText {
                            repository: repository.name.clone(),
                            path,
                            blob: file.blob.to_string(),
                            language,
                        });
                    }
                }
            }
            objects.insert(repository.name.clone(), owner);
        }
        let mut notices = match self.notices()? {
            Some(notices) => notices,
            None => {
                self.forget_index()?;
                Notices::new()
            }
        };
        let mut index = self.open_index()?;
        let mut added: BTreeSet<DocumentId> = BTreeSet::new();
        let mut said = Notices::new();
        let mut builder = SegmentBuilder::default();
        let mut by_document: BTreeMap<DocumentId, Vec<OwnedText>> = BTreeMap::new();
        for text in texts {
            let Some(document) = document_of(&text.blob, text.language) else {
                continue;
            };
            if !index.contains(document) && !added.contains(&document) {
                let Some(owner) = objects.get(&text.repository) else {
                    continue;
                };
                let Some(bytes) = self.blob_of(owner, &object_id(&text.blob)?)? else {
                    continue;
                };
                let fingerprints = if bytes.len() <= LARGEST_INDEXED {
                    Fingerprints::of(text.language, &bytes)
                } else {
                    Fingerprints::default()
                };
                builder.insert(document, &fingerprints);
                added.insert(document);
                let notice = Notice::of(&bytes);
                if !notice.is_empty() {
                    said.insert(document, notice);
                }
                if builder.is_full() {
                    self.add_notices(&said)?;
                    notices.append(&mut said);
                    self.add_segment(std::mem::take(&mut builder))?;
                }
            }
            by_document.entry(document).or_default().push(text);
        }
        if !added.is_empty() {
            self.add_notices(&said)?;
            notices.append(&mut said);
            self.add_segment(builder)?;
            self.merge_segments()?;
            index = self.open_index()?;
        }
        let third_party = foreign_texts(current, &by_document, &notices, &evidence)?;
        Ok(OwnedTexts {
            index,
            by_document,
            third_party,
            objects,
        })
    }

    /// Reads a text that is indexed; none when it is gone or cannot be read.
    pub(super) fn text_of(&self, owned: &OwnedTexts, text: &OwnedText) -> Option<Vec<u8>> {
        let owner = owned.objects.get(&text.repository)?;
        self.blob_of(owner, &object_id(&text.blob).ok()?).ok().flatten()
    }

    /// Who was delivered the matched texts.
    pub(super) fn delivered_rows(&self, matches: &Matches) -> Result<DeliveredRows> {
        self.database.read(|tx| {
            let mut rows = DeliveredRows::new();
            for versions in matches.versions.values() {
                // Each recipient is held against the most similar version that it was delivered, for each epoch of its key.
                let mut held: BTreeSet<(String, Option<u32>)> = BTreeSet::new();
                let of = |row: &tables::deliveries::DeliveredFile| {
                    let epoch = CopyMark::from_text(&row.profile).map(|mark| mark.epoch);
                    (row.recipient.clone(), epoch)
                };
                for owned in versions {
                    let files: Vec<_> = tables::deliveries::files_of_canonical(tx, &owned.blob)?
                        .into_iter()
                        .filter(|row| row.path.escape_ascii().to_string() == owned.path)
                        .filter(|row| !held.contains(&of(row)))
                        .collect();
                    held.extend(files.iter().map(of));
                    if !files.is_empty() || matches.owned.contains(owned) {
                        rows.insert(owned.clone(), files);
                    }
                }
            }
            Ok(rows)
        })
    }

    /// The matched texts with the site tables of every way in which copies of them were marked.
    pub(super) fn load_texts(
        &self,
        current: &Current,
        matches: &Matches,
        rows: &DeliveredRows,
    ) -> Result<Vec<LoadedText>> {
        let anchor = self.keys.anchor()?;
        let mut objects: HashMap<&str, OwnerObjects> = HashMap::new();
        for repository in &current.estate.repositories {
            objects.insert(&repository.name, self.owner_objects(&repository.name)?);
        }
        let mut loaded = Vec::new();
        for (owned, files) in rows {
            let Some(owner) = objects.get(owned.repository.as_str()) else {
                continue;
            };
            let Some(text) = self.blob_of(owner, &object_id(&owned.blob)?)? else {
                continue;
            };
            // A header of C++ under the name of one of C had no sites before its text told its language.
            let language = Language::of_file(owned.path.as_bytes(), &text).unwrap_or(owned.language);
            let markings: BTreeSet<Marking> = files
                .iter()
                .filter(|row| language == owned.language || knows_headers(&row.engine))
                .filter_map(|row| CopyMark::from_text(&row.profile))
                .map(|mark| mark.marking)
                .collect();
            let path = (owned.repository.clone(), owned.path.clone());
            let version = matches
                .versions
                .get(&path)
                .and_then(|versions| versions.iter().position(|one| one == owned))
                .unwrap_or(0);
            let mut site_tables = BTreeMap::new();
            for marking in markings {
                site_tables.insert(
                    marking,
                    self.table_for(&owned.blob, language, marking, &text, &anchor)?,
                );
            }
            loaded.push(LoadedText {
                owned: owned.clone(),
                text,
                tables: site_tables,
                version,
            });
        }
        Ok(loaded)
    }

    /// The recipients of the matched texts, each with every epoch of its key under which it was delivered any: the candidates. Delivery
    /// records shrink this set; they never add suspicion.
    pub(super) fn candidates(
        &self,
        suspect: &Suspect,
        rows: &DeliveredRows,
        loaded: &[LoadedText],
    ) -> Result<Vec<Drawn>> {
        let suspect_blobs: BTreeSet<String> = suspect
            .files
            .iter()
            .map(|file| Ok(id_of(Kind::Blob, &file.bytes)?.to_string()))
            .collect::<Result<_>>()?;
        let forms = self.forms_among(&suspect_blobs)?;
        let submissions = self.database.read(tables::submissions::list)?;
        let begun: BTreeSet<String> = self
            .database
            .read(tables::deliveries::list)?
            .into_iter()
            .map(|row| row.recipient)
            .collect();
        let mut drawn: BTreeMap<(&str, u32), Drawn> = BTreeMap::new();
        let new = |row: &tables::deliveries::DeliveredFile, epoch: u32| Drawn {
            recipient: row.recipient.clone(),
            epoch,
            delivered: Vec::new(),
            touched: BTreeSet::new(),
            exact: false,
        };
        for (owned, files) in rows {
            let text = loaded.iter().find(|text| text.owned == *owned);
            for row in files.iter().filter(|row| begun.contains(&row.recipient)) {
                let mark = CopyMark::from_text(&row.profile);
                // Who has an unmarked copy is a candidate too, with nothing that speaks for it.
                let epoch = mark.map_or(FIRST_EPOCH, |mark| mark.epoch);
                let one = drawn
                    .entry((&row.recipient, epoch))
                    .or_insert_with(|| new(row, epoch));
                let table = mark.and_then(|mark| text?.tables.get(&mark.marking));
                let (Some(mark), Some(table)) = (mark, table) else {
                    continue;
                };
                if table.language != owned.language && !knows_headers(&row.engine) {
                    continue;
                }
                one.delivered.push((owned.clone(), mark.marking));
                let sites = table.sites.len();
                let only = files
                    .iter()
                    .filter(|other| other.delivered == row.delivered)
                    .all(|other| other.recipient == row.recipient);
                if sites >= EXACT_SITES
                    && only
                    && row.delivered != row.canonical
                    && (forms.contains(&(row.recipient.clone(), row.path.clone(), row.delivered.clone()))
                        || (suspect_blobs.contains(&row.delivered) && self.was_delivered_bare(row)?))
                    && self.delivered_to_nobody_else(&row.delivered, &row.recipient)?
                {
                    one.exact = true;
                }
            }
        }
        for one in drawn.values_mut() {
            let touched = self
                .database
                .read(|tx| tables::marks::touched_of_recipient(tx, &one.recipient))?;
            one.touched = touched.into_iter().map(|row| SiteId(row.site)).collect();
            // A text that only a submission holds carries the recipient's own edits, accepted or not.
            let blobs: BTreeSet<&str> = one
                .delivered
                .iter()
                .map(|(owned, _)| owned.blob.as_str())
                .collect();
            let pending = submissions
                .iter()
                .filter(|row| row.recipient == one.recipient && row.owner_tip.is_some());
            for row in pending {
                let summary = crate::submission::read_summary(row)?;
                let made = |blob: &String| blobs.contains(blob.as_str());
                if summary
                    .delivered
                    .iter()
                    .any(|(_, canonical, _, _)| made(canonical))
                {
                    for site in summary.changed.values().flat_map(|changed| &changed.touched) {
                        one.touched.insert(SiteId(crate::submission::site_of(site)?));
                    }
                }
            }
        }
        Ok(drawn.into_values().collect())
    }

    fn delivered_to_nobody_else(&self, delivered: &str, recipient: &str) -> Result<bool> {
        let rows = self
            .database
            .read(|tx| tables::deliveries::files_of_delivered(tx, delivered))?;
        Ok(rows.iter().all(|row| row.recipient == recipient))
    }

    /// Whether a manifest lists any of these blobs; one that was erased may have.
    fn manifest_holds(&self, hash: [u8; 32], blobs: &BTreeSet<&str>) -> bool {
        let Ok(manifest) = self.blobs.get(&ringfence_ledger::Hash(hash)) else {
            return true;
        };
        // Blob ids stand in quotes and are of one length.
        String::from_utf8_lossy(&manifest)
            .split('"')
            .any(|word| blobs.contains(word))
    }

    /// The deliveries to a recipient that held any matched file, by id.
    pub(super) fn explaining_deliveries(
        &self,
        (recipient, epoch): (&str, u32),
        rows: &DeliveredRows,
    ) -> Result<Vec<String>> {
        let mut ids = Vec::new();
        let of_copy = |row: &&tables::deliveries::DeliveredFile| {
            row.recipient == recipient
                && CopyMark::from_text(&row.profile).is_none_or(|mark| mark.epoch == epoch)
        };
        for row in rows.values().flatten().filter(of_copy) {
            ids.extend(self.delivered_ids(recipient, &row.path, &row.delivered)?);
        }
        let blobs: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
        let deliveries = self
            .database
            .read(|tx| tables::deliveries::list_of_recipient(tx, recipient))?;
        let mut explaining = Vec::new();
        // Deliveries of one tip share a manifest.
        let mut read: HashMap<[u8; 32], bool> = HashMap::new();
        for delivery in deliveries {
            let held = match delivery.manifest_hash {
                Some(hash) => match read.get(&hash) {
                    Some(held) => *held,
                    None => {
                        let held = self.manifest_holds(hash, &blobs);
                        read.insert(hash, held);
                        held
                    }
                },
                // Begun without an end counts as delivered.
                None => true,
            };
            if held {
                explaining.push(delivery.id);
            }
        }
        Ok(explaining)
    }
}
