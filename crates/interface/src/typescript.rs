//! Rules of TypeScript and JavaScript. One planner for both: JavaScript is TypeScript without types, and with CommonJS exports.
//!
//! INVARIANT: every function body, initialiser and top-level statement is replaced or removed unless a rule here names it as declaration.
//! Refuses: JavaScript whose exports are all made inside a function (UMD), as they would go with its body. Beside exports by assignment,
//! those that a loop or a helper makes go with it.

mod classes;
mod comments;
mod commonjs;
mod functions;
mod imports;
mod infer;
mod mask;
mod statements;
mod style;
mod uses;
mod values;

use std::collections::{BTreeSet, HashSet};

use ringfence_syntax::{Language, Node, SyntaxError, Tree};

use crate::Docs;
use crate::engine::{
    Channels, Edit, FilePlan, Group, LanguageRules, ParsedFile, Plan, Replacement, Span, text,
};
use style::Style;

/// Deepest nesting of values, classes and namespaces that is looked into; what is deeper is replaced as a whole.
const DEEPEST: usize = 40;

/// Uses as a member: `this.name`, `{ name } = this`, `Type['name']`.
const MEMBER: Channels = Channels::own(0);

struct TypeScriptRules;

/// The rules.
pub(crate) fn rules(_language: Language) -> Option<&'static dyn LanguageRules> {
    Some(&TypeScriptRules)
}

impl LanguageRules for TypeScriptRules {
    fn groups(&self, files: &[ParsedFile<'_>]) -> Vec<Vec<usize>> {
        // A module's private names are its own: no file influences another one.
        (0..files.len()).map(|place| vec![place]).collect()
    }

    fn parse(&self, language: Language, source: &[u8]) -> Result<Tree, SyntaxError> {
        mask::parse(language, source)
    }

    fn plan(&self, group: &Group<'_, '_>) -> Plan {
        Plan {
            files: group.files.iter().map(|file| plan_file(file, group)).collect(),
            derive: None,
        }
    }

    fn is_container(&self, node: &Node<'_>) -> bool {
        match node.kind() {
            "program" | "class_body" => true,
            "statement_block" => node.parent().is_some_and(|parent| {
                matches!(
                    parent.kind(),
                    "internal_module" | "module" | "ambient_declaration"
                )
            }),
            _ => false,
        }
    }

    fn is_item(&self, node: &Node<'_>) -> bool {
        matches!(
            node.kind(),
            "import_statement"
                | "import_alias"
                | "export_statement"
                | "function_declaration"
                | "generator_function_declaration"
                | "function_signature"
                | "class_declaration"
                | "abstract_class_declaration"
                | "interface_declaration"
                | "type_alias_declaration"
                | "enum_declaration"
                | "lexical_declaration"
                | "variable_declaration"
                | "ambient_declaration"
                | "internal_module"
                | "module"
                | "method_definition"
                | "method_signature"
                | "abstract_method_signature"
                | "public_field_definition"
                | "field_definition"
                | "index_signature"
                | "class_static_block"
        )
    }

    fn may_stand(&self, node: &Node<'_>) -> bool {
        self.is_item(node)
            || node.is_comment()
            || !node.is_named()
            || matches!(
                node.kind(),
                "decorator" | "hash_bang_line" | "empty_statement"
            )
            // Both are transformed part by part: functions in them lose their bodies.
            || (node.kind() == "expression_statement"
                && node.named_children().all(|child| {
                    matches!(child.kind(), "string" | "internal_module" | "assignment_expression")
                }))
    }

    fn is_body(&self, node: &Node<'_>) -> bool {
        // An arrow function that is the body of another one is a signature too; its own body is looked at.
        node.field() == Some("body")
            && node.kind() != "arrow_function"
            && node.parent().is_some_and(|parent| {
                parent.is_function()
                    || matches!(
                        parent.kind(),
                        "arrow_function"
                            | "function_expression"
                            | "generator_function"
                            | "class_static_block"
                    )
            })
    }

    fn stub_texts(&self) -> &'static [&'static [u8]] {
        &[
            b"\"hidden\"",
            b"'hidden'",
            b"throw new Error(\"hidden\");",
            b"throw new Error(\"hidden\")",
            b"throw new Error('hidden');",
            b"throw new Error('hidden')",
            b"super()",
            b"super();",
            b"super(undefined as never)",
            b"super(undefined as never);",
            b"super(undefined as never, undefined as never)",
            b"super(undefined as never, undefined as never);",
            b"super(undefined as never, undefined as never, undefined as never)",
            b"super(undefined as never, undefined as never, undefined as never);",
            b"super(undefined as never, undefined as never, undefined as never, undefined as never)",
            b"super(undefined as never, undefined as never, undefined as never, undefined as never);",
            b"super(undefined as never, undefined as never, undefined as never, undefined as never, undefined as never)",
            b"super(undefined as never, undefined as never, undefined as never, undefined as never, undefined as never);",
            b"super(undefined as never, undefined as never, undefined as never, undefined as never, undefined as never, undefined as never)",
            b"super(undefined as never, undefined as never, undefined as never, undefined as never, undefined as never, undefined as never);",
            b"Symbol()",
        ]
    }
}

