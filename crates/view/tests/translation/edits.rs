//! Edits that mean the same on the owner's text and on a marked copy of it, so that the right answer is known.

/// One edit of a text by lines or by whole words. Numbers are taken modulo what the text has.
#[derive(Clone, Debug)]
pub enum Change {
    InsertLine { line: usize },
    InsertFunction { line: usize },
    Remove { line: usize, count: usize },
    Copy { line: usize, count: usize, to: usize },
    Move { line: usize, count: usize, to: usize },
    Rename { word: usize },
    Indent { line: usize, count: usize },
    BlankLine { line: usize },
    CarriageReturns,
    ByteOrderMark,
    NoFinalLineEnd,
}

fn lines(text: &[u8]) -> Vec<Vec<u8>> {
    text.split_inclusive(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect()
}

/// Identifiers of a text that a rename may take, in order of first use, the same in all copies: sorted.
fn words(text: &[u8]) -> Vec<Vec<u8>> {
    let mut words: Vec<Vec<u8>> = text
        .split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
        .filter(|word| word.len() >= 5 && word.first().is_some_and(|byte| byte.is_ascii_lowercase()))
        .filter(|word| !KEYWORDS.contains(word))
        .map(<[u8]>::to_vec)
        .collect();
    words.sort();
    words.dedup();
    words
}

const KEYWORDS: &[&[u8]] = &[
    b"async",
    b"await",
    b"break",
    b"class",
    b"const",
    b"continue",
    b"crate",
    b"default",
    b"double",
    b"else",
    b"except",
    b"export",
    b"extends",
    b"extern",
    b"false",
    b"final",
    b"finally",
    b"float",
    b"function",
    b"global",
    b"import",
    b"interface",
    b"lambda",
    b"macro_rules",
    b"match",
    b"nonlocal",
    b"package",
    b"private",
    b"protected",
    b"public",
    b"raise",
    b"range",
    b"return",
    b"self",
    b"short",
    b"signed",
    b"sizeof",
    b"static",
    b"struct",
    b"super",
    b"switch",
    b"throw",
    b"throws",
    b"trait",
    b"typedef",
    b"typeof",
    b"union",
    b"unsafe",
    b"unsigned",
    b"where",
    b"while",
    b"yield",
    b"inline",
    b"object",
    b"string",
    b"number",
    b"boolean",
    b"symbol",
    b"never",
    b"unknown",
    b"readonly",
    b"declare",
    b"namespace",
    b"implements",
    b"instanceof",
    b"delete",
    b"debugger",
    b"global",
    b"assert",
    b"defined",
    b"ifdef",
    b"ifndef",
    b"endif",
    b"include",
    b"define",
    b"derive",
];

fn rename(text: &[u8], word: &[u8]) -> Vec<u8> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
    let mut renamed = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.first() {
        let length = if is_word(first) {
            rest.iter().take_while(|byte| is_word(byte)).count()
        } else {
            1
        };
        let (token, after) = rest.split_at(length);
        renamed.extend_from_slice(token);
        if token == word {
            renamed.extend_from_slice(b"_x");
        }
        rest = after;
    }
    renamed
}

/// Makes one edit. `own` is the owner's text, which settles the numbers; `text` is that text or a steady copy of it.
pub fn apply(change: &Change, own: &[u8], text: &[u8]) -> Vec<u8> {
    let mut list = lines(text);
    let count = list.len().max(1);
    let indent = |line: &[u8]| {
        line.iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count()
    };
    match change {
        Change::InsertLine { line } => {
            let at = line % count;
            let lead = list
                .get(at)
                .map(|line| line[..indent(line)].to_vec())
                .unwrap_or_default();
            list.insert(at, [&lead, &b"zebra_call(17)\n"[..]].concat());
        }
        Change::InsertFunction { line } => {
            let at = line % count;
            let new = ["", "zebra_begin(1, 2)", "    zebra_body(3)", "zebra_end(4)", ""];
            for (offset, line) in new.iter().enumerate() {
                list.insert(at + offset, format!("{line}\n").into_bytes());
            }
        }
        Change::Remove { line, count: many } => {
            let at = line % count;
            list.drain(at..(at + many).min(list.len()));
        }
        Change::Copy {
            line,
            count: many,
            to,
        } => {
            let at = line % count;
            let block: Vec<_> = list[at..(at + many).min(list.len())].to_vec();
            let to = to % count;
            list.splice(to..to, block);
        }
        Change::Move {
            line,
            count: many,
            to,
        } => {
            let at = line % count;
            let block: Vec<_> = list.drain(at..(at + many).min(list.len())).collect();
            let to = to % (list.len() + 1);
            list.splice(to..to, block);
        }
        Change::Rename { word } => {
            let words = words(own);
            let Some(word) = words.get(word % words.len().max(1)) else {
                return text.to_vec();
            };
            return rename(text, word);
        }
        Change::Indent { line, count: many } => {
            let at = line % count;
            let end = (at + many).min(list.len());
            for line in &mut list[at..end] {
                if !line.trim_ascii().is_empty() {
                    line.splice(0..0, *b"    ");
                }
            }
        }
        Change::BlankLine { line } => list.insert(line % count, b"\n".to_vec()),
        Change::CarriageReturns => {
            for line in &mut list {
                if line.ends_with(b"\n") && !line.ends_with(b"\r\n") {
                    line.insert(line.len() - 1, b'\r');
                }
            }
        }
        Change::ByteOrderMark => return [&b"\xef\xbb\xbf"[..], text].concat(),
        Change::NoFinalLineEnd => {
            let mut text = text.to_vec();
            while text.ends_with(b"\n") {
                text.pop();
            }
            return text;
        }
    }
    list.concat()
}
