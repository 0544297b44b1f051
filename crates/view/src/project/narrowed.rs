//! What a recipient was delivered in the past and would not get any more: a narrowing may concern files that are long gone at the tip.

use std::collections::HashSet;

use ringfence_domain::view::Visibility;

use super::{Limits, ProjectError};
use crate::object::{EntryKind, Kind, ObjectId, ObjectSource, parse_tree, read_as};
use crate::rules::{RuleState, Rules};

/// What a recipient gets to know of a file: nothing, signatures, everything.
fn level(visibility: Visibility) -> u8 {
    match visibility {
        Visibility::Hidden => 0,
        Visibility::Interface => 1,
        Visibility::Read | Visibility::Write => 2,
    }
}

/// The first path of any of these trees of the owner that the old rules deliver and the new ones do not, or show less of. A folder is
/// looked into once for each pair of states, so that a history costs what changed in it.
///
/// # Errors
/// When an object is missing or malformed or a bound is passed.
pub fn first_narrowed_of(
    old: &Rules,
    new: &Rules,
    trees: impl IntoIterator<Item = ObjectId>,
    source: &dyn ObjectSource,
    limits: Limits,
) -> Result<Option<Vec<u8>>, ProjectError> {
    let mut seen: HashSet<(ObjectId, RuleState, RuleState)> = HashSet::new();
    for root in trees {
        let mut looked_at = 0_u64;
        let mut waiting = vec![(root, Vec::new(), old.root(), new.root(), 0_usize)];
        while let Some((tree, path, before, after, depth)) = waiting.pop() {
            let nothing_lost = old.settled(&before).map(level) == Some(0)
                || new.settled(&after).map(level) == Some(2)
                || !seen.insert((tree, before.clone(), after.clone()));
            // Nothing that deep was ever delivered.
            if nothing_lost || depth > limits.depth {
                continue;
            }
            for entry in parse_tree(&tree, &read_as(source, &tree, Kind::Tree)?)? {
                looked_at = looked_at.saturating_add(1);
                if looked_at > limits.entries {
                    return Err(ProjectError::TooMany {
                        limit: limits.entries,
                    });
                }
                let mut inner: Vec<u8> = path.clone();
                if !inner.is_empty() {
                    inner.push(b'/');
                }
                inner.extend_from_slice(&entry.name);
                if entry.kind == EntryKind::Tree {
                    let states = (old.enter(&before, &entry.name), new.enter(&after, &entry.name));
                    waiting.push((entry.id, inner, states.0, states.1, depth.saturating_add(1)));
                } else if level(new.visibility_in(&after, &entry.name))
                    < level(old.visibility_in(&before, &entry.name))
                {
                    return Ok(Some(inner));
                }
            }
        }
    }
    Ok(None)
}
