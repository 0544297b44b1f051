//! An export is a delivery like a clone: refused without a grant, recorded before the first byte, with a receipt.

use crate::support::{ADA, Owner, SOURCES, VIEW, files_of, shown, source_text};
use ringfence_testkit::GitRepository;

#[test]
fn an_export_is_recorded_before_and_after_with_a_receipt() {
    let owner = Owner::signed();
    let copy = owner.export("nordwind", "copy");
    let files = files_of(&copy);
    let expected: Vec<&str> = std::iter::once("README.md")
        .chain(
            SOURCES
                .iter()
                .map(|(path, _)| *path)
                .filter(|path| !path.contains("pricing")),
        )
        .collect();
    assert_eq!(files.keys().map(String::as_str).collect::<Vec<_>>(), expected);
    let deliveries = owner.json(&["deliveries", "--recipient", "nordwind"], 0);
    let [delivery] = deliveries.as_array().unwrap().as_slice() else {
        panic!("{deliveries}")
    };
    assert_eq!(delivery["kind"], "export");
    assert_eq!(delivery["outcome"], "complete");
    // The licence terms are delivered and counted too; the list of files leaves them out.
    let terms = std::fs::read(copy.join("LICENCE-TERMS.md")).unwrap();
    assert_eq!(delivery["objects"], files.len() + 1);
    assert_eq!(
        delivery["bytes"].as_u64().unwrap(),
        files
            .values()
            .chain([&terms])
            .map(|bytes| bytes.len() as u64)
            .sum::<u64>()
    );
    let id = delivery["id"].as_str().unwrap();
    let log = owner.json(&["ledger", "tail", "--log", "nordwind", "-n", "100"], 0);
    let kinds: Vec<(&str, &str)> = log
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["statement"].to_string().contains(id))
        .map(|entry| {
            let statement = &entry["statement"];
            (
                statement["kind"].as_str().unwrap(),
                statement["actor"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        kinds.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(),
        ["delivery-begun", "delivery-ended"]
    );
    // The ledger names nobody: the person is a random id.
    assert!(kinds[0].1.starts_with("a-"), "{kinds:?}");
    assert!(!log.to_string().contains(ADA));
    // The commitment of the codeword comes before the first byte.
    let position = |kind: &str| {
        log.as_array()
            .unwrap()
            .iter()
            .position(|entry| entry["statement"]["kind"] == kind)
            .unwrap_or_else(|| panic!("no {kind} in {log}"))
    };
    assert!(position("codeword-commitment") < position("delivery-begun"));
    // The receipt is in the store, for the vendor to fetch, and proves the last entry.
    let store = GitRepository::at(&owner.home().join("stores").join(VIEW).join("nordwind.git"));
    let receipts = store.git(&["ls-tree", "-r", "--name-only", "refs/ringfence/receipts"]);
    let path = receipts.lines().next_back().unwrap();
    let receipt: serde_json::Value =
        serde_json::from_str(&store.git(&["show", &format!("refs/ringfence/receipts:{path}")])).unwrap();
    assert_eq!(receipt["delivery"], id);
    assert_eq!(receipt["manifest"], delivery["manifest"]);
    let key = owner.json(&["ledger", "key", "--log", "nordwind"], 0);
    assert_eq!(receipt["key"], key["key"]);
    let entry = &log.as_array().unwrap()[usize::try_from(receipt["index"].as_u64().unwrap()).unwrap()];
    crate::ledger::proves(receipt["proof"].as_str().unwrap(), &entry["statement"], &key);
}

#[test]
fn two_vendors_get_copies_of_their_own_and_one_vendor_always_the_same() {
    let owner = Owner::signed();
    let [first, again, other] = [
        ("nordwind", "first"),
        ("nordwind", "again"),
        ("suedwerk", "other"),
    ]
    .map(|(who, name)| files_of(&owner.export(who, name)));
    assert!(first == again, "the same recipient got two different copies");
    let differing = first
        .iter()
        .filter(|(path, bytes)| other.get(*path) != Some(*bytes))
        .count();
    assert!(differing >= 5, "only {differing} files differ");
    assert_eq!(first.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    // Unmarked text stays the owner's own.
    assert_eq!(first["README.md"], b"# Shop\n\nThe storefront.\n");
    // Same lines, other spellings: nothing is lost or added but at sites.
    for (path, from) in SOURCES.iter().filter(|(path, _)| first.contains_key(*path)) {
        let own = source_text(from);
        let length = first[*path].len().abs_diff(own.len());
        assert!(
            length * 10 < own.len(),
            "{path}: {length} bytes differ of {}",
            own.len()
        );
    }
}

#[test]
fn an_export_into_a_folder_that_is_not_empty_writes_and_records_nothing() {
    let owner = Owner::signed();
    owner.write("copy/mine.txt", "mine\n");
    let arguments = [
        "view",
        "export",
        VIEW,
        "--recipient",
        "nordwind",
        &shown(&owner.path("copy")),
    ];
    owner.run(&arguments).expect_code(2).says(&["is not empty"]);
    assert_eq!(files_of(&owner.path("copy")).len(), 1);
    let file = shown(&owner.path("copy/mine.txt"));
    let done = owner.run(&["view", "export", VIEW, "--recipient", "nordwind", &file]);
    done.expect_code(2).says(&["is no folder"]);
    assert!(owner.json(&["deliveries"], 0).as_array().unwrap().is_empty());
    // An empty folder is as good as none.
    std::fs::create_dir(owner.path("empty")).unwrap();
    owner.export("nordwind", "empty");
}

#[test]
fn an_export_needs_what_a_clone_needs() {
    let owner = Owner::declared();
    let copy = shown(&owner.path("copy"));
    owner
        .run(&["view", "export", VIEW, "--recipient", "nordwind", &copy])
        .expect_code(1)
        .says(&["NDA-7", "agreement sign"]);
    let owner = owner.sign_all();
    // A person of another party does not take this recipient's copy.
    let to = |person: &str| {
        owner.run(&[
            "view",
            "export",
            VIEW,
            "--recipient",
            "nordwind",
            "--to",
            person,
            &copy,
        ])
    };
    to(crate::support::BO).expect_code(1).says(&[crate::support::BO]);
    to("eve@elsewhere.example")
        .expect_code(1)
        .says(&["eve@elsewhere.example"]);
    to("no address").expect_code(2);
    assert!(!owner.path("copy").exists());
    assert!(owner.json(&["deliveries"], 0).as_array().unwrap().is_empty());
    to(ADA).expect_code(0);
}

#[test]
fn mark_diff_shows_the_marks_and_stands_in_the_recipients_own_log() {
    let owner = Owner::signed();
    let diffs = owner.json(&["mark", "diff", VIEW, "--recipient", "nordwind"], 0);
    assert!(diffs.as_array().unwrap().len() >= 4, "{diffs}");
    let log = owner
        .json(&["ledger", "tail", "--log", "nordwind", "-n", "100"], 0)
        .to_string();
    assert!(log.contains("copy-rendered"), "{log}");
    let other = owner
        .json(&["ledger", "tail", "--log", "suedwerk", "-n", "100"], 0)
        .to_string();
    assert!(!other.contains("copy-rendered"), "{other}");
}

#[test]
fn operators_at_work_at_once_wait_for_each_other() {
    let owner = Owner::signed();
    let began: Vec<_> = (0..4)
        .flat_map(|number| {
            let copies = ["nordwind", "suedwerk"].map(|recipient| {
                let folder = shown(&owner.path(&format!("{recipient}-{number}")));
                owner.command(&["view", "export", VIEW, "--recipient", recipient, &folder])
            });
            let token = owner.command(&["token", "issue", "--person", ADA, "--view", VIEW]);
            copies.into_iter().chain([token])
        })
        .map(|mut command| std::thread::spawn(move || crate::support::Done::of(&mut command)))
        .collect();
    for thread in began {
        thread.join().unwrap().expect_code(0);
    }
    assert_eq!(owner.json(&["deliveries"], 0).as_array().unwrap().len(), 8);
    assert_eq!(owner.json(&["token", "list"], 0).as_array().unwrap().len(), 4);
    for recipient in ["nordwind", "suedwerk"] {
        let first = files_of(&owner.path(&format!("{recipient}-0")));
        for number in 1..4 {
            assert!(
                first == files_of(&owner.path(&format!("{recipient}-{number}"))),
                "{recipient} {number}"
            );
        }
    }
    owner.run(&["ledger", "audit"]).expect_code(0);
}
