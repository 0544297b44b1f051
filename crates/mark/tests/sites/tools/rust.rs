//! rustc accepts whole marked crates.

use super::*;

/// Crates of our own lock file that need nothing but the standard library.
const PLAIN_CRATES: [(&str, &str); 4] = [
    ("base64-0.2", "2021"),
    ("httparse-1", "2018"),
    ("similar-2", "2021"),
    ("unicode-bidi-0", "2018"),
];

fn registry_crates() -> Vec<(PathBuf, &'static str)> {
    let home = std::env::var("CARGO_HOME")
        .unwrap_or_else(|_| format!("{}/.cargo", std::env::var("HOME").unwrap_or_default()));
    let Ok(registries) = std::fs::read_dir(Path::new(&home).join("registry/src")) else {
        return Vec::new();
    };
    registries
        .flat_map(|registry| std::fs::read_dir(registry.unwrap().path()).unwrap())
        .filter_map(|folder| {
            let path = folder.unwrap().path();
            let name = path.file_name()?.to_string_lossy().into_owned();
            let (_, edition) = PLAIN_CRATES
                .into_iter()
                .find(|(prefix, _)| name.starts_with(prefix))?;
            Some((path, edition))
        })
        .collect()
}

fn copy_marked(from: &Path, to: &Path, choose: &dyn Fn(&Site) -> Variant) -> usize {
    std::fs::create_dir_all(to).unwrap();
    let mut sites = 0;
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            sites += copy_marked(&entry.path(), &target, choose);
            continue;
        }
        let text = std::fs::read(entry.path()).unwrap();
        let copy = match Language::from_path(entry.file_name().as_encoded_bytes()) {
            Some(Language::Rust) => {
                let table = site_table(Language::Rust, Profile::Robust, &text, &key()).unwrap();
                sites += table.sites.len();
                render(&table, &text, choose).unwrap()
            }
            _ => text,
        };
        std::fs::write(target, copy).unwrap();
    }
    sites
}

#[test]
fn rustc_accepts_marked_crates() {
    let crates = registry_crates();
    assert!(
        !crates.is_empty(),
        "the crates of the lock file are not in the registry folder"
    );
    for (path, edition) in crates {
        let folder = scratch(&path.file_name().unwrap().to_string_lossy());
        let mut sites = 0;
        for seed in 0..2_u64 {
            let sources = folder.join(format!("src{seed}"));
            sites += match seed {
                0 => copy_marked(&path.join("src"), &sources, &|site| other(site.canonical)),
                _ => copy_marked(&path.join("src"), &sources, &by_seed(seed)),
            };
            let (out, root) = (folder.join("copy.rmeta"), sources.join("lib.rs"));
            let arguments = [
                "--cap-lints",
                "allow",
                "--crate-type",
                "lib",
                "--emit",
                "metadata",
                "--edition",
                edition,
                "-o",
            ];
            let paths = [out.to_str().unwrap(), root.to_str().unwrap()];
            let arguments: Vec<&str> = arguments.into_iter().chain(paths).collect();
            let (success, said) = run("rustc", &arguments);
            assert!(success, "{}: {said}", path.display());
        }
        assert!(sites > 20, "{} has {sites} sites", path.display());
    }
}
