//! Values and rows in one form for both databases.
//!
//! Five kinds of value exist: integer (64 bits, signed), text, bytes, boolean and null. Times are integers:
//! microseconds since 1970-01-01 UTC. What does not fit (a count above `i64::MAX`, text with a zero byte, which PostgreSQL
//! cannot hold) is refused, never cut.

use crate::StoreError;
use jiff::Timestamp;

/// Holds one SQL value. Its `Debug` shows the kind and never the content, which may be personal.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// The absent value.
    Null,
    /// A signed integer of 64 bits.
    Integer(i64),
    /// Text without a zero byte.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// Truth; SQLite keeps it as 0 or 1.
    Boolean(bool),
    /// A number that no column can hold; every statement refuses it.
    TooLarge(u64),
}

impl Value {
    fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Integer(_) => "an integer",
            Self::Text(_) => "text",
            Self::Blob(_) => "bytes",
            Self::Boolean(_) => "a boolean",
            Self::TooLarge(_) => "a number above 64 signed bits",
        }
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.kind())
    }
}

/// Holds one row of a result, by column position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    values: Vec<Value>,
}

impl Row {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self { values }
    }

    /// Reads the column at `column` (from zero) as `T`.
    pub fn get<T: FromValue>(&self, column: usize) -> Result<T, StoreError> {
        let wrong = |found: &str| StoreError::Column {
            column,
            expected: T::EXPECTED,
            found: found.to_owned(),
        };
        let value = self.values.get(column).ok_or_else(|| wrong("no column"))?;
        T::from_value(value).ok_or_else(|| wrong(value.kind()))
    }
}

/// Reads a Rust value out of an SQL value.
pub trait FromValue: Sized {
    /// Says in words what is expected.
    const EXPECTED: &'static str;
    /// Gives the value, or `None` when the SQL value is of another kind or out of range.
    fn from_value(value: &Value) -> Option<Self>;
}

macro_rules! integers {
    ($($kind:ty),*) => {$(
        impl FromValue for $kind {
            const EXPECTED: &'static str = concat!("an integer that fits ", stringify!($kind));
            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    Value::Integer(number) => <$kind>::try_from(*number).ok(),
                    _ => None,
                }
            }
        }
    )*};
}
integers!(i64, u64, u32, u16, u8, usize);

impl FromValue for String {
    const EXPECTED: &'static str = "text";
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }
    }
}

impl FromValue for Vec<u8> {
    const EXPECTED: &'static str = "bytes";
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Blob(bytes) => Some(bytes.clone()),
            _ => None,
        }
    }
}

impl<const N: usize> FromValue for [u8; N] {
    const EXPECTED: &'static str = "bytes of a fixed length";
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Blob(bytes) => bytes.as_slice().try_into().ok(),
            _ => None,
        }
    }
}

impl FromValue for bool {
    const EXPECTED: &'static str = "a boolean";
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Boolean(truth) => Some(*truth),
            Value::Integer(0) => Some(false),
            Value::Integer(1) => Some(true),
            _ => None,
        }
    }
}

impl FromValue for Timestamp {
    const EXPECTED: &'static str = "a time in microseconds since 1970";
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Integer(micros) => Timestamp::from_microsecond(*micros).ok(),
            _ => None,
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            other => T::from_value(other).map(Some),
        }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Integer(i64::from(number))
    }
}

impl From<u8> for Value {
    fn from(number: u8) -> Self {
        Self::Integer(i64::from(number))
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        i64::try_from(number).map_or(Self::TooLarge(number), Self::Integer)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(bytes: [u8; N]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Integer(time.as_microsecond())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Lists values for the `$1, $2, ...` of a statement.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::Value::from($value)),*] as &[$crate::Value] };
}
