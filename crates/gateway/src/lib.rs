//! The git protocol over HTTP: pkt-line, sign-in, limits, streaming.
//!
//! A request passes, in this order: route, credential, limits of the token, [`Gate::authenticate`], bounds on its body, and only then a
//! `git upload-pack` child on the recipient's own store ([`upload`]) or the quarantine ([`receive`]).
//!
//! INVARIANT: no pack byte leaves before [`Gate::begin_delivery`] has returned.
//! INVARIANT: this crate reaches a delivery store by the path in a [`Session`] and no other repository.
//! It refuses dumb HTTP, filters, object information and every path but the three of the smart protocol.

mod answer;
pub mod app_gate;
mod body;
mod credential;
pub mod gate;
pub mod limits;
pub mod listen;
pub mod pkt;
mod receive;
pub mod request;
pub mod response;
mod route;
mod upload;

pub use gate::{
    Branches, DeliveryEnd, DeliveryId, DeliveryKind, DeliveryRequest, Gate, Outcome, Probe, PushReport,
    ReceivedPush, RefResult, Refusal, Session,
};
pub use limits::Bounds;
pub use listen::{Listen, ListenError, Transport, serve};
pub use route::router;
