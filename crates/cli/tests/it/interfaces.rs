//! Interface files through the whole product: what a clone holds, that it compiles, that a trace reads it, that narrowing takes it.

use crate::support::{ADA, Done, Owner, VIEW, files_of, program};
use crate::trees::below;
use std::path::Path;

/// Words of the pricing file's bodies and private items that no recipient may see.
const SECRETS: &[&str] = &[
    "SECRET_FLOOR",
    "0.137",
    "quarter of a point",
    "rebate_of",
    "loyalty is not paid",
];

const PRICING: &str = r#"//! Prices of the shop.

/// A price in cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// How many cents.
    pub cents: u64,
    basis: u64,
}

const SECRET_FLOOR: u64 = 4_217;

/// What a customer pays.
///
/// The price never falls below a floor.
pub fn price_of(cost: u64, loyal: bool) -> Price {
    // A quarter of a point for each year.
    let rebate = rebate_of(cost, loyal);
    Price { cents: (cost - rebate).max(SECRET_FLOOR), basis: cost }
}

fn rebate_of(cost: u64, loyal: bool) -> u64 {
    if !loyal {
        assert!(cost > 0, "loyalty is not paid for nothing");
        return 0;
    }
    (cost as f64 * 0.137) as u64
}

impl Price {
    /// What it cost us.
    pub fn basis(&self) -> u64 {
        self.basis
    }
}
"#;

const SHOP_LIB: &str = "//! The shop.\n\npub mod pricing;\npub mod note;\n";

/// An owner whose pricing is shown as interface, with a crate around it that compiles.
fn owner() -> Owner {
    let owner = Owner::with_empty_home();
    let note = "//! Notes.\n\nuse crate::pricing::{Price, price_of};\n\n/// A note of a price.\npub fn note(cost: u64) -> String {\n    let price: Price = price_of(cost, true);\n    format!(\"{} of {}\", price.cents, price.basis())\n}\n";
    owner.source.commit(
        &[
            (
                "Cargo.toml",
                "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[workspace]\n",
            ),
            ("src/lib.rs", SHOP_LIB),
            ("src/pricing.rs", PRICING),
            ("src/note.rs", note),
            ("src/margins.csv", "a,0.137\n"),
        ],
        "First",
    );
    owner.apply(&estate(&owner)).expect_code(0);
    owner.sign_all()
}

fn estate(owner: &Owner) -> String {
    owner.edited(&[
        (
            r#"paths = ["README.md", "crates/api/**"]"#,
            r#"paths = ["Cargo.toml", "src/lib.rs"]"#,
        ),
        (r#"paths = ["crates/web/**"]"#, r#"paths = ["src/note.rs"]"#),
        (
            "rules = [\n",
            "rules = [\n  { visibility = \"interface\", paths = [\"src/**\"] },\n",
        ),
        (
            r#"paths = ["crates/pricing/**"]"#,
            r#"paths = ["src/pricing.rs"]"#,
        ),
    ])
}

fn all_text(folder: &Path) -> String {
    files_of(folder)
        .values()
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .collect()
}

#[test]
fn a_clone_has_signatures_that_compile_and_nothing_of_the_bodies() {
    let owner = owner();
    let server = owner.serve();
    let (_, token) = owner.token(ADA, "1h");
    let clone = owner.path("clone");
    server.clone_view(&token, &clone).expect_code(0);
    let files = files_of(&clone);
    let pricing = String::from_utf8(files["src/pricing.rs"].clone()).unwrap();
    for stays in [
        "pub fn price_of(cost: u64, loyal: bool) -> Price",
        "pub fn basis(&self) -> u64",
        "pub cents: u64",
        "/// What a customer pays.",
    ] {
        assert!(pricing.contains(stays), "no {stays:?} in\n{pricing}");
    }
    // No object of the whole store holds anything of the bodies, whatever names it.
    let store = owner.home().join("stores").join(VIEW).join("nordwind.git");
    let git = ringfence_testkit::GitRepository::at(&store);
    let objects = git.git(&[
        "cat-file",
        "--batch-all-objects",
        "--batch-check=%(objectname) %(objecttype)",
    ]);
    let mut blobs = 0;
    for line in objects.lines().filter(|line| line.ends_with(" blob")) {
        let text = git.git(&["cat-file", "blob", line.split(' ').next().unwrap()]);
        for secret in SECRETS {
            assert!(!text.contains(secret), "{secret:?} in\n{text}");
        }
        blobs += 1;
    }
    assert!(blobs >= 4, "{objects}");
    assert!(!files.contains_key("src/margins.csv"), "a table has no interface");
    let done = Done::of(
        program("cargo")
            .args(["check", "--offline", "--quiet"])
            .env("CARGO_TARGET_DIR", owner.path("target"))
            .current_dir(&clone),
    );
    assert_eq!(done.code, 0, "{}\n{pricing}", done.err);
    // A push to it is refused like any other that is not writable.
    let clone = ringfence_testkit::GitRepository::at(&clone);
    clone.git(&["checkout", "--quiet", "-b", "fill-in"]);
    clone.commit(&[("src/pricing.rs", PRICING)], "Fill in");
    let pushed = server.git(clone.path(), &token, &["push", "origin", "fill-in"]);
    assert_ne!(pushed.code, 0);
    pushed.says(&["src/pricing.rs", "writable"]);
}

#[test]
fn exposure_tells_what_is_left_out_and_the_next_commit_changes_only_what_it_must() {
    let owner = owner();
    let report = owner.json(&["view", "exposure", VIEW], 0);
    let text = report.to_string();
    assert!(text.contains("src/margins.csv"), "{text}");
    assert!(!text.contains("in this version"), "{text}");
    let first = files_of(&owner.export("nordwind", "first"));
    // A body changes: the interface is the same, and so is the recipient's commit.
    let tips = || {
        let store = owner.home().join("stores").join(VIEW).join("nordwind.git");
        ringfence_testkit::GitRepository::at(&store).git(&["rev-parse", "refs/heads/main"])
    };
    let before = tips();
    owner.source.commit(
        &[("src/pricing.rs", PRICING.replace("0.137", "0.139"))],
        "Other rebate",
    );
    let second = files_of(&owner.export("nordwind", "second"));
    assert_eq!(first, second);
    assert_eq!(before, tips(), "a change of a body is invisible");
    // A signature changes: that is to be seen, and still nothing of the bodies.
    let wider = PRICING.replace("pub fn basis(&self)", "pub fn cost_basis(&self)");
    owner.source.commit(&[("src/pricing.rs", wider)], "Rename");
    let third = owner.export("nordwind", "third");
    let text = all_text(&third);
    assert!(text.contains("pub fn cost_basis(&self)"), "{text}");
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret:?}");
    }
    assert_ne!(before, tips());
}

