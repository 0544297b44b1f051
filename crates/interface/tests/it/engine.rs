//! Laws of the engine that hold whatever the language.

use ringfence_interface::{InterfaceError, MAX_FILES, Options, Shown, SourceFile, render, supported};
use ringfence_syntax::Language;

#[test]
fn more_files_than_the_bound_are_refused_as_a_whole() {
    let file = SourceFile {
        path: b"a.rs",
        text: b"",
        visibility: Shown::Interface,
    };
    let files = vec![file; MAX_FILES + 1];
    assert_eq!(
        render(Language::Rust, &files, &Options::default()),
        Err(InterfaceError::TooManyFiles { count: MAX_FILES + 1 })
    );
}

#[test]
fn other_files_have_no_interface() {
    for path in ["README.md", "Cargo.toml", "a.kt", "noextension", ".rs"] {
        assert_eq!(supported(path.as_bytes()), None, "{path}");
    }
}
