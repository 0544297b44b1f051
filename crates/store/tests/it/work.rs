//! Every query of the tables, on both databases: deliveries, histories, marks, submissions, cases.

use crate::tables::{at, conflicts, in_a_write, text};
use ringfence_store::Transaction;
use ringfence_store::tables::{
    cases::{self, TraceCase},
    deliveries::{self, DeliveredFile, Delivery, DeliveryEnd, DeliveryKind},
    histories::{self, CommitMap, CommitOrigin, StoreState},
    marks::{self, Commitment, Pin, StoredSiteTable, Touched},
    submissions::{self, Decision, Submission, SubmissionState},
};
use ringfence_testkit::on_each_database;

fn delivery(id: &str, kind: DeliveryKind, second: i64) -> Delivery {
    Delivery {
        id: text(id),
        recipient: text("nordwind"),
        view: text("pricing"),
        person: text("ada"),
        token: Some(text("t1")),
        kind,
        began_at: at(second),
        began_log: text("acme.example/nordwind"),
        began_index: 4,
        ended_at: None,
        objects: None,
        bytes: None,
        manifest_hash: None,
        tips: text("{}"),
        outcome: None,
    }
}

fn file(path: &[u8], canonical: &str, delivered: &str) -> DeliveredFile {
    DeliveredFile {
        recipient: text("nordwind"),
        path: path.to_vec(),
        canonical: text(canonical),
        profile: text("auto"),
        delivered: text(delivered),
        engine: text("1"),
    }
}

#[test]
fn deliveries_begin_and_end_once() {
    in_a_write(|tx| {
        for (second, kind) in (0..).zip(DeliveryKind::ALL) {
            deliveries::begin(tx, &delivery(&format!("d{second}"), *kind, second))?;
        }
        let end = DeliveryEnd {
            ended_at: at(50),
            objects: 120,
            bytes: 1 << 40,
            manifest_hash: Some([3; 32]),
            outcome: text("complete"),
        };
        assert!(deliveries::finish(tx, "d1", &end)?);
        assert!(!deliveries::finish(tx, "d1", &end)?);
        assert!(!deliveries::finish(tx, "d9", &end)?);
        let ended = deliveries::get(tx, "d1")?.unwrap();
        assert_eq!(ended.kind, DeliveryKind::Fetch);
        assert_eq!(
            (ended.ended_at, ended.objects, ended.bytes),
            (Some(at(50)), Some(120), Some(1 << 40))
        );
        assert_eq!(
            (ended.manifest_hash, ended.outcome.as_deref()),
            (Some([3; 32]), Some("complete"))
        );
        assert_eq!(
            deliveries::get(tx, "d0")?,
            Some(delivery("d0", DeliveryKind::Clone, 0))
        );
        for list in [
            deliveries::list(tx)?,
            deliveries::list_of_recipient(tx, "nordwind")?,
            deliveries::list_of_view(tx, "pricing")?,
        ] {
            let ids: Vec<&str> = list.iter().map(|one| one.id.as_str()).collect();
            assert_eq!(ids, ["d0", "d1", "d2", "d3"]);
        }
        assert_eq!(deliveries::list_of_view(tx, "billing")?, []);
        assert_eq!(deliveries::latest(tx, "nordwind", "pricing")?.unwrap().id, "d3");
        assert_eq!(deliveries::latest(tx, "nordwind", "billing")?, None);
        Ok(())
    });
}

