//! The view as a 100-line program that knows nothing of tries, trees and memory: a second opinion on what every recipient gets.
//!
//! Plain gitignore by brute force over whole paths, then symlinks by walking a map, then replaced files. Written from views.md, not from
//! the code it judges; it also draws its own random rules, trees, links, submodules and replaced files.

use std::collections::BTreeMap;

use ringfence_domain::view::{PathRule, Visibility};
use ringfence_view::object::EntryKind;

pub type Tree = BTreeMap<String, (EntryKind, Vec<u8>)>;

/// Does a pattern's text match a path's text, `*` and `?` not crossing slashes and `**/` crossing them?
fn text_matches(pattern: &[u8], path: &[u8]) -> bool {
    match pattern {
        [] => path.is_empty(),
        [b'*', b'*', b'/', rest @ ..] => (0..=path.len())
            .filter(|at| *at == 0 || path[at - 1] == b'/')
            .any(|at| text_matches(rest, &path[at..])),
        [b'*', b'*'] => !path.is_empty(),
        [b'*', rest @ ..] => {
            let end = path.iter().position(|byte| *byte == b'/').unwrap_or(path.len());
            (0..=end).any(|at| text_matches(rest, &path[at..]))
        }
        [b'?', rest @ ..] => path.first().is_some_and(|byte| *byte != b'/') && text_matches(rest, &path[1..]),
        [b'[', low, b'-', high, b']', rest @ ..] => {
            path.first().is_some_and(|byte| (low..=high).contains(&byte)) && text_matches(rest, &path[1..])
        }
        [byte, rest @ ..] => path.first() == Some(byte) && text_matches(rest, &path[1..]),
    }
}

/// A pattern covers a file when it matches its path or that of a folder above it.
pub fn covers(pattern: &str, path: &str) -> bool {
    let bare = pattern.trim_end_matches('/');
    let wanted = match bare.strip_prefix('/') {
        Some(anchored) => anchored.to_owned(),
        None if bare.contains('/') => bare.to_owned(),
        None => format!("**/{bare}"),
    };
    let mut ends: Vec<usize> = path.match_indices('/').map(|(at, _)| at).collect();
    if !pattern.ends_with('/') {
        ends.push(path.len());
    }
    ends.into_iter()
        .any(|end| text_matches(wanted.as_bytes(), &path.as_bytes()[..end]))
}

pub fn visible(rules: &[PathRule], path: &str) -> bool {
    let mut shown = false;
    for rule in rules {
        if rule.paths.iter().any(|pattern| covers(pattern, path)) {
            shown = rule.visibility >= Visibility::Read;
        }
    }
    shown
}

/// Follows a link's target name by name; every name on the way must be there.
fn link_holds(view: &Tree, path: &str, hops: usize) -> bool {
    let target = String::from_utf8_lossy(&view[path].1).into_owned();
    let mut here: Vec<String> = path.split('/').map(str::to_owned).collect();
    here.pop();
    walk(view, here, &target, hops).is_some()
}

fn walk(view: &Tree, mut here: Vec<String>, target: &str, hops: usize) -> Option<Vec<String>> {
    if target.is_empty() || target.starts_with('/') || hops > 40 {
        return None;
    }
    for part in target.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            here.pop()?;
            continue;
        }
        // A name below a file is nowhere.
        if view.contains_key(&here.join("/")) {
            return None;
        }
        here.push(part.to_owned());
        let at = here.join("/");
        let is_folder = view.keys().any(|known| known.starts_with(&format!("{at}/")));
        match view.get(&at) {
            Some((EntryKind::Link, next)) => {
                here.pop();
                here = walk(view, here, &String::from_utf8_lossy(next), hops + 1)?;
            }
            None if !is_folder => return None,
            _ => {}
        }
    }
    Some(here)
}

/// What a recipient gets.
pub fn delivered(rules: &[PathRule], replaced: &[(String, Vec<u8>)], owner: &Tree) -> Tree {
    let mut view: Tree = owner
        .iter()
        .filter(|(path, (kind, _))| *kind != EntryKind::Commit && visible(rules, path))
        .map(|(path, file)| (path.clone(), file.clone()))
        .collect();
    for (path, bytes) in replaced {
        view.retain(|known, _| {
            known != path
                && !known.starts_with(&format!("{path}/"))
                && !path.starts_with(&format!("{known}/"))
        });
        view.insert(path.clone(), (EntryKind::Blob, bytes.clone()));
    }
    // A link that leads nowhere takes others with it.
    loop {
        let broken: Vec<String> = view
            .iter()
            .filter(|(path, (kind, _))| *kind == EntryKind::Link && !link_holds(&view, path, 0))
            .map(|(path, _)| path.clone())
            .collect();
        if broken.is_empty() {
            return view;
        }
        broken.iter().for_each(|path| drop(view.remove(path)));
    }
}
