//! javac finds nothing new in marked Java, and writes the same class files.

use super::*;

/// What javac finds in one file of a package whose other files are not there.
fn java_errors(name: &str, text: &[u8], folder: &Path) -> Vec<String> {
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
    );
    let mut errors: Vec<String> = said
        .lines()
        .filter_map(|line| line.split_once("error: ").map(|(_, error)| error.to_owned()))
        .collect();
    errors.sort();
    errors
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

/// Sources that compile with Java's own library alone.
const COMPILED: &str = "commons-csv/src/main/java";

/// Families after which class files differ, each with the reason. All others leave every byte of them as it is.
const WRITTEN_ANEW: [(Family, &str); 8] = [
    (
        Family::FunctionOrder,
        "methods are written as they stand in the text",
    ),
    (Family::CaseOrder, "cases are written as they stand in the text"),
    (
        Family::ListOrder,
        "thrown types are written as they stand in the text",
    ),
    (
        Family::IfSwap,
        "both branches are written in the order of the text",
    ),
    (Family::EarlyReturn, "a jump less, or another order of branches"),
    (
        Family::Conditional,
        "both branches are written in the order of the text",
    ),
    (
        Family::StatementOrder,
        "variables have numbers in the order of their declarations",
    ),
    (Family::Comparison, "operands are loaded from left to right"),
];

/// Compiles a folder; its class files by name.
fn classes(sources: &[PathBuf], out: &Path) -> BTreeMap<String, Vec<u8>> {
    std::fs::create_dir_all(out).unwrap();
    let flags = [
        "-g:none",
        "-nowarn",
        "-proc:none",
        "-encoding",
        "UTF-8",
        "-d",
        out.to_str().unwrap(),
    ];
    let sources = sources.iter().map(|source| source.to_str().unwrap());
    let arguments: Vec<&str> = flags.into_iter().chain(sources).collect();
    let (success, said) = run("javac", &arguments);
    assert!(success, "{said}");
    let mut found = Vec::new();
    files_below(out, "class", &mut found);
    found
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(out).unwrap().display().to_string();
            (name, std::fs::read(path).unwrap())
        })
        .collect()
}

fn files_below(folder: &Path, end: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, end, found);
        } else if path.extension().is_some_and(|known| known == end) {
            found.push(path);
        }
    }
}

/// Writes a marked copy of a folder's sources; the copies and the families that have sites.
fn copied(kind: Turned, owners: &[PathBuf], to: &Path) -> (Vec<PathBuf>, BTreeSet<Family>) {
    std::fs::create_dir_all(to).unwrap();
    let mut found = BTreeSet::new();
    let files = owners.iter().map(|owner| {
        let (table, text) = kind.copy(Language::Java, &std::fs::read(owner).unwrap());
        found.extend(families(&table));
        let path = to.join(owner.file_name().unwrap());
        write(&path, &text);
        path
    });
    (files.collect(), found)
}

#[test]
fn javac_writes_equal_class_files() {
    let folder = scratch("java-classes");
    let anew: Families = WRITTEN_ANEW.iter().map(|(family, _)| *family).collect();
    let held: Families = Family::ALL
        .into_iter()
        .filter(|family| !anew.contains(*family))
        .collect();
    let every: Families = Family::ALL.into_iter().collect();
    let mut owners = Vec::new();
    files_below(&corpus().join(COMPILED), "java", &mut owners);
    let expected = classes(&owners, &folder.join("owner"));
    let moved = Turned::Alone(Family::FunctionOrder);
    let jobs = [
        (Turned::All(held), "held"),
        (Turned::Half(held, 9), "half"),
        (Turned::Half(every, 9), "every"),
        (moved, "moved"),
    ];
    by_two(&jobs, |(kind, name)| {
        let (files, found) = copied(*kind, &owners, &folder.join(format!("{name}-java")));
        let copies = classes(&files, &folder.join(name));
        assert!(copies.keys().eq(expected.keys()), "{:?}", copies.keys());
        let changed: Vec<&String> = copies
            .keys()
            .filter(|name| copies[*name] != expected[*name])
            .collect();
        if kind.families() == held {
            assert!(found.len() >= 7, "{found:?}");
            assert!(changed.is_empty(), "{found:?} change {changed:?}");
        } else {
            assert!(changed.len() > 5, "{name}: {changed:?}");
        }
    });
    // Moved methods are the same methods.
    let (expected, moved) = (methods(&folder.join("owner")), methods(&folder.join("moved")));
    assert!(expected.len() > 150, "{}", expected.len());
    assert!(expected.keys().eq(moved.keys()));
    for (method, code) in &expected {
        assert_eq!(moved[method], *code, "{method}");
    }
}

/// What javap says of each method, by its head: instructions without the numbers of constants, which follow the order of their first use.
fn methods(folder: &Path) -> BTreeMap<String, Vec<String>> {
    let mut classes = Vec::new();
    files_below(folder, "class", &mut classes);
    classes.sort();
    let paths = classes.iter().map(|path| path.to_str().unwrap());
    let arguments: Vec<&str> = ["-c", "-p"].into_iter().chain(paths).collect();
    let (success, said) = run("javap", &arguments);
    assert!(success, "{said}");
    let mut methods: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut class, mut method) = (String::new(), String::new());
    for line in said.lines().filter(|line| !line.is_empty()) {
        if line == "}" {
            continue;
        }
        if !line.starts_with(' ') {
            class = line.to_owned();
        } else if !line.starts_with("    ") {
            method = format!("{class} {line}");
        }
        let words = line.split_whitespace().filter(|word| !word.starts_with('#'));
        methods
            .entry(method.clone())
            .or_default()
            .push(words.collect::<Vec<_>>().join(" "));
    }
    methods
}
