//! What a misspelt word was probably meant to be.

/// Finds the word nearest to a misspelt one, when it is near enough to be meant.
pub(super) fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.chars().count() > 64 {
        return None;
    }
    let bound = word.chars().count().div_ceil(3).max(1);
    words
        .into_iter()
        .filter(|candidate| candidate.chars().count() <= 64)
        .map(|candidate| (edit_distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= bound)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance, one row at a time.
fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, a) in left.chars().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        let mut last = line.saturating_add(1);
        next.push(last);
        for ((diagonal, above), b) in row.iter().zip(row.iter().skip(1)).zip(&right) {
            let replaced = diagonal.saturating_add(usize::from(a != *b));
            last = replaced.min(above.saturating_add(1)).min(last.saturating_add(1));
            next.push(last);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_nearest_word() {
        assert_eq!(
            nearest("repositry", ["repository", "recipient"]),
            Some("repository")
        );
        assert_eq!(nearest("zzz", ["repository", "recipient"]), None);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "abc"), 3);
    }
}
