//! One file: which statements stay, which may go, what becomes of the rest.

use ringfence_syntax::Node;

use super::attributes::{self, Attribute};
use super::early::Profile;
use super::facts::{Facts, bound_name};
use super::names::{self, Derived};
use super::{EARLY, docs, is_private};
use crate::engine::{Change, Channels, FilePlan, InUse, NameGroup, Note, ParsedFile, Scope, Span, text};
use crate::{Docs, KeptWhat, Options};

/// Whether a statement is still there in the end.
pub(super) enum Stay {
    Always,
    /// When one of the groups has a name in use.
    When(Vec<NameGroup>),
}

/// Where a statement stands.
#[derive(Clone, Copy)]
pub(super) struct Context<'c> {
    /// The class whose body it is in.
    pub(super) class: Option<&'c [u8]>,
    /// In a `try`, a loop or a `with`: what stands there is kept.
    pub(super) is_fixed: bool,
    /// Below the module itself.
    pub(super) is_nested: bool,
    /// Below something private.
    pub(super) is_private: bool,
}

pub(super) struct Planner<'p, 'a> {
    pub(super) file: &'p ParsedFile<'a>,
    pub(super) facts: &'p Facts,
    pub(super) plan: FilePlan,
    pub(super) derived: Derived,
    pub(super) docs: Docs,
    pub(super) profile: Profile,
    /// How this file writes `Any`.
    pub(super) any: Vec<u8>,
    pub(super) newline: &'static [u8],
    /// One level of indentation.
    pub(super) step: &'static [u8],
}

/// Plans one file; with the names that follow from others.
pub(super) fn file(file: &ParsedFile<'_>, facts: &Facts, options: &Options<'_>) -> (FilePlan, Derived) {
    let first_break = file.text.iter().position(|byte| *byte == b'\n');
    let carriage = first_break
        .and_then(|at| at.checked_sub(1))
        .is_some_and(|before| file.text.get(before) == Some(&b'\r'));
    let mut planner = Planner {
        file,
        facts,
        plan: FilePlan::default(),
        derived: Derived::default(),
        docs: options.docs,
        profile: Profile::of(file, options.import_profile),
        any: Vec::new(),
        newline: if carriage { b"\r\n" } else { b"\n" },
        step: if file.text.windows(2).any(|pair| pair == b"\n\t") {
            b"\t"
        } else {
            b"    "
        },
    };
    planner.names();
    if !file.is_interface() {
        planner.imports_of_whole();
    }
    if let Some(root) = file.tree.root().filter(|_| file.is_interface()) {
        planner.typing(&root);
        let top = Context {
            class: None,
            is_fixed: false,
            is_nested: false,
            is_private: false,
        };
        planner.block(&root, &top);
        planner.anywhere();
    }
    (planner.plan, planner.derived)
}

impl Planner<'_, '_> {
    fn names(&mut self) {
        names::collect(
            self.file,
            self.facts,
            &self.profile,
            &mut self.plan,
            &mut self.derived,
        );
    }

    /// Finds how the file may write `Any`, and adds an import for it where it has none.
    fn typing(&mut self, root: &Node<'_>) {
        let source = self.file.text;
        let mut place = None;
        for statement in root.named_children() {
            let is_head = statement.kind() == "future_import_statement"
                || (place.is_none() && docs::is_string_statement(&statement));
            if is_head {
                place = Some(statement);
            }
            for leaf in statement.children().filter(|leaf| leaf.field() == Some("name")) {
                let (name, bound) = match leaf.kind() {
                    "aliased_import" => (leaf.child_by_field("name"), leaf.child_by_field("alias")),
                    _ => (Some(leaf), Some(leaf)),
                };
                let (Some(name), Some(bound)) = (name, bound) else {
                    continue;
                };
                match statement.kind() {
                    "import_statement" if name.text(source) == b"typing" => {
                        self.any = bound.text(source).to_vec();
                        self.any.extend_from_slice(b".Any");
                        return;
                    }
                    "import_from_statement"
                        if name.text(source) == b"Any"
                            && statement
                                .child_by_field("module_name")
                                .is_some_and(|module| module.text(source) == b"typing") =>
                    {
                        self.any = bound.text(source).to_vec();
                        return;
                    }
                    _ => {}
                }
            }
        }
        self.any = b"_typing.Any".to_vec();
        let mut line = b"import typing as _typing".to_vec();
        let at = match place {
            Some(head) => {
                let mut whole = self.newline.to_vec();
                if head.kind() == "expression_statement" {
                    whole.extend_from_slice(self.newline);
                }
                whole.append(&mut line);
                line = whole;
                head.end()
            }
            None => {
                let first = root.named_children().next();
                line.extend_from_slice(self.newline);
                if !first.is_some_and(|first| first.kind().starts_with("import")) {
                    line.extend_from_slice(self.newline);
                    line.extend_from_slice(self.newline);
                }
                first.map_or(0, |first| first.start())
            }
        };
        self.plan.dynamic(at..at, Channels::NONE, None, move |in_use| {
            if in_use.has(b"_typing", Scope::File, Channels::ALL) {
                Change::Replace(line.clone())
            } else {
                Change::Leave
            }
        });
    }

