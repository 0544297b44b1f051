//! Slices a Rust workspace by its members: what is shared still builds with the real `cargo`.

use super::{Check, Slice, exactly, is_test, marked, text_of};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use toml::Table;

struct Member {
    folder: String,
    name: String,
    needs: BTreeSet<String>,
    foreign: usize,
    sources: usize,
    library: bool,
}

/// A slice when the tip is a Cargo workspace of at least three members of which one can stay hidden.
pub(super) fn slice(source: &Path, branch: &str, files: &[String]) -> Result<Option<Slice>> {
    if !files.iter().any(|path| path == "Cargo.toml") {
        return Ok(None);
    }
    let Ok(root) = text_of(source, branch, "Cargo.toml")?.parse::<Table>() else {
        return Ok(None);
    };
    // A root package would be part of every build; such a repository is sliced by its folders.
    let Some(workspace) = root.get("workspace").and_then(toml::Value::as_table) else {
        return Ok(None);
    };
    if root.contains_key("package") {
        return Ok(None);
    }
    let members = members(source, branch, files, workspace)?;
    let Some((visible, open)) = choose(&members) else {
        return Ok(None);
    };
    let hidden: Vec<&Member> = members
        .values()
        .filter(|member| !visible.contains(&member.folder))
        .collect();
    let Some(opened) = members.get(&open) else {
        return Ok(None);
    };
    let first_source = |folder: &str| {
        files
            .iter()
            .filter(|path| path.starts_with(&format!("{folder}/src/")) && marked(path) && !is_test(path))
            .max_by_key(|path| path.ends_with("/lib.rs"))
            .cloned()
    };
    let readable = visible
        .iter()
        .filter(|folder| **folder != open)
        .find_map(|folder| first_source(folder));
    let (Some(writable_file), Some(readable_file), Some(hidden_file)) = (
        first_source(&open),
        readable,
        hidden.iter().find_map(|member| first_source(&member.folder)),
    ) else {
        return Ok(None);
    };
    let mut slice = Slice {
        read: vec![
            "/Cargo.toml".to_owned(),
            "/Cargo.lock".to_owned(),
            "/README.md".to_owned(),
            "/LICENSE*".to_owned(),
            "/rustfmt.toml".to_owned(),
            "/clippy.toml".to_owned(),
        ],
        write: vec![format!("{}/src/**", exactly(&open))],
        hidden: hidden
            .iter()
            .map(|member| format!("{}/**", exactly(&member.folder)))
            .collect(),
        replaced: vec![("Cargo.toml".to_owned(), manifest_of(&root, &visible))],
        check: Check::Cargo {
            package: opened.name.clone(),
        },
        writable_file,
        readable_file,
        hidden_file,
    };
    if files.iter().any(|path| path == "Cargo.lock") {
        let names: BTreeSet<&str> = hidden.iter().map(|member| member.name.as_str()).collect();
        if let Some(lock) = lock_without(&text_of(source, branch, "Cargo.lock")?, &names) {
            slice.replaced.push(("Cargo.lock".to_owned(), lock));
        }
    }
    slice
        .read
        .extend(visible.iter().map(|folder| format!("{}/**", exactly(folder))));
    Ok(Some(slice))
}

fn members(
    source: &Path,
    branch: &str,
    files: &[String],
    workspace: &Table,
) -> Result<BTreeMap<String, Member>> {
    let strings = |value: Option<&toml::Value>| -> Vec<String> {
        value
            .and_then(toml::Value::as_array)
            .map_or_else(Vec::new, |list| {
                list.iter()
                    .filter_map(|item| item.as_str().map(str::to_owned))
                    .collect()
            })
    };
    let listed = strings(workspace.get("members"));
    let excluded = strings(workspace.get("exclude"));
    let is_member = |folder: &str| {
        let named = listed.iter().any(|pattern| match pattern.strip_suffix("/*") {
            Some(parent) => folder
                .strip_prefix(&format!("{parent}/"))
                .is_some_and(|rest| !rest.contains('/')),
            None => pattern.trim_end_matches('/') == folder,
        });
        named && !excluded.iter().any(|name| name == folder)
    };
    let shared = workspace.get("dependencies").and_then(toml::Value::as_table);
    let mut members = BTreeMap::new();
    for folder in files
        .iter()
        .filter_map(|path| path.strip_suffix("/Cargo.toml"))
        .filter(|folder| is_member(folder))
    {
        let Ok(manifest) = text_of(source, branch, &format!("{folder}/Cargo.toml"))?.parse::<Table>() else {
            continue;
        };
        let name = manifest
            .get("package")
            .and_then(|package| package.get("name"))
            .and_then(toml::Value::as_str);
        let Some(name) = name else { continue };
        let mut needs = BTreeSet::new();
        let mut foreign = 0;
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(table) = manifest.get(table).and_then(toml::Value::as_table) else {
                continue;
            };
            for (key, value) in table {
                let inherited = value.get("workspace").and_then(toml::Value::as_bool) == Some(true);
                let (value, base) = if inherited {
                    (shared.and_then(|shared| shared.get(key)), "")
                } else {
                    (Some(value), folder)
                };
                match value
                    .and_then(|value| value.get("path"))
                    .and_then(toml::Value::as_str)
                {
                    Some(path) => {
                        needs.insert(joined(base, path));
                    }
                    None => foreign += 1,
                }
            }
        }
        let sources = files
            .iter()
            .filter(|path| path.starts_with(&format!("{folder}/src/")) && marked(path))
            .count();
        let library = files.iter().any(|path| *path == format!("{folder}/src/lib.rs"));
        members.insert(
            folder.to_owned(),
            Member {
                folder: folder.to_owned(),
                name: name.to_owned(),
                needs,
                foreign,
                sources,
                library,
            },
        );
    }
    Ok(members)
}

