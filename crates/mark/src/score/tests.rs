//! The bound is tested exactly: for a fixed attack all codewords of a few sites are enumerated with their probabilities.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::sum::nats;
use super::table::{CHANNEL_WEIGHTS, cell_index};
use super::*;

mod conditions;
mod correlated;
mod power;

static TABLE: LazyLock<ScoreTable> = LazyLock::new(ScoreTable::first);
static SECOND: LazyLock<ScoreTable> = LazyLock::new(|| ScoreTable::after(1));

const VARIANTS: [Variant; 2] = [Variant::Zero, Variant::One];
const FAMILIES: [Family; 3] = [Family::BlankLine, Family::FunctionOrder, Family::Idiom];

/// SplitMix64: simulations must be the same on every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> usize {
        usize::try_from(self.next() % bound).unwrap()
    }

    fn chance(&mut self, probability: f64) -> bool {
        (self.next() >> 11) as f64 / 9_007_199_254_740_992.0 < probability
    }
}

fn probability(bias: Bias) -> f64 {
    f64::from(bias.ones()) / 65_536.0
}

#[derive(Clone, Copy, Debug)]
struct Place {
    family: Family,
    long: Variant,
    bias: Bias,
}

fn places(random: &mut Random, count: usize) -> Vec<Place> {
    (0..count)
        .map(|_| Place {
            family: FAMILIES[random.below(3)],
            long: VARIANTS[random.below(2)],
            bias: Bias::ALL[random.below(3)],
        })
        .collect()
}

fn codeword(random: &mut Random, places: &[Place]) -> Vec<Variant> {
    places
        .iter()
        .map(|place| VARIANTS[usize::from(random.chance(probability(place.bias)))])
        .collect()
}

fn observe(places: &[Place], reads: &[Option<Variant>], bits: &[Variant]) -> Vec<Observation> {
    let both = places.iter().zip(reads).zip(bits);
    both.map(|((place, read), bit)| Observation {
        family: place.family,
        long: place.long,
        bias: place.bias,
        read: *read,
        bit: *bit,
        touched: false,
    })
    .collect()
}

fn some(bits: &[Variant]) -> Vec<Option<Variant>> {
    bits.iter().copied().map(Some).collect()
}

/// All codewords of the places, each with its probability.
fn codewords(places: &[Place]) -> Vec<(Vec<Variant>, f64)> {
    (0..1_usize << places.len())
        .map(|word| {
            let bits: Vec<Variant> = (0..places.len())
                .map(|index| VARIANTS[word >> index & 1])
                .collect();
            let weight = places
                .iter()
                .zip(&bits)
                .map(|(place, bit)| {
                    if *bit == Variant::One {
                        probability(place.bias)
                    } else {
                        1.0 - probability(place.bias)
                    }
                })
                .product();
            (bits, weight)
        })
        .collect()
}

/// Mean of exp S over all codewords of an innocent, for observations made from each codeword.
fn mean(places: &[Place], observations: impl Fn(&[Variant]) -> Vec<Observation>) -> f64 {
    codewords(places)
        .into_iter()
        .map(|(bits, weight)| weight * score(&TABLE, &observations(&bits)).exp())
        .sum()
}

fn leak(attack: usize, random: &mut Random, places: &[Place], coalition: usize) -> Vec<Option<Variant>> {
    let words: Vec<Vec<Variant>> = (0..coalition).map(|_| codeword(random, places)).collect();
    (0..places.len())
        .map(|index| {
            let ones = words.iter().filter(|word| word[index] == Variant::One).count();
            let one = match attack {
                0 => words[random.below(coalition as u64)][index] == Variant::One,
                1 => 2 * ones > coalition,
                2 => ones == coalition || (ones > 0 && 2 * ones < coalition),
                3 => ones > 0,
                // A formatter gives every site of a family its long form.
                4 if places[index].family != Family::Idiom => places[index].long == Variant::One,
                4 => words[0][index] == Variant::One,
                // Erased where the colluders differ.
                _ if ones > 0 && ones < coalition => return None,
                _ => ones > 0,
            };
            Some(VARIANTS[usize::from(one)])
        })
        .collect()
}

