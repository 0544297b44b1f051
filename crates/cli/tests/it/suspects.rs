//! Suspects of every sort: what is named, and above all what must never be.

use crate::support::{ADA, Done, Owner, SOURCES, VIEW, files_of, program, shown, source_text};
use crate::trees::{corpus, moved, owner_of};
use ringfence_testkit::GitRepository;
use std::path::{Path, PathBuf};

/// Packs a folder with Python's own archivers, as a third party would.
fn archive(folder: &Path, to: &Path) {
    let script = "
import sys, os, zipfile, tarfile
folder, to = sys.argv[1:]
if to.endswith(('.zip', '.whl')):
    with zipfile.ZipFile(to, 'w', zipfile.ZIP_DEFLATED) as out:
        for root, _, names in os.walk(folder):
            for name in sorted(names):
                path = os.path.join(root, name)
                out.write(path, os.path.relpath(path, folder))
else:
    with tarfile.open(to, 'w:gz' if to.endswith('gz') else 'w') as out:
        out.add(folder, arcname='leak')
";
    Done::of(program("python3").args(["-I", "-c", script]).arg(folder).arg(to)).expect_code(0);
}

/// Only the marked files of a copy, as somebody would pass them on.
fn leak_of(owner: &Owner, recipient: &str) -> PathBuf {
    owner.export(recipient, &format!("leak-{recipient}"))
}

