//! The facade behaves the same on both databases.

use ringfence_store::{Database, DatabaseConfig, StoreError, Value, values};
use ringfence_testkit::{TestDatabase, TestHome, on_each_database, on_postgres, on_sqlite};

#[test]
fn every_kind_of_value_returns_as_it_went_in() {
    on_each_database(|test| {
        let database = test.open();
        let row = database
            .write(|tx| {
                tx.query_one(
                    "SELECT CAST($2 AS TEXT), CAST($1 AS BIGINT), CAST($3 AS TEXT)",
                    values![i64::MIN, "zwei ü", None::<&str>],
                )
            })
            .map_err(|error: StoreError| error)
            .unwrap();
        assert_eq!(row.get::<String>(0).unwrap(), "zwei ü");
        assert_eq!(row.get::<i64>(1).unwrap(), i64::MIN);
        assert_eq!(row.get::<Option<String>>(2).unwrap(), None);
        assert!(matches!(
            row.get::<u64>(1),
            Err(StoreError::Column { column: 1, .. })
        ));
        assert!(matches!(
            row.get::<i64>(7),
            Err(StoreError::Column { column: 7, .. })
        ));

        let bytes: Vec<u8> = (0..=255).collect();
        let given = bytes.clone();
        let stored: Vec<u8> = database
            .write(move |tx| -> Result<_, StoreError> {
                tx.execute(
                    "INSERT INTO pin (recipient, path, site, variant) VALUES ($4, $2, $3, $1)",
                    values![1_i64, given.clone(), given, "nordwind"],
                )?;
                tx.query_one("SELECT path FROM pin WHERE variant = $1", values![1_i64])?
                    .get(0)
            })
            .unwrap();
        assert_eq!(stored, bytes);

        for (column, truth) in [("1 = 1", true), ("1 = 2", false)] {
            let found: bool = database
                .read(|tx| tx.query_one(&format!("SELECT {column}"), &[])?.get(0))
                .map_err(|error: StoreError| error)
                .unwrap();
            assert_eq!(found, truth, "{}", test.name);
        }
    });
}

#[test]
fn wrong_statements_are_refused_with_their_text() {
    on_each_database(|test| {
        let database = test.open();
        let failing = |sql: &'static str, values: Vec<Value>| -> StoreError {
            database
                .write(move |tx| tx.execute(sql, &values))
                .map(|_| ())
                .unwrap_err()
        };
        assert!(matches!(failing("SELEC 1", vec![]), StoreError::Statement { sql, .. } if sql == "SELEC 1"));
        for values in [vec![], vec![Value::from("a"), Value::from("b")]] {
            let error = failing("DELETE FROM actor WHERE id = $1", values);
            assert!(
                matches!(&error, StoreError::Statement { detail, .. } if detail.contains("1 places")),
                "{error}"
            );
        }
        let zero = failing("DELETE FROM actor WHERE id = $1", vec![Value::from("a\0b")]);
        assert!(
            matches!(&zero, StoreError::Statement { detail, .. } if detail.contains("zero byte")),
            "{zero}"
        );
        let large = failing("DELETE FROM pin WHERE variant = $1", vec![Value::from(u64::MAX)]);
        assert!(
            matches!(&large, StoreError::Statement { detail, .. } if detail.contains("64")),
            "{large}"
        );
    });
}

#[test]
fn a_refused_write_undoes_itself_alone_and_twice_the_same_row_is_a_conflict() {
    on_each_database(|test| {
        let database = test.open();
        let insert = |name: &'static str| {
            database.write(move |tx| {
                tx.execute(
                    "INSERT INTO actor (id, kind, name) VALUES ($1, $2, $1)",
                    values![name, "person"],
                )
            })
        };
        insert("ada").unwrap();
        let error = insert("ada").unwrap_err();
        assert!(
            matches!(error, StoreError::Conflict { .. }),
            "{}: {error}",
            test.name
        );
        let refused: Result<(), StoreError> = database.write(|tx| {
            tx.execute(
                "INSERT INTO actor (id, kind, name) VALUES ($1, $1, $1)",
                values!["bob"],
            )?;
            Err(StoreError::Closed)
        });
        assert!(matches!(refused, Err(StoreError::Closed)));
        insert("cleo").unwrap();
        assert_eq!(ids(&database), ["ada", "cleo"]);
    });
}

