//! Statements: the entries of a log.
//!
//! A statement is a canonical JSON object of at most 65,535 bytes: `v` (1), `kind`, `time`, `actor`, `subjects`, and what
//! the kind adds. Personal or secret values never stand in it; `commitments` holds salted commitments to them, so that
//! values can be erased while the log stays valid. Unknown versions are refused, never skipped.

use std::collections::BTreeMap;

use crate::canonical::{CanonicalError, Value};
use crate::hash::{Hash, leaf_hash};

/// Version of the statement format.
pub const STATEMENT_VERSION: i64 = 1;
/// Largest entry in bytes.
pub const MAX_ENTRY_BYTES: usize = 65_535;

/// Refusals of statements.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Not canonical JSON.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// A version that this program does not know.
    #[error("statement version {0} is not known, only version {STATEMENT_VERSION} is")]
    Version(i64),
    /// Above the bound.
    #[error("a statement of {0} bytes is above the bound of {MAX_ENTRY_BYTES}")]
    TooLarge(usize),
    /// A member that is missing or of the wrong form.
    #[error("statement member {member}: {problem}")]
    Member {
        /// Name of the member.
        member: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// A statement that keeps every rule, with its canonical bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    value: Value,
    bytes: String,
}

impl Statement {
    /// Starts a statement. `time` is RFC 3339 in UTC (`2026-11-21T21:30:00Z`, fractions allowed); `actor` a random id.
    pub fn builder(kind: &str, time: &str, actor: &str) -> StatementBuilder {
        let mut members = BTreeMap::new();
        members.insert("v".to_owned(), Value::Integer(STATEMENT_VERSION));
        members.insert("kind".to_owned(), kind.into());
        members.insert("time".to_owned(), time.into());
        members.insert("actor".to_owned(), actor.into());
        StatementBuilder {
            members,
            subjects: BTreeMap::new(),
            commitments: BTreeMap::new(),
            refused: None,
        }
    }

    /// Reads an entry; refuses whatever `build` would not have written.
    pub fn parse(bytes: &[u8]) -> Result<Statement, StatementError> {
        if bytes.len() > MAX_ENTRY_BYTES {
            return Err(StatementError::TooLarge(bytes.len()));
        }
        Statement::checked(Value::decode(bytes)?)
    }

    /// Returns the canonical bytes: the entry.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.as_bytes()
    }

    /// Returns the canonical bytes as text.
    pub fn as_str(&self) -> &str {
        &self.bytes
    }

    /// Returns the hash under which it is a leaf of the log.
    pub fn leaf_hash(&self) -> Hash {
        leaf_hash(self.bytes.as_bytes())
    }

    /// Returns the kind.
    pub fn kind(&self) -> &str {
        self.text("kind")
    }

    /// Returns the time, RFC 3339 in UTC.
    pub fn time(&self) -> &str {
        self.text("time")
    }

    /// Returns the actor's id.
    pub fn actor(&self) -> &str {
        self.text("actor")
    }

    /// Returns a subject.
    pub fn subject(&self, name: &str) -> Option<&Value> {
        self.value.get("subjects")?.get(name)
    }

    /// Returns a member of the kind's own.
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.value.get(name)
    }

    /// Returns a commitment.
    pub fn commitment(&self, name: &str) -> Option<Hash> {
        self.value.get("commitments")?.get(name)?.as_text()?.parse().ok()
    }

    /// Returns the whole object.
    pub fn value(&self) -> &Value {
        &self.value
    }

    fn text(&self, name: &str) -> &str {
        self.value.get(name).and_then(Value::as_text).unwrap_or_default()
    }

    fn checked(value: Value) -> Result<Statement, StatementError> {
        let member = |member: &str, problem| StatementError::Member {
            member: member.to_owned(),
            problem,
        };
        let text = |name: &str| {
            value
                .get(name)
                .ok_or_else(|| member(name, "is missing"))?
                .as_text()
                .ok_or_else(|| member(name, "is not text"))
        };
        match value.get("v") {
            None => return Err(member("v", "is missing")),
            Some(Value::Integer(STATEMENT_VERSION)) => {}
            Some(Value::Integer(other)) => return Err(StatementError::Version(*other)),
            Some(_) => return Err(member("v", "is not an integer")),
        }
        if !is_word(text("kind")?) {
            return Err(member("kind", "is not 1 to 64 of a-z, 0-9, '-', '.'"));
        }
        if !is_utc_time(text("time")?) {
            return Err(member("time", "is not RFC 3339 in UTC"));
        }
        let actor = text("actor")?;
        if actor.is_empty() || actor.len() > 200 || actor.chars().any(char::is_control) {
            return Err(member("actor", "is not 1 to 200 bytes of text"));
        }
        if !matches!(value.get("subjects"), Some(Value::Object(_))) {
            return Err(member("subjects", "is not an object"));
        }
        match value.get("commitments") {
            None => {}
            Some(Value::Object(commitments)) => {
                for (name, commitment) in commitments {
                    if commitment
                        .as_text()
                        .is_none_or(|text| text.parse::<Hash>().is_err())
                    {
                        return Err(member(
                            &format!("commitments.{name}"),
                            "is not 64 lowercase hex digits",
                        ));
                    }
                }
            }
            Some(_) => return Err(member("commitments", "is not an object")),
        }
        let bytes = value.encode()?;
        if bytes.len() > MAX_ENTRY_BYTES {
            return Err(StatementError::TooLarge(bytes.len()));
        }
        Ok(Statement { value, bytes })
    }
}