fn joined(base: &str, path: &str) -> String {
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn closure(members: &BTreeMap<String, Member>, folder: &str) -> Option<BTreeSet<String>> {
    let mut all = BTreeSet::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        if all.insert(next.clone()) {
            waiting.extend(members.get(&next)?.needs.iter().cloned());
        }
    }
    Some(all)
}

/// Visible members (closed under what they need, about two thirds of the source) and the one that is opened for writing:
/// the library with the fewest foreign packages, so that its build is quick.
fn choose(members: &BTreeMap<String, Member>) -> Option<(BTreeSet<String>, String)> {
    let total: usize = members.values().map(|member| member.sources).sum();
    let weight = |set: &BTreeSet<String>| -> usize {
        set.iter()
            .filter_map(|folder| members.get(folder))
            .map(|member| member.sources)
            .sum()
    };
    let mut closures: Vec<(usize, String, BTreeSet<String>)> = members
        .keys()
        .filter_map(|folder| closure(members, folder).map(|set| (weight(&set), folder.clone(), set)))
        .collect();
    closures.sort_by(|left, right| (left.0, &left.1).cmp(&(right.0, &right.1)));
    let mut visible = BTreeSet::new();
    for (_, _, set) in &closures {
        let union: BTreeSet<String> = visible.union(set).cloned().collect();
        if weight(&union) * 4 <= total * 3 && union.len() < members.len() {
            visible = union;
        }
    }
    let foreign = |folder: &String| -> usize {
        closure(members, folder).map_or(usize::MAX, |set| {
            set.iter()
                .filter_map(|name| members.get(name))
                .map(|member| member.foreign)
                .sum()
        })
    };
    let open = visible
        .iter()
        .filter(|folder| {
            members
                .get(*folder)
                .is_some_and(|member| member.library && member.sources >= 2)
        })
        .min_by_key(|folder| foreign(folder))?
        .clone();
    (visible.len() >= 2).then_some((visible, open))
}

/// The owner's lock file without the packages that stay hidden: it would name them.
fn lock_without(lock: &str, hidden: &BTreeSet<&str>) -> Option<String> {
    let mut lock = lock.parse::<Table>().ok()?;
    let packages = lock.get_mut("package")?.as_array_mut()?;
    packages.retain(|package| {
        package
            .get("name")
            .and_then(toml::Value::as_str)
            .is_none_or(|name| !hidden.contains(name))
    });
    Some(lock.to_string())
}

/// The owner's workspace manifest with the visible members only.
fn manifest_of(root: &Table, visible: &BTreeSet<String>) -> String {
    let mut root = root.clone();
    if let Some(workspace) = root.get_mut("workspace").and_then(toml::Value::as_table_mut) {
        let list = visible
            .iter()
            .map(|folder| toml::Value::String(folder.clone()))
            .collect();
        workspace.insert("members".to_owned(), toml::Value::Array(list));
        workspace.remove("default-members");
        workspace.remove("exclude");
        if let Some(shared) = workspace
            .get_mut("dependencies")
            .and_then(toml::Value::as_table_mut)
        {
            shared.retain(|_, value| {
                value
                    .get("path")
                    .and_then(toml::Value::as_str)
                    .is_none_or(|path| visible.contains(&joined("", path)))
            });
        }
    }
    // Settings for packages that are not shared would name them.
    if let Some(profiles) = root.get_mut("profile").and_then(toml::Value::as_table_mut) {
        for (_, profile) in profiles.iter_mut() {
            if let Some(profile) = profile.as_table_mut() {
                profile.remove("package");
            }
        }
    }
    root.remove("patch");
    root.to_string()
}
