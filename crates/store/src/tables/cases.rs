//! Cases and their steps.

use super::{insert, select, select_first, table_row};
use crate::sql::Transaction;
use crate::{StoreError, WriteTransaction, values};
use jiff::Timestamp;

table_row! {
    /// Holds one case.
    #[derive(Debug)]
    "trace_case" TraceCase {
        /// Its id.
        id: String,
        /// When it was opened.
        opened_at: Timestamp,
        /// The SHA-256 over the suspect.
        suspect_hash: [u8; 32],
        /// What the trace was run with, as JSON.
        settings: String,
        /// What it found, as JSON.
        result: Option<String>,
    }
}

table_row! {
    /// Holds one step of a case.
    #[derive(Debug)]
    "case_step" CaseStep {
        /// The case.
        case: String = "case_id",
        /// Counts from 1.
        number: u64,
        /// When.
        at: Timestamp = "at_time",
        /// Who, a random id.
        actor: String,
        /// What was done with which tool and inputs, as JSON.
        what: String,
    }
}

/// Opens a case.
pub fn open(transaction: &mut WriteTransaction<'_>, case: &TraceCase) -> Result<(), StoreError> {
    insert(transaction, case, "").map(|_| ())
}

/// Notes what a case found; `false` when there is no such case.
pub fn set_result(
    transaction: &mut WriteTransaction<'_>,
    id: &str,
    result: &str,
) -> Result<bool, StoreError> {
    let changed = transaction.execute(
        "UPDATE trace_case SET result = $2 WHERE id = $1",
        values![id, result],
    )?;
    Ok(changed == 1)
}

/// Gives one case.
pub fn get(transaction: &mut Transaction<'_>, id: &str) -> Result<Option<TraceCase>, StoreError> {
    select_first(transaction, "WHERE id = $1", values![id])
}

/// Lists the cases, the first one first.
pub fn list(transaction: &mut Transaction<'_>) -> Result<Vec<TraceCase>, StoreError> {
    select(transaction, "ORDER BY opened_at, id", &[])
}

/// Adds a step under the case's next number, which it gives.
pub fn add_step(
    transaction: &mut WriteTransaction<'_>,
    case: &str,
    at: Timestamp,
    actor: &str,
    what: &str,
) -> Result<u64, StoreError> {
    let number: u64 = transaction
        .query_one(
            "SELECT coalesce(max(number), 0) + 1 FROM case_step WHERE case_id = $1",
            values![case],
        )?
        .get(0)?;
    let step = CaseStep {
        case: case.to_owned(),
        number,
        at,
        actor: actor.to_owned(),
        what: what.to_owned(),
    };
    insert(transaction, &step, "")?;
    Ok(number)
}

/// Lists the steps of a case in order.
pub fn steps(transaction: &mut Transaction<'_>, case: &str) -> Result<Vec<CaseStep>, StoreError> {
    select(transaction, "WHERE case_id = $1 ORDER BY number", values![case])
}