#[test]
fn a_leak_is_named_whatever_it_is_wrapped_in() {
    let owner = Owner::signed();
    let leak = leak_of(&owner, "nordwind");
    leak_of(&owner, "suedwerk");
    let (verdict, recipient, report) = owner.trace(&leak);
    assert_eq!(
        (verdict.as_str(), recipient.as_deref()),
        ("exact", Some("nordwind")),
        "{report}"
    );
    assert_eq!(report["candidates"], 2);
    assert!(report["bound"].as_f64().unwrap() <= 1e-9, "{report}");
    assert_eq!(report["deliveries"].as_array().unwrap().len(), 1);
    assert!(report["limits"].as_str().unwrap().contains("not a named thief"));
    for name in ["leak.zip", "leak.tar", "leak.tar.gz", "leak-1.0-py3-none-any.whl"] {
        let wrapped = owner.path(name);
        archive(&leak, &wrapped);
        let (verdict, recipient, report) = owner.trace(&wrapped);
        assert_eq!(
            (verdict.as_str(), recipient.as_deref()),
            ("exact", Some("nordwind")),
            "{name}: {report}"
        );
    }
    // An archive in an archive, with a link and a git folder beside it.
    std::fs::create_dir_all(owner.path("sent/.git")).unwrap();
    std::fs::copy(owner.path("leak.tar.gz"), owner.path("sent/inner.tar.gz")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", owner.path("sent/link")).unwrap();
    archive(&leak, &owner.path("sent/other.zip"));
    let (_, recipient, report) = owner.trace(&owner.path("sent"));
    assert_eq!(recipient.as_deref(), Some("nordwind"), "{report}");
    assert_eq!(
        report["left_out"].as_array().unwrap().len(),
        2,
        "{}",
        report["left_out"]
    );
    // The same twice in two spellings: sending a thing twice hides nothing.
    for (path, bytes) in files_of(&leak) {
        let text = String::from_utf8(bytes).unwrap();
        owner.write(&format!("twice/one/{path}"), &text);
        owner.write(&format!("twice/two/{path}"), text.replace("    ", "\t"));
    }
    let (verdict, recipient, report) = owner.trace(&owner.path("twice"));
    assert_eq!(
        (verdict.as_str(), recipient.as_deref()),
        ("exact", Some("nordwind")),
        "{report}"
    );
    // For a person.
    owner.run(&["trace", &shown(&leak)]).expect_code(0).says(&[
        "the copy delivered to nordwind",
        "chance of an innocent recipient",
        "limits:",
        "alternative:",
    ]);
}

#[test]
fn a_single_file_that_was_touched_by_hand_is_strong_not_exact() {
    let owner = owner_of(&moved(&corpus("click/src/click", &["core.py"]), "src"), &[]);
    let leak = leak_of(&owner, "nordwind");
    leak_of(&owner, "suedwerk");
    let text = std::fs::read_to_string(leak.join("src/core.py")).unwrap();
    let exact = owner.write("one/core.py", &text);
    let (verdict, recipient, _) = owner.trace(&exact);
    assert_eq!(
        (verdict.as_str(), recipient.as_deref()),
        ("exact", Some("nordwind"))
    );
    let touched = owner.write("two/moved.py", text.replace("invoke", "call_upon"));
    let (verdict, recipient, report) = owner.trace(&touched);
    assert_eq!(
        (verdict.as_str(), recipient.as_deref()),
        ("strong", Some("nordwind")),
        "{report}"
    );
    assert!(report["score"].as_f64().unwrap() >= report["threshold"].as_f64().unwrap());
}

#[test]
fn what_cannot_be_looked_at_names_nobody() {
    let owner = Owner::signed();
    leak_of(&owner, "nordwind");
    let nobody = |suspect: &Path, verdict: &str| {
        let (found, recipient, report) = owner.trace(suspect);
        assert_eq!((found.as_str(), recipient), (verdict, None), "{report}");
        report
    };
    nobody(&owner.write("empty.rs", ""), "none");
    std::fs::create_dir(owner.path("empty-folder")).unwrap();
    nobody(&owner.path("empty-folder"), "none");
    let noise: Vec<u8> = (0..200_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    nobody(&owner.write("noise.rs", &noise), "none");
    nobody(&owner.write("noise.bin", &noise), "none");
    let broken = nobody(&owner.write("broken.zip", "no archive at all"), "none");
    assert!(
        broken["left_out"].to_string().contains("not a readable zip"),
        "{broken}"
    );
    let binary = nobody(Path::new(env!("CARGO_BIN_EXE_ringfence")), "none");
    assert!(
        binary["left_out"].to_string().contains("limit"),
        "{}",
        binary["left_out"]
    );
    // Ten archives inside each other: what lies too deep is said, not silently skipped.
    let inner = owner.path("leak-nordwind");
    let mut folder = inner;
    for level in 0..10 {
        let next = owner.path(&format!("nest{level}"));
        std::fs::create_dir(&next).unwrap();
        archive(&folder, &next.join(format!("level{level}.zip")));
        folder = next;
    }
    let nested = nobody(&folder.join("level9.zip"), "none");
    assert!(
        nested["left_out"].to_string().contains("nested deeper"),
        "{nested}"
    );
    // A device or a pipe is no suspect.
    owner
        .run(&["trace", "/dev/null"])
        .expect_code(2)
        .says(&["neither a file nor a folder"]);
}

#[test]
fn somebody_elses_code_matches_nothing() {
    let owner = Owner::signed();
    leak_of(&owner, "nordwind");
    for name in ["argparse.py", "ast.py"] {
        let found = Done::of(program("python3").args([
            "-I",
            "-c",
            "import importlib.util, sys; print(importlib.util.find_spec(sys.argv[1]).origin)",
            name.trim_end_matches(".py"),
        ]))
        .expect_code(0);
        std::fs::create_dir_all(owner.path("foreign")).unwrap();
        std::fs::copy(found.out.trim(), owner.path("foreign").join(name)).unwrap();
    }
    // Other code by the same hands, in the same language, that is not in the repository.
    owner.write("foreign/score.rs", source_text("mark/src/score.rs"));
    owner.write("foreign/commands.rs", source_text("cli/src/commands.rs"));
    let (verdict, recipient, report) = owner.trace(&owner.path("foreign"));
    assert_eq!((verdict.as_str(), recipient), ("none", None), "{report}");
    assert_eq!(report["matches"].as_array().unwrap().len(), 0);
}

#[test]
fn the_owners_own_copy_is_never_given_a_name() {
    let owner = Owner::signed();
    leak_of(&owner, "nordwind");
    leak_of(&owner, "suedwerk");
    let (verdict, recipient, report) = owner.trace(owner.source.path());
    assert_eq!((verdict.as_str(), recipient), ("inconclusive", None), "{report}");
    let alternatives = report["alternatives"].as_array().unwrap();
    assert!(alternatives.iter().any(|one| one["explains"] == true), "{report}");
    // Nor is a file that only the owner ever had.
    let hidden = owner.write("only/margin.rs", source_text("policy/src/reason.rs"));
    let (verdict, recipient, _) = owner.trace(&hidden);
    assert_eq!((verdict.as_str(), recipient), ("inconclusive", None));
}

#[test]
fn the_owners_own_copy_is_not_named_after_a_vendor_tidied_every_odd_spelling_of_it() {
    let owner = Owner::signed();
    let server = owner.serve();
    let (_, token) = owner.token(ADA, "1h");
    let clone = owner.path("clone");
    server.clone_view(&token, &clone).expect_code(0);
    leak_of(&owner, "suedwerk");
    // The engineers write every writable file as the owner has it: all marks of these files are gone.
    let mut tidied = 0;
    for (path, from) in SOURCES.iter().filter(|(path, _)| path.starts_with("crates/web/")) {
        let own = source_text(from);
        if std::fs::read_to_string(clone.join(path)).unwrap() != own {
            tidied += 1;
        }
        std::fs::write(clone.join(path), own).unwrap();
    }
    assert!(tidied > 0, "no writable file was marked");
    let vendor = GitRepository::at(&clone);
    vendor.git(&["checkout", "--quiet", "-b", "tidy"]);
    vendor.commit::<&str, &str>(&[], "Tidy the spelling");
    server
        .git(&clone, &token, &["push", "--quiet", "origin", "tidy"])
        .expect_code(0);
    let list = owner.json(&["submission", "list"], 0);
    let id = list[0]["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{list}"))
        .to_owned();
    owner.run(&["submission", "accept", &id]).expect_code(0);
    let branches = owner.source.git(&["branch", "--list", "--all"]);
    assert!(branches.contains("ringfence/nordwind/tidy"), "{branches}");
    owner
        .source
        .git(&["merge", "--quiet", "--no-edit", "ringfence/nordwind/tidy"]);
    // Delivered anew, with the tidied spellings pinned.
    server
        .git(&clone, &token, &["fetch", "--quiet", "origin"])
        .expect_code(0);
    leak_of(&owner, "nordwind");
    for (what, suspect) in [
        ("all of it", owner.source.path().to_owned()),
        ("the writable part", owner.path("shop/crates/web")),
        ("one file", owner.path("shop/crates/web/src/note.rs")),
    ] {
        let (verdict, recipient, report) = owner.trace(&suspect);
        assert_eq!(
            (verdict.as_str(), recipient),
            ("inconclusive", None),
            "{what}: {report}"
        );
    }
    // What the vendor only reads still names the vendor.
    let (_, recipient, report) = owner.trace(&owner.path("leak-nordwind"));
    assert_eq!(recipient.as_deref(), Some("nordwind"), "{report}");
}

#[test]
fn an_unmarked_view_names_nobody() {
    let owner = Owner::declared();
    owner
        .apply(&owner.edited(&[("profile = \"auto\"", "profile = \"off\"")]))
        .expect_code(0);
    let owner = owner.sign_all();
    let leak = leak_of(&owner, "nordwind");
    for (path, from) in SOURCES.iter().filter(|(path, _)| !path.contains("pricing")) {
        assert_eq!(files_of(&leak)[*path], source_text(from).as_bytes(), "{path}");
    }
    let (verdict, recipient, report) = owner.trace(&leak);
    assert_eq!((verdict.as_str(), recipient), ("inconclusive", None), "{report}");
    assert_eq!(report["sites_read"], 0);
}

#[test]
fn each_run_with_other_settings_multiplies_the_bound_and_the_same_run_does_not() {
    let owner = Owner::signed();
    let leak = leak_of(&owner, "nordwind");
    let run = |epsilon: &str| {
        Done::of(
            owner
                .command(&["trace", &shown(&leak), "--epsilon", epsilon])
                .arg("--json"),
        )
        .expect_code(0)
        .value()
    };
    let first = run("1e-9");
    let again = run("1e-9");
    let second = run("1e-6");
    let third = run("1e-12");
    let of = |report: &serde_json::Value, key: &str| report[key].as_f64().unwrap();
    assert_eq!(
        [&first, &again, &second, &third].map(|report| of(report, "runs")),
        [1.0, 1.0, 2.0, 3.0]
    );
    assert_ne!(first["case"], again["case"]);
    assert_eq!(of(&first, "score"), of(&third, "score"));
    for (report, runs) in [(&second, 2.0), (&third, 3.0)] {
        let ratio = of(report, "bound") / of(&first, "bound");
        assert!(
            of(&first, "bound") == 0.0 || (ratio - runs).abs() < 1e-6,
            "{ratio} for {runs}"
        );
        let needed = (of(report, "candidates") * runs / of(report, "epsilon")).ln();
        assert!((of(report, "threshold") - needed).abs() < 1e-6, "{report}");
    }
    for epsilon in ["2e-9", "0", "1", "0.5", "-1e-9", "NaN", "1e-19"] {
        owner
            .run(&["trace", &shown(&leak), &format!("--epsilon={epsilon}")])
            .expect_code(2)
            .says(&["epsilon"]);
    }
    // A refused run opened no case.
    let steps = owner.json(&["ledger", "tail", "-n", "1000"], 0).to_string();
    assert_eq!(steps.matches("case-opened").count(), 4);
}

#[test]
fn a_trace_is_an_entry_in_the_log_of_each_whose_copy_it_drew() {
    let owner = Owner::signed();
    let leak = leak_of(&owner, "nordwind");
    leak_of(&owner, "suedwerk");
    let (_, _, report) = owner.trace(&leak);
    for recipient in ["nordwind", "suedwerk"] {
        let log = owner
            .json(&["ledger", "tail", "--log", recipient, "-n", "5"], 0)
            .to_string();
        assert!(log.contains("copy-rendered"), "{recipient}: {log}");
        // A recipient's log tells neither the case nor the other's name.
        assert!(!log.contains(report["case"].as_str().unwrap()), "{log}");
    }
    let log = owner
        .json(&["ledger", "tail", "--log", "suedwerk", "-n", "100"], 0)
        .to_string();
    assert!(!log.contains("nordwind"), "{log}");
    assert!(log.contains(VIEW), "{log}");
}

#[test]
fn names_from_a_suspect_do_not_command_the_terminal() {
    let owner = owner_of(&moved(&corpus("click/src/click", &["core.py"]), "src"), &[]);
    let leak = leak_of(&owner, "nordwind");
    let text = std::fs::read(leak.join("src/core.py")).unwrap();
    let evil = "\u{1b}[2J\u{202e}clean\r.py";
    owner.write(&format!("evil/{evil}"), text);
    owner.write("evil/\u{1b}]0;owned\u{7}.zip", "no archive");
    let done = owner.run(&["trace", &shown(&owner.path("evil"))]).expect_code(0);
    assert!(
        done.out
            .chars()
            .all(|letter| letter == '\n' || !letter.is_control() && letter != '\u{202e}'),
        "{:?}",
        done.out
    );
    // A program gets the name as it is.
    let (_, _, report) = owner.trace(&owner.path("evil"));
    assert_eq!(report["matches"][0]["suspect"], evil);
    let missing = owner.run(&["trace", "/nonexistent/\u{1b}[2J"]).expect_code(2);
    assert!(!missing.err.contains('\u{1b}'), "{:?}", missing.err);
}
