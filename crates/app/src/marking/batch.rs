//! Works on several files at once: what a folder holds is found and rendered on all cores before it is delivered file by file.
//!
//! INVARIANT: a prepared copy is what the file by itself would have become; what is not prepared is made when it is asked for. At most
//! [`MOST_BYTES`] of texts are held.

use super::finding::{find_table, parses_as_well};
use super::{CopyMark, LARGEST_MARKED, MarkKeys, Marker, MarkerError, Pins};
use crate::error::{AppError, Result};
use ringfence_mark::commitment::BlobCommitment;
use ringfence_mark::model::{Site, SiteTable};
use ringfence_mark::render::render;
use ringfence_syntax::Language;
use ringfence_view::object::{Kind, ObjectId, ObjectSource, read_as};
use ringfence_view::project::Place;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of texts that are prepared at once.
const MOST_BYTES: usize = 64 << 20;
/// More threads than this gain nothing on the disk they share.
const MOST_THREADS: usize = 16;

/// One text on its way to the recipient.
pub(super) struct Job<'a> {
    pub language: Language,
    pub mark: CopyMark,
    pub text: &'a [u8],
    /// None: not found yet.
    pub table: Option<Arc<SiteTable>>,
    pub pins: Option<&'a Pins>,
    /// Whether the recipient's codeword at this text's sites still has to be committed to.
    pub commits: bool,
}

/// What became of one.
pub(super) struct Done {
    pub table: Arc<SiteTable>,
    /// The root of the recipient's codeword at its sites, where it was asked for and there are any.
    pub root: Option<[u8; 32]>,
    /// None: the copy would not parse as well as the owner's text.
    pub copy: Option<Vec<u8>>,
}

/// Finds, commits and renders; everything here is of this text alone. `keys` are of the epoch of its mark.
pub(super) fn work(job: &Job<'_>, keys: &MarkKeys) -> Result<Done> {
    let table = match &job.table {
        Some(table) => Arc::clone(table),
        None => Arc::new(find_table(job.language, job.mark.marking, job.text, &keys.anchor)),
    };
    let root = (job.commits && !table.sites.is_empty())
        .then(|| BlobCommitment::new(&keys.recipient, &keys.code, &table).root);
    let choose = |site: &Site| match job.pins.and_then(|pins| pins.get(&site.id)) {
        Some(pinned) => pinned.variant(site),
        None => keys.bit(site.id),
    };
    let copy =
        render(&table, job.text, &choose).map_err(|error| AppError::fault("rendering a copy", error))?;
    // The gate has parsed every site turned alone and all together; this very mixture is looked at before it leaves.
    let fits = copy == job.text || parses_as_well(job.language, job.text, &copy);
    Ok(Done {
        table,
        root,
        copy: fits.then_some(copy),
    })
}

/// Does all jobs, on as many threads as there are cores; results in the order of the jobs.
fn work_all(jobs: &[Job<'_>], keys: &MarkKeys) -> Vec<Result<Done>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.min(MOST_THREADS).min(jobs.len());
    if threads < 2 {
        return jobs.iter().map(|job| work(job, keys)).collect();
    }
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(jobs.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((index, job)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    jobs.get(index).map(|job| (index, job))
                } {
                    let done = work(job, keys);
                    results
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push((index, done));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, done)| done).collect()
}

/// Copies that are ready and not asked for yet, by path and canonical blob.
#[derive(Default)]
pub(super) struct Prepared {
    ready: HashMap<(Vec<u8>, ObjectId), (CopyMark, Done)>,
    bytes: usize,
}

impl Prepared {
    /// Hands out the copy of a file, once.
    pub fn take(&mut self, path: &[u8], blob: ObjectId) -> Option<(CopyMark, Done)> {
        let found = self.ready.remove(&(path.to_vec(), blob))?;
        self.bytes = self.bytes.saturating_sub(held(&found.1));
        Some(found)
    }

    fn keep(&mut self, path: &[u8], blob: ObjectId, mark: CopyMark, done: Done) {
        self.bytes = self.bytes.saturating_add(held(&done));
        self.ready.insert((path.to_vec(), blob), (mark, done));
    }
}

fn held(done: &Done) -> usize {
    done.copy.as_ref().map_or(0, Vec::len)
}

impl Marker<'_> {
    /// Makes the copies of files that were never delivered before.
    pub(super) fn prepare_all(
        &mut self,
        places: &[Place<'_>],
        source: &dyn ObjectSource,
    ) -> std::result::Result<(), MarkerError> {
        // Files of the folders above, which wait for this one, count too.
        let mut bytes = self.prepared.bytes;
        let mut texts = Vec::new();
        for place in places {
            // Whether it is one of a marked language at all; which one, its text says.
            if Language::from_path(place.path).is_none() {
                continue;
            }
            let Some(mark) = self.mark_at(place) else {
                continue;
            };
            if self
                .known
                .contains_key(&(place.path.to_vec(), place.blob.to_string()))
            {
                continue;
            }
            let size = source.header(&place.blob)?.map_or(0, |(_, size)| size);
            if size > LARGEST_MARKED {
                continue;
            }
            bytes = bytes.saturating_add(usize::try_from(size).unwrap_or(usize::MAX));
            if bytes > MOST_BYTES {
                break;
            }
            let text = read_as(source, &place.blob, Kind::Blob)?;
            let Some(language) = Language::of_file(place.path, &text) else {
                continue;
            };
            let table = self.known_table(place.blob, language, mark.marking)?;
            texts.push((place, language, mark, text, table));
        }
        // One alone is made when it is asked for.
        if texts.len() < 2 {
            return Ok(());
        }
        let mut found_here = std::collections::HashSet::new();
        let jobs: Vec<Job<'_>> = texts
            .iter()
            .map(|(place, language, mark, text, table)| Job {
                language: *language,
                mark: *mark,
                text,
                table: table.clone(),
                pins: self.pins.get(place.path),
                commits: self.must_commit(place.blob, *mark),
            })
            .collect();
        let done = work_all(&jobs, self.keys.of(None)?);
        drop(jobs);
        for ((place, language, mark, _, table), done) in texts.iter().zip(done) {
            let (done, blob) = (done?, place.blob);
            let key = (blob, *language, mark.marking);
            if table.is_none() && found_here.insert(key) {
                super::keep_table(&mut self.rendered, blob, *language, mark.marking, &done.table)?;
                self.tables.insert(key, Arc::clone(&done.table));
            }
            self.prepared.keep(place.path, blob, *mark, done);
        }
        Ok(())
    }
}
