//! Laws and traps of TypeScript, over the packages of the corpus and over the constructs that the rules name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use ringfence_interface::{Docs, KeptWhat, Options, Outcome, Rendered, Shown, SourceFile, render};
use ringfence_syntax::lex::{TokenKind, lex};
use ringfence_syntax::{Language, Node, parse};

/// Packages of the corpus that the laws are tested on.
const PACKAGES: &[&str] = &["zod/src", "rxjs-7.8.1/src"];

/// Every source file of a folder of the corpus, by its path there.
pub fn corpus(folder: &str, endings: &[&str]) -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus");
    let top = root.join(folder);
    assert!(
        top.is_dir(),
        "run `cargo xtask corpus`: {} is missing",
        top.display()
    );
    let (mut folders, mut found): (Vec<PathBuf>, Vec<(String, Vec<u8>)>) = (vec![top], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                if entry.file_name() != "node_modules" {
                    folders.push(path);
                }
            } else if endings.iter().any(|end| path.to_string_lossy().ends_with(end)) {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                found.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{folder} holds no source file");
    found
}

/// Renders one file that is alone in its view.
pub fn one(path: &str, text: &[u8], options: &Options<'_>) -> Outcome {
    let language = Language::from_path(path.as_bytes()).unwrap();
    let file = SourceFile {
        path: path.as_bytes(),
        text,
        visibility: Shown::Interface,
    };
    let mut outcomes = render(language, &[file], options).unwrap();
    assert_eq!(outcomes.len(), 1);
    outcomes.remove(0)
}

/// The interface of one file, with its account.
pub fn rendered(path: &str, text: &str) -> Rendered {
    match one(path, text.as_bytes(), &Options::default()) {
        Outcome::Interface(rendered) => rendered,
        other => panic!("{path}: {other:?}\n{text}"),
    }
}

/// The interface of one file.
pub fn interface(path: &str, text: &str) -> String {
    String::from_utf8(rendered(path, text).text).unwrap()
}

fn ts(text: &str) -> String {
    interface("src/module.ts", text)
}

/// Renders all files of a package as interfaces.
pub fn package(files: &[(String, Vec<u8>)], whole: &BTreeSet<usize>) -> Vec<Outcome> {
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
    render(Language::TypeScript, &sources, &Options::default()).unwrap()
}

/// What a module exports: names and sources of its export statements.
fn exports(path: &str, text: &[u8]) -> BTreeSet<String> {
    // Variance of type parameters is no part of the grammar; here it does not matter.
    let text: Vec<u8> = String::from_utf8_lossy(text)
        .replace("<out ", "<")
        .replace("\n  out ", "\n  ")
        .replace(", out ", ", ")
        .replace("<in ", "<")
        .into_bytes();
    let tree = parse(Language::from_path(path.as_bytes()).unwrap(), &text).unwrap();
    let mut found = BTreeSet::new();
    for item in tree
        .root()
        .unwrap()
        .named_children()
        .filter(|item| item.kind() == "export_statement")
    {
        let written = |node: &Node<'_>| String::from_utf8_lossy(node.text(&text)).into_owned();
        match item.child_by_field("declaration") {
            Some(declared) => match declared.name_node() {
                Some(name) => drop(found.insert(written(&name))),
                None => found.extend(
                    declared
                        .named_children()
                        .filter(|below| below.kind() == "variable_declarator")
                        .filter_map(|below| below.child_by_field("name"))
                        .map(|name| written(&name)),
                ),
            },
            None if item.child_by_field("value").is_some() => drop(found.insert("default".to_owned())),
            None => {
                let specifiers: Vec<String> = item
                    .descendants()
                    .filter(|below| below.kind() == "export_specifier")
                    .map(|below| written(&below))
                    .collect();
                if specifiers.is_empty() {
                    found.insert(written(&item));
                }
                found.extend(specifiers);
            }
        }
    }
    found
}

