//! Every query of the tables, on both databases: the estate, people, agreements, tokens.

use jiff::Timestamp;
use ringfence_store::tables::{
    agreements::{self, GrantState, PartyState, Signature},
    estate::{self, Declared},
    people,
    tokens::{self, Token},
};
use ringfence_store::{StoreError, WriteTransaction};
use ringfence_testkit::on_each_database;

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_microsecond(1_767_600_000_000_000 + second * 1_000_000 + 123_456).unwrap()
}

pub fn text(value: &str) -> String {
    value.to_owned()
}

pub type Work = fn(&mut WriteTransaction<'_>) -> Result<(), StoreError>;

/// Runs a body inside one write on each database; what it reads, it reads in the same transaction.
pub fn in_a_write(body: Work) {
    on_each_database(|test| test.open().write(body).unwrap());
}

fn is_conflict<T: std::fmt::Debug>(result: Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Conflict { .. }))
}

/// Runs a write that must conflict on a database of its own, since a conflict ends the write.
pub fn conflicts(body: Work) {
    on_each_database(|test| {
        let result = test.open().write(body);
        assert!(is_conflict(result), "{}", test.name);
    });
}

#[test]
fn the_estate_is_replaced_as_a_whole_and_its_texts_are_kept() {
    in_a_write(|tx| {
        let declared = |kind: &str, name: &str, body: &str| Declared {
            kind: text(kind),
            name: text(name),
            body: text(body),
        };
        let first = [
            declared("view", "pricing", "{\"version\":1}"),
            declared("party", "nordwind", "{}"),
            declared("view", "billing", "{}"),
        ];
        estate::replace_all(tx, &first)?;
        assert_eq!(estate::get(tx, "view", "pricing")?.as_ref(), Some(&first[0]));
        assert_eq!(estate::get(tx, "view", "absent")?, None);
        assert_eq!(estate::list(tx, "view")?, [first[2].clone(), first[0].clone()]);
        assert_eq!(estate::list_all(tx)?.len(), 3);
        let changed = declared("view", "pricing", "{\"version\":2}");
        estate::put_one(tx, &changed)?;
        assert_eq!(estate::get(tx, "view", "pricing")?, Some(changed.clone()));
        estate::replace_all(tx, std::slice::from_ref(&changed))?;
        assert_eq!(estate::list_all(tx)?, [changed]);

        assert_eq!(estate::latest_version(tx)?, None);
        assert_eq!(estate::add_version(tx, at(1), "a-1", [1; 32], "first")?, 1);
        assert_eq!(estate::add_version(tx, at(2), "a-1", [2; 32], "second")?, 2);
        let latest = estate::latest_version(tx)?.unwrap();
        assert_eq!(estate::latest_number(tx)?, Some(latest.number));
        assert_eq!(
            (latest.number, latest.applied_at, latest.text.as_str()),
            (2, at(2), "second")
        );
        assert_eq!(estate::versions(tx)?.len(), 2);
        Ok(())
    });
    conflicts(|tx| {
        let one = Declared {
            kind: text("view"),
            name: text("x"),
            body: text("{}"),
        };
        estate::replace_all(tx, &[one.clone(), one])
    });
}

#[test]
fn an_actor_keeps_the_id_and_loses_the_name() {
    in_a_write(|tx| {
        let ada = people::get_or_create(tx, "person", "ada@nordwind.example", "id-1")?;
        assert_eq!(
            people::get_or_create(tx, "person", "ada@nordwind.example", "id-2")?,
            ada
        );
        assert_eq!(people::by_name(tx, "operator", "ada@nordwind.example")?, None);
        people::get_or_create(tx, "person", "bob@nordwind.example", "id-3")?;
        for id in ["id-1", "id-3"] {
            assert!(people::erase_name(tx, id)?);
            assert_eq!(people::by_id(tx, id)?.unwrap().name, None);
        }
        assert!(!people::erase_name(tx, "id-9")?);
        assert_eq!(people::by_id(tx, "id-9")?, None);
        // A new person of the erased name is another actor.
        assert_eq!(
            people::get_or_create(tx, "person", "ada@nordwind.example", "id-4")?.id,
            "id-4"
        );
        Ok(())
    });
}

fn signature() -> Signature {
    Signature {
        agreement: text("NDA-7"),
        signatory: text("nordwind"),
        terms_hash: [7; 32],
        document_hash: Some([8; 32]),
        signed_at: at(5),
        vouched_by: Some(text("a-1")),
        entry_log: text("acme.example/nordwind"),
        entry_index: 3,
    }
}

