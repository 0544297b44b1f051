//! Order of the names in one `import { a, b }` or `export { a, b }`.
//!
//! Equal because imports are bindings, which are made before anything runs, and the names that a module exports are sorted whatever their order in the text
//! (ECMA-262 16.2.1.7, InitializeEnvironment, and 10.4.6, Module Namespace Exotic Objects). Left out: lists with comments, which may be about a name.

use ringfence_syntax::Node;

use crate::find::candidate::Candidate;
use crate::find::order::{Item, pairs};
use crate::find::rule::FamilyRule;
use crate::find::source::Source;
use crate::model::Family;

pub(super) struct ModuleNames;

impl FamilyRule for ModuleNames {
    fn family(&self) -> Family {
        Family::ImportGroup
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["named_imports", "export_clause"]
    }

    fn propose(&self, source: &Source<'_>, node: Node<'_>, found: &mut Vec<Candidate>) {
        if node.has_error() || node.children().any(|child| child.is_comment()) {
            return;
        }
        let run: Vec<Option<Item<'_>>> = node
            .named_children()
            .map(|name| {
                let is_name = matches!(name.kind(), "import_specifier" | "export_specifier")
                    && source.is_one_line(name)
                    && name.children().all(|part| !part.is_comment());
                is_name.then(|| Item {
                    start: name.start(),
                    end: name.end(),
                    node: name,
                    key: source.of(name).to_vec(),
                })
            })
            .collect();
        let module = std::iter::once(node)
            .chain(node.ancestors())
            .find(|outer| matches!(outer.kind(), "import_statement" | "export_statement"))
            .and_then(|statement| statement.child_by_field("source"));
        let place = module.map(|module| source.of(module)).unwrap_or_default();
        let scope = [node.kind().as_bytes(), &[0], place].concat();
        pairs(source, Family::ImportGroup, &scope, &run, &|_, _| true, found);
    }
}
