//! Rules that decide nothing: those that match no path, and those whose every path a later rule decides.

use super::{EntryKind, Rules};

/// Why a pattern of a view decides nothing in a tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnusedPattern {
    /// Index of its rule, from 0.
    pub rule: usize,
    /// The pattern as written.
    pub pattern: String,
    /// A later pattern that decides a path which this one matches; none when it matches nothing at all.
    pub overruled_by: Option<String>,
}

impl Rules {
    /// Finds the patterns that decide none of these paths (files of one tree, in any order; neighbours in path order are quickest).
    #[must_use]
    pub fn unused<'a>(&self, files: impl Iterator<Item = &'a [u8]>) -> Vec<UnusedPattern> {
        let mut decides = vec![false; self.patterns.len()];
        let mut overruled: Vec<Option<u32>> = vec![None; self.patterns.len()];
        // One level for each folder of the path before: where its patterns stand, and which have matched above.
        let mut levels: Vec<(Vec<u8>, Vec<u32>, Vec<u32>)> =
            vec![(Vec::new(), self.root().nodes, Vec::new())];
        for path in files {
            let mut parts: Vec<&[u8]> = super::components(path).collect();
            let Some(name) = parts.pop() else { continue };
            let shared = levels
                .iter()
                .skip(1)
                .zip(&parts)
                .take_while(|((known, _, _), part)| known.as_slice() == **part)
                .count();
            levels.truncate(shared.saturating_add(1));
            for part in parts.get(shared..).unwrap_or_default() {
                let Some((_, nodes, matched)) = levels.last() else {
                    break;
                };
                let (nodes, matched) = self.advance_all(nodes, matched, part, EntryKind::Folder);
                levels.push((part.to_vec(), nodes, matched));
            }
            let Some((_, nodes, matched)) = levels.last() else {
                continue;
            };
            let (_, matched) = self.advance_all(nodes, matched, name, EntryKind::File);
            let Some(deciding) = matched.iter().max().copied() else {
                continue;
            };
            for ordinal in matched {
                let Ok(index) = usize::try_from(ordinal) else {
                    continue;
                };
                if ordinal == deciding {
                    if let Some(slot) = decides.get_mut(index) {
                        *slot = true;
                    }
                } else if let Some(slot) = overruled.get_mut(index) {
                    slot.get_or_insert(deciding);
                }
            }
        }
        let text = |ordinal: u32| {
            usize::try_from(ordinal)
                .ok()
                .and_then(|index| self.patterns.get(index))
                .map(|pattern| pattern.text.clone())
        };
        self.patterns
            .iter()
            .zip(decides)
            .zip(overruled)
            .filter(|((_, decides), _)| !decides)
            .filter_map(|((pattern, _), overruled)| {
                Some(UnusedPattern {
                    rule: pattern.rule?,
                    pattern: pattern.text.clone(),
                    overruled_by: overruled.and_then(text),
                })
            })
            .collect()
    }

    /// Goes one name further without forgetting what later rules overrule.
    fn advance_all(&self, from: &[u32], above: &[u32], name: &[u8], kind: EntryKind) -> (Vec<u32>, Vec<u32>) {
        let (mut nodes, mut matched) = (Vec::new(), above.to_vec());
        for index in from {
            let Some(node) = self.node(*index) else { continue };
            if node.loops {
                self.arrive(*index, &mut nodes);
            }
            let globs = node
                .globs
                .iter()
                .filter(|(glob, _)| glob.matches(name))
                .map(|(_, next)| *next);
            for next in node.literals.get(name).copied().into_iter().chain(globs) {
                self.arrive(next, &mut nodes);
                let ends = self
                    .node(next)
                    .map(|node| node.ends.as_slice())
                    .unwrap_or_default();
                matched.extend(
                    ends.iter()
                        .filter(|end| kind == EntryKind::Folder || !end.folders_only)
                        .map(|end| end.ordinal),
                );
            }
        }
        nodes.sort_unstable();
        nodes.dedup();
        matched.sort_unstable();
        matched.dedup();
        (nodes, matched)
    }
}
