//! What the rules have to know of the whole group: classes with their bases and members, names defined in it, type variables.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use ringfence_syntax::Node;

use super::attributes;
use super::modules::Modules;
use crate::engine::{Group, ParsedFile};

/// Bases from outside the group that neither look at class attributes nor make anything of them.
const PLAIN_BASES: &[&[u8]] = &[
    b"object",
    b"ABC",
    b"Generic",
    b"Protocol",
    b"dict",
    b"list",
    b"set",
    b"frozenset",
    b"tuple",
    b"str",
    b"bytes",
    b"int",
    b"float",
    b"type",
    b"Mapping",
    b"MutableMapping",
    b"Sequence",
    b"MutableSequence",
    b"Iterator",
    b"Iterable",
    b"Exception",
    b"BaseException",
    b"ValueError",
    b"TypeError",
    b"KeyError",
    b"IndexError",
    b"LookupError",
    b"RuntimeError",
    b"OSError",
    b"IOError",
    b"AttributeError",
    b"ImportError",
    b"AssertionError",
    b"NotImplementedError",
    b"ConnectionError",
    b"TimeoutError",
    b"UnicodeError",
    b"UnicodeDecodeError",
    b"Warning",
    b"UserWarning",
    b"DeprecationWarning",
    b"RuntimeWarning",
    b"Thread",
];

/// A class, all of its name taken together.
#[derive(Default)]
pub(super) struct Class {
    bases: BTreeSet<Vec<u8>>,
    /// Bound in its body.
    members: HashSet<Vec<u8>>,
    /// Bound on `self` by its methods.
    attributes: HashSet<Vec<u8>>,
    /// It has a decorator or a metaclass.
    is_made: bool,
}

/// The facts.
pub(super) struct Facts {
    classes: BTreeMap<Vec<u8>, Class>,
    /// Classes that derive from a class, directly or not, by its name; with itself.
    heirs: BTreeMap<Vec<u8>, Vec<Vec<u8>>>,
    /// Names of classes, functions and modules of the group.
    pub(super) defined: HashSet<Vec<u8>>,
    /// Modules of which everything is imported somewhere, by key.
    pub(super) starred: HashSet<Vec<u8>>,
    /// Modules that are imported inside of a `try` that runs at import, by key: whether they load decides what is defined there.
    pub(super) tried: HashSet<Vec<u8>>,
    /// Names bound to type variables.
    pub(super) type_variables: HashSet<Vec<u8>>,
    pub(super) modules: Modules,
}

impl Facts {
    pub(super) fn of(group: &Group<'_, '_>) -> Facts {
        let mut facts = Facts {
            classes: BTreeMap::new(),
            heirs: BTreeMap::new(),
            defined: HashSet::new(),
            starred: HashSet::new(),
            tried: HashSet::new(),
            type_variables: HashSet::new(),
            modules: Modules::of(group),
        };
        for file in &group.files {
            facts.defined.insert(Modules::key(file.path));
            for folder in file.path.split(|byte| *byte == b'/') {
                facts.defined.insert(folder.to_vec());
            }
            for node in file.tree.nodes() {
                facts.take(file, &node);
            }
        }
        facts.heirs = heirs(&facts.classes);
        facts
    }

    fn take(&mut self, file: &ParsedFile<'_>, node: &Node<'_>) {
        let text = file.text;
        match node.kind() {
            "class_definition" => self.take_class(file, node),
            "function_definition" => {
                if let Some(name) = node.child_by_field("name") {
                    self.defined.insert(name.text(text).to_vec());
                }
            }
            "wildcard_import" => {
                let module = node
                    .parent()
                    .and_then(|import| import.child_by_field("module_name"));
                for place in module
                    .map(|module| self.modules.places(file.path, module.text(text)))
                    .unwrap_or_default()
                {
                    let key = place.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
                    self.starred.insert(key.to_vec());
                }
            }
            "import_from_statement" if decides_what_loads(node) => {
                let Some(module) = node.child_by_field("module_name") else {
                    return;
                };
                for place in self.modules.places(file.path, module.text(text)) {
                    let key = place.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
                    self.tried.insert(key.to_vec());
                }
            }
            "call" => {
                let function = node.child_by_field("function").map(|called| called.text(text));
                let makes = function.is_some_and(|called| {
                    [&b"TypeVar"[..], b"ParamSpec", b"TypeVarTuple"]
                        .iter()
                        .any(|maker| called.ends_with(maker))
                });
                let target = node
                    .parent()
                    .filter(|parent| makes && parent.kind() == "assignment")
                    .and_then(|assignment| assignment.child_by_field("left"));
                if let Some(target) = target {
                    self.type_variables.insert(target.text(text).to_vec());
                }
            }
            _ => {}
        }
    }

