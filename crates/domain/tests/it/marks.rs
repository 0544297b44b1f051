//! The mark policy of a view: what an estate may say, what it may not, and how a plan shows it.

use ringfence_domain::Estate;
use ringfence_domain::choice::{Choice, MarkFamily};
use ringfence_domain::plan::difference;
use ringfence_domain::view::MarkProfile;

use crate::{EXAMPLE, edited, estate};

const MARKS: &str = "marks = { profile = \"auto\", except = [\"**/tests/**\"] }";

fn with_marks(marks: &str) -> String {
    edited(&[(MARKS, marks)])
}

fn refusal(marks: &str) -> String {
    Estate::parse(&with_marks(marks), "estate.toml")
        .expect_err("the estate should be refused")
        .to_string()
}

#[test]
fn families_are_left_out_everywhere_and_by_path() {
    let text = with_marks(
        "marks = { profile = \"robust\", without = [\"blank-line\"], rules = [{ paths = [\"gen/**\"], profile = \"steady\" }, { paths = [\"crates/api/**\"], without = [\"comment-period\"] }] }",
    );
    let read = estate(&text);
    let marks = &read.view("storefront").unwrap().marks;
    assert_eq!(marks.profile, MarkProfile::Robust);
    assert_eq!(marks.without, [MarkFamily::BlankLine]);
    assert_eq!(marks.rules[0].profile, Some(MarkProfile::Steady));
    assert!(marks.rules[0].without.is_empty());
    assert_eq!(marks.rules[1].profile, None);
    assert_eq!(marks.rules[1].without, [MarkFamily::CommentPeriod]);
    let json = serde_json::to_string(&read).unwrap();
    assert_eq!(serde_json::from_str::<Estate>(&json).unwrap(), read);
    assert_eq!(
        difference(Some(&estate(EXAMPLE)), &read).to_string(),
        "~ view storefront\n    marks: except **/tests/**; profile auto -> profile robust; rules [gen/**: profile steady | crates/api/**: without comment-period]; without blank-line\n0 added, 1 changed, 0 removed.\n"
            .to_owned()
            + &warnings(&text)
    );
}

fn warnings(text: &str) -> String {
    let plan = difference(Some(&estate(EXAMPLE)), &estate(text));
    plan.warnings
        .iter()
        .map(|line| format!("warning: {line}\n"))
        .collect()
}

#[test]
fn an_estate_that_leaves_nothing_out_is_stored_as_before() {
    let json = serde_json::to_value(estate(EXAMPLE)).unwrap();
    let marks = &json["views"][0]["marks"];
    assert_eq!(
        *marks,
        serde_json::json!({ "profile": "auto", "except": ["**/tests/**"] })
    );
}

#[test]
fn every_family_has_a_name_that_reads_back() {
    for family in MarkFamily::all() {
        assert_eq!(MarkFamily::from_text(family.as_str()), Some(*family));
        assert_eq!(
            serde_json::to_string(family).unwrap(),
            format!("\"{}\"", family.as_str())
        );
    }
}

#[test]
fn an_unknown_family_is_refused_with_all_that_are_known() {
    let refusal = refusal("marks = { without = [\"blank-lines\"] }");
    assert!(
        refusal.contains("unknown family of marks \"blank-lines\""),
        "{refusal}"
    );
    assert!(refusal.contains("did you mean \"blank-line\"?"), "{refusal}");
    for family in MarkFamily::all() {
        assert!(refusal.contains(family.as_str()), "{refusal}");
    }
}

#[test]
fn mark_rules_that_say_nothing_are_refused() {
    for (marks, expected) in [
        (
            "marks = { rules = [{ paths = [\"a/**\"] }] }",
            "a mark rule of view \"storefront\" changes nothing",
        ),
        (
            "marks = { rules = [{ paths = [], without = [\"braces\"] }] }",
            "a mark rule of view \"storefront\" has no paths",
        ),
        (
            "marks = { rules = [{ without = [\"braces\"] }] }",
            "a mark rule has no \"paths\"",
        ),
        (
            "marks = { rules = [{ paths = [\"!a\"], without = [\"braces\"] }] }",
            "!a",
        ),
        (
            "marks = { rules = [{ paths = [\"a\"], without = \"braces\" }] }",
            "\"without\" of a mark rule is a list",
        ),
    ] {
        let refusal = refusal(marks);
        assert!(refusal.contains(expected), "expected {expected:?} in:\n{refusal}");
    }
}
