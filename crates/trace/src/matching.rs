//! Which owned texts a suspect resembles, and where: fingerprints first, then ordered alignment with the best candidates; third-party text is
//! left out of accusations.

mod coverage;

use crate::suspect::{Suspect, SuspectFile};
pub use coverage::{FileCoverage, Passage};
use coverage::{cover, is_passage};
use ringfence_similar::{
    Candidate, DocumentId, Fingerprints, Index, Resemblance, SegmentError, Source, Tokens,
};
use ringfence_syntax::Language;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Smallest share of the suspect file or of the owned file, by weighted fingerprints, that counts as resembling.
const SMALLEST_SHARE: f64 = 0.10;
/// Fewest common fingerprints.
const FEWEST_COMMON: usize = 4;
/// Owned paths considered for one suspect file, and one more for so many fingerprints: a bundle holds many files.
const MOST_PER_FILE: usize = 12;
const FINGERPRINTS_PER_PATH: usize = 40;
const MOST_PER_BUNDLE: usize = 2_000;
/// Versions of one owned path that are kept.
const MOST_VERSIONS: usize = 8;
/// Third-party texts that a suspect file is aligned with.
const MOST_THIRD_PARTY: usize = 4;
/// Suspect bytes of unknown language that are tried as every owned language.
const LARGEST_UNKNOWN: usize = 4 << 20;
/// Suspect texts that are worked on together.
const TOGETHER: usize = 512;
/// Tokens of owned texts that are kept at hand.
const MOST_TOKENS: usize = 24 << 20;

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

/// Why a text accuses nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Foreign {
    /// An asset that the estate declares as somebody else's, or as what a vendor brought along.
    ThirdParty,
    /// It lies in a folder of vendored code.
    Vendored,
    /// It or its folder carries somebody else's licence.
    Licensed,
    /// A tool or a template made it, as its path or its first lines say.
    Generated,
}

/// A suspect file and a third-party text that it resembles.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ForeignMatch {
    /// Why the text accuses nobody.
    pub kind: Foreign,
    /// The files and shares.
    #[serde(flatten)]
    pub found: Match,
}

/// The index key of a blob read as one language: the first half of the blob id is enough of it that no two can be made to agree.
#[must_use]
pub fn document_of(blob: &str, language: Language) -> Option<DocumentId> {
    let number = u128::from_str_radix(blob.get(..32)?, 16).ok()?;
    let kin = u128::from(ringfence_similar::tokens::kin(language))
        .wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    Some(DocumentId(number.wrapping_add(kin)))
}

/// What a suspect is held against.
pub struct Owned<'a, S> {
    /// The index.
    pub index: &'a Index<S>,
    /// What each indexed document is; a document that is nothing any more selects nothing.
    pub by_document: &'a BTreeMap<DocumentId, Vec<OwnedText>>,
    /// Which of them are third-party text, a vendored library, a template, or what a generator made.
    pub third_party: &'a BTreeMap<DocumentId, Foreign>,
    /// Reads a text, none when it is gone.
    pub load: &'a (dyn Fn(&OwnedText) -> Option<Vec<u8>> + Sync),
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
    /// Suspect files that resemble third-party text, with the most similar one; best first.
    pub third_party: Vec<ForeignMatch>,
    /// Where, by suspect file; files in which nothing was found are not listed.
    pub coverage: Vec<FileCoverage>,
    /// Tokens of the whole suspect, of languages that are owned.
    pub tokens: usize,
}

/// One suspect file as text of one language.
struct Job<'a> {
    position: usize,
    file: &'a SuspectFile,
    language: Language,
}

/// What one job found.
#[derive(Default)]
struct Outcome {
    found: Vec<(OwnedText, Candidate)>,
    third_party: Vec<(OwnedText, Candidate)>,
    coverage: Option<FileCoverage>,
}

