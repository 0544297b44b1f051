//! One component of a gitignore pattern: what `wildmatch` of git does between two slashes, on bytes.
//!
//! Matching is linear in pattern times name: stars backtrack to the last one only. Refuses what git reads as "never matches"
//! (an open class, a trailing backslash), because a rule that silently matches nothing hides or shows something by mistake.

/// What is wrong with one component of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GlobError {
    /// `[` without `]`.
    #[error("a class that starts with '[' has no ']'")]
    OpenClass,
    /// `[:name:]` with a name that git does not know.
    #[error("a class names an unknown '[:...:]'")]
    UnknownClass,
    /// A backslash with nothing after it.
    #[error("a trailing backslash escapes nothing")]
    TrailingBackslash,
}

/// One position of a compiled component.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Byte(u8),
    Any,
    Star,
    Class(Box<[bool; 256]>),
}

/// A compiled component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glob {
    tokens: Vec<Token>,
}

/// A component: plain text, or a glob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Component {
    Literal(Vec<u8>),
    Glob(Glob),
}

impl Component {
    /// Compiles the text between two slashes.
    pub(crate) fn compile(text: &[u8]) -> Result<Self, GlobError> {
        let mut tokens = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            match byte {
                b'\\' => {
                    let (&escaped, after) = rest.split_first().ok_or(GlobError::TrailingBackslash)?;
                    tokens.push(Token::Byte(escaped));
                    rest = after;
                }
                b'?' => tokens.push(Token::Any),
                b'*' => {
                    if tokens.last() != Some(&Token::Star) {
                        tokens.push(Token::Star);
                    }
                }
                b'[' => {
                    let (class, after) = compile_class(rest)?;
                    tokens.push(Token::Class(class));
                    rest = after;
                }
                other => tokens.push(Token::Byte(other)),
            }
        }
        let literal: Option<Vec<u8>> = tokens
            .iter()
            .map(|token| {
                if let Token::Byte(byte) = token {
                    Some(*byte)
                } else {
                    None
                }
            })
            .collect();
        Ok(literal.map_or(Self::Glob(Glob { tokens }), Self::Literal))
    }
}

impl Glob {
    /// Says whether the whole of `name` matches.
    pub(crate) fn matches(&self, name: &[u8]) -> bool {
        let (mut token, mut at) = (0_usize, 0_usize);
        let mut retry: Option<(usize, usize)> = None;
        loop {
            let byte = name.get(at).copied();
            let step = match (self.tokens.get(token), byte) {
                (None, None) => return true,
                (Some(Token::Star), _) => {
                    retry = Some((token.saturating_add(1), at));
                    token = token.saturating_add(1);
                    continue;
                }
                (Some(Token::Any), Some(_)) => true,
                (Some(Token::Byte(wanted)), Some(byte)) => *wanted == byte,
                (Some(Token::Class(class)), Some(byte)) => {
                    class.get(usize::from(byte)).copied().unwrap_or(false)
                }
                _ => false,
            };
            if step {
                token = token.saturating_add(1);
                at = at.saturating_add(1);
                continue;
            }
            // The last star takes one byte more; when the name is used up there is nothing left to take.
            match retry {
                Some((after_star, taken)) if taken < name.len() => {
                    retry = Some((after_star, taken.saturating_add(1)));
                    token = after_star;
                    at = taken.saturating_add(1);
                }
                _ => return false,
            }
        }
    }
}

type Class = Box<[bool; 256]>;

