//! `use` declarations: each leaf stays when the name it binds is in use; what stays is written as rustfmt would.
//!
//! `pub use` stays but for modules that are not delivered. A leaf that binds no name of its own (`as _`) stays where code stays.

use ringfence_syntax::Node;

use super::facts::Visibility;
use super::modules::ModuleTree;
use super::{CODE_STAYS, KEPT};
use crate::engine::{Change, Channels, FilePlan, InUse, Scope, Span, text};

/// Deepest nesting of lists that is taken apart; deeper ones stay whole.
const DEEPEST: usize = 32;

/// A tree of paths as it is written.
#[derive(Clone)]
enum Tree {
    Leaf(Leaf),
    /// A path, then paths in braces.
    List(Vec<u8>, Vec<Tree>),
}

#[derive(Clone)]
struct Leaf {
    written: Vec<u8>,
    bound: Bound,
    /// Whether it names a module whose file is not delivered.
    nowhere: bool,
}

#[derive(Clone)]
enum Bound {
    Name(Vec<u8>),
    Glob,
    Nothing,
}

/// Where a `use` stands.
pub(super) struct Stand<'a> {
    pub(super) modules: &'a ModuleTree,
    pub(super) place: usize,
    /// Inline modules around it.
    pub(super) inline: usize,
    pub(super) visibility: Visibility,
    /// The whole item, with attributes and line break.
    pub(super) whole: Span,
    /// Offset of the text in which the node was parsed.
    pub(super) base: u32,
    /// Its attributes.
    pub(super) attributes: &'a [Node<'a>],
}

/// Plans one declaration. `source` is the text in which it was parsed, `full` the file's.
pub(super) fn plan(item: &Node<'_>, source: &[u8], full: &[u8], stand: &Stand<'_>, plan: &mut FilePlan) {
    let Some(argument) = item.child_by_field("argument") else {
        return;
    };
    let mut path = Vec::new();
    let Some(tree) = read(argument, source, &mut path, stand, 0) else {
        return;
    };
    let at = item.start().saturating_add(stand.base);
    let indentation = text::indentation(full, at).to_vec();
    let mut head = Vec::new();
    if text::starts_line(full, at) {
        for attribute in stand.attributes {
            head.extend_from_slice(&indentation);
            head.extend_from_slice(attribute.text(source));
            head.push(b'\n');
        }
        head.extend_from_slice(&indentation);
    } else {
        head.extend_from_slice(text::slice(full, &(stand.whole.start..at)));
    }
    let keyword: Span = at..argument.start().saturating_add(stand.base);
    head.extend_from_slice(text::slice(full, &keyword));
    let tail: Span = argument.end().saturating_add(stand.base)..stand.whole.end;
    let printer = Printer {
        head,
        tail: text::slice(full, &tail).to_vec(),
        indentation,
        width: width_of(full),
    };
    if stand.visibility == Visibility::Public {
        if tree.any(&|leaf| leaf.nowhere) {
            let text = printer.print(&tree, &|leaf| !leaf.nowhere).unwrap_or_default();
            plan.replace(stand.whole.clone(), text);
        }
        return;
    }
    let scope = match stand.visibility {
        Visibility::Restricted => Scope::Package,
        Visibility::Public | Visibility::Private => Scope::Below,
    };
    plan.dynamic(stand.whole.clone(), Channels::IMPORT, None, move |in_use| {
        let keep = |leaf: &Leaf| !leaf.nowhere && leaf.is_needed(in_use, scope);
        if !tree.any(&|leaf| !keep(leaf)) {
            return Change::Leave;
        }
        Change::Replace(printer.print(&tree, &keep).unwrap_or_default())
    });
}

impl Leaf {
    fn is_needed(&self, in_use: &InUse<'_>, scope: Scope) -> bool {
        let code_stays = || in_use.has(CODE_STAYS, scope, KEPT);
        match &self.bound {
            Bound::Glob => true,
            Bound::Nothing => code_stays(),
            Bound::Name(name) => {
                // Traits are used through their methods.
                let may_be_trait = name.first().is_some_and(u8::is_ascii_uppercase);
                in_use.has(name, scope, Channels::CODE) || (may_be_trait && code_stays())
            }
        }
    }
}

impl Tree {
    fn any(&self, holds: &dyn Fn(&Leaf) -> bool) -> bool {
        let mut open = vec![self];
        while let Some(next) = open.pop() {
            match next {
                Tree::Leaf(leaf) if holds(leaf) => return true,
                Tree::Leaf(_) => {}
                Tree::List(_, inner) => open.extend(inner),
            }
        }
        false
    }

    /// The tree without leaves that are not kept; lists of one become a path.
    fn pruned(&self, keep: &dyn Fn(&Leaf) -> bool) -> Option<Tree> {
        match self {
            Tree::Leaf(leaf) => keep(leaf).then(|| self.clone()),
            Tree::List(path, inner) => {
                let mut left: Vec<Tree> = inner.iter().filter_map(|one| one.pruned(keep)).collect();
                if left.len() != 1 || inner.len() == 1 {
                    return (!left.is_empty()).then(|| Tree::List(path.clone(), left));
                }
                match left.pop()? {
                    Tree::Leaf(leaf) if leaf.written == b"self" || leaf.written.starts_with(b"self as ") => {
                        Some(Tree::List(path.clone(), vec![Tree::Leaf(leaf)]))
                    }
                    Tree::Leaf(leaf) => Some(Tree::Leaf(Leaf {
                        written: joined(path, &leaf.written),
                        ..leaf
                    })),
                    Tree::List(below, inner) => Some(Tree::List(joined(path, &below), inner)),
                }
            }
        }
    }

    fn is_list(&self) -> bool {
        matches!(self, Tree::List(..))
    }

