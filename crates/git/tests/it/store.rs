//! Delivery stores: closed, pinned, atomic, with receipts and generations.

use ringfence_git::command::{GitCommandError, Limits, run};
use ringfence_git::delivery_store::{Before, DeliveryStore, RECEIPTS, RefUpdate, StoreError, check_name};
use ringfence_view::object::{
    EntryKind, Identity, Kind, NewCommit, ObjectId, ObjectSink, ObjectSource, TreeEntry, encode_commit,
    encode_tree,
};

use crate::support::{Home, all_objects};

fn commit_into(store: &DeliveryStore, text: &str) -> (ringfence_git::pack::PackWriter, ObjectId) {
    let mut writer = store.pack_writer().unwrap();
    let id = writer.write(Kind::Blob, text.as_bytes()).unwrap();
    let mut entries = [TreeEntry {
        name: b"file".to_vec(),
        kind: EntryKind::Blob,
        id,
    }];
    let tree = writer.write(Kind::Tree, &encode_tree(&mut entries)).unwrap();
    let commit = NewCommit {
        tree,
        parents: Vec::new(),
        identity: Identity::owner_role(),
        seconds: 1_700_000_000,
        message: "Update\n".to_owned(),
    };
    let commit = writer.write(Kind::Commit, &encode_commit(&commit)).unwrap();
    (writer, commit)
}

fn main_to(before: Before, after: ObjectId) -> RefUpdate {
    RefUpdate {
        name: "refs/heads/main".to_owned(),
        before,
        after: Some(after),
    }
}

#[test]
fn a_store_is_usable_from_several_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<DeliveryStore>();
    shared::<ringfence_git::mirror::Mirror>();
    shared::<ringfence_git::submission_store::SubmissionStore>();
}

#[test]
fn objects_come_in_one_pack_and_refs_move_last_and_together() {
    let home = Home::new();
    let store = home.store();
    assert_eq!(
        (store.generation(), store.branch(), store.tip().unwrap()),
        (1, "main", None)
    );
    let (writer, commit) = commit_into(&store, "one\n");
    assert!(
        all_objects(store.path()).is_empty(),
        "nothing is there before the end"
    );
    let written = store.publish(writer, &[main_to(Before::Absent, commit)]).unwrap();
    assert_eq!(written.objects, 3);
    assert_eq!(store.tip().unwrap(), Some(commit));
    assert_eq!(store.read(&commit).unwrap().unwrap().kind, Kind::Commit);

    // The same again writes nothing.
    let (writer, again) = commit_into(&store, "one\n");
    assert_eq!(again, commit);
    assert_eq!(store.publish(writer, &[]).unwrap().objects, 0);

    // One stale ref, and none moves; the objects are there and nothing names them.
    let (writer, other) = commit_into(&store, "two\n");
    let updates = [
        RefUpdate {
            name: "refs/heads/new".to_owned(),
            before: Before::Absent,
            after: Some(other),
        },
        main_to(Before::Is(other), other),
    ];
    assert!(matches!(
        store.publish(writer, &updates),
        Err(StoreError::Git(GitCommandError::Failed { .. }))
    ));
    assert_eq!(store.refs().unwrap(), [("refs/heads/main".to_owned(), commit)]);
    run(
        Some(store.path()),
        &["fsck", "--full", "--strict"],
        b"",
        Limits::default(),
    )
    .unwrap();
    store.update_refs(&[main_to(Before::Is(commit), other)]).unwrap();
    assert_eq!(store.tip().unwrap(), Some(other));

    for name in [
        "refs/heads/a b",
        "refs/heads/..",
        "HEAD",
        "refs/heads/x\ndelete refs/heads/main",
    ] {
        let update = RefUpdate {
            name: name.to_owned(),
            before: Before::Any,
            after: Some(other),
        };
        assert!(
            matches!(store.update_refs(&[update]), Err(StoreError::Ref { .. })),
            "{name:?}"
        );
    }
}

#[test]
fn a_dropped_or_refused_pack_leaves_nothing() {
    let home = Home::new();
    let store = home.store();
    let (writer, _) = commit_into(&store, "dropped\n");
    drop(writer);
    assert!(all_objects(store.path()).is_empty());

    // A tree that names an object which is not there is refused: the store stays closed.
    let mut writer = store.pack_writer().unwrap();
    let hidden = ObjectId::from_hex(b"1234567812345678123456781234567812345678").unwrap();
    let mut entries = [TreeEntry {
        name: b"hidden".to_vec(),
        kind: EntryKind::Blob,
        id: hidden,
    }];
    let tree = writer.write(Kind::Tree, &encode_tree(&mut entries)).unwrap();
    assert!(matches!(store.publish(writer, &[]), Err(StoreError::Pack(_))));
    assert!(store.read(&tree).unwrap().is_none());
    assert_eq!(
        std::fs::read_dir(store.path().join("incoming")).unwrap().count(),
        0
    );
}

