//! A parsed text as one flat list of nodes in preorder: every walk is a loop over a slice, and no walk can overflow the stack.
//!
//! INVARIANT: a node's subtree is the contiguous run `index..subtree_end`; a parent comes before its children.

use std::sync::OnceLock;

use tree_sitter::TreeCursor;

use crate::Language;

/// Kind name of a node the parser could not make sense of.
pub const ERROR: &str = "ERROR";

const NAMED: u8 = 1;
const MISSING: u8 = 2;
const ERRONEOUS: u8 = 4;
const EXTRA: u8 = 8;

struct Record {
    kind: u16,
    field: u16,
    flags: u8,
    start: u32,
    end: u32,
    parent: u32,
    subtree_end: u32,
}

/// A parsed text.
pub struct Tree {
    language: Language,
    names: &'static Names,
    records: Vec<Record>,
    errors: usize,
}

/// One node of a [`Tree`]; cheap to copy.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree,
    record: &'t Record,
    index: u32,
}

struct Names {
    kinds: Vec<String>,
    fields: Vec<String>,
}

impl Tree {
    /// The language it was parsed as.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// Number of nodes that are errors or were invented by the parser.
    #[must_use]
    pub fn error_count(&self) -> usize {
        self.errors
    }

    /// The node that covers the whole text; nothing only for an empty tree.
    #[must_use]
    pub fn root(&self) -> Option<Node<'_>> {
        self.node(0)
    }

    /// The node with this preorder index.
    #[must_use]
    pub fn node(&self, index: u32) -> Option<Node<'_>> {
        let record = self.records.get(index as usize)?;
        Some(Node {
            tree: self,
            record,
            index,
        })
    }

    /// Number of nodes.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.records.len()
    }

    /// All nodes in preorder.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        self.records.iter().zip(0_u32..).map(|(record, index)| Node {
            tree: self,
            record,
            index,
        })
    }

    /// All nodes without children, in order of the text.
    pub fn leaves(&self) -> impl Iterator<Item = Node<'_>> {
        self.nodes().filter(Node::is_leaf)
    }
}