    fn one_line(&self) -> Vec<u8> {
        match self {
            Tree::Leaf(leaf) => leaf.written.clone(),
            Tree::List(path, inner) => {
                let inner: Vec<Vec<u8>> = inner.iter().map(Tree::one_line).collect();
                joined(
                    path,
                    &[b"{", inner.join(b", ".as_slice()).as_slice(), b"}"].concat(),
                )
            }
        }
    }

    /// Written over lines where one line is too short for it.
    fn lines(&self, indentation: &[u8], used: usize, width: usize) -> Vec<u8> {
        let short = self.one_line();
        let Tree::List(path, inner) = self else {
            return short;
        };
        if used.saturating_add(short.len()) <= width {
            return short;
        }
        let step = [indentation, b"    "].concat();
        let mut out = joined(path, b"{\n");
        if inner.iter().any(Tree::is_list) {
            for one in inner {
                out.extend_from_slice(&step);
                out.extend(one.lines(&step, step.len().saturating_add(1), width));
                out.extend_from_slice(b",\n");
            }
        } else {
            let mut line = step.clone();
            for one in inner {
                let one = one.one_line();
                let fits = line.len().saturating_add(one.len()).saturating_add(2) <= width;
                if line.len() > step.len() && !fits {
                    out.extend_from_slice(&line);
                    out.push(b'\n');
                    line.clone_from(&step);
                }
                if line.len() > step.len() {
                    line.push(b' ');
                }
                line.extend_from_slice(&one);
                line.push(b',');
            }
            out.extend_from_slice(&line);
            out.push(b'\n');
        }
        out.extend_from_slice(indentation);
        out.push(b'}');
        out
    }
}

/// `a` and `b` to `a::b`; nothing before braces means just the braces.
fn joined(path: &[u8], rest: &[u8]) -> Vec<u8> {
    match path {
        b"" => rest.to_vec(),
        b"::" => [path, rest].concat(),
        _ => [path, b"::", rest].concat(),
    }
}

/// Writes what is left of a declaration.
struct Printer {
    head: Vec<u8>,
    tail: Vec<u8>,
    indentation: Vec<u8>,
    width: usize,
}

impl Printer {
    fn print(&self, tree: &Tree, keep: &dyn Fn(&Leaf) -> bool) -> Option<Vec<u8>> {
        let left = tree.pruned(keep)?;
        let line = self
            .head
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at.saturating_add(1));
        let used = self.head.len().saturating_sub(line).saturating_add(1);
        let mut out = self.head.clone();
        out.extend(left.lines(&self.indentation, used, self.width));
        out.extend_from_slice(&self.tail);
        Some(out)
    }
}

/// The line width the file was formatted to, as far as its lines tell.
fn width_of(source: &[u8]) -> usize {
    let longest = source
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii_start().starts_with(b"//"))
        .map(<[u8]>::len)
        .max()
        .unwrap_or(0);
    match longest {
        0..=79 if source.len() > 4096 => 79,
        _ => 100,
    }
}

/// Reads a tree of paths; nothing when it is nested deeper than the bound or holds something unknown.
fn read(
    node: Node<'_>,
    source: &[u8],
    path: &mut Vec<Vec<u8>>,
    stand: &Stand<'_>,
    depth: usize,
) -> Option<Tree> {
    if depth > DEEPEST {
        return None;
    }
    let written = node.text(source).to_vec();
    let before = path.len();
    let nowhere = |path: &[Vec<u8>]| stand.modules.leads_nowhere(stand.place, stand.inline, path);
    let tree = match node.kind() {
        "use_list" | "scoped_use_list" => {
            let list = if node.kind() == "use_list" {
                node
            } else {
                node.child_by_field("list")?
            };
            let prefix = node.child_by_field("path");
            let rooted = node.kind() == "scoped_use_list" && prefix.is_none();
            let prefix_text = prefix.map(|prefix| prefix.text(source).to_vec());
            path.extend(prefix_text.iter().flat_map(|text| segments(text)));
            let mut inner = Vec::new();
            for child in list.named_children() {
                inner.push(read(child, source, path, stand, depth.saturating_add(1))?);
            }
            let prefix = if rooted {
                b"::".to_vec()
            } else {
                prefix_text.unwrap_or_default()
            };
            Tree::List(prefix, inner)
        }
        "use_as_clause" => {
            let from = node.child_by_field("path")?;
            let alias = node.child_by_field("alias")?.text(source).to_vec();
            path.extend(segments(from.text(source)));
            Tree::Leaf(Leaf {
                nowhere: nowhere(path),
                written,
                bound: if alias == b"_" {
                    Bound::Nothing
                } else {
                    Bound::Name(alias)
                },
            })
        }
        "use_wildcard" => {
            let from = written.strip_suffix(b"*").unwrap_or(&written);
            path.extend(segments(from));
            Tree::Leaf(Leaf {
                nowhere: nowhere(path),
                written,
                bound: Bound::Glob,
            })
        }
        "self" | "identifier" | "scoped_identifier" | "crate" | "super" | "metavariable" => {
            path.extend(segments(&written));
            let name = match written.as_slice() {
                b"self" => path.iter().rev().find(|part| part.as_slice() != b"self").cloned(),
                _ => path.last().cloned(),
            };
            Tree::Leaf(Leaf {
                nowhere: nowhere(path),
                written,
                bound: Bound::Name(name.unwrap_or_default()),
            })
        }
        _ => return None,
    };
    path.truncate(before);
    Some(tree)
}

fn segments(path: &[u8]) -> Vec<Vec<u8>> {
    text::words(path, 0..text::length(path))
        .into_iter()
        .map(|word| text::slice(path, &word).to_vec())
        .collect()
}
