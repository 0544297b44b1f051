//! History policies on real repositories: what passes, what never does, and what a real git client makes of the signatures.

use crate::stage::{Stage, taken};
use ringfence_testkit::{GitRepository, on_each_database, on_sqlite};

const NOTE: &str = "pub fn note() -> u32 {\n    7\n}\n";

/// A history with a merge, hidden commits, a tag, notes, a signature of the source and ids in messages.
fn busy(stage: &Stage<'_>) -> Vec<String> {
    let source = &stage.source;
    let first = source.git(&["rev-parse", "HEAD"]).trim().to_owned();
    source.git(&["checkout", "-q", "-b", "topic"]);
    let topic = source.commit(&[("web/topic.rs", NOTE)], "Topic work");
    let picked = format!(
        "Picked\n\n(cherry picked from commit {topic})\nSee {}.",
        &first[..9]
    );
    let picked = source.commit(&[("web/topic.rs", "pub fn topic() {}\n")], &picked);
    source.git(&["checkout", "-q", "main"]);
    let hidden = source.commit(&[("secret/formula.rs", NOTE)], "umbrella-formula");
    source.git(&[
        "merge",
        "-q",
        "--no-ff",
        "-m",
        "Merge branch 'umbrella-topic'",
        "topic",
    ]);
    // A commit with a foreign signature, as a forge makes it.
    std::fs::write(source.path().join("web/signed.rs"), NOTE).unwrap();
    source.git(&["add", "web/signed.rs"]);
    let tree = source.git(&["write-tree"]).trim().to_owned();
    let parent = source.git(&["rev-parse", "HEAD"]).trim().to_owned();
    let text = format!(
        "tree {tree}\nparent {parent}\nauthor Petra Umbrella <petra@umbrella.example> 1770000000 +0100\n\
         committer Petra Umbrella <petra@umbrella.example> 1770000000 +0100\n\
         gpgsig -----BEGIN PGP SIGNATURE-----\n \n umbrella-signature\n -----END PGP SIGNATURE-----\n\nSigned\n"
    );
    let file = stage.app.home().join("commit");
    std::fs::write(&file, text).unwrap();
    let signed = source.git(&["hash-object", "-t", "commit", "-w", &file.display().to_string()]);
    source.git(&["reset", "-q", "--hard", signed.trim()]);
    source.git(&["notes", "add", "-m", "umbrella-note"]);
    source.git(&["tag", "-a", "-m", "umbrella-tag message", "v1.0"]);
    source.git(&["tag", "-a", "-m", "umbrella-tag message", "internal-7"]);
    let last = source.commit(
        &[("web/last.rs", NOTE)],
        "Last\n\nCo-authored-by: Udo <udo@umbrella.example>",
    );
    vec![
        first,
        topic,
        picked,
        hidden,
        parent,
        signed.trim().to_owned(),
        last,
    ]
}

/// Every object of the vendor's store as text.
fn everything(stage: &Stage<'_>) -> String {
    let store = GitRepository::at(&stage.store());
    let mut all = String::new();
    let ids = store.git(&[
        "cat-file",
        "--batch-all-objects",
        "--batch-check=%(objectname) %(objecttype)",
    ]);
    for line in ids.lines() {
        let (id, kind) = line.split_once(' ').unwrap();
        let shown = if kind == "tree" {
            store.git(&["ls-tree", id])
        } else {
            let done = store.command().args(["cat-file", kind, id]).output().unwrap();
            String::from_utf8_lossy(&done.stdout).into_owned()
        };
        all.push_str(&format!("{id} {kind}\n{shown}\n"));
    }
    all
}

fn with(stage: &Stage<'_>, fields: &str) -> String {
    stage.estate().replace(
        "history = \"snapshot\"\nmessages = \"neutral\"\nauthors = \"role\"",
        fields,
    )
}

