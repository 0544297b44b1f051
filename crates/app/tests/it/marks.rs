//! The mark policy and the epochs of mark keys from delivery to trace: what is left out never appears, what was delivered stays, and a
//! copy of a retired epoch is known as one.

use crate::stage::{Stage, text_of};
use ringfence_app::keys::Keys;
use ringfence_app::trace::TraceReport;
use ringfence_mark::codeword::codeword_bit;
use ringfence_mark::model::{Family, Profile, Site};
use ringfence_mark::{Marking, render, site_table, site_table_as};
use ringfence_syntax::Language;
use ringfence_testkit::on_each_database;
use ringfence_trace::verdict::Verdict;
use std::path::{Path, PathBuf};

/// Files that come later, so that something is delivered for the first time.
const LATER: [(&str, &str); 3] = [
    ("api/glob.rs", "domain/src/glob.rs"),
    ("api/agreement.rs", "domain/src/agreement.rs"),
    ("api/header.rs", "domain/src/header.rs"),
];

fn add_later(stage: &Stage<'_>) {
    let files: Vec<(&str, String)> = LATER.iter().map(|(path, from)| (*path, text_of(from))).collect();
    stage.source.commit(&files, "More");
}

/// A copy as the vendor gets it.
fn export(stage: &Stage<'_>, name: &str) -> PathBuf {
    let folder = stage.app.home().with_file_name(name);
    stage.app.export("storefront", "nordwind", None, &folder).unwrap();
    folder
}

fn read(folder: &Path, path: &str) -> String {
    std::fs::read_to_string(folder.join(path)).unwrap()
}

/// A suspect of some files of a copy.
fn leak(stage: &Stage<'_>, name: &str, files: &[(&str, String)]) -> PathBuf {
    let folder = stage.app.home().with_file_name(name);
    for (path, text) in files {
        let to = folder.join(path);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::write(to, text).unwrap();
    }
    folder
}

fn named(report: &TraceReport) -> Option<(&str, u32)> {
    report.recipient.as_deref().zip(report.epoch)
}

fn blank_lines(text: &str) -> usize {
    text.lines().filter(|line| line.trim().is_empty()).count()
}

/// The text as the recipient must get it in the first epoch, marked without some families.
fn expected(stage: &Stage<'_>, text: &str, without: &[Family]) -> String {
    let keys = Keys::read(&stage.app.home().join("keys")).unwrap();
    let (anchor, code) = (keys.anchor().unwrap(), keys.code().unwrap());
    let key = keys.recipient("nordwind", 1).unwrap();
    let marking = Marking::new(Profile::Robust, without.iter().copied().collect());
    let table = site_table_as(Language::Rust, marking, text.as_bytes(), &anchor).unwrap();
    let all = site_table(Language::Rust, Profile::Robust, text.as_bytes(), &anchor).unwrap();
    for family in without {
        assert!(all.sites.iter().any(|site| site.family == *family), "{family:?}");
        assert!(
            table.sites.iter().all(|site| site.family != *family),
            "{family:?}"
        );
    }
    // What is left out makes room: no site of another family is lost.
    let kept = all.sites.iter().filter(|site| !without.contains(&site.family));
    assert!(table.sites.len() >= kept.count());
    let choose = |site: &Site| codeword_bit(&key, &code, site.id);
    String::from_utf8(render(&table, text.as_bytes(), &choose).unwrap()).unwrap()
}

/// The fields `epoch` and `without` of every commitment to codewords.
fn policies(stage: &Stage<'_>) -> Vec<(u64, Option<String>)> {
    let entries = stage.app.ledger_tail("nordwind", 1_000).unwrap();
    entries
        .iter()
        .filter(|entry| entry.statement["kind"] == "codeword-commitment")
        .map(|entry| {
            let without = entry.statement["without"].as_str().map(str::to_owned);
            (entry.statement["epoch"].as_u64().unwrap(), without)
        })
        .collect()
}

