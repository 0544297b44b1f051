//! A view that takes signed commits only, against the real git and ssh-keygen.

use crate::stage::{ADA, Stage, taken};
use ringfence_testkit::{GitRepository, on_each_database};
use std::path::{Path, PathBuf};

const NOTE: &str = "pub fn note() -> u32 {\n    7\n}\n";

#[expect(
    clippy::disallowed_methods,
    reason = "the test plays a person who makes a key"
)]
fn key(folder: &Path, name: &str, kind: &str) -> PathBuf {
    let file = folder.join(name);
    let done = std::process::Command::new("ssh-keygen")
        .args(["-q", "-N", "", "-t", kind, "-f"])
        .arg(&file)
        .status();
    assert!(done.expect("ssh-keygen of openssh-client").success());
    file
}

fn sign_with(clone: &GitRepository, key: &Path) {
    clone.git(&["config", "gpg.format", "ssh"]);
    clone.git(&["config", "user.signingKey", &key.display().to_string()]);
    clone.git(&["config", "commit.gpgSign", "true"]);
}

#[test]
fn only_commits_signed_with_a_registered_key_are_taken_and_the_proof_is_kept() {
    on_each_database(|database| {
        let stage = Stage::signed(database);
        stage.apply(&stage.estate().replace(
            "authors = \"role\"",
            "authors = \"role\"\nrequire_signed_commits = true",
        ));
        let folder = database.home.path();
        let (mine, other) = (key(folder, "mine", "ed25519"), key(folder, "other", "ecdsa"));
        let clone = stage.clone_into("ada");
        clone.git(&["checkout", "-q", "-b", "work"]);
        clone.commit(&[("web/new.rs", NOTE)], "Unsigned");
        let outcome = stage.push(&clone, "work");
        let said = outcome.messages.join("\n");
        assert!(!taken(&outcome));
        for word in ["carries no signature", "gpg.format ssh", "person key add"] {
            assert!(said.contains(word), "{said}");
        }
        // Signed, by a key that nobody registered.
        sign_with(&clone, &mine);
        clone.git(&["commit", "-q", "--amend", "--no-edit", "-S"]);
        let said = stage.push(&clone, "work").messages.join("\n");
        assert!(
            said.contains("which nobody of your team has registered") && said.contains("SHA256:"),
            "{said}"
        );
        // The private half is not taken; the public one is.
        assert!(stage.app.add_person_key(ADA, &mine).is_err());
        let added = stage
            .app
            .add_person_key(ADA, &mine.with_extension("pub"))
            .unwrap();
        let outcome = stage.push(&clone, "work");
        assert!(taken(&outcome), "{outcome:?}");
        let row = stage.app.submissions(None).unwrap().pop().unwrap();
        let proof = &row.signatures[0];
        assert_eq!(
            (proof.fingerprint.as_str(), row.signatures.len()),
            (added.fingerprint.as_str(), 1)
        );
        // Anybody can verify it again from what is kept.
        let commit = clone.git(&["rev-parse", "HEAD"]);
        assert_eq!(proof.commit, commit.trim());
        assert!(
            clone
                .git(&["cat-file", "commit", "HEAD"])
                .contains(proof.armour.lines().nth(1).unwrap())
        );
        let entries = stage.app.ledger_tail("nordwind", 1).unwrap();
        assert!(
            entries[0].statement.to_string().contains("signatures"),
            "{}",
            entries[0].statement
        );
        // A forged one: the signature of another commit.
        let raw = clone
            .git(&["cat-file", "commit", "HEAD"])
            .replace("\n\nUnsigned", "\n\nForged");
        let file = folder.join("raw");
        std::fs::write(&file, raw).unwrap();
        let forged = clone.git(&["hash-object", "-t", "commit", "-w", &file.display().to_string()]);
        clone.git(&["reset", "-q", "--hard", forged.trim()]);
        let said = stage.push(&clone, "forged").messages.join("\n");
        assert!(said.contains("does not fit its content"), "{said}");
        // A key that was taken away signs nothing more.
        stage
            .app
            .add_person_key(ADA, &other.with_extension("pub"))
            .unwrap();
        stage.app.remove_person_key(ADA, &added.fingerprint).unwrap();
        clone.git(&["checkout", "-q", "-B", "late", "origin/main"]);
        clone.commit(&[("web/late.rs", NOTE)], "Late");
        assert!(!taken(&stage.push(&clone, "late")));
        sign_with(&clone, &other);
        clone.git(&["commit", "-q", "--amend", "--no-edit", "-S"]);
        assert!(taken(&stage.push(&clone, "late")));
        assert_eq!(stage.app.person_keys(Some(ADA)).unwrap().len(), 2);
        // One key, one person.
        assert!(stage.app.person_keys(Some("nobody@x.example")).is_err());
    });
}
