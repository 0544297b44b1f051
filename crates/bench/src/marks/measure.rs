//! One cell: a language and an attack. Copies are marked, attacked as whole trees by the tool, cut into fragments, read by the
//! product's reader against all canonical texts of the language, and scored by the product's scorer.
//!
//! The extractor is blind and is *given* the owner's files of the language (about 20,000 lines); which of them a fragment came from it
//! must find itself. A fragment is read alone: nothing else of the copy is known. For each seed the smallest length of `GRID` that
//! names a recipient is looked for, from the length that the reads of the whole copy suggest; the fragments of one seed begin at the
//! same place, and a length that names is taken to name with every larger one.

use super::attacks::Attack;
use super::cell::{Cell, Innocents};
use super::collude::mix;
use super::fragment::Fragment;
use super::random::Random;
use super::subjects::Project;
use super::tools::Workshop;
use anyhow::{Context as _, Result, ensure};
use ringfence_mark::codeword::{Bias, CodeKey, RecipientKey, bias, biased_bit, codeword_bit};
use ringfence_mark::model::{Family, Site, SiteId, Variant};
use ringfence_mark::read::{Reader, SiteRead, SuspectFile};
use ringfence_mark::render;
use ringfence_mark::score::{
    Observation, ScoreTable, Scorer, explains_as_well, merge_reads, score, threshold,
};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

/// Lengths in the owner's non-blank lines.
pub const GRID: [usize; 20] = [
    30, 50, 75, 100, 150, 200, 300, 400, 500, 700, 1000, 1500, 2000, 3000, 4000, 5000, 7000, 10_000, 14_000,
    16_000,
];
/// Recipients who were delivered the content.
pub const CANDIDATES: u32 = 1000;
/// Bound on the chance that one of them is accused falsely.
pub const EPSILON: f64 = 1e-9;
/// Lengths at which innocents are simulated.
const SIMULATED: [usize; 3] = [100, 200, 400];
/// Longest fragment, as a share of all lines: longer ones overlap so much that twenty are no twenty.
const LARGEST_SHARE: f64 = 0.6;
/// The same where most of a copy is needed: after a minifier.
const LARGEST_MINIFIED_SHARE: f64 = 0.85;
/// Seeds that share one marked and attacked copy.
const SEEDS_A_COPY: u32 = 20;

const CODE: CodeKey = CodeKey([5; 32]);

/// How much is done for one cell.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Fragments.
    pub seeds: u32,
    /// Innocents that are simulated, besides the other candidates of every fragment.
    pub innocents: u32,
}

/// A site that was read.
#[derive(Clone, Copy)]
struct Read {
    id: SiteId,
    family: Family,
    long: Variant,
    canonical: Variant,
    bias: Bias,
    value: Variant,
}

/// Everything of a language that its cells share.
pub struct Bench<'p> {
    project: &'p Project,
    reader: Reader,
    table: ScoreTable,
    /// By file and site: the non-blank lines of the project that it begins and ends in.
    spans: Vec<Vec<(usize, usize)>>,
}

impl<'p> Bench<'p> {
    /// Lexes the canonical texts once.
    pub fn new(project: &'p Project) -> Result<Self> {
        let spans = project
            .files
            .iter()
            .zip(&project.lines)
            .map(|(file, (_, before))| {
                let mut line_at = Vec::with_capacity(file.text.len().saturating_add(1));
                let mut line = *before;
                for part in file.text.split_inclusive(|byte| *byte == b'\n') {
                    line_at.extend(part.iter().map(|_| line));
                    line = line.saturating_add(usize::from(!part.trim_ascii().is_empty()));
                }
                let at = |offset: u32| line_at.get(offset as usize).copied().unwrap_or(line);
                let span = |site: &Site| (at(site.start), at(site.end.saturating_sub(1).max(site.start)));
                file.table.sites.iter().map(span).collect()
            })
            .collect();
        Ok(Self {
            project,
            reader: Reader::new(project.files.clone())?,
            table: ScoreTable::first(),
            spans,
        })
    }

