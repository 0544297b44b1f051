//! The report of a trace and the sorts of suspects that need more than a folder: a snippet, a repository, a package under another name.

use crate::support::{Done, Owner, files_of, program, shown};
use ringfence_testkit::GitRepository;
use std::io::Write;
use std::process::Stdio;

fn leak_of(owner: &Owner, recipient: &str) -> std::path::PathBuf {
    owner.export(recipient, &format!("leak-{recipient}"))
}

#[test]
fn a_snippet_from_standard_input_is_matched_line_by_line() {
    let owner = Owner::signed();
    let leak = leak_of(&owner, "nordwind");
    let text = std::fs::read_to_string(leak.join("crates/api/src/agreement.rs")).unwrap();
    let snippet: String = text
        .lines()
        .skip(60)
        .take(80)
        .map(|line| format!("{line}\n"))
        .collect();
    let mut child = owner
        .command(&["trace", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(snippet.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(
        report["matches"][0]["owned"]["path"], "crates/api/src/agreement.rs",
        "{report}"
    );
    let passage = &report["coverage"][0]["passages"][0];
    assert!(passage["tokens"].as_u64().unwrap() > 60, "{report}");
    assert!(report["covered"].as_f64().unwrap() > 0.8, "{report}");
    assert!(report["assets"][0]["lines"].as_u64().unwrap() > 50, "{report}");
    assert!(!report["would_change"].as_array().unwrap().is_empty());
    assert_ne!(report["recipient"], "suedwerk");
}

#[test]
fn every_version_in_a_repository_is_looked_at_and_its_configuration_is_not() {
    let owner = Owner::signed();
    let leak = leak_of(&owner, "nordwind");
    leak_of(&owner, "suedwerk");
    let folder = owner.path("thief");
    std::fs::create_dir_all(&folder).unwrap();
    Done::of(program("git").args(["init", "--quiet"]).arg(&folder)).expect_code(0);
    let thief = GitRepository::at(&folder);
    let files: Vec<(String, Vec<u8>)> = files_of(&leak).into_iter().collect();
    for (path, bytes) in &files {
        let to = folder.join(path);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::write(to, bytes).unwrap();
    }
    thief.commit::<&str, &str>(&[], "As it came");
    for (path, _) in &files {
        std::fs::remove_file(folder.join(path)).unwrap();
    }
    std::fs::write(folder.join("README.md"), "nothing to see\n").unwrap();
    thief.commit::<&str, &str>(&[], "Clean up");
    let bait = owner.path("bait");
    std::fs::write(
        folder.join(".git/config"),
        format!(
            "[core]\n\trepositoryformatversion = 0\n\tfsmonitor = touch {bait}\n\tsshCommand = touch {bait}\n[alias]\n\tcat-file = !touch {bait}\n",
            bait = bait.display()
        ),
    )
    .unwrap();
    let (verdict, recipient, report) = owner.trace(&folder);
    assert_eq!(
        (verdict.as_str(), recipient.as_deref()),
        ("exact", Some("nordwind")),
        "{report}"
    );
    assert!(!bait.exists());
    // A repository that borrows objects could make us read any folder of this machine.
    std::fs::write(folder.join(".git/objects/info/alternates"), "/\n").unwrap();
    let (_, recipient, report) = owner.trace(&folder);
    assert_eq!(recipient, None, "{report}");
    assert!(report["left_out"].to_string().contains("borrows"), "{report}");
}

#[test]
fn an_archive_is_known_by_its_bytes() {
    let owner = Owner::signed();
    let leak = leak_of(&owner, "nordwind");
    let script = "
import sys, os, zipfile, gzip
folder, to = sys.argv[1:]
with zipfile.ZipFile(to, 'w', zipfile.ZIP_DEFLATED) as out:
    for root, _, names in os.walk(folder):
        for name in sorted(names):
            path = os.path.join(root, name)
            out.write(path, os.path.relpath(path, folder))
";
    let odd = owner.path("holiday.jpg");
    Done::of(program("python3").args(["-I", "-c", script]).arg(&leak).arg(&odd)).expect_code(0);
    let (_, recipient, report) = owner.trace(&odd);
    assert_eq!(recipient.as_deref(), Some("nordwind"), "{report}");
    let unread = owner.write("a.tar.xz", b"\xfd7zXZ\0\0\0");
    let (_, recipient, report) = owner.trace(&unread);
    assert_eq!(recipient, None);
    assert!(report["left_out"].to_string().contains("xz"), "{report}");
}

#[test]
fn the_page_shows_both_sources_and_nothing_of_them_is_markup() {
    let owner = Owner::signed();
    let leak = leak_of(&owner, "nordwind");
    leak_of(&owner, "suedwerk");
    let text = std::fs::read_to_string(leak.join("crates/api/src/agreement.rs")).unwrap();
    let evil = format!("// <script>alert('owned')</script><img src=x onerror=alert(1)>\n{text}");
    owner.write("evil/<script>alert(1)<b>agreement.rs", evil);
    let line = "let price = tariff(7); ".repeat(4_000);
    owner.write("evil/long.rs", format!("{line}\n{text}"));
    let page = owner.path("page.html");
    owner
        .run(&["trace", &shown(&owner.path("evil")), "--html", &shown(&page)])
        .expect_code(0)
        .says(&["the copy delivered to nordwind", "would change this", "lines "]);
    let html = std::fs::read_to_string(&page).unwrap();
    assert!(
        !html.contains("<script") && !html.contains("<img") && !html.contains("<b>"),
        "{html}"
    );
    assert!(
        html.contains("&lt;script&gt;alert(1)&lt;b&gt;agreement.rs"),
        "{html}"
    );
    // The verdict and what it does not prove come first; nothing is fetched, nothing runs.
    let at = |words: &str| html.find(words).unwrap_or_else(|| panic!("no {words:?}: {html}"));
    assert!(at("<h1>") < at("What this does not prove") && at("What this does not prove") < at("<table"));
    for outside in [" src=", "url(", "href=\"http", "@import", "onerror=alert(1)>"] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert!(html.len() < 2_000_000, "{}", html.len());
    assert!(html.contains("default-src 'none'"));
    assert!(html.contains("owner's eyes only") || html.contains("owner&#39;s eyes only"));
    assert!(html.contains("<mark class=\"yes\""), "no site is shown");
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(
        std::fs::metadata(&page).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn a_damaged_index_is_made_anew() {
    let owner = Owner::signed();
    let leak = leak_of(&owner, "nordwind");
    let (_, first, _) = owner.trace(&leak);
    let folder = owner.home().join("similar");
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = std::fs::read(&path).unwrap();
        // Inside the first block: seen only when it is read. The list of notices beside it is damaged otherwise.
        match bytes.get_mut(30) {
            Some(byte) => *byte ^= 0x55,
            None => bytes.push(b'?'),
        }
        std::fs::write(&path, bytes).unwrap();
    }
    let (_, again, report) = owner.trace(&leak);
    assert_eq!(first, again, "{report}");
    for entry in std::fs::read_dir(&folder).unwrap() {
        std::fs::write(entry.unwrap().path(), "cut").unwrap();
    }
    assert_eq!(owner.trace(&leak).1, first);
}
