//! Which files of a TypeScript or JavaScript package import which: the imported ones are reduced, entries stay whole.

use super::{BenchFile, Group, Shown};
use anyhow::{Context as _, Result};
use ringfence_syntax::{Language, parse};
use std::collections::BTreeSet;
use std::path::Path;

/// Endings that a module path may leave out, in the order in which they are tried.
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
    "/index.ts",
    "/index.tsx",
    "/index.js",
];

/// One group of all given files, each whole or reduced by whether another one imports it; `entries` stay whole always.
pub fn group(language: Language, copy: &Path, paths: &[String], entries: &[&str]) -> Result<Group> {
    let known: BTreeSet<&str> = paths.iter().map(String::as_str).collect();
    let mut imported: BTreeSet<String> = BTreeSet::new();
    for path in paths {
        let text = std::fs::read(copy.join(path)).with_context(|| format!("cannot read {path}"))?;
        let own = Language::from_path(path.as_bytes()).unwrap_or(language);
        let Ok(tree) = parse(own, &text) else { continue };
        for node in tree.nodes().filter(|node| node.kind() == "string") {
            let is_path = node.field() == Some("source")
                || node.ancestors().nth(1).is_some_and(|call| {
                    call.child_by_field("function")
                        .is_some_and(|called| matches!(called.text(&text), b"require" | b"import"))
                });
            let written = String::from_utf8_lossy(node.text(&text)).into_owned();
            let written = written.trim_matches(['"', '\'', '`']);
            if let Some(target) = is_path.then(|| resolve(&known, path, written)).flatten()
                && target != *path
            {
                imported.insert(target);
            }
        }
    }
    let files = paths
        .iter()
        .map(|path| BenchFile {
            path: path.clone(),
            shown: if imported.contains(path) && !entries.contains(&path.as_str()) {
                Shown::Interface
            } else {
                Shown::Whole
            },
        })
        .collect();
    Ok(Group { language, files })
}

fn resolve(known: &BTreeSet<&str>, from: &str, written: &str) -> Option<String> {
    if !(written == "." || written == ".." || written.starts_with("./") || written.starts_with("../")) {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in written.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    let stem = parts.join("/");
    let prefix = if stem.is_empty() {
        String::new()
    } else {
        stem.clone()
    };
    let direct = ENDINGS
        .iter()
        .map(|ending| format!("{prefix}{ending}").trim_start_matches('/').to_owned());
    let replaced = [
        (".js", ".ts"),
        (".js", ".tsx"),
        (".mjs", ".mts"),
        (".cjs", ".cts"),
    ]
    .into_iter()
    .filter_map(|(written, real)| stem.strip_suffix(written).map(|stem| format!("{stem}{real}")));
    direct.chain(replaced).find(|path| known.contains(path.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_as_the_tools_find_them() {
        let known = BTreeSet::from(["src/a.ts", "src/b/index.ts", "index.js", "src/c.js"]);
        let found = |from, written| resolve(&known, from, written);
        assert_eq!(found("src/x.ts", "./a").as_deref(), Some("src/a.ts"));
        assert_eq!(found("src/x.ts", "./a.js").as_deref(), Some("src/a.ts"));
        assert_eq!(found("src/b/y.ts", "../b").as_deref(), Some("src/b/index.ts"));
        assert_eq!(found("src/b/y.ts", ".").as_deref(), Some("src/b/index.ts"));
        assert_eq!(found("lib/z.js", "../").as_deref(), Some("index.js"));
        assert_eq!(found("lib/z.js", "express"), None);
        assert_eq!(found("lib/z.js", "./none"), None);
    }
}
