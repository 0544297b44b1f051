//! Estates as people get them wrong, and what applying one twice, changing one or using the example does.

use crate::support::{ADA, BO, Owner, VIEW, shown};
use ringfence_testkit::GitRepository;

/// The example of the design, unchanged.
const EXAMPLE: &str = include_str!("../../../domain/tests/fixtures/estate.toml");

/// Both `plan` and `apply` refuse it with these words, and nothing is applied.
#[track_caller]
fn refused(owner: &Owner, text: &str, words: &[&str]) {
    let file = shown(&owner.write("estate.toml", text));
    for command in ["plan", "apply"] {
        let done = owner.run(&[command, &file]).expect_code(2).says(words);
        assert_eq!(done.out, "");
        assert_eq!(owner.json(&[command, &file], 2)["class"], "input");
    }
    owner
        .run(&["agreement", "list"])
        .expect_code(1)
        .says(&["no estate is applied yet"]);
}

#[test]
fn an_unknown_key_is_refused_with_line_and_column() {
    let owner = Owner::with_empty_home();
    let text = owner.edited(&[("branch = \"main\"", "brnach = \"main\"")]);
    let line = text.lines().position(|line| line.starts_with("brnach")).unwrap() + 1;
    refused(
        &owner,
        &text,
        &[&format!("estate.toml:{line}:1"), "brnach", "branch"],
    );
}

#[test]
fn a_text_that_is_no_estate_is_refused_with_its_place() {
    let owner = Owner::with_empty_home();
    refused(&owner, "version = 1\n[owner\n", &["estate.toml:2"]);
    refused(&owner, "", &["version"]);
    let file = owner.write("latin.toml", b"version = 1\n# caf\xe9\n");
    owner
        .run(&["plan", &shown(&file)])
        .expect_code(2)
        .says(&["UTF-8"]);
    let folder = owner.path("no-estate");
    std::fs::create_dir(&folder).unwrap();
    owner
        .run(&["apply", &shown(&folder)])
        .expect_code(2)
        .says(&["holds no .toml file"]);
}

#[test]
fn a_cycle_of_subcontractors_is_refused() {
    let owner = Owner::with_empty_home();
    let mut text = owner.estate();
    for (name, of) in [("north", "south"), ("south", "east"), ("east", "north")] {
        text.push_str(&format!(
            "\n[[party]]\nname = \"{name}\"\nrole = \"subcontractor\"\nof = \"{of}\"\ncountry = \"PL\"\n"
        ));
    }
    refused(&owner, &text, &["north", "south", "east"]);
}

#[test]
fn a_view_of_a_missing_repository_is_refused() {
    let owner = Owner::with_empty_home();
    let text = owner.edited(&[("repository = \"shop\"\nhistory", "repository = \"shpo\"\nhistory")]);
    refused(&owner, &text, &["shpo", "shop"]);
}

#[test]
fn dates_that_contradict_or_overlap_are_refused() {
    let owner = Owner::with_empty_home();
    let text = owner.edited(&[("ends = 2099-12-31", "ends = 2025-12-31")]);
    refused(&owner, &text, &["2025-12-31", "2026-01-01"]);
    let text = owner.edited(&[("until = 2099-12-31", "until = 2025-06-30")]);
    refused(&owner, &text, &["2025-06-30"]);
    let again = format!(
        "{}\n[[grant]]\nrecipient = \"nordwind\"\nview = \"{VIEW}\"\nagreements = [\"NDA-7\"]\npurpose = \"rework\"\n\
         from = 2027-01-01\nuntil = 2028-12-31\n",
        owner.estate()
    );
    refused(&owner, &again, &["nordwind", VIEW, "2027-01-01"]);
}

#[test]
fn a_missing_file_of_a_replaced_path_is_refused() {
    let owner = Owner::with_empty_home();
    let text = owner.edited(&[(
        "[[party]]\nname = \"nordwind\"",
        "[[view.replace]]\npath = \"Cargo.toml\"\nfile = \"views/Cargo.toml\"\n\n[[party]]\nname = \"nordwind\"",
    )]);
    refused(&owner, &text, &["views/Cargo.toml"]);
}

