//! Header lines end to end: a real clone has them, and whatever a real push does to them, the owner gets its own text back.

use crate::support::{ADA, BO, Done, Owner, Server, VIEW, files_of, shown};
use ringfence_testkit::GitRepository;
use std::path::Path;

const WORDS: &str = "Delivered by Acme under NDA-7; see LICENCE-TERMS.md";
const SWITCH: &str = "marks = { profile = \"auto\" }\n";
const NOTE: &str = "crates/web/src/note.rs";
const TREE: &str = "crates/web/src/tree.rs";

/// Switches the line on: `value` as it stands in the estate.
fn with_header(owner: &Owner, value: &str) -> Done {
    owner.apply(&owner.edited(&[(SWITCH, &format!("{SWITCH}header = {value}\n"))]))
}

fn framed(open: &str, close: &str, text: &str) -> String {
    format!("{open} {WORDS}{close}\n\n{text}")
}

/// A signed owner with files of several kinds.
fn stocked() -> Owner {
    let owner = Owner::signed();
    owner.source.commit(
        &[
            ("crates/web/run.sh", "#!/bin/sh\necho storefront\n"),
            ("crates/web/data.json", "{ \"a\": 1 }\n"),
            ("crates/web/LICENSE", "All rights reserved.\n"),
            ("crates/web/site.css", "@charset \"utf-8\";\nb { margin: 0 }\n"),
            ("crates/web/crlf.py", "import os\r\n\r\nprint(os.name)\r\n"),
        ],
        "More kinds",
    );
    owner
}

fn cloned(owner: &Owner, server: &Server, person: &str, name: &str) -> (GitRepository, String) {
    let (_, token) = owner.token(person, "1h");
    let folder = owner.path(name);
    server.clone_view(&token, &folder).expect_code(0);
    (GitRepository::at(&folder), token)
}

fn read(folder: &Path, path: &str) -> String {
    std::fs::read_to_string(folder.join(path)).unwrap()
}

fn owners(owner: &Owner, revision: &str, path: &str) -> String {
    let text = owner.source.git(&["show", &format!("{revision}:{path}")]);
    format!("{text}\n")
}

#[test]
fn a_clone_has_the_line_in_every_file_that_can_hold_it() {
    let owner = stocked();
    with_header(&owner, "true").expect_code(0);
    let server = owner.serve();
    let (clone, _) = cloned(&owner, &server, ADA, "clone");
    let has = |path: &str, start: &str| {
        let text = read(clone.path(), path);
        assert!(text.starts_with(start), "{path}: {text}");
    };
    for path in [NOTE, TREE, "crates/api/src/view.rs", "crates/api/src/glob.rs"] {
        has(path, &framed("//", "", ""));
    }
    has("README.md", &framed("<!--", " -->", "# Shop\n"));
    has(
        "crates/web/run.sh",
        &format!("#!/bin/sh\n{}", framed("#", "", "echo")),
    );
    has(
        "crates/web/site.css",
        &format!("@charset \"utf-8\";\n{}", framed("/*", " */", "b {")),
    );
    has("crates/web/crlf.py", &format!("# {WORDS}\r\n\r\nimport os\r\n"));
    for path in ["crates/web/data.json", "crates/web/LICENSE", "LICENCE-TERMS.md"] {
        assert!(!read(clone.path(), path).contains(WORDS), "{path}");
    }
    // The line names the recipient's own agreements and nobody else's; where the agreements are the same it is the same.
    let (other, _) = cloned(&owner, &server, BO, "other");
    for (folder, own, foreign) in [(clone.path(), "NDA-7", "NDA-8"), (other.path(), "NDA-8", "NDA-7")] {
        for (path, text) in files_of(folder) {
            let text = String::from_utf8(text).unwrap();
            let lines: Vec<&str> = text
                .lines()
                .filter(|line| line.contains("Delivered by"))
                .collect();
            assert!(lines.len() < 2, "{path}");
            for line in lines {
                assert!(line.contains(own) && !line.contains(foreign), "{path}: {line}");
            }
        }
    }
    // Delivering again is delivering the same; the owner's report says where the line is not.
    let copy = owner.export("nordwind", "copy");
    assert_eq!(files_of(&copy), files_of(clone.path()));
    let exposure = owner.json(&["view", "exposure", VIEW], 0);
    let header = &exposure["header"];
    assert_eq!(header["files"], 10, "{header}");
    assert_eq!(header["lines"]["nordwind"], WORDS);
    assert_eq!(header["without"]["it is a licence or a notice"], 1);
    assert_eq!(
        header["without"]["no comment syntax is known for this kind of file"],
        1
    );
    owner
        .run(&["view", "exposure", VIEW])
        .expect_code(0)
        .says(&["header line: in 10 files", "not in 1: it is a licence"]);
    // What a copy changes are its marks, not its line.
    let marks = owner
        .json(&["mark", "diff", VIEW, "--recipient", "nordwind"], 0)
        .to_string();
    assert!(
        marks.contains("view.rs") && !marks.contains("Delivered by"),
        "{marks}"
    );
}

