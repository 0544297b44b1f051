//! What functions and types declare, found out once for each of them, as every site in them asks.
//!
//! The languages say what a declaration is; all of it is by name alone: two variables of one name in one function count as one, so
//! that nothing hangs on where a scope ends.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use ringfence_syntax::Node;

/// Functions and types above this many nodes are left alone: what is found out about them is found out by walking them.
const MAX_NODES: u32 = 8_000;

/// What a function declares and assigns, nested functions and types included.
#[derive(Default)]
pub(super) struct Names<'s> {
    /// Variables and parameters, and whether every declaration of the name is of a built-in type.
    variables: HashMap<&'s [u8], bool>,
    /// Variables that are assigned after their declaration.
    assigned: HashSet<&'s [u8]>,
    /// Names that are read in a class inside the function.
    captured: HashSet<&'s [u8]>,
}

impl<'s> Names<'s> {
    pub(super) fn declare(&mut self, name: &'s [u8], is_built_in: bool) {
        let all = self.variables.entry(name).or_insert(true);
        *all = *all && is_built_in;
    }

    pub(super) fn assign(&mut self, name: &'s [u8]) {
        self.assigned.insert(name);
    }

    pub(super) fn capture(&mut self, name: &'s [u8]) {
        self.captured.insert(name);
    }

    pub(super) fn is_variable(&self, name: &[u8]) -> bool {
        self.variables.contains_key(name)
    }

    /// Tells whether every variable of this name is of a built-in type, and there is one.
    pub(super) fn is_built_in(&self, name: &[u8]) -> bool {
        self.variables.get(name).copied().unwrap_or(false)
    }

    pub(super) fn is_assigned(&self, name: &[u8]) -> bool {
        self.assigned.contains(name)
    }

    pub(super) fn is_captured(&self, name: &[u8]) -> bool {
        self.captured.contains(name)
    }
}

/// A field or property of a type.
#[derive(Clone, Copy, Default)]
pub(super) struct Field {
    pub(super) is_static: bool,
    pub(super) is_final: bool,
    /// Its name is also the name of its type.
    pub(super) is_named_as_type: bool,
}

/// Whether the methods of one name are static.
#[derive(Clone, Copy, Default)]
pub(super) struct Methods {
    pub(super) some_static: bool,
    pub(super) some_instance: bool,
}

/// What the body of a type declares itself.
#[derive(Default)]
pub(super) struct Members<'s> {
    /// The name of the type, when it has one.
    pub(super) name: Option<&'s [u8]>,
    /// It inherits from a class.
    pub(super) has_base: bool,
    /// It inherits from an interface.
    pub(super) has_interfaces: bool,
    /// Its kind brings members of its own, or a part of it may stand in another text.
    pub(super) has_hidden_members: bool,
    pub(super) fields: HashMap<&'s [u8], Field>,
    pub(super) methods: HashMap<&'s [u8], Methods>,
}

/// The answers so far, by the number of the function's or body's node.
#[derive(Default)]
pub(super) struct Scopes<'s> {
    names: RefCell<HashMap<u32, Option<Rc<Names<'s>>>>>,
    members: RefCell<HashMap<u32, Rc<Members<'s>>>>,
}

impl<'s> Scopes<'s> {
    /// What a function declares; nothing for one that is too large.
    pub(super) fn names(
        &self,
        function: Node<'_>,
        collect: impl FnOnce() -> Names<'s>,
    ) -> Option<Rc<Names<'s>>> {
        if let Some(known) = self.names.borrow().get(&function.index()) {
            return known.clone();
        }
        let is_small = function.subtree_end().saturating_sub(function.index()) <= MAX_NODES;
        let found = is_small.then(|| Rc::new(collect()));
        self.names.borrow_mut().insert(function.index(), found.clone());
        found
    }

    /// What the body of a type declares.
    pub(super) fn members(&self, body: Node<'_>, collect: impl FnOnce() -> Members<'s>) -> Rc<Members<'s>> {
        if let Some(known) = self.members.borrow().get(&body.index()) {
            return Rc::clone(known);
        }
        let found = Rc::new(collect());
        self.members.borrow_mut().insert(body.index(), Rc::clone(&found));
        found
    }
}
