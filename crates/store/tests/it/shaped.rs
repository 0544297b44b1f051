//! Interface texts, artefacts, builds and epochs of mark keys, on both databases.

use crate::tables::{at, conflicts, in_a_write, text};
use ringfence_store::tables::artefacts::{self, Artefact};
use ringfence_store::tables::builds::{self, Build};
use ringfence_store::tables::forms::{self, DeliveredForm};
use ringfence_store::tables::interfaces::{self, InterfaceGroup, InterfaceText, StoredProfile};
use ringfence_store::tables::mark_keys::{self, RetiredMarkKey};

#[test]
fn the_first_outcome_of_a_group_stays() {
    in_a_write(|tx| {
        let first = InterfaceGroup {
            input: [7; 32],
            engine: 1,
            body: b"[1]".to_vec(),
        };
        interfaces::add_group(tx, &first)?;
        let later = InterfaceGroup {
            engine: 2,
            body: b"[2]".to_vec(),
            ..first.clone()
        };
        interfaces::add_group(tx, &later)?;
        assert_eq!(interfaces::group(tx, &[7; 32])?, Some(first));
        assert_eq!(interfaces::group(tx, &[8; 32])?, None);
        Ok(())
    });
}

fn rendered(body: &[u8]) -> InterfaceText {
    InterfaceText {
        blob: text("0a"),
        body: body.to_vec(),
    }
}

#[test]
fn a_text_has_one_body() {
    in_a_write(|tx| {
        let one = rendered(b"fn price() {}\n\0");
        interfaces::add_text(tx, &one)?;
        interfaces::add_text(tx, &one)?;
        assert_eq!(interfaces::text(tx, "0a")?, Some(one));
        assert_eq!(interfaces::text(tx, "0b")?, None);
        Ok(())
    });
    conflicts(|tx| {
        interfaces::add_text(tx, &rendered(b"fn price() {}\n"))?;
        interfaces::add_text(tx, &rendered(b""))
    });
}

#[test]
fn the_newest_import_profile_counts() {
    in_a_write(|tx| {
        for second in 1..3 {
            interfaces::put_profile(
                tx,
                &StoredProfile {
                    view: text("pricing"),
                    body: vec![0xff, u8::try_from(second).unwrap()],
                    recorded_at: at(second),
                },
            )?;
        }
        let stored = interfaces::profile(tx, "pricing")?.unwrap();
        assert_eq!((stored.body, stored.recorded_at), (vec![0xff, 2], at(2)));
        assert_eq!(interfaces::profile(tx, "other")?, None);
        Ok(())
    });
}

#[test]
fn artefacts_are_added_replaced_and_removed() {
    in_a_write(|tx| {
        let wheel = Artefact {
            view: text("pricing"),
            path: b"dist/a \xff.whl".to_vec(),
            content: [1; 32],
            size: 10,
            executable: false,
            added_at: at(1),
        };
        artefacts::add(tx, &wheel)?;
        let newer = Artefact {
            content: [2; 32],
            executable: true,
            ..wheel.clone()
        };
        artefacts::add(tx, &newer)?;
        let library = Artefact {
            path: b"a.so".to_vec(),
            ..wheel
        };
        artefacts::add(tx, &library)?;
        assert_eq!(artefacts::list(tx, "pricing")?, [library, newer.clone()]);
        assert_eq!(artefacts::list(tx, "other")?, []);
        assert!(artefacts::remove(tx, "pricing", b"a.so")?);
        assert!(!artefacts::remove(tx, "pricing", b"a.so")?);
        assert_eq!(artefacts::list(tx, "pricing")?, [newer]);
        Ok(())
    });
}

#[test]
fn builds_of_a_submission_are_counted() {
    in_a_write(|tx| {
        let first = Build {
            submission: text("s-1"),
            number: 1,
            built_at: at(1),
            passed: false,
            ending: text("exit code 101"),
            output: [3; 32],
            places: text("[\"src/web.rs:3\"]"),
        };
        let second = Build {
            number: 2,
            passed: true,
            ..first.clone()
        };
        builds::add(tx, &second)?;
        builds::add(tx, &first)?;
        assert_eq!(builds::list(tx, "s-1")?, [first, second]);
        assert_eq!(builds::list(tx, "s-2")?, []);
        Ok(())
    });
}

fn form(header: &str, delivered: &str) -> DeliveredForm {
    DeliveredForm {
        recipient: text("nordwind"),
        path: b"src/a \xff.rs".to_vec(),
        rendered: text("0a"),
        header: text(header),
        ordinal: 0,
        delivered: text(delivered),
        spans: text("0-12"),
    }
}

#[test]
fn a_text_has_one_form_under_each_header_line() {
    in_a_write(|tx| {
        let (with, without) = (form("Of Acme", "0b"), form("", "0a"));
        forms::add(tx, &[with.clone(), without.clone()])?;
        forms::add(tx, std::slice::from_ref(&with))?;
        forms::add_pushed(tx, &with)?;
        forms::add_pushed(tx, &form("Of Acme", "0c"))?;
        forms::add_pushed(tx, &form("Of Acme", "0c"))?;
        let later = DeliveredForm {
            ordinal: 1,
            ..form("Of Acme", "0c")
        };
        let all = [without, with.clone(), later.clone()];
        assert_eq!(forms::of_recipient(tx, "nordwind")?, all);
        assert_eq!(forms::of_recipient(tx, "suedwerk")?, []);
        assert_eq!(forms::of_text(tx, "nordwind", b"src/a \xff.rs", "0a")?, all);
        assert_eq!(forms::of_text(tx, "nordwind", b"src/b.rs", "0a")?, []);
        assert_eq!(forms::of_delivered(tx, "0b")?, [with]);
        assert_eq!(forms::of_delivered(tx, "0c")?, [later]);
        assert_eq!(forms::of_delivered(tx, "0d")?, []);
        Ok(())
    });
    conflicts(|tx| {
        forms::add(tx, &[form("Of Acme", "0b")])?;
        forms::add(tx, &[form("Of Acme", "0c")])
    });
}

fn retired(recipient: &str, epoch: u64) -> RetiredMarkKey {
    RetiredMarkKey {
        recipient: text(recipient),
        epoch,
        retired_at: at(i64::try_from(epoch).unwrap()),
        reason: text("the mark key was copied"),
        entry_log: text("acme/nordwind"),
        entry_index: epoch,
    }
}

#[test]
fn epochs_of_mark_keys_are_retired_one_after_the_other() {
    in_a_write(|tx| {
        assert_eq!(mark_keys::retired_of_recipient(tx, "nordwind")?, []);
        mark_keys::retire(tx, &retired("nordwind", 1))?;
        mark_keys::retire(tx, &retired("nordwind", 2))?;
        mark_keys::retire(tx, &retired("suedwerk", 1))?;
        assert_eq!(
            mark_keys::retired_of_recipient(tx, "nordwind")?,
            [retired("nordwind", 1), retired("nordwind", 2)]
        );
        Ok(())
    });
    conflicts(|tx| mark_keys::retire(tx, &retired("nordwind", 2)));
    conflicts(|tx| {
        mark_keys::retire(tx, &retired("nordwind", 1))?;
        mark_keys::retire(tx, &retired("nordwind", 1))
    });
}