/// Finds the owned texts that a suspect resembles.
///
/// # Errors
/// When the index is damaged or cannot be read.
pub fn find<S: Source + Sync>(suspect: &Suspect, owned: &Owned<'_, S>) -> Result<Matches, SegmentError> {
    let languages: BTreeSet<Language> = owned
        .by_document
        .values()
        .flatten()
        .map(|text| text.language)
        .collect();
    let jobs: Vec<Job<'_>> = suspect
        .files
        .iter()
        .enumerate()
        .flat_map(|(position, file)| {
            languages_of(file, &languages)
                .into_iter()
                .map(move |language| Job {
                    position,
                    file,
                    language,
                })
        })
        .collect();
    let mut matches = Matches::default();
    let mut found: Vec<(usize, Match)> = Vec::new();
    let mut coverage: BTreeMap<usize, FileCoverage> = BTreeMap::new();
    let mut counted: BTreeMap<usize, usize> = BTreeMap::new();
    let mut cache = Cache::default();
    for together in jobs.chunks(TOGETHER) {
        let texts = in_parallel(together, |job| {
            let tokens = Tokens::of_suspect(job.language, &job.file.bytes);
            (Fingerprints::of_tokens(&tokens), tokens.len())
        });
        let fingerprints: Vec<&Fingerprints> = texts.iter().map(|(fingerprints, _)| fingerprints).collect();
        let most = fingerprints.iter().map(|one| room(one)).max().unwrap_or(0) * MOST_VERSIONS;
        let resembling =
            owned
                .index
                .resemblances(&fingerprints, &|id| owned.third_party.contains_key(&id), most)?;
        let chosen: Vec<Chosen<'_>> = together
            .iter()
            .zip(&texts)
            .zip(&resembling)
            .map(|((job, (fingerprints, _)), resemblance)| {
                choose(job, room(fingerprints), resemblance, owned)
            })
            .collect();
        cache.fill(chosen.iter().flat_map(Chosen::aligned), owned);
        let outcomes = in_parallel(&chosen, |chosen| chosen.align(&cache));
        for ((job, outcome), (_, tokens)) in together.iter().zip(outcomes).zip(&texts) {
            let count = counted.entry(job.position).or_default();
            *count = (*count).max(*tokens);
            let listed = |(text, candidate): (OwnedText, Candidate)| Match {
                suspect: job.file.name.clone(),
                owned: text,
                of_owned: candidate.of_document,
                of_suspect: candidate.of_suspect,
            };
            let foreign = outcome.third_party.into_iter().next();
            matches.third_party.extend(foreign.and_then(|one| {
                Some(ForeignMatch {
                    kind: *owned.third_party.get(&one.1.document)?,
                    found: listed(one),
                })
            }));
            found.extend(outcome.found.into_iter().map(|one| (job.position, listed(one))));
            if let Some(covered) = outcome.coverage {
                // A file of unknown language: the language in which most is found.
                let known = coverage.entry(job.position).or_insert_with(|| covered.clone());
                if covered.matched() > known.matched() {
                    *known = covered;
                }
            }
        }
    }
    for (position, covered) in &coverage {
        counted.insert(*position, covered.tokens);
    }
    matches.tokens = counted.values().sum();
    matches.coverage = coverage.into_values().collect();
    let weight = |found: &Match| found.of_owned.max(found.of_suspect);
    matches.third_party.sort_by(|left, right| {
        weight(&right.found)
            .total_cmp(&weight(&left.found))
            .then_with(|| left.found.suspect.cmp(&right.found.suspect))
    });
    rank(&mut matches, found);
    Ok(matches)
}

/// Several versions of one path are one text: the whole suspect is held against each, and they are ranked by that alone.
fn rank(matches: &mut Matches, mut found: Vec<(usize, Match)>) {
    found.sort_by(|left, right| {
        let weight = |found: &Match| found.of_owned.max(found.of_suspect);
        weight(&right.1)
            .total_cmp(&weight(&left.1))
            .then_with(|| left.1.owned.cmp(&right.1.owned))
            .then_with(|| left.0.cmp(&right.0))
    });
    found.dedup_by(|one, other| one.0 == other.0 && one.1.owned == other.1.owned);
    let mut weights: BTreeMap<(String, String), BTreeMap<OwnedText, f64>> = BTreeMap::new();
    for (_, found) in &found {
        let path = (found.owned.repository.clone(), found.owned.path.clone());
        let versions = weights.entry(path).or_default();
        *versions.entry(found.owned.clone()).or_default() += found.of_owned;
    }
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
}

/// The candidates of one suspect text that are worth aligning.
struct Chosen<'a> {
    job: &'a Job<'a>,
    third_party: Vec<(OwnedText, Candidate)>,
    /// By path, the best first; of each its versions, the best first.
    paths: Vec<Vec<(OwnedText, Candidate)>>,
}

/// Owned paths that a suspect text may be held against.
fn room(fingerprints: &Fingerprints) -> usize {
    (MOST_PER_FILE + fingerprints.keys().len() / FINGERPRINTS_PER_PATH).min(MOST_PER_BUNDLE)
}

fn choose<'a, S>(
    job: &'a Job<'a>,
    room: usize,
    resemblance: &Resemblance,
    owned: &Owned<'_, S>,
) -> Chosen<'a> {
    let mut chosen = Chosen {
        job,
        third_party: Vec::new(),
        paths: Vec::new(),
    };
    let mut places: HashMap<(&str, &str), usize> = HashMap::new();
    let kin = ringfence_similar::tokens::kin(job.language);
    for candidate in &resemblance.candidates {
        let texts = owned.by_document.get(&candidate.document).into_iter().flatten();
        for text in texts.filter(|text| ringfence_similar::tokens::kin(text.language) == kin) {
            if candidate.third_party {
                if chosen.third_party.len() < MOST_THIRD_PARTY && resembles(candidate) {
                    chosen.third_party.push((text.clone(), *candidate));
                }
                continue;
            }
            if candidate.common < FEWEST_COMMON {
                continue;
            }
            let next = chosen.paths.len();
            let place = *places.entry((&text.repository, &text.path)).or_insert(next);
            if place == next {
                if next >= room {
                    continue;
                }
                chosen.paths.push(Vec::new());
            }
            if let Some(versions) = chosen
                .paths
                .get_mut(place)
                .filter(|list| list.len() < MOST_VERSIONS)
            {
                versions.push((text.clone(), *candidate));
            }
        }
    }
    chosen
}

