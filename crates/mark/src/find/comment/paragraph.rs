//! The paragraphs of a comment, and where each ends.

use super::prose::{is_closing, is_prose, starts_list};

/// Tags whose text is prose, of javadoc, jsdoc, tsdoc, doxygen.
const PROSE_TAGS: [&[u8]; 12] = [
    b"param",
    b"return",
    b"returns",
    b"throws",
    b"exception",
    b"remarks",
    b"description",
    b"summary",
    b"desc",
    b"brief",
    b"details",
    b"note",
];
/// Tags of which the word that follows is a name.
const NAMING_TAGS: [&[u8]; 3] = [b"param", b"throws", b"exception"];

/// A line of a comment.
pub(super) struct Line<'s> {
    /// What it says, without gutter and blanks around it.
    pub(super) content: &'s [u8],
    /// Its first byte in the text.
    pub(super) start: u32,
    /// Blanks between the gutter and the content.
    indent: usize,
}

impl<'s> Line<'s> {
    /// From a line that begins at a byte, and what follows its gutter.
    pub(super) fn new(at: u32, whole: &'s [u8], rest: &'s [u8]) -> Option<Line<'s>> {
        let content = rest.trim_ascii_start();
        let indent = rest.len().checked_sub(content.len())?;
        let skipped = whole.len().saturating_sub(content.len());
        Some(Line {
            content: content.trim_ascii_end(),
            start: at.checked_add(u32::try_from(skipped).ok()?)?,
            indent,
        })
    }
}

/// A comment, line by line.
pub(super) struct Lines<'s> {
    pub(super) lines: Vec<Line<'s>>,
    pub(super) marker: &'static [u8],
    pub(super) is_block: bool,
    pub(super) is_documentation: bool,
}

/// Where a period may stand, or stands.
pub(super) struct End {
    /// The line.
    pub(super) line: usize,
    /// The line above, when the line itself says little.
    pub(super) above: Option<usize>,
    /// Bytes of the line's content up to and with the period, if there is one.
    pub(super) length: usize,
}

/// What a line begins.
enum Opening<'s> {
    /// Prose, after what is no part of it.
    Prose(&'s [u8]),
    /// Something else up to the next empty line.
    Other,
    /// Code up to the next tag.
    Example,
}

/// The ends of all paragraphs that are prose.
pub(super) fn paragraphs(comment: &Lines<'_>, has_headings: bool) -> Vec<End> {
    let lines = &comment.lines;
    let mut ends = Vec::new();
    let (mut is_fenced, mut is_example, mut is_raw) = (false, false, false);
    // First line and its text, while the paragraph is prose.
    let mut open: Option<Option<(usize, &[u8])>> = None;
    for (index, line) in (0_usize..).zip(lines) {
        let content = line.content;
        let is_fence = content.starts_with(b"```") || content.starts_with(b"~~~");
        is_fenced ^= is_fence;
        let was_raw = is_raw;
        if comment.is_block {
            is_raw = (is_raw || has(content, b"<pre")) && !has(content, b"</pre");
        }
        if is_fence || is_fenced || is_raw || was_raw || has(content, b"</pre") {
            open = Some(None);
            continue;
        }
        if content.is_empty() {
            open = None;
            continue;
        }
        let is_tag = comment.is_block && tag(content).is_some();
        if open.is_none() || is_tag {
            open = Some(match opening(comment, line) {
                Opening::Prose(text) if is_tag || !is_example => {
                    is_example = false;
                    // The text of a tag may begin on the next line.
                    if text.is_empty() {
                        open = None;
                        continue;
                    }
                    Some((index, text))
                }
                Opening::Prose(_) => None,
                Opening::Other => {
                    is_example &= !is_tag;
                    None
                }
                Opening::Example => {
                    is_example = true;
                    None
                }
            });
        } else if starts_list(content) {
            open = Some(None);
        }
        let next = index.checked_add(1).and_then(|next| lines.get(next));
        let is_last = next.is_none_or(|next| {
            next.content.is_empty()
                || (comment.is_block && tag(next.content).is_some())
                || without_opening_tag(next.content).len() < next.content.len()
                || is_closing(next.content)
                || closing_tag(line.content) > 0
        });
        let Some(Some((first, text))) = open.filter(|_| is_last) else {
            continue;
        };
        open = None;
        let is_heading = has_headings && first == index && next.is_some();
        if !is_heading {
            let inner = first.checked_add(1).and_then(|inner| lines.get(inner..=index));
            let inner = inner.unwrap_or_default().iter().map(|line| line.content);
            ends.extend(end(comment, index, first, text, inner));
        }
    }
    if is_fenced { Vec::new() } else { ends }
}

