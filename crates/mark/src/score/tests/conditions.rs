//! One test for each condition of `marks.md`: it breaks the condition on purpose and sees the bound fail.

use super::*;

/// Places of one family, as most breaks need no more.
fn plain(count: usize) -> Vec<Place> {
    (0..count)
        .map(|_| Place {
            family: Family::Idiom,
            long: Variant::One,
            bias: Bias::Middle,
        })
        .collect()
}

#[test]
fn breaking_condition_1_a_known_codeword_can_be_framed() {
    // Who knows an innocent's codeword writes it into the suspect: the mean explodes, so keys must stay secret.
    let places = plain(10);
    assert!(mean(&places, |bits| observe(&places, &some(bits), bits)) > 50.0);
}

#[test]
fn breaking_condition_2_an_extractor_that_sees_a_copy_accuses() {
    // A tie resolved by looking at the marked copy reads the innocent's own bit at a third of the sites.
    let places = plain(9);
    let random = &mut Random(1);
    let honest = some(&codeword(random, &places));
    let mean = mean(&places, |bits| {
        let mut reads = honest.clone();
        for index in (0..9).step_by(3) {
            reads[index] = Some(bits[index]);
        }
        observe(&places, &reads, bits)
    });
    assert!(mean > 1.5, "{mean}");
}

#[test]
fn breaking_condition_3_sites_gated_by_a_copy_select_by_codeword() {
    // A gate that looks at the marked copy drops sites whose changed variant does not pass; the suspect is canonical there.
    let places = plain(9);
    let reads = vec![Some(Variant::Zero); 9];
    let broken = mean(&places, |bits| {
        let mut observations = observe(&places, &reads, bits);
        observations.retain(|observation| observation.bit == Variant::Zero);
        observations
    });
    assert!(broken > 3.0, "{broken}");
    assert!(mean(&places, |bits| observe(&places, &reads, bits)) <= 1.0 + 1e-12);
}

#[test]
fn breaking_condition_4_leaving_out_tidied_sites_accuses_an_innocent_vendor() {
    // A vendor tidies every site of its copy that is not in the owner's form, and the owner accepts. The suspect is the owner's
    // own next version. Left out, the tidied sites leave only agreement; with the bits replaced, agreement is complete.
    let random = &mut Random(4);
    let places = places(random, 200);
    let owner = codeword(random, &places);
    let bits = codeword(random, &places);
    let mut observations = observe(&places, &some(&owner), &bits);
    let tidied = |observation: &Observation| Some(observation.bit) != observation.read;
    let left_out: Vec<Observation> = observations
        .iter()
        .filter(|observation| !tidied(observation))
        .copied()
        .collect();
    assert!(score(&TABLE, &left_out) > threshold(1000, 1e-9, 1));
    let replaced: Vec<Observation> = observations
        .iter()
        .map(|observation| Observation {
            bit: observation.read.unwrap(),
            ..*observation
        })
        .collect();
    assert!(score(&TABLE, &replaced) > threshold(1000, 1e-9, 1));
    for observation in &mut observations {
        observation.touched = tidied(observation);
    }
    assert!(score(&TABLE, &observations) < 0.0);

    // The same, exactly, on few sites.
    let places = plain(9);
    let reads = vec![Some(Variant::Zero); 9];
    let touched = mean(&places, |bits| {
        let mut observations = observe(&places, &reads, bits);
        for observation in &mut observations {
            observation.touched = tidied(observation);
        }
        observations
    });
    assert!(touched <= 1.0, "{touched}");
}

#[test]
fn breaking_condition_5_the_best_of_many_runs_needs_the_factor() {
    // Eight settings of the extractor give eight readings; taking the best without counting the runs breaks the bound.
    let places = plain(9);
    let random = &mut Random(5);
    let runs: Vec<Vec<Option<Variant>>> = (0..8).map(|_| some(&codeword(random, &places))).collect();
    let best: f64 = codewords(&places)
        .into_iter()
        .map(|(bits, weight)| {
            let best = runs
                .iter()
                .map(|reads| score(&TABLE, &observe(&places, reads, &bits)));
            weight * best.fold(f64::NEG_INFINITY, f64::max).exp()
        })
        .sum();
    assert!(best > 2.0, "{best}");
    assert!(best <= 8.0);
    assert!((threshold(1000, 1e-9, 8) - threshold(1000, 1e-9, 1) - 8_f64.ln()).abs() < 1e-12);
}

#[test]
fn breaking_condition_6_without_the_owners_copy_an_unmarked_delivery_is_accused() {
    // A delivery that went out unmarked has the owner's text; a recipient whose bits happen to be (or were set to) that text
    // is explained no better than the owner's own copy.
    let random = &mut Random(6);
    let places = places(random, 150);
    let owner = codeword(random, &places);
    let observations = observe(&places, &some(&owner), &owner);
    assert!(score(&TABLE, &observations) > threshold(1000, 1e-9, 1));
    let known: Vec<Option<Variant>> = some(&owner);
    assert!(explains_as_well(&TABLE, &observations, &known));

    let leaker = codeword(random, &places);
    let leaked = observe(&places, &some(&leaker), &leaker);
    assert!(!explains_as_well(&TABLE, &leaked, &known));
    assert!(
        explains_as_well(&TABLE, &leaked, &[None; 150]),
        "with nothing to compare, nothing is excluded"
    );
}

#[test]
fn counting_a_repeated_site_twice_would_break_the_bound() {
    let places = plain(8);
    let reads: Vec<Option<Variant>> = (0..8).map(|index| Some(VARIANTS[index % 2])).collect();
    let twice = mean(&places, |bits| {
        let mut observations = observe(&places, &reads, bits);
        observations.extend(observations.clone());
        observations
    });
    assert!(twice > 1.5, "{twice}");
}
