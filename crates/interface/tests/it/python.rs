//! Laws and traps of Python, with the real interpreter.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;

use ringfence_interface::{
    Docs, ImportProfile, Options, Outcome, PROFILER, Rendered, Shown, SourceFile, render,
};
use ringfence_syntax::Language;

mod hostile;
mod laws;
mod policies;
mod profile;
mod traps;

/// Files of a folder tree, by path.
type Files = Vec<(String, Vec<u8>)>;

/// Packages of the corpus that the laws are tested on.
const PACKAGES: &[&str] = &[
    "attr",
    "click",
    "flask",
    "h11",
    "itsdangerous",
    "jinja2",
    "packaging",
    "requests",
];

fn site() -> PathBuf {
    let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/.python-packages");
    assert!(site.is_dir(), "run `cargo xtask corpus .python-packages`");
    site
}

/// The files of a package, by path from the folder above it.
fn package(name: &str) -> Files {
    let site = site();
    let (mut folders, mut files) = (vec![site.join(name)], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let relative = path.strip_prefix(&site).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                // Tests of a package ask for tools that are not there.
                if !path.ends_with("tests") {
                    folders.push(path);
                }
            } else if Language::from_path(relative.as_bytes()) == Some(Language::Python) {
                files.push((relative, std::fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    assert!(files.len() > 3, "{name}");
    files
}

fn outcomes(files: &Files, whole: &BTreeSet<usize>, options: &Options<'_>) -> Vec<Outcome> {
    let sources: Vec<SourceFile<'_>> = files
        .iter()
        .enumerate()
        .map(|(place, (path, text))| SourceFile {
            path: path.as_bytes(),
            text,
            visibility: if whole.contains(&place) {
                Shown::Whole
            } else {
                Shown::Interface
            },
        })
        .collect();
    render(Language::Python, &sources, options).unwrap()
}

fn interfaces(files: &Files, options: &Options<'_>) -> Vec<Rendered> {
    outcomes(files, &BTreeSet::new(), options)
        .into_iter()
        .zip(files)
        .map(|(outcome, (path, _))| match outcome {
            Outcome::Interface(rendered) => rendered,
            other => panic!("{path}: {other:?}"),
        })
        .collect()
}

/// The interface of files given as path and text, in order.
fn texts(files: &[(&str, &str)]) -> Vec<String> {
    texts_with(files, &Options::default())
}

fn texts_with(files: &[(&str, &str)], options: &Options<'_>) -> Vec<String> {
    let files: Files = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
        .collect();
    interfaces(&files, options)
        .into_iter()
        .map(|rendered| String::from_utf8(rendered.text).unwrap())
        .collect()
}

fn text(source: &str) -> String {
    texts(&[("module.py", source)]).remove(0)
}

fn with_docs(source: &str, docs: Docs) -> String {
    let options = Options {
        docs,
        ..Options::default()
    };
    texts_with(&[("module.py", source)], &options).remove(0)
}

/// Runs the interpreter in a folder, with the packages of the corpus to import.
fn python(folder: &Path, arguments: &[&str]) -> Output {
    #[expect(clippy::disallowed_methods, reason = "the tests ask the real interpreter")]
    std::process::Command::new("python3")
        .args(arguments)
        .current_dir(folder)
        .env("PYTHONPATH", site())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONWARNINGS", "ignore")
        .output()
        .unwrap()
}

/// Runs a program over files in a fresh folder; what it printed.
fn run(files: &[(&str, &str)], program: &str) -> Result<String, String> {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        write(folder.path(), path, text.as_bytes());
    }
    let done = python(folder.path(), &["-c", program]);
    if done.status.success() {
        Ok(String::from_utf8(done.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&done.stderr).into_owned())
    }
}

fn write(folder: &Path, path: &str, text: &[u8]) {
    let place = folder.join(path);
    std::fs::create_dir_all(place.parent().unwrap()).unwrap();
    std::fs::write(place, text).unwrap();
}

/// Profiles the import of modules of a package as its owner does.
fn profiled(name: &str, files: &Files) -> ImportProfile {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        write(folder.path(), path, text);
    }
    std::fs::write(folder.path().join("profile.py"), PROFILER).unwrap();
    let modules: Vec<String> = files
        .iter()
        .filter(|(path, _)| path.ends_with(".py") && !path.ends_with("__main__.py"))
        .map(|(path, _)| module(path))
        .collect();
    let mut arguments = vec!["profile.py", "."];
    arguments.extend(modules.iter().map(String::as_str));
    let done = python(folder.path(), &arguments);
    let profile = ImportProfile::parse(&done.stdout).unwrap();
    assert!(
        done.status.code() == Some(0) || name == "click",
        "{name}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    profile
}

fn module(path: &str) -> String {
    let name = path.trim_end_matches(".py").replace('/', ".");
    name.trim_end_matches(".__init__").to_owned()
}