fn end<'s>(
    comment: &Lines<'s>,
    index: usize,
    first: usize,
    text: &'s [u8],
    inner: impl Iterator<Item = &'s [u8]>,
) -> Option<End> {
    let content = comment.lines.get(index)?.content;
    let closing = closing_tag(content);
    let length = content.len().checked_sub(closing)?;
    let mut said: Vec<&[u8]> = std::iter::once(text).chain(inner).collect();
    let last = said.pop()?;
    let last = last.get(..last.len().checked_sub(closing)?)?;
    said.push(last);
    let is_alone = is_prose(&said, comment.is_documentation)?;
    Some(End {
        line: index,
        above: (!is_alone && index > first).then(|| index.saturating_sub(1)),
        length,
    })
}

fn opening<'s>(comment: &Lines<'_>, line: &Line<'s>) -> Opening<'s> {
    let content = line.content;
    if comment.is_block
        && let Some(tag) = tag(content)
    {
        if tag == b"example" || tag == b"code" || tag == b"usage" {
            return Opening::Example;
        }
        if !PROSE_TAGS.contains(&tag) {
            return Opening::Other;
        }
        let rest = content.get(tag.len().saturating_add(1)..).unwrap_or_default();
        let rest = without_type(rest.trim_ascii_start()).trim_ascii_start();
        let rest = if NAMING_TAGS.contains(&tag) {
            let name = rest.iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
            let rest = rest.get(name..).unwrap_or_default().trim_ascii_start();
            rest.strip_prefix(b"- ").unwrap_or(rest).trim_ascii_start()
        } else {
            rest
        };
        return Opening::Prose(rest);
    }
    // Four blanks begin code in Markdown; a line comment's text follows its marker at once.
    if line.indent > if comment.is_block { 4 } else { 0 } || starts_list(content) {
        return Opening::Other;
    }
    Opening::Prose(without_opening_tag(content))
}

/// The name of the tag that a line begins with.
fn tag(content: &[u8]) -> Option<&[u8]> {
    let rest = content
        .strip_prefix(b"@")
        .or_else(|| content.strip_prefix(b"\\"))?;
    let length = rest
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-')
        .count();
    rest.get(..length)
}

/// Takes `{Type}` away.
fn without_type(text: &[u8]) -> &[u8] {
    if text.first() != Some(&b'{') {
        return text;
    }
    let mut depth = 0_usize;
    for (at, byte) in (0_usize..).zip(text) {
        match byte {
            b'{' => depth = depth.saturating_add(1),
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return text.get(at.saturating_add(1)..).unwrap_or_default();
        }
    }
    &[]
}

/// Takes `<p>`, `<summary>` or `<param name="x">` away.
fn without_opening_tag(content: &[u8]) -> &[u8] {
    let known = [
        &b"<p>"[..],
        b"<summary>",
        b"<remarks>",
        b"<returns>",
        b"<value>",
        b"<para>",
    ];
    if let Some(rest) = known.iter().find_map(|known| content.strip_prefix(*known)) {
        return rest.trim_ascii_start();
    }
    let naming = [&b"<param name="[..], b"<typeparam name=", b"<exception cref="];
    if naming.iter().any(|known| content.starts_with(known)) {
        let length = content.iter().take_while(|byte| **byte != b'>').count();
        return content
            .get(length.saturating_add(1)..)
            .unwrap_or_default()
            .trim_ascii_start();
    }
    content
}

/// Bytes of the tag that a line of prose ends with.
fn closing_tag(content: &[u8]) -> usize {
    let known = [
        &b"</p>"[..],
        b"</summary>",
        b"</remarks>",
        b"</returns>",
        b"</value>",
        b"</para>",
        b"</param>",
        b"</typeparam>",
        b"</exception>",
    ];
    known
        .iter()
        .find(|known| content.ends_with(known))
        .map_or(0, |known| known.len())
}

fn has(content: &[u8], word: &[u8]) -> bool {
    crate::find::source::contains(content, word)
}
