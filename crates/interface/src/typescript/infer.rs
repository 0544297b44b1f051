//! Types of expressions that can be named without a compiler. What is not certain has none.

use ringfence_syntax::Node;

use super::{Planner, has};

/// Classes of the platform without type parameters.
const PLAIN_CLASSES: &[&str] = &[
    "Date",
    "RegExp",
    "Error",
    "TypeError",
    "RangeError",
    "SyntaxError",
    "URL",
    "URLSearchParams",
    "AbortController",
    "TextEncoder",
    "TextDecoder",
    "Headers",
    "Request",
    "Response",
    "FormData",
    "Event",
    "EventTarget",
    "ArrayBuffer",
    "DataView",
];

/// Deepest expression that is looked into.
const DEEPEST: usize = 12;

impl Planner<'_> {
    /// The type of an expression as a variable or return type would have it.
    pub(super) fn infer(&self, value: &Node<'_>) -> Option<String> {
        self.infer_at(value, 0)
    }

    fn infer_at(&self, value: &Node<'_>, depth: usize) -> Option<String> {
        if depth > DEEPEST {
            return None;
        }
        let written = || String::from_utf8_lossy(self.of(value)).into_owned();
        match value.kind() {
            "string" | "template_string" => Some("string".to_owned()),
            "number" if written().ends_with('n') => Some("bigint".to_owned()),
            "number" => Some("number".to_owned()),
            "true" | "false" => Some("boolean".to_owned()),
            "regex" => Some("RegExp".to_owned()),
            "parenthesized_expression" => self.infer_at(&value.named_children().next()?, depth + 1),
            "this" => Some("this".to_owned()),
            "unary_expression" => match self.operator(value)?.as_str() {
                "!" | "delete" => Some("boolean".to_owned()),
                "typeof" => Some("string".to_owned()),
                "-" | "+" | "~" => {
                    let inner = self.infer_at(&value.child_by_field("argument")?, depth + 1)?;
                    (inner == "number").then_some(inner)
                }
                _ => None,
            },
            "binary_expression" => match self.operator(value)?.as_str() {
                "==" | "===" | "!=" | "!==" | "<" | ">" | "<=" | ">=" | "in" | "instanceof" => {
                    Some("boolean".to_owned())
                }
                "+" => {
                    let left = self.infer_at(&value.child_by_field("left")?, depth + 1);
                    let right = self.infer_at(&value.child_by_field("right")?, depth + 1);
                    let is = |side: &Option<String>, name: &str| side.as_deref() == Some(name);
                    if is(&left, "string") || is(&right, "string") {
                        Some("string".to_owned())
                    } else if is(&left, "number") && is(&right, "number") {
                        left
                    } else {
                        None
                    }
                }
                "&&" | "||" => {
                    let left = self.infer_at(&value.child_by_field("left")?, depth + 1)?;
                    let right = self.infer_at(&value.child_by_field("right")?, depth + 1)?;
                    (left == "boolean" && right == "boolean").then_some(left)
                }
                _ => None,
            },
            "ternary_expression" => {
                let first = self.infer_at(&value.child_by_field("consequence")?, depth + 1)?;
                let second = self.infer_at(&value.child_by_field("alternative")?, depth + 1)?;
                // Two different strings make a type of their own; a boolean is both of its values.
                (first == second && !matches!(first.as_str(), "string" | "number")).then_some(first)
            }
            "as_expression" => {
                let named = value.named_children().last()?;
                let is_const = value.children().last().is_some_and(|last| last.kind() == "const");
                // A type of a variable may be one of the body's own variables.
                let is_of_value = named.descendants().any(|below| below.kind() == "type_query");
                (!is_const && !is_of_value).then(|| String::from_utf8_lossy(self.of(&named)).into_owned())
            }
            "new_expression" => self.infer_new(value),
            "identifier" => self.infer_local(value, depth),
            "call_expression" => {
                // `(() => { ... })()`
                let called = value.child_by_field("function")?;
                let inner = called
                    .named_children()
                    .next()
                    .filter(|_| called.kind() == "parenthesized_expression")?;
                let is_plain =
                    matches!(inner.kind(), "arrow_function" | "function_expression") && !has(&inner, "async");
                let body = inner.child_by_field("body").filter(|_| is_plain)?;
                if body.kind() == "statement_block" {
                    self.returned(&inner, &body, depth + 1)
                } else {
                    self.infer_at(&body, depth + 1)
                }
            }
            _ => None,
        }
    }

    /// A constant of the function around, made by `new` or by something as certain.
    fn infer_local(&self, value: &Node<'_>, depth: usize) -> Option<String> {
        let name = self.of(value);
        let body = value
            .ancestors()
            .find(|above| above.kind() == "statement_block" && above.field() == Some("body"))?;
        let mut found: Option<Node<'_>> = None;
        for declarator in body
            .descendants()
            .filter(|below| below.kind() == "variable_declarator")
        {
            if declarator
                .child_by_field("name")
                .is_some_and(|own| self.of(&own) == name)
            {
                let is_constant = declarator.parent().is_some_and(|parent| has(&parent, "const"));
                if found.is_some() || !is_constant || declarator.child_by_field("type").is_some() {
                    return None;
                }
                found = declarator.child_by_field("value");
            }
        }
        self.infer_at(&found?, depth + 1)
    }

    /// What the returns of a body agree on; `void` when there are none.
    pub(super) fn returned(&self, node: &Node<'_>, body: &Node<'_>, depth: usize) -> Option<String> {
        let mut kinds: Vec<Option<String>> = Vec::new();
        let mut until = 0;
        let mut bare = false;
        for below in body.descendants() {
            if below.index() < until {
                continue;
            }
            match below.kind() {
                "function_declaration"
                | "function_expression"
                | "generator_function"
                | "generator_function_declaration"
                | "arrow_function"
                | "method_definition"
                | "class_body" => {
                    until = below.subtree_end();
                }
                "return_statement" => match below.named_children().next() {
                    Some(value) => kinds.push(self.infer_at(&value, depth)),
                    None => bare = true,
                },
                _ => {}
            }
        }
        if kinds.is_empty() {
            let last = body.named_children().last();
            let throws = last.is_some_and(|last| last.kind() == "throw_statement");
            let is_expression = !matches!(node.kind(), "function_declaration" | "method_definition");
            return Some(
                if throws && !bare && is_expression {
                    "never"
                } else {
                    "void"
                }
                .to_owned(),
            );
        }
        // A function may also end without a return: only `return` as the last statement says that it does not.
        let ends = body
            .named_children()
            .last()
            .is_some_and(|last| matches!(last.kind(), "return_statement" | "throw_statement"));
        if bare || !ends {
            return None;
        }
        let first = kinds.first().cloned().flatten()?;
        kinds
            .iter()
            .all(|kind| kind.as_deref() == Some(&first))
            .then_some(first)
    }

    fn infer_new(&self, value: &Node<'_>) -> Option<String> {
        let class = value
            .child_by_field("constructor")
            .filter(|class| class.kind() == "identifier")?;
        let name = String::from_utf8_lossy(self.of(&class)).into_owned();
        if let Some(arguments) = value.child_by_field("type_arguments") {
            return Some(format!("{name}{}", String::from_utf8_lossy(self.of(&arguments))));
        }
        if PLAIN_CLASSES.contains(&name.as_str()) {
            return Some(name);
        }
        // A class of this file without type parameters.
        let program = value.ancestors().last()?;
        let declared = program
            .named_children()
            .map(|item| item.child_by_field("declaration").unwrap_or(item))
            .find(|item| {
                matches!(item.kind(), "class_declaration" | "abstract_class_declaration")
                    && item
                        .name_node()
                        .is_some_and(|own| self.of(&own) == name.as_bytes())
            })?;
        declared
            .child_by_field("type_parameters")
            .is_none()
            .then_some(name)
    }

    fn operator(&self, value: &Node<'_>) -> Option<String> {
        let operator = value.child_by_field("operator")?;
        Some(String::from_utf8_lossy(self.of(&operator)).into_owned())
    }
}
