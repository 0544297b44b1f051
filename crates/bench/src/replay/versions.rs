//! The edits between consecutive releases of one package, cut to the size of a commit. Real edits without a repository at hand.

use super::edit::{Commit, Edit, evenly, is_marked, is_replayable};
use super::history::family;
use super::lines::hunks;
use anyhow::{Context as _, Result};
use ringfence_syntax::Language;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Hunks of one file that are taken as one edit.
const HUNKS: usize = 3;

/// Folder of the corpus that holds `<package>-<version>` folders of chains.
const CHAINS: &str = ".chains";

/// Up to `count` edits of each language from all chains of the corpus.
pub fn commits(
    corpus: &Path,
    only: Option<Language>,
    count: usize,
) -> Result<BTreeMap<&'static str, Vec<Commit>>> {
    let mut commits: BTreeMap<&'static str, Vec<Commit>> = BTreeMap::new();
    for (old, new) in pairs(&corpus.join(CHAINS))? {
        let name = format!("{}..{}", name_of(&old), name_of(&new));
        for path in sources(&old)? {
            let Some(language) = Language::from_path(path.as_bytes()) else {
                continue;
            };
            let wanted = only.is_none_or(|only| family(only) == family(language));
            if !wanted || !is_marked(&path) {
                continue;
            }
            let (Ok(before), Ok(after)) = (std::fs::read(old.join(&path)), std::fs::read(new.join(&path)))
            else {
                continue;
            };
            if before == after || !is_replayable(&before) || !is_replayable(&after) {
                continue;
            }
            let list = commits.entry(family(language).name()).or_default();
            for (number, after) in parts(&before, &after).into_iter().enumerate() {
                list.push(Commit {
                    name: format!("{name}-{number}"),
                    edits: vec![Edit {
                        path: path.clone(),
                        language,
                        before: Some(before.clone()),
                        after,
                    }],
                });
            }
        }
    }
    Ok(commits
        .into_iter()
        .map(|(language, list)| (language, evenly(list, count)))
        .collect())
}

fn name_of(folder: &Path) -> String {
    folder
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Package and version of a folder name, for an order in which 1.10 follows 1.9.
fn release(folder: &Path) -> Option<(String, Vec<u64>)> {
    let name = name_of(folder);
    let (package, version) = name.rsplit_once('-')?;
    let numbers = version.split('.').map(|part| part.parse().ok());
    Some((package.to_owned(), numbers.collect::<Option<_>>()?))
}

/// Consecutive releases of the same package.
fn pairs(chains: &Path) -> Result<Vec<(PathBuf, PathBuf)>> {
    let entries = std::fs::read_dir(chains).with_context(|| {
        format!(
            "{} is missing; run: cargo xtask corpus chains, or name a repository",
            chains.display()
        )
    })?;
    let mut folders: Vec<((String, Vec<u64>), PathBuf)> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter_map(|path| Some((release(&path)?, path)))
        .collect();
    folders.sort();
    let pairs = folders.iter().zip(folders.iter().skip(1));
    Ok(pairs
        .filter(|(old, new)| old.0.0 == new.0.0)
        .map(|(old, new)| (old.1.clone(), new.1.clone()))
        .collect())
}

/// Paths of all files of a folder tree, sorted.
fn sources(root: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries =
            std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries.flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            } else if let Some(path) = path.strip_prefix(root).ok().and_then(Path::to_str) {
                found.push(path.to_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The owner's text after each part of a change; every part is made on the older release, so that parts do not lean on each other.
fn parts(before: &[u8], after: &[u8]) -> Vec<Vec<u8>> {
    let all = hunks(before, after);
    let (old, new) = (lines(before), lines(after));
    let mut parts: Vec<Vec<u8>> = all.chunks(HUNKS).map(|chosen| with(&old, &new, chosen)).collect();
    if parts.len() > 1 {
        parts.push(after.to_vec());
    }
    parts
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

fn slice<'t>(lines: &[&'t [u8]], range: &Range<u32>) -> Vec<&'t [u8]> {
    let at = |line: u32| usize::try_from(line).unwrap_or(usize::MAX);
    lines
        .get(at(range.start)..at(range.end))
        .unwrap_or_default()
        .to_vec()
}

fn with(old: &[&[u8]], new: &[&[u8]], chosen: &[(Range<u32>, Range<u32>)]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut at = 0;
    for (removed, added) in chosen {
        text.extend(slice(old, &(at..removed.start)).concat());
        text.extend(slice(new, added).concat());
        at = removed.end;
    }
    let end = u32::try_from(old.len()).unwrap_or(u32::MAX);
    text.extend(slice(old, &(at..end)).concat());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_make_up_the_change() {
        let before = b"1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let after = b"1\nx\n3\ny\n5\nz\n7\nw\n9\n";
        let parts = parts(before, after);
        assert_eq!(
            parts,
            [
                b"1\nx\n3\ny\n5\nz\n7\n8\n9\n".to_vec(),
                b"1\n2\n3\n4\n5\n6\n7\nw\n9\n".to_vec(),
                after.to_vec()
            ]
        );
    }

    #[test]
    fn releases_follow_by_number() {
        let root = tempfile::tempdir().unwrap();
        for name in ["a-1.9.0", "a-1.10.0", "b-2.0.0", "a-1.2.0", "readme"] {
            std::fs::create_dir(root.path().join(name)).unwrap();
        }
        let names: Vec<(String, String)> = pairs(root.path())
            .unwrap()
            .iter()
            .map(|(old, new)| (name_of(old), name_of(new)))
            .collect();
        assert_eq!(
            names,
            [
                ("a-1.2.0".to_owned(), "a-1.9.0".to_owned()),
                ("a-1.9.0".to_owned(), "a-1.10.0".to_owned())
            ]
        );
    }
}
