//! JavaScript's exports by assignment, and members that are assigned to functions and objects at the top level.

use ringfence_syntax::Node;

use super::statements::any_of;
use super::uses::top_statement;
use super::values::Literals;
use super::{Planner, span};
use crate::engine::Note;
use crate::{KeptWhat, RefusedReason};

/// Calls that make members of an object and whose effect is what the object is.
const DEFINES: &[&[u8]] = &[
    b"Object.defineProperty",
    b"Object.defineProperties",
    b"Object.assign",
];

impl Planner<'_> {
    /// Reads off which names an assignment exports and which objects get members.
    pub(super) fn survey_assignment(&mut self, statement: &Node<'_>) {
        for assignment in statement
            .descendants()
            .filter(|below| below.kind() == "assignment_expression" && top_statement(below).is_some())
        {
            let (Some(left), Some(right)) = (
                assignment.child_by_field("left"),
                assignment.child_by_field("right"),
            ) else {
                continue;
            };
            let root = self.root_of(&left).unwrap_or_default();
            if is_export(&root) {
                self.has_exports = true;
                self.survey_exported(&right);
            }
        }
    }

    /// `var app = module.exports = {}`: the variable is what is exported.
    pub(super) fn survey_variables(&mut self, declaration: &Node<'_>) {
        for declarator in declaration.named_children() {
            let value = declarator
                .child_by_field("value")
                .and_then(without_parentheses)
                .filter(|value| value.kind() == "assignment_expression");
            if let (Some(name), Some(value)) = (declarator.child_by_field("name"), value)
                && self.chain_exports(&value)
            {
                let name = self.of(&name).to_vec();
                self.exported.insert(name);
                self.has_exports = true;
            }
        }
    }

    fn survey_exported(&mut self, value: &Node<'_>) {
        let mut names: Vec<Vec<u8>> = Vec::new();
        match value.kind() {
            "identifier" => names.push(self.of(value).to_vec()),
            "object" => {
                for member in value.named_children() {
                    let named = match member.kind() {
                        "shorthand_property_identifier" => Some(member),
                        "pair" => member
                            .child_by_field("value")
                            .filter(|value| value.kind() == "identifier"),
                        _ => None,
                    };
                    names.extend(named.map(|named| self.of(&named).to_vec()));
                }
            }
            _ => {}
        }
        self.exported.extend(names);
    }

    /// Plans a top-level expression statement.
    pub(super) fn common(&mut self, statement: &Node<'_>, inner: &Node<'_>, depth: usize) {
        match inner.kind() {
            "assignment_expression" => {
                let root = inner
                    .child_by_field("left")
                    .and_then(|left| self.root_of(&left))
                    .unwrap_or_default();
                if !is_export(&root) && !self.chain_exports(inner) {
                    self.belongs_to(statement, root);
                }
                self.assigned(inner, depth);
            }
            "call_expression" => self.definition(statement, inner, depth),
            _ => self.gone(statement),
        }
    }

    /// Plans the value of an assignment, along a chain of them.
    pub(super) fn assigned(&mut self, assignment: &Node<'_>, depth: usize) {
        let right = assignment.child_by_field("right");
        if let Some(right) = right {
            self.value(&right, Literals::Blank, depth.saturating_add(1));
        }
    }

    /// `exports = module.exports = ...`, `app.a = app.b = ...`: whether any of the targets is an export.
    fn chain_exports(&self, assignment: &Node<'_>) -> bool {
        std::iter::successors(Some(*assignment), |at| at.child_by_field("right"))
            .take_while(|at| at.kind() == "assignment_expression")
            .filter_map(|at| at.child_by_field("left"))
            .filter_map(|left| self.root_of(&left))
            .any(|root| is_export(&root))
    }

    /// A statement that adds to something is there as long as that is.
    fn belongs_to(&mut self, statement: &Node<'_>, root: Vec<u8>) {
        let is_visible = self.all_visible
            || self.exported.contains(&root)
            || self.is_exported_declaration(statement, &root);
        if !is_visible {
            let range = self.whole(statement.start(), statement.end());
            self.plan.unit(range, vec![any_of(vec![root])], None);
        }
    }

    /// `Object.defineProperty(target, ...)` and the like stay, with stubs; other calls are side effects.
    fn definition(&mut self, statement: &Node<'_>, call: &Node<'_>, depth: usize) {
        let arguments: Vec<Node<'_>> = call
            .child_by_field("arguments")
            .map(|arguments| arguments.named_children().collect())
            .unwrap_or_default();
        let target = arguments.first().and_then(|first| self.root_of(first));
        let (Some(target), true) = (target, self.is_definition(call)) else {
            return self.gone(statement);
        };
        let is_own = is_export(&target);
        if !is_own {
            self.belongs_to(statement, target.clone());
        }
        for argument in arguments.iter().skip(1) {
            // The name of the member and a flag are the interface; strings elsewhere are not.
            if argument.kind() != "string" {
                self.value(argument, Literals::Blank, depth.saturating_add(1));
            }
        }
        self.plan.keep(
            span(statement),
            Note::new(
                KeptWhat::Statement,
                &target,
                "it defines members of an exported object",
            ),
        );
    }

    /// Tells whether a call defines members of its first argument.
    pub(super) fn is_definition(&self, call: &Node<'_>) -> bool {
        call.child_by_field("function")
            .is_some_and(|called| DEFINES.contains(&self.of(&called)))
    }

    /// `if` and `try` around exports stay with what is in them; others go.
    pub(super) fn branch(&mut self, node: &Node<'_>, depth: usize) {
        if !self.exports_within(node) {
            return self.gone(node);
        }
        let is_plain = !node
            .descendants()
            .any(|below| matches!(below.kind(), "arrow_function" | "function_expression" | "class"));
        if !is_plain || node.child_by_field("finalizer").is_some() {
            return self.refuse(node);
        }
        self.plan.keep(
            span(node),
            Note::new(KeptWhat::Statement, b"exports", "exports are made inside it"),
        );
        for below in node.named_children() {
            let block = match below.kind() {
                "else_clause" | "catch_clause" => below
                    .child_by_field("body")
                    .or_else(|| below.named_children().last()),
                "statement_block" | "expression_statement" => Some(below),
                _ => None,
            };
            let Some(block) = block else { continue };
            if block.kind() == "if_statement" {
                self.branch(&block, depth.saturating_add(1));
            } else if block.kind() == "statement_block" {
                self.statements(&block, depth.saturating_add(1));
            } else if let Some(inner) = block
                .named_children()
                .next()
                .filter(|_| block.kind() == "expression_statement")
            {
                self.common(&block, &inner, depth.saturating_add(1));
            } else {
                self.refuse(&block);
            }
        }
    }

    /// Removes a statement that only runs. When it makes all exports there are, the interface cannot be told from it.
    fn gone(&mut self, statement: &Node<'_>) {
        if self.exports_within(statement) && !self.has_exports {
            self.refuse(statement);
        } else {
            self.remove(statement);
        }
    }

    fn refuse(&mut self, node: &Node<'_>) {
        let what = "exports that are made by a function or a call";
        self.plan
            .refused
            .get_or_insert((node.start(), RefusedReason::NoRule { what }));
    }

    /// Tells whether `module.exports`, `exports.x` or `exports` as an argument occurs in a statement.
    fn exports_within(&self, node: &Node<'_>) -> bool {
        node.descendants().any(|below| {
            below.kind() == "identifier"
                && (self.of(&below) == b"exports"
                    || (self.of(&below) == b"module"
                        && below
                            .parent()
                            .is_some_and(|parent| self.of(&parent).starts_with(b"module.exports"))))
        })
    }

    /// The identifier that a chain of members starts with.
    fn root_of(&self, node: &Node<'_>) -> Option<Vec<u8>> {
        let mut at = *node;
        loop {
            match at.kind() {
                "identifier" | "this" => return Some(self.of(&at).to_vec()),
                "member_expression" | "subscript_expression" => at = at.child_by_field("object")?,
                _ => return None,
            }
        }
    }

    /// Tells whether reading a chain of members cannot fail when the module is loaded: one member of a name, or of a package or delivered module.
    pub(super) fn reads_safely(&self, value: &Node<'_>) -> bool {
        let Some(object) = value.child_by_field("object") else {
            return false;
        };
        match object.kind() {
            "identifier" => true,
            "call_expression" => {
                let called = object
                    .child_by_field("function")
                    .map(|called| self.of(&called).to_vec());
                let path = object
                    .child_by_field("arguments")
                    .and_then(|arguments| arguments.named_children().next())
                    .filter(|path| path.kind() == "string");
                called.as_deref() == Some(b"require") && path.is_some_and(|path| self.delivers(&path))
            }
            _ => false,
        }
    }
}

fn without_parentheses(value: Node<'_>) -> Option<Node<'_>> {
    let mut at = value;
    while at.kind() == "parenthesized_expression" {
        at = at.named_children().next()?;
    }
    Some(at)
}

fn is_export(root: &[u8]) -> bool {
    matches!(root, b"module" | b"exports" | b"this")
}
