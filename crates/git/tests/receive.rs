//! The receive path against packs made by hand: every bound, every rule, and what reaches the store.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flate2::{Compression, write::ZlibEncoder};
use proptest::prelude::*;
use ringfence_git::quarantine::{Quarantine, references};
use ringfence_git::receive::pack::{self, PackError};
use ringfence_git::receive::{PushCommand, ReceiveError, ReceiveLimits, Received};
use tempfile::TempDir;

#[path = "receive/bounds.rs"]
mod bounds;

fn git(folder: &Path, arguments: &[&str], input: &[u8]) -> (bool, Vec<u8>, String) {
    #[expect(clippy::disallowed_methods, reason = "the client's side of a test")]
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", "/nonexistent")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for who in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{who}_NAME"), "Someone")
            .env(format!("GIT_{who}_EMAIL"), "someone@example.com");
    }
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    (
        output.status.success(),
        output.stdout,
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

fn text(folder: &Path, arguments: &[&str]) -> String {
    let (ok, out, error) = git(folder, arguments, b"");
    assert!(ok, "git {arguments:?}: {error}");
    String::from_utf8(out).unwrap().trim().to_owned()
}

fn object(repository: &Path, kind: &str, bytes: &[u8]) -> String {
    let (ok, out, error) = git(
        repository,
        &["hash-object", "-w", "--literally", "-t", kind, "--stdin"],
        bytes,
    );
    assert!(ok, "{error}");
    String::from_utf8(out).unwrap().trim().to_owned()
}

fn raw(id: &str) -> Vec<u8> {
    (0..20)
        .map(|at| u8::from_str_radix(&id[at * 2..at * 2 + 2], 16).unwrap())
        .collect()
}

fn entry(mode: &str, name: &str, id: &str) -> Vec<u8> {
    [format!("{mode} {name}\0").into_bytes(), raw(id)].concat()
}

fn commit(repository: &Path, tree: &str, parent: Option<&str>) -> String {
    let who = "Someone <someone@example.com> 1700000000 +0000";
    let parent = parent
        .map(|parent| format!("parent {parent}\n"))
        .unwrap_or_default();
    object(
        repository,
        "commit",
        format!("tree {tree}\n{parent}author {who}\ncommitter {who}\n\nx\n").as_bytes(),
    )
}

/// A delivery store with one commit of three files, the vendor's clone of it, and the owner's repository with a hidden file.
struct Place {
    folder: TempDir,
    head: String,
    hidden: String,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let owner = folder.path().join("owner");
        text(folder.path(), &["init", "-q", "-b", "main", "owner"]);
        for (name, lines) in [("a.rs", 400), ("b.rs", 300), ("c.rs", 200)] {
            let body: String = (0..lines)
                .map(|line| format!("fn {}_{line}() {{}}\n", &name[..1]))
                .collect();
            std::fs::write(owner.join(name), body).unwrap();
        }
        text(&owner, &["add", "-A"]);
        text(&owner, &["commit", "-q", "-m", "first"]);
        text(
            folder.path(),
            &["clone", "-q", "--bare", "--no-hardlinks", "owner", "store.git"],
        );
        text(
            folder.path(),
            &["clone", "-q", "--no-hardlinks", "owner", "vendor"],
        );
        let hidden = object(&owner, "blob", b"const SECRET: u64 = 0x5ec;\n");
        let head = text(&owner, &["rev-parse", "HEAD"]);
        Self { folder, head, hidden }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn take_with(&self, tip: &str, pack: &[u8], limits: ReceiveLimits) -> Result<Received, ReceiveError> {
        let quarantine = Quarantine::create(&self.at("quarantine"), &self.at("store.git"), limits)?;
        let taken = quarantine.take(pack, &[self.command(tip)]);
        if taken.is_err() {
            assert_eq!(
                std::fs::read_dir(self.at("quarantine")).unwrap().count(),
                0,
                "a refused push leaves nothing"
            );
        }
        taken
    }

    fn take(&self, tip: &str, pack: &[u8]) -> Result<Received, ReceiveError> {
        self.take_with(tip, pack, ReceiveLimits::default())
    }

    fn command(&self, tip: &str) -> PushCommand {
        PushCommand {
            reference: "refs/heads/mine".to_owned(),
            old: None,
            new: Some(tip.to_owned()),
        }
    }

    /// A pack of the vendor's objects in `range`, thin as `git push` sends it.
    fn packed(&self, range: &str) -> Vec<u8> {
        let (ok, pack, error) = git(
            &self.at("vendor"),
            &[
                "pack-objects",
                "--revs",
                "--stdout",
                "--thin",
                "--delta-base-offset",
                "-q",
            ],
            format!("{}\n", range.replace(' ', "\n")).as_bytes(),
        );
        assert!(ok, "{error}");
        pack
    }

    /// A vendor's commit with `entries` as its tree on top of the head, and its pack.
    fn crafted(&self, entries: &[u8]) -> (String, Vec<u8>) {
        let vendor = self.at("vendor");
        let tree = object(&vendor, "tree", entries);
        let tip = commit(&vendor, &tree, Some(&self.head));
        let listed = [tip.as_str(), tree.as_str()];
        let mut objects: Vec<Vec<u8>> = Vec::new();
        for id in listed {
            objects.push(whole(&vendor, id));
        }
        // Blobs and trees that exist in the vendor's clone and not in the store travel along.
        let mut rest = entries;
        while let Some(end) = rest.iter().position(|byte| *byte == 0) {
            let id: String = rest[end + 1..end + 21]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            if git(&vendor, &["cat-file", "-e", &id], b"").0
                && !git(&self.at("store.git"), &["cat-file", "-e", &id], b"").0
            {
                objects.push(whole(&vendor, &id));
            }
            rest = &rest[end + 21..];
        }
        objects.sort();
        objects.dedup();
        (tip, pack_of(&objects))
    }
}

/// A pack entry of one object, whole.
fn whole(repository: &Path, id: &str) -> Vec<u8> {
    let kind = text(repository, &["cat-file", "-t", id]);
    let (_, bytes, _) = git(repository, &["cat-file", &kind, id], b"");
    let kind = ["", "commit", "tree", "blob", "tag"]
        .iter()
        .position(|known| *known == kind)
        .unwrap();
    [header(kind as u8, bytes.len() as u64), deflate(&bytes)].concat()
}

fn header(kind: u8, mut size: u64) -> Vec<u8> {
    let mut bytes = vec![(kind << 4) | (size & 15) as u8];
    size >>= 4;
    while size > 0 {
        *bytes.last_mut().unwrap() |= 0x80;
        bytes.push((size & 0x7f) as u8);
        size >>= 7;
    }
    bytes
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

fn distance(mut value: u64) -> Vec<u8> {
    let mut bytes = vec![(value & 0x7f) as u8];
    value >>= 7;
    while value > 0 {
        value -= 1;
        bytes.insert(0, 0x80 | (value & 0x7f) as u8);
        value >>= 7;
    }
    bytes
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn pack_of(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend_from_slice(&(entries.len() as u32).to_be_bytes());
    for entry in entries {
        pack.extend_from_slice(entry);
    }
    // The trailer is the SHA-1 of all before; gix's hasher is the one at hand.
    let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
    hasher.update(&pack);
    pack.extend_from_slice(hasher.try_finalize().unwrap().as_slice());
    pack
}

fn check(pack: &[u8]) -> Result<pack::PackSummary, PackError> {
    pack::check(pack, std::io::sink(), &ReceiveLimits::default()).map(|(summary, _)| summary)
}

#[test]
fn an_ordinary_push_is_taken_and_moved_into_the_store_whole() {
    let place = Place::new();
    let vendor = place.at("vendor");
    let mut tips = Vec::new();
    for number in 0..3 {
        let mut body = std::fs::read_to_string(vendor.join("a.rs")).unwrap();
        body.push_str(&format!("fn new_{number}() {{}}\n"));
        std::fs::write(vendor.join("a.rs"), body).unwrap();
        text(&vendor, &["commit", "-q", "-am", &format!("change {number}")]);
        tips.push(text(&vendor, &["rev-parse", "HEAD"]));
    }
    let pack = place.packed(&format!("HEAD ^{}", place.head));
    let received = place.take(&tips[2], &pack).unwrap();
    let ids: Vec<&str> = received
        .commits()
        .iter()
        .map(|commit| commit.id.as_str())
        .collect();
    assert_eq!(ids, tips, "parents before children");
    assert_eq!(received.commits()[0].parents, std::slice::from_ref(&place.head));
    assert_eq!(received.tips(), [("refs/heads/mine".to_owned(), tips[2].clone())]);
    let store = place.at("store.git");
    assert!(
        !git(&store, &["cat-file", "-e", &tips[2]], b"").0,
        "nothing is in the store before it is accepted"
    );
    let migrated = received.migrate_to_store(&[place.command(&tips[2])]).unwrap();
    assert_eq!(migrated.objects, 9);
    drop(received);
    assert_eq!(std::fs::read_dir(place.at("quarantine")).unwrap().count(), 0);
    assert_eq!(text(&store, &["rev-parse", "refs/heads/mine"]), tips[2]);
    text(&store, &["fsck", "--strict"]);
    assert!(!store.join("objects/info/alternates").exists());
    // The pack stands alone: no delta in it has a base outside.
    let alone = tempfile::tempdir().unwrap();
    text(alone.path(), &["init", "-q", "--bare", "alone.git"]);
    let bytes = std::fs::read(migrated.pack.unwrap()).unwrap();
    let (ok, _, error) = git(
        &alone.path().join("alone.git"),
        &["index-pack", "--stdin"],
        &bytes,
    );
    assert!(ok, "{error}");
}

#[test]
fn a_reference_that_moved_meanwhile_is_not_overwritten() {
    let place = Place::new();
    let (tip, pack) = place.crafted(&entry(
        "100644",
        "a.rs",
        &text(&place.at("vendor"), &["rev-parse", "HEAD:a.rs"]),
    ));
    let received = place.take(&tip, &pack).unwrap();
    text(
        &place.at("store.git"),
        &["update-ref", "refs/heads/mine", &place.head],
    );
    assert!(received.migrate_to_store(&[place.command(&tip)]).is_err());
    assert_eq!(
        text(&place.at("store.git"), &["rev-parse", "refs/heads/mine"]),
        place.head
    );
}

#[test]
fn a_tree_or_commit_that_names_a_hidden_object_is_refused() {
    let place = Place::new();
    // Direct, and in a folder below.
    let (tip, pack) = place.crafted(&entry("100644", "stolen.rs", &place.hidden));
    assert!(
        matches!(place.take(&tip, &pack), Err(ReceiveError::Missing { object }) if object == place.hidden)
    );
    let vendor = place.at("vendor");
    let below = object(&vendor, "tree", &entry("100644", "stolen.rs", &place.hidden));
    let (tip, pack) = place.crafted(&entry("40000", "below", &below));
    assert!(matches!(
        place.take(&tip, &pack),
        Err(ReceiveError::Missing { .. })
    ));
    // A commit on a hidden parent.
    let owner = place.at("owner");
    let secret = commit(&owner, &text(&owner, &["rev-parse", "HEAD^{tree}"]), None);
    let tree = text(&vendor, &["rev-parse", "HEAD^{tree}"]);
    let tip = commit(&vendor, &tree, Some(&secret));
    let error = place.take(&tip, &pack_of(&[whole(&vendor, &tip)])).unwrap_err();
    assert!(matches!(error, ReceiveError::Missing { .. }), "{error}");
    // A tip that was not sent.
    assert!(matches!(
        place.take(&secret, &pack_of(&[])),
        Err(ReceiveError::Missing { .. })
    ));
    // A delta on a hidden base.
    let size = b"const SECRET: u64 = 0x5ec;\n".len() as u64;
    let delta = [varint(size), varint(size), vec![0x90, size as u8]].concat();
    let thin = [header(7, delta.len() as u64), raw(&place.hidden), deflate(&delta)].concat();
    let (tip, _) = place.crafted(&entry("100644", "stolen.rs", &place.hidden));
    let tree = text(&vendor, &["rev-parse", &format!("{tip}^{{tree}}")]);
    let pack = pack_of(&[whole(&vendor, &tip), whole(&vendor, &tree), thin]);
    let error = place.take(&tip, &pack).unwrap_err();
    assert!(matches!(error, ReceiveError::Missing { .. }), "{error}");
    assert!(!git(&place.at("store.git"), &["cat-file", "-e", &place.hidden], b"").0);
}

#[test]
fn a_delta_on_an_object_of_the_store_is_fine() {
    let place = Place::new();
    let vendor = place.at("vendor");
    let base = text(&vendor, &["rev-parse", "HEAD:a.rs"]);
    let size: u64 = text(&vendor, &["cat-file", "-s", &base]).parse().unwrap();
    // Copies the first 100 bytes of the base.
    let delta = [varint(size), varint(100), vec![0x90, 100]].concat();
    let thin = [header(7, delta.len() as u64), raw(&base), deflate(&delta)].concat();
    let (_, bytes, _) = git(&vendor, &["cat-file", "blob", &base], b"");
    let blob = object(&vendor, "blob", &bytes[..100]);
    let tree = object(&vendor, "tree", &entry("100644", "a.rs", &blob));
    let tip = commit(&vendor, &tree, Some(&place.head));
    let received = place
        .take(
            &tip,
            &pack_of(&[whole(&vendor, &tip), whole(&vendor, &tree), thin]),
        )
        .unwrap();
    assert_eq!(received.commits().len(), 1);
}

#[test]
fn the_tree_rules_name_the_path() {
    let place = Place::new();
    let vendor = place.at("vendor");
    let blob = object(&vendor, "blob", b"x\n");
    let target = object(&vendor, "blob", b"a/../../../etc/passwd");
    let filter = object(&vendor, "blob", b"*.rs filter=lfs\n");
    for (entries, words) in [
        (entry("100644", ".git", &blob), "path .git: some system"),
        (entry("100644", ".GiT", &blob), "some system"),
        (entry("100644", "git~1", &blob), "some system"),
        (entry("100644", "..", &blob), "no name"),
        (entry("100644", ".", &blob), "no name"),
        (entry("160000", "module", &place.head), "path module: submodules"),
        (
            entry("120000", "link", &target),
            "path link: the symbolic link points to a/../../../etc/passwd",
        ),
        (
            [entry("100644", "README", &blob), entry("100644", "readme", &blob)].concat(),
            "differs from",
        ),
        (
            entry("100644", ".gitattributes", &filter),
            "path .gitattributes: line 1 sets a filter",
        ),
        (entry("100644", ".gitmodules", &blob), "submodules"),
    ] {
        let (tip, pack) = place.crafted(&entries);
        let error = place.take(&tip, &pack).unwrap_err();
        assert!(matches!(error, ReceiveError::Tree(_)), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn what_the_owner_delivered_is_not_the_vendors_fault() {
    let place = Place::new();
    let store = place.at("store.git");
    let blob = object(&store, "blob", b"/absolute");
    let tree = object(
        &store,
        "tree",
        &[entry("120000", "Link", &blob), entry("100644", "link", &blob)].concat(),
    );
    let base = commit(&store, &tree, Some(&place.head));
    text(&store, &["update-ref", "refs/heads/main", &base]);
    let vendor = place.at("vendor");
    text(&vendor, &["fetch", "-q", "../store.git", "main"]);
    let new = object(&vendor, "blob", b"new\n");
    let entries = [
        entry("120000", "Link", &blob),
        entry("100644", "link", &blob),
        entry("100644", "new", &new),
    ]
    .concat();
    let tree = object(&vendor, "tree", &entries);
    let tip = commit(&vendor, &tree, Some(&base));
    let pack = pack_of(&[whole(&vendor, &tip), whole(&vendor, &tree), whole(&vendor, &new)]);
    place.take(&tip, &pack).unwrap();
}

#[test]
fn folders_are_bounded_in_width_and_depth() {
    let place = Place::new();
    let vendor = place.at("vendor");
    let blob = object(&vendor, "blob", b"x\n");
    let limits = ReceiveLimits {
        folder_entries: 100,
        folder_depth: 10,
        commits: 3,
        changed_entries: 150,
        ..ReceiveLimits::default()
    };
    let wide: Vec<u8> = (0..101)
        .flat_map(|number| entry("100644", &format!("f{number:03}"), &blob))
        .collect();
    let (tip, pack) = place.crafted(&wide);
    let error = place.take_with(&tip, &pack, limits).unwrap_err();
    assert!(error.to_string().contains("more than 100 entries"), "{error}");
    let mut inner = object(&vendor, "tree", &entry("100644", "f", &blob));
    let mut objects = vec![whole(&vendor, &blob), whole(&vendor, &inner)];
    for _ in 0..11 {
        inner = object(&vendor, "tree", &entry("40000", "d", &inner));
        objects.push(whole(&vendor, &inner));
    }
    let tip = commit(&vendor, &inner, Some(&place.head));
    objects.push(whole(&vendor, &tip));
    let error = place.take_with(&tip, &pack_of(&objects), limits).unwrap_err();
    assert!(error.to_string().contains("more than 10 deep"), "{error}");
    let mut tip = place.head.clone();
    let mut objects = Vec::new();
    let tree = text(&vendor, &["rev-parse", "HEAD^{tree}"]);
    for _ in 0..4 {
        tip = commit(&vendor, &tree, Some(&tip));
        objects.push(whole(&vendor, &tip));
    }
    let error = place.take_with(&tip, &pack_of(&objects), limits).unwrap_err();
    assert!(
        matches!(
            error,
            ReceiveError::TooMany {
                what: "new commits",
                most: 3
            }
        ),
        "{error}"
    );
}

#[test]
fn a_store_with_alternates_takes_no_push() {
    let place = Place::new();
    std::fs::write(place.at("store.git/objects/info/alternates"), "/elsewhere\n").unwrap();
    assert!(matches!(
        place.take(&place.head, &pack_of(&[])),
        Err(ReceiveError::Store(_))
    ));
    assert_eq!(
        references(&place.at("vendor").join(".git"), "refs/heads/")
            .unwrap()
            .len(),
        1
    );
}

fn noise(count: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    (0..count / 8)
        .flat_map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes()
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Law: a pack of whole objects passes, its bytes are kept as they were, and its sizes are told.
    #[test]
    fn packs_of_whole_objects_pass(objects in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..2_000), 0..20)) {
        let entries: Vec<Vec<u8>> =
            objects.iter().map(|bytes| [header(3, bytes.len() as u64), deflate(bytes)].concat()).collect();
        let mut pack = b"PACK\0\0\0\x02".to_vec();
        pack.extend_from_slice(&(entries.len() as u32).to_be_bytes());
        entries.iter().for_each(|entry| pack.extend_from_slice(entry));
        pack.extend_from_slice(&[0; 20]);
        let mut kept = Vec::new();
        let (summary, _) = pack::check(&pack[..], &mut kept, &ReceiveLimits::default()).unwrap();
        prop_assert_eq!(summary.entries as usize, objects.len());
        prop_assert_eq!(summary.inflated, objects.iter().map(|bytes| bytes.len() as u64).sum::<u64>());
        prop_assert_eq!(kept, pack);
    }

    /// Law: no bytes make the check panic or keep more than came.
    #[test]
    fn no_bytes_make_the_check_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), flip in any::<usize>()) {
        let _ = check(&bytes);
        let mut pack = b"PACK\0\0\0\x02\0\0\0\x03".to_vec();
        pack.extend_from_slice(&bytes);
        let _ = check(&pack);
        let at = flip % pack.len();
        pack[at] ^= 0x55;
        let _ = check(&pack);
    }
}

#[test]
fn what_a_crash_left_is_swept_away() {
    let place = Place::new();
    let within = place.at("quarantine");
    std::fs::create_dir_all(within.join("push-left/push.git/objects")).unwrap();
    std::fs::write(within.join("note.txt"), "not ours").unwrap();
    assert_eq!(ringfence_git::quarantine::sweep(&within).unwrap(), 1);
    assert!(!within.join("push-left").exists());
    assert!(within.join("note.txt").exists());
    assert_eq!(ringfence_git::quarantine::sweep(&place.at("absent")).unwrap(), 0);
}
