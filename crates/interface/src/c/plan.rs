//! One C file: bodies, initialisers, what may go, includes, comments.

use std::collections::HashSet;

use ringfence_syntax::Node;

use super::keywords::{Keyword, Keywords};
use super::scan::{Kind, Scan, directive_name, scan};
use crate::engine::{Channels, FilePlan, Group, NameGroup, Note, ParsedFile, Scope, Span, text};
use crate::{Docs, KeptWhat, RefusedReason, Shown};

/// What every body becomes: it fits every result type.
pub(super) const STUB: &[u8] = b"{ for (;;) {} }";

/// Tells whether the node's children are declarations.
pub(super) fn is_container(node: &Node<'_>) -> bool {
    match node.kind() {
        "translation_unit" => true,
        "preproc_if"
        | "preproc_ifdef"
        | "preproc_else"
        | "preproc_elif"
        | "preproc_elifdef"
        | "linkage_specification" => node.parent().is_some_and(|parent| is_container(&parent)),
        "declaration_list" => node
            .parent()
            .is_some_and(|parent| parent.kind() == "linkage_specification"),
        _ => false,
    }
}

struct Planner<'p, 'a> {
    file: &'p ParsedFile<'a>,
    keywords: &'p Keywords,
    scan: Scan,
    is_header: bool,
    docs: Docs,
    plan: FilePlan,
    /// Where names are made: these places are no uses.
    made: HashSet<u32>,
}

/// Plans one file.
pub(super) fn file(file: &ParsedFile<'_>, group: &Group<'_, '_>, keywords: &Keywords) -> FilePlan {
    let mut planner = Planner {
        file,
        keywords,
        scan: scan(file.text),
        is_header: file.path.ends_with(b".h"),
        docs: group.options.docs,
        plan: FilePlan::default(),
        made: HashSet::new(),
    };
    if file.shown == Shown::Whole {
        planner.uses();
        return planner.plan;
    }
    if !planner.scan.is_closed {
        planner.plan.refused = Some((
            0,
            RefusedReason::NotIsolated {
                what: "braces, conditionals or comments do not close",
            },
        ));
        return planner.plan;
    }
    planner.items();
    planner.bodies();
    planner.includes(group);
    planner.comments();
    planner.uses();
    planner.plan
}

impl Planner<'_, '_> {
    /// Every body that the braces show, whatever the grammar made of it.
    fn bodies(&mut self) {
        for body in self.scan.bodies.clone() {
            self.plan.replace(body, STUB);
        }
    }

    fn items(&mut self) {
        let Some(root) = self.file.tree.root() else {
            return;
        };
        let mut open = vec![root];
        while let Some(container) = open.pop() {
            for item in container.named_children() {
                let start = self.start(&item).0;
                if item.has_error() && start < item.start() && !is_container(&item) {
                    // The item is cut out; keywords before it would be left over.
                    self.plan.remove(start..item.start());
                }
                match item.kind() {
                    "function_definition" => self.function(&item),
                    "declaration" => self.declaration(&item),
                    "type_definition" | "struct_specifier" | "union_specifier" | "enum_specifier" => {
                        self.type_item(&item)
                    }
                    "preproc_def" | "preproc_function_def" => self.macro_definition(&item),
                    "linkage_specification" => open.extend(item.child_by_field("body")),
                    _ if is_container(&item) => open.push(item),
                    _ => {}
                }
            }
        }
    }

    /// Where an item starts with the keywords that the grammar did not see, and whether one of them makes it private.
    fn start(&self, item: &Node<'_>) -> (u32, bool) {
        let mut start = item.start();
        let mut is_static = false;
        let before = self
            .scan
            .tokens
            .partition_point(|token| token.span.start < item.start());
        for token in self
            .scan
            .tokens
            .get(..before)
            .unwrap_or_default()
            .iter()
            .rev()
            .filter(|token| token.kind != Kind::Comment)
            .take(64)
        {
            let word = text::slice(self.file.text, &token.span);
            match (token.kind, self.keywords.get(word)) {
                (Kind::Word, Some(keyword)) => {
                    is_static |= keyword == Keyword::Static;
                    start = token.span.start;
                }
                // Brackets of a keyword.
                (Kind::Sign(b'('), _) if !self.ends_item(token.span.start) => {}
                _ => break,
            }
        }
        (start, is_static)
    }

