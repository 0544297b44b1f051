//! Working copies: what is copied, what is turned, and that the project itself is never touched.

use super::{project, tree};
use ringfence_mark::codeword::AnchorKey;
use ringfence_mark::model::Profile;
use ringfence_probe::ProbeError;
use ringfence_probe::tree::{Tree, WorkingCopy, turned};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(here) = folders.pop() {
        for entry in std::fs::read_dir(&here).unwrap().flatten() {
            let path = entry.path();
            if path.is_symlink() {
                let target = std::fs::read_link(&path).unwrap();
                found.insert(
                    path.strip_prefix(folder).unwrap().to_path_buf(),
                    target.into_os_string().into_encoded_bytes(),
                );
            } else if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(
                    path.strip_prefix(folder).unwrap().to_path_buf(),
                    std::fs::read(&path).unwrap(),
                );
            }
        }
    }
    found
}

#[test]
fn turning_back_gives_the_owners_bytes_and_the_project_is_never_touched() {
    let project = project();
    let before = files(project.path());
    let tree = tree(project.path());
    let mut copy = WorkingCopy::of(&tree).unwrap();
    assert_eq!(files(copy.path()), before);
    assert_eq!(copy.set(&turned).unwrap(), 3, "three files can be marked");
    let marked = files(copy.path());
    for (path, bytes) in &before {
        let may_change = path.starts_with("src");
        assert_eq!(marked[path] != *bytes, may_change, "{}", path.display());
    }
    assert_eq!(copy.set(&turned).unwrap(), 0, "nothing is written twice");
    assert_eq!(copy.set(&|site| site.canonical).unwrap(), 3);
    assert_eq!(files(copy.path()), before);
    let place = copy.path().to_path_buf();
    drop(copy);
    assert!(!place.exists(), "the copy is gone");
    assert_eq!(files(project.path()), before);
}

#[test]
fn histories_and_builds_stay_behind_and_installed_packages_are_the_projects_own() {
    let project = project();
    for path in [".git/config", "target/debug/out.rs", "node_modules/p/index.js"] {
        let path = project.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "let a = 0x0f;\n").unwrap();
    }
    let script = project.path().join("run.sh");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let tree = tree(project.path());
    let copy = WorkingCopy::of(&tree).unwrap();
    assert!(!copy.path().join(".git").exists() && !copy.path().join("target").exists());
    assert!(copy.path().join("node_modules").is_symlink());
    assert!(copy.path().join("node_modules/p/index.js").is_file());
    let mode = std::fs::metadata(copy.path().join("run.sh"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o111, 0o111);
    assert_eq!(tree.sources.len(), 3);
}

#[test]
fn exceptions_are_patterns_and_a_bad_one_is_refused() {
    let project = project();
    let read = |except: &[&str]| {
        let except: Vec<String> = except.iter().map(|text| (*text).to_owned()).collect();
        Tree::read(project.path(), Profile::Steady, &except, &AnchorKey([7; 32]))
    };
    assert_eq!(read(&["deep/"]).unwrap().sources.len(), 2);
    let refused = read(&["!src"]);
    assert!(matches!(refused, Err(ProbeError::Pattern(_))));
}
