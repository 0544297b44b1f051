//! From an HTTP request to one of the three git services, with sign-in and limits on the way.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::routing::{any, get};
use ringfence_git::serve::Protocol;
use secrecy::SecretString;

use crate::answer::{self, Answer};
use crate::credential::{self, Credential};
use crate::gate::{Gate, Probe, Refusal, Session};
use crate::limits::{Bounds, Limiter, Place};
use crate::{receive, upload};

/// What every request shares.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) gate: Arc<dyn Gate>,
    pub(crate) bounds: Arc<Bounds>,
    limiter: Arc<Limiter>,
    /// The proxy whose `X-Forwarded-For` is believed.
    proxy: Option<IpAddr>,
}

/// A request that was let in.
pub(crate) struct Entered {
    pub(crate) shared: Shared,
    pub(crate) session: Arc<Session>,
    pub(crate) protocol: Protocol,
    pub(crate) peer: IpAddr,
    /// Held until the answer has ended.
    pub(crate) place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    AdvertiseUpload,
    AdvertiseReceive,
    Upload,
    Receive,
}

/// The routes of the gateway: `/git/<view>.git/...` and `/healthz`. Needs [`SocketAddr`] connect information.
///
/// `proxy` is the address of a proxy in front, whose `X-Forwarded-For` header is believed.
pub fn router(gate: Arc<dyn Gate>, bounds: Bounds, proxy: Option<IpAddr>) -> Router {
    let limiter = Arc::new(Limiter::new(&bounds));
    let shared = Shared {
        gate,
        bounds: Arc::new(bounds),
        limiter,
        proxy,
    };
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/git", any(async || answer::not_found()))
        .route("/git/", any(async || answer::not_found()))
        .route("/git/{*rest}", any(enter))
        .with_state(shared)
}

async fn enter(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Answer {
    let started = Instant::now();
    let peer = client_address(peer.ip(), request.headers(), shared.proxy);
    let Some((view, wanted)) = wanted(request.method(), request.uri().path(), request.uri().query()) else {
        let what = format!("{} {}", request.method(), request.uri().path());
        shared
            .note(Probe {
                view: None,
                token: None,
                peer: peer.to_string(),
                what: what.chars().take(200).collect(),
            })
            .await;
        return answer::not_found();
    };
    let token = match credential::read(request.headers()) {
        Credential::Token(token) => token,
        Credential::Missing => return answer::unknown(),
        Credential::Malformed => {
            shared.limiter.failed(None, peer, Instant::now());
            tokio::time::sleep_until((started + shared.bounds.refusal_time).into()).await;
            return answer::unknown();
        }
    };
    if let Some(left) = shared.limiter.shut_out(&token, peer, Instant::now()) {
        return answer::later(
            StatusCode::TOO_MANY_REQUESTS,
            left,
            "too many failed attempts; try again later",
        );
    }
    let session = match shared.authenticate(&token, &view).await {
        Ok(session) => Arc::new(session),
        Err(refusal) => {
            if let Refusal::Unknown { inside } = &refusal {
                shared.limiter.failed(Some(&token), peer, Instant::now());
                let what = format!("token refused: {inside}");
                shared
                    .note(Probe {
                        view: Some(view),
                        token: None,
                        peer: peer.to_string(),
                        what,
                    })
                    .await;
                tokio::time::sleep_until((started + shared.bounds.refusal_time).into()).await;
            }
            return refused(&refusal);
        }
    };
    shared.limiter.succeeded(&token, Instant::now());
    let place = match shared.limiter.enter(&session.token) {
        Ok(place) => place,
        Err(why) => {
            return answer::later(
                StatusCode::TOO_MANY_REQUESTS,
                std::time::Duration::from_secs(5),
                &why,
            );
        }
    };
    let entered = Entered {
        protocol: protocol(request.headers()),
        shared,
        session,
        peer,
        place,
    };
    match wanted {
        Wanted::AdvertiseUpload => upload::advertise(entered).await,
        Wanted::Upload => upload::serve(entered, request).await,
        Wanted::AdvertiseReceive => receive::advertise(entered).await,
        Wanted::Receive => receive::serve(entered, request).await,
    }
}

impl Shared {
    async fn authenticate(&self, token: &SecretString, view: &str) -> Result<Session, Refusal> {
        let (gate, token, view) = (Arc::clone(&self.gate), token.clone(), view.to_owned());
        blocking(move || gate.authenticate(&token, &view)).await
    }

    pub(crate) async fn note(&self, probe: Probe) {
        tracing::info!(view = ?probe.view, token = ?probe.token, peer = %probe.peer, what = ?probe.what, "request refused");
        let gate = Arc::clone(&self.gate);
        let _ = tokio::task::spawn_blocking(move || gate.denied(&probe)).await;
    }
}

impl Entered {
    /// Notes a request that asked for what is never served.
    pub(crate) async fn note(&self, what: String) {
        let (view, token) = (Some(self.session.view.clone()), Some(self.session.token.clone()));
        self.shared
            .note(Probe {
                view,
                token,
                peer: self.peer.to_string(),
                what,
            })
            .await;
    }
}

/// Runs a call of the gate on a thread of its own; a panic there is a fault, never an answer.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Refusal::Fault {
            inside: error.to_string(),
        }),
    }
}

