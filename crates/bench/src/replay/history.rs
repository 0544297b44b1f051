//! The edits of a local repository's own commits.

use super::edit::{Commit, Edit, evenly, is_marked, is_replayable};
use anyhow::{Context as _, Result};
use ringfence_git::command::{Limits, run};
use ringfence_syntax::Language;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Most files of one commit that are replayed.
const MOST_FILES: usize = 12;

/// A changed file by the ids of its two texts.
struct Change {
    path: String,
    language: Language,
    before: Option<String>,
    after: String,
}

/// Languages that are counted as one.
pub fn family(language: Language) -> Language {
    match language {
        Language::Tsx => Language::TypeScript,
        other => other,
    }
}

/// Up to `count` commits of each language, taken evenly over the whole history, oldest first.
pub fn commits(
    repository: &Path,
    only: Option<Language>,
    count: usize,
) -> Result<BTreeMap<&'static str, Vec<Commit>>> {
    let log = run(
        Some(repository),
        &[
            "-c",
            "core.quotePath=false",
            "log",
            "--no-merges",
            "--reverse",
            "--raw",
            "--no-abbrev",
            "-M",
            "--diff-filter=AMR",
            "--format=commit %H",
            "HEAD",
        ],
        b"",
        Limits::default(),
    )
    .with_context(|| format!("cannot read the history of {}", repository.display()))?;
    let changed = changed(&String::from_utf8_lossy(&log), only);
    let mut chosen: Vec<(&'static str, String, Vec<Change>)> = Vec::new();
    for (language, commits) in changed {
        let taken = evenly(commits, count);
        chosen.extend(taken.into_iter().map(|(name, changes)| (language, name, changes)));
    }
    let texts = texts(repository, &chosen)?;
    let mut commits: BTreeMap<&'static str, Vec<Commit>> = BTreeMap::new();
    for (language, name, changes) in chosen {
        let edits: Vec<Edit> = changes.iter().filter_map(|change| edit(change, &texts)).collect();
        if !edits.is_empty() {
            commits.entry(language).or_default().push(Commit { name, edits });
        }
    }
    Ok(commits)
}

type Changed = BTreeMap<&'static str, Vec<(String, Vec<Change>)>>;

fn changed(log: &str, only: Option<Language>) -> Changed {
    let mut changed: Changed = BTreeMap::new();
    let mut commit = "";
    for line in log.lines() {
        if let Some(id) = line.strip_prefix("commit ") {
            commit = id;
            continue;
        }
        let Some(change) = line.strip_prefix(':').and_then(change) else {
            continue;
        };
        let language = family(change.language);
        if only.is_some_and(|only| family(only) != language) {
            continue;
        }
        let commits = changed.entry(language.name()).or_default();
        if commits.last().is_none_or(|(name, _)| name != commit) {
            commits.push((commit.to_owned(), Vec::new()));
        }
        if let Some((_, changes)) = commits.last_mut()
            && changes.len() < MOST_FILES
        {
            changes.push(change);
        }
    }
    changed
}

/// Reads `100644 100644 <old> <new> M<TAB>path`, or the same with `R090<TAB>old path<TAB>new path`.
fn change(line: &str) -> Option<Change> {
    let mut columns = line.split('\t');
    let head: Vec<&str> = columns.next()?.split(' ').collect();
    let [old_mode, mode, before, after, status] = head.as_slice() else {
        return None;
    };
    let path = columns.next_back()?.to_owned();
    let language = Language::from_path(path.as_bytes())?;
    let is_new = status.starts_with('A');
    if !mode.starts_with("100") || (!is_new && !old_mode.starts_with("100")) || !is_marked(&path) {
        return None;
    }
    Some(Change {
        path,
        language,
        before: (!is_new).then(|| (*before).to_owned()),
        after: (*after).to_owned(),
    })
}

fn edit(change: &Change, texts: &HashMap<String, Vec<u8>>) -> Option<Edit> {
    let before = match &change.before {
        Some(id) => Some(texts.get(id).filter(|text| is_replayable(text))?.clone()),
        None => None,
    };
    let after = texts
        .get(&change.after)
        .filter(|text| is_replayable(text))?
        .clone();
    if before.as_ref() == Some(&after) {
        return None;
    }
    Some(Edit {
        path: change.path.clone(),
        language: change.language,
        before,
        after,
    })
}

/// The texts of all chosen changes, by id.
fn texts(
    repository: &Path,
    chosen: &[(&'static str, String, Vec<Change>)],
) -> Result<HashMap<String, Vec<u8>>> {
    let mut ids: Vec<&str> = chosen
        .iter()
        .flat_map(|(_, _, changes)| changes)
        .flat_map(|change| change.before.iter().chain([&change.after]))
        .map(String::as_str)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let input = ids.iter().map(|id| format!("{id}\n")).collect::<String>();
    let output = run(
        Some(repository),
        &["cat-file", "--batch"],
        input.as_bytes(),
        Limits {
            output: 4 << 30,
            ..Limits::default()
        },
    )
    .context("cannot read the texts of the history")?;
    let mut texts = HashMap::new();
    let mut rest = output.as_slice();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (head, body) = rest.split_at(end);
        let head = String::from_utf8_lossy(head).into_owned();
        let body = body.get(1..).unwrap_or_default();
        let words: Vec<&str> = head.split(' ').collect();
        let [id, _, size] = words.as_slice() else {
            // `<id> missing`: a snapshot may lack large files.
            rest = body;
            continue;
        };
        let size: usize = size
            .parse()
            .with_context(|| format!("git cat-file said {head:?}"))?;
        let text = body
            .get(..size)
            .context("git cat-file ended in the middle of a text")?;
        texts.insert((*id).to_owned(), text.to_vec());
        rest = body.get(size.saturating_add(1)..).unwrap_or_default();
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_read_commit_by_commit() {
        let log = "commit aaa\n\n:100644 100644 1 2 M\tsrc/a.rs\n:100644 100644 1 2 M\tREADME.md\n:100644 100644 3 4 R090\tsrc/old.rs\tsrc/new.rs\ncommit bbb\n\n:000000 100644 0 5 A\tsrc/b.rs\n:100644 100644 1 2 M\ttests/a.rs\n:100644 100644 6 7 M\tlib/a.tsx\n";
        let changed = changed(log, None);
        let rust = &changed["rust"];
        assert_eq!(rust.len(), 2);
        assert_eq!(rust[0].1.len(), 2);
        assert_eq!(
            (rust[0].1[1].path.as_str(), rust[0].1[1].before.as_deref()),
            ("src/new.rs", Some("3"))
        );
        assert_eq!((rust[1].0.as_str(), rust[1].1[0].before.clone()), ("bbb", None));
        assert_eq!(changed["typescript"].len(), 1);
    }
}
