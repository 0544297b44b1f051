//! Functions: the stub of a body, default values, attributes that the body declares.

use ringfence_syntax::Node;

use super::attributes::Attribute;
use super::early::Early;
use super::plan::{Context, Planner};
use super::{EARLY, docs, is_private, values};
use crate::engine::{Change, Channels, InUse, Note, Scope, text};
use crate::{Docs, KeptWhat};

/// Tells whether a body says nothing: a docstring, `...`, or both.
pub(super) fn is_trivial(body: &Node<'_>) -> bool {
    body.kind() == "block"
        && body.named_children().enumerate().all(|(place, statement)| {
            let inner = statement.named_children().next();
            let dots = statement.kind() == "expression_statement"
                && inner.is_some_and(|inner| inner.kind() == "ellipsis");
            dots || (place == 0 && docs::is_string_statement(&statement))
        })
}

/// What the stub of a body is made of.
struct Stub {
    before: Vec<u8>,
    separator: Vec<u8>,
    receiver: Vec<u8>,
    attributes: Vec<Attribute>,
    any: Vec<u8>,
    /// Replaces a docstring that goes although something reads docstrings at import.
    asks_for_doc: bool,
    end: &'static [u8],
    is_generator: bool,
}

impl Stub {
    fn text(&self, in_use: &InUse<'_>) -> Vec<u8> {
        let mut lines: Vec<Vec<u8>> = Vec::new();
        if self.asks_for_doc && in_use.has(b"__doc__", Scope::Package, EARLY) {
            lines.push(b"\"\"".to_vec());
        }
        for attribute in &self.attributes {
            if is_private(&attribute.name) && !in_use.has(&attribute.name, Scope::Package, Channels::ALL) {
                continue;
            }
            let mut line = self.receiver.clone();
            line.push(b'.');
            line.extend_from_slice(&attribute.name);
            line.extend_from_slice(b": ");
            line.extend_from_slice(attribute.annotation.as_deref().unwrap_or(&self.any));
            lines.push(line);
        }
        lines.push(self.end.to_vec());
        if self.is_generator {
            lines.push(b"yield".to_vec());
        }
        let mut whole = self.before.clone();
        whole.extend(lines.join(&self.separator[..]));
        whole
    }
}

impl Planner<'_, '_> {
    /// Plans the body and the defaults of a function that is not inside another one.
    pub(super) fn function(
        &mut self,
        definition: &Node<'_>,
        context: &Context<'_>,
        attributes: Vec<Attribute>,
        is_private_item: bool,
    ) {
        let source = self.file.text;
        let early = self
            .profile
            .early(self.file, definition, context.class, self.facts);
        let Some(body) = definition.child_by_field("body") else {
            return;
        };
        let generator = is_generator(&body);
        let any_type = attributes.is_empty() && !generator;
        self.defaults(definition, &early, any_type);
        let docstring = docs::of_block(&body);
        let drops_doc = is_private_item || self.docs == Docs::None;
        if let Some(docstring) = &docstring {
            self.plan.open.push(docstring.start()..docstring.end());
        }
        if is_trivial(&body) {
            if let Some(docstring) = docstring {
                self.docstring_of_trivial(&body, &docstring, drops_doc);
            }
            return;
        }
        let name = definition
            .child_by_field("name")
            .map(|name| name.text(source))
            .unwrap_or_default();
        for attribute in &attributes {
            self.plan.open.extend(attribute.written.clone());
        }
        let is_getattr = name == b"__getattr__";
        let inline = !text::starts_line(source, body.start());
        let mut indentation = self.newline.to_vec();
        if inline {
            indentation.extend_from_slice(text::indentation(source, definition.start()));
            indentation.extend_from_slice(self.step);
        } else {
            indentation.extend_from_slice(text::indentation(source, body.start()));
        }
        let start = match (&docstring, inline) {
            (_, true) => body.previous_sibling().map_or(body.start(), |colon| colon.end()),
            (Some(docstring), false) if !drops_doc => docstring.end(),
            _ => body.start(),
        };
        let stub = Stub {
            before: if start == body.start() {
                Vec::new()
            } else {
                indentation.clone()
            },
            separator: indentation,
            receiver: first_parameter(definition, source).to_vec(),
            attributes,
            any: self.any.clone(),
            asks_for_doc: drops_doc && docstring.is_some(),
            end: if is_getattr {
                b"raise AttributeError"
            } else {
                b"raise NotImplementedError"
            },
            is_generator: generator,
        };
        if !inline && let Some(docstring) = docstring.filter(|_| !drops_doc) {
            self.first_paragraph(&docstring);
        }
        let why = match early {
            Early::Ran if self.profile.is_known() => "it ran when the owner imported the package",
            Early::Ran => "Python calls it when a class is made",
            _ => "its name is called while modules are imported",
        };
        self.plan.dynamic(
            start..body.end(),
            Channels::CODE,
            Some(Note::new(KeptWhat::Body, name, why)),
            move |in_use| {
                if early.holds(in_use) {
                    Change::Leave
                } else {
                    Change::Replace(stub.text(in_use))
                }
            },
        );
    }

