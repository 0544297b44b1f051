//! Marks, attacks, reads, scores.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use ringfence_mark::codeword::{Bias, CodeKey, RecipientKey, bias, biased_bit};
use ringfence_mark::model::{Family, Site, SiteId, Variant};
use ringfence_mark::read::{Reader, SiteRead, SuspectFile};
use ringfence_mark::render::render;
use ringfence_mark::score::{Observation, ScoreTable, merge_reads, score, threshold};
use ringfence_syntax::Language;

use crate::attack::attack;
use crate::corpus::Corpus;

static TABLE: LazyLock<ScoreTable> = LazyLock::new(ScoreTable::first);
const CANDIDATES: u8 = 120;
const CODE: CodeKey = CodeKey([5; 32]);

/// What one attack left.
#[derive(Default)]
pub struct Outcome {
    pub attack: String,
    pub sites: usize,
    pub read: usize,
    pub wrong: usize,
    /// Share of wrong reads in families that the attack does not normalise (fewer than 15 % wrong).
    pub wrong_where_alive: f64,
    pub families: BTreeMap<Family, (usize, usize, usize)>,
    pub named: bool,
    pub own_score: f64,
    pub wrong_names: usize,
    pub highest_innocent: f64,
    /// Lines that name the leaker in half and in 95 % of windows.
    pub lines: [Option<usize>; 2],
    pub took: Duration,
}

impl Outcome {
    pub fn read_share(&self) -> f64 {
        self.read as f64 / self.sites.max(1) as f64
    }

    pub fn wrong_share(&self) -> f64 {
        self.wrong as f64 / self.read.max(1) as f64
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{:20} read {}/{} ({:.1} %), wrong {} ({:.1} %, alive {:.1} %), S {:.0}, innocents <= {:.1}, lines {:?}, {:.1} s |",
            self.attack,
            self.read,
            self.sites,
            100.0 * self.read_share(),
            self.wrong,
            100.0 * self.wrong_share(),
            100.0 * self.wrong_where_alive,
            self.own_score,
            self.highest_innocent,
            self.lines,
            self.took.as_secs_f64()
        )?;
        for (family, (sites, read, wrong)) in &self.families {
            write!(out, " {family:?} {read}/{sites}({wrong})")?;
        }
        Ok(())
    }
}

fn recipient(number: u8) -> RecipientKey {
    let mut key = [number; 32];
    key[0] = 77;
    RecipientKey(key)
}

fn bit(key: &RecipientKey, site: SiteId) -> Variant {
    biased_bit(key, bias(&CODE, site), site)
}

fn observe(site: &Site, bias: Bias, read: Option<Variant>, bit: Variant) -> Observation {
    Observation {
        family: site.family,
        long: site.long,
        bias,
        read,
        bit,
        touched: false,
    }
}

/// Marks for one recipient, attacks, reads, and scores everyone.
pub fn measure(corpus: &Corpus, name: &str) -> Outcome {
    let (leaker, second) = (recipient(1), recipient(0));
    let mut suspects = Vec::new();
    for (index, file) in corpus.files.iter().enumerate() {
        if name == "drop" && index % 10 > 2 {
            continue;
        }
        // Two colluders take each site from one of them, by the site's own id.
        let from = |site: &Site| {
            if name == "mix" && site.id.0[0].is_multiple_of(2) {
                &second
            } else {
                &leaker
            }
        };
        let marked = render(&file.table, &file.text, &|site| bit(from(site), site.id)).unwrap();
        let mut text = attack(corpus.language, name, &marked);
        if name == "fragment" {
            let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
            let from = lines.len() / 3;
            text = lines[from..lines.len().min(from + 120)].join(&b'\n');
        }
        suspects.push(SuspectFile {
            name: format!("{index}"),
            language: Some(corpus.language),
            text,
        });
    }
    judge(corpus, name, &suspects, Some(&leaker))
}

/// Reads text that never came from the corpus.
pub fn unrelated(corpus: &Corpus, other: &Corpus, language: Language) -> Outcome {
    let suspects: Vec<SuspectFile> = other
        .files
        .iter()
        .map(|file| SuspectFile {
            name: file.name.clone(),
            language: Some(language),
            text: file.text.clone(),
        })
        .collect();
    judge(corpus, "unrelated", &suspects, None)
}

/// Marks and reads without scoring.
pub fn read_only(corpus: &Corpus) -> Outcome {
    let leaker = recipient(1);
    let marked = corpus.files.iter().map(|file| {
        let text = render(&file.table, &file.text, &|site| bit(&leaker, site.id)).unwrap();
        SuspectFile {
            name: file.name.clone(),
            language: None,
            text,
        }
    });
    read(
        corpus,
        "whole library",
        &marked.collect::<Vec<_>>(),
        Some(&leaker),
    )
    .0
}