/// Strings of at least six bytes that stand in function bodies and nowhere else.
pub fn secrets(path: &str, text: &[u8]) -> BTreeSet<Vec<u8>> {
    let language = Language::from_path(path.as_bytes()).unwrap();
    let tree = parse(language, text).unwrap();
    let bodies: Vec<(u32, u32)> = tree
        .nodes()
        .filter(|node| node.kind() == "statement_block" && node.field() == Some("body"))
        .filter(|node| {
            node.parent()
                .is_some_and(|parent| !parent.kind().contains("module"))
        })
        .map(|node| (node.start(), node.end()))
        .collect();
    let (mut inside, mut outside) = (BTreeSet::new(), BTreeSet::new());
    for token in lex(language, text)
        .into_iter()
        .filter(|token| token.kind == TokenKind::String)
    {
        let key = token.key(text).into_owned();
        let hidden = bodies
            .iter()
            .any(|(start, end)| *start <= token.start && token.end <= *end);
        if hidden && key.len() >= 6 && key != b"hidden" {
            inside.insert(key);
        } else {
            outside.insert(key);
        }
    }
    inside.difference(&outside).cloned().collect()
}

fn strings(path: &str, text: &[u8]) -> BTreeSet<Vec<u8>> {
    let language = Language::from_path(path.as_bytes()).unwrap();
    lex(language, text)
        .into_iter()
        .filter(|token| token.kind == TokenKind::String)
        .map(|token| token.key(text).into_owned())
        .collect()
}

#[test]
fn real_packages_keep_their_exports_and_lose_their_bodies() {
    for folder in PACKAGES {
        let files = corpus(folder, &[".ts", ".tsx"]);
        let (mut reduced, mut lines) = (0, (0, 0));
        for ((path, text), outcome) in files.iter().zip(package(&files, &BTreeSet::new())) {
            // Tests of the package: their statements are all there is.
            let Outcome::Interface(found) = outcome else {
                panic!("{path}: {outcome:?}");
            };
            assert_eq!(exports(path, text), exports(path, &found.text), "{path}");
            let shown = strings(path, &found.text);
            let leaked: Vec<String> = secrets(path, text)
                .into_iter()
                .filter(|secret| shown.contains(secret))
                .map(|secret| String::from_utf8_lossy(&secret).into_owned())
                .collect();
            assert!(leaked.is_empty(), "{path}: {leaked:?}");
            assert_eq!(found.bodies_kept, 0, "{path}");
            reduced += 1;
            lines.0 += found.lines_before;
            lines.1 += found.lines_after;
        }
        assert!(reduced > 100, "{folder}: {reduced}");
        assert!(lines.1 * 10 < lines.0 * 9, "{folder}: {lines:?}");
    }
}

