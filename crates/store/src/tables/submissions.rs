//! Submissions: what recipients pushed, and what was decided.

use super::{insert, select, select_first, table_row, words};
use crate::sql::Transaction;
use crate::{StoreError, WriteTransaction, values};
use jiff::Timestamp;

words! {
    /// Says how far a submission is.
    SubmissionState {
        /// It passed the checks of the push.
        Received = "received",
        /// It stands on the owner's code.
        Translated = "translated",
        /// It does not fit the owner's code as it is.
        Conflict = "conflict",
        /// The owner took it.
        Accepted = "accepted",
        /// The owner refused it.
        Refused = "refused",
        /// It is part of the owner's branch.
        Merged = "merged",
    }
}

table_row! {
    /// Holds one submission.
    #[derive(Debug)]
    "submission" Submission {
        /// Its id.
        id: String,
        /// The view it was pushed to.
        view: String = "view_name",
        /// The recipient it came from.
        recipient: String,
        /// The person who pushed.
        person: String,
        /// The recipient's branch.
        branch: String,
        /// How far it is.
        state: SubmissionState,
        /// The commit of the delivery store it is based on.
        base: String,
        /// The recipient's last commit.
        vendor_tip: String,
        /// The translated last commit.
        owner_tip: Option<String>,
        /// The deliverable it belongs to.
        work_item: Option<String>,
        /// What changed, as JSON.
        summary: String,
        /// When it came.
        received_at: Timestamp,
        /// When it was decided.
        decided_at: Option<Timestamp>,
        /// Who decided, a random id.
        decided_by: Option<String>,
        /// Why.
        reason: Option<String>,
    }
}

/// Adds a submission.
pub fn add(transaction: &mut WriteTransaction<'_>, submission: &Submission) -> Result<(), StoreError> {
    insert(transaction, submission, "").map(|_| ())
}

/// Notes the result of the translation; `false` when the submission is not in state `from`.
pub fn set_translation(
    transaction: &mut WriteTransaction<'_>,
    id: &str,
    from: SubmissionState,
    to: SubmissionState,
    owner_tip: Option<&str>,
    summary: &str,
) -> Result<bool, StoreError> {
    let changed = transaction.execute(
        "UPDATE submission SET state = $3, owner_tip = $4, summary = $5 WHERE id = $1 AND state = $2",
        values![id, from, to, owner_tip, summary],
    )?;
    Ok(changed == 1)
}

/// Says who decided about a submission, when and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The new state.
    pub state: SubmissionState,
    /// When.
    pub at: Timestamp,
    /// Who, a random id.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
}

/// Notes a decision; `false` when the submission is not in state `from`, so that two people cannot both decide.
pub fn decide(
    transaction: &mut WriteTransaction<'_>,
    id: &str,
    from: SubmissionState,
    decision: &Decision,
) -> Result<bool, StoreError> {
    let changed = transaction.execute(
        "UPDATE submission SET state = $3, decided_at = $4, decided_by = $5, reason = $6 WHERE id = $1 AND state = $2",
        values![
            id,
            from,
            decision.state,
            decision.at,
            decision.by.as_str(),
            decision.reason.as_deref()
        ],
    )?;
    Ok(changed == 1)
}

/// Moves a submission from one state to another and leaves the decision as it is; `false` when it is not in state `from`.
pub fn set_state(
    transaction: &mut WriteTransaction<'_>,
    id: &str,
    from: SubmissionState,
    to: SubmissionState,
) -> Result<bool, StoreError> {
    let changed = transaction.execute(
        "UPDATE submission SET state = $3 WHERE id = $1 AND state = $2",
        values![id, from, to],
    )?;
    Ok(changed == 1)
}

/// Gives one submission.
pub fn get(transaction: &mut Transaction<'_>, id: &str) -> Result<Option<Submission>, StoreError> {
    select_first(transaction, "WHERE id = $1", values![id])
}

/// Lists all submissions, the first one first.
pub fn list(transaction: &mut Transaction<'_>) -> Result<Vec<Submission>, StoreError> {
    select(transaction, "ORDER BY received_at, id", &[])
}

/// Lists the submissions of a recipient to a view, the first one first.
pub fn list_of_store(
    transaction: &mut Transaction<'_>,
    view: &str,
    recipient: &str,
) -> Result<Vec<Submission>, StoreError> {
    select(
        transaction,
        "WHERE view_name = $1 AND recipient = $2 ORDER BY received_at, id",
        values![view, recipient],
    )
}

/// Gives the submission that a recipient pushed last to a branch.
pub fn latest_of_branch(
    transaction: &mut Transaction<'_>,
    view: &str,
    recipient: &str,
    branch: &str,
) -> Result<Option<Submission>, StoreError> {
    select_first(
        transaction,
        "WHERE view_name = $1 AND recipient = $2 AND branch = $3 ORDER BY received_at DESC, id DESC",
        values![view, recipient, branch],
    )
}
