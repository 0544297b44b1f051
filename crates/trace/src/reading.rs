//! Reads the sites of the matched owned texts against the suspect, once for each way of marking in use.

use crate::matching::{Matches, OwnedText, in_parallel};
use crate::suspect::Suspect;
use ringfence_mark::Marking;
use ringfence_mark::model::{Family, Site, SiteId, SiteTable, Variant};
use ringfence_mark::read::{CanonicalFile, MAX_CANONICAL_BYTES, ReadError, Reader, SuspectFile};
use ringfence_syntax::Language;
use std::collections::{BTreeMap, BTreeSet};

/// An owned text with its bytes and site tables.
#[derive(Clone, Debug)]
pub struct LoadedText {
    /// What it is.
    pub owned: OwnedText,
    /// Its bytes.
    pub text: Vec<u8>,
    /// By the families that copies of it were marked with.
    pub tables: BTreeMap<Marking, SiteTable>,
    /// Which of the versions of its path it is, from 0. Versions are read one after the other: read together, no passage of them
    /// would be unique.
    pub version: usize,
}

/// One site of an owned text with what was read there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadSite {
    /// Its id.
    pub id: SiteId,
    /// Its family.
    pub family: Family,
    /// The longer form.
    pub long: Variant,
    /// The owner's own spelling.
    pub canonical: Variant,
    /// What was read; none: erased.
    pub value: Option<Variant>,
}

/// Every read, by (owned text, how copies of it were marked).
#[derive(Clone, Debug, Default)]
pub struct Reads {
    /// In the order of the table's sites.
    pub by_text: BTreeMap<(OwnedText, Marking), Vec<ReadSite>>,
    /// Owned tokens found in the suspect, by owned text: (aligned, in all).
    pub coverage: BTreeMap<OwnedText, (usize, usize)>,
    /// Suspect files that a limit cut or left out.
    pub cut: usize,
    /// Suspect files that were not read because better copies of the same owned text were.
    pub unread: usize,
}

/// Reads the suspect against the loaded texts.
///
/// # Errors
/// When a table does not fit its text.
pub fn read(suspect: &Suspect, matches: &Matches, loaded: &[LoadedText]) -> Result<Reads, ReadError> {
    let (layers, unread) = layers(suspect, matches);
    let layers: Vec<Vec<SuspectFile>> = layers
        .into_iter()
        .map(|layer| {
            layer
                .into_iter()
                .map(|file| SuspectFile {
                    name: file.name.clone(),
                    language: Language::from_path(crate::matching::inner_name(&file.name).as_bytes()),
                    text: file.bytes.clone(),
                })
                .collect()
        })
        .collect();
    let mut reads = Reads {
        unread,
        ..Reads::default()
    };
    let versions: BTreeSet<usize> = loaded.iter().map(|text| text.version).collect();
    let markings: BTreeSet<Marking> = loaded
        .iter()
        .flat_map(|text| text.tables.keys().copied())
        .collect();
    let passes = versions
        .iter()
        .flat_map(|version| markings.iter().map(|marking| (*version, *marking)));
    for (version, marking) in passes {
        let texts: Vec<&LoadedText> = loaded
            .iter()
            .filter(|text| text.version == version && text.tables.contains_key(&marking))
            .collect();
        // The whole of one repository may be more than one reader takes.
        let mut batch = Vec::new();
        let mut bytes = 0_usize;
        for text in texts {
            if bytes.saturating_add(text.text.len()) > MAX_CANONICAL_BYTES && !batch.is_empty() {
                read_layers(&mut reads, marking, &std::mem::take(&mut batch), &layers)?;
                bytes = 0;
            }
            bytes = bytes.saturating_add(text.text.len());
            batch.push(text);
        }
        if !batch.is_empty() {
            read_layers(&mut reads, marking, &batch, &layers)?;
        }
    }
    Ok(reads)
}

/// Share of one owned text that the suspect files of a layer hold at most: parts of one copy fit, two copies do not.
const LAYER_SHARE: f64 = 1.25;
/// Most layers: of one owned text, so many copies are read, the most similar ones.
const MOST_LAYERS: usize = 8;
/// Suspect bytes that are read together; less than the reader's own bound, which would cut.
const LAYER_BYTES: usize = 24 << 20;

