//! Path patterns with the meaning of gitignore, without negation.
//!
//! A pattern without a slash inside matches a name at any depth, one with a slash matches from the root; a trailing slash asks for
//! a directory; a pattern that matches a directory matches everything below. `*`, `?` and classes never match a slash; `**/`,
//! `/**/` and `/**` cross directories. `{` is an ordinary character.
//!
//! Works on bytes, as paths of git are bytes. INVARIANT: matching takes at most length of pattern x length of path steps, so no
//! pattern or path makes it slow. Refuses what gitignore gives another meaning or no meaning: `!`, a leading `#`, trailing spaces,
//! an unclosed class, a trailing backslash, empty path segments, and `**` beside other characters of a name: git reads `a**/b` as
//! `a*/b` by its documentation, and as `a` before `**/b` by its code.

mod compile;

use compile::{Fault, Token, compile};

/// The longest pattern in bytes.
const MAXIMUM_PATTERN: usize = 4096;

/// A compiled pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    text: String,
    /// Bytes that a match starts with; compared before the tokens.
    prefix: Vec<u8>,
    tokens: Vec<Token>,
    anchored: bool,
    directory_only: bool,
}

/// Says why a text is no path pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Nothing to match.
    #[error("the pattern {0:?} matches nothing")]
    Empty(String),
    /// Longer than 4096 bytes.
    #[error("a pattern has at most {MAXIMUM_PATTERN} bytes, this one has {0}")]
    TooLong(usize),
    /// Starts with `!`.
    #[error(
        "the pattern {0:?} starts with \"!\": negation is refused, the last rule that matches wins (write \"\\!\" for the character)"
    )]
    Negated(String),
    /// Starts with `#`.
    #[error(
        "the pattern {0:?} starts with \"#\", which gitignore reads as a comment (write \"\\#\" for the character)"
    )]
    Comment(String),
    /// Ends in a space.
    #[error("the pattern {0:?} ends in a space, which gitignore drops (write \"\\ \" for the character)")]
    TrailingSpace(String),
    /// Ends in a single backslash.
    #[error("the pattern {0:?} ends in a backslash that escapes nothing")]
    TrailingBackslash(String),
    /// A class without its end, or with an unknown name.
    #[error("the pattern {0:?} has a class [ ] that does not close or has an unknown name")]
    Class(String),
    /// `**` beside other characters of a name.
    #[error(
        "the pattern {0:?} has \"**\" beside other characters of a name, where git and its documentation differ (write one \"*\")"
    )]
    Stars(String),
    /// `//`, `.` or `..` as a segment, a control character.
    #[error(
        "the pattern {0:?} has an empty, \".\" or \"..\" segment or a control character, which no path has"
    )]
    Segment(String),
}

