//! Reads the token from the `Authorization` header: the password of Basic (any user name), or Bearer.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;

/// Longest header that is looked at.
const LONGEST: usize = 2_048;

/// What the header holds.
#[derive(Debug)]
pub(crate) enum Credential {
    /// Nothing: the client is asked for it.
    Missing,
    /// Something that is no token.
    Malformed,
    /// A token, not checked yet.
    Token(SecretString),
}

/// Reads the header; more than one is malformed.
pub(crate) fn read(headers: &HeaderMap) -> Credential {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return if headers.contains_key(header::AUTHORIZATION) {
            Credential::Malformed
        } else {
            Credential::Missing
        };
    };
    let Some((scheme, rest)) = value
        .to_str()
        .ok()
        .filter(|text| text.len() <= LONGEST)
        .and_then(|text| text.split_once(' '))
    else {
        return Credential::Malformed;
    };
    let token = if scheme.eq_ignore_ascii_case("bearer") {
        Some(rest.trim().to_owned())
    } else if scheme.eq_ignore_ascii_case("basic") {
        STANDARD
            .decode(rest.trim())
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|text| text.split_once(':').map(|(_, password)| password.to_owned()))
    } else {
        None
    };
    match token {
        Some(token) if !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Credential::Token(SecretString::from(token))
        }
        _ => Credential::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn token(value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        match read(&headers) {
            Credential::Token(token) => Some(token.expose_secret().to_owned()),
            _ => None,
        }
    }

    #[test]
    fn both_schemes_give_the_token() {
        assert_eq!(token("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(
            token(&format!("basic {}", STANDARD.encode("anyone:a:b"))).as_deref(),
            Some("a:b")
        );
        for bad in ["abc", "Digest x", "Basic !!!", "Bearer ", "Bearer a b"] {
            assert_eq!(token(bad), None, "{bad}");
        }
        assert!(matches!(read(&HeaderMap::new()), Credential::Missing));
    }

    #[test]
    fn it_is_never_printed() {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, "Bearer s3cret-token".parse().unwrap());
        assert!(!format!("{:?}", read(&headers)).contains("s3cret"));
    }
}
