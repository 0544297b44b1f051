//! Constants and variables: what they are stays, what they hold goes as far as the language allows.

use ringfence_syntax::Node;

use super::comments::Audience;
use super::declare::{IN_USE, Planner};
use super::{LENGTH, NAME, QUALIFIER, WHOLE, any_of, children_of, in_field, is_private, var_specs};
use crate::KeptWhat;
use crate::engine::text::{indentation, slice};
use crate::engine::{Change, Edit, Note, Replacement, Scope, Span};

impl Planner<'_, '_, '_> {
    pub(super) fn constants(&mut self, declaration: &Node<'_>) {
        let specs: Vec<Node<'_>> = children_of(declaration, &["const_spec"]).collect();
        let grouped = declaration.children().any(|child| child.kind() == "(");
        let counts = declaration.descendants().any(|node| node.kind() == "iota")
            || specs.iter().any(|spec| spec.child_by_field("value").is_none());
        let mut all = Vec::new();
        for spec in &specs {
            let names: Vec<Node<'_>> = in_field(spec, "name").collect();
            let texts: Vec<&[u8]> = names.iter().map(|name| name.text(self.source)).collect();
            let private = texts.iter().all(|name| is_private(name));
            let audience = if private {
                Audience::Package
            } else {
                Audience::Everyone
            };
            let target = if grouped { spec } else { declaration };
            self.describe(target, audience);
            if counts && grouped {
                for name in names.iter().filter(|name| is_private(name.text(self.source))) {
                    self.unnamed_unless_used(name);
                }
            } else if private {
                self.unit(target, vec![any_of(&texts, NAME)], &texts.join(b", ".as_slice()));
            }
            let values: Vec<Node<'_>> = spec
                .child_by_field("value")
                .map(|list| list.named_children().collect())
                .unwrap_or_default();
            for (name, value) in texts.iter().zip(values) {
                self.blank_strings(name, &value);
            }
            all.extend(texts);
        }
        self.group(declaration, &all, !grouped);
    }

    /// A name in a block that counts becomes `_`, so that the others keep their numbers.
    fn unnamed_unless_used(&mut self, name: &Node<'_>) {
        let text = name.text(self.source).to_vec();
        if text == b"_" {
            return;
        }
        let note = Note::new(KeptWhat::PrivateItem, &text, IN_USE);
        self.plan.dynamic(
            name.start()..name.end(),
            crate::engine::Channels::NONE,
            Some(note),
            move |in_use| {
                if in_use.has(&text, Scope::Package, NAME) {
                    Change::Leave
                } else {
                    Change::Replace(b"_".to_vec())
                }
            },
        );
    }

    /// Strings of a constant go, unless a whole file uses it or its length counts.
    fn blank_strings(&mut self, name: &[u8], value: &Node<'_>) {
        let mut first = true;
        let mut skip = 0;
        for node in value.descendants() {
            if node.index() < skip {
                continue;
            }
            let measured = node.kind() == "call_expression"
                && node
                    .child_by_field("function")
                    .is_some_and(|function| function.text(self.source) == b"len");
            if measured {
                let note = Note::new(
                    KeptWhat::Initialiser,
                    name,
                    "the length of a string counts at compile time",
                );
                self.plan.keep(node.start()..node.end(), note);
            }
            if measured || is_string(&node) {
                skip = node.subtree_end();
            }
            if measured || !is_string(&node) || node.text(self.source).len() <= 2 {
                continue;
            }
            // Two equal constants could not stand in one `switch`: the text differs from name to name.
            let blank = if first {
                [b"\"hidden: ", name, b"\""].concat()
            } else {
                b"\"\"".to_vec()
            };
            first = false;
            let name = name.to_vec();
            let note = Note::new(KeptWhat::Initialiser, &name, "a readable file uses the constant");
            self.plan.dynamic(
                node.start()..node.end(),
                crate::engine::Channels::NONE,
                Some(note),
                move |in_use| {
                    if in_use.has(&name, Scope::Package, WHOLE.and(LENGTH)) {
                        Change::Leave
                    } else {
                        Change::Replace(blank.clone())
                    }
                },
            );
        }
    }

    pub(super) fn variables(&mut self, declaration: &Node<'_>) {
        let specs = var_specs(declaration);
        let grouped = children_of(declaration, &["var_spec_list"]).next().is_some();
        let mut all = Vec::new();
        for spec in &specs {
            let names: Vec<Node<'_>> = in_field(spec, "name").collect();
            let texts: Vec<&[u8]> = names.iter().map(|name| name.text(self.source)).collect();
            let target = if grouped { spec } else { declaration };
            if texts.iter().all(|name| *name == b"_") {
                let range = self.whole(target);
                self.plan.remove(range);
                all.extend(texts);
                continue;
            }
            let private = texts.iter().all(|name| is_private(name));
            let audience = if private {
                Audience::Package
            } else {
                Audience::Everyone
            };
            self.describe(target, audience);
            if private {
                self.unit(target, vec![any_of(&texts, NAME)], &texts.join(b", ".as_slice()));
            }
            self.value(spec, &names);
            all.extend(texts);
        }
        self.group(declaration, &all, !grouped);
    }

    /// A variable's value goes; its type stays or is read off the value.
    fn value(&mut self, spec: &Node<'_>, names: &[Node<'_>]) {
        let (Some(list), Some(last)) = (spec.child_by_field("value"), names.last()) else {
            return;
        };
        if let Some(kind) = spec.child_by_field("type") {
            self.plan.remove(kind.end()..list.end());
            return;
        }
        let values: Vec<Node<'_>> = list.named_children().collect();
        if let ([value], [_]) = (values.as_slice(), names)
            && let Some(kind) = written_type(value)
        {
            // The type stays where it is, with what is dropped inside it.
            self.put(last.end()..kind.start(), b" ".to_vec());
            self.plan.remove(kind.end()..list.end());
            return;
        }
        let types: Option<Vec<Vec<u8>>> = match values.as_slice() {
            [call] if names.len() > 1 => self.reader.call_results(call),
            _ => values.iter().map(|value| self.reader.value(value)).collect(),
        };
        match types.filter(|types| types.len() == names.len()) {
            Some(types) => self.typed(spec, names, &list, &types),
            None => self.kept_value(names, &list),
        }
    }

    fn typed(&mut self, spec: &Node<'_>, names: &[Node<'_>], list: &Node<'_>, types: &[Vec<u8>]) {
        let (Some(first), Some(last), Some(kind)) = (names.first(), names.last(), types.first()) else {
            return;
        };
        if types.iter().all(|other| other == kind) {
            self.put(last.end()..list.end(), [b" ", kind.as_slice()].concat());
            return;
        }
        let grouped = spec
            .parent()
            .is_some_and(|parent| parent.kind() == "var_spec_list");
        let next = [
            super::line_break(self.source),
            indentation(self.source, spec.start()),
            if grouped { b"" } else { b"var ".as_slice() },
        ]
        .concat();
        let lines: Vec<Vec<u8>> = names
            .iter()
            .zip(types)
            .map(|(name, kind)| [name.text(self.source), b" ", kind].concat())
            .collect();
        self.put(first.start()..list.end(), lines.join(next.as_slice()));
    }

    fn put(&mut self, range: Span, with: Vec<u8>) {
        self.plan.edits.push(Edit {
            range,
            replacement: Replacement::Fixed(with),
            channels: NAME.and(QUALIFIER),
            note: None,
        });
    }

    /// A value that stays; functions in it become stubs.
    fn kept_value(&mut self, names: &[Node<'_>], list: &Node<'_>) {
        let texts: Vec<&[u8]> = names.iter().map(|name| name.text(self.source)).collect();
        let mut start = list.start();
        let why = "the type of the variable can only be read from it";
        let mut skip = 0;
        for node in list.descendants() {
            if node.index() < skip || node.kind() != "func_literal" {
                continue;
            }
            skip = node.subtree_end();
            let Some(body) = node.child_by_field("body") else {
                continue;
            };
            let note = Note::new(KeptWhat::Initialiser, &texts.join(b", ".as_slice()), why);
            self.plan.keep(start..body.start(), note);
            start = body.end();
            self.stub(&node, Some(body));
        }
        if start < list.end() && !slice(self.source, &(start..list.end())).trim_ascii().is_empty() {
            let note = Note::new(KeptWhat::Initialiser, &texts.join(b", ".as_slice()), why);
            self.plan.keep(start..list.end(), note);
        }
    }
}

/// The type that a value begins with, when nothing else is needed to declare a variable of it.
fn written_type<'t>(value: &Node<'t>) -> Option<Node<'t>> {
    let kind = match value.kind() {
        "composite_literal" | "type_conversion_expression" => value.child_by_field("type")?,
        _ => return None,
    };
    (kind.kind() != "implicit_length_array_type").then_some(kind)
}

fn is_string(node: &Node<'_>) -> bool {
    matches!(node.kind(), "interpreted_string_literal" | "raw_string_literal")
}