#[test]
fn a_folder_of_files_is_one_estate() {
    let owner = Owner::with_empty_home();
    owner.source.commit(&[("README.md", "# Shop\n")], "First");
    let text = owner.estate();
    let (head, parties) = text.split_at(text.find("\n[[party]]").unwrap());
    owner.write("estate/10-shop.toml", head);
    owner.write("estate/20-vendors.toml", parties);
    owner.write("estate/notes.txt", "not read");
    let folder = shown(&owner.path("estate"));
    let done = owner.run(&["apply", &folder]).expect_code(0);
    assert!(done.out.ends_with("applied\n"), "{}", done.out);
    // The same as one file: nothing is left to change.
    let file = owner.write("estate.toml", &text);
    let done = owner.run(&["apply", &shown(&file)]).expect_code(0);
    assert_eq!(done.out, "nothing to change\n");
    // A mistake is shown in the file that it is in.
    owner.write("estate/20-vendors.toml", parties.replace("country", "county"));
    owner
        .run(&["plan", &folder])
        .expect_code(2)
        .says(&["20-vendors.toml:", "county"]);
}

#[test]
fn applying_twice_changes_nothing_and_writes_no_entry() {
    let owner = Owner::declared();
    let entries = |owner: &Owner| {
        owner
            .json(&["ledger", "tail", "-n", "1000"], 0)
            .as_array()
            .unwrap()
            .len()
    };
    let before = entries(&owner);
    let file = shown(&owner.path("estate.toml"));
    assert_eq!(
        owner.run(&["apply", &file]).expect_code(0).out,
        "nothing to change\n"
    );
    assert!(
        owner
            .run(&["plan", &file])
            .expect_code(0)
            .out
            .starts_with("Nothing changes.\n")
    );
    assert_eq!(entries(&owner), before);
    // Renaming the owner would orphan every log.
    let text = owner.edited(&[("name = \"Acme\"", "name = \"Other\"")]);
    owner.apply(&text).expect_code(1).says(&["Acme", "Other"]);
}

#[test]
fn the_example_of_the_design_is_applied_as_it_stands() {
    let owner = Owner::with_empty_home();
    let shop = GitRepository::create(&owner.path("srv/shop"));
    shop.commit(
        &[
            ("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n"),
            ("README.md", "# Shop\n"),
            ("crates/api/src/lib.rs", "pub fn api() {}\n"),
            ("crates/web/src/lib.rs", "pub fn web() {}\n"),
            ("crates/pricing/src/lib.rs", "pub fn margin() -> u32 { 41 }\n"),
            ("crates/hidden/src/lib.rs", "pub fn hidden() {}\n"),
        ],
        "First",
    );
    owner.write(
        "views/storefront/Cargo.toml",
        "[workspace]\nmembers = [\"crates/web\", \"crates/api\"]\n",
    );
    assert!(EXAMPLE.contains("\"/srv/git/shop.git\""));
    let text = EXAMPLE.replace("/srv/git/shop.git", &shown(shop.path()));
    owner.apply(&text).expect_code(0).says(&["applied"]);
    for who in ["owner", ADA] {
        owner
            .run(&["agreement", "sign", "NDA-7", "--as", who])
            .expect_code(0);
    }
    let files = owner.json(&["view", "files", VIEW], 0);
    let paths: Vec<&str> = files
        .as_array()
        .unwrap()
        .iter()
        .filter(|file| file["visibility"] != "interface")
        .map(|file| file["path"].as_str().unwrap())
        .collect();
    assert_eq!(
        paths,
        [
            "Cargo.toml",
            "README.md",
            "crates/api/src/lib.rs",
            "crates/web/src/lib.rs"
        ]
    );
    let copy = crate::support::files_of(&owner.export("nordwind", "copy"));
    assert_eq!(copy.len(), 5, "{:?}", copy.keys());
    let pricing = String::from_utf8_lossy(&copy["crates/pricing/src/lib.rs"]);
    assert!(
        pricing.contains("pub fn") && pricing.contains("unimplemented!()"),
        "{pricing}"
    );
    assert!(String::from_utf8_lossy(&copy["Cargo.toml"]).contains("crates/web\", \"crates/api"));
    owner
        .run(&["view", "exposure", VIEW])
        .expect_code(0)
        .says(&["interface: 1 files", "pricing"]);
}

