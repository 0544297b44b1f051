//! A pattern as a list of tokens, run as a set of states: one pass over the path, no backtracking.

/// One step of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Exactly this byte.
    Byte(u8),
    /// Any byte but a slash.
    Any,
    /// A byte of the set; never a slash.
    Class(Box<[bool; 256]>),
    /// Any run of bytes without a slash.
    Star,
    /// `**/`: nothing, or anything that ends in a slash.
    Directories,
    /// `**` at the end: anything.
    Rest,
}

impl Token {
    pub(super) fn literal(&self) -> Option<u8> {
        match self {
            Self::Byte(byte) => Some(*byte),
            _ => None,
        }
    }
}

/// What makes a pattern refused here.
pub(super) enum Fault {
    /// A class that does not close or has an unknown name.
    Class,
    /// Two or more stars that are not a whole segment.
    Stars,
}

/// Compiles a pattern without its leading and trailing slash.
pub(super) fn compile(pattern: &[u8]) -> Result<Vec<Token>, Fault> {
    let mut tokens = Vec::new();
    let mut rest = pattern;
    let mut at_start_of_segment = true;
    while let Some((first, after)) = rest.split_first() {
        let starts_segment = std::mem::replace(&mut at_start_of_segment, *first == b'/');
        rest = after;
        match first {
            b'*' => {
                let stars = after.iter().take_while(|byte| **byte == b'*').count();
                rest = after.get(stars..).unwrap_or_default();
                let fills_segment = stars > 0 && starts_segment;
                match rest.split_first() {
                    None if fills_segment => tokens.push(Token::Rest),
                    Some((b'/', below)) if fills_segment => {
                        tokens.push(Token::Directories);
                        rest = below;
                        at_start_of_segment = true;
                    }
                    _ if stars > 0 => return Err(Fault::Stars),
                    _ => tokens.push(Token::Star),
                }
            }
            b'?' => tokens.push(Token::Any),
            b'[' => {
                let (class, after_class) = class(after).ok_or(Fault::Class)?;
                tokens.push(Token::Class(class));
                rest = after_class;
            }
            b'\\' => {
                let (escaped, after_escaped) = after.split_first().ok_or(Fault::Class)?;
                tokens.push(Token::Byte(*escaped));
                at_start_of_segment = *escaped == b'/';
                rest = after_escaped;
            }
            byte => tokens.push(Token::Byte(*byte)),
        }
    }
    Ok(tokens)
}

/// Reads a class after its `[`.
fn class(pattern: &[u8]) -> Option<(Box<[bool; 256]>, &[u8])> {
    let mut set = Box::new([false; 256]);
    let (negated, mut rest) = match pattern.split_first() {
        Some((b'!' | b'^', after)) => (true, after),
        _ => (false, pattern),
    };
    let mut is_first = true;
    loop {
        let (first, after) = rest.split_first()?;
        rest = after;
        let low = match first {
            b']' if !is_first => break,
            b'[' if after.first() == Some(&b':') => {
                let end = after
                    .windows(2)
                    .skip(1)
                    .position(|pair| pair == b":]")?
                    .checked_add(1)?;
                let test = named_class(after.get(1..end)?)?;
                for (byte, member) in (0u8..=255).zip(set.iter_mut()) {
                    *member |= test(&byte);
                }
                rest = after.get(end.checked_add(2)?..)?;
                is_first = false;
                continue;
            }
            b'\\' => {
                let (escaped, after_escaped) = rest.split_first()?;
                rest = after_escaped;
                *escaped
            }
            byte => *byte,
        };
        is_first = false;
        let mut high = low;
        if let Some((b'-', after_dash)) = rest.split_first()
            && let Some((end, after_end)) = after_dash.split_first()
            && *end != b']'
        {
            (high, rest) = match end {
                b'\\' => {
                    let (escaped, after_escaped) = after_end.split_first()?;
                    (*escaped, after_escaped)
                }
                _ => (*end, after_end),
            };
        }
        for (byte, member) in (0u8..=255).zip(set.iter_mut()) {
            // The first byte of a range counts by itself, also when the range is empty: so it does in git.
            *member |= byte == low || (low..=high).contains(&byte);
        }
    }
    for (byte, member) in (0u8..=255).zip(set.iter_mut()) {
        *member = (*member != negated) && byte != b'/';
    }
    Some((set, rest))
}

fn named_class(name: &[u8]) -> Option<fn(&u8) -> bool> {
    Some(match name {
        b"alnum" => u8::is_ascii_alphanumeric,
        b"alpha" => u8::is_ascii_alphabetic,
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"cntrl" => u8::is_ascii_control,
        b"digit" => u8::is_ascii_digit,
        b"graph" => u8::is_ascii_graphic,
        b"lower" => u8::is_ascii_lowercase,
        b"print" => |byte| byte.is_ascii_graphic() || *byte == b' ',
        b"punct" => u8::is_ascii_punctuation,
        b"space" => |byte| byte.is_ascii_whitespace() || *byte == 0x0b,
        b"upper" => u8::is_ascii_uppercase,
        b"xdigit" => u8::is_ascii_hexdigit,
        _ => return None,
    })
}

/// The set of positions in a pattern that the path so far can be at.
pub(super) struct States {
    now: Vec<State>,
    next: Vec<State>,
}

/// What is known of one position: 0 not here, 1 here.
/// A `Directories` token has a second state: inside, behind a byte that is not its closing slash.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct State {
    here: bool,
    inside: bool,
}

impl States {
    pub(super) fn start(tokens: &[Token]) -> Self {
        let empty = vec![State::default(); tokens.len().saturating_add(1)];
        let mut states = Self {
            now: empty.clone(),
            next: empty,
        };
        if let Some(first) = states.now.first_mut() {
            first.here = true;
        }
        close(tokens, &mut states.now);
        states
    }

    pub(super) fn accepts(&self) -> bool {
        self.now.last().is_some_and(|state| state.here)
    }

    pub(super) fn is_dead(&self) -> bool {
        self.now.iter().all(|state| !state.here && !state.inside)
    }

    pub(super) fn step(&mut self, tokens: &[Token], byte: u8) {
        self.next.fill(State::default());
        let mut carried = false;
        for ((token, state), next) in tokens.iter().zip(&self.now).zip(&mut self.next) {
            next.here |= std::mem::take(&mut carried);
            match token {
                Token::Byte(wanted) => carried = state.here && *wanted == byte,
                Token::Any => carried = state.here && byte != b'/',
                Token::Class(set) => {
                    carried = state.here && set.get(usize::from(byte)).copied().unwrap_or(false)
                }
                Token::Star => next.here |= state.here && byte != b'/',
                Token::Rest => next.here |= state.here,
                Token::Directories => {
                    if state.here || state.inside {
                        next.inside = true;
                        carried = byte == b'/';
                    }
                }
            }
        }
        if let Some(last) = self.next.last_mut() {
            last.here |= carried;
        }
        std::mem::swap(&mut self.now, &mut self.next);
        close(tokens, &mut self.now);
    }
}

/// Follows the tokens that may match nothing.
fn close(tokens: &[Token], states: &mut [State]) {
    let mut carried = false;
    for (state, token) in states
        .iter_mut()
        .zip(tokens.iter().map(Some).chain(std::iter::once(None)))
    {
        state.here |= carried;
        carried = state.here && matches!(token, Some(Token::Star | Token::Rest | Token::Directories));
    }
}