/// Whether the fingerprints alone say so.
fn resembles(candidate: &Candidate) -> bool {
    candidate.share >= SMALLEST_SHARE && candidate.common >= FEWEST_COMMON
}

impl Chosen<'_> {
    /// The texts to align with: third-party ones first, so that what both have is theirs.
    fn aligned(&self) -> impl Iterator<Item = &OwnedText> {
        let best = self.paths.iter().filter_map(|versions| versions.first());
        self.third_party.iter().chain(best).map(|(text, _)| text)
    }

    fn align(&self, cache: &Cache) -> Outcome {
        let mut outcome = Outcome::default();
        outcome.third_party.clone_from(&self.third_party);
        let texts: Vec<(OwnedText, Arc<Tokens>)> = self
            .aligned()
            .filter_map(|text| Some((text.clone(), cache.get(text)?)))
            .collect();
        if texts.is_empty() {
            return outcome;
        }
        let suspect = Tokens::of_suspect(self.job.language, &self.job.file.bytes);
        let foreign: BTreeSet<&OwnedText> = self.third_party.iter().map(|(text, _)| text).collect();
        let mut covered = cover(&self.job.file.name, &suspect, &texts, &|text| {
            foreign.contains(text)
        });
        let mut kept: BTreeSet<&OwnedText> = BTreeSet::new();
        for versions in &self.paths {
            let Some((best, candidate)) = versions.first() else {
                continue;
            };
            let passages = covered.passages.iter().filter(|passage| passage.owned == *best);
            if !resembles(candidate) && !is_passage(passages) {
                continue;
            }
            kept.insert(best);
            outcome.found.extend(versions.iter().cloned());
        }
        covered
            .passages
            .retain(|passage| passage.third_party || kept.contains(&passage.owned));
        outcome.coverage = (!covered.passages.is_empty()).then_some(covered);
        outcome
    }
}

/// Owned texts as tokens.
#[derive(Default)]
struct Cache {
    tokens: HashMap<OwnedText, Option<Arc<Tokens>>>,
    held: usize,
}

impl Cache {
    fn fill<'a, S: Source + Sync>(
        &mut self,
        wanted: impl Iterator<Item = &'a OwnedText>,
        owned: &Owned<'_, S>,
    ) {
        if self.held > MOST_TOKENS {
            *self = Self::default();
        }
        let missing: Vec<&OwnedText> = wanted
            .filter(|text| !self.tokens.contains_key(*text))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let loaded = in_parallel(&missing, |text| {
            (owned.load)(text).map(|bytes| Arc::new(Tokens::of(text.language, &bytes)))
        });
        for (text, tokens) in missing.into_iter().zip(loaded) {
            self.held = self
                .held
                .saturating_add(tokens.as_ref().map_or(0, |tokens| tokens.len()));
            self.tokens.insert(text.clone(), tokens);
        }
    }

    fn get(&self, text: &OwnedText) -> Option<Arc<Tokens>> {
        self.tokens.get(text).cloned().flatten()
    }
}

/// Applies a function to all items on all cores; results in order.
pub(crate) fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = items.len().div_ceil(cores.saturating_mul(4)).max(1);
    if items.len() < 2 || cores < 2 {
        return items.iter().map(work).collect();
    }
    let next = std::sync::atomic::AtomicUsize::new(0);
    let chunks: Vec<&[T]> = items.chunks(share).collect();
    let mut done: Vec<(usize, Vec<R>)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores)
            .map(|_| {
                scope.spawn(|| {
                    let mut done = Vec::new();
                    loop {
                        let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        let Some(chunk) = chunks.get(number) else { break };
                        done.push((number, chunk.iter().map(&work).collect::<Vec<R>>()));
                    }
                    done
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| match worker.join() {
                Ok(done) => done,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    });
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().flat_map(|(_, results)| results).collect()
}

/// The name of a file inside archives.
pub(crate) fn inner_name(name: &str) -> &str {
    name.rsplit("!/").next().unwrap_or(name)
}

fn languages_of(file: &SuspectFile, owned: &BTreeSet<Language>) -> Vec<Language> {
    match Language::from_path(inner_name(&file.name).as_bytes()) {
        Some(language) => vec![language],
        None if file.bytes.len() <= LARGEST_UNKNOWN && !file.bytes.contains(&0) => {
            owned.iter().copied().collect()
        }
        None => Vec::new(),
    }
}
