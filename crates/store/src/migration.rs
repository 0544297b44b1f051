//! Migrations: one numbered list for both databases.
//!
//! // INVARIANT: a migration that was released never changes (its checksum is stored and compared); the list only grows.
//!
//! Refuses: a database that a newer program has migrated.

use crate::StoreError;
use crate::sql::{Connection, Transaction};
use crate::values;
use sha2::{Digest as _, Sha256};

struct Migration {
    number: i64,
    name: &'static str,
    text: &'static str,
}

const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "first light",
        text: include_str!("../migrations/0001_first_light.sql"),
    },
    Migration {
        number: 2,
        name: "interface and artefacts",
        text: include_str!("../migrations/0002_interface_and_artefacts.sql"),
    },
    Migration {
        number: 3,
        name: "builds",
        text: include_str!("../migrations/0003_builds.sql"),
    },
    Migration {
        number: 4,
        name: "signing keys",
        text: include_str!("../migrations/0004_signing_keys.sql"),
    },
    Migration {
        number: 5,
        name: "header lines",
        text: include_str!("../migrations/0005_header_lines.sql"),
    },
    Migration {
        number: 6,
        name: "mark keys",
        text: include_str!("../migrations/0006_mark_keys.sql"),
    },
];

impl Migration {
    fn checksum(&self) -> String {
        hex::encode(Sha256::digest(self.text.as_bytes()))
    }
}

/// Brings the tables to the version of this program; reads only when they are there already.
pub(crate) fn run(connection: &mut Connection) -> Result<(), StoreError> {
    let mut look = connection.begin_read()?;
    let done = if look.has_table("schema_migration")? {
        applied(&mut look)?
    } else {
        0
    };
    drop(look);
    if done == MIGRATIONS.len() {
        return Ok(());
    }
    let mut transaction = connection.begin_write()?;
    transaction.lock_schema()?;
    if !transaction.has_table("schema_migration")? {
        transaction.migrate(
            "CREATE TABLE schema_migration (number {integer} PRIMARY KEY, name TEXT NOT NULL, \
             checksum TEXT NOT NULL) {table}",
        )?;
    }
    let done = applied(&mut transaction)?;
    for migration in MIGRATIONS.iter().skip(done) {
        transaction.migrate(migration.text)?;
        transaction.execute(
            "INSERT INTO schema_migration (number, name, checksum) VALUES ($1, $2, $3)",
            values![migration.number, migration.name, migration.checksum()],
        )?;
    }
    transaction.commit()
}

/// Counts the migrations in the database, each of which must be one of ours, unchanged and in order.
fn applied(transaction: &mut Transaction<'_>) -> Result<usize, StoreError> {
    let rows = transaction.query(
        "SELECT number, name, checksum FROM schema_migration ORDER BY number",
        &[],
    )?;
    for (place, row) in rows.iter().enumerate() {
        let number: i64 = row.get(0)?;
        let Some(migration) = MIGRATIONS.get(place) else {
            return Err(StoreError::NewerSchema {
                found: rows.last().map_or(Ok(number), |last| last.get(0))?,
                known: MIGRATIONS.last().map_or(0, |last| last.number),
            });
        };
        if migration.number != number || migration.checksum() != row.get::<String>(2)? {
            return Err(StoreError::ChangedMigration {
                number,
                name: row.get(1)?,
            });
        }
    }
    Ok(rows.len())
}
