//! Plans one interface file: functions, methods, types, fields, imports. Constants and variables are in [`super::values`].

use ringfence_syntax::Node;

use super::comments::{Audience, Comments};
use super::facts::{Facts, import_path, qualifiers};
use super::infer::Reader;
use super::{
    MEMBER, NAME, QUALIFIER, all_fields_of, any_of, children_of, import_specs, in_field, is_private, known,
    line_break, mentions, receiver_type, uses,
};
use crate::engine::text::{lines, slice};
use crate::engine::{Channels, FilePlan, NameGroup, Note, ParsedFile, Scope, Span};
use crate::{Docs, HiddenReason, KeptWhat, RefusedReason};

/// Why private items stay.
pub(super) const IN_USE: &str = "its name is in use in the package";

/// Longest head that a body follows on the same line; with the stub it makes the 100 columns of gofmt.
const LONGEST_HEAD: usize = 84;

/// Plans the interface of one file.
pub(super) fn plan(place: usize, file: &ParsedFile<'_>, facts: &Facts<'_, '_>, docs: Docs) -> FilePlan {
    if file.path.ends_with(b"_test.go") {
        return FilePlan {
            hidden: Some(HiddenReason::TestFile),
            ..FilePlan::default()
        };
    }
    let mut planner = Planner {
        file,
        source: file.text,
        facts,
        reader: Reader { facts, file: place },
        comments: Comments::of(file, docs),
        plan: FilePlan::default(),
    };
    planner.run();
    planner.plan
}

/// One file while it is planned.
pub(super) struct Planner<'p, 'g, 'a> {
    file: &'p ParsedFile<'a>,
    pub(super) source: &'a [u8],
    facts: &'p Facts<'g, 'a>,
    pub(super) reader: Reader<'p, 'g, 'a>,
    pub(super) comments: Comments<'a>,
    pub(super) plan: FilePlan,
}