#[test]
fn signatures_and_decisions_about_parties_and_grants() {
    in_a_write(|tx| {
        agreements::add_signature(tx, &signature())?;
        let amended = Signature {
            terms_hash: [9; 32],
            document_hash: None,
            vouched_by: None,
            signed_at: at(6),
            ..signature()
        };
        agreements::add_signature(tx, &amended)?;
        assert_eq!(agreements::signatures(tx, "NDA-7")?, [signature(), amended]);
        assert_eq!(agreements::signatures(tx, "SOW-2")?, []);
        assert_eq!(agreements::all_signatures(tx)?.len(), 2);

        let mut party = PartyState {
            party: text("nordwind"),
            offboarded_at: None,
            reason: None,
        };
        agreements::put_party_state(tx, &party)?;
        party.offboarded_at = Some(at(9));
        party.reason = Some(text("the work is done"));
        agreements::put_party_state(tx, &party)?;
        assert_eq!(agreements::party_state(tx, "nordwind")?, Some(party.clone()));
        assert_eq!(agreements::party_state(tx, "absent")?, None);
        assert_eq!(agreements::party_states(tx)?, [party]);

        let grant = GrantState {
            recipient: text("nordwind"),
            view: text("pricing"),
            agreements: text("NDA-7+SOW-2"),
            revoked_at: Some(at(9)),
            reason: Some(text("offboarded")),
        };
        agreements::put_grant_state(tx, &grant)?;
        agreements::put_grant_state(tx, &grant)?;
        assert_eq!(
            agreements::grant_state(tx, "nordwind", "pricing", "NDA-7+SOW-2")?,
            Some(grant.clone())
        );
        assert_eq!(agreements::grant_state(tx, "nordwind", "pricing", "NDA-7")?, None);
        assert_eq!(agreements::grant_states(tx)?, [grant]);
        Ok(())
    });
    conflicts(|tx| {
        agreements::add_signature(tx, &signature())?;
        agreements::add_signature(tx, &signature())
    });
}

fn token(id: &str, person: &str) -> Token {
    let mut hash = [0; 32];
    hash[..id.len()].copy_from_slice(id.as_bytes());
    Token {
        id: text(id),
        hash,
        person: text(person),
        view: text("pricing"),
        recipient: text("nordwind"),
        issued_at: at(1),
        expires_at: at(3601),
        revoked_at: None,
        reason: None,
        vouched_by: Some(text("a-1")),
        last_used_at: None,
    }
}

#[test]
fn tokens_are_found_by_hash_and_revoked_once() {
    in_a_write(|tx| {
        for (id, person) in [("t1", "ada"), ("t2", "ada"), ("t3", "bob"), ("t4", "cleo")] {
            tokens::add(tx, &token(id, person))?;
        }
        assert_eq!(
            tokens::find_by_hash(tx, token("t1", "").hash)?,
            Some(token("t1", "ada"))
        );
        assert_eq!(tokens::find_by_hash(tx, [9; 32])?, None);
        assert_eq!(tokens::get(tx, "t9")?, None);
        tokens::note_use(tx, "t1", at(8))?;
        assert_eq!(tokens::get(tx, "t1")?.unwrap().last_used_at, Some(at(8)));
        assert!(tokens::revoke(tx, "t1", at(10), "lost")?);
        assert!(!tokens::revoke(tx, "t1", at(11), "again")?);
        assert!(!tokens::revoke(tx, "t9", at(11), "again")?);
        let revoked = tokens::get(tx, "t1")?.unwrap();
        assert_eq!(
            (revoked.revoked_at, revoked.reason.as_deref()),
            (Some(at(10)), Some("lost"))
        );
        assert_eq!(
            tokens::revoke_of_persons(
                tx,
                &[text("ada"), text("bob"), text("dora")],
                at(12),
                "offboarded"
            )?,
            2
        );
        assert_eq!(
            tokens::revoke_of_grant(tx, "nordwind", "billing", at(13), "ended")?,
            0
        );
        assert_eq!(
            tokens::revoke_of_grant(tx, "nordwind", "pricing", at(13), "ended")?,
            1
        );
        assert!(tokens::list(tx)?.iter().all(|token| token.revoked_at.is_some()));
        let of_ada: Vec<String> = tokens::list_of_person(tx, "ada")?
            .into_iter()
            .map(|token| token.id)
            .collect();
        assert_eq!(of_ada, ["t1", "t2"]);
        Ok(())
    });
    conflicts(|tx| {
        tokens::add(tx, &token("t1", "ada"))?;
        tokens::add(
            tx,
            &Token {
                id: text("other"),
                ..token("t1", "ada")
            },
        )
    });
}