#[test]
fn whatever_a_push_does_to_the_line_the_owner_gets_its_own_text() {
    let owner = stocked();
    with_header(&owner, "true").expect_code(0);
    let server = owner.serve();
    let (clone, token) = cloned(&owner, &server, ADA, "clone");
    clone.git(&["checkout", "--quiet", "-b", "work", "origin/main"]);
    let (note, tree) = (read(clone.path(), NOTE), read(clone.path(), TREE));
    let line = format!("// {WORDS}\n");
    clone.commit(
        &[
            // An edit and the line left alone; an edit and the line gone; the line changed; moved down and copied.
            (NOTE, format!("{note}\n// Reworked.\n")),
            (TREE, format!("{}\n// Reworked too.\n", tree.replacen(&format!("{line}\n"), "", 1))),
            ("crates/web/run.sh", "#!/bin/sh\n# Delivered by Nordwind under NDA-7; see LICENCE-TERMS.md\n\necho storefront\nexit 0\n".to_owned()),
            ("crates/web/crlf.py", format!("# mine\r\n# {WORDS}\r\n\r\nimport os\r\n\r\nprint(os.name)\r\n\r\n# {WORDS}\r\n")),
            // A new file without it, a copy with it, one of a kind that has none, and the words in a string.
            ("crates/web/src/fresh.rs", "pub fn fresh() -> u8 {\n    7\n}\n".to_owned()),
            ("crates/web/src/copy.rs", note.clone()),
            ("crates/web/notes.txt", format!("# {WORDS}\nmine\n")),
            ("crates/web/src/quoted.rs", format!("pub const WORDS: &str = \"{WORDS}\";\n")),
        ],
        "Work",
    );
    server
        .git(clone.path(), &token, &["push", "origin", "work"])
        .expect_code(0)
        .says(&[
            "tree.rs: the header line is gone",
            "run.sh: your line 2 is the header line with other words",
            "crlf.py: the header line stands again in your line 8",
            "quoted.rs: your line 1 has the words of the header line",
        ]);
    let list = owner.json(&["submission", "list"], 0);
    let id = list[0]["id"].as_str().unwrap().to_owned();
    let flags = list[0]["flags"].to_string();
    for said in [
        "tree.rs: the vendor took the header line out",
        "run.sh: the vendor changed the header line (pushed line 2); not taken over: # Delivered by Nordwind under NDA-7",
        "crlf.py: the header line stood again in pushed line 8",
    ] {
        assert!(flags.contains(said), "{said}: {flags}");
    }
    assert!(
        !flags.contains("note.rs") && !flags.contains("copy.rs"),
        "{flags}"
    );
    let shown_text = owner.run(&["submission", "show", &id]).expect_code(0).out;
    let added: Vec<&str> = shown_text
        .lines()
        .filter(|line| line.starts_with('+') && line.contains(WORDS))
        .collect();
    assert_eq!(added, [format!("+pub const WORDS: &str = \"{WORDS}\";")]);
    owner.run(&["submission", "accept", &id]).expect_code(0);
    let branch = "ringfence/nordwind/work";
    let before = |path: &str| owners(&owner, "main", path);
    for (path, expected) in [
        (NOTE, format!("{}\n// Reworked.\n", before(NOTE))),
        (TREE, format!("{}\n// Reworked too.\n", before(TREE))),
        (
            "crates/web/run.sh",
            "#!/bin/sh\necho storefront\nexit 0\n".to_owned(),
        ),
        (
            "crates/web/src/fresh.rs",
            "pub fn fresh() -> u8 {\n    7\n}\n".to_owned(),
        ),
        ("crates/web/src/copy.rs", before(NOTE)),
        ("crates/web/notes.txt", "mine\n".to_owned()),
    ] {
        assert_eq!(owners(&owner, branch, path), expected, "{path}");
    }
    // git of the test repository trims the last line's end, the others are the vendor's.
    assert_eq!(
        owners(&owner, branch, "crates/web/crlf.py").trim_end(),
        "# mine\r\nimport os\r\n\r\nprint(os.name)"
    );
    // What was pushed is what comes back, byte for byte, once the owner took it.
    owner
        .source
        .git(&["merge", "--quiet", "--no-ff", "-m", "Take it", branch]);
    server
        .git(clone.path(), &token, &["fetch", "--quiet", "origin"])
        .expect_code(0);
    assert_eq!(
        clone.git(&["diff", "--stat", "work", "origin/main", "--", "crates"]),
        ""
    );
    let own = clone.git(&["rev-parse", "work"]);
    assert!(
        clone.git(&["rev-list", "origin/main"]).contains(&own),
        "the vendor's own commit is in the history"
    );
    // The next push stands on what was pushed, edited lines and all.
    clone.git(&["checkout", "--quiet", "-b", "more", "origin/main"]);
    for path in ["crates/web/run.sh", "crates/web/src/fresh.rs", TREE] {
        let text = read(clone.path(), path);
        clone.commit(&[(path, format!("{text}# {path}\n"))], "More");
    }
    server
        .git(clone.path(), &token, &["push", "origin", "more"])
        .expect_code(0);
    let list = owner.json(&["submission", "list"], 0);
    let more = list
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["branch"] == "more")
        .unwrap();
    assert_eq!(more["state"], "translated", "{more}");
    owner
        .run(&["submission", "accept", more["id"].as_str().unwrap()])
        .expect_code(0);
    assert_eq!(
        owners(&owner, "ringfence/nordwind/more", "crates/web/run.sh"),
        "#!/bin/sh\necho storefront\nexit 0\n# crates/web/run.sh\n"
    );
    // When the owner changes a file whose line the vendor took out, it comes with the line again.
    let text = owners(&owner, "main", TREE);
    owner
        .source
        .commit(&[(TREE, format!("{text}// Owner\n"))], "Owner");
    server
        .git(clone.path(), &token, &["fetch", "--quiet", "origin"])
        .expect_code(0);
    let now = clone.git(&["show", &format!("origin/main:{TREE}")]);
    assert!(now.starts_with(&line) && now.ends_with("// Owner"), "{now}");
}

