//! Lists the references of one of our own repositories without starting a program: loose files first, then the packed list.
//!
//! Ours are made with the files backend and hold no symbolic reference but HEAD; a value that is no object id is left out.

use crate::serve::{ServeError, is_object_id};
use std::collections::BTreeMap;
use std::path::Path;

/// Deepest folder below `refs`, and the largest list that is read.
const DEEPEST: usize = 32;
const LARGEST_LIST: u64 = 256 << 20;

/// Every reference with its target, sorted by name.
///
/// # Errors
/// When a file is there and cannot be read.
pub fn list(repository: &Path) -> Result<Vec<(String, String)>, ServeError> {
    let mut found = BTreeMap::new();
    let packed = repository.join("packed-refs");
    if packed.metadata().is_ok_and(|about| about.len() <= LARGEST_LIST) {
        let text = std::fs::read_to_string(&packed).map_err(|source| read_error(&packed, source))?;
        for (id, name) in text.lines().filter_map(|line| line.split_once(' ')) {
            if is_object_id(id) {
                found.insert(name.to_owned(), id.to_owned());
            }
        }
    }
    let mut waiting = vec![("refs".to_owned(), 0_usize)];
    while let Some((name, depth)) = waiting.pop() {
        let folder = repository.join(&name);
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            // A folder that went away while its last reference was deleted.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(source) => return Err(read_error(&folder, source)),
        };
        for entry in entries {
            let entry = entry.map_err(|source| read_error(&folder, source))?;
            let Some(last) = entry.file_name().to_str().map(str::to_owned) else {
                continue;
            };
            let inner = format!("{name}/{last}");
            let kind = entry.file_type().map_err(|source| read_error(&folder, source))?;
            if kind.is_dir() && depth < DEEPEST {
                waiting.push((inner, depth.saturating_add(1)));
            } else if kind.is_file()
                && !last.ends_with(".lock")
                && let Some(id) = crate::serve::reference(repository, &inner)?
            {
                found.insert(inner, id);
            }
        }
    }
    Ok(found.into_iter().collect())
}

fn read_error(path: &Path, source: std::io::Error) -> ServeError {
    ServeError::Read {
        path: path.to_owned(),
        source,
    }
}
