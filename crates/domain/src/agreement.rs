//! An agreement as declared, the text that is signed, and what state signatures and time put it in.
//!
//! INVARIANT: a signature counts only for exactly the terms it was given for; changed terms need new signatures. `effective` and
//! `ends` are whole days in UTC, both inclusive.

use std::collections::BTreeSet;
use std::fmt;
use std::fmt::Write;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::choice::AgreementKind;
use crate::estate::OWNER;
use crate::person::EmailAddress;

/// Covers every asset of the owner when listed in [`Agreement::assets`].
pub const EVERY_ASSET: &str = "*";

/// Who signs an agreement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signatory {
    /// The owner.
    Owner,
    /// A person.
    Person(EmailAddress),
}

impl Signatory {
    /// Reads `owner` or an e-mail address.
    pub fn parse(text: &str) -> Result<Self, crate::person::EmailAddressError> {
        if text == OWNER {
            Ok(Self::Owner)
        } else {
            EmailAddress::parse(text).map(Self::Person)
        }
    }

    /// Shows `owner` or the address, to the owner and to the parties of the agreement only.
    pub fn reveal(&self) -> &str {
        match self {
            Self::Owner => OWNER,
            Self::Person(email) => email.reveal(),
        }
    }
}

impl Serialize for Signatory {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.reveal())
    }
}

impl<'de> Deserialize<'de> for Signatory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// An agreement as declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// The id, as on the paper.
    pub id: String,
    /// The kind.
    pub kind: AgreementKind,
    /// The parties by name; `owner` is the owner.
    pub parties: Vec<String>,
    /// Who signs; all must.
    pub signatories: Vec<Signatory>,
    /// The first day, UTC.
    pub effective: Date,
    /// The last day, inclusive, UTC.
    pub ends: Date,
    /// The purpose, an id that is compared exactly.
    pub purpose: String,
    /// The assets covered; `*` is every asset of the owner.
    pub assets: Vec<String>,
    /// The two-letter code of the governing law.
    #[serde(default)]
    pub governing_law: Option<String>,
    /// The subcontractors that the owner consents to by this agreement.
    #[serde(default)]
    pub subcontractors: Vec<String>,
}

impl Agreement {
    /// Says whether an asset, listed or implicit, is covered.
    pub fn covers_asset(&self, asset: &str) -> bool {
        self.assets
            .iter()
            .any(|covered| covered == EVERY_ASSET || covered == asset)
    }

    /// Says whether a party, or `owner`, is a party of it.
    pub fn has_party(&self, party: &str) -> bool {
        self.parties.iter().any(|name| name == party)
    }
}

/// Writes the terms as canonical JSON (sorted keys, lists that are sets sorted, no white space): the text whose hash is signed.
///
/// The first key names the format, so that a later format cannot yield the same text for other terms. Optional terms appear only
/// when present.
pub fn canonical_terms(agreement: &Agreement) -> String {
    let mut text = String::new();
    let mut separator = '{';
    let mut put = |key: &str, value: String| {
        text.push(separator);
        separator = ',';
        text.push_str(&quoted(key));
        text.push(':');
        text.push_str(&value);
    };
    put("0format", quoted("ringfence-agreement-terms/1"));
    put("assets", sorted(agreement.assets.iter().map(String::as_str)));
    put("effective", quoted(&agreement.effective.to_string()));
    put("ends", quoted(&agreement.ends.to_string()));
    if let Some(law) = &agreement.governing_law {
        put("governing_law", quoted(law));
    }
    put("id", quoted(&agreement.id));
    put("kind", quoted(crate::choice::Choice::as_str(agreement.kind)));
    put("parties", sorted(agreement.parties.iter().map(String::as_str)));
    put("purpose", quoted(&agreement.purpose));
    put(
        "signatories",
        sorted(agreement.signatories.iter().map(Signatory::reveal)),
    );
    if !agreement.subcontractors.is_empty() {
        put(
            "subcontractors",
            sorted(agreement.subcontractors.iter().map(String::as_str)),
        );
    }
    text.push('}');
    text
}

fn quoted(text: &str) -> String {
    // The same escapes as RFC 8785: short forms where JSON has them, \u00xx for other control characters.
    serde_json::Value::from(text).to_string()
}

fn sorted<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let set: BTreeSet<&str> = texts.collect();
    let list: Vec<String> = set.into_iter().map(quoted).collect();
    format!("[{}]", list.join(","))
}

/// The SHA-256 of the canonical terms: what a signature is bound to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TermsHash([u8; 32]);

impl TermsHash {
    /// Hashes the terms of an agreement.
    pub fn of(agreement: &Agreement) -> Self {
        Self(Sha256::digest(canonical_terms(agreement).as_bytes()).into())
    }

    /// Reads 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = [0u8; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            let start = index.checked_mul(2)?;
            *byte = u8::from_str_radix(text.get(start..start.checked_add(2)?)?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for TermsHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for TermsHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TermsHash({self})")
    }
}