fn ids(database: &Database) -> Vec<String> {
    database
        .read(|tx| -> Result<Vec<String>, StoreError> {
            tx.query("SELECT id FROM actor ORDER BY id", &[])?
                .iter()
                .map(|row| row.get(0))
                .collect()
        })
        .unwrap()
}

#[test]
fn a_swallowed_failure_is_never_committed() {
    on_each_database(|test| {
        let database = test.open();
        let swallowed: Result<(), StoreError> = database.write(|tx| {
            tx.execute(
                "INSERT INTO actor (id, kind, name) VALUES ($1, $1, $1)",
                values!["ada"],
            )?;
            assert!(
                tx.execute(
                    "INSERT INTO actor (id, kind, name) VALUES ($1, $1, $1)",
                    values!["ada"]
                )
                .is_err()
            );
            assert!(matches!(
                tx.query("SELECT 1", &[]),
                Err(StoreError::Aborted { .. })
            ));
            Ok(())
        });
        assert!(
            matches!(swallowed, Err(StoreError::Aborted { .. })),
            "{swallowed:?}"
        );
        assert!(ids(&database).is_empty(), "{}", test.name);
    });
}

#[test]
fn a_panic_and_a_nested_write_are_answered() {
    on_each_database(|test| {
        let database = test.open();
        let inner = database.clone();
        let nested: Result<(), StoreError> = database.write(move |_| inner.write(|_| Ok(())));
        assert!(matches!(nested, Err(StoreError::NestedWrite)));
        let fault: Result<(), StoreError> = database.write(|tx| {
            tx.execute(
                "INSERT INTO actor (id, kind, name) VALUES ($1, $1, $1)",
                values!["ada"],
            )?;
            panic!("a fault of the closure")
        });
        assert!(matches!(fault, Err(StoreError::Panicked { detail }) if detail.contains("a fault")));
        assert!(ids(&database).is_empty(), "{}", test.name);
    });
}

#[test]
fn reading_cannot_change_anything_and_sees_one_state() {
    on_each_database(|test| {
        let database = test.open();
        let changed = database.read(|tx| -> Result<(), StoreError> {
            tx.query(
                "INSERT INTO actor (id, kind, name) VALUES ('x', 'x', 'x') RETURNING id",
                &[],
            )?;
            Ok(())
        });
        assert!(changed.is_err(), "{}", test.name);
        database
            .read(|tx| -> Result<(), StoreError> {
                let count = "SELECT count(*) FROM actor";
                let before: u64 = tx.query_one(count, &[])?.get(0)?;
                database.write(|tx| {
                    tx.execute(
                        "INSERT INTO actor (id, kind, name) VALUES ($1, $1, $1)",
                        values!["ada"],
                    )
                })?;
                assert_eq!(tx.query_one(count, &[])?.get::<u64>(0)?, before);
                Ok(())
            })
            .unwrap();
        assert_eq!(ids(&database), ["ada"]);
    });
}

#[test]
fn many_threads_read_and_write_through_one_handle() {
    on_each_database(|test| {
        let database = test.open();
        std::thread::scope(|scope| {
            for thread in 0..16_u64 {
                let database = database.clone();
                scope.spawn(move || {
                    for step in 0..10_u64 {
                        let id = format!("{thread}-{step}");
                        database
                            .write(move |tx| {
                                tx.execute(
                                    "INSERT INTO actor (id, kind, name) VALUES ($1, $1, $1)",
                                    values![id],
                                )
                            })
                            .map_err(|error: StoreError| error)
                            .unwrap();
                        assert!(ids(&database).len() > usize::try_from(step).unwrap());
                    }
                });
            }
        });
        assert_eq!(ids(&database).len(), 160);
    });
}

