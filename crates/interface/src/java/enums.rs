//! Enumerations: constants lose arguments and bodies, and with them the constructors go; what only the bodies implemented, the type implements.

use std::collections::BTreeMap;

use ringfence_syntax::Node;

use super::declare::{Owner, Planner, head_end};
use super::{METHOD, TYPE, VALUE, has_annotation, has_modifier, members};
use crate::engine::text::{indentation, slice};

impl Planner<'_, '_, '_> {
    pub(super) fn enumeration(&mut self, owner: &Owner<'_>) {
        let Some(body) = owner.node.child_by_field("body") else {
            return;
        };
        let declared: Vec<Vec<u8>> = members(&owner.node)
            .iter()
            .filter(|member| member.kind() == "method_declaration")
            .map(|method| key(method, self.source))
            .collect();
        let mut lifted: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        let implements = owner.node.child_by_field("interfaces").is_some();
        let mut last = None;
        for constant in body.children().filter(|child| child.kind() == "enum_constant") {
            last = Some(constant);
            let (arguments, inside) = (
                constant.child_by_field("arguments"),
                constant.child_by_field("body"),
            );
            if let Some(name) = constant.child_by_field("name")
                && let Some(end) = inside.or(arguments).map(|last| last.end())
            {
                self.plan.remove(name.end()..end);
            }
            for method in inside
                .iter()
                .flat_map(Node::named_children)
                .filter(|child| child.kind() == "method_declaration")
            {
                let overrides = implements || has_annotation(&method, b"Override", self.source);
                if overrides && !has_modifier(&method, "private") {
                    let key = key(&method, self.source);
                    if !declared.contains(&key)
                        && let Some(text) = self.head(&method)
                    {
                        lifted.entry(key).or_insert(text);
                    }
                }
            }
        }
        let Some(last) = last.filter(|_| !lifted.is_empty()) else {
            return;
        };
        let names = VALUE.and(METHOD).and(TYPE);
        if !body
            .children()
            .any(|child| child.kind() == "enum_body_declarations")
        {
            self.put(last.end()..last.end(), b";".to_vec(), names);
        }
        let outer = indentation(self.source, owner.node.start()).to_vec();
        let stub = self.stub_text();
        let mut text = Vec::new();
        for head in lifted.values() {
            let line = [
                b"    ",
                head.as_slice(),
                b" ",
                stub.as_slice(),
                b"\n",
                outer.as_slice(),
            ]
            .concat();
            text.extend(line);
        }
        let end = body.end().saturating_sub(1);
        self.put(end..end, text, names);
    }

    /// The head of a method on one line, comments left out.
    fn head(&self, method: &Node<'_>) -> Option<Vec<u8>> {
        let body = method.child_by_field("body")?;
        let end = head_end(method, &body);
        let mut words: Vec<u8> = Vec::new();
        let mut position = method.start();
        for comment in method
            .descendants()
            .filter(|node| node.is_comment() && node.end() <= end)
        {
            words.extend_from_slice(slice(self.source, &(position..comment.start())));
            position = comment.end();
        }
        words.extend_from_slice(slice(self.source, &(position..end)));
        let parts: Vec<&[u8]> = words
            .split(u8::is_ascii_whitespace)
            .filter(|part| !part.is_empty())
            .collect();
        Some(parts.join(&b' '))
    }
}

/// What tells a method from its overloads: name and types of parameters, as written.
fn key(method: &Node<'_>, source: &[u8]) -> Vec<u8> {
    let mut key = method
        .child_by_field("name")
        .map(|name| name.text(source).to_vec())
        .unwrap_or_default();
    let parameters = method.child_by_field("parameters");
    for parameter in parameters.iter().flat_map(Node::named_children) {
        let kind = parameter.child_by_field("type").or_else(|| {
            parameter
                .named_children()
                .find(|child| child.kind() != "modifiers")
        });
        key.push(b',');
        key.extend(
            kind.map(|kind| super::without_blanks(kind.text(source)))
                .unwrap_or_default(),
        );
    }
    key
}
