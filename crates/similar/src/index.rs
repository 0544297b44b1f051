//! The index: fingerprints of owned documents, and which documents a suspect resembles.
//!
//! A fingerprint that few documents have counts more: its weight is ln(1 + documents / documents that have it). Fingerprints
//! of background text (third-party code, templates, generators) count nothing.
//!
//! Stored form, all integers little endian: magic `RFSI`, version u16, number of documents u64, then per document in ascending
//! order of id: id u64, and twice (blanked, raw) a number u32 and so many fingerprints u64, ascending; then the background's
//! two lists in the same form, with numbers as u64.
//!
//! Refuses bytes that are not exactly what `encode` writes: unsorted, repeated, truncated, trailing, of another version.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ringfence_syntax::Language;
use serde::{Deserialize, Serialize};

use crate::fingerprint::Fingerprints;

const MAGIC: [u8; 4] = *b"RFSI";
const VERSION: u16 = 1;
/// A fingerprint in more documents than this and in more than a tenth of them selects nothing.
const COMMON: usize = 64;
/// Smallest share of a candidate.
const SMALLEST_SHARE: f64 = 0.005;

/// The caller's number for an owned document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DocumentId(pub u64);

/// An owned document that a suspect resembles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Which one.
    pub document: DocumentId,
    /// The larger of the two shares, in the channel where it is larger: 0 to 1.
    pub share: f64,
    /// Weighted share of the document's fingerprints that the suspect has: 1 for a whole file in a large suspect.
    pub of_document: f64,
    /// Weighted share of the suspect's fingerprints that the document has: 1 for a fragment of the document.
    pub of_suspect: f64,
    /// Fingerprints in common, of both channels.
    pub common: usize,
}

/// Why bytes are not an index.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// The bytes do not begin as an index does.
    #[error("not a similarity index")]
    NotAnIndex,
    /// Written by another version.
    #[error("similarity index of version {version}, this program reads {VERSION}")]
    Version {
        /// Version of the bytes.
        version: u16,
    },
    /// The bytes end early.
    #[error("similarity index ends at byte {at} of a list or number")]
    Truncated {
        /// Where more was expected.
        at: usize,
    },
    /// More bytes than the index has.
    #[error("{count} bytes after the end of the similarity index")]
    Trailing {
        /// How many.
        count: usize,
    },
    /// Documents or fingerprints that are not strictly ascending.
    #[error("similarity index is not in ascending order before byte {at}")]
    Unsorted {
        /// Where it was seen.
        at: usize,
    },
}

/// Fingerprints of owned documents.
#[derive(Clone, Debug, Default)]
pub struct Index {
    documents: BTreeMap<DocumentId, Fingerprints>,
    blanked: Postings,
    raw: Postings,
}

/// One channel: who has a fingerprint.
#[derive(Clone, Debug, Default)]
struct Postings {
    documents: HashMap<u64, Vec<DocumentId>>,
    background: BTreeSet<u64>,
}

impl Postings {
    fn insert(&mut self, document: DocumentId, fingerprints: &[u64]) {
        for fingerprint in fingerprints {
            self.documents.entry(*fingerprint).or_default().push(document);
        }
    }

    fn remove(&mut self, document: DocumentId, fingerprints: &[u64]) {
        for fingerprint in fingerprints {
            if let Some(documents) = self.documents.get_mut(fingerprint) {
                documents.retain(|other| *other != document);
                if documents.is_empty() {
                    self.documents.remove(fingerprint);
                }
            }
        }
    }

    fn weight(&self, fingerprint: u64, total: usize) -> f64 {
        if self.background.contains(&fingerprint) {
            return 0.0;
        }
        let having = self.documents.get(&fingerprint).map_or(0, Vec::len).max(1);
        (1.0 + as_float(total) / as_float(having)).ln()
    }
}

impl Index {
    /// Adds a document; a document of the same id is replaced.
    pub fn insert(&mut self, document: DocumentId, language: Language, text: &[u8]) {
        self.insert_fingerprints(document, Fingerprints::of(language, text));
    }

    /// Adds a document whose fingerprints are known.
    pub fn insert_fingerprints(&mut self, document: DocumentId, fingerprints: Fingerprints) {
        self.remove(document);
        self.blanked.insert(document, &fingerprints.blanked);
        self.raw.insert(document, &fingerprints.raw);
        self.documents.insert(document, fingerprints);
    }

    /// Removes a document; returns whether it was there.
    pub fn remove(&mut self, document: DocumentId) -> bool {
        let Some(fingerprints) = self.documents.remove(&document) else {
            return false;
        };
        self.blanked.remove(document, &fingerprints.blanked);
        self.raw.remove(document, &fingerprints.raw);
        true
    }

    /// Adds text that anyone may have: its fingerprints select nothing from now on.
    pub fn insert_background(&mut self, language: Language, text: &[u8]) {
        let Fingerprints { blanked, raw } = Fingerprints::of(language, text);
        self.blanked.background.extend(blanked);
        self.raw.background.extend(raw);
    }

