//! How many sites name a leaker, and that no innocent comes near.

use super::*;

/// Share of runs in which a leaker passes the threshold, and the highest score of an innocent.
fn power(sites: usize, runs: u64, error: f64, attack: usize, coalition: usize) -> (f64, f64) {
    let mut named = 0_u32;
    let mut highest = f64::NEG_INFINITY;
    for run in 0..runs {
        let random = &mut Random(run * 7919 + 11);
        let places = places(random, sites);
        // The leak uses the same stream as the words below, so the leakers are the first words drawn.
        let mut replay = Random(random.0);
        let mut reads = leak(attack, random, &places, coalition);
        for read in reads.iter_mut().flatten() {
            if random.chance(error) {
                *read = if *read == Variant::One {
                    Variant::Zero
                } else {
                    Variant::One
                };
            }
        }
        let words: Vec<Vec<Variant>> = (0..coalition).map(|_| codeword(&mut replay, &places)).collect();
        let best = words
            .iter()
            .map(|word| score(&TABLE, &observe(&places, &reads, word)))
            .fold(f64::NEG_INFINITY, f64::max);
        named += u32::from(best >= threshold(1000, 1e-9, 1));
        for _ in 0..10 {
            let innocent = codeword(random, &places);
            highest = highest.max(score(&TABLE, &observe(&places, &reads, &innocent)));
        }
    }
    (f64::from(named) / runs as f64, highest)
}

#[test]
fn about_eighty_sites_name_one_of_a_thousand() {
    let (few, _) = power(40, 60, 0.0, 0, 1);
    let (half, _) = power(65, 60, 0.0, 0, 1);
    let (most, highest) = power(90, 60, 0.0, 0, 1);
    assert!(few < 0.1, "{few}");
    assert!((0.15..0.95).contains(&half), "{half}");
    assert!(most >= 0.9, "{most}");
    assert!(highest < threshold(1000, 1e-9, 1), "{highest}");
}

#[test]
fn reading_errors_and_colluders_cost_sites_and_name_no_innocent() {
    let (with_errors, first) = power(160, 40, 0.05, 0, 1);
    assert!(with_errors >= 0.9, "{with_errors}");
    let (two, second) = power(450, 20, 0.0, 2, 2);
    assert!(two >= 0.9, "{two}");
    assert!(first.max(second) < 15.0, "{first} {second}");
}

#[test]
fn a_second_colluder_is_named_given_the_first() {
    let mut named = 0;
    for run in 0..20 {
        let random = &mut Random(run + 99);
        let places = places(random, 450);
        let (first, second) = (codeword(random, &places), codeword(random, &places));
        let reads: Vec<Option<Variant>> = first
            .iter()
            .zip(&second)
            .map(|(a, b)| Some(if random.chance(0.5) { *a } else { *b }))
            .collect();
        let value = conditional_score(&SECOND, &observe(&places, &reads, &second), &[&first]);
        named += u32::from(value >= threshold(999, 1e-9, 1));
        let innocent = codeword(random, &places);
        assert!(conditional_score(&SECOND, &observe(&places, &reads, &innocent), &[&first]) < 10.0);
    }
    assert!(named >= 18, "{named}");
}

#[test]
fn a_thousand_candidates_over_two_thousand_sites_are_quick() {
    let random = &mut Random(3);
    let places = places(random, 2000);
    let reads = some(&codeword(random, &places));
    let start = std::time::Instant::now();
    let mut highest = f64::NEG_INFINITY;
    for _ in 0..1000 {
        let word = codeword(random, &places);
        highest = highest.max(score(&TABLE, &observe(&places, &reads, &word)));
    }
    println!(
        "1,000 candidates x 2,000 sites: {:?}, highest {highest:.2}",
        start.elapsed()
    );
    assert!(highest < threshold(1000, 1e-9, 1));
}