#[test]
fn sizes_around_every_header_boundary_survive() {
    let home = Home::new();
    let store = home.store();
    let mut writer = store.pack_writer().unwrap();
    let blobs: Vec<Vec<u8>> = [0, 1, 15, 16, 17, 2_047, 2_048, 2_049, 262_143, 262_144, 3_000_000]
        .into_iter()
        .map(|size| {
            (0..size)
                .map(|at: usize| u8::try_from(at % 251).unwrap())
                .collect()
        })
        .collect();
    let ids: Vec<ObjectId> = blobs
        .iter()
        .map(|data| writer.write(Kind::Blob, data).unwrap())
        .collect();
    store.publish(writer, &[]).unwrap();
    for (id, data) in ids.iter().zip(&blobs) {
        assert_eq!(&store.read(id).unwrap().unwrap().data, data);
        assert_eq!(store.header(id).unwrap(), Some((Kind::Blob, data.len() as u64)));
    }
}

#[test]
fn a_store_that_lends_or_was_reconfigured_is_not_opened() {
    let home = Home::new();
    let path = home.store().path().to_owned();
    let open = || DeliveryStore::open(&home.stores(), "pricing", "nordwind");
    open().unwrap();
    let alternates = path.join("objects").join("info").join("alternates");
    std::fs::create_dir_all(alternates.parent().unwrap()).unwrap();
    std::fs::write(&alternates, "/somewhere/objects\n").unwrap();
    assert!(matches!(open(), Err(StoreError::Tampered { .. })));
    std::fs::remove_file(&alternates).unwrap();
    open().unwrap();
    run(
        Some(&path),
        &["config", "uploadpack.allowFilter", "true"],
        b"",
        Limits::default(),
    )
    .unwrap();
    assert!(matches!(open(), Err(StoreError::Tampered { .. })));
    assert!(matches!(
        DeliveryStore::open(&home.stores(), "pricing", "other"),
        Err(StoreError::Missing { .. })
    ));
    assert!(matches!(
        DeliveryStore::create(&home.stores(), "pricing", "nordwind", "main"),
        Err(StoreError::Exists { .. })
    ));
    for name in [
        "", "..", "a/b", ".hidden", "-x", "a..b", "x.git", "x.lock", "é", "a b",
    ] {
        assert!(check_name(name).is_err(), "{name:?}");
        assert!(DeliveryStore::create(&home.stores(), name, "r", "main").is_err());
        assert!(DeliveryStore::create(&home.stores(), "v", name, "main").is_err());
    }
}