    fn take_class(&mut self, file: &ParsedFile<'_>, node: &Node<'_>) {
        let text = file.text;
        let (Some(name), Some(body)) = (node.child_by_field("name"), node.child_by_field("body")) else {
            return;
        };
        self.defined.insert(name.text(text).to_vec());
        let class = self.classes.entry(name.text(text).to_vec()).or_default();
        class.is_made |= node
            .parent()
            .is_some_and(|parent| parent.kind() == "decorated_definition");
        if let Some(superclasses) = node.child_by_field("superclasses") {
            for base in superclasses.named_children() {
                if base.kind() == "keyword_argument" {
                    class.is_made = true;
                } else {
                    class.bases.insert(base_name(&base, text).to_vec());
                }
            }
        }
        for member in body.named_children() {
            if let Some(bound) = bound_name(&member) {
                class.members.insert(bound.text(text).to_vec());
            }
        }
        for attribute in attributes::of_class(file, &body, None) {
            class.attributes.insert(attribute.name);
        }
    }

    /// Tells whether the class body, or anything it inherits in the group, says the attribute.
    pub(super) fn has_elsewhere(&self, class: &[u8], attribute: &[u8]) -> bool {
        if self
            .classes
            .get(class)
            .is_some_and(|own| own.members.contains(attribute))
        {
            return true;
        }
        self.ancestors(class).into_iter().any(|base| {
            base != class
                && self.classes.get(base).is_some_and(|base| {
                    base.members.contains(attribute) || base.attributes.contains(attribute)
                })
        })
    }

    /// Tells whether nothing outside the class looks at its attributes when it is made: no decorator, metaclass or unknown base.
    pub(super) fn is_plain(&self, class: &[u8]) -> bool {
        self.ancestors(class).into_iter().all(|name| {
            self.classes
                .get(name)
                .map_or_else(|| PLAIN_BASES.contains(&name), |class| !class.is_made)
        })
    }

    /// The class and all that it derives from, by name.
    fn ancestors<'s>(&'s self, class: &'s [u8]) -> BTreeSet<&'s [u8]> {
        let mut seen: BTreeSet<&[u8]> = BTreeSet::from([class]);
        let mut open = vec![class];
        while let Some(name) = open.pop() {
            for base in self.classes.get(name).iter().flat_map(|class| &class.bases) {
                if seen.insert(base) {
                    open.push(base);
                }
            }
        }
        seen
    }

    /// The class and all classes of the group that derive from it.
    pub(super) fn heirs(&self, class: &[u8]) -> Vec<Vec<u8>> {
        self.heirs
            .get(class)
            .cloned()
            .unwrap_or_else(|| vec![class.to_vec()])
    }
}

/// For every class the classes that derive from it. Names that loop are met once.
fn heirs(classes: &BTreeMap<Vec<u8>, Class>) -> BTreeMap<Vec<u8>, Vec<Vec<u8>>> {
    let mut children: BTreeMap<&[u8], Vec<&[u8]>> = BTreeMap::new();
    for (name, class) in classes {
        for base in &class.bases {
            children.entry(base).or_default().push(name);
        }
    }
    classes
        .keys()
        .map(|class| {
            let mut seen: BTreeSet<&[u8]> = BTreeSet::from([class.as_slice()]);
            let mut open = vec![class.as_slice()];
            while let Some(name) = open.pop() {
                for child in children.get(name).into_iter().flatten() {
                    if seen.insert(child) {
                        open.push(child);
                    }
                }
            }
            (class.clone(), seen.into_iter().map(<[u8]>::to_vec).collect())
        })
        .collect()
}

/// The name by which a base class is known: the last part of `a.b.C[T]`.
fn base_name<'t>(base: &Node<'_>, text: &'t [u8]) -> &'t [u8] {
    let mut at = *base;
    loop {
        let next = match at.kind() {
            "subscript" => at.child_by_field("value"),
            "attribute" => at.child_by_field("attribute"),
            "call" => at.child_by_field("function"),
            _ => None,
        };
        match next {
            Some(inner) => at = inner,
            None => return at.text(text),
        }
    }
}

/// The name that a statement of a class or module body binds, when it is one.
pub(super) fn bound_name<'t>(statement: &Node<'t>) -> Option<Node<'t>> {
    match statement.kind() {
        "function_definition" | "class_definition" => statement.child_by_field("name"),
        "decorated_definition" => statement.child_by_field("definition")?.child_by_field("name"),
        "expression_statement" => statement
            .named_children()
            .next()
            .filter(|inner| inner.kind() == "assignment")?
            .child_by_field("left")
            .filter(|left| left.kind() == "identifier"),
        _ => None,
    }
}

/// Tells whether an import stands in a `try` that runs when the module is loaded: in a function it decides nothing that is defined.
fn decides_what_loads(node: &Node<'_>) -> bool {
    let mut tried = false;
    for above in node.ancestors() {
        match above.kind() {
            "try_statement" => tried = true,
            "function_definition" | "lambda" => return false,
            _ => {}
        }
    }
    tried
}