    /// Tells whether the bracket at a place is not one of a keyword.
    fn ends_item(&self, at: u32) -> bool {
        let before = self.scan.tokens.partition_point(|token| token.span.start < at);
        before
            .checked_sub(1)
            .and_then(|place| self.scan.tokens.get(place))
            .is_none_or(|token| {
                self.keywords
                    .get(text::slice(self.file.text, &token.span))
                    .is_none()
            })
    }

    /// Tells whether an item is for its file alone.
    fn is_static(&self, item: &Node<'_>) -> bool {
        let own = item.children().any(|child| {
            child.kind() == "storage_class_specifier" && child.text(self.file.text) == b"static"
        });
        let head = item.start()
            ..item
                .child_by_field("declarator")
                .map_or(item.end(), |first| first.end());
        let inside = text::words(self.file.text, head)
            .iter()
            .take(24)
            .any(|word| self.keywords.get(text::slice(self.file.text, word)) == Some(Keyword::Static));
        // A macro that may also say nothing (`local`) is taken by its name in `.c` files only.
        own || (!self.is_header && (inside || self.start(item).1))
    }

    fn unit(&mut self, item: &Node<'_>, names: Vec<Node<'_>>, what: KeptWhat) {
        let Some(first) = names.first() else {
            return;
        };
        let note = Note::new(what, first.text(self.file.text), "its name is in use");
        self.made.extend(names.iter().map(Node::start));
        let group = NameGroup {
            names: names
                .iter()
                .map(|name| name.text(self.file.text).to_vec())
                .collect(),
            channels: Channels::CODE,
            scope: Scope::Package,
        };
        let mut end = item.end();
        if item.kind().ends_with("_specifier") {
            let after = self.scan.tokens.partition_point(|token| token.span.start < end);
            let semicolon = self.scan.tokens.get(after);
            end = semicolon
                .filter(|token| token.kind == Kind::Sign(b';'))
                .map_or(end, |token| token.span.end);
        }
        let range = self.lines(self.start(item).0..end);
        self.plan.unit(range, vec![group], Some(note));
    }

    /// Whole lines, with a comment at the end of the last one.
    fn lines(&self, span: Span) -> Span {
        let source = self.file.text;
        let ended = span.end > span.start && text::byte(source, span.end.saturating_sub(1)) == Some(b'\n');
        let mut end = span.end;
        if !ended {
            while matches!(text::byte(source, end), Some(b' ' | b'\t')) {
                end = end.saturating_add(1);
            }
            let comment = self.scan.tokens.partition_point(|token| token.span.start < end);
            match self.scan.tokens.get(comment) {
                Some(token) if token.kind == Kind::Comment && token.span.start == end => end = token.span.end,
                _ => end = span.end,
            }
        }
        let whole = text::lines(source, span.start..end);
        if whole == (span.start..end) { span } else { whole }
    }

    fn function(&mut self, item: &Node<'_>) {
        if let Some(name) = item.name_node()
            && !self.is_header
            && self.is_static(item)
        {
            self.unit(item, vec![name], KeptWhat::PrivateItem);
        }
    }

    fn declaration(&mut self, item: &Node<'_>) {
        let declarators: Vec<Node<'_>> = item
            .children()
            .filter(|child| child.field() == Some("declarator"))
            .collect();
        for declarator in &declarators {
            if declarator.kind() == "init_declarator" {
                self.initialiser(declarator);
            }
        }
        if self.is_header || !self.is_static(item) {
            return;
        }
        let names: Vec<Node<'_>> = declarators.iter().filter_map(declared_name).collect();
        self.unit(item, names, KeptWhat::PrivateItem);
    }

