//! No room left: a fault is exit code 70, nothing is acknowledged that is not written, and the ledger holds afterwards.

use crate::support::{ADA, Done, Owner, VIEW, files_of, program, shown};
use std::path::Path;

/// Runs the binary where no file may grow past `kilobytes`, as on a file system that is full at that point.
fn within(owner: &Owner, kilobytes: u32, arguments: &[&str]) -> Done {
    let script = format!("trap '' XFSZ; ulimit -f {kilobytes}; exec \"$@\"");
    let mut command = program("bash");
    command
        .args(["-c", &script, "bash", env!("CARGO_BIN_EXE_ringfence")])
        .args(arguments)
        .arg("--home")
        .arg(owner.home())
        .env_remove("RINGFENCE_HOME");
    Done::of(&mut command)
}

fn tokens(owner: &Owner) -> (usize, usize) {
    let listed = owner.json(&["token", "list"], 0).as_array().unwrap().len();
    let log = owner
        .json(&["ledger", "tail", "--log", "nordwind", "-n", "1000"], 0)
        .to_string();
    (listed, log.matches("token-issued").count())
}

#[test]
fn a_token_is_issued_whole_or_not_at_all() {
    let owner = Owner::signed();
    let mut issued = 0;
    let mut failed = 0;
    for kilobytes in [0, 1, 4, 8, 16, 32, 64, 128, 1_024] {
        let done = within(
            &owner,
            kilobytes,
            &["token", "issue", "--person", ADA, "--view", VIEW],
        );
        match done.code {
            0 => issued += 1,
            70 => {
                failed += 1;
                assert!(!done.out.contains("rft_"), "{done:?}");
                assert!(done.err.starts_with("ringfence: "), "{done:?}");
            }
            _ => panic!("{kilobytes} KB: {done:?}"),
        }
        owner.run(&["ledger", "audit"]).expect_code(0);
        assert_eq!(tokens(&owner), (issued, issued), "{kilobytes} KB");
    }
    assert!(issued > 0 && failed > 0, "{issued} issued, {failed} failed");
}

#[test]
fn an_export_that_runs_out_of_room_is_recorded_as_what_it_is() {
    let owner = Owner::signed();
    let mut failed = 0;
    for (number, kilobytes) in [0, 2, 8, 16, 48, 4_096].into_iter().enumerate() {
        let copy = owner.path(&format!("copy{number}"));
        let before = owner.json(&["deliveries"], 0).as_array().unwrap().len();
        let done = within(
            &owner,
            kilobytes,
            &["view", "export", VIEW, "--recipient", "nordwind", &shown(&copy)],
        );
        let after = owner.json(&["deliveries"], 0);
        let after = after.as_array().unwrap();
        match done.code {
            0 => {
                assert_eq!(after.len(), before + 1);
                assert!(after.iter().any(|row| row["outcome"] == "complete"));
            }
            70 => {
                failed += 1;
                // Bytes left only under an entry that stands before them.
                let held = copy.exists() && !files_of(&copy).is_empty();
                assert!(!held || after.len() == before + 1, "{done:?}");
            }
            _ => panic!("{kilobytes} KB: {done:?}"),
        }
        owner.run(&["ledger", "audit"]).expect_code(0);
    }
    assert!(failed > 0);
    // With room again the copy is whole, and the same as it would have been.
    let copy = files_of(&owner.export("nordwind", "whole"));
    assert_eq!(copy.len(), 7);
    assert!(copy == files_of(&owner.export("nordwind", "whole-again")));
    let (verdict, recipient, _) = owner.trace(&owner.path("whole"));
    assert_eq!(
        (verdict.as_str(), recipient.as_deref()),
        ("exact", Some("nordwind"))
    );
}

#[test]
fn what_the_owner_commits_is_fetched_whole_or_not_at_all() {
    let owner = Owner::signed();
    owner.export("nordwind", "before");
    // A megabyte that does not compress.
    let mut state = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    })
    .take(1 << 20)
    .collect();
    owner
        .source
        .commit(&[("crates/api/model.bin", &noise)], "A model");
    let copy = owner.path("copy");
    let export = ["view", "export", VIEW, "--recipient", "nordwind", &shown(&copy)];
    within(&owner, 512, &export).expect_code(70);
    assert!(!copy.exists());
    assert_eq!(owner.json(&["deliveries"], 0).as_array().unwrap().len(), 1);
    owner.run(&["ledger", "audit"]).expect_code(0);
    owner.run(&export).expect_code(0);
    assert_eq!(std::fs::read(copy.join("crates/api/model.bin")).unwrap(), noise);
}