#[test]
fn switching_it_on_and_off_is_one_commit_each_and_old_bases_still_push() {
    let owner = stocked();
    let server = owner.serve();
    let (clone, token) = cloned(&owner, &server, ADA, "clone");
    let first = files_of(clone.path());
    clone.git(&["checkout", "--quiet", "-b", "old-base", "origin/main"]);
    let text = read(clone.path(), NOTE);
    clone.commit(&[(NOTE, format!("{text}\n// On the old base.\n"))], "Work");
    with_header(&owner, "\"Property of {owner}; view {view}; {agreements}\"").expect_code(0);
    server
        .git(clone.path(), &token, &["fetch", "--quiet", "origin"])
        .expect_code(0);
    assert_eq!(clone.git(&["rev-list", "--count", "origin/main"]), "2");
    clone.git(&["checkout", "--quiet", "-b", "new-base", "origin/main"]);
    let second = files_of(clone.path());
    let line = format!("// Property of Acme; view {VIEW}; NDA-7\n\n");
    for (path, text) in &first {
        let with = String::from_utf8_lossy(&second[path]).into_owned();
        if path.ends_with(".rs") {
            assert_eq!(with, format!("{line}{}", String::from_utf8_lossy(text)), "{path}");
        }
    }
    clone.commit(
        &[(
            TREE,
            format!("{}\n// On the new base.\n", read(clone.path(), TREE)),
        )],
        "Work",
    );
    // Both at once, on two delivered bases, one without the line and one with it.
    server
        .git(clone.path(), &token, &["push", "origin", "old-base", "new-base"])
        .expect_code(0);
    for (branch, path, more) in [("old-base", NOTE, "old"), ("new-base", TREE, "new")] {
        let list = owner.json(&["submission", "list"], 0);
        let row = list
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["branch"] == branch)
            .unwrap();
        assert_eq!(
            (row["state"].as_str(), row["flags"].to_string().as_str()),
            (Some("translated"), "[]"),
            "{row}"
        );
        owner
            .run(&["submission", "accept", row["id"].as_str().unwrap()])
            .expect_code(0);
        assert_eq!(
            owners(&owner, &format!("ringfence/nordwind/{branch}"), path),
            format!("{}\n// On the {more} base.\n", owners(&owner, "main", path))
        );
    }
    owner.apply(&owner.estate()).expect_code(0);
    server
        .git(clone.path(), &token, &["fetch", "--quiet", "origin"])
        .expect_code(0);
    assert_eq!(clone.git(&["rev-list", "--count", "origin/main"]), "3");
    clone.git(&["checkout", "--quiet", "--detach", "origin/main"]);
    assert_eq!(files_of(clone.path()), first);
    // And on again: the very bytes that were delivered then.
    with_header(&owner, "\"Property of {owner}; view {view}; {agreements}\"").expect_code(0);
    server
        .git(clone.path(), &token, &["fetch", "--quiet", "origin"])
        .expect_code(0);
    clone.git(&["checkout", "--quiet", "--detach", "origin/main"]);
    assert_eq!(files_of(clone.path()), second);
    // A new generation gives them too.
    owner.run(&["view", "restart", VIEW]).expect_code(0);
    let (anew, _) = cloned(&owner, &server, ADA, "anew");
    assert_eq!(files_of(anew.path()), second);
}

