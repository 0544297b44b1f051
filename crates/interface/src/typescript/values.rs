//! Initialisers and other values: what the type needs stays, the rest is blanked or replaced.

use ringfence_syntax::Node;

use super::{DEEPEST, MEMBER, Planner, has, span};
use crate::KeptWhat;
use crate::engine::{Channels, Note};

/// Longest list of values that is looked into; a longer one is a table.
const LONGEST_LIST: usize = 8;

/// What becomes of strings and numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Literals {
    /// A value that is nothing else stays, as it is the type of its constant; in objects and lists the type is wider.
    Stay,
    /// They stay at any depth: `as const`, `satisfies`.
    Frozen,
    /// They become empty, as their type is wider.
    Blank,
}

impl Literals {
    /// The same for what is inside an object or a list.
    fn inside(self) -> Literals {
        match self {
            Literals::Frozen => Literals::Frozen,
            Literals::Stay | Literals::Blank => Literals::Blank,
        }
    }
}

impl Planner<'_> {
    /// Values that say nothing: `true`, `null`, `0`, `""`, `[]`, `{}`.
    pub(super) fn is_trivial(&self, value: &Node<'_>) -> bool {
        match value.kind() {
            "true" | "false" | "null" | "undefined" => true,
            "identifier" => self.of(value) == b"undefined",
            "number" => matches!(self.of(value), b"0" | b"1"),
            "string" | "template_string" => self.of(value).len() <= 2,
            "array" | "object" => value.named_children().next().is_none(),
            "unary_expression" => matches!(self.of(value), b"-1" | b"void 0"),
            _ => false,
        }
    }

    /// Plans the value of something without a written type.
    pub(super) fn value(&mut self, value: &Node<'_>, literals: Literals, depth: usize) {
        if depth > DEEPEST {
            self.unknown(value);
            return;
        }
        if self.is_trivial(value) {
            return;
        }
        let inner = depth.saturating_add(1);
        match value.kind() {
            "arrow_function" | "function_expression" | "generator_function" => self.function(value, inner),
            "class" => self.class(value, inner),
            "identifier" | "super" | "this" => {}
            "string" | "template_string" | "number" | "regex" => self.literal(value, literals),
            "unary_expression" if self.of(value).starts_with(b"-") => self.literal(value, literals),
            "parenthesized_expression" => match value.named_children().next() {
                Some(child) => self.value(&child, literals, inner),
                None => self.unknown(value),
            },
            "object" => self.object(value, literals, inner),
            "array" => self.array(value, literals, inner),
            "as_expression" => {
                let Some(first) = value.named_children().next() else {
                    return self.unknown(value);
                };
                let is_const = value.children().last().is_some_and(|last| last.kind() == "const");
                if is_const {
                    self.value(&first, Literals::Frozen, inner);
                } else if !self.is_trivial(&first) {
                    self.put(span(&first), "undefined as any");
                }
            }
            "satisfies_expression" => match value.named_children().next() {
                Some(first) => self.value(&first, Literals::Frozen, inner),
                None => self.unknown(value),
            },
            "type_assertion" => match value.named_children().last() {
                Some(last) => self.put(span(&last), "(undefined as any)"),
                None => self.unknown(value),
            },
            "member_expression" => self.member(value),
            "call_expression" => self.call(value, inner),
            "assignment_expression" if !self.typed => self.assigned(value, inner),
            _ => self.unknown(value),
        }
    }

    fn literal(&mut self, value: &Node<'_>, literals: Literals) {
        let is_pattern = value.kind() == "regex";
        let is_text = matches!(value.kind(), "string" | "template_string");
        let is_made = value
            .descendants()
            .any(|below| below.kind() == "template_substitution");
        if is_made {
            return self.unknown(value);
        }
        if literals != Literals::Blank && !is_pattern && self.typed {
            let name = self.of(value).iter().copied().take(40).collect::<Vec<u8>>();
            self.plan.keep(
                span(value),
                Note::new(KeptWhat::Initialiser, &name, "it is part of a type"),
            );
        } else if is_pattern {
            self.put(span(value), "/(?:)/");
        } else if is_text {
            let empty = self.style.empty_string();
            self.put(span(value), empty);
        } else if self.typed && self.of(value).ends_with(b"n") {
            self.put(span(value), "0n");
        } else if self.typed {
            self.put(span(value), "0");
        }
    }

    fn object(&mut self, value: &Node<'_>, literals: Literals, depth: usize) {
        let literals = literals.inside();
        for member in value.named_children() {
            match member.kind() {
                "pair" => {
                    if let Some(of_pair) = member.child_by_field("value") {
                        self.value(&of_pair, literals, depth);
                    }
                }
                "method_definition" => self.function(&member, depth),
                "shorthand_property_identifier" => {}
                "spread_element" => {
                    if let Some(spread) = member.named_children().next()
                        && spread.kind() != "identifier"
                    {
                        let with = if self.typed { "(undefined as any)" } else { "{}" };
                        self.put(span(&spread), with);
                    }
                }
                _ => self.remove(&member),
            }
        }
    }

    fn array(&mut self, value: &Node<'_>, literals: Literals, depth: usize) {
        let literals = literals.inside();
        let elements: Vec<Node<'_>> = value.named_children().collect();
        if literals == Literals::Blank {
            let mut kinds: Vec<Option<String>> = elements.iter().map(|element| self.infer(element)).collect();
            kinds.dedup();
            let is_table = elements.len() > LONGEST_LIST;
            match kinds.as_slice() {
                [Some(kind)] if self.typed => {
                    let list = format!("[] as {kind}[]");
                    return self.put(span(value), list);
                }
                [Some(_)] => return self.put(span(value), "[]"),
                _ if is_table && self.typed => return self.put(span(value), "[] as any[]"),
                _ if is_table => return self.put(span(value), "[]"),
                _ => {}
            }
        }
        for element in elements {
            if element.kind() == "spread_element" {
                // In JavaScript nothing says that what is spread is a list by then.
                if let Some(spread) = element.named_children().next()
                    && (spread.kind() != "identifier" || !self.typed)
                {
                    let with = if self.typed { "([] as any[])" } else { "[]" };
                    self.put(span(&spread), with);
                }
            } else {
                self.value(&element, literals, depth);
            }
        }
    }

    /// `a.b.c`: in TypeScript only its type, as reading it could fail when the module is loaded.
    fn member(&mut self, value: &Node<'_>) {
        let is_chain = value.descendants().all(|below| {
            matches!(
                below.kind(),
                "member_expression" | "identifier" | "property_identifier" | "."
            )
        });
        if !self.typed {
            if !self.reads_safely(value) {
                self.unknown(value);
            }
        } else if !is_chain {
            self.unknown(value);
        } else {
            let written = String::from_utf8_lossy(self.of(value)).into_owned();
            self.put_used(
                span(value),
                format!("undefined as any as typeof {written}"),
                Channels::CODE.and(MEMBER),
            );
        }
    }

    fn call(&mut self, value: &Node<'_>, depth: usize) {
        let called = value.child_by_field("function");
        let name = called.map(|called| self.of(&called).to_vec()).unwrap_or_default();
        let arguments = value.child_by_field("arguments");
        match (name.as_slice(), arguments) {
            (b"Symbol" | b"Symbol.for", Some(arguments)) => {
                if let Some(called) = called {
                    self.put(called.start()..arguments.end(), "Symbol()");
                }
            }
            (b"Object.freeze", Some(arguments)) if arguments.named_children().count() == 1 => {
                for argument in arguments.named_children() {
                    self.value(&argument, Literals::Frozen, depth);
                }
            }
            (b"require", Some(arguments)) if !self.typed => {
                let only = arguments.named_children().next();
                let path = only.filter(|only| only.kind() == "string");
                if !path.is_some_and(|path| self.delivers(&path)) {
                    self.unknown(value);
                }
            }
            _ => self.unknown(value),
        }
    }

    /// A value that only the body of something could tell.
    pub(super) fn unknown(&mut self, value: &Node<'_>) {
        if !self.typed {
            // An object can be read from and written to when the module is loaded.
            return self.put(span(value), "{}");
        }
        let with = match self.infer(value) {
            Some(inferred) if inferred != "this" => format!("undefined as any as {inferred}"),
            _ => "undefined as any".to_owned(),
        };
        self.put_used(span(value), with, Channels::CODE);
    }

    /// Tells whether a function expression or arrow is the value: then it is a declaration of its own.
    pub(super) fn is_function_value(value: &Node<'_>) -> bool {
        matches!(
            value.kind(),
            "arrow_function" | "function_expression" | "generator_function" | "class"
        )
    }

    /// Tells whether a class member is declared `readonly`, so that its literal is its type.
    pub(super) fn literals_of(member: &Node<'_>) -> Literals {
        if has(member, "readonly") {
            Literals::Stay
        } else {
            Literals::Blank
        }
    }
}
