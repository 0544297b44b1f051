//! Assignments and their values, and what may stand at any depth: comments, functions inside functions, lambdas.

use ringfence_syntax::Node;

use super::plan::{Context, Planner, Stay, contains};
use super::{EARLY, attributes, is_dunder, is_private, names, values};
use crate::KeptWhat;
use crate::engine::{Change, Channels, Note, Scope, text};

impl Planner<'_, '_> {
    pub(super) fn expression(&mut self, statement: &Node<'_>, context: &Context<'_>) -> Stay {
        let source = self.file.text;
        let assignment = statement
            .named_children()
            .next()
            .filter(|inner| inner.kind() == "assignment");
        let Some(assignment) = assignment else {
            let says_nothing = statement
                .named_children()
                .all(|inner| matches!(inner.kind(), "ellipsis" | "identifier"));
            if !says_nothing {
                self.runs_at_import(statement);
            }
            return Stay::Always;
        };
        let Some(left) = assignment.child_by_field("left") else {
            return Stay::Always;
        };
        let annotation = assignment.child_by_field("type");
        let value = assignment.child_by_field("right");
        if let (Some(annotation), None, Some(_)) = (annotation, value, context.class) {
            self.bare_annotation(&annotation);
        }
        if left.kind() != "identifier" {
            return Stay::Always;
        }
        let name = left.text(source);
        if let Some(value) = value {
            let typed = annotation
                .map(|annotation| annotation.text(source))
                .unwrap_or_default();
            let is_type = [&b"Literal"[..], b"Final", b"TypeAlias"]
                .iter()
                .any(|word| contains(typed, word));
            let plain = context.class.is_none_or(|class| self.facts.is_plain(class));
            if !is_dunder(name) && !is_type && plain {
                self.value(&value, name);
            }
        }
        let droppable = context.class.is_none_or(|class| self.facts.is_plain(class));
        if is_private(name) && droppable && !context.is_fixed {
            self.unit(statement, name, context)
        } else {
            Stay::Always
        }
    }

    /// A value that says more than its type, unless something looks at it at import.
    fn value(&mut self, value: &Node<'_>, name: &[u8]) {
        let (span, blank) = match values::blanked(value, self.file.text) {
            Some(blank) => (value.start()..value.end(), blank),
            None => match values::pattern(value, self.file.text) {
                Some((pattern, empty)) if pattern.text(self.file.text) != empty => {
                    (pattern.start()..pattern.end(), empty.to_vec())
                }
                _ => return,
            },
        };
        let name = name.to_vec();
        let note = Note::new(
            KeptWhat::Initialiser,
            &name,
            "its value may be looked at while modules are imported",
        );
        self.plan
            .dynamic(span, Channels::NONE, Some(note), move |in_use| {
                if in_use.has(&name, Scope::Package, EARLY) {
                    Change::Leave
                } else {
                    Change::Replace(blank.clone())
                }
            });
    }

    /// `x: Final[T]` in a class whose `__init__` assigns it: the assignment is gone, so is the promise.
    fn bare_annotation(&mut self, annotation: &Node<'_>) {
        let own = annotation.text(self.file.text);
        if !contains(own, b"Final") {
            return;
        }
        let span = annotation.start()..annotation.end();
        match attributes::unwrapped(own) {
            Some(inner) if inner != own => self.plan.replace(span, inner),
            Some(_) => {}
            None => self.plan.replace(span, self.any.clone()),
        }
    }

    /// What may stand at any depth: comments, functions inside functions, lambdas.
    pub(super) fn anywhere(&mut self) {
        let mut open: Vec<u32> = Vec::new();
        for node in self.file.tree.nodes() {
            while open.last().is_some_and(|end| *end <= node.index()) {
                open.pop();
            }
            match node.kind() {
                "comment" => self.comment(&node),
                "lambda" if node.is_named() => self.lambda(&node),
                "function_definition" if !open.is_empty() => self.nested_function(&node),
                "block"
                    if node
                        .parent()
                        .is_some_and(|parent| parent.kind() == "function_definition") =>
                {
                    open.push(node.subtree_end());
                }
                _ => {}
            }
        }
    }

    fn comment(&mut self, comment: &Node<'_>) {
        let source = self.file.text;
        let own = comment.text(source);
        let line = self.profile.line_of(comment);
        match names::kept_comment(own, line) {
            Some(kept) if kept == own.len() => {}
            Some(kept) => {
                let kept = u32::try_from(kept).unwrap_or(0);
                self.plan
                    .remove(comment.start().saturating_add(kept)..comment.end());
            }
            None => {
                let whole = text::lines(source, comment.start()..comment.end());
                if whole != (comment.start()..comment.end()) {
                    self.plan.remove(whole);
                    return;
                }
                let mut start = comment.start();
                while start
                    .checked_sub(1)
                    .is_some_and(|before| matches!(text::byte(source, before), Some(b' ' | b'\t')))
                {
                    start = start.saturating_sub(1);
                }
                self.plan.remove(start..comment.end());
            }
        }
    }
}
