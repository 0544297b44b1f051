//! The ledger: numbers, proofs, heads, undone writes, several writers, forks.

use crate::{log_of, statement};
use ringfence_ledger::{Hash, verify_consistency, verify_inclusion};
use ringfence_store::{Database, LogName, SignedSizes, StoreError, log, values};
use ringfence_testkit::on_each_database;

fn append(database: &Database, name: &LogName, numbers: std::ops::Range<u64>) {
    let name = name.clone();
    database
        .write(move |tx| -> Result<(), StoreError> {
            for number in numbers {
                tx.append(&name, &statement(number))?;
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn entries_are_numbered_from_zero_in_each_log_and_every_proof_verifies() {
    on_each_database(|test| {
        let database = test.open();
        let (vendor, owner) = (log_of("nordwind"), log_of("owner"));
        assert_eq!(database.read(|tx| log::head(tx, &vendor)).unwrap(), None);
        let mut roots: Vec<Hash> = vec![];
        for number in 0..40_u64 {
            let name = vendor.clone();
            let (entry, head) = database
                .write(move |tx| -> Result<_, StoreError> {
                    let entry = tx.append(&name, &statement(number))?;
                    Ok((entry, tx.head(&name)?.unwrap()))
                })
                .unwrap();
            assert_eq!((entry.index, head.size), (number, number + 1));
            roots.push(head.root);
        }
        append(&database, &owner, 0..3);
        database
            .read(|tx| -> Result<(), StoreError> {
                assert_eq!(log::logs(tx)?, [vendor.clone(), owner.clone()]);
                assert_eq!(log::head(tx, &vendor)?.unwrap().root, roots[39]);
                assert_eq!(log::entries(tx, &vendor, 10..13)?.len(), 3);
                assert_eq!(log::entry(tx, &vendor, 40)?, None);
                let entry = log::entry(tx, &vendor, 7)?.unwrap();
                assert_eq!(entry.statement, statement(7).as_bytes());
                for size in 1..=40_u64 {
                    let root = roots[usize::try_from(size - 1).unwrap()];
                    assert_eq!(log::root_at(tx, &vendor, size)?, root);
                    for index in (0..size).step_by(3) {
                        let path = log::inclusion_proof(tx, &vendor, index, size)?;
                        verify_inclusion(&statement(index).leaf_hash(), index, size, &path, &root).unwrap();
                    }
                    let path = log::consistency_proof(tx, &vendor, size, 40)?;
                    verify_consistency(size, &root, 40, &roots[39], &path).unwrap();
                }
                assert!(log::inclusion_proof(tx, &vendor, 40, 40).is_err());
                log::audit(tx, &owner)?;
                log::audit(tx, &vendor).map(|_| ())
            })
            .unwrap();
    });
}

#[test]
fn a_refused_write_leaves_no_number_behind_even_among_others_of_its_batch() {
    on_each_database(|test| {
        let database = test.open();
        let name = log_of("nordwind");
        // Many threads, so that refused and kept writes share batches.
        std::thread::scope(|scope| {
            for thread in 0..12_u64 {
                let (database, name) = (database.clone(), name.clone());
                scope.spawn(move || {
                    for step in 0..8_u64 {
                        let name = name.clone();
                        let refuse = (thread + step) % 3 == 0;
                        let result = database.write(move |tx| -> Result<u64, StoreError> {
                            tx.append(&log_of(&format!("extra-{thread}")), &statement(step))?;
                            let entry = tx.append(&name, &statement(thread * 100 + step))?;
                            tx.append(&name, &statement(thread * 100 + step))?;
                            if refuse {
                                Err(StoreError::Closed)
                            } else {
                                Ok(entry.index)
                            }
                        });
                        assert_eq!(result.is_err(), refuse);
                    }
                });
            }
        });
        let head = database.read(|tx| log::audit(tx, &name)).unwrap();
        assert_eq!(head.size, 12 * 8 / 3 * 2 * 2);
        database
            .read(|tx| -> Result<(), StoreError> {
                for one in log::logs(tx)? {
                    log::audit(tx, &one)?;
                }
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn several_processes_extend_one_log_without_a_fork() {
    on_each_database(|test| {
        let name = log_of("owner");
        let handles: Vec<Database> = (0..3).map(|_| test.open()).collect();
        std::thread::scope(|scope| {
            for database in &handles {
                for _ in 0..2 {
                    scope.spawn(|| (0..15).for_each(|number| append(database, &name, number..number + 1)));
                }
            }
        });
        let head = handles[0].read(|tx| log::audit(tx, &name)).unwrap();
        assert_eq!(head.size, 90, "{}", test.name);
    });
}

#[test]
fn an_audit_finds_every_kind_of_damage() {
    on_each_database(|test| {
        let database = test.open();
        let name = log_of("nordwind");
        append(&database, &name, 0..20);
        let (other, extra) = (statement(99), statement(100));
        let damages: [(&str, Vec<ringfence_store::Value>); 6] = [
            (
                "UPDATE ledger_entry SET statement = $1 WHERE entry_index = 5",
                vec![other.as_bytes().into()],
            ),
            (
                "UPDATE ledger_entry SET leaf = $1 WHERE entry_index = 5",
                vec![other.leaf_hash().0.into()],
            ),
            (
                "UPDATE ledger_node SET hash = $1 WHERE level = 2 AND node_index = 1",
                vec![other.leaf_hash().0.into()],
            ),
            ("DELETE FROM ledger_entry WHERE entry_index = 5", vec![]),
            ("UPDATE ledger_head SET size = 19", vec![]),
            (
                "INSERT INTO ledger_entry (log, entry_index, statement, leaf) VALUES ($1, 20, $2, $3)",
                vec![
                    name.as_str().into(),
                    extra.as_bytes().into(),
                    extra.leaf_hash().0.into(),
                ],
            ),
        ];
        for (sql, given) in damages {
            let name = name.clone();
            let found: Result<(), StoreError> = database.write(move |tx| {
                assert_eq!(tx.execute(sql, &given)?, 1, "{sql}");
                let error = log::audit(tx, &name).map(|_| ()).unwrap_err();
                assert!(matches!(error, StoreError::Ledger { .. }), "{sql}: {error}");
                // Undo the damage.
                Err(error)
            });
            assert!(
                matches!(found, Err(StoreError::Ledger { .. })),
                "{sql}: {found:?}"
            );
        }
        database.read(|tx| log::audit(tx, &name)).unwrap();
    });
}

#[test]
fn a_head_that_does_not_fit_stops_the_log() {
    on_each_database(|test| {
        let database = test.open();
        let name = log_of("nordwind");
        append(&database, &name, 0..3);
        database
            .write(|tx| tx.execute("UPDATE ledger_head SET root = $1", values![[7_u8; 32]]))
            .map_err(|error: StoreError| error)
            .unwrap();
        let refused: Result<_, StoreError> = database.write(move |tx| tx.append(&name, &statement(3)));
        assert!(matches!(refused, Err(StoreError::Ledger { .. })), "{}", test.name);
    });
}

#[test]
fn a_restored_backup_is_refused() {
    on_each_database(|test| {
        let database = test.open();
        let name = log_of("nordwind");
        let signed = SignedSizes::new(test.home.path());
        signed.check_not_forked(&database).unwrap();
        append(&database, &name, 0..5);
        signed.note(&name, 5).unwrap();
        signed.note(&name, 3).unwrap();
        signed.check_not_forked(&database).unwrap();
        assert_eq!(signed.all().unwrap()[&name], 5);
        // The bytes of version 1, to be read for ever.
        let bytes = std::fs::read_to_string(test.home.path().join("signed-sizes")).unwrap();
        assert_eq!(bytes, "ringfence signed-sizes 1\n5 acme.example/nordwind\n");
        signed.note(&name, 6).unwrap();
        let error = signed.check_not_forked(&database).unwrap_err();
        assert!(
            matches!(
                error,
                StoreError::Forked {
                    signed: 6,
                    stored: 5,
                    ..
                }
            ),
            "{error}"
        );
        signed.note(&log_of("gone"), 1).unwrap();
        append(&database, &name, 5..6);
        assert!(matches!(
            signed.check_not_forked(&database),
            Err(StoreError::Forked {
                signed: 1,
                stored: 0,
                ..
            })
        ));
        test.home.write("signed-sizes", "ringfence signed-sizes 2\n");
        assert!(matches!(
            signed.check_not_forked(&database),
            Err(StoreError::Damaged { .. })
        ));
    });
}

#[test]
fn the_names_of_logs_are_checked() {
    for bad in [
        "",
        "acme",
        "/x",
        "acme/",
        "a//b",
        "acme/a b",
        "acme/a+b",
        "acme/a\nb",
        &"a/".repeat(150),
    ] {
        assert!(LogName::new(bad).is_err(), "{bad:?}");
    }
    assert_eq!(
        LogName::new("acme.example/nordwind").unwrap().to_string(),
        "acme.example/nordwind"
    );
}
