//! Real trees of other people's source as the owner's or as a suspect, and owners made of them.

use crate::support::{Owner, VIEW};
use std::path::{Path, PathBuf};

/// Files by path.
pub type Tree = Vec<(String, Vec<u8>)>;

/// Files with one of these endings below a folder of the corpus, by path in it.
#[track_caller]
pub fn corpus(folder: &str, endings: &[&str]) -> Tree {
    let root = std::env::var_os("RINGFENCE_CORPUS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus"),
        PathBuf::from,
    );
    let folder = root.join(folder);
    assert!(
        folder.is_dir(),
        "no {}; run: cargo xtask corpus",
        folder.display()
    );
    below(&folder, endings)
}

/// Files with one of these endings below a folder.
pub fn below(folder: &Path, endings: &[&str]) -> Tree {
    let mut files = Tree::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(&next).unwrap_or_else(|error| panic!("{}: {error}", next.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if endings.iter().any(|end| path.to_string_lossy().ends_with(end)) {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                files.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// A file of a crate that this workspace is built from.
#[track_caller]
pub fn registry(package: &str, path: &str) -> Vec<u8> {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")))
        .unwrap();
    let file = std::fs::read_dir(home.join("registry/src"))
        .unwrap()
        .map(|index| index.unwrap().path().join(package).join(path))
        .find(|file| file.is_file());
    std::fs::read(file.unwrap_or_else(|| panic!("no {path} of {package}"))).unwrap()
}

/// The same files below another folder.
pub fn moved(tree: &Tree, to: &str) -> Tree {
    tree.iter()
        .map(|(path, text)| (format!("{to}/{path}"), text.clone()))
        .collect()
}

/// Lines with tabs instead of four spaces, and without comment lines: as after somebody's own formatter.
pub fn reformatted(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//") && !line.trim_start().starts_with('#'))
        .flat_map(|line| format!("{}\n", line.replace("    ", "\t")).into_bytes())
        .collect()
}

/// An owner of these files whose view shows all of them to read, with everything signed, and some further vendors beside the two.
pub fn owner_of(files: &Tree, more_vendors: &[&str]) -> Owner {
    owner_with(files, more_vendors, "")
}

/// As [`owner_of`], with further sections of the estate.
pub fn owner_with(files: &Tree, more_vendors: &[&str], sections: &str) -> Owner {
    let owner = Owner::with_empty_home();
    owner.source.commit(files, "First");
    let mut estate = owner.edited(&[("\"README.md\", \"crates/api/**\"", "\"**\"")]);
    for (number, name) in more_vendors.iter().enumerate() {
        let section = estate_of_nordwind(&estate)
            .replace("nordwind", name)
            .replace("NDA-7", &format!("NDA-2{number}"));
        estate.push_str(&section);
    }
    estate.push_str(sections);
    owner.apply(&estate).expect_code(0);
    let owner = owner.sign_all();
    for (number, name) in more_vendors.iter().enumerate() {
        for who in ["owner".to_owned(), format!("ada@{name}.example")] {
            owner
                .run(&["agreement", "sign", &format!("NDA-2{number}"), "--as", &who])
                .expect_code(0);
        }
    }
    owner
}

/// Party, person, agreement and grant of the first vendor.
fn estate_of_nordwind(estate: &str) -> String {
    let from = estate.find("\n[[party]]\nname = \"nordwind\"").unwrap();
    let rest = &estate[from..];
    let to = rest.find("\n[[party]]\nname = \"suedwerk\"").unwrap();
    assert!(rest[..to].contains(VIEW));
    rest[..to].to_owned()
}

/// Writes a tree beside the home.
pub fn write(owner: &Owner, name: &str, tree: &Tree) -> PathBuf {
    for (path, text) in tree {
        owner.write(&format!("{name}/{path}"), text);
    }
    owner.path(name)
}
