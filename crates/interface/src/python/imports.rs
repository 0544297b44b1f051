//! Imports: those whose names nobody uses go, and those that name files the view does not deliver.

use ringfence_syntax::Node;

use super::PAIR;
use super::modules::Modules;
use super::plan::{Context, Planner, Stay, any_in_use};
use crate::engine::{Change, Channels, NameGroup, Scope, text};

/// Longest line that black writes.
const MAX_COLUMNS: usize = 88;

/// One name that an import binds.
#[derive(Clone)]
struct Leaf {
    /// As it is written, with its alias.
    written: Vec<u8>,
    /// In the module it comes from.
    name: Vec<u8>,
    /// In this file.
    bound: Vec<u8>,
    /// The view does not deliver what it names.
    is_hidden: bool,
    /// What keeps it.
    groups: Vec<NameGroup>,
}

/// How the statement is written anew.
struct Form {
    indentation: Vec<u8>,
    newline: Vec<u8>,
    step: Vec<u8>,
    /// `from x import ` or `import `.
    head: Vec<u8>,
    is_from: bool,
    /// One name a line, with a comma after the last one.
    is_exploded: bool,
    comment: Vec<u8>,
    any: Vec<u8>,
}

impl Planner<'_, '_> {
    pub(super) fn import(&mut self, statement: &Node<'_>, context: &Context<'_>) -> Stay {
        let source = self.file.text;
        let module = statement.child_by_field("module_name");
        let is_wild = statement
            .named_children()
            .any(|child| child.kind() == "wildcard_import");
        let is_stub = self.file.path.ends_with(b".pyi");
        let key = Modules::key(self.file.path);
        let keeps_all = is_wild
            || is_stub
            || context.class.is_some()
            || context.is_fixed
            || Modules::is_init(self.file.path)
            || self.facts.starred.contains(&key);
        let places = module
            .map(|module| self.facts.modules.places(self.file.path, module.text(source)))
            .unwrap_or_default();
        // A package that may be missing decides whether this module loads, and others ask.
        let is_foreign = places.is_empty() && context.class.is_none();
        let keeps_all = keeps_all || (is_foreign && self.facts.tried.contains(&key));
        let from_hidden = !places.is_empty() && !places.iter().any(|place| self.facts.modules.exists(place));
        let leaves: Vec<Leaf> = statement
            .children()
            .filter(|leaf| leaf.field() == Some("name"))
            .filter_map(|leaf| self.leaf(&leaf, module.is_some(), from_hidden, &places, &key))
            .collect();
        let is_hidden = from_hidden || leaves.iter().any(|leaf| leaf.is_hidden);
        if is_hidden && (context.is_fixed || is_wild) {
            // Inside `try` the missing module is what the handler is for.
            let raised: &[u8] = if is_wild && !context.is_fixed {
                b"pass"
            } else {
                b"raise ImportError"
            };
            self.plan.replace(statement.start()..statement.end(), raised);
            return Stay::Always;
        }
        let last = module
            .as_ref()
            .map(|module| last_name(module.text(source), &places));
        if keeps_all && !is_hidden {
            if let Some(last) = last {
                for leaf in &leaves {
                    self.plan
                        .use_name(statement.start(), pair(&last, &leaf.name), PAIR);
                }
            }
            return Stay::Always;
        }
        let Some(lines) = self.whole_lines(statement) else {
            return Stay::Always;
        };
        let leaves: Vec<Leaf> = leaves
            .into_iter()
            .map(|mut leaf| {
                if keeps_all && !leaf.is_hidden {
                    leaf.groups.clear();
                }
                leaf
            })
            .collect();
        for leaf in &leaves {
            if let Some(last) = &last {
                self.derived
                    .follows(leaf.groups.clone(), pair(last, &leaf.name), PAIR);
            }
        }
        let always = leaves.iter().any(|leaf| leaf.groups.is_empty());
        let groups: Vec<NameGroup> = leaves.iter().flat_map(|leaf| leaf.groups.clone()).collect();
        let form = self.form(statement, module.as_ref(), &lines);
        self.plan.dynamic(lines, Channels::IMPORT, None, move |in_use| {
            let kept: Vec<&Leaf> = leaves
                .iter()
                .filter(|leaf| leaf.groups.is_empty() || any_in_use(&leaf.groups, in_use))
                .collect();
            if kept.len() == leaves.len() && !kept.iter().any(|leaf| leaf.is_hidden) {
                Change::Leave
            } else {
                Change::Replace(form.write(&kept))
            }
        });
        if always { Stay::Always } else { Stay::When(groups) }
    }

    /// Counts what a file that is delivered whole imports from others: they have it only as long as they import it themselves.
    pub(super) fn imports_of_whole(&mut self) {
        let file = self.file;
        let statements = file
            .tree
            .nodes()
            .filter(|node| node.kind() == "import_from_statement");
        for statement in statements {
            let Some(module) = statement.child_by_field("module_name") else {
                continue;
            };
            let module = module.text(file.text);
            let last = last_name(module, &self.facts.modules.places(file.path, module));
            for leaf in statement.children().filter(|leaf| leaf.field() == Some("name")) {
                let name = match leaf.kind() {
                    "aliased_import" => leaf.child_by_field("name").unwrap_or(leaf),
                    _ => leaf,
                };
                let used = pair(&last, name.text(file.text));
                self.plan.use_name(statement.start(), used, PAIR);
            }
        }
    }