    /// Plans the statements of a block; what is left of it in the end.
    fn block(&mut self, block: &Node<'_>, context: &Context<'_>) -> Stay {
        let mut names = Vec::new();
        let mut always = false;
        let statements: Vec<Node<'_>> = block.named_children().collect();
        for (place, statement) in statements.iter().enumerate() {
            let before = place.checked_sub(1).and_then(|before| statements.get(before));
            let stay = self.statement(statement, before, context);
            match stay {
                Stay::Always => always = true,
                Stay::When(groups) => names.extend(groups),
            }
        }
        if always {
            return Stay::Always;
        }
        if context.is_nested {
            self.pass_when_empty(block, names.clone());
        }
        Stay::When(names)
    }

    /// A block that loses everything keeps its form.
    fn pass_when_empty(&mut self, block: &Node<'_>, names: Vec<NameGroup>) {
        let source = self.file.text;
        let Some(colon) = std::iter::successors(block.previous_sibling(), Node::previous_sibling)
            .find(|before| before.kind() == ":")
        else {
            return;
        };
        let mut pass = self.newline.to_vec();
        if text::starts_line(source, block.start()) {
            pass.extend_from_slice(text::indentation(source, block.start()));
        } else {
            pass.extend_from_slice(text::indentation(source, colon.start()));
            pass.extend_from_slice(self.step);
        }
        pass.extend_from_slice(b"pass");
        self.plan
            .dynamic(colon.end()..colon.end(), Channels::NONE, None, move |in_use| {
                if any_in_use(&names, in_use) {
                    Change::Leave
                } else {
                    Change::Replace(pass.clone())
                }
            });
    }

    fn statement(&mut self, statement: &Node<'_>, before: Option<&Node<'_>>, context: &Context<'_>) -> Stay {
        match statement.kind() {
            "function_definition" | "class_definition" => {
                self.definition(statement, statement, context, Vec::new())
            }
            "decorated_definition" => match statement.child_by_field("definition") {
                Some(definition) => self.definition(statement, &definition, context, Vec::new()),
                None => Stay::Always,
            },
            "if_statement" => self.if_statement(statement, context),
            "try_statement" | "with_statement" | "for_statement" | "while_statement" | "match_statement" => {
                self.fixed_statement(statement, context);
                Stay::Always
            }
            "import_statement" | "import_from_statement" => self.import(statement, context),
            "expression_statement" if docs::is_string_statement(statement) => {
                self.string_statement(statement, before, context)
            }
            "expression_statement" => self.expression(statement, context),
            "pass_statement" | "future_import_statement" | "global_statement" | "type_alias_statement" => {
                Stay::Always
            }
            _ => {
                self.runs_at_import(statement);
                Stay::Always
            }
        }
    }

    pub(super) fn runs_at_import(&mut self, statement: &Node<'_>) {
        let source = self.file.text;
        let end = statement
            .descendants()
            .find(|node| node.kind() == "block")
            .map_or(statement.end(), |block| block.start());
        let first = text::words(source, statement.start()..end)
            .into_iter()
            .next()
            .map(|word| text::slice(source, &word).to_vec())
            .unwrap_or_default();
        self.plan.keep(
            statement.start()..end,
            Note::new(KeptWhat::Statement, &first, "it runs while modules are imported"),
        );
    }