#[test]
fn changing_the_terms_of_a_signed_agreement_shuts_the_gate() {
    let owner = Owner::signed();
    let (_, token) = owner.token(ADA, "1h");
    let server = owner.serve();
    server.clone_view(&token, &owner.path("before")).expect_code(0);
    owner
        .apply(&owner.edited(&[("id = \"NDA-7\"\nkind = \"nda\"", "id = \"NDA-7\"\nkind = \"msa\"")]))
        .expect_code(0)
        .says(&["NDA-7", "kind"]);
    owner
        .run(&["agreement", "show", "NDA-7"])
        .expect_code(0)
        .says(&["EARLIER terms", "signed by owner"]);
    owner
        .run(&["why", ADA, VIEW])
        .expect_code(1)
        .says(&["NDA-7", "agreement sign NDA-7"]);
    // The other vendor's paper is untouched.
    owner.run(&["why", BO, VIEW]).expect_code(0);
    // A token that was good is no longer; not even the running server remembers.
    let fetched = server.git(&owner.path("before"), &token, &["fetch", "--quiet", "origin"]);
    assert_ne!(fetched.code, 0);
    owner
        .run(&[
            "view",
            "export",
            VIEW,
            "--recipient",
            "nordwind",
            &shown(&owner.path("copy")),
        ])
        .expect_code(1)
        .says(&["NDA-7"]);
    assert!(!owner.path("copy").exists());
    // Signed anew it opens again.
    for who in ["owner", ADA] {
        owner
            .run(&["agreement", "sign", "NDA-7", "--as", who])
            .expect_code(0);
    }
    server
        .git(&owner.path("before"), &token, &["fetch", "--quiet", "origin"])
        .expect_code(0);
}

#[test]
fn what_is_no_longer_declared_lets_nobody_in() {
    let owner = Owner::signed();
    let (_, token) = owner.token(ADA, "1h");
    let server = owner.serve();
    let clone = owner.path("clone");
    server.clone_view(&token, &clone).expect_code(0);
    let fetch = || server.git(&clone, &token, &["fetch", "--quiet", "origin"]).code == 0;
    let whole = owner.estate();
    let grant = whole
        .split("\n[[")
        .find(|table| table.starts_with("grant]]\nrecipient = \"nordwind\""))
        .unwrap();
    let without = whole.replace(&format!("\n[[{grant}"), "");
    assert!(fetch());
    owner
        .apply(&without)
        .expect_code(0)
        .says(&["- grant nordwind/storefront"]);
    assert!(!fetch(), "a grant that is not declared was used");
    owner.run(&["why", ADA, VIEW]).expect_code(1).says(&["grant"]);
    owner.apply(&whole).expect_code(0);
    assert!(fetch());
    // A person who left: the party and its papers stay.
    let left = whole.replace(ADA, "eva@nordwind.example");
    owner.apply(&left).expect_code(0);
    assert!(!fetch(), "a person who is not declared came in");
}

#[test]
fn an_agreement_that_is_not_yet_or_no_longer_effective_opens_nothing() {
    let owner = Owner::declared();
    let edit = |id: &str, from: &str, to: &str| {
        let text = owner.estate();
        let (head, tail) = text.split_at(text.find(&format!("id = \"{id}\"")).unwrap());
        format!("{head}{}", tail.replacen(from, to, 1))
    };
    // Its grant starts with it.
    let later = edit("NDA-7", "effective = 2026-01-01", "effective = 2090-01-01").replacen(
        "from = 2026-01-01",
        "from = 2090-01-01",
        1,
    );
    owner.apply(&later).expect_code(0);
    for who in ["owner", ADA] {
        owner
            .run(&["agreement", "sign", "NDA-7", "--as", who])
            .expect_code(0);
    }
    owner
        .run(&["why", ADA, VIEW])
        .expect_code(1)
        .says(&["2090-01-01"]);
    owner
        .run(&["token", "issue", "--person", ADA, "--view", VIEW])
        .expect_code(1);
    let over = edit("NDA-7", "ends = 2099-12-31", "ends = 2026-01-31").replacen(
        "until = 2099-12-31",
        "until = 2026-01-31",
        1,
    );
    owner.apply(&over).expect_code(0);
    owner
        .run(&["agreement", "sign", "NDA-7", "--as", "owner"])
        .expect_code(1)
        .says(&["2026-01-31"]);
    owner
        .run(&["why", ADA, VIEW])
        .expect_code(1)
        .says(&["2026-01-31"]);
}

