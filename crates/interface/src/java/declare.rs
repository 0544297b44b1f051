//! Plans one interface file: types and their members.

use ringfence_syntax::Node;

use super::docs::Staying;
use super::facts::Facts;
use super::{Access, METHOD, TYPE, access, declarators, has_modifier, is_type, members, uses};
use crate::engine::{Channels, Edit, FilePlan, Group, NameGroup, Note, ParsedFile, Replacement, Scope, Span};
use crate::{Docs, HiddenReason, KeptWhat, RefusedReason};

/// Folders of tests, as the usual build tools name them.
const TEST_FOLDERS: [&[u8]; 4] = [
    b"src/test/",
    b"src/it/",
    b"src/integrationTest/",
    b"src/androidTest/",
];

/// Plans the interface of one file.
pub(super) fn plan(file: &ParsedFile<'_>, facts: &Facts<'_>, group: &Group<'_, '_>) -> FilePlan {
    let rooted = [b"/", file.path].concat();
    let is_test = TEST_FOLDERS.iter().any(|folder| {
        let inside = [b"/", *folder].concat();
        rooted.windows(inside.len()).any(|window| window == inside)
    });
    if is_test {
        return FilePlan {
            hidden: Some(HiddenReason::TestFile),
            ..FilePlan::default()
        };
    }
    let mut planner = Planner {
        file,
        source: file.text,
        facts,
        docs: group.options.docs,
        staying: Staying::new(),
        plan: FilePlan::default(),
    };
    planner.run();
    planner.plan
}

/// One file while it is planned.
pub(super) struct Planner<'p, 'g, 'a> {
    pub(super) file: &'p ParsedFile<'a>,
    pub(super) source: &'a [u8],
    pub(super) facts: &'p Facts<'g>,
    pub(super) docs: Docs,
    pub(super) staying: Staying,
    pub(super) plan: FilePlan,
}

/// A type whose members are planned.
#[derive(Clone, Copy)]
pub(super) struct Owner<'t> {
    pub(super) node: Node<'t>,
    /// Whether others than the package see it.
    pub(super) access: Access,
    /// Whether its constructors stay, and fail: then what they assign needs no value.
    pub(super) has_constructors: bool,
}