    /// Plans a function inside another one: where the other's body stays, this one stays only if it ran.
    pub(super) fn nested_function(&mut self, definition: &Node<'_>) {
        let source = self.file.text;
        let Some(body) = definition.child_by_field("body") else {
            return;
        };
        if is_trivial(&body) {
            return;
        }
        let ran = self.profile.ran(definition);
        if ran != Some(false) {
            let name = definition
                .child_by_field("name")
                .map(|name| name.text(source))
                .unwrap_or_default();
            let why = if ran == Some(true) {
                "it ran when the owner imported the package"
            } else {
                "it is inside a body that stays"
            };
            self.plan
                .keep(body.start()..body.end(), Note::new(KeptWhat::Body, name, why));
            return;
        }
        let inline = !text::starts_line(source, body.start());
        let mut separator = self.newline.to_vec();
        let indented = if inline { definition.start() } else { body.start() };
        separator.extend_from_slice(text::indentation(source, indented));
        if inline {
            separator.extend_from_slice(self.step);
        }
        let mut stub = if inline { separator.clone() } else { Vec::new() };
        stub.extend_from_slice(b"raise NotImplementedError");
        if is_generator(&body) {
            stub.extend_from_slice(&separator);
            stub.extend_from_slice(b"yield");
        }
        let start = match body.previous_sibling() {
            Some(colon) if inline => colon.end(),
            _ => body.start(),
        };
        self.plan.replace(start..body.end(), stub);
        self.defaults(definition, &Early::Never, false);
    }

    /// A lambda outside of dropped bodies: without a profile it stays, as any call may run it.
    pub(super) fn lambda(&mut self, lambda: &Node<'_>) {
        let Some(body) = lambda.child_by_field("body") else {
            return;
        };
        let why = match self.profile.ran(lambda) {
            Some(false) => {
                self.plan.replace(body.start()..body.end(), "NotImplemented");
                return;
            }
            Some(true) => "it ran when the owner imported the package",
            None => "without an import profile it may run while modules are imported",
        };
        self.plan.keep(
            body.start()..body.end(),
            Note::new(KeptWhat::Body, b"lambda", why),
        );
    }

    fn defaults(&mut self, definition: &Node<'_>, early: &Early, any_type: bool) {
        let Some(parameters) = definition.child_by_field("parameters") else {
            return;
        };
        for parameter in parameters.named_children() {
            let typed = parameter.kind() == "typed_default_parameter";
            if !typed && parameter.kind() != "default_parameter" {
                continue;
            }
            let Some(value) = parameter.child_by_field("value") else {
                continue;
            };
            let literal = parameter
                .child_by_field("type")
                .is_some_and(|annotation| names_literal(annotation.text(self.file.text)));
            if literal && !any_type {
                continue;
            }
            let Some(blank) = values::default(&value, self.file.text, any_type || !typed) else {
                continue;
            };
            let early = early.clone();
            self.plan
                .dynamic(value.start()..value.end(), Channels::NONE, None, move |in_use| {
                    if early.holds(in_use) {
                        Change::Leave
                    } else {
                        Change::Replace(blank.clone())
                    }
                });
        }
    }

    fn docstring_of_trivial(&mut self, body: &Node<'_>, docstring: &Node<'_>, drops_doc: bool) {
        if !drops_doc {
            self.first_paragraph(docstring);
        } else if body.named_children().count() == 1 {
            self.plan.replace(docstring.start()..docstring.end(), "...");
        } else {
            self.plan
                .remove(text::lines(self.file.text, docstring.start()..docstring.end()));
        }
    }

    /// Shortens a docstring when the policy asks for it.
    pub(super) fn first_paragraph(&mut self, docstring: &Node<'_>) {
        if self.docs == Docs::FirstParagraph
            && let Some((rest, guard)) = docs::after_first_paragraph(docstring, self.file.text)
        {
            self.plan.replace(rest, guard);
        }
    }
}

fn names_literal(annotation: &[u8]) -> bool {
    annotation.windows(7).any(|window| window == b"Literal")
}

fn first_parameter<'t>(definition: &Node<'_>, source: &'t [u8]) -> &'t [u8] {
    let first = definition
        .child_by_field("parameters")
        .and_then(|parameters| parameters.named_children().next());
    match first {
        Some(first) if first.kind() == "typed_parameter" => first
            .named_children()
            .next()
            .map(|name| name.text(source))
            .unwrap_or_default(),
        Some(first) => first.text(source),
        None => b"",
    }
}

/// Tells whether a body yields by itself: not in a function, class or lambda inside it.
fn is_generator(body: &Node<'_>) -> bool {
    let mut skip = 0;
    for node in body.descendants() {
        if node.index() < skip {
            continue;
        }
        match node.kind() {
            "function_definition" | "class_definition" | "lambda" => skip = node.subtree_end(),
            "yield" if node.is_named() => return true,
            _ => {}
        }
    }
    false
}
