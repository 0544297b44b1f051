//! What the owner's side may do to a view: rewrite history, delete a branch, narrow while the vendor works.

use crate::stage::{Stage, taken};
use ringfence_testkit::{GitRepository, on_each_database, on_sqlite};

const NOTE: &str = "pub fn note() -> u32 {\n    7\n}\n";

fn refused(stage: &Stage<'_>) -> String {
    stage
        .app
        .refresh("storefront", "nordwind")
        .err()
        .expect("a refusal")
        .to_string()
}

#[test]
fn a_rewritten_branch_stops_every_policy_until_the_owner_accepts_it() {
    on_sqlite(|database| {
        for (number, history) in ["snapshot", "full"].into_iter().enumerate() {
            let stage = Stage::signed_in(database, &format!("case{number}"));
            stage.apply(
                &stage
                    .estate()
                    .replace("history = \"snapshot\"", &format!("history = \"{history}\"")),
            );
            let gone = stage
                .source
                .commit(&[("web/gone.rs", "pub fn withdrawn_text() {}\n")], "A mistake");
            let tip = stage.app.refresh("storefront", "nordwind").unwrap().tip;
            let store = GitRepository::at(&stage.store());
            let objects = || store.git(&["cat-file", "--batch-all-objects", "--batch-check"]);
            let before = objects();
            stage.source.git(&["reset", "-q", "--hard", "HEAD~1"]);
            stage.source.commit(&[("web/other.rs", NOTE)], "Instead");
            assert!(refused(&stage).contains("rewritten"), "{history}");
            assert_eq!(objects(), before, "{history}: nothing new was delivered");
            assert_eq!(
                store.git(&["rev-parse", "refs/heads/main"]).trim(),
                tip.to_string()
            );
            // Back as it was: it goes on.
            let rewritten = stage.source.git(&["rev-parse", "HEAD"]).trim().to_owned();
            stage.source.git(&["reset", "-q", "--hard", &gone]);
            assert_eq!(stage.app.refresh("storefront", "nordwind").unwrap().tip, tip);
            // Or the owner accepts what it is now: a new root, without what was withdrawn.
            stage.source.git(&["reset", "-q", "--hard", &rewritten]);
            assert_eq!(stage.app.restart_view("storefront").unwrap(), ["nordwind"]);
            let store = GitRepository::at(&stage.store());
            assert!(!store.try_git(&["cat-file", "-e", &tip.to_string()]).0);
            assert!(
                store
                    .try_git(&["cat-file", "-e", "refs/heads/main:web/other.rs"])
                    .0
            );
            assert!(
                !store
                    .try_git(&["cat-file", "-e", "refs/heads/main:web/gone.rs"])
                    .0
            );
            stage.app.refresh("storefront", "nordwind").unwrap();
        }
    });
}

#[test]
fn a_deleted_branch_stops_and_comes_back() {
    on_sqlite(|database| {
        let stage = Stage::signed(database);
        let tip = stage.app.refresh("storefront", "nordwind").unwrap().tip;
        stage.source.git(&["checkout", "-q", "-b", "elsewhere"]);
        stage.source.git(&["branch", "-q", "-D", "main"]);
        let said = refused(&stage);
        assert!(
            said.contains("no branch main") && said.contains("elsewhere"),
            "{said}"
        );
        stage.source.git(&["branch", "main"]);
        assert_eq!(stage.app.refresh("storefront", "nordwind").unwrap().tip, tip);
    });
}