impl<'t> Node<'t> {
    /// Kind as the grammar names it; the text itself for keywords and punctuation.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.tree.names.kinds.get(usize::from(self.record.kind)) {
            Some(name) => name,
            None => ERROR,
        }
    }

    /// Kind as the grammar numbers it.
    #[must_use]
    pub fn kind_id(&self) -> u16 {
        self.record.kind
    }

    /// Preorder index in its tree.
    #[must_use]
    pub fn index(&self) -> u32 {
        self.index
    }

    /// First byte.
    #[must_use]
    pub fn start(&self) -> u32 {
        self.record.start
    }

    /// One past the last byte.
    #[must_use]
    pub fn end(&self) -> u32 {
        self.record.end
    }

    /// The node's bytes in `text`, which must be the text that was parsed.
    #[must_use]
    pub fn text<'s>(&self, text: &'s [u8]) -> &'s [u8] {
        text.get(self.record.start as usize..self.record.end as usize)
            .unwrap_or_default()
    }

    /// Tells whether the grammar names the node (keywords and punctuation are not named).
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.record.flags & NAMED != 0
    }

    /// Tells whether the node is an error or holds an error or an invented token.
    #[must_use]
    pub fn has_error(&self) -> bool {
        self.record.flags & ERRONEOUS != 0
    }

    /// Tells whether the node is itself an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.record.kind == u16::MAX
    }

    /// Tells whether the parser invented the node to go on.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.record.flags & MISSING != 0
    }

    /// Tells whether the node may stand anywhere, as comments do.
    #[must_use]
    pub fn is_extra(&self) -> bool {
        self.record.flags & EXTRA != 0
    }

    /// Tells whether the node is a comment.
    #[must_use]
    pub fn is_comment(&self) -> bool {
        matches!(
            self.kind(),
            "comment" | "line_comment" | "block_comment" | "html_comment"
        )
    }

    /// Tells whether the node has no children.
    #[must_use]
    pub fn is_leaf(&self) -> bool {
        self.record.subtree_end == self.index.saturating_add(1)
    }

    /// One past the preorder index of the last node below this one.
    #[must_use]
    pub fn subtree_end(&self) -> u32 {
        self.record.subtree_end
    }

    /// The enclosing node.
    #[must_use]
    pub fn parent(&self) -> Option<Node<'t>> {
        if self.index == 0 {
            None
        } else {
            self.tree.node(self.record.parent)
        }
    }

    /// The name of the field this node fills in its parent.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        let field = usize::from(self.record.field);
        if field == 0 {
            None
        } else {
            self.tree.names.fields.get(field).map(String::as_str)
        }
    }

    /// The direct children, punctuation included.
    #[must_use]
    pub fn children(&self) -> Children<'t> {
        Children {
            tree: self.tree,
            next: self.index.saturating_add(1),
            end: self.record.subtree_end,
        }
    }

    /// The direct children that the grammar names, comments left out.
    pub fn named_children(&self) -> impl Iterator<Item = Node<'t>> + use<'t> {
        self.children()
            .filter(|child| child.is_named() && !child.is_extra())
    }

    /// The direct children that the grammar names, comments included.
    pub fn named_children_with_comments(&self) -> impl Iterator<Item = Node<'t>> + use<'t> {
        self.children().filter(Node::is_named)
    }

    /// The first direct child in this field.
    #[must_use]
    pub fn child_by_field(&self, field: &str) -> Option<Node<'t>> {
        self.children().find(|child| child.field() == Some(field))
    }

    /// All nodes below and including this one, in preorder.
    pub fn descendants(&self) -> impl Iterator<Item = Node<'t>> + use<'t> {
        let tree = self.tree;
        (self.index..self.record.subtree_end).filter_map(move |index| tree.node(index))
    }

    /// The enclosing nodes, innermost first.
    pub fn ancestors(&self) -> impl Iterator<Item = Node<'t>> + use<'t> {
        std::iter::successors(self.parent(), Node::parent)
    }

    /// The next node with the same parent.
    #[must_use]
    pub fn next_sibling(&self) -> Option<Node<'t>> {
        let parent = self.parent()?;
        if self.record.subtree_end < parent.record.subtree_end {
            self.tree.node(self.record.subtree_end)
        } else {
            None
        }
    }

    /// The node before this one with the same parent.
    #[must_use]
    pub fn previous_sibling(&self) -> Option<Node<'t>> {
        let parent = self.parent()?;
        let mut before = self.tree.node(self.index.checked_sub(1)?)?;
        if before.index == parent.index {
            return None;
        }
        while before.record.parent != parent.index {
            before = before.parent()?;
        }
        Some(before)
    }

    /// The name node of a function, method or type declaration; for C the identifier inside the declarator.
    #[must_use]
    pub fn name_node(&self) -> Option<Node<'t>> {
        if let Some(name) = self.child_by_field("name") {
            return Some(name);
        }
        let mut declarator = self.child_by_field("declarator")?;
        loop {
            if matches!(
                declarator.kind(),
                "identifier"
                    | "field_identifier"
                    | "type_identifier"
                    | "destructor_name"
                    | "operator_name"
                    | "qualified_identifier"
            ) {
                return Some(declarator);
            }
            declarator = declarator
                .child_by_field("declarator")
                .or_else(|| declarator.named_children().next())?;
        }
    }

    /// Tells whether the node is a function or method with a name.
    #[must_use]
    pub fn is_function(&self) -> bool {
        matches!(
            self.kind(),
            "function_item"
                | "function_definition"
                | "function_declaration"
                | "generator_function_declaration"
                | "method_definition"
                | "method_declaration"
                | "constructor_declaration"
                | "compact_constructor_declaration"
                | "destructor_declaration"
                | "local_function_statement"
        )
    }

    /// The name of the innermost function around (or at) this node.
    #[must_use]
    pub fn enclosing_function_name<'s>(&self, text: &'s [u8]) -> Option<&'s [u8]> {
        std::iter::once(*self)
            .chain(self.ancestors())
            .find(Node::is_function)
            .and_then(|function| function.name_node())
            .map(|name| name.text(text))
    }
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}[{}..{}]", self.kind(), self.record.start, self.record.end)
    }
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.record, other.record)
    }
}

impl std::fmt::Debug for Tree {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            out,
            "Tree({}, {} nodes, {} errors)",
            self.language.name(),
            self.records.len(),
            self.errors
        )
    }
}