#[test]
fn an_interface_of_an_interface_is_itself() {
    for folder in PACKAGES {
        let files = corpus(folder, &[".ts"]);
        let once: Vec<(String, Vec<u8>)> = files
            .iter()
            .zip(package(&files, &BTreeSet::new()))
            .filter_map(|((path, _), outcome)| match outcome {
                Outcome::Interface(found) => Some((path.clone(), found.text)),
                _ => None,
            })
            .collect();
        for ((path, text), outcome) in once.iter().zip(package(&once, &BTreeSet::new())) {
            let Outcome::Interface(again) = outcome else {
                panic!("{path}: {outcome:?}");
            };
            assert_eq!(
                String::from_utf8_lossy(text),
                String::from_utf8_lossy(&again.text),
                "{path}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4) })]

    #[test]
    fn a_file_does_not_depend_on_which_others_are_readable(seed in any::<u64>()) {
        let files = corpus("zod/src/v3", &[".ts"]);
        let alone = package(&files, &BTreeSet::new());
        let whole: BTreeSet<usize> = (0..files.len()).filter(|place| seed.rotate_left(u32::try_from(*place % 64).unwrap()) & 1 == 1).collect();
        for (place, (mixed, alone)) in package(&files, &whole).into_iter().zip(alone).enumerate() {
            if whole.contains(&place) {
                prop_assert_eq!(mixed, Outcome::Whole);
            } else {
                prop_assert_eq!(mixed, alone);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    /// Whatever is torn out of or put into a file: what stood in a body does not come through.
    #[test]
    fn a_damaged_file_shows_nothing_of_a_body(at in 0_usize..4000, cut in 0_usize..60, put in prop::sample::select(vec!["", "{", "}", "(", ")", "`", "'", "/*", "*/", "=>", "<", "\0", "\u{feff}", "class X {", "if (", "\r\n"])) {
        let source = include_str!("typescript/client.ts");
        let (from, to) = (at.min(source.len()), at.saturating_add(cut).min(source.len()));
        prop_assume!(source.is_char_boundary(from) && source.is_char_boundary(to));
        // The cut must leave the secrets alone, or they are not there to be found.
        let text = format!("{}{put}{}", &source[..from], &source[to..]);
        if let Outcome::Interface(found) = one("src/client.ts", text.as_bytes(), &Options::default()) {
            // Code that the damage has put into a documentation comment is documentation.
            let shown = strings("src/client.ts", &found.text);
            for secret in &shown {
                let is_secret = secret.windows(7).any(|window| window == b"secret-");
                prop_assert!(!is_secret, "after {put:?} at {from}..{to}:\n{}", String::from_utf8_lossy(&found.text));
            }
        }
    }
}

#[test]
fn a_client_as_the_vendor_sees_it() {
    let expected = include_str!("typescript/client.interface.ts");
    assert_eq!(
        interface("src/client.ts", include_str!("typescript/client.ts")),
        expected
    );
}

#[test]
fn a_derived_constructor_calls_its_base_with_as_many_arguments() {
    let shown = ts(
        "export class D extends B {\n  constructor(o: O) {\n    super(o.a, o.b);\n    this.run();\n  }\n}\n",
    );
    assert_eq!(
        shown,
        "export class D extends B {\n  constructor(o: O) {\n    super(undefined as never, undefined as never);\n    throw new Error(\"hidden\");\n  }\n}\n"
    );
    let rest = ts("export class D extends B {\n  constructor(...all: A) {\n    super(...all);\n  }\n}\n");
    assert!(rest.contains("super(...all);"), "{rest}");
    let other =
        ts("export class D extends B {\n  constructor(o: O) {\n    super(...o.secretParts());\n  }\n}\n");
    assert!(!other.contains("secretParts"), "{other}");
}

#[test]
fn a_type_that_lives_in_a_body_is_any() {
    assert_eq!(
        ts("export const x = make(\"table\");\n"),
        "export const x = undefined as any;\n"
    );
    assert_eq!(
        ts("export const x: Table = make(\"table\");\nexport const n: never = fail();\n"),
        "export const x: Table = undefined as any;\nexport const n: never = undefined as never;\n"
    );
}

#[test]
fn what_is_exported_as_a_value_loses_its_functions() {
    let assigned = ts("export = {\n  sign: (key: string): string => mix(key, \"secret\"),\n};\n");
    assert!(
        assigned.contains("sign: (key: string): string => {"),
        "{assigned}"
    );
    assert!(
        !assigned.contains("secret") && !assigned.contains("mix"),
        "{assigned}"
    );
    let default = ts("export default define({ secret: 1 });\n");
    assert_eq!(default, "export default undefined as any;\n");
}

#[test]
fn values_stay_where_they_are_types() {
    let source = "export const NAME = \"zip\";\nexport const LIST = [\"a1\", \"b2\"] as const;\nexport const TOKEN: unique symbol = Symbol.for(\"inner-token\");\nexport let state = \"starting\";\nexport const map = { a: \"first\", b: 12, c() { return \"third\"; } };\nexport const pattern = /secret+/;\nexport enum E { A = \"a-value\", B = compute() }\n";
    let found = rendered("src/values.ts", source);
    let shown = String::from_utf8(found.text).unwrap();
    for kept in [
        "NAME = \"zip\"",
        "[\"a1\", \"b2\"] as const",
        "A = \"a-value\"",
        "unique symbol = Symbol()",
    ] {
        assert!(shown.contains(kept), "{kept}: {shown}");
    }
    for gone in [
        "inner-token",
        "starting",
        "first",
        "12",
        "third",
        "secret",
        "compute",
    ] {
        assert!(!shown.contains(gone), "{gone}: {shown}");
    }
    let named: Vec<&str> = found
        .kept
        .iter()
        .filter(|kept| kept.what == KeptWhat::Initialiser)
        .map(|kept| kept.name.as_str())
        .collect();
    assert!(named.contains(&"\"zip\""), "{named:?}");
}

#[test]
fn a_return_type_is_added_where_none_is_written() {
    let shown = ts(
        "export function a() {\n  log(1);\n}\nexport async function b() {\n  return await load();\n}\nexport function* c() {\n  yield 1;\n}\nexport const d = x => x + 1;\nexport function e(s: S) {\n  return s.kind === \"k\";\n}\nexport const f = () => {\n  throw new Problem();\n};\nexport const g = (a: A) => (b: B) => a.join(b);\n",
    );
    for signature in [
        "function a(): void {",
        "function b(): Promise<any> {",
        "function* c(): Generator<any, any, any> {",
        "const d = (x: any): any => {",
        "function e(s: S): boolean {",
        "const f = (): never => {",
        "const g = (a: A) => (b: B): any => {",
    ] {
        assert!(shown.contains(signature), "{signature}: {shown}");
    }
}

#[test]
fn private_members_go_unless_a_signature_names_them() {
    let shown = ts(
        "export class K {\n  #count = 0;\n  private helper(): void {}\n  private shape: Shape = make();\n  size: number;\n  width!: number;\n  height?: number;\n  static total: number;\n  get shapes(): this[\"shape\"][] {\n    return [this.shape];\n  }\n  static {\n    register(K);\n  }\n}\n",
    );
    assert_eq!(
        shown,
        "export class K {\n  private shape: Shape = undefined as any;\n  size!: number;\n  width!: number;\n  height?: number;\n  static total: number;\n  get shapes(): this[\"shape\"][] {\n    throw new Error(\"hidden\");\n  }\n}\n"
    );
}

#[test]
fn imports_follow_what_is_left() {
    let source = "import { a, b as c, type D } from \"pkg\";\nimport only from \"./seen\";\nimport { gone } from \"./hidden\";\nimport \"./hidden-effect\";\nimport * as all from \"pkg/all\";\nexport { x } from \"./hidden\";\nexport * from \"./seen\";\nexport function f(d: D, o: only): c {\n  return a(all, gone);\n}\n";
    let others = vec![b"src/seen/index.ts".to_vec()];
    let options = Options {
        others: &others,
        ..Options::default()
    };
    let Outcome::Interface(found) = one("src/module.ts", source.as_bytes(), &options) else {
        panic!("refused");
    };
    assert_eq!(
        String::from_utf8(found.text).unwrap(),
        "import { b as c, type D } from \"pkg\";\nimport only from \"./seen\";\nexport * from \"./seen\";\nexport function f(d: D, o: only): c {\n  throw new Error(\"hidden\");\n}\n"
    );
}

#[test]
fn documentation_follows_the_policy_and_other_comments_go() {
    let source = "/** @packageDocumentation Parcels. */\nimport { a } from \"pkg\";\n\n// a remark\n/**\n * Sends.\n *\n * By the inner queue.\n */\nexport function send(): void {} // trailing\n\n/** Of a helper. */\nfunction helper(): a {}\n\nexport interface I extends ReturnType<typeof helper> {\n  /** A member. */\n  x: a; // why\n}\n";
    let with = |docs| {
        let options = Options {
            docs,
            ..Options::default()
        };
        match one("src/module.ts", source.as_bytes(), &options) {
            Outcome::Interface(found) => String::from_utf8(found.text).unwrap(),
            other => panic!("{other:?}"),
        }
    };
    let full = with(Docs::Full);
    assert!(
        full.contains("By the inner queue.") && full.contains("A member.") && full.contains("Parcels."),
        "{full}"
    );
    assert!(
        !full.contains("remark")
            && !full.contains("trailing")
            && !full.contains("why")
            && !full.contains("Of a helper"),
        "{full}"
    );
    assert!(full.contains("function helper(): a {"), "{full}");
    let first = with(Docs::FirstParagraph);
    assert!(
        first.contains("Sends.\n */") && !first.contains("inner queue"),
        "{first}"
    );
    let none = with(Docs::None);
    assert!(!none.contains("/*") && !none.contains("//"), "{none}");
}

#[test]
fn declaration_files_lose_only_comments() {
    let source = "// inner remark\nexport declare class K {\n  /** Doc. */\n  a: string; // why\n  private b;\n}\ndeclare const used: 1;\nexport declare function f(): typeof used;\n";
    assert_eq!(
        interface("types/index.d.ts", source),
        "export declare class K {\n  /** Doc. */\n  a: string;\n  private b;\n}\ndeclare const used: 1;\nexport declare function f(): typeof used;\n"
    );
}

#[test]
fn tsx_and_decorators() {
    let source = "import { Component, Input } from \"frame\";\nimport { Inner } from \"./inner\";\nimport type { Props } from \"./props\";\n\n@Component({ template: \"<b>secret</b>\" })\nexport class View {\n  @Input() title = \"untitled\";\n  render(p: Props) {\n    return <Inner a=\"secret\" />;\n  }\n}\n";
    let others = vec![b"src/props.ts".to_vec(), b"src/inner.tsx".to_vec()];
    let options = Options {
        others: &others,
        ..Options::default()
    };
    let Outcome::Interface(found) = one("src/view.tsx", source.as_bytes(), &options) else {
        panic!("refused");
    };
    assert_eq!(
        String::from_utf8(found.text).unwrap(),
        "import { Input } from \"frame\";\nimport type { Props } from \"./props\";\n\nexport class View {\n  @Input() title = \"\";\n  render(p: Props): any {\n    throw new Error(\"hidden\");\n  }\n}\n"
    );
}

#[test]
fn the_style_of_the_file_is_kept() {
    let tabs = ts("import { a } from 'pkg'\nexport class K {\n\tf(): a {\n\t\treturn a()\n\t}\n}\n");
    assert!(
        tabs.contains("\tf(): a {\n\t\tthrow new Error('hidden')\n\t}\n"),
        "{tabs}"
    );
    let crlf = ts("import { a } from \"pkg\";\r\nexport function f(): a {\r\n  return a();\r\n}\r\n");
    assert_eq!(
        crlf,
        "import { a } from \"pkg\";\r\nexport function f(): a {\r\n  throw new Error(\"hidden\");\r\n}\r\n"
    );
}

#[test]
fn hostile_files_are_refused_or_clean() {
    let deep = format!(
        "export const x = {}1{};\n",
        "[".repeat(20_000),
        "]".repeat(20_000)
    );
    let arrows = format!("export const f = {}1;\n", "(a: string) => ".repeat(3_000));
    let namespaces = format!(
        "{}export const x = 1;{}\n",
        "export namespace N { ".repeat(2_000),
        " }".repeat(2_000)
    );
    let minified = format!(
        "{}\n",
        "export function f(a){return a+\"secret-1\"};".repeat(2_000)
    );
    let cases: Vec<(&str, Vec<u8>)> = vec![
        (
            "unclosed",
            b"export function f() { if (a) { return \"secret-1\";\n".to_vec(),
        ),
        (
            "torn",
            b"export function f() { if (x { y(\"secret-1\"); } return \"secret-2\"; }\nexport const a = 1;\n"
                .to_vec(),
        ),
        (
            "nul",
            b"export function f() { return \"secret-1\"; }\n\0\0\0export const a: string;\n".to_vec(),
        ),
        (
            "byte order mark",
            b"\xef\xbb\xbfexport function f(): string { return \"secret-1\"; }\n".to_vec(),
        ),
        (
            "not UTF-8",
            b"export function f(): string { return \"secret-1\xff\xfe\"; }\n// \xff\n".to_vec(),
        ),
        ("deep", deep.into_bytes()),
        ("arrows", arrows.into_bytes()),
        ("namespaces", namespaces.into_bytes()),
        ("minified", minified.into_bytes()),
        ("empty", Vec::new()),
        ("garbage", b"}}}} secret-1 ((( `".to_vec()),
    ];
    for (name, text) in cases {
        if let Outcome::Interface(found) = one("src/hostile.ts", &text, &Options::default()) {
            let shown = String::from_utf8_lossy(&found.text).into_owned();
            assert!(!shown.contains("secret"), "{name}: {shown}");
            assert_eq!(
                parse(Language::TypeScript, &found.text).unwrap().error_count(),
                0,
                "{name}"
            );
        }
    }
}

#[test]
fn an_error_in_one_function_costs_only_that_function() {
    let source = "export function broken(): void {\n  const a = = 1;\n}\n\nexport class K {\n  bad(: void {}\n  good(): string {\n    return \"secret-1\";\n  }\n}\n\nexport function fine(): string {\n  return \"secret-2\";\n}\n";
    match one("src/module.ts", source.as_bytes(), &Options::default()) {
        Outcome::Interface(found) => {
            let shown = String::from_utf8(found.text).unwrap();
            assert!(shown.contains("export function fine(): string"), "{shown}");
            assert!(!shown.contains("secret") && !shown.contains("= ="), "{shown}");
        }
        Outcome::Refused { line, .. } => assert!((2..=6).contains(&line), "line {line}"),
        other => panic!("{other:?}"),
    }
}
