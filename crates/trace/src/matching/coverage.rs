//! Which lines of a suspect file match which lines of owned texts.

use super::OwnedText;
use ringfence_similar::{Tile, Tokens, tiles};
use serde::Serialize;
use std::sync::Arc;

/// Tokens between two tiles of one passage, on either side.
const LARGEST_GAP: usize = 48;

/// A stretch of a suspect file that follows a stretch of an owned text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Passage {
    /// The owned text.
    pub owned: OwnedText,
    /// First and last line in the suspect file.
    pub suspect_lines: (u32, u32),
    /// First and last line in the owned text.
    pub owned_lines: (u32, u32),
    /// Tokens in common.
    pub tokens: usize,
    /// Of these, tokens with equal names.
    pub verbatim: usize,
    /// The longest run of tokens without any difference but names.
    pub longest: usize,
    /// Whether the owned text is third-party text.
    pub third_party: bool,
    /// Lines that hold the same tokens: in the suspect and in the owned text, both ascending.
    #[serde(skip)]
    pub lines: Vec<(u32, u32)>,
}

/// How much of a suspect file was found, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileCoverage {
    /// The suspect file.
    pub suspect: String,
    /// Its tokens, comments and brackets not counted.
    pub tokens: usize,
    /// Its lines up to the last token.
    pub lines: u32,
    /// Stretches in the order of the suspect file.
    pub passages: Vec<Passage>,
}

impl FileCoverage {
    /// Tokens in common with the owner's own texts.
    #[must_use]
    pub fn matched(&self) -> usize {
        self.count(false)
    }

    /// Tokens in common with third-party texts.
    #[must_use]
    pub fn matched_third_party(&self) -> usize {
        self.count(true)
    }

    fn count(&self, third_party: bool) -> usize {
        self.passages
            .iter()
            .filter(|passage| passage.third_party == third_party)
            .map(|passage| passage.tokens)
            .sum()
    }
}

/// Aligns a suspect file with texts, the most likely first.
pub(super) fn cover(
    name: &str,
    suspect: &Tokens,
    texts: &[(OwnedText, Arc<Tokens>)],
    third_party: &dyn Fn(&OwnedText) -> bool,
) -> FileCoverage {
    let owned: Vec<&Tokens> = texts.iter().map(|(_, tokens)| tokens.as_ref()).collect();
    let mut passages: Vec<Passage> = Vec::new();
    let mut last: Option<Tile> = None;
    for tile in tiles(suspect, &owned) {
        let Some((text, tokens)) = texts.get(tile.text) else {
            continue;
        };
        let (from, to) = tile.suspect_lines(suspect);
        let (owned_from, owned_to) = tile.owned_lines(tokens);
        let goes_on = last.as_ref().is_some_and(|last| {
            let near = |end: usize, start: usize| start >= end && start - end <= LARGEST_GAP;
            last.text == tile.text
                && near(last.suspect + last.length, tile.suspect)
                && near(last.owned + last.length, tile.owned)
        });
        match passages.last_mut().filter(|_| goes_on) {
            Some(passage) => {
                passage.suspect_lines.1 = to;
                passage.owned_lines.1 = owned_to;
                passage.tokens += tile.length;
                passage.verbatim += tile.verbatim;
                passage.longest = passage.longest.max(tile.length);
                add_lines(&mut passage.lines, &tile, suspect, tokens);
            }
            None => passages.push(Passage {
                owned: text.clone(),
                suspect_lines: (from, to),
                owned_lines: (owned_from, owned_to),
                tokens: tile.length,
                verbatim: tile.verbatim,
                longest: tile.length,
                third_party: third_party(text),
                lines: {
                    let mut lines = Vec::new();
                    add_lines(&mut lines, &tile, suspect, tokens);
                    lines
                },
            }),
        }
        last = Some(tile);
    }
    FileCoverage {
        suspect: name.to_owned(),
        tokens: suspect.len(),
        lines: suspect.line.last().copied().unwrap_or(0),
        passages,
    }
}

fn add_lines(lines: &mut Vec<(u32, u32)>, tile: &Tile, suspect: &Tokens, owned: &Tokens) {
    let theirs = suspect.line.iter().skip(tile.suspect).take(tile.length);
    for pair in theirs.copied().zip(owned.line.iter().skip(tile.owned).copied()) {
        if lines.last() != Some(&pair) {
            lines.push(pair);
        }
    }
}

/// Tokens of passages in which most names are equal, or of runs that chance does not make, that count as resembling however large the file around
/// them is.
const VERBATIM: usize = 100;
const RENAMED: usize = 240;
const LONG_RUN: usize = 80;

/// Whether these passages alone say that the suspect file holds a piece of the text.
pub(super) fn is_passage<'a>(passages: impl Iterator<Item = &'a Passage>) -> bool {
    let (mut verbatim, mut renamed) = (0_usize, 0_usize);
    for passage in passages {
        if passage.longest >= LONG_RUN / 2 && passage.verbatim * 5 >= passage.tokens * 4 {
            verbatim += passage.tokens;
        }
        if passage.longest >= LONG_RUN {
            renamed += passage.tokens;
        }
    }
    verbatim >= VERBATIM || renamed >= RENAMED
}
