use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn words(language: Language, text: &str) -> Vec<String> {
    lex(language, text.as_bytes())
        .into_iter()
        .map(|token| {
            let text = String::from_utf8_lossy(token.bytes(text.as_bytes())).into_owned();
            match token.kind {
                TokenKind::Identifier => format!("i:{text}"),
                TokenKind::Keyword => format!("k:{text}"),
                TokenKind::Operator => text,
                TokenKind::Number => format!("n:{text}"),
                TokenKind::String => format!("s:{text}"),
                TokenKind::CommentWord => format!("c:{text}"),
                TokenKind::BlankLine => "blank".to_owned(),
            }
        })
        .collect()
}

#[test]
fn rust() {
    assert_eq!(
        words(
            Language::Rust,
            "fn f<'a>(x: &'a str) -> u8 { /* in /* side */ out */ b'\\'' }\n\n// See 1.5 here. And on.\nr#\"a \" b\"# 'é' '\\u{1F600}' 0xFFu8 1..2"
        ),
        [
            "k:fn",
            "i:f",
            "<",
            "'",
            "i:a",
            ">",
            "(",
            "i:x",
            ":",
            "&",
            "'",
            "i:a",
            "k:str",
            ")",
            "->",
            "k:u8",
            "{",
            "c:in",
            "c:side",
            "c:out",
            "s:b'\\''",
            "}",
            "blank",
            "c:See",
            "c:1",
            "c:5",
            "c:here",
            "c:.",
            "c:And",
            "c:on",
            "c:.",
            "s:r#\"a \" b\"#",
            "s:'é'",
            "s:'\\u{1F600}'",
            "n:0xFFu8",
            "n:1",
            "..",
            "n:2"
        ]
    );
}

#[test]
fn python() {
    assert_eq!(
        words(
            Language::Python,
            "x = rb'a\\'b' // 2  # done.\n\"\"\"doc\n'''\n\"\"\"\nif 'unclosed: y **= 1e-3"
        ),
        [
            "i:x",
            "=",
            "s:rb'a\\'b'",
            "//",
            "n:2",
            "c:done",
            "c:.",
            "s:\"\"\"doc\n'''\n\"\"\"",
            "k:if",
            "'",
            "i:unclosed",
            ":",
            "i:y",
            "**=",
            "n:1e-3"
        ]
    );
}

#[test]
fn javascript() {
    assert_eq!(
        words(
            Language::JavaScript,
            "a = b / c / d; r = /[/\"]x\\//g; `t ${ {k: `n${1}`} } u`; x?.y ??= /* no end"
        ),
        [
            "i:a",
            "=",
            "i:b",
            "/",
            "i:c",
            "/",
            "i:d",
            ";",
            "i:r",
            "=",
            "s:/[/\"]x\\//g",
            ";",
            "s:`t ${",
            "{",
            "i:k",
            ":",
            "s:`n${",
            "n:1",
            "s:}`",
            "}",
            "s:} u`",
            ";",
            "i:x",
            "?.",
            "i:y",
            "??=",
            "/*",
            "i:no",
            "i:end"
        ]
    );
}

#[test]
fn java_go_and_c() {
    assert_eq!(
        words(
            Language::Java,
            "final String s = \"\"\"\n a \"b\" \"\"\"; c = 'x';"
        ),
        [
            "k:final",
            "i:String",
            "i:s",
            "=",
            "s:\"\"\"\n a \"b\" \"\"\"",
            ";",
            "i:c",
            "=",
            "s:'x'",
            ";"
        ]
    );
    assert_eq!(
        words(Language::Go, "x := `raw \\`; y <- c &^ 'a'"),
        ["i:x", ":=", "s:`raw \\`", ";", "i:y", "<-", "i:c", "&^", "s:'a'"]
    );
    assert_eq!(
        words(Language::C, "#include <a.h>\nint x = 0XfF; char *s = \"a\\\nb\";"),
        [
            "#",
            "k:include",
            "<",
            "i:a",
            ".",
            "i:h",
            ">",
            "k:int",
            "i:x",
            "=",
            "n:0XfF",
            ";",
            "k:char",
            "*",
            "i:s",
            "=",
            "s:\"a\\\nb\"",
            ";"
        ]
    );
}

