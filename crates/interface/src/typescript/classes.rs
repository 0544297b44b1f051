//! Classes: members stay as signatures, private ones go, initialisers go.

use ringfence_syntax::Node;

use super::functions::is_bare;
use super::values::Literals;
use super::{MEMBER, Planner, has, span};
use crate::KeptWhat;
use crate::engine::{NameGroup, Note, Scope, text};

impl Planner<'_> {
    /// Plans a class declaration or expression.
    pub(super) fn class(&mut self, node: &Node<'_>, depth: usize) {
        let heritage = node
            .named_children()
            .find(|child| child.kind() == "class_heritage");
        let mut is_derived = false;
        if let Some(heritage) = heritage {
            is_derived = heritage.descendants().any(|below| below.kind() == "extends");
            self.base(&heritage, depth);
        }
        for decorator in node.children().filter(|child| child.kind() == "decorator") {
            self.decorator(&decorator);
        }
        let Some(body) = node.child_by_field("body") else {
            return;
        };
        for member in body.named_children() {
            self.class_member(&member, is_derived, depth.saturating_add(1));
        }
    }

    /// A base that is computed has to be computed: it is the type, and it runs when the module is loaded.
    fn base(&mut self, heritage: &Node<'_>, depth: usize) {
        let mut until = 0;
        let mut named = false;
        for below in heritage.descendants() {
            if below.index() < until {
                continue;
            }
            match below.kind() {
                "arrow_function" | "function_expression" | "generator_function" | "class" => {
                    until = below.subtree_end();
                    self.value(&below, Literals::Blank, depth.saturating_add(1));
                }
                "call_expression" if !named => {
                    named = true;
                    let called = below
                        .child_by_field("function")
                        .map(|called| self.of(&called).to_vec());
                    self.plan.keep(
                        span(&below),
                        Note::new(
                            KeptWhat::Initialiser,
                            &called.unwrap_or_default(),
                            "the base class is computed by it",
                        ),
                    );
                }
                _ => {}
            }
        }
    }

    fn class_member(&mut self, member: &Node<'_>, is_derived: bool, depth: usize) {
        match member.kind() {
            "decorator" => self.decorator(member),
            "class_static_block" => self.remove(member),
            "method_definition" | "method_signature" | "abstract_method_signature" => {
                let name = member.child_by_field("name");
                let is_constructor =
                    name.is_some_and(|name| self.of(&name) == b"constructor") && !has(member, "static");
                if is_constructor {
                    self.constructor(member, is_derived, depth);
                } else {
                    self.private_member(member);
                    self.function(member, depth);
                }
            }
            "public_field_definition" | "field_definition" => {
                self.private_member(member);
                self.field(member, depth);
            }
            "index_signature" => {}
            _ => self.remove(member),
        }
    }

    /// Private members go unless something that stays names them.
    fn private_member(&mut self, member: &Node<'_>) {
        let name = member
            .child_by_field("name")
            .or_else(|| member.child_by_field("property"));
        let Some(name) = name.filter(|_| !self.ambient && self.is_private(member)) else {
            return;
        };
        let start = text::leading_start(self.text, member, |before| before.kind() == "decorator");
        let range = self.whole(start, member.end());
        let name = self.of(&name).to_vec();
        let group = NameGroup {
            names: vec![name.clone()],
            channels: MEMBER,
            scope: Scope::File,
        };
        let note = Note::new(KeptWhat::PrivateItem, &name, "its name is in use");
        self.plan.unit(range, vec![group], Some(note));
    }

    fn field(&mut self, field: &Node<'_>, depth: usize) {
        let name = field
            .child_by_field("name")
            .or_else(|| field.child_by_field("property"));
        let Some(name) = name else {
            return self.remove(field);
        };
        for decorator in field.children().filter(|child| child.kind() == "decorator") {
            self.decorator(&decorator);
        }
        let value = field.child_by_field("value");
        if !self.typed {
            if let Some(value) = value {
                self.value(&value, Literals::Blank, depth);
            }
            return;
        }
        let annotation = field.child_by_field("type");
        let marked = ["declare", "abstract", "static", "?", "!"]
            .iter()
            .any(|mark| has(field, mark));
        match (annotation, value) {
            (Some(annotation), Some(value)) => self.annotated(&annotation, &value),
            // The constructor that assigned it is a stub.
            (Some(_), None) if !marked && !self.ambient => self.put(name.end()..name.end(), "!"),
            (None, None) if !marked && !self.ambient => self.put(name.end()..name.end(), ": any"),
            (None, Some(value)) => self.value(&value, Self::literals_of(field), depth),
            _ => {}
        }
    }

    /// The value of something with a written type.
    pub(super) fn annotated(&mut self, annotation: &Node<'_>, value: &Node<'_>) {
        let written: Vec<u8> = self
            .of(annotation)
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        let is_symbol = value.kind() == "call_expression"
            && (self.of(value).starts_with(b"Symbol(") || self.of(value).starts_with(b"Symbol.for("));
        if self.is_trivial(value) {
            return;
        }
        match written.as_slice() {
            b":uniquesymbol" if is_symbol => self.put(span(value), "Symbol()"),
            b":never" => self.put(span(value), "undefined as never"),
            _ => self.put(span(value), "undefined as any"),
        }
    }

    /// Decorators with arguments say how something is done; those without are names.
    pub(super) fn decorator(&mut self, decorator: &Node<'_>) {
        if !is_bare(decorator) {
            self.remove_inline(decorator);
        }
    }

    fn remove_inline(&mut self, node: &Node<'_>) {
        let lines = text::lines(self.text, span(node));
        if lines != span(node) {
            return self.plan.remove(lines);
        }
        let mut end = node.end();
        while matches!(text::byte(self.text, end), Some(b' ' | b'\t')) {
            end = end.saturating_add(1);
        }
        self.plan.remove(node.start()..end);
    }
}
