//! Narrowing makes a new store without what is hidden now, also when a process dies on the way.

use crate::stage::Stage;
use ringfence_testkit::on_each_database;

/// Whether the store holds an object.
fn holds(stage: &Stage<'_>, id: &str) -> bool {
    let store = stage.store().display().to_string();
    stage
        .source
        .try_git(&["--git-dir", &store, "cat-file", "-e", id])
        .0
}

fn blob_at(stage: &Stage<'_>, path: &str) -> String {
    let store = stage.store().display().to_string();
    stage
        .source
        .git(&[
            "--git-dir",
            &store,
            "rev-parse",
            &format!("refs/heads/main:{path}"),
        ])
        .trim()
        .to_owned()
}

#[test]
fn a_process_that_dies_before_a_generation_is_in_place_is_made_good() {
    on_each_database(|database| {
        let stage = Stage::signed(database);
        stage.app.refresh("storefront", "nordwind").unwrap();
        let (hidden, kept) = (blob_at(&stage, "api/view.rs"), blob_at(&stage, "web/note.rs"));
        let store = stage.store();
        let aside = store.with_file_name("aside");
        ringfence_testkit::GitRepository::at(stage.source.path());
        copy(&store, &aside);
        stage.apply(
            &stage
                .estate()
                .replace("\"README.md\", \"api/**\"", "\"README.md\""),
        );
        stage.app.refresh("storefront", "nordwind").unwrap();
        assert!(!holds(&stage, &hidden));
        // As if the process had died between the record and the exchange of the two folders.
        let building = store.with_file_name(".nordwind.2.building");
        std::fs::rename(&store, &building).unwrap();
        std::fs::rename(&aside, &store).unwrap();
        assert!(holds(&stage, &hidden));
        stage.app.refresh("storefront", "nordwind").unwrap();
        assert!(!holds(&stage, &hidden));
        assert_eq!(
            blob_at(&stage, "web/note.rs"),
            kept,
            "what stays visible keeps its bytes"
        );
        stage.app.refresh("storefront", "nordwind").unwrap();
    });
}

#[test]
fn a_file_that_is_replaced_from_now_on_leaves_the_store() {
    on_each_database(|database| {
        let stage = Stage::signed(database);
        stage.app.refresh("storefront", "nordwind").unwrap();
        let hidden = blob_at(&stage, "README.md");
        database.home.write("short.md", "# Short\n");
        let text = stage.estate().replace(
            "[[party]]",
            "[[view.replace]]\npath = \"README.md\"\nfile = \"short.md\"\n\n[[party]]",
        );
        stage.apply(&text);
        stage.app.refresh("storefront", "nordwind").unwrap();
        assert_ne!(blob_at(&stage, "README.md"), hidden);
        assert!(!holds(&stage, &hidden));
    });
}

#[test]
fn a_path_that_is_no_longer_writable_keeps_the_bytes_that_were_delivered() {
    on_each_database(|database| {
        let stage = Stage::signed(database);
        stage.app.refresh("storefront", "nordwind").unwrap();
        let kept = blob_at(&stage, "web/note.rs");
        // Narrowed elsewhere, and another profile by policy here: what was delivered stays.
        let text = stage
            .estate()
            .replace("\"README.md\", \"api/**\"", "\"README.md\"")
            .replace(
                "visibility = \"write\", paths = [\"web/**\"]",
                "visibility = \"read\", paths = [\"web/**\"]",
            );
        stage.apply(&text);
        stage.app.refresh("storefront", "nordwind").unwrap();
        assert_eq!(blob_at(&stage, "web/note.rs"), kept);
    });
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