impl Planner<'_, '_, '_> {
    fn run(&mut self) {
        let Some(root) = self.file.tree.root() else { return };
        let mut is_program = false;
        for item in root.named_children() {
            match item.kind() {
                "package_clause" => {
                    is_program = item
                        .named_children()
                        .next()
                        .is_some_and(|name| name.text(self.source) == b"main");
                    self.comments.head(&item);
                    self.describe(&item, Audience::Everyone);
                }
                "import_declaration" => self.imports(&item),
                "function_declaration" | "method_declaration" => self.function(&item, is_program),
                "type_declaration" => self.types(&item),
                "const_declaration" => self.constants(&item),
                "var_declaration" => self.variables(&item),
                "ERROR" => {}
                _ => {
                    let reason = RefusedReason::NoRule {
                        what: "a statement outside of functions",
                    };
                    self.plan.refused.get_or_insert((item.start(), reason));
                }
            }
        }
        self.comments.drop_others(&mut self.plan);
        uses::of_interface(self.file, self.facts, &mut self.plan);
    }

    pub(super) fn describe(&mut self, node: &Node<'_>, audience: Audience) {
        self.comments.describe(node, audience, &mut self.plan);
    }

    /// A node with its comments, as whole lines.
    pub(super) fn whole(&self, node: &Node<'_>) -> Span {
        lines(self.source, self.comments.around(node))
    }

    /// Drops a node unless a name of every group is in use.
    pub(super) fn unit(&mut self, node: &Node<'_>, needs: Vec<NameGroup>, name: &[u8]) {
        let note = Note::new(KeptWhat::PrivateItem, name, IN_USE);
        let range = self.whole(node);
        self.plan.unit(range, needs, Some(note));
    }

    fn function(&mut self, item: &Node<'_>, is_program: bool) {
        let Some(name) = item.child_by_field("name") else {
            return;
        };
        let name = name.text(self.source);
        let is_method = item.kind() == "method_declaration";
        if name == b"init" && !is_method || name == b"_" {
            let range = self.whole(item);
            self.plan.remove(range);
            return;
        }
        let receiver = receiver_type(item, self.source);
        let mut needs = Vec::new();
        let entry = is_program && !is_method && name == b"main";
        if is_private(name) && !entry {
            needs.push(any_of(&[name], if is_method { MEMBER } else { NAME }));
        }
        if is_method && is_private(receiver) {
            needs.push(any_of(&[receiver], NAME));
        }
        if needs.is_empty() {
            self.describe(item, Audience::Everyone);
        } else {
            self.unit(item, needs, name);
            let seen = !is_private(name) && !is_private(receiver);
            self.describe(
                item,
                if seen {
                    Audience::Everyone
                } else {
                    Audience::Package
                },
            );
        }
        self.stub(item, item.child_by_field("body"));
    }

    /// Replaces a body, or adds one to a function that is written elsewhere.
    pub(super) fn stub(&mut self, function: &Node<'_>, body: Option<Node<'_>>) {
        let head_end = function
            .named_children()
            .filter(|child| body.is_none_or(|body| child.index() != body.index()))
            .last()
            .map_or(function.end(), |last| last.end());
        let head = slice(self.source, &(function.start()..head_end));
        let end = body.map_or(head_end, |body| body.end());
        let line_break = line_break(self.source);
        let indentation = crate::engine::text::indentation(self.source, function.start());
        // A parameter or a function of the package may be called `panic` too.
        let stub: Vec<u8> = if mentions(head, b"panic") || self.facts.declares(b"panic") {
            [
                b" {",
                line_break,
                indentation,
                b"\tfor {",
                line_break,
                indentation,
                b"\t}",
                line_break,
                indentation,
                b"}",
            ]
            .concat()
        } else if head.len() <= LONGEST_HEAD && !head.contains(&b'\n') {
            b" { panic(\"hidden\") }".to_vec()
        } else {
            [
                b" {",
                line_break,
                indentation,
                b"\tpanic(\"hidden\")",
                line_break,
                indentation,
                b"}",
            ]
            .concat()
        };
        self.plan.edits.push(crate::engine::Edit {
            range: head_end..end,
            replacement: crate::engine::Replacement::Fixed(stub),
            channels: Channels::NONE,
            note: None,
        });
    }

    fn types(&mut self, declaration: &Node<'_>) {
        let specs: Vec<Node<'_>> = children_of(declaration, &["type_spec", "type_alias"]).collect();
        let alone = specs.len() == 1;
        let mut names = Vec::new();
        for spec in &specs {
            let Some(name) = spec.child_by_field("name") else {
                continue;
            };
            let name = name.text(self.source);
            names.push(name);
            let target = if alone { declaration } else { spec };
            let audience = if is_private(name) {
                self.unit(target, vec![any_of(&[name], NAME)], name);
                Audience::Package
            } else {
                Audience::Everyone
            };
            self.describe(target, audience);
            if let Some(kind) = spec.child_by_field("type") {
                self.members(name, &kind, audience);
            }
        }
        self.group(declaration, &names, alone);
    }

    /// Several private things under one keyword go together when all of them go.
    pub(super) fn group(&mut self, declaration: &Node<'_>, names: &[&[u8]], alone: bool) {
        let private = names.iter().all(|name| is_private(name));
        if alone {
            return;
        }
        if private {
            let range = self.whole(declaration);
            let real: Vec<&[u8]> = names.iter().copied().filter(|name| *name != b"_").collect();
            self.plan.unit(range, vec![any_of(&real, NAME)], None);
        }
        let audience = if private {
            Audience::Package
        } else {
            Audience::Everyone
        };
        self.describe(declaration, audience);
    }

    /// Fields of structs and methods of interfaces, at any depth of a type.
    fn members(&mut self, owner: &[u8], kind: &Node<'_>, audience: Audience) {
        let mut skip = 0;
        for node in kind.descendants() {
            if node.index() < skip {
                continue;
            }
            match node.kind() {
                // Parameters are part of a signature: a type in them stays as it is.
                "parameter_list" => skip = node.subtree_end(),
                "method_elem" | "type_elem" => self.describe(&node, audience),
                "field_declaration" => self.field(owner, &node, audience),
                _ => {}
            }
        }
    }

    fn field(&mut self, owner: &[u8], field: &Node<'_>, audience: Audience) {
        let names: Vec<&[u8]> = in_field(field, "name")
            .map(|name| name.text(self.source))
            .collect();
        let private = !names.is_empty() && names.iter().all(|name| is_private(name));
        if private && names.iter().any(|name| *name != b"_") {
            let all = all_fields_of(owner);
            let mut any = any_of(&names, MEMBER);
            any.names.push(all);
            let shown: Vec<u8> = [owner, b".", names.join(b", ".as_slice()).as_slice()].concat();
            self.unit(field, vec![any], &shown);
        }
        self.describe(field, if private { Audience::Package } else { audience });
    }

    fn imports(&mut self, declaration: &Node<'_>) {
        let specs = import_specs(declaration);
        let alone = children_of(declaration, &["import_spec_list"]).next().is_none();
        let used = qualifiers(self.file);
        let mut all: Vec<Vec<u8>> = Vec::new();
        let mut stays = false;
        for spec in &specs {
            let path = import_path(spec, self.source);
            let range = self.whole(if alone { declaration } else { spec });
            if path == b"C" {
                stays = true;
                self.preamble(if alone { declaration } else { spec });
                continue;
            }
            let (names, channels) = match spec.child_by_field("name") {
                Some(name) if name.text(self.source) == b"_" => (Vec::new(), QUALIFIER),
                Some(name) if name.text(self.source) == b"." => (self.foreign_names(), NAME),
                Some(name) => (vec![name.text(self.source).to_vec()], QUALIFIER),
                None => (self.names_of(&path, &used), QUALIFIER),
            };
            all.extend(names.iter().cloned());
            if names.is_empty() {
                self.plan.remove(range);
            } else {
                let need = NameGroup {
                    names,
                    channels,
                    scope: Scope::File,
                };
                self.plan.unit(range, vec![need], None);
            }
        }
        if !stays && !alone {
            let range = self.whole(declaration);
            let need = NameGroup {
                names: all,
                channels: QUALIFIER.and(NAME),
                scope: Scope::File,
            };
            self.plan.unit(range, vec![need], None);
        }
    }

    /// The names under which a file may use a package: guesses that it really uses; else whatever it uses and no import accounts for.
    fn names_of(&self, path: &[u8], used: &std::collections::BTreeSet<Vec<u8>>) -> Vec<Vec<u8>> {
        let guesses = known::package_names(path);
        let real: Vec<Vec<u8>> = guesses
            .iter()
            .filter(|name| used.contains(*name))
            .cloned()
            .collect();
        if !real.is_empty() {
            return real;
        }
        let known: Vec<&Vec<u8>> = self
            .reader
            .facts
            .imports
            .get(self.reader.file)
            .map(|imports| {
                imports
                    .iter()
                    .filter(|(_, other)| other.as_slice() != path)
                    .map(|(name, _)| name)
                    .collect()
            })
            .unwrap_or_default();
        used.iter()
            .filter(|name| !known.contains(name) && !self.facts.declares(name))
            .cloned()
            .collect()
    }

    /// Names that no file of the package declares: only a dot import can give them.
    fn foreign_names(&self) -> Vec<Vec<u8>> {
        let mut names: Vec<Vec<u8>> = self
            .file
            .tree
            .leaves()
            .filter(|leaf| uses::channels(leaf).is_some_and(|channels| channels.meets(NAME)))
            .map(|leaf| leaf.text(self.source))
            .filter(|name| !is_private(name) && !self.facts.declares(name))
            .map(<[u8]>::to_vec)
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// The C text above `import "C"` stays as long as a declaration names something of it.
    fn preamble(&mut self, import: &Node<'_>) {
        let Some(span) = self.comments.span_above(import) else {
            return;
        };
        self.comments.leave_above(import);
        let need = NameGroup {
            names: vec![b"C".to_vec()],
            channels: QUALIFIER,
            scope: Scope::File,
        };
        let note = Note::new(
            KeptWhat::Macro,
            b"import \"C\"",
            "declarations name types of its C text",
        );
        self.plan.unit(lines(self.source, span), vec![need], Some(note));
    }
}