    /// Measures one cell.
    pub fn cell(&self, attack: Attack, workshop: &Workshop, effort: Effort) -> Result<Cell> {
        let started = std::time::Instant::now();
        let total = self.project.total();
        let language = self.project.language().context("no file")?;
        let longest = match attack {
            Attack::Minify => LARGEST_MINIFIED_SHARE,
            _ => LARGEST_SHARE,
        };
        let mut cell = Cell {
            language: self.project.name.to_owned(),
            attack: attack.name(),
            tool: attack.tool_name(language).to_owned(),
            lines: total,
            grid: GRID
                .into_iter()
                .filter(|lines| scaled(total, longest) >= *lines)
                .collect(),
            highest: f64::NEG_INFINITY,
            ..Cell::default()
        };
        ensure!(!cell.grid.is_empty(), "{}: too few lines", self.project.name);
        let mut first = 0;
        while first < effort.seeds {
            let last = effort.seeds.min(first.saturating_add(SEEDS_A_COPY));
            self.copy(attack, workshop, effort, first..last, &mut cell)?;
            first = last;
        }
        cell.seconds = started.elapsed().as_secs_f64();
        Ok(cell)
    }

    /// Marks, attacks, reads the whole copy once, and then its fragments.
    fn copy(
        &self,
        attack: Attack,
        workshop: &Workshop,
        effort: Effort,
        seeds: std::ops::Range<u32>,
        cell: &mut Cell,
    ) -> Result<()> {
        let leakers: Vec<RecipientKey> = (0..attack.colluders())
            .map(|number| key(b'L', u64::from(seeds.start), u64::from(number)))
            .collect();
        let mut copies = Vec::new();
        for file in &self.project.files {
            let text = match (attack, leakers.first()) {
                (Attack::Collude(_, strategy), _) => {
                    mix(strategy, file, &leakers, &CODE, u64::from(seeds.start))?
                }
                (_, Some(leaker)) => render(&file.table, &file.text, &|site| {
                    codeword_bit(leaker, &CODE, site.id)
                })?,
                (_, None) => continue,
            };
            copies.push((file.language, text));
        }
        let attacked = attack.apply(workshop, copies)?;
        cell.copies = cell.copies.saturating_add(1);
        cell.refused = cell.refused.saturating_add(attacked.refused);

        let suspects: Vec<SuspectFile> = Fragment {
            from: 0,
            length: self.project.total(),
        }
        .cut(self.project, &attacked.texts);
        let whole = self.reader.read(&suspects).reads;
        self.count(&whole, &leakers, cell);

        let next = AtomicU32::new(seeds.start);
        let results = Mutex::new(Vec::new());
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed >= seeds.end {
                            break;
                        }
                        let done = self.seed(seed, &attacked.texts, &whole, &leakers, &cell.grid, effort);
                        if let Ok(mut results) = results.lock() {
                            results.push((seed, done));
                        }
                    }
                });
            }
        });
        let mut results = results.into_inner().unwrap_or_default();
        results.sort_by_key(|(seed, _)| *seed);
        for (_, done) in results {
            cell.smallest.push(done.smallest);
            cell.smallest_by_whole.push(done.smallest_by_whole);
            cell.owners = cell.owners.saturating_add(done.owners);
            cell.others = cell.others.saturating_add(done.others);
            cell.wrong_names = cell.wrong_names.saturating_add(done.wrong_names);
            cell.highest = cell.highest.max(done.highest);
            cell.innocents.join(&done.innocents);
        }
        Ok(())
    }

    fn count(&self, reads: &[SiteRead], leakers: &[RecipientKey], cell: &mut Cell) {
        let alone = match leakers {
            [leaker] => Some(leaker),
            _ => None,
        };
        for read in reads {
            let Some(site) = self.site(read) else { continue };
            let family = cell.families.entry(format!("{:?}", site.family)).or_default();
            let wrong = read.value.is_some_and(|value| {
                alone.is_some_and(|leaker| codeword_bit(leaker, &CODE, site.id) != value)
            });
            cell.sites = cell.sites.saturating_add(1);
            cell.read = cell.read.saturating_add(usize::from(read.value.is_some()));
            cell.wrong = cell.wrong.saturating_add(usize::from(wrong));
            family.0 = family.0.saturating_add(1);
            family.1 = family.1.saturating_add(usize::from(read.value.is_some()));
            family.2 = family.2.saturating_add(usize::from(wrong));
        }
    }

    fn site(&self, read: &SiteRead) -> Option<&'p Site> {
        self.project.files.get(read.file)?.table.sites.get(read.site)
    }

    /// The distinct sites that were read.
    fn distinct(&self, reads: impl Iterator<Item = SiteRead>) -> Vec<Read> {
        let reads: Vec<SiteRead> = reads.filter(|read| read.value.is_some()).collect();
        let sites: BTreeMap<SiteId, &Site> = reads
            .iter()
            .filter_map(|read| self.site(read))
            .map(|site| (site.id, site))
            .collect();
        let pairs = reads
            .iter()
            .filter_map(|read| Some((self.site(read)?.id, read.value)));
        merge_reads(pairs)
            .into_iter()
            .filter_map(|(id, value)| {
                let site = sites.get(&id)?;
                Some(Read {
                    id,
                    family: site.family,
                    long: site.long,
                    canonical: site.canonical,
                    bias: bias(&CODE, id),
                    value: value?,
                })
            })
            .collect()
    }

    fn fragment(&self, fragment: Fragment, texts: &[Vec<u8>]) -> Vec<Read> {
        let report = self.reader.read(&fragment.cut(self.project, texts));
        self.distinct(report.reads.into_iter())
    }

    /// The reads of the whole copy that lie in a fragment's lines.
    fn window(&self, fragment: Fragment, whole: &[SiteRead]) -> Vec<Read> {
        let total = self.project.total();
        let end = fragment.from.saturating_add(fragment.length);
        let inside = |first: usize, last: usize| {
            (first >= fragment.from && last < end) || last < end.saturating_sub(total)
        };
        self.distinct(whole.iter().copied().filter(|read| {
            self.spans
                .get(read.file)
                .and_then(|spans| spans.get(read.site))
                .is_some_and(|(first, last)| inside(*first, *last))
        }))
    }

    fn seed(
        &self,
        seed: u32,
        texts: &[Vec<u8>],
        whole: &[SiteRead],
        leakers: &[RecipientKey],
        grid: &[usize],
        effort: Effort,
    ) -> Done {
        let from = Random::new(u64::from(seed).wrapping_mul(7919)).below(self.project.total());
        let at = |length: usize| Fragment { from, length };
        let mut done = Done::default();
        let mut last: Vec<Read> = Vec::new();
        done.smallest_by_whole = bisect(grid, |length| {
            self.verdict(&self.window(at(length), whole), leakers) == Verdict::Named
        });
        let guess = done
            .smallest_by_whole
            .and_then(|guess| grid.iter().position(|length| *length == guess))
            .unwrap_or(grid.len());
        done.smallest = search(grid, guess, |length| {
            let reads = self.fragment(at(length), texts);
            let verdict = self.verdict(&reads, leakers);
            done.owners = done
                .owners
                .saturating_add(u64::from(verdict == Verdict::OwnersCopy));
            let named = verdict == Verdict::Named;
            if named || last.is_empty() {
                last = reads;
            }
            named
        });

        let accuse = threshold(CANDIDATES, EPSILON, 1);
        let mut scorer = Scorer::new(&self.table);
        for number in 0..u64::from(CANDIDATES).saturating_sub(leakers.len() as u64) {
            let score = scorer.score(&self.observations(&last, &key(b'I', u64::from(seed), number)));
            done.highest = done.highest.max(score);
            done.others = done.others.saturating_add(1);
            done.wrong_names = done.wrong_names.saturating_add(u64::from(score >= accuse));
        }

        let length = SIMULATED
            .get(seed as usize % SIMULATED.len())
            .copied()
            .unwrap_or(100);
        let reads = self.fragment(at(length), texts);
        let mut random = Random::new(u64::from(seed) ^ 0x5eed);
        let mut observations: Vec<Observation> = reads
            .iter()
            .map(|read| observation(read, Variant::Zero))
            .collect();
        for _ in 0..effort.innocents.div_ceil(effort.seeds.max(1)) {
            for (observation, read) in observations.iter_mut().zip(&reads) {
                let one = random.below(1 << 16) < usize::from(read.bias.ones());
                observation.bit = if one { Variant::One } else { Variant::Zero };
            }
            done.innocents.add(scorer.score(&observations));
        }
        done
    }

    fn observations(&self, reads: &[Read], recipient: &RecipientKey) -> Vec<Observation> {
        reads
            .iter()
            .map(|read| observation(read, biased_bit(recipient, read.bias, read.id)))
            .collect()
    }

    /// Whether any of the leakers is named, by the rule of the product's verdict `strong`.
    fn verdict(&self, reads: &[Read], leakers: &[RecipientKey]) -> Verdict {
        let accuse = threshold(CANDIDATES, EPSILON, 1);
        let own: Vec<Option<Variant>> = reads.iter().map(|read| Some(read.canonical)).collect();
        let mut verdict = Verdict::Inconclusive;
        for leaker in leakers {
            let observations = self.observations(reads, leaker);
            if score(&self.table, &observations) < accuse {
                continue;
            }
            if !explains_as_well(&self.table, &observations, &own) {
                return Verdict::Named;
            }
            verdict = Verdict::OwnersCopy;
        }
        verdict
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Named,
    OwnersCopy,
    Inconclusive,
}

