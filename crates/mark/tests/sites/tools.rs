//! The languages' own tools accept marked copies. A tool that is not installed fails the test and is named.

use std::process::Command;

use super::*;

/// Runs a program; a missing one fails the test: a check that did not run is no check.
#[expect(clippy::disallowed_methods, reason = "tests run the languages' own tools")]
fn run(program: &str, arguments: &[&str]) -> Option<(bool, String)> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => {
            let said = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
            Some((
                output.status.success(),
                String::from_utf8_lossy(&said).into_owned(),
            ))
        }
        Err(error) => {
            panic!("{program} is not installed here ({error}); run: cargo xtask test")
        }
    }
}

/// A fresh folder below the target folder.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sites-{name}"));
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}

fn copies(fixture: &Fixture, table: &SiteTable) -> Vec<(String, Vec<u8>)> {
    let mut copies = vec![(
        format!("all-{}", fixture.file_name()),
        render(table, &fixture.text, &|site| other(site.canonical)).unwrap(),
    )];
    for seed in [1, 2] {
        copies.push((
            format!("seed{seed}-{}", fixture.file_name()),
            render(table, &fixture.text, &by_seed(seed)).unwrap(),
        ));
    }
    copies
}

const EQUAL_TREES: &str = "
import ast, sys
for pair in sys.argv[1:]:
    owner, layout, other = pair.split('|')
    read = lambda path: open(path, 'rb').read()
    compile(read(other), other, 'exec')
    assert ast.dump(ast.parse(read(owner))) == ast.dump(ast.parse(read(layout))), layout
";

#[test]
fn python_compiles_and_layout_families_keep_its_syntax_tree() {
    let folder = scratch("python");
    let mut pairs = Vec::new();
    for (fixture, robust, _) in tables()
        .iter()
        .filter(|(fixture, _, _)| fixture.language == Language::Python)
    {
        let owner = folder.join(fixture.file_name());
        write(&owner, &fixture.text);
        let layout = render(robust, &fixture.text, &|site| match site.family {
            Family::BlankLine
            | Family::CommentPeriod
            | Family::Parentheses
            | Family::Idiom
            | Family::HexCase => other(site.canonical),
            _ => site.canonical,
        })
        .unwrap();
        let layout_path = folder.join(format!("layout-{}", fixture.file_name()));
        write(&layout_path, &layout);
        for (name, copy) in copies(fixture, robust) {
            let path = folder.join(name);
            write(&path, &copy);
            pairs.push(format!(
                "{}|{}|{}",
                owner.display(),
                layout_path.display(),
                path.display()
            ));
        }
    }
    let mut arguments = vec!["-W", "ignore", "-c", EQUAL_TREES];
    arguments.extend(pairs.iter().map(String::as_str));
    if let Some((success, said)) = run("python3", &arguments) {
        assert!(success, "{said}");
    }
}

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
            if let Some((success, said)) = run("node", &["--check", path.to_str().unwrap()]) {
                assert!(success, "{said}");
            }
        }
    }
}

#[test]
fn gcc_accepts_marked_c() {
    let folder = scratch("c");
    for (fixture, _, _) in tables() {
        write(&folder.join(fixture.file_name()), &fixture.text);
    }
    for (fixture, robust, _) in tables()
        .iter()
        .filter(|(fixture, _, _)| fixture.language == Language::C)
    {
        for (name, copy) in copies(fixture, robust) {
            let path = folder.join(name);
            write(&path, &copy);
            let include = format!("-I{}", corpus().join("zlib").display());
            if let Some((success, said)) =
                run("gcc", &["-w", "-fsyntax-only", &include, path.to_str().unwrap()])
            {
                assert!(success, "{said}");
            }
        }
    }
}

/// What javac finds in one file of a package whose other files are not there.
fn java_errors(name: &str, text: &[u8], folder: &Path) -> Option<Vec<String>> {
    let path = folder.join(name);
    write(&path, text);
    let (_, said) = run(
        "javac",
        &[
            "-proc:none",
            "-nowarn",
            "-d",
            folder.to_str().unwrap(),
            path.to_str().unwrap(),
        ],
    )?;
    let mut errors: Vec<String> = said
        .lines()
        .filter_map(|line| line.split_once("error: ").map(|(_, error)| error.to_owned()))
        .collect();
    errors.sort();
    Some(errors)
}

#[test]
fn javac_finds_nothing_new_in_marked_java() {
    let folder = scratch("java");
    for (fixture, robust, _) in tables()
        .iter()
        .filter(|(fixture, _, _)| fixture.language == Language::Java)
    {
        let expected = java_errors(fixture.file_name(), &fixture.text, &folder);
        for (_, copy) in copies(fixture, robust) {
            assert_eq!(
                java_errors(fixture.file_name(), &copy, &folder),
                expected,
                "{}",
                fixture.name
            );
        }
    }
}

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
            if let Some((success, said)) = run("rustc", &arguments) {
                assert!(success, "{}: {said}", path.display());
            }
        }
        assert!(sites > 20, "{} has {sites} sites", path.display());
    }
}