#[test]
fn a_delivered_file_never_becomes_another_one() {
    in_a_write(|tx| {
        let odd = b"src/\xff\xfe.rs";
        let files = [
            file(b"src/lib.rs", "c1", "x1"),
            file(b"src/lib.rs", "c2", "x2"),
            file(odd, "c1", "x1"),
        ];
        deliveries::add_files(tx, &files)?;
        deliveries::add_files(tx, &files[..1])?;
        assert_eq!(
            deliveries::file(tx, "nordwind", odd, "c1")?.as_ref(),
            Some(&files[2])
        );
        assert_eq!(deliveries::file(tx, "nordwind", odd, "c2")?, None);
        assert_eq!(
            deliveries::files_of_canonical(tx, "c1")?,
            [files[0].clone(), files[2].clone()]
        );
        assert_eq!(deliveries::files_of_delivered(tx, "x2")?, [files[1].clone()]);
        assert_eq!(deliveries::files_of_recipient(tx, "nordwind")?, files);
        assert_eq!(deliveries::files_of_recipient(tx, "absent")?, []);
        Ok(())
    });
    conflicts(|tx| {
        deliveries::add_files(tx, &[file(b"a", "c1", "x1")])?;
        deliveries::add_files(tx, &[file(b"a", "c1", "x2")])
    });
}

#[test]
fn commits_are_found_in_both_directions() {
    in_a_write(|tx| {
        let pair = |generation, sequence, upstream: &str, projected: &str| CommitMap {
            view: text("pricing"),
            recipient: text("nordwind"),
            generation,
            sequence,
            upstream: text(upstream),
            projected: text(projected),
            origin: CommitOrigin::ALL[usize::from(sequence > 1)],
        };
        let pairs = [
            pair(1, 0, "u0", "p0"),
            pair(1, 1, "u1", "p1"),
            pair(1, 2, "u2", "p1"),
            pair(2, 0, "u0", "q0"),
        ];
        histories::add(tx, &pairs)?;
        let key = ("pricing", "nordwind");
        assert_eq!(
            histories::by_upstream(tx, key.0, key.1, 1, "u1")?.as_ref(),
            Some(&pairs[1])
        );
        assert_eq!(histories::by_upstream(tx, key.0, key.1, 2, "u1")?, None);
        assert_eq!(
            histories::by_projected(tx, key.0, key.1, 1, "p1")?.as_ref(),
            Some(&pairs[2])
        );
        assert_eq!(histories::latest(tx, key.0, key.1, 1)?.as_ref(), Some(&pairs[2]));
        assert_eq!(histories::latest(tx, key.0, "other", 1)?, None);
        assert_eq!(histories::list(tx, key.0, key.1, 1)?, pairs[..3]);

        let mut state = StoreState {
            view: text("pricing"),
            recipient: text("nordwind"),
            generation: 1,
            tip_upstream: None,
            tip_projected: None,
            rules_hash: text("aa"),
            rules: text("[]"),
        };
        histories::put_state(tx, &state)?;
        state.generation = 2;
        state.tip_upstream = Some(text("u2"));
        state.tip_projected = Some(text("p1"));
        histories::put_state(tx, &state)?;
        assert_eq!(histories::state(tx, key.0, key.1)?, Some(state.clone()));
        assert_eq!(histories::state(tx, "billing", key.1)?, None);
        assert_eq!(histories::states(tx)?, [state]);
        Ok(())
    });
}