    /// A value is not part of a declaration; an array without a length keeps one element.
    fn initialiser(&mut self, declarator: &Node<'_>) {
        let (Some(target), Some(value)) = (
            declarator.child_by_field("declarator"),
            declarator.child_by_field("value"),
        ) else {
            return;
        };
        let span = value.start()..value.end();
        match value.kind() {
            "initializer_list" => self.plan.replace(span, "{0}"),
            "string_literal" | "concatenated_string" => self.plan.replace(span, "\"\""),
            // Constants of headers may be compared with in what others write.
            "number_literal" | "char_literal" if self.is_header => {}
            _ if target.kind() == "array_declarator" => {}
            _ => self.plan.remove(target.end()..value.end()),
        }
    }

    /// Types of a `.c` file are its own.
    fn type_item(&mut self, item: &Node<'_>) {
        if self.is_header {
            return;
        }
        let mut names = Vec::new();
        for node in item.descendants() {
            let is_name = match node.kind() {
                "type_identifier" => {
                    node.field() == Some("declarator")
                        || node.parent().is_some_and(|parent| {
                            node.field() == Some("name") && parent.child_by_field("body").is_some()
                        })
                        || (node.field() == Some("name")
                            && node.parent().is_some_and(|parent| parent == *item))
                }
                "identifier" => node
                    .parent()
                    .is_some_and(|parent| parent.kind() == "enumerator" && node.field() == Some("name")),
                _ => false,
            };
            if is_name {
                names.push(node);
            }
        }
        let is_enumeration = item.descendants().any(|node| node.kind() == "enum_specifier");
        self.unit(item, names, KeptWhat::PrivateItem);
        if is_enumeration && let Some(unit) = self.plan.units.last_mut() {
            // Macros may make its constants: every word in it may be one.
            let words = text::words(self.file.text, item.start()..item.end());
            if let Some(group) = unit.needs.first_mut() {
                group.names.extend(
                    words
                        .iter()
                        .map(|word| text::slice(self.file.text, word).to_vec())
                        .filter(|word| word != b"enum" && word != b"typedef" && word != b"struct"),
                );
            }
        }
    }

    fn macro_definition(&mut self, item: &Node<'_>) {
        let Some(name) = item.child_by_field("name") else {
            return;
        };
        let is_call = item.kind() == "preproc_function_def";
        // Keywords stay: the text that stays is written with them.
        let is_keyword = self.keywords.get(name.text(self.file.text)).is_some();
        if !is_keyword && (is_call || !self.is_header) {
            self.unit(item, vec![name], KeptWhat::Macro);
        }
    }

    /// `#include "x.h"` of a file that the view does not deliver goes.
    fn includes(&mut self, group: &Group<'_, '_>) {
        let source = self.file.text;
        let folder = self
            .file
            .path
            .iter()
            .rposition(|byte| *byte == b'/')
            .map_or(&b""[..], |slash| self.file.path.get(..slash).unwrap_or_default());
        for token in self.scan.tokens.clone() {
            if token.kind != Kind::Directive || directive_name(source, &token) != b"include" {
                continue;
            }
            let line = text::slice(source, &token.span);
            let mut quotes = line.split(|byte| *byte == b'"');
            let (Some(_), Some(named)) = (quotes.next(), quotes.next()) else {
                continue;
            };
            let named = normal(folder, named);
            let is_there = group.delivered.iter().any(|path| {
                *path == named.0.as_slice()
                    || path
                        .strip_suffix(named.1.as_slice())
                        .is_some_and(|before| before.is_empty() || before.ends_with(b"/"))
            });
            if !is_there {
                self.plan.remove(text::lines(source, token.span.clone()));
            }
        }
    }

