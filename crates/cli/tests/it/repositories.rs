//! Repositories as they are found: empty, huge, oddly named, linked, nested. Nothing hidden leaks, what is wrong is said.

use crate::support::{Done, Owner, VIEW, files_of, program, shown, source_text};
use ringfence_testkit::GitRepository;
use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// A word that stands in hidden files and hidden names only.
const SECRET: &str = "umbrella-margin";

/// The estate over the repository as it is, signed.
fn shared(owner: Owner) -> Owner {
    owner.apply(&owner.estate()).expect_code(0);
    owner.sign_all()
}

/// Each way of looking at the view ends with 1 and these words.
#[track_caller]
fn says_what_is_wrong(owner: &Owner, words: &[&str]) {
    let copy = shown(&owner.path("copy"));
    for arguments in [
        &["view", "files", VIEW][..],
        &["view", "files", VIEW, "--recipient", "nordwind"],
        &["view", "exposure", VIEW],
        &["view", "export", VIEW, "--recipient", "nordwind", &copy],
    ] {
        owner.run(arguments).expect_code(1).says(words);
        assert_eq!(owner.json(arguments, 1)["class"], "no");
    }
    assert!(!Path::new(&copy).exists());
    assert!(owner.json(&["deliveries"], 0).as_array().unwrap().is_empty());
}

