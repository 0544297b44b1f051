//! `why`: each condition with its verdict and its cure, and that sign and token obey the same policy.

use crate::support::{ADA, BO, Owner, VIEW};
use serde_json::Value;
use std::collections::BTreeMap;

/// Verdict by condition.
fn verdicts(value: &Value) -> BTreeMap<String, String> {
    value["conditions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|condition| {
            (
                condition["id"].as_str().unwrap().to_owned(),
                condition["verdict"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

/// Every condition that is not met says why and what to do.
fn explains_itself(value: &Value) {
    for condition in value["conditions"].as_array().unwrap() {
        assert!(!condition["reason"].as_str().unwrap().is_empty(), "{condition}");
        if condition["verdict"] == "not-met" {
            assert!(
                !condition["cure"].as_str().unwrap_or_default().is_empty(),
                "{condition}"
            );
        }
    }
}

#[test]
fn each_condition_has_a_verdict_and_what_is_missing_has_a_cure() {
    let owner = Owner::declared();
    let before = owner.json(&["why", ADA, VIEW], 1);
    assert_eq!(before["allowed"], false);
    explains_itself(&before);
    let unmet: Vec<String> = verdicts(&before)
        .into_iter()
        .filter(|(_, verdict)| verdict == "not-met")
        .map(|(id, _)| id)
        .collect();
    assert!(!unmet.is_empty(), "{before}");
    owner
        .run(&["why", ADA, VIEW])
        .expect_code(1)
        .says(&["not met", "ringfence agreement sign NDA-7"]);
    owner
        .run(&["agreement", "sign", "NDA-7", "--as", "owner"])
        .expect_code(0);
    // One of two signatures is not enough, and the cure names the one that is missing.
    owner
        .run(&["why", ADA, VIEW])
        .expect_code(1)
        .says(&[ADA, "agreement sign NDA-7 --as"]);
    owner
        .run(&["agreement", "sign", "NDA-7", "--as", ADA])
        .expect_code(0);
    let after = owner.json(&["why", ADA, VIEW], 0);
    assert_eq!(after["allowed"], true);
    assert_eq!(after["recipient"], "nordwind");
    assert!(
        verdicts(&after).values().all(|verdict| verdict != "not-met"),
        "{after}"
    );
    // The same conditions are listed before and after: nothing vanishes from the answer.
    assert_eq!(
        verdicts(&before).keys().collect::<Vec<_>>(),
        verdicts(&after).keys().collect::<Vec<_>>()
    );
    // The signature of one vendor opens nothing for the other.
    owner.run(&["why", BO, VIEW]).expect_code(1).says(&["NDA-8"]);
}

#[test]
fn a_stranger_and_an_unknown_view_are_answered_without_a_guess() {
    let owner = Owner::signed();
    let stranger = owner.json(&["why", "eve@elsewhere.example", VIEW], 1);
    assert_eq!(stranger["allowed"], false);
    assert_eq!(stranger["recipient"], Value::Null);
    let unknown = owner.json(&["why", ADA, "backoffice"], 1);
    assert_eq!(unknown["allowed"], false);
    assert!(unknown.to_string().contains("backoffice"), "{unknown}");
}

#[test]
fn without_allow_vouched_the_operator_signs_and_issues_for_nobody() {
    let owner = Owner::declared();
    owner
        .apply(&owner.edited(&[("allow_vouched = true", "allow_vouched = false")]))
        .expect_code(0);
    // The owner's own signature is the operator's to give.
    owner
        .run(&["agreement", "sign", "NDA-7", "--as", "owner"])
        .expect_code(0);
    owner
        .run(&["agreement", "sign", "NDA-7", "--as", ADA])
        .expect_code(1)
        .says(&["[policy]", "allow_vouched = true"]);
    owner
        .run(&["token", "issue", "--person", ADA, "--view", VIEW])
        .expect_code(1)
        .says(&["[policy]", "allow_vouched = true"]);
    assert_eq!(owner.json(&["token", "list"], 0).as_array().unwrap().len(), 0);
    let shown = owner.json(&["agreement", "show", "NDA-7"], 0);
    assert_eq!(shown["signatures"].as_array().unwrap().len(), 1);
}

#[test]
fn what_the_operator_vouched_for_is_shown_as_such_wherever_it_appears() {
    let owner = Owner::signed();
    owner
        .run(&["why", ADA, VIEW])
        .expect_code(0)
        .says(&["(vouched for)"]);
    owner
        .run(&["agreement", "show", "NDA-7"])
        .expect_code(0)
        .says(&[&format!("signed by {ADA}"), "vouched for"]);
    let shown = owner.json(&["agreement", "show", "NDA-7"], 0);
    let vouched: BTreeMap<&str, bool> = shown["signatures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["signatory"].as_str().unwrap(), !one["vouched_by"].is_null()))
        .collect();
    assert_eq!(vouched, BTreeMap::from([("owner", false), (ADA, true)]));
    owner.token(ADA, "1h");
    let log = owner.json(&["ledger", "tail", "--log", "nordwind", "-n", "100"], 0);
    let of_kind = |kind: &str| -> Vec<&Value> {
        log.as_array()
            .unwrap()
            .iter()
            .map(|entry| &entry["statement"])
            .filter(|statement| statement["kind"] == kind)
            .collect()
    };
    assert_eq!(of_kind("token-issued").len(), 1);
    assert!(
        of_kind("token-issued")[0]
            .to_string()
            .contains("\"vouched\":true"),
        "{log}"
    );
    assert_eq!(of_kind("agreement-signed").len(), 2);
}

#[test]
fn what_this_version_cannot_check_is_not_met_and_never_waved_through() {
    let owner = Owner::signed();
    owner
        .apply(&owner.edited(&[(
            "require = [\"agreement\"]",
            "require = [\"agreement\", \"undertaking\", \"training\", \"vetting\", \"second-approver\", \"strong-sign-in\"]",
        )]))
        .expect_code(0);
    let value = owner.json(&["why", ADA, VIEW], 1);
    explains_itself(&value);
    let verdicts = verdicts(&value);
    for condition in [
        "undertaking",
        "training",
        "vetting",
        "second-approver",
        "strong-sign-in",
    ] {
        assert_eq!(
            verdicts.get(condition).map(String::as_str),
            Some("not-met"),
            "{condition}: {value}"
        );
    }
    owner
        .run(&["token", "issue", "--person", ADA, "--view", VIEW])
        .expect_code(1)
        .says(&["training"]);
}
