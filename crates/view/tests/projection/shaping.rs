//! Interface files in projected trees: exactly the engine's texts at their paths, the rest as without them, nothing hidden read.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use gix_hash::oid;
use proptest::prelude::*;
use ringfence_domain::view::Visibility;
use ringfence_interface::{Options, Outcome, Shown, SourceFile, family, render, supported};
use ringfence_syntax::Language;
use ringfence_view::object::{
    Kind, MemoryObjects, Object, ObjectError, ObjectId, ObjectSink, ObjectSource, id_of,
};
use ringfence_view::project::shape::{InterfaceMemory, InterfaceOutcome, Interfaces, Shaped, shape};
use ringfence_view::project::{
    Deliver, Flow, Limits, Place, ProjectError, Projector, Unmarked, ViewRules, Warning,
};

use crate::reference::{self, Files};
use crate::trees::{build_plain, flatten, rule};

/// Remembers in a map, and counts what it was asked.
#[derive(Default)]
struct Remembered {
    known: HashMap<[u8; 32], Vec<InterfaceOutcome>>,
    recalled: usize,
}

impl InterfaceMemory for Remembered {
    fn recall(&mut self, input: &[u8; 32]) -> Result<Option<Vec<InterfaceOutcome>>, String> {
        let known = self.known.get(input).cloned();
        self.recalled += usize::from(known.is_some());
        Ok(known)
    }

    fn remember(&mut self, input: [u8; 32], outcomes: &[InterfaceOutcome]) -> Result<(), String> {
        self.known.insert(input, outcomes.to_vec());
        Ok(())
    }
}

/// A memory that keeps nothing and says so.
struct Forgetful;

impl InterfaceMemory for Forgetful {
    fn recall(&mut self, _: &[u8; 32]) -> Result<Option<Vec<InterfaceOutcome>>, String> {
        Ok(None)
    }

    fn remember(&mut self, _: [u8; 32], _: &[InterfaceOutcome]) -> Result<(), String> {
        Err("the disk is full".to_owned())
    }
}

#[derive(Default)]
struct Shaping(Remembered);

impl Deliver for Shaping {
    fn depends_on_path(&self) -> bool {
        false
    }

    fn shape(
        &mut self,
        view: &ViewRules,
        tree: ObjectId,
        limits: Limits,
        source: &dyn ObjectSource,
    ) -> Result<Option<Shaped>, ProjectError> {
        shape(view, tree, limits, source, Interfaces::default(), &mut self.0)
    }

    fn deliver(
        &mut self,
        place: Place<'_>,
        source: &dyn ObjectSource,
        sink: &mut dyn ObjectSink,
    ) -> Result<ObjectId, ProjectError> {
        Unmarked.deliver(place, source, sink)
    }
}

/// Notes every object that is read.
struct Watched<'a> {
    objects: &'a MemoryObjects,
    read: RefCell<HashSet<ObjectId>>,
}

impl ObjectSource for Watched<'_> {
    fn read(&self, id: &oid) -> Result<Option<Object>, ObjectError> {
        self.read.borrow_mut().insert(id.to_owned());
        self.objects.read(id)
    }

    fn header(&self, id: &oid) -> Result<Option<(Kind, u64)>, ObjectError> {
        self.objects.header(id)
    }
}

/// Gives each file a body that names it, in Go, which has no files that other files must declare.
fn with_bodies(files: Files) -> Files {
    files
        .into_iter()
        .enumerate()
        .map(|(number, (path, text))| {
            let go = path.replace(".rs", ".go");
            let text = if go == path {
                text
            } else {
                format!(
                    "package a\n\n// Shown{number} is public.\nfunc Shown{number}() int {{\n\treturn hidden{number}(\"secret {number}\")\n}}\n\n\
                     func hidden{number}(s string) int {{\n\treturn len(s)\n}}\n"
                )
                .into_bytes()
            };
            (go, text)
        })
        .collect()
}

/// A visible file with its text and how it is shown.
type Member<'a> = (&'a String, &'a Vec<u8>, Shown);

