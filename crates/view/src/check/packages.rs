//! Names of packages as manifests declare them. A few lines of each format are read, not the format: a manifest that does not parse for its
//! own tool still tells its name here.

use super::names::last_name;

/// What a manifest declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Package {
    /// A package that others name as such.
    Named(Vec<u8>),
    /// A Go module by its path.
    GoModule(Vec<u8>),
}

/// The most bytes of a manifest that are read.
const MOST: usize = 1 << 20;

pub(super) fn is_manifest(path: &[u8]) -> bool {
    matches!(
        last_name(path),
        b"Cargo.toml"
            | b"package.json"
            | b"go.mod"
            | b"pyproject.toml"
            | b"setup.cfg"
            | b"setup.py"
            | b"pom.xml"
    )
}

pub(super) fn declared(path: &[u8], data: &[u8]) -> Vec<Package> {
    let text = String::from_utf8_lossy(data.get(..MOST).unwrap_or(data));
    let name = match last_name(path) {
        b"Cargo.toml" => in_section(&text, &["package"]),
        b"pyproject.toml" => in_section(&text, &["project", "tool.poetry"]),
        b"setup.cfg" => in_section(&text, &["metadata"]),
        b"package.json" => json_name(&text),
        b"setup.py" => text
            .split_once("name")
            .and_then(|(_, rest)| rest.trim_start().strip_prefix('='))
            .and_then(|rest| value(rest.lines().next().unwrap_or_default())),
        b"pom.xml" => own_artifact(&text),
        b"go.mod" => {
            return text
                .lines()
                .find_map(|line| line.trim().strip_prefix("module "))
                .map(|module| Package::GoModule(module.trim().trim_matches('"').as_bytes().to_vec()))
                .into_iter()
                .collect();
        }
        _ => None,
    };
    let Some(name) = name else { return Vec::new() };
    let mut names = vec![Package::Named(name.clone().into_bytes())];
    // Code names what a manifest spells with hyphens by underscores.
    if name.contains('-') && !name.contains('/') {
        names.push(Package::Named(name.replace('-', "_").into_bytes()));
    }
    names
}

fn in_section(text: &str, sections: &[&str]) -> Option<String> {
    let mut inside = false;
    for line in text.lines() {
        let line = line.trim();
        if let Some(section) = line.strip_prefix('[') {
            inside = sections.contains(&section.trim_end_matches(']').trim());
        } else if inside
            && let Some((key, rest)) = line.split_once('=')
            && key.trim() == "name"
        {
            return value(rest);
        }
    }
    None
}

/// A quoted or bare value up to the end of its line.
fn value(text: &str) -> Option<String> {
    let text = text.trim();
    let inner = match text.chars().next()? {
        quote @ ('"' | '\'') => text.get(1..)?.split(quote).next()?,
        _ => text.split([' ', ',', '#']).next()?,
    };
    (!inner.is_empty() && inner.len() < 200).then(|| inner.to_owned())
}

/// The `name` of the outermost object.
fn json_name(text: &str) -> Option<String> {
    let mut depth = 0_usize;
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}', '"']) {
        let (_, found) = rest.split_at_checked(at)?;
        let after = found.get(1..)?;
        rest = after;
        match found.chars().next()? {
            '{' => depth = depth.saturating_add(1),
            '}' => depth = depth.saturating_sub(1),
            _ => {
                let end = string_end(after)?;
                let (inner, tail) = (after.get(..end)?, after.get(end.saturating_add(1)..)?);
                rest = tail;
                if depth == 1
                    && inner == "name"
                    && let Some(following) = tail.trim_start().strip_prefix(':')
                {
                    return value(following);
                }
            }
        }
    }
    None
}

fn string_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

/// The artifact of the project itself: neither its parent's nor a dependency's.
fn own_artifact(text: &str) -> Option<String> {
    let without_parent = match (text.find("<parent>"), text.find("</parent>")) {
        (Some(start), Some(end)) if start < end => {
            format!("{}{}", text.get(..start)?, text.get(end..)?)
        }
        _ => text.to_owned(),
    };
    let head = without_parent
        .split("<dependencies>")
        .next()?
        .split("<dependencyManagement>")
        .next()?
        .split("<build>")
        .next()?;
    let (_, after) = head.split_once("<artifactId>")?;
    let name = after.split('<').next()?.trim();
    (!name.is_empty() && name.len() < 200).then(|| name.to_owned())
}