    /// A function or class; `whole` has its decorators.
    fn definition(
        &mut self,
        whole: &Node<'_>,
        definition: &Node<'_>,
        context: &Context<'_>,
        attributes: Vec<Attribute>,
    ) -> Stay {
        let source = self.file.text;
        let name = definition
            .child_by_field("name")
            .map(|name| name.text(source))
            .unwrap_or_default();
        let pinned = attributes.iter().any(|attribute| !is_private(&attribute.name));
        let is_private_item = is_private(name) || context.is_private;
        let stay = if is_private(name) && !context.is_fixed && !pinned {
            self.unit(whole, name, context)
        } else {
            Stay::Always
        };
        if definition.kind() == "class_definition" {
            self.class(definition, name, context, is_private_item);
        } else {
            let is_overload = whole
                .named_children()
                .any(|child| child.kind() == "decorator" && child.text(source).ends_with(b"overload"));
            let attributes = if is_overload { Vec::new() } else { attributes };
            self.function(definition, context, attributes, is_private_item);
        }
        stay
    }

    fn class(&mut self, class: &Node<'_>, name: &[u8], context: &Context<'_>, is_private_item: bool) {
        let Some(body) = class.child_by_field("body") else {
            return;
        };
        let mut attributes = attributes::of_class(self.file, &body, Some((self.facts, name)));
        let inner = Context {
            class: Some(name),
            is_fixed: context.is_fixed,
            is_nested: true,
            is_private: is_private_item,
        };
        // Declarations are carried by one method; it gets them when its turn comes.
        let mut names = Vec::new();
        let mut always = false;
        let statements: Vec<Node<'_>> = body.named_children().collect();
        for (place, statement) in statements.iter().enumerate() {
            let before = place.checked_sub(1).and_then(|before| statements.get(before));
            let definition = match statement.kind() {
                "decorated_definition" => statement.child_by_field("definition"),
                _ => Some(*statement),
            };
            let carried = definition.filter(|definition| {
                attributes
                    .first()
                    .is_some_and(|attribute| attribute.carrier == definition.index())
            });
            let stay = match carried {
                Some(definition) => {
                    let carried = std::mem::take(&mut attributes);
                    self.definition(statement, &definition, &inner, carried)
                }
                None => self.statement(statement, before, &inner),
            };
            match stay {
                Stay::Always => always = true,
                Stay::When(groups) => names.extend(groups),
            }
        }
        if !always {
            self.pass_when_empty(&body, names);
        }
    }

    /// Drops a private statement unless its name is in use.
    pub(super) fn unit(&mut self, whole: &Node<'_>, name: &[u8], context: &Context<'_>) -> Stay {
        let Some(lines) = self.whole_lines(whole) else {
            return Stay::Always;
        };
        let mut names = vec![name.to_vec()];
        if let Some(class) = context.class.filter(|_| name.starts_with(b"__")) {
            // As Python writes it from outside of the class.
            let mut mangled = b"_".to_vec();
            mangled.extend_from_slice(class);
            mangled.extend_from_slice(name);
            names.push(mangled);
        }
        let group = NameGroup {
            names,
            channels: Channels::CODE.and(Channels::IMPORT),
            scope: Scope::Package,
        };
        let note = Note::new(KeptWhat::PrivateItem, name, "its name is in use");
        self.plan.unit(lines, vec![group.clone()], Some(note));
        Stay::When(vec![group])
    }

    /// The lines of a statement with the comment behind it; nothing when another statement shares them.
    pub(super) fn whole_lines(&self, statement: &Node<'_>) -> Option<Span> {
        let source = self.file.text;
        if !text::starts_line(source, statement.start()) {
            return None;
        }
        let mut end = statement.end();
        while matches!(text::byte(source, end), Some(b' ' | b'\t')) {
            end = end.saturating_add(1);
        }
        if text::byte(source, end) == Some(b'#') {
            while text::byte(source, end).is_some_and(|byte| byte != b'\n') {
                end = end.saturating_add(1);
            }
        }
        if text::byte(source, end) == Some(b'\r') && text::byte(source, end.saturating_add(1)) == Some(b'\n')
        {
            end = end.saturating_add(1);
        }
        let ended = end > statement.start() && text::byte(source, end.saturating_sub(1)) == Some(b'\n');
        match text::byte(source, end) {
            Some(b'\n') if !ended => end = end.saturating_add(1),
            None => {}
            Some(_) if ended => {}
            Some(_) => return None,
        }
        let before = text::indentation(source, statement.start()).len();
        let start = statement.start().saturating_sub(u32::try_from(before).ok()?);
        Some(start..end)
    }

