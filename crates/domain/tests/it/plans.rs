use ringfence_domain::plan::{Plan, difference};

use crate::{EXAMPLE, edited, estate};

fn changed(edits: &[(&str, &str)]) -> Plan {
    difference(Some(&estate(EXAMPLE)), &estate(&edited(edits)))
}

#[test]
fn a_first_plan_lists_everything() {
    insta::assert_snapshot!(difference(None, &estate(EXAMPLE)));
}

#[test]
fn no_difference_is_no_change() {
    let plan = changed(&[]);
    assert!(plan.is_empty());
    assert!(plan.to_string().starts_with("Nothing changes.\n"));
}

#[test]
fn changed_fields_show_old_and_new() {
    let second = "[[party]]\nname = \"ostwind\"\nrole = \"vendor\"\ncountry = \"DE\"\n\n[[person]]\nemail = \"bob@ostwind.example\"\nparty = \"ostwind\"\n\n[[agreement]]";
    let plan = changed(&[
        ("name = \"pricing\"", "name = \"prices\""),
        (
            "purpose = \"storefront-rework\"           # an id",
            "purpose = \"storefront\" # an id",
        ),
        ("ends = 2028-12-31", "ends = 2029-12-31"),
        (
            "paths = [\"crates/web/**\"]",
            "paths = [\"crates/web/**\", \"build.rs\"]",
        ),
        ("until = 2027-03-31", "until = 2027-04-30"),
        (
            "require = [\"agreement\"]",
            "require = [\"agreement\", \"training\"]",
        ),
        ("[[agreement]]", second),
    ]);
    insta::assert_snapshot!(plan);
    let json = serde_json::to_value(&plan).unwrap();
    assert_eq!(json["changes"][0]["action"], "changed");
}

#[test]
fn warnings_name_what_deserves_a_look() {
    let text = edited(&[
        ("\"crates/api/**\"", "\"**\", \"docs\""),
        ("assets = [\"*\"]", "assets = [\"pricing\"]"),
        ("origin = \"own-secret\"", "origin = \"third-party\""),
        ("members = [\"ada@nordwind.example\"]", "members = []"),
    ]);
    insta::assert_snapshot!(difference(None, &estate(&text)).warnings.join("\n"));
}

#[test]
fn wider_paths_of_a_covered_asset_are_called_out() {
    let old = estate(&edited(&[("assets = [\"*\"]", "assets = [\"pricing\"]")]));
    let new = estate(&edited(&[
        ("assets = [\"*\"]", "assets = [\"pricing\"]"),
        ("paths = [\"crates/pricing/**\"]\n", "paths = [\"crates/**\"]\n"),
    ]));
    let warnings = difference(Some(&old), &new).warnings;
    assert!(
        warnings
            .iter()
            .any(|warning| warning.contains("what NDA-7 covers, without a new signature")),
        "{warnings:?}"
    );
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let text = edited(&[
        (
            "file = \"views/storefront/Cargo.toml\"",
            "file = \"views/ä.toml\"",
        ),
        ("name = \"Acme\"", "name = \"Ac\u{202e}me\""),
    ]);
    let plan = difference(None, &estate(&text)).to_string();
    assert!(!plan.chars().any(|letter| letter.is_control() && letter != '\n'));
    assert!(
        !plan.contains('\u{202e}'),
        "a right-to-left override would turn the line round"
    );
}
