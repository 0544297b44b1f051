//! g++ accepts marked C++.

use super::*;

#[test]
fn gpp_accepts_marked_cpp() {
    let folder = scratch("cpp");
    let subjects: Vec<&(Fixture, SiteTable, SiteTable)> = tables()
        .iter()
        .filter(|(fixture, _, _)| fixture.language == Language::Cpp)
        .collect();
    assert!(!subjects.is_empty());
    by_two(&subjects, |(fixture, robust, _)| {
        let headers = corpus().join(&fixture.name);
        let include = format!("-I{}", headers.parent().unwrap().display());
        for (name, copy) in copies(fixture, robust) {
            let path = folder.join(name);
            write(&path, &copy);
            let arguments = [
                "-w",
                "-std=c++17",
                "-fsyntax-only",
                &include,
                path.to_str().unwrap(),
            ];
            let (success, said) = run("g++", &arguments);
            assert!(success, "{said}");
        }
    });
}