/// The HTTP answer to a refusal.
pub(crate) fn refused(refusal: &Refusal) -> Answer {
    match refusal {
        Refusal::Unknown { .. } => answer::unknown(),
        Refusal::Denied { reason } => answer::text(StatusCode::FORBIDDEN, reason),
        Refusal::Busy { retry_after } => answer::later(
            StatusCode::SERVICE_UNAVAILABLE,
            *retry_after,
            "the server is busy; try again",
        ),
        Refusal::Fault { inside } => {
            tracing::error!(fault = %inside, "request failed");
            answer::fault()
        }
    }
}

/// What a person is told when a transfer is refused after it began.
pub(crate) fn reason(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Unknown { .. } => "access has ended".to_owned(),
        Refusal::Denied { reason } => reason.clone(),
        Refusal::Busy { .. } => "the server is busy; try again".to_owned(),
        Refusal::Fault { inside } => {
            tracing::error!(fault = %inside, "transfer failed");
            "the server could not go on; the owner's log says why".to_owned()
        }
    }
}

fn wanted(method: &Method, path: &str, query: Option<&str>) -> Option<(String, Wanted)> {
    let (view, service) = path.strip_prefix("/git/")?.split_once(".git/")?;
    let name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if view.is_empty() || view.len() > 100 || view.starts_with('.') || !view.bytes().all(name) {
        return None;
    }
    let wanted = match (method, service, query) {
        (&Method::GET, "info/refs", Some("service=git-upload-pack")) => Wanted::AdvertiseUpload,
        (&Method::GET, "info/refs", Some("service=git-receive-pack")) => Wanted::AdvertiseReceive,
        (&Method::POST, "git-upload-pack", None) => Wanted::Upload,
        (&Method::POST, "git-receive-pack", None) => Wanted::Receive,
        _ => return None,
    };
    Some((view.to_owned(), wanted))
}

fn protocol(headers: &HeaderMap) -> Protocol {
    headers
        .get("git-protocol")
        .and_then(|value| value.to_str().ok())
        .map(Protocol::from_header)
        .unwrap_or_default()
}

fn client_address(peer: IpAddr, headers: &HeaderMap, proxy: Option<IpAddr>) -> IpAddr {
    if proxy != Some(peer) {
        return peer;
    }
    // The last address is the one that the proxy itself saw; those before it are the client's own words.
    headers
        .get_all("x-forwarded-for")
        .iter()
        .next_back()
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.rsplit(',').next())
        .and_then(|address| address.trim().parse().ok())
        .unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_smart_protocol_has_an_address() {
        let found = |method: Method, path: &str, query: Option<&str>| wanted(&method, path, query);
        assert!(
            found(
                Method::GET,
                "/git/pricing.git/info/refs",
                Some("service=git-upload-pack")
            )
            .is_some()
        );
        assert!(found(Method::POST, "/git/pricing.git/git-receive-pack", None).is_some());
        for (method, path, query) in [
            (Method::GET, "/git/pricing.git/info/refs", None),
            (
                Method::GET,
                "/git/pricing.git/info/refs",
                Some("service=git-upload-archive"),
            ),
            (Method::GET, "/git/pricing.git/HEAD", None),
            (Method::GET, "/git/pricing.git/objects/info/packs", None),
            (
                Method::GET,
                "/git/../x.git/info/refs",
                Some("service=git-upload-pack"),
            ),
            (
                Method::GET,
                "/git/%2e%2e.git/info/refs",
                Some("service=git-upload-pack"),
            ),
            (
                Method::GET,
                "/git/.git/info/refs",
                Some("service=git-upload-pack"),
            ),
            (Method::POST, "/git/pricing.git/git-upload-archive", None),
            (Method::PUT, "/git/pricing.git/git-upload-pack", None),
        ] {
            assert_eq!(
                found(method.clone(), path, query),
                None,
                "{method} {path} {query:?}"
            );
        }
    }

    #[test]
    fn a_forwarded_address_is_believed_from_the_proxy_only() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "10.0.0.9, 192.0.2.7".parse().unwrap());
        let (proxy, other) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([198, 51, 100, 1]));
        assert_eq!(
            client_address(proxy, &headers, Some(proxy)),
            IpAddr::from([192, 0, 2, 7])
        );
        assert_eq!(client_address(other, &headers, Some(proxy)), other);
        assert_eq!(client_address(proxy, &headers, None), proxy);
    }
}