#[test]
fn a_narrowed_view_delivers_less_and_keeps_nothing_back_in_the_store() {
    let owner = Owner::signed();
    let (_, token) = owner.token(ADA, "1h");
    let server = owner.serve();
    server.clone_view(&token, &owner.path("before")).expect_code(0);
    let blob = GitRepository::at(&owner.path("before")).git(&["rev-parse", "HEAD:crates/api/src/plan.rs"]);
    owner
        .apply(&owner.edited(&[("\"crates/api/**\"", "\"crates/api/src/view.rs\"")]))
        .expect_code(0);
    let copy = crate::support::files_of(&owner.export("nordwind", "copy"));
    assert!(copy.contains_key("crates/api/src/view.rs") && !copy.contains_key("crates/api/src/plan.rs"));
    server.clone_view(&token, &owner.path("after")).expect_code(0);
    let after = GitRepository::at(&owner.path("after"));
    assert!(!after.git(&["rev-list", "--objects", "--all"]).contains(&blob));
    let (had, _, _) = after.try_git(&["cat-file", "-e", &blob]);
    assert!(!had);
    // Nor by its name.
    let fetched = server.git(after.path(), &token, &["fetch", "--quiet", "origin", &blob]);
    assert_ne!(fetched.code, 0);
}

#[test]
fn a_plan_holds_the_rules_against_the_files_as_they_are() {
    let owner = Owner::with_empty_home();
    let text = owner.edited(&[(
        "{ visibility = \"read\", paths = [\"README.md\", \"crates/api/**\"] },",
        "{ visibility = \"write\", paths = [\"crates/web/src/**\"] },\n  { visibility = \"read\", paths = [\"README.md\", \"crates/apo/**\"] },",
    )]);
    let file = shown(&owner.write("estate.toml", &text));
    // No commit yet: the plan is made, and says what it could not look at.
    owner.run(&["plan", &file]).expect_code(0).says(&[
        "warning: repository shop cannot be read, so the rules of its views are not held against its files",
    ]);
    owner.source.commit(
        &[
            ("README.md", "# Shop\n"),
            ("crates/web/src/a.rs", "fn a() {}\n"),
            ("crates/api/a.rs", "fn a() {}\n"),
        ],
        "First",
    );
    let told = |done: &crate::support::Done| -> Vec<String> {
        let about = |line: &&str| line.contains("warning: view storefront: rule");
        done.out.lines().filter(about).map(str::to_owned).collect()
    };
    let done = owner.run(&["plan", &file]).expect_code(0);
    let expected = [
        "warning: view storefront: rule 2: \"crates/apo/**\" matches no path of the repository",
        "warning: view storefront: rule 1: \"crates/web/src/**\" decides nothing: what it matches is decided by later rules, among them \"crates/web/**\"",
    ];
    let mut found = told(&done);
    found.sort();
    let mut wanted = expected.map(str::to_owned).to_vec();
    wanted.sort();
    assert_eq!(found, wanted, "{}", done.out);
    // Planning leaves nothing behind.
    let mirrors = owner.home().join("mirrors");
    assert!(!mirrors.exists() || std::fs::read_dir(&mirrors).unwrap().next().is_none());
    assert!(
        std::fs::read_dir(owner.home()).unwrap().all(|entry| !entry
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with(".tmp"))
    );
    // Once it is declared the mirror is looked at, and a rule that is mended is told no more.
    owner.run(&["apply", &file]).expect_code(0);
    assert_eq!(told(&owner.run(&["plan", &file]).expect_code(0)).len(), 2);
    let file = shown(&owner.write("estate.toml", text.replace("crates/apo", "crates/api")));
    assert_eq!(told(&owner.run(&["plan", &file]).expect_code(0)).len(), 1);
    let value = owner.json(&["plan", &file], 0);
    assert!(
        value["warnings"].to_string().contains("decides nothing"),
        "{value}"
    );
}
