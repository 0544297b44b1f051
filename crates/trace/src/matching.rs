//! Which owned texts a suspect resembles: fingerprints first, one version of each owned path, third-party text left out.

use crate::suspect::{Suspect, SuspectFile};
use ringfence_similar::{DocumentId, Fingerprints, Index};
use ringfence_syntax::Language;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Smallest share of the suspect file or of the owned file, by weighted fingerprints, that counts as resembling.
const SMALLEST_SHARE: f64 = 0.10;
/// Fewest common fingerprints.
const FEWEST_COMMON: usize = 4;
/// Owned texts considered for one suspect file.
const MOST_PER_FILE: usize = 12;
/// Versions of one owned path that are kept.
const MOST_VERSIONS: usize = 8;
/// Suspect bytes of unknown language that are tried as every owned language.
const LARGEST_UNKNOWN: usize = 4 << 20;

/// An owned text as the index knows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct OwnedText {
    /// Repository.
    pub repository: String,
    /// Path in it.
    pub path: String,
    /// Blob id.
    pub blob: String,
    /// Language.
    pub language: Language,
}

/// A suspect file and an owned text that it resembles.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Match {
    /// Name of the suspect file.
    pub suspect: String,
    /// The owned text.
    pub owned: OwnedText,
    /// Share of the owned text's weighted fingerprints found in the suspect file.
    pub of_owned: f64,
    /// Share of the suspect file's weighted fingerprints found in the owned text.
    pub of_suspect: f64,
}

/// The index key of a blob: its first eight bytes.
#[must_use]
pub fn document_of(blob: &str) -> Option<DocumentId> {
    u64::from_str_radix(blob.get(..16)?, 16).ok().map(DocumentId)
}

/// What was found, and the suspect files that take part in reading.
#[derive(Clone, Debug, Default)]
pub struct Matches {
    /// Best first.
    pub matches: Vec<Match>,
    /// The most similar version of each owned path.
    pub owned: BTreeSet<OwnedText>,
    /// By (repository, path): its similar versions, the most similar first. A recipient is held against the first of them that it
    /// was delivered; which that is depends on no copy.
    pub versions: BTreeMap<(String, String), Vec<OwnedText>>,
    /// Positions in the suspect.
    pub files: BTreeSet<usize>,
}

/// Finds the owned texts that a suspect resembles. `by_document` lists what each indexed document is.
#[must_use]
pub fn find(suspect: &Suspect, index: &Index, by_document: &BTreeMap<DocumentId, Vec<OwnedText>>) -> Matches {
    let languages: BTreeSet<Language> = by_document.values().flatten().map(|text| text.language).collect();
    let mut found: Vec<(usize, Match)> = Vec::new();
    for (position, file) in suspect.files.iter().enumerate() {
        for language in languages_of(file, &languages) {
            let fingerprints = Fingerprints::of(language, &file.bytes);
            for candidate in index.candidates_of(&fingerprints).into_iter().take(MOST_PER_FILE) {
                if candidate.share < SMALLEST_SHARE || candidate.common < FEWEST_COMMON {
                    continue;
                }
                for owned in by_document.get(&candidate.document).into_iter().flatten() {
                    found.push((
                        position,
                        Match {
                            suspect: file.name.clone(),
                            owned: owned.clone(),
                            of_owned: candidate.of_document,
                            of_suspect: candidate.of_suspect,
                        },
                    ));
                }
            }
        }
    }
    found.sort_by(|left, right| {
        let weight = |found: &Match| found.of_owned.max(found.of_suspect);
        weight(&right.1)
            .total_cmp(&weight(&left.1))
            .then_with(|| left.1.owned.cmp(&right.1.owned))
    });
    // Several versions of one path are one text: the whole suspect is held against each, and they are ranked by that alone.
    let mut weights: BTreeMap<(String, String), BTreeMap<OwnedText, f64>> = BTreeMap::new();
    for (_, found) in &found {
        let path = (found.owned.repository.clone(), found.owned.path.clone());
        let versions = weights.entry(path).or_default();
        *versions.entry(found.owned.clone()).or_default() += found.of_owned;
    }
    let mut matches = Matches::default();
    for (path, versions) in weights {
        let mut ranked: Vec<(OwnedText, f64)> = versions.into_iter().collect();
        ranked.sort_by(|left, right| right.1.total_cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
        let ranked: Vec<OwnedText> = ranked
            .into_iter()
            .map(|(owned, _)| owned)
            .take(MOST_VERSIONS)
            .collect();
        matches.owned.extend(ranked.first().cloned());
        matches.versions.insert(path, ranked);
    }
    for (position, found) in found {
        let path = (found.owned.repository.clone(), found.owned.path.clone());
        if matches
            .versions
            .get(&path)
            .is_some_and(|versions| versions.contains(&found.owned))
        {
            matches.files.insert(position);
        }
        if matches.owned.contains(&found.owned) {
            matches.matches.push(found);
        }
    }
    matches
}

fn languages_of(file: &SuspectFile, owned: &BTreeSet<Language>) -> Vec<Language> {
    let inner = file.name.rsplit("!/").next().unwrap_or(&file.name);
    match Language::from_path(inner.as_bytes()) {
        Some(language) => vec![language],
        None if file.bytes.len() <= LARGEST_UNKNOWN && !file.bytes.contains(&0) => {
            owned.iter().copied().collect()
        }
        None => Vec::new(),
    }
}