impl TryFrom<String> for TermsHash {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::from_hex(&text).ok_or_else(|| "a hash of terms has 64 hexadecimal digits".to_owned())
    }
}

impl From<TermsHash> for String {
    fn from(hash: TermsHash) -> Self {
        hash.to_string()
    }
}

/// One signature under an agreement, as recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Who signed.
    pub signatory: Signatory,
    /// The terms that were signed.
    pub terms: TermsHash,
    /// When.
    pub at: Timestamp,
}

/// A signature that is still missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct MissingSignature {
    /// Who has to sign.
    pub signatory: Signatory,
    /// There is a signature, but under earlier terms.
    pub earlier_terms: bool,
}

/// What state an agreement is in at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum AgreementState {
    /// Nobody has signed the present terms.
    Drafted {
        /// Who has to sign.
        missing: Vec<MissingSignature>,
    },
    /// Some have signed the present terms.
    PartlySigned {
        /// Who still has to sign.
        missing: Vec<MissingSignature>,
    },
    /// All have signed; the first day is still to come.
    SignedNotEffective {
        /// The first day.
        from: Date,
    },
    /// All have signed and the moment is inside the term.
    InForce {
        /// The last day.
        until: Date,
    },
    /// The last day is over, signed or not.
    Expired {
        /// The last day.
        ended: Date,
    },
}

impl AgreementState {
    /// Says whether access may rest on it.
    pub fn is_in_force(&self) -> bool {
        matches!(self, Self::InForce { .. })
    }
}

impl fmt::Display for AgreementState {
    /// Writes the state as a person reads it; names of signatories appear, so it is for the owner only.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |missing: &[MissingSignature]| {
            let mut text = String::new();
            for (index, signature) in missing.iter().enumerate() {
                let separator = if index == 0 { "" } else { ", " };
                let note = if signature.earlier_terms {
                    " (has signed earlier terms)"
                } else {
                    ""
                };
                let _ = write!(text, "{separator}{}{note}", signature.signatory.reveal());
            }
            text
        };
        match self {
            Self::Drafted { missing } => write!(formatter, "drafted, not signed by {}", list(missing)),
            Self::PartlySigned { missing } => {
                write!(formatter, "partly signed, not yet by {}", list(missing))
            }
            Self::SignedNotEffective { from } => write!(formatter, "signed, effective from {from}"),
            Self::InForce { until } => write!(formatter, "in force until {until}"),
            Self::Expired { ended } => write!(formatter, "expired, its last day was {ended}"),
        }
    }
}

/// Decides the state of an agreement from its signatures and the time. Signatures after `now`, by others than the signatories or
/// under other terms do not count.
pub fn agreement_state(agreement: &Agreement, signatures: &[Signature], now: Timestamp) -> AgreementState {
    if now >= end_of_day(agreement.ends) {
        return AgreementState::Expired {
            ended: agreement.ends,
        };
    }
    let terms = TermsHash::of(agreement);
    let past = || signatures.iter().filter(|signature| signature.at <= now);
    let signatories: BTreeSet<&Signatory> = agreement.signatories.iter().collect();
    let missing: Vec<MissingSignature> = signatories
        .iter()
        .filter(|signatory| {
            !past().any(|signature| signature.signatory == ***signatory && signature.terms == terms)
        })
        .map(|signatory| MissingSignature {
            signatory: (*signatory).clone(),
            earlier_terms: past().any(|signature| signature.signatory == **signatory),
        })
        .collect();
    // An agreement without signatories is refused by the rules of an estate; should one arrive, nobody has signed it.
    if missing.len() == signatories.len() {
        AgreementState::Drafted { missing }
    } else if !missing.is_empty() {
        AgreementState::PartlySigned { missing }
    } else if now < start_of_day(agreement.effective) {
        AgreementState::SignedNotEffective {
            from: agreement.effective,
        }
    } else {
        AgreementState::InForce {
            until: agreement.ends,
        }
    }
}

/// The first moment of a day in UTC; that of a day outside the calendar's range is the earliest moment.
pub fn start_of_day(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC)
        .map_or(Timestamp::MIN, |zoned| zoned.timestamp())
}