/// Groups the matched suspect files so that no group holds an owned text twice: read together, no passage of two copies would be
/// unique, and whoever sends everything twice would send nothing. Byte-equal files are one. Blind: the suspect and the owner's text
/// decide, nothing else. Returns the groups and how many files were copies too many.
fn layers<'a>(suspect: &'a Suspect, matches: &Matches) -> (Vec<Vec<&'a crate::suspect::SuspectFile>>, usize) {
    let mut best: BTreeMap<&str, (&str, &str, f64)> = BTreeMap::new();
    for found in &matches.matches {
        best.entry(&found.suspect)
            .or_insert((&found.owned.repository, &found.owned.path, found.of_owned));
    }
    type Ranked<'a, 'b> = (&'a crate::suspect::SuspectFile, Option<(&'b str, &'b str)>, f64);
    let mut files: Vec<Ranked<'_, '_>> = matches
        .files
        .iter()
        .filter_map(|position| suspect.files.get(*position))
        .map(|file| match best.get(file.name.as_str()) {
            Some((repository, path, share)) => (file, Some((*repository, *path)), *share),
            None => (file, None, 0.0),
        })
        .collect();
    // The most similar copies come first: a repository may hold a hundred versions of one file.
    files.sort_by(|one, other| {
        other
            .2
            .total_cmp(&one.2)
            .then_with(|| one.0.name.cmp(&other.0.name))
    });
    let mut seen: BTreeSet<&[u8]> = BTreeSet::new();
    let mut held: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
    let mut layers: Vec<Vec<&crate::suspect::SuspectFile>> = Vec::new();
    let mut unread = 0;
    for (file, key, share) in files {
        if !seen.insert(&file.bytes) {
            continue;
        }
        let layer = match key {
            None => 0,
            Some(key) => {
                let shares = held.entry(key).or_default();
                match shares.iter_mut().position(|held| {
                    let free = *held + share <= LAYER_SHARE;
                    if free {
                        *held += share;
                    }
                    free
                }) {
                    Some(layer) => layer,
                    None if shares.len() < MOST_LAYERS => {
                        shares.push(share);
                        shares.len().saturating_sub(1)
                    }
                    None => {
                        unread += 1;
                        continue;
                    }
                }
            }
        };
        while layers.len() <= layer {
            layers.push(Vec::new());
        }
        if let Some(files) = layers.get_mut(layer) {
            files.push(file);
        }
    }
    let bounded = layers.into_iter().flat_map(|mut layer| {
        layer.sort_by(|one, other| one.name.cmp(&other.name));
        let mut parts: Vec<Vec<&crate::suspect::SuspectFile>> = Vec::new();
        let mut bytes = usize::MAX;
        for file in layer {
            bytes = bytes.saturating_add(file.bytes.len());
            if bytes > LAYER_BYTES {
                parts.push(Vec::new());
                bytes = file.bytes.len();
            }
            if let Some(part) = parts.last_mut() {
                part.push(file);
            }
        }
        parts
    });
    (bounded.collect(), unread)
}

fn read_layers(
    reads: &mut Reads,
    marking: Marking,
    batch: &[&LoadedText],
    layers: &[Vec<SuspectFile>],
) -> Result<(), ReadError> {
    layers
        .iter()
        .try_for_each(|layer| read_batch(reads, marking, batch, layer))
}

fn read_batch(
    reads: &mut Reads,
    marking: Marking,
    batch: &[&LoadedText],
    suspects: &[SuspectFile],
) -> Result<(), ReadError> {
    let files: Vec<CanonicalFile> = batch
        .iter()
        .filter_map(|text| {
            let table = text.tables.get(&marking)?.clone();
            Some(CanonicalFile {
                name: text.owned.path.clone(),
                // As it was marked: the text of a header says more than its name.
                language: table.language,
                text: text.text.clone(),
                table,
            })
        })
        .collect();
    let reader = Reader::new(files)?;
    let report = reader.read_by(suspects, |shares, read| in_parallel(shares, read));
    reads.cut = reads.cut.max(report.cuts.len());
    for read in &report.reads {
        let (Some(text), Some(file)) = (batch.get(read.file), reader.files().get(read.file)) else {
            continue;
        };
        let Some(site) = file.table.sites.get(read.site) else {
            continue;
        };
        reads
            .by_text
            .entry((text.owned.clone(), marking))
            .or_default()
            .push(read_site(site, read.value));
    }
    for coverage in &report.coverage {
        let Some(text) = batch.get(coverage.file) else {
            continue;
        };
        let known = reads.coverage.entry(text.owned.clone()).or_default();
        *known = (*known).max((coverage.aligned, coverage.tokens));
    }
    Ok(())
}

fn read_site(site: &Site, value: Option<Variant>) -> ReadSite {
    ReadSite {
        id: site.id,
        family: site.family,
        long: site.long,
        canonical: site.canonical,
        value,
    }
}
