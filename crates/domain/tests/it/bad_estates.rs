//! Each refusal with its place, its reason and its cure, as a person reads it.

use proptest::prelude::*;
use ringfence_domain::Estate;

use crate::{EXAMPLE, edited};

fn refusal(text: &str) -> String {
    Estate::parse(text, "estate.toml")
        .expect_err("the estate should be refused")
        .to_string()
}

#[track_caller]
fn refused_with(edits: &[(&str, &str)], expected: &str) {
    let refusal = refusal(&edited(edits));
    assert!(refusal.contains(expected), "expected {expected:?} in:\n{refusal}");
}

#[test]
fn unknown_keys_stand_with_line_column_and_the_near_one() {
    let text = edited(&[
        ("branch = \"main\"", "brnach = \"main\""),
        ("[[asset]]\nname", "[[asset]]\ncolour = 1\nname"),
        ("marks = { profile", "marks = { proflie = \"auto\", profile"),
        (
            "{ visibility = \"write\",     paths",
            "{ visibility = \"write\", path = \"x\", paths",
        ),
        ("[owner]", "[ownr]\nx = 1\n[owner]"),
    ]);
    insta::assert_snapshot!(refusal(&text));
}

#[test]
fn wrong_types_and_values_are_all_listed() {
    let text = edited(&[
        ("version = 1", "version = \"1\""),
        ("allow_vouched = true  ", "allow_vouched = \"yes\""),
        (
            "require = [\"agreement\"]",
            "require = [\"agreement\", \"undertakin\", 7]",
        ),
        ("kind = \"algorithm\"", "kind = \"algoritm\""),
        ("sensitivity = \"restricted\"", "sensitivity = \"secret\""),
        ("effective = 2026-01-01", "effective = \"2026-01-01\""),
        ("until = 2027-03-31", "until = 2027-03-31T10:00:00Z"),
        ("purpose = \"storefront-rework\"           # an id", "#"),
        ("email = \"ada@nordwind.example\"", "email = \"ada at nordwind\""),
        ("visibility = \"write\"", "visibility = \"writable\""),
        ("history = \"snapshot\"", "history = \"last week\""),
        ("[[grant]]", "[grant]"),
    ]);
    insta::assert_snapshot!(refusal(&text));
}

#[test]
fn unknown_references_are_all_listed() {
    let text = edited(&[
        ("repository = \"shop\"\npaths", "repository = \"shpo\"\npaths"),
        ("party = \"nordwind\"\n\n#", "party = \"nordwnd\"\n\n#"),
        (
            "members = [\"ada@nordwind.example\"]",
            "members = [\"bob@nordwind.example\"]",
        ),
        (
            "parties = [\"owner\", \"nordwind\"]",
            "parties = [\"owner\", \"nordwind\", \"westwind\"]",
        ),
        (
            "assets = [\"*\"]",
            "assets = [\"prcing\", \"shop/*\", \"shop/x\"]",
        ),
        (
            "repository = \"shop\"\nhistory",
            "repository = \"store\"\nhistory",
        ),
        ("agreements = [\"NDA-7\"]", "agreements = [\"NDA-8\"]"),
        ("view = \"storefront\"", "view = \"storefrnt\""),
        ("recipient = \"nordwind\"", "recipient = \"ost\""),
    ]);
    insta::assert_snapshot!(refusal(&text));
}

#[test]
fn toml_mistakes_have_their_place() {
    let refusal = refusal("version = 1\n[owner\nname = \"x\"\n");
    assert!(
        refusal.contains("estate.toml:2:7: unclosed table, expected `]`"),
        "{refusal}"
    );
    refused_with(
        &[("name = \"Acme\"", "name = \"Acme\"\nname = \"Acme\"")],
        "estate.toml:7:1: duplicate key",
    );
}

