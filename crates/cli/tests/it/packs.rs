//! Packs that were touched on the way: both verifiers find it, with the same exit code.

use crate::support::{Done, Owner, files_of, program, ringfence, shown};
use crate::trees::{corpus, moved, owner_of, write};
use std::path::{Path, PathBuf};

/// A traced leak, packed; beside it the verifier that is in the pack.
struct Packed {
    owner: Owner,
    pack: PathBuf,
    key: String,
}

fn packed() -> Packed {
    let owner = Owner::signed();
    let leak = owner.export("nordwind", "leak");
    owner.export("suedwerk", "other");
    let (verdict, _, report) = owner.trace(&leak);
    assert_eq!(verdict, "exact", "{report}");
    let pack = owner.path("pack.zip");
    let done = owner
        .run(&["pack", report["case"].as_str().unwrap(), "--out", &shown(&pack)])
        .expect_code(0);
    let key = done.out.lines().next_back().unwrap().to_owned();
    assert_eq!(key, owner.run(&["ledger", "key"]).expect_code(0).out.trim());
    let read = "import sys, zipfile; open(sys.argv[2], 'wb').write(zipfile.ZipFile(sys.argv[1]).read('verifier/verify.py'))";
    python(&["-c", read, &shown(&pack), &shown(&owner.path("verify.py"))]).expect_code(0);
    Packed { owner, pack, key }
}

/// A leak that mixes the copies of both vendors, file by file, packed: so many lines of each that no draw of keys leaves one of them unnamed.
fn packed_mix() -> Packed {
    let owner = owner_of(&moved(&corpus("click/src/click", &[".py"]), "src"), &[]);
    let mut mixed = files_of(&owner.export("nordwind", "leak"));
    let other = files_of(&owner.export("suedwerk", "other"));
    for (place, (path, text)) in other.into_iter().enumerate() {
        if place % 2 == 0 {
            mixed.insert(path, text);
        }
    }
    let suspect = write(&owner, "mix", &mixed.into_iter().collect());
    let (_, named, report) = owner.trace(&suspect);
    let further = report["further"].as_array().unwrap();
    assert!(named.is_some() && further.len() == 1, "{report}");
    let pack = owner.path("mix.zip");
    let done = owner
        .run(&["pack", report["case"].as_str().unwrap(), "--out", &shown(&pack)])
        .expect_code(0);
    let key = done.out.lines().next_back().unwrap().to_owned();
    let read = "import sys, zipfile; open(sys.argv[2], 'wb').write(zipfile.ZipFile(sys.argv[1]).read('verifier/verify.py'))";
    python(&["-c", read, &shown(&pack), &shown(&owner.path("verify.py"))]).expect_code(0);
    Packed { owner, pack, key }
}

#[test]
fn a_pack_of_a_leak_of_two_copies_names_both_in_both_verifiers() {
    let packed = packed_mix();
    packed.both(
        &packed.pack,
        &[&packed.key],
        0,
        &["nordwind", "suedwerk", "in all at most 2 times"],
    );
    packed.both(&packed.pack, &[], 1, &["NOT TRUSTED"]);
    let without = packed.rewritten(
        "without.zip",
        "members = [m for m in members if m[0].filename != 'exhibits/further.json']",
    );
    packed.both(&without, &[&packed.key], 1, &[]);
}

fn python(arguments: &[&str]) -> Done {
    Done::of(program("python3").arg("-I").args(arguments))
}

impl Packed {
    /// Both verifiers end with `code` and say the words.
    #[track_caller]
    fn both(&self, pack: &Path, trust: &[&str], code: i32, words: &[&str]) {
        let pack = shown(pack);
        let given: Vec<&str> = trust.iter().flat_map(|key| ["--trust", key]).collect();
        // The first verifier needs no home.
        Done::of(ringfence().args(["verify", &pack]).args(&given))
            .expect_code(code)
            .says(words);
        let script = shown(&self.owner.path("verify.py"));
        let mut arguments = vec![script.as_str(), &pack];
        arguments.extend(&given);
        python(&arguments).expect_code(code).says(words);
    }

    /// The pack after a Python script changed the list `members` of (name, bytes).
    fn rewritten(&self, name: &str, script: &str) -> PathBuf {
        let to = self.owner.path(name);
        let whole = format!(
            "import sys, zipfile\nsource = zipfile.ZipFile(sys.argv[1])\n\
             members = [(info, source.read(info)) for info in source.infolist()]\n{script}\n\
             with zipfile.ZipFile(sys.argv[2], 'w') as out:\n    for info, data in members: out.writestr(info, data)\n"
        );
        python(&["-c", &whole, &shown(&self.pack), &shown(&to)]).expect_code(0);
        to
    }
}