#[test]
fn an_estate_and_a_pack_are_written_whole_or_not_at_all() {
    let owner = Owner::signed();
    let leak = owner.export("nordwind", "leak");
    let (_, _, report) = owner.trace(&leak);
    let case = report["case"].as_str().unwrap().to_owned();
    let pack = owner.path("pack.zip");
    let mut failed = 0;
    for kilobytes in [0, 4, 16, 64, 65_536] {
        let done = within(&owner, kilobytes, &["pack", &case, "--out", &shown(&pack)]);
        match done.code {
            0 => assert!(pack.exists()),
            70 => {
                failed += 1;
                assert!(!pack.exists(), "half a pack stays at {kilobytes} KB");
            }
            _ => panic!("{kilobytes} KB: {done:?}"),
        }
        owner.run(&["ledger", "audit"]).expect_code(0);
    }
    assert!(failed > 0);
    let file = owner.write(
        "estate.toml",
        owner.edited(&[("country = \"PL\"", "country = \"CZ\"")]),
    );
    within(&owner, 0, &["apply", &shown(&file)]).expect_code(70);
    owner.run(&["ledger", "audit"]).expect_code(0);
    let plan = owner.run(&["plan", &shown(&file)]).expect_code(0);
    assert!(
        plan.out.contains("CZ"),
        "half of the estate was applied: {}",
        plan.out
    );
    owner.run(&["apply", &shown(&file)]).expect_code(0);
}

/// A small file system of its own; unmounted when dropped.
struct Small<'a>(&'a Path);

impl<'a> Small<'a> {
    fn mount(folder: &'a Path) -> Option<Self> {
        std::fs::create_dir_all(folder).unwrap();
        let done = Done::of(
            program("mount")
                .args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"])
                .arg(folder),
        );
        (done.code == 0).then_some(Self(folder))
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        let _ = Done::of(program("umount").arg("--lazy").arg(self.0));
    }
}

#[test]
fn a_home_on_a_full_file_system_comes_back_when_there_is_room() {
    let owner = Owner::signed();
    let folder = owner.path("small");
    let Some(_small) = Small::mount(&folder) else {
        // Mounting needs the right to; then the bound per file stands in for the full disk.
        eprintln!(
            "mounting a tmpfs is refused here; the other tests of this file bound the file size instead"
        );
        within(&owner, 0, &["token", "issue", "--person", ADA, "--view", VIEW]).expect_code(70);
        owner.run(&["ledger", "audit"]).expect_code(0);
        return;
    };
    let home = folder.join("home");
    Done::of(program("cp").arg("-a").arg(owner.home()).arg(&home)).expect_code(0);
    let run = |arguments: &[&str]| {
        let mut command = crate::support::ringfence();
        Done::of(command.args(arguments).arg("--home").arg(&home))
    };
    let filler = folder.join("filler");
    // As much as fits.
    let _ = Done::of(
        program("dd")
            .args(["if=/dev/zero", "bs=4096"])
            .arg(format!("of={}", filler.display())),
    );
    let issue = ["token", "issue", "--person", ADA, "--view", VIEW];
    let done = run(&issue).expect_code(70);
    assert!(!done.out.contains("rft_"), "{done:?}");
    let copy = shown(&owner.path("copy"));
    run(&["view", "export", VIEW, "--recipient", "nordwind", &copy]).expect_code(70);
    assert!(
        !Path::new(&copy).exists(),
        "a copy left although no entry could be written"
    );
    std::fs::remove_file(&filler).unwrap();
    run(&["ledger", "audit"]).expect_code(0);
    run(&["token", "list"]).expect_code(0);
    run(&issue).expect_code(0);
    run(&["view", "export", VIEW, "--recipient", "nordwind", &copy]).expect_code(0);
    run(&["ledger", "audit"]).expect_code(0);
}
