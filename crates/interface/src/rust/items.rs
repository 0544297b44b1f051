//! The items of a file: what is replaced, what is droppable, what stays with an account.
//!
//! INVARIANT: no recursion; containers wait in a queue. Macro calls are read as items at most [`DEEPEST_CALLS`] deep and while the bytes read again stay
//! below eight times the file.

use std::collections::VecDeque;
use std::rc::Rc;

use ringfence_syntax::{Node, Tree};

use super::facts::{Facts, Visibility, visibility};
use super::modules::ModuleTree;
use super::{CODE_STAYS, CONST, KEPT, attributes, fields, returns, uses, values, words};
use crate::engine::{Change, Channels, FilePlan, NameGroup, Note, ParsedFile, Scope, Span, text};
use crate::{KeptWhat, RefusedReason};

mod calls;

/// Deepest nesting of macro calls that are read as items.
const DEEPEST_CALLS: usize = 6;

/// What the walk found out for the passes after it.
#[derive(Default)]
pub(super) struct Walked {
    /// Macro calls read as items, with the offset of their text.
    pub(super) trees: Vec<(Rc<Tree>, u32)>,
    /// Where the token trees of those calls start.
    read: Vec<u32>,
    /// Items whose documentation goes, in order.
    pub(super) private_docs: Vec<Span>,
}

impl Walked {
    /// Tells whether the token tree that starts here was read as items.
    pub(super) fn is_read(&self, start: u32) -> bool {
        self.read.binary_search(&start).is_ok()
    }
}

/// What an item is inside of.
#[derive(Clone)]
enum Place {
    Module,
    Foreign,
    /// `impl Type`.
    Inherent(Vec<u8>),
    /// `impl Trait for Type`.
    TraitImpl(Vec<u8>, Vec<u8>),
    Trait(Vec<u8>),
}

/// A container that waits.
struct Frame {
    /// Which of the trees; the file's own when nothing.
    tree: Option<usize>,
    node: u32,
    base: u32,
    place: Place,
    inline: usize,
    calls: usize,
    /// Whether values here are computed at run time (`thread_local!`, `lazy_static!`).
    lazy: bool,
}

/// Plans the items of a file. For files delivered whole, only the macro calls are read.
pub(super) fn walk(
    file: &ParsedFile<'_>,
    place: usize,
    modules: &Rc<ModuleTree>,
    facts: &Facts,
    plan: &mut FilePlan,
) -> Walked {
    let mut walk = Walk {
        file,
        place,
        modules,
        facts,
        plan,
        walked: Walked::default(),
        queue: VecDeque::new(),
        read_again: 0,
    };
    walk.queue.push_back(Frame {
        tree: None,
        node: 0,
        base: 0,
        place: Place::Module,
        inline: 0,
        calls: 0,
        lazy: false,
    });
    while let Some(frame) = walk.queue.pop_front() {
        let again = frame
            .tree
            .and_then(|at| walk.walked.trees.get(at))
            .map(|(tree, _)| Rc::clone(tree));
        let tree = again.as_deref().unwrap_or(&file.tree);
        if let Some(container) = tree.node(frame.node) {
            for item in container.children() {
                walk.item(&item, &frame);
            }
        }
    }
    let mut walked = walk.walked;
    walked.read.sort_unstable();
    walked.private_docs.sort_by_key(|span| (span.start, span.end));
    let mut reached = 0;
    walked.private_docs.retain(|span| {
        let outer = span.end > reached;
        reached = reached.max(span.end);
        outer
    });
    walked
}

/// Tells whether the file runs while the recipient compiles.
pub(super) fn runs_at_build(file: &ParsedFile<'_>) -> Option<(u32, RefusedReason)> {
    let name = file.path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let root = file.tree.root()?;
    if name == b"build.rs" && root.children().any(|item| item.kind() == "function_item") {
        let folder = file.path.rsplit(|byte| *byte == b'/').nth(1);
        if folder != Some(b"src") {
            let what = "a build script, which runs while the recipient compiles";
            return Some((0, RefusedReason::NoRule { what }));
        }
    }
    let expander = root.children().find(|item| {
        item.kind() == "attribute_item"
            && matches!(
                attributes::path_of(item.text(file.text)).as_slice(),
                [b"proc_macro" | b"proc_macro_derive" | b"proc_macro_attribute"]
            )
    })?;
    let what = "a procedural macro, which runs while the recipient compiles";
    Some((expander.start(), RefusedReason::NoRule { what }))
}

