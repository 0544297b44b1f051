//! Functions: the signature stays, the body becomes a stub, a return type is added where none is written.

use ringfence_syntax::Node;

use super::values::Literals;
use super::{DEEPEST, Planner, has, span};
use crate::engine::{Channels, text};

impl Planner<'_> {
    /// Plans a function, method or arrow function.
    pub(super) fn function(&mut self, node: &Node<'_>, depth: usize) {
        if let Some(parameters) = node.child_by_field("parameters") {
            self.parameters(&parameters, depth);
        }
        let Some(body) = node.child_by_field("body") else {
            return;
        };
        if body.kind() == "arrow_function" && depth < DEEPEST {
            // A function that gives a function: both are signatures.
            return self.function(&body, depth.saturating_add(1));
        }
        let is_setter = has(node, "set");
        if self.typed && !self.ambient && !is_setter && node.child_by_field("return_type").is_none() {
            let returns = self.return_type(node, &body);
            if let Some(parameters) = node.child_by_field("parameters") {
                self.put_used(
                    parameters.end()..parameters.end(),
                    format!(": {returns}"),
                    Channels::CODE,
                );
            } else if let Some(parameter) = node.child_by_field("parameter") {
                let name = String::from_utf8_lossy(self.of(&parameter)).into_owned();
                self.put(span(&parameter), format!("({name}: any): {returns}"));
            }
        }
        self.stub(node, &body, None);
    }

    /// Plans a constructor; a derived one calls its base with as many arguments as the original.
    pub(super) fn constructor(&mut self, node: &Node<'_>, is_derived: bool, depth: usize) {
        if let Some(parameters) = node.child_by_field("parameters") {
            self.parameters(&parameters, depth);
        }
        let Some(body) = node.child_by_field("body") else {
            return;
        };
        let first = (is_derived && self.typed && !self.ambient).then(|| self.super_call(node, &body));
        self.stub(node, &body, first.as_deref());
    }

    fn super_call(&mut self, node: &Node<'_>, body: &Node<'_>) -> String {
        let call = body.descendants().find(|below| {
            below.kind() == "call_expression"
                && below
                    .child_by_field("function")
                    .is_some_and(|called| called.kind() == "super")
        });
        let Some(arguments) = call.and_then(|call| call.child_by_field("arguments")) else {
            return "super()".to_owned();
        };
        let rest: Option<Vec<u8>> = node.child_by_field("parameters").and_then(|parameters| {
            parameters
                .descendants()
                .find(|below| below.kind() == "rest_pattern")
                .and_then(|rest| rest.named_children().next())
                .map(|name| self.of(&name).to_vec())
        });
        let mut written: Vec<String> = Vec::new();
        for argument in arguments.named_children() {
            if argument.kind() != "spread_element" {
                written.push("undefined as never".to_owned());
                continue;
            }
            // The parameter itself is part of the signature; anything else that is spread belongs to the body.
            let spread = argument.named_children().next();
            let own = spread.is_some_and(|spread| rest.as_deref() == Some(self.of(&spread)));
            written.push(if own {
                self.plan.open.push(span(&argument));
                String::from_utf8_lossy(self.of(&argument)).into_owned()
            } else {
                "...(undefined as never)".to_owned()
            });
        }
        let call = format!("super({})", written.join(", "));
        if written.iter().any(|argument| !argument.starts_with("undefined")) {
            // With a rest parameter alone the call is the original's; it says nothing but the signature.
            self.plan.open.extend(arguments.parent().map(|call| span(&call)));
            self.plan.open.extend(
                arguments
                    .parent()
                    .and_then(|call| call.parent())
                    .map(|statement| span(&statement)),
            );
        }
        call
    }

    fn stub(&mut self, node: &Node<'_>, body: &Node<'_>, first: Option<&str>) {
        if body.kind() == "statement_block" {
            let indentation = text::indentation(self.text, body.start()).to_vec();
            let stub = self.style.stub(&indentation, first);
            self.put(span(body), stub);
            return;
        }
        // An arrow with an expression: from the arrow on, as the expression may stand on lines of its own.
        let arrow = node.children().find(|child| child.kind() == "=>");
        let start = arrow.map_or(body.start(), |arrow| arrow.end());
        let indentation = text::indentation(self.text, start.saturating_sub(1)).to_vec();
        let stub = [b" ".to_vec(), self.style.stub(&indentation, first)].concat();
        self.put(start..body.end(), stub);
    }

    /// Default values: what says no more than the type stays, the rest is blanked.
    fn parameters(&mut self, parameters: &Node<'_>, depth: usize) {
        for parameter in parameters.named_children() {
            let (pattern, value, annotated) = match parameter.kind() {
                "required_parameter" | "optional_parameter" => (
                    parameter.child_by_field("pattern"),
                    parameter.child_by_field("value"),
                    parameter.child_by_field("type").is_some(),
                ),
                "assignment_pattern" => (
                    parameter.child_by_field("left"),
                    parameter.child_by_field("right"),
                    false,
                ),
                _ => (Some(parameter), None, false),
            };
            // Parameter decorators run when the module is loaded.
            let decorators: Vec<Node<'_>> = parameter
                .children()
                .filter(|child| child.kind() == "decorator" && !is_bare(child))
                .collect();
            for decorator in decorators {
                self.put(decorator.start()..self.after_blank(decorator.end()), "");
            }
            if let Some(pattern) = pattern {
                for inner in pattern.descendants() {
                    if matches!(inner.kind(), "object_assignment_pattern" | "assignment_pattern")
                        && let (Some(left), Some(right)) =
                            (inner.child_by_field("left"), inner.child_by_field("right"))
                    {
                        if annotated && self.typed {
                            self.plan.remove(left.end()..right.end());
                        } else {
                            self.default_value(&right, false, depth);
                        }
                    }
                }
            }
            if let Some(value) = value {
                self.default_value(&value, annotated, depth);
            }
        }
    }

    fn default_value(&mut self, value: &Node<'_>, annotated: bool, depth: usize) {
        if self.is_trivial(value) {
            return;
        }
        if self.typed && annotated {
            self.put(span(value), "undefined as any");
        } else {
            self.value(value, Literals::Blank, depth.saturating_add(1));
        }
    }

    /// What a function without a written return type returns, as far as that can be said without the compiler.
    fn return_type(&self, node: &Node<'_>, body: &Node<'_>) -> String {
        let is_async = has(node, "async");
        let is_generator = has(node, "*") || node.kind().starts_with("generator");
        if is_generator {
            let name = if is_async { "AsyncGenerator" } else { "Generator" };
            return format!("{name}<any, any, any>");
        }
        let inferred = if body.kind() == "statement_block" {
            self.returned(node, body, 0)
        } else {
            self.infer(body)
        };
        let has_this = node.kind() == "method_definition"
            && !has(node, "static")
            && node.parent().is_some_and(|parent| parent.kind() == "class_body");
        let inferred = inferred
            .filter(|inferred| has_this || inferred != "this")
            .unwrap_or_else(|| "any".to_owned());
        if is_async {
            format!("Promise<{inferred}>")
        } else {
            inferred
        }
    }

    /// The offset after spaces.
    fn after_blank(&self, mut at: u32) -> u32 {
        while matches!(text::byte(self.text, at), Some(b' ' | b'\t')) {
            at = at.saturating_add(1);
        }
        at
    }
}

/// `@Name` and `@Name()`: a decorator without arguments says no more than its name.
pub(super) fn is_bare(decorator: &Node<'_>) -> bool {
    decorator.descendants().all(|below| match below.kind() {
        "arguments" => below.named_children().next().is_none(),
        "arrow_function" | "function_expression" | "object" | "string" | "template_string" => false,
        _ => true,
    })
}
