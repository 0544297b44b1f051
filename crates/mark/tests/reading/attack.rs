//! What a leaker does to hide where the text came from.

use std::collections::HashMap;
use std::io::Write as _;
use std::process::Stdio;

use ringfence_syntax::Language;
use ringfence_syntax::lex::{Token, TokenKind, lex};

/// Applies attacks joined by `+` to the text of each file. Attacks on the set of files are the caller's.
pub fn attack(language: Language, name: &str, text: &[u8]) -> Vec<u8> {
    name.split('+').fold(text.to_vec(), |text, part| match part {
        "strip" => strip(language, &text),
        "rename" => rename(language, &text),
        "format" => format(&text),
        "reprint" => reprint(&text),
        "one line" => one_line(language, &text),
        _ => text,
    })
}

fn bytes(text: &[u8], start: u32, end: u32) -> &[u8] {
    &text[usize::try_from(start).unwrap()..usize::try_from(end).unwrap()]
}

fn code(language: Language, text: &[u8]) -> Vec<Token> {
    let mut tokens = lex(language, text);
    tokens.retain(|token| !matches!(token.kind, TokenKind::CommentWord | TokenKind::BlankLine));
    tokens
}

/// Replaces what lies between two tokens of code.
fn between(language: Language, text: &[u8], replace: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut end = 0;
    for token in code(language, text) {
        out.extend(replace(bytes(text, end, token.start)));
        out.extend(bytes(text, token.start, token.end));
        end = token.end;
    }
    out.push(b'\n');
    out
}

/// Removes comments and blank lines; keeps the indentation.
fn strip(language: Language, text: &[u8]) -> Vec<u8> {
    between(language, text, |gap| {
        if !gap.contains(&b'\n') {
            return if gap.is_empty() { Vec::new() } else { vec![b' '] };
        }
        let last = gap.rsplit(|byte| *byte == b'\n').next().unwrap();
        let mut out = vec![b'\n'];
        out.extend(last.iter().take_while(|byte| byte.is_ascii_whitespace()));
        out
    })
}

/// Joins a whole file into one line, as a minifier does with languages that have braces.
fn one_line(language: Language, text: &[u8]) -> Vec<u8> {
    between(language, text, |gap| {
        if gap.is_empty() { Vec::new() } else { vec![b' '] }
    })
}

/// Words with a meaning that the lexer does not know.
const FIXED: [&[u8]; 3] = [b"macro_rules", b"_", b"union"];

/// Renames every identifier, the same everywhere.
fn rename(language: Language, text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut end = 0;
    let mut names: HashMap<Vec<u8>, Vec<u8>> = HashMap::new();
    for token in lex(language, text) {
        out.extend(bytes(text, end, token.start));
        let word = bytes(text, token.start, token.end);
        if token.kind == TokenKind::Identifier && !FIXED.contains(&word) {
            let hash = word.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
            out.extend(
                &*names
                    .entry(word.to_vec())
                    .or_insert_with(|| format!("v{}_", hash % 1_000_003).into_bytes()),
            );
        } else {
            out.extend(word);
        }
        end = token.end;
    }
    out.extend(&text[usize::try_from(end).unwrap()..]);
    out
}

#[expect(clippy::disallowed_methods, reason = "a foreign program is the attack")]
fn filter(program: &str, arguments: &[&str], text: &[u8]) -> Vec<u8> {
    let mut child = std::process::Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{program} starts: {error}"));
    let mut input = child.stdin.take().unwrap();
    let text = text.to_vec();
    let writer = std::thread::spawn(move || input.write_all(&text));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join().unwrap();
    output.stdout
}

/// Another project's style.
fn format(text: &[u8]) -> Vec<u8> {
    let out = filter(
        "rustfmt",
        &[
            "--edition",
            "2021",
            "--config",
            "max_width=120,use_small_heuristics=Max,hard_tabs=true",
        ],
        text,
    );
    assert!(!out.is_empty(), "rustfmt formats what it is given");
    out
}

/// Prints the syntax tree anew.
fn reprint(text: &[u8]) -> Vec<u8> {
    let out = filter(
        "python3",
        &[
            "-c",
            "import ast, sys; sys.stdout.write(ast.unparse(ast.parse(sys.stdin.buffer.read())))",
        ],
        text,
    );
    assert!(!out.is_empty(), "python parses what it is given");
    out
}