#[test]
fn nothing_of_the_source_but_what_the_policy_names_is_in_any_object() {
    on_sqlite(|database| {
        for (number, (fields, names)) in [
            (
                "history = \"full\"\nmessages = \"neutral\"\nauthors = \"role\"\ntags = [\"v1.*\"]",
                false,
            ),
            (
                "history = \"full\"\nmessages = \"keep\"\nauthors = \"role\"",
                false,
            ),
            (
                "history = \"full\"\nmessages = \"keep\"\nauthors = \"keep\"\ntags = [\"v1.*\"]",
                true,
            ),
        ]
        .into_iter()
        .enumerate()
        {
            let stage = Stage::signed_in(database, &format!("case{number}"));
            let ids = busy(&stage);
            stage.apply(&with(&stage, fields));
            stage.app.refresh("storefront", "nordwind").unwrap();
            let all = everything(&stage);
            for id in &ids {
                assert!(!all.contains(&id[..9]), "{fields}: an id of the owner passed");
            }
            for word in [
                "umbrella-",
                "PGP SIGNATURE",
                "cherry picked",
                "internal-7",
                "secret",
                "Co-authored-by: Udo <udo@umbrella.example>",
            ] {
                let allowed = names && word.starts_with("Co-authored");
                assert!(allowed || !all.contains(word), "{fields}: {word} passed");
            }
            assert_eq!(all.contains("petra@umbrella.example"), names, "{fields}");
            assert_eq!(all.contains("Topic work"), fields.contains("messages = \"keep\""));
            let store = GitRepository::at(&stage.store());
            let tags = store.git(&["tag", "-l"]);
            assert_eq!(tags.trim(), if fields.contains("tags") { "v1.0" } else { "" });
        }
    });
}

#[test]
fn merges_stay_merges_and_hidden_commits_leave_no_trace() {
    on_each_database(|database| {
        let stage = Stage::signed(database);
        busy(&stage);
        stage.apply(&with(
            &stage,
            "history = \"full\"\nmessages = \"keep\"\nauthors = \"role\"",
        ));
        let clone = stage.clone_into("ada");
        let shape = clone.git(&["log", "--topo-order", "--format=%s|%p", "origin/main"]);
        let lines: Vec<(&str, usize)> = shape
            .lines()
            .map(|line| line.split_once('|').unwrap())
            .map(|(subject, parents)| (subject, parents.split_whitespace().count()))
            .collect();
        // The hidden commit changes nothing visible; git's own subject of a merge names a branch.
        assert_eq!(
            lines,
            [
                ("Last", 1),
                ("Signed", 1),
                ("Merge", 2),
                ("Picked", 1),
                ("Topic work", 1),
                ("First", 0)
            ]
        );
        // Nothing new: nothing is made. Another hidden commit: nothing either.
        let tip = stage.app.refresh("storefront", "nordwind").unwrap().tip;
        stage
            .source
            .commit(&[("secret/formula.rs", "pub fn other() {}\n")], "hidden");
        assert_eq!(stage.app.refresh("storefront", "nordwind").unwrap().tip, tip);
        // A push on top of an old commit of the full history lands.
        clone.git(&["checkout", "-q", "-b", "mine", "origin/main~3"]);
        clone.commit(&[("web/mine.rs", NOTE)], "Mine");
        let outcome = stage.push(&clone, "mine");
        assert!(taken(&outcome), "{outcome:?}");
    });
}

#[test]
fn history_since_a_commit_has_no_text_from_before() {
    on_sqlite(|database| {
        let stage = Stage::signed(database);
        stage
            .source
            .commit(&[("README.md", "# before-the-start\n")], "before");
        let start = stage.source.commit(&[("README.md", "# after\n")], "start");
        stage.source.commit(&[("README.md", "# later\n")], "later");
        let text = with(
            &stage,
            &format!(
                "history = \"since {}\"\nmessages = \"neutral\"\nauthors = \"role\"",
                &start[..12]
            ),
        );
        stage.apply(&text);
        let clone = stage.clone_into("ada");
        assert_eq!(clone.git(&["rev-list", "--count", "origin/main"]).trim(), "2");
        assert!(!everything(&stage).contains("before-the-start"));
        // A start that is nowhere stops with a clear word.
        let text = with(
            &stage,
            "history = \"since 0123456789ab\"\nmessages = \"neutral\"\nauthors = \"role\"",
        );
        stage.apply(&text);
        let error = stage
            .app
            .refresh("storefront", "nordwind")
            .err()
            .unwrap()
            .to_string();
        assert!(error.contains("0123456789ab"), "{error}");
    });
}