struct Walk<'w, 'a> {
    file: &'w ParsedFile<'a>,
    place: usize,
    modules: &'w ModuleTree,
    facts: &'w Facts,
    plan: &'w mut FilePlan,
    walked: Walked,
    queue: VecDeque<Frame>,
    read_again: usize,
}

/// An item with what every rule asks about it.
struct Item<'i, 't> {
    node: &'i Node<'t>,
    source: &'i [u8],
    base: u32,
    /// With documentation, attributes and line break.
    whole: Span,
    visibility: Visibility,
    name: Vec<u8>,
    frame: &'i Frame,
}

impl Item<'_, '_> {
    fn span(&self, node: &Node<'_>) -> Span {
        node.start().saturating_add(self.base)..node.end().saturating_add(self.base)
    }

    /// Who can name it.
    fn scope(&self) -> Scope {
        match self.visibility {
            Visibility::Private => Scope::Below,
            Visibility::Restricted | Visibility::Public => Scope::Package,
        }
    }
}

impl<'a> Walk<'_, 'a> {
    fn item(&mut self, node: &Node<'_>, frame: &Frame) {
        if node.is_comment() || !node.is_named() || node.is_error() || node.kind().contains("attribute") {
            return;
        }
        let file: &ParsedFile<'a> = self.file;
        let source = file.text.get(frame.base as usize..).unwrap_or_default();
        let own = attributes::of_item(node);
        let start = text::leading_start(source, node, |before| before.kind() == "attribute_item");
        let mut end = node.end();
        if let Some(semicolon) = node
            .next_sibling()
            .filter(|next| next.kind() == "empty_statement")
        {
            end = semicolon.end();
        }
        let bounds = start.saturating_add(frame.base)..end.saturating_add(frame.base);
        let item = Item {
            node,
            source,
            base: frame.base,
            whole: text::lines(file.text, bounds),
            visibility: visibility(node, source),
            name: node
                .child_by_field("name")
                .map(|name| name.text(source).to_vec())
                .unwrap_or_default(),
            frame,
        };
        if own.iter().any(|one| attributes::only_for_tests(one.text(source))) {
            self.plan.remove(item.whole);
            return;
        }
        match node.kind() {
            "function_item" | "function_signature_item" => self.function(&item),
            "const_item" | "static_item" => self.constant(&item),
            "struct_item" => {
                self.droppable(&item);
                if frame.calls == 0 {
                    fields::plan(node, source, file.text, frame.base, self.plan);
                }
            }
            "enum_item" | "union_item" => self.droppable(&item),
            "type_item" if matches!(frame.place, Place::Module) => self.droppable(&item),
            "trait_item" => {
                self.droppable(&item);
                self.enter(&item, Place::Trait(item.name.clone()), 0);
            }
            "impl_item" => self.implementation(&item),
            "mod_item" => self.module(&item),
            "foreign_mod_item" => self.enter(&item, Place::Foreign, 0),
            "use_declaration" => {
                let stand = uses::Stand {
                    modules: self.modules,
                    place: self.place,
                    inline: frame.inline,
                    visibility: item.visibility,
                    whole: item.whole.clone(),
                    base: frame.base,
                    attributes: &own,
                };
                uses::plan(node, source, file.text, &stand, self.plan);
            }
            "macro_definition" => self.definition(&item, &own),
            "macro_invocation" => self.call(&item, node),
            "expression_statement" => {
                if let Some(call) = node
                    .named_children()
                    .next()
                    .filter(|child| child.kind() == "macro_invocation")
                {
                    self.call(&item, &call);
                }
            }
            _ => {}
        }
    }

    /// Puts the item's body into the queue.
    fn enter(&mut self, item: &Item<'_, '_>, place: Place, inline: usize) {
        if let Some(body) = item.node.child_by_field("body") {
            self.queue.push_back(Frame {
                tree: item.frame.tree,
                node: body.index(),
                base: item.base,
                place,
                inline: item.frame.inline.saturating_add(inline),
                calls: item.frame.calls,
                lazy: item.frame.lazy,
            });
        }
    }

    /// Makes an item droppable by its name, unless it is public.
    fn droppable(&mut self, item: &Item<'_, '_>) {
        if item.visibility == Visibility::Public || item.name.is_empty() {
            return;
        }
        let group = NameGroup {
            names: self.names_of(&item.name),
            channels: Channels::CODE.and(Channels::IMPORT),
            scope: item.scope(),
        };
        let note = Note::new(KeptWhat::PrivateItem, &item.name, "its name is in use");
        self.walked.private_docs.push(item.whole.clone());
        self.plan.unit(item.whole.clone(), vec![group], Some(note));
    }

    /// The names under which an item is used: its own, and for a trait those of its methods.
    fn names_of(&self, name: &[u8]) -> Vec<Vec<u8>> {
        let mut names = vec![name.to_vec()];
        if let Some(methods) = self.facts.trait_methods.get(name) {
            names.extend(methods.iter().map(|method| words::method(method)));
        }
        names
    }

    /// The keys under which a constant may evaluate a member of this place.
    fn keys(&self, item: &Item<'_, '_>) -> Vec<Vec<u8>> {
        let name = &item.name;
        let mut keys = vec![words::any(name)];
        match &item.frame.place {
            Place::Module | Place::Foreign => keys.push(words::free(name)),
            Place::Inherent(owner) | Place::Trait(owner) => {
                keys.push(words::member(owner, name));
                keys.push(words::method(name));
            }
            Place::TraitImpl(owner, of) => {
                keys.push(words::member(owner, name));
                keys.push(words::member(of, name));
                keys.push(words::method(name));
            }
        }
        keys
    }

    fn function(&mut self, item: &Item<'_, '_>) {
        if matches!(
            item.frame.place,
            Place::Module | Place::Inherent(_) | Place::Foreign
        ) {
            self.droppable(item);
        }
        let Some(body) = item.node.child_by_field("body") else {
            return;
        };
        let span = item.span(&body);
        let full = self.file.text;
        let indentation = text::indentation(full, item.span(item.node).start);
        let step = returns::step(item.source, &body, indentation);
        let result = item.node.child_by_field("return_type");
        let Some(lines) = returns::stub(result.as_ref(), item.source) else {
            let why = "it returns `impl Trait` of which no other value is known";
            self.plan
                .keep(span.clone(), Note::new(KeptWhat::Body, &item.name, why));
            self.plan.use_name(span.start, CODE_STAYS, KEPT);
            return;
        };
        let stub = returns::braced(&lines, indentation, step);
        if item.frame.tree.is_some() {
            self.plan.bodies.push(span.clone());
        }
        if !words::is_const(item.node, item.source) {
            self.plan.replace(span, stub);
            return;
        }
        let keys = self.keys(item);
        let note = Note::new(KeptWhat::Body, &item.name, "a constant may evaluate it");
        self.plan.use_name(span.start, CODE_STAYS, KEPT);
        self.plan
            .dynamic(span, Channels::CODE, Some(note), move |in_use| {
                if keys.iter().any(|key| in_use.has(key, Scope::Group, CONST)) {
                    Change::Leave
                } else {
                    Change::Replace(stub.clone())
                }
            });
    }

    fn constant(&mut self, item: &Item<'_, '_>) {
        let value = item.node.child_by_field("value");
        if item.name == b"_" {
            self.unnamed_constant(item, value);
            return;
        }
        if matches!(
            item.frame.place,
            Place::Module | Place::Inherent(_) | Place::Foreign
        ) {
            self.droppable(item);
        }
        let (Some(value), Some(declared)) = (value, item.node.child_by_field("type")) else {
            return;
        };
        let span = item.span(&value);
        if item.frame.lazy && item.node.kind() == "static_item" && value.kind() != "const_block" {
            self.plan.bodies.push(span.clone());
            self.plan.replace(span, "unimplemented!()");
            return;
        }
        let mut covered = 0;
        for closure in value
            .descendants()
            .filter(|node| node.kind() == "closure_expression")
        {
            if closure.index() < covered {
                continue;
            }
            covered = closure.subtree_end();
            if let Some(body) = closure.child_by_field("body") {
                let typed = closure.child_by_field("return_type").is_some();
                let stub = if typed {
                    "{ unimplemented!() }"
                } else {
                    "unimplemented!()"
                };
                self.plan.replace(item.span(&body), stub);
            }
        }
        match values::blank(&declared, &value, item.source) {
            Some(blank) => {
                let keys = self.keys(item);
                let note = Note::new(KeptWhat::Initialiser, &item.name, "a constant may evaluate it");
                self.plan
                    .dynamic(span, Channels::NONE, Some(note), move |in_use| {
                        if keys.iter().any(|key| in_use.has(key, Scope::Group, CONST)) {
                            Change::Leave
                        } else {
                            Change::Replace(blank.clone())
                        }
                    });
            }
            None if values::is_telling(&value) => {
                let why = "no blank value of its type is known";
                self.plan
                    .keep(span, Note::new(KeptWhat::Initialiser, &item.name, why));
            }
            None => {}
        }
    }

    /// `const _`: assertions go; where it wraps implementations, those are items like others.
    fn unnamed_constant(&mut self, item: &Item<'_, '_>, value: Option<Node<'_>>) {
        let block = value.filter(|value| {
            value.kind() == "block" && value.named_children().any(|child| child.kind() == "impl_item")
        });
        match block {
            Some(block) => self.queue.push_back(Frame {
                tree: item.frame.tree,
                node: block.index(),
                base: item.base,
                place: Place::Module,
                inline: item.frame.inline,
                calls: item.frame.calls,
                lazy: false,
            }),
            None => self.plan.remove(item.whole.clone()),
        }
    }

    fn implementation(&mut self, item: &Item<'_, '_>) {
        let of = item.node.child_by_field("type");
        let implemented = item.node.child_by_field("trait");
        let named = |node: Option<Node<'_>>| {
            node.map(|node| returns::last_name(node, item.source).to_vec())
                .unwrap_or_default()
        };
        let owner = named(of);
        let place = match implemented {
            Some(_) => Place::TraitImpl(owner, named(implemented)),
            None => Place::Inherent(owner),
        };
        let mut needs: Vec<NameGroup> = Vec::new();
        for header in [of, implemented].into_iter().flatten() {
            for leaf in header
                .descendants()
                .filter(|node| node.kind() == "type_identifier")
            {
                let name = leaf.text(item.source);
                if self.facts.droppable.contains(name) {
                    needs.push(NameGroup {
                        names: self.names_of(name),
                        channels: Channels::CODE.and(Channels::IMPORT),
                        scope: Scope::Package,
                    });
                }
            }
        }
        if !needs.is_empty() {
            self.walked.private_docs.push(item.whole.clone());
            self.plan.unit(item.whole.clone(), needs, None);
        }
        self.enter(item, place, 0);
    }

    fn module(&mut self, item: &Item<'_, '_>) {
        let Some(body) = item.node.child_by_field("body") else {
            let at = item
                .node
                .child_by_field("name")
                .map_or(0, |name| item.span(&name).start);
            if self.modules.is_missing(self.place, at) {
                self.plan.remove(item.whole.clone());
            }
            return;
        };
        if !self.acts_outside(&body, item.source) {
            self.droppable(item);
            // What is public in it keeps its documentation: it may be exported from elsewhere.
            if item.visibility != Visibility::Public {
                self.walked.private_docs.pop();
                self.walked
                    .private_docs
                    .push(item.whole.start..item.span(&body).start);
            }
        }
        self.enter(item, Place::Module, 1);
    }

    /// Tells whether an inline module does more than define names: implementations for others' types, macro calls.
    fn acts_outside(&self, body: &Node<'_>, source: &[u8]) -> bool {
        let mut defined: Vec<&[u8]> = Vec::new();
        let mut implemented: Vec<&[u8]> = Vec::new();
        for node in body.descendants() {
            match node.kind() {
                "struct_item" | "enum_item" | "union_item" | "trait_item" => {
                    defined.extend(node.child_by_field("name").map(|name| name.text(source)));
                }
                "impl_item" => {
                    // An implementation that names a droppable type goes and comes with it.
                    let bound = ["type", "trait"].iter().any(|field| {
                        node.child_by_field(field).is_some_and(|header| {
                            header.descendants().any(|leaf| {
                                leaf.kind() == "type_identifier"
                                    && self.facts.droppable.contains(leaf.text(source))
                            })
                        })
                    });
                    let of = node.child_by_field("type").filter(|_| !bound);
                    implemented.extend(of.map(|of| returns::last_name(of, source)));
                }
                "macro_invocation" => {
                    let parent = node.parent().map(|parent| parent.kind());
                    let outer = node.parent().and_then(|parent| parent.parent());
                    let at_items = parent == Some("declaration_list")
                        || (parent == Some("expression_statement")
                            && outer.is_some_and(|outer| outer.kind() == "declaration_list"));
                    if at_items {
                        return true;
                    }
                }
                _ => {}
            }
        }
        implemented.iter().any(|name| !defined.contains(name))
    }
}
