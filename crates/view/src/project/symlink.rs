//! Chooses which symlinks a recipient gets: those whose whole way to the target lies in the view.
//!
//! The text of a target is delivered as it is, so every name in it must be visible: `../hidden/../shown` is left out although it
//! ends in the view. Dangling links are left out too: their target may be a hidden name.

use std::collections::{HashMap, HashSet};

use super::SymlinkProblem;
use crate::object::EntryKind;
use crate::rules::components;

/// A symlink that the rules would show.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) path: Vec<u8>,
    pub(super) target: Vec<u8>,
}

/// The most links that one resolution follows, as in Linux.
const MOST_HOPS: usize = 40;

type Choice<'a> = (Vec<&'a Candidate>, Vec<(Vec<u8>, SymlinkProblem)>);

/// Splits the candidates into kept and dropped; `kind_at` tells what stands at a path of the view without symlinks.
pub(super) fn choose<'a, E>(
    candidates: &'a [Candidate],
    mut kind_at: impl FnMut(&[u8]) -> Result<Option<EntryKind>, E>,
) -> Result<Choice<'a>, E> {
    let mut kept: HashMap<&[u8], &Candidate> = candidates
        .iter()
        .map(|link| (link.path.as_slice(), link))
        .collect();
    let mut dropped = Vec::new();
    // A link may lead through another one: drop until nothing changes. Chains are bounded, so are the rounds.
    loop {
        let folders: HashSet<&[u8]> = kept.keys().flat_map(|path| folders_of(path)).collect();
        let mut gone = Vec::new();
        for link in candidates
            .iter()
            .filter(|link| kept.contains_key(link.path.as_slice()))
        {
            if let Some(problem) = problem_of(link, &kept, &folders, &mut kind_at)? {
                gone.push((link, problem));
            }
        }
        if gone.is_empty() {
            break;
        }
        for (link, problem) in gone {
            kept.remove(link.path.as_slice());
            dropped.push((link.path.clone(), problem));
        }
    }
    let kept = candidates
        .iter()
        .filter(|link| kept.contains_key(link.path.as_slice()))
        .collect();
    Ok((kept, dropped))
}

fn problem_of<E>(
    link: &Candidate,
    kept: &HashMap<&[u8], &Candidate>,
    folders: &HashSet<&[u8]>,
    kind_at: &mut impl FnMut(&[u8]) -> Result<Option<EntryKind>, E>,
) -> Result<Option<SymlinkProblem>, E> {
    if link.target.is_empty() || link.target.contains(&0) {
        return Ok(Some(SymlinkProblem::Malformed));
    }
    if link.target.starts_with(b"/") {
        return Ok(Some(SymlinkProblem::Absolute));
    }
    let mut here: Vec<&[u8]> = components(&link.path).collect();
    here.pop();
    let mut pending: Vec<&[u8]> = components(&link.target).collect();
    pending.reverse();
    let mut hops = 0_usize;
    while let Some(part) = pending.pop() {
        match part {
            b"." => continue,
            b".." => {
                if here.pop().is_none() {
                    return Ok(Some(SymlinkProblem::LeavesTheTree));
                }
                continue;
            }
            name => here.push(name),
        }
        let path = here.join(&b'/');
        if let Some(through) = kept.get(path.as_slice()) {
            hops = hops.saturating_add(1);
            if hops > MOST_HOPS {
                return Ok(Some(SymlinkProblem::TooManyLinks));
            }
            here.pop();
            let mut more: Vec<&[u8]> = components(&through.target).collect();
            more.reverse();
            pending.extend(more);
            continue;
        }
        match kind_at(&path)? {
            Some(EntryKind::Tree) => {}
            Some(_) if pending.is_empty() => {}
            None if folders.contains(path.as_slice()) => {}
            _ => return Ok(Some(SymlinkProblem::TargetNotVisible)),
        }
    }
    Ok(None)
}

fn folders_of(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'/')
        .map(|(at, _)| path.get(..at).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(links: &[(&str, &str)], files: &[&str]) -> Vec<String> {
        let candidates: Vec<Candidate> = links
            .iter()
            .map(|(path, target)| Candidate {
                path: path.as_bytes().to_vec(),
                target: target.as_bytes().to_vec(),
            })
            .collect();
        let (kept, dropped) = choose::<()>(&candidates, |path| {
            let path = String::from_utf8(path.to_vec()).unwrap();
            Ok(if files.contains(&path.as_str()) {
                Some(EntryKind::Blob)
            } else if files.iter().any(|file| file.starts_with(&format!("{path}/"))) {
                Some(EntryKind::Tree)
            } else {
                None
            })
        })
        .unwrap();
        assert_eq!(kept.len() + dropped.len(), links.len());
        kept.iter()
            .map(|link| String::from_utf8(link.path.clone()).unwrap())
            .collect()
    }

    #[test]
    fn keeps_links_inside_the_view_only() {
        let files = ["src/lib.rs", "docs/guide/intro.md"];
        assert_eq!(chosen(&[("README", "docs/guide/intro.md")], &files), ["README"]);
        assert_eq!(chosen(&[("docs/code", "../src")], &files), ["docs/code"]);
        assert!(chosen(&[("docs/code", "../secret")], &files).is_empty());
        assert!(
            chosen(&[("docs/code", "../secret/../src")], &files).is_empty(),
            "the text names a hidden folder"
        );
        assert!(chosen(&[("up", "../other")], &files).is_empty());
        assert!(chosen(&[("etc", "/etc/passwd")], &files).is_empty());
        assert!(chosen(&[("through-a-file", "src/lib.rs/x")], &files).is_empty());
    }

    #[test]
    fn follows_links_through_links_and_stops_in_circles() {
        let files = ["src/lib.rs"];
        assert_eq!(chosen(&[("a", "src"), ("b", "a/lib.rs")], &files), ["a", "b"]);
        assert!(
            chosen(&[("a", "hidden"), ("b", "a/lib.rs")], &files).is_empty(),
            "b falls with a"
        );
        assert!(chosen(&[("a", "b"), ("b", "a")], &files).is_empty());
        let long: Vec<(String, String)> = (0..60)
            .map(|n| (format!("l{n}"), format!("l{}", n + 1)))
            .collect();
        let long: Vec<(&str, &str)> = long.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert!(chosen(&long, &files).is_empty());
    }
}
