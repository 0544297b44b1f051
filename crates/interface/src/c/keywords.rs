//! Project keywords: macros that stand where C has no macro in mind (`ZEXPORT`, `OF((int))`, `CJSON_PUBLIC(char *)`).
//!
//! They are found by their definitions: empty, attributes, storage classes, or one argument with only such words around it.

use std::collections::{BTreeMap, BTreeSet};

use super::scan::{self, Kind, Token};

/// Words of C and its compilers that say nothing about the form of a declaration.
const ATTRIBUTES: &[&[u8]] = &[
    b"extern",
    b"static",
    b"inline",
    b"__inline",
    b"__inline__",
    b"__forceinline",
    b"const",
    b"volatile",
    b"register",
    b"far",
    b"_far",
    b"__far",
    b"near",
    b"huge",
    b"WINAPI",
    b"WINAPIV",
    b"CALLBACK",
    b"APIENTRY",
    b"PASCAL",
    b"__stdcall",
    b"_stdcall",
    b"__cdecl",
    b"_cdecl",
    b"__fastcall",
    b"__restrict",
    b"__restrict__",
    b"restrict",
    b"__extension__",
    b"noexcept",
    b"_export",
    b"__attribute__",
    b"__attribute",
    b"__declspec",
    b"_declspec",
    b"__thread",
    b"_Thread_local",
    b"_Noreturn",
    b"__noreturn",
    b"__const",
    b"__signed",
    b"__volatile",
    b"CDECL",
    b"_Cdecl",
    b"cdecl",
    b"pascal",
    b"_pascal",
    b"FAR",
];

/// Tells whether a word says nothing about the form of a declaration, by itself.
pub(super) fn is_attribute(word: &[u8]) -> bool {
    ATTRIBUTES.contains(&word)
}

/// What a macro does in a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    /// Nothing that matters: it is read as white space.
    Blank,
    /// It makes what follows private to the file, and is read as white space.
    Static,
    /// With its arguments it is read as white space.
    BlankCall,
    /// What stands in its brackets stays.
    Wrapper,
    /// One definition of it says nothing; others decide what it is.
    Nothing,
}

/// The keywords of a group of files.
#[derive(Default)]
pub(super) struct Keywords {
    kinds: BTreeMap<Vec<u8>, Keyword>,
    /// Every macro with parameters.
    calls: BTreeSet<Vec<u8>>,
}

/// A macro definition.
struct Definition {
    name: Vec<u8>,
    parameters: Option<Vec<Vec<u8>>>,
    body: Vec<u8>,
}

