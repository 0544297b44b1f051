//! The tables: one struct for each row, one file for each subject, plain functions for each query.
//!
//! Functions that read take a [`Transaction`], those that change a [`WriteTransaction`], so that nothing can write inside
//! `Database::read`. Times are microseconds since 1970-01-01 UTC, finer parts are cut. JSON columns hold text that the caller
//! has made; the store does not look into it.

use crate::sql::{FromValue, Row, Transaction};
use crate::{StoreError, Value, WriteTransaction};

pub mod agreements;
pub mod artefacts;
pub mod builds;
pub mod cases;
pub mod deliveries;
pub mod estate;
pub mod forms;
pub mod histories;
pub mod interfaces;
pub mod keys;
pub mod mark_keys;
pub mod marks;
pub mod people;
pub mod submissions;
pub mod tokens;

/// Reads the columns of a row one after the other.
struct Columns<'r> {
    row: &'r Row,
    next: usize,
}

impl Columns<'_> {
    fn take<T: FromValue>(&mut self) -> Result<T, StoreError> {
        let value = self.row.get(self.next)?;
        self.next = self.next.saturating_add(1);
        Ok(value)
    }
}

/// Links a row's struct with its table.
trait TableRow: Sized {
    const TABLE: &'static str;
    const COLUMNS: &'static [&'static str];
    fn read(columns: &mut Columns<'_>) -> Result<Self, StoreError>;
    fn values(&self) -> Vec<Value>;
}

/// Gives the rows that `rest` (`WHERE ... ORDER BY ...`) selects.
fn select<T: TableRow>(
    transaction: &mut Transaction<'_>,
    rest: &str,
    values: &[Value],
) -> Result<Vec<T>, StoreError> {
    let sql = format!("SELECT {} FROM {} {rest}", T::COLUMNS.join(", "), T::TABLE);
    transaction
        .query(&sql, values)?
        .iter()
        .map(|row| T::read(&mut Columns { row, next: 0 }))
        .collect()
}

/// Gives the first row that `rest` selects.
fn select_first<T: TableRow>(
    transaction: &mut Transaction<'_>,
    rest: &str,
    values: &[Value],
) -> Result<Option<T>, StoreError> {
    let rest = format!("{rest} LIMIT 1");
    Ok(select(transaction, &rest, values)?.pop())
}

/// Inserts a row; `rest` is empty or says what to do `ON CONFLICT`. Gives the number of rows inserted or changed.
fn insert<T: TableRow>(
    transaction: &mut WriteTransaction<'_>,
    row: &T,
    rest: &str,
) -> Result<u64, StoreError> {
    let places: Vec<String> = (1..=T::COLUMNS.len()).map(|place| format!("${place}")).collect();
    let sql = format!(
        "INSERT INTO {} ({}) VALUES ({}) {rest}",
        T::TABLE,
        T::COLUMNS.join(", "),
        places.join(", ")
    );
    transaction.execute(&sql, &row.values())
}

/// Inserts a row, or replaces all columns outside of `key` when the key exists.
fn put<T: TableRow>(transaction: &mut WriteTransaction<'_>, row: &T, key: &[&str]) -> Result<(), StoreError> {
    let changes: Vec<String> = T::COLUMNS
        .iter()
        .filter(|column| !key.contains(column))
        .map(|column| format!("{column} = excluded.{column}"))
        .collect();
    let rest = format!(
        "ON CONFLICT ({}) DO UPDATE SET {}",
        key.join(", "),
        changes.join(", ")
    );
    insert(transaction, row, &rest).map(|_| ())
}

/// Inserts a row whose content can never change: the same row again is nothing, another one under the key is a conflict.
fn insert_once<T: TableRow + PartialEq>(
    transaction: &mut WriteTransaction<'_>,
    row: &T,
    find: &str,
    key: &[Value],
) -> Result<(), StoreError> {
    if insert(transaction, row, "ON CONFLICT DO NOTHING")? == 1 {
        return Ok(());
    }
    match select_first::<T>(transaction, find, key)? {
        Some(stored) if stored == *row => Ok(()),
        _ => Err(StoreError::Conflict {
            detail: format!("{} holds another row under the same key", T::TABLE),
        }),
    }
}

/// Declares a row's struct; a field is its column, or names the column after `=`.
macro_rules! table_row {
    (
        $(#[$about:meta])*
        $table:literal $name:ident {
            $( $(#[$field_about:meta])* $field:ident : $kind:ty $(= $column:literal)?, )*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name {
            $( $(#[$field_about])* pub $field: $kind, )*
        }

        impl $crate::tables::TableRow for $name {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [&'static str] = &[$( table_row!(@column $field $($column)?) ),*];

            fn read(columns: &mut $crate::tables::Columns<'_>) -> Result<Self, $crate::StoreError> {
                Ok(Self { $( $field: columns.take()?, )* })
            }

            fn values(&self) -> Vec<$crate::Value> {
                vec![$( $crate::Value::from(self.$field.clone()) ),*]
            }
        }
    };
    (@column $field:ident) => { stringify!($field) };
    (@column $field:ident $column:literal) => { $column };
}

/// Declares a set of words that a column may hold.
macro_rules! words {
    (
        $(#[$about:meta])*
        $name:ident { $( $(#[$word_about:meta])* $word:ident = $text:literal, )* }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $( $(#[$word_about])* $word, )*
        }

        impl $name {
            /// Every word.
            pub const ALL: &'static [Self] = &[$( Self::$word ),*];

            /// Gives the word as it is stored and shown.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$word => $text, )* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl From<$name> for $crate::Value {
            fn from(word: $name) -> Self {
                $crate::Value::from(word.as_str())
            }
        }

        impl $crate::FromValue for $name {
            const EXPECTED: &'static str = concat!("one of", $( " ", $text ),*);
            fn from_value(value: &$crate::Value) -> Option<Self> {
                match value {
                    $crate::Value::Text(text) => {
                        Self::ALL.iter().copied().find(|word| word.as_str() == text)
                    }
                    _ => None,
                }
            }
        }
    };
}
use {table_row, words};