/// Packs a case and verifies the pack with the owner's key.
fn pack_holds(stage: &Stage<'_>, case: &str) -> ringfence_evidence::Claim {
    let file = stage.app.home().with_file_name(format!("{case}.zip"));
    stage.app.pack(case, &file).unwrap();
    let key = stage.app.ledger_key("owner").unwrap();
    let report = ringfence_evidence::verify_pack(&std::fs::read(file).unwrap(), Some(&[key]));
    assert_eq!(report.trust, ringfence_evidence::Trust::Trusted);
    report.claim.unwrap()
}

#[test]
fn families_that_are_left_out_never_appear_and_the_copy_is_still_named() {
    on_each_database(|database| {
        let stage = Stage::signed(database);
        let policy = "marks = { profile = \"robust\", without = [\"blank-line\"], rules = [{ paths = [\"web/**\"], without = [\"comment-period\"] }] }";
        let estate = stage.estate();
        let without = estate.replace("marks = { profile = \"auto\" }", policy);
        stage.apply(&without);
        let first = export(&stage, "first");
        let (view, tree) = (text_of("domain/src/view.rs"), text_of("ledger/src/tree.rs"));
        let (view_copy, tree_copy) = (read(&first, "api/view.rs"), read(&first, "web/tree.rs"));
        assert_ne!(view, view_copy);
        assert_eq!(blank_lines(&view), blank_lines(&view_copy));
        assert_eq!(view_copy, expected(&stage, &view, &[Family::BlankLine]));
        assert_ne!(tree, tree_copy);
        let both = [Family::BlankLine, Family::CommentPeriod];
        assert_eq!(tree_copy, expected(&stage, &tree, &both));
        let mut said = policies(&stage);
        said.sort();
        assert_eq!(
            said,
            [
                (1, Some("blank-line".to_owned())),
                (1, Some("comment-period blank-line".to_owned()))
            ]
        );
        let marks: Vec<(String, String)> = stage
            .app
            .view_files("storefront", None)
            .unwrap()
            .into_iter()
            .map(|file| (file.path, file.marks))
            .filter(|(path, _)| path.ends_with(".rs"))
            .collect();
        assert!(
            marks.contains(&("api/view.rs".to_owned(), "robust without blank-line".to_owned())),
            "{marks:?}"
        );
        let report = stage.app.trace(&first, 1e-9).unwrap();
        assert_eq!(named(&report), Some(("nordwind", 1)), "{report:?}");
        pack_holds(&stage, &report.case);

        // Another policy is for what is delivered from now on.
        stage.apply(&estate.replace("profile = \"auto\"", "profile = \"robust\""));
        add_later(&stage);
        let second = export(&stage, "second");
        for path in ["api/view.rs", "web/tree.rs", "web/note.rs"] {
            assert_eq!(read(&first, path), read(&second, path), "{path}");
        }
        let glob = read(&second, "api/glob.rs");
        assert_ne!(blank_lines(&glob), blank_lines(&text_of("domain/src/glob.rs")));
        assert!(policies(&stage).contains(&(1, None)));
        let report = stage.app.trace(&first, 1e-9).unwrap();
        assert_eq!(named(&report), Some(("nordwind", 1)), "{report:?}");
        let report = stage.app.trace(&second, 1e-9).unwrap();
        assert_eq!(named(&report), Some(("nordwind", 1)), "{report:?}");
        assert_eq!(report.candidates, 1);
        pack_holds(&stage, &report.case);
    });
}

