//! What the files of a package folder declare, for reading types off values.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_syntax::Node;

use super::{children_of, has_comment, import_specs, in_field, known, receiver_type, var_specs};
use crate::engine::{Group, ParsedFile};

/// Where a node stands: file in the group, and node.
pub(super) type Place = (usize, u32);

/// A function as its callers see it.
pub(super) struct Signature {
    /// File in the group, whose imports the types mean.
    pub(super) file: usize,
    /// Types of its results; none when one holds a comment or the function has type parameters.
    pub(super) results: Option<Vec<Vec<u8>>>,
    /// The function as a type.
    pub(super) value: Option<Vec<u8>>,
}

/// A variable or constant: its type as written, its value, its place among the names of its specification.
#[derive(Clone, Copy)]
pub(super) struct Value {
    pub(super) kind: Option<Place>,
    pub(super) value: Option<Place>,
    pub(super) constant: bool,
}

/// Everything the package says about itself.
pub(super) struct Facts<'g, 'a> {
    pub(super) files: &'g [&'g ParsedFile<'a>],
    pub(super) functions: BTreeMap<Vec<u8>, Signature>,
    pub(super) methods: BTreeMap<(Vec<u8>, Vec<u8>), Signature>,
    /// Types, with the type names in their definition.
    pub(super) types: BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>>,
    pub(super) values: BTreeMap<Vec<u8>, Value>,
    /// Name to path of what each file imports.
    pub(super) imports: Vec<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl<'g, 'a> Facts<'g, 'a> {
    /// Reads all files of a group.
    pub(super) fn of(group: &'g Group<'g, 'a>) -> Facts<'g, 'a> {
        let mut facts = Facts {
            files: &group.files,
            functions: BTreeMap::new(),
            methods: BTreeMap::new(),
            types: BTreeMap::new(),
            values: BTreeMap::new(),
            imports: Vec::new(),
        };
        for (place, file) in group.files.iter().enumerate() {
            facts.imports.push(imports(file));
            let Some(root) = file.tree.root() else { continue };
            for item in root.named_children() {
                facts.item(place, file, &item);
            }
        }
        facts
    }

    /// Tells whether the package declares the name itself.
    pub(super) fn declares(&self, name: &[u8]) -> bool {
        self.functions.contains_key(name) || self.types.contains_key(name) || self.values.contains_key(name)
    }

    fn item(&mut self, place: usize, file: &ParsedFile<'_>, item: &Node<'_>) {
        let source = file.text;
        match item.kind() {
            "function_declaration" | "method_declaration" => {
                let Some(name) = item.child_by_field("name") else {
                    return;
                };
                let name = name.text(source).to_vec();
                let signature = signature(place, source, item);
                if item.kind() == "function_declaration" {
                    self.functions.entry(name).or_insert(signature);
                } else {
                    let owner = receiver_type(item, source).to_vec();
                    self.methods.entry((owner, name)).or_insert(signature);
                }
            }
            "type_declaration" => {
                for spec in children_of(item, &["type_spec", "type_alias"]) {
                    let Some(name) = spec.child_by_field("name") else {
                        continue;
                    };
                    let inside = spec
                        .child_by_field("type")
                        .map(|kind| type_names(&kind, source))
                        .unwrap_or_default();
                    self.types
                        .entry(name.text(source).to_vec())
                        .or_default()
                        .extend(inside);
                }
            }
            "const_declaration" => {
                for spec in children_of(item, &["const_spec"]) {
                    self.values_of(place, source, &spec, true);
                }
            }
            "var_declaration" => {
                for spec in var_specs(item) {
                    self.values_of(place, source, &spec, false);
                }
            }
            _ => {}
        }
    }

    fn values_of(&mut self, place: usize, source: &[u8], spec: &Node<'_>, constant: bool) {
        let kind = spec.child_by_field("type").map(|kind| (place, kind.index()));
        let names: Vec<Node<'_>> = in_field(spec, "name").collect();
        let values: Vec<Node<'_>> = spec
            .child_by_field("value")
            .map(|list| list.named_children().collect())
            .unwrap_or_default();
        for (at, name) in names.iter().enumerate() {
            let value = values
                .get(at)
                .filter(|_| values.len() == names.len())
                .map(|value| (place, value.index()));
            self.values.entry(name.text(source).to_vec()).or_insert(Value {
                kind,
                value,
                constant,
            });
        }
    }
}

fn signature(place: usize, source: &[u8], item: &Node<'_>) -> Signature {
    let generic = item.child_by_field("type_parameters").is_some();
    let parameters = item.child_by_field("parameters");
    let result = item.child_by_field("result");
    let value = parameters.filter(|_| !generic).and_then(|parameters| {
        let end = result.map_or(parameters.end(), |result| result.end());
        let text = source.get(parameters.start() as usize..end as usize)?;
        (!has_comment(text)).then(|| [b"func", text].concat())
    });
    Signature {
        file: place,
        results: if generic {
            None
        } else {
            results(source, result.as_ref())
        },
        value,
    }
}

/// The types of a function's results, one a value.
pub(super) fn results(source: &[u8], result: Option<&Node<'_>>) -> Option<Vec<Vec<u8>>> {
    let mut types = Vec::new();
    let Some(result) = result else { return Some(types) };
    if result.kind() == "parameter_list" {
        for parameter in result.named_children() {
            let kind = parameter.child_by_field("type")?.text(source);
            let count = in_field(&parameter, "name").count().max(1);
            types.extend(std::iter::repeat_n(kind.to_vec(), count));
        }
    } else {
        types.push(result.text(source).to_vec());
    }
    types.iter().all(|kind| !has_comment(kind)).then_some(types)
}

/// The type names in a type.
pub(super) fn type_names(node: &Node<'_>, source: &[u8]) -> BTreeSet<Vec<u8>> {
    node.descendants()
        .filter(|node| node.kind() == "type_identifier")
        .map(|node| node.text(source).to_vec())
        .collect()
}

/// Name to path of a file's imports, by the names that the file really puts before a dot.
fn imports(file: &ParsedFile<'_>) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let qualifiers = qualifiers(file);
    let mut found = BTreeMap::new();
    let Some(root) = file.tree.root() else {
        return found;
    };
    for declaration in children_of(&root, &["import_declaration"]) {
        for spec in import_specs(&declaration) {
            let path = import_path(&spec, file.text);
            match spec.child_by_field("name") {
                Some(name) => {
                    found.insert(name.text(file.text).to_vec(), path);
                }
                None => {
                    let names = known::package_names(&path);
                    let name = names
                        .iter()
                        .find(|name| qualifiers.contains(*name))
                        .or(names.first());
                    if let Some(name) = name {
                        found.insert(name.clone(), path);
                    }
                }
            }
        }
    }
    found
}

/// Every name that stands before a dot.
pub(super) fn qualifiers(file: &ParsedFile<'_>) -> BTreeSet<Vec<u8>> {
    file.tree
        .nodes()
        .filter(|node| is_qualifier(node))
        .map(|node| node.text(file.text).to_vec())
        .collect()
}

/// Tells whether the node is a name before a dot.
pub(super) fn is_qualifier(node: &Node<'_>) -> bool {
    match node.kind() {
        "package_identifier" => node
            .parent()
            .is_some_and(|parent| parent.kind() == "qualified_type"),
        "identifier" => {
            node.field() == Some("operand")
                && node
                    .parent()
                    .is_some_and(|parent| parent.kind() == "selector_expression")
        }
        _ => false,
    }
}

/// The path that a specification imports, without quotes.
pub(super) fn import_path(spec: &Node<'_>, source: &[u8]) -> Vec<u8> {
    let quoted = spec
        .child_by_field("path")
        .map(|path| path.text(source))
        .unwrap_or_default();
    quoted
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, b'"' | b'`'))
        .collect()
}