#[test]
fn lines_are_led_past_it_and_a_verbatim_copy_is_exact() {
    let owner = stocked();
    with_header(&owner, "true").expect_code(0);
    let copy = owner.export("nordwind", "copy");
    let path = "crates/api/src/agreement.rs";
    let text = read(&copy, path);
    let own = owners(&owner, "main", path);
    let locate = |place: String, more: &[&str]| {
        let mut arguments = vec!["locate", VIEW, &place, "--recipient", "nordwind"];
        arguments.extend(more);
        owner.json(&arguments, 0)
    };
    let third = locate(format!("{path}:3"), &[]);
    assert_eq!(
        (third["first"].as_u64(), &third["stands_there"]),
        (Some(1), &true.into()),
        "{third}"
    );
    assert_eq!(third["found"], own.lines().next().unwrap());
    assert_eq!(locate(format!("{path}:1"), &[])["stands_there"], false);
    assert_eq!(locate(format!("{path}:1"), &["--reverse"])["first"], 3);
    // A file without marks is led too.
    assert_eq!(locate("crates/web/run.sh:4".to_owned(), &[])["first"], 2);
    assert_eq!(locate("crates/web/run.sh:1".to_owned(), &[])["first"], 1);
    assert_eq!(
        locate("crates/web/run.sh:2".to_owned(), &["--reverse"])["first"],
        4
    );
    // The delivered bytes are exact; without the line they are a strong likeness, and the line itself says nothing.
    let leak = owner.write("leak.rs", &text);
    let (verdict, recipient, report) = owner.trace(&leak);
    assert_eq!(
        (verdict.as_str(), recipient.as_deref()),
        ("exact", Some("nordwind")),
        "{report}"
    );
    let stripped = owner.write("stripped.rs", text.split_once("\n\n").unwrap().1);
    let (verdict, recipient, _) = owner.trace(&stripped);
    assert_ne!(verdict, "exact");
    assert!(recipient.is_none_or(|recipient| recipient == "nordwind"));
    let alone = owner.write("alone.rs", format!("// {WORDS}\n").repeat(40));
    assert_eq!(owner.trace(&alone).0, "none");
}

#[test]
fn texts_that_cannot_stand_in_a_comment_are_refused_with_their_place() {
    let owner = Owner::declared();
    for (value, words) in [
        (
            "\"Of {ownr}\"",
            vec!["unknown placeholder", "{ownr}", "{agreements}"],
        ),
        (
            "\"ends */ here\"",
            vec!["*/", "ends, opens or continues a comment"],
        ),
        ("\"a --> b\"", vec!["ends, opens or continues a comment"]),
        ("\"two\\nlines\"", vec!["U+000A"]),
        ("\"hidden\\u202Eword\"", vec!["U+202E"]),
        ("\"vim: set modeline\"", vec!["obeys"]),
        ("\"\"", vec!["empty"]),
        ("7", vec!["true, false or a text in quotes"]),
    ] {
        let done = with_header(&owner, value).expect_code(2);
        done.says(&words).says(&["estate.toml:"]);
    }
    // The owner's name is put in as well.
    let text = owner.edited(&[
        ("name = \"Acme\"", "name = \"Acme */\""),
        (SWITCH, &format!("{SWITCH}header = true\n")),
    ]);
    owner.apply(&text).expect_code(2).says(&["cannot be made", "*/"]);
    with_header(&owner, "false").expect_code(0);
    let file = owner.write(
        "on.toml",
        owner.edited(&[(SWITCH, &format!("{SWITCH}header = true\n"))]),
    );
    owner
        .run(&["plan", &shown(&file)])
        .expect_code(0)
        .says(&["header: none -> true"]);
}
