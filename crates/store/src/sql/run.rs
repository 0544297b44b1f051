//! Runs one statement on either database, with values, rows and errors in the common form.

use super::{Row, STATEMENTS, Value};
use crate::StoreError;
use postgres::fallible_iterator::FallibleIterator as _;
use postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use std::collections::HashMap;

pub(super) fn check(sql: &str, values: &[Value]) -> Result<(), StoreError> {
    let refuse = |detail: &str| {
        Err(StoreError::Statement {
            sql: beginning(sql),
            detail: detail.to_owned(),
        })
    };
    for value in values {
        match value {
            Value::Text(text) if text.contains('\0') => return refuse("text with a zero byte"),
            Value::TooLarge(_) => return refuse("a number above 64 signed bits"),
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn run_sqlite(
    connection: &rusqlite::Connection,
    sql: &str,
    values: &[Value],
) -> Result<(u64, Vec<Row>), StoreError> {
    let failed = |error: rusqlite::Error| sqlite_error(sql, &error);
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    let places = statement.parameter_count();
    if places != values.len() {
        return Err(StoreError::Statement {
            sql: beginning(sql),
            detail: format!("{places} places, {} values", values.len()),
        });
    }
    for place in 1..=places {
        // SQLite numbers `$name` places by first appearance, so the number is read from the name.
        let value = statement
            .parameter_name(place)
            .and_then(|name| name.strip_prefix('$'))
            .and_then(|number| number.parse::<usize>().ok())
            .and_then(|number| values.get(number.checked_sub(1)?))
            .ok_or_else(|| StoreError::Statement {
                sql: beginning(sql),
                detail: "places must be $1, $2, ...".to_owned(),
            })?;
        statement.raw_bind_parameter(place, value).map_err(failed)?;
    }
    let columns = statement.column_count();
    if columns == 0 {
        let changed = statement.raw_execute().map_err(failed)?;
        return Ok((u64::try_from(changed).unwrap_or(u64::MAX), Vec::new()));
    }
    let mut rows = statement.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        let mut cells = Vec::with_capacity(columns);
        for column in 0..columns {
            use rusqlite::types::ValueRef;
            cells.push(match row.get_ref(column).map_err(failed)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) => Value::Integer(number),
                ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
                ValueRef::Real(_) => return Err(odd_type(sql, "a fraction")),
            });
        }
        found.push(Row::new(cells));
    }
    Ok((u64::try_from(found.len()).unwrap_or(u64::MAX), found))
}

pub(super) fn run_postgres(
    client: &mut postgres::Client,
    statements: &mut HashMap<String, postgres::Statement>,
    sql: &str,
    values: &[Value],
) -> Result<(u64, Vec<Row>), StoreError> {
    let failed = |error: postgres::Error| postgres_error(sql, &error);
    let statement = match statements.get(sql) {
        Some(statement) => statement.clone(),
        None => {
            let statement = client.prepare(sql).map_err(failed)?;
            if statements.len() >= STATEMENTS {
                statements.clear();
            }
            statements.insert(sql.to_owned(), statement.clone());
            statement
        }
    };
    let places = statement.params().len();
    if places != values.len() {
        return Err(StoreError::Statement {
            sql: beginning(sql),
            detail: format!("{places} places, {} values", values.len()),
        });
    }
    let mut rows = client.query_raw(&statement, values).map_err(failed)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        let mut cells = Vec::with_capacity(row.len());
        for (column, description) in row.columns().iter().enumerate() {
            let kind = description.type_();
            cells.push(match *kind {
                Type::INT8 => Value::from(row.try_get::<_, Option<i64>>(column).map_err(failed)?),
                Type::INT4 => Value::from(
                    row.try_get::<_, Option<i32>>(column)
                        .map_err(failed)?
                        .map(i64::from),
                ),
                Type::TEXT | Type::VARCHAR | Type::NAME => {
                    Value::from(row.try_get::<_, Option<String>>(column).map_err(failed)?)
                }
                Type::BYTEA => Value::from(row.try_get::<_, Option<Vec<u8>>>(column).map_err(failed)?),
                Type::BOOL => Value::from(row.try_get::<_, Option<bool>>(column).map_err(failed)?),
                _ => return Err(odd_type(sql, kind.name())),
            });
        }
        found.push(Row::new(cells));
    }
    let changed = rows.rows_affected().unwrap_or(0);
    Ok((changed, found))
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef};
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
            Self::Boolean(truth) => ValueRef::Integer(i64::from(*truth)),
            Self::TooLarge(_) => return Err(rusqlite::Error::IntegralValueOutOfRange(0, i64::MAX)),
        }))
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match (self, kind) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Integer(number), &Type::INT8) => number.to_sql(kind, out),
            (Self::Integer(number), &Type::INT4) => i32::try_from(*number)?.to_sql(kind, out),
            (Self::Text(text), &(Type::TEXT | Type::VARCHAR | Type::NAME)) => text.to_sql(kind, out),
            (Self::Blob(bytes), &Type::BYTEA) => bytes.to_sql(kind, out),
            (Self::Boolean(truth), &Type::BOOL) => truth.to_sql(kind, out),
            _ => Err(format!("a value of another kind than the column's, {kind}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn odd_type(sql: &str, kind: &str) -> StoreError {
    StoreError::Statement {
        sql: beginning(sql),
        detail: format!("a result column is {kind}; cast it to one of the five kinds"),
    }
}

/// Cuts a statement for an error message; statements hold no values, so nothing private is in it.
pub(super) fn beginning(sql: &str) -> String {
    let mut words = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = words.char_indices().nth(160) {
        words.truncate(end);
        words.push_str(" ...");
    }
    words
}

pub(super) fn describe(error: &postgres::Error) -> String {
    match (error.as_db_error(), std::error::Error::source(error)) {
        (Some(told), _) => told.message().to_owned(),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}

pub(super) fn sqlite_error(sql: &str, error: &rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode;
    let detail = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full { detail },
        Some(ErrorCode::SystemIoFailure) => StoreError::Disk { detail },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy { detail },
        Some(ErrorCode::ConstraintViolation) => StoreError::Conflict { detail },
        _ => StoreError::Statement {
            sql: beginning(sql),
            detail,
        },
    }
}

/// Tells whether the connection itself failed, not what was asked over it.
fn is_transport(error: &postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>())
}

pub(super) fn postgres_error(sql: &str, error: &postgres::Error) -> StoreError {
    use postgres::error::SqlState;
    let detail = describe(error);
    match error.code() {
        Some(&SqlState::DISK_FULL) => StoreError::Full { detail },
        Some(&SqlState::IO_ERROR) => StoreError::Disk { detail },
        Some(&SqlState::LOCK_NOT_AVAILABLE) => StoreError::Busy { detail },
        Some(state) if state.code().starts_with("23") => StoreError::Conflict { detail },
        Some(state) if state.code().starts_with("57P") => StoreError::Disconnected { detail },
        // Which of the two a call meets depends on when the other side's end arrives.
        None if error.is_closed() || is_transport(error) => StoreError::Disconnected { detail },
        _ => StoreError::Statement {
            sql: beginning(sql),
            detail,
        },
    }
}
