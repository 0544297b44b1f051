//! Capacity against the figures that `marks.md` simulated.

use super::{project, tree};
use ringfence_mark::codeword::CodeKey;
use ringfence_probe::capacity::{Question, capacity};

#[test]
fn one_leaker_needs_about_sixty_five_sites_and_colluders_more() {
    let project = project();
    let tree = tree(project.path());
    let question = Question {
        candidates: 1000,
        epsilon: 1e-9,
        colluders: 3,
    };
    let answer = capacity(&tree, question, &CodeKey([3; 32]));
    let sites: Vec<usize> = answer.needed.iter().map(|needed| needed.sites.unwrap()).collect();
    assert!((45..=85).contains(&sites[0]), "{sites:?}");
    assert!((150..=450).contains(&sites[1]), "{sites:?}");
    assert!((400..=1100).contains(&sites[2]), "{sites:?}");
    for needed in &answer.needed {
        assert!(
            needed.lines_stripped.unwrap() >= needed.lines.unwrap(),
            "{answer:?}"
        );
    }
    assert!(answer.per_thousand > answer.per_thousand_stripped);
    let again = capacity(&tree, question, &CodeKey([3; 32]));
    assert_eq!(
        serde_json::to_string(&answer).unwrap(),
        serde_json::to_string(&again).unwrap(),
        "the same question has the same answer"
    );
    let fewer = capacity(
        &tree,
        Question {
            candidates: 10,
            epsilon: 1e-3,
            colluders: 1,
        },
        &CodeKey([3; 32]),
    );
    assert!(fewer.needed[0].sites.unwrap() < sites[0]);
}
