//! Personal data as types that redact themselves.
//!
//! INVARIANT: `Debug` and `Display` never show an address; only [`EmailAddress::reveal`] and serialisation (the store, the
//! canonical terms) do. Refuses: addresses outside ASCII, as look-alike letters would name a different person.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// The e-mail address by which a person is known; redacts itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

/// Says why a text is no e-mail address; never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailAddressError {
    /// Longer than 254 bytes or empty.
    #[error("an e-mail address has 3 to 254 characters")]
    Length,
    /// Not exactly one `@` with something on both sides.
    #[error("an e-mail address has one \"@\" with a name before and a domain after it")]
    Shape,
    /// A character that no address of ours may have.
    #[error(
        "an e-mail address has only ASCII letters, digits and . _ + - ' & = before the \"@\", and a domain name after it"
    )]
    Character,
}

impl EmailAddress {
    /// Reads an address; upper case becomes lower case, so one person is one address.
    pub fn parse(text: &str) -> Result<Self, EmailAddressError> {
        if text.len() < 3 || text.len() > 254 {
            return Err(EmailAddressError::Length);
        }
        let (local, domain) = text.split_once('@').ok_or(EmailAddressError::Shape)?;
        if local.is_empty() || local.len() > 64 || domain.is_empty() || domain.contains('@') {
            return Err(EmailAddressError::Shape);
        }
        let local_is_good = local
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._+-'&=".contains(&byte))
            && !local.starts_with(['.', '-'])
            && !local.ends_with('.')
            && !local.contains("..");
        let label_is_good = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        if !local_is_good || !domain.split('.').all(label_is_good) {
            return Err(EmailAddressError::Character);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    /// Stands in for an address that could not be read; the item that holds it is refused.
    pub(crate) fn unreadable() -> Self {
        Self("unreadable@invalid".to_owned())
    }

    /// Shows the address, to the owner and to the person only.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EmailAddress(redacted)")
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(a person)")
    }
}

impl<'de> Deserialize<'de> for EmailAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redacts_in_debug_and_display() {
        let address = EmailAddress::parse("Ada@Nordwind.example").unwrap();
        assert!(!format!("{address:?} {address}").contains("ada"));
        assert_eq!(address.reveal(), "ada@nordwind.example");
        assert_eq!(
            serde_json::to_string(&address).unwrap(),
            "\"ada@nordwind.example\""
        );
        assert_eq!(
            serde_json::from_str::<EmailAddress>("\"ada@nordwind.example\"").unwrap(),
            address
        );
    }

    #[test]
    fn refuses_what_is_no_address() {
        for text in [
            "",
            "a",
            "ada",
            "@b.c",
            "a@",
            "a@@b",
            "a@b@c",
            "a b@c.d",
            "a@b..c",
            "a@-b.c",
            ".a@b.c",
            "-a@b.c",
            "а@b.c",
            "a@b/c",
            "a\n@b.c",
            "a/../b@c.d",
        ] {
            assert!(EmailAddress::parse(text).is_err(), "{text:?}");
        }
        for text in [
            "a@b",
            "first.last+tag@sub.example.com",
            "o'neil@example.ie",
            "a_b-c@localhost",
        ] {
            assert!(EmailAddress::parse(text).is_ok(), "{text:?}");
        }
        assert!(
            !EmailAddress::parse("secret name@x.y")
                .unwrap_err()
                .to_string()
                .contains("secret")
        );
    }
}
