//! What the types of a package say about each other.

use std::collections::{BTreeMap, BTreeSet};

use ringfence_syntax::Node;

use super::imports::Delivered;
use super::{declarators, fields, has_modifier, is_type, members};
use crate::engine::Group;

/// Everything the package says about itself.
#[derive(Default)]
pub(super) struct Facts<'g> {
    /// Simple names of all types, nested ones too.
    pub(super) types: BTreeSet<Vec<u8>>,
    /// For each class, whether a subclass needs to call no constructor by hand; false when two classes of the name differ.
    pub(super) free_parents: BTreeMap<Vec<u8>, bool>,
    /// Fields whose value is not known while compiling.
    pub(super) computed: BTreeSet<Vec<u8>>,
    /// Types that name no subtypes and yet are sealed.
    pub(super) sealed: BTreeSet<Vec<u8>>,
    /// What the view delivers.
    pub(super) delivered: Delivered<'g>,
}

impl<'g> Facts<'g> {
    /// Reads all files of a group.
    pub(super) fn of(group: &Group<'g, '_>) -> Facts<'g> {
        let mut facts = Facts {
            delivered: Delivered::of(group),
            ..Facts::default()
        };
        for file in &group.files {
            for node in file.tree.nodes().filter(is_type) {
                let Some(name) = node.child_by_field("name") else {
                    continue;
                };
                let name = name.text(file.text).to_vec();
                let free = needs_no_call(&node);
                facts
                    .free_parents
                    .entry(name.clone())
                    .and_modify(|known| *known = *known && free)
                    .or_insert(free);
                if has_modifier(&node, "sealed") && node.child_by_field("permits").is_none() {
                    facts.sealed.insert(name.clone());
                }
                facts.types.insert(name);
                for field in members(&node)
                    .iter()
                    .filter(|member| matches!(member.kind(), "field_declaration" | "constant_declaration"))
                {
                    for declarator in declarators(field) {
                        let constant = declarator
                            .child_by_field("value")
                            .is_some_and(|value| fields::is_constant_expression(&value, file.text));
                        if let (false, Some(name)) = (constant, declarator.child_by_field("name")) {
                            facts.computed.insert(name.text(file.text).to_vec());
                        }
                    }
                }
            }
        }
        facts
    }
}

/// Tells whether a subclass may leave the call of a constructor out: there is one without parameters, or none at all.
fn needs_no_call(class: &Node<'_>) -> bool {
    let constructors: Vec<Node<'_>> = members(class)
        .into_iter()
        .filter(|member| member.kind() == "constructor_declaration")
        .collect();
    class.kind() == "class_declaration"
        && (constructors.is_empty()
            || constructors.iter().any(|constructor| {
                let empty = constructor
                    .child_by_field("parameters")
                    .is_some_and(|parameters| parameters.named_children().next().is_none());
                let throws = constructor.children().any(|child| child.kind() == "throws");
                empty && !throws && !has_modifier(constructor, "private")
            }))
}