/// What one seed gave.
struct Done {
    smallest: Option<usize>,
    smallest_by_whole: Option<usize>,
    owners: u64,
    others: u64,
    wrong_names: u64,
    highest: f64,
    innocents: Innocents,
}

impl Default for Done {
    fn default() -> Self {
        Self {
            smallest: None,
            smallest_by_whole: None,
            owners: 0,
            others: 0,
            wrong_names: 0,
            highest: f64::NEG_INFINITY,
            innocents: Innocents::default(),
        }
    }
}

fn observation(read: &Read, bit: Variant) -> Observation {
    Observation {
        family: read.family,
        long: read.long,
        bias: read.bias,
        read: Some(read.value),
        bit,
        touched: false,
    }
}

/// The smallest length for which the test holds, if what holds for one length holds for every larger one.
fn bisect(grid: &[usize], mut holds: impl FnMut(usize) -> bool) -> Option<usize> {
    let (mut low, mut high) = (0, grid.len());
    while low < high {
        let middle = low.midpoint(high);
        if grid.get(middle).is_some_and(|length| holds(*length)) {
            high = middle;
        } else {
            low = middle.saturating_add(1);
        }
    }
    grid.get(low).copied()
}

/// Finds what [`bisect`] finds, from a place that is probably near.
fn search(grid: &[usize], guess: usize, mut holds: impl FnMut(usize) -> bool) -> Option<usize> {
    let mut at = guess.min(grid.len());
    let mut test = |index: usize| grid.get(index).is_some_and(|length| holds(*length));
    if at < grid.len() && !test(at) {
        loop {
            at = at.saturating_add(1);
            if at >= grid.len() || test(at) {
                return grid.get(at).copied();
            }
        }
    }
    while at > 0 && test(at.saturating_sub(1)) {
        at = at.saturating_sub(1);
    }
    grid.get(at).copied()
}

