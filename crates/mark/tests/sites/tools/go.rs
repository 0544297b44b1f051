//! gofmt leaves marked copies of what it left alone as they are, and says that they are Go.

use super::*;

/// Pinned projects, their tests included.
const PROJECTS: [&str; 3] = ["cobra", "gorilla-mux", "go-toml"];

#[test]
fn gofmt_has_nothing_to_say_about_marked_copies() {
    let folder = scratch("gofmt");
    let mut sources = Vec::new();
    for project in PROJECTS {
        let mut folders = vec![corpus().join(project)];
        while let Some(folder) = folders.pop() {
            let entries = std::fs::read_dir(&folder)
                .unwrap_or_else(|error| panic!("{}: {error}; run: cargo xtask corpus", folder.display()));
            let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
            paths.sort();
            for path in paths {
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|end| end == "go") {
                    sources.push(std::fs::read(&path).unwrap());
                }
            }
        }
    }
    assert!(sources.len() > 60, "{} files", sources.len());
    let number = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let said = |name: &str, copies: &dyn Fn(&[u8]) -> Vec<u8>| -> BTreeSet<String> {
        let folder = folder.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for (at, text) in sources.iter().enumerate() {
            write(&folder.join(format!("{at}.go")), &copies(text));
        }
        let (success, said) = run("gofmt", &["-l", folder.to_str().unwrap()]);
        assert!(success, "{name}: {said}");
        said.lines().map(number).collect()
    };
    let before = said("owner", &|text| text.to_vec());
    assert!(before.len() * 5 < sources.len(), "{before:?}");
    let everything = Families::from_iter(Family::ALL);
    let mut ways = vec![
        ("all".to_owned(), Turned::All(everything)),
        ("half".to_owned(), Turned::Half(everything, 5)),
    ];
    for family in [
        Family::FunctionOrder,
        Family::CaseOrder,
        Family::ListOrder,
        Family::InitialiserOrder,
        Family::Parentheses,
        Family::Idiom,
    ] {
        ways.push((family.name().to_owned(), Turned::Alone(family)));
    }
    for (name, way) in ways {
        let after = said(&name, &|text| way.copy(Language::Go, text).1);
        assert!(
            after.is_subset(&before),
            "{name}: {:?}",
            after.difference(&before).collect::<Vec<_>>()
        );
    }
}
