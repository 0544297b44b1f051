//! How many leaked lines name one recipient, from the sites that a project really has.
//!
//! Codewords are drawn at the project's own sites by the product's own functions with throw-away keys, coalitions mix their copies, and
//! the product's own scorer judges. The attacks are the ones of `marks.md`: interleave, majority, minority, coin flip and what is most
//! often zero or one; the worst of them counts. Reads are taken as perfect: what a formatter or a renamer costs on top is measured by
//! `cargo xtask bench marks`.

use crate::tree::Tree;
use ringfence_mark::codeword::{CodeKey, RecipientKey, bias, biased_bit};
use ringfence_mark::model::{Family, Site, SiteId, Variant};
use ringfence_mark::score::{Observation, ScoreTable, Scorer, threshold};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Most sites that a simulated leak has.
const MOST_SITES: usize = 8_192;
/// Simulated leaks for one answer.
const RUNS: u64 = 24;

/// What to ask for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Question {
    /// Recipients among whom one is named.
    pub candidates: u32,
    /// Bound on the chance that any innocent is named.
    pub epsilon: f64,
    /// Largest coalition.
    pub colluders: usize,
}

/// Sites of one family.
#[derive(Clone, Debug, Serialize)]
pub struct FamilyCount {
    /// The family.
    pub family: Family,
    /// Sites.
    pub sites: u64,
    /// Distinct sites per 1,000 non-blank lines; equal ids are one site.
    pub per_thousand: f64,
}

/// What names one of a coalition.
#[derive(Clone, Debug, Serialize)]
pub struct Needed {
    /// Size of the coalition.
    pub colluders: usize,
    /// Sites for one name in half of all leaks; none: more than 8,192.
    pub sites: Option<usize>,
    /// Lines with all families.
    pub lines: Option<u64>,
    /// Lines after comments and blank lines were stripped.
    pub lines_stripped: Option<u64>,
}

/// What a project's marks can carry.
#[derive(Clone, Debug, Serialize)]
pub struct Capacity {
    /// Files that may be marked.
    pub files: usize,
    /// Their non-blank lines.
    pub lines: u64,
    /// By family.
    pub families: Vec<FamilyCount>,
    /// Distinct sites per 1,000 non-blank lines.
    pub per_thousand: f64,
    /// The same without comments and blank lines.
    pub per_thousand_stripped: f64,
    /// Recipients among whom one is named.
    pub candidates: u32,
    /// The bound.
    pub epsilon: f64,
    /// By size of the coalition.
    pub needed: Vec<Needed>,
}

/// Tells whether a comment stripper takes the family away.
fn is_stripped(family: Family) -> bool {
    matches!(family, Family::CommentPeriod | Family::BlankLine)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of lines and sites, far below 2^52"
)]
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// Measures a project. The keys are throw-away ones: the answer tells nothing of any recipient's.
#[must_use]
pub fn capacity(tree: &Tree, question: Question, code: &CodeKey) -> Capacity {
    let mut by_family: BTreeMap<Family, BTreeSet<SiteId>> = BTreeMap::new();
    let mut distinct: BTreeMap<SiteId, &Site> = BTreeMap::new();
    for site in tree.sites() {
        by_family.entry(site.family).or_default().insert(site.id);
        distinct.entry(site.id).or_insert(site);
    }
    let lines = tree.lines();
    let counted = |keep: &dyn Fn(Family) -> bool| -> u64 {
        let sites = distinct.values().filter(|site| keep(site.family)).count();
        u64::try_from(sites).unwrap_or(u64::MAX)
    };
    let (all, bare) = (counted(&|_| true), counted(&|family| !is_stripped(family)));
    let sites: Vec<&Site> = distinct.into_values().collect();
    let table = ScoreTable::first();
    let lines_for = |needed: Option<usize>, have: u64| -> Option<u64> {
        let needed = u64::try_from(needed?).ok()?;
        (have > 0).then(|| needed.saturating_mul(lines).div_ceil(have))
    };
    let needed = (1..=question.colluders)
        .map(|colluders| {
            let sites = sites_needed(&table, &sites, question, colluders, code);
            Needed {
                colluders,
                sites,
                lines: lines_for(sites, all),
                lines_stripped: lines_for(sites, bare),
            }
        })
        .collect();
    Capacity {
        files: tree.sources.len(),
        lines,
        families: tree
            .families()
            .into_iter()
            .map(|(family, sites)| FamilyCount {
                family,
                sites,
                per_thousand: 1000.0
                    * ratio(
                        by_family
                            .get(&family)
                            .map_or(0, |ids| u64::try_from(ids.len()).unwrap_or(u64::MAX)),
                        lines,
                    ),
            })
            .collect(),
        per_thousand: 1000.0 * ratio(all, lines),
        per_thousand_stripped: 1000.0 * ratio(bare, lines),
        candidates: question.candidates,
        epsilon: question.epsilon,
        needed,
    }
}