impl PathPattern {
    /// Compiles a pattern.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text.len() > MAXIMUM_PATTERN {
            return Err(PatternError::TooLong(text.len()));
        }
        let named = || text.to_owned();
        if text.is_empty() || text == "/" {
            return Err(PatternError::Empty(named()));
        }
        if text.starts_with('!') {
            return Err(PatternError::Negated(named()));
        }
        if text.starts_with('#') {
            return Err(PatternError::Comment(named()));
        }
        let backslashes = |end: &str| end.bytes().rev().take_while(|byte| *byte == b'\\').count();
        if let Some(rest) = text.strip_suffix(' ')
            && backslashes(rest).is_multiple_of(2)
        {
            return Err(PatternError::TrailingSpace(named()));
        }
        if !backslashes(text).is_multiple_of(2) {
            return Err(PatternError::TrailingBackslash(named()));
        }
        if text.bytes().any(|byte| byte.is_ascii_control()) {
            return Err(PatternError::Segment(named()));
        }
        // An escaped slash is a slash to gitignore too, but only in the middle; the backslash must not survive alone.
        let (body, directory_only) = match text.strip_suffix('/') {
            Some(body) if !backslashes(body).is_multiple_of(2) => return Err(PatternError::Segment(named())),
            Some(body) => (body, true),
            None => (text, false),
        };
        let anchored = body.contains('/');
        let body = body.strip_prefix('/').unwrap_or(body);
        if body.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
            return Err(PatternError::Segment(named()));
        }
        let tokens = compile(body.as_bytes()).map_err(|fault| match fault {
            Fault::Class => PatternError::Class(named()),
            Fault::Stars => PatternError::Stars(named()),
        })?;
        let prefix: Vec<u8> = tokens.iter().map_while(Token::literal).collect();
        let tokens = tokens.get(prefix.len()..).unwrap_or_default().to_vec();
        Ok(Self {
            text: named(),
            prefix,
            tokens,
            anchored,
            directory_only,
        })
    }

    /// The text as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Says whether it matches from the root only.
    pub fn is_anchored(&self) -> bool {
        self.anchored
    }

    /// Says whether it matches a file.
    pub fn matches_file(&self, path: &[u8]) -> bool {
        self.matches(path, PathKind::File)
    }

    /// Says whether it matches a directory as such, so that everything below matches too.
    pub fn matches_directory(&self, path: &[u8]) -> bool {
        self.matches(path, PathKind::Directory)
    }

    /// Says whether it matches a path (relative, `/` between names, none at the ends) or a directory above it.
    pub fn matches(&self, path: &[u8], kind: PathKind) -> bool {
        if path.is_empty() {
            return false;
        }
        if self.anchored {
            return self.matches_from(path, kind);
        }
        // Without an inner slash: each name of the path on its own.
        let mut names = path.split(|byte| *byte == b'/').peekable();
        while let Some(name) = names.next() {
            let kind = if names.peek().is_some() {
                PathKind::Directory
            } else {
                kind
            };
            if self.matches_from(name, kind) {
                return true;
            }
        }
        false
    }

    /// Matches from the start of `path` to its end, or to a slash: a directory above it.
    fn matches_from(&self, path: &[u8], kind: PathKind) -> bool {
        let Some(rest) = path.strip_prefix(self.prefix.as_slice()) else {
            return false;
        };
        let whole_counts = !self.directory_only || kind == PathKind::Directory;
        if self.tokens.is_empty() {
            return match rest.first() {
                None => whole_counts,
                Some(byte) => *byte == b'/',
            };
        }
        let mut states = compile::States::start(&self.tokens);
        for byte in rest {
            if *byte == b'/' && states.accepts() {
                return true;
            }
            states.step(&self.tokens, *byte);
            if states.is_dead() {
                return false;
            }
        }
        whole_counts && states.accepts()
    }
}

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathKind {
    /// A file, a symbolic link or a submodule.
    File,
    /// A directory.
    Directory,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, matching: &[&str], other: &[&str]) {
        let compiled = PathPattern::parse(pattern).unwrap();
        for path in matching {
            assert!(
                compiled.matches_file(path.as_bytes()),
                "{pattern} should match {path}"
            );
        }
        for path in other {
            assert!(
                !compiled.matches_file(path.as_bytes()),
                "{pattern} should not match {path}"
            );
        }
    }

    #[test]
    fn follows_gitignore() {
        check(
            "Cargo.toml",
            &["Cargo.toml", "a/b/Cargo.toml", "Cargo.toml/x"],
            &["Cargo.tomlx", "xCargo.toml"],
        );
        check("/Cargo.toml", &["Cargo.toml"], &["a/Cargo.toml"]);
        check(
            "crates/web/**",
            &["crates/web/a", "crates/web/a/b"],
            &["crates/web", "crates/webx/a", "x/crates/web/a"],
        );
        check(
            "crates/web",
            &["crates/web", "crates/web/a/b"],
            &["crates/webx", "x/crates/web"],
        );
        check(
            "**/tests/**",
            &["tests/a", "a/b/tests/c/d"],
            &["tests", "a/tests", "atests/b"],
        );
        check("target/", &["target/a", "x/target/a/b"], &["target", "x/target"]);
        check("*.rs", &["a.rs", ".rs", "x/y/a.rs", "a.rs/b"], &["a.rsx"]);
        check("/*.rs", &["a.rs"], &["x/a.rs"]);
        check("a/*/b", &["a/x/b", "a/x/b/c"], &["a/b", "a/x/y/b"]);
        check(
            "a/**/b",
            &["a/b", "a/x/b", "a/x/y/b", "a/x/b/c"],
            &["ab", "a/xb", "xa/b"],
        );
        check("a?c", &["abc", "x/a-c"], &["ac", "a/c", "abbc"]);
        check("[a-c]x", &["ax", "bx", "z/cx"], &["dx", "-x"]);
        check("[!a-c]x", &["dx"], &["ax", "x"]);
        check("[^a]x", &["dx"], &["ax"]);
        check("[]-]x", &["]x", "-x"], &["ax"]);
        check("[[:digit:]_]x", &["5x", "_x"], &["ax"]);
        check("[a\\]]x", &["]x", "ax"], &["\\x"]);
        check("x/[!a]y", &["x/by"], &["x//y"]);
        check("\\*", &["*", "a/*"], &["a"]);
        check("\\!x", &["!x"], &["x"]);
        check("{a,b}", &["{a,b}"], &["a", "b"]);
        check("a\\ ", &["a "], &["a"]);
        check("**", &["a", "a/b"], &[]);
        check("*", &["a", "a/b"], &[]);
        check("/**", &["a", "a/b"], &[]);
        check("**/", &["a/b"], &["a"]);
        check("**/foo", &["foo", "a/foo", "a/b/foo/c"], &["afoo"]);
    }

    #[test]
    fn matches_directories() {
        let pattern = PathPattern::parse("target/").unwrap();
        assert!(pattern.matches_directory(b"a/target"));
        assert!(!pattern.matches_file(b"a/target"));
        let below = PathPattern::parse("a/**").unwrap();
        assert!(!below.matches_directory(b"a"));
        assert!(below.matches_directory(b"a/b"));
    }

    #[test]
    fn works_on_bytes_outside_utf8() {
        let pattern = PathPattern::parse("*.rs").unwrap();
        assert!(pattern.matches_file(b"\xff\xfe.rs"));
        assert!(PathPattern::parse("ä?").unwrap().matches_file(b"\xc3\xa4\xff"));
    }

    #[test]
    fn refuses_what_has_no_or_another_meaning() {
        for (pattern, part) in [
            ("", "nothing"),
            ("/", "nothing"),
            ("!a", "negation"),
            ("#a", "comment"),
            ("a ", "space"),
            ("a\\", "backslash"),
            ("a**b", "beside"),
            ("x/**b", "beside"),
            ("a**/b", "beside"),
            ("[a]**", "beside"),
            ("[a", "class"),
            ("[[:digits:]]", "class"),
            ("a//b", "segment"),
            ("a/../b", "segment"),
            ("./a", "segment"),
            ("a\tb", "control"),
        ] {
            let error = PathPattern::parse(pattern).unwrap_err().to_string();
            assert!(error.contains(part), "{pattern:?}: {error}");
        }
        assert!(PathPattern::parse(&"a".repeat(5000)).is_err());
    }

    #[test]
    fn a_hostile_pattern_is_not_slow() {
        let pattern = PathPattern::parse(&format!("x/{}b", "*a".repeat(500))).unwrap();
        let path = format!("x/{}", "a".repeat(4000));
        assert!(!pattern.matches_file(path.as_bytes()));
        let pattern = PathPattern::parse(&format!("x/{}b", "**/".repeat(500))).unwrap();
        let path = format!("x/{}", "a/".repeat(2000));
        assert!(!pattern.matches_file(path.trim_end_matches('/').as_bytes()));
    }
}