#[test]
fn tables_are_pinned_and_exact() {
    for (accused, expected) in SCORE_TABLE_SHA256.iter().enumerate() {
        let table = ScoreTable::after(accused);
        assert_eq!(table.uncertain, 0, "every cell is the exact floor or ceiling");
        assert_eq!(table.accused(), accused);
        assert_eq!(table.sha256(), *expected, "after {accused} names");
    }
    assert_eq!(ScoreTable::first().hypotheses().len(), 26);
    assert_eq!(
        CHANNELS.iter().map(|channel| channel.weight()).sum::<u32>(),
        CHANNEL_WEIGHTS
    );
}

#[test]
fn every_cell_keeps_the_bound() {
    // p N(y | one more) + (1 - p) N(y | none more) <= D(y), in every hypothesis and channel of every table.
    for accused in 0..LARGEST_COALITION {
        let table = ScoreTable::after(accused);
        for (numerators, denominators) in table.numerators().iter().zip(table.denominators()) {
            for (above, below) in numerators.iter().zip(denominators) {
                for (long, read, ones) in (0..2).flat_map(|long| {
                    (0..2).flat_map(move |read| (0..=accused).map(move |ones| (long, read, ones)))
                }) {
                    for (slot, bias) in Bias::ALL.into_iter().enumerate() {
                        let p = probability(bias);
                        let value = |cells: &[i64], ones, known| {
                            nats(i128::from(cells[cell_index(long, read, ones, slot, known)])).exp()
                        };
                        let mixed = p * value(above, ones + 1, accused + 1)
                            + (1.0 - p) * value(above, ones, accused + 1);
                        let total = value(below, ones, accused);
                        assert!(
                            mixed <= total * (1.0 + 1e-15) && mixed > total * (1.0 - 1e-8),
                            "{mixed} {total}"
                        );
                    }
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_innocent_has_mean_one_under_any_reads(seed in any::<u64>(), count in 1_usize..8) {
        let random = &mut Random(seed);
        let places = places(random, count);
        let reads: Vec<Option<Variant>> = (0..count).map(|_| [None, Some(Variant::Zero), Some(Variant::One)][random.below(3)]).collect();
        let mean = mean(&places, |bits| observe(&places, &reads, bits));
        prop_assert!(mean <= 1.0 + 1e-12 && mean > 1.0 - 1e-7, "{}", mean);
    }

    #[test]
    fn an_innocent_has_mean_one_under_every_attack(seed in any::<u64>(), attack in 0_usize..6, coalition in 1_usize..7) {
        let random = &mut Random(seed);
        let places = places(random, 7);
        let reads = leak(attack, random, &places, coalition);
        let mean = mean(&places, |bits| observe(&places, &reads, bits));
        prop_assert!(mean <= 1.0 + 1e-12, "{}", mean);
    }

    #[test]
    fn erasing_by_what_was_read_keeps_the_bound(seed in any::<u64>()) {
        // Content decides what is lost (a formatter that only breaks long forms), never a recipient's copy.
        let random = &mut Random(seed);
        let places = places(random, 7);
        let reads: Vec<Option<Variant>> = leak(0, random, &places, 2).into_iter().zip(&places).map(|(read, place)| read.filter(|read| *read == place.long)).collect();
        prop_assert!(mean(&places, |bits| observe(&places, &reads, bits)) <= 1.0 + 1e-12);
    }

    /// Condition 4: the vendor's edits decide the reads by the vendor's own bits, in any way, at sites chosen by those bits.
    #[test]
    fn touched_sites_keep_the_bound_whatever_the_edits(seed in any::<u64>(), count in 1_usize..8) {
        let random = &mut Random(seed);
        let places = places(random, count);
        let others: Vec<Option<Variant>> = (0..count).map(|_| [None, Some(Variant::Zero), Some(Variant::One)][random.below(3)]).collect();
        let policy = random.next();
        let mean = mean(&places, |bits| {
            let mut word = bits.iter().fold(policy, |word, bit| word.wrapping_mul(31).wrapping_add(u64::from(*bit == Variant::One)));
            let mut observations = observe(&places, &others, bits);
            for observation in &mut observations {
                word = Random(word).next();
                if word % 3 == 0 {
                    observation.touched = true;
                    observation.read = [None, Some(observation.bit), Some(Variant::One)][usize::try_from(word >> 8).unwrap() % 3];
                }
            }
            observations
        });
        prop_assert!(mean <= 1.0 + 1e-12, "{}", mean);
    }

    /// The second name: given the first one's bits, whatever the reads do with those.
    #[test]
    fn a_second_name_keeps_the_bound(seed in any::<u64>(), count in 1_usize..7) {
        let random = &mut Random(seed);
        let places = places(random, count);
        let first = codeword(random, &places);
        let reads: Vec<Option<Variant>> = first.iter().map(|bit| if random.chance(0.8) { Some(*bit) } else { None }).collect();
        let mean: f64 = codewords(&places).into_iter().map(|(bits, weight)| weight * conditional_score(&SECOND, &observe(&places, &reads, &bits), &[&first]).exp()).sum();
        prop_assert!(mean <= 1.0 + 1e-12 && mean > 1.0 - 1e-7, "{}", mean);
    }

    #[test]
    fn order_and_erased_sites_change_nothing(seed in any::<u64>()) {
        let random = &mut Random(seed);
        let places = places(random, 40);
        let (bits, reads) = (codeword(random, &places), leak(0, random, &places, 3));
        let observations = observe(&places, &reads, &bits);
        let expected = score(&TABLE, &observations);
        let mut other: Vec<Observation> = observations.iter().rev().copied().collect();
        other.push(Observation { read: None, ..observations[0] });
        prop_assert_eq!(score(&TABLE, &other), expected);
    }
}

#[test]
fn nothing_read_scores_nothing() {
    assert!(score(&TABLE, &[]).abs() < 1e-12);
    assert!(conditional_score(&SECOND, &[], &[&[]]).abs() < 1e-12);
}

#[test]
fn equal_ids_count_once() {
    let id = |byte| SiteId([byte; 16]);
    let (zero, one) = (Some(Variant::Zero), Some(Variant::One));
    let merged = merge_reads([
        (id(1), zero),
        (id(2), one),
        (id(1), zero),
        (id(2), zero),
        (id(3), None),
        (id(3), one),
    ]);
    assert_eq!(
        merged.into_iter().collect::<Vec<_>>(),
        [(id(1), zero), (id(2), None), (id(3), one)]
    );
}

#[test]
fn one_scorer_for_many_recipients_gives_what_a_new_one_gives_each() {
    let mut random = Random(77);
    let mut scorer = Scorer::new(&TABLE);
    for sites in [0, 1, 7, 40, 900] {
        let places: Vec<(usize, bool, u64, Option<Variant>)> = (0..sites)
            .map(|_| {
                let word = random.next();
                let read = [None, Some(Variant::Zero), Some(Variant::One), Some(Variant::One)];
                (
                    (word % 3) as usize,
                    word >> 8 & 1 == 1,
                    word >> 16 & 0xff,
                    read[(word >> 24 & 3) as usize],
                )
            })
            .collect();
        for recipient in 0..20 {
            let observations: Vec<Observation> = places
                .iter()
                .map(|(family, long, slot, read)| Observation {
                    family: FAMILIES[*family],
                    long: VARIANTS[usize::from(*long)],
                    bias: Bias::ALL[(*slot % 3) as usize],
                    read: *read,
                    bit: VARIANTS[(random.next() & 1) as usize],
                    // A recipient's own edits: others than another's.
                    touched: recipient % 4 == 3 && random.next().is_multiple_of(10),
                })
                .collect();
            assert_eq!(
                scorer.score(&observations).to_bits(),
                score(&TABLE, &observations).to_bits()
            );
        }
    }
}