/// What the engine gives for the interface files among the visible ones.
fn expected(rules: &[ringfence_domain::view::PathRule], files: &Files) -> Files {
    let mut shown = reference::delivered(rules, files);
    let mut groups: BTreeMap<Language, Vec<Member<'_>>> = BTreeMap::new();
    let mut visible = Vec::new();
    for (path, text) in files {
        let how = match reference::visibility(rules, path) {
            Visibility::Hidden => continue,
            Visibility::Interface => Shown::Interface,
            _ => Shown::Whole,
        };
        visible.push(path.clone().into_bytes());
        if let Some(language) = supported(path.as_bytes()) {
            groups
                .entry(family(language))
                .or_default()
                .push((path, text, how));
        }
    }
    for (language, group) in groups {
        let inputs: Vec<SourceFile<'_>> = group
            .iter()
            .map(|(path, text, visibility)| SourceFile {
                path: path.as_bytes(),
                text,
                visibility: *visibility,
            })
            .collect();
        let options = Options {
            others: &visible,
            ..Options::default()
        };
        for ((path, ..), outcome) in group.iter().zip(render(language, &inputs, &options).unwrap()) {
            if let Outcome::Interface(rendered) = outcome {
                shown.insert((*path).clone(), rendered.text);
            }
        }
    }
    shown
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn interface_files_are_the_engines_texts_and_everything_else_is_as_before(
        rules in reference::rules(),
        files in reference::files().prop_map(with_bodies),
    ) {
        let rules: Vec<_> = rules
            .into_iter()
            .map(|mut rule| {
                for pattern in &mut rule.paths {
                    *pattern = pattern.replace(".rs", ".go");
                }
                rule
            })
            .collect();
        let view = ViewRules::new(&rules, Vec::new()).unwrap();
        let mut owner = MemoryObjects::default();
        let tree = build_plain(&mut owner, &files);
        let watched = Watched { objects: &owner, read: RefCell::default() };
        let mut shaping = Shaping::default();
        let mut store = MemoryObjects::default();
        let mut flow = Flow { source: &watched, deliver: &mut shaping, sink: &mut store };
        let projected = Projector::new(&view, Limits::default()).project_tree(tree, &mut flow).unwrap();
        let found: Files = flatten(&store, projected.tree)
            .into_iter()
            .map(|(path, (_, data))| (String::from_utf8(path).unwrap(), data))
            .collect();
        prop_assert_eq!(&found, &expected(&rules, &files));

        // What is hidden was not read; what is shown as interface left no word of its bodies in any object written.
        for (path, text) in &files {
            let alone = files.values().filter(|other| *other == text).count() == 1;
            let visibility = reference::visibility(&rules, path);
            let id = id_of(Kind::Blob, text).unwrap();
            if alone && visibility == Visibility::Hidden {
                prop_assert!(!watched.read.borrow().contains(&id), "{} was read", path);
            }
            if alone && visibility == Visibility::Interface {
                prop_assert!(!store.contains(&id).unwrap(), "{} was written", path);
            }
        }
        // The same again comes from memory, and is the same.
        let mut again = MemoryObjects::default();
        let mut flow = Flow { source: &watched, deliver: &mut shaping, sink: &mut again };
        let second = Projector::new(&view, Limits::default()).project_tree(tree, &mut flow).unwrap();
        prop_assert_eq!(second.tree, projected.tree);
        prop_assert_eq!(shaping.0.recalled, shaping.0.known.len());
    }
}