/// Direct children of a node.
#[derive(Clone)]
pub struct Children<'t> {
    tree: &'t Tree,
    next: u32,
    end: u32,
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        if self.next >= self.end {
            return None;
        }
        let child = self.tree.node(self.next)?;
        self.next = child.record.subtree_end;
        Some(child)
    }
}

pub(crate) fn grammar(language: Language) -> tree_sitter::Language {
    match language {
        Language::Rust => tree_sitter_rust::LANGUAGE,
        Language::Python => tree_sitter_python::LANGUAGE,
        Language::JavaScript => tree_sitter_javascript::LANGUAGE,
        Language::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
        Language::Tsx => tree_sitter_typescript::LANGUAGE_TSX,
        Language::Java => tree_sitter_java::LANGUAGE,
        Language::Go => tree_sitter_go::LANGUAGE,
        Language::C => tree_sitter_c::LANGUAGE,
        Language::Cpp => tree_sitter_cpp::LANGUAGE,
        Language::CSharp => tree_sitter_c_sharp::LANGUAGE,
    }
    .into()
}

fn names(language: Language) -> &'static Names {
    static NAMES: [OnceLock<Names>; Language::ALL.len()] = [const { OnceLock::new() }; Language::ALL.len()];
    static NONE: Names = Names {
        kinds: Vec::new(),
        fields: Vec::new(),
    };
    let Some(cell) = Language::ALL
        .iter()
        .position(|known| *known == language)
        .and_then(|at| NAMES.get(at))
    else {
        return &NONE;
    };
    cell.get_or_init(|| {
        let grammar = grammar(language);
        let kinds = (0..grammar.node_kind_count()).filter_map(|id| u16::try_from(id).ok());
        let fields = (0..=grammar.field_count()).filter_map(|id| u16::try_from(id).ok());
        Names {
            kinds: kinds
                .map(|id| grammar.node_kind_for_id(id).unwrap_or_default().to_owned())
                .collect(),
            fields: fields
                .map(|id| grammar.field_name_for_id(id).unwrap_or_default().to_owned())
                .collect(),
        }
    })
}

/// The names of a grammar's kinds of nodes, in the order of their numbers; a name may occur more than once.
pub fn kind_names(language: Language) -> impl Iterator<Item = &'static str> {
    names(language).kinds.iter().map(String::as_str)
}

/// Copies tree-sitter's tree into the flat form: one pass with a cursor.
pub(crate) fn flatten(language: Language, raw: &tree_sitter::Tree) -> Tree {
    let root = raw.root_node();
    let mut records: Vec<Record> = Vec::with_capacity(root.descendant_count());
    let mut errors = 0_usize;
    let mut open: Vec<u32> = Vec::new();
    let mut cursor = root.walk();
    let mut done = false;
    while !done {
        let index = u32::try_from(records.len()).unwrap_or(u32::MAX);
        let record = record_at(&cursor, open.last().copied().unwrap_or(0));
        if record.flags & MISSING != 0 || record.kind == u16::MAX {
            errors = errors.saturating_add(1);
        }
        records.push(record);
        if cursor.goto_first_child() {
            open.push(index);
            continue;
        }
        if let Some(record) = records.last_mut() {
            record.subtree_end = index.saturating_add(1);
        }
        while !cursor.goto_next_sibling() {
            let closing = open.pop();
            let (Some(closing), true) = (closing, cursor.goto_parent()) else {
                done = true;
                break;
            };
            let end = u32::try_from(records.len()).unwrap_or(u32::MAX);
            if let Some(record) = records.get_mut(closing as usize) {
                record.subtree_end = end;
            }
        }
    }
    Tree {
        language,
        names: names(language),
        records,
        errors,
    }
}

fn record_at(cursor: &TreeCursor<'_>, parent: u32) -> Record {
    let node = cursor.node();
    let mut flags = 0;
    if node.is_named() {
        flags |= NAMED;
    }
    if node.is_missing() {
        flags |= MISSING;
    }
    if node.has_error() {
        flags |= ERRONEOUS;
    }
    if node.is_extra() {
        flags |= EXTRA;
    }
    Record {
        kind: node.kind_id(),
        field: cursor.field_id().map_or(0, |id| id.get()),
        flags,
        start: u32::try_from(node.start_byte()).unwrap_or(u32::MAX),
        end: u32::try_from(node.end_byte()).unwrap_or(u32::MAX),
        parent,
        subtree_end: 0,
    }
}
