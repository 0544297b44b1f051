//! Mirrors of good and bad sources.

use std::time::Instant;

use ringfence_domain::view::{PathRule, Visibility};
use ringfence_git::command::{Limits, git, run, run_command};
use ringfence_git::mirror::{Mirror, MirrorError};
use ringfence_view::object::{Kind, ObjectSource};
use ringfence_view::project::ViewRules;

use crate::support::{File, Home, all_objects, cloned, file};

#[test]
fn bad_sources_are_named() {
    let home = Home::new();
    let mirror = Mirror::open_or_create(&home.mirrors(), "code").unwrap();
    let path = |name: &str| home.folder.path().join(name).to_str().unwrap().to_owned();

    let error = mirror.sync(&path("nowhere"), "main").unwrap_err();
    assert!(
        matches!(&error, MirrorError::MissingSource { source_name } if source_name.ends_with("nowhere")),
        "{error}"
    );

    std::fs::create_dir(path("folder")).unwrap();
    let error = mirror.sync(&path("folder"), "main").unwrap_err();
    assert!(matches!(error, MirrorError::NotARepository { .. }), "{error}");

    let mut owner = home.owner();
    let error = mirror.sync(owner.source(), "main").unwrap_err();
    assert!(matches!(error, MirrorError::NoCommits { .. }), "{error}");

    owner.commit("develop", &[file("a", "a\n")], &[]);
    owner.commit("release", &[file("a", "a\n")], &[]);
    let error = mirror.sync(owner.source(), "main").unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("has no branch main; it has: develop, release"),
        "{error}"
    );

    let other = home.folder.path().join("sha256.git");
    std::fs::create_dir(&other).unwrap();
    run(
        Some(&other),
        &["init", "--quiet", "--bare", "--object-format=sha256"],
        b"",
        Limits::default(),
    )
    .unwrap();
    let tree = run(Some(&other), &["mktree"], b"", Limits::default()).unwrap();
    let tree = String::from_utf8(tree).unwrap();
    let mut command = git(Some(&other));
    command.args([
        "-c",
        "user.name=n",
        "-c",
        "user.email=e",
        "commit-tree",
        "-m",
        "x",
        tree.trim(),
    ]);
    let commit = String::from_utf8(run_command(command, b"", Limits::default()).unwrap()).unwrap();
    run(
        Some(&other),
        &["update-ref", "refs/heads/main", commit.trim()],
        b"",
        Limits::default(),
    )
    .unwrap();
    let error = mirror.sync(other.to_str().unwrap(), "main").unwrap_err();
    assert!(matches!(error, MirrorError::Sha256 { .. }), "{error}");

    for refused in ["ext::sh -c 'touch /tmp/owned'", "--upload-pack=x", ""] {
        assert!(
            matches!(mirror.sync(refused, "main"), Err(MirrorError::Address { .. })),
            "{refused:?}"
        );
    }
    assert!(mirror.sync(owner.source(), "../main").is_err());
    assert!(Mirror::open_or_create(&home.mirrors(), "../code").is_err());
}

#[test]
fn exactly_one_branch_is_fetched_and_a_rewrite_keeps_the_old_commits() {
    let home = Home::new();
    let mut owner = home.owner();
    let first = owner.commit("main", &[file("a", "a\n")], &[]);
    owner.commit("topic", &[file("b", "b\n")], &[]);
    run(Some(&owner.path), &["tag", "v1", "main"], b"", Limits::default()).unwrap();
    let mirror = Mirror::open_or_create(&home.mirrors(), "code").unwrap();
    assert_eq!(mirror.sync(owner.source(), "main").unwrap(), first);
    let branches = mirror.branches(owner.source()).unwrap();
    assert_eq!(branches.default.as_deref(), Some("main"));
    assert_eq!(
        branches
            .tips
            .iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>(),
        ["main", "topic"]
    );
    let refs = run(
        Some(mirror.path()),
        &["for-each-ref", "--format=%(refname)"],
        b"",
        Limits::default(),
    )
    .unwrap();
    assert_eq!(String::from_utf8(refs).unwrap(), "refs/heads/main\n");
    assert_eq!(all_objects(mirror.path()).len(), 3);

    run(
        Some(&owner.path),
        &["update-ref", "-d", "refs/heads/main"],
        b"",
        Limits::default(),
    )
    .unwrap();
    let rewritten = owner.commit("main", &[file("a", "other\n")], &[]);
    assert_eq!(mirror.sync(owner.source(), "main").unwrap(), rewritten);
    assert!(mirror.header(&first).unwrap().is_some());
}

#[test]
fn a_shallow_clone_can_be_shared() {
    let home = Home::new();
    let mut owner = home.owner();
    owner.commit("main", &[file("a", "1\n")], &[]);
    let tip = owner.commit("main", &[file("a", "2\n")], &[]);
    let shallow = home.folder.path().join("shallow");
    let mut command = git(None);
    command
        .args(["clone", "--quiet", "--depth=1", "--no-local"])
        .arg(&owner.path)
        .arg(&shallow);
    run_command(command, b"", Limits::default()).unwrap();
    let mirror = Mirror::open_or_create(&home.mirrors(), "code").unwrap();
    assert_eq!(mirror.sync(shallow.to_str().unwrap(), "main").unwrap(), tip);
}

#[test]
fn a_hidden_file_of_200_megabytes_is_never_read() {
    let mut home = Home::new();
    let mut owner = home.owner();
    let big = File {
        mode: "100644",
        path: b"data/model.bin".to_vec(),
        data: vec![0; 200 << 20],
    };
    owner.commit("main", &[file("src/lib.rs", "pub fn one() {}\n"), big], &[]);
    let view = ViewRules::new(
        &[PathRule {
            visibility: Visibility::Read,
            paths: vec!["/src/".to_owned()],
        }],
        Vec::new(),
    )
    .unwrap();
    let mirror = Mirror::open_or_create(&home.mirrors(), "code").unwrap();
    mirror.sync(owner.source(), "main").unwrap();
    let started = Instant::now();
    let history = home.deliver(&owner, &view);
    assert!(history.warnings.is_empty());
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    let store = home.store();
    assert!(store.statistics().unwrap().bytes < 1 << 16);
    assert_eq!(
        cloned(store.path(), &home.folder.path().join("clone.git")).len(),
        1
    );

    // Shown, it passes too.
    let all = ViewRules::new(
        &[PathRule {
            visibility: Visibility::Read,
            paths: vec!["*".to_owned()],
        }],
        Vec::new(),
    )
    .unwrap();
    let mut other = Home::new();
    other.deliver(&owner, &all);
    let ids = all_objects(other.store().path());
    let sizes: Vec<u64> = ids
        .iter()
        .map(|id| gix_hash::ObjectId::from_hex(id.as_bytes()).unwrap())
        .filter_map(|id| other.store().header(&id).unwrap())
        .filter(|(kind, _)| *kind == Kind::Blob)
        .map(|(_, size)| size)
        .collect();
    assert!(sizes.contains(&(200 << 20)));
}