#[test]
fn receipts_are_numbered_chained_and_repeatable() {
    let ids: Vec<ObjectId> = (0..2)
        .map(|_| {
            let home = Home::new();
            let store = home.store();
            for n in 1_u64..=12 {
                let json = format!("{{\"delivery\":{n}}}\n");
                let (number, _) = store
                    .append_receipt(json.as_bytes(), 1_700_000_000 + i64::try_from(n).unwrap())
                    .unwrap();
                assert_eq!(number, n);
            }
            assert_eq!(store.receipt(7).unwrap().unwrap(), b"{\"delivery\":7}\n");
            assert_eq!(store.receipt(13).unwrap(), None);
            let listed = run(
                Some(store.path()),
                &["rev-list", "--count", RECEIPTS],
                b"",
                Limits::default(),
            )
            .unwrap();
            assert_eq!(String::from_utf8(listed).unwrap().trim(), "12");
            let name = format!("{RECEIPTS}:receipts/12.json");
            let shown = run(Some(store.path()), &["show", &name], b"", Limits::default()).unwrap();
            assert_eq!(shown, b"{\"delivery\":12}\n");
            run(
                Some(store.path()),
                &["fsck", "--full", "--strict"],
                b"",
                Limits::default(),
            )
            .unwrap();
            store.find_ref(RECEIPTS).unwrap().unwrap()
        })
        .collect();
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn many_receipts_stay_few_files_and_whole() {
    let home = Home::new();
    let store = home.store();
    for n in 1_u64..=150 {
        let (number, _) = store
            .append_receipt(format!("{{\"delivery\":{n}}}\n").as_bytes(), 1_700_000_000)
            .unwrap();
        assert_eq!(number, n);
    }
    for n in [1, 64, 65, 128, 150] {
        assert_eq!(
            store.receipt(n).unwrap().unwrap(),
            format!("{{\"delivery\":{n}}}\n").into_bytes()
        );
    }
    let objects = store.path().join("objects");
    let packs = std::fs::read_dir(objects.join("pack")).unwrap();
    let packs = packs
        .filter(|entry| {
            entry
                .as_ref()
                .unwrap()
                .path()
                .extension()
                .is_some_and(|end| end == "pack")
        })
        .count();
    let single = run(Some(store.path()), &["count-objects"], b"", Limits::default()).unwrap();
    let single: u64 = String::from_utf8(single)
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(packs, 2, "one for each 64 receipts");
    // The root tree of the first receipt and of the last one differ; each receipt is at most four objects.
    assert!(single <= 22 * 4, "{single}");
    run(
        Some(store.path()),
        &["fsck", "--full", "--strict"],
        b"",
        Limits::default(),
    )
    .unwrap();
    let reopened = DeliveryStore::open(&home.stores(), "pricing", "nordwind").unwrap();
    assert_eq!(reopened.receipt(3).unwrap().unwrap(), b"{\"delivery\":3}\n");
}

#[test]
fn two_writers_of_receipts_lose_none_and_a_lock_that_was_left_behind_ends() {
    let home = Home::new();
    let store = home.store();
    std::thread::scope(|scope| {
        for writer in 0..3 {
            let stores = home.stores();
            scope.spawn(move || {
                let store = DeliveryStore::open(&stores, "pricing", "nordwind").unwrap();
                for n in 0..10 {
                    let json = format!("{{\"writer\":{writer},\"n\":{n}}}\n");
                    while store.append_receipt(json.as_bytes(), 1_700_000_000).is_err() {
                        std::thread::yield_now();
                    }
                }
            });
        }
    });
    let mut seen: Vec<Vec<u8>> = (1..=30).map(|n| store.receipt(n).unwrap().unwrap()).collect();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 30);
    let lock = store.path().join(format!("{RECEIPTS}.lock"));
    let held = std::fs::File::create(&lock).unwrap();
    assert!(
        store.append_receipt(b"{}\n", 1_700_000_000).is_err(),
        "another writer is at it"
    );
    held.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000))
        .unwrap();
    assert_eq!(store.append_receipt(b"{}\n", 1_700_000_000).unwrap().0, 31);
    assert!(!lock.exists());
}

#[test]
fn a_single_line_of_fifty_megabytes_is_kept_as_it_is() {
    let home = Home::new();
    let store = home.store();
    let line: String = (0..50_000_000 / 8).map(|n| format!("{n:07},")).collect();
    let (writer, commit) = commit_into(&store, &line);
    store.publish(writer, &[main_to(Before::Absent, commit)]).unwrap();
    let shown = run(
        Some(store.path()),
        &["cat-file", "blob", "main:file"],
        b"",
        Limits::default(),
    )
    .unwrap();
    assert!(shown == line.as_bytes());
    // Small objects after a large one: the compressor starts afresh for each.
    let (writer, next) = commit_into(&store, "small\n");
    store
        .publish(writer, &[main_to(Before::Is(commit), next)])
        .unwrap();
    run(
        Some(store.path()),
        &["fsck", "--full", "--strict"],
        b"",
        Limits::default(),
    )
    .unwrap();
}

#[test]
fn a_new_generation_takes_the_place_of_the_old_one_without_its_objects() {
    let home = Home::new();
    let store = home.store();
    let (writer, old) = commit_into(&store, "now hidden\n");
    store.publish(writer, &[main_to(Before::Absent, old)]).unwrap();

    // A crash while the next one is built changes nothing; building again starts afresh.
    let half = DeliveryStore::create_next(&home.stores(), "pricing", "nordwind", "main").unwrap();
    let (writer, _) = commit_into(&half, "half\n");
    half.publish(writer, &[]).unwrap();
    drop(half);
    assert_eq!(
        DeliveryStore::open(&home.stores(), "pricing", "nordwind")
            .unwrap()
            .tip()
            .unwrap(),
        Some(old)
    );

    let next = DeliveryStore::create_next(&home.stores(), "pricing", "nordwind", "main").unwrap();
    assert_eq!(next.generation(), 2);
    let (writer, new) = commit_into(&next, "still shown\n");
    next.publish(writer, &[main_to(Before::Absent, new)]).unwrap();
    let next = next
        .publish_generation(&home.stores(), "pricing", "nordwind")
        .unwrap();
    let opened = DeliveryStore::open(&home.stores(), "pricing", "nordwind").unwrap();
    assert_eq!((opened.generation(), opened.tip().unwrap()), (2, Some(new)));
    assert!(opened.read(&old).unwrap().is_none());
    assert_eq!(next.path(), opened.path());
    let left: Vec<String> = std::fs::read_dir(home.stores().join("pricing"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(left, ["nordwind.git"]);
}