#[test]
fn a_whole_pack_is_trusted_with_the_key_from_outside_only() {
    let packed = packed();
    packed.both(&packed.pack, &[&packed.key], 0, &["nordwind"]);
    packed.both(&packed.pack, &[], 1, &["NOT TRUSTED"]);
    // A key in a file is as good.
    let file = packed.owner.write("acme.key", format!("{}\n", packed.key));
    Done::of(ringfence().args(["verify", &shown(&packed.pack), "--trust", &shown(&file)])).expect_code(0);
    // Somebody else's key, under the same name.
    let other = Owner::declared().run(&["ledger", "key"]).expect_code(0).out;
    packed.both(&packed.pack, &[other.trim()], 1, &["NOT TRUSTED"]);
    // Rewriting the container without touching a member changes nothing.
    let same = packed.rewritten("same.zip", "");
    let again = Done::of(ringfence().args(["verify", &shown(&same), "--trust", &packed.key]));
    let script = shown(&packed.owner.path("verify.py"));
    let second = python(&[&script, &shown(&same), "--trust", &packed.key]);
    assert_eq!(again.code, second.code, "{again:?}\n{second:?}");
    // What is no key is no key.
    Done::of(ringfence().args(["verify", &shown(&packed.pack), "--trust", "acme+00"]))
        .expect_code(2)
        .says(&["verifier key"]);
}

#[test]
fn a_flipped_byte_anywhere_is_found_by_both() {
    let packed = packed();
    let bytes = std::fs::read(&packed.pack).unwrap();
    let target = packed.owner.path("flipped.zip");
    // Sixteen places spread over the file; each on its own.
    for place in 0..16 {
        let at = (bytes.len() - 1) * place / 15;
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        std::fs::write(&target, &flipped).unwrap();
        packed.both(&target, &[&packed.key], 1, &[]);
    }
    let value = Done::of(ringfence().args(["verify", &shown(&target), "--json"])).value();
    assert_eq!(value["trust"], "failed");
    assert!(!value["failures"].as_array().unwrap().is_empty());
}

#[test]
fn missing_extra_and_swapped_members_are_found_by_both() {
    let packed = packed();
    let names = "names = [info.filename for info, _ in members]";
    for (name, script) in [
        (
            "missing.zip",
            "members = [m for m in members if not m[0].filename.startswith('exhibits/')]",
        ),
        ("last.zip", "members.pop()"),
        (
            "extra.zip",
            "members.append((zipfile.ZipInfo('exhibits/planted.rs'), b'planted'))",
        ),
        ("twice.zip", "members.append(members[-1])"),
        (
            "outside.zip",
            "members.append((zipfile.ZipInfo('../outside'), b'outside'))",
        ),
        (
            "swapped.zip",
            "members[-1], members[-2] = (members[-1][0], members[-2][1]), (members[-2][0], members[-1][1])",
        ),
        ("empty.zip", "members = []"),
    ] {
        let changed = packed.rewritten(name, &format!("{names}\n{script}"));
        let before = std::fs::read(&packed.pack).unwrap();
        assert_ne!(std::fs::read(&changed).unwrap(), before);
        packed.both(&changed, &[&packed.key], 1, &[]);
    }
    // The missing and the extra file are named.
    let extra = packed.owner.path("extra.zip");
    packed.both(&extra, &[&packed.key], 1, &["exhibits/planted.rs"]);
}

#[test]
fn what_is_no_pack_at_all_is_not_verified() {
    let packed = packed();
    for (name, content) in [("text.zip", &b"not a pack"[..]), ("nothing.zip", b"")] {
        let file = packed.owner.write(name, content);
        packed.both(&file, &[&packed.key], 1, &[]);
    }
    let half = std::fs::read(&packed.pack).unwrap();
    let file = packed.owner.write("half.zip", &half[..half.len() / 2]);
    packed.both(&file, &[&packed.key], 1, &[]);
}

#[test]
fn a_pack_of_an_inconclusive_case_says_so_and_verifies() {
    let owner = Owner::signed();
    owner.export("nordwind", "leak");
    let (verdict, _, report) = owner.trace(owner.source.path());
    assert_eq!(verdict, "inconclusive");
    let pack = shown(&owner.path("pack.zip"));
    let done = owner.run(&["pack", report["case"].as_str().unwrap(), "--out", &pack]);
    if done.code == 0 {
        let key = owner.run(&["ledger", "key"]).expect_code(0).out;
        let value = Done::of(ringfence().args(["verify", &pack, "--json", "--trust", key.trim()]))
            .expect_code(0)
            .value();
        assert_eq!(value["claim"]["verdict"], "inconclusive");
        assert!(value["claim"]["recipient"].is_null(), "{value}");
    } else {
        done.expect_code(1).says(&["inconclusive"]);
        assert!(!owner.path("pack.zip").exists());
    }
}

#[test]
fn a_pack_never_overwrites_silently_and_never_stays_half_written() {
    let packed = packed();
    let case = packed.owner.json(&["verify", &shown(&packed.pack)], 1)["claim"]["case"]
        .as_str()
        .unwrap()
        .to_owned();
    let missing = shown(&packed.owner.path("no-folder/pack.zip"));
    let done = packed.owner.run(&["pack", &case, "--out", &missing]);
    assert_eq!(done.code, 2, "{done:?}");
    // Made again from the same case it verifies again.
    let again = packed.owner.path("again.zip");
    packed
        .owner
        .run(&["pack", &case, "--out", &shown(&again)])
        .expect_code(0);
    packed.both(&again, &[&packed.key], 0, &[]);
}