#[test]
fn narrowing_carries_branches_over_without_what_is_hidden_now() {
    on_each_database(|database| {
        let stage = Stage::signed(database);
        stage.source.commit(
            &[("web/a.rs", NOTE), ("web/b.rs", NOTE), ("web/inner/c.rs", NOTE)],
            "More",
        );
        let clone = stage.clone_into("ada");
        clone.git(&["checkout", "-q", "-b", "mine"]);
        clone.commit(
            &[
                ("web/a.rs", NOTE.replace('7', "8")),
                ("web/b.rs", NOTE.replace('7', "9")),
                ("web/inner/c.rs", NOTE.replace('7', "10")),
                ("web/inner/new.rs", "pub fn inner_word() {}\n".to_owned()),
                ("web/new.rs", "pub fn fresh() {}\n".to_owned()),
            ],
            "Mine",
        );
        let outcome = stage.push(&clone, "mine");
        assert!(taken(&outcome), "{outcome:?}");
        // The owner changes one of the files meanwhile, and hides another folder.
        stage
            .source
            .commit(&[("web/b.rs", "pub fn owner_changed() {}\n")], "Meanwhile");
        stage.apply(&stage.estate().replace(
            "  { visibility = \"write\", paths = [\"web/**\"] },\n",
            "  { visibility = \"write\", paths = [\"web/**\"] },\n  { visibility = \"hidden\", paths = [\"web/inner/**\"] },\n",
        ));
        stage.app.refresh("storefront", "nordwind").unwrap();
        let store = GitRepository::at(&stage.store());
        let shown = store.git(&["diff", "--name-status", "refs/heads/main", "refs/heads/mine"]);
        assert_eq!(shown.trim(), "M\tweb/a.rs\nA\tweb/new.rs");
        assert_eq!(
            store.git(&["log", "--format=%an %s", "-1", "refs/heads/mine"]),
            clone.git(&["log", "--format=%an %s", "-1"])
        );
        assert_eq!(
            store.git(&["rev-parse", "refs/heads/mine^"]),
            store.git(&["rev-parse", "refs/heads/main"])
        );
        let patch = store.git(&["cat-file", "blob", "refs/ringfence/patches:mine.patch"]);
        assert!(patch.contains("web/b.rs") && patch.contains("+    9"), "{patch}");
        // Nothing of what is hidden now is in any object, not even the vendor's own edit of it.
        let ids = store.git(&[
            "cat-file",
            "--batch-all-objects",
            "--batch-check=%(objectname) %(objecttype)",
        ]);
        for line in ids
            .lines()
            .filter(|line| line.ends_with("blob") || line.ends_with("tree"))
        {
            let id = line.split(' ').next().unwrap();
            let shown = store.git(&["cat-file", "-p", id]);
            assert!(!shown.contains("inner"), "{shown}");
        }
        // Work goes on top of the carried branch.
        let again = stage.clone_into("again");
        again.git(&["checkout", "-q", "mine"]);
        again.commit(&[("web/a.rs", NOTE.replace('7', "11"))], "Further");
        let outcome = stage.push(&again, "mine-2");
        assert!(taken(&outcome), "{outcome:?}");
        let rows = stage.app.submissions(Some("storefront")).unwrap();
        let last = rows.iter().find(|row| row.branch == "mine-2").unwrap();
        let diff = stage.app.submission(&last.id).unwrap().diff.unwrap();
        assert!(diff.contains("11") && !diff.contains("inner"), "{diff}");
    });
}

#[test]
fn what_only_the_past_holds_is_narrowed_too() {
    on_sqlite(|database| {
        let stage = Stage::signed(database);
        stage
            .source
            .commit(&[("api/old.rs", "pub fn only_in_the_past() {}\n")], "Old");
        stage.app.refresh("storefront", "nordwind").unwrap();
        stage.source.git(&["rm", "-q", "api/old.rs"]);
        stage.source.git(&["commit", "-q", "-m", "Gone"]);
        stage.app.refresh("storefront", "nordwind").unwrap();
        stage.apply(&stage.estate().replace(
            "  { visibility = \"write\"",
            "  { visibility = \"hidden\", paths = [\"api/old.rs\"] },\n  { visibility = \"write\"",
        ));
        stage.app.refresh("storefront", "nordwind").unwrap();
        let store = GitRepository::at(&stage.store());
        let ids = store.git(&[
            "cat-file",
            "--batch-all-objects",
            "--batch-check=%(objectname) %(objecttype)",
        ]);
        for line in ids.lines().filter(|line| line.ends_with("blob")) {
            let shown = store.git(&["cat-file", "blob", line.split(' ').next().unwrap()]);
            assert!(!shown.contains("only_in_the_past"));
        }
    });
}
