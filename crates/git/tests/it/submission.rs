//! Translated commits wait beside the mirror and reach the owner's repository on acceptance alone.

use ringfence_git::delivery_store::{Before, RefUpdate};
use ringfence_git::mirror::{Mirror, MirrorError, Overwrite};
use ringfence_git::submission_store::SubmissionStore;
use ringfence_view::object::{
    EntryKind, Identity, Kind, NewCommit, ObjectId, ObjectSink, ObjectSource, encode_tree, parse_tree,
    read_as, read_commit,
};

use crate::support::{Home, all_objects, file};

fn translated(store: &SubmissionStore, base: ObjectId, text: &str) -> ObjectId {
    let mut writer = store.pack_writer().unwrap();
    let tree = read_commit(store, &base).unwrap().tree;
    let mut entries = parse_tree(&tree, &read_as(store, &tree, Kind::Tree).unwrap()).unwrap();
    let id = writer.write(Kind::Blob, text.as_bytes()).unwrap();
    entries
        .iter_mut()
        .find(|entry| entry.kind == EntryKind::Blob)
        .unwrap()
        .id = id;
    let tree = writer.write(Kind::Tree, &encode_tree(&mut entries)).unwrap();
    let commit = NewCommit {
        tree,
        parents: vec![base],
        identity: Identity {
            name: "Vera".to_owned(),
            email: "vera@vendor.example".to_owned(),
        },
        seconds: 1_800_000_000,
        message: "Faster rates\n".to_owned(),
    };
    let commit = SubmissionStore::write_commit(&mut writer, &commit).unwrap();
    let name = format!("refs/submissions/{commit}");
    store
        .publish(
            writer,
            &[RefUpdate {
                name,
                before: Before::Any,
                after: Some(commit),
            }],
        )
        .unwrap();
    commit
}

#[test]
fn an_accepted_commit_becomes_a_branch_of_the_owner_and_only_then() {
    let home = Home::new();
    let mut owner = home.owner();
    let base = owner.commit(
        "main",
        &[file("rates.rs", "slow\n"), file("secret/formula", "x\n")],
        &[],
    );
    let mirror = Mirror::open_or_create(&home.mirrors(), "code").unwrap();
    mirror.sync(owner.source(), "main").unwrap();
    let store = SubmissionStore::open_or_create(&home.mirrors(), "code").unwrap();
    let first = translated(&store, base, "fast\n");
    assert!(
        store.header(&base).unwrap().is_some(),
        "it reads through to the mirror"
    );
    assert!(
        mirror.header(&first).unwrap().is_none(),
        "the mirror does not see it"
    );
    assert!(
        !all_objects(&owner.path).contains(&first.to_string()),
        "nor does the owner before acceptance"
    );
    assert_eq!(store.refs().unwrap().len(), 1);

    let push =
        |commit, overwrite| store.push_to_source(owner.source(), "nordwind", "faster", commit, overwrite);
    let name = push(first, Overwrite::Refused).unwrap();
    assert_eq!(name, "ringfence/nordwind/faster");
    assert_eq!(owner.tip(&name), Some(first));
    assert_eq!(owner.tip("main"), Some(base));

    let second = translated(&store, first, "faster\n");
    push(second, Overwrite::Refused).unwrap();
    let beside = translated(&store, base, "other\n");
    let error = push(beside, Overwrite::Refused).unwrap_err();
    assert!(matches!(error, MirrorError::NotForward { .. }), "{error}");
    assert_eq!(owner.tip(&name), Some(second));
    push(beside, Overwrite::Allowed).unwrap();
    assert_eq!(owner.tip(&name), Some(beside));
    assert!(
        store
            .push_to_source(owner.source(), "../x", "b", beside, Overwrite::Refused)
            .is_err()
    );
    assert!(
        store
            .push_to_source(owner.source(), "nordwind", "a b", beside, Overwrite::Refused)
            .is_err()
    );
}

#[test]
fn a_shallow_owner_takes_a_branch_too() {
    let home = Home::new();
    let mut owner = home.owner();
    owner.commit("main", &[file("rates.rs", "slow\n")], &[]);
    let base = owner.commit("main", &[file("rates.rs", "slower\n")], &[]);
    let shallow = home.folder.path().join("shallow.git");
    let mut command = ringfence_git::command::git(None);
    command
        .args(["clone", "--quiet", "--bare", "--depth=1", "--no-local"])
        .arg(&owner.path)
        .arg(&shallow);
    ringfence_git::command::run_command(command, b"", ringfence_git::command::Limits::default()).unwrap();
    let source = shallow.to_str().unwrap();
    let mirror = Mirror::open_or_create(&home.mirrors(), "code").unwrap();
    assert_eq!(mirror.sync(source, "main").unwrap(), base);
    let store = SubmissionStore::open_or_create(&home.mirrors(), "code").unwrap();
    let commit = translated(&store, base, "fast\n");
    store
        .push_to_source(source, "nordwind", "faster", commit, Overwrite::Refused)
        .unwrap();
    assert!(all_objects(&shallow).contains(&commit.to_string()));
}