    fn leaf(
        &self,
        leaf: &Node<'_>,
        is_from: bool,
        from_hidden: bool,
        places: &[Vec<u8>],
        key: &[u8],
    ) -> Option<Leaf> {
        let source = self.file.text;
        let (name, alias) = match leaf.kind() {
            "aliased_import" => (leaf.child_by_field("name")?, leaf.child_by_field("alias")),
            _ => (*leaf, None),
        };
        let name = name.text(source);
        let bound = match alias {
            Some(alias) => alias.text(source),
            None => name.split(|byte| *byte == b'.').next().unwrap_or_default(),
        };
        let is_hidden = if is_from {
            from_hidden
                || (!places.is_empty()
                    && !places
                        .iter()
                        .any(|place| self.facts.modules.provides(place, name)))
        } else {
            let own = self.facts.modules.places(self.file.path, name);
            !own.is_empty() && !own.iter().any(|place| self.facts.modules.exists(place))
        };
        let re_export = alias.is_some_and(|alias| alias.text(source) == name);
        let groups = if re_export {
            Vec::new()
        } else {
            vec![
                NameGroup::one(bound, Scope::File),
                NameGroup {
                    names: vec![pair(key, bound)],
                    channels: PAIR,
                    scope: Scope::Package,
                },
            ]
        };
        Some(Leaf {
            written: leaf.text(source).to_vec(),
            name: name.to_vec(),
            bound: bound.to_vec(),
            is_hidden,
            groups,
        })
    }

    fn form(&self, statement: &Node<'_>, module: Option<&Node<'_>>, lines: &crate::engine::Span) -> Form {
        let source = self.file.text;
        let head = match module {
            Some(module) => [b"from ", module.text(source), b" import "].concat(),
            None => b"import ".to_vec(),
        };
        let last = statement
            .children()
            .filter(|child| child.kind() == ",")
            .last()
            .map_or(0, |comma| comma.end());
        let trailing = statement
            .children()
            .filter(|child| child.field() == Some("name"))
            .last()
            .is_some_and(|leaf| last > leaf.start());
        let after = text::slice(source, &(statement.end()..lines.end)).trim_ascii();
        let comment = super::names::kept_comment(after, 3)
            .and_then(|kept| after.get(..kept))
            .unwrap_or_default();
        Form {
            indentation: text::indentation(source, statement.start()).to_vec(),
            newline: self.newline.to_vec(),
            step: self.step.to_vec(),
            head,
            is_from: module.is_some(),
            is_exploded: trailing,
            comment: comment.to_vec(),
            any: self.any.clone(),
        }
    }
}

impl Form {
    fn write(&self, kept: &[&Leaf]) -> Vec<u8> {
        let shown: Vec<&[u8]> = kept
            .iter()
            .filter(|leaf| !leaf.is_hidden)
            .map(|leaf| leaf.written.as_slice())
            .collect();
        let mut whole = Vec::new();
        if !shown.is_empty() {
            let mut line = [&self.indentation[..], &self.head].concat();
            let joined = shown.join(&b", "[..]);
            if self.is_from && (self.is_exploded || line.len().saturating_add(joined.len()) > MAX_COLUMNS) {
                line.push(b'(');
                for name in &shown {
                    line.extend_from_slice(&self.newline);
                    line.extend_from_slice(&self.indentation);
                    line.extend_from_slice(&self.step);
                    line.extend_from_slice(name);
                    line.push(b',');
                }
                line.extend_from_slice(&self.newline);
                line.extend_from_slice(&self.indentation);
                line.push(b')');
            } else {
                line.extend(joined);
            }
            if !self.comment.is_empty() {
                line.extend_from_slice(b"  ");
                line.extend_from_slice(&self.comment);
            }
            whole.extend(line);
            whole.extend_from_slice(&self.newline);
        }
        for leaf in kept.iter().filter(|leaf| leaf.is_hidden) {
            // What it was cannot be said; the code that names it still has to load.
            whole.extend_from_slice(&self.indentation);
            whole.extend_from_slice(&leaf.bound);
            whole.extend_from_slice(b" = ");
            whole.extend_from_slice(&self.any);
            whole.extend_from_slice(&self.newline);
        }
        whole
    }
}

/// The last name of the module that is imported from; of `.` and `..` the package's own.
fn last_name(module: &[u8], places: &[Vec<u8>]) -> Vec<u8> {
    if module.iter().all(|byte| *byte == b'.') {
        places
            .first()
            .map(|place| Modules::key(place))
            .unwrap_or_default()
    } else {
        module
            .rsplit(|byte| *byte == b'.')
            .next()
            .unwrap_or_default()
            .to_vec()
    }
}

fn pair(module: &[u8], name: &[u8]) -> Vec<u8> {
    [module, b".", name].concat()
}
