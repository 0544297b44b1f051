use ringfence_domain::Estate;
use ringfence_domain::choice::{AgreementKind, AssetKind, Requirement, Role};
use ringfence_domain::view::{History, MarkProfile, Visibility};

use crate::{EXAMPLE, edited, estate};

#[test]
fn the_example_parses_unchanged() {
    let estate = estate(EXAMPLE);
    assert_eq!(estate.owner.name, "Acme");
    assert_eq!(estate.policy.require, [Requirement::Agreement].into());
    assert!(estate.policy.allow_vouched);
    assert_eq!(estate.repositories[0].source, "/srv/git/shop.git");
    assert_eq!(estate.assets[0].kind, AssetKind::Algorithm);
    assert_eq!(estate.party("nordwind").unwrap().role, Role::Vendor);
    assert_eq!(estate.recipients.len(), 1);
    let agreement = estate.agreement("NDA-7").unwrap();
    assert_eq!(agreement.kind, AgreementKind::Nda);
    assert_eq!(agreement.ends.to_string(), "2028-12-31");
    let view = estate.view("storefront").unwrap();
    assert_eq!(view.history, History::Snapshot);
    assert_eq!(view.marks.profile, MarkProfile::Auto);
    assert_eq!(
        view.rules.iter().map(|rule| rule.visibility).collect::<Vec<_>>(),
        [Visibility::Read, Visibility::Write, Visibility::Interface]
    );
    assert_eq!(view.replace[0].file, "views/storefront/Cargo.toml");
    assert!(!view.require_work_item);
    assert_eq!(estate.grants[0].name(), "nordwind/storefront/2026-11-01");
}

#[test]
fn an_estate_round_trips_through_json() {
    let estate = estate(EXAMPLE);
    let json = serde_json::to_string(&estate).unwrap();
    assert_eq!(serde_json::from_str::<Estate>(&json).unwrap(), estate);
}

#[test]
fn no_address_shows_in_debug() {
    assert!(!format!("{:?}", estate(EXAMPLE)).contains("ada@"));
}

#[test]
fn a_party_without_recipient_is_its_own() {
    let start = EXAMPLE.find("# A recipient is").unwrap();
    let end = EXAMPLE.find("[[agreement]]").unwrap();
    let text = format!("{}{}", &EXAMPLE[..start], &EXAMPLE[end..]);
    let text = text.replace(
        "[[person]]",
        "[[person]]\nemail = \"bob@nordwind.example\"\nparty = \"nordwind\"\n\n[[person]]",
    );
    let estate = estate(&text);
    let recipient = estate.recipient("nordwind").unwrap();
    assert_eq!(recipient.party, "nordwind");
    let members: Vec<&str> = recipient.members.iter().map(|member| member.reveal()).collect();
    assert_eq!(members, ["bob@nordwind.example", "ada@nordwind.example"]);
}

#[test]
fn a_new_home_requires_everything() {
    let estate = estate(&edited(&[
        ("require = [\"agreement\"]", ""),
        ("allow_vouched = true", ""),
    ]));
    assert_eq!(estate.policy.require.len(), 6);
    assert!(!estate.policy.allow_vouched);
}

#[test]
fn a_folder_of_files_is_one_estate() {
    let cut = EXAMPLE.find("[[party]]").unwrap();
    let (first, second) = EXAMPLE.split_at(cut);
    let merged = Estate::parse_many([("a.toml", first), ("b.toml", second)]).unwrap();
    assert_eq!(merged, estate(EXAMPLE));

    let errors = Estate::parse_many([("a.toml", EXAMPLE), ("b.toml", EXAMPLE)])
        .unwrap_err()
        .to_string();
    assert!(
        errors.contains("b.toml:3:11: \"version\" already stands in a.toml"),
        "{errors}"
    );
    assert!(errors.contains("\"owner\" already stands in a.toml"), "{errors}");
    assert!(errors.contains("\"policy\" already stands in a.toml"), "{errors}");
    assert!(errors.contains("duplicate party \"nordwind\""), "{errors}");
    assert!(Estate::parse_many([]).is_err());
}

#[test]
fn a_work_item_can_be_required() {
    let estate = estate(&edited(&[(
        "history = \"snapshot\"",
        "require_work_item = true\nhistory = \"snapshot\"",
    )]));
    assert!(estate.views[0].require_work_item);
}

#[test]
fn the_chain_of_a_subcontractor_leads_to_the_vendor() {
    let text = format!(
        "{EXAMPLE}\n[[party]]\nname = \"sub\"\nrole = \"subcontractor\"\nof = \"nordwind\"\ncountry = \"RO\"\n\
         [[party]]\nname = \"subsub\"\nrole = \"subcontractor\"\nof = \"sub\"\ncountry = \"RO\"\n"
    );
    let estate = estate(&text);
    let names: Vec<&str> = estate
        .chain("subsub")
        .iter()
        .map(|party| party.name.as_str())
        .collect();
    assert_eq!(names, ["subsub", "sub", "nordwind"]);
    assert_eq!(estate.chain("nobody").len(), 0);
}