impl<'t> Owner<'t> {
    fn new(node: Node<'t>, access: Access) -> Owner<'t> {
        let has_constructors = node.kind() != "enum_declaration"
            && members(&node)
                .iter()
                .any(|member| member.kind() == "constructor_declaration");
        Owner {
            node,
            access,
            has_constructors,
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        self.node.kind()
    }
}

impl Planner<'_, '_, '_> {
    fn run(&mut self) {
        let Some(root) = self.file.tree.root() else { return };
        self.notice(&root);
        let mut open = Vec::new();
        for item in root.children() {
            match item.kind() {
                "import_declaration" => self.import(&item),
                "package_declaration" if self.file.path.ends_with(b"package-info.java") => {
                    self.describe(&item, Access::Everyone);
                }
                "module_declaration" => {
                    self.describe(&item, Access::Everyone);
                    self.module(&item);
                }
                "package_declaration" | "ERROR" | ";" => {}
                _ if is_type(&item) => open.push(self.type_declaration(&item, "program", Access::Everyone)),
                _ if item.is_comment() => {}
                _ => {
                    let reason = RefusedReason::NoRule {
                        what: "a statement outside of types",
                    };
                    self.plan.refused.get_or_insert((item.start(), reason));
                }
            }
        }
        while let Some(owner) = open.pop() {
            if owner.kind() == "enum_declaration" {
                self.enumeration(&owner);
            }
            for member in members(&owner.node) {
                if is_type(&member) {
                    open.push(self.type_declaration(&member, owner.kind(), owner.access));
                } else {
                    self.member(&member, &owner);
                }
            }
        }
        self.drop_comments();
        uses::of_interface(self.file, &mut self.plan);
    }

    fn type_declaration<'t>(&mut self, node: &Node<'t>, owner: &str, around: Access) -> Owner<'t> {
        let access = access(node, owner);
        if let Some(name) = node.child_by_field("name") {
            let name = name.text(self.source);
            let sealed = node
                .children()
                .filter(|child| {
                    matches!(
                        child.kind(),
                        "superclass" | "super_interfaces" | "extends_interfaces"
                    )
                })
                .flat_map(|parents| parents.descendants())
                .any(|parent| {
                    parent.kind() == "type_identifier" && self.facts.sealed.contains(parent.text(self.source))
                });
            // A sealed type without a list of subtypes must have one in its file.
            if !sealed {
                self.drop_unless_used(node, access, &[name], TYPE);
            }
        }
        let seen = if around == Access::Everyone {
            access
        } else {
            around
        };
        self.describe(node, seen);
        Owner::new(*node, seen)
    }

    /// Makes a private or package-private declaration go unless something names it.
    pub(super) fn drop_unless_used(
        &mut self,
        node: &Node<'_>,
        access: Access,
        names: &[&[u8]],
        channels: Channels,
    ) {
        let (scope, why) = match access {
            Access::Everyone => return,
            Access::File => (Scope::File, "its name is in use in the file"),
            Access::Package => (Scope::Package, "its name is in use in the package"),
        };
        let need = NameGroup {
            names: names.iter().map(|name| name.to_vec()).collect(),
            channels,
            scope,
        };
        let note = Note::new(KeptWhat::PrivateItem, &names.join(b", ".as_slice()), why);
        let range = self.whole(node);
        self.plan.unit(range, vec![need], Some(note));
    }

    fn member(&mut self, member: &Node<'_>, owner: &Owner<'_>) {
        let access = access(member, owner.kind());
        let seen = if owner.access == Access::Everyone {
            access
        } else {
            owner.access
        };
        match member.kind() {
            "method_declaration" => {
                if let Some(name) = member.child_by_field("name") {
                    self.drop_unless_used(member, access, &[name.text(self.source)], METHOD);
                }
                self.describe(member, seen);
                self.method(member, owner);
            }
            "constructor_declaration" if owner.kind() == "enum_declaration" => {
                let range = self.whole(member);
                self.plan.remove(range);
            }
            "constructor_declaration" => {
                self.describe(member, seen);
                self.constructor(member, owner);
            }
            "static_initializer" | "block" | "compact_constructor_declaration" => {
                let range = self.whole(member);
                self.plan.remove(range);
            }
            "field_declaration" | "constant_declaration" => {
                let found = declarators(member);
                let names: Vec<&[u8]> = found
                    .iter()
                    .filter_map(|declarator| declarator.child_by_field("name"))
                    .map(|name| name.text(self.source))
                    .collect();
                self.drop_unless_used(member, access, &names, super::VALUE);
                self.describe(member, seen);
                self.field(member, owner, &found);
            }
            "annotation_type_element_declaration" => self.describe(member, Access::Everyone),
            "enum_constant" => self.describe(member, owner.access),
            "ERROR" => {}
            _ if member.is_comment() => {}
            _ => {
                let reason = RefusedReason::NoRule {
                    what: "a member that is neither a method, a field nor a type",
                };
                self.plan.refused.get_or_insert((member.start(), reason));
            }
        }
    }

    fn method(&mut self, method: &Node<'_>, owner: &Owner<'_>) {
        if let Some(body) = method.child_by_field("body") {
            self.stub(method, &body);
            return;
        }
        // The constants that implemented it have no bodies any more.
        if owner.kind() == "enum_declaration" && has_modifier(method, "abstract") {
            for modifier in super::modifiers(method) {
                if modifier.kind() == "abstract" {
                    self.remove_word(modifier.start()..modifier.end());
                }
            }
            let end = method.end();
            let stub = [b" ", self.stub_text().as_slice()].concat();
            self.put(end.saturating_sub(1)..end, stub, Channels::NONE);
        }
    }

    /// Removes a modifier with the blanks behind it.
    pub(super) fn remove_word(&mut self, word: Span) {
        let rest = self.source.get(word.end as usize..).unwrap_or_default();
        let blanks = rest
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        let end = word.end.saturating_add(u32::try_from(blanks).unwrap_or(0));
        self.plan.remove(word.start..end);
    }

    /// Replaces a body, from the end of the head on.
    pub(super) fn stub(&mut self, function: &Node<'_>, body: &Node<'_>) {
        let head_end = head_end(function, body);
        let stub = [b" ", self.stub_text().as_slice()].concat();
        self.put(head_end..body.end(), stub, Channels::NONE);
    }

    /// A body that throws.
    pub(super) fn stub_text(&self) -> Vec<u8> {
        [b"{ ", self.throw_text().as_slice(), b" }"].concat()
    }

    pub(super) fn throw_text(&self) -> Vec<u8> {
        // A type of the package may have the name of the exception.
        if self
            .facts
            .types
            .contains(b"UnsupportedOperationException".as_slice())
        {
            b"throw new java.lang.UnsupportedOperationException();".to_vec()
        } else {
            b"throw new UnsupportedOperationException();".to_vec()
        }
    }

    pub(super) fn put(&mut self, range: Span, with: Vec<u8>, channels: Channels) {
        self.plan.edits.push(Edit {
            range,
            replacement: Replacement::Fixed(with),
            channels,
            note: None,
        });
    }
}

/// Where the head of a method or constructor ends.
pub(super) fn head_end(function: &Node<'_>, body: &Node<'_>) -> u32 {
    function
        .children()
        .filter(|child| child.index() < body.index() && !child.is_comment())
        .last()
        .map_or(body.start(), |last| last.end())
}