    /// Returns the number of documents.
    #[must_use]
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Says whether there is no document.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// Lists the indexed documents in ascending order.
    pub fn documents(&self) -> impl Iterator<Item = DocumentId> + '_ {
        self.documents.keys().copied()
    }

    /// Returns the documents that a suspect resembles, the most similar first.
    #[must_use]
    pub fn candidates(&self, language: Language, text: &[u8]) -> Vec<Candidate> {
        self.candidates_of(&Fingerprints::of(language, text))
    }

    /// Returns the documents that have fingerprints of a suspect, the most similar first.
    #[must_use]
    pub fn candidates_of(&self, suspect: &Fingerprints) -> Vec<Candidate> {
        let mut candidates: BTreeMap<DocumentId, Candidate> = BTreeMap::new();
        let channels = [
            (&self.blanked, &suspect.blanked, Channel::Blanked),
            (&self.raw, &suspect.raw, Channel::Raw),
        ];
        for (postings, fingerprints, channel) in channels {
            let total = self.documents.len();
            let mut shared: BTreeMap<DocumentId, (f64, usize)> = BTreeMap::new();
            let mut weight_of_suspect = 0.0;
            for fingerprint in fingerprints {
                let weight = postings.weight(*fingerprint, total);
                weight_of_suspect += weight;
                let documents = postings.documents.get(fingerprint).map_or(&[][..], Vec::as_slice);
                if weight == 0.0 || documents.len() > COMMON.max(total / 10) {
                    continue;
                }
                for document in documents {
                    let (sum, common) = shared.entry(*document).or_default();
                    *sum += weight;
                    *common += 1;
                }
            }
            for (document, (sum, common)) in shared {
                let own = self
                    .documents
                    .get(&document)
                    .map_or(&[][..], |own| channel.of(own));
                let weight_of_document: f64 = own.iter().map(|own| postings.weight(*own, total)).sum();
                let share = |whole: f64| if whole > 0.0 { (sum / whole).min(1.0) } else { 0.0 };
                let (of_document, of_suspect) = (share(weight_of_document), share(weight_of_suspect));
                let candidate = candidates.entry(document).or_insert(Candidate {
                    document,
                    share: 0.0,
                    of_document: 0.0,
                    of_suspect: 0.0,
                    common: 0,
                });
                candidate.of_document = candidate.of_document.max(of_document);
                candidate.of_suspect = candidate.of_suspect.max(of_suspect);
                candidate.share = candidate.of_document.max(candidate.of_suspect);
                candidate.common += common;
            }
        }
        let mut candidates: Vec<Candidate> = candidates
            .into_values()
            .filter(|candidate| candidate.share >= SMALLEST_SHARE)
            .collect();
        candidates.sort_by(|one, other| {
            other
                .share
                .total_cmp(&one.share)
                .then(other.common.cmp(&one.common))
                .then(one.document.cmp(&other.document))
        });
        candidates
    }

    /// Writes the index.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(MAGIC);
        out.extend(VERSION.to_le_bytes());
        out.extend(as_u64(self.documents.len()).to_le_bytes());
        for (document, fingerprints) in &self.documents {
            out.extend(document.0.to_le_bytes());
            for list in [&fingerprints.blanked, &fingerprints.raw] {
                out.extend(u32::try_from(list.len()).unwrap_or(u32::MAX).to_le_bytes());
                out.extend(list.iter().flat_map(|fingerprint| fingerprint.to_le_bytes()));
            }
        }
        for background in [&self.blanked.background, &self.raw.background] {
            out.extend(as_u64(background.len()).to_le_bytes());
            out.extend(
                background
                    .iter()
                    .flat_map(|fingerprint| fingerprint.to_le_bytes()),
            );
        }
        out
    }

    /// Reads an index.
    ///
    /// # Errors
    /// When the bytes are not exactly what `encode` writes. Memory stays within a small multiple of the bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, IndexError> {
        let mut input = Input { bytes, at: 0 };
        if input.take::<4>().ok() != Some(MAGIC) {
            return Err(IndexError::NotAnIndex);
        }
        let version = u16::from_le_bytes(input.take()?);
        if version != VERSION {
            return Err(IndexError::Version { version });
        }
        let mut index = Self::default();
        let mut last = None;
        for _ in 0..u64::from_le_bytes(input.take()?) {
            let document = DocumentId(u64::from_le_bytes(input.take()?));
            if last.is_some_and(|last| last >= document) {
                return Err(IndexError::Unsorted { at: input.at });
            }
            last = Some(document);
            let count = u64::from(u32::from_le_bytes(input.take()?));
            let blanked = input.list(count)?;
            let count = u64::from(u32::from_le_bytes(input.take()?));
            let raw = input.list(count)?;
            index.insert_fingerprints(document, Fingerprints { blanked, raw });
        }
        let count = u64::from_le_bytes(input.take()?);
        index.blanked.background = input.list(count)?.into_iter().collect();
        let count = u64::from_le_bytes(input.take()?);
        index.raw.background = input.list(count)?.into_iter().collect();
        match bytes.len().saturating_sub(input.at) {
            0 => Ok(index),
            count => Err(IndexError::Trailing { count }),
        }
    }
}

#[derive(Clone, Copy)]
enum Channel {
    Blanked,
    Raw,
}

impl Channel {
    fn of(self, fingerprints: &Fingerprints) -> &[u64] {
        match self {
            Self::Blanked => &fingerprints.blanked,
            Self::Raw => &fingerprints.raw,
        }
    }
}

struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Input<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], IndexError> {
        let end = self.at.saturating_add(N);
        let taken = self
            .bytes
            .get(self.at..end)
            .and_then(|bytes| bytes.try_into().ok());
        let taken = taken.ok_or(IndexError::Truncated { at: self.bytes.len() })?;
        self.at = end;
        Ok(taken)
    }

    /// A list of strictly ascending numbers. Nothing is reserved for a count that the bytes cannot hold.
    fn list(&mut self, count: u64) -> Result<Vec<u64>, IndexError> {
        if count > as_u64(self.bytes.len().saturating_sub(self.at) / 8) {
            return Err(IndexError::Truncated { at: self.bytes.len() });
        }
        let mut list = Vec::new();
        for _ in 0..count {
            let next = u64::from_le_bytes(self.take()?);
            if list.last().is_some_and(|last| *last >= next) {
                return Err(IndexError::Unsorted { at: self.at });
            }
            list.push(next);
        }
        Ok(list)
    }
}

fn as_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn as_float(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
