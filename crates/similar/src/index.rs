//! Which owned documents a suspect resembles, over any number of segments.
//!
//! INVARIANT: what is found here only selects what is aligned and read; it is never evidence.
//! INVARIANT: a fingerprint that a third-party document has speaks for that document only.
//! Bounds: a call looks at most at `MOST_VISITS` postings for each suspect text; the rarest are not preferred, as the background has lowered the common ones already.

use std::collections::HashMap;

use crate::background::Background;
use crate::fingerprint::{Channel, Fingerprints};
use crate::segment::{DocumentId, Lookup, Segment, SegmentError, Source, weights_of};

/// Suspect texts that are looked up together: memory stays bounded, and each block of a segment is read once for all of them.
const TOGETHER: usize = 512;
/// Postings looked at for one suspect text.
const MOST_VISITS: u32 = 4_000_000;

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
    /// Fingerprints in common that weigh at least half of the most, of both channels.
    pub common: usize,
    /// Whether the document is third-party text.
    pub third_party: bool,
}

/// What one suspect text resembles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resemblance {
    /// The most similar first.
    pub candidates: Vec<Candidate>,
    /// Weighted share of the suspect's fingerprints that third-party documents have: 0 to 1, the larger of both channels.
    pub third_party: f64,
}

/// Segments that are asked together.
#[derive(Debug)]
pub struct Index<S> {
    segments: Vec<Segment<S>>,
}

impl<S> Default for Index<S> {
    fn default() -> Self {
        Self { segments: Vec::new() }
    }
}

#[derive(Clone, Copy, Default)]
struct Shared {
    weights: [u32; 2],
    common: u32,
}

impl<S: Source> Index<S> {
    /// Takes open segments.
    #[must_use]
    pub const fn new(segments: Vec<Segment<S>>) -> Self {
        Self { segments }
    }

    /// Returns the segments.
    #[must_use]
    pub fn segments(&self) -> &[Segment<S>] {
        &self.segments
    }

    /// Says whether a document is indexed.
    #[must_use]
    pub fn contains(&self, id: DocumentId) -> bool {
        self.segments.iter().any(|segment| segment.contains(id))
    }

    /// Returns the number of documents; one in two segments counts twice.
    #[must_use]
    pub fn len(&self) -> usize {
        self.segments
            .iter()
            .map(|segment| segment.documents().len())
            .fold(0, usize::saturating_add)
    }

    /// Says whether there is no document.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns per suspect text the documents that it resembles, at most `most` of the owner's and as many third-party ones.
    ///
    /// # Errors
    /// When a segment is damaged or its store fails.
    pub fn resemblances(
        &self,
        suspects: &[&Fingerprints],
        third_party: &dyn Fn(DocumentId) -> bool,
        most: usize,
    ) -> Result<Vec<Resemblance>, SegmentError> {
        let foreign: Vec<Vec<bool>> = self
            .segments
            .iter()
            .map(|segment| {
                let documents = segment.documents();
                documents
                    .iter()
                    .map(|document| third_party(document.id))
                    .collect()
            })
            .collect();
        let mut all = Vec::with_capacity(suspects.len());
        for together in suspects.chunks(TOGETHER) {
            self.look_up(together, &foreign, most, &mut all)?;
        }
        Ok(all)
    }

    fn look_up(
        &self,
        suspects: &[&Fingerprints],
        foreign: &[Vec<bool>],
        most: usize,
        all: &mut Vec<Resemblance>,
    ) -> Result<(), SegmentError> {
        let background = Background::built_in();
        let mut asked: Vec<(u64, usize)> = suspects
            .iter()
            .enumerate()
            .flat_map(|(suspect, fingerprints)| fingerprints.keys().iter().map(move |key| (*key, suspect)))
            .collect();
        asked.sort_unstable();
        let mut lookups: Vec<Lookup<'_, S>> = self.segments.iter().map(Segment::lookup).collect();
        let mut shared: Vec<HashMap<(usize, u32), Shared>> = vec![HashMap::new(); suspects.len()];
        let mut theirs = vec![[0_u32; 2]; suspects.len()];
        let mut visits = vec![0_u32; suspects.len()];
        for same in asked.chunk_by(|one, other| one.0 == other.0) {
            let Some(&(key, _)) = same.first() else { continue };
            let weight = background.weight(key);
            if weight == 0 {
                continue;
            }
            let channel = Channel::of(key).index();
            let mut found: Vec<&[u32]> = Vec::with_capacity(lookups.len());
            for lookup in &mut lookups {
                found.push(lookup.find(key)?);
            }
            let is_foreign = |segment: usize, document: u32| {
                usize::try_from(document)
                    .ok()
                    .and_then(|document| foreign.get(segment)?.get(document).copied())
                    .unwrap_or(false)
            };
            let known = found
                .iter()
                .enumerate()
                .any(|(segment, documents)| documents.iter().any(|document| is_foreign(segment, *document)));
            for (_, suspect) in same {
                let (Some(shared), Some(visits)) = (shared.get_mut(*suspect), visits.get_mut(*suspect))
                else {
                    continue;
                };
                if known && let Some(weights) = theirs.get_mut(*suspect) {
                    add(weights, channel, weight);
                }
                for (segment, documents) in found.iter().enumerate() {
                    *visits = visits.saturating_add(u32::try_from(documents.len()).unwrap_or(u32::MAX));
                    if *visits > MOST_VISITS {
                        break;
                    }
                    for document in *documents {
                        if known && !is_foreign(segment, *document) {
                            continue;
                        }
                        let shared = shared.entry((segment, *document)).or_default();
                        add(&mut shared.weights, channel, weight);
                        shared.common += u32::from(weight * 2 >= crate::background::FULL_WEIGHT);
                    }
                }
            }
        }
        for ((fingerprints, shared), theirs) in suspects.iter().zip(shared).zip(theirs) {
            let whole = weights_of(fingerprints);
            let mut candidates: Vec<Candidate> = shared
                .into_iter()
                .filter_map(|((segment, document), shared)| {
                    let place = usize::try_from(document).ok()?;
                    let known = self.segments.get(segment)?.documents().get(place)?;
                    let (of_document, of_suspect) =
                        (share(shared.weights, known.weights), share(shared.weights, whole));
                    Some(Candidate {
                        document: known.id,
                        share: of_document.max(of_suspect),
                        of_document,
                        of_suspect,
                        common: usize::try_from(shared.common).unwrap_or(usize::MAX),
                        third_party: foreign.get(segment)?.get(place).copied().unwrap_or(false),
                    })
                })
                .collect();
            candidates.sort_by(|one, other| {
                other
                    .share
                    .total_cmp(&one.share)
                    .then(other.common.cmp(&one.common))
                    .then(one.document.cmp(&other.document))
            });
            let mut left = [most, most];
            candidates.retain(
                |candidate| match left.get_mut(usize::from(candidate.third_party)) {
                    Some(left) if *left > 0 => {
                        *left -= 1;
                        true
                    }
                    _ => false,
                },
            );
            all.push(Resemblance {
                candidates,
                third_party: share(theirs, whole),
            });
        }
        Ok(())
    }
}

fn add(weights: &mut [u32; 2], channel: usize, weight: u32) {
    if let Some(sum) = weights.get_mut(channel) {
        *sum = sum.saturating_add(weight);
    }
}

fn share(part: [u32; 2], whole: [u32; 2]) -> f64 {
    part.iter()
        .zip(whole)
        .filter(|(_, whole)| *whole > 0)
        .map(|(part, whole)| (f64::from(*part) / f64::from(whole)).min(1.0))
        .fold(0.0, f64::max)
}