/// The first moment after a day in UTC; that of the last day of the calendar is the latest moment.
pub fn end_of_day(day: Date) -> Timestamp {
    day.tomorrow()
        .and_then(|next| next.to_zoned(TimeZone::UTC))
        .map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agreement() -> Agreement {
        Agreement {
            id: "NDA-7".to_owned(),
            kind: AgreementKind::Nda,
            parties: vec!["owner".to_owned(), "nordwind".to_owned()],
            signatories: vec![
                Signatory::Owner,
                Signatory::parse("ada@nordwind.example").unwrap(),
            ],
            effective: "2026-01-01".parse().unwrap(),
            ends: "2028-12-31".parse().unwrap(),
            purpose: "storefront-rework".to_owned(),
            assets: vec!["*".to_owned()],
            governing_law: Some("DE".to_owned()),
            subcontractors: Vec::new(),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn signed(agreement: &Agreement, who: usize, when: &str) -> Signature {
        Signature {
            signatory: agreement.signatories[who].clone(),
            terms: TermsHash::of(agreement),
            at: at(when),
        }
    }

    #[test]
    fn writes_terms_canonically() {
        assert_eq!(
            canonical_terms(&agreement()),
            "{\"0format\":\"ringfence-agreement-terms/1\",\"assets\":[\"*\"],\"effective\":\"2026-01-01\",\"ends\":\"2028-12-31\",\
             \"governing_law\":\"DE\",\"id\":\"NDA-7\",\"kind\":\"nda\",\"parties\":[\"nordwind\",\"owner\"],\
             \"purpose\":\"storefront-rework\",\"signatories\":[\"ada@nordwind.example\",\"owner\"]}"
        );
        let parsed: serde_json::Value = serde_json::from_str(&canonical_terms(&agreement())).unwrap();
        assert_eq!(parsed["id"], "NDA-7");
    }

    #[test]
    fn order_of_sets_does_not_change_the_terms_and_every_value_does() {
        let base = agreement();
        let mut turned = base.clone();
        turned.parties.reverse();
        turned.signatories.reverse();
        assert_eq!(TermsHash::of(&base), TermsHash::of(&turned));
        let changes: [fn(&mut Agreement); 10] = [
            |changed| changed.id.push('x'),
            |changed| changed.kind = AgreementKind::Sow,
            |changed| changed.parties.push("x".to_owned()),
            |changed| changed.signatories.truncate(1),
            |changed| changed.effective = "2026-01-02".parse().unwrap(),
            |changed| changed.ends = "2029-01-01".parse().unwrap(),
            |changed| changed.purpose.push('x'),
            |changed| changed.assets = vec!["pricing".to_owned()],
            |changed| changed.governing_law = None,
            |changed| changed.subcontractors.push("x".to_owned()),
        ];
        let mut hashes = BTreeSet::from([TermsHash::of(&base)]);
        for change in changes {
            let mut changed = base.clone();
            change(&mut changed);
            assert!(hashes.insert(TermsHash::of(&changed)));
        }
        assert_eq!(
            TermsHash::from_hex(&TermsHash::of(&base).to_string()),
            Some(TermsHash::of(&base))
        );
        assert_eq!(TermsHash::from_hex("zz"), None);
    }

    #[test]
    fn walks_through_its_states() {
        let agreement = agreement();
        let owner = signed(&agreement, 0, "2025-11-01T10:00:00Z");
        let ada = signed(&agreement, 1, "2025-11-02T10:00:00Z");
        let both = [owner.clone(), ada.clone()];
        let state = |signatures: &[Signature], now: &str| agreement_state(&agreement, signatures, at(now));
        insta::assert_snapshot!(state(&[], "2026-02-01T00:00:00Z"), @"drafted, not signed by owner, ada@nordwind.example");
        insta::assert_snapshot!(state(&[owner], "2026-02-01T00:00:00Z"), @"partly signed, not yet by ada@nordwind.example");
        insta::assert_snapshot!(state(&both, "2025-12-31T23:59:59Z"), @"signed, effective from 2026-01-01");
        insta::assert_snapshot!(state(&both, "2026-01-01T00:00:00Z"), @"in force until 2028-12-31");
        insta::assert_snapshot!(state(&both, "2028-12-31T23:59:59.999999999Z"), @"in force until 2028-12-31");
        insta::assert_snapshot!(state(&both, "2029-01-01T00:00:00Z"), @"expired, its last day was 2028-12-31");
        assert!(
            !state(&both, "2025-11-01T12:00:00Z").is_in_force(),
            "a signature of the future does not count"
        );
        assert!(!format!("{:?}", state(&[], "2026-02-01T00:00:00Z")).contains("ada"));
    }

    #[test]
    fn changed_terms_need_new_signatures() {
        let old = agreement();
        let both = [
            signed(&old, 0, "2025-11-01T10:00:00Z"),
            signed(&old, 1, "2025-11-02T10:00:00Z"),
        ];
        let mut new = old.clone();
        new.purpose = "other".to_owned();
        let state = agreement_state(&new, &both, at("2026-02-01T00:00:00Z"));
        insta::assert_snapshot!(
            state,
            @"drafted, not signed by owner (has signed earlier terms), ada@nordwind.example (has signed earlier terms)"
        );
    }

    #[test]
    fn the_ends_of_the_calendar_do_not_overflow() {
        assert_eq!(end_of_day(Date::MAX), Timestamp::MAX);
        assert!(start_of_day(Date::MIN) <= at("0000-01-01T00:00:00Z"));
        let mut nobody = agreement();
        nobody.signatories.clear();
        assert!(!agreement_state(&nobody, &[], at("2026-02-01T00:00:00Z")).is_in_force());
    }
}