/// Collects the members of a statement.
#[derive(Clone, Debug)]
pub struct StatementBuilder {
    members: BTreeMap<String, Value>,
    subjects: BTreeMap<String, Value>,
    commitments: BTreeMap<String, Value>,
    refused: Option<String>,
}

impl StatementBuilder {
    /// Names something that the statement is about, by id.
    #[must_use]
    pub fn subject(mut self, name: &str, value: impl Into<Value>) -> StatementBuilder {
        if self.subjects.insert(name.to_owned(), value.into()).is_some() {
            self.refused.get_or_insert_with(|| format!("subjects.{name}"));
        }
        self
    }

    /// Adds a member of the kind's own.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl Into<Value>) -> StatementBuilder {
        let taken = matches!(name, "subjects" | "commitments");
        if self.members.insert(name.to_owned(), value.into()).is_some() || taken {
            self.refused.get_or_insert_with(|| name.to_owned());
        }
        self
    }

    /// Adds a salted commitment (see [`crate::commit`]).
    #[must_use]
    pub fn commitment(mut self, name: &str, commitment: Hash) -> StatementBuilder {
        if self
            .commitments
            .insert(name.to_owned(), commitment.into())
            .is_some()
        {
            self.refused.get_or_insert_with(|| format!("commitments.{name}"));
        }
        self
    }

    /// Checks every rule and encodes. A member that was set twice is refused.
    pub fn build(mut self) -> Result<Statement, StatementError> {
        if let Some(member) = self.refused {
            return Err(StatementError::Member {
                member,
                problem: "is set twice",
            });
        }
        self.members
            .insert("subjects".to_owned(), Value::Object(self.subjects));
        if !self.commitments.is_empty() {
            self.members
                .insert("commitments".to_owned(), Value::Object(self.commitments));
        }
        Statement::checked(Value::Object(self.members))
    }
}

fn is_word(text: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    (1..=64).contains(&text.len()) && text.bytes().all(allowed)
}

/// Checks the form `YYYY-MM-DDTHH:MM:SS[.fraction]Z` and the ranges of its parts.
fn is_utc_time(text: &str) -> bool {
    let Some((whole, fraction)) = text.strip_suffix('Z').and_then(|text| text.split_at_checked(19)) else {
        return false;
    };
    let shape = "0000-00-00T00:00:00";
    let fits = whole.bytes().zip(shape.bytes()).all(|(byte, form)| {
        if form == b'0' {
            byte.is_ascii_digit()
        } else {
            byte == form
        }
    });
    let fraction_fits = fraction.is_empty()
        || fraction.strip_prefix('.').is_some_and(|digits| {
            (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
        });
    let part = |range: std::ops::Range<usize>| whole.get(range).and_then(|digits| digits.parse::<u8>().ok());
    let ranges = (|| {
        Some(
            (1..=12).contains(&part(5..7)?)
                && (1..=31).contains(&part(8..10)?)
                && part(11..13)? <= 23
                && part(14..16)? <= 59
                && part(17..19)? <= 60,
        )
    })();
    fits && fraction_fits && ranges == Some(true)
}
