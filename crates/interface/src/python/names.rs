//! Names in use: which identifiers and short strings count, and as what.

use std::collections::{HashMap, HashSet};

use ringfence_syntax::Node;

use super::early::{Early, Profile, callees, external_names};
use super::facts::Facts;
use super::plan::any_in_use;
use super::{CALLED, EARLY, PAIR, docs};
use crate::Shown;
use crate::engine::{Channels, FilePlan, InUse, NameGroup, ParsedFile, Scope, text};

/// Longest string whose words count: longer ones are texts, not names.
const MAX_STRING: u32 = 200;

/// Names that follow from others, for one file.
#[derive(Default)]
pub(super) struct Derived {
    follows: Vec<(Vec<NameGroup>, Vec<u8>, Channels)>,
    /// Functions of a whole file and what they call.
    calls: Vec<(Early, Vec<Vec<u8>>)>,
}

impl Derived {
    /// Says that a name is in use when one of the groups is; no group: always.
    pub(super) fn follows(&mut self, groups: Vec<NameGroup>, name: Vec<u8>, channels: Channels) {
        self.follows.push((groups, name, channels));
    }

    pub(super) fn now(&self, in_use: &InUse<'_>) -> Vec<(Vec<u8>, Channels)> {
        let mut found: Vec<(Vec<u8>, Channels)> = self
            .follows
            .iter()
            .filter(|(groups, ..)| groups.is_empty() || any_in_use(groups, in_use))
            .map(|(_, name, channels)| (name.clone(), *channels))
            .collect();
        for (early, calls) in &self.calls {
            if early.holds(in_use) {
                found.extend(calls.iter().map(|name| (name.clone(), CALLED)));
            }
        }
        found
    }
}

/// A function body that is being walked through.
struct Body {
    end: u32,
    /// What is in it may be looked at while modules are imported.
    is_early: bool,
    /// Place in [`Derived::calls`].
    calls: Option<usize>,
}

/// Counts every word of a file that is too strange to be understood.
pub(super) fn all_words(file: &ParsedFile<'_>, plan: &mut FilePlan) {
    plan.use_words(file.text, 0..text::length(file.text), Channels::ALL);
}

/// Counts the names of one file.
pub(super) fn collect(
    file: &ParsedFile<'_>,
    facts: &Facts,
    profile: &Profile,
    plan: &mut FilePlan,
    derived: &mut Derived,
) {
    let external = external_names(file, facts);
    let aliases = module_aliases(file);
    let mut bodies: Vec<Body> = Vec::new();
    let mut import_end = 0;
    let mut quiet_end = 0;
    let mut skip = 0;
    for node in file.tree.nodes() {
        while bodies.last().is_some_and(|body| body.end <= node.index()) {
            bodies.pop();
        }
        if node.index() < skip {
            continue;
        }
        let is_early = bodies.last().is_none_or(|body| body.is_early) && node.index() >= quiet_end;
        let channels = if node.index() < import_end {
            Channels::IMPORT
        } else if is_early {
            Channels::CODE.and(EARLY)
        } else {
            Channels::CODE
        };
        match node.kind() {
            "block" => bodies.extend(body(file, facts, profile, &node, derived)),
            "import_statement" | "import_from_statement" | "future_import_statement" => {
                import_end = node.subtree_end();
            }
            "identifier" if !is_definition(&node) => {
                let other = is_early.then(|| other_name(file, &node)).flatten();
                if let Some(other) = other {
                    // A second name for a value does not look at it.
                    plan.use_node(&node, Channels::CODE);
                    derived.follows(vec![early_name(other)], node.text(file.text).to_vec(), EARLY);
                } else {
                    plan.use_node(&node, channels);
                }
            }
            "attribute" => pair_uses(file, &node, &aliases, plan),
            "string_content" if node.end().saturating_sub(node.start()) < MAX_STRING => {
                plan.use_words(file.text, node.start()..node.end(), channels);
            }
            "expression_statement" if docs::is_string_statement(&node) => skip = node.subtree_end(),
            // Names in annotations and in lists of public names are not looked at.
            "type" => quiet_end = quiet_end.max(node.subtree_end()),
            "assignment" if is_list_of_names(file, &node) => quiet_end = quiet_end.max(node.subtree_end()),
            "call" if !profile.is_known() => {
                for name in callees(&node, file.text, &external, facts) {
                    call(&node, name, bodies.last(), plan, derived);
                }
            }
            "decorator" if !profile.is_known() => {
                for inner in node.descendants().filter(|inner| inner.kind() == "identifier") {
                    call(&node, inner.text(file.text), bodies.last(), plan, derived);
                }
            }
            "keyword_argument" if !profile.is_known() && names_metaclass(file, &node) => {
                for inner in node.descendants().filter(|inner| inner.kind() == "identifier") {
                    plan.use_name(node.start(), inner.text(file.text), CALLED);
                }
            }
            _ => {}
        }
    }
}

/// A call counts where its text is delivered; in functions of whole files, where the function may run.
fn call(node: &Node<'_>, name: &[u8], body: Option<&Body>, plan: &mut FilePlan, derived: &mut Derived) {
    match body
        .and_then(|body| body.calls)
        .and_then(|at| derived.calls.get_mut(at))
    {
        Some((_, calls)) => calls.push(name.to_vec()),
        None => plan.use_name(node.start(), name, CALLED),
    }
}

