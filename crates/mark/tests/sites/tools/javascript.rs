//! node reads marked JavaScript.

use super::*;

#[test]
fn node_accepts_marked_javascript() {
    let folder = scratch("javascript");
    for (fixture, robust, _) in tables()
        .iter()
        .filter(|(fixture, _, _)| fixture.language == Language::JavaScript)
    {
        for (name, copy) in copies(fixture, robust) {
            let path = folder.join(name);
            write(&path, &copy);
            let (success, said) = run("node", &["--check", path.to_str().unwrap()]);
            assert!(success, "{said}");
        }
    }
}
