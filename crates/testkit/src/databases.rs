//! Runs one test body on SQLite and on PostgreSQL.
//!
//! PostgreSQL is reached by `RINGFENCE_TEST_POSTGRES`, the address of a server where databases may be created, for instance
//! `postgres://ringfence@%2Ftmp%2Fserver/postgres`. Each test gets a database of its own, dropped at its end; those of tests
//! that died are swept by the next run. Without the variable the PostgreSQL half fails: nothing is skipped.

use crate::TestHome;
use postgres::{Client, NoTls};
use ringfence_store::{Database, DatabaseConfig};
use std::path::Path;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

const VARIABLE: &str = "RINGFENCE_TEST_POSTGRES";
const PREFIX: &str = "ringfence_test_";

/// Holds one empty database and a home folder for one test body.
pub struct TestDatabase {
    /// Says which database it is: `sqlite` or `postgres`.
    pub name: &'static str,
    /// How to open it.
    pub config: DatabaseConfig,
    /// The home folder.
    pub home: TestHome,
    created: Option<String>,
}

impl TestDatabase {
    /// Makes an empty SQLite database.
    pub fn sqlite() -> Self {
        Self {
            name: "sqlite",
            config: DatabaseConfig::default(),
            home: TestHome::new(),
            created: None,
        }
    }

    /// Makes an empty PostgreSQL database.
    pub fn postgres() -> Self {
        static SWEPT: Once = Once::new();
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server = server();
        let mut client = Client::connect(&server, NoTls).expect(VARIABLE);
        SWEPT.call_once(|| sweep(&mut client));
        let home = TestHome::new();
        let name = format!(
            "{PREFIX}{}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        client
            .batch_execute(&format!(
                "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
            ))
            .expect("a database for a test");
        Self {
            name: "postgres",
            config: DatabaseConfig {
                url: with_database(&server, &name),
            },
            home,
            created: Some(name),
        }
    }

    /// Opens it; each call gives a handle of its own, as another process would have.
    pub fn open(&self) -> Database {
        Database::open(&self.config, self.home.path())
            .unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some(name) = &self.created {
            let dropped = Client::connect(&server(), NoTls)
                .and_then(|mut client| client.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")));
            if let Err(error) = dropped {
                eprintln!("the database {name} is left to the next sweep: {error}");
            }
        }
    }
}

/// Runs a test body on an empty SQLite database, then on an empty PostgreSQL database.
pub fn on_each_database(body: impl Fn(&TestDatabase)) {
    on_sqlite(&body);
    on_postgres(&body);
}

/// Runs a test body on an empty SQLite database.
pub fn on_sqlite(body: impl Fn(&TestDatabase)) {
    eprintln!("on sqlite");
    body(&TestDatabase::sqlite());
}

/// Runs a test body on an empty PostgreSQL database.
pub fn on_postgres(body: impl Fn(&TestDatabase)) {
    eprintln!("on postgres");
    body(&TestDatabase::postgres());
}

fn server() -> String {
    match std::env::var(VARIABLE) {
        Ok(server) if !server.is_empty() => server,
        _ => panic!(
            "{VARIABLE} is not set: run `cargo xtask test`, which starts a PostgreSQL server, or set it to the address of one \
             where databases may be created"
        ),
    }
}

/// Puts another database name into the address of a server.
fn with_database(server: &str, name: &str) -> String {
    let (address, options) = match server.split_once('?') {
        Some((address, options)) => (address, format!("?{options}")),
        None => (server, String::new()),
    };
    let (scheme, rest) = address.split_once("://").expect("an address with a scheme");
    let host = rest.split('/').next().unwrap_or_default();
    format!("{scheme}://{host}/{name}{options}")
}

/// Drops the databases of test processes of this machine that have ended.
fn sweep(client: &mut Client) {
    let rows = client
        .query(
            "SELECT datname::text FROM pg_database WHERE datname LIKE 'ringfence_test_%'",
            &[],
        )
        .expect("a list of databases");
    for row in rows {
        let name: String = row.get(0);
        let process = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split('_').next())
            .unwrap_or_default();
        if !Path::new("/proc").join(process).exists() {
            // Another test process may sweep the same one now.
            if let Err(error) = client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            {
                eprintln!("the database {name} is left to the next sweep: {error}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_name_is_put_into_every_form_of_address() {
        for (server, address) in [
            (
                "postgres://me@%2Ftmp%2Fx/postgres",
                "postgres://me@%2Ftmp%2Fx/new",
            ),
            ("postgres://127.0.0.1:5433", "postgres://127.0.0.1:5433/new"),
            ("postgres:///old?host=/tmp/x", "postgres:///new?host=/tmp/x"),
        ] {
            assert_eq!(with_database(server, "new"), address);
        }
    }
}
