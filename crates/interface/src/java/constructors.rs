//! Constructors: the call of another constructor stays only where a class could not be compiled without it.

use ringfence_syntax::Node;

use super::declare::{Owner, Planner, head_end};
use crate::KeptWhat;
use crate::engine::{Channels, Note};

impl Planner<'_, '_, '_> {
    pub(super) fn constructor(&mut self, constructor: &Node<'_>, owner: &Owner<'_>) {
        let Some(body) = constructor.child_by_field("body") else {
            return;
        };
        let call = body
            .named_children()
            .find(|child| child.kind() == "explicit_constructor_invocation");
        let Some(call) = call.filter(|call| self.needs_call(call, owner)) else {
            self.stub(constructor, &body);
            return;
        };
        let end = [b" ", self.throw_text().as_slice(), b" }"].concat();
        self.put(
            head_end(constructor, &body)..call.start(),
            b" { ".to_vec(),
            Channels::NONE,
        );
        self.put(call.end()..body.end(), end, Channels::NONE);
        let arguments = call.child_by_field("arguments");
        let plain = arguments.is_none_or(|arguments| {
            arguments
                .named_children()
                .all(|argument| matches!(argument.kind(), "identifier" | "null_literal" | "this"))
        });
        if plain {
            // Parameters handed on say nothing that the head does not say.
            self.plan.open.push(call.start()..call.end());
            return;
        }
        let name = constructor
            .child_by_field("name")
            .map(|name| name.text(self.source))
            .unwrap_or_default();
        let note = Note::new(
            KeptWhat::Statement,
            name,
            "the constructor of the parent that it calls has parameters",
        );
        self.plan.keep(call.start()..call.end(), note);
        self.blank(&call);
    }

    /// A class whose parent has a constructor without parameters need not call one.
    fn needs_call(&self, call: &Node<'_>, owner: &Owner<'_>) -> bool {
        if owner.kind() == "record_declaration" {
            return true;
        }
        let Some(parent) = owner.node.child_by_field("superclass") else {
            return false;
        };
        let no_arguments = call
            .child_by_field("arguments")
            .is_some_and(|arguments| arguments.named_children().next().is_none());
        let of_parent = call
            .child_by_field("constructor")
            .is_some_and(|constructor| constructor.kind() == "super");
        if no_arguments && of_parent && call.child_by_field("object").is_none() {
            return false;
        }
        // `class A extends B<C>`: the name of B; of `B.C` nothing is known.
        let name = parent
            .named_children()
            .next()
            .map(|kind| match kind.kind() {
                "generic_type" => kind.named_children().next().unwrap_or(kind),
                _ => kind,
            })
            .filter(|kind| kind.kind() == "type_identifier")
            .map(|kind| kind.text(self.source))
            .unwrap_or_default();
        !self.facts.free_parents.get(name).copied().unwrap_or(false)
    }

    /// Strings and bodies inside a call that stays.
    fn blank(&mut self, call: &Node<'_>) {
        let mut skip = 0;
        for node in call.descendants() {
            if node.index() < skip {
                continue;
            }
            match node.kind() {
                "string_literal" => {
                    skip = node.subtree_end();
                    self.plan.replace(node.start()..node.end(), "\"\"");
                }
                "lambda_expression" => {
                    if let Some(body) = node.child_by_field("body").filter(|body| body.kind() == "block") {
                        skip = body.subtree_end();
                        let stub = self.stub_text();
                        self.put(body.start()..body.end(), stub, Channels::NONE);
                    }
                }
                "method_declaration" => {
                    if let Some(body) = node.child_by_field("body") {
                        skip = node.subtree_end();
                        self.stub(&node, &body);
                    }
                }
                _ => {}
            }
        }
    }
}
