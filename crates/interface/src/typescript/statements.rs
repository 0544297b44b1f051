//! Statements of a module or namespace: declarations stay or are droppable, everything that only runs goes.

use ringfence_syntax::Node;

use super::values::Literals;
use super::{DEEPEST, Planner, span};
use crate::KeptWhat;
use crate::engine::{Change, Channels, NameGroup, Note, Scope, text};

/// How a declaration is reached.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// By `export` before it.
    Exported,
    /// Only from the file itself.
    Own,
}

impl Planner<'_> {
    /// Reads off what is exported apart from its declaration, and whether the file is a module at all.
    pub(super) fn survey(&mut self, root: &Node<'_>) {
        let mut is_module = false;
        for item in root.named_children() {
            match item.kind() {
                "import_statement" => is_module = true,
                "import_alias" => is_module |= self.of(&item).windows(8).any(|window| window == b"require("),
                "export_statement" => {
                    is_module = true;
                    self.survey_export(&item);
                }
                "expression_statement" if !self.typed => self.survey_assignment(&item),
                "lexical_declaration" | "variable_declaration" if !self.typed => self.survey_variables(&item),
                _ => {}
            }
        }
        if !self.typed {
            is_module |= root.descendants().any(|node| {
                node.kind() == "identifier" && matches!(self.of(&node), b"module" | b"exports" | b"require")
            });
        }
        self.all_visible |= !is_module;
    }

    fn survey_export(&mut self, item: &Node<'_>) {
        if item.child_by_field("source").is_some() || item.child_by_field("declaration").is_some() {
            return;
        }
        for below in item.named_children() {
            match below.kind() {
                "identifier" => {
                    let name = self.of(&below).to_vec();
                    self.exported.insert(name);
                }
                "export_clause" => {
                    for specifier in below.named_children() {
                        if let Some(name) = specifier.child_by_field("name") {
                            let name = self.of(&name).to_vec();
                            self.exported.insert(name);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Plans the statements of the file, a namespace or a module declaration.
    pub(super) fn statements(&mut self, parent: &Node<'_>, depth: usize) {
        let mut in_prologue = parent.kind() == "program";
        for item in parent.named_children() {
            let is_directive = item.kind() == "expression_statement"
                && item
                    .named_children()
                    .next()
                    .is_some_and(|child| child.kind() == "string");
            if in_prologue && is_directive {
                continue;
            }
            in_prologue &= item.kind() == "hash_bang_line";
            self.statement(&item, &item, Reach::Own, depth);
        }
    }

    fn statement(&mut self, node: &Node<'_>, outer: &Node<'_>, reach: Reach, depth: usize) {
        if depth > DEEPEST {
            return self.remove(outer);
        }
        let name = |planner: &Self| -> Vec<Vec<u8>> {
            node.name_node()
                .or_else(|| node.named_children().next())
                .map(|name| planner.of(&name).to_vec())
                .into_iter()
                .collect()
        };
        match node.kind() {
            "export_statement" => self.export(node, depth),
            "import_statement" => self.import(node),
            "hash_bang_line" => {}
            "import_alias" | "function_signature" | "interface_declaration" | "type_alias_declaration" => {
                let names = name(self);
                self.droppable(outer, reach, names);
            }
            "function_declaration" | "generator_function_declaration" => {
                let names = name(self);
                self.droppable(outer, reach, names);
                self.function(node, depth);
            }
            "class_declaration" | "abstract_class_declaration" => {
                let names = name(self);
                self.droppable(outer, reach, names);
                self.class(node, depth);
            }
            "enum_declaration" => {
                let names = name(self);
                self.droppable(outer, reach, names);
                self.enumeration(node);
            }
            "lexical_declaration" | "variable_declaration" => self.variables(node, outer, reach, depth),
            "ambient_declaration" => self.ambient(node, outer, reach, depth),
            "internal_module" | "module" => {
                let names = name(self);
                self.droppable(outer, reach, names);
                if let Some(body) = node.child_by_field("body") {
                    self.statements(&body, depth.saturating_add(1));
                }
            }
            "expression_statement" => match node.named_children().next() {
                Some(inner) if inner.kind() == "internal_module" => {
                    self.statement(&inner, outer, reach, depth.saturating_add(1));
                }
                Some(inner) if self.typed => self.property(node, &inner, depth),
                Some(inner) => self.common(node, &inner, depth),
                None => self.remove(outer),
            },
            "if_statement" | "try_statement" if !self.typed => self.branch(node, depth),
            "statement_block" if !self.typed => self.statements(node, depth.saturating_add(1)),
            _ => self.remove(outer),
        }
    }

    fn export(&mut self, node: &Node<'_>, depth: usize) {
        for decorator in node.children().filter(|child| child.kind() == "decorator") {
            self.decorator(&decorator);
        }
        if let Some(source) = node.child_by_field("source") {
            if !self.delivers(&source) {
                self.remove(node);
            }
            return;
        }
        if let Some(declaration) = node.child_by_field("declaration") {
            return self.statement(&declaration, node, Reach::Exported, depth.saturating_add(1));
        }
        // `export default value`, and `export = value`, whose value has no field of its own.
        for value in node.named_children() {
            if !matches!(value.kind(), "export_clause" | "namespace_export" | "decorator") {
                self.value(&value, Literals::Stay, depth.saturating_add(1));
            }
        }
    }

    /// Makes a declaration droppable by its names unless others see it.
    fn droppable(&mut self, outer: &Node<'_>, reach: Reach, names: Vec<Vec<u8>>) {
        let is_visible = reach == Reach::Exported
            || self.all_visible
            || names.iter().any(|name| self.exported.contains(name));
        let Some(first) = names.first().filter(|_| !is_visible) else {
            return;
        };
        let note = Note::new(KeptWhat::PrivateItem, first, "its name is in use");
        let start = text::leading_start(self.text, outer, |before| before.kind() == "decorator");
        let range = self.whole(start, outer.end());
        self.plan.unit(range, vec![any_of(names)], Some(note));
    }

    fn ambient(&mut self, node: &Node<'_>, outer: &Node<'_>, reach: Reach, depth: usize) {
        let before = (self.ambient, self.all_visible);
        for inner in node.named_children() {
            let is_global = inner.kind() == "statement_block";
            let is_named_by_string = inner
                .child_by_field("name")
                .is_some_and(|name| name.kind() == "string");
            self.ambient = true;
            if is_global || is_named_by_string {
                self.all_visible = true;
            }
            if is_global {
                self.statements(&inner, depth.saturating_add(1));
            } else {
                self.statement(&inner, outer, reach, depth.saturating_add(1));
            }
            (self.ambient, self.all_visible) = before;
        }
    }

    /// Computed members of an enum; constants and strings are its type.
    fn enumeration(&mut self, node: &Node<'_>) {
        let Some(body) = node.child_by_field("body") else {
            return;
        };
        for member in body.named_children() {
            let value = member.child_by_field("value");
            let Some(value) = value.filter(|_| member.kind() == "enum_assignment") else {
                continue;
            };
            let is_computed = value.descendants().any(|below| {
                matches!(
                    below.kind(),
                    "call_expression" | "new_expression" | "arrow_function" | "function_expression"
                )
            });
            if is_computed {
                self.put(span(&value), "undefined as never");
            }
        }
    }

    fn variables(&mut self, node: &Node<'_>, outer: &Node<'_>, reach: Reach, depth: usize) {
        let declarators: Vec<Node<'_>> = node
            .named_children()
            .filter(|child| child.kind() == "variable_declarator")
            .collect();
        let names: Vec<Vec<Vec<u8>>> = declarators
            .iter()
            .map(|declarator| self.bound(declarator))
            .collect();
        let visible: Vec<bool> = names
            .iter()
            .map(|names| {
                reach == Reach::Exported
                    || self.all_visible
                    || names.iter().any(|name| self.exported.contains(name))
            })
            .collect();
        if !visible.contains(&true) {
            self.droppable(outer, reach, names.iter().flatten().cloned().collect());
        }
        if declarators.len() > 1 && visible.contains(&false) {
            self.prune(&declarators, &names, &visible);
        }
        let is_constant = node
            .child_by_field("kind")
            .is_some_and(|kind| kind.kind() == "const");
        let literals = if is_constant {
            Literals::Stay
        } else {
            Literals::Blank
        };
        for declarator in &declarators {
            self.declarator(declarator, literals, depth);
        }
    }

    /// Drops single variables of a statement, and the commas with them.
    fn prune(&mut self, declarators: &[Node<'_>], names: &[Vec<Vec<u8>>], visible: &[bool]) {
        let all: Vec<(Vec<Vec<u8>>, bool)> = names.iter().cloned().zip(visible.iter().copied()).collect();
        let mut before: Option<&Node<'_>> = None;
        for (place, (declarator, (names, visible))) in declarators.iter().zip(&all).enumerate() {
            if !visible {
                self.plan
                    .unit(span(declarator), vec![any_of(names.clone())], None);
            }
            if let Some(before) = before {
                let some = all.get(..=place).unwrap_or_default().to_vec();
                self.plan.dynamic(
                    before.end()..declarator.start(),
                    Channels::NONE,
                    None,
                    move |in_use| {
                        let is_kept = |(names, visible): &(Vec<Vec<u8>>, bool)| {
                            *visible
                                || names
                                    .iter()
                                    .any(|name| in_use.has(name, Scope::File, Channels::CODE))
                        };
                        match some.split_last() {
                            Some((last, earlier)) if is_kept(last) && earlier.iter().any(is_kept) => {
                                Change::Leave
                            }
                            _ => Change::Replace(Vec::new()),
                        }
                    },
                );
            }
            before = Some(declarator);
        }
    }

    /// The names that a declarator binds.
    fn bound(&self, declarator: &Node<'_>) -> Vec<Vec<u8>> {
        let Some(name) = declarator.child_by_field("name") else {
            return Vec::new();
        };
        name.descendants()
            .filter(|below| {
                matches!(
                    below.kind(),
                    "identifier" | "shorthand_property_identifier_pattern"
                )
            })
            .map(|below| self.of(&below).to_vec())
            .collect()
    }

    fn declarator(&mut self, declarator: &Node<'_>, literals: Literals, depth: usize) {
        let (Some(name), Some(value)) = (
            declarator.child_by_field("name"),
            declarator.child_by_field("value"),
        ) else {
            return;
        };
        if self.ambient {
            if !self.is_trivial(&value) && !matches!(value.kind(), "string" | "number") {
                self.plan.remove(name.end()..value.end());
            }
            return;
        }
        if let Some(annotation) = declarator.child_by_field("type") {
            return self.annotated(&annotation, &value);
        }
        if name.kind() != "identifier" {
            if self.typed {
                return self.put(span(&value), "undefined as any");
            }
            // Patterns take apart what is there when the module is loaded.
            let is_list = name.kind() == "array_pattern";
            let is_name = matches!(
                value.kind(),
                "identifier" | "call_expression" | "member_expression"
            );
            if is_list || !is_name {
                return self.put(span(&value), if is_list { "[]" } else { "{}" });
            }
            return self.value(&value, Literals::Blank, depth.saturating_add(1));
        }
        self.value(&value, literals, depth.saturating_add(1));
    }

    /// A top-level expression of TypeScript: only `f.x = ...` says something about a type.
    fn property(&mut self, statement: &Node<'_>, inner: &Node<'_>, depth: usize) {
        let object = inner
            .child_by_field("left")
            .filter(|left| left.kind() == "member_expression")
            .and_then(|left| left.child_by_field("object"))
            .filter(|object| object.kind() == "identifier");
        let program = statement.parent();
        let owner = object.zip(program).and_then(|(object, program)| {
            let is_function = program.named_children().any(|item| {
                let item = item.child_by_field("declaration").unwrap_or(item);
                self.declares_function(&item, self.of(&object))
            });
            is_function.then(|| self.of(&object).to_vec())
        });
        match (owner, inner.child_by_field("right")) {
            (Some(owner), Some(right)) if inner.kind() == "assignment_expression" => {
                if !self.exported.contains(&owner) && !self.is_exported_declaration(statement, &owner) {
                    let range = self.whole(statement.start(), statement.end());
                    self.plan.unit(range, vec![any_of(vec![owner])], None);
                }
                self.value(&right, Literals::Blank, depth.saturating_add(1));
            }
            _ => self.remove(statement),
        }
    }

    fn declares_function(&self, item: &Node<'_>, name: &[u8]) -> bool {
        match item.kind() {
            "function_declaration" => item.name_node().is_some_and(|own| self.of(&own) == name),
            "lexical_declaration" => item.named_children().any(|declarator| {
                declarator
                    .child_by_field("name")
                    .is_some_and(|own| self.of(&own) == name)
                    && declarator.child_by_field("type").is_none()
                    && declarator
                        .child_by_field("value")
                        .is_some_and(|value| Self::is_function_value(&value) && value.kind() != "class")
            }),
            _ => false,
        }
    }

    /// Tells whether a name is declared by an export statement beside this one.
    pub(super) fn is_exported_declaration(&self, statement: &Node<'_>, name: &[u8]) -> bool {
        statement.parent().is_some_and(|program| {
            program
                .named_children()
                .filter_map(|item| item.child_by_field("declaration"))
                .any(|item| {
                    item.name_node().is_some_and(|own| self.of(&own) == name)
                        || item
                            .named_children()
                            .filter_map(|declarator| declarator.child_by_field("name"))
                            .any(|own| self.of(&own) == name)
                })
        })
    }
}

/// In use when one of the names is.
pub(super) fn any_of(names: Vec<Vec<u8>>) -> NameGroup {
    NameGroup {
        names,
        channels: Channels::CODE,
        scope: Scope::File,
    }
}