fn body(
    file: &ParsedFile<'_>,
    facts: &Facts,
    profile: &Profile,
    block: &Node<'_>,
    derived: &mut Derived,
) -> Option<Body> {
    let function = block
        .parent()
        .filter(|parent| parent.kind() == "function_definition")?;
    let end = block.subtree_end();
    // What an interface file shows of bodies is what runs at import.
    if file.shown == Shown::Interface {
        return Some(Body {
            end,
            is_early: true,
            calls: None,
        });
    }
    let class = enclosing_class(file, &function);
    let calls = (!profile.is_known()).then(|| {
        let early = profile.early(file, &function, class, facts);
        derived.calls.push((early, Vec::new()));
        derived.calls.len().saturating_sub(1)
    });
    Some(Body {
        end,
        is_early: profile.ran(&function) != Some(false),
        calls,
    })
}

/// The class that a function is a method of.
fn enclosing_class<'t>(file: &'t ParsedFile<'_>, function: &Node<'_>) -> Option<&'t [u8]> {
    function
        .ancestors()
        .take(16)
        .find(|above| matches!(above.kind(), "class_definition" | "function_definition"))
        .filter(|above| above.kind() == "class_definition")
        .and_then(|class| class.child_by_field("name"))
        .map(|name| name.text(file.text))
}

/// The name to which an assignment gives the value of this identifier.
fn other_name<'t>(file: &'t ParsedFile<'_>, node: &Node<'_>) -> Option<&'t [u8]> {
    node.parent()
        .filter(|parent| parent.kind() == "assignment" && node.field() == Some("right"))
        .and_then(|assignment| assignment.child_by_field("left"))
        .filter(|left| left.kind() == "identifier")
        .map(|left| left.text(file.text))
}

fn early_name(name: &[u8]) -> NameGroup {
    NameGroup {
        names: vec![name.to_vec()],
        channels: EARLY,
        scope: Scope::Package,
    }
}

/// Tells whether an identifier is where a name is made, not where it is used.
fn is_definition(node: &Node<'_>) -> bool {
    let Some(parent) = node.parent() else {
        return false;
    };
    match parent.kind() {
        "function_definition"
        | "class_definition"
        | "keyword_argument"
        | "default_parameter"
        | "typed_default_parameter" => node.field() == Some("name"),
        "parameters"
        | "lambda_parameters"
        | "typed_parameter"
        | "list_splat_pattern"
        | "dictionary_splat_pattern" => true,
        "assignment" => node.field() == Some("left"),
        _ => false,
    }
}

/// Counts `module.name` for the last two parts of a dotted name.
fn pair_uses(
    file: &ParsedFile<'_>,
    attribute: &Node<'_>,
    aliases: &HashMap<&[u8], &[u8]>,
    plan: &mut FilePlan,
) {
    let (Some(object), Some(name)) = (
        attribute.child_by_field("object"),
        attribute.child_by_field("attribute"),
    ) else {
        return;
    };
    let module = match object.kind() {
        "identifier" => {
            let own = object.text(file.text);
            aliases.get(own).copied().unwrap_or(own)
        }
        "attribute" => match object.child_by_field("attribute") {
            Some(last) => last.text(file.text),
            None => return,
        },
        _ => return,
    };
    let pair = [module, b".", name.text(file.text)].concat();
    plan.use_name(attribute.start(), pair, PAIR);
}

/// Names that stand for modules: the last part of what they are imported as.
fn module_aliases<'t>(file: &'t ParsedFile<'_>) -> HashMap<&'t [u8], &'t [u8]> {
    let mut aliases = HashMap::new();
    for node in file.tree.nodes().filter(|node| node.kind() == "aliased_import") {
        if let (Some(name), Some(alias)) = (node.child_by_field("name"), node.child_by_field("alias")) {
            let last = name
                .text(file.text)
                .rsplit(|byte| *byte == b'.')
                .next()
                .unwrap_or_default();
            aliases.insert(alias.text(file.text), last);
        }
    }
    aliases
}

fn is_list_of_names(file: &ParsedFile<'_>, assignment: &Node<'_>) -> bool {
    assignment.child_by_field("left").is_some_and(|left| {
        matches!(
            left.text(file.text),
            b"__all__" | b"__slots__" | b"__match_args__"
        )
    })
}

fn names_metaclass(file: &ParsedFile<'_>, argument: &Node<'_>) -> bool {
    argument
        .child_by_field("name")
        .is_some_and(|name| name.text(file.text) == b"metaclass")
}

/// How many bytes of a comment stay: comments that tools read, without what people added behind them. `line` counts from 1.
pub(super) fn kept_comment(comment: &[u8], line: u32) -> Option<usize> {
    let body = comment.strip_prefix(b"#")?;
    if line == 1 && body.first() == Some(&b'!') {
        return Some(comment.len());
    }
    let said = body.trim_ascii_start();
    let is_coding = line <= 2
        && said
            .windows(7)
            .any(|window| window == b"coding:" || window == b"coding=");
    if is_coding {
        return Some(comment.len());
    }
    let directives: HashSet<&[u8]> = HashSet::from([
        &b"fmt: off"[..],
        b"fmt: on",
        b"fmt: skip",
        b"fmt:off",
        b"fmt:on",
        b"fmt:skip",
        b"pragma: no cover",
    ]);
    if directives.contains(said.trim_ascii_end()) {
        return Some(comment.len());
    }
    let is_typing = [&b"type:"[..], b"pyright:", b"mypy:"]
        .iter()
        .any(|known| said.starts_with(known));
    if !is_typing {
        return None;
    }
    let more = body.iter().position(|byte| *byte == b'#');
    let kept = more.map_or(comment.len(), |at| at.saturating_add(1));
    let trimmed = comment.get(..kept)?.trim_ascii_end().len();
    Some(trimmed)
}
