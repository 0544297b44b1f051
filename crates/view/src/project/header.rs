//! The header line of delivered files: a frame around the recipient's text, put in when a file is delivered and taken out of what
//! comes back.
//!
//! The line is a comment of its own and an empty line after it, behind what has to stay first in a file (`#!`, a byte order mark, a
//! coding line, `<?xml ?>`, directives of a Dockerfile). It is the same for everybody under the same agreements and carries no mark.
//!
//! INVARIANT: taking the line out of a framed text gives the text, byte for byte: [`HeaderLine::put`] makes sure of it for each file
//! and refuses the others. INVARIANT: no parse, and a linear look at the text, for each file.
//! REFUSES with a reason: files without a known comment syntax, binaries, lock files, licences, what others wrote or tools made, and
//! files whose first comment has to stay the first.

mod first;
mod syntax;
mod take;

use std::ops::Range;

use regex::bytes::Regex;

pub use syntax::{Comment, comment_of};
pub use take::{HeaderNote, Taken, outer};

/// Larger files get no line.
const LARGEST: usize = 8 << 20;

/// A framed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framed {
    /// The text with the line.
    pub text: Vec<u8>,
    /// What was put in: the line and the empty line after it.
    pub span: Range<usize>,
}

/// The text of a header line, ready to be put in and found.
#[derive(Clone, Debug)]
pub struct HeaderLine {
    text: String,
    finder: Regex,
}

impl HeaderLine {
    /// Prepares a line; what it may say is checked where the estate is read.
    ///
    /// # Errors
    /// When it is too long to be looked for.
    pub fn new(text: &str) -> Result<Self, regex::Error> {
        let words: Vec<String> = text.split_whitespace().map(regex::escape).collect();
        // Formatters wrap comments: between two words there may be a line's end and the signs of the next comment line.
        let between = r"(?:[ \t]+|[ \t]*\r?\n[ \t]*(?://[/!]?|#+|--+|;+|%+|\*+|!|')?[ \t]*)";
        // Without Unicode classes: texts may be in any encoding.
        let finder = Regex::new(&words.join(between))?;
        Ok(Self {
            text: text.to_owned(),
            finder,
        })
    }

    /// Its words.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Says by the path alone why a file can have no line; none: its text decides.
    #[must_use]
    pub fn never_at(path: &[u8]) -> Option<&'static str> {
        comment_of(path).err()
    }

    /// Puts the line into a file.
    ///
    /// # Errors
    /// Why the file is delivered without one.
    pub fn put(&self, path: &[u8], text: &[u8]) -> Result<Framed, &'static str> {
        let comment = comment_of(path)?;
        if text.len() > LARGEST {
            return Err("it is too large");
        }
        if text.iter().all(u8::is_ascii_whitespace) {
            return Err("it is empty");
        }
        if text.contains(&0) {
            return Err("it is no text");
        }
        if !self.text.is_ascii() && std::str::from_utf8(text).is_err() {
            return Err("it is in another encoding than the line");
        }
        let start = text.get(..text.len().min(4_096)).unwrap_or(text);
        if is_generated(start) {
            return Err("a tool made it");
        }
        if self.finder.is_match(text) {
            return Err("it holds the words of the line already");
        }
        let at = first::end_of_first_lines(comment.first, text)?;
        let (before, after) = text.split_at_checked(at).unwrap_or((text, &[]));
        let end = match text.iter().position(|byte| *byte == b'\n') {
            Some(at) if at > 0 && text.get(at.saturating_sub(1)) == Some(&b'\r') => "\r\n",
            Some(_) => "\n",
            None if text.contains(&b'\r') => return Err("its lines end in a way that is not known"),
            None => "\n",
        };
        let bare = before.strip_prefix(first::BYTE_ORDER_MARK).unwrap_or(before);
        if after.is_empty() || !(bare.is_empty() || bare.ends_with(b"\n")) {
            return Err("nothing comes after the lines that have to stay first");
        }
        let mut line = format!("{} {}", comment.open, self.text);
        if !comment.close.is_empty() {
            line.push(' ');
            line.push_str(comment.close);
        }
        line.push_str(end);
        line.push_str(end);
        let framed = Framed {
            text: [before, line.as_bytes(), after].concat(),
            span: at..at.saturating_add(line.len()),
        };
        if self.standing(&framed.text).as_ref() == Some(&framed.span) {
            Ok(framed)
        } else {
            Err("the line could not be told from what stands around it")
        }
    }

    /// The only occurrence of the line in a text, with the empty line after it, when it stands for itself.
    fn standing(&self, text: &[u8]) -> Option<Range<usize>> {
        let mut found = self.finder.find_iter(text);
        let first = found.next()?;
        if found.next().is_some() {
            return None;
        }
        match take::spot(text, &first.range(), false) {
            take::Spot::Line(span) => Some(take::with_empty_line(text, span)),
            take::Spot::Part { .. } | take::Spot::Quoted => None,
        }
    }
}

/// Gives a text without some parts; none when they are not parts of it, in order.
#[must_use]
pub fn without(text: &[u8], spans: &[Range<usize>]) -> Option<Vec<u8>> {
    let mut kept = Vec::with_capacity(text.len());
    let mut at = 0;
    for span in spans {
        if span.start > span.end {
            return None;
        }
        kept.extend_from_slice(text.get(at..span.start)?);
        at = span.end;
    }
    kept.extend_from_slice(text.get(at..)?);
    Some(kept)
}

/// Whether the beginning of a file says that a tool made it: such files are compared with what the tool makes, often by a sum.
fn is_generated(start: &[u8]) -> bool {
    let lower = start.to_ascii_lowercase();
    let says = |words: &[u8]| lower.windows(words.len()).any(|window| window == words);
    says(b"do not edit") || says(b"@generated") || says(b"code generated by") || says(b"autogenerated by")
}