/// How a coalition makes one copy of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mix {
    Interleave,
    Majority,
    Minority,
    AllOnes,
    AllZeros,
}

const MIXES: [Mix; 5] = [
    Mix::Interleave,
    Mix::Majority,
    Mix::Minority,
    Mix::AllOnes,
    Mix::AllZeros,
];

/// SplitMix64: the same question has the same answer.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.next() % bound).unwrap_or(0)
    }

    fn key(&mut self) -> [u8; 32] {
        let mut key = [0; 32];
        for part in key.chunks_exact_mut(8) {
            part.copy_from_slice(&self.next().to_be_bytes());
        }
        key
    }
}

/// The fewest sites of which at least half of the leaks name a colluder, under the worst mix.
fn sites_needed(
    table: &ScoreTable,
    sites: &[&Site],
    question: Question,
    colluders: usize,
    code: &CodeKey,
) -> Option<usize> {
    if sites.is_empty() {
        return None;
    }
    let mixes: &[Mix] = if colluders == 1 { &MIXES[..1] } else { &MIXES };
    let mut worst = 16;
    for mix in mixes {
        let names = |count: usize| names_half(table, sites, question, (colluders, *mix), code, count);
        if names(worst) {
            continue;
        }
        let mut above = worst;
        while !names(above) {
            if above >= MOST_SITES {
                return None;
            }
            above = above.saturating_mul(2).min(MOST_SITES);
        }
        let mut below = (above / 2).max(worst);
        // To a twentieth: runs vary by more.
        while above.saturating_sub(below) > above / 20 {
            let middle = usize::midpoint(below, above);
            if names(middle) {
                above = middle;
            } else {
                below = middle;
            }
        }
        worst = above;
    }
    Some(worst)
}

fn names_half(
    table: &ScoreTable,
    sites: &[&Site],
    question: Question,
    (colluders, mix): (usize, Mix),
    code: &CodeKey,
    count: usize,
) -> bool {
    let bound = threshold(question.candidates, question.epsilon, 1);
    let mut named = 0_u64;
    for run in 0..RUNS {
        let mut random = Random(run.wrapping_mul(7919).wrapping_add(11));
        let keys: Vec<RecipientKey> = (0..colluders).map(|_| RecipientKey(random.key())).collect();
        let mut places: Vec<(&Site, SiteId)> = Vec::with_capacity(count);
        for number in 0..count {
            // A project with fewer sites than the leak needs lends their mix of families; each drawn site has an id of its own.
            let Some(site) = sites.get(random.below(sites.len())) else {
                break;
            };
            let mut id = site.id;
            for (slot, byte) in id.0.iter_mut().zip(number.to_be_bytes()) {
                *slot ^= byte;
            }
            places.push((site, id));
        }
        let words: Vec<Vec<Variant>> = keys
            .iter()
            .map(|key| {
                places
                    .iter()
                    .map(|(_, id)| biased_bit(key, bias(code, *id), *id))
                    .collect()
            })
            .collect();
        let reads: Vec<Variant> = (0..places.len())
            .map(|at| mixed(&words, at, mix, &mut random))
            .collect();
        let mut scorer = Scorer::new(table);
        let best = words
            .iter()
            .map(|word| {
                let observations: Vec<Observation> = places
                    .iter()
                    .zip(&reads)
                    .zip(word)
                    .map(|(((site, id), read), bit)| Observation {
                        family: site.family,
                        long: site.long,
                        bias: bias(code, *id),
                        read: Some(*read),
                        bit: *bit,
                        touched: false,
                    })
                    .collect();
                scorer.score(&observations)
            })
            .fold(f64::NEG_INFINITY, f64::max);
        named = named.saturating_add(u64::from(best >= bound));
    }
    named.saturating_mul(2) >= RUNS
}

/// What a coalition's copy has at one site.
fn mixed(words: &[Vec<Variant>], at: usize, mix: Mix, random: &mut Random) -> Variant {
    let bits: Vec<Variant> = words.iter().filter_map(|word| word.get(at).copied()).collect();
    let ones = bits.iter().filter(|bit| **bit == Variant::One).count();
    let zeros = bits.len().saturating_sub(ones);
    let drawn = bits
        .get(random.below(bits.len()))
        .copied()
        .unwrap_or(Variant::Zero);
    match mix {
        _ if ones == 0 => Variant::Zero,
        _ if zeros == 0 => Variant::One,
        Mix::Interleave => drawn,
        Mix::Majority if ones == zeros => drawn,
        Mix::Majority if ones > zeros => Variant::One,
        Mix::Majority => Variant::Zero,
        Mix::Minority if ones == zeros => drawn,
        Mix::Minority if ones < zeros => Variant::One,
        Mix::Minority => Variant::Zero,
        Mix::AllOnes => Variant::One,
        Mix::AllZeros => Variant::Zero,
    }
}