#[test]
fn pins_touched_sites_tables_and_commitments() {
    in_a_write(|tx| {
        let pin = |site: u8, variant| Pin {
            recipient: text("nordwind"),
            path: b"src/lib.rs".to_vec(),
            site: [site; 16],
            variant,
        };
        marks::replace_pins(tx, "nordwind", b"src/lib.rs", &[pin(2, 1), pin(1, 0)])?;
        assert_eq!(
            marks::pins(tx, "nordwind", b"src/lib.rs")?,
            [pin(1, 0), pin(2, 1)]
        );
        marks::replace_pins(tx, "nordwind", b"src/lib.rs", &[pin(3, 1)])?;
        assert_eq!(marks::pins_of_recipient(tx, "nordwind")?, [pin(3, 1)]);
        assert_eq!(marks::pins(tx, "nordwind", b"other")?, []);

        let touched = |site: u8, since: &str| Touched {
            recipient: text("nordwind"),
            path: b"src/lib.rs".to_vec(),
            site: [site; 16],
            since_canonical: text(since),
        };
        marks::add_touched(tx, &[touched(1, "c1"), touched(2, "c1")])?;
        marks::add_touched(tx, &[touched(1, "c2"), touched(3, "c2")])?;
        let expected = [touched(1, "c1"), touched(2, "c1"), touched(3, "c2")];
        assert_eq!(marks::touched(tx, "nordwind", b"src/lib.rs")?, expected);
        assert_eq!(marks::touched_of_recipient(tx, "nordwind")?, expected);

        let table = StoredSiteTable {
            canonical: text("c1"),
            language: text("rust"),
            profile: text("auto"),
            engine: text("1"),
            anchor_generation: 1,
            body: vec![0, 255, 3],
        };
        marks::add_site_table(tx, &table)?;
        marks::add_site_table(tx, &table)?;
        assert_eq!(marks::site_table(tx, "c1", "rust", "auto", "1", 1)?, Some(table));
        assert_eq!(marks::site_table(tx, "c1", "rust", "auto", "2", 1)?, None);

        let commitment = commitment();
        marks::add_commitment(tx, &commitment)?;
        marks::add_commitment(tx, &commitment)?;
        assert_eq!(
            marks::commitment(tx, "nordwind", "c1", "auto")?.as_ref(),
            Some(&commitment)
        );
        assert_eq!(marks::commitment(tx, "nordwind", "c2", "auto")?, None);
        assert_eq!(marks::commitments_of_recipient(tx, "nordwind")?, [commitment]);
        Ok(())
    });
    conflicts(|tx| {
        marks::add_commitment(tx, &commitment())?;
        let other = Commitment {
            root: [6; 32],
            ..commitment()
        };
        marks::add_commitment(tx, &other)
    });
    conflicts(|tx| {
        let pin = Pin {
            recipient: text("nordwind"),
            path: b"a".to_vec(),
            site: [1; 16],
            variant: 2,
        };
        marks::replace_pins(tx, "nordwind", b"a", &[pin])
    });
}

fn commitment() -> Commitment {
    Commitment {
        recipient: text("nordwind"),
        canonical: text("c1"),
        profile: text("auto"),
        root: [5; 32],
        entry_log: text("acme.example/nordwind"),
        entry_index: 2,
    }
}

#[test]
fn submissions_move_only_from_the_state_that_was_seen() {
    use SubmissionState::{Accepted, Merged, Received, Refused, Translated};
    in_a_write(|tx| {
        let submission = |id: &str, second| Submission {
            id: text(id),
            view: text("pricing"),
            recipient: text("nordwind"),
            person: text("ada"),
            branch: text("fix-rounding"),
            state: Received,
            base: text("p0"),
            vendor_tip: text("v1"),
            owner_tip: None,
            work_item: Some(text("W-12")),
            summary: text("{}"),
            received_at: at(second),
            decided_at: None,
            decided_by: None,
            reason: None,
        };
        submissions::add(tx, &submission("s1", 1))?;
        submissions::add(tx, &submission("s2", 2))?;
        assert_eq!(submissions::get(tx, "s1")?, Some(submission("s1", 1)));
        assert_eq!(submissions::get(tx, "s9")?, None);
        assert!(submissions::set_translation(
            tx,
            "s1",
            Received,
            Translated,
            Some("u5"),
            "{\"files\":2}"
        )?);
        assert!(!submissions::set_translation(
            tx, "s1", Received, Translated, None, ""
        )?);
        let decision = Decision {
            state: Accepted,
            at: at(9),
            by: text("a-1"),
            reason: Some(text("good")),
        };
        assert!(submissions::decide(tx, "s1", Translated, &decision)?);
        let late = Decision {
            state: Refused,
            ..decision.clone()
        };
        assert!(!submissions::decide(tx, "s1", Translated, &late)?);
        assert!(submissions::set_state(tx, "s1", Accepted, Merged)?);
        assert!(!submissions::set_state(tx, "s1", Accepted, Merged)?);
        let stored = submissions::get(tx, "s1")?.unwrap();
        assert_eq!((stored.state, stored.owner_tip.as_deref()), (Merged, Some("u5")));
        assert_eq!(stored.summary, "{\"files\":2}");
        assert_eq!(
            (stored.decided_at, stored.decided_by.as_deref()),
            (Some(at(9)), Some("a-1"))
        );
        assert_eq!(stored.reason.as_deref(), Some("good"));
        assert_eq!(submissions::list(tx)?.len(), 2);
        assert_eq!(submissions::list_of_store(tx, "pricing", "nordwind")?.len(), 2);
        assert_eq!(submissions::list_of_store(tx, "pricing", "other")?, []);
        let latest = submissions::latest_of_branch(tx, "pricing", "nordwind", "fix-rounding")?;
        assert_eq!(latest.unwrap().id, "s2");
        assert_eq!(
            submissions::latest_of_branch(tx, "pricing", "nordwind", "none")?,
            None
        );
        Ok(())
    });
}

