//! Laws and traps of Go, with the real compiler.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::path::{Path, PathBuf};

use ringfence_interface::{Options, Outcome};
use ringfence_syntax::Language;

use crate::compiled::{self, Files, delivered, files, run, said, scratch, subject, write};

mod laws;
mod traps;

/// Folders with Go files: subjects of the corpus and packages of the installed Go.
fn packages() -> Vec<(String, Files)> {
    let library = PathBuf::from(said(&run("go", Path::new("/"), &["env", "GOROOT"], &[])).trim()).join("src");
    let mut found: Vec<(String, Files)> = [
        "encoding/json",
        "archive/zip",
        "compress/flate",
        "text/tabwriter",
        "encoding/csv",
    ]
    .iter()
    .map(|name| ((*name).to_owned(), files(&library.join(name), ".go")))
    .collect();
    for name in ["pflag", "go-yaml", "pkg-errors", "cobra"] {
        found.push((name.to_owned(), files(&subject(name), ".go")));
    }
    found
}

fn outcomes(files: &Files, whole: impl Fn(usize) -> bool) -> Vec<Outcome> {
    compiled::outcomes(Language::Go, files, whole, &Options::default())
}

/// What `go vet` says about a module of these files.
fn vet(name: &str, files: &Files) -> String {
    let folder = scratch(&format!("go-{name}"));
    write(&folder, files);
    std::fs::write(folder.join("go.mod"), "module example.org/vetted\n\ngo 1.18\n").unwrap();
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interface-go-cache");
    let output = run(
        "go",
        &folder,
        &["vet", "./..."],
        &[
            ("GO111MODULE", "on"),
            ("GOFLAGS", "-mod=mod"),
            ("GOPROXY", "off"),
            ("GOWORK", "off"),
            ("GOTOOLCHAIN", "local"),
            ("CGO_ENABLED", "0"),
            ("GOCACHE", cache.to_str().unwrap()),
            ("GOPATH", folder.join(".path").to_str().unwrap()),
        ],
    );
    if output.status.success() {
        String::new()
    } else {
        said(&output)
    }
}

/// What gofmt would change.
fn unformatted(name: &str, files: &Files) -> Vec<String> {
    let folder = scratch(&format!("gofmt-{name}"));
    write(&folder, files);
    said(&run("gofmt", &folder, &["-l", "."], &[]))
        .lines()
        .map(str::to_owned)
        .collect()
}

/// Renders files of one package with some of them whole, vets them, and gives the interface of the first one.
fn vetted(name: &str, texts: &[(&str, &str)], whole: &[&str]) -> String {
    let files = compiled::by_hand(texts);
    assert_eq!(
        vet(&format!("{name}-original"), &files),
        "",
        "the original of {name}"
    );
    let outcomes = outcomes(&files, |place| whole.contains(&files[place].0.as_str()));
    let shown = delivered(&files, &outcomes);
    let first = String::from_utf8(shown[0].1.clone()).unwrap();
    assert_eq!(vet(name, &shown), "", "{first}");
    assert!(unformatted(name, &shown).is_empty(), "{first}");
    first
}
