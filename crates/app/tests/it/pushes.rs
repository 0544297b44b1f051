//! What a push may change, and what it leaves behind for a later trace.

use crate::stage::{Stage, taken, text_of};
use ringfence_store::tables;
use ringfence_testkit::on_each_database;
use std::collections::BTreeSet;

#[test]
fn a_merge_with_an_old_delivery_cannot_roll_back_what_may_only_be_read() {
    on_each_database(|database| {
        let stage = Stage::signed(database);
        let clone = stage.clone_into("ada");
        clone.git(&["checkout", "-q", "-b", "old"]);
        clone.commit(&[("web/new.rs", "pub fn new() -> u32 {\n    7\n}\n")], "New");
        let mended = format!(
            "{}\n/// The mended check.\npub fn check() {{}}\n",
            text_of("domain/src/view.rs")
        );
        stage.source.commit(&[("api/view.rs", mended)], "Mend a hole");
        stage.app.refresh("storefront", "nordwind").unwrap();
        clone.git(&["fetch", "-q", "origin"]);
        clone.git(&["checkout", "-q", "-b", "rollback", "origin/main"]);
        // A merge that keeps the old state of the file that may only be read.
        clone.git(&["merge", "-q", "--no-commit", "old"]);
        clone.git(&["checkout", "-q", "old", "--", "api/view.rs"]);
        clone.git(&["commit", "-q", "-m", "Merge"]);
        let outcome = stage.push(&clone, "rollback");
        assert!(!taken(&outcome), "{outcome:?}");
        assert!(outcome.messages.join("\n").contains("api/view.rs"), "{outcome:?}");
        // The honest merge is taken.
        clone.git(&["checkout", "-q", "-B", "honest", "origin/main"]);
        clone.git(&["merge", "-q", "--no-edit", "old"]);
        let outcome = stage.push(&clone, "honest");
        assert!(taken(&outcome), "{outcome:?}");
    });
}

#[test]
fn what_a_push_brings_is_committed_to_and_touched_sites_add_up() {
    on_each_database(|database| {
        let stage = Stage::signed(database);
        let clone = stage.clone_into("ada");
        let path = clone.path().join("web/note.rs");
        let whole = std::fs::read_to_string(&path).unwrap();
        // Two commits in one push, each rewriting another half of the file line by line.
        let lines: Vec<&str> = whole.lines().collect();
        let middle = lines.len() / 2;
        let tidy = |range: std::ops::Range<usize>, text: &str| -> String {
            let lines: Vec<String> = text
                .lines()
                .enumerate()
                .map(|(number, line)| {
                    let prose = line.trim_start().starts_with("//") && !line.trim_end().ends_with(':');
                    if range.contains(&number) && prose && line.len() > 12 {
                        format!("{} indeed", line.trim_end_matches('.'))
                    } else {
                        line.to_owned()
                    }
                })
                .collect();
            format!("{}\n", lines.join("\n"))
        };
        let first = tidy(0..middle, &whole);
        clone.commit(&[("web/note.rs", &first)], "First half");
        clone.commit(
            &[("web/note.rs", &tidy(middle..lines.len(), &first))],
            "Second half",
        );
        let outcome = stage.push(&clone, "tidy");
        assert!(taken(&outcome), "{outcome:?}");
        assert!(
            outcome
                .messages
                .iter()
                .all(|line| !line.contains("stays at lines")),
            "the owner's line numbers are not the vendor's: {outcome:?}"
        );

        let records = stage.records();
        let (rows, commitments) = records
            .read(|tx| -> Result<_, ringfence_store::StoreError> {
                Ok((
                    tables::submissions::list(tx)?,
                    tables::marks::commitments_of_recipient(tx, "nordwind")?,
                ))
            })
            .unwrap();
        let summary: serde_json::Value = serde_json::from_str(&rows[0].summary).unwrap();
        let changed = summary["changed"]
            .as_object()
            .unwrap()
            .values()
            .next()
            .unwrap()
            .clone();
        let canonical = changed["canonical"].as_str().unwrap();
        assert!(
            commitments.iter().any(|row| row.canonical == canonical),
            "the pushed text has a codeword commitment"
        );
        assert_eq!(summary["commits"].as_array().unwrap().len(), 2);

        // A second push on top of the first; accepting it accepts what lies below.
        let note = std::fs::read_to_string(clone.path().join("web/tree.rs")).unwrap();
        clone.commit(
            &[(
                "web/tree.rs",
                format!("{note}\n/// Later.\npub fn later() {{}}\n"),
            )],
            "On top",
        );
        let outcome = stage.push(&clone, "more");
        assert!(taken(&outcome), "{outcome:?}");
        let later = records
            .read(tables::submissions::list)
            .unwrap()
            .into_iter()
            .find(|row| row.branch == "more")
            .unwrap();
        let touched: BTreeSet<&str> = changed["touched"]
            .as_array()
            .unwrap()
            .iter()
            .map(|site| site.as_str().unwrap())
            .collect();
        stage.app.accept_submission(&later.id).unwrap();
        let noted: BTreeSet<String> = records
            .read(|tx| tables::marks::touched_of_recipient(tx, "nordwind"))
            .unwrap()
            .into_iter()
            .map(|row| hex::encode(row.site))
            .collect();
        assert!(!touched.is_empty());
        assert!(touched.iter().all(|site| noted.contains(*site)));
    });
}

#[test]
fn a_push_leaves_entries_and_rows_together() {
    on_each_database(|database| {
        let stage = Stage::signed(database);
        let clone = stage.clone_into("ada");
        clone.commit(&[("api/view.rs", "pub fn gone() {}\n")], "Outside");
        let outcome = stage.push(&clone, "outside");
        assert!(!taken(&outcome));
        assert_eq!(
            stage.kinds().last().map(String::as_str),
            Some("submission-refused")
        );
        assert!(stage.app.submissions(None).unwrap().is_empty());
    });
}
