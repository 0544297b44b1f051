//! The header line that a view puts into each delivered file: its text, its placeholders, and what it may not say.
//!
//! INVARIANT: a line made here can stand in a comment of any language without ending it, continuing it on the next line, or meaning
//! something to a tool; it holds nothing that does not print.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The largest text of a header as it is written in an estate, in bytes.
pub const LONGEST_TEMPLATE: usize = 200;
/// The largest line that is made of it, in bytes.
pub const LONGEST_LINE: usize = 400;
/// The line of `header = true`.
const USUAL: &str = "Delivered by {owner} under {agreements}; see LICENCE-TERMS.md";
/// What a text may name.
const PLACEHOLDERS: [&str; 3] = ["{owner}", "{agreements}", "{view}"];

/// What ends or opens a comment, a template or a continued line somewhere.
const MARKS: [&str; 14] = [
    "*/", "/*", "--", "<!", "*)", "(*", "?>", "<?", "%>", "<%", "\\", "{", "}", "??/",
];
/// What a tool obeys when it finds it in a comment, in lowercase.
const ORDERS: [&str; 34] = [
    "-*-",
    "coding:",
    "coding=",
    "frozen_string_literal",
    "noqa",
    "nolint",
    "nosonar",
    "type: ignore",
    "mypy:",
    "pylint:",
    "ruff:",
    "flake8:",
    "isort:",
    "yapf:",
    "pyright:",
    "eslint",
    "tslint",
    "jshint",
    "jslint",
    "istanbul",
    "prettier-",
    "biome-ignore",
    "deno-lint",
    "clang-format",
    "fmt:",
    "rubocop:",
    "shellcheck",
    "sourcemappingurl",
    "sourceurl",
    "yaml-language-server",
    "do not edit",
    "code generated",
    "+build",
    "swift-tools-version",
];
/// Words with which an editor's mode line begins.
const MODES: [&str; 3] = ["vim:", "vi:", "ex:"];

/// Whether and how a header line is put into delivered files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Header {
    /// The usual line: owner, agreements and where the terms are.
    Usual,
    /// This text, in which `{owner}`, `{agreements}` and `{view}` are replaced.
    Text(String),
}

/// Why a header is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Nothing to put in.
    #[error("it is empty")]
    Empty,
    /// Too long.
    #[error("it has {length} bytes; at most {limit} are put into a file")]
    TooLong {
        /// Its bytes.
        length: usize,
        /// The bound.
        limit: usize,
    },
    /// A placeholder that is none.
    #[error("unknown placeholder {0:?}; there are {{owner}}, {{agreements}} and {{view}}")]
    Placeholder(String),
    /// A letter that does not print on one line.
    #[error("it holds {0}, which does not print or is no part of one line")]
    Letter(String),
    /// Something that ends or opens a comment.
    #[error("it holds {0:?}, which ends, opens or continues a comment in some language")]
    Mark(String),
    /// Something that a tool obeys.
    #[error("it holds {0:?}, which some compiler, editor or tool obeys in a comment")]
    Order(String),
    /// It begins or ends in a way that joins it with its comment.
    #[error(
        "it has to begin with a letter, a digit or a sign like \u{a9}, and to end with something that prints"
    )]
    Edges,
}

impl Header {
    /// Reads the text of an estate.
    ///
    /// # Errors
    /// When it names an unknown placeholder, or could not stand in a comment of every language.
    pub fn from_text(text: &str) -> Result<Self, HeaderError> {
        if text.len() > LONGEST_TEMPLATE {
            return Err(HeaderError::TooLong {
                length: text.len(),
                limit: LONGEST_TEMPLATE,
            });
        }
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            let (_, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
            let known = PLACEHOLDERS
                .iter()
                .find_map(|placeholder| from.strip_prefix(placeholder));
            rest = known.ok_or_else(|| {
                let end = from.find('}').map_or(from.len(), |end| end.saturating_add(1));
                HeaderError::Placeholder(from.get(..end).unwrap_or(from).to_owned())
            })?;
        }
        filled(text, "Owner", "A-1", "view").map(|_| Self::Text(text.to_owned()))
    }

    /// The line of one recipient's files. The agreements are those of its own grants: others' are nobody's business.
    ///
    /// # Errors
    /// When a name in it could not stand in a comment.
    pub fn line(&self, owner: &str, agreements: &[&str], view: &str) -> Result<String, HeaderError> {
        let template = match self {
            Self::Usual => USUAL,
            Self::Text(text) => text,
        };
        let agreements = if agreements.is_empty() {
            "its agreements".to_owned()
        } else {
            agreements.join(", ")
        };
        filled(template, owner, &agreements, view)
    }
}

fn filled(template: &str, owner: &str, agreements: &str, view: &str) -> Result<String, HeaderError> {
    // One after the other would replace a placeholder that a name brings along; braces in names are refused below.
    let mut line = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        line.push_str(before);
        let values = [owner, agreements, view];
        let found = PLACEHOLDERS
            .iter()
            .zip(values)
            .find_map(|(placeholder, value)| Some((from.strip_prefix(placeholder)?, value)));
        let Some((after, value)) = found else {
            return Err(HeaderError::Mark("{".to_owned()));
        };
        if value.contains(['{', '}']) {
            return Err(HeaderError::Mark("{".to_owned()));
        }
        line.push_str(value);
        rest = after;
    }
    line.push_str(rest);
    check(&line)?;
    Ok(line)
}