#[test]
fn what_has_no_interface_is_left_out_with_a_reason() {
    let files: Files = [
        ("src/price.go", "package a\n\nfunc Price() int { return 4217 }\n"),
        ("src/prices.csv", "a,4217\n"),
        ("src/broken.go", "package a\n\nfunc Broken( {\n\treturn 4217\n"),
    ]
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
    .collect();
    let view = ViewRules::new(&[rule(Visibility::Interface, &["/src/**"])], Vec::new()).unwrap();
    let mut owner = MemoryObjects::default();
    let tree = build_plain(&mut owner, &files);
    let mut store = MemoryObjects::default();
    let mut shaping = Shaping::default();
    let mut flow = Flow {
        source: &owner,
        deliver: &mut shaping,
        sink: &mut store,
    };
    let projected = Projector::new(&view, Limits::default())
        .project_tree(tree, &mut flow)
        .unwrap();
    for (path, (_, text)) in flatten(&store, projected.tree) {
        assert!(
            !String::from_utf8_lossy(&text).contains("4217"),
            "{}",
            path.escape_ascii()
        );
    }
    let left: Vec<String> = projected
        .warnings
        .iter()
        .filter(|warning| matches!(warning, Warning::NoInterface { .. }))
        .map(ToString::to_string)
        .collect();
    assert!(
        left.iter().any(|text| text.contains("src/prices.csv")),
        "{left:?}"
    );
    let broken_shown = flatten(&store, projected.tree).contains_key(b"src/broken.go".as_slice());
    assert!(
        broken_shown || left.iter().any(|text| text.contains("src/broken.go")),
        "{left:?}"
    );
}

/// Files that only a manifest names as roots of crates.
fn tools() -> Files {
    [
        ("Cargo.toml", "[[bin]]\nname = \"x\"\npath = \"tools/x.rs\"\n"),
        (
            "tools/x.rs",
            "mod helper;\n\npub fn run() -> u32 {\n    helper::help() + 4217\n}\n",
        ),
        ("tools/x/helper.rs", ""),
        ("tools/helper.rs", "pub fn help() -> u32 {\n    4217\n}\n"),
        ("tools/lost.rs", "pub fn lost() -> u32 {\n    4217\n}\n"),
    ]
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
    .collect()
}

fn shaped(rules: &[ringfence_domain::view::PathRule], files: &Files) -> Shaped {
    let view = ViewRules::new(rules, Vec::new()).unwrap();
    let mut owner = MemoryObjects::default();
    let tree = build_plain(&mut owner, files);
    let mut memory = Remembered::default();
    shape(
        &view,
        tree,
        Limits::default(),
        &owner,
        Interfaces::default(),
        &mut memory,
    )
    .unwrap()
    .unwrap()
}

#[test]
fn roots_that_a_visible_manifest_names_have_an_interface() {
    let text = |shaped: &Shaped, path: &str| match &shaped.files[path.as_bytes()] {
        InterfaceOutcome::Text { text, .. } => Some(String::from_utf8(text.to_vec()).unwrap()),
        InterfaceOutcome::Absent { .. } => None,
    };
    let tools_shown = rule(Visibility::Interface, &["/tools/**"]);
    let with = shaped(
        &[rule(Visibility::Read, &["/Cargo.toml"]), tools_shown.clone()],
        &tools(),
    );
    let root = text(&with, "tools/x.rs").unwrap();
    assert!(
        root.contains("mod helper;") && root.contains("pub fn run() -> u32"),
        "{root}"
    );
    assert!(!root.contains("4217"), "{root}");
    assert!(text(&with, "tools/helper.rs").is_some());
    assert_eq!(text(&with, "tools/lost.rs"), None);
    // A hidden manifest says nothing.
    let without = shaped(&[tools_shown], &tools());
    assert_eq!(text(&without, "tools/x.rs"), None);
    let mut other = tools();
    other.insert(
        "Cargo.toml".to_owned(),
        b"[lib]\npath = \"tools/lost.rs\"\n".to_vec(),
    );
    let changed = shaped(&[rule(Visibility::Interface, &["/tools/**"])], &other);
    assert_eq!(changed.files, without.files);
}

#[test]
fn what_cannot_be_remembered_is_not_delivered() {
    let view = ViewRules::new(
        &[
            rule(Visibility::Interface, &["/tools/**"]),
            rule(Visibility::Read, &["/Cargo.toml"]),
        ],
        Vec::new(),
    )
    .unwrap();
    let mut owner = MemoryObjects::default();
    let tree = build_plain(&mut owner, &tools());
    let stopped = shape(
        &view,
        tree,
        Limits::default(),
        &owner,
        Interfaces::default(),
        &mut Forgetful,
    );
    let message = stopped.unwrap_err().to_string();
    assert!(message.contains("the disk is full"), "{message}");
}