/// Compiles a class; `rest` starts after `[`. Returns what follows the `]`.
fn compile_class(mut rest: &[u8]) -> Result<(Class, &[u8]), GlobError> {
    let mut set = Box::new([false; 256]);
    let mut insert = |from: u8, to: u8| {
        for byte in from..=to {
            if let Some(slot) = set.get_mut(usize::from(byte)) {
                *slot = true;
            }
        }
    };
    let negated = matches!(rest.first(), Some(b'!' | b'^'));
    if negated {
        rest = rest.get(1..).unwrap_or_default();
    }
    let mut previous: Option<u8> = None;
    let mut first = true;
    loop {
        let (&byte, after) = rest.split_first().ok_or(GlobError::OpenClass)?;
        rest = after;
        match byte {
            b']' if !first => break,
            b'\\' => {
                let (&escaped, after) = rest.split_first().ok_or(GlobError::OpenClass)?;
                rest = after;
                insert(escaped, escaped);
                previous = Some(escaped);
            }
            b'-' if previous.is_some() && !matches!(rest.first(), None | Some(b']')) => {
                let (&end, after) = rest.split_first().ok_or(GlobError::OpenClass)?;
                rest = after;
                let end = if end == b'\\' {
                    let (&escaped, after) = rest.split_first().ok_or(GlobError::OpenClass)?;
                    rest = after;
                    escaped
                } else {
                    end
                };
                insert(previous.unwrap_or(end), end);
                // As in git: the end of a range starts no other range.
                previous = None;
            }
            b'[' if rest.first() == Some(&b':') => {
                let body = rest.get(1..).unwrap_or_default();
                let close = body
                    .iter()
                    .position(|byte| *byte == b']')
                    .ok_or(GlobError::OpenClass)?;
                let named = body.get(..close).unwrap_or_default();
                match named.strip_suffix(b":") {
                    Some(name) => {
                        let test = named_class(name).ok_or(GlobError::UnknownClass)?;
                        for byte in (0..=u8::MAX).filter(|byte| test(*byte)) {
                            insert(byte, byte);
                        }
                        rest = body.get(close.saturating_add(1)..).unwrap_or_default();
                        previous = None;
                    }
                    None => {
                        insert(b'[', b'[');
                        previous = Some(b'[');
                    }
                }
            }
            other => {
                insert(other, other);
                previous = Some(other);
            }
        }
        first = false;
    }
    if negated {
        for slot in set.iter_mut() {
            *slot = !*slot;
        }
    }
    Ok((set, rest))
}

fn named_class(name: &[u8]) -> Option<fn(u8) -> bool> {
    Some(match name {
        b"alnum" => |byte| byte.is_ascii_alphanumeric(),
        b"alpha" => |byte| byte.is_ascii_alphabetic(),
        b"blank" => |byte| byte == b' ' || byte == b'\t',
        b"cntrl" => |byte| byte.is_ascii_control(),
        b"digit" => |byte| byte.is_ascii_digit(),
        b"graph" => |byte| byte.is_ascii_graphic(),
        b"lower" => |byte| byte.is_ascii_lowercase(),
        b"print" => |byte| byte.is_ascii_graphic() || byte == b' ',
        b"punct" => |byte| byte.is_ascii_punctuation(),
        b"space" => |byte| byte.is_ascii_whitespace() || byte == 0x0b,
        b"upper" => |byte| byte.is_ascii_uppercase(),
        b"xdigit" => |byte| byte.is_ascii_hexdigit(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        match Component::compile(pattern.as_bytes()).unwrap() {
            Component::Literal(text) => text == name.as_bytes(),
            Component::Glob(glob) => glob.matches(name.as_bytes()),
        }
    }

    #[test]
    fn stars_classes_and_escapes_read_as_in_git() {
        for (pattern, name, expected) in [
            ("*.rs", "lib.rs", true),
            ("*.rs", ".rs", true),
            ("a*b*c", "axxbyybzc", true),
            ("a*b*c", "axxbyybz", false),
            ("?", "é", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[^a-c]x", "dx", true),
            ("[]-]", "]", true),
            ("[[:digit:]]*", "7up", true),
            ("[a-]", "-", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("{a,b}", "a", false),
            ("{a,b}", "{a,b}", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} on {name}");
        }
    }

    #[test]
    fn refuses_what_git_would_never_match() {
        assert_eq!(Component::compile(b"[a"), Err(GlobError::OpenClass));
        assert_eq!(Component::compile(b"[[:nope:]]"), Err(GlobError::UnknownClass));
        assert_eq!(Component::compile(b"a\\"), Err(GlobError::TrailingBackslash));
    }

    #[test]
    fn many_stars_stay_linear() {
        let pattern = "a*".repeat(500) + "b";
        assert!(!matches(&pattern, &"a".repeat(20_000)));
    }
}