#[test]
fn when_the_database_ends_a_transaction_no_write_of_its_batch_is_acknowledged() {
    on_each_database(|test| {
        let database = test.open();
        let insert = |id: &'static str| {
            let database = database.clone();
            move || {
                database.write(move |tx| {
                    tx.execute(
                        "INSERT INTO actor (id, kind, name) VALUES ($1, $1, $1)",
                        values![id],
                    )
                })
            }
        };
        let (release, released) = std::sync::mpsc::channel::<()>();
        let pause = || std::thread::sleep(std::time::Duration::from_millis(100));
        let (innocent, ending) = std::thread::scope(|scope| {
            // The first write keeps the writer busy until the other two wait in one queue.
            let first = scope.spawn(|| {
                database.write(move |_| -> Result<(), StoreError> {
                    released.recv().unwrap();
                    Ok(())
                })
            });
            pause();
            let innocent = scope.spawn(insert("ada"));
            pause();
            let ending = scope.spawn(|| database.write(|tx| tx.execute("ROLLBACK", &[])));
            pause();
            release.send(()).unwrap();
            first.join().unwrap().unwrap();
            (innocent.join().unwrap(), ending.join().unwrap())
        });
        assert!(
            matches!(innocent, Err(StoreError::BatchLost { .. })),
            "{}: {innocent:?}",
            test.name
        );
        assert!(ending.is_err());
        assert!(ids(&database).is_empty());
        insert("bob")().unwrap();
        assert_eq!(ids(&database), ["bob"]);
    });
}

#[test]
fn the_revision_counts_revoking_writes() {
    on_each_database(|test| {
        let (database, other) = (test.open(), test.open());
        assert_eq!(database.revision().unwrap(), 0);
        database.write(|tx| tx.bump_revision()).unwrap();
        assert_eq!(other.revision().unwrap(), 1, "{}", test.name);
    });
}

#[test]
fn a_newer_or_changed_schema_is_refused() {
    on_each_database(|test| {
        let open = || Database::open(&test.config, test.home.path());
        let database = test.open();
        database
            .write(|tx| {
                tx.execute(
                    "INSERT INTO schema_migration (number, name, checksum) VALUES (99, 'later', 'x')",
                    &[],
                )
            })
            .map_err(|error: StoreError| error)
            .unwrap();
        // Whatever this build knows: a new migration is no reason to come back here.
        assert!(matches!(
            open(),
            Err(StoreError::NewerSchema { found: 99, known }) if known < 99
        ));
        database
            .write(|tx| {
                tx.execute("DELETE FROM schema_migration WHERE number = 99", &[])?;
                tx.execute("UPDATE schema_migration SET checksum = 'other'", &[])
            })
            .map_err(|error: StoreError| error)
            .unwrap();
        assert!(
            matches!(open(), Err(StoreError::ChangedMigration { number: 1, .. })),
            "{}",
            test.name
        );
    });
}

#[test]
fn many_processes_may_create_the_tables_at_once() {
    on_each_database(|test| {
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| test.open().revision().unwrap());
            }
        });
    });
}

#[test]
fn a_full_database_keeps_nothing_of_the_write_and_says_so() {
    on_sqlite(|test| {
        let database = test.open();
        let cap = database
            .write(|tx| -> Result<i64, StoreError> {
                let pages: i64 = tx.query_one("PRAGMA page_count", &[])?.get(0)?;
                tx.query_one(&format!("PRAGMA max_page_count = {}", pages + 20), &[])?
                    .get(0)
            })
            .unwrap();
        let blow = database.write(move |tx| -> Result<(), StoreError> {
            for number in 0..1000_i64 {
                tx.execute(
                    "INSERT INTO declared (kind, name, body) VALUES ('view', $1, $2)",
                    values![format!("v{number}"), "x".repeat(2000)],
                )?;
            }
            Ok(())
        });
        let error = blow.unwrap_err();
        assert!(matches!(error, StoreError::Full { .. }), "cap {cap}: {error}");
        assert!(error.to_string().contains("no room is left"), "{error}");
        let count: u64 = database
            .read(|tx| tx.query_one("SELECT count(*) FROM declared", &[])?.get(0))
            .map_err(|error: StoreError| error)
            .unwrap();
        assert_eq!(count, 0);
        // The writer goes on with what fits.
        database.write(|tx| tx.bump_revision()).unwrap();
    });
}

