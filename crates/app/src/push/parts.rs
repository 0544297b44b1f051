//! What each commit of a push brings, and what the commits of one branch bring together: several branches pushed at once are several
//! submissions, and accepting one takes nothing of the others.

use crate::submission::Summary;
use ringfence_store::tables::forms::DeliveredForm;
use ringfence_view::object::ObjectId;
use std::collections::HashSet;

/// What one commit brings.
pub(super) struct Part {
    pub id: ObjectId,
    pub parents: Vec<ObjectId>,
    /// The owner-side commit.
    pub owner: ObjectId,
    pub summary: Summary,
    /// Notes in the vendor's own lines.
    pub notes: Vec<String>,
    /// Texts in the form in which they were pushed.
    pub forms: Vec<DeliveredForm>,
    pub work_item: Option<String>,
}

/// What the commits of one branch bring together.
#[derive(Default)]
pub(super) struct Branch {
    pub summary: Summary,
    pub notes: Vec<String>,
    pub work_item: Option<String>,
    /// The delivered or earlier pushed commit below the first of them.
    pub base: Option<ObjectId>,
}

/// The commits of a push that a tip reaches, in order. `parts` has parents before children.
pub(super) fn branch(parts: &[Part], tip: ObjectId) -> Branch {
    let mut reached = HashSet::from([tip]);
    for part in parts.iter().rev() {
        if reached.contains(&part.id) {
            reached.extend(&part.parents);
        }
    }
    let mut branch = Branch::default();
    for part in parts.iter().filter(|part| reached.contains(&part.id)) {
        branch.base = branch.base.or_else(|| part.parents.first().copied());
        branch.work_item = part.work_item.clone().or(branch.work_item);
        branch.notes.extend(part.notes.iter().cloned());
        branch.summary.then(&part.summary);
        branch.summary.commits.push(part.owner.to_string());
    }
    branch
}

/// Whether a vendor's commit is one of those that a branch brings.
pub(super) fn is_of(parts: &[Part], branch: &Summary, vendor: &str) -> bool {
    let Ok(vendor) = ObjectId::from_hex(vendor.as_bytes()) else {
        return false;
    };
    parts
        .iter()
        .filter(|part| part.id == vendor)
        .any(|part| branch.commits.contains(&part.owner.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::submission::ChangedPath;

    fn id(number: u8) -> ObjectId {
        ObjectId::from_bytes_or_panic(&[number; 20])
    }

    fn part(number: u8, parents: &[u8], path: &str, touched: &str) -> Part {
        let mut summary = Summary::default();
        summary.note_path(path.as_bytes(), false, false);
        summary.changed.insert(
            hex::encode(path),
            ChangedPath {
                canonical: number.to_string(),
                delivered: number.to_string(),
                profile: "steady".to_owned(),
                pins: std::collections::BTreeMap::new(),
                touched: vec![touched.to_owned()],
            },
        );
        Part {
            id: id(number),
            parents: parents.iter().map(|parent| id(*parent)).collect(),
            owner: id(number + 100),
            summary,
            notes: vec![path.to_owned()],
            forms: Vec::new(),
            work_item: Some(number.to_string()),
        }
    }

    #[test]
    fn a_branch_brings_its_own_commits_only() {
        let parts = [
            part(1, &[90], "a", "x"),
            part(2, &[91], "b", "y"),
            part(3, &[1], "a", "z"),
        ];
        let first = branch(&parts, id(3));
        assert_eq!(first.base, Some(id(90)));
        assert_eq!(first.summary.commits, [id(101).to_string(), id(103).to_string()]);
        let changed = &first.summary.changed[&hex::encode("a")];
        assert_eq!(
            (changed.canonical.as_str(), changed.touched.as_slice()),
            ("3", ["x".to_owned(), "z".to_owned()].as_slice())
        );
        assert_eq!((first.work_item.as_deref(), first.notes.len()), (Some("3"), 2));
        let second = branch(&parts, id(2));
        assert_eq!(second.base, Some(id(91)));
        assert_eq!(second.summary.paths.keys().collect::<Vec<_>>(), ["b"]);
    }
}