    fn if_statement(&mut self, statement: &Node<'_>, context: &Context<'_>) -> Stay {
        let source = self.file.text;
        let condition = statement.child_by_field("condition");
        if let (Some(condition), Some(lines)) = (condition, self.whole_lines(statement))
            && contains(condition.text(source), b"__name__")
            && contains(condition.text(source), b"__main__")
        {
            self.plan.remove(lines);
            return Stay::When(Vec::new());
        }
        let inner = Context {
            is_nested: true,
            ..*context
        };
        let mut names = Vec::new();
        let mut always = false;
        let mut conditions = condition.into_iter().collect::<Vec<_>>();
        let mut blocks = Vec::new();
        for child in statement.named_children() {
            match child.kind() {
                "block" => blocks.push(child),
                "elif_clause" | "else_clause" => {
                    conditions.extend(child.child_by_field("condition"));
                    blocks.extend(child.named_children().filter(|inner| inner.kind() == "block"));
                }
                _ => {}
            }
        }
        for block in blocks {
            match self.block(&block, &inner) {
                Stay::Always => always = true,
                Stay::When(groups) => names.extend(groups),
            }
        }
        let asks = conditions
            .iter()
            .flat_map(Node::descendants)
            .any(|node| matches!(node.kind(), "call" | "named_expression" | "await"));
        if always || asks || context.is_fixed {
            return Stay::Always;
        }
        let Some(lines) = self.whole_lines(statement) else {
            return Stay::Always;
        };
        let groups = names.clone();
        self.plan.dynamic(lines, Channels::NONE, None, move |in_use| {
            if any_in_use(&groups, in_use) {
                Change::Leave
            } else {
                Change::Replace(Vec::new())
            }
        });
        Stay::When(names)
    }

    /// A statement whose blocks all stay, with the functions in them reduced.
    fn fixed_statement(&mut self, statement: &Node<'_>, context: &Context<'_>) {
        if statement.kind() != "try_statement" {
            self.runs_at_import(statement);
        }
        let inner = Context {
            is_fixed: true,
            is_nested: true,
            ..*context
        };
        let mut open = vec![*statement];
        while let Some(node) = open.pop() {
            for child in node.named_children() {
                match child.kind() {
                    "block"
                        if child
                            .parent()
                            .is_some_and(|parent| parent.kind() == "match_statement") =>
                    {
                        open.push(child);
                    }
                    "block" => {
                        self.block(&child, &inner);
                    }
                    kind if kind.ends_with("_clause") => open.push(child),
                    _ => {}
                }
            }
        }
    }

    /// A string that stands alone: documentation of the module, the class or the assignment before it.
    fn string_statement(
        &mut self,
        statement: &Node<'_>,
        before: Option<&Node<'_>>,
        context: &Context<'_>,
    ) -> Stay {
        let of_private = before
            .and_then(bound_name)
            .is_some_and(|name| is_private(name.text(self.file.text)));
        if of_private || context.is_private || self.docs == Docs::None {
            if let Some(mut lines) = self.whole_lines(statement) {
                // Empty lines behind a docstring go with it.
                while before.is_none()
                    && context.is_nested
                    && statement.next_sibling().is_some()
                    && text::byte(self.file.text, lines.end) == Some(b'\n')
                {
                    lines.end = lines.end.saturating_add(1);
                }
                self.plan.dynamic(lines, Channels::NONE, None, {
                    let is_docstring = before.is_none();
                    let mut empty = text::indentation(self.file.text, statement.start()).to_vec();
                    empty.extend_from_slice(b"\"\"");
                    empty.extend_from_slice(self.newline);
                    move |in_use| {
                        if is_docstring && in_use.has(b"__doc__", Scope::Package, EARLY) {
                            Change::Replace(empty.clone())
                        } else {
                            Change::Replace(Vec::new())
                        }
                    }
                });
                let asks = NameGroup {
                    names: vec![b"__doc__".to_vec()],
                    channels: EARLY,
                    scope: Scope::Package,
                };
                return Stay::When(if before.is_none() { vec![asks] } else { Vec::new() });
            }
        } else {
            self.first_paragraph(statement);
        }
        Stay::Always
    }
}

pub(super) fn any_in_use(groups: &[NameGroup], in_use: &InUse<'_>) -> bool {
    groups.iter().any(|group| {
        group
            .names
            .iter()
            .any(|name| in_use.has(name, group.scope, group.channels))
    })
}

pub(super) fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
