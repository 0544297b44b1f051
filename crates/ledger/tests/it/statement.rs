use std::collections::BTreeMap;

use proptest::prelude::*;
use ringfence_ledger::{CanonicalError, Hash, MAX_ENTRY_BYTES, Statement, StatementError, Value, commit};

fn plain(kind: &str, time: &str, actor: &str) -> Result<Statement, StatementError> {
    Statement::builder(kind, time, actor).build()
}

#[test]
fn a_statement_is_canonical_and_reads_back() {
    let statement = Statement::builder("submission-refused", "2026-11-21T21:30:00.125Z", "act_01j9")
        .subject("recipient", "nordwind")
        .field("reason", "path \"src/Ärger\" is\nnot in scope")
        .field("paths", vec!["b", "a"])
        .commitment("person", commit(&[5; 32], b"Jo"))
        .build()
        .unwrap();
    assert_eq!(
        statement.as_str(),
        format!(
            "{{\"actor\":\"act_01j9\",\"commitments\":{{\"person\":\"{}\"}},\"kind\":\"submission-refused\",\
             \"paths\":[\"b\",\"a\"],\"reason\":\"path \\\"src/Ärger\\\" is\\nnot in scope\",\
             \"subjects\":{{\"recipient\":\"nordwind\"}},\"time\":\"2026-11-21T21:30:00.125Z\",\"v\":1}}",
            commit(&[5; 32], b"Jo")
        )
    );
    let read = Statement::parse(statement.as_bytes()).unwrap();
    assert_eq!(read, statement);
    assert_eq!((read.kind(), read.actor()), ("submission-refused", "act_01j9"));
    assert_eq!(
        read.subject("recipient").and_then(Value::as_text),
        Some("nordwind")
    );
    assert_eq!(read.commitment("person"), Some(commit(&[5; 32], b"Jo")));
    assert_eq!(read.field("absent"), None);
}

#[test]
fn what_is_not_a_statement_is_refused() {
    let good = r#"{"actor":"a","kind":"k","subjects":{},"time":"2026-11-21T21:30:00Z","v":1}"#;
    assert!(Statement::parse(good.as_bytes()).is_ok());
    for bad in [
        good.replace("\"v\":1", "\"v\":2"),
        good.replace("\"v\":1", "\"v\":\"1\""),
        good.replace(",\"v\":1", ""),
        good.replace("\"actor\":\"a\",", ""),
        good.replace("\"a\"", "\"\""),
        good.replace("\"subjects\":{},", ""),
        good.replace("{}", "[]"),
        good.replace("\"k\"", "\"K\""),
        good.replace("00Z", "00+00:00"),
        good.replace("2026-11", "2026-13"),
        good.replace("21:30", "25:30"),
        good.replace("{}", "{ }"),
        good.replace("\"v\":1", "\"v\":1,\"v\":1"),
        good.replace("\"v\":1", "\"v\":1.0"),
        good.replace("{}", "{\"n\":1.5}"),
        good.replace("{}", "{\"n\":-0}"),
        good.replace("{}", "{\"n\":1e2}"),
        good.replace("{}", "{\"n\":9007199254740992}"),
        good.replace("{}", "{\"n\":99999999999999999999}"),
        good.replace("{}", "{\"b\":1,\"a\":1}"),
        good.replace("{}", "{\"ä\":1}"),
        good.replace("\"a\"", "\"\\u0061\""),
        good.replace("\"v\"", "\"commitments\":{\"x\":\"00\"},\"v\""),
        format!("{good}\n"),
        format!("{good}{good}"),
    ] {
        assert!(Statement::parse(bad.as_bytes()).is_err(), "{bad}");
    }
    assert_eq!(
        Statement::parse(good.replace("\"v\":1", "\"v\":7").as_bytes()),
        Err(StatementError::Version(7)),
        "an unknown version is named, not skipped"
    );
}

#[test]
fn bounds_hold() {
    let long = "x".repeat(MAX_ENTRY_BYTES);
    let built = Statement::builder("k", "2026-11-21T21:30:00Z", "a")
        .field("text", long.as_str())
        .build();
    assert!(matches!(built, Err(StatementError::TooLarge(_))));
    assert!(matches!(
        Statement::parse(&vec![b' '; MAX_ENTRY_BYTES + 1]),
        Err(StatementError::TooLarge(_))
    ));
    let mut deep = Value::Null;
    for _ in 0..33 {
        deep = Value::Array(vec![deep]);
    }
    assert_eq!(deep.encode(), Err(CanonicalError::Depth));
    assert!(Value::decode("[".repeat(100_000).as_bytes()).is_err());
    assert!(plain("k", "2026-11-21 21:30:00Z", "a").is_err());
    let twice = Statement::builder("k", "2026-11-21T21:30:00Z", "a")
        .field("kind", "other")
        .build();
    assert!(twice.is_err(), "a member cannot replace a required one");
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Boolean),
        (-(1_i64 << 53) + 1..1_i64 << 53).prop_map(Value::Integer),
        any::<String>().prop_map(Value::Text),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            proptest::collection::btree_map("[ -~]{0,6}", inner, 0..6)
                .prop_map(|members: BTreeMap<String, Value>| Value::Object(members)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn one_value_has_one_encoding(value in value(), position in any::<usize>(), change in 1..=255_u8) {
        let encoded = value.encode().unwrap();
        prop_assert_eq!(&Value::decode(encoded.as_bytes()).unwrap(), &value);
        let mut changed = encoded.clone().into_bytes();
        let at = position % changed.len();
        changed[at] ^= change;
        if let Ok(other) = Value::decode(&changed) {
            prop_assert_ne!(other, value);
        }
        let spaced = format!(" {encoded}");
        prop_assert!(Value::decode(spaced.as_bytes()).is_err());
    }

    #[test]
    fn hashes_survive_their_text(bytes in any::<[u8; 32]>()) {
        prop_assert_eq!(Hash(bytes).to_string().parse::<Hash>().unwrap(), Hash(bytes));
    }
}