#[test]
fn strings_of_cpp_and_csharp_end_where_they_end() {
    assert_eq!(
        words(
            Language::Cpp,
            "auto s = R\"x(a \")\" b)x\" + u8\"c\"; int n = 1'000; a->b::c"
        ),
        [
            "k:auto",
            "i:s",
            "=",
            "s:R\"x(a \")\" b)x\"",
            "+",
            "s:u8\"c\"",
            ";",
            "k:int",
            "i:n",
            "=",
            "n:1'000",
            ";",
            "i:a",
            "->",
            "i:b",
            "::",
            "i:c"
        ]
    );
    assert_eq!(
        words(
            Language::CSharp,
            "var s = @\"c:\\\" + $\"{a}\" + @\"x\"\"y\" + \"\"\"z \"q\" \"\"\"; @class"
        ),
        [
            "k:var",
            "i:s",
            "=",
            "s:@\"c:\\\"",
            "+",
            "s:$\"{a}\"",
            "+",
            "s:@\"x\"\"y\"",
            "+",
            "s:\"\"\"z \"q\" \"\"\"",
            ";",
            "@",
            "k:class"
        ]
    );
    assert_eq!(words(Language::Cpp, "R\"x(a"), ["i:R\"", "i:x", "(", "i:a"]);
    assert_eq!(words(Language::CSharp, "@\"x"), ["@", "\"", "i:x"]);
}

#[test]
fn coarse_tokens_survive_formatting_and_renaming() {
    let coarse = |language, text: &str| -> Vec<Vec<u8>> {
        lex(language, text.as_bytes())
            .into_iter()
            .filter_map(|token| match token.coarse(text.as_bytes()) {
                Coarse::Nothing => None,
                Coarse::Identifier => Some(b"I".to_vec()),
                Coarse::Text(text) => Some(text.into_owned()),
            })
            .collect()
    };
    assert_eq!(
        coarse(
            Language::Python,
            "def f(a, b):\n\n    # why\n    return g(a, 'x  y', 0xFF, 1_000, '')\n"
        ),
        coarse(
            Language::Python,
            "def q(z, w): return h(z,\n    \"\"\"x\ny\"\"\", 255, 1000, \"\",)"
        )
    );
    assert_ne!(coarse(Language::C, "\"a\""), coarse(Language::C, "\"b\""));
    assert_ne!(coarse(Language::C, "\"\""), coarse(Language::C, "\" x\""));
}

#[test]
fn hostile_text_takes_linear_time() {
    let size = 2_000_000;
    let hostile: [&[u8]; 12] = [
        b"'\\",
        b"\"\\",
        b"/*",
        b"\"\"\"",
        b"`${",
        b"r#\"",
        b"r##\"#",
        b"/* */ /*",
        b"/[",
        b"b'",
        b"\n\n",
        b"'''\"\"\"`",
    ];
    for pattern in hostile {
        let text: Vec<u8> = pattern.iter().copied().cycle().take(size).collect();
        for language in Language::ALL {
            let start = Instant::now();
            let tokens = lex(language, &text);
            assert!(tokens.len() <= size);
            assert!(
                start.elapsed() < Duration::from_secs(5),
                "{language:?} {:?}",
                String::from_utf8_lossy(pattern)
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_give_ordered_tokens(bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"\"'`/*#\\{}$\nrb.0x ".to_vec())], 0..300), language in prop::sample::select(Language::ALL.to_vec())) {
        let mut end = 0;
        for token in lex(language, &bytes) {
            prop_assert!(token.start >= end && token.end > token.start);
            end = token.end;
            let _ = token.key(&bytes);
            let _ = token.coarse(&bytes);
        }
        prop_assert!(usize::try_from(end).unwrap() <= bytes.len());
        // What no token covers is white space or inside a comment.
        if !bytes.iter().any(|byte| matches!(byte, b'#' | b'/')) {
            let mut covered = vec![false; bytes.len()];
            for token in lex(language, &bytes) {
                covered[usize::try_from(token.start).unwrap()..usize::try_from(token.end).unwrap()].fill(true);
            }
            for (byte, covered) in bytes.iter().zip(covered) {
                prop_assert!(covered || matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c), "{}", byte);
            }
        }
    }
}