    /// In `.c` files comments tell of bodies; in headers they are documentation.
    fn comments(&mut self) {
        let source = self.file.text;
        let mut bodies = self.scan.bodies.clone();
        bodies.sort_by_key(|body| body.start);
        let mut comments: Vec<Span> = Vec::new();
        for token in &self.scan.tokens {
            match token.kind {
                Kind::Comment => comments.push(token.span.clone()),
                // Behind the sign that begins it, a directive is made of tokens like any other line.
                Kind::Directive if !self.is_header => {
                    let inside = token.span.start.saturating_add(1);
                    let rest = text::slice(source, &(inside..token.span.end));
                    let found = scan(rest).tokens;
                    comments.extend(
                        found
                            .iter()
                            .filter(|inner| inner.kind == Kind::Comment)
                            .map(|inner| {
                                inside.saturating_add(inner.span.start)..inside.saturating_add(inner.span.end)
                            }),
                    );
                }
                _ => {}
            }
        }
        for span in comments {
            let before = bodies.partition_point(|body| body.start <= span.start);
            let inside = before
                .checked_sub(1)
                .and_then(|place| bodies.get(place))
                .is_some_and(|body| span.end <= body.end);
            if inside {
                continue;
            }
            if self.is_header && self.docs != Docs::None {
                if self.docs == Docs::FirstParagraph {
                    self.first_paragraph(&span);
                }
                continue;
            }
            let whole = text::lines(source, span.clone());
            if whole != span {
                self.plan.remove(whole);
                continue;
            }
            let ends_line = matches!(text::byte(source, span.end), None | Some(b'\n' | b'\r'));
            let mut start = span.start;
            while ends_line
                && start
                    .checked_sub(1)
                    .is_some_and(|before| matches!(text::byte(source, before), Some(b' ' | b'\t')))
            {
                start = start.saturating_sub(1);
            }
            if ends_line {
                self.plan.remove(start..span.end);
            } else {
                self.plan.replace(span, " ");
            }
        }
    }

    /// A block comment ends after its first paragraph: at the first line with nothing but stars.
    fn first_paragraph(&mut self, span: &Span) {
        let own = text::slice(self.file.text, span);
        if !own.starts_with(b"/*") {
            return;
        }
        let mut offset = 0_usize;
        let mut words = false;
        for line in own.split_inclusive(|byte| *byte == b'\n') {
            let says = line
                .iter()
                .any(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'*' | b'/' | b'!' | b'-' | b'='));
            if !says && words {
                let kept = own.get(..offset).unwrap_or_default().trim_ascii_end().len();
                let cut = span.start.saturating_add(u32::try_from(kept).unwrap_or(0));
                self.plan.replace(cut..span.end, " */");
                return;
            }
            words |= says;
            offset = offset.saturating_add(line.len());
        }
    }

    /// Every word counts where it is delivered, those of comments and strings left out.
    fn uses(&mut self) {
        for token in &self.scan.tokens {
            match token.kind {
                Kind::Word if !self.made.contains(&token.span.start) => {
                    self.plan.use_span(token.span.clone(), Channels::CODE);
                }
                Kind::Directive => {
                    for word in text::words(self.file.text, token.span.clone()) {
                        if !self.made.contains(&word.start) {
                            self.plan.use_span(word, Channels::CODE);
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

/// The name that a declarator makes.
fn declared_name<'t>(declarator: &Node<'t>) -> Option<Node<'t>> {
    if declarator.kind() == "identifier" {
        return Some(*declarator);
    }
    declarator.descendants().find(|node| node.kind() == "identifier")
}

/// An include's path from the root of the repository, if it is relative to the file; and as it is written, without leading dots.
fn normal(folder: &[u8], named: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut parts: Vec<&[u8]> = folder
        .split(|byte| *byte == b'/')
        .filter(|part| !part.is_empty())
        .collect();
    let mut written: Vec<&[u8]> = Vec::new();
    for part in named.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop();
            }
            part => {
                parts.push(part);
                written.push(part);
            }
        }
    }
    (parts.join(&b'/'), written.join(&b'/'))
}