/// No object of any delivery store holds the secret word, in content or in name.
#[track_caller]
fn nothing_leaks(owner: &Owner) {
    let stores = owner.home().join("stores");
    let mut looked_at = 0;
    let listed = Done::of(program("find").arg(&stores).args(["-name", "HEAD"])).expect_code(0);
    for head in listed.out.lines() {
        let store = GitRepository::at(Path::new(head).parent().unwrap());
        let objects = store.git(&["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]);
        for object in objects.lines() {
            let mut git = store.command();
            let content = git
                .args(["cat-file", "--batch"])
                .stdin(std::process::Stdio::piped());
            let mut child = content.stdout(std::process::Stdio::piped()).spawn().unwrap();
            std::io::Write::write_all(&mut child.stdin.take().unwrap(), format!("{object}\n").as_bytes())
                .unwrap();
            let bytes = child.wait_with_output().unwrap().stdout;
            let secret = SECRET.as_bytes();
            assert!(
                !bytes.windows(secret.len()).any(|window| window == secret),
                "{head}: object {object} holds {SECRET}"
            );
            looked_at += 1;
        }
    }
    assert!(looked_at > 0, "no store was made");
}

#[test]
fn a_repository_without_commits_is_named_as_such() {
    let owner = shared(Owner::with_empty_home());
    says_what_is_wrong(&owner, &["has no commits yet", "branch main"]);
    // With a first commit it works, without any other act.
    owner.source.commit(&[("README.md", "# Shop\n")], "First");
    assert_eq!(files_of(&owner.export("nordwind", "copy")).len(), 1);
}

#[test]
fn a_missing_branch_is_named_with_those_that_there_are() {
    let owner = Owner::with_empty_home();
    owner.source.commit(&[("README.md", "# Shop\n")], "First");
    owner.source.git(&["branch", "--move", "main", "trunk"]);
    says_what_is_wrong(&shared(owner), &["has no branch main", "trunk"]);
}

#[test]
fn a_source_that_is_gone_or_no_repository_is_named() {
    let owner = Owner::with_empty_home();
    std::fs::remove_dir_all(owner.source.path()).unwrap();
    let owner = shared(owner);
    says_what_is_wrong(&owner, &["is missing", "shop"]);
    std::fs::create_dir(owner.path("shop")).unwrap();
    says_what_is_wrong(&owner, &["cannot be read as a git repository", "shop"]);
}

#[test]
fn a_repository_of_sha256_names_is_refused_with_a_way_out() {
    let owner = Owner::with_empty_home();
    std::fs::remove_dir_all(owner.source.path()).unwrap();
    std::fs::create_dir(owner.path("shop")).unwrap();
    let repository = GitRepository::at(&owner.path("shop"));
    repository.git(&[
        "init",
        "--quiet",
        "--initial-branch=main",
        "--object-format=sha256",
        ".",
    ]);
    repository.commit(&[("README.md", "# Shop\n")], "First");
    says_what_is_wrong(&shared(owner), &["SHA-256", "SHA-1 copy"]);
}

#[test]
fn a_hidden_file_of_200_megabytes_costs_the_view_nothing() {
    let owner = Owner::with_empty_home();
    let text = source_text("domain/src/person.rs");
    std::fs::create_dir_all(owner.path("shop/crates/pricing")).unwrap();
    let huge = std::fs::File::create(owner.path("shop/crates/pricing/umbrella-margin.bin")).unwrap();
    huge.set_len(200 << 20).unwrap();
    owner.source.commit(
        &[
            ("crates/api/src/person.rs", text.as_str()),
            ("README.md", "# Shop\n"),
        ],
        "First",
    );
    let owner = shared(owner);
    let copy = files_of(&owner.export("nordwind", "copy"));
    assert_eq!(
        copy.keys().map(String::as_str).collect::<Vec<_>>(),
        ["README.md", "crates/api/src/person.rs"]
    );
    let exposure = owner.json(&["view", "exposure", VIEW], 0);
    assert_eq!(exposure["by_visibility"]["hidden"]["files"], 1);
    nothing_leaks(&owner);
}

#[test]
fn a_visible_file_of_200_megabytes_is_delivered_or_refused_in_words() {
    let owner = Owner::with_empty_home();
    std::fs::create_dir_all(owner.path("shop/crates/api")).unwrap();
    let huge = std::fs::File::create(owner.path("shop/crates/api/model.bin")).unwrap();
    huge.set_len(200 << 20).unwrap();
    owner.source.commit(&[("README.md", "# Shop\n")], "First");
    let owner = shared(owner);
    let copy = owner.path("copy");
    let done = owner.run(&["view", "export", VIEW, "--recipient", "nordwind", &shown(&copy)]);
    if done.code == 0 {
        assert_eq!(
            std::fs::metadata(copy.join("crates/api/model.bin"))
                .unwrap()
                .len(),
            200 << 20
        );
    } else {
        done.expect_code(1).says(&["crates/api/model.bin", "bytes"]);
        assert!(!copy.exists());
    }
    owner.run(&["ledger", "audit"]).expect_code(0);
}

#[test]
fn paths_that_are_no_utf8_are_shown_escaped_and_delivered_as_they_are() {
    let owner = Owner::with_empty_home();
    let name = std::ffi::OsStr::from_bytes(b"crates/api/caf\xe9.txt");
    let hidden = std::ffi::OsStr::from_bytes(b"crates/pricing/umbrella-margin\xff.txt");
    owner.source.commit(
        &[
            (Path::new(name), "latin name\n"),
            (Path::new(hidden), "umbrella-margin\n"),
            (Path::new("README.md"), "# Shop\n"),
        ],
        "First",
    );
    let owner = shared(owner);
    let files = owner.json(&["view", "files", VIEW], 0).to_string();
    assert!(files.contains("crates/api/caf\\\\xe9.txt"), "{files}");
    assert!(!files.contains("margin"), "{files}");
    let copy = owner.export("nordwind", "copy");
    assert_eq!(std::fs::read(copy.join(name)).unwrap(), b"latin name\n");
    assert_eq!(files_of(&copy).len(), 2);
    owner.run(&["view", "exposure", VIEW]).expect_code(0);
    nothing_leaks(&owner);
}

#[test]
fn links_into_hidden_places_give_nothing_away_and_are_called_out() {
    let owner = Owner::with_empty_home();
    owner.source.commit(
        &[
            ("README.md", "# Shop\n"),
            ("crates/api/plain.txt", "plain\n"),
            ("crates/pricing/umbrella-margin.txt", "umbrella-margin 41\n"),
        ],
        "First",
    );
    let link = |target: &str, name: &str| {
        std::os::unix::fs::symlink(target, owner.path("shop").join(name)).unwrap();
    };
    link("plain.txt", "crates/api/inside");
    link("../pricing/umbrella-margin.txt", "crates/api/outside");
    link("/etc/passwd", "crates/api/absolute");
    owner.source.commit::<&str, &str>(&[], "Links");
    let owner = shared(owner);
    let copy = owner.export("nordwind", "copy");
    let files = files_of(&copy);
    assert_eq!(
        files.get("crates/api/inside").map(Vec::as_slice),
        Some(&b"plain.txt"[..])
    );
    // A link that points out of the view would name a hidden path.
    assert_eq!(files.get("crates/api/outside"), None, "{:?}", files.keys());
    assert_eq!(files.get("crates/api/absolute"), None, "{:?}", files.keys());
    nothing_leaks(&owner);
    let exposure = owner.run(&["view", "exposure", VIEW]).expect_code(0);
    exposure.says(&["crates/api/outside", "crates/api/absolute"]);
}

#[test]
fn submodules_are_left_out_and_called_out() {
    let owner = Owner::with_empty_home();
    let other = GitRepository::create(&owner.path("other"));
    other.commit(&[("umbrella-margin.txt", "umbrella-margin\n")], "First");
    owner
        .source
        .commit(&[("README.md", "# Shop\n"), ("crates/api/lib.rs", "\n")], "First");
    owner.source.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        "--name",
        "umbrella-margin",
        "../other",
        "crates/api/vendored",
    ]);
    owner.source.commit::<&str, &str>(&[], "A submodule");
    let owner = shared(owner);
    let copy = files_of(&owner.export("nordwind", "copy"));
    assert_eq!(
        copy.keys().map(String::as_str).collect::<Vec<_>>(),
        ["README.md", "crates/api/lib.rs"]
    );
    owner
        .run(&["view", "exposure", VIEW])
        .expect_code(0)
        .says(&["submodule left out: crates/api/vendored"]);
    nothing_leaks(&owner);
}

#[test]
fn a_view_that_shows_nothing_is_said_to_be_empty() {
    let owner = Owner::with_empty_home();
    owner.source.commit(
        &[("crates/pricing/umbrella-margin.txt", "umbrella-margin\n")],
        "First",
    );
    let owner = shared(owner);
    let files = owner.json(&["view", "files", VIEW], 0);
    assert_eq!(files.as_array().unwrap().len(), 0);
    let copy = owner.path("copy");
    let done = owner.run(&["view", "export", VIEW, "--recipient", "nordwind", &shown(&copy)]);
    assert!(done.code == 0 || done.code == 1, "{done:?}");
    let held: BTreeMap<String, Vec<u8>> = if copy.exists() {
        files_of(&copy)
    } else {
        BTreeMap::new()
    };
    assert!(held.is_empty(), "{:?}", held.keys());
    assert!(!done.out.contains(SECRET) && !done.err.contains(SECRET));
}
