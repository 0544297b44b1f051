//! The leak index at scale: a million real lines indexed, kept on disk and searched, and the sites of what was found read. All of it is what a trace does
//! between opening a suspect and judging it; how well marks survive is `marks`' affair.
//!
//! User CPU time of all threads is printed beside each time on the clock, so that a figure from a busy machine can be judged.

mod background;

use crate::measure::{Spent, spent};
use crate::row::{Goal, Peer, Row};
use anyhow::{Context, Result, ensure};
use ringfence_mark::codeword::AnchorKey;
use ringfence_mark::model::{Profile, SiteId};
use ringfence_mark::site_table;
use ringfence_similar::{DocumentId, Fingerprints, Index, Segment, SegmentBuilder, Source};
use ringfence_syntax::Language;
use ringfence_trace::matching::{Matches, Owned, OwnedText, document_of, find};
use ringfence_trace::reading::{LoadedText, Reads, read};
use ringfence_trace::suspect::{Suspect, SuspectFile};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

pub use background::write_background;

const INDEXING: &str = "indexing 1 million lines, one core";
const DISK: &str = "index of 1 million lines on disk";
const THOUSAND: &str = "1,000 suspect files against 1 million owned lines";
const READING: &str = "1,000 suspect files matched and every site of the matched files read";
const SNIPPET: &str = "a snippet of 50 lines against 1 million owned lines";

const LINES: usize = 1_000_000;
const SUSPECTS: usize = 1_000;
const SNIPPETS: usize = 20;
/// Largest file that is taken.
const LARGEST: u64 = 1 << 20;

pub fn row_names() -> Vec<String> {
    [INDEXING, DISK, THOUSAND, READING, SNIPPET]
        .map(str::to_owned)
        .to_vec()
}

/// A real source file.
pub(crate) struct RealFile {
    pub path: PathBuf,
    /// The package it belongs to: its name without a version.
    pub package: String,
    pub language: Language,
    pub text: Vec<u8>,
}

/// Where real sources lie on this machine: the corpus, cargo's sources, Python's library. Each folder in them is a package.
fn roots() -> Vec<PathBuf> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus");
    let mut roots = vec![corpus.join(".python-packages"), corpus];
    let cargo = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    if let Some(sources) = cargo.map(|cargo| cargo.join("registry/src"))
        && let Ok(entries) = std::fs::read_dir(&sources)
    {
        roots.extend(entries.flatten().map(|entry| entry.path()));
    }
    for library in ["/usr/lib/python3.11", "/usr/lib/python3.12", "/usr/share/nodejs"] {
        roots.push(PathBuf::from(library));
    }
    roots
}

/// Real files in the order of their paths, until so many lines are there; of a package in several versions one is taken.
pub(crate) fn real_files(lines: usize) -> Vec<RealFile> {
    let mut packages: BTreeMap<String, PathBuf> = BTreeMap::new();
    for root in roots() {
        for entry in std::fs::read_dir(&root).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let base = match name.rsplit_once('-') {
                Some((base, version)) if version.starts_with(|first: char| first.is_ascii_digit()) => base,
                _ => &name,
            };
            let kind = entry.file_type();
            if !name.starts_with('.') && kind.is_ok_and(|kind| kind.is_dir() || kind.is_file()) {
                packages.entry(base.to_owned()).or_insert_with(|| entry.path());
            }
        }
    }
    let mut files = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    let mut count = 0_usize;
    'all: for (package, folder) in packages {
        let mut waiting = vec![folder];
        while let Some(path) = waiting.pop() {
            let Ok(status) = std::fs::symlink_metadata(&path) else {
                continue;
            };
            if status.is_dir() {
                let mut inner: Vec<PathBuf> = std::fs::read_dir(&path)
                    .into_iter()
                    .flatten()
                    .flatten()
                    .map(|entry| entry.path())
                    .collect();
                inner.sort();
                waiting.extend(inner.into_iter().rev());
                continue;
            }
            let Some(language) = Language::from_path(path.as_os_str().as_encoded_bytes()) else {
                continue;
            };
            if !status.is_file() || status.len() > LARGEST {
                continue;
            }
            let Ok(text) = std::fs::read(&path) else { continue };
            if !seen.insert(document(&text, language)) {
                continue;
            }
            count += text.iter().filter(|byte| **byte == b'\n').count();
            files.push(RealFile {
                path,
                package: package.clone(),
                language,
                text,
            });
            if count >= lines {
                break 'all;
            }
        }
    }
    files
}

