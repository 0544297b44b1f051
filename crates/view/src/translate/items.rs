//! Functions of a text by name, so that a swapped pair is recognised however much of it was rewritten.
//!
//! A name is (containers, receiver, name). A pair is put back only when both stand once and side by side.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use ringfence_syntax::{Language, Node, Tree};

use super::align::Alignment;
use super::tokens::Tokens;

/// Most containers that a name is told apart by.
const CONTAINERS: usize = 32;

/// Most renamed functions looked for, and most new ones they are looked for in.
const RENAMED: usize = 64;

/// The functions of one text.
pub(super) struct Items {
    by_name: BTreeMap<Vec<u8>, Vec<Range<usize>>>,
    by_place: BTreeMap<(usize, usize), Vec<u8>>,
}

/// The functions before and after an edit; a renamed one is found by more than half of its tokens.
pub(super) struct Renamed {
    old: Items,
    new: Items,
    partner: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Items {
    fn of(language: Language, text: &[u8]) -> Option<Self> {
        let tree = ringfence_syntax::parse(language, text).ok()?;
        let starts = starts(&tree, text);
        let mut items = Self {
            by_name: BTreeMap::new(),
            by_place: BTreeMap::new(),
        };
        for node in tree.nodes().filter(Node::is_function) {
            if let Some(name) = name(text, node) {
                let place = extent(&starts, text, node);
                items.by_place.insert((place.start, place.end), name.clone());
                items.by_name.entry(name).or_default().push(place);
            }
        }
        Some(items)
    }

    fn once(&self, name: &[u8]) -> Option<&Range<usize>> {
        match self.by_name.get(name).map(Vec::as_slice) {
            Some([range]) => Some(range),
            _ => None,
        }
    }
}

impl Renamed {
    /// Finds the functions of both texts. `None` when one of them cannot be parsed at all.
    pub(super) fn of(
        language: Language,
        old: &Tokens<'_>,
        new: &Tokens<'_>,
        alignment: &Alignment,
    ) -> Option<Self> {
        let (before, after) = (Items::of(language, old.text)?, Items::of(language, new.text)?);
        let mut partner = BTreeMap::new();
        let lost = before
            .by_name
            .keys()
            .filter(|name| !after.by_name.contains_key(*name));
        let fresh = after
            .by_name
            .keys()
            .filter(|name| !before.by_name.contains_key(*name));
        let fresh: Vec<_> = fresh
            .filter_map(|name| Some((name, new.overlapping(after.once(name)?))))
            .take(RENAMED)
            .collect();
        for name in lost.take(RENAMED) {
            let Some(range) = before.once(name) else { continue };
            let tokens = old.overlapping(range).filter(|token| !old.is_space(*token));
            let images: Vec<_> = tokens.map(|token| alignment.forward(token)).collect();
            let shared = |place: &Range<usize>| {
                images
                    .iter()
                    .flatten()
                    .filter(|image| place.contains(*image))
                    .count()
            };
            if let Some((found, _)) = fresh.iter().find(|(_, place)| shared(place) * 2 > images.len()) {
                partner.insert(name.clone(), (*found).clone());
            }
        }
        Some(Self {
            old: before,
            new: after,
            partner,
        })
    }

    /// Where a function of the old text stands in the new one. Outer `None`: not a function that stands once in the old text.
    pub(super) fn place(&self, old: &Range<usize>) -> Option<Option<Range<usize>>> {
        let name = self
            .old
            .by_place
            .get(&(old.start, old.end))
            .filter(|name| self.old.once(name).is_some())?;
        let name = self.partner.get(name).unwrap_or(name);
        Some(self.new.once(name).cloned())
    }
}

/// Containers, receiver and name of a function.
fn name(text: &[u8], node: Node<'_>) -> Option<Vec<u8>> {
    let mut parts: Vec<&[u8]> = vec![node.name_node()?.text(text)];
    if let Some(receiver) = node.child_by_field("receiver") {
        parts.push(receiver.text(text));
    }
    for outer in node.ancestors() {
        for field in ["name", "type", "trait"] {
            parts.extend(outer.child_by_field(field).map(|name| name.text(text)));
        }
        if parts.len() > CONTAINERS {
            return None;
        }
    }
    parts.reverse();
    Some(parts.join(&0))
}

/// Where each node that has comments or attributes directly above it begins together with them.
fn starts(tree: &Tree, text: &[u8]) -> HashMap<u32, usize> {
    let mut starts = HashMap::new();
    for parent in tree.nodes() {
        let mut above: Option<usize> = None;
        let mut end = 0;
        for child in parent.children() {
            let start = child.start() as usize;
            let gap = text.get(end..start).unwrap_or_default();
            let near = gap.iter().filter(|byte| **byte == b'\n').count() <= 1;
            above = above.filter(|_| near);
            end = trimmed_end(text, child);
            if child.is_comment() || child.kind() == "attribute_item" {
                above = above.or(begins_line(text, start).then_some(start));
            } else if let Some(above) = above.take() {
                starts.insert(child.index(), above);
            }
        }
    }
    starts
}

/// The bytes of a function with its decorators, its `export` and the comments and attributes directly above it.
fn extent(starts: &HashMap<u32, usize>, text: &[u8], node: Node<'_>) -> Range<usize> {
    let mut whole = node;
    while let Some(parent) = whole
        .parent()
        .filter(|parent| matches!(parent.kind(), "export_statement" | "decorated_definition"))
    {
        whole = parent;
    }
    let start = starts.get(&whole.index()).copied();
    start.unwrap_or(whole.start() as usize)..trimmed_end(text, whole)
}

fn trimmed_end(text: &[u8], node: Node<'_>) -> usize {
    let trailing = node
        .text(text)
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count();
    (node.end() as usize).saturating_sub(trailing)
}

fn begins_line(text: &[u8], start: usize) -> bool {
    let before = text.get(..start).unwrap_or_default();
    before
        .iter()
        .rev()
        .take_while(|byte| **byte != b'\n')
        .all(u8::is_ascii_whitespace)
}