fn key(kind: u8, first: u64, second: u64) -> RecipientKey {
    let mut random = Random::new(
        Random::hash(&[kind]) ^ first.wrapping_mul(0x0100_0001) ^ second.wrapping_mul(0x9e37_79b1_0000_0001),
    );
    let mut key = [0; 32];
    for slot in &mut key {
        *slot = random.next().to_le_bytes().first().copied().unwrap_or(0);
    }
    RecipientKey(key)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "line counts are small and positive"
)]
fn scaled(lines: usize, share: f64) -> usize {
    (lines as f64 * share) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bisection_finds_the_smallest_and_says_when_there_is_none() {
        let grid = [1, 2, 4, 8, 16];
        for needed in 0..20 {
            let expected = grid.into_iter().find(|length| *length >= needed);
            assert_eq!(bisect(&grid, |length| length >= needed), expected);
            for guess in 0..=grid.len() {
                assert_eq!(search(&grid, guess, |length| length >= needed), expected);
            }
        }
    }

    #[test]
    fn keys_differ() {
        let keys = [key(b'L', 0, 0), key(b'L', 0, 1), key(b'L', 1, 0), key(b'I', 0, 0)];
        for (index, one) in keys.iter().enumerate() {
            assert!(keys.iter().skip(index + 1).all(|other| other != one));
        }
    }
}