#[test]
fn hiding_interface_files_or_their_documentation_opens_a_new_generation() {
    let owner = owner();
    let docs = all_text(&owner.export("nordwind", "with-docs"));
    assert!(docs.contains("never falls below a floor"));
    let store = owner.home().join("stores").join(VIEW).join("nordwind.git");
    let git = || ringfence_testkit::GitRepository::at(&store);
    let commits = || git().git(&["rev-list", "--all"]);
    let before = commits();
    let less = estate(&owner).replace(
        "authors = \"role\"\n",
        "authors = \"role\"\ninterface = { docs = \"first-paragraph\" }\n",
    );
    owner.apply(&less).expect_code(0);
    let text = all_text(&owner.export("nordwind", "less-docs"));
    assert!(
        text.contains("What a customer pays.") && !text.contains("never falls below a floor"),
        "{text}"
    );
    for old in before.lines() {
        assert!(!commits().contains(old), "the old history is gone");
    }
    let hidden = less.replace(
        "{ visibility = \"interface\", paths = [\"src/**\"] }",
        "{ visibility = \"hidden\", paths = [\"src/**\"] }",
    );
    owner.apply(&hidden).expect_code(0);
    let files = files_of(&owner.export("nordwind", "hidden"));
    assert!(!files.contains_key("src/pricing.rs"), "{:?}", files.keys());
    let all = git().git(&["rev-list", "--all", "--objects"]);
    assert!(!all.contains("pricing"), "{all}");
}

#[test]
fn a_leaked_interface_is_traced_to_its_copy() {
    let owner = Owner::declared();
    let edited = owner.edited(&[(
        "rules = [\n",
        "rules = [\n  { visibility = \"interface\", paths = [\"crates/pricing/**\", \"crates/more/**\"] },\n",
    )]);
    // What an interface keeps has few sites: a library of this size names its copy.
    let more: Vec<(String, String)> = ["mark", "view", "domain", "ledger", "evidence", "store"]
        .iter()
        .flat_map(|name| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("..")
                .join(name)
                .join("src");
            below(&folder, &[".rs"])
        })
        .filter(|(path, _)| !path.ends_with("tests.rs") && !path.ends_with("lib.rs"))
        .enumerate()
        .map(|(number, (_, text))| {
            (
                format!("crates/more/src/m{number}.rs"),
                String::from_utf8(text).unwrap(),
            )
        })
        .collect();
    let library: String = (0..more.len())
        .map(|number| format!("pub mod m{number};\n"))
        .collect();
    let more: Vec<(String, String)> = more
        .into_iter()
        .chain([("crates/more/src/lib.rs".to_owned(), library)])
        .collect();
    let named: Vec<(&str, &str)> = more
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    owner.source.commit(&named, "More");
    owner.apply(&edited).expect_code(0);
    let owner = owner.sign_all();
    let (one, other) = (owner.export("nordwind", "one"), owner.export("suedwerk", "other"));
    let leak = owner.path("leak");
    std::fs::create_dir_all(&leak).unwrap();
    let mut shown_files = 0;
    for (path, text) in files_of(&one) {
        if path.starts_with("crates/more/") || path.starts_with("crates/pricing/") {
            std::fs::write(leak.join(path.replace('/', "_")), &text).unwrap();
            shown_files += 1;
        }
    }
    assert!(shown_files >= 3, "{shown_files}");
    assert_ne!(
        files_of(&one),
        files_of(&other),
        "each copy is its recipient's own"
    );
    let (verdict, named, report) = owner.trace(&leak);
    assert_eq!(
        (verdict.as_str(), named.as_deref()),
        ("exact", Some("nordwind")),
        "{report}"
    );
    assert!(report["bound"].as_f64().unwrap() <= 1e-9, "{report}");
    // The owner's full text of the same files explains it for nobody's copy.
    let own = owner.path("own");
    std::fs::create_dir_all(&own).unwrap();
    for (path, text) in &more {
        std::fs::write(own.join(path.replace('/', "_")), text).unwrap();
    }
    let (verdict, named, report) = owner.trace(&own);
    assert_eq!((verdict.as_str(), named), ("inconclusive", None), "{report}");
}