#[test]
fn a_copy_of_a_retired_epoch_is_named_with_its_epoch() {
    on_each_database(|database| {
        let stage = Stage::signed(database);
        // Enough sites in the files that stay to name their epoch beside the other.
        stage.apply(
            &stage
                .estate()
                .replace("profile = \"auto\"", "profile = \"robust\""),
        );
        let first = export(&stage, "first");
        let report = stage
            .app
            .rotate_mark_key("nordwind", "a laptop was stolen")
            .unwrap();
        assert_eq!((report.retired, report.epoch), (1, 2));
        assert_eq!(report.delivered_files, 3);
        assert_eq!(stage.kinds().last().map(String::as_str), Some("key-rotated"));
        let tail = stage.app.ledger_tail("nordwind", 1).unwrap();
        assert!(
            !tail[0].statement.to_string().contains("laptop"),
            "a reason may name people: {}",
            tail[0].statement
        );
        // What was delivered stays; what changes or comes is marked under the new epoch.
        let same = export(&stage, "same");
        for path in ["api/view.rs", "web/tree.rs", "web/note.rs"] {
            assert_eq!(read(&first, path), read(&same, path), "{path}");
        }
        add_later(&stage);
        let changed =
            text_of("domain/src/view.rs") + "\n/// Added later.\npub fn later() -> u8 {\n    7\n}\n";
        stage.source.commit(&[("api/view.rs", changed)], "Change");
        let second = export(&stage, "second");
        assert_eq!(read(&first, "web/tree.rs"), read(&second, "web/tree.rs"));
        assert_eq!(
            policies(&stage)
                .into_iter()
                .map(|(epoch, _)| epoch)
                .collect::<Vec<_>>(),
            [1, 2]
        );

        let old = ["api/view.rs", "web/tree.rs", "web/note.rs"].map(|path| (path, read(&first, path)));
        let report = stage.app.trace(&leak(&stage, "old", &old), 1e-9).unwrap();
        assert_eq!(named(&report), Some(("nordwind", 1)), "{report:?}");
        assert!(matches!(report.verdict, Verdict::Exact | Verdict::Strong));
        // Of one path two versions were delivered, each under its own epoch: two hypotheses, and the threshold counts both.
        assert_eq!(report.candidates, 2, "{:?}", report.scores);
        assert!((report.threshold - (2.0 * f64::from(report.runs) / 1e-9).ln()).abs() < 1e-9);
        assert_eq!(report.retired_keys.len(), 1);
        assert_eq!(report.retired_keys[0].epoch, 1);
        let notes = report.retired_notes();
        assert_eq!(notes.len(), 1);
        assert!(
            notes[0].contains("key epoch 1 of nordwind") && notes[0].contains("retired at 2026-03-01"),
            "{notes:?}"
        );
        pack_holds(&stage, &report.case);

        let new = LATER.map(|(path, _)| (path, read(&second, path)));
        let report = stage.app.trace(&leak(&stage, "new", &new), 1e-9).unwrap();
        assert_eq!(named(&report), Some(("nordwind", 2)), "{report:?}");
        assert_eq!(report.candidates, 1);
        assert!(report.retired_keys.is_empty() && report.retired_notes().is_empty());
        pack_holds(&stage, &report.case);
        // The whole of the second copy holds texts of both epochs: both are named, and the pack opens both.
        let report = stage.app.trace(&second, 1e-9).unwrap();
        assert_eq!(report.recipient.as_deref(), Some("nordwind"), "{report:?}");
        assert_eq!((report.candidates, report.further.len()), (2, 1));
        let mut epochs = [report.epoch.unwrap(), report.further[0].epoch];
        epochs.sort_unstable();
        assert_eq!(epochs, [1, 2]);
        assert_eq!(report.retired_notes().len(), 1);
        let claim = pack_holds(&stage, &report.case);
        assert_eq!(claim.further.len(), 1);
        assert!((claim.further[0].score as f64 / 1e6 - report.further[0].score).abs() < 1e-5);
    });
}

