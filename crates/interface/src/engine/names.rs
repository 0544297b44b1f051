//! Names in use: interned, by channel (what kind of place uses them) and by scope (who can see them).

use std::collections::HashMap;

/// Kinds of places where a name is used, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Channels(u32);

impl Channels {
    /// Ordinary code.
    pub(crate) const CODE: Channels = Channels(1);
    /// Imports.
    pub(crate) const IMPORT: Channels = Channels(1 << 1);
    /// Everywhere.
    pub(crate) const ALL: Channels = Channels(u32::MAX);
    /// Nowhere: the name does not count.
    pub(crate) const NONE: Channels = Channels(0);

    /// A channel of a language's own; `number` below 24.
    pub(crate) const fn own(number: u32) -> Channels {
        Channels(1 << (8 + number % 24))
    }

    /// Both sets together.
    pub(crate) const fn and(self, other: Channels) -> Channels {
        Channels(self.0 | other.0)
    }

    /// Tells whether the sets have a channel in common.
    pub(crate) const fn meets(self, other: Channels) -> bool {
        self.0 & other.0 != 0
    }
}

/// Files in which a use counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The file itself.
    File,
    /// The file and the files below it ([`super::FilePlan::below`]).
    Below,
    /// All files of the package ([`super::FilePlan::package`]); the group where a language does not say more.
    Package,
    /// All files of the group.
    Group,
}

/// Names as numbers.
#[derive(Default)]
pub(crate) struct Interner {
    ids: HashMap<Vec<u8>, u32>,
}

impl Interner {
    pub(crate) fn intern(&mut self, name: &[u8]) -> u32 {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let id = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.ids.insert(name.to_vec(), id);
        id
    }

    pub(crate) fn get(&self, name: &[u8]) -> Option<u32> {
        self.ids.get(name).copied()
    }
}

/// Names in use in some set of files.
#[derive(Default)]
pub(crate) struct NameSet(HashMap<u32, u32>);

impl NameSet {
    /// Adds a use; tells whether it is new.
    pub(crate) fn add(&mut self, name: u32, channels: Channels) -> bool {
        let known = self.0.entry(name).or_insert(0);
        let before = *known;
        *known |= channels.0;
        *known != before
    }

    pub(crate) fn has(&self, name: u32, channels: Channels) -> bool {
        self.0.get(&name).is_some_and(|known| known & channels.0 != 0)
    }
}

/// The names in use as one file sees them.
pub(crate) struct InUse<'a> {
    pub(super) interner: &'a Interner,
    pub(super) own: &'a NameSet,
    pub(super) below: &'a NameSet,
    pub(super) package: &'a NameSet,
    pub(super) group: &'a NameSet,
}

impl InUse<'_> {
    /// Tells whether the name is used in one of the channels, in the scope.
    pub(crate) fn has(&self, name: &[u8], scope: Scope, channels: Channels) -> bool {
        self.interner
            .get(name)
            .is_some_and(|id| self.has_id(id, scope, channels))
    }

    pub(super) fn has_id(&self, name: u32, scope: Scope, channels: Channels) -> bool {
        match scope {
            Scope::File => self.own.has(name, channels),
            Scope::Below => self.own.has(name, channels) || self.below.has(name, channels),
            Scope::Group => self.group.has(name, channels),
            Scope::Package => self.package.has(name, channels),
        }
    }
}
