//! Suspects whose reads depend on each other, or on what an innocent did: the mean of exp(S) stays at most 1, and the share of
//! innocents at or above ln(1 / eps) at most eps. All codewords of a few sites are enumerated with their probabilities, so what is
//! checked is exact; the bench simulates more than a million on real suspects.

use super::*;

/// The attacks of the bench on the reads of a coalition. None of them looks at an innocent.
#[derive(Clone, Copy, Debug)]
enum Suspect {
    /// Each place from a random one of them.
    Interleave,
    Majority,
    Minority,
    /// Where they differ, nothing is left.
    Erase,
    /// Whole blocks, each from one of them.
    Files,
    /// One coin for each family: a formatter gives all its sites one form.
    Formatter,
    /// One coin for all sites: as much correlation as there can be.
    OneCoin,
    /// A coin for each place: marked again with other keys.
    Remarked,
    /// The longer form wherever one of them has it.
    Longest,
}

const SUSPECTS: [Suspect; 9] = [
    Suspect::Interleave,
    Suspect::Majority,
    Suspect::Minority,
    Suspect::Erase,
    Suspect::Files,
    Suspect::Formatter,
    Suspect::OneCoin,
    Suspect::Remarked,
    Suspect::Longest,
];

fn one(is: bool) -> Option<Variant> {
    Some(VARIANTS[usize::from(is)])
}

fn reads(
    suspect: Suspect,
    random: &mut Random,
    places: &[Place],
    words: &[Vec<Variant>],
) -> Vec<Option<Variant>> {
    let count = words.len();
    let coins: Vec<bool> = (0..FAMILIES.len() + 1).map(|_| random.chance(0.5)).collect();
    let mut from = 0;
    (0..places.len())
        .map(|index| {
            if index % 3 == 0 {
                from = random.below(count as u64);
            }
            let any = random.below(count as u64);
            let ones = words.iter().filter(|word| word[index] == Variant::One).count();
            let family = FAMILIES
                .iter()
                .position(|family| *family == places[index].family)
                .unwrap();
            match suspect {
                Suspect::Interleave => Some(words[any][index]),
                Suspect::Files => Some(words[from][index]),
                Suspect::Majority if 2 * ones == count => Some(words[any][index]),
                Suspect::Majority => one(2 * ones > count),
                Suspect::Minority if ones == 0 || ones == count => one(ones > 0),
                Suspect::Minority => one(2 * ones < count),
                Suspect::Erase => (ones == 0 || ones == count).then(|| VARIANTS[usize::from(ones > 0)]),
                Suspect::Formatter => one(coins[family]),
                Suspect::OneCoin => one(coins[FAMILIES.len()]),
                Suspect::Remarked => one(random.chance(0.5)),
                Suspect::Longest => {
                    let has_long = words.iter().any(|word| word[index] == places[index].long);
                    one(has_long == (places[index].long == Variant::One))
                }
            }
        })
        .collect()
}

/// Mean of exp S, and the probability of reaching ln(1 / eps) for eps = 1e-2 and 1e-3.
fn exactly(places: &[Place], observations: impl Fn(&[Variant]) -> Vec<Observation>) -> (f64, [f64; 2]) {
    let (mut mean, mut above) = (0.0, [0.0; 2]);
    for (bits, weight) in codewords(places) {
        let score = score(&TABLE, &observations(&bits));
        mean += weight * score.exp();
        for (above, epsilon) in above.iter_mut().zip([1e-2, 1e-3]) {
            if score >= threshold(1, epsilon, 1) {
                *above += weight;
            }
        }
    }
    (mean, above)
}

fn keeps_the_bound((mean, above): (f64, [f64; 2])) -> Result<(), TestCaseError> {
    prop_assert!(mean <= 1.0 + 1e-12, "mean {}", mean);
    prop_assert!(above[0] <= 1e-2 && above[1] <= 1e-3, "{:?}", above);
    Ok(())
}

