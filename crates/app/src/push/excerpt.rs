//! Lines of a text as they are shown to the side that the text belongs to: few, short, and obeyed by no terminal.

use std::ops::Range;

/// Most places of one file that are shown.
const PLACES: usize = 10;
/// Most lines shown of one place.
const LINES: usize = 6;
/// Most characters shown of one line.
const CHARACTERS: usize = 120;

/// Some lines of a text, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// All lines meant.
    pub lines: Range<u32>,
    /// The first of them as they read.
    pub text: Vec<String>,
}

impl Excerpt {
    /// The numbers of its lines.
    pub fn numbers(&self) -> String {
        let last = self.lines.end.saturating_sub(1).max(self.lines.start);
        if last == self.lines.start {
            last.to_string()
        } else {
            format!("{}-{last}", self.lines.start)
        }
    }

    /// Its lines, each with its number.
    pub fn numbered(&self) -> impl Iterator<Item = String> + use<'_> {
        let shown = self.text.iter().zip(self.lines.start..);
        let more = usize::try_from(self.lines.end.saturating_sub(self.lines.start))
            .unwrap_or(usize::MAX)
            .saturating_sub(self.text.len());
        shown
            .map(|(line, number)| format!("{number:>6} | {line}"))
            .chain((more > 0).then(|| format!("       | ... {more} more")))
    }
}

/// The lines of some places of a text.
pub(super) fn excerpts(text: &[u8], places: &[Range<u32>]) -> Vec<Excerpt> {
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    let at = |line: u32| usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
    places
        .iter()
        .take(PLACES)
        .map(|range| {
            let shown = lines.iter().take(at(range.end)).skip(at(range.start)).take(LINES);
            Excerpt {
                lines: range.clone(),
                text: shown.map(|line| shown_line(line)).collect(),
            }
        })
        .collect()
}

fn shown_line(line: &[u8]) -> String {
    String::from_utf8_lossy(line)
        .trim_end()
        .chars()
        .map(|letter| match letter {
            '\t' => ' ',
            letter if letter.is_control() => '\u{fffd}',
            letter => letter,
        })
        .take(CHARACTERS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_short_lines_are_shown_with_their_numbers() {
        let text: Vec<u8> = (1..=30)
            .flat_map(|line| format!("line {line}\n").into_bytes())
            .collect();
        let shown = excerpts(&text, &[3..4, 10..30, 99..120]);
        assert_eq!(shown[0].numbered().collect::<Vec<_>>(), ["     3 | line 3"]);
        assert_eq!(
            (shown[0].numbers().as_str(), shown[1].numbers().as_str()),
            ("3", "10-29")
        );
        let lines: Vec<String> = shown[1].numbered().collect();
        assert_eq!((lines.len(), lines[6].as_str()), (7, "       | ... 14 more"));
        assert!(shown[2].text.is_empty());
        let odd = excerpts(b"\x1b[2Jx\ty\xff\r\n", std::slice::from_ref(&(1..2)));
        assert_eq!(odd[0].text, ["\u{fffd}[2Jx y\u{fffd}"]);
        assert_eq!(
            excerpts("\u{e9}".repeat(999).as_bytes(), std::slice::from_ref(&(1..2)))[0].text[0]
                .chars()
                .count(),
            CHARACTERS
        );
    }
}