#[test]
fn who_stole_a_retired_key_cannot_make_copies_of_the_epoch_after_it() {
    on_each_database(|database| {
        let stage = Stage::signed(database);
        stage.app.rotate_mark_key("nordwind", "stolen").unwrap();
        add_later(&stage);
        let copy = export(&stage, "copy");
        // The thief has the key of the first epoch, and somehow even the keys that tell where sites are.
        let keys = Keys::read(&stage.app.home().join("keys")).unwrap();
        let (anchor, code) = (keys.anchor().unwrap(), keys.code().unwrap());
        let [stolen, current] = [1, 2].map(|epoch| keys.recipient("nordwind", epoch).unwrap());
        let (mut sites, mut equal, mut expected) = (0_u32, 0_u32, 0.0);
        let (mut forged, mut differing) = (Vec::new(), 0);
        for (path, from) in LATER {
            let text = text_of(from);
            let table = site_table(Language::Rust, Profile::Robust, text.as_bytes(), &anchor).unwrap();
            for site in &table.sites {
                sites += 1;
                let ours = codeword_bit(&current, &code, site.id);
                equal += u32::from(ours == codeword_bit(&stolen, &code, site.id));
                let ones = f64::from(ringfence_mark::codeword::bias(&code, site.id).ones()) / 65_536.0;
                expected += ones * ones + (1.0 - ones) * (1.0 - ones);
            }
            let forge = |key| {
                let choose = |site: &Site| codeword_bit(key, &code, site.id);
                String::from_utf8(render(&table, text.as_bytes(), &choose).unwrap()).unwrap()
            };
            assert_eq!(
                forge(&current),
                read(&copy, path),
                "the test renders as the product does"
            );
            differing += usize::from(forge(&stolen) != read(&copy, path));
            forged.push((path, forge(&stolen)));
        }
        assert!(differing > 0);
        // Independent bits agree as often as their biases say: four standard deviations are left to chance.
        let spread = 4.0 * f64::from(sites).sqrt() / 2.0;
        assert!(
            (f64::from(equal) - expected).abs() < spread,
            "{equal} of {sites} sites agree, {expected:.1} expected"
        );
        let report = stage.app.trace(&leak(&stage, "forged", &forged), 1e-9).unwrap();
        assert_eq!(named(&report), None, "{report:?}");
        assert!(report.score < 5.0, "{report:?}");
        let kept = LATER.map(|(path, _)| (path, read(&copy, path)));
        let report = stage.app.trace(&leak(&stage, "kept", &kept), 1e-9).unwrap();
        assert_eq!(named(&report), Some(("nordwind", 2)), "{report:?}");
    });
}

#[test]
fn a_push_onto_a_copy_of_a_retired_epoch_stays_of_that_epoch() {
    on_each_database(|database| {
        let stage = Stage::signed(database);
        let clone = stage.clone_into("clone");
        stage.app.rotate_mark_key("nordwind", "stolen").unwrap();
        let note = std::fs::read_to_string(clone.path().join("web/note.rs")).unwrap();
        let edited = note.replacen("//! ", "//! Edited. ", 1);
        assert_ne!(note, edited);
        clone.commit(
            &[
                ("web/note.rs", edited.clone()),
                ("web/fresh.rs", text_of("domain/src/asset.rs")),
            ],
            "Edit",
        );
        let outcome = stage.push(&clone, "work");
        assert!(crate::stage::taken(&outcome), "{outcome:?}");
        let files = stage
            .records()
            .read(|tx| ringfence_store::tables::deliveries::files_of_recipient(tx, "nordwind"))
            .unwrap();
        let marks = |path: &str| {
            let mut marks: Vec<&str> = files
                .iter()
                .filter(|row| row.path == path.as_bytes())
                .map(|row| row.profile.as_str())
                .collect();
            marks.sort_unstable();
            marks
        };
        assert_eq!(marks("web/note.rs"), ["steady", "steady"]);
        assert_eq!(marks("web/fresh.rs"), ["steady, epoch 2"]);
        // The owner's side got the edit and no mark.
        let submission = &stage.app.submissions(None).unwrap()[0];
        let accepted = stage.app.submission(&submission.id).unwrap().diff.unwrap();
        assert!(accepted.contains("+//! Edited. "), "{accepted}");
        let note = accepted
            .split("diff --git ")
            .find(|part| part.starts_with("a/web/note.rs"));
        assert_eq!(
            note.unwrap().matches("\n-").count(),
            2,
            "one line and its header: {accepted}"
        );
    });
}

#[test]
fn only_a_known_recipient_is_rotated_and_only_with_a_reason() {
    on_each_database(|database| {
        let stage = Stage::signed(database);
        let refused = stage.app.rotate_mark_key("nordwind", " ").unwrap_err();
        assert!(refused.to_string().contains("no reason"), "{refused}");
        let refused = stage.app.rotate_mark_key("westwind", "stolen").unwrap_err();
        assert!(refused.to_string().contains("westwind"), "{refused}");
        assert!(!stage.kinds().contains(&"key-rotated".to_owned()));
        for epoch in 1..=3 {
            let report = stage.app.rotate_mark_key("nordwind", "stolen again").unwrap();
            assert_eq!((report.retired, report.epoch), (epoch, epoch + 1));
        }
    });
}