#[test]
fn names_that_become_folders_are_held_to_a_shape() {
    for name in [
        "Shop",
        "../x",
        "a/b",
        "",
        "-a",
        ".a",
        "a..b",
        "a.lock",
        "a.git",
        "a b",
        "ä",
        "a.",
        "a\\u0000",
        &"x".repeat(65),
    ] {
        refused_with(
            &[("name = \"storefront\"", &format!("name = \"{name}\""))],
            "estate.toml:54:8:",
        );
    }
    refused_with(
        &[("id = \"NDA-7\"", "id = \"../NDA-7\"")],
        "is no id for a agreement",
    );
    refused_with(
        &[(
            "[[person]]",
            "[[party]]\nname = \"nordwind\"\nrole = \"vendor\"\ncountry = \"PL\"\n[[person]]",
        )],
        "duplicate party \"nordwind\"",
    );
    refused_with(
        &[(
            "[[person]]",
            "[[person]]\nemail = \"ADA@nordwind.example\"\nparty = \"nordwind\"\n[[person]]",
        )],
        "duplicate person \"ada@nordwind.example\"",
    );
}

#[test]
fn parties_and_chains() {
    let sub = |name: &str, of: &str| {
        format!("[[party]]\nname = \"{name}\"\nrole = \"subcontractor\"\nof = \"{of}\"\ncountry = \"RO\"\n")
    };
    let cycle = format!(
        "{EXAMPLE}\n{}{}{}{}",
        sub("a", "b"),
        sub("b", "c"),
        sub("c", "a"),
        sub("outside", "a")
    );
    let refusal_of_cycle = refusal(&cycle);
    insta::assert_snapshot!(refusal_of_cycle, @r#"estate.toml:81:6: a cycle of subcontractors: a works for b works for c works for a; one of them must be a vendor of the owner"#);
    assert!(refusal(&format!("{EXAMPLE}\n{}", sub("self", "self"))).contains("self works for self"));
    assert!(refusal(&format!("{EXAMPLE}\n{}", sub("a", "nordwnd"))).contains("did you mean \"nordwind\"?"));
    assert!(refusal(&format!("{EXAMPLE}\n{}", sub("a", "owner"))).contains("works for the owner directly"));
    refused_with(
        &[("role = \"vendor\"", "role = \"subcontractor\"")],
        "subcontractor \"nordwind\" has no \"of\"",
    );
    refused_with(
        &[("role = \"vendor\"", "of = \"nordwind\"\nrole = \"vendor\"")],
        "which only a subcontractor has",
    );
    refused_with(
        &[("name = \"Acme\"", "name = \"Nordwind\"")],
        "party \"nordwind\" is the owner itself",
    );
    refused_with(
        &[("country = \"PL\"", "country = \"Poland\"")],
        "\"Poland\" is no country code",
    );
    let vendor_owner =
        format!("{EXAMPLE}\n[[party]]\nname = \"owner\"\nrole = \"vendor\"\ncountry = \"PL\"\n");
    assert!(refusal(&vendor_owner).contains("party \"owner\" is the owner itself"));
}

#[test]
fn recipients_are_teams_of_one_party() {
    let other = "[[party]]\nname = \"ostwind\"\nrole = \"vendor\"\ncountry = \"DE\"\n[[person]]\nemail = \"bob@ostwind.example\"\nparty = \"ostwind\"\n";
    let members = "members = [\"ada@nordwind.example\", \"bob@ostwind.example\"]";
    refused_with(
        &[
            ("members = [\"ada@nordwind.example\"]", members),
            ("[[agreement]]", &format!("{other}[[agreement]]")),
        ],
        "\"bob@ostwind.example\" belongs to \"ostwind\", not to \"nordwind\" as recipient \"nordwind\" does",
    );
    refused_with(
        &[("party = \"nordwind\"\nmembers", "party = \"nordwnd\"\nmembers")],
        "unknown party \"nordwnd\"",
    );
    refused_with(
        &[("party = \"nordwind\"\nmembers", "party = \"owner\"\nmembers")],
        "belongs to the owner",
    );
    refused_with(
        &[(
            "[\"ada@nordwind.example\"]\n\n",
            "[\"ada@nordwind.example\", \"ada@nordwind.example\"]\n\n",
        )],
        "is listed twice",
    );
    refused_with(
        &[
            (
                "[[recipient]]\nname = \"nordwind\"",
                "[[recipient]]\nname = \"ostwind\"",
            ),
            ("[[agreement]]", &format!("{other}[[agreement]]")),
        ],
        "has the name of another party",
    );
}

#[test]
fn agreements_have_parties_signatories_and_a_term() {
    refused_with(
        &[("ends = 2028-12-31", "ends = 2025-12-31")],
        "agreement \"NDA-7\" ends on 2025-12-31, before it is effective on 2026-01-01",
    );
    refused_with(
        &[(
            "signatories = [\"owner\", \"ada@nordwind.example\"]",
            "signatories = [\"owner\"]",
        )],
        "nobody signs agreement \"NDA-7\" for its party \"nordwind\"",
    );
    refused_with(
        &[("parties = [\"owner\", \"nordwind\"]", "parties = [\"owner\"]")],
        "fewer than two parties",
    );
    refused_with(
        &[("parties = [\"owner\", \"nordwind\"]", "parties = [\"owner\"]")],
        "whose parties are owner",
    );
    refused_with(&[("assets = [\"*\"]", "assets = []")], "covers no asset");
    refused_with(
        &[
            ("kind = \"nda\"", "kind = \"undertaking\""),
            ("\"owner\", \"ada@nordwind.example\"]", "\"owner\"]"),
        ],
        "is signed by 0 persons",
    );
    refused_with(
        &[("governing_law = \"DE\"", "governing_law = \"de\"")],
        "is no country code",
    );
    refused_with(
        &[("governing_law = \"DE\"", "subcontractors = [\"nordwind\"]")],
        "\"nordwind\" is a vendor, not a subcontractor",
    );
    refused_with(
        &[(
            "purpose = \"storefront-rework\"",
            "purpose = \"storefront rework\"",
        )],
        "is no id of a purpose",
    );
}

#[test]
fn grants_stay_inside_the_agreement_and_apart() {
    refused_with(&[("until = 2027-03-31", "until = 2026-10-31")], "which is before");
    refused_with(
        &[("from = 2026-11-01", "from = 2025-12-31")],
        "the grant starts on 2025-12-31, before agreement \"NDA-7\" (2026-01-01 to 2028-12-31)",
    );
    refused_with(
        &[("until = 2027-03-31", "until = 2029-01-01")],
        "the grant ends on 2029-01-01, after agreement \"NDA-7\"",
    );
    refused_with(
        &[("agreements = [\"NDA-7\"]", "agreements = []")],
        "rests on no agreement",
    );
    let second = |from: &str, until: &str| {
        format!(
            "{EXAMPLE}\n[[grant]]\nrecipient = \"nordwind\"\nview = \"storefront\"\nagreements = [\"NDA-7\"]\npurpose = \"storefront-rework\"\nfrom = {from}\nuntil = {until}\n"
        )
    };
    assert!(
        refusal(&second("2027-03-31", "2027-04-30"))
            .contains("overlap: one lasts until 2027-03-31, another starts on 2027-03-31")
    );
    assert!(refusal(&second("2026-06-01", "2028-01-01")).contains("overlap"));
    assert!(Estate::parse(&second("2027-04-01", "2027-04-30"), "x").is_ok());
}

#[test]
fn views_select_and_replace_soundly() {
    refused_with(
        &[(
            "repository = \"shop\"\nhistory",
            "repository = \"missing\"\nhistory",
        )],
        "estate.toml:55:14: unknown repository \"missing\"",
    );
    refused_with(
        &[("\"crates/web/**\"", "\"!crates/web/**\"")],
        "negation is refused",
    );
    refused_with(
        &[("except = [\"**/tests/**\"]", "except = [\"[a\"]")],
        "estate.toml:59:39:",
    );
    refused_with(
        &[("paths = [\"crates/pricing/**\"]\n", "paths = [\"a//b\"]\n")],
        "segment",
    );
    refused_with(
        &[("history = \"snapshot\"", "history = \"since HEAD\"")],
        "one of: snapshot, full, since <commit>",
    );
    refused_with(
        &[("history = \"snapshot\"", "history = \"full\"\ntags = [\"[a\"]")],
        "estate.toml:57:",
    );
    refused_with(
        &[("path = \"Cargo.toml\"", "path = \"/Cargo.toml\"")],
        "is absolute",
    );
    refused_with(
        &[("path = \"Cargo.toml\"", "path = \"a/../Cargo.toml\"")],
        "\"..\"",
    );
    refused_with(&[("path = \"Cargo.toml\"", "path = \".GIT/config\"")], "segment");
    refused_with(
        &[("path = \"Cargo.toml\"", "path = \"crates/web/a.rs\"")],
        "is writable in view \"storefront\"",
    );
    refused_with(
        &[("profile = \"auto\"", "profile = \"loud\"")],
        "one of: auto, robust, steady, off",
    );
    refused_with(
        &[("source = \"/srv/git/shop.git\"", "source = \"--upload-pack=x\"")],
        "is no source",
    );
    refused_with(
        &[("source = \"/srv/git/shop.git\"", "source = \"ext::sh -c x\"")],
        "is no source",
    );
    refused_with(
        &[("branch = \"main\"", "branch = \"-x\"")],
        "is no name of a branch",
    );
    refused_with(
        &[("branch = \"main\"", "branch = \"a..b\"")],
        "is no name of a branch",
    );
}

#[test]
fn versions_and_sizes_are_bounded() {
    refused_with(
        &[("version = 1", "version = 2")],
        "estate.toml:3:11: unknown version 2; this program reads version 1",
    );
    refused_with(&[("version = 1", "")], "the estate has no version");
    assert!(refusal("").contains("the estate has no [owner]"));
    assert!(refusal(&format!("{EXAMPLE}\n#{}", "x".repeat(5 << 20))).contains("has more than"));
    let deep = format!("version = 1\nx = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(!refusal(&deep).is_empty());
}

#[test]
fn a_long_chain_and_many_grants_are_quick() {
    let mut text = EXAMPLE.to_owned();
    for index in 0..1500 {
        let of = if index == 0 {
            "nordwind".to_owned()
        } else {
            format!("sub{}", index - 1)
        };
        text.push_str(&format!(
            "[[party]]\nname = \"sub{index}\"\nrole = \"subcontractor\"\nof = \"{of}\"\ncountry = \"RO\"\n"
        ));
    }
    let start = std::time::Instant::now();
    assert!(Estate::parse(&text, "x").is_ok());
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever stands in the file, reading ends with an estate or with problems inside the text, never in a panic.
    #[test]
    fn any_damage_is_an_answer(at in 0..EXAMPLE.len(), length in 0usize..40, put in "[\\x00-\\x7fäΩ]{0,12}") {
        let mut start = at;
        while !EXAMPLE.is_char_boundary(start) { start -= 1; }
        let mut end = (start + length).min(EXAMPLE.len());
        while !EXAMPLE.is_char_boundary(end) { end += 1; }
        let text = format!("{}{put}{}", &EXAMPLE[..start], &EXAMPLE[end..]);
        if let Err(errors) = Estate::parse(&text, "e") {
            prop_assert!(!errors.problems.is_empty());
            for problem in &errors.problems {
                prop_assert!(problem.line >= 1 && problem.line <= text.matches('\n').count() + 1, "{problem}");
                prop_assert!(problem.column >= 1, "{problem}");
            }
        }
    }

    #[test]
    fn any_text_is_an_answer(text in ".{0,200}") {
        prop_assert!(Estate::parse(&text, "e").is_err());
    }
}
