//! Applying an estate: each change stands in the log of those whom it concerns.

use crate::stage::Stage;
use ringfence_testkit::on_each_database;

#[test]
fn a_removed_agreement_stands_in_the_log_of_its_recipient() {
    on_each_database(|database| {
        let stage = Stage::signed(database);
        let more = r#"
[[agreement]]
id = "SOW-9"
kind = "sow"
parties = ["owner", "nordwind"]
signatories = ["owner", "ada@nordwind.example"]
effective = 2026-01-01
ends = 2099-12-31
purpose = "rework"
assets = ["*"]
governing_law = "DE"
"#;
        stage.apply(&format!("{}{more}", stage.estate()));
        stage.apply(&stage.estate());
        assert_eq!(
            stage.kinds().last().map(String::as_str),
            Some("agreement-removed")
        );
    });
}

#[test]
fn a_name_that_nobody_declared_is_no_view() {
    on_each_database(|database| {
        let stage = Stage::signed(database);
        assert!(stage.app.has_view("storefront"));
        assert!(!stage.app.has_view("elsewhere"));
    });
}
