//! The random ids that stand for people and machines in the ledger, and the names that can be erased.

use super::{insert, select_first, table_row};
use crate::sql::Transaction;
use crate::{StoreError, WriteTransaction, values};

table_row! {
    /// Holds one actor.
    "actor" Actor {
        /// The random id, the only thing that the ledger shows.
        id: String,
        /// What it is: `person`, `operator`, `machine`, ...
        kind: String,
        /// The name; `None` once erased.
        name: Option<String>,
    }
}

impl std::fmt::Debug for Actor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Actor")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("name", &self.name.as_ref().map(|_| "(not shown)"))
            .finish()
    }
}

/// Gives the actor of that kind and name, and makes one with `new_id` when there is none.
pub fn get_or_create(
    transaction: &mut WriteTransaction<'_>,
    kind: &str,
    name: &str,
    new_id: &str,
) -> Result<Actor, StoreError> {
    if let Some(actor) = by_name(transaction, kind, name)? {
        return Ok(actor);
    }
    let actor = Actor {
        id: new_id.to_owned(),
        kind: kind.to_owned(),
        name: Some(name.to_owned()),
    };
    insert(transaction, &actor, "")?;
    Ok(actor)
}

/// Gives the actor of that kind and name.
pub fn by_name(
    transaction: &mut Transaction<'_>,
    kind: &str,
    name: &str,
) -> Result<Option<Actor>, StoreError> {
    select_first(transaction, "WHERE kind = $1 AND name = $2", values![kind, name])
}

/// Gives the actor with that id.
pub fn by_id(transaction: &mut Transaction<'_>, id: &str) -> Result<Option<Actor>, StoreError> {
    select_first(transaction, "WHERE id = $1", values![id])
}

/// Erases the name of an actor; the id stays and the ledger with it. `false` when there is no such actor.
pub fn erase_name(transaction: &mut WriteTransaction<'_>, id: &str) -> Result<bool, StoreError> {
    Ok(transaction.execute("UPDATE actor SET name = NULL WHERE id = $1", values![id])? == 1)
}