/// As a blob id would give it; any hash does here.
fn blob(text: &[u8]) -> String {
    let hash = |seed: u128| {
        text.iter().fold(seed, |hash, byte| {
            (hash ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
        })
    };
    format!("{:032x}", hash(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d))
}

fn document(text: &[u8], language: Language) -> Option<DocumentId> {
    document_of(&blob(text), language)
}

/// A segment on disk, as a home has it.
struct OnDisk(std::fs::File);

impl Source for OnDisk {
    fn length(&self) -> std::io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> std::io::Result<()> {
        self.0.read_exact_at(into, at)
    }
}

/// Runs the rows whose name contains `only`; returns how many.
pub fn run(only: Option<&str>, give: &mut dyn FnMut(Row)) -> Result<usize> {
    let wanted = |name: &str| only.is_none_or(|only| name.contains(only));
    if !row_names().iter().any(|name| wanted(name)) {
        return Ok(0);
    }
    let files = real_files(LINES);
    let lines: usize = files
        .iter()
        .map(|file| file.text.iter().filter(|byte| **byte == b'\n').count())
        .sum();
    ensure!(
        lines >= LINES / 2,
        "only {lines} lines of source on this machine; run cargo xtask corpus"
    );
    eprintln!("bench: {} files, {lines} lines", files.len());
    // Per million, whatever the corpus holds.
    let million = as_float(lines) / 1e6;
    let work = tempfile::tempdir().context("no temporary folder")?;
    let path = work.path().join("one.segment");

    let ((), indexing) = spent(|| {
        let mut builder = SegmentBuilder::default();
        for file in &files {
            let id = document(&file.text, file.language).context("an id")?;
            builder.insert(id, &Fingerprints::of(file.language, &file.text));
        }
        let mut out = std::io::BufWriter::new(std::fs::File::create(&path).context("no file")?);
        builder.finish(&mut out).context("the segment")?;
        out.flush().context("the segment")
    })?;
    let mut owned: BTreeMap<DocumentId, Vec<OwnedText>> = BTreeMap::new();
    let mut texts: BTreeMap<OwnedText, &[u8]> = BTreeMap::new();
    for file in &files {
        let id = document(&file.text, file.language).context("an id")?;
        let text = OwnedText {
            repository: "owned".to_owned(),
            path: file.path.display().to_string(),
            blob: blob(&file.text),
            language: file.language,
        };
        texts.insert(text.clone(), &file.text);
        owned.entry(id).or_default().push(text);
    }
    let (trees, parsing) = spent(|| {
        let parsed = |file: &&RealFile| ringfence_syntax::parse(file.language, &file.text).is_ok();
        Ok(files.iter().filter(parsed).count())
    })?;
    ensure!(
        trees * 10 > files.len() * 8,
        "{trees} of {} files parse",
        files.len()
    );
    if wanted(INDEXING) {
        note(INDEXING, indexing);
        note("parsing the same files once", parsing);
        give(Row {
            name: INDEXING.to_owned(),
            value: indexing.wall.as_secs_f64() / million,
            unit: "s",
            peer: Some(Peer {
                name: "parsing the same files once, one core".to_owned(),
                value: parsing.wall.as_secs_f64() / million,
            }),
            goal: Some(Goal::RatioAtMost(1.3)),
        });
    }
    let bytes = std::fs::metadata(&path).context("the segment")?.len();
    if wanted(DISK) {
        give(Row {
            name: DISK.to_owned(),
            value: as_float(usize::try_from(bytes)?) / 1e6 / million,
            unit: "MB",
            peer: Some(Peer {
                name: "the bound of 10 MB".to_owned(),
                value: 10.0,
            }),
            goal: Some(Goal::RatioAtMost(1.0)),
        });
    }
    let index = Index::new(vec![Segment::open(OnDisk(std::fs::File::open(&path)?))?]);
    let third_party = BTreeMap::new();
    let load = |text: &OwnedText| texts.get(text).map(|text| text.to_vec());
    let held = Owned {
        index: &index,
        by_document: &owned,
        third_party: &third_party,
        load: &load,
    };
    if wanted(THOUSAND) || wanted(READING) {
        let step = (files.len() / SUSPECTS).max(1);
        let mut suspect = Suspect::default();
        suspect.files = files
            .iter()
            .step_by(step)
            .take(SUSPECTS)
            .map(|file| SuspectFile {
                name: file.path.display().to_string(),
                // Half of each file, as a leak in parts.
                bytes: file.text.get(..file.text.len() / 2).unwrap_or_default().to_vec(),
            })
            .collect();
        let (matches, matching) = spent(|| Ok(find(&suspect, &held)?))?;
        let long = suspect
            .files
            .iter()
            .filter(|file| file.bytes.len() > 2_000)
            .count();
        ensure!(
            matches.coverage.len() * 10 >= long * 9,
            "{} of {long} suspect files were found",
            matches.coverage.len()
        );
        if wanted(THOUSAND) {
            note(THOUSAND, matching);
            let time = matching.wall.as_secs_f64();
            give(bounded(THOUSAND, time, "the bound of 10 s", 10.0));
        }
        if wanted(READING) {
            let loaded = load_tables(&matches, &texts)?;
            let (reads, reading) = spent(|| Ok(read(&suspect, &matches, &loaded)?))?;
            let (stolen, found) = read_of_stolen(&suspect, &loaded, &reads);
            eprintln!(
                "bench: {found} of the {stolen} sites in the stolen halves were read ({} matched files)",
                loaded.len()
            );
            let both = Spent {
                wall: matching.wall.saturating_add(reading.wall),
                user: matching.user.saturating_add(reading.user),
            };
            note(READING, both);
            let time = both.wall.as_secs_f64();
            give(bounded(READING, time, "the bound of 10 s", 10.0));
        }
    }
    if wanted(SNIPPET) {
        let mut times = Vec::new();
        let mut found = 0;
        let long: Vec<&RealFile> = files
            .iter()
            .filter(|file| file.text.iter().filter(|byte| **byte == b'\n').count() > 200)
            .collect();
        for file in long.iter().step_by((long.len() / SNIPPETS).max(1)).take(SNIPPETS) {
            let lines: Vec<&[u8]> = file.text.split(|byte| *byte == b'\n').collect();
            let snippet = lines.get(100..150).unwrap_or_default().join(&b'\n');
            // No name: it is tried as every language.
            let suspect = Suspect::from_bytes("snippet", snippet);
            let (matches, time) = spent(|| Ok(find(&suspect, &held)?))?;
            times.push(time.wall.as_secs_f64());
            let path = file.path.display().to_string();
            found += usize::from(matches.owned.iter().any(|owned| owned.path == path));
        }
        times.sort_by(f64::total_cmp);
        eprintln!("bench: {found} of {} snippets found their file", times.len());
        let median = times.get(times.len() / 2).copied().unwrap_or(f64::NAN);
        give(bounded(SNIPPET, median, "the bound of 0.5 s", 0.5));
    }
    Ok(row_names().iter().filter(|name| wanted(name)).count())
}

/// How many sites lie in what the suspect took, each id of a text once, and how many of them were read.
fn read_of_stolen(suspect: &Suspect, loaded: &[LoadedText], reads: &Reads) -> (usize, usize) {
    let taken: BTreeMap<&str, usize> = suspect
        .files
        .iter()
        .map(|file| (file.name.as_str(), file.bytes.len()))
        .collect();
    let (mut stolen, mut found) = (0_usize, 0_usize);
    for text in loaded {
        let Some(length) = taken.get(text.owned.path.as_str()) else {
            continue;
        };
        for (marking, table) in &text.tables {
            let inside = table.sites.iter().filter(|site| site.end as usize <= *length);
            let inside: BTreeSet<SiteId> = inside.map(|site| site.id).collect();
            let read = reads.by_text.get(&(text.owned.clone(), *marking));
            let read = read.into_iter().flatten().filter(|site| site.value.is_some());
            let read: BTreeSet<SiteId> = read.map(|site| site.id).collect();
            stolen = stolen.saturating_add(inside.len());
            found = found.saturating_add(inside.intersection(&read).count());
        }
    }
    (stolen, found)
}

/// The site tables of the matched texts; they are stored when a text is delivered, so that a trace does not make them.
fn load_tables(matches: &Matches, texts: &BTreeMap<OwnedText, &[u8]>) -> Result<Vec<LoadedText>> {
    let anchor = AnchorKey([7; 32]);
    let mut loaded = Vec::new();
    for owned in &matches.owned {
        let text = texts.get(owned).context("a text of its own")?;
        let Ok(table) = site_table(owned.language, Profile::Robust, text, &anchor) else {
            continue;
        };
        loaded.push(LoadedText {
            owned: owned.clone(),
            text: text.to_vec(),
            tables: BTreeMap::from([(Profile::Robust.into(), table)]),
            version: 0,
        });
    }
    Ok(loaded)
}

/// Says what a row took, on the clock and of the processors.
fn note(name: &str, spent: Spent) {
    eprintln!(
        "bench: {name}: {:.2} s on the clock, {:.2} s of user CPU",
        spent.wall.as_secs_f64(),
        spent.user.as_secs_f64()
    );
}

fn bounded(name: &str, value: f64, bound_name: &str, bound: f64) -> Row {
    Row {
        name: name.to_owned(),
        value,
        unit: "s",
        peer: Some(Peer {
            name: bound_name.to_owned(),
            value: bound,
        }),
        goal: Some(Goal::RatioAtMost(1.0)),
    }
}

fn as_float(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::NAN, f64::from)
}
