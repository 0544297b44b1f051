//! The answers that are not git's own, in one place, so that what must look the same outside does.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

use crate::pkt;

/// Answer of the git service.
pub(crate) type Answer = Response<Body>;

const NO_CACHE: &str = "no-cache, no-store, max-age=0, must-revalidate";

/// An answer in git's own format.
pub(crate) fn git(content_type: &'static str, body: Body) -> Answer {
    let mut answer = Response::new(body);
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(NO_CACHE));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    answer
}

/// A plain sentence, which git shows as `remote: ...` when it asks for references.
pub(crate) fn text(status: StatusCode, lines: &str) -> Answer {
    let mut body = String::new();
    for line in lines.lines().take(40) {
        body.push_str("ringfence: ");
        body.push_str(&pkt::one_line(line));
        body.push('\n');
    }
    let mut answer = git("text/plain; charset=utf-8", Body::from(body));
    *answer.status_mut() = status;
    answer
}

/// The one answer to a wrong, expired or revoked token, a token of another view and a view that does not exist.
pub(crate) fn unknown() -> Answer {
    let mut answer = text(
        StatusCode::UNAUTHORIZED,
        "no such view for this token; use the token that was issued for this view as the password, or ask the owner for a new one",
    );
    answer.headers_mut().insert(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Basic realm=\"ringfence\""),
    );
    answer
}

/// The answer to an address that is none of the three of the smart protocol.
pub(crate) fn not_found() -> Answer {
    text(
        StatusCode::NOT_FOUND,
        "not found; only git's smart HTTP protocol is served here",
    )
}

/// Try later.
pub(crate) fn later(status: StatusCode, retry_after: Duration, why: &str) -> Answer {
    let mut answer = text(status, why);
    let seconds = retry_after.as_secs().max(1);
    answer
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    answer
}

/// A fault of ours; the details are in the log only.
pub(crate) fn fault() -> Answer {
    text(
        StatusCode::INTERNAL_SERVER_ERROR,
        "the server could not do this; nothing was delivered; the owner's log says why",
    )
}
