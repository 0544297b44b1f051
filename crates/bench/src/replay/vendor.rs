//! What a vendor pushes who makes a real edit on his own marked copy.
//!
//! The edit is merged into the copy by lines, then by tokens; where both meet, he types the owner's new lines. Where a copy has
//! another order of lines (`robust`), merging by lines cannot place an edit: then he has the owner's new text with the spellings
//! of his copy at the sites that were there before.

use ringfence_mark::model::{Site, SiteTable, Variant};
use ringfence_view::translate::{three_way, three_way_with};
use std::collections::BTreeSet;

/// The pushed text. `after_table`: the sites of the owner's new text.
pub fn push(
    before: &[u8],
    after: &[u8],
    delivered: &[u8],
    tables: Option<(&SiteTable, &SiteTable)>,
    chosen: &dyn Fn(&Site) -> Variant,
) -> Vec<u8> {
    if before == delivered {
        return after.to_vec();
    }
    if before.is_empty() {
        return after.to_vec();
    }
    if let Ok(merged) = three_way(before, delivered, after) {
        return merged;
    }
    if let Some((old, new)) = tables {
        let known: BTreeSet<_> = old.sites.iter().map(|site| site.id).collect();
        let choose = |site: &Site| {
            if known.contains(&site.id) {
                chosen(site)
            } else {
                site.canonical
            }
        };
        if let Ok(text) = ringfence_mark::render(new, after, &choose) {
            return text;
        }
    }
    by_tokens(before, after, delivered)
}

/// The same edit on the copy by tokens; lines that both sides changed in the same tokens are as he typed them.
pub fn by_tokens(before: &[u8], after: &[u8], delivered: &[u8]) -> Vec<u8> {
    let mut tokens = |base: &[u8], ours: &[u8], theirs: &[u8]| {
        let merged = three_way(&token_lines(base), &token_lines(ours), &token_lines(theirs));
        Some(merged.map_or_else(|_| theirs.to_vec(), |lines| from_token_lines(&lines)))
    };
    three_way_with(before, delivered, after, &mut tokens).unwrap_or_else(|_| after.to_vec())
}

/// Whether a result lacks nothing of an edit but what the vendor's copy said already.
///
/// Where the delivered spelling of a place is by chance the one that the edit puts there, the vendor types nothing, so nothing can
/// come back: the owner's spelling stays. What is lacking, made alone on the vendor's copy, must leave that copy as it is, and the
/// result with what is lacking must be the edit: anything else is a wrong result.
pub fn lacks_only_what_was_said(before: &[u8], after: &[u8], delivered: &[u8], result: &[u8]) -> bool {
    let [old, new, got] = [before, after, result].map(token_lines);
    let Ok(lacking) = three_way(&got, &old, &new) else {
        return false;
    };
    let whole = three_way(&old, &lacking, &got).is_ok_and(|text| text == new);
    whole && by_tokens(before, &from_token_lines(&lacking), delivered) == delivered
}

/// One token a line, so that a merge by lines is a merge by tokens.
fn token_lines(text: &[u8]) -> Vec<u8> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.first() {
        let word = rest.iter().take_while(|byte| is_word(**byte)).count();
        let blank = rest.iter().take_while(|byte| **byte == b' ').count();
        let (token, after) = rest.split_at(word.max(blank).max(1));
        match first {
            b'\n' => lines.extend_from_slice(b"\\n"),
            b'\\' => lines.extend_from_slice(b"\\\\"),
            _ => lines.extend_from_slice(token),
        }
        lines.push(b'\n');
        rest = after;
    }
    lines
}

fn from_token_lines(lines: &[u8]) -> Vec<u8> {
    lines
        .split(|byte| *byte == b'\n')
        .flat_map(|token| match token {
            b"\\n" => b"\n",
            b"\\\\" => b"\\",
            other => other,
        })
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_back_as_they_were() {
        let text = b"a  = \"\\n\";\r\n\tb\n\n";
        assert_eq!(from_token_lines(&token_lines(text)), text);
    }

    #[test]
    fn only_what_the_copy_said_already_is_excused() {
        let before =
            "impl From<&'_ Group> for Group {\n    fn from(group: &Group) -> Self {\n        group.clone()\n";
        let after =
            "impl From<&'_ Self> for Group {\n    fn from(group: &Self) -> Self {\n        group.clone()\n";
        let delivered = before.replace("&Group)", "&Self)");
        let half = after.replace("&Self)", "&Group)");
        let excused = |after: &str, delivered: &str, result: &str| {
            lacks_only_what_was_said(
                before.as_bytes(),
                after.as_bytes(),
                delivered.as_bytes(),
                result.as_bytes(),
            )
        };
        assert!(
            excused(after, &delivered, &half),
            "the copy read so before the edit"
        );
        assert!(!excused(after, before, &half), "typed, and turned back");
        assert!(!excused(after, &delivered, before), "the edit itself is lacking");
        let elsewhere = before.replace("clone", "cloned");
        assert!(
            !excused(&elsewhere, &delivered, &delivered.replace("clone", "cloned")),
            "the vendor's spelling where nothing was edited"
        );
        assert!(
            !excused(after, &delivered, &half.replace("clone", "cloned")),
            "something else was changed"
        );
    }
}
