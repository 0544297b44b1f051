use std::collections::BTreeSet;

use ringfence_domain::asset::{assets_of_paths, implicit_asset};

use crate::{EXAMPLE, edited, estate};

fn names(text: &str, repository: &str, paths: &[&str]) -> BTreeSet<String> {
    assets_of_paths(
        repository,
        &estate(text),
        paths.iter().map(|path| path.as_bytes()),
    )
    .unwrap()
}

#[test]
fn every_path_belongs_to_an_asset() {
    assert_eq!(
        names(EXAMPLE, "shop", &["crates/pricing/src/lib.rs"]),
        ["pricing".to_owned()].into()
    );
    assert_eq!(
        names(EXAMPLE, "shop", &["README.md"]),
        [implicit_asset("shop")].into()
    );
    assert_eq!(
        names(EXAMPLE, "shop", &["README.md", "crates/pricing/x"]),
        ["pricing".to_owned(), "shop/*".to_owned()].into()
    );
    assert_eq!(
        names(EXAMPLE, "other", &["crates/pricing/x"]),
        ["other/*".to_owned()].into()
    );
    assert_eq!(names(EXAMPLE, "shop", &[]), BTreeSet::new());
}

#[test]
fn a_path_of_two_assets_belongs_to_both() {
    let second = "[[asset]]\nname = \"rust\"\nkind = \"source-code\"\nrepository = \"shop\"\npaths = [\"*.rs\"]\n\n[[party]]";
    let text = edited(&[("[[party]]", second)]);
    assert_eq!(
        names(&text, "shop", &["crates/pricing/a.rs"]),
        ["pricing".to_owned(), "rust".to_owned()].into()
    );
}