fn id(number: usize) -> SiteId {
    let mut id = [0; 16];
    id[0] = u8::try_from(number).unwrap();
    SiteId(id)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_attack_of_the_bench_keeps_the_bound(seed in any::<u64>(), attack in 0_usize..9, colluders in 1_usize..6) {
        let random = &mut Random(seed);
        let places = places(random, 8);
        let words: Vec<Vec<Variant>> = (0..colluders).map(|_| codeword(random, &places)).collect();
        let reads = reads(SUSPECTS[attack], random, &places, &words);
        keeps_the_bound(exactly(&places, |bits| observe(&places, &reads, bits)))?;
    }

    /// The same block stands in many places of the suspect, each time from another copy, and an attack changed some of them: one
    /// site is one bit, read once.
    #[test]
    fn repeated_text_keeps_the_bound(seed in any::<u64>(), attack in 0_usize..9, times in 1_usize..6) {
        let random = &mut Random(seed);
        let places = places(random, 8);
        let words: Vec<Vec<Variant>> = (0..3).map(|_| codeword(random, &places)).collect();
        let all: Vec<(SiteId, Option<Variant>)> = (0..times)
            .flat_map(|_| reads(SUSPECTS[attack], random, &places, &words).into_iter().enumerate().collect::<Vec<_>>())
            .map(|(index, read)| (id(index), read))
            .collect();
        let merged = merge_reads(all);
        let reads: Vec<Option<Variant>> = (0..places.len()).map(|index| merged[&id(index)]).collect();
        keeps_the_bound(exactly(&places, |bits| observe(&places, &reads, bits)))?;
    }

    /// Two vendors' code, merged: some blocks of the suspect are the innocent's own contribution, with the innocent's own bits, as
    /// the owner accepted it; the rest leaked from another. What the innocent wrote is touched.
    #[test]
    fn two_vendors_code_merged_keeps_the_bound(seed in any::<u64>(), attack in 0_usize..9) {
        let random = &mut Random(seed);
        let places = places(random, 8);
        let words: Vec<Vec<Variant>> = (0..2).map(|_| codeword(random, &places)).collect();
        let reads = reads(SUSPECTS[attack], random, &places, &words);
        let first = random.below(6);
        let own = first..first + 1 + random.below(3);
        keeps_the_bound(exactly(&places, |bits| {
            let mut observations = observe(&places, &reads, bits);
            for (index, observation) in observations.iter_mut().enumerate() {
                if own.contains(&index) {
                    observation.touched = true;
                    observation.read = Some(bits[index]);
                }
            }
            observations
        }))?;
    }

    /// An innocent tidies every odd spelling of its copy and the owner accepts: the suspect is the owner's own copy, or what leaked
    /// from somebody else after it. Which sites are touched depends on the innocent's bits alone.
    #[test]
    fn an_innocent_who_tidies_keeps_the_bound(seed in any::<u64>(), attack in 0_usize..9, to_owners_form in any::<bool>(), owners_copy in any::<bool>()) {
        let random = &mut Random(seed);
        let places = places(random, 8);
        let owner = codeword(random, &places);
        let words: Vec<Vec<Variant>> = (0..2).map(|_| codeword(random, &places)).collect();
        let leaked = if owners_copy { some(&owner) } else { reads(SUSPECTS[attack], random, &places, &words) };
        let tidy = |index: usize| if to_owners_form { owner[index] } else { places[index].long };
        keeps_the_bound(exactly(&places, |bits| {
            let mut observations = observe(&places, &leaked, bits);
            for (index, observation) in observations.iter_mut().enumerate() {
                if bits[index] != tidy(index) {
                    observation.touched = true;
                    // The owner's next version has the tidy form, and so has everyone's copy of it.
                    observation.read = Some(tidy(index));
                }
            }
            observations
        }))?;
    }
}

#[test]
fn a_second_name_keeps_the_bound_whatever_the_first_two_did() {
    // The first name's bits are known; the reads follow them wherever that helps to frame a second one.
    for (number, suspect) in SUSPECTS.into_iter().enumerate() {
        let random = &mut Random(number as u64 + 5);
        let places = places(random, 8);
        let words: Vec<Vec<Variant>> = (0..2).map(|_| codeword(random, &places)).collect();
        let reads = reads(suspect, random, &places, &words);
        let mean: f64 = codewords(&places)
            .into_iter()
            .map(|(bits, weight)| {
                let observations = observe(&places, &reads, &bits);
                weight * conditional_score(&SECOND, &observations, &[&words[0]]).exp()
            })
            .sum();
        assert!(mean <= 1.0 + 1e-12, "{suspect:?} {mean}");
    }
}

#[test]
fn simulated_innocents_stay_below_the_bound() {
    // Forty sites: beyond what can be enumerated. Nine suspects, 6,000 innocents each.
    for (number, suspect) in SUSPECTS.into_iter().enumerate() {
        let random = &mut Random(number as u64 + 77);
        let places = places(random, 40);
        let words: Vec<Vec<Variant>> = (0..3).map(|_| codeword(random, &places)).collect();
        let reads = reads(suspect, random, &places, &words);
        let (mut above, mut sum, mut squares) = (0_u32, 0.0, 0.0);
        let count = 6000;
        for _ in 0..count {
            let word = codeword(random, &places);
            let value = score(&TABLE, &observe(&places, &reads, &word));
            above += u32::from(value >= threshold(1, 1e-2, 1));
            sum += value.exp();
            squares += (2.0 * value).exp();
        }
        let mean = sum / f64::from(count);
        let error = ((squares / f64::from(count) - mean * mean) / f64::from(count)).sqrt();
        assert!(mean <= 1.0 + 4.0 * error, "{suspect:?}: {mean} +- {error}");
        // Four standard deviations above the bound of 60.
        assert!(above <= 60 + 31, "{suspect:?}: {above}");
    }
}