fn check(line: &str) -> Result<(), HeaderError> {
    if line.trim().is_empty() {
        return Err(HeaderError::Empty);
    }
    if line.len() > LONGEST_LINE {
        return Err(HeaderError::TooLong {
            length: line.len(),
            limit: LONGEST_LINE,
        });
    }
    if let Some(letter) = line.chars().find(|letter| hides(*letter)) {
        return Err(HeaderError::Letter(format!("U+{:04X}", u32::from(letter))));
    }
    let lower = line.to_lowercase();
    if let Some(mark) = MARKS.iter().find(|mark| line.contains(*mark)) {
        return Err(HeaderError::Mark((*mark).to_owned()));
    }
    if let Some(order) = ORDERS.iter().find(|order| lower.contains(*order)) {
        return Err(HeaderError::Order((*order).to_owned()));
    }
    for word in lower.split(' ') {
        // `@flow`, `@ts-nocheck`; an address has something before the sign.
        if word.starts_with('@') || MODES.iter().any(|mode| word.starts_with(mode)) {
            return Err(HeaderError::Order(word.to_owned()));
        }
    }
    // `# syntax=docker/dockerfile:1` and its kin are orders by their form.
    let key: String = lower
        .chars()
        .take_while(|letter| letter.is_ascii_alphanumeric())
        .collect();
    if !key.is_empty()
        && lower
            .strip_prefix(&key)
            .is_some_and(|rest| rest.trim_start().starts_with('='))
    {
        return Err(HeaderError::Order(format!("{key}=")));
    }
    let first = line.chars().next();
    let begins = first
        .is_some_and(|letter| letter.is_alphanumeric() || matches!(letter, '\u{a9}' | '\u{ae}' | '\u{a7}'));
    let ends = line
        .chars()
        .next_back()
        .is_some_and(|letter| !letter.is_whitespace() && !matches!(letter, '*' | '-' | '/' | '<' | '?'));
    if !begins || !ends {
        return Err(HeaderError::Edges);
    }
    Ok(())
}

/// Whether a letter does not print, prints nothing, ends a line, or turns the direction of others.
fn hides(letter: char) -> bool {
    letter.is_control()
        || (letter.is_whitespace() && letter != ' ')
        || matches!(u32::from(letter),
            0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f
            | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0xe000..=0xf8ff | 0xe0000..=0xe0fff | 0xf0000..)
}

impl Serialize for Header {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Usual => serializer.serialize_bool(true),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Switch(bool),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Switch(true) => Ok(Self::Usual),
            Written::Switch(false) => Err(serde::de::Error::custom("false is no header")),
            Written::Text(text) => Self::from_text(&text).map_err(serde::de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_made_of_owner_agreements_and_view() {
        let line = Header::Usual
            .line("M\u{fc}ller & Co.", &["NDA-7", "SOW-2"], "storefront")
            .unwrap();
        assert_eq!(
            line,
            "Delivered by M\u{fc}ller & Co. under NDA-7, SOW-2; see LICENCE-TERMS.md"
        );
        let own = Header::from_text(
            "\u{a9} {owner}, view {view}, {agreements}. Ask legal@acme.example: http://acme.example/terms",
        )
        .unwrap();
        assert_eq!(
            own.line("Acme", &[], "web").unwrap(),
            "\u{a9} Acme, view web, its agreements. Ask legal@acme.example: http://acme.example/terms"
        );
        for header in [Header::Usual, own] {
            let json = serde_json::to_string(&header).unwrap();
            assert_eq!(serde_json::from_str::<Header>(&json).unwrap(), header);
        }
        assert!(serde_json::from_str::<Header>("false").is_err());
    }

    #[test]
    fn what_would_not_stay_in_its_comment_is_refused() {
        use HeaderError as E;
        let refused = |text: &str| Header::from_text(text).unwrap_err();
        assert_eq!(refused(" "), E::Empty);
        assert!(matches!(
            refused(&"x".repeat(201)),
            E::TooLong { length: 201, .. }
        ));
        assert_eq!(refused("Of {ownr}"), E::Placeholder("{ownr}".to_owned()));
        assert_eq!(refused("Of {owner"), E::Placeholder("{owner".to_owned()));
        assert_eq!(
            refused("Of {recipient} and {owner}"),
            E::Placeholder("{recipient}".to_owned())
        );
        for mark in [
            "a */ b", "a /* b", "a --> b", "a -- b", "a ?> b", "a *) b", "a \\", "a } b", "a %> b", "a ??/",
        ] {
            assert!(matches!(refused(mark), E::Mark(_)), "{mark}");
        }
        for letter in [
            "a\nb",
            "a\tb",
            "a\u{2028}b",
            "a\u{202e}b",
            "a\u{200b}b",
            "a\u{feff}b",
            "a\u{85}b",
            "a\u{e0041}b",
            "a\u{a0}b",
        ] {
            assert!(matches!(refused(letter), E::Letter(_)), "{letter:?}");
        }
        for order in [
            "vim: set ts=2",
            "see vim:ts=2",
            "x coding: latin-1",
            "x Coding=latin-1",
            "Code generated, DO NOT EDIT",
            "a @flow",
            "syntax=x",
            "check = skip",
            "mypy: ignore-errors",
            "Eslint-disable",
            "a -*- b",
        ] {
            assert!(matches!(refused(order), E::Order(_)), "{order}");
        }
        for edge in ["!x", "#x", " x", "x ", "x*", "/x", "[x"] {
            assert_eq!(refused(edge), E::Edges, "{edge:?}");
        }
        // The names that are put in are looked at too.
        assert!(matches!(Header::Usual.line("A */ B", &[], "v"), Err(E::Mark(_))));
        assert!(matches!(Header::Usual.line("{view}", &[], "v"), Err(E::Mark(_))));
        assert!(matches!(
            Header::Usual.line("A", &["N".repeat(390).as_str()], "v"),
            Err(E::TooLong { .. })
        ));
    }
}