#[test]
fn git_verifies_every_commit_and_tag_with_the_published_line() {
    on_sqlite(|database| {
        let stage = Stage::signed(database);
        busy(&stage);
        stage.apply(&with(
            &stage,
            "history = \"full\"\nmessages = \"neutral\"\nauthors = \"role\"\ntags = [\"v1.*\"]",
        ));
        let clone = stage.clone_into("ada");
        let line = stage.app.allowed_signer();
        let signers = database.home.write("signers", format!("{line}\n"));
        clone.git(&[
            "config",
            "gpg.ssh.allowedSignersFile",
            &signers.display().to_string(),
        ]);
        let verdicts = clone.git(&["log", "--format=%G? %GS", "origin/main"]);
        assert!(verdicts.lines().count() > 3);
        for verdict in verdicts.lines() {
            assert_eq!(verdict, "G owner@ringfence.invalid");
        }
        clone.git(&["verify-commit", "origin/main"]);
        clone.git(&["verify-tag", "v1.0"]);
        // The line is in the view too, and a foreign key does not verify.
        let terms = std::fs::read_to_string(clone.path().join("LICENCE-TERMS.md")).unwrap();
        assert!(terms.contains(&line), "{terms}");
        std::fs::write(&signers, "owner@ringfence.invalid ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFiJt8bYv0uk4wqIpySxqYcgLxzOqsFAnvKr8h5vbwTI\n").unwrap();
        assert!(!clone.try_git(&["verify-commit", "origin/main"]).0);
    });
}

#[test]
fn terms_name_the_agreement_and_renewing_changes_nothing() {
    on_each_database(|database| {
        let stage = Stage::signed(database);
        let clone = stage.clone_into("ada");
        let terms = std::fs::read_to_string(clone.path().join("LICENCE-TERMS.md")).unwrap();
        for word in [
            "Acme",
            "`NDA-7`",
            "`rework`",
            "No redistribution",
            "individual",
            "logged",
        ] {
            assert!(terms.contains(word), "{word} in {terms}");
        }
        let tip = stage.app.refresh("storefront", "nordwind").unwrap().tip;
        let renewed = stage.estate().replace("until = 2099-12-31", "until = 2098-12-31");
        stage.apply(&renewed);
        assert_eq!(stage.app.refresh("storefront", "nordwind").unwrap().tip, tip);
        // Another purpose is another text; it comes with the next visible change, not with a hidden one.
        stage.apply(&renewed.replace("\"rework\"", "\"maintenance\""));
        stage.source.commit(&[("secret/x.rs", NOTE)], "hidden");
        assert_eq!(stage.app.refresh("storefront", "nordwind").unwrap().tip, tip);
        stage.source.commit(&[("README.md", "# Shop 2\n")], "visible");
        assert_ne!(stage.app.refresh("storefront", "nordwind").unwrap().tip, tip);
        clone.git(&["pull", "-q", "--ff-only"]);
        let terms = std::fs::read_to_string(clone.path().join("LICENCE-TERMS.md")).unwrap();
        assert!(terms.contains("`maintenance`"), "{terms}");
        // Nobody edits them.
        clone.git(&["checkout", "-q", "-b", "mine"]);
        clone.commit(&[("LICENCE-TERMS.md", "free for all\n")], "Free");
        let outcome = stage.push(&clone, "mine");
        assert!(!taken(&outcome));
        assert!(
            outcome
                .messages
                .join("\n")
                .contains("LICENCE-TERMS.md: it states the terms"),
            "{outcome:?}"
        );
    });
}

#[test]
fn a_kept_message_that_names_something_hidden_becomes_neutral() {
    on_sqlite(|database| {
        let stage = Stage::signed(database);
        let source = &stage.source;
        source.commit(
            &[("secret/formula.rs", NOTE), ("web/a.rs", NOTE)],
            "Tune secret/formula.rs for everybody",
        );
        source.commit(&[("web/b.rs", NOTE)], "Faster than the Formula");
        source.commit(&[("web/c.rs", NOTE)], "Faster rates in web/b.rs");
        stage.apply(&with(
            &stage,
            "history = \"full\"\nmessages = \"keep\"\nauthors = \"role\"",
        ));
        let clone = stage.clone_into("ada");
        let log = clone.git(&["log", "--format=%s", "-n", "3", "origin/main"]);
        assert_eq!(log, "Faster rates in web/b.rs\nUpdate\nUpdate");
        assert!(!everything(&stage).to_lowercase().contains("formula"));
        let exposure = stage.app.view_exposure("storefront").unwrap();
        let messages = exposure.messages.unwrap();
        assert_eq!((messages.neutral, messages.is_cut), (2, false));
        assert!(messages.looked_at >= 3);
    });
}