#[test]
fn addresses_that_cannot_be_used_are_refused_without_their_password() {
    let home = TestHome::new();
    let refusal = |url: &str| {
        Database::open(&DatabaseConfig { url: url.to_owned() }, home.path())
            .unwrap_err()
            .to_string()
    };
    for url in [
        "",
        "sqlite:",
        "mysql://x/y",
        "postgres://me:secret@db.example.org/ringfence",
        "postgres://me:secret@localhost/x?hostaddr=10.1.2.3",
        "postgres://me:secret@localhost:no/x",
        "postgres://me:secret@127.0.0.1:1/x",
        "sqlite:missing/folder/x.db",
    ] {
        let said = refusal(url);
        assert!(!said.contains("secret"), "{said}");
    }
    assert!(refusal("postgres://db.example.org/x").contains("without encryption"));
    assert!(
        !format!(
            "{:?}",
            DatabaseConfig {
                url: "postgres://me:secret@h/x?password=secret".to_owned()
            }
        )
        .contains("secret")
    );
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let test = TestDatabase::sqlite();
    test.home
        .write("ringfence.db", "this is a letter, not a database\n".repeat(100));
    let error = Database::open(&test.config, test.home.path()).unwrap_err();
    assert!(error.to_string().contains("not a database"), "{error}");
}

#[test]
fn a_lost_connection_is_opened_again() {
    on_postgres(|test| {
        let (database, other) = (test.open(), test.open());
        database.write(|tx| tx.bump_revision()).unwrap();
        database.revision().unwrap();
        other
            .write(|tx| -> Result<(), StoreError> {
                tx.query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                     WHERE datname = current_database() AND pid <> pg_backend_pid()",
                    &[],
                )
                .map(|_| ())
            })
            .unwrap();
        // The call that meets the dead connection may fail; it must say so, and the next one must work.
        for attempt in 0..2 {
            match database.write(|tx| tx.bump_revision()) {
                Ok(()) => break,
                Err(error) => assert!(
                    attempt == 0 && error.to_string().contains("connection"),
                    "{error}"
                ),
            }
        }
        let read = (0..2).find_map(|_| database.revision().ok());
        assert_eq!(read, Some(2));
    });
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]

    #[test]
    fn any_value_that_a_column_can_hold_returns_unchanged(
        number in proptest::prelude::any::<i64>(),
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
        words in "[^\0]{0,80}",
        absent in proptest::prelude::any::<bool>(),
    ) {
        use std::cell::RefCell;
        thread_local! {
            static OPEN: RefCell<Vec<(TestDatabase, Database)>> = RefCell::new(
                [TestDatabase::sqlite(), TestDatabase::postgres()]
                    .into_iter()
                    .map(|test| { let database = test.open(); (test, database) })
                    .collect(),
            );
        }
        OPEN.with_borrow(|databases| {
            for (test, database) in databases {
                let (bytes, words) = (bytes.clone(), words.clone());
                let name = (!absent).then(|| words.clone());
                let given = (number, words.clone(), bytes.clone(), name.clone());
                let read = database
                    .write(move |tx| -> Result<_, StoreError> {
                        tx.execute("DELETE FROM pin", &[])?;
                        tx.execute("DELETE FROM actor", &[])?;
                        tx.execute(
                            "INSERT INTO pin (variant, recipient, site, path) VALUES ($1, $2, $3, $3)",
                            values![number, words.as_str(), bytes.clone()],
                        )?;
                        tx.execute("INSERT INTO actor (id, kind, name) VALUES ('x', 'x', $1)", values![name])?;
                        let row = tx.query_one(
                            "SELECT variant, recipient, site, (SELECT name FROM actor) FROM pin WHERE recipient = $2 AND variant = $1",
                            values![number, words],
                        )?;
                        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
                    })
                    .unwrap();
                assert_eq!(read, given, "{}", test.name);
            }
        });
    }
}

#[test]
fn names_do_not_show_in_debug_output_and_files_are_for_their_owner_only() {
    use ringfence_store::tables::people;
    use std::os::unix::fs::PermissionsExt as _;
    on_sqlite(|test| {
        let database = test.open();
        let ada = database
            .write(|tx| people::get_or_create(tx, "person", "ada@nordwind.example", "id-1"))
            .unwrap();
        let row = database
            .read(|tx| tx.query_one("SELECT name FROM actor", &[]))
            .map_err(|error: StoreError| error)
            .unwrap();
        let shown = format!("{ada:?} {row:?} {:?}", Value::from("ada@nordwind.example"));
        assert!(shown.contains("id-1") && !shown.contains("ada"), "{shown}");
        for name in ["ringfence.db", "ringfence.db-wal"] {
            let mode = std::fs::metadata(test.home.path().join(name))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o077, 0, "{name}");
        }
    });
}
