//! Canonical JSON: the part of RFC 8785 that evidence needs.
//!
//! ASCII keys, strings, integers within plus or minus 2^53 - 1, booleans, null, arrays, objects. One value has exactly one
//! encoding, and only that encoding is read back. Refuses floats, repeated keys, other spellings of the same value, more
//! than 32 levels.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::hash::Hash;

/// Largest integer, either sign: every JSON reader holds it exactly.
pub const MAX_INTEGER: i64 = (1 << 53) - 1;
/// Most levels of arrays and objects.
pub const MAX_DEPTH: usize = 32;

/// A JSON value that has one canonical encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// An integer within plus or minus 2^53 - 1 (checked when encoded).
    Integer(i64),
    /// A string.
    Text(String),
    /// An array.
    Array(Vec<Value>),
    /// An object; keys are ASCII (checked when encoded).
    Object(BTreeMap<String, Value>),
}

/// Refusals of canonical JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// Not JSON, or JSON with a float or a repeated key.
    #[error("not canonical JSON: {0}")]
    Syntax(String),
    /// JSON in another spelling than the canonical one.
    #[error("JSON is not in its canonical form (first difference at byte {0})")]
    Spelling(usize),
    /// An integer beyond 2^53 - 1.
    #[error("integer {0} is beyond 2^53 - 1")]
    Integer(i128),
    /// A key that is not ASCII.
    #[error("key {0:?} is not printable ASCII")]
    Key(String),
    /// Too many levels.
    #[error("more than {MAX_DEPTH} levels of arrays and objects")]
    Depth,
    /// A typed value that JSON cannot hold, or a JSON value that does not fit the type.
    #[error("JSON does not fit: {0}")]
    Shape(String),
}

impl Value {
    /// Makes an object from pairs; a later pair replaces an earlier one of the same key.
    pub fn object<K: Into<String>>(pairs: impl IntoIterator<Item = (K, Value)>) -> Value {
        Value::Object(
            pairs
                .into_iter()
                .map(|(key, value)| (key.into(), value))
                .collect(),
        )
    }

    /// Returns the member of an object.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Object(members) => members.get(key),
            _ => None,
        }
    }

    /// Returns the text of a string.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the value of an integer.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Value::Integer(integer) => Some(*integer),
            _ => None,
        }
    }

    /// Writes the canonical encoding.
    pub fn encode(&self) -> Result<String, CanonicalError> {
        let mut out = String::new();
        self.write(&mut out, 0)?;
        Ok(out)
    }

    /// Reads canonical JSON; refuses every other spelling.
    pub fn decode(bytes: &[u8]) -> Result<Value, CanonicalError> {
        let value: Value =
            serde_json::from_slice(bytes).map_err(|error| CanonicalError::Syntax(error.to_string()))?;
        let encoded = value.encode()?;
        if encoded.as_bytes() != bytes {
            let same = encoded
                .bytes()
                .zip(bytes)
                .take_while(|(left, right)| left == *right)
                .count();
            return Err(CanonicalError::Spelling(same));
        }
        Ok(value)
    }

    /// Converts a serialisable value (structs become objects); refuses floats and large integers.
    pub fn from_typed<T: Serialize>(typed: &T) -> Result<Value, CanonicalError> {
        let json = serde_json::to_vec(typed).map_err(|error| CanonicalError::Shape(error.to_string()))?;
        serde_json::from_slice(&json).map_err(|error| CanonicalError::Syntax(error.to_string()))
    }

    /// Reads canonical JSON into a type; refuses other spellings as `decode` does.
    pub fn decode_typed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CanonicalError> {
        Value::decode(bytes)?;
        serde_json::from_slice(bytes).map_err(|error| CanonicalError::Shape(error.to_string()))
    }

    fn write(&self, out: &mut String, depth: usize) -> Result<(), CanonicalError> {
        if depth > MAX_DEPTH {
            return Err(CanonicalError::Depth);
        }
        match self {
            Value::Null => out.push_str("null"),
            Value::Boolean(true) => out.push_str("true"),
            Value::Boolean(false) => out.push_str("false"),
            Value::Integer(integer) => {
                if integer.unsigned_abs() > MAX_INTEGER.unsigned_abs() {
                    return Err(CanonicalError::Integer(i128::from(*integer)));
                }
                out.push_str(&integer.to_string());
            }
            Value::Text(text) => write_text(text, out),
            Value::Array(items) => {
                let mut separator = '[';
                for item in items {
                    out.push(separator);
                    item.write(out, depth + 1)?;
                    separator = ',';
                }
                out.push_str(if items.is_empty() { "[]" } else { "]" });
            }
            Value::Object(members) => {
                let mut separator = '{';
                // ASCII keys in byte order are in the order of UTF-16 code units that RFC 8785 asks for.
                for (key, value) in members {
                    if !key.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
                        return Err(CanonicalError::Key(key.clone()));
                    }
                    out.push(separator);
                    write_text(key, out);
                    out.push(':');
                    value.write(out, depth + 1)?;
                    separator = ',';
                }
                out.push_str(if members.is_empty() { "{}" } else { "}" });
            }
        }
        Ok(())
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for symbol in text.chars() {
        match symbol {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            control if control < '\u{20}' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Boolean(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Value {
        Value::Text(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Value {
        Value::Integer(i64::from(value))
    }
}

impl From<Hash> for Value {
    fn from(value: Hash) -> Value {
        Value::Text(value.to_string())
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(value: Vec<T>) -> Value {
        Value::Array(value.into_iter().map(Into::into).collect())
    }
}

impl TryFrom<u64> for Value {
    type Error = CanonicalError;

    fn try_from(value: u64) -> Result<Value, CanonicalError> {
        match i64::try_from(value) {
            Ok(integer) if integer <= MAX_INTEGER => Ok(Value::Integer(integer)),
            _ => Err(CanonicalError::Integer(i128::from(value))),
        }
    }
}

impl TryFrom<i64> for Value {
    type Error = CanonicalError;

    fn try_from(value: i64) -> Result<Value, CanonicalError> {
        if value.unsigned_abs() > MAX_INTEGER.unsigned_abs() {
            return Err(CanonicalError::Integer(i128::from(value)));
        }
        Ok(Value::Integer(value))
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("JSON without floats")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Integer(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        i64::try_from(value)
            .map(Value::Integer)
            .map_err(|_| E::custom(CanonicalError::Integer(i128::from(value))))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element()? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = BTreeMap::new();
        while let Some((key, value)) = members.next_entry::<String, Value>()? {
            if object.contains_key(&key) {
                return Err(serde::de::Error::custom(format_args!("key {key:?} twice")));
            }
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}
