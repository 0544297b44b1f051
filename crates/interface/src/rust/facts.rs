//! What a group's files define, by name: needed to tell own types from foreign ones and droppable ones from those that stay.

use std::collections::BTreeSet;

use ringfence_syntax::Node;

use crate::engine::{Group, ParsedFile};

/// Types of the standard library that constants build all the time; a call of their `new` says nothing about ours.
const STANDARD: &[&[u8]] = &[
    b"String",
    b"Vec",
    b"Option",
    b"Some",
    b"Box",
    b"Rc",
    b"Arc",
    b"Cell",
    b"RefCell",
    b"Mutex",
    b"RwLock",
    b"Once",
    b"OnceLock",
    b"OnceCell",
    b"LazyLock",
    b"LazyCell",
    b"PhantomData",
    b"Duration",
    b"Cow",
    b"Ordering",
    b"AtomicBool",
    b"AtomicU8",
    b"AtomicU16",
    b"AtomicU32",
    b"AtomicU64",
    b"AtomicUsize",
    b"AtomicIsize",
    b"AtomicI32",
    b"AtomicI64",
    b"AtomicPtr",
    b"UnsafeCell",
    b"MaybeUninit",
    b"ManuallyDrop",
    b"NonZeroU8",
    b"NonZeroU16",
    b"NonZeroU32",
    b"NonZeroU64",
    b"NonZeroUsize",
    b"NonZero",
    b"Ipv4Addr",
    b"Ipv6Addr",
    b"Layout",
    b"NonNull",
    b"Wrapping",
    b"BTreeMap",
    b"VecDeque",
    b"LinkedList",
    b"Result",
    b"Ok",
    b"Err",
];

/// Names defined in the group.
#[derive(Default)]
pub(super) struct Facts {
    /// Types and traits defined anywhere, aliases left out.
    pub(super) types: BTreeSet<Vec<u8>>,
    /// Aliases, by `type` and by `use .. as ..`.
    pub(super) aliases: BTreeSet<Vec<u8>>,
    /// Types and traits that are droppable wherever they are defined.
    pub(super) droppable: BTreeSet<Vec<u8>>,
    /// Methods of droppable traits.
    pub(super) trait_methods: std::collections::BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>>,
}

impl Facts {
    /// Reads every file of the group.
    pub(super) fn of(group: &Group<'_, '_>) -> Facts {
        let mut facts = Facts::default();
        let mut staying: BTreeSet<Vec<u8>> = BTreeSet::new();
        for file in &group.files {
            for node in file.tree.nodes() {
                facts.read(file, &node, &mut staying);
            }
        }
        facts.droppable.retain(|name| !staying.contains(name));
        facts
    }

    /// Tells whether the name is one of the standard library's (and not one of ours).
    pub(super) fn is_standard(&self, name: &[u8]) -> bool {
        STANDARD.contains(&name) && !self.types.contains(name) && !self.aliases.contains(name)
    }

    fn read(&mut self, file: &ParsedFile<'_>, node: &Node<'_>, staying: &mut BTreeSet<Vec<u8>>) {
        match node.kind() {
            "struct_item" | "enum_item" | "union_item" | "trait_item" | "type_item" => {
                let Some(name) = node.child_by_field("name") else {
                    return;
                };
                let name = name.text(file.text).to_vec();
                let set = if node.kind() == "type_item" {
                    &mut self.aliases
                } else {
                    &mut self.types
                };
                set.insert(name.clone());
                let public = visibility(node, file.text) == Visibility::Public;
                if public || !file.is_interface() {
                    staying.insert(name);
                } else {
                    if node.kind() == "trait_item" {
                        let methods = self.trait_methods.entry(name.clone()).or_default();
                        methods.extend(method_names(node, file.text));
                    }
                    self.droppable.insert(name);
                }
            }
            "use_as_clause" => {
                if let Some(alias) = node.child_by_field("alias") {
                    self.aliases.insert(alias.text(file.text).to_vec());
                }
            }
            // Types that a macro's text defines: `struct` and a name side by side.
            "struct" | "enum" | "union" | "trait"
                if node.parent().is_some_and(|parent| parent.kind() == "token_tree") =>
            {
                if let Some(name) = node.next_sibling().filter(|name| name.kind() == "identifier") {
                    let name = name.text(file.text).to_vec();
                    self.types.insert(name.clone());
                    staying.insert(name);
                }
            }
            _ => {}
        }
    }
}

fn method_names(item: &Node<'_>, text: &[u8]) -> Vec<Vec<u8>> {
    let Some(body) = item.child_by_field("body") else {
        return Vec::new();
    };
    body.named_children()
        .filter(|child| matches!(child.kind(), "function_item" | "function_signature_item"))
        .filter_map(|child| child.child_by_field("name"))
        .map(|name| name.text(text).to_vec())
        .collect()
}

/// How far an item can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visibility {
    /// `pub`.
    Public,
    /// `pub(crate)`, `pub(super)`, `pub(in ..)`.
    Restricted,
    /// Nothing, or `pub(self)`.
    Private,
}

/// The visibility written on an item or field.
pub(super) fn visibility(item: &Node<'_>, text: &[u8]) -> Visibility {
    let Some(written) = item
        .children()
        .find(|child| child.kind() == "visibility_modifier")
    else {
        return Visibility::Private;
    };
    let written: Vec<u8> = written
        .text(text)
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    match written.as_slice() {
        b"pub" => Visibility::Public,
        b"pub(self)" | b"pub(inself)" => Visibility::Private,
        _ => Visibility::Restricted,
    }
}