fn read(
    corpus: &Corpus,
    name: &str,
    suspects: &[SuspectFile],
    leaker: Option<&RecipientKey>,
) -> (Outcome, Vec<SiteRead>) {
    let reader = Reader::new(corpus.files.clone()).unwrap();
    let start = Instant::now();
    let report = reader.read(suspects);
    let mut outcome = Outcome {
        attack: name.to_owned(),
        took: start.elapsed(),
        ..Outcome::default()
    };
    assert!(report.cuts.is_empty());

    let site_of = |read: &SiteRead| &corpus.files[read.file].table.sites[read.site];
    for read in &report.reads {
        let site = site_of(read);
        let family = outcome.families.entry(site.family).or_default();
        outcome.sites += 1;
        family.0 += 1;
        if let Some(value) = read.value {
            let wrong = leaker.is_some_and(|leaker| bit(leaker, site.id) != value);
            outcome.read += 1;
            outcome.wrong += usize::from(wrong);
            family.1 += 1;
            family.2 += usize::from(wrong);
        }
    }
    let alive = outcome
        .families
        .values()
        .filter(|(_, read, wrong)| wrong * 100 < read * 15);
    let (read, wrong) = alive.fold((0, 0), |sum, (_, read, wrong)| (sum.0 + read, sum.1 + wrong));
    outcome.wrong_where_alive = wrong as f64 / read.max(1) as f64;

    (outcome, report.reads)
}

fn judge(corpus: &Corpus, name: &str, suspects: &[SuspectFile], leaker: Option<&RecipientKey>) -> Outcome {
    let (mut outcome, all) = read(corpus, name, suspects, leaker);
    let site_of = |read: &SiteRead| &corpus.files[read.file].table.sites[read.site];
    let biases: BTreeMap<SiteId, Bias> = all
        .iter()
        .map(|read| site_of(read).id)
        .map(|id| (id, bias(&CODE, id)))
        .collect();
    let value = |reads: &[SiteRead], key: &RecipientKey| {
        let merged = merge_reads(reads.iter().map(|read| (site_of(read).id, read.value)));
        let mut seen = BTreeSet::new();
        let observations: Vec<Observation> = reads
            .iter()
            .map(site_of)
            .filter(|site| seen.insert(site.id))
            .map(|site| {
                observe(
                    site,
                    biases[&site.id],
                    merged[&site.id],
                    biased_bit(key, biases[&site.id], site.id),
                )
            })
            .collect();
        score(&TABLE, &observations)
    };
    let needed = threshold(1000, 1e-9, 1);
    outcome.highest_innocent = f64::NEG_INFINITY;
    for number in 2..CANDIDATES {
        let score = value(&all, &recipient(number));
        outcome.highest_innocent = outcome.highest_innocent.max(score);
        outcome.wrong_names += usize::from(score >= needed);
    }
    if let Some(leaker) = leaker {
        outcome.own_score = value(&all, leaker);
        outcome.named = outcome.own_score >= needed;
        outcome.lines = lines_needed(corpus, &all, |reads| value(reads, leaker) >= needed);
    }
    outcome
}

/// The smallest number of consecutive non-blank owned lines whose sites name the leaker in half, and in 95 %, of 40 windows.
fn lines_needed(
    corpus: &Corpus,
    reads: &[SiteRead],
    named: impl Fn(&[SiteRead]) -> bool,
) -> [Option<usize>; 2] {
    let mut before = 0;
    let mut spans = Vec::new();
    let mut first_line = Vec::new();
    for file in &corpus.files {
        let mut lines = vec![0; file.text.len() + 1];
        let mut count = before;
        for line in file.text.split_inclusive(|byte| *byte == b'\n') {
            let at = line.as_ptr() as usize - file.text.as_ptr() as usize;
            lines[at..=at + line.len()].fill(count);
            count += usize::from(!line.trim_ascii().is_empty());
        }
        first_line.push(lines);
        before = count;
    }
    for read in reads {
        let site = &corpus.files[read.file].table.sites[read.site];
        let lines = &first_line[read.file];
        let end = usize::try_from(site.end).unwrap().max(1) - 1;
        spans.push((lines[usize::try_from(site.start).unwrap()], lines[end], *read));
    }
    let mut found = [None, None];
    let mut random = 88_172_645_463_325_252_u64;
    for size in [
        30, 50, 75, 100, 150, 200, 250, 300, 400, 500, 700, 1000, 1500, 2000, 3000, 4000, 6000, 8000,
    ] {
        if size * 10 > before * 6 {
            break;
        }
        let mut hits = 0;
        for _ in 0..40 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let from = usize::try_from(random % u64::try_from(before - size).unwrap()).unwrap();
            let inside: Vec<SiteRead> = spans
                .iter()
                .filter(|(start, end, _)| *start >= from && *end < from + size)
                .map(|(_, _, read)| *read)
                .collect();
            hits += usize::from(named(&inside));
        }
        for (slot, share) in found.iter_mut().zip([20, 38]) {
            if slot.is_none() && hits >= share {
                *slot = Some(size);
            }
        }
        if found[1].is_some() {
            break;
        }
    }
    found
}