/// Plans one file; the fields are what every rule asks.
struct Planner<'p> {
    text: &'p [u8],
    path: &'p [u8],
    /// TypeScript; JavaScript otherwise.
    typed: bool,
    /// Inside `declare` or a `.d.ts` file: there are no initialisers to replace and none may be added.
    ambient: bool,
    style: Style,
    docs: Docs,
    delivered: &'p BTreeSet<&'p [u8]>,
    /// Names that are exported by a clause or an assignment, apart from their declaration.
    exported: HashSet<Vec<u8>>,
    /// Whether JavaScript makes exports by assignments that stay.
    has_exports: bool,
    /// Whether every top-level name is visible elsewhere: a script, or a declaration file.
    all_visible: bool,
    plan: FilePlan,
}

fn plan_file(file: &ParsedFile<'_>, group: &Group<'_, '_>) -> FilePlan {
    let Some(root) = file.tree.root() else {
        return FilePlan::default();
    };
    let typed = file.tree.language() != Language::JavaScript;
    let declaration_file = [&b".d.ts"[..], b".d.mts", b".d.cts"]
        .iter()
        .any(|end| file.path.ends_with(end));
    let mut planner = Planner {
        text: file.text,
        path: file.path,
        typed,
        ambient: declaration_file,
        style: Style::of(file.text, &root),
        docs: group.options.docs,
        delivered: group.delivered,
        exported: HashSet::new(),
        has_exports: false,
        all_visible: declaration_file,
        plan: FilePlan::default(),
    };
    planner.survey(&root);
    planner.uses(&root);
    if file.is_interface() {
        planner.comments(&root);
        planner.statements(&root, 0);
    }
    planner.plan
}

impl Planner<'_> {
    /// The owner's text of a node.
    fn of(&self, node: &Node<'_>) -> &[u8] {
        node.text(self.text)
    }

    /// Replaces a stretch by a text of ours, whose words are no uses.
    fn put(&mut self, range: Span, with: impl Into<Vec<u8>>) {
        self.put_used(range, with, Channels::NONE);
    }

    /// Replaces a stretch by a text with names of the owner.
    fn put_used(&mut self, range: Span, with: impl Into<Vec<u8>>, channels: Channels) {
        self.plan.edits.push(Edit {
            range,
            replacement: Replacement::Fixed(with.into()),
            channels,
            note: None,
        });
    }

    /// Removes a statement or member with the comments after it on its line.
    fn remove(&mut self, node: &Node<'_>) {
        let range = self.whole(node.start(), node.end());
        self.plan.remove(range);
    }

    /// A stretch with the semicolon and the comments after it on its line; whole lines when nothing else stands on them.
    fn whole(&self, start: u32, end: u32) -> Span {
        let mut at = end;
        loop {
            match text::byte(self.text, at) {
                Some(b' ' | b'\t') => at = at.saturating_add(1),
                Some(b';') if text::byte(self.text, end.saturating_sub(1)) != Some(b';') => {
                    at = at.saturating_add(1);
                }
                Some(b'/') if text::byte(self.text, at.saturating_add(1)) == Some(b'/') => {
                    while !matches!(text::byte(self.text, at), None | Some(b'\n' | b'\r')) {
                        at = at.saturating_add(1);
                    }
                }
                Some(b'\n' | b'\r') | None => return text::lines(self.text, start..at),
                Some(_) => break,
            }
        }
        let semicolon = text::byte(self.text, end) == Some(b';');
        start..end.saturating_add(u32::from(semicolon))
    }
}

/// Bytes of a node.
fn span(node: &Node<'_>) -> Span {
    node.start()..node.end()
}

/// Tells whether a node has a direct child of this kind, such as `async` or `static`.
fn has(node: &Node<'_>, kind: &str) -> bool {
    node.children().any(|child| child.kind() == kind)
}
