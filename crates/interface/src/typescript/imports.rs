//! Imports: those whose names nothing uses go, and those of files that the view does not deliver.

use ringfence_syntax::Node;

use super::Planner;
use crate::engine::{Change, Channels, Scope, text};

/// Longest line of an import before its names stand on lines of their own, as the usual formatter has it.
const WIDTH: usize = 80;

/// Endings that a module path may leave out, and those that stand for another one.
const ENDINGS: &[&str] = &[
    "",
    ".ts",
    ".tsx",
    ".d.ts",
    ".mts",
    ".cts",
    ".js",
    ".jsx",
    ".mjs",
    ".cjs",
    ".json",
    "/index.ts",
    "/index.tsx",
    "/index.d.ts",
    "/index.js",
    "/index.jsx",
    "/index.mjs",
    "/index.cjs",
];
const REPLACED: &[(&str, &[&str])] = &[
    (".js", &[".ts", ".tsx", ".d.ts"]),
    (".jsx", &[".tsx", ".d.ts"]),
    (".mjs", &[".mts", ".d.mts"]),
    (".cjs", &[".cts", ".d.cts"]),
];

/// What an import binds, as it is written.
struct Clause {
    /// The default name or `* as name`, with the name that it binds.
    single: Vec<(Vec<u8>, Vec<u8>)>,
    /// The names in braces, with the names that they bind.
    listed: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Planner<'_> {
    /// Plans an import statement.
    pub(super) fn import(&mut self, node: &Node<'_>) {
        let Some(source) = node.descendants().find(|below| below.field() == Some("source")) else {
            self.remove(node);
            return;
        };
        if !self.delivers(&source) {
            self.remove(node);
            return;
        }
        let clause = node
            .named_children()
            .find(|child| matches!(child.kind(), "import_clause" | "import_require_clause"));
        // Without names it is there for what the module does to types or to the platform.
        let Some(clause) = clause else { return };
        let bound = self.clause(&clause);
        let range = self.whole(node.start(), node.end());
        let lead = text::slice(self.text, &(range.start..node.start())).to_vec();
        let before = text::slice(self.text, &(node.start()..clause.start())).to_vec();
        let after = text::slice(self.text, &(clause.end()..node.end())).to_vec();
        let line_break = self.style.line_break;
        let tail =
            if text::byte(self.text, range.end.saturating_sub(1)) == Some(b'\n') && range.end > node.end() {
                line_break
            } else {
                ""
            };
        let spaced = !text::slice(self.text, &(clause.start()..clause.end()))
            .windows(2)
            .any(|pair| {
                pair.first() == Some(&b'{') && pair.last().is_some_and(|next| !next.is_ascii_whitespace())
            });
        let indent = self.style.indent;
        self.plan.dynamic(range, Channels::NONE, None, move |in_use| {
            let live = |names: &[(Vec<u8>, Vec<u8>)]| -> Vec<Vec<u8>> {
                names
                    .iter()
                    .filter(|(_, name)| in_use.has(name, Scope::File, Channels::CODE))
                    .map(|(written, _)| written.clone())
                    .collect()
            };
            let (single, listed) = (live(&bound.single), live(&bound.listed));
            if single.len() == bound.single.len() && listed.len() == bound.listed.len() {
                return Change::Leave;
            }
            if single.is_empty() && listed.is_empty() {
                return Change::Replace(Vec::new());
            }
            let space = if spaced { " " } else { "" };
            let write = |open: &str, between: &str, close: &str| {
                let mut parts = single.clone();
                if !listed.is_empty() {
                    parts.push(
                        [
                            open.as_bytes(),
                            &listed.join(between.as_bytes()),
                            close.as_bytes(),
                        ]
                        .concat(),
                    );
                }
                [&lead, &before, &parts.join(&b", "[..]), &after]
                    .into_iter()
                    .flatten()
                    .copied()
                    .collect::<Vec<u8>>()
            };
            let mut written = write(&format!("{{{space}"), ", ", &format!("{space}}}"));
            if written.len() > WIDTH && listed.len() > 1 {
                let line = String::from_utf8_lossy(&lead).into_owned();
                written = write(
                    &format!("{{{line_break}{line}{indent}"),
                    &format!(",{line_break}{line}{indent}"),
                    &format!(",{line_break}{line}}}"),
                );
            }
            written.extend_from_slice(tail.as_bytes());
            Change::Replace(written)
        });
    }

    fn clause(&self, clause: &Node<'_>) -> Clause {
        let mut bound = Clause {
            single: Vec::new(),
            listed: Vec::new(),
        };
        if clause.kind() == "import_require_clause" {
            if let Some(name) = clause.named_children().next() {
                bound
                    .single
                    .push((self.of(clause).to_vec(), self.of(&name).to_vec()));
            }
            return bound;
        }
        for part in clause.named_children() {
            match part.kind() {
                "identifier" => bound
                    .single
                    .push((self.of(&part).to_vec(), self.of(&part).to_vec())),
                "namespace_import" => {
                    if let Some(name) = part.named_children().next() {
                        bound
                            .single
                            .push((self.of(&part).to_vec(), self.of(&name).to_vec()));
                    }
                }
                _ => {
                    for specifier in part.named_children() {
                        let name = specifier
                            .child_by_field("alias")
                            .or_else(|| specifier.child_by_field("name"));
                        if let Some(name) = name {
                            bound
                                .listed
                                .push((self.of(&specifier).to_vec(), self.of(&name).to_vec()));
                        }
                    }
                }
            }
        }
        bound
    }

    /// Tells whether the view delivers what a module path (a string node) names. Paths of packages always count as delivered.
    pub(super) fn delivers(&self, source: &Node<'_>) -> bool {
        self.delivers_path(self.of(source).trim_ascii())
    }

    /// The same for the text of the string, with or without its quotes.
    pub(super) fn delivers_path(&self, quoted: &[u8]) -> bool {
        let path: Vec<u8> = quoted
            .iter()
            .copied()
            .filter(|byte| !matches!(byte, b'"' | b'\'' | b'`'))
            .collect();
        let relative = path == b"." || path == b".." || path.starts_with(b"./") || path.starts_with(b"../");
        if !relative {
            return true;
        }
        // A query such as `./icon.svg?raw` is the bundler's.
        let path = path.split(|byte| *byte == b'?').next().unwrap_or_default();
        let mut parts: Vec<&[u8]> = self.path.split(|byte| *byte == b'/').collect();
        parts.pop();
        for part in path.split(|byte| *byte == b'/') {
            match part {
                b"" | b"." => {}
                b".." => {
                    if parts.pop().is_none() {
                        return false;
                    }
                }
                name => parts.push(name),
            }
        }
        let stem = parts.join(&b'/');
        let there = |stem: &[u8], ending: &str| {
            let full = [stem, ending.as_bytes()].concat();
            let full = full.strip_prefix(b"/").unwrap_or(&full);
            self.delivered.contains(full)
        };
        ENDINGS.iter().any(|ending| there(&stem, ending))
            || REPLACED.iter().any(|(written, real)| {
                stem.strip_suffix(written.as_bytes())
                    .is_some_and(|stem| real.iter().any(|ending| there(stem, ending)))
            })
    }
}
