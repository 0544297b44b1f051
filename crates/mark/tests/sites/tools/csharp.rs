//! Mono's compiler finds no error in a marked copy of a whole library.
//!
//! Its C# ends with version 7, so the library is an older one that was built by it when it came out.

use super::*;

/// A library that needs nothing but what comes with the compiler.
const LIBRARY: &str = "newtonsoft-json/Src/Newtonsoft.Json";

const REFERENCES: [&str; 6] = [
    "-r:System.Core.dll",
    "-r:System.Xml.dll",
    "-r:System.Xml.Linq.dll",
    "-r:System.Data.dll",
    "-r:System.Runtime.Serialization.dll",
    "-r:System.Numerics.dll",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "cs") {
            found.push(path);
        }
    }
}

/// Compiles a library; what the compiler says besides warnings.
fn said(files: &[PathBuf], out: &Path) -> (bool, Vec<String>) {
    let out = format!("-out:{}", out.display());
    let flags = ["-target:library", "-define:NET40", "-nowarn:108", out.as_str()];
    let files: Vec<&str> = files.iter().map(|file| file.to_str().unwrap()).collect();
    let arguments: Vec<&str> = flags.iter().chain(&REFERENCES).chain(&files).copied().collect();
    let (success, said) = run("mcs", &arguments);
    (success, said.lines().map(str::to_owned).collect())
}

#[test]
fn mono_compiles_a_marked_library_without_a_new_finding() {
    let folder = scratch("csharp-library");
    let mut owners = Vec::new();
    sources(&corpus().join(LIBRARY), &mut owners);
    owners.sort();
    let (success, expected) = said(&owners, &folder.join("owner.dll"));
    assert!(success, "{expected:?}");
    let every: Families = Family::ALL.into_iter().collect();
    let kinds = [Turned::All(every), Turned::Half(every, 1), Turned::Half(every, 2)];
    let jobs: Vec<(usize, Turned)> = kinds.into_iter().enumerate().collect();
    let counts = by_two(&jobs, |(at, kind)| {
        let copy = folder.join(at.to_string());
        std::fs::create_dir_all(&copy).unwrap();
        let mut sites: BTreeMap<Family, usize> = BTreeMap::new();
        let files: Vec<PathBuf> = owners
            .iter()
            .enumerate()
            .map(|(number, owner)| {
                let (table, text) = kind.copy(Language::CSharp, &std::fs::read(owner).unwrap());
                for site in &table.sites {
                    *sites.entry(site.family).or_default() += 1;
                }
                let path = copy.join(format!(
                    "{number}-{}",
                    owner.file_name().unwrap().to_str().unwrap()
                ));
                write(&path, &text);
                path
            })
            .collect();
        let (success, said) = said(&files, &folder.join(format!("{at}.dll")));
        assert!(success, "{said:#?}");
        assert_eq!(said.len(), expected.len(), "{said:#?}");
        sites
    });
    for sites in counts {
        assert!(
            sites.values().sum::<usize>() > 4_000 && sites.len() > 12,
            "{sites:?}"
        );
    }
}
