use ringfence_evidence::{HONEST_LIMITS, Verdict, container, write_pack};

use crate::sample::{input, key, signer};

fn member(verdict: Verdict, name: &str) -> String {
    let pack = write_pack(&input(verdict), &signer()).unwrap();
    String::from_utf8(container::read(&pack.bytes).unwrap()[name].clone()).unwrap()
}

#[test]
fn the_readme_states_claim_bound_assurance_and_limits() {
    let readme = member(Verdict::Strong, "README.txt");
    for words in [
        "Verdict: strong.",
        "the copy delivered to: nordwind",
        "154 sites read, 31 could not be read",
        "any innocent recipient is at most 10^-9",
        "Candidates (recipients who were delivered this content): 12. Runs with different settings: 2.",
        "- the owner's own copy: does not explain the reads",
        "no foreign witness",
        "WHAT IS NOT PROVEN",
        HONEST_LIMITS,
        &key().to_string(),
    ] {
        assert!(readme.contains(words), "{words}\n\n{readme}");
    }
    let readme = member(Verdict::Inconclusive, "README.txt");
    assert!(
        readme.contains("No copy is named") && !readme.contains("nordwind"),
        "{readme}"
    );
}

#[test]
fn the_declaration_is_a_draft_with_blanks() {
    let draft = member(Verdict::Strong, "declaration.txt");
    for words in [
        "DRAFT",
        "902(13)",
        "902(14)",
        "qualified person",
        "____________________",
        "case_01j9",
    ] {
        assert!(draft.contains(words), "{words}\n\n{draft}");
    }
}

#[test]
fn nothing_of_another_recipient_is_opened() {
    let reads = member(Verdict::Strong, "exhibits/reads.json");
    assert_eq!(
        reads.matches("\"salt\"").count(),
        160,
        "one opened leaf for each read site"
    );
    assert_eq!(
        member(Verdict::None, "exhibits/reads.json"),
        "{\"blobs\":[],\"v\":1}"
    );
    assert!(member(Verdict::Strong, "exhibits/others.json").contains("The owner's statement."));
}
