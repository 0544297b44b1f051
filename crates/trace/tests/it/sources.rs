//! Real sources that are at hand wherever this builds, and written ones where a language has none.

use crate::estate::File;
use ringfence_syntax::Language;
use std::path::{Path, PathBuf};

/// The Rust sources of crates of this repository.
pub fn own_rust(crates: &[&str]) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for name in crates {
        let mut waiting = vec![root.join(name).join("src")];
        while let Some(folder) = waiting.pop() {
            let mut entries: Vec<PathBuf> = std::fs::read_dir(&folder)
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .collect();
            entries.sort();
            for path in entries {
                if path.is_dir() {
                    waiting.push(path);
                } else if path.extension().is_some_and(|end| end == "rs") {
                    let inner = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                    files.push((inner, std::fs::read(&path).unwrap()));
                }
            }
        }
    }
    files
}

/// Modules of the standard library of the `python3` on this machine, which the evidence verifier needs anyway.
pub fn python(modules: &[&str]) -> Vec<File> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test asks python where its library lies"
    )]
    let done = std::process::Command::new("python3")
        .args([
            "-I",
            "-c",
            "import os; print(os.path.dirname(os.__file__), end='')",
        ])
        .output()
        .expect("python3");
    let library = PathBuf::from(String::from_utf8(done.stdout).unwrap());
    let files: Vec<File> = modules
        .iter()
        .filter_map(|name| {
            Some((
                format!("{name}.py"),
                std::fs::read(library.join(format!("{name}.py"))).ok()?,
            ))
        })
        .collect();
    // A module or two come and go between versions of Python.
    assert!(
        files.len() * 10 >= modules.len() * 5,
        "{} lacks modules",
        library.display()
    );
    files
}

/// Files of a crate that this workspace is built from, wherever cargo keeps its sources.
pub fn registry(package: &str, paths: &[&str], ending: &str) -> Vec<File> {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")))
        .unwrap();
    let sources = home.join("registry/src");
    let mut crates: Vec<PathBuf> = std::fs::read_dir(&sources)
        .unwrap_or_else(|error| panic!("{}: {error}", sources.display()))
        .flat_map(|index| std::fs::read_dir(index.unwrap().path()).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.file_name().is_some_and(|name| {
                let rest = name.to_string_lossy().strip_prefix(package).map(str::to_owned);
                rest.is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
            })
        })
        .collect();
    crates.sort();
    let newest = crates
        .last()
        .unwrap_or_else(|| panic!("no {package} in {}", sources.display()));
    paths
        .iter()
        .filter_map(|path| {
            let name = format!("{package}{}", path.replace('/', "-"));
            assert!(name.ends_with(ending));
            Some((name, std::fs::read(newest.join(path)).ok()?))
        })
        .collect()
}

/// Numbers that look random and are the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

const VERBS: &[&str] = &[
    "load", "merge", "price", "route", "settle", "count", "pack", "weigh", "score", "trim", "align", "fold",
    "split", "rank",
];
const NOUNS: &[&str] = &[
    "Order", "Basket", "Invoice", "Parcel", "Margin", "Tariff", "Voucher", "Ledger", "Shelf", "Courier",
    "Quota", "Batch", "Window", "Region",
];
const NAMES: &[&str] = &[
    "amount", "offset", "limit", "weight", "price", "rest", "share", "level", "count", "width", "depth",
    "rate", "span",
];

/// Written sources: `files` files of about 130 lines, each function different. Not beautiful; real code is better where there is any.
pub fn generated(language: Language, seed: u64, files: usize) -> Vec<File> {
    (0..files)
        .map(|number| {
            let mut dice = Dice(
                seed.wrapping_mul(1_000_003)
                    .wrapping_add(number as u64 * 7_919 + 17),
            );
            for _ in 0..8 {
                dice.below(2);
            }
            let class = format!("{}{}{number}", dice.of(NOUNS), dice.of(NOUNS));
            let mut text = match language {
                Language::Java => format!("package shop;\n\npublic final class {class} {{\n"),
                Language::Go => "package shop\n\n".to_owned(),
                _ => String::new(),
            };
            for function in 0..8 {
                write_function(&mut text, language, &mut dice, function);
            }
            let ending = match language {
                Language::Java => {
                    text.push_str("}\n");
                    "java"
                }
                Language::Go => "go",
                Language::C => "c",
                _ => "js",
            };
            (format!("{class}.{ending}"), text.into_bytes())
        })
        .collect()
}

fn write_function(text: &mut String, language: Language, dice: &mut Dice, function: usize) {
    let name = format!("{}{}{}{function}", dice.of(VERBS), dice.of(NOUNS), dice.of(NOUNS));
    let (a, b) = (dice.of(&NAMES[..6]), dice.of(&NAMES[6..]));
    text.push_str(&format!("// Works out the {a} for one {}\n", dice.of(NOUNS)));
    let (declare, end) = match language {
        Language::Java => {
            text.push_str(&format!("private static int {name}(int {a}, int {b}) {{\n"));
            ("int ", ";")
        }
        Language::Go => {
            text.push_str(&format!("func {name}({a} int, {b} int) int {{\n"));
            ("", "")
        }
        Language::C => {
            text.push_str(&format!("static int {name}(int {a}, int {b}) {{\n"));
            ("int ", ";")
        }
        _ => {
            text.push_str(&format!("function {name}({a}, {b}) {{\n"));
            ("let ", ";")
        }
    };
    let set = if language == Language::Go { ":=" } else { "=" };
    text.push_str(&format!(
        "    {declare}sum{function} {set} {a} + {}{end}\n",
        dice.below(900)
    ));
    let (open, close) = if language == Language::Go {
        ("", "")
    } else {
        ("(", ")")
    };
    for step in 0..4 {
        let local = format!("{}{step}", dice.of(NAMES));
        text.push_str(&format!(
            "    {declare}{local} {set} {a} * {} + {b} * {}{end}\n",
            dice.below(90) + 2,
            dice.below(70) + 3
        ));
        text.push_str(&format!("    if {open}{local} < {b}{close} {{\n"));
        text.push_str(&format!(
            "        // A {} is never past its {}\n",
            dice.of(NOUNS),
            dice.of(NAMES)
        ));
        text.push_str(&format!(
            "        sum{function} += {local} - {}{end}\n",
            dice.below(500)
        ));
        text.push_str("    } else {\n");
        text.push_str(&format!(
            "        sum{function} -= {local} * {}{end}\n",
            dice.below(30) + 2
        ));
        text.push_str("    }\n");
        if step % 2 == 1 {
            text.push('\n');
        }
    }
    text.push_str(&format!("    return sum{function}{end}\n}}\n\n"));
}
