//! A vendor's line leads to the owner's line and back, for the owner.

use crate::support::{ADA, Owner, VIEW};
use ringfence_testkit::GitRepository;

/// A file that nordwind only reads, so that it carries every family of marks: blank lines and orders move its lines.
const READ: &str = "crates/api/src/view.rs";

/// Delivers nordwind's copy; gives the texts of a file on both sides.
fn delivered(owner: &Owner, path: &str) -> (String, String) {
    let copy = owner.export("nordwind", "copy");
    let theirs = std::fs::read_to_string(copy.join(path)).unwrap();
    let owners = std::fs::read_to_string(owner.source.path().join(path)).unwrap();
    (theirs, owners)
}

fn locate(owner: &Owner, place: &str, more: &[&str]) -> serde_json::Value {
    let mut arguments = vec!["locate", VIEW, place, "--recipient", "nordwind"];
    arguments.extend(more);
    owner.json(&arguments, 0)
}

#[test]
fn every_line_of_a_copy_leads_to_the_owners_and_back() {
    let owner = Owner::signed();
    let (theirs, owners) = delivered(&owner, READ);
    assert_ne!(theirs, owners, "the copy has marks");
    let owner_lines: Vec<&str> = owners.lines().collect();
    let copy_lines: Vec<&str> = theirs.lines().collect();
    let mut checked = 0;
    for (number, line) in copy_lines
        .iter()
        .enumerate()
        .filter(|(number, _)| number % 5 == 0)
    {
        let place = format!("{READ}:{}", number + 1);
        let found = locate(&owner, &place, &[]);
        assert_eq!(found["text"], *line, "{found}");
        assert_eq!(found["side"], "owner");
        let first = found["first"].as_u64().unwrap();
        let at = usize::try_from(first).unwrap() - 1;
        // The same line there and back.
        if found["stands_there"] == true && found["first"] == found["last"] && !line.trim().is_empty() {
            let once = copy_lines.iter().filter(|other| *other == line).count() == 1;
            if once && owner_lines.iter().filter(|other| *other == line).count() == 1 {
                assert_eq!(owner_lines[at], *line, "{found}");
                checked += 1;
            }
            let back = locate(&owner, &format!("{READ}:{first}"), &["--reverse"]);
            let (from, to) = (back["first"].as_u64().unwrap(), back["last"].as_u64().unwrap());
            let own = u64::try_from(number).unwrap() + 1;
            assert!(from <= own && own <= to, "{found} {back}");
        }
    }
    // How many lines moved is a matter of the home's random keys; each that did was led there and back above.
    assert!(checked > 20, "{checked} lines checked");
}

#[test]
fn an_older_commit_an_unmarked_file_and_a_person_are_answered() {
    let owner = Owner::signed();
    let (theirs, _) = delivered(&owner, READ);
    let line = theirs
        .lines()
        .position(|line| line.starts_with("pub struct"))
        .unwrap()
        + 1;
    let before = locate(&owner, &format!("{READ}:{line}:9"), &[]);
    let old_copy = before["vendor_commit"].as_str().unwrap().to_owned();
    let old_owner = before["owner_commit"].as_str().unwrap().to_owned();
    // Two lines more at the top: the line moves, and stays where it was at the older commits.
    let owners = std::fs::read_to_string(owner.source.path().join(READ)).unwrap();
    owner
        .source
        .commit(&[(READ, format!("// One.\n// Two.\n{owners}"))], "Two lines");
    owner.export("nordwind", "newer");
    let after = locate(&owner, &format!("{READ}:{}", line + 2), &[]);
    assert_eq!(
        after["first"].as_u64().unwrap(),
        before["first"].as_u64().unwrap() + 2
    );
    assert_ne!(after["vendor_commit"], before["vendor_commit"]);
    for at in [&old_copy, &old_owner, &old_copy[..8].to_owned()] {
        let again = locate(&owner, &format!("./{READ}:{line}"), &["--at", at]);
        assert_eq!(again["first"], before["first"]);
        assert_eq!(again["text"], before["text"]);
    }
    let readme = locate(&owner, "README.md:3", &[]);
    assert_eq!(
        (&readme["first"], &readme["found"]),
        (&3.into(), &"The storefront.".into())
    );
    owner
        .run(&[
            "locate",
            VIEW,
            &format!("{READ}:{}", line + 2),
            "--recipient",
            "nordwind",
        ])
        .expect_code(0)
        .says(&[
            "in the copy of nordwind at",
            "in the owner's text at",
            "pub struct",
            "for the owner alone",
        ]);
}

#[test]
fn what_cannot_be_located_says_why() {
    let owner = Owner::signed();
    let ask = |place: &str, more: &[&str]| {
        let mut arguments = vec!["locate", VIEW, place, "--recipient", "nordwind"];
        arguments.extend(more);
        owner.run(&arguments)
    };
    ask(&format!("{READ}:1"), &[])
        .expect_code(1)
        .says(&["nothing was delivered"]);
    delivered(&owner, READ);
    ask(READ, &[]).expect_code(2).says(&["no FILE:LINE"]);
    ask(&format!("{READ}:0"), &[])
        .expect_code(2)
        .says(&["count from 1"]);
    ask(&format!("{READ}:99999"), &[])
        .expect_code(1)
        .says(&["lines in the copy of nordwind", "--at"]);
    ask(&format!("{READ}:99999"), &["--reverse"])
        .expect_code(1)
        .says(&["lines in the owner's text"]);
    ask("crates/pricing/src/secret_margin.rs:1", &[])
        .expect_code(1)
        .says(&["has no such file"]);
    ask("crates/pricing/src/secret_margin.rs:1", &["--reverse"])
        .expect_code(1)
        .says(&["has no such file"]);
    ask(&format!("{READ}:1"), &["--at", "main"])
        .expect_code(2)
        .says(&["hexadecimal"]);
    ask(&format!("{READ}:1"), &["--at", "0123456789"])
        .expect_code(1)
        .says(&["neither in that copy nor"]);
    owner
        .run(&["locate", "basement", "a:1", "--recipient", "nordwind"])
        .expect_code(1)
        .says(&["no view is called"]);
}

#[test]
fn a_vendors_own_commit_is_located_by_its_id() {
    let owner = Owner::signed();
    let server = owner.serve();
    let (_, token) = owner.token(ADA, "1h");
    let folder = owner.path("clone");
    server.clone_view(&token, &folder).expect_code(0);
    let clone = GitRepository::at(&folder);
    let path = "crates/web/src/note.rs";
    clone.git(&["checkout", "--quiet", "-b", "work", "origin/main"]);
    let text = std::fs::read_to_string(folder.join(path)).unwrap();
    clone.commit(&[(path, format!("// New at the top.\n{text}"))], "Work");
    server
        .git(&folder, &token, &["push", "origin", "work"])
        .expect_code(0);
    let own = clone.git(&["rev-parse", "HEAD"]);
    let found = locate(&owner, &format!("{path}:1"), &["--at", &own]);
    assert_eq!(found["found"], "// New at the top.", "{found}");
    assert_eq!(found["vendor_commit"], own);
}