impl Keywords {
    /// Finds the keywords that texts define.
    pub(super) fn of<'t>(texts: impl Iterator<Item = &'t [u8]>) -> Keywords {
        let mut definitions: BTreeMap<Vec<u8>, Vec<Definition>> = BTreeMap::new();
        for text in texts {
            for token in scan::scan(text).tokens {
                if token.kind == Kind::Directive
                    && let Some(definition) = definition(text, &token)
                {
                    definitions
                        .entry(definition.name.clone())
                        .or_default()
                        .push(definition);
                }
            }
        }
        let calls = definitions
            .iter()
            .filter(|(_, all)| all.iter().any(|one| one.parameters.is_some()))
            .map(|(name, _)| name.clone())
            .collect();
        let mut keywords = Keywords {
            kinds: BTreeMap::new(),
            calls,
        };
        // A keyword may be made of others; chains of definitions are short.
        for _ in 0..6 {
            let before = keywords.kinds.len();
            for (name, all) in &definitions {
                let kinds: Option<Vec<Keyword>> = all.iter().map(|one| keywords.kind(one)).collect();
                let kind = kinds.and_then(|kinds| agreed(&kinds));
                if let Some(kind) = kind {
                    keywords.kinds.insert(name.clone(), kind);
                }
            }
            if keywords.kinds.len() == before {
                break;
            }
        }
        keywords
    }

    pub(super) fn get(&self, word: &[u8]) -> Option<Keyword> {
        self.kinds.get(word).copied()
    }

    /// Tells whether a word is a macro with parameters.
    pub(super) fn is_call(&self, word: &[u8]) -> bool {
        self.calls.contains(word)
    }

    fn kind(&self, definition: &Definition) -> Option<Keyword> {
        let scanned = scan::scan(&definition.body);
        let mut left: Vec<&[u8]> = Vec::new();
        let mut is_static = false;
        let mut depth = 0_u32;
        for token in &scanned.tokens {
            let word = definition
                .body
                .get(token.span.start as usize..token.span.end as usize)
                .unwrap_or_default();
            match token.kind {
                Kind::Comment => {}
                Kind::Sign(b'(') => depth += 1,
                Kind::Sign(b')') => depth = depth.checked_sub(1)?,
                _ if depth > 0 => {}
                Kind::Word if ATTRIBUTES.contains(&word) => is_static |= word == b"static",
                Kind::Word if self.get(word).is_some_and(|known| known != Keyword::Wrapper) => {
                    is_static |= self.get(word) == Some(Keyword::Static);
                }
                _ => left.push(word),
            }
        }
        match (&definition.parameters, left.as_slice()) {
            (None, []) if is_static => Some(Keyword::Static),
            (None, []) if !scanned.tokens.iter().any(|token| token.kind == Kind::Sign(b'(')) => {
                Some(Keyword::Blank)
            }
            // Brackets without a word before them are a value.
            (None, []) => scanned
                .tokens
                .first()
                .is_some_and(|first| first.kind == Kind::Word)
                .then_some(Keyword::Blank),
            (Some(_), []) if scanned.tokens.is_empty() || definition.body.trim_ascii() == b"()" => {
                Some(Keyword::Nothing)
            }
            (Some(_), []) => scanned
                .tokens
                .first()
                .is_some_and(|first| first.kind == Kind::Word)
                .then_some(Keyword::BlankCall),
            (Some(parameters), [one])
                if parameters.len() == 1 && parameters.iter().all(|known| known == one) =>
            {
                Some(Keyword::Wrapper)
            }
            _ => None,
        }
    }
}

/// The kind on which all definitions of a name agree.
fn agreed(kinds: &[Keyword]) -> Option<Keyword> {
    let object = |kind: &Keyword| matches!(kind, Keyword::Blank | Keyword::Static);
    if kinds.iter().any(object) {
        return kinds.iter().all(object).then(|| {
            let is_static = kinds.contains(&Keyword::Static);
            if is_static {
                Keyword::Static
            } else {
                Keyword::Blank
            }
        });
    }
    // `#define OF(args) args`, with the other branch `#define OF(args) ()`.
    [Keyword::Wrapper, Keyword::BlankCall]
        .into_iter()
        .find(|kind| kinds.contains(kind))
}

fn definition(text: &[u8], token: &Token) -> Option<Definition> {
    if scan::directive_name(text, token) != b"define" {
        return None;
    }
    let whole = text.get(token.span.start as usize..token.span.end as usize)?;
    let after = whole.windows(6).position(|window| window == b"define")?;
    let rest = whole.get(after.saturating_add(6)..)?.trim_ascii_start();
    let end = rest
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
        .unwrap_or(rest.len());
    let (name, rest) = rest.split_at(end);
    let (parameters, body) = match rest.strip_prefix(b"(") {
        Some(list) => {
            let close = list.iter().position(|byte| *byte == b')')?;
            let (list, body) = list.split_at(close);
            let names = list
                .split(|byte| *byte == b',')
                .map(|name| name.trim_ascii().to_vec())
                .collect();
            (Some(names), body.get(1..).unwrap_or_default())
        }
        None => (None, rest),
    };
    // Line breaks inside a definition are white space.
    let body: Vec<u8> = body
        .iter()
        .enumerate()
        .map(|(place, byte)| match byte {
            b'\\' if matches!(body.get(place.saturating_add(1)), Some(b'\n' | b'\r')) => b' ',
            b'\n' | b'\r' => b' ',
            other => *other,
        })
        .collect();
    (!name.is_empty() && body.len() < 512).then(|| Definition {
        name: name.to_vec(),
        parameters,
        body,
    })
}