#[test]
fn every_word_of_a_state_is_read_back_and_others_are_refused() {
    in_a_write(|tx| {
        for state in SubmissionState::ALL {
            tx.execute(
                "INSERT INTO actor (id, kind, name) VALUES ($1, 'state', $1)",
                ringfence_store::values![*state],
            )?;
        }
        let rows = tx.query("SELECT id FROM actor ORDER BY id", &[])?;
        let mut read: Vec<SubmissionState> = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
        read.sort();
        assert_eq!(read, SubmissionState::ALL);
        let row = tx.query_one("SELECT CAST('odd' AS TEXT)", &[])?;
        assert!(row.get::<SubmissionState>(0).is_err());
        Ok(())
    });
}

#[test]
fn cases_and_their_steps() {
    in_a_write(|tx| {
        let case = TraceCase {
            id: text("case-1"),
            opened_at: at(1),
            suspect_hash: [4; 32],
            settings: text("{\"epsilon\":1e-9}"),
            result: None,
        };
        cases::open(tx, &case)?;
        assert_eq!(cases::get(tx, "case-1")?.as_ref(), Some(&case));
        assert_eq!(cases::get(tx, "case-9")?, None);
        assert!(cases::set_result(tx, "case-1", "{\"verdict\":\"exact\"}")?);
        assert!(!cases::set_result(tx, "case-9", "{}")?);
        assert_eq!(
            cases::list(tx)?[0].result.as_deref(),
            Some("{\"verdict\":\"exact\"}")
        );
        assert_eq!(
            cases::add_step(tx, "case-1", at(2), "a-1", "{\"tool\":\"trace\"}")?,
            1
        );
        assert_eq!(
            cases::add_step(tx, "case-1", at(3), "a-1", "{\"tool\":\"pack\"}")?,
            2
        );
        assert_eq!(cases::add_step(tx, "case-2", at(3), "a-1", "{}")?, 1);
        let steps = cases::steps(tx, "case-1")?;
        assert_eq!(steps.len(), 2);
        assert_eq!(
            (steps[1].number, steps[1].at, steps[1].what.as_str()),
            (2, at(3), "{\"tool\":\"pack\"}")
        );
        Ok(())
    });
}

#[test]
fn what_was_written_is_read_by_another_handle() {
    on_each_database(|test| {
        test.open()
            .write(|tx| deliveries::begin(tx, &delivery("d1", DeliveryKind::Clone, 1)))
            .unwrap();
        let read = |tx: &mut Transaction<'_>| deliveries::get(tx, "d1");
        assert_eq!(
            test.open().read(read).unwrap(),
            Some(delivery("d1", DeliveryKind::Clone, 1)),
            "{}",
            test.name
        );
    });
}
