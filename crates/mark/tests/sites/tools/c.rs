//! gcc accepts marked C, and builds the same objects from it.
//!
//! Whole objects are compared: code, data, symbols, relocations. Six families let a compiler lay code out in another order: of these
//! every function without a site is compared.

use std::collections::HashMap;

use super::*;

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
            let (success, said) = run("gcc", &["-w", "-fsyntax-only", &include, path.to_str().unwrap()]);
            assert!(success, "{said}");
        }
    }
}

/// Folder and name of what is built: small files of three projects.
const BUILT: [(&str, &str); 7] = [
    ("zlib", "deflate.c"),
    ("zlib", "gzread.c"),
    ("zlib", "gzwrite.c"),
    ("zlib", "inftrees.c"),
    ("zlib", "trees.c"),
    ("cjson", "cJSON.c"),
    ("lz4/lib", "lz4frame.c"),
];

/// Families after which a compiler is free to lay code out in another order, each with the reason. All others leave objects as they are.
const LAID_OUT_ANEW: [(Family, &str); 6] = [
    (
        Family::FunctionOrder,
        "functions lie in the object as they stand in the text",
    ),
    (
        Family::CaseOrder,
        "blocks of cases follow each other as they stand in the text",
    ),
    (
        Family::IfSwap,
        "gcc guesses which branch is taken from the form of the condition, and puts it first",
    ),
    (Family::EarlyReturn, "as with swapped branches"),
    (
        Family::StatementOrder,
        "variables take stack and registers in the order of their declarations",
    ),
    (Family::Conditional, "as with swapped branches"),
];

/// Optimisations that let one function see into another, or give it another's code.
const APART: [&str; 7] = [
    "-ffunction-sections",
    "-fno-inline",
    "-fno-ipa-cp",
    "-fno-ipa-icf",
    "-fno-ipa-ra",
    "-fno-ipa-sra",
    "-fno-ipa-pure-const",
];

/// Builds a file; the object.
fn built(at: &Path, (folder, name): (&str, &str), text: &[u8], flags: &[&str]) -> PathBuf {
    std::fs::create_dir_all(at).unwrap();
    let (source, object) = (at.join(name), at.join(format!("{name}.o")));
    write(&source, text);
    let include = format!("-I{}", corpus().join(folder).display());
    let paths = [
        include.as_str(),
        "-o",
        object.to_str().unwrap(),
        source.to_str().unwrap(),
    ];
    let always = ["-O2", "-g0", "-DNDEBUG", "-w", "-c"];
    let arguments: Vec<&str> = always.iter().chain(flags).chain(&paths).copied().collect();
    let (success, said) = run("gcc", &arguments);
    assert!(success, "{}: {said}", source.display());
    object
}

fn owners_text((folder, name): (&str, &str)) -> Vec<u8> {
    std::fs::read(corpus().join(folder).join(name)).unwrap()
}

#[test]
fn gcc_builds_equal_objects() {
    let held: Families = Family::ALL
        .into_iter()
        .filter(|family| LAID_OUT_ANEW.iter().all(|(anew, _)| anew != family))
        .collect();
    let layout = [
        Family::HexCase,
        Family::QualifierOrder,
        Family::CommentPeriod,
        Family::BlankLine,
    ];
    let alone = held.iter().filter(|family| !layout.contains(family));
    let together = [
        Turned::All(layout.into_iter().collect()),
        Turned::All(held),
        Turned::Half(held, 5),
    ];
    let kinds: Vec<Turned> = alone.map(Turned::Alone).chain(together).collect();
    let folder = scratch("c-objects");
    let counts = by_two(&BUILT, |file| {
        let text = owners_text(*file);
        let object =
            |at: String, text: &[u8]| std::fs::read(built(&folder.join(at), *file, text, &[])).unwrap();
        let owners = object("owner".to_owned(), &text);
        let mut sites: BTreeMap<Family, usize> = BTreeMap::new();
        for (at, kind) in kinds.iter().enumerate() {
            let (table, copy) = kind.copy(Language::C, &text);
            if table.sites.is_empty() {
                continue;
            }
            let families = families(&table);
            assert!(
                object(at.to_string(), &copy) == owners,
                "{file:?}: {families:?} change the object"
            );
            for site in table.sites.iter().filter(|_| kind.families() != held) {
                *sites.entry(site.family).or_default() += 1;
            }
        }
        sites
    });
    let mut sites: BTreeMap<Family, usize> = BTreeMap::new();
    counts
        .iter()
        .flatten()
        .for_each(|(family, count)| *sites.entry(*family).or_default() += count);
    let least = [
        (Family::Comparison, 80),
        (Family::Increment, 70),
        (Family::Parentheses, 500),
        (Family::Braces, 300),
        (Family::HexCase, 20),
        (Family::QualifierOrder, 100),
        (Family::Idiom, 400),
        (Family::BlankLine, 1_500),
        (Family::CompoundAssignment, 80),
    ];
    for (family, least) in least {
        assert!(
            sites.get(&family).is_some_and(|count| *count >= least),
            "{family:?}: {sites:?}"
        );
    }
}

/// Each function's instructions, with what they refer to; where a string lies is left out.
fn functions(object: &Path) -> HashMap<String, Vec<String>> {
    let (success, said) = run(
        "objdump",
        &["-dr", "--no-show-raw-insn", object.to_str().unwrap()],
    );
    assert!(success, "{said}");
    let mut functions: HashMap<String, Vec<String>> = HashMap::new();
    let mut name = String::new();
    for line in said.lines() {
        if let Some(section) = line.strip_prefix("Disassembly of section .text.") {
            name = section.trim_end_matches(':').to_owned();
        } else if !name.is_empty() && !line.is_empty() {
            let line = line.split(".rodata").next().unwrap_or(line);
            functions.entry(name.clone()).or_default().push(line.to_owned());
        }
    }
    functions
}

#[test]
fn functions_without_a_site_are_built_as_before() {
    let folder = scratch("c-functions");
    let counts = by_two(&BUILT, |file| {
        let text = owners_text(*file);
        let tree = ringfence_syntax::parse(Language::C, &text).unwrap();
        let owners = functions(&built(&folder.join("owner"), *file, &text, &APART));
        let mut compared = 0;
        for (family, _) in LAID_OUT_ANEW {
            let (table, copy) = Turned::Alone(family).copy(Language::C, &text);
            if table.sites.is_empty() {
                continue;
            }
            // Functions that only changed places must be the same, so nothing is left out of them.
            let touched: Vec<&[u8]> = tree
                .nodes()
                .filter(|node| node.kind() == "function_definition" && family != Family::FunctionOrder)
                .filter(|node| {
                    table
                        .sites
                        .iter()
                        .any(|site| node.start() <= site.start && site.start < node.end())
                })
                .filter_map(|node| node.name_node())
                .map(|name| &text[name.start() as usize..name.end() as usize])
                .collect();
            let copied = functions(&built(&folder.join(family.name()), *file, &copy, &APART));
            assert_eq!(owners.len(), copied.len(), "{file:?} {family:?}");
            for (name, code) in &owners {
                let is_touched = touched.iter().any(|touched| {
                    name.as_bytes() == *touched
                        || name.as_bytes().starts_with(&[touched, b".".as_slice()].concat())
                });
                if !is_touched {
                    assert!(
                        copied[name] == *code,
                        "{file:?}: {family:?} changes {name}, which has no site"
                    );
                    compared += 1;
                }
            }
        }
        compared
    });
    assert!(counts.iter().sum::<usize>() > 200, "{counts:?}");
}
