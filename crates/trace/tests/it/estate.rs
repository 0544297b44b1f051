//! An owner with marked texts and twenty recipients, each with a codeword of its own.

use ringfence_mark::Marking;
use ringfence_mark::codeword::{AnchorKey, Bias, CodeKey, RecipientKey, bias, codeword_bit};
use ringfence_mark::model::{Profile, SiteId, Variant};
use ringfence_mark::{render, site_table};
use ringfence_similar::{DocumentId, Fingerprints, Index, Segment, SegmentBuilder};
use ringfence_syntax::Language;
use ringfence_trace::matching::{Foreign, Matches, Owned, OwnedText, document_of, find};
use ringfence_trace::reading::{LoadedText, read};
use ringfence_trace::suspect::{Suspect, SuspectFile};
use ringfence_trace::verdict::{Candidate, Judgement, judge};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Recipients of every text.
pub const RECIPIENTS: u8 = 20;
/// The accepted chance of naming any innocent recipient.
pub const EPSILON: f64 = 1e-9;

/// One file by name.
pub type File = (String, Vec<u8>);

/// The owner's texts, indexed, with the sites of each.
pub struct Estate {
    code: CodeKey,
    index: Index<Vec<u8>>,
    third_party: BTreeMap<DocumentId, Foreign>,
    by_document: BTreeMap<DocumentId, Vec<OwnedText>>,
    texts: BTreeMap<OwnedText, LoadedText>,
}

fn key_of(recipient: u8) -> RecipientKey {
    RecipientKey(Sha256::digest([b'r', recipient]).into())
}

impl Estate {
    /// Indexes files of one language; a path may occur in several versions.
    pub fn of(language: Language, files: &[File]) -> Self {
        let anchor = AnchorKey([3; 32]);
        let mut estate = Self {
            code: CodeKey([5; 32]),
            index: Index::default(),
            third_party: BTreeMap::new(),
            by_document: BTreeMap::new(),
            texts: BTreeMap::new(),
        };
        let mut builder = SegmentBuilder::default();
        for (path, text) in files {
            let digest = Sha256::digest(text);
            let blob: String = digest.iter().take(20).map(|byte| format!("{byte:02x}")).collect();
            let owned = OwnedText {
                repository: "owned".to_owned(),
                path: path.clone(),
                blob: blob.clone(),
                language,
            };
            let document = document_of(&blob, language).unwrap();
            builder.insert(document, &Fingerprints::of(language, text));
            estate
                .by_document
                .entry(document)
                .or_default()
                .push(owned.clone());
            let table = site_table(language, Profile::Robust, text, &anchor).unwrap();
            estate.texts.insert(
                owned.clone(),
                LoadedText {
                    owned,
                    text: text.clone(),
                    tables: BTreeMap::from([(Profile::Robust.into(), table)]),
                    version: 0,
                },
            );
        }
        let mut bytes = Vec::new();
        builder.finish(&mut bytes).unwrap();
        estate.index = Index::new(vec![Segment::open(bytes).unwrap()]);
        estate
    }

    /// Says that the texts of some paths are somebody else's.
    pub fn with_third_party(mut self, kind: Foreign, is: impl Fn(&str) -> bool) -> Self {
        for (document, texts) in &self.by_document {
            if texts.iter().any(|text| is(&text.path)) {
                self.third_party.insert(*document, kind);
            }
        }
        self
    }

    /// The ids of all texts.
    pub fn blobs(&self) -> BTreeSet<String> {
        self.texts.keys().map(|owned| owned.blob.clone()).collect()
    }

    /// Sites in all texts.
    pub fn sites(&self) -> usize {
        self.texts
            .values()
            .map(|text| text.tables[&Marking::from(Profile::Robust)].sites.len())
            .sum()
    }

    /// The files as one recipient gets them.
    pub fn copy_of(&self, recipient: u8) -> Vec<File> {
        let key = key_of(recipient);
        self.texts
            .values()
            .map(|text| {
                let choose = |site: &ringfence_mark::model::Site| codeword_bit(&key, &self.code, site.id);
                let copy =
                    render(&text.tables[&Marking::from(Profile::Robust)], &text.text, &choose).unwrap();
                (text.owned.path.clone(), copy)
            })
            .collect()
    }

    /// What the suspect resembles.
    pub fn matches(&self, files: &[File]) -> (Suspect, Matches) {
        let mut suspect = Suspect::default();
        suspect.files = files
            .iter()
            .map(|(name, bytes)| SuspectFile {
                name: name.clone(),
                bytes: bytes.clone(),
            })
            .collect();
        let owned = Owned {
            index: &self.index,
            by_document: &self.by_document,
            third_party: &self.third_party,
            load: &|owned| self.texts.get(owned).map(|text| text.text.clone()),
        };
        let matches = find(&suspect, &owned).unwrap();
        (suspect, matches)
    }

    /// The whole way from files to a verdict; every recipient was delivered every text.
    pub fn trace(&self, files: &[File]) -> Judgement {
        self.trace_delivered(files, &|_, _| true)
    }

    /// As [`Self::trace`], with a say in who was delivered what.
    pub fn trace_delivered(&self, files: &[File], delivered: &dyn Fn(u8, &OwnedText) -> bool) -> Judgement {
        let (suspect, matches) = self.matches(files);
        // Each recipient is held against the most similar version that it was delivered.
        let mut held: BTreeMap<u8, Vec<(OwnedText, Marking)>> = BTreeMap::new();
        let mut loaded: BTreeMap<OwnedText, LoadedText> = BTreeMap::new();
        for versions in matches.versions.values() {
            for recipient in 0..RECIPIENTS {
                let first = versions
                    .iter()
                    .enumerate()
                    .find(|(_, owned)| delivered(recipient, owned));
                if let Some((version, owned)) = first {
                    held.entry(recipient)
                        .or_default()
                        .push((owned.clone(), Profile::Robust.into()));
                    let mut text = self.texts[owned].clone();
                    text.version = version;
                    loaded.insert(owned.clone(), text);
                }
            }
        }
        let loaded: Vec<LoadedText> = loaded.into_values().collect();
        let reads = read(&suspect, &matches, &loaded).unwrap();
        let bits: Vec<(u8, RecipientKey)> = held.keys().map(|number| (*number, key_of(*number))).collect();
        let functions: Vec<_> = bits
            .iter()
            .map(|(_, key)| move |site: SiteId| -> Variant { codeword_bit(key, &self.code, site) })
            .collect();
        let bias_of = |site: SiteId| -> Bias { bias(&self.code, site) };
        let candidates: Vec<Candidate<'_>> = bits
            .iter()
            .zip(&functions)
            .map(|((number, _), bit)| Candidate {
                recipient: number.to_string(),
                epoch: 1,
                delivered: held[number].clone(),
                bit,
                bias: &bias_of,
                touched: BTreeSet::new(),
                exact: false,
            })
            .collect();
        judge(&reads, &candidates, EPSILON, 1, !matches.matches.is_empty())
    }
}
